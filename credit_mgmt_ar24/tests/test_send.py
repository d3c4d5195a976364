import time
from datetime import timedelta

from odoo import fields
from odoo.addons.credit_mgmt.tests.common import freeze_time, patch
from odoo.fields import Command
from odoo.tests import tagged

from ..const import SLUGS
from ..tools import client
from .common import TOKEN, WEBHOOK_KEY, Ar24Common


@tagged("post_install", "-at_install")
class TestAr24Send(Ar24Common):
    """A formal notice is handed over to AR24: what it gets, what it refuses, what gets lost."""

    def test_formal_notice_is_handed_over(self):
        invoice = self._overdue(70)
        self._remind(invoice, level=self.second, on="2026-02-20")
        pdf = self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": b"%PDF invoice",
                "res_model": "account.move",
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        invoice.invalidate_recordset()
        self.formal.write({"attach_invoices": True, "attach_statement": True})
        delivery = self._send_notice()
        letter = delivery.registered_letter_ids
        self.assertEqual((delivery.state, delivery.notice_id.state), ("sent", "sent"))
        mail = self._mail_of(letter)
        self.assertEqual(
            {name: mail[name] for name in ("dest_statut", "to_company", "to_email", "is_eidas")},
            {
                "dest_statut": "professionnel",
                "to_company": "Customer A",
                "to_email": "customer.a@example.com",
                "is_eidas": 0,
            },
        )
        self.assertEqual(mail["from_name"], self.company.name)
        self.assertIn(WEBHOOK_KEY, mail["webhook"])
        names = [details["name"] for details in mail["attachments_details"]]
        self.assertEqual(len(names), 3, names)
        self.assertIn(pdf.name, names)
        contents = [file["content"] for file in self.ar24.files.values()]
        self.assertEqual(contents[0], delivery.attachment_id.raw, "the letter comes first")
        self.assertRecordValues(
            letter,
            [
                {
                    "state": "sent",
                    "external_id": mail["id"],
                    "sent_date": fields.Date.to_date("2026-03-10"),
                    "price": 3.99,
                    "carrier_state": "waiting",
                    "ar24_sandbox": False,
                    "next_check": fields.Datetime.to_datetime("2026-03-10 14:00:00"),
                }
            ],
        )
        self.assertEqual(delivery.external_reference, mail["id"])
        self.assertIn("customer.a@example.com", delivery.address)

    def test_invoices_that_do_not_fit_are_listed(self):
        self.formal.attach_invoices = True
        letter = self._sent_letter()
        note = letter.event_ids.note
        self.assertIn("Not attached", note)
        self.assertIn(letter.notice_id.line_ids.move_id.name, note)

    def test_letter_that_does_not_fit_is_refused(self):
        self.account.ar24_size_limit = 1
        notice = self._formal()
        deliveries = notice.delivery_ids.sudo()
        deliveries._render_missing_letters()
        deliveries.attachment_id.write({"raw": b"x" * (1024 * 1024 + 1)})
        notice.action_send()
        self.assertIn("more than 1 MB", notice.delivery_ids.failure_reason)
        self.assertFalse(self.ar24.mails)

    def test_sandbox_letter_is_marked_as_a_trial(self):
        self.account.write({"ar24_environment": "sandbox", "ar24_url": self.ar24.url})
        self.assertTrue(self._sent_letter().ar24_sandbox)

    def test_price_of_a_company_in_another_currency(self):
        dollar = self.env.ref("base.USD")
        self.assertEqual(self.company.currency_id, dollar, "as Odoo's tests have it")
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "currency_id": self.env.ref("base.EUR").id,
                "company_id": self.company.id,
                "rate": 0.5,
            }
        )
        self.assertEqual(self._sent_letter().price, 7.98)

    def test_each_slug_is_a_failure_in_plain_words(self):
        """A refusal is told in our words and can be tried again by hand; nothing has left."""
        delivery = self._send_refused("user_no_payment")
        for slug in SLUGS:
            if slug in client.PASSING_SLUGS or slug.startswith("authentication"):
                continue
            with self.subTest(slug):
                self.ar24.misbehave("slug", slug, only="POST mail")
                delivery.action_retry()
                self.assertEqual(
                    (delivery.state, delivery.failure_reason),
                    ("failed", self.env._(SLUGS[slug])),
                )
                self.assertFalse(delivery.registered_letter_ids.retry_on)
        self.ar24.behave()
        self.assertFalse(self.ar24.mails)
        delivery.action_retry()
        self.assertEqual(delivery.registered_letter_ids.state, "sent")

    def _send_refused(self, slug):
        self.ar24.misbehave("slug", slug, only="POST mail")
        delivery = self._send_notice()
        self.assertEqual(delivery.state, "failed")
        return delivery

    def test_unknown_slug_is_told_in_their_words(self):
        delivery = self._send_refused("weather_too_bad")
        self.assertEqual(
            delivery.failure_reason,
            "AR24 refuses: Refused: weather_too_bad (weather_too_bad)",
        )

    def test_server_itself_refuses_the_sender_as_addressee(self):
        self.customer.email = "sender@example.com"
        self.assertIn("deliver to oneself", self._send_notice().failure_reason)

    # === TRIED AGAIN BY ITSELF === #

    def test_what_passes_is_tried_again_by_itself(self):
        """Maintenance, quota, nobody there: no other channel steps in, the cron tries again."""
        self._set_fallback(self.channel_letter)
        for switch, value in (
            ("maintenance", True), ("quota", True), ("http", 404), ("slug", "unknown_error"),
        ):  # fmt: skip
            with self.subTest(switch):
                self.ar24.misbehave(switch, value, only="POST mail")
                delivery = self._send_notice(self._business(f"Business {switch}"))
                letter = delivery.registered_letter_ids
                self.assertEqual((delivery.state, letter.state), ("failed", "failed"))
                self.assertEqual(len(delivery.notice_id.delivery_ids), 1, "no other channel yet")
                self.assertEqual(letter.retry_on, fields.Datetime.now() + timedelta(minutes=15))
                self._follow()
                self.assertEqual(delivery.state, "failed", "not before its time")
                with freeze_time("2026-03-10 10:20:00"):
                    self._follow()
                self.assertEqual((delivery.state, letter.state), ("sent", "sent"))
                self.assertFalse(letter.retry_on or letter.closed_date)
                self.assertEqual(len(self.ar24.find(letter.reference)), 1)

    def test_tries_end_and_the_other_channel_steps_in(self):
        self._set_fallback(self.channel_letter)
        self.ar24.misbehave("maintenance", times=1000, only="POST mail")
        delivery = self._send_notice()
        letter = delivery.registered_letter_ids
        moments = ["2026-03-10 10:16", "2026-03-10 11:30", "2026-03-10 16:00",
                   "2026-03-11 08:30", "2026-03-12 09:00"]  # fmt: skip
        for number, moment in enumerate(moments):
            self.assertTrue(letter.retry_on, moment)
            with freeze_time(f"{moment}:00"):
                self._follow()
            self.assertEqual(delivery.attempts, number + 2, moment)
        self.assertFalse(letter.retry_on)
        other = delivery.notice_id.delivery_ids - delivery
        self.assertEqual((other.channel_id, other.state), (self.channel_letter, "sent"))
        self.assertEqual(delivery.notice_id.state, "sent")

    def test_no_try_at_night(self):
        self.ar24.misbehave("maintenance", only="POST mail")
        delivery = self._send_notice()
        with freeze_time("2026-03-10 22:00:00"):
            self._follow()
        self.assertEqual(delivery.attempts, 1)
        with freeze_time("2026-03-11 09:00:00"):
            self._follow()
        self.assertEqual(delivery.state, "sent")

    def test_paid_meanwhile_is_not_tried_again(self):
        """Rule 2 holds for tries of the machine as well."""
        self.ar24.misbehave("maintenance", only="POST mail")
        delivery = self._send_notice()
        self._pay(delivery.notice_id.line_ids.move_id)
        with freeze_time("2026-03-10 10:20:00"):
            self._follow()
        self.assertEqual(delivery.notice_id.state, "cancelled")
        self.assertFalse(self.ar24.mails)
        with freeze_time("2026-03-10 12:20:00"):
            self._follow()
        self.assertFalse(delivery.registered_letter_ids.next_check)

    # === LOST ANSWERS === #

    def test_answer_lost_after_the_registration(self):
        """The letter is looked up at once: it is known, and there is one."""
        for switch in ("drop_after", "garbage"):
            with self.subTest(switch):
                self.ar24.misbehave(switch, only="POST mail" if switch == "garbage" else "")
                letter = self._sent_letter(self._business(f"Business {switch}"))
                self.assertEqual(len(self.ar24.find(letter.reference)), 1)

    def test_timeout_after_the_registration(self):
        self.patch(client, "TIMEOUT", (1, 0.3))
        self.ar24.misbehave("slow", 1.0, only="POST mail")
        delivery = self._send_notice()
        self.assertEqual(delivery.state, "uncertain")
        self.assertIn("in time", delivery.failure_reason)
        self.patch(client, "TIMEOUT", (5, 5))
        self._wait_for_mail()
        with freeze_time("2026-03-10 10:11:00"):
            self._follow()
        letter = delivery.registered_letter_ids
        self.assertEqual((delivery.state, letter.state), ("sent", "sent"))
        self.assertEqual(len(self.ar24.find(letter.reference)), 1)

    def _wait_for_mail(self):
        """Wait until AR24 has done what it was still at; a frozen clock does not count it."""
        for _try in range(200):
            if self.ar24.mails:
                return
            time.sleep(0.05)

    def test_lost_letter_is_found_later(self):
        """AR24 shows the letter only some time after its answer was lost."""
        self.ar24.misbehave("drop_after")
        self.ar24.misbehave("http", 502, times=1, only="GET user/mail")
        delivery = self._send_notice()
        letter = delivery.registered_letter_ids
        self.assertEqual((delivery.state, delivery.notice_id.state), ("uncertain", "uncertain"))
        self.assertTrue(letter.unclear_since)
        with freeze_time("2026-03-10 10:11:00"):
            self._follow()
        self.assertEqual((delivery.state, letter.state), ("sent", "sent"))
        self.assertEqual(letter.external_id, self._mail_of(letter)["id"])
        self.assertFalse(letter.unclear_since or letter.trouble)
        self.assertEqual(delivery.notice_id.state, "sent")

    def test_letter_that_never_arrived_stays_with_a_person(self):
        """Looked up again and again, never sent by itself; sent by a person, it is there once."""
        self.ar24.misbehave("drop_before")
        delivery = self._send_notice()
        letter = delivery.registered_letter_ids
        self.assertEqual(delivery.state, "uncertain")
        with freeze_time("2026-03-10 10:05:00"):
            delivery.action_send_again()
        self.assertEqual(delivery.state, "uncertain", "AR24 may still be at it")
        self.assertIn("try again in 10 minutes", delivery.failure_reason)
        for moment in ("10:20", "11:30", "14:00"):
            with freeze_time(f"2026-03-10 {moment}:00"):
                self._follow()
            self.assertEqual((delivery.state, len(self.ar24.mails)), ("uncertain", 0))
        with freeze_time("2026-03-10 15:00:00"):
            delivery.action_send_again()
        self.assertEqual((delivery.state, letter.state), ("sent", "sent"))
        self.assertEqual(len(self.ar24.find(letter.reference)), 1)

    def test_duplicate_is_never_made_while_the_list_fails(self):
        """A person insists, and AR24 cannot say whether it has the letter: uncertain stays."""
        self.ar24.misbehave("drop_after")
        self.ar24.misbehave("maintenance", times=100, only="GET user/mail")
        delivery = self._send_notice()
        with freeze_time("2026-03-10 12:00:00"):
            delivery.action_send_again()
        self.assertEqual((delivery.state, len(self.ar24.mails)), ("uncertain", 1))
        self.ar24.behave()
        with freeze_time("2026-03-10 12:01:00"):
            delivery.action_send_again()
        self.assertEqual((delivery.state, len(self.ar24.mails)), ("sent", 1))

    def test_error_of_ours_after_the_handing_over(self):
        """The letter has left and our record of it breaks: uncertain, then found."""
        with patch.object(
            self.env.registry["credit.registered.provider"],
            "_ar24_record_sent",
            lambda *args: 1 / 0,
        ):
            delivery = self._send_notice()
        self.assertEqual((delivery.state, len(self.ar24.mails)), ("uncertain", 1))
        with freeze_time("2026-03-10 10:11:00"):
            self._follow()
        self.assertEqual((delivery.state, len(self.ar24.mails)), ("sent", 1))

    def test_cancelled_while_nobody_knows(self):
        """The reminder is cancelled and its levels free; that the letter left is told."""
        self.ar24.misbehave("drop_after")
        self.ar24.misbehave("maintenance", times=1, only="GET user/mail")
        delivery = self._send_notice()
        letter = delivery.registered_letter_ids
        delivery.notice_id.action_cancel()
        self.assertEqual((delivery.state, letter.state), ("cancelled", "draft"))
        with freeze_time("2026-03-10 10:11:00"):
            self._follow()
        self.assertEqual((delivery.state, letter.state), ("cancelled", "sent"))
        self.assertIn("cancelled registered letter has left", letter.activity_ids.summary)

    def test_look_up_ends(self):
        self.ar24.misbehave("drop_before")
        letter = self._send_notice().registered_letter_ids
        with freeze_time("2026-04-02 10:00:00"):
            self._follow()
        self.assertFalse(letter.next_check)
        self.assertTrue(letter.unclear_since)

    def test_marked_as_sent_by_a_person(self):
        self.ar24.misbehave("drop_after")
        self.ar24.misbehave("maintenance", times=1, only="GET user/mail")
        delivery = self._send_notice()
        delivery.action_mark_sent()
        letter = delivery.registered_letter_ids
        self.assertEqual((letter.state, letter.external_id), ("sent", False))
        letter.action_refresh()
        self.assertEqual(letter.external_id, self._mail_of(letter)["id"])

    def test_wrong_clock_does_not_keep_letters_back(self):
        for minutes in (90, -90):
            self.ar24.clock_offset = timedelta(minutes=minutes)
            letter = self._sent_letter(self._business(f"Clock {minutes}"))
            self.assertEqual(len(self.ar24.find(letter.reference)), 1)

    # === WHOM === #

    def test_consent_of_who_is_no_professional(self):
        """Without a recorded consent the letter goes by the level's other channel."""
        self._set_fallback(self.channel_letter)
        jeanne = self._audience("Jeanne Marie Petit", "consumer", is_company=False)
        delivery = self._send_notice(jeanne)
        self.assertIn("without a recorded consent", delivery.failure_reason)
        other = delivery.notice_id.delivery_ids - delivery
        self.assertEqual((other.channel_id, other.state), (self.channel_letter, "sent"))
        self.assertFalse(self.ar24.mails)
        consent = self._consent(jeanne)
        delivery.action_retry()
        mail = self._mail_of(delivery.registered_letter_ids)
        self.assertEqual(
            (mail["dest_statut"], mail["to_firstname"], mail["to_lastname"]),
            ("particulier", "Jeanne", "Marie Petit"),
        )
        consent.action_withdraw()
        self.assertEqual(consent.withdrawn_on, fields.Date.to_date("2026-03-10"))
        second = self._audience("Marc Petit", "consumer", is_company=False)
        self._consent(second).action_withdraw()
        self.assertIn("consent", self._send_notice(second).failure_reason)

    def _consent(self, partner, **values):
        return self.env["credit.registered.consent"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "source": "Contract of 3 March",
                **values,
            }
        )

    def test_consent_is_evidence_and_the_company_s_own(self):
        jeanne = self._audience("Jeanne Petit", "consumer", is_company=False)
        other = self.setup_other_company(name="Other company")["company"]
        self._consent(jeanne, company_id=other.id)
        self.assertIn("consent", self._send_notice(jeanne).failure_reason)
        consent = self._consent(jeanne)
        with self.assertRefused("evidence"):
            consent.source = "somewhere else"
        with self.assertRefused("withdraw it"):
            consent.sudo().unlink()
        with self.assertRefused("future"):
            self._consent(self.customer, date="2026-03-11")

    def test_audience_not_known_counts_as_no_professional(self):
        association = self._audience("Les Amis du Port", "unknown")
        self.assertIn("not known as a professional", self._send_notice(association).failure_reason)

    def test_person_at_a_business(self):
        self.env["res.partner"].create(
            {
                "name": "Claire Dubois",
                "parent_id": self.customer.id,
                "dunning_contact": True,
                "email": "claire@example.com",
            }
        )
        mail = self._mail_of(self._sent_letter())
        self.assertEqual(
            (mail["to_firstname"], mail["to_lastname"], mail["to_company"], mail["to_email"]),
            ("Claire", "Dubois", "Customer A", "claire@example.com"),
        )

    def test_customer_without_email_gets_the_other_channel(self):
        self._set_fallback(self.channel_letter)
        self.customer.email = False
        delivery = self._send_notice()
        self.assertEqual((delivery.channel_id, delivery.state), (self.channel_letter, "sent"))

    # === QUALIFIED === #

    def test_qualified_letter_waits_for_the_sender(self):
        """It needs the sender's authentication: it waits, and leaves when that is done."""
        self._set_fallback(self.channel_letter)
        self.account.ar24_qualified = True
        delivery = self._send_notice()
        self.assertIn("authentication", delivery.failure_reason)
        self.assertEqual(len(delivery.notice_id.delivery_ids), 1, "no other channel steps in")
        wizard = self.env["credit.ar24.authenticate"].create(
            {"provider_id": self.account.id, "code": "000000"}
        )
        with self.assertRefused("does not accept this code"):
            wizard.action_authenticate()
        wizard.code = " 123456 "
        wizard.action_authenticate()
        self.assertEqual(wizard.code, "-", "the code is kept nowhere")
        self.assertEqual(
            self.account.ar24_auth_until, fields.Datetime.to_datetime("2026-03-10 11:00:00")
        )
        self._follow()
        letter = delivery.registered_letter_ids
        self.assertEqual((delivery.state, letter.ar24_qualified), ("sent", True))
        self.assertEqual(self._mail_of(letter)["is_eidas"], 1)

    def test_authentication_that_ar24_has_forgotten(self):
        self.account.ar24_qualified = True
        self.account._ar24_authenticate("123456")
        self.ar24._hashes.clear()
        delivery = self._send_notice()
        self.assertIn("authenticate again", delivery.failure_reason)
        self.assertFalse(self.account.ar24_auth_until)
        self.assertTrue(delivery.registered_letter_ids.retry_on)

    # === SPEED AND SECRECY === #

    def test_requests_per_letter(self):
        """One for each document and one for the letter; no list is read before a first try."""
        self._sent_letter()
        self.assertEqual(
            [f"{method} {path}" for method, path, _values in self.ar24.requests],
            ["POST attachment", "POST mail"],
        )

    def test_nothing_about_secrets_reaches_people(self):
        """Not even when AR24's own words contain them."""
        self.patch(
            type(self.ar24), "create_mail",
            lambda server, values: self._raise_problem(f"token={TOKEN} is {TOKEN}"),
        )  # fmt: skip
        reason = self._send_notice().failure_reason
        self.assertIn("***", reason)
        self.assertNotIn(TOKEN, reason)

    def _raise_problem(self, message):
        from .server import Problem

        raise Problem("new_slug", message)

    def test_logs_were_watched(self):
        before = self.witness.lines
        self._sent_letter()
        self.assertGreater(self.witness.lines, before)


@tagged("post_install", "-at_install")
class TestAr24SendBatch(Ar24Common):
    def test_many_letters_in_one_run(self):
        """Each its own reference; the queries per letter do not grow with their number."""
        counts = []
        for size in (1, 6):
            moves = self.env["account.move"]
            for number in range(size):
                move = self._overdue(60, self._business(f"Batch {size} {number}"))
                self._remind(move, level=self.second, on="2026-02-20")
                moves |= move
            run = self._run(limited=True, partner_ids=[Command.set(moves.partner_id.ids)])
            run.action_release_formal()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            run.action_send()
            counts.append((self.cr.sql_log_count - before) / size)
        letters = self.env["credit.registered.letter"].search([])
        self.assertEqual(len(self.ar24.mails), 7)
        self.assertEqual(set(letters.mapped("state")), {"sent"})
        self.assertEqual(len({mail["ref_dossier"] for mail in self.ar24.mails.values()}), 7)
        self.assertLess(counts[1], counts[0], counts)
