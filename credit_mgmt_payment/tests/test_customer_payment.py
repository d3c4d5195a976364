from odoo.addons.credit_mgmt.tests.common import freeze_time
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import PaymentPageCommon


@tagged("post_install", "-at_install")
class TestCustomerPayment(PaymentPageCommon):
    """A customer pays chosen items in one payment, matched with exactly these."""

    def _open(self, moves):
        self.env.invalidate_all()
        return [entry.amount_residual_currency for entry in self._entries(moves)]

    # === PAYMENT AND MATCHING === #

    def test_pays_all_in_one_payment(self):
        moves = self._overdue(20) + self._overdue(10, amount=60.0) + self._overdue(5, amount=40.0)
        transaction = self._transaction(self._link(), self._items(moves), "done")
        self.assertEqual(transaction.amount, 200.0)
        self.assertEqual(transaction.partner_id, self.customer)
        self.assertEqual(len(transaction.payment_id), 1)
        self.assertEqual(transaction.payment_id.amount, 200.0)
        self.assertEqual(self._open(moves), [0.0] * 3)
        self.assertEqual(transaction.invoice_ids, moves)
        self.assertEqual(set(moves.mapped("payment_state")) - {"paid", "in_payment"}, set())
        lines = transaction.payment_id.move_id.line_ids
        self.assertEqual(sum(lines.mapped("balance")), 0.0)
        self.assertTrue(transaction.payment_id.is_reconciled)

    def test_pays_one_of_several_and_not_the_oldest(self):
        oldest, chosen = self._overdue(30), self._overdue(10, amount=60.0)
        self._transaction(self._link(), self._items(chosen), "done")
        self.assertEqual(self._open(oldest + chosen), [100.0, 0.0])

    def test_one_instalment_of_an_invoice(self):
        """Odoo would match the first instalment: the customer chose the second."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Thirds",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": share, "nb_days": days})
                    for share, days in ((30, 0), (30, 10), (40, 20))
                ],
            }
        )
        move = self._overdue(0, amount=1000.0, invoice_payment_term_id=term.id,
                             invoice_date_due=False, invoice_date="2026-02-01")  # fmt: skip
        entries = self._entries(move)
        self.assertEqual(entries.mapped("amount_residual"), [300.0, 300.0, 400.0])
        self._transaction(self._link(), f"item={entries[1].id}", "done")
        self.assertEqual(self._open(move), [300.0, 0.0, 400.0])
        self._transaction(self._link(), f"item={entries[2].id}&item={entries[0].id}", "done")
        self.assertEqual(self._open(move), [0.0] * 3)

    def test_without_what_is_disputed(self):
        """Two invoices in dispute for a part: each is paid less its own part, to the cent."""
        first, second = self._overdue(20), self._overdue(10, amount=60.0)
        for move, amount in ((first, 40.0), (second, 12.5)):
            self.env["credit.dispute"]._dispute(self._entries(move), amount, self.reason)
        link = self._link()
        self.assertIn(
            "without what is in dispute",
            self._read(self._get(f"{link}/pay?{self._items(first + second)}")),
        )
        transaction = self._transaction(link, self._items(first + second), "done")
        self.assertEqual(transaction.amount, 107.5)
        self.assertEqual(self._open(first + second), [40.0, 12.5])
        self.assertEqual(self._item(first).state, "disputed")

    def test_settled_meanwhile_stays_on_the_account(self):
        first, second = self._overdue(20), self._overdue(10, amount=60.0)
        other = self._overdue(40, amount=500.0)
        transaction = self._transaction(self._link(), self._items(first + second))
        self._pay(second)
        self._answer(transaction, "done")
        self.assertEqual(self._open(first + second + other), [500.0, 0.0, 0.0])
        text = self._read(self._get(self._link()))
        self.assertIn("Balance $ 440.00", text)

    def test_in_a_foreign_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        moves = self._overdue(20, currency_id=currency.id)
        moves += self._overdue(10, amount=33.33, currency_id=currency.id)
        transaction = self._transaction(self._link(), self._items(moves), "done")
        self.assertEqual((transaction.amount, transaction.currency_id), (133.33, currency))
        self.assertEqual(self._open(moves), [0.0, 0.0])

    def test_items_of_two_receivable_accounts(self):
        account = self.company_data["default_account_receivable"].copy({"code": "411999"})
        first = self._overdue(20)
        self.customer.property_account_receivable_id = account
        second = self._overdue(10, amount=60.0)
        self._transaction(self._link(), self._items(first + second), "done")
        self.assertEqual(self._open(first + second), [0.0, 0.0])

    def test_captured_in_part(self):
        self.provider.capture_manually = True
        first, second = self._overdue(20), self._overdue(10, amount=60.0)
        transaction = self._transaction(self._link(), self._items(first + second))
        self._answer(transaction, "done")
        self.assertEqual(transaction.state, "authorized")
        part = transaction._create_child_transaction(130.0)
        part._set_done()
        part._post_process()
        self.assertEqual(self._open(first + second), [0.0, 30.0])

    def test_late_items_are_the_proposal(self):
        late, later = self._overdue(20), self._invoice(due="2026-04-20", amount=60.0)
        self.assertEqual(self._form(self._link())["data-amount"], "100.0")
        self._transaction(self._link(), "", "done")
        self.assertEqual(self._open(late + later), [0.0, 60.0])
        # Nothing is late any more: what is open can be paid before its time.
        self.assertEqual(self._form(self._link())["data-amount"], "60.0")

    def test_payment_of_several_items_is_not_rewritten(self):
        moves = self._overdue(20) + self._overdue(10, amount=60.0)
        payment = self._transaction(self._link(), self._items(moves), "done").payment_id
        payment.action_draft()
        with self.assertRaisesRegex(UserError, "it cannot be changed"):
            payment.amount = 10.0
        payment.action_cancel()
        self.assertEqual(self._open(moves), [100.0, 60.0])

    # === STATES === #

    def test_pending_payment_keeps_the_reminders_back(self):
        move, other = self._overdue(20), self._overdue(20, amount=60.0)
        transaction = self._transaction(self._link(), self._items(move), "pending")
        item = self._item(move)
        self.assertEqual((item.state, item.exclusion_reason), ("in_collection",) * 2)
        self.assertFalse(self._reason(other))
        text = self._read(self._get(self._link()))
        self.assertIn("Payment under way", text)
        self.assertIn("Your payment is being processed", text)
        # It cannot be paid a second time meanwhile.
        page = self._read(self._get(f"{self._link()}/pay?{self._items(move)}"))
        self.assertIn("None of these invoices can be paid online now", page)
        self._answer(transaction, "done")
        self.assertEqual(self._open(move), [0.0])

    def test_pending_payment_is_not_waited_for_without_end(self):
        move = self._overdue(20)
        self._transaction(self._link(), self._items(move), "pending")
        self.assertEqual(self._reason(move, "2026-03-25"), "in_collection")
        self.assertFalse(self._reason(move, "2026-03-26"))

    def test_authorized_captured_or_voided(self):
        self.provider.capture_manually = True
        for end, left in (("capture", 0.0), ("void", 100.0)):
            with self.subTest(end):
                move = self._overdue(20)
                transaction = self._transaction(self._link(), self._items(move), "done")
                self.assertEqual(transaction.state, "authorized")
                self.assertEqual(self._reason(move), "in_collection")
                self.assertIn("is authorized", self._read(self._get(self._link())))
                if end == "capture":
                    transaction._process(
                        "demo",
                        {
                            "reference": transaction.reference,
                            "simulated_state": "done",
                            "manual_capture": True,
                        },
                    )
                    transaction._post_process()
                else:
                    self._answer(transaction, "cancel")
                self.assertEqual(self._open(move), [left])
                self.assertFalse(self._reason(move))

    def test_cancelled_and_failed_payments_leave_all_as_it_was(self):
        for state, words in (("cancel", "was cancelled"), ("error", "payment failed")):
            with self.subTest(state):
                move = self._overdue(20)
                transaction = self._transaction(self._link(), self._items(move), state)
                self.assertFalse(transaction.payment_id)
                self.assertFalse(self._reason(move))
                page = self._get(f"{self._link()}?done=payment")
                self.assertIn(words, self._read(page))
                self.assertIn("alert-warning", page.text)

    def test_refund_is_shown(self):
        move = self._overdue(20)
        transaction = self._transaction(self._link(), self._items(move), "done")
        refund = transaction._create_child_transaction(100.0, is_refund=True)
        refund._set_done()
        refund._post_process()
        self.env.invalidate_all()
        self.assertIn("Refunded", self._read(self._get(self._link())))
        self.assertEqual(refund.payment_id.payment_type, "outbound")

    def test_payment_on_odoos_own_page_waits_too(self):
        move = self._overdue(20)
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": "own page",
                "amount": 100.0,
                "currency_id": move.currency_id.id,
                "partner_id": self.customer.id,
                "invoice_ids": [Command.set(move.ids)],
            }
        )
        self.assertFalse(self._reason(move))
        transaction._set_pending()
        self.assertEqual(self._reason(move), "in_collection")
        transaction._set_canceled()
        self.assertFalse(self._reason(move))

    def test_promise_is_kept_by_the_payment(self):
        move = self._overdue(20)
        promise = self._promise(move, ("2026-03-20", 100.0))
        self._transaction(self._link(), self._items(move), "done")
        self.assertEqual(self._state(promise), "kept")

    # === LOG AND LINKS === #

    def test_payment_is_logged(self):
        move = self._overdue(20)
        transaction = self._transaction(self._link(), self._items(move), "done")
        action = self._actions()
        self.assertEqual((action.kind, action.amount), ("payment", 100.0))
        self.assertEqual((action.transaction_id, action.ip), (transaction, "127.0.0.1"))
        self.assertEqual(action.payment_state, "done")
        self.assertIn("Paid, thank you", self._read(self._get(f"{self._link()}?done=payment")))

    def test_reminders_carry_the_link_to_pay(self):
        self._overdue(10)
        notice = self._run().notice_ids
        self.assertEqual(notice.payment_link_url, f"{notice.customer_page_url}/pay")
        self.assertIn(notice.payment_link_url, notice.payment_html)
        values = notice._get_placeholder_values()
        self.assertEqual(values["payment_link"], notice.payment_link_url)
        self.assertIn("payment_link", notice.level_id._get_placeholder_labels())
        self.provider.is_published = False
        self.env.invalidate_all()
        self.assertFalse(notice.payment_link_url)
        self.assertEqual(notice._get_placeholder_values()["payment_link"], notice.customer_page_url)

    def test_no_payment_without_a_provider(self):
        move = self._overdue(20)
        self.assertIn("Pay now", self._get(self._link()).text)
        self.provider.state = "disabled"
        self.assertNotIn("Pay now", self._get(self._link()).text)
        text = self._read(self._get(f"{self._link()}/pay?{self._items(move)}"))
        self.assertIn("Nothing can be paid online", text)

    # === ATTACKS === #

    def test_amount_is_never_what_is_sent(self):
        move = self._overdue(20)
        for amount in (1.0, -100.0, 1000.0, None, "100", True):
            with self.subTest(amount):
                result = self._begin(self._link(), self._items(move), amount=amount)["result"]
                self.assertEqual(result["state"], "error")
                self.assertIn("amount has changed", result["state_message"])
        self.assertFalse(self.env["payment.transaction"].search([("amount", "<=", 1000)])
                         .filtered("credit_item_ids"))  # fmt: skip

    def test_items_of_others_are_not_paid(self):
        own = self._overdue(20)
        foreign = self._overdue(20, self._create_customer("Customer B"), amount=77.0)
        link = self._link()
        text = self._read(self._get(f"{link}/pay?{self._items(foreign)}"))
        self.assertIn("None of these invoices", text)
        params = {
            "provider_id": self.provider.id, "payment_method_id": self.method.id, "token_id": None,
            "flow": "direct", "tokenization_requested": False, "landing_route": "/",
        }  # fmt: skip
        for numbers in (f"{self._entries(foreign).id}", "0", "x", "", "9" * 20):
            for amount in (77.0, 100.0):
                answer = self._call(
                    f"{link}/transaction/{numbers or '-'}", {**params, "amount": amount}
                )
                self.assertEqual(answer["result"]["state"], "error")
        # Among the own ones it is left out, and the amount then does not fit.
        both = f"{self._entries(own).id}-{self._entries(foreign).id}"
        answer = self._call(f"{link}/transaction/{both}", {**params, "amount": 177.0})
        self.assertEqual(answer["result"]["state"], "error")

    def test_links_that_are_over_pay_nothing(self):
        move = self._overdue(20)
        link = self._link()
        path = self._form(link, self._items(move))["data-transaction-route"]
        self._token().action_revoke()
        params = {"amount": 100.0}
        self.assertEqual(self._call(path, params)["result"]["state"], "error")
        self._get(f"{link}/pay?{self._items(move)}", 410)
        forged = path.replace(link, f"/credit/{self._token().id}-{'0' * 64}")
        self.assertEqual(self._call(forged, params)["result"]["state"], "error")

    def test_customer_is_sent_back_to_his_page_only(self):
        move = self._overdue(20)
        transaction = self._transaction(
            self._link(), self._items(move), landing_route="https://evil.example.com"
        )
        self.assertEqual(transaction.landing_route, f"{self._link()}?done=payment")

    def test_reading_the_payment_page_changes_nothing(self):
        move = self._overdue(20)
        link = self._link()
        before = self.env["payment.transaction"].search_count([])
        for _visit in range(2):
            response = self._get(f"{link}/pay?{self._items(move)}")
            self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(self.env["payment.transaction"].search_count([]), before)
        self.assertFalse(self._actions())

    def test_employee_does_not_pay(self):
        move = self._overdue(20)
        new_test_user(
            self.env, login="colleague", groups="base.group_user",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        path = self._form(self._link(), self._items(move))["data-transaction-route"]
        self.authenticate("colleague", "colleague")
        result = self._call(path, {"amount": 100.0})["result"]
        self.assertIn("only the customer acts here", result["state_message"])
        self.assertNotIn(
            "o_payment_form", self._get(f"{self._link()}/pay?{self._items(move)}").text
        )

    def test_portal_user_pays(self):
        move = self._overdue(20)
        contact = self.env["res.partner"].create({"name": "Jane", "parent_id": self.customer.id})
        new_test_user(
            self.env, login="jane_portal", groups="base.group_portal", partner_id=contact.id,
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        self.authenticate("jane_portal", "jane_portal")
        link = f"/my/credit/{self.company.id}"
        transaction = self._transaction(link, self._items(move), "done")
        self.assertEqual(transaction.partner_id, contact)
        self.assertEqual(transaction.payment_id.partner_id, self.customer)
        self.assertEqual(self._open(move), [0.0])
        self.assertEqual(self._actions().user_id.login, "jane_portal")

    def test_double_click_is_paid_once_on_the_items(self):
        """Two payments that both succeed: the second stays unallocated, nothing is overpaid."""
        move, other = self._overdue(20), self._overdue(40, amount=500.0)
        first = self._transaction(self._link(), self._items(move))
        second = self._transaction(self._link(), self._items(move))
        self._answer(first, "done")
        self._answer(second, "done")
        self.assertEqual(self._open(other + move), [500.0, 0.0])
        with freeze_time("2026-03-11"):
            credit = self.env["credit.receivable"].search(
                [("partner_id", "=", self.customer.id), ("kind", "=", "payment")]
            )
        self.assertEqual(credit.amount_residual, -100.0)
