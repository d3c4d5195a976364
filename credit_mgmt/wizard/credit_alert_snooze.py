from odoo import fields, models


class CreditAlertSnooze(models.TransientModel):
    """Leave alerts alone until a day, with a reason."""

    _name = "credit.alert.snooze"
    _description = "Snooze Alerts"

    alert_ids = fields.Many2many("credit.alert", string="Alerts", required=True)
    date_until = fields.Date(
        string="Until",
        required=True,
        default=lambda self: fields.Date.add(self.env.company._get_credit_today(), days=14),
        help="Last day. The alert comes back after it if its cause is still there.",
    )
    reason = fields.Char(required=True)

    def action_apply(self):
        """Snooze the alerts."""
        self.ensure_one()
        self.alert_ids._snooze(self.date_until, self.reason)
        return {"type": "ir.actions.act_window_close"}
