from odoo import fields, models


class ResCompany(models.Model):
    """What the company lets its customers do on their own page."""

    _inherit = "res.company"

    credit_page_enabled = fields.Boolean(
        string="Customer's Own Page",
        default=True,
        help="Reminders carry a link to a page where the customer sees what is open and answers: "
        "pays, promises, disputes. Without it the page is closed.",
    )
    credit_page_days = fields.Integer(
        string="Links Valid For",
        default=60,
        help="Days for which a link opens the page after the last reminder.",
    )
    credit_page_promise_days = fields.Integer(
        string="Promises by the Customer",
        default=30,
        help="A customer promises by himself up to so many days ahead; a later date waits for "
        "somebody to accept it.",
    )

    _check_credit_page = models.Constraint(
        "CHECK(credit_page_days > 0 AND credit_page_promise_days >= 0)",
        "Links are valid for a day at least, and promises cannot end before they begin.",
    )
