from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """What the lateness of an invoice costs, and documents that book such costs."""

    _inherit = "account.move"

    late_interest_rate = fields.Float(
        string="Agreed Late Interest (%)",
        digits=(8, 4),
        copy=False,
        tracking=True,
        help="Yearly rate of late interest printed on this invoice. Taken from the customer or "
        "the company when the invoice is posted. 0: that of the law.",
    )
    late_interest = fields.Monetary(
        compute="_compute_late_costs",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="Interest to date that was neither booked nor waived.",
    )
    late_indemnity = fields.Monetary(
        string="Fixed Indemnity",
        compute="_compute_late_costs",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="Once per invoice paid late, unless booked or waived.",
    )
    late_cost_warning = fields.Char(
        compute="_compute_late_costs",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )
    late_cost_claim_ids = fields.One2many(
        "credit.late.cost.claim",
        "booking_move_id",
        string="Late Costs Booked",
        groups="credit_mgmt.credit_mgmt_group_viewer",
    )

    _check_late_interest_rate = models.Constraint(
        "CHECK(late_interest_rate IS NULL OR (late_interest_rate >= 0 "
        "AND late_interest_rate < 1000))",
        "The agreed late interest is a yearly percentage between 0 and 1000.",
    )

    @api.depends_context("receivable_date")
    def _compute_late_costs(self):
        Engine = self.env["credit.late.cost.engine"]
        asked = self.filtered(
            lambda move: (
                move.state == "posted" and move.move_type in ("out_invoice", "out_receipt", "entry")
            )
        )
        # The figures describe invoices that the user reads.
        lines = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("move_id", "in", asked._origin.ids),
                    ("account_id", "in", self.env["credit.receivable"]._get_account_ids()),
                ]
            )
        )
        costs = Engine._get_late_costs(lines)
        by_move = lines.grouped("move_id")
        for move in self:
            found = [costs[line.id] for line in by_move.get(move._origin.sudo(), lines.browse())]
            missing = min((cost.missing_from for cost in found if cost.missing_from), default=None)
            move.late_interest = sum(cost.interest for cost in found)
            move.late_indemnity = sum(cost.indemnity for cost in found)
            move.late_cost_warning = self.env["credit.interest.term"]._get_warning(missing)

    # === POSTING AND CANCELLING === #

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._set_late_interest_rate()
        posted._sync_late_cost_claims()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._sync_late_cost_claims()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._sync_late_cost_claims()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_free_late_costs(self):
        """A deleted document frees the costs it was to book."""
        # Users have no write access on claims.
        self.env["credit.late.cost.claim"].sudo().search(
            [("booking_move_id", "in", self.ids)]
        ).live = False

    def _set_late_interest_rate(self):
        """Keep the rate that the invoice prints: the customer's, else the company's."""
        for move in self.with_context(tracking_disable=True):
            if move.move_type in ("out_invoice", "out_receipt") and not move.late_interest_rate:
                rate = move._get_agreed_interest_rate()
                if rate:
                    move.late_interest_rate = rate

    def _get_agreed_interest_rate(self) -> float:
        """Return the yearly rate agreed with the customer, else that of the company's invoices."""
        self.ensure_one()
        return self.company_id._get_agreed_interest_rate(self.commercial_partner_id)

    def _sync_late_cost_claims(self):
        """Let bookings of late costs follow the state of their documents."""
        documents = self | self.reversed_entry_id
        # Users have no write access on claims.
        claims = (
            self.env["credit.late.cost.claim"]
            .sudo()
            .search([("booking_move_id", "in", documents.ids)])
        )
        claims._sync_live()

    def _is_late_cost_reversed(self) -> bool:
        """Return whether posted reversals undo the whole document."""
        self.ensure_one()
        reversals = self.reversal_move_ids.filtered(lambda move: move.state == "posted")
        return (
            bool(reversals)
            and self.currency_id.compare_amounts(
                sum(reversals.mapped("amount_total")), self.amount_total
            )
            >= 0
        )

    # === ACTIONS === #

    def _get_late_cost_items(self):
        """Return the receivable items of the selected invoices and entries.

        :raises UserError: there is none
        """
        items = self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        if not items:
            raise UserError(self.env._("The selection has no receivable: nothing can be late."))
        return items

    def action_open_late_cost_detail(self):
        """Show how interest and indemnity of the invoices are computed."""
        return self.env["credit.late.cost.detail"]._open(self._get_late_cost_items())

    def action_book_late_costs(self):
        """Open the wizard that books late costs of the selected invoices as drafts."""
        return self.env["credit.late.cost.book"]._open(self._get_late_cost_items())

    def action_waive_late_costs(self):
        """Open the wizard that waives late costs of the selected invoices."""
        return self.env["credit.late.cost.waive"]._open(self._get_late_cost_items())
