from odoo import api, fields, models


class CreditPaymentPlanItem(models.Model):
    """A journal item that a payment plan is about."""

    _name = "credit.payment.plan.item"
    _description = "Item of a Payment Plan"
    _inherit = ["credit.claim.item"]
    _owner_field = "plan_id"

    plan_id = fields.Many2one("credit.payment.plan", required=True, index=True, ondelete="cascade")

    _live_idx = models.Index("(move_line_id) WHERE live")

    @api.onchange("move_line_id")
    def _onchange_move_line_id(self):
        if self.move_line_id:
            self.update(self._prepare_item_values(self.move_line_id))

    @api.model_create_multi
    def create(self, vals_list):
        """Take the snapshot of the entry here: a form knows no more than the entry."""
        entries = self.env["account.move.line"].browse(
            vals.get("move_line_id") for vals in vals_list
        )
        return super().create(
            [
                {**self._prepare_item_values(entry), **vals} if entry else vals
                for vals, entry in zip(vals_list, entries, strict=True)
            ]
        )
