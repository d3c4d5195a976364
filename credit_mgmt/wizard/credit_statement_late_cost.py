from odoo import fields, models


class CreditStatement(models.TransientModel):
    """Statements can say what the lateness of their items costs."""

    _inherit = "credit.statement"

    include_late_costs = fields.Boolean(
        string="Late Costs to Date",
        help="Adds late interest and fixed indemnities of each overdue item until the day, with "
        "their computation. They stand beside the balance: nothing is booked.",
    )
