from odoo import fields, models


class CreditInterestFeeStep(models.Model):
    """A step of an indemnity that depends on the amount of the debt."""

    _name = "credit.interest.fee.step"
    _description = "Step of an Indemnity"
    _order = "term_id, amount_from, id"
    _rec_name = "amount_from"

    term_id = fields.Many2one("credit.interest.term", required=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="term_id.fee_currency_id")
    amount_from = fields.Monetary(string="Debt From", required=True)
    value = fields.Float(
        required=True,
        digits=(12, 4),
        help="By bands: the indemnity of a debt from this amount on. By scale: the percentage of "
        "the part of the debt above this amount.",
    )

    _once = models.Constraint(
        "UNIQUE(term_id, amount_from)", "Two steps of an indemnity begin at the same amount."
    )
    _check_values = models.Constraint(
        "CHECK(amount_from >= 0 AND value >= 0)",
        "The steps of an indemnity cannot be below zero.",
    )
