from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date
from odoo.tools.sql import column_exists, create_column


class AccountMove(models.Model):
    """Invoices to businesses are not due later than French law allows, or somebody says why."""

    _inherit = "account.move"

    credit_ceiling_id = fields.Many2one(
        "credit.payment.ceiling",
        string="Ceiling of the Terms",
        compute="_compute_credit_ceiling_id",
        store=True,
        readonly=False,
        copy=False,
        check_company=True,
        help="For example that of periodic invoices. Empty: that of the customer, else of the "
        "company.",
    )
    credit_ceiling_reason = fields.Char(
        string="Later Due Date Accepted Because",
        copy=False,
        tracking=True,
        help="A credit manager's decision: why this invoice may fall due later than the law "
        "allows.",
    )
    credit_ceiling_exceeded = fields.Boolean(
        string="Due Beyond the Law",
        readonly=True,
        copy=False,
        help="When it was posted, it fell due later than the law allows between businesses.",
    )
    credit_ceiling_warning = fields.Char(compute="_compute_credit_ceiling_warning")

    def _auto_init(self):
        # What is posted already has no ceiling of its own: no computation of a whole ledger.
        if not column_exists(self.env.cr, "account_move", "credit_ceiling_id"):
            create_column(self.env.cr, "account_move", "credit_ceiling_id", "int4")
        return super()._auto_init()

    @api.depends("partner_id", "company_id")
    def _compute_credit_ceiling_id(self):
        for move in self:
            if move.state in ("draft", False):
                partner = move.commercial_partner_id.with_company(move.company_id.root_id)
                move.credit_ceiling_id = move._has_ceiling() and partner.credit_ceiling_id

    @api.depends(
        "partner_id", "invoice_date", "invoice_date_due", "delivery_date", "credit_ceiling_id",
        "credit_ceiling_reason", "needed_terms", "state", "company_id",
    )  # fmt: skip
    def _compute_credit_ceiling_warning(self):
        defaults = self._get_default_ceilings()
        for move in self:
            found = (
                move.state == "draft"
                and move._has_ceiling()
                and move._find_beyond_ceiling(defaults[move.company_id])
            )
            move.credit_ceiling_warning = found and move._get_ceiling_sentence(*found)

    # === CHECK === #

    def _has_ceiling(self) -> bool:
        """Return whether the law limits the terms: invoices of French companies to businesses."""
        self.ensure_one()
        return (
            self.move_type == "out_invoice"
            and bool(self.company_id)
            and self.company_id._is_under_french_law()
            and self.company_id.sudo().root_id.credit_fr_term_check != "none"
            and self.commercial_partner_id.sudo().credit_audience == "business"
        )

    def _get_default_ceilings(self) -> dict:
        """Return the ceiling of customers without one of their own, by company."""
        Ceiling = self.env["credit.payment.ceiling"]
        return {company: Ceiling._get_default(company) for company in self.company_id}

    def _find_beyond_ceiling(self, default):
        """Return the last due date, the latest allowed one and the ceiling; None if it is kept.

        :param default: the ceiling of the company
        """
        self.ensure_one()
        company = self.company_id
        issue = self.invoice_date or company._get_credit_today()
        ceiling = self.credit_ceiling_id or default
        # In a draft that is being typed the items follow only when it is saved.
        terms = self.needed_terms or {} if self.state == "draft" else {}
        days = [key["date_maturity"] for key in terms if key.get("date_maturity")] or [
            line.date_maturity
            for line in self.line_ids
            if line.display_type == "payment_term" and line.date_maturity
        ]
        due = max(days, default=self.invoice_date_due)
        if not due or not ceiling:
            return None
        latest = ceiling.sudo()._get_latest_date(company, issue, self.delivery_date)
        return (due, latest, ceiling) if due > latest else None

    def _get_ceiling_sentence(self, due, latest, ceiling) -> str:
        text = self.env._(
            "Due on %(due)s, at the latest it may be on %(latest)s between businesses "
            "(%(ceiling)s).",
            due=format_date(self.env, due),
            latest=format_date(self.env, latest),
            ceiling=ceiling.sudo().name,
        )
        if reason := self._get_ceiling_reason():
            text += " " + self.env._("Accepted: %s.", reason.rstrip("."))
        return text

    def _get_ceiling_reason(self) -> str:
        """Return why a later due date was accepted, for the invoice or for the customer."""
        self.ensure_one()
        partner = self.commercial_partner_id.sudo().with_company(self.company_id.root_id)
        return self.credit_ceiling_reason or partner.credit_ceiling_reason or ""

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._check_ceilings()
        return posted

    def _check_ceilings(self):
        """Note the invoices that are due too late, and refuse those that nobody accepted.

        What the system posts (a customer's payment, a scheduled action) is noted only.

        :raises UserError: by setting, for a user or an API caller
        """
        defaults = self._get_default_ceilings()
        for move in self:
            found = move._has_ceiling() and move._find_beyond_ceiling(defaults[move.company_id])
            if bool(found) != move.credit_ceiling_exceeded:
                move.credit_ceiling_exceeded = bool(found)
            if not found or self.env.su or move._get_ceiling_reason():
                continue
            if move.company_id.sudo().root_id.credit_fr_term_check == "refuse":
                raise UserError(
                    self.env._(
                        "%(invoice)s: %(sentence)s\nShorten the payment terms, choose another "
                        "ceiling on the invoice, or let a credit manager write on it why the later "
                        "date is accepted.",
                        invoice=move.commercial_partner_id.display_name,
                        sentence=move._get_ceiling_sentence(*found),
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("credit_ceiling_reason") for vals in vals_list):
            self._check_ceiling_right()
        return super().create(vals_list)

    def write(self, vals):
        if "credit_ceiling_reason" in vals and any(
            (move.credit_ceiling_reason or "") != (vals["credit_ceiling_reason"] or "")
            for move in self
        ):
            self._check_ceiling_right()
        return super().write(vals)

    @api.model
    def _check_ceiling_right(self):
        if not self.env.su and not self.env.user.has_group("credit_mgmt.credit_mgmt_group_manager"):
            raise AccessError(
                self.env._("Only a credit manager may accept payment terms beyond the law.")
            )
