from freezegun import freeze_time
from odoo import api, fields
from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.addons.mail.tests.common import MockEmail
from odoo.fields import Command
from odoo.tests import new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTours(AccountTestInvoicingHttpCommon, MockEmail):
    """The roads of the accountant and of the administrator, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env.user.group_ids += cls.env.ref("credit_mgmt.credit_mgmt_group_manager")
        company = cls.company_data["company"]
        # The browser lives today, which may be a Sunday or a holiday.
        cls.classPatch(
            type(company),
            "_get_credit_working_days",
            lambda self, start, end: {
                fields.Date.add(start, days=n) for n in range((end - start).days + 1)
            },
        )
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Tour template",
                "model_id": cls.env["ir.model"]._get_id("credit.dunning.notice"),
                "subject": "Reminder {{ object.name }}",
                "email_from": "accounts@example.com",
                "body_html": '<p>Dear <t t-out="object.partner_id.name"/></p>'
                '<t t-out="object.items_html"/>',
            }
        )
        cls.policy = cls.env["credit.dunning.policy"].create(
            {
                "name": "Policy of the tour",
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "send_saturday": True,
                "send_sunday": True,
                "level_ids": [
                    Command.create(
                        {
                            "name": "First reminder",
                            "delay_days": 5,
                            "channel_ids": [
                                Command.set(cls.env.ref("credit_mgmt.channel_email").ids)
                            ],
                            "mail_template_id": cls.template.id,
                        }
                    )
                ],
            }
        )
        company.credit_policy_id = cls.policy
        customer = cls.env["res.partner"].create(
            {
                "name": "Tour Customer",
                "is_company": True,
                "email": "tour.customer@example.com",
                "street": "1 Main Street",
                "city": "Paris",
                "zip": "75001",
                "lang": "en_US",
                "dunning_policy_id": cls.policy.id,
            }
        )
        today = fields.Date.today()
        cls.invoices = cls.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": customer.id,
                    "invoice_date": fields.Date.subtract(today, days=days + 30),
                    "invoice_date_due": fields.Date.subtract(today, days=days),
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create({"name": "Goods", "price_unit": 100.0, "tax_ids": []})
                    ],
                }
                for days in (10, 20)
            ]
        )
        cls.invoices.action_post()

    def _create_user(self, login, group):
        return new_test_user(
            self.env,
            login=login,
            groups=f"base.group_user,base.group_partner_manager,credit_mgmt.{group}",
            email=f"{login}@example.com",
            lang="en_US",
            company_id=self.company_data["company"].id,
            company_ids=[Command.set(self.company_data["company"].ids)],
        )

    def test_accountant(self):
        self._create_user("tour_accountant", "credit_mgmt_group_user")
        with self.mock_mail_gateway(mail_unlink_sent=False):
            self.start_tour(
                "/odoo/customer-invoices",
                "credit_mgmt_accountant",
                login="tour_accountant",
            )
            self.assertEqual(
                [mail["email_to"] for mail in self._mails],
                [['"Tour Customer" <tour.customer@example.com>']],
            )
        items = self.env["credit.receivable"].search([("move_id", "in", self.invoices.ids)])
        self.assertEqual(items.dunning_level_id, self.policy.level_ids)
        notice = self.env["credit.dunning.notice"].search(
            [("partner_id", "=", self.invoices.partner_id.id)]
        )
        self.assertEqual(notice.state, "sent")
        self.assertEqual(notice.amount_due, 200.0)

    def test_administrator(self):
        self._create_user("tour_administrator", "credit_mgmt_group_manager")
        with self.mock_mail_gateway(mail_unlink_sent=False):
            self.start_tour(
                "/odoo/dunning-policies",
                "credit_mgmt_administrator",
                login="tour_administrator",
            )
            self.assertEqual(len(self._mails), 1)
            self.assertIn("tour_administrator@example.com", self._mails[0]["email_to"][0])
        policy = self.env["credit.dunning.policy"].search([("name", "=", "Tour policy")])
        self.assertEqual(policy.level_ids.mapped("delay_days"), [5, 15, 30])
        self.assertEqual(policy.level_ids[-1].letter_text, "Please pay:{amount_due}")
        self.assertFalse(self.env["credit.dunning.notice"].search([("policy_id", "=", policy.id)]))

    def test_registered_letter(self):
        """A formal notice, released by a person, posted by hand, its receipt scanned."""
        self._create_user("tour_poster", "credit_mgmt_group_user")
        first = self.policy.level_ids
        self.policy.level_ids = [
            Command.create(
                {
                    "name": "Formal notice",
                    "delay_days": 8,
                    "formal_notice": True,
                    "channel_ids": [
                        Command.set(self.env.ref("credit_mgmt.channel_registered").ids)
                    ],
                    "letter_subject": "Formal notice",
                    "letter_text": "Pay {amount_due}.",
                }
            )
        ]
        today = fields.Date.today()
        with freeze_time(fields.Date.subtract(today, days=9)), self.mock_mail_gateway():
            before = self.env["credit.dunning.run"].create(
                {"company_id": self.company_data["company"].id}
            )
            before.action_prepare()
            before.action_send()
        self.assertEqual(before.notice_ids.level_id, first)
        run = self.env["credit.dunning.run"].create({"company_id": self.company_data["company"].id})
        run.action_prepare()
        self.start_tour("/odoo/reminders-to-release", "credit_mgmt_registered", login="tour_poster")
        letter = self.env["credit.registered.letter"].search([])
        self.assertEqual(
            (letter.state, letter.notice_id.released_by.login), ("accepted", "tour_poster")
        )
        self.assertEqual(letter.proof_ids.attachment_id.raw, b"scan")

    def test_late_costs(self):
        """See the computation of a claim, book it, reverse the booking, waive what is left."""
        company = self.company_data["company"]
        company.country_id = self.env.ref("base.fr")
        income = self.company_data["default_account_revenue"]
        company.credit_interest_account_id = company.credit_indemnity_account_id = income
        self.invoices.partner_id.credit_audience = "business"
        self.invoices[1:].button_cancel()
        self._create_user("tour_claims", "credit_mgmt_group_user")
        self.start_tour("/odoo/late-costs", "credit_mgmt_late_costs", login="tour_claims")
        claims = self.env["credit.late.cost.claim"].search(
            [("move_id", "in", self.invoices.ids)], order="id"
        )
        booked = claims.filtered(lambda claim: claim.decision == "booked")
        waived = claims - booked
        self.assertEqual(set(booked.mapped("kind")), {"interest", "indemnity"})
        self.assertFalse(any(booked.mapped("live")), "reversed")
        self.assertEqual(booked.booking_move_id.payment_state, "reversed")
        self.assertTrue(all(waived.mapped("live")))
        self.assertEqual(set(waived.mapped("reason")), {"Our delivery was late"})
        self.assertEqual(waived.user_id.login, "tour_claims")

    def test_aged_balance(self):
        """Open, unfold, compare with the past, sort, look into amounts, export, remind."""
        today = fields.Date.today()
        second = self.env["res.partner"].create({"name": "Tour Second", "is_company": True})
        paid, _not_due = moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": second.id,
                    "invoice_date": fields.Date.subtract(today, days=age + 30),
                    "invoice_date_due": fields.Date.subtract(today, days=age),
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create({"name": "Goods", "price_unit": amount, "tax_ids": []})
                    ],
                }
                for age, amount in ((50, 300.0), (-10, 40.0))
            ]
        )
        moves.action_post()
        self._register_payment(paid, payment_date=fields.Date.subtract(today, days=2))
        exported = []

        @api.model
        def export(self, options=None):
            exported.append(self._get_options(options))
            params = {"message": "Exported", "sticky": True}
            return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

        # A browser under test does not open the tab of a download.
        self.patch(type(self.env["credit.aged.balance"]), "action_export_xlsx", export)
        self._create_user("tour_aged", "credit_mgmt_group_user")
        self.start_tour("/odoo/aged-balance", "credit_mgmt_aged_balance", login="tour_aged")
        [options] = exported
        self.assertEqual(options["order"], "difference")
        self.assertFalse(options["descending"] or options["limit"] or options["offset"])
        self.assertLess(options["compare_to"], options["as_of"])
        favourite = self.env["ir.filters"].search([("model_id", "=", "credit.aged.balance")])
        self.assertEqual(favourite.name, "Month by month")
        self.assertIn("'compare': 'month'", favourite.context)
        self.assertNotIn("compare_to", favourite.context, "moves on with the calendar")

    def test_dashboard(self):
        self._create_user("tour_dashboard", "credit_mgmt_group_user")
        self.start_tour("/odoo/credit-today", "credit_mgmt_dashboard", login="tour_dashboard")
