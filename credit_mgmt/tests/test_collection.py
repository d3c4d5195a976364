from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, freeze_time
from .common_claims import ClaimsCommon


@tagged("post_install", "-at_install")
class TestCollection(ClaimsCommon):
    """Factor, direct debit, bill and cheque: reminders wait, and resume when it fails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.factor = cls._create_customer("Factor Bank")

    def _mark(self, moves, kind="direct_debit", **values):
        action = moves.action_collect()
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        wizard.create(
            {"kind": kind, "counterparty_id": self.factor.id, "reference": "R1", **values}
        ).action_confirm()
        return self.env["credit.collection"].search(
            [("move_id", "in", moves.ids), ("live", "=", True)]
        )

    def test_factored(self):
        """A state of its own; without an end it waits until it is unmarked."""
        move = self._overdue(20)
        mark = self._mark(move, "factored")
        item = self._item(move)
        self.assertEqual((item.state, item.exclusion_reason), ("factored", "factored"))
        self.assertEqual(item.amount_dunnable, 0.0)
        self.assertRecordValues(
            mark,
            [{"partner_id": self.customer.id, "counterparty_id": self.factor.id,
              "reference": "R1", "state": "waiting", "amount_start": 100.0}],
        )  # fmt: skip
        self.assertEqual(self._skip_reason(self._run(), move), ["factored"])
        self.assertEqual(self._reason(move, "2027-01-01"), "factored")
        mark.action_unmark()
        self.assertEqual((mark.state, self._reason(move)), ("unmarked", False))

    def test_waits_until_a_date(self):
        for kind in ("direct_debit", "bill", "cheque"):
            with self.subTest(kind):
                move = self._overdue(20)
                mark = self._mark(move, kind, date_until="2026-03-18")
                item = self._item(move)
                self.assertEqual((item.state, item.exclusion_reason), ("in_collection",) * 2)
                self.assertEqual(item.expected_payment_date.isoformat(), "2026-03-18")
                self.assertEqual(self._reason(move, "2026-03-18"), "in_collection")
                self.assertFalse(self._reason(move, "2026-03-19"))
                self.assertEqual(self._state(mark, "2026-03-19"), "late")

    def test_settled(self):
        move = self._overdue(20)
        mark = self._mark(move, date_until="2026-03-18")
        self._pay(move, on="2026-03-16")
        self.assertEqual(self._state(mark), "settled")
        self._follow("2026-03-19")
        self.assertFalse(mark.live or mark.activity_ids)

    def test_not_arrived_is_told_once(self):
        self.customer.collector_id = self.env.user
        mark = self._mark(self._overdue(20), date_until="2026-03-18")
        self._follow("2026-03-19")
        self._follow("2026-03-20")
        self.assertEqual(len(mark.activity_ids), 1)
        self.assertEqual(mark.activity_ids.user_id, self.env.user)

    def test_returned_resumes_at_a_chosen_level(self):
        for resume, level, expected in (
            ("go_on", False, self.second),
            ("level", self.first, self.first),
            ("begin", False, self.env["credit.dunning.level"]),
        ):
            with self.subTest(resume):
                move = self._overdue(40)
                self._remind(move, level=self.first, on="2026-02-05")
                self._remind(move, level=self.second, on="2026-02-20")
                mark = self._mark(move, date_until="2026-03-18")
                self.env["credit.collection.return"].create(
                    {
                        "collection_ids": [Command.set(mark.ids)],
                        "reason": "Insufficient funds",
                        "resume": resume,
                        "level_id": level and level.id,
                    }
                ).action_confirm()
                self.assertRecordValues(
                    mark, [{"state": "returned", "return_reason": "Insufficient funds"}]
                )
                self.assertEqual(mark.returned_on.isoformat(), TODAY)
                item = self._item(move)
                self.assertEqual((item.state, item.dunning_level_id), ("overdue", expected))
        with self.assertRefused("not under way"):
            mark._return("again")

    def test_payment_undone_after_the_end(self):
        """A debit that came and was taken back by the bank: returned, then claimed again."""
        move = self._overdue(20)
        mark = self._mark(move, date_until="2026-03-18")
        payment = self._pay(move, on="2026-03-16")
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(self._state(mark), "waiting")
        mark._return("Taken back")
        self.assertFalse(self._reason(move))

    def test_refusals(self):
        move = self._overdue(20)
        with self.assertRefused("until when"):
            self._mark(move)
        with self.assertRefused("in the past", Exception):
            self._mark(move, date_until="2026-03-09")
        self._mark(move, "factored")
        with self.assertRefused("marked already"):
            self._mark(move, "factored")
        paid = self._overdue(20)
        self._pay(paid)
        with self.assertRefused("no open receivable"):
            paid.action_collect()

    def test_recheck_when_sending(self):
        """Rule 2: debited since the preparation."""
        move = self._overdue(20)
        run = self._run()
        self._mark(move, date_until="2026-03-18")
        self.assertFalse(self._send(run))
        self.assertEqual(run.notice_ids.state, "cancelled")

    def test_online_payment_still_counts(self):
        """Odoo's own "in payment" stays a reason beside the marks."""
        codes = [code for _s, code, _l, _c in self.env["credit.receivable"]._get_exclusion_rules()]
        self.assertEqual(len(codes), len(set(codes)))

    def test_reset_to_draft_and_merge(self):
        other = self._create_customer("Double")
        move = self._overdue(20, other)
        mark = self._mark(move, "factored")
        move.button_draft()
        self.assertEqual(self._state(mark), "waiting")
        move.action_post()
        self.assertEqual(self._item(move).state, "factored")
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "dst_partner_id": self.customer.id,
                "partner_ids": [Command.set((self.customer | other).ids)],
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertEqual(mark.partner_id, self.customer)

    def test_search_by_state(self):
        late, waiting = self._overdue(20), self._overdue(20)
        first = self._mark(late, date_until="2026-03-12")
        second = self._mark(waiting, date_until="2026-03-30")
        with freeze_time("2026-03-20"):
            Collection = self.env["credit.collection"]
            self.assertEqual(Collection.search([("state", "=", "late")]), first)
            self.assertEqual(
                dict(Collection._read_group([], ["state"], ["__count"])),
                {"late": 1, "waiting": 1},
            )
            self.assertTrue(second)


@tagged("post_install", "-at_install")
class TestRequests(ClaimsCommon):
    """Salespeople ask to wait, and everybody may know why customers are late."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls.env["res.users"].create(
            {
                "name": "Seller",
                "login": "seller@credit.example.com",
                "email": "seller@credit.example.com",
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "group_ids": [Command.set(cls.env.ref("credit_mgmt.credit_mgmt_group_viewer").ids)],
            }
        )
        cls.customer.write({"user_id": cls.seller.id, "collector_id": cls.env.uid})

    def _ask(self, records, **values):
        action = (
            records.with_user(self.seller)
            .with_context(allowed_company_ids=self.company.ids)
            .action_ask_to_wait()
        )
        wizard = self.env[action["res_model"]].with_user(self.seller)
        wizard.with_context(**action["context"], allowed_company_ids=self.company.ids).create(
            {"reason": "Big order coming", "date_until": "2026-03-25", **values}
        ).action_confirm()
        return self.env["credit.wait.request"].search([], limit=1)

    def test_accepted(self):
        move = self._overdue(20)
        request = self._ask(self._item(move))
        self.assertEqual((request.user_id, request.state), (self.seller, "asked"))
        self.assertEqual(request.activity_ids.user_id, self.env.user)
        self.assertFalse(self._reason(move), "asking alone pauses nothing")
        request.action_accept()
        self.assertEqual((request.state, request.decided_by), ("accepted", self.env.user))
        self.assertEqual(request.exclusion_id.date_until.isoformat(), "2026-03-25")
        self.assertEqual(self._reason(move, "2026-03-25"), "manual")
        self.assertFalse(self._reason(move, "2026-03-26"))
        self.assertIn(self.seller.partner_id, request.message_ids.partner_ids)
        self.assertFalse(request.activity_ids)
        with self.assertRefused("decided already"):
            request.action_refuse()

    def test_whole_customer_refused(self):
        move = self._overdue(20)
        request = self._ask(self.customer)
        request.decision_note = "They promised thrice"
        request.action_refuse()
        self.assertEqual(request.state, "refused")
        self.assertFalse(self._reason(move))
        self.assertIn("They promised thrice", request.message_ids[0].body)

    def test_salespeople_do_not_decide(self):
        self._overdue(20)
        request = self._ask(self.customer)
        mine = request.with_user(self.seller)
        for step in (
            mine.action_accept,
            lambda: mine.write({"state": "accepted"}),
            lambda: mine.write({"date_until": "2027-01-01"}),
        ):
            with self.assertRefused("", AccessError):
                step()
        forged = (
            self.env["credit.wait.request"]
            .with_user(self.seller)
            .create(
                {
                    "partner_id": self.customer.id,
                    "reason": "x",
                    "date_until": "2026-03-25",
                    "state": "accepted",
                    "company_id": self.company.id,
                }
            )
        )
        self.assertEqual(forged.state, "asked")
        with self.assertRefused("in the past", Exception):
            self._ask(self.customer, date_until="2026-03-01")

    def test_reason_of_lateness(self):
        """On the invoice, else on the customer; counted by amount and days."""
        cash = self.env.ref("credit_mgmt.late_reason_cash")
        ours = self.env.ref("credit_mgmt.late_reason_our_error")
        first, second = self._overdue(20), self._overdue(50, amount=30.0)
        action = first.action_set_late_reason()
        self.env[action["res_model"]].with_context(**action["context"]).create(
            {"late_reason_id": ours.id}
        ).action_confirm()
        action = self.customer.action_set_late_reason()
        self.env[action["res_model"]].with_context(**action["context"]).create(
            {"late_reason_id": cash.id}
        ).action_confirm()
        self.assertEqual(self._item(first).late_reason_id, ours)
        rows = self.env["credit.receivable"]._read_group(
            [("partner_id", "=", self.customer.id)],
            ["late_reason_id"],
            ["amount_residual:sum", "days_overdue:max"],
        )
        self.assertEqual(
            {reason: (amount, days) for reason, amount, days in rows},
            {ours: (100.0, 20), cash: (30.0, 50)},
        )
        self.assertTrue(second)

    def test_expected_payment_date_can_be_searched(self):
        move = self._overdue(20)
        self._promise(move, ("2026-03-20", 100.0))
        Move = self.env["account.move"]
        self.assertEqual(Move.search([("expected_payment_date", "<=", "2026-03-20")]), move)
        self.assertFalse(Move.search([("expected_payment_date", "<", "2026-03-20")]))

    def test_forecast_knows_what_was_said(self):
        """A promise, an instalment or a debit replaces the customer's habit."""
        promised, debited, other = self._overdue(20), self._overdue(20), self._overdue(20)
        self._promise(promised, ("2026-03-20", 100.0))
        self.env["credit.collection"]._mark(
            self._entries(debited), "direct_debit", date_until="2026-03-17"
        )
        rows = self.env["credit.expected.receipt"].search([("partner_id", "=", self.customer.id)])
        days = {row.move_id: row.expected_date.isoformat() for row in rows}
        self.assertEqual(days, {promised: "2026-03-20", debited: "2026-03-17", other: "2026-03-10"})
