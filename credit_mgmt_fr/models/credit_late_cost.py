from odoo import api, models
from odoo.tools import SQL


class CreditLateCost(models.Model):
    """Late costs end with the judgment that opens insolvency proceedings."""

    _inherit = "credit.late.cost"

    _depends = {
        "account.move": ["invoice_date", "delivery_date"],
        "credit.insolvency": ["partner_id", "company_id", "judgment_date"],
    }

    @api.model
    def _get_last_day_sql(self) -> SQL:
        # EXTENDS 'credit_mgmt'
        return SQL(
            "LEAST(%s, (%s))",
            super()._get_last_day_sql(),
            self.env["credit.late.cost.engine"]._get_judgment_sql(),
        )
