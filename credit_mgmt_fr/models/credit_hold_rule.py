from odoo import fields, models
from odoo.tools import SQL


class CreditHoldRule(models.Model):
    """Customers in insolvency proceedings can be held or watched by a rule."""

    _inherit = "credit.hold.rule"

    kind = fields.Selection(
        selection_add=[("insolvency", "Insolvency proceedings")],
        ondelete={"insolvency": "cascade"},
    )

    def _get_insolvency_sql(self, partners) -> SQL:
        self.ensure_one()
        self.env["credit.insolvency"].flush_model()
        return SQL(
            "SELECT insolvency.partner_id FROM credit_insolvency insolvency"
            " WHERE insolvency.live AND insolvency.company_id = %s AND %s",
            self.company_id.id,
            self._get_among_sql(SQL("insolvency.partner_id"), partners),
        )
