from odoo import fields, models


class ResCompany(models.Model):
    """How strictly payment terms are checked against the law."""

    _inherit = "res.company"

    credit_fr_term_check = fields.Selection(
        [("none", "Not checked"), ("warn", "Warn"), ("refuse", "Refuse")],
        string="Payment Terms Beyond the Law",
        default="warn",
        required=True,
        help="Invoices to businesses that fall due later than article L441-10 or L441-11 of the "
        "Commercial Code allows.",
    )
    credit_fr_month_end = fields.Selection(
        [
            ("none", "Not agreed"),
            ("days_first", "45 days, then the end of that month"),
            ("month_first", "End of the month, then 45 days"),
            ("any", "Either computation"),
        ],
        string="End of Month in Our Contracts",
        default="any",
        required=True,
        help="Days end of month are a derogation that the contract must state, best with its "
        "computation.",
    )
    credit_fr_ceiling_id = fields.Many2one(
        "credit.payment.ceiling",
        string="Usual Ceiling",
        help="For customers without one of their own. Empty: the first of the list.",
    )
