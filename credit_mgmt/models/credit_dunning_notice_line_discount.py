from odoo import api, fields, models


class CreditDunningNoticeLine(models.Model):
    """The early-payment discount that is still to be had when the reminder leaves, as printed."""

    _inherit = "credit.dunning.notice.line"

    discount_date = fields.Date(string="Discount Until", readonly=True)
    amount_discounted_currency = fields.Monetary(
        string="To Pay With Discount", currency_field="currency_id", readonly=True
    )

    @api.model
    def _prepare_line_values(self, notice_date, company, row):
        """Add what settles an item until the last day of its discount.

        Nothing was paid of it yet: Odoo grants a discount on whole items only.
        """
        values = super()._prepare_line_values(notice_date, company, row)
        until = row.get("discount_date")
        untouched = row["amount_residual_currency"] == row["amount_total"]
        if until and until >= notice_date and untouched:
            values |= {
                "discount_date": until,
                "amount_discounted_currency": row["discount_amount_currency"],
            }
        return values
