from odoo.tests import tagged

from .common import freeze_time
from .common_page import PDF, PageCommon


@tagged("post_install", "-at_install")
class TestCustomerPage(PageCommon):
    """What a customer sees and does on his page, and what becomes of it."""

    # === WHAT HE SEES === #

    def test_shows_the_open_items_and_totals(self):
        late, later = self._overdue(20), self._invoice(due="2026-04-01", amount=50.0)
        paid = self._overdue(30, amount=70.0)
        self._pay(paid)
        text = self._read(self._get(self._link()))
        self.assertIn(late.name, text)
        self.assertIn("20 days late", text)
        self.assertIn(later.name, text)
        self.assertIn("Due on 04/01/2026", text)
        self.assertNotIn(paid.name, text)
        for amount in ("Overdue $ 100.00", "Not due yet $ 50.00", "Balance $ 150.00"):
            self.assertIn(amount, text)

    def test_credits_are_shown_apart_and_taken_off(self):
        self._overdue(20)
        refund = self._invoice(amount=30.0, move_type="out_refund")
        text = self._read(self._get(self._link()))
        self.assertIn(f"Credit notes and payments {refund.name}", text)
        self.assertIn("Balance $ 70.00", text)

    def test_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self._overdue(20)
        page = self._get(self._link())
        self.assertIn('lang="fr-FR"', page.text)
        self.assertIn("08/04/2026", self._read(self._get_french_page()))

    def _get_french_page(self):
        """A date on the page is written as the French do."""
        self._invoice(due="2026-04-08")
        return self._get(self._link())

    def test_currencies_stand_apart(self):
        self._overdue(20)
        self.env.ref("base.CHF").active = True
        self._overdue(20, amount=80.0, currency_id=self.env.ref("base.CHF").id)
        text = self._read(self._get(self._link()))
        self.assertIn("Balance $ 100.00", text)
        self.assertRegex(text, r"Balance CHF 80.00")

    def test_nothing_open(self):
        self.assertIn("Nothing is open", self._read(self._get(self._link())))

    def test_states_in_words(self):
        promised, disputed, planned = (self._overdue(20) for _n in range(3))
        self._promise(promised, ("2026-03-20", 100.0))
        self.env["credit.dispute"]._dispute(self._entries(disputed), 0, self.reason)
        plan = self.env["credit.payment.plan"]._propose_for(self._entries(planned))
        plan.action_propose()
        plan.action_accept("Jane")
        text = self._read(self._get(self._link()))
        self.assertIn("You promised to pay by 03/20/2026", text)
        self.assertIn("In dispute: we are looking into it", text)
        self.assertIn("Part of a payment plan", text)

    def test_queries_do_not_grow_with_the_items(self):
        page = self._token()._as_visitor()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            page._get_accounts(page._get_items())
            return self.cr.sql_log_count - before

        self._overdue(20)
        count()
        few = count()
        for days in range(15):
            self._overdue(days)
        self.assertLessEqual(count(), few)

    def test_download_invoice_and_statement(self):
        move = self._overdue(20)
        link = self._link()
        self._get(f"{link}/invoice/{move.id}", 404)
        drawn = self._fields(self._get(link), "print")
        printed = self._send(f"{link}/invoice/{move.id}", drawn=drawn)
        self.assertEqual(printed.headers["Content-Type"], "application/pdf")
        self.env["ir.attachment"].create(
            {
                "name": "stored.pdf", "raw": PDF, "res_model": "account.move", "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
        )  # fmt: skip
        stored = self._get(f"{link}/invoice/{move.id}")
        self.assertEqual(stored.content, PDF)
        self.assertIn(f"{link}/invoice/{move.id}", self._get(link).text)
        response = self._send(
            f"{link}/statement", drawn=self._fields(self._get(link), "/statement")
        )
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertFalse(self.env["credit.statement"].search([]))

    # === PROMISES === #

    def test_promise_pauses_the_reminders(self):
        move = self._overdue(20)
        answer = self._send_promise(self._link(), move, text="After the holidays")
        page = self.assertTaken(answer)
        self.assertIn("we noted when you will pay", self._read(page))
        self.assertIn("You promised to pay by 03/20/2026", self._read(page))
        action = self._actions()
        self.assertEqual((action.kind, action.state, action.amount), ("promise", "done", 100.0))
        self.assertEqual(action.ip, "127.0.0.1")
        self.assertEqual(action.create_date.isoformat()[:10], "2026-03-10")
        promise = action.promise_id
        self.assertEqual((promise.origin, promise.state), ("customer", "open"))
        self.assertEqual(promise.user_id, self.env.user)
        self.assertEqual(promise.note, "After the holidays")
        self.assertEqual(self._reason(move), "promised")
        self.assertIn("127.0.0.1", self.customer.message_ids[0].body)

    def test_promise_in_parts_over_two_invoices(self):
        moves = self._overdue(20) + self._overdue(10, amount=60.0)
        self.assertTaken(
            self._send_promise(
                self._link(), moves, amount_1="90", date_2="2026-03-30", amount_2="70,00"
            )
        )
        promise = self._actions().promise_id
        self.assertEqual(promise.line_ids.mapped("amount"), [90.0, 70.0])
        self.assertEqual(promise.item_ids.move_id, moves)

    def test_promise_refused(self):
        move = self._overdue(20)
        link = self._link()
        for changes, words in (
            ({"date_1": "2026-03-09"}, "choose a date between 03/10/2026"),
            ({"date_1": "2030-01-01"}, "choose a date between"),
            ({"date_1": ""}, "choose a date between"),
            ({"date_1": "tomorrow"}, "cannot be read"),
            ({"amount_1": "100.01"}, "at most $ 100.00"),
            ({"amount_1": "-5"}, "above zero"),
            ({"amount_1": "nan"}, "cannot be read"),
            ({"amount_1": "1e400"}, "cannot be read"),
            ({"amount_1": "60", "date_2": "2026-03-30", "amount_2": "60"}, "at most $ 100.00"),
            ({"item": []}, "choose at least one invoice"),
        ):
            with self.subTest(changes):
                self.assertTurnedDown(self._send_promise(link, move, **changes), words)
        self.assertFalse(self._actions())
        self.assertFalse(self._reason(move))

    def test_late_promise_waits_for_somebody(self):
        self.company.credit_page_promise_days = 10
        move = self._overdue(20)
        page = self.assertTaken(self._send_promise(self._link(), move, date_1="2026-03-21"))
        self.assertIn("We are looking into it", self._read(page))
        action = self._actions()
        self.assertEqual(action.state, "to_confirm")
        self.assertFalse(self._reason(move))
        self.assertEqual(action.activity_ids.user_id, self.env.user)
        action.action_accept()
        self.assertEqual(action.state, "accepted")
        self.assertEqual(action.decided_by, self.env.user)
        self.assertEqual(self._reason(move), "promised")
        self.assertFalse(action.activity_ids)
        with self.assertRefused("nothing is left to decide"):
            action.action_refuse()

    def test_promise_after_a_broken_one_waits(self):
        move = self._overdue(20)
        self._promise(move, ("2026-03-12", 100.0))
        with freeze_time("2026-03-20"):
            self.env["credit.promise"]._cron_follow()
            self.assertTaken(self._send_promise(self._link(), move, date_1="2026-03-25"))
            self.assertEqual(self._actions().state, "to_confirm")
            self._actions().action_refuse()
            text = self._read(self._get(self._link()))
        self.assertIn("We could not accept it", text)
        self.assertFalse(self._actions().promise_id)

    def test_promised_twice(self):
        move = self._overdue(20)
        link = self._link()
        path = f"{link}/promise?{self._items(move)}"
        first, second = self._fields(self._get(path)), self._fields(self._get(path))
        self.assertTaken(self._send(path, {"date_1": "2026-03-20"}, drawn=first))
        # Another form about the same invoice has nothing left to say.
        answer = self._send(path, {"date_1": "2026-03-25"}, drawn=second)
        self.assertTurnedDown(answer, "something else is under way")
        self.assertEqual(len(self._actions().promise_id), 1)

    # === DISPUTES === #

    def _send_dispute(self, move, files=None, **changes):
        path = f"{self._link()}/dispute?{self._items(move)}"
        return self._send(path, {"reason": str(self.reason.id), **changes}, files=files)

    def test_dispute_with_a_file(self):
        move = self._overdue(20)
        self.assertTaken(
            self._send_dispute(
                move,
                [("file", ("order.pdf", PDF, "application/pdf"))],
                amount="40",
                text="Agreed at 60",
            )
        )
        dispute = self._actions().dispute_id
        self.assertEqual((dispute.amount, dispute.reason_id), (40.0, self.reason))
        self.assertEqual(dispute.description, "Agreed at 60")
        self.assertEqual(dispute.state, "open")
        attachment = dispute.message_ids.attachment_ids
        self.assertEqual((attachment.name, attachment.raw), ("order.pdf", PDF))
        self.assertFalse(attachment.public)
        item = self._item(move)
        self.assertEqual((item.amount_disputed, item.amount_dunnable), (40.0, 60.0))
        self.assertEqual(len(dispute.activity_ids), 1)

    def test_dispute_again_after_a_rejection_waits(self):
        move = self._overdue(20)
        self.assertTaken(self._send_dispute(move))
        self._actions().dispute_id._close("rejected", "Price as ordered")
        self.assertTaken(self._send_dispute(move))
        again = self._actions()[0]
        self.assertEqual(again.state, "to_confirm")
        self.assertFalse(self._reason(move))
        again.action_accept()
        self.assertEqual(self._reason(move), "disputed")

    def test_dispute_refused(self):
        move, other = self._overdue(20), self._overdue(20)
        pdf = ("x.pdf", PDF, "application/pdf")
        for files, changes, words in (
            (None, {"reason": ""}, "choose what is wrong"),
            (None, {"reason": "999999"}, "choose what is wrong"),
            (None, {"amount": "101"}, "at most $ 100.00"),
            (None, {"item": [str(i) for i in self._entries(move + other).ids]}, "one invoice at"),
            ([("file", ("x.exe", b"MZ", "application/pdf"))], {}, "cannot be taken"),
            ([("file", ("x.pdf", b"<script>", "application/pdf"))], {}, "cannot be taken"),
            ([("file", ("x.svg", b"<svg/>", "image/svg+xml"))], {}, "cannot be taken"),
            ([("file", ("x.pdf.html", PDF, "application/pdf"))], {}, "cannot be taken"),
            ([("file", ("x.pdf", b"", "application/pdf"))], {}, "cannot be taken"),
            ([("file", pdf)] * 6, {}, "At most 5 files"),
            (
                [("file", ("big.pdf", PDF + b"0" * 8 * 1024 * 1024, "application/pdf"))],
                {},
                "too large: at most 8 MB",
            ),
        ):
            with self.subTest(words=words, changes=changes):
                self.assertTurnedDown(self._send_dispute(move, files, **changes), words)
        self.assertFalse(self._actions())
        self.assertFalse(self.env["credit.dispute"].search([("move_id", "=", move.id)]))

    # === INSTALMENTS === #

    def test_proposed_instalments_are_a_draft_for_the_collector(self):
        move = self._overdue(20, amount=300.0)
        path = f"{self._link()}/plan?{self._items(move)}"
        values = {"number": "4", "rhythm": "fortnight", "date_first": "2026-03-16"}
        page = self.assertTaken(self._send(path, values))
        self.assertIn("We are looking into it", self._read(page))
        plan = self._actions().plan_id
        self.assertEqual((plan.stage, plan.user_id), ("draft", self.env.user))
        self.assertEqual(plan.line_ids.mapped("amount"), [75.0] * 4)
        self.assertEqual(plan.line_ids[1].date.isoformat(), "2026-03-30")
        self.assertFalse(self._reason(move))
        self.assertEqual(self._actions().activity_ids.user_id, self.env.user)
        self.assertTurnedDown(self._send(path, values), "We have your proposal already")

    def test_instalments_refused(self):
        move = self._overdue(20, amount=300.0)
        path = f"{self._link()}/plan?{self._items(move)}"
        good = {"number": "4", "rhythm": "month", "date_first": "2026-03-16"}
        for changes, words in (
            ({"number": "1"}, "between 2 and 12"),
            ({"number": "600"}, "between 2 and 12"),
            ({"rhythm": "century"}, "how often"),
            ({"date_first": "2027-03-16"}, "choose a date between"),
        ):
            with self.subTest(changes):
                self.assertTurnedDown(self._send(path, {**good, **changes}), words)
        self.assertFalse(self.env["credit.payment.plan"].search([]))

    def test_accepts_an_offered_plan(self):
        move = self._overdue(20, amount=300.0)
        plan = self.env["credit.payment.plan"]._propose_for(self._entries(move))
        link = self._link()
        self.assertNotIn("We offer you a payment plan", self._read(self._get(link)))
        plan.action_propose()
        self.assertIn("3 instalments", self._read(self._get(link)))
        self.assertEqual(
            self._get(f"{link}/plan/{plan.id}.pdf").headers["Content-Type"], "application/pdf"
        )
        path = f"{link}/accept?plan={plan.id}"
        self.assertTurnedDown(self._send(path, {"name": "Jane Doe"}), "tick the box")
        self.assertTurnedDown(self._send(path, {"name": " ", "agreed": "1"}), "give your name")
        self.assertEqual(plan.stage, "proposed")
        self.assertTaken(self._send(path, {"name": "Jane <b>Doe</b>", "agreed": "1"}))
        self.env.invalidate_all()
        self.assertEqual((plan.stage, plan.accepted_by), ("agreed", "Jane <b>Doe</b>"))
        self.assertEqual(plan.accepted_ip, "127.0.0.1")
        self.assertEqual(self._reason(move), "plan")
        self.assertIn("no longer offered", self._read(self._get(path)))

    def test_offer_that_ended_cannot_be_accepted(self):
        plan = self.env["credit.payment.plan"]._propose_for(self._entries(self._overdue(20)))
        plan.date_offer_until = "2026-03-12"
        plan.action_propose()
        path = f"{self._link()}/accept?plan={plan.id}"
        drawn = self._fields(self._get(path))
        with freeze_time("2026-03-13"):
            answer = self._send(path, {"name": "Jane", "agreed": "1"}, drawn=drawn)
        self.assertTurnedDown(answer, "no longer offered")
        self.assertEqual(plan.stage, "proposed")

    # === ALREADY PAID === #

    def test_already_paid_pauses_once_and_is_looked_into(self):
        move = self._overdue(20)
        path = f"{self._link()}/paid?{self._items(move)}"
        values = {"date_paid": "2026-03-05", "reference": "TRF 77"}
        self.assertTaken(self._send(path, values))
        action = self._actions()
        self.assertEqual((action.state, action.reference), ("to_confirm", "TRF 77"))
        self.assertEqual(action.date_said.isoformat(), "2026-03-05")
        self.assertEqual(self._reason(move), "replied")
        self.assertEqual(self._reason(move, "2026-03-17"), "replied")
        self.assertFalse(self._reason(move, "2026-03-18"))
        self.assertEqual(len(action.activity_ids), 1)
        action.action_refuse()
        self.assertFalse(self._reason(move))
        # Saying it again keeps nobody away a second time.
        self.assertTaken(self._send(path, values))
        self.assertFalse(self._reason(move))
        self.assertEqual(len(self._actions()), 2)

    def test_payment_found(self):
        move = self._overdue(20)
        path = f"{self._link()}/paid?{self._items(move)}"
        self.assertTaken(self._send(path, {"date_paid": "2026-03-10"}))
        self._actions().action_accept()
        self.assertEqual(self._actions().state, "accepted")
        self.assertIn("Recorded, thank you", self._read(self._get(self._link())))

    def test_already_paid_refused(self):
        move = self._overdue(20)
        path = f"{self._link()}/paid?{self._items(move)}"
        for day in ("2026-03-11", "2020-01-01", ""):
            with self.subTest(day):
                self.assertTurnedDown(self._send(path, {"date_paid": day}), "day of the payment")
        self.assertFalse(self._actions())

    # === IN THE REMINDERS === #

    def test_reminders_carry_the_link(self):
        move = self._overdue(10)
        run = self._run()
        notice = run.notice_ids
        url = notice.customer_page_url
        self.assertIn("/credit/", url)
        self.assertIn(url, notice.payment_html)
        values = notice._get_placeholder_values()
        self.assertEqual(values["customer_page"], url)
        page = self._get(url.removeprefix(notice.get_base_url()))
        self.assertIn(move.name, self._read(page))

    def test_reminders_without_a_link(self):
        """Revoked or switched off: no button, and the text asks to log in."""
        self._overdue(10)
        self._token().action_revoke()
        notice = self._run().notice_ids
        self.assertFalse(notice.customer_page_url)
        self.assertNotIn("/credit/", notice.payment_html)
        self.assertIn("/my/credit", notice._get_placeholder_values()["customer_page"])
        self.company.credit_page_enabled = False
        self._token().action_renew()
        self.env.invalidate_all()
        self.assertFalse(notice.customer_page_url)

    def test_links_of_a_run_in_few_queries(self):
        partners = self.env["res.partner"].union(
            *(self._create_customer(f"Customer {n}") for n in range(12))
        )
        Token = self.env["credit.customer.token"]

        def count(customers):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            Token._ensure(customers, self.company)
            self.env.flush_all()
            Token._get_urls(customers, self.company)
            return self.cr.sql_log_count - before

        one = count(partners[0])
        self.assertLessEqual(count(partners[1:]), one)

    # === ON THE CUSTOMER'S FORM === #

    def test_life_of_a_link(self):
        partner = self.customer
        self.assertEqual(partner.credit_page_state, "none")
        partner.action_credit_page_create()
        self.env.invalidate_all()
        self.assertEqual(partner.credit_page_state, "valid")
        self.assertEqual(partner.credit_page_expires_on.isoformat(), "2026-05-09")
        first = partner.credit_page_url
        self.assertEqual(partner.action_credit_page_open()["url"], self._link())
        partner.action_credit_page_renew()
        self.env.invalidate_all()
        self.assertNotEqual(partner.credit_page_url, first)
        partner.action_credit_page_revoke()
        self.env.invalidate_all()
        self.assertEqual((partner.credit_page_state, partner.credit_page_url), ("revoked", False))
        partner.action_credit_page_renew()
        self.env.invalidate_all()
        self.assertEqual(partner.credit_page_state, "valid")
        Token = self.env["credit.customer.token"]
        self.assertEqual(Token.search([("state", "=", "valid")]).partner_id, partner)
        with freeze_time("2026-05-10"):
            self.env.invalidate_all()
            self.assertEqual(partner.credit_page_state, "expired")
            self.assertEqual(Token.search([("state", "=", "expired")]).partner_id, partner)

    def test_switched_off_says_so(self):
        self.company.credit_page_enabled = False
        with self.assertRefused("switched off"):
            self.customer.action_credit_page_create()

    def test_log_cannot_be_deleted(self):
        self.assertTaken(self._send_promise(self._link(), self._overdue(20)))
        with self.assertRefused("cannot be deleted"):
            self._actions().sudo().unlink()
