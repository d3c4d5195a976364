from odoo import fields, models


class CreditDunningChangeChannel(models.TransientModel):
    """Chooses other channels for selected reminders that have not left."""

    _name = "credit.dunning.change.channel"
    _description = "Change Channel"

    notice_ids = fields.Many2many(
        "credit.dunning.notice",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    channel_ids = fields.Many2many("credit.dunning.channel", required=True)

    def action_change(self):
        """Send the selected reminders through these channels instead."""
        self.ensure_one()
        self.notice_ids.action_set_channels(self.channel_ids)
        return {"type": "ir.actions.act_window_close"}
