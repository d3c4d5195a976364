from odoo import fields, models


class CreditRegisteredLetter(models.Model):
    """What a letter through AR24 has besides."""

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
