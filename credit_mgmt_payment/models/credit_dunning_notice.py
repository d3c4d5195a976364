from odoo import api, fields, models


class CreditDunningNotice(models.Model):
    """The link by which the customer pays what a reminder asks for."""

    _inherit = "credit.dunning.notice"

    payment_link_url = fields.Char(
        string="Link to Pay Online",
        compute="_compute_payment_link_url",
        help="Empty when the company takes no online payments, or the customer has no link.",
    )

    @api.depends("customer_page_url", "company_id")
    def _compute_payment_link_url(self):
        Token = self.env["credit.customer.token"]
        for company, notices in self.grouped("company_id").items():
            can_pay = company and Token._can_pay_online(company)
            for notice in notices:
                url = can_pay and notice.customer_page_url
                notice.payment_link_url = f"{url}/pay" if url else False

    def _get_placeholder_values(self):
        values = super()._get_placeholder_values()
        # Without online payment the customer still finds there what is open.
        return values | {"payment_link": self.payment_link_url or values["customer_page"]}
