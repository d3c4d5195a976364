from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import SQL

from .common import TODAY, freeze_time
from .common_claims import ClaimsCommon


@tagged("post_install", "-at_install")
class TestDispute(ClaimsCommon):
    """Only the disputed part leaves the reminders; somebody answers; the ledger closes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("credit_mgmt.dispute_reason_price")
        cls.owner = cls.env["res.users"].create(
            {
                "name": "Warehouse",
                "login": "warehouse@credit.example.com",
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "group_ids": [Command.set(cls.env.ref("base.group_user").ids)],
            }
        )

    def _dispute(self, move, amount=0.0, **values):
        values.setdefault("user_id", self.owner.id)
        return self.env["credit.dispute"]._dispute(
            self._entries(move), amount, self.reason, **values
        )

    def _credit(self, move, amount):
        credit = self._overdue(0, move.partner_id, amount=amount, move_type="out_refund")
        self._entries(move + credit).filtered(lambda line: not line.reconciled).reconcile()
        return credit

    def _close(self, dispute, resolution="rejected", **values):
        self.env["credit.dispute.close"].create(
            {
                "dispute_ids": [Command.set(dispute.ids)],
                "resolution": resolution,
                **values,
            }
        ).action_confirm()

    def test_part_of_an_item(self):
        """The disputed part is not claimed, but stays in the balance."""
        move = self._overdue(20)
        dispute = self._dispute(move, 30.0)
        item = self._item(move)
        self.assertEqual((item.state, item.exclusion_reason), ("overdue", False))
        self.assertEqual((item.amount_disputed, item.amount_dunnable), (30.0, 70.0))
        self.assertEqual(item.amount_residual, 100.0)
        self.assertEqual((dispute.state, dispute.amount_left), ("open", 30.0))
        run = self._run()
        self.assertEqual(run.notice_ids.amount_claimed, 70.0)
        [mail] = self._send(run)
        self.assertIn("70.00", mail["body"])
        self.assertIn("30.00", mail["body"], "the part that is left out is told")

    def test_whole_item(self):
        move = self._overdue(20)
        self._dispute(move)
        item = self._item(move)
        self.assertEqual((item.state, item.exclusion_reason), ("disputed", "disputed"))
        self.assertEqual(item.amount_disputed, 100.0)
        self.assertEqual(self._skip_reason(self._run(), move), ["disputed"])

    def test_recheck_when_sending(self):
        """Rule 2: disputed since the preparation: the reminder does not leave."""
        move, other = self._overdue(20), self._overdue(20, amount=45.0)
        run = self._run()
        self._dispute(move)
        self.assertEqual(len(self._send(run)), 1)
        self.assertEqual(run.notice_ids.line_ids.move_id, other)

    def test_payment_of_the_rest(self):
        """The undisputed part is paid: what is left is disputed."""
        move = self._overdue(20)
        dispute = self._dispute(move, 30.0)
        self._pay(move, amount=70.0)
        item = self._item(move)
        self.assertEqual((item.state, item.amount_disputed), ("disputed", 30.0))
        self._pay(move, amount=10.0)
        self.assertEqual(self._item(move).amount_disputed, 20.0)
        self.assertEqual(dispute.amount_left, 20.0)

    def test_closes_itself_when_paid(self):
        move = self._overdue(20)
        dispute = self._dispute(move, 30.0)
        payment = self._pay(move)
        self.assertEqual(self._state(dispute), "closed")
        self._follow()
        self.assertEqual((dispute.resolution, dispute.live), ("paid", False))
        self.assertFalse(dispute.activity_ids)
        payment.move_id.line_ids.remove_move_reconcile()
        self._follow("2026-03-11")
        self.assertEqual((dispute.resolution, dispute.state), (False, "open"))
        self.assertEqual(self._item(move).amount_disputed, 30.0)

    def test_closes_itself_when_credited(self):
        """A credit note takes its amount off the dispute, and closes it in the end."""
        move = self._overdue(20)
        dispute = self._dispute(move, 30.0)
        self._credit(move, 10.0)
        self.assertEqual(dispute.amount_left, 20.0)
        item = self._item(move)
        self.assertEqual((item.amount_residual, item.amount_disputed), (90.0, 20.0))
        self.assertEqual(item.amount_dunnable, 70.0)
        self._credit(move, 20.0)
        self.assertEqual(self._item(move).amount_dunnable, 70.0)
        self.assertEqual(self._state(dispute), "closed")
        self._follow()
        self.assertEqual(dispute.resolution, "credited")

    def test_credit_note_that_is_unmatched_opens_it_again(self):
        """The night closes and opens what the ledger says; the owner is asked again."""
        move = self._overdue(20)
        dispute = self._dispute(move, 30.0)
        credit = self._overdue(0, amount=30.0, move_type="out_refund")
        self._entries(move + credit).reconcile()
        self._follow()
        self.assertEqual((dispute.state, dispute.resolution), ("closed", "credited"))
        self.assertFalse(dispute.activity_ids)
        self._entries(credit).remove_move_reconcile()
        self._follow("2026-03-11")
        self.assertEqual((dispute.state, dispute.amount_left), ("open", 30.0))
        self.assertEqual(self._item(move).amount_disputed, 30.0)
        self.assertEqual(dispute.activity_ids.user_id, dispute.user_id)
        self._entries(move + credit).reconcile()
        self._follow("2026-03-12")
        self.assertEqual((dispute.state, dispute.live), ("closed", False))

    def test_banner_of_the_invoice_names_a_part(self):
        move = self._invoice(due="2026-04-01")
        self._dispute(move, 30.0)
        self.env.invalidate_all()
        self.assertEqual((move.amount_disputed, move.dunning_exclusion_reason), (30.0, ""))
        arch = self.env["account.move"].get_view(view_type="form")["arch"]
        self.assertIn("days_overdue or amount_disputed", arch)

    def test_credited_before_does_not_count(self):
        move = self._overdue(20)
        self._credit(move, 40.0)
        dispute = self._dispute(move, 30.0)
        self.assertEqual(dispute.amount_left, 30.0)
        self.assertEqual(self._item(move).amount_disputed, 30.0)

    def test_never_above_the_open_amount(self):
        move = self._overdue(20)
        self._dispute(move, 60.0)
        with self.assertRefused("At most .*40.00", Exception):
            self._dispute(move, 40.01)
        second = self._dispute(move)
        self.assertEqual(second.amount, 40.0)
        with self.assertRefused("Nothing is left to dispute"):
            self._dispute(move)
        self.assertEqual(self._item(move).amount_disputed, 100.0)

    def test_a_credit_note_answers_one_of_two_disputes(self):
        move = self._overdue(20)
        first, second = self._dispute(move, 30.0), self._dispute(move, 20.0)
        self._credit(move, 30.0)
        self.assertEqual(self._item(move).amount_disputed, 20.0)
        self._close(first, "credit_note")
        self.assertEqual(second.amount_left, 20.0)
        self.assertEqual(self._item(move).amount_disputed, 20.0)

    def test_instalments(self):
        """The amount is laid over the items of the invoice, the earliest due first."""
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
        dispute = self._dispute(move, 130.0)
        self.assertEqual(dispute.item_ids.mapped("amount"), [100.0, 30.0])
        items = self._item(move).sorted("date_maturity")
        self.assertEqual(items.mapped("state"), ["disputed", "overdue"])
        self.assertEqual(items.mapped("amount_disputed"), [100.0, 30.0])

    def test_resolutions(self):
        move = self._overdue(20)
        credit = self._overdue(0, amount=30.0, move_type="out_refund")
        for resolution, values, accepted in (
            ("credit_note", {"resolution_move_id": credit.id}, 30.0),
            ("replaced", {}, 30.0),
            ("partial", {"amount_accepted": 12.0}, 12.0),
            ("rejected", {}, 0.0),
            ("withdrawn", {}, 0.0),
        ):
            with self.subTest(resolution):
                dispute = self._dispute(move, 30.0)
                self._close(dispute, resolution, note="Talked", **values)
                self.assertRecordValues(
                    dispute,
                    [{"state": "closed", "resolution": resolution, "amount_accepted": accepted,
                      "closed_by": self.env.uid}],
                )  # fmt: skip
                self.assertEqual(dispute.closed_on.isoformat(), TODAY)
                self.assertFalse(self._item(move).amount_disputed)
        with self.assertRefused("Say which part"):
            self._close(self._dispute(move, 30.0), "partial")
        with self.assertRefused("closed already"):
            self._close(dispute)

    def test_closing_resumes_at_a_chosen_level(self):
        """The cycle goes on, goes back to a level or begins again; each is logged."""
        for resume, level, expected in (
            ("go_on", False, self.second),
            ("level", self.first, self.first),
            ("begin", False, self.env["credit.dunning.level"]),
        ):
            with self.subTest(resume):
                move = self._overdue(40)
                self._remind(move, level=self.first, on="2026-02-05")
                self._remind(move, level=self.second, on="2026-02-20")
                dispute = self._dispute(move)
                self._close(dispute, note="Proof of delivery found", resume=resume,
                            level_id=level and level.id)  # fmt: skip
                item = self._item(move)
                self.assertEqual(item.dunning_level_id, expected)
                self.assertEqual(item.state, "overdue")
        resets = self.env["credit.dunning.reset"].search([])
        self.assertEqual(set(resets.mapped("reason")), {"Proof of delivery found"})
        with self.assertRefused("Choose the level"):
            self._close(self._dispute(self._overdue(3)), resume="level")

    def test_owner_without_credit_rights(self):
        """Reads and answers the own disputes, writes nothing else, sees no other."""
        dispute = self._dispute(self._overdue(20), 30.0, description="Too dear")
        other = self._dispute(self._overdue(20), user_id=self.env.uid)
        mine = dispute.with_user(self.owner).with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(mine.search([]), dispute)
        self.assertEqual((mine.state, mine.amount_left, mine.move_name),
                         ("open", 30.0, dispute.move_id.name))  # fmt: skip
        self.assertTrue(mine.read())
        self.assertTrue(mine.item_ids.read(["name", "amount_open"]))
        mine.write({"answer": "Old price list", "proposal": "accept"})
        self.assertEqual(dispute.state, "answered")
        mine.message_post(body="See the price list")
        mine.activity_ids.action_feedback(feedback="Done")
        for step in (
            lambda: mine.write({"amount": 1.0}),
            lambda: mine.write({"reason_id": self.reason.id}),
            lambda: mine.write({"user_id": self.env.uid}),
            lambda: mine._close("rejected"),
            lambda: mine.unlink(),
            lambda: other.with_user(self.owner).read(["amount"]),
            lambda: mine.create({"partner_id": self.customer.id}),
            lambda: mine.move_id.read(["amount_total"]),
        ):
            with self.assertRefused("", AccessError):
                step()

    def test_activity_deadline_and_escalation(self):
        """The owner has an activity; the responsible is told once when nobody answers."""
        self.company.credit_responsible_id = self.env.user
        self.company.credit_dispute_days = 5
        dispute = self._dispute(self._overdue(20))
        self.assertEqual(dispute.activity_ids.user_id, self.owner)
        self.assertEqual(dispute.date_deadline.isoformat(), "2026-03-17")
        self.assertEqual(dispute.activity_ids.date_deadline, dispute.date_deadline)
        self._follow("2026-03-17")
        self.assertFalse(dispute.escalated_on)
        self._follow("2026-03-18")
        self._follow("2026-03-19")
        escalation = self.env.ref("credit_mgmt.mail_activity_type_escalation")
        told = dispute.activity_ids.filtered(lambda a: a.activity_type_id == escalation)
        self.assertEqual((len(told), told.user_id), (1, self.env.user))
        second = self._dispute(self._overdue(20))
        second.user_id = self.env.user
        self.assertEqual(second.activity_ids.user_id, self.env.user)

    def test_aged_balance_at_any_date(self):
        """The disputed part is a figure of the aged balance, as it was at the date."""
        move, other = self._overdue(20), self._overdue(20, amount=50.0)
        self._dispute(move, 30.0)
        with freeze_time("2026-03-20"):
            self._pay(move, amount=80.0, on="2026-03-18")
            self._follow("2026-03-20")
            Aged = self.env["credit.aged.balance"]

            def disputed(day):
                self.env.invalidate_all()
                found = Aged._compute_disputed(day, domain=[("partner_id", "=", self.customer.id)])
                return {
                    self.customer.browse(key): amount for (key, _money), amount in found.items()
                }

            self.assertFalse(disputed("2026-03-09"))
            self.assertEqual(disputed("2026-03-10"), {self.customer: 30.0})
            self.assertEqual(disputed("2026-03-17"), {self.customer: 30.0})
            self.assertEqual(disputed("2026-03-18"), {self.customer: 20.0})
            items = self.env["credit.aged.item"].with_context(aged_as_of="2026-03-17")
            mine = [("partner_id", "=", self.customer.id)]
            self.assertEqual(items.search([*mine, ("amount_disputed", "!=", 0)]).move_id, move)
            self.assertEqual(items.search([*mine, ("amount_disputed", "=", 0)]).move_id, other)
            lines = Aged._compute_lines("2026-03-17", domain=[*mine, ("amount_disputed", "=", 0)])
            self.assertEqual(lines[0]["amounts"][-1], 50.0)

    def test_aged_balance_closed_by_a_person(self):
        move = self._overdue(20)
        dispute = self._dispute(move, 30.0)
        with freeze_time("2026-03-16"):
            self._close(dispute)
        Aged = self.env["credit.aged.balance"]
        domain = [("partner_id", "=", self.customer.id)]
        self.assertTrue(Aged._compute_disputed("2026-03-15", domain=domain))
        self.assertFalse(Aged._compute_disputed("2026-03-16", domain=domain))

    def test_disputes_are_free_for_the_aged_balance(self):
        """The planner drops the join where the figure is not asked for."""
        plan = self._explain(["amount"])
        self.assertNotIn("credit_dispute", plan)
        self.assertIn("credit_dispute", self._explain(["amount", "amount_disputed"]))

    def _explain(self, names):
        items = self.env["credit.aged.item"]
        query = items._search([])
        columns = [SQL.identifier(query.table, name) for name in names]
        return str(
            self.env.execute_query(
                SQL(
                    "EXPLAIN SELECT SUM(%s) FROM (%s) item",
                    SQL.identifier(names[-1]),
                    query.select(*columns),
                )
            )
        )

    def test_foreign_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        move = self._overdue(20, currency_id=currency.id)
        dispute = self._dispute(move, 30.0)
        self.assertEqual((dispute.currency_id, dispute.amount_company), (currency, 15.0))
        self.assertEqual(self._item(move).amount_disputed, 15.0)
        self.assertEqual(self._item(move).amount_dunnable, 35.0)

    def test_reset_to_draft_keeps_the_dispute(self):
        move = self._overdue(20)
        dispute = self._dispute(move, 30.0)
        move.button_draft()
        self.assertEqual(self._state(dispute), "open")
        self._follow()
        self.assertEqual(self._state(dispute), "open")
        move.action_post()
        self.assertEqual(self._item(move).amount_disputed, 30.0)
        move.button_draft()
        move.button_cancel()
        self.assertEqual(self._state(dispute), "closed")

    def test_reopen(self):
        dispute = self._dispute(self._overdue(20), 30.0)
        self._close(dispute)
        dispute.action_reopen()
        self.assertEqual((dispute.state, dispute.amount_left), ("open", 30.0))
        with self.assertRefused("is open"):
            dispute.action_reopen()

    def test_merge_of_customers(self):
        other = self._create_customer("Double")
        dispute = self._dispute(self._overdue(20, other))
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "dst_partner_id": self.customer.id,
                "partner_ids": [Command.set((self.customer | other).ids)],
            }
        ).action_merge()
        self.env.invalidate_all()
        self.assertEqual(dispute.partner_id, self.customer)
        self.assertEqual(dispute.state, "open")

    def test_pareto(self):
        """Reasons, products and salespeople by amount, also by the state of the ledger."""
        product = self.env["product.product"].create({"name": "Panel"})
        move = self._overdue(20, invoice_line_ids=[
            Command.create({"product_id": product.id, "price_unit": 100.0, "tax_ids": []})
        ])  # fmt: skip
        self._dispute(move, 30.0)
        paid = self._overdue(20)
        self._dispute(paid, 10.0)
        self._pay(paid)
        Dispute = self.env["credit.dispute"]
        self.assertEqual(
            dict(Dispute._read_group([], ["reason_id"], ["amount_company:sum"])),
            {self.reason: 40.0},
        )
        self.assertEqual(
            dict(
                Dispute._read_group(
                    [("product_id", "!=", False)], ["product_id"], ["amount_company:sum"]
                )
            ),
            {product: 30.0},
        )
        self.assertEqual(
            dict(Dispute._read_group([], ["state"], ["__count"])), {"open": 1, "closed": 1}
        )
        self.assertEqual(Dispute.search([("state", "!=", "closed")]).move_id, move)
        self.assertEqual(
            self.env["account.move"].search([("dispute_ids.state", "!=", "closed")]), move
        )
        self.assertEqual((move.dispute_count, self.customer.dispute_count), (1, 1))

    def test_wizard(self):
        """From a list: one invoice, its usual owner, at most what is open; with a document."""
        self.reason.user_id = self.owner
        move = self._overdue(20)
        for record in (move, self._item(move)):
            action = record.action_dispute()
            form = Form(self.env[action["res_model"]].with_context(**action["context"]))
            self.assertEqual((form.amount_free, form.amount), (100.0, 100.0))
        form.reason_id = self.reason
        self.assertEqual(form.user_id, self.owner)
        form.amount = 25.0
        wizard = form.save()
        wizard.write({"document": "JVBERi0=", "document_name": "claim.pdf"})
        dispute = self.env["credit.dispute"].browse(wizard.action_confirm()["res_id"])
        self.assertEqual((dispute.amount, dispute.user_id), (25.0, self.owner))
        self.assertEqual(dispute.einvoice_code, "PU_ERR")
        self.assertEqual(dispute.message_ids.attachment_ids.name, "claim.pdf")
        with self.assertRefused("one invoice"):
            (move + self._overdue(9)).action_dispute()

    def test_every_reason_has_its_einvoicing_code(self):
        reasons = self.env["credit.dispute.reason"].search([("company_id", "=", False)])
        self.assertGreater(len(reasons), 10)
        self.assertFalse(reasons.filtered(lambda reason: not reason.einvoice_code))

    def test_queries_are_constant(self):
        counts = []
        for number in (3, 30):
            customer = self._create_customer(f"Many {number}")
            disputes = self.env["credit.dispute"]
            for _index in range(number):
                disputes |= self._dispute(self._overdue(20, customer), 40.0)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(set(disputes.mapped("state")), {"open"})
            self.assertEqual(sum(disputes.mapped("amount_left")), 40.0 * number)
            items = self.env["credit.receivable"].search([("partner_id", "=", customer.id)])
            self.assertEqual(sum(items.mapped("amount_dunnable")), 60.0 * number)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
