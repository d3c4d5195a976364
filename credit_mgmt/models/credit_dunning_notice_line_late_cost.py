from odoo import api, fields, models


class CreditDunningNoticeLine(models.Model):
    """The late costs of an item as printed."""

    _inherit = "credit.dunning.notice.line"

    late_interest = fields.Monetary(currency_field="currency_id", readonly=True)
    late_indemnity = fields.Monetary(
        string="Fixed Indemnity", currency_field="currency_id", readonly=True
    )
    late_interest_working = fields.Json(
        readonly=True, help="The segments of the computation, as printed."
    )

    @api.model
    def _prepare_line_values(self, notice_date, company, row):
        values = super()._prepare_line_values(notice_date, company, row)
        if row.get("late_interest") or row.get("late_indemnity"):
            values |= {
                "late_interest": row["late_interest"],
                "late_indemnity": row["late_indemnity"],
                "late_interest_working": row["late_interest_working"],
            }
        return values
