from odoo import api, fields, models


class CreditInterestRate(models.Model):
    """The value of an index from a date on."""

    _name = "credit.interest.rate"
    _description = "Interest Rate"
    _inherit = ["credit.interest.delivered"]
    _order = "index_id, date_from desc, id"
    _delivered_key = ("index_id", "date_from")
    _rec_name = "date_from"

    index_id = fields.Many2one(
        "credit.interest.index", required=True, index=True, ondelete="cascade"
    )
    date_from = fields.Date(string="From", required=True)
    value = fields.Float(string="Rate (%)", digits=(8, 4), required=True, aggregator="avg")
    source = fields.Char(translate=True, help="Where the rate was read.")
    verified = fields.Boolean(help="Somebody compared the rate with its official publication.")

    _once_a_day = models.Constraint(
        "UNIQUE(index_id, date_from)", "This index has a rate from that date already."
    )
    _check_value = models.Constraint(
        "CHECK(value > -100 AND value < 1000)",
        "A yearly rate is a percentage between -100 and 1000.",
    )

    @api.depends("index_id.name", "date_from", "value")
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = f"{rate.index_id.name or ''} {rate.date_from or ''}".strip()
