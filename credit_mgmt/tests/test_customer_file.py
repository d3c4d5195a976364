import json

from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TODAY
from .common_alert import AlertCommon


@tagged("post_install", "-at_install")
class TestCustomerFile(AlertCommon):
    """The credit page of a customer, in one call."""

    def _file(self, partner=None, user=None):
        self.env.invalidate_all()
        model = self.env["credit.customer.file"]
        if user:
            model = model.with_user(user).with_company(self.company)
        file = model.get_file((partner or self.customer).id)
        return json.loads(json.dumps(file))

    def test_everything_a_call_needs(self):
        """Limit, exposure, ageing, delay, score, alerts, promises, disputes, costs and notes."""
        self.env["account.move"].search([]).filtered(lambda m: m.state == "draft").unlink()
        self._rule("overdue", threshold_days=30, severity="3")
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 1000})
        paid = self._overdue(60, amount=80)
        self._pay(paid, on="2026-02-09")
        late = self._overdue(45, amount=300)
        self._invoice(due="2026-04-01", amount=150)
        promised = self._overdue(5, amount=50)
        self._promise(promised, ("2026-03-15", 50.0))
        disputed = self._overdue(10, amount=40)
        self.env["credit.dispute"]._dispute(
            self._entries(disputed), 40.0, self.env["credit.dispute.reason"].search([], limit=1),
            user_id=self.env.uid,
        )  # fmt: skip
        self.env["credit.solvency.note"].create(
            {"partner_id": self.customer.id, "source": "banque_de_france", "value": "3+",
             "date": "2025-01-01", "date_expiry": "2026-01-01"}
        )  # fmt: skip
        self._remind(late, on="2026-03-02")
        self._evaluate()
        file = self._file()
        self.assertEqual(list(file), self.env["credit.customer.file"]._get_sections())
        self.assertEqual(file["customer"]["people"][0]["phone"], "+33 1 23 45 67 89")
        self.assertEqual(file["limit"]["amount"], 1000)
        self.assertEqual(file["exposure"]["total"], 540)
        self.assertEqual(file["limit"]["available"], 460)
        bars = {bar["code"]: bar["value"] for bar in file["ageing"]["bars"]}
        self.assertEqual((bars["0"], bars["1"], bars["2"]), (150, 90, 300))
        self.assertEqual(file["ageing"]["overdue"], 390)
        self.assertEqual(file["ageing"]["days_overdue"], 45)
        february = next(m for m in file["delay"]["months"] if m["date"] == "2026-02-01")
        self.assertEqual((february["delay"], february["amount"]), (31, 80))
        self.assertEqual(len(file["delay"]["months"]), 12)
        self.assertEqual(file["score"]["grade"], self.customer.risk_grade)
        self.assertEqual(file["alerts"]["rows"][0]["severity"], "3")
        self.assertEqual(file["promises"]["rows"][0]["amount"], 50)
        self.assertEqual(file["disputes"]["rows"][0]["amount"], 40)
        self.assertTrue(file["solvency"]["rows"][0]["expired"])
        self.assertEqual(file["contacts"]["last_reminder"], "2026-03-02")
        self.assertEqual(file["next_action"]["step"]["code"], "level")

    def test_figures_open_what_they_count(self):
        """Each bar of the ageing opens items that add up to it."""
        for days, amount in ((-5, 10), (5, 20), (40, 30), (70, 40), (100, 50), (200, 60)):
            self._overdue(days, amount=amount)
        self._overdue(200, self._create_customer("Other"), amount=999)
        payment = self._pay(self._invoice(amount=5), amount=12)
        self.assertTrue(payment)
        for bar in self._file()["ageing"]["bars"]:
            items = self.env["credit.receivable"].search(bar["action"]["domain"])
            self.assertEqual(sum(items.mapped("amount_residual")), bar["value"], bar["label"])

    def test_contact_shows_the_company(self):
        contact = self.env["res.partner"].create({"name": "C", "parent_id": self.customer.id})
        self.assertEqual(self._file(contact)["customer"]["id"], self.customer.id)

    def test_snoozed_alerts_stay_on_the_page(self):
        self._rule("overdue", threshold_days=30)
        self._overdue(40)
        self._evaluate()._snooze(fields.Date.to_date("2026-03-20"), "Cheque announced")
        [row] = self._file()["alerts"]["rows"]
        self.assertEqual((row["state"], row["snooze_reason"]), ("snoozed", "Cheque announced"))

    def test_last_contacts(self):
        """What was written about the customer or a contact, and calls that were logged."""
        contact = self.env["res.partner"].create({"name": "C", "parent_id": self.customer.id})
        contact.message_post(body="He pays on Friday", message_type="comment")
        activity = self.customer.activity_schedule("mail.mail_activity_data_call", summary="Call")
        activity.action_feedback("Nobody answered")
        labels = " ".join(row["label"] for row in self._file()["contacts"]["rows"])
        self.assertIn("He pays on Friday", labels)
        self.assertIn("Nobody answered", labels)

    def test_constant_number_of_queries(self):
        """Many items, promises and alerts cost as many statements as one."""
        people = ("collector", "salesperson", "responsible")
        rules = [self._rule("overdue", threshold_days=10, recipient=name) for name in people]

        def count():
            self.env.flush_all()
            self._file()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["credit.customer.file"].get_file(self.customer.id)
            return self.cr.sql_log_count - before

        def add():
            move = self._overdue(20)
            self._promise(move, ("2026-03-20", 10.0))
            self._overdue(40)

        add()
        self._evaluate(rules=rules[0])
        few = count()
        for _number in range(4):
            add()
        self._evaluate()
        self.assertLessEqual(count(), few + 2)

    def test_other_company_shows_nothing(self):
        other = self.setup_other_company(name="Elsewhere")["company"]
        self._overdue(40)
        file = self.env["credit.customer.file"].with_company(other).get_file(self.customer.id)
        self.assertEqual(file["exposure"]["total"], 0)
        self.assertFalse(any(bar["value"] for bar in file["ageing"]["bars"]))

    def test_rights(self):
        """A salesperson reads the page of the own customer; without the application nobody."""
        seller, stranger = (
            new_test_user(
                self.env, f"file_{name}", groups=groups,
                company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
            )
            for name, groups in (
                ("seller", "credit_mgmt.credit_mgmt_group_viewer"), ("nobody", "base.group_user"),
            )
        )  # fmt: skip
        self.customer.user_id = seller
        self._overdue(40, amount=70, invoice_user_id=seller.id)
        file = self._file(user=seller)
        self.assertEqual(file["ageing"]["overdue"], 70)
        self.assertFalse(file["customer"]["is_user"])
        with self.assertRefused("", AccessError):
            self._file(user=stranger)

    def test_opened_from_the_customer(self):
        action = self.customer.action_open_credit_page()
        self.assertEqual(action["tag"], "credit_mgmt.customer_file")
        self.assertEqual(action["params"], {"partner_id": self.customer.id})

    def test_dashboard_shows_alerts_promises_and_disputes(self):
        """Today counts serious and other alerts, promises of the day, unanswered disputes."""
        self._rule("overdue", threshold_days=10, severity="3")
        self._rule("overdue", threshold_days=10, severity="0")
        late = self._overdue(20)
        promised = self._overdue(2)
        self._promise(promised, (TODAY, 10.0))
        self._evaluate()
        self.assertTrue(late)
        tiles = {t["code"]: t for t in self.env["credit.dashboard"].get_data()["tiles"]}
        for code, count in (("alerts_serious", 1), ("alerts", 1), ("promises_due", 1)):
            tile = tiles[code]
            self.assertEqual(tile["value"], count)
            found = self.env[tile["action"]["res_model"]].search_count(tile["action"]["domain"])
            self.assertEqual(found, count)
        self.assertNotIn("disputes_late", tiles)


@tagged("post_install", "-at_install")
class TestCustomerFileTour(AccountTestInvoicingHttpCommon):
    """From the alert to the page of the customer, where it is snoozed."""

    def test_alert_to_credit_page_to_snooze(self):
        company = self.company_data["company"]
        self.env.user.group_ids += self.env.ref("credit_mgmt.credit_mgmt_group_manager")
        self.env["res.lang"]._activate_lang("en_US")
        self.env["credit.alert.rule"].search([]).active = False
        self.env["credit.alert.rule"].create(
            {"name": "Late", "code": "overdue", "threshold_days": 30, "company_id": company.id,
             "severity": "3", "recipient": "responsible"}
        )  # fmt: skip
        user = new_test_user(
            self.env,
            login="alert_tour",
            groups="base.group_user,base.group_partner_manager,credit_mgmt.credit_mgmt_group_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            lang="en_US",
        )
        company.credit_responsible_id = user
        customer = self.env["res.partner"].create(
            {"name": "Tour Customer", "is_company": True, "phone": "+33 1 23 45 67 89"}
        )
        today = fields.Date.today()
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": fields.Date.subtract(today, days=90),
                "invoice_date_due": fields.Date.subtract(today, days=60),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": 1234.0, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        alert = self.env["credit.alert"]._evaluate(company)
        self.start_tour("/odoo/credit-alerts", "credit_mgmt_alert", login="alert_tour")
        self.assertEqual(alert.state, "snoozed")
        self.assertEqual(alert.snooze_reason, "Cheque announced")
        self.assertEqual(alert.snoozed_by_id, user)
