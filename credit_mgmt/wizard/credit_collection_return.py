from odoo import fields, models
from odoo.exceptions import ValidationError


class CreditCollectionReturn(models.TransientModel):
    """Asks why collections failed, and where the reminders of their items resume."""

    _name = "credit.collection.return"
    _description = "Collection Returned Unpaid"

    collection_ids = fields.Many2many("credit.collection", string="Collections", required=True)
    reason = fields.Char(required=True)
    resume = fields.Selection(
        [
            ("go_on", "Go on at the level they have"),
            ("level", "Go back to a level"),
            ("begin", "Begin again with the first level"),
        ],
        string="Reminders",
        default="go_on",
        required=True,
    )
    level_id = fields.Many2one("credit.dunning.level", string="Back to Level")

    def action_confirm(self):
        """Let the items be claimed again."""
        self.ensure_one()
        if self.resume == "level" and not self.level_id:
            raise ValidationError(self.env._("Choose the level to go back to."))
        self.collection_ids._return(
            self.reason,
            level=self.level_id if self.resume == "level" else None,
            resume=self.resume != "go_on",
        )
        return {"type": "ir.actions.act_window_close"}
