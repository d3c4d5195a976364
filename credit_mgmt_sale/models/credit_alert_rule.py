from odoo import api, models
from odoo.tools import SQL


class CreditAlertRule(models.Model):
    """An order is a purchase before its invoice is."""

    _inherit = "credit.alert.rule"

    @api.model
    def _get_purchases_sql(self, root):
        # EXTENDS 'credit_mgmt'
        return SQL(
            "%s UNION ALL SELECT contact.commercial_partner_id, sale.date_order::date"
            " FROM sale_order sale JOIN res_partner contact ON contact.id = sale.partner_invoice_id"
            " WHERE sale.state = 'sale' AND sale.company_id IN %s",
            super()._get_purchases_sql(root),
            self.env["credit.exposure"]._get_company_ids(root),
        )
