from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_alert import AlertCommon


def _day(days):
    """Return the date so many days before the test's day."""
    return fields.Date.subtract(fields.Date.to_date(TODAY), days=days)


@tagged("post_install", "-at_install")
class TestAlertRules(AlertCommon):
    """Each rule: true, false, its figures in words, gone."""

    def test_over_limit(self):
        self._rule("over_limit")
        self.customer.credit_limit = 100
        move = self._invoice(amount=100)
        self.assertFalse(self._evaluate())
        more = self._invoice(amount=50)
        alert = self._evaluate()
        self.assertIn("50.00 above the credit limit (150 % used)", alert.message)
        self._pay(more)
        self.assertFalse(self._evaluate())
        self._pay(move)

    def test_over_limit_with_tolerance(self):
        self._rule("over_limit", threshold_percent=20)
        self.customer.credit_limit = 100
        self._invoice(amount=120)
        self.assertFalse(self._evaluate())
        self._invoice(amount=0.01)
        self.assertTrue(self._evaluate())

    def test_no_credit_is_a_limit(self):
        self._rule("over_limit")
        self.customer.credit_limit_mode = "none"
        self._invoice(amount=10)
        self.assertEqual(self._evaluate().amount, 10)

    def test_limit_used_in_bands(self):
        """One alert says how much is used: that of the highest band, none over the limit."""
        rules = {
            percent: self._rule("limit_used", threshold_percent=percent) for percent in (50, 70, 90)
        }
        self.customer.credit_limit = 100
        for amount, percent in ((49, None), (1, 50), (20, 70), (20, 90), (10, 90), (1, None)):
            self._invoice(amount=amount)
            with self.subTest(amount=amount, percent=percent):
                self.assertEqual(
                    self._evaluate().rule_id, rules[percent] if percent else rules[50].browse()
                )

    def test_limit_used_in_words(self):
        self._rule("limit_used", threshold_percent=50)
        self.customer.credit_limit = 100
        self._invoice(amount=60)
        self.assertRegex(self._evaluate().message, r"60 % of the credit limit is used, \$.40\.00")

    def test_overdue(self):
        """Older than the days and above the amount; what is disputed or promised does not count."""
        self._rule("overdue", threshold_days=30, threshold_amount=100)
        self._overdue(30, amount=500)
        small = self._overdue(31, amount=100)
        self.assertFalse(self._evaluate())
        move = self._overdue(45, amount=1)
        self.assertEqual(self._evaluate().amount, 101)
        self._promise(small, ("2026-03-20", 100.0))
        self.assertFalse(self._evaluate())
        self.assertTrue(move)

    def test_stricter_rule_takes_over(self):
        """Sixty days late: one alert for one person; somebody else still hears of thirty."""
        first = self._rule("overdue", threshold_days=30)
        second = self._rule("overdue", threshold_days=60, threshold_amount=50)
        other = self._rule("overdue", threshold_days=30, recipient="collector")
        self._overdue(40, amount=100)
        self.assertEqual(self._evaluate().rule_id, first | other)
        self._overdue(70, amount=50)
        self.assertEqual(self._evaluate().rule_id, first | other)
        self._overdue(70, amount=1)
        self.assertEqual(self._evaluate().rule_id, second | other)

    def test_exposure_growth(self):
        """From 100 to 250 in 30 days is 150 %; all new is no growth."""
        self._rule(
            "exposure_growth", threshold_percent=100, threshold_days=30, threshold_amount=120
        )
        new = self._create_customer("New")
        self._invoice(new, due=TODAY, amount=900, invoice_date=_day(3), date=_day(3))
        self._invoice(due=TODAY, amount=100, invoice_date=_day(60))
        self._invoice(due=TODAY, amount=120, invoice_date=_day(29))
        self.assertFalse(self._evaluate())
        self._invoice(due=TODAY, amount=30, invoice_date=_day(5))
        alert = self._evaluate()
        self.assertEqual(alert.partner_id, self.customer)
        self.assertEqual((alert.amount, alert.value), (150, 150))
        self.assertIn("grown by", alert.message)
        self.assertFalse(self._evaluate(on="2026-05-01"))

    def test_delay_drift(self):
        """Three payments a year ago on time, three now twenty days late."""
        self._rule("delay_drift", threshold_days=15)
        for days in (300, 250, 200):
            self._pay(self._overdue(days), on=_day(days))
        self.assertFalse(self._evaluate())
        for days in (60, 50, 40):
            self._pay(self._overdue(days), on=_day(days - 20))
        alert = self._evaluate()
        self.assertEqual(alert.value, 20)
        self.assertIn("20 days later", alert.message)
        self.assertEqual(alert.action_open_cause()["res_model"], "credit.kpi.settlement")

    def test_no_habit_no_drift(self):
        self._rule("delay_drift", threshold_days=15)
        for days in (60, 50, 40):
            self._pay(self._overdue(days), on=_day(days - 20))
        self.assertFalse(self._evaluate())

    def test_promise_broken(self):
        """Broken after its grace, until the money is there; history after some time."""
        self._rule("promise_broken", threshold_days=90)
        move = self._overdue(10, amount=100)
        promise = self._promise(move, ("2026-03-12", 80.0))
        self.assertFalse(self._evaluate(on="2026-03-15"))
        alert = self._evaluate(on="2026-03-16")
        self.assertEqual((alert.amount, alert.key), (80, f"promise:{promise.id}"))
        self.assertIn("did not arrive", alert.message)
        self.assertEqual(alert.action_open_cause()["res_id"], promise.id)
        self._follow(on="2026-03-17")
        self.assertEqual(self._evaluate(on="2026-03-17"), alert)
        self._pay(move, amount=80, on="2026-03-18")
        self.assertFalse(self._evaluate(on="2026-03-18"))

    def test_old_broken_promise_is_history(self):
        self._rule("promise_broken", threshold_days=30)
        self._promise(self._overdue(10), ("2026-03-12", 80.0))
        self._follow(on="2026-03-17")
        self.assertTrue(self._evaluate(on="2026-04-16"))
        self.assertFalse(self._evaluate(on="2026-04-17"))

    def test_dispute_old(self):
        self._rule("dispute_old", threshold_days=30)
        move = self._overdue(10, amount=100)
        dispute = self.env["credit.dispute"]._dispute(
            self._entries(move),
            40.0,
            self.env["credit.dispute.reason"].search([], limit=1),
            user_id=self.env.uid,
        )
        self.assertFalse(self._evaluate(on="2026-04-09"))
        alert = self._evaluate(on="2026-04-10")
        self.assertEqual((alert.amount, alert.value, alert.key), (40, 31, str(dispute.id)))
        self._pay(move, on="2026-04-10")
        self.assertFalse(self._evaluate(on="2026-04-10"))

    def test_no_order(self):
        """Owes, and bought nothing for 90 days."""
        self._rule("no_order", threshold_days=90)
        old = self._invoice(due=_day(70), amount=100)  # dated 100 days ago
        alert = self._evaluate()
        self.assertEqual((alert.value, alert.amount), (100, 100))
        new = self._invoice(due=TODAY, amount=10)
        self.assertFalse(self._evaluate())
        self.assertTrue(self._evaluate(on="2026-06-01"))
        self._pay(old)
        self._pay(new)
        self.assertFalse(self._evaluate(on="2026-06-01"))

    def test_solvency_expired(self):
        """A newer note of the same source takes the place of one that expired."""
        self._rule("solvency_expired")
        Note = self.env["credit.solvency.note"]
        values = {"partner_id": self.customer.id, "source": "agency", "value": "72"}
        note = Note.create({**values, "date": _day(400), "date_expiry": _day(0)})
        self.assertFalse(self._evaluate())
        alert = self._evaluate(on="2026-03-11")
        self.assertEqual(alert.action_open_cause()["res_id"], note.id)
        self.assertIn("expired on 03/10/2026", alert.message)
        Note.create({**values, "date": _day(-1)})
        self.assertFalse(self._evaluate(on="2026-03-11"))

    def test_solvency_note_belongs_to_the_company(self):
        """A note of a contact is its company's; expired ones are found by the list."""
        contact = self.env["res.partner"].create({"name": "C", "parent_id": self.customer.id})
        note = self.env["credit.solvency.note"].create(
            {"partner_id": contact.id, "value": "3+", "date": _day(9), "date_expiry": _day(1)}
        )
        self.assertEqual(note.partner_id, self.customer)
        self.assertTrue(note.expired)
        found = self.env["credit.solvency.note"].search([("expired", "=", True)])
        self.assertIn(note, found)
        self.assertNotIn(note, self.env["credit.solvency.note"].search([("expired", "=", False)]))

    def test_solvency_notes_are_imported(self):
        """Odoo's own import takes a list of ratings; a bad row is named and stops it."""
        Note = self.env["credit.solvency.note"]
        names = ["partner_id", "source", "provider", "value", "scale", "date", "date_expiry"]
        rows = [
            [
                "Customer A",
                "Rating agency",
                "Mercure",
                "72",
                "0 to 100",
                "2026-01-05",
                "2027-01-05",
            ],
            ["Customer A", "Banque de France rating", "", "3+", "1+ to P", "2026-02-01", ""],
        ]
        found = Note.browse(Note.load(names, rows)["ids"])
        self.assertEqual(found.partner_id, self.customer)
        self.assertEqual(found.mapped("source"), ["agency", "banque_de_france"])
        self.assertEqual(found.company_id, self.company)
        with mute_logger("odoo.sql_db"):
            wrong = Note.load(names, [[*rows[0][:6], "2025-01-01"]])
        self.assertFalse(wrong["ids"])
        self.assertIn("expire", wrong["messages"][0]["message"])

    def test_review_due(self):
        self._rule("review_due")
        self.customer.credit_review_date = "2026-03-11"
        self.assertFalse(self._evaluate())
        alert = self._evaluate(on="2026-03-11")
        self.assertIn("03/11/2026", alert.message)
        self.customer.credit_review_date = "2026-09-11"
        self.assertFalse(self._evaluate(on="2026-03-12"))

    def test_every_code_is_complete(self):
        """Each code has its statement, its sentence and its explanation."""
        Rule = self.env["credit.alert.rule"]
        codes = dict(Rule._fields["code"].selection)
        self.assertEqual(set(codes), set(Rule._get_alert_rules()))
        self.assertEqual(set(codes), set(Rule._get_alert_parameters()))
        for code in codes:
            self.assertTrue(hasattr(Rule, f"_alert_message_{code}"), code)

    def test_delivered_rules_run(self):
        """The delivered rules run as they are, and are quiet in an empty company."""
        self.env["credit.alert.rule"].with_context(active_test=False).search([]).active = True
        self.assertFalse(self._evaluate())
