from odoo import fields, models
from odoo.exceptions import UserError


class CreditLateReasonSet(models.TransientModel):
    """Sets the reason of lateness of selected invoices or customers."""

    _name = "credit.late.reason.set"
    _description = "Set the Reason of Lateness"

    move_ids = fields.Many2many("account.move", string="Invoices")
    partner_ids = fields.Many2many("res.partner", string="Customers")
    late_reason_id = fields.Many2one(
        "credit.late.reason", string="Reason of Lateness", help="Empty: takes the reason away."
    )

    def action_confirm(self):
        """Write the reason."""
        self.ensure_one()
        if not self.move_ids and not self.partner_ids:
            raise UserError(self.env._("Select at least one customer or invoice."))
        self.move_ids.late_reason_id = self.late_reason_id
        self.partner_ids.commercial_partner_id.late_reason_id = self.late_reason_id
        return {"type": "ir.actions.act_window_close"}
