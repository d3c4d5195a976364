from odoo import api, fields, models


class AccountMove(models.Model):
    """Odoo's credit warning says what we know, in the company of the document."""

    _inherit = "account.move"

    credit_exposure_amount = fields.Monetary(
        string="Counted",
        compute="_compute_credit_exposure_amount",
        currency_field="company_currency_id",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="What the exposure counts of this draft, at the day's rate.",
    )
    credit_hold = fields.Selection(
        related="commercial_partner_id.credit_hold",
        string="Hold",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends_context("credit_exposure_codes")
    def _compute_credit_exposure_amount(self):
        amounts = (
            self.env["credit.exposure"]
            .sudo()  # the user reads the document itself
            ._get_document_amounts(
                self._origin, self.env.context.get("credit_exposure_codes") or ["draft"]
            )
        )
        for move in self:
            move.credit_exposure_amount = amounts.get(move._origin.id, 0.0)

    def _compute_partner_credit_warning(self):
        """Replace Odoo's banner, which reads the user's company instead of the document's."""
        self.partner_credit_warning = ""
        drafts = self.filtered(
            lambda move: move.state == "draft" and move.move_type == "out_invoice"
        )
        for company, moves in drafts.grouped("company_id").items():
            for move in moves:
                partner = move.partner_id.commercial_partner_id._origin
                if partner and company:
                    move.partner_credit_warning = self._get_credit_warning(
                        partner, company, move._get_credit_claim()
                    )

    @api.model
    def _get_credit_warning(self, partner, company, claim) -> str:
        """Return the banner of a document that adds ``claim`` to a customer's exposure."""
        Check = self.env["credit.check"]
        decision = Check._decide(company, {partner: claim}, lock=False)[partner.id]
        return Check._get_message(partner, decision, company)

    def _build_credit_warning_message(
        self, record, current_amount=0.0, exclude_current=False, exclude_amount=0.0
    ):
        """Answer other callers of Odoo's method in our words, with our figures."""
        partner = record.partner_id.commercial_partner_id._origin
        if not partner:
            return ""
        return self._get_credit_warning(
            partner, record.company_id or self.env.company, current_amount - exclude_amount
        )

    def _get_credit_claim(self) -> float:
        """Return what posting a draft would add to the exposure, in the root's currency."""
        self.ensure_one()
        root = self.company_id.root_id.sudo()
        amount = self.amount_total - self._get_credit_amount_of_orders()
        if root.credit_include_drafts and self._origin.id:
            return 0.0
        return self.env["credit.exposure"]._convert(amount, self.currency_id, root)

    def _get_credit_amount_of_orders(self) -> float:
        """Return the part of a draft that stems from orders, which the exposure counts there."""
        self.ensure_one()
        return 0.0
