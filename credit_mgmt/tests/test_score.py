import random

from odoo import fields
from odoo.fields import Command
from odoo.tests import BaseCase, new_test_user, tagged

from ..tools import score
from .common import TODAY, freeze_time
from .common_claims import ClaimsCommon


def _day(days):
    """Return the date so many days before the test's day."""
    return fields.Date.subtract(fields.Date.to_date(TODAY), days=days)


class TestScoreTools(BaseCase):
    """The arithmetic of the score."""

    def test_share(self):
        """In proportion between the worst and the best value, whichever is the greater."""
        for value, best, worst, expected in (
            (0, 0, 80, 1), (40, 0, 80, 0.5), (80, 0, 80, 0), (200, 0, 80, 0), (-5, 0, 80, 1),
            (36, 36, 0, 1), (9, 36, 0, 0.25), (-1, 36, 0, 0), (50, 50, 120, 1), (85, 50, 120, 0.5),
        ):  # fmt: skip
            with self.subTest(value=value, best=best, worst=worst):
                self.assertAlmostEqual(score.share(value, best, worst), expected)

    def test_worked_example(self):
        """20 points of 20 and 10 of 20: three quarters; what is not known does not count."""
        self.assertAlmostEqual(score.score([(20, 0, 0, 80), (20, 30, 0, 60)]), 75)
        self.assertAlmostEqual(score.score([(20, 0, 0, 80), (20, 30, 0, 60), (60, None, 0, 1)]), 75)

    def test_too_little_is_known(self):
        self.assertIsNone(score.score([]))
        self.assertIsNone(score.score([(20, 0, 0, 80)]))
        self.assertIsNone(score.grade(None))

    def test_grades(self):
        self.assertEqual(
            [score.grade(x) for x in (100, 80, 79, 60, 40, 20, 19, 0)], list("AABBCDEE")
        )

    def test_properties(self):
        """Always from 0 to 100; a worse value never helps; the order does not matter."""
        chance = random.Random(5)
        for _attempt in range(500):
            rows = [
                (
                    chance.choice((5, 10, 20)),
                    chance.choice((None, chance.uniform(-50, 150))),
                    chance.choice((0, 100)),
                    chance.choice((30, 60)),
                )
                for _component in range(chance.randint(1, 9))
            ]
            value = score.score(rows)
            shuffled = rows[:]
            chance.shuffle(shuffled)
            if value is None:
                self.assertIsNone(score.score(shuffled))
                continue
            self.assertAlmostEqual(score.score(shuffled), value)
            self.assertGreaterEqual(value, 0)
            self.assertLessEqual(value, 100)
            worse = [
                (w, x if x is None else x + (worst - best) / 10, best, worst)
                for w, x, best, worst in rows
            ]
            self.assertLessEqual(score.score(worse), value)


@tagged("post_install", "-at_install")
class TestScore(ClaimsCommon):
    """The score of customers, from the ledger, with its reasons."""

    def _paid(self, partner, *delays, ago=60):
        for number, delay in enumerate(delays):
            due = ago + number * 5 + delay
            self._pay(self._overdue(due, partner), on=_day(due - delay))

    def _row(self, partner):
        self.env.invalidate_all()
        return self.env["credit.risk.score"]._get_scores(partner, self.company)[partner.id]

    def _points(self, partner):
        return {row["code"]: row["points"] for row in self._row(partner)["components"]}

    def test_good_and_bad(self):
        """Paid on time is an A, sixty days late with old debts an E; a new one has no score."""
        bad, new = self._create_customer("Bad"), self._create_customer("New")
        self._paid(self.customer, 0, 0, 0)
        self._paid(bad, 60, 60)
        self._overdue(100, bad, amount=500)
        self._invoice(new, due="2026-04-01")
        self.assertEqual(self._points(self.customer)["late_share"], 20)
        self.assertEqual(self.customer.risk_grade, "A")
        self.assertEqual(bad.risk_grade, "E")
        self.assertFalse(new.risk_grade)
        self.assertEqual(new.risk_score, 0)
        self.assertIn("Average delay: paid 60 days after the due date on average (0 of 20 points)",
                      bad.risk_explanation)  # fmt: skip

    def test_worked_example(self):
        """Half of it thirty days late, half on time; nothing overdue; one invoice old."""
        self._paid(self.customer, 0, 30)
        row = self._row(self.customer)
        points = {c["code"]: c["points"] for c in row["components"]}
        # late share 50 of 80; delay 15 of 60; the first invoice is 125 days old, of 36 months
        self.assertEqual(points, {"late_share": 7.5, "delay": 15.0, "seniority": 0.6})
        self.assertEqual(row["score"], 51)  # 23.1 of 45 points

    def test_each_component(self):
        """Trend, overdue, use of the limit, promises and solvency notes count as they say."""
        self._paid(self.customer, 0, 0, 0, ago=200)
        self._paid(self.customer, 15, 15, 15, ago=30)
        self.assertEqual(self._points(self.customer)["drift"], 5)
        self._overdue(45, amount=100)
        self._invoice(due="2026-04-01", amount=100)
        points = self._points(self.customer)
        self.assertEqual((points["overdue_share"], points["overdue_days"]), (7.5, 7.5))
        self.customer.write({"credit_limit_mode": "limited", "credit_limit": 200 / 0.85})
        self.assertEqual(self._points(self.customer)["usage"], 5)
        self.env["credit.solvency.note"].create(
            {"partner_id": self.customer.id, "value": "40", "counts": True, "percent": 40,
             "date": TODAY, "date_expiry": "2026-06-01"}
        )  # fmt: skip
        self.assertEqual(self._points(self.customer)["solvency"], 8)
        with freeze_time("2026-06-02"):
            self.assertNotIn("solvency", self._points(self.customer))
        move = self._overdue(10, amount=30)
        self._promise(move, ("2026-03-12", 30.0))
        with freeze_time("2026-03-16"):
            self.assertEqual(self._points(self.customer)["promises"], 0)

    def test_disputed_is_not_late(self):
        """What a customer contests says nothing about how he pays."""
        move = self._overdue(45)
        self.assertIn("overdue_days", self._points(self.customer))
        self.env["credit.dispute"]._dispute(
            self._entries(move), 0.0, self.env["credit.dispute.reason"].search([], limit=1),
            user_id=self.env.uid,
        )  # fmt: skip
        self.assertNotIn("overdue_days", self._points(self.customer))

    def test_sql_says_the_same(self):
        """Lists sort, search and group by the score that the customer's page shows."""
        chance = random.Random(7)
        partners = self.customer
        for number in range(8):
            partner = self._create_customer(f"Customer {number}")
            self._paid(partner, *(chance.choice((0, 5, 20, 70)) for _x in range(3)))
            if number % 2:
                self._overdue(chance.choice((10, 60)), partner)
            if number % 3:
                partner.write({"credit_limit_mode": "limited", "credit_limit": 90})
            partners |= partner
        self.env.invalidate_all()
        Partner = self.env["res.partner"]
        rows = dict(
            self.env.execute_query(self.env["credit.risk.score"]._get_score_sql(self.company))
        )
        for partner in partners:
            if partner.risk_grade:
                self.assertEqual(rows[partner.id], partner.risk_score)
            else:
                self.assertNotIn(partner.id, rows)
        own = [("id", "in", partners.ids)]
        scored = partners.filtered("risk_grade")
        middle = sorted(scored.mapped("risk_score"))[4]
        self.assertEqual(
            Partner.search([*own, ("risk_score", "<", middle)]),
            scored.filtered(lambda p: p.risk_score < middle).sorted("complete_name"),
        )
        found = Partner.search([*own, ("risk_grade", "!=", False)], order="risk_score, id")
        self.assertEqual(found, scored.sorted(lambda p: (p.risk_score, p.id)))
        groups = Partner._read_group(own, ["risk_grade"], ["__count"])
        counts = {
            letter: len(partners.filtered(lambda p, x=letter: (p.risk_grade or False) == x))
            for letter, _count in groups
        }
        self.assertEqual({letter: count for letter, count in groups}, counts)

    def test_constant_number_of_queries(self):
        """One customer or forty: the score costs as many statements."""
        partners = self.customer
        self._overdue(20)
        for number in range(39):
            partner = self._create_customer(f"Customer {number}")
            self._overdue(number, partner)
            partners |= partner

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            records.mapped("name")
            before = self.cr.sql_log_count
            records.mapped("risk_score")
            return self.cr.sql_log_count - before

        count(partners)
        self.assertLessEqual(count(partners), count(self.customer))

    def test_branch_and_other_company(self):
        """A branch counts for its root; another company has its own experience."""
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        other = self.setup_other_company(name="Elsewhere")["company"]
        self._paid(self.customer, 60, 60)
        here = self.customer.risk_score
        self.assertTrue(self.customer.risk_grade)
        self.assertEqual(self.customer.with_company(branch).risk_score, here)
        self.assertFalse(self.customer.with_company(other).risk_grade)

    def test_proposed_class(self):
        """Classes by score: the highest one reached; a manager assigns it, with its history."""
        Class = self.env["credit.risk.class"]
        safe = Class.create({"name": "Safe", "by_score": True, "score_from": 75})
        risky = Class.create({"name": "Risky", "by_score": True, "score_from": 0})
        Class.create({"name": "By hand"})
        bad = self._create_customer("Bad")
        self._paid(self.customer, 0, 0)
        self._paid(bad, 60, 60)
        self.assertEqual(self.customer.risk_class_proposed_id, safe)
        self.assertEqual(bad.risk_class_proposed_id, risky)
        (self.customer | bad).action_apply_risk_class()
        self.assertEqual(self.customer.risk_class_id, safe)
        self.assertEqual(bad.credit_limit_change_ids.reason, "Class by score")
        with self.assertRefused("another class"):
            (self.customer | bad).action_apply_risk_class()

    def test_trust_in_step(self):
        """The night writes good or bad, logs it, and leaves alone what was set by hand."""
        by_hand = self._create_customer("By hand", trust="good")
        bad = self._create_customer("Bad")
        self._paid(self.customer, 0, 0)
        for partner in (bad, by_hand):
            self._paid(partner, 60, 60)
        self._night()
        self.assertEqual(self.customer.trust, "normal")
        self.company.credit_trust_from_score = True
        self._night()
        self.assertEqual((self.customer | bad | by_hand).mapped("trust"), ["good", "bad", "good"])
        self.assertIn("risk score", self.customer.message_ids[0].body)
        logged = len(self.customer.message_ids)
        self._night()
        self.assertEqual(len(self.customer.message_ids), logged)
        bad.trust = "normal"
        self._night()
        self.assertEqual(bad.trust, "normal")
        self._paid(self.customer, 90, 90, 90, ago=20)
        self._night()
        self.assertIn(self.customer.trust, ("normal", "bad"))

    def _night(self):
        with self.enter_registry_test_mode():
            self.env.ref("credit_mgmt.credit_alert_cron").method_direct_trigger()
        self.env.invalidate_all()

    def test_viewer_reads_the_score(self):
        """A salesperson reads the score of a customer without a right on the journal items."""
        seller = new_test_user(
            self.env, "score_viewer", groups="credit_mgmt.credit_mgmt_group_viewer",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        self._paid(self.customer, 60, 60)
        own = self.customer.with_user(seller)
        self.assertEqual(own.risk_grade, self.customer.risk_grade)
        self.assertIn(self.customer, own.search([("risk_grade", "=", self.customer.risk_grade)]))
