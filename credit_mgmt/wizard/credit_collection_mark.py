from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditCollectionMark(models.TransientModel):
    """Marks items as assigned to a factor, or as a direct debit, bill or cheque under way."""

    _name = "credit.collection.mark"
    _description = "Mark as Factored or in Collection"

    move_line_ids = fields.Many2many("account.move.line", string="Items", required=True)
    item_count = fields.Integer(compute="_compute_item_count")
    kind = fields.Selection(
        selection=lambda self: self.env["credit.collection"]._fields["kind"].selection,
        required=True,
    )
    date = fields.Date(
        string="Since", required=True, default=lambda self: self.env.company._get_credit_today()
    )
    date_until = fields.Date(
        string="Reminders Wait Until",
        help="The date of the debit or bill, with the days that a return may take. Empty: until "
        "it is unmarked.",
    )
    counterparty_id = fields.Many2one("res.partner", string="Factor or Bank")
    reference = fields.Char(help="Remittance, mandate or number of the bill.")

    @api.depends("move_line_ids")
    def _compute_item_count(self):
        for wizard in self:
            wizard.item_count = len(wizard.move_line_ids)

    @api.model
    def _open(self, entries):
        entries = entries.filtered(lambda line: line.amount_residual_currency > 0)
        if not entries:
            raise UserError(self.env._("None of these items is open: nothing to collect."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Factor or collection"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_line_ids": [fields.Command.set(entries.ids)]},
        }

    def action_confirm(self):
        """Mark the items; their reminders wait."""
        self.ensure_one()
        if self.kind != "factored" and not self.date_until:
            raise UserError(self.env._("Say until when reminders wait: the money may be returned."))
        self.env["credit.collection"]._mark(
            self.move_line_ids,
            self.kind,
            date=self.date,
            date_until=self.date_until,
            counterparty_id=self.counterparty_id.id,
            reference=self.reference,
        )
        return {"type": "ir.actions.act_window_close"}
