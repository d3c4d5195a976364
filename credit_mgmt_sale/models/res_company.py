from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_include_order_drafts = fields.Boolean(
        string="Draft Invoices of Orders Apart",
        help="Draft invoices of orders are a component of their own, taken out of what is "
        "delivered or ordered and not invoiced.",
    )
    credit_release_days = fields.Integer(
        string="Validity of a Release",
        default=7,
        help="Days during which a released order may be confirmed and delivered.",
    )

    _check_credit_release_days = models.Constraint(
        "CHECK(credit_release_days >= 0)", "The validity of a release cannot be below zero days."
    )
