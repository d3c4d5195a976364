from odoo import fields, models


class CreditRegisteredLetter(models.Model):
    """Whether a letter through AR24 was a trial, and whether it equals one on paper."""

    _inherit = "credit.registered.letter"

    ar24_sandbox = fields.Boolean(
        string="Sent in the Sandbox",
        readonly=True,
        copy=False,
        help="A trial: it reached nobody and proves nothing.",
    )
    ar24_qualified = fields.Boolean(
        string="Qualified",
        readonly=True,
        copy=False,
        help="Qualified in the sense of eIDAS: it equals a registered letter on paper.",
    )
