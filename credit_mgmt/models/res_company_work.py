from odoo import fields, models

from ..tools import priority


class ResCompany(models.Model):
    """What makes a customer urgent, in the eyes of a company."""

    _inherit = "res.company"

    credit_weight_amount = fields.Integer(string="Points for the Amount", default=30)
    credit_weight_lateness = fields.Integer(string="Points for the Lateness", default=20)
    credit_weight_probability = fields.Integer(
        string="Points for an Unusual Delay",
        default=20,
        help="Who is later than he usually is will probably not pay by himself.",
    )
    credit_weight_broken = fields.Integer(string="Points for Broken Promises", default=10)
    credit_weight_contact = fields.Integer(string="Points for Silence", default=10)
    credit_weight_value = fields.Integer(string="Points for the Turnover", default=10)
    credit_large_amount = fields.Monetary(
        string="Large Amount",
        default=10_000.0,
        currency_field="currency_id",
        help="An overdue amount from this on has all the points; a turnover of the last twelve "
        "months from ten times this on.",
    )
    credit_contact_days = fields.Integer(
        string="Call Without Contact For",
        default=14,
        help="Who owes and heard nothing for that many days is to be called.",
    )

    credit_salesperson_digest = fields.Boolean(
        string="Tell Salespeople What Will Be Reminded",
        help="Every working day, what of their customers is reminded on the next one.",
    )
    credit_digest_date = fields.Date(readonly=True, copy=False, help="Day of the last digest.")

    _check_credit_weights = models.Constraint(
        "CHECK(credit_weight_amount >= 0 AND credit_weight_lateness >= 0"
        " AND credit_weight_probability >= 0 AND credit_weight_broken >= 0"
        " AND credit_weight_contact >= 0 AND credit_weight_value >= 0)",
        "Points cannot be negative.",
    )
    _check_credit_large_amount = models.Constraint(
        "CHECK(credit_large_amount > 0 AND credit_contact_days >= 0)",
        "The large amount must be above zero, and the days without contact not below.",
    )

    def _get_credit_weights(self) -> dict[str, int]:
        """Return the points that each component of the priority is worth at most."""
        self.ensure_one()
        return {name: self[f"credit_weight_{name}"] for name in priority.COMPONENTS}
