from odoo import fields, models


class CreditLateReason(models.Model):
    """Why customers pay late, from a list, so that it can be counted and acted upon."""

    _name = "credit.late.reason"
    _description = "Reason of Lateness"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    our_fault = fields.Boolean(
        string="Ours to Solve", help="The cause is in our own house: invoice, delivery, form."
    )
