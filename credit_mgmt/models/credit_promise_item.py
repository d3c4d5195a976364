from odoo import fields, models


class CreditPromiseItem(models.Model):
    """A journal item that a promise covers, and how much of it."""

    _name = "credit.promise.item"
    _description = "Promised Item"
    _inherit = ["credit.claim.item"]
    _owner_field = "promise_id"

    promise_id = fields.Many2one("credit.promise", required=True, index=True, ondelete="cascade")
    amount = fields.Monetary(string="Promised", required=True)

    _live_idx = models.Index("(move_line_id) WHERE live")
