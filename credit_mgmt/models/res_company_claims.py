from odoo import fields, models


class ResCompany(models.Model):
    """How long the company waits for what customers promised."""

    _inherit = "res.company"

    credit_promise_grace_days = fields.Integer(
        string="Grace of Promises",
        default=3,
        help="Days after a promised date until which the money may still arrive. For promises "
        "recorded from now on.",
    )
    credit_plan_breach_days = fields.Integer(
        string="Breach of Payment Plans",
        default=8,
        help="An instalment that is missing for longer than this number of days ends the plan. "
        "For plans drawn up from now on.",
    )
    credit_dispute_days = fields.Integer(
        string="Answer to Disputes",
        default=10,
        help="Working days within which the owner of a dispute is to answer.",
    )

    _check_credit_claims = models.Constraint(
        "CHECK(credit_promise_grace_days >= 0 AND credit_plan_breach_days >= 0"
        " AND credit_dispute_days >= 0)",
        "Days to wait cannot be negative.",
    )
