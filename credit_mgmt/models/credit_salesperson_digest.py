from odoo import api, fields, models


class CreditSalespersonDigest(models.AbstractModel):
    """Tells salespeople what of their customers will be reminded on the next working day.

    In time to ask to wait. Only where a company wants it, once a day, and nobody for nothing.
    """

    _name = "credit.salesperson.digest"
    _description = "What Will Be Reminded Tomorrow"

    @api.model
    def _cron_follow(self):
        """Send today's digests."""
        for company in self.env["res.company"].search(
            [("parent_id", "=", False), ("credit_salesperson_digest", "=", True)]
        ):
            today = company._get_credit_today()
            if company.credit_digest_date == today or not company._is_credit_working_day(today):
                continue
            company.credit_digest_date = today
            for user, items in self._get_items(company).grouped("user_id").items():
                self._tell(user, company, items)

    @api.model
    def _get_items(self, company):
        """Return the items that reach a level by the next working day, and not before it."""
        today = company._get_credit_today()
        day = company._add_credit_working_days(today, 1)
        # What is promised or left out until then is judged as of that day.
        items = (
            self.env["credit.receivable"]
            .with_context(receivable_date=fields.Date.to_string(day))
            .search(
                [
                    ("root_company_id", "=", company.id),
                    ("user_id", "!=", False),
                    ("exclusion_reason", "=", False),
                    ("amount_dunnable", ">", 0),
                    ("next_dunning_date", ">", fields.Date.to_string(today)),
                    ("next_dunning_date", "<=", fields.Date.to_string(day)),
                ],
                order="partner_id, date_maturity, id",
            )
        )
        return items.filtered(
            lambda item: (
                item.user_id.active
                and item.user_id.has_group("credit_mgmt.credit_mgmt_group_viewer")
            )
        )

    @api.model
    def _tell(self, user, company, items):
        """Send a salesperson the list, in the own language."""
        items = items.with_context(lang=user.lang)
        body = (
            self.env["ir.qweb"]
            .with_context(lang=user.lang)
            ._render(
                "credit_mgmt.credit_salesperson_digest",
                {
                    "items": items,
                    "company": company,
                    "url": f"{company.get_base_url()}/odoo/credit-receivables",
                },
            )
        )
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=items.env._("Your customers who will be reminded"),
            body=body,
            email_layout_xmlid="mail.mail_notification_light",
        )
