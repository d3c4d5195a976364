from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TODAY, FrenchCommon


@tagged("post_install", "-at_install")
class TestLimitation(FrenchCommon):
    """Until when an item can be claimed in court, at the earliest."""

    def _limit(self, move):
        """Return the limitation date that the only item shows, as text."""
        return str(self._item(move).limitation_date or "")

    def _act(self, move, kind="acknowledgement", **values):
        return self.env["credit.acknowledgement"].create(
            {
                "partner_id": move.commercial_partner_id.id,
                "company_id": self.company.id,
                "move_ids": [Command.set(move.ids)],
                "kind": kind,
                **values,
            }
        )

    # === START === #

    def test_years_by_audience(self):
        """Five years, two for consumers, from the invoice or an earlier delivery."""
        person = self._create_customer("Somebody", is_company=False, credit_audience="unknown")
        for partner, expected in (
            (self.customer, "2029-03-01"),
            (self.unknown, "2029-03-01"),
            (self.consumer, "2026-03-01"),
            (person, "2026-03-01"),
            (self.town, "2028-03-01"),
        ):
            move = self._invoice(partner, due="2024-03-31", invoice_date="2024-03-01")
            self.assertEqual(self._limit(move), expected, partner.name)
            self.assertEqual(str(move.limitation_date), expected)
        delivered = self._invoice(
            due="2024-03-31", invoice_date="2024-03-01", delivery_date="2024-01-15"
        )
        self.assertEqual(self._limit(delivered), "2029-01-15")
        later = self._invoice(
            due="2024-03-31", invoice_date="2024-03-01", delivery_date="2024-04-15"
        )
        self.assertEqual(self._limit(later), "2029-03-01")
        self.company.credit_fr_limitation_years = 3
        self.assertEqual(self._limit(delivered), "2027-01-15")

    def test_leap_day(self):
        move = self._invoice(due="2024-03-31", invoice_date="2024-02-29")
        self.assertEqual(self._limit(move), "2029-02-28")

    def test_only_french_companies_and_debts(self):
        move = self._invoice(due="2024-03-31")
        refund = self._invoice(due="2024-03-31", move_type="out_refund")
        self.assertFalse(self._limit(refund))
        self.company.country_id = self.env.ref("base.be")
        self.assertFalse(self._limit(move))
        self.company.country_id = self.env.ref("base.gp")
        self.assertTrue(self._limit(move))

    # === INTERRUPTIONS === #

    def test_part_payment_interrupts_and_a_credit_note_does_not(self):
        move = self._invoice(due="2024-03-31", invoice_date="2024-03-01", amount=1000.0)
        self._pay(move, amount=100.0, on="2025-06-15")
        self.assertEqual(self._limit(move), "2030-06-15")
        other = self._invoice(due="2024-03-31", invoice_date="2024-03-01", amount=1000.0)
        refund = self._reverse_invoice(other, date="2025-06-15")
        refund.invoice_line_ids.price_unit = 100.0
        refund.action_post()
        lines = self._lines(other + refund)
        lines.filtered(lambda line: not line.reconciled).reconcile()
        self.assertEqual(self._limit(other), "2029-03-01")

    def test_a_formal_notice_interrupts_nothing(self):
        move = self._invoice(due="2024-03-31", invoice_date="2024-03-01")
        self._remind(move, level=self.formal, on="2026-03-01")
        self.assertEqual(self._limit(move), "2029-03-01")
        kinds = dict(self.env["credit.acknowledgement"]._fields["kind"].selection)
        self.assertNotIn("formal_notice", kinds)

    def test_signed_plan_interrupts(self):
        move = self._overdue(400, amount=900.0)
        before = self._limit(move)
        plan = self.env["credit.payment.plan"]._propose_for(self._lines(move))
        plan.action_propose()
        self.assertEqual(self._limit(move), before, "proposed by us: the customer said nothing yet")
        plan.action_accept("Jean Martin", TODAY)
        self.assertEqual(self._limit(move), "2031-03-10")

    def test_recorded_acts(self):
        move = self._invoice(due="2024-03-31", invoice_date="2024-03-01")
        act = self._act(move, date="2025-12-01", kind="promise")
        self.assertEqual(self._limit(move), "2030-12-01")
        with self.assertRefused("why it is taken back"):
            act.action_cancel()
        act.cancel_reason = "Written by somebody else"
        act.action_cancel()
        self.assertEqual(self._limit(move), "2029-03-01")
        act.action_restore()
        self.assertEqual(self._limit(move), "2030-12-01")

    def test_court_interrupts_as_long_as_it_lasts(self):
        move = self._invoice(due="2024-03-31", invoice_date="2024-03-01")
        act = self._act(move, date="2025-12-01", kind="court")
        self.assertFalse(self._limit(move))
        act.date_end = "2026-02-01"
        self.assertEqual(self._limit(move), "2031-02-01")

    def test_too_late_revives_nothing(self):
        """Each event counts only if the one before it still ran."""
        move = self._invoice(due="2017-03-31", invoice_date="2017-03-01", amount=1000.0)
        self._act(move, date="2022-03-02")
        self.assertEqual(self._limit(move), "2022-03-01")
        self._act(move, date="2024-01-01")
        self.assertEqual(self._limit(move), "2022-03-01")
        last_day = self._invoice(due="2017-03-31", invoice_date="2017-03-01", amount=1000.0)
        self._act(last_day, date="2022-03-01")
        self._act(last_day, date="2025-01-01")
        self.assertEqual(self._limit(last_day), "2030-01-01")
        # A court that took years: the next event is measured from its end.
        court = self._invoice(due="2012-03-31", invoice_date="2012-03-01", amount=1000.0)
        self._act(court, kind="court", date="2016-01-01", date_end="2020-06-01")
        self._act(court, date="2025-05-01")
        self.assertEqual(self._limit(court), "2030-05-01")

    def test_deposit_before_the_invoice_shortens_nothing(self):
        move = self._invoice(due="2024-03-31", invoice_date="2024-03-01", amount=1000.0)
        self._pay(move, amount=100.0, on="2018-01-01")
        self.assertEqual(self._limit(move), "2029-03-01")

    def test_records_are_checked(self):
        move = self._overdue(10)
        other = self._overdue(10, self.consumer)
        with self.assertRefused("not of this customer", ValidationError):
            self._act(move, move_ids=[Command.set((move + other).ids)])
        with self.assertRefused("in the future", ValidationError):
            self._act(move, date="2026-03-11")
        with self.assertRefused("Choose the invoices", ValidationError):
            self._act(move, move_ids=[])
        with self.assertRefused("one customer"):
            (move + other).action_interrupt_limitation()
        action = self._item(move).action_interrupt_limitation()
        record = self.env["credit.acknowledgement"].with_context(**action["context"]).create({})
        self.assertEqual((record.move_ids, record.partner_id), (move, self.customer))

    # === LISTS === #

    def test_search_and_group(self):
        soon = self._invoice(self.consumer, due="2024-05-31", invoice_date="2024-05-01")
        passed = self._invoice(self.consumer, due="2023-05-31", invoice_date="2023-05-01")
        far = self._invoice(due="2026-01-31", invoice_date="2026-01-01")
        mine = soon + passed + far
        Receivable = self.env["credit.receivable"]
        domain = [("move_id", "in", mine.ids)]
        found = Receivable.search(
            domain + [("limitation_date", ">=", TODAY), ("limitation_date", "<=", "2026-09-10")]
        )
        self.assertEqual(found.move_id, soon)
        found = Receivable.search(domain + [("limitation_date", "<", TODAY)])
        self.assertEqual(found.move_id, passed)
        groups = Receivable._read_group(domain, ["limitation_date:year"], ["__count"])
        self.assertEqual([(day.year, count) for day, count in groups],
                         [(2025, 1), (2026, 1), (2031, 1)])  # fmt: skip
        moves = self.env["account.move"].search(
            [("id", "in", mine.ids), ("limitation_date", "<=", "2026-09-10")]
        )
        self.assertEqual(moves, soon + passed)

    def test_query_count_does_not_grow(self):
        moves = self.env["account.move"].union(*(self._overdue(days) for days in range(1, 13)))
        self._act(moves[:3], date="2026-03-01")
        counts = []
        for some in (moves[:1], moves[:1], moves):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.mapped("limitation_date")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    def test_rights(self):
        move = self._overdue(10)
        self.customer.user_id = False
        act = self._act(move)
        groups = "credit_mgmt.credit_mgmt_group_{}"
        options = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        viewer = new_test_user(self.env, "limit_viewer", groups.format("viewer"), **options)
        user = new_test_user(self.env, "limit_user", groups.format("user"), **options)
        Act = self.env["credit.acknowledgement"]
        self.assertFalse(Act.with_user(viewer).search([("id", "=", act.id)]))
        self.customer.user_id = viewer
        self.assertTrue(Act.with_user(viewer).search([("id", "=", act.id)]))
        self.assertFalse(Act.with_user(viewer).has_access("write"))
        self.assertTrue(act.with_user(user).has_access("write"))
        self.assertFalse(Act.with_user(user).has_access("unlink"))
        other = self.setup_other_company(name="Elsewhere")["company"]
        stranger = new_test_user(
            self.env, "limit_other", groups.format("user"),
            company_id=other.id, company_ids=[Command.set(other.ids)],
        )  # fmt: skip
        self.assertFalse(Act.with_user(stranger).search([("id", "=", act.id)]))
