from odoo import api, fields, models
from odoo.tools import format_amount


class CreditPromiseLine(models.Model):
    """A date of a promise, and what is promised for it."""

    _name = "credit.promise.line"
    _description = "Promised Payment"
    _order = "date, id"

    promise_id = fields.Many2one("credit.promise", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="promise_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="promise_id.partner_id", string="Customer", store=True, index=True
    )
    user_id = fields.Many2one(related="promise_id.user_id", string="Owner", store=True)
    currency_id = fields.Many2one(related="promise_id.currency_id")
    state = fields.Selection(related="promise_id.state")
    live = fields.Boolean(related="promise_id.live")
    date = fields.Date(required=True, index=True)
    amount = fields.Monetary(required=True)

    _check_amount = models.Constraint("CHECK(amount > 0)", "A promised amount must be above zero.")

    @api.depends("partner_id", "amount")
    def _compute_display_name(self):
        for line in self:
            currency = line.currency_id or self.env.company.currency_id
            amount = format_amount(self.env, line.amount, currency)
            line.display_name = f"{line.partner_id.name or ''} {amount}".strip()
