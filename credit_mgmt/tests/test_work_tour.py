from freezegun import freeze_time
from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.fields import Command
from odoo.tests import new_test_user, tagged


@tagged("post_install", "-at_install")
class TestWorkTour(AccountTestInvoicingHttpCommon):
    """A collector's morning in a real browser."""

    def test_my_day(self):
        self.env["res.lang"]._activate_lang("en_US")
        self.env.user.group_ids += self.env.ref("credit_mgmt.credit_mgmt_group_manager")
        company = self.company_data["company"]
        # The browser lives today, which may be a Sunday or a holiday.
        self.patch(
            type(company),
            "_get_credit_working_days",
            lambda self, start, end: {
                fields.Date.add(start, days=n) for n in range((end - start).days + 1)
            },
        )
        user = new_test_user(
            self.env,
            login="tour_my_day",
            groups="base.group_user,credit_mgmt.credit_mgmt_group_user",
            email="tour_my_day@example.com",
            lang="en_US",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.env["credit.dispute.reason"].create({"name": "Price too high"})
        customers, today = {}, fields.Date.today()
        for number, name in enumerate(("Broken", "Promiser", "Disputer", "Silent", "Sleeper")):
            customer = customers[name] = self.env["res.partner"].create(
                {
                    "name": f"Customer {name}",
                    "is_company": True,
                    "email": f"{name.lower()}@example.com",
                    "phone": "+33 1 23 45 67 89",
                    "collector_id": user.id,
                    "lang": "en_US",
                }
            )
            due = fields.Date.subtract(today, days=20 + number)
            self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": customer.id,
                    "invoice_date": due,
                    "invoice_date_due": due,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create({"name": "Goods", "price_unit": 100.0, "tax_ids": []})
                    ],
                }
            ).action_post()
        entries = self._entries(customers["Broken"])
        with freeze_time(fields.Date.subtract(today, days=15)):
            self.env["credit.promise"]._promise(
                entries, [(fields.Date.subtract(today, days=14), 100.0)]
            )
        self.start_tour("/odoo/my-day", "credit_mgmt_my_day", login="tour_my_day")
        self.env.invalidate_all()
        logs = self.env["credit.contact.log"].search([("user_id", "=", user.id)], order="id")
        self.assertEqual(
            [(log.partner_id, log.outcome) for log in logs],
            [
                (customers["Broken"], "reached"),
                (customers["Promiser"], "promise"),
                (customers["Disputer"], "dispute"),
                (customers["Silent"], "no_answer"),
                (customers["Sleeper"], "snoozed"),
            ],
        )
        self.assertEqual(logs[3].activity_id.user_id, user)
        self.assertEqual(logs[3].activity_id.date_deadline, fields.Date.add(today, days=1))
        states = {
            row.partner_id: row.state
            for row in self.env["credit.work.item"].search([("collector_id", "=", user.id)])
        }
        self.assertEqual(
            [states[customer] for customer in customers.values()],
            ["todo", "waiting", "waiting", "planned", "planned"],
        )

    def _entries(self, partner):
        return self.env["account.move.line"].search(
            [
                ("partner_id", "=", partner.id),
                ("account_id.account_type", "=", "asset_receivable"),
            ]
        )
