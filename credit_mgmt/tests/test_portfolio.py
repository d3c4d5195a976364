from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import freeze_time
from .common_claims import ClaimsCommon


@tagged("post_install", "-at_install")
class TestPortfolio(ClaimsCommon):
    """Who is in charge of whom: by rules, by hand, and while somebody is away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.bob, cls.eve = (cls._create_collector(name) for name in ("ann", "bob", "eve"))

    @classmethod
    def _create_collector(cls, login):
        return new_test_user(
            cls.env,
            login,
            "credit_mgmt.credit_mgmt_group_user",
            name=login.capitalize(),
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _rule(self, collector, **values):
        return self.env["credit.portfolio.rule"].create(
            {
                "name": collector.name,
                "company_id": self.company.id,
                "collector_id": collector.id,
                **values,
            }
        )

    def _debtor(self, name, amount=100.0, **values):
        partner = self._create_customer(name, **values)
        self._overdue(6, partner, amount=amount)
        return partner

    # === RULES === #

    def test_first_rule_that_fits(self):
        belgium = self.env.ref("base.be")
        seller = self._create_collector("seller")
        self._rule(self.ann, sequence=1, country_ids=[Command.set(belgium.ids)])
        self._rule(self.bob, sequence=2, letter_from="a", letter_to="É")
        self._rule(self.eve, sequence=3, amount_from=1000.0, amount_to=5000.0)
        self._rule(self.ann, sequence=4, user_ids=[Command.set(seller.ids)])
        cases = {
            self._debtor("Abc", country_id=belgium.id): self.ann,
            self._debtor("Émile"): self.bob,
            self._debtor("Zoe", amount=1000.0): self.eve,
            self._debtor("Zulu", amount=5000.0): self.env["res.users"],
            self._debtor("Yann", user_id=seller.id): self.ann,
        }
        self.env["credit.portfolio.rule"]._apply(self.company)
        self.env.invalidate_all()
        for partner, collector in cases.items():
            self.assertEqual(partner.collector_id, collector, partner.name)

    def test_a_collector_chosen_by_hand_stays_unless_asked(self):
        mine, free = self._debtor("Mine", collector_id=self.bob.id), self._debtor("Free")
        self._create_customer("Owes nothing")
        rule = self._rule(self.ann)
        self.assertEqual(rule.partner_count, 2)
        self._follow()
        self.assertEqual((mine.collector_id, free.collector_id), (self.bob, self.ann))
        form = Form(self.env["credit.portfolio.apply"])
        wizard = form.save()
        self.assertFalse(wizard.line_ids)
        form.overwrite = True
        wizard = form.save()
        self.assertRecordValues(
            wizard.line_ids,
            [{"name": "Ann", "partner_count": 2, "changed_count": 1, "amount": 200.0}],
        )
        action = wizard.action_apply()
        self.assertIn("1", action["params"]["message"])
        self.env.invalidate_all()
        self.assertEqual(mine.collector_id, self.ann)

    def test_preview_counts_whom_no_rule_fits(self):
        self._debtor("Abc")
        self._debtor("Zoe")
        self._rule(self.ann, letter_to="M")
        wizard = self.env["credit.portfolio.apply"].create({})
        self.assertEqual(
            [(line.name, line.partner_count, line.changed_count) for line in wizard.line_ids],
            [("Ann", 1, 1), ("No rule fits", 1, 0)],
        )

    def test_refusals(self):
        with self.assertRefused("comes after", Exception):
            self._rule(self.ann, letter_from="K", letter_to="B")
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id, "country_id": False}
        )
        with self.assertRefused("main company", Exception):
            self._rule(self.ann, company_id=branch.id)

    def test_queries_do_not_grow_with_the_customers(self):
        self._rule(self.ann)
        counts = []
        for number in (1, 10):
            for index in range(number):
                self._debtor(f"Many {number} {index}")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            matches = self.env["credit.portfolio.rule"]._get_matches(self.company)
            counts.append(self.cr.sql_log_count - before)
            self.assertTrue(matches)
        self.assertLessEqual(counts[1], counts[0])

    # === COVER === #

    def _cover(self, **values):
        return self.env["credit.collector.cover"].create(
            {
                "user_id": self.ann.id,
                "cover_user_id": self.bob.id,
                "company_id": self.company.id,
                "date_from": "2026-03-12",
                "date_to": "2026-03-20",
                **values,
            }
        )

    def _plan_call(self, partner, user, day):
        return (
            self.env["credit.contact.log"]
            .with_user(user)
            ._log(partner, self.company, "no_answer", next_date=day)
            .activity_id.with_env(self.env)
        )

    def test_over_and_back(self):
        first, second = (
            self._debtor(name, collector_id=self.ann.id) for name in ("First", "Second")
        )
        bobs = self._debtor("Bob's", collector_id=self.bob.id)
        call = self._plan_call(first, self.ann, "2026-03-16")
        own = self._plan_call(bobs, self.bob, "2026-03-16")
        cover = self._cover()
        self._follow("2026-03-11")
        self.assertEqual((cover.state, first.collector_id), ("planned", self.ann))
        self._follow("2026-03-12")
        self.assertEqual(
            (cover.state, cover.partner_count, cover.activity_count), ("running", 2, 1)
        )
        self.assertEqual((first | second).collector_id, self.bob)
        self.assertEqual(call.user_id, self.bob)
        # Meanwhile: one customer goes to a third person, another call is planned.
        second.collector_id = self.eve
        with freeze_time("2026-03-16"):
            meanwhile = self._plan_call(first, self.bob, "2026-03-25")
        self.assertFalse(call.active)
        self._follow("2026-03-20")
        self.assertEqual(cover.state, "running", "the last day is still covered")
        self._follow("2026-03-21")
        self.assertEqual(cover.state, "done")
        self.assertEqual((first.collector_id, second.collector_id), (self.ann, self.eve))
        self.assertEqual((meanwhile.user_id, own.user_id), (self.ann, self.bob))
        self.assertEqual(bobs.collector_id, self.bob)

    def test_by_hand(self):
        partner = self._debtor("First", collector_id=self.ann.id)
        cover = self._cover().with_user(self.ann)
        cover.action_start()
        self.assertEqual(partner.collector_id, self.bob)
        with self.assertRefused("cannot change"):
            cover.cover_user_id = self.eve
        with self.assertRefused("End the cover first"):
            cover.unlink()
        cover.date_to = "2026-03-30"
        cover.action_end()
        self.assertEqual((cover.state, partner.collector_id), ("done", self.ann))
        with self.assertRefused("not in the state"):
            cover.action_end()

    def test_cancelled_or_missed(self):
        cover = self._cover()
        cover.action_cancel()
        self._follow("2026-03-13")
        self.assertEqual(cover.state, "cancelled")
        missed = self._cover()
        self._follow("2026-03-25")
        self.assertEqual(missed.state, "cancelled", "nobody was there to begin it")

    def test_refusals_of_covers(self):
        self._cover()
        with self.assertRefused("covered by Bob"):
            self._cover(cover_user_id=self.eve.id, date_from="2026-03-20", date_to="2026-04-01")
        self._cover(date_from="2026-03-21", date_to="2026-04-01")
        with mute_logger("odoo.sql_db"), self.assertRefused("", Exception):
            self._cover(user_id=self.eve.id, cover_user_id=self.eve.id)
