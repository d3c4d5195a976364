from datetime import date
from decimal import Decimal

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import BaseCase, Form, tagged

from ..tools import schedule
from .common import freeze_time
from .common_claims import ClaimsCommon


class TestSchedule(BaseCase):
    """Dates, amounts and interest of instalments (pure functions)."""

    def test_dates(self):
        for rhythm, expected in (
            ("week", ["2026-01-31", "2026-02-07", "2026-02-14"]),
            ("fortnight", ["2026-01-31", "2026-02-14", "2026-02-28"]),
            ("month", ["2026-01-31", "2026-02-28", "2026-03-31"]),
            ("month_end", ["2026-01-31", "2026-02-28", "2026-03-31"]),
            ("quarter", ["2026-01-31", "2026-04-30", "2026-07-31"]),
        ):
            with self.subTest(rhythm):
                days = schedule.dates(date(2026, 1, 31), 3, rhythm)
                self.assertEqual([day.isoformat() for day in days], expected)
        days = schedule.dates(date(2026, 1, 10), 2, "month_end")
        self.assertEqual([day.isoformat() for day in days], ["2026-01-31", "2026-02-28"])

    def test_split_adds_up(self):
        self.assertEqual(
            schedule.split(Decimal("100.00"), 3), [Decimal("33.33")] * 2 + [Decimal("33.34")]
        )
        self.assertEqual(sum(schedule.split_float(0.1, 3)), 0.1)

    def test_interest_on_what_is_still_owed(self):
        """365 days at 10 % on 1,000, then 365 days on 500."""
        rows = [(date(2027, 1, 1), Decimal(500)), (date(2028, 1, 1), Decimal(500))]
        self.assertEqual(
            schedule.interest(date(2026, 1, 1), rows, Decimal(10)),
            [Decimal("100.00"), Decimal("50.00")],
        )
        self.assertEqual(
            schedule.interest(date(2026, 1, 1), rows, Decimal(0)), [Decimal("0.00")] * 2
        )


@tagged("post_install", "-at_install")
class TestPaymentPlan(ClaimsCommon):
    """Instalments are followed against the ledger; a missing one ends the plan."""

    def _plan(self, moves, number=6, rhythm="month", first="2026-03-20", agreed=True, **values):
        plan = self.env["credit.payment.plan"]._propose_for(self._entries(moves))
        plan.write({"number": number, "rhythm": rhythm, "date_first": first, **values})
        if agreed:
            plan.action_propose()
            plan.action_accept("Mrs Field, director")
        return plan

    def test_draft_is_written_as_soon_as_it_is_made(self):
        """Its instalments are made anew while it is created: none of the first ones is left."""
        plan = self.env["credit.payment.plan"]._propose_for(self._entries(self._overdue(20)))
        self.env.flush_all()
        plan.write({"number": 4, "rhythm": "fortnight"})
        self.env.flush_all()
        self.assertEqual(plan.line_ids.mapped("amount"), [25.0] * 4)

    def test_draft_proposed_agreed(self):
        """Reminders go on until the customer agrees, unless an offer stands."""
        move = self._overdue(20, amount=600.0)
        plan = self._plan(move, agreed=False)
        self.assertEqual((plan.state, plan.amount), ("draft", 600.0))
        self.assertEqual(plan.line_ids.mapped("amount"), [100.0] * 6)
        self.assertEqual(plan.line_ids[-1].date.isoformat(), "2026-08-20")
        self.assertFalse(self._reason(move))
        plan.action_propose()
        self.assertEqual(plan.state, "proposed")
        self.assertFalse(self._reason(move))
        plan.date_offer_until = "2026-03-15"
        self.assertEqual(self._reason(move), "plan")
        self.assertFalse(self._reason(move, "2026-03-16"))
        plan.action_accept("Mrs Field", "2026-03-12", "192.0.2.1")
        self.assertRecordValues(
            plan, [{"state": "agreed", "accepted_by": "Mrs Field", "accepted_ip": "192.0.2.1"}]
        )
        self.assertEqual(self._item(move).state, "plan")
        self.assertEqual(self._reason(move, "2026-03-16"), "plan")
        self.assertEqual(self._skip_reason(self._run(), move), ["plan"])

    def test_six_instalments_with_one_late(self):
        """Late within the agreed days: told, not broken; kept in the end."""
        self.customer.collector_id = self.env.user
        moves = self._overdue(60, amount=350.0) + self._overdue(20, amount=250.0)
        plan = self._plan(moves)
        days = ["2026-03-20", "2026-04-20", "2026-05-20", "2026-06-20", "2026-07-20", "2026-08-20"]
        late = self.env.ref("credit_mgmt.mail_activity_type_late_instalment")
        for number, day in enumerate(days):
            paid_on = "2026-05-27" if number == 2 else day
            if number == 2:
                self._follow("2026-05-21")
                self._follow("2026-05-22")
                self.assertEqual(self._state(plan, "2026-05-22"), "agreed")
                self.assertEqual(len(plan.activity_ids), 1)
                self.assertEqual(plan.activity_ids.activity_type_id, late)
                with freeze_time("2026-05-22"):
                    self.env.invalidate_all()
                    self.assertEqual(
                        plan.line_ids.mapped("state"),
                        ["paid", "paid", "due", "waiting", "waiting", "waiting"],
                    )
            self._transfer(moves.filtered("amount_residual"), 100.0, on=paid_on)
            self._follow(paid_on)
            expected = "kept" if number == 5 else "agreed"
            self.assertEqual(self._state(plan, paid_on), expected)
            for move in moves.filtered("amount_residual"):
                self.assertEqual(self._reason(move, paid_on), "plan")
        self.assertEqual((plan.amount_left, plan.live), (0.0, False))
        self.assertEqual(plan.closed_on.isoformat(), "2026-08-20")

    def test_breach_restores_the_claims(self):
        """An instalment that is missing for longer ends the plan, with an activity."""
        self.customer.collector_id = self.env.user
        move = self._overdue(20, amount=600.0)
        self._remind(move, on="2026-02-25")
        plan = self._plan(move)
        self._pay(move, amount=100.0, on="2026-03-19")
        self.assertEqual(self._state(plan, "2026-04-28"), "agreed")
        self.assertEqual(self._reason(move, "2026-04-28"), "plan")
        self.assertEqual(self._state(plan, "2026-04-29"), "broken")
        self.assertFalse(self._reason(move, "2026-04-29"))
        self._follow("2026-04-29")
        broken = self.env.ref("credit_mgmt.mail_activity_type_broken")
        told = plan.activity_ids.filtered(lambda a: a.activity_type_id == broken)
        self.assertEqual(told.user_id, self.env.user)
        self.assertIn("500.00", told.summary)
        with freeze_time("2026-04-29"):
            notice = self._run().notice_ids
            self.assertEqual((notice.amount_claimed, notice.level_id), (500.0, self.second))

    def test_payment_of_everything_before(self):
        move = self._overdue(20, amount=600.0)
        plan = self._plan(move)
        self._pay(move)
        self.assertEqual(self._state(plan), "kept")
        self._follow()
        self.assertFalse(plan.live)

    def test_credit_note_counts(self):
        move = self._overdue(20, amount=600.0)
        plan = self._plan(move, number=2, first="2026-03-12")
        credit = self._overdue(0, amount=300.0, move_type="out_refund")
        self._entries(move + credit).reconcile()
        self.assertEqual(self._state(plan, "2026-03-30"), "agreed")
        self.assertEqual(plan.line_ids.mapped("state"), ["paid", "waiting"])

    def test_reset_to_draft_does_not_pay(self):
        move = self._overdue(20, amount=600.0)
        plan = self._plan(move)
        move.button_draft()
        self.assertEqual((self._state(plan), plan.amount_settled), ("agreed", 0.0))
        move.action_post()
        self.assertEqual(self._item(move).state, "plan")

    def test_cancel(self):
        move = self._overdue(20, amount=600.0)
        plan = self._plan(move)
        self.env["credit.commitment.cancel"].create(
            {"plan_id": plan.id, "reason": "Insolvent"}
        ).action_confirm()
        self.assertEqual((plan.state, plan.stage), ("cancelled", "cancelled"))
        self.assertFalse(self._reason(move))

    def test_interest_is_a_separate_claim(self):
        move = self._overdue(20, amount=1200.0)
        plan = self._plan(move, number=2, first="2026-03-10", rhythm="quarter",
                          interest_rate=10.0)  # fmt: skip
        self.assertEqual(plan.line_ids.mapped("amount"), [600.0, 600.0])
        self.assertEqual(plan.line_ids.mapped("amount_interest"), [0.0, 15.12])
        self.assertEqual(plan.amount_interest, 15.12)
        self.assertEqual(plan.line_ids.mapped("amount_total"), [600.0, 615.12])
        self.assertEqual(plan.interest_state, "to_book")
        self._pay(move)
        self.assertEqual(self._state(plan), "kept")
        self._follow()
        self.assertIn("15.12", plan.activity_ids.summary)

    def test_interest_is_booked_and_paid(self):
        """As a draft due with the last instalment; the ledger says when it is paid."""
        self.company.credit_interest_account_id = self.company_data["default_account_revenue"]
        move = self._overdue(20, amount=1200.0)
        plan = self._plan(
            move, number=2, first="2026-03-10", rhythm="quarter", interest_rate=10.0, agreed=False
        )
        with self.assertRefused("not in the stage"):
            plan.action_book_interest()
        plan.action_propose()
        plan.action_accept("Mrs Field")
        booked = self.env["account.move"].browse(plan.action_book_interest()["res_id"])
        self.assertEqual((booked.state, plan.interest_state), ("draft", "booked"))
        self.assertEqual(plan.amount_interest_left, 15.12)
        with self.assertRefused("booked already"):
            plan.action_book_interest()
        booked.action_post()
        entry = self._entries(booked)
        self.assertEqual((str(entry.date_maturity), entry.balance), ("2026-06-10", 15.12))
        self._transfer(move + booked, 1215.12)
        self.env.invalidate_all()
        self.assertEqual((plan.state, plan.interest_state), ("kept", "paid"))
        self.assertEqual(plan.amount_interest_left, 0.0)
        self._follow()
        self.assertFalse(plan.activity_ids)

    def test_interest_of_a_document_that_is_gone_is_to_book_again(self):
        self.company.credit_interest_account_id = self.company_data["default_account_revenue"]
        plan = self._plan(self._overdue(20, amount=1200.0), interest_rate=10.0)
        plan.action_book_interest()
        plan.interest_move_id.unlink()
        self.assertEqual(plan.interest_state, "to_book")

    def test_schedule_by_hand(self):
        plan = self._plan(self._overdue(20, amount=600.0), number=2, agreed=False)
        with Form(plan) as form:
            with form.line_ids.edit(0) as line:
                line.amount = 450.0
        with self.assertRefused("add up to"):
            plan.action_propose()
        with Form(plan) as form:
            with form.line_ids.edit(1) as line:
                line.amount = 150.0
        plan.action_propose()
        self.assertEqual(plan.line_ids.mapped("amount"), [450.0, 150.0])
        with self.assertRefused("cannot change"):
            plan.line_ids[0].amount = 1.0
        with self.assertRefused("cannot change"):
            plan.number = 3
            plan.amount = 4.0
        plan.action_redraft()
        plan.number = 3
        self.assertEqual(plan.line_ids.mapped("amount"), [200.0] * 3)

    def test_a_draft_is_saved_as_it_is_made(self):
        """Nobody looked at the instalments yet when the request ends."""
        plan = self.env["credit.payment.plan"]._propose_for(self._entries(self._overdue(20)))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(sum(plan.line_ids.mapped("amount")), 100.0)

    def test_paid_between_draft_and_proposal(self):
        move = self._overdue(20, amount=600.0)
        plan = self._plan(move, agreed=False)
        self._pay(move, amount=60.0)
        with self.assertRefused("compute the instalments again"):
            plan.action_propose()
        plan.action_compute()
        self.assertEqual(plan.line_ids.mapped("amount"), [90.0] * 6)
        plan.action_propose()

    def test_paid_between_proposal_and_agreement(self):
        """It settles the first instalment: the proposal was on the figures before."""
        move = self._overdue(20, amount=600.0)
        plan = self._plan(move, agreed=False)
        plan.action_propose()
        self._pay(move, amount=100.0)
        plan.action_accept("Mr Day")
        self.assertEqual(plan.line_ids.mapped("state")[:2], ["paid", "waiting"])

    def test_refusals(self):
        move = self._overdue(20, amount=600.0)
        plan = self._plan(move, agreed=False)
        with self.assertRefused("not in the stage"):
            plan.action_accept("x")
        with self.assertRefused("Say who agreed"):
            plan.action_accept(" ")
        plan.date_first = "2026-03-01"
        with self.assertRefused("lies in the past", Exception):
            plan.action_propose()
        plan.date_first = "2026-03-20"
        plan.action_propose()
        again = self._plan(move, agreed=False)
        with self.assertRefused("part of the plan"):
            again.action_propose()
        with self.assertRefused("cannot be deleted"):
            plan.unlink()
        again.unlink()
        with self.assertRefused("one customer"):
            self.env["credit.payment.plan"]._propose_for(
                self._entries(move + self._overdue(3, self._create_customer("Other")))
            )

    def test_form(self):
        """A new plan takes the customer's overdue items, in the company's currency."""
        self._overdue(20, amount=300.0)
        self._overdue(-20, amount=70.0)
        form = Form(self.env["credit.payment.plan"])
        form.partner_id = self.customer
        form.number = 4
        plan = form.save()
        self.assertEqual((plan.amount, len(plan.item_ids)), (300.0, 1))
        self.assertEqual(plan.line_ids.mapped("amount"), [75.0] * 4)
        plan.action_propose()

    def test_merge_of_customers_and_company(self):
        other = self._create_customer("Double")
        plan = self._plan(self._overdue(20, other, amount=600.0))
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "dst_partner_id": self.customer.id,
                "partner_ids": [Command.set((self.customer | other).ids)],
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertEqual((plan.partner_id, plan.state), (self.customer, "agreed"))
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id, "country_id": False}
        )
        with self.assertRefused("main company", Exception):
            self.env["credit.payment.plan"].create(
                {"partner_id": self.customer.id, "company_id": branch.id}
            )

    def test_letter(self):
        """In the customer's language, with items, instalments and the breach rule."""
        plan = self._plan(self._overdue(20, amount=600.0), interest_rate=5.0)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("credit_mgmt.report_credit_payment_plan", plan.ids)[0]
            .decode()
        )
        for text in (
            "Payment agreement", plan.name, "Customer A", "600.00", "08/20/2026", "Mrs Field",
            "8</span> days",
        ):  # fmt: skip
            self.assertIn(text, html)

    def test_rights(self):
        plan = self._plan(self._overdue(20, amount=600.0))
        viewer, user = (
            self.env["res.users"].create(
                {
                    "name": group,
                    "login": f"{group}@plan.example.com",
                    "company_id": self.company.id,
                    "company_ids": [Command.set(self.company.ids)],
                    "group_ids": [Command.set(self.env.ref(f"credit_mgmt.{group}").ids)],
                }
            )
            for group in ("credit_mgmt_group_viewer", "credit_mgmt_group_user")
        )
        self.assertFalse(plan.with_user(viewer).search([]))
        self.customer.user_id = viewer
        self.assertEqual(plan.with_user(viewer).line_ids.mapped("state")[0], "waiting")
        with self.assertRefused("", AccessError):
            plan.with_user(viewer).action_cancel()
            plan.with_user(viewer)._cancel("x")
        mine = (
            self.env["credit.payment.plan"]
            .with_user(user)
            ._propose_for(
                self._entries(self._overdue(10, self._create_customer("Other"))).with_user(user)
            )
        )
        mine.action_propose()
        mine.action_accept("Mr Day")
        mine._cancel("Paid in cash")
        self.assertEqual(mine.state, "cancelled")

    def test_queries_are_constant(self):
        counts = []
        for number in (2, 12):
            customer = self._create_customer(f"Many {number}")
            plans = self.env["credit.payment.plan"]
            for _index in range(number):
                plans |= self._plan(self._overdue(20, customer))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(set(plans.mapped("state")), {"agreed"})
            self.assertEqual(set(plans.line_ids.mapped("state")), {"waiting"})
            items = self.env["credit.receivable"].search([("partner_id", "=", customer.id)])
            self.assertEqual(set(items.mapped("state")), {"plan"})
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
