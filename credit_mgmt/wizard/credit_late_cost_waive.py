from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditLateCostWaive(models.TransientModel):
    """Waives late costs with a reason; the waiver can be revoked."""

    _name = "credit.late.cost.waive"
    _description = "Waive Late Costs"

    date = fields.Date(
        string="Until",
        required=True,
        default=lambda self: self.env.company._get_credit_today(),
    )
    move_line_ids = fields.Many2many("account.move.line", string="Items")
    with_interest = fields.Boolean(string="Late Interest", default=True)
    with_indemnity = fields.Boolean(string="Fixed Indemnity", default=True)
    forever = fields.Boolean(
        string="Also What Will Still Accrue",
        help="No interest of these items is ever claimed, also when they stay unpaid.",
    )
    reason = fields.Char(required=True)

    @api.model
    def _open(self, items):
        """Return the action of the wizard on journal items."""
        items.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waive late costs"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_line_ids": [fields.Command.set(items.ids)]},
        }

    def action_waive(self):
        """Record the waiver."""
        self.ensure_one()
        if not self.with_interest and not self.with_indemnity:
            raise UserError(
                self.env._("Choose what to waive: the interest, the indemnity or both.")
            )
        self.env["credit.late.cost.claim"]._waive(
            self.move_line_ids,
            self.reason,
            date=self.date,
            with_interest=self.with_interest,
            with_indemnity=self.with_indemnity,
            forever=self.forever,
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
