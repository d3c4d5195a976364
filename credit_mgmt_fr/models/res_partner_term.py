from odoo import api, fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """The payment terms of a customer, against the ceiling of French law."""

    _inherit = "res.partner"

    credit_ceiling_id = fields.Many2one(
        "credit.payment.ceiling",
        string="Ceiling of the Terms",
        company_dependent=True,
        help="The rule of the customer's sector, or of periodic invoices. Empty: that of the "
        "company.",
    )
    credit_ceiling_reason = fields.Char(
        string="Longer Terms Accepted Because",
        company_dependent=True,
        tracking=True,
        help="A credit manager's decision: why this customer's invoices may fall due later than "
        "the law allows.",
    )
    credit_ceiling_warning = fields.Char(compute="_compute_credit_ceiling_warning")

    @api.depends(
        "property_payment_term_id",
        "credit_ceiling_id",
        "credit_ceiling_reason",
        "credit_audience",
        "property_payment_term_id.line_ids.nb_days",
    )
    @api.depends_context("company")
    def _compute_credit_ceiling_warning(self):
        company = self.env.company
        french = company._is_under_french_law()
        for partner in self:
            partner.credit_ceiling_warning = french and partner._get_ceiling_warning(company)

    def _get_ceiling_warning(self, company) -> str:
        """Return in words how the terms of the customer exceed the ceiling, empty if not."""
        self.ensure_one()
        term = self.property_payment_term_id
        own = self.with_company(company.root_id)
        if self.credit_audience != "business" or not term or own.credit_ceiling_reason:
            return ""
        ceiling = own.credit_ceiling_id or self.env["credit.payment.ceiling"]._get_default(company)
        return term._get_ceiling_warning(company, ceiling)

    @api.model
    def _commercial_fields(self):
        return super()._commercial_fields() + ["credit_ceiling_id", "credit_ceiling_reason"]

    @api.model
    def _get_root_fields(self):
        # EXTENDS 'credit_mgmt'
        return super()._get_root_fields() | {"credit_ceiling_id", "credit_ceiling_reason"}

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("credit_ceiling_reason") for vals in vals_list):
            self.env["account.move"]._check_ceiling_right()
        partners = super().create(vals_list)
        partners.filtered("property_payment_term_id")._check_ceiling()
        return partners

    def write(self, vals):
        if vals.get("credit_ceiling_reason"):
            self.env["account.move"]._check_ceiling_right()
        result = super().write(vals)
        if {"property_payment_term_id", "credit_ceiling_id"} & set(vals):
            self._check_ceiling()
        return result

    def _check_ceiling(self):
        """Refuse terms beyond the law where the company says so.

        :raises UserError: for a user or an API caller; the system is not stopped by it
        """
        company = self.env.company
        if self.env.su or company.sudo().root_id.credit_fr_term_check != "refuse":
            return
        if not company._is_under_french_law():
            return
        for partner in self.filtered(lambda partner: partner == partner.commercial_partner_id):
            if warning := partner._get_ceiling_warning(company):
                raise UserError(
                    self.env._(
                        "%(customer)s: %(warning)s\nShorten the terms, choose the ceiling of the "
                        "customer's sector, or let a credit manager write why they are accepted.",
                        customer=partner.display_name,
                        warning=warning,
                    )
                )
