from odoo import api, fields, models

from ..tools import payment_ceiling


class CreditPaymentCeiling(models.Model):
    """How late an invoice to a business may fall due: the general rule, or that of a sector."""

    _name = "credit.payment.ceiling"
    _description = "Ceiling of Payment Terms"
    _order = "sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for every company under French law."
    )
    start = fields.Selection(
        [
            ("invoice", "Day of the invoice"),
            ("delivery", "Day of the delivery"),
            ("delivery_decade", "End of the ten days of the delivery"),
            ("delivery_month", "End of the month of the delivery"),
        ],
        string="Counted From",
        required=True,
        default="invoice",
        help="Without a day of delivery, the day of the invoice stands for it.",
    )
    days = fields.Integer(string="Days At Most", required=True)
    month_end_days = fields.Integer(
        string="Or Days End of Month",
        help="Allowed as well where the contracts say so, see the settings. 0: not allowed.",
    )
    source = fields.Text(
        translate=True, help="Where this was read, and what is uncertain about it."
    )
    verified = fields.Boolean(help="Somebody compared it with the text of the law.")

    _check_days = models.Constraint(
        "CHECK(days >= 0 AND month_end_days >= 0)", "Days of a ceiling cannot be below zero."
    )

    @api.model
    def _get_default(self, company):
        """Return the ceiling of customers without one of their own."""
        root = company.sudo().root_id  # its settings, for whoever makes its invoices
        if root.credit_fr_ceiling_id:
            return root.credit_fr_ceiling_id
        return self.sudo().search(
            [("company_id", "in", (False, root.id))], order="sequence, id", limit=1
        )

    def _get_latest_date(self, company, issue, delivery=False):
        """Return the last day on which an invoice may fall due.

        :param company: whose contracts say which end of month is agreed
        :param issue: the day of the invoice
        :param delivery: the day of the delivery, False if it is not known
        """
        self.ensure_one()
        agreed = company.sudo().root_id.credit_fr_month_end
        return payment_ceiling.latest_due_date(
            issue,
            self.days,
            start=self.start,
            delivery=delivery or None,
            month_end_days=self.month_end_days,
            month_ends=payment_ceiling.MONTH_ENDS
            if agreed == "any"
            else [name for name in payment_ceiling.MONTH_ENDS if name == agreed],
        )
