from odoo import api, fields, models


class CreditDunningResetWizard(models.TransientModel):
    """Asks why, and resets the dunning levels of selected customers or items."""

    _name = "credit.dunning.reset.wizard"
    _description = "Reset Dunning Level"

    partner_ids = fields.Many2many("res.partner", string="Customers")
    move_line_ids = fields.Many2many("account.move.line", string="Items")
    level_id = fields.Many2one(
        "credit.dunning.level",
        string="Back to Level",
        help="Empty: the items begin again at the first level.",
    )
    reason = fields.Char(required=True)
    item_count = fields.Integer(string="Items With a Level", compute="_compute_item_count")

    @api.depends("partner_ids", "move_line_ids")
    def _compute_item_count(self):
        for wizard in self:
            wizard.item_count = len(
                wizard._get_items().filtered(lambda item: item.dunning_level_id)
            )

    def _get_items(self):
        return self.env["credit.receivable"].search(
            [
                "|",
                ("partner_id", "in", self.partner_ids.commercial_partner_id.ids),
                ("id", "in", self.move_line_ids.ids),
            ]
        )

    def action_reset(self):
        """Free the levels of the items; a record says who, when and why."""
        self.ensure_one()
        self.env["credit.dunning.reset"]._reset_items(
            self._get_items().move_line_id, self.reason, self.level_id
        )
        return {"type": "ir.actions.act_window_close"}
