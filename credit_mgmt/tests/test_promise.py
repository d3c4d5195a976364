from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import freeze_time
from .common_claims import ClaimsCommon


@tagged("post_install", "-at_install")
class TestPromise(ClaimsCommon):
    """A promise pauses the reminders of its items; the ledger says whether it was kept."""

    def test_reminders_pause_until_the_date_and_grace(self):
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        item = self._item(move)
        self.assertEqual((item.state, item.exclusion_reason), ("promised", "promised"))
        self.assertEqual((item.amount_promised, item.amount_dunnable), (100.0, 0.0))
        self.assertEqual(item.expected_payment_date.isoformat(), "2026-03-20")
        self.assertEqual(move.expected_payment_date.isoformat(), "2026-03-20")
        self.assertEqual(promise.reminder_date.isoformat(), "2026-03-23")
        self.assertFalse(self._run().notice_ids)
        self.assertEqual(self._skip_reason(self._run(), move), ["promised"])
        self.assertEqual(self._reason(move, "2026-03-23"), "promised")
        self.assertFalse(self._reason(move, "2026-03-24"))
        with freeze_time("2026-03-24"):
            self.assertEqual(self._run().notice_ids.line_ids.move_id, move)

    def test_other_items_are_reminded(self):
        promised, other = self._overdue(20), self._overdue(20, amount=55.0)
        self._promise(promised, ("2026-03-20", 100.0))
        self.assertEqual(self._run().notice_ids.line_ids.move_id, other)

    def test_broken_without_payment(self):
        """The night tells the collector once; reminders had gone on by themselves."""
        self.customer.collector_id = self.env.user
        promise = self._promise(self._overdue(20), ("2026-03-20", 100.0))
        self.assertEqual(self._state(promise, "2026-03-23"), "open")
        self.assertEqual(self._state(promise, "2026-03-24"), "broken")
        self._follow("2026-03-24")
        self._follow("2026-03-25")
        self.assertEqual(promise.closed_on.isoformat(), "2026-03-24")
        self.assertFalse(promise.live)
        self.assertEqual(len(promise.activity_ids), 1)
        self.assertEqual(promise.activity_ids.user_id, self.env.user)
        self.assertIn("100.00", promise.activity_ids.summary)

    def test_kept_by_payment_before_on_and_within_grace(self):
        for day in ("2026-03-12", "2026-03-20", "2026-03-23"):
            with self.subTest(day):
                move = self._overdue(20)
                promise = self._promise(move, ("2026-03-20", 100.0))
                self._pay(move, on=day)
                self.assertEqual(self._state(promise, day), "kept")
                self._follow("2026-03-30")
                self.assertEqual(self._state(promise, "2026-03-30"), "kept")
                self.assertFalse(promise.activity_ids)

    def test_paid_after_the_grace_is_broken(self):
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        self._pay(move, on="2026-03-24")
        self.assertEqual(self._state(promise, "2026-03-24"), "broken")
        self.assertEqual(promise.amount_settled, 100.0)

    def test_payment_booked_late_for_an_earlier_day(self):
        """The bank statement comes after the night that found it broken: kept all the same."""
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        self._follow("2026-03-24")
        self.assertTrue(promise.activity_ids)
        self._pay(move, on="2026-03-20")
        self.assertEqual(self._state(promise, "2026-03-25"), "kept")

    def test_partly_kept(self):
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        self._pay(move, amount=40.0, on="2026-03-20")
        item = self._item(move)
        self.assertEqual((item.amount_promised, item.amount_residual), (60.0, 60.0))
        self.assertEqual(item.state, "promised")
        self.assertEqual(self._state(promise, "2026-03-24"), "partly_kept")
        self.assertEqual((promise.amount_settled, promise.amount_left), (40.0, 60.0))
        self.assertFalse(self._reason(move, "2026-03-24"))

    def test_what_was_paid_before_the_promise_does_not_count(self):
        move = self._overdue(20)
        self._pay(move, amount=30.0, on="2026-03-01")
        promise = self._promise(move, ("2026-03-20", 70.0))
        self.assertEqual(promise.amount_settled, 0.0)
        self.assertEqual(self._state(promise), "open")

    def test_credit_note_counts(self):
        """A credit note lowers what is owed: the rest paid keeps the promise."""
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        credit = self._overdue(0, amount=30.0, move_type="out_refund")
        self._entries(move + credit).reconcile()
        self.assertEqual(self._state(promise), "open")
        self._pay(move)
        self.assertEqual(self._state(promise), "kept")

    def test_payment_undone(self):
        """A returned payment takes "kept" back, and the night takes the promise up again."""
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        payment = self._pay(move)
        self._follow("2026-03-11")
        self.assertEqual((promise.live, self._state(promise)), (False, "kept"))
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(self._state(promise, "2026-03-12"), "open")
        self._follow("2026-03-12")
        self.assertTrue(promise.live)
        self.assertFalse(promise.closed_on)
        self.assertEqual(self._reason(move, "2026-03-12"), "promised")

    def test_three_invoices_paid_by_two_transfers(self):
        moves = self._overdue(30) + self._overdue(20, amount=200.0) + self._overdue(10)
        promise = self._promise(moves, ("2026-03-20", 400.0))
        self.assertEqual(promise.item_ids.mapped("amount"), [100.0, 200.0, 100.0])
        self._transfer(moves, 250.0, on="2026-03-18")
        self.assertEqual(self._state(promise, "2026-03-19"), "open")
        self.assertEqual(promise.amount_settled, 250.0)
        self.assertEqual(self._item(moves[1]).amount_promised, 50.0)
        self._transfer(moves[1:], 150.0, on="2026-03-21")
        self.assertEqual(self._state(promise, "2026-03-22"), "kept")
        self._follow("2026-03-24")
        self.assertEqual(promise.closed_on.isoformat(), "2026-03-24")
        self.assertFalse(promise.item_ids.filtered("live"))

    def test_part_of_the_balance(self):
        """The amount covers the oldest items; the rest can be reminded, of what is not promised."""
        moves = self._overdue(30) + self._overdue(20)
        self._promise(moves, ("2026-03-20", 140.0))
        first, second = self._item(moves[0]), self._item(moves[1])
        self.assertEqual((first.state, second.state), ("promised", "overdue"))
        self.assertEqual((second.amount_promised, second.amount_dunnable), (40.0, 60.0))
        notice = self._run().notice_ids
        self.assertEqual(notice.amount_claimed, 60.0)
        self.assertRecordValues(
            notice.line_ids,
            [{"amount_total": 100.0, "amount_paid": 0.0, "amount_residual_currency": 60.0,
              "amount_held_currency": 40.0}],
        )  # fmt: skip

    def test_in_parts(self):
        """Each date is judged for what is due until then."""
        move = self._overdue(20, amount=300.0)
        parts = [("2026-03-15", 100.0), ("2026-03-22", 100.0), ("2026-03-29", 100.0)]
        promise = self._promise(move, *parts)
        self.assertEqual(promise.next_date.isoformat(), "2026-03-15")
        self._pay(move, amount=100.0, on="2026-03-15")
        self.assertEqual(self._state(promise, "2026-03-19"), "open")
        self.assertEqual(promise.next_date.isoformat(), "2026-03-22")
        self.assertEqual(self._reason(move, "2026-03-25"), "promised")
        self.assertEqual(self._state(promise, "2026-03-26"), "partly_kept")
        self.assertEqual(promise.missed_on.isoformat(), "2026-03-22")
        self.assertFalse(self._reason(move, "2026-03-26"))

    def test_recheck_when_sending(self):
        """Rule 2: promised after the preparation: the reminder does not leave."""
        move = self._overdue(20)
        run = self._run()
        self.assertTrue(run.notice_ids)
        self._promise(move, ("2026-03-20", 100.0))
        self.assertFalse(self._send(run))
        self.assertEqual(run.notice_ids.state, "cancelled")

    def test_recheck_of_a_part(self):
        """Rule 2: what was promised in part since is taken out of what the reminder asks for."""
        move = self._overdue(20)
        run = self._run()
        self._promise(move, ("2026-03-20", 30.0))
        self.assertEqual(len(self._send(run)), 1)
        self.assertEqual(run.notice_ids.amount_claimed, 70.0)
        self.assertEqual(run.notice_ids.line_ids.amount_residual_currency, 70.0)

    def test_cancel(self):
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        wizard = self.env["credit.commitment.cancel"].create(
            {"promise_id": promise.id, "reason": "Wrong customer"}
        )
        wizard.action_confirm()
        self.assertEqual((promise.state, promise.cancel_reason), ("cancelled", "Wrong customer"))
        self.assertFalse(self._reason(move))
        with self.assertRefused("cancelled already"):
            promise._cancel("again")

    def test_what_was_agreed_does_not_change(self):
        promise = self._promise(self._overdue(20), ("2026-03-20", 100.0))
        with self.assertRefused("cannot change"):
            promise.amount = 50.0
        with self.assertRefused("cannot be deleted"):
            promise.sudo().unlink()

    def test_impossible_promises(self):
        move = self._overdue(20)
        for parts, message in (
            ([("2026-03-09", 100.0)], "in the past"),
            ([("2026-03-20", 100.01)], "0.01 too much"),
            ([("2026-03-20", 0.0)], "above zero"),
            ([], "when the customer pays"),
        ):
            with self.subTest(message), self.assertRefused(message, Exception):
                self._promise(move, *parts)
        self._promise(move, ("2026-03-20", 100.0))
        with self.assertRefused("promised already"):
            self._promise(move, ("2026-03-25", 100.0))
        paid = self._overdue(20)
        self._pay(paid)
        with self.assertRefused("nothing to pay"):
            self._promise(paid, ("2026-03-20", 100.0))
        other = self._overdue(20, self._create_customer("Other"))
        with self.assertRefused("one customer"):
            self._promise(self._overdue(20) + other, ("2026-03-20", 100.0))

    def test_promised_again_after_a_broken_one(self):
        move = self._overdue(20)
        self._promise(move, ("2026-03-20", 100.0))
        with freeze_time("2026-03-24"):
            second = self._promise(move, ("2026-03-30", 100.0))
            self.assertEqual(self._item(move).amount_promised, 100.0)
            self.assertEqual(second.state, "open")

    def test_foreign_currency(self):
        """Amounts are in the item's currency; the receivables show them at the booked rate."""
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        move = self._overdue(20, currency_id=currency.id)
        self._promise(move, ("2026-03-20", 50.0))
        item = self._item(move)
        self.assertEqual((item.amount_residual, item.amount_promised), (50.0, 25.0))
        notice = self._run().notice_ids
        self.assertEqual(notice.line_ids.amount_residual_currency, 50.0)
        self.assertEqual(notice.amount_claimed, 25.0)

    def test_reset_to_draft(self):
        """In draft nothing is settled; posted again, the promise follows the invoice."""
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        move.button_draft()
        self.assertEqual((self._state(promise), promise.amount_settled), ("open", 0.0))
        move.invoice_date_due = "2026-03-05"
        move.action_post()
        self.assertEqual(self._item(move).state, "promised")
        self._pay(move)
        self.assertEqual(self._state(promise), "kept")

    def test_items_replaced_by_a_change_of_terms(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "30/60",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        move = self._invoice(
            amount=200.0, invoice_date="2025-12-01", invoice_payment_term_id=term.id
        )
        promise = self._promise(move, ("2026-03-20", 200.0))
        move.button_draft()
        move.invoice_payment_term_id = False
        move.invoice_date_due = "2026-02-15"
        move.action_post()
        self.assertEqual(len(self._entries(move)), 1)
        self.assertIn(self._entries(move), promise.item_ids.move_line_id)
        self.assertEqual(self._state(promise), "open")

    def test_cancelled_invoice_claims_nothing(self):
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        move.button_draft()
        move.button_cancel()
        self.assertEqual(promise.amount_left, 0.0)
        self.assertEqual(self._state(promise), "kept")

    def test_merge_of_customers(self):
        other = self._create_customer("Double")
        move = self._overdue(20, other)
        promise = self._promise(move, ("2026-03-20", 100.0))
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "dst_partner_id": self.customer.id,
                "partner_ids": [Command.set((self.customer | other).ids)],
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertEqual(promise.partner_id, self.customer)
        self.assertEqual(promise.line_ids.partner_id, self.customer)
        self.assertEqual(self._item(move).state, "promised")

    def test_branch(self):
        """Rule 15: items of branches are promised to the main company."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id, "country_id": False}
        )
        self.env.user.company_ids |= branch
        self.cr.precommit.run()
        move = self._invoice(due="2026-02-18", company_id=branch.id)
        env = self.env(
            context=dict(self.env.context, allowed_company_ids=(self.company | branch).ids)
        )
        promise = self._promise(move.with_env(env), ("2026-03-20", 100.0))
        self.assertEqual(promise.company_id, self.company)
        self.assertFalse(self._run().notice_ids)

    def test_search_and_group_by_state(self):
        broken = self._promise(self._overdue(20), ("2026-03-12", 100.0))
        kept_move = self._overdue(20)
        kept = self._promise(kept_move, ("2026-03-25", 100.0))
        self._pay(kept_move)
        still = self._promise(self._overdue(20), ("2026-03-25", 100.0))
        Promise = self.env["credit.promise"]
        with freeze_time("2026-03-20"):
            self.assertEqual(Promise.search([("state", "=", "broken")]), broken)
            self.assertEqual(Promise.search([("state", "!=", "open")]), broken | kept)
            groups = dict(Promise._read_group([], ["state"], ["__count"]))
            self.assertEqual(groups, {"broken": 1, "kept": 1, "open": 1})
            ordered = Promise.search([], order="state")
            self.assertEqual(ordered, broken + kept + still)

    def test_wizard_from_invoices_customers_and_receivables(self):
        moves = self._overdue(30) + self._overdue(20)
        for record in (moves, self.customer, self._item(moves)):
            with self.subTest(record._name):
                action = record.action_promise()
                wizard = Form(
                    self.env[action["res_model"]].with_context(**action["context"])
                ).save()
                self.assertEqual((wizard.amount_open, wizard.amount), (200.0, 200.0))
        with Form(wizard) as form:
            form.number = 2
            form.rhythm = "week"
            form.date = "2026-03-16"
        self.assertEqual(wizard.line_ids.mapped("amount"), [100.0, 100.0])
        action = wizard.action_confirm()
        promise = self.env["credit.promise"].browse(action["res_id"])
        self.assertEqual(
            [day.isoformat() for day in promise.line_ids.mapped("date")],
            ["2026-03-16", "2026-03-23"],
        )
        with self.assertRefused("one customer"):
            (moves + self._overdue(9, self._create_customer("Z"))).action_promise()

    def test_wizard_refuses_parts_that_do_not_add_up(self):
        action = self._overdue(20).action_promise()
        wizard = Form(self.env[action["res_model"]].with_context(**action["context"]))
        wizard.number = 2
        with wizard.line_ids.edit(0) as line:
            line.amount = 60.0
        wizard = wizard.save()
        with self.assertRefused("add up to"):
            wizard.action_confirm()

    def test_rights(self):
        """Viewers see their customers' promises; users record them; nobody forges one."""
        promise = self._promise(self._overdue(20), ("2026-03-20", 100.0))
        users = {
            name: self.env["res.users"].create(
                {
                    "name": name,
                    "login": f"{name}@promise.example.com",
                    "company_id": self.company.id,
                    "company_ids": [Command.set(self.company.ids)],
                    "group_ids": [Command.set(self.env.ref(xmlid).ids)],
                }
            )
            for name, xmlid in (
                ("employee", "base.group_user"),
                ("viewer", "credit_mgmt.credit_mgmt_group_viewer"),
                ("user", "credit_mgmt.credit_mgmt_group_user"),
            )
        }
        with self.assertRefused("", AccessError):
            promise.with_user(users["employee"]).read(["amount"])
        viewer = promise.with_user(users["viewer"])
        self.assertFalse(viewer.search([]))
        self.customer.user_id = users["viewer"]
        self.assertEqual(viewer.search([]).state, "open")
        with self.assertRefused("", AccessError):
            viewer.write({"note": "x"})
        user = promise.with_user(users["user"])
        user.note = "Called twice"
        with self.assertRefused("", AccessError):
            user.line_ids.write({"amount": 1.0})
        with self.assertRefused("", AccessError):
            user.unlink()
        other = self._overdue(20, self._create_customer("Other"))
        made = user._promise(self._entries(other), [("2026-03-20", 100.0)])
        made._cancel("by mistake")
        self.assertEqual(made.state, "cancelled")

    def test_another_companys_promises_are_not_there(self):
        """Rule 15."""
        promise = self._promise(self._overdue(20), ("2026-03-20", 100.0))
        other = self.setup_other_company()["company"]
        user = self.env["res.users"].create(
            {
                "name": "x",
                "login": "x@other.example.com",
                "company_id": other.id,
                "company_ids": [Command.set(other.ids)],
                "group_ids": [Command.set(self.env.ref("credit_mgmt.credit_mgmt_group_user").ids)],
            }
        )
        for record in (promise, promise.line_ids, promise.item_ids):
            found = record.with_user(user).with_context(allowed_company_ids=other.ids)
            self.assertFalse(found.search([]), record._name)
            with self.assertRefused("", AccessError):
                found.read(["company_id"])

    def test_queries_are_constant(self):
        """States of 3 and of 30 promises, and the receivables: the same number of queries."""
        counts = []
        for number in (3, 30):
            customer = self._create_customer(f"Many {number}")
            moves = self.env["account.move"]
            for _index in range(number):
                moves |= self._overdue(20, customer)
            promises = self.env["credit.promise"]
            for move in moves:
                promises |= self._promise(move, ("2026-03-20", 100.0))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(set(promises.mapped("state")), {"open"})
            self.assertEqual(promises.mapped("amount_left"), [100.0] * number)
            items = self.env["credit.receivable"].search([("partner_id", "=", customer.id)])
            self.assertEqual(set(items.mapped("state")), {"promised"})
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_bad_reason(self):
        promise = self._promise(self._overdue(20), ("2026-03-20", 100.0))
        with self.assertRefused("Say why", UserError):
            promise._cancel(" ")
