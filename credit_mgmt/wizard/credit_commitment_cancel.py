from odoo import fields, models


class CreditCommitmentCancel(models.TransientModel):
    """Asks why a promise or a payment plan no longer stands."""

    _name = "credit.commitment.cancel"
    _description = "Cancel a Promise or Payment Plan"

    promise_id = fields.Many2one("credit.promise")
    plan_id = fields.Many2one("credit.payment.plan")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """End it; what was open is claimed again."""
        self.ensure_one()
        (self.promise_id or self.plan_id)._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
