from odoo import fields, models

from ..const import HOLD_LEVELS


class CreditHoldSet(models.TransientModel):
    """Hold, watch or release several customers, with a reason."""

    _name = "credit.hold.set"
    _description = "Hold Customers"

    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    level = fields.Selection(HOLD_LEVELS, string="State", required=True, default="hold")
    reason = fields.Char(required=True)
    date_until = fields.Date(
        string="Until",
        help="Last day. With the state “None”: an exception until that day, during which the "
        "rules do not hold the customer.",
    )

    def action_apply(self):
        """Set the state of the customers in the user's main company."""
        self.ensure_one()
        self.partner_ids._set_credit_hold(self.level, self.reason, self.date_until)
        return {"type": "ir.actions.act_window_close"}
