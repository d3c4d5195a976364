from odoo import fields, models


class CreditRegisteredHint(models.Model):
    """Somebody said that a registered letter has news: it is to be read again.

    A row of its own, so that a message never waits for the worker that is reading the letter, nor
    makes its transaction fail. Any number of messages leave one row per letter.
    """

    _name = "credit.registered.hint"
    _description = "Hint About a Registered Letter"

    letter_id = fields.Many2one("credit.registered.letter", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="letter_id.company_id")

    _letter_unique = models.UniqueIndex("(letter_id)", "This letter is to be read again already.")
