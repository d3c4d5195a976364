from odoo import api, models
from odoo.tools import SQL


class CreditExpectedReceipt(models.Model):
    """What a customer said is known better than the habit."""

    _inherit = "credit.expected.receipt"

    _depends = {
        "credit.promise": ["amount", "grace_days", "cancelled_on", "live"],
        "credit.promise.line": ["promise_id", "date", "amount"],
        "credit.promise.item": ["promise_id", "move_line_id", "amount", "amount_start", "live"],
        "credit.payment.plan": ["amount", "stage", "grace_days", "cancelled_on", "live"],
        "credit.payment.plan.line": ["plan_id", "date", "amount"],
        "credit.payment.plan.item": ["plan_id", "move_line_id", "amount_start", "live"],
        "credit.collection": ["move_line_id", "date_until", "live"],
    }

    @api.model
    def _get_expected_sql(self) -> SQL:
        said = self.env["credit.receivable"]._get_said_date_sql(
            SQL("item.id"), SQL("%s::date", self._get_as_of())
        )
        return SQL("COALESCE(%s, %s)", said, super()._get_expected_sql())
