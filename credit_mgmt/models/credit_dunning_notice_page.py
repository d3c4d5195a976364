from odoo import api, fields, models


class CreditDunningNotice(models.Model):
    """The link to the customer's own page in what a reminder says."""

    _inherit = "credit.dunning.notice"

    customer_page_url = fields.Char(
        string="Customer's Page",
        compute="_compute_customer_page_url",
        help="Empty when the page is closed or the customer's link was revoked.",
    )

    @api.depends("partner_id", "company_id")
    def _compute_customer_page_url(self):
        Token = self.env["credit.customer.token"]
        for company, notices in self.grouped("company_id").items():
            urls = Token._get_urls(notices.partner_id, company) if company else {}
            for notice in notices:
                notice.customer_page_url = urls.get(notice.partner_id.id, False)

    @api.model
    def _create_for_run(self, run, rows_by_partner):
        """Let each customer who is reminded have a link that is valid for the whole term."""
        notices, without_address = super()._create_for_run(run, rows_by_partner)
        if run.company_id.credit_page_enabled:
            self.env["credit.customer.token"]._ensure(notices.partner_id, run.company_id)
        return notices, without_address

    def _get_placeholder_values(self):
        # Without a link of his own the customer is asked to log in.
        url = self.customer_page_url or self.company_id.get_base_url() + "/my/credit"
        return super()._get_placeholder_values() | {"customer_page": url}
