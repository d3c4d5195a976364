from odoo import api, models


class CreditLedgerRow(models.AbstractModel):
    """A row of a read model that stands for a journal item, with the ``move_id`` of its entry."""

    _name = "credit.ledger.row"
    _description = "Row of a Journal Item"

    @api.readonly
    def action_open_entry(self):
        """Open the invoice or journal entry of the row."""
        self.ensure_one()
        # A salesperson without a right on the books sees the item itself.
        readable = self.env["account.move"].has_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move" if readable else self._name,
            "res_id": self.move_id.id if readable else self.id,
            "views": [(False, "form")],
        }
