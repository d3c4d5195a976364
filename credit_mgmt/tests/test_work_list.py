import random
from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools import priority
from .common import TODAY, freeze_time
from .common_claims import ClaimsCommon

WEIGHTS = {
    "amount": 30,
    "lateness": 20,
    "probability": 20,
    "broken": 10,
    "contact": 10,
    "value": 10,
}


class TestPriority(BaseCase):
    """What makes a customer urgent (pure functions)."""

    def test_nothing_overdue_is_worth_nothing(self):
        facts = priority.Facts(Decimal(0), 0, broken=5, turnover=Decimal(10**9))
        self.assertEqual(sum(priority.points(facts, WEIGHTS, Decimal(100)).values()), 0)

    def test_everything_at_its_worst_has_all_points(self):
        facts = priority.Facts(
            Decimal(10**6), 400, broken=9, days_since_contact=None, turnover=Decimal(10**9)
        )
        self.assertEqual(sum(priority.points(facts, WEIGHTS, Decimal(1000)).values()), 100)

    def test_halves(self):
        facts = priority.Facts(
            Decimal(500),
            45,
            usual_delay=30,
            broken=1,
            days_since_contact=15,
            turnover=Decimal(5000),
        )
        points = priority.points(facts, WEIGHTS, Decimal(1000))
        self.assertEqual([points[name] for name in priority.COMPONENTS], [15, 10, 10, 5, 5, 5])

    def test_more_of_anything_never_lowers_the_points(self):
        rng = random.Random(5)
        for _round in range(300):
            facts = {
                "overdue": Decimal(rng.randint(1, 20000)),
                "days_late": rng.randint(1, 150),
                "usual_delay": rng.randint(-10, 60),
                "broken": rng.randint(0, 4),
                "days_since_contact": rng.randint(0, 60),
                "turnover": Decimal(rng.randint(0, 200000)),
            }
            large = Decimal(rng.randint(1, 20000))
            before = sum(priority.points(priority.Facts(**facts), WEIGHTS, large).values())
            self.assertTrue(0 <= before <= 100)
            for name in ("overdue", "days_late", "broken", "days_since_contact", "turnover"):
                more = {**facts, name: facts[name] + rng.randint(1, 1000)}
                after = sum(priority.points(priority.Facts(**more), WEIGHTS, large).values())
                self.assertGreaterEqual(after, before, name)


@tagged("post_install", "-at_install")
class TestWorkList(ClaimsCommon):
    """Who is to be treated, why, in which order, and what becomes of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.list = cls.env["credit.work.list"]

    def _row(self, partner=None, on=TODAY):
        with freeze_time(on):
            self.env.invalidate_all()
            row = self.env["credit.work.item"].search(
                [
                    ("partner_id", "=", (partner or self.customer).id),
                    ("company_id", "=", self.company.id),
                ]
            )
            row.read()
            return row

    def _step(self, partner=None, on=TODAY):
        row = self._row(partner, on)
        return row.step if row.state == "todo" else row.state

    def _log(self, outcome, partner=None, **values):
        return self.env["credit.contact.log"]._log(
            partner or self.customer, self.company, outcome, **values
        )

    # === PRIORITY === #

    def test_points_are_those_of_the_pure_functions(self):
        rng = random.Random(11)
        self.company.credit_large_amount = 777.0
        partners = self.env["res.partner"]
        for number in range(12):
            partner = self._create_customer(f"Random {number}")
            for _index in range(rng.randint(1, 3)):
                self._overdue(rng.randint(1, 120), partner, amount=rng.randint(1, 60000) / 100)
            if rng.random() < 0.5:
                paid = self._overdue(rng.randint(20, 60), partner)
                self._pay(paid, on=fields.Date.subtract(fields.Date.today(), days=10))
            if rng.random() < 0.5:
                with freeze_time(
                    fields.Date.subtract(fields.Date.today(), days=rng.randint(0, 40))
                ):
                    self._log("reached", partner)
            partners |= partner
        rows = self.env["credit.work.item"].search([("partner_id", "in", partners.ids)])
        self.assertEqual(len(rows), 12)
        for row in rows:
            facts = priority.Facts(
                overdue=Decimal(str(row.amount_overdue)),
                days_late=row.days_overdue,
                usual_delay=row.usual_delay,
                broken=row.broken_count,
                days_since_contact=row.days_since_contact if row.last_contact else None,
                turnover=Decimal(str(row.turnover)),
            )
            expected = priority.points(facts, WEIGHTS, Decimal("777"))
            for name in priority.COMPONENTS:
                self.assertEqual(Decimal(str(row[f"points_{name}"])), expected[name], name)
            self.assertAlmostEqual(row.priority, float(sum(expected.values())), 1)
            self.assertEqual(row.amount_overdue, row.partner_id.amount_overdue)
            self.assertEqual(row.days_overdue, row.partner_id.days_overdue_max)
        self.assertEqual(rows.mapped("priority"), sorted(rows.mapped("priority"), reverse=True))

    def test_points_in_words_and_by_company(self):
        self._overdue(45, amount=5000.0)
        row = self._row()
        texts = {point["code"]: point for point in row._explain_points()}
        self.assertEqual(texts["amount"]["points"], 15.0)
        self.assertEqual(texts["amount"]["text"], "$\xa05,000.00 overdue")
        self.assertEqual(texts["lateness"]["text"], "45 days late")
        self.assertEqual(texts["contact"]["text"], "never in contact")
        self.assertIn("Amount: $\xa05,000.00 overdue (15/30)", row.points_explained)
        self.company.write({"credit_weight_amount": 80, "credit_weight_lateness": 0})
        row = self._row()
        self.assertEqual((row.points_amount, row.points_lateness), (40.0, 0.0))
        with mute_logger("odoo.sql_db"), self.assertRefused("check_credit_weights", Exception):
            self.company.credit_weight_value = -1

    def test_usual_delay(self):
        """Who always pays late is not alarming when he is late as ever."""
        for partner, delay in ((self.customer, 25), (self._create_customer("Prompt"), 0)):
            move = self._overdue(60, partner, amount=1000.0)
            self._pay(move, on=move.invoice_date_due + timedelta(days=delay))
            self._overdue(20, partner, amount=1000.0)
        late, prompt = (
            self._row(partner)
            for partner in self.env["res.partner"].search(
                [("name", "in", ("Customer A", "Prompt"))], order="name"
            )
        )
        self.assertEqual((late.usual_delay, late.points_probability), (25, 0.0))
        self.assertEqual((prompt.usual_delay, prompt.points_probability), (0, 13.3))

    # === NEXT STEP === #

    def test_nothing_to_do(self):
        self._overdue(-3)
        self.assertFalse(self._row())
        self._overdue(2)
        self.assertEqual(self._step(), "waiting")
        self.assertIn("Next reminder on", self._row().reason)

    def test_reminder_and_its_automatic_sending(self):
        self._overdue(6)
        self.assertEqual(self._step(), "remind")
        self.assertIn("“First” is reached", self._row().reason)
        self.first.auto_send = True
        self.company.credit_start_date = "2026-01-01"
        self.assertEqual(self._step(), "waiting", "the machine sends it")
        self.first.write({"auto_send": False, "channel_ids": [Command.set(self.channel_call.ids)]})
        self.assertEqual(self._step(), "call")

    def test_contact_interval(self):
        move = self._overdue(13)
        with freeze_time("2026-03-09"), self.mock_mail_gateway():
            run = self._run()
            run.action_send()
        self.assertEqual(run.notice_ids.state, "sent")
        self.assertEqual(self._step(), "waiting")
        self.assertEqual(self._row().days_since_contact, 1)
        self.assertEqual(self._item(move).dunning_level_id, self.first)

    def test_silence(self):
        self._overdue(20)
        for level in self.policy.level_ids.sorted("delay_days", reverse=True):
            level.delay_days += 100
        self.assertEqual(self._step(), "contact")
        self._log("no_answer")
        self.assertEqual(self._step(), "contact", "an attempt is no contact")
        self._log("reached")
        self.assertEqual(self._step(), "waiting")
        self.assertEqual(self._step(on="2026-03-23"), "waiting")
        self.assertEqual(self._step(on="2026-03-24"), "contact")
        self.assertIn("14 days ago", self._row(on="2026-03-24").reason)

    def test_broken_promise_comes_first_until_it_is_followed_up(self):
        rich = self._create_customer("Rich")
        self._overdue(90, rich, amount=90000.0)
        move = self._overdue(10)
        self._promise(move, ("2026-03-12", 100.0))
        self.assertEqual(self._step(on="2026-03-11"), "waiting")
        self.assertIn("promised", self._row(on="2026-03-11").reason.lower())
        self.assertEqual(self._step(on="2026-03-13"), "check_payment", "due, within the grace")
        self.assertEqual(self._step(on="2026-03-16"), "broken")
        with freeze_time("2026-03-16"):
            self.env.invalidate_all()
            rows = self.env["credit.work.item"].search(
                [("partner_id", "in", (rich | self.customer).ids)]
            )
            self.assertEqual(rows.partner_id[0], self.customer)
            self.assertTrue(rows[0].urgent)
            self.assertLess(rows[0].priority, rows[1].priority)
            self.assertIn("03/12/2026", rows[0].reason)
        self._follow("2026-03-16")
        self.assertEqual(self._step(on="2026-03-17"), "broken", "closed by the night")
        with freeze_time("2026-03-17"):
            self._log("reached")
        row = self._row(on="2026-03-17")
        self.assertEqual((row.step, row.broken_count, row.points_broken), ("remind", 1, 5.0))

    def test_paid_after_a_broken_promise(self):
        move = self._overdue(10)
        self._overdue(11)
        self._promise(move, ("2026-03-12", 100.0))
        self._pay(move, on="2026-03-20")
        self.assertEqual(self._step(on="2026-03-21"), "remind")

    def test_answer(self):
        move = self._overdue(6)
        notice = self._remind(move, on="2026-03-01")
        notice._register_answer({"subject": "We paid"})
        self.assertEqual(self._step(), "answer")
        self.assertTrue(self._row().urgent)
        action = self.list.open_step(self.customer.id, self.company.id)
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), notice)
        notice.activity_ids.action_feedback()
        self.assertEqual(self._step(), "waiting", "automatic reminders are paused")

    def test_failed_delivery(self):
        notice = self._remind(self._overdue(6), on="2026-03-01")
        notice.sudo().delivery_ids.write({"state": "failed", "failure_reason": "No such mailbox"})
        notice.sudo()._sync_state()
        self.assertEqual(self._step(), "delivery")
        action = self.list.open_step(self.customer.id, self.company.id)
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), notice.delivery_ids
        )

    def test_prepared_reminders(self):
        self._overdue(6)
        run = self._run()
        self.assertEqual(self._step(), "release")
        run.notice_ids.action_release()
        self.assertEqual(self._step(), "send")

    def test_formal_notice(self):
        move = self._overdue(40)
        self._remind(move, self.second, on="2026-02-20")
        self._run()
        self.assertEqual(self._step(), "formal_notice")

    def test_call_of_a_reminder(self):
        self.first.channel_ids = self.channel_call
        self._overdue(6)
        run = self._run()
        run.notice_ids.action_release()
        run.action_send()
        self.assertEqual(self._step(), "call")
        run.notice_ids.activity_ids.action_feedback()
        self.assertEqual(self._step(), "waiting")

    def test_address(self):
        nobody = self._create_customer("Nobody", email=False, phone=False)
        self._overdue(6, nobody)
        self.assertEqual(self._step(nobody), "address")
        self.env["res.partner"].create(
            {"name": "Ann", "parent_id": nobody.id, "phone": "+33 1 00 00 00 00"}
        )
        self.assertEqual(self._step(nobody), "remind")

    def test_allocate(self):
        self._overdue(6)
        self._transfer(self.env["account.move"].new({"partner_id": self.customer.id}), 40.0)
        row = self._row()
        self.assertEqual((row.step, row.amount_credit, row.amount_open), ("allocate", -40.0, 60.0))
        action = self.list.open_step(self.customer.id, self.company.id)
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sorted(found.mapped("amount_residual")), [-40.0, 100.0])

    def test_unmatched_receipt(self):
        self._overdue(6)
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": "2026-03-09",
                "payment_ref": "Transfer",
                "partner_id": self.customer.id,
                "amount": 100.0,
            }
        )
        self.assertEqual(self._step(), "check_payment")

    def test_dispute(self):
        move = self._overdue(6)
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        dispute = self.env["credit.dispute"]._dispute(self._entries(move), 0, reason)
        self.assertEqual(self._step(), "waiting")
        self.assertEqual(self._row().exclusion_reason, "disputed")
        dispute.write({"answer": "He is right", "proposal": "accept"})
        self.assertEqual(self._step(), "dispute")

    def test_late_instalment(self):
        move = self._overdue(20, amount=600.0)
        plan = self.env["credit.payment.plan"]._propose_for(self._entries(move))
        plan.write({"number": 2, "date_first": "2026-03-12"})
        plan.action_propose()
        plan.action_accept("Mrs Field")
        self.assertEqual(self._step(), "waiting")
        self.assertEqual(self._step(on="2026-03-13"), "instalment")
        self.assertEqual(self._step(on="2026-03-21"), "broken")

    # === CONTACTS, SNOOZE === #

    def test_planned_step(self):
        self._overdue(6)
        log = self._log("no_answer", next_date="2026-03-12", next_step="Call at noon")
        row = self._row()
        self.assertEqual((row.state, str(row.planned_on)), ("planned", "2026-03-12"))
        self.assertEqual(log.activity_id.summary, "Call at noon")
        self.assertEqual(log.activity_id.res_id, self.customer.id)
        self.assertEqual(self._step(on="2026-03-12"), "planned")
        log.activity_id.date_deadline = "2026-03-13"
        self.assertEqual(self._step(on="2026-03-12"), "planned", "the calendar decides")
        self.assertEqual(self._row(on="2026-03-12").state, "planned")
        with freeze_time("2026-03-13"):
            self.env.invalidate_all()
            self._log("reached")
        self.assertFalse(log.activity_id.active, "the call was the planned one")
        self.assertEqual(self._step(on="2026-03-13"), "remind")

    def test_snooze(self):
        self._overdue(6)
        with self.assertRefused("until when and why", Exception):
            self._log("snoozed", next_date="2026-03-20")
        with self.assertRefused("in the past", Exception):
            self._log("snoozed", next_date="2026-03-01", note="x")
        self._log("snoozed", next_date="2026-03-20", note="Director is ill")
        self.assertEqual(self._step(), "planned")
        self.assertFalse(self._row().last_contact)
        self.assertEqual(self._step(on="2026-03-20"), "planned")
        self.assertEqual(self._row(on="2026-03-20").state, "todo")

    def test_news_wake_a_snoozed_customer(self):
        move = self._overdue(6)
        notice = self._remind(move, on="2026-03-01")
        self._log("snoozed", next_date="2026-03-20", note="Director is ill")
        self.env.cr.execute(
            "UPDATE credit_contact_log SET create_date = create_date - interval '1 hour'"
        )
        self.assertEqual(self._row().state, "planned")
        notice._register_answer({"subject": "We paid"})
        row = self._row()
        self.assertEqual((row.state, row.step), ("todo", "answer"))

    def test_contact_log(self):
        notice = self._remind(self._overdue(6), on="2026-03-01")
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        log = self._log("reached", partner=contact, contact_id=contact.id, note="Sends it today")
        self.assertEqual((log.partner_id, log.notice_id), (self.customer, notice))
        for document in (self.customer, notice):
            self.assertIn("Reached, Ann: Sends it today", document.message_ids[0].body)
        with self.assertRefused("cannot change"):
            log.outcome = "message"
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id, "country_id": False}
        )
        with self.assertRefused("main company", Exception):
            log.copy({"company_id": branch.id})

    def test_what_is_said_is_logged(self):
        first, second = self._overdue(6), self._overdue(7)
        self._promise(first, ("2026-03-12", 100.0))
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        self.env["credit.dispute"]._dispute(self._entries(second), 0, reason)
        action = self.list.open_writing(self.customer.id, self.company.id)
        with self.mock_mail_gateway():
            composer = (
                self.env["mail.compose.message"]
                .with_context(**action["context"])
                .create({"body": "<p>Dear customer</p>"})
            )
            composer.action_send_mail()
        logs = self.env["credit.contact.log"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(logs.mapped("outcome"), ["written", "dispute", "promise"])
        self.customer.message_post(body="Something else")
        self.assertEqual(
            len(self.env["credit.contact.log"].search([("partner_id", "=", self.customer.id)])), 3
        )

    # === SCREEN === #

    def test_scopes_and_counters(self):
        user = self._create_user("collector")
        mine, other = self._create_customer("Mine"), self._create_customer("Nobody's")
        mine.collector_id = user
        self._overdue(6, mine, amount=50.0)
        self._overdue(8, other)
        self._overdue(2, self._create_customer("Waits"))
        data = self.list.with_user(user).get_data()
        self.assertEqual(data["scope"], "mine")
        self.assertEqual([row["name"] for row in data["rows"]], ["Mine"])
        self.assertEqual(data["file"]["name"], "Mine")
        self.assertEqual(data["amount"], 50.0)
        data = self.list.with_user(user).get_data({"scope": "all"})
        self.assertEqual([row["name"] for row in data["rows"]], ["Nobody's", "Mine"])
        self.assertEqual((data["counters"]["todo"], data["counters"]["waiting"]), (2, 1))
        data = self.list.with_user(user).get_data({"scope": "unassigned", "state": "waiting"})
        self.assertEqual([row["name"] for row in data["rows"]], ["Waits"])
        self.assertEqual((data["counters"]["unassigned"], data["counters"]["treated"]), (2, 0))
        self.env["credit.contact.log"].with_user(user)._log(mine, self.company, "reached")
        self.env.invalidate_all()
        data = self.list.with_user(user).get_data({"scope": "all", "step": "remind"})
        self.assertEqual((data["counters"]["treated"], data["count"]), (1, 2))
        self.assertEqual(self.list.with_user(self._create_user("new")).get_data()["scope"], "all")
        with self.assertRefused("cannot be shown"):
            self.list.get_data({"scope": "everything"})
        with self.assertRefused("cannot be shown"):
            self.list.get_data({"key": ["1", 2]})

    def test_empty(self):
        data = self.list.get_data({"scope": "mine"})
        self.assertEqual((data["rows"], data["file"], data["count"]), ([], False, 0))

    def test_file(self):
        self.customer.write({"comment": "<p>Calls <b>before noon</b></p>"})
        move = self._overdue(20, amount=80.0)
        disputed = self._overdue(30, amount=20.0)
        self._remind(move, on="2026-03-01")
        self._promise(move, ("2026-03-14", 80.0), origin="call")
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        self.env["credit.dispute"]._dispute(self._entries(disputed), 0, reason)
        self.first.call_script = "Hello {customer}, {amount_overdue} since {oldest_due_date}."
        file = self.env["credit.work.file"].get_file(self.customer.id, self.company.id)
        self.assertEqual(file["notes"], "Calls *before noon*")
        self.assertEqual(
            [(item["amount"], item["state"]) for item in file["items"]],
            [(20.0, "disputed"), (80.0, "promised")],
        )
        self.assertEqual([promise["state"] for promise in file["promises"]], ["open"])
        self.assertEqual([dispute["name"] for dispute in file["disputes"]], [reason.name])
        self.assertEqual(
            [entry["title"] for entry in file["history"]], ["Dispute", "Promise", "First"]
        )
        self.assertEqual(len(file["activities"]), 1)
        self.assertEqual(file["script"], "<p>Hello Customer A, $\xa080.00 since 02/18/2026.</p>")

    def test_script_falls_back_to_a_text_of_ours(self):
        self._overdue(20, amount=80.0)
        self.customer.lang = "en_US"
        file = self.env["credit.work.file"].get_file(self.customer.id, self.company.id)
        self.assertIn("80.00", file["script"])
        self.assertIn(self.company.name, file["script"])

    def test_dialogs(self):
        move = self._overdue(6)
        action = self.list.open_call(self.customer.id, self.company.id, "no_answer")
        log = self.env["credit.contact.log"].with_context(**action["context"]).create({})
        self.assertEqual(
            (log.partner_id, log.outcome, str(log.next_date)),
            (self.customer, "no_answer", "2026-03-11"),
        )
        action = self.list.open_claim(self.customer.id, self.company.id, "promise")
        wizard = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertEqual(wizard.move_line_ids, self._entries(move))
        self.assertEqual(wizard.action_confirm()["type"], "ir.actions.act_window_close")
        action = self.list.open_claim(self.customer.id, self.company.id, "dispute")
        self.assertEqual(action["context"]["default_move_id"], move.id)
        other = self._create_customer("Other")
        self._overdue(6, other)
        action = self.list.open_claim(other.id, self.company.id, "plan")
        plan = self.env[action["res_model"]].browse(action["res_id"])
        self.env.flush_all()
        self.assertEqual((plan.partner_id, action["target"]), (other, "new"))
        with self.assertRefused("nothing to record"):
            self.list.open_claim(
                self._create_customer("Owes nothing").id, self.company.id, "promise"
            )

    def test_hand_over(self):
        colleague, user = self._create_user("colleague"), self._create_user("collector")
        self.customer.collector_id = user
        self._overdue(6)
        log = (
            self.env["credit.contact.log"]
            .with_user(user)
            ._log(self.customer, self.company, "no_answer", next_date="2026-03-12")
        )
        self.assertEqual(log.activity_id.user_id, user)
        action = self.list.with_user(user).open_handover(self.customer.id, self.company.id)
        self.env[action["res_model"]].with_user(user).with_context(**action["context"]).create(
            {"collector_id": colleague.id, "note": "Speaks Spanish"}
        ).action_hand_over()
        self.env.invalidate_all()
        self.assertEqual(self.customer.collector_id, colleague)
        row = self._row()
        self.assertEqual((row.collector_id, row.state, row.step), (colleague, "todo", "planned"))
        planned = self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.customer.id)]
        )
        self.assertEqual((planned.user_id, planned.summary), (colleague, "Speaks Spanish"))

    def test_rights_and_companies(self):
        self._overdue(6)
        viewer = new_test_user(
            self.env, "viewer", "credit_mgmt.credit_mgmt_group_viewer",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        with self.assertRefused("", AccessError):
            self.list.with_user(viewer).get_data()
        other = self.setup_other_company()["company"]
        user = self._create_user("elsewhere", other)
        data = self.list.with_user(user).get_data({"scope": "all"})
        self.assertEqual(data["rows"], [])
        self._log("reached")
        self.assertFalse(self.env["credit.contact.log"].with_user(user).search([]))

    def test_branch(self):
        """What a branch is owed is in the row of its main company."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id, "country_id": False}
        )
        self.cr.precommit.run()
        self.env.user.company_ids |= branch
        both = self.env["credit.work.item"].with_context(
            allowed_company_ids=(self.company | branch).ids
        )
        self._overdue(6, amount=50.0)
        self._invoice(
            due="2026-03-01",
            amount=70.0,
            company_id=branch.id,
            journal_id=self.company_data["default_journal_sale"].id,
        )
        row = both.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.company_id, row.amount_overdue), (self.company, 120.0))

    def test_one_call_with_a_constant_number_of_queries(self):
        counts = []
        for number in (1, 12):
            for index in range(number):
                partner = self._create_customer(f"Many {number} {index}")
                move = self._overdue(6 + index, partner)
                self._log("reached", partner)
                if index % 3 == 0:
                    self._promise(move, ("2026-03-12", 50.0))
            self.env.flush_all()
            self.env.invalidate_all()
            self.list.get_data({"scope": "all", "state": "waiting"})  # warm up
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            data = self.list.get_data({"scope": "all", "key": [partner.id, self.company.id]})
            counts.append(self.cr.sql_log_count - before)
            self.assertTrue(data["rows"])
        self.assertLessEqual(counts[1], counts[0])

    def _create_user(self, login, company=None):
        company = company or self.company
        return new_test_user(
            self.env,
            login,
            "credit_mgmt.credit_mgmt_group_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
