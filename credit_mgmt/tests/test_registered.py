import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..exceptions import DeliveryInterrupted
from .common import TODAY, CreditMgmtCommon, freeze_time


class RegisteredCommon(CreditMgmtCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel = cls.env.ref("credit_mgmt.channel_registered")
        cls.formal.channel_ids = [Command.set(cls.channel.ids)]
        cls.provider = cls.env.ref("credit_mgmt.registered_provider_paper")

    def _formal(self, partner=None):
        """Prepare and release a formal notice, not sent yet."""
        move = self._overdue(60, partner)
        self._remind(move, level=self.second, on="2026-02-20")
        run = self._run()
        notice = run.notice_ids.filtered(lambda n: move in n.line_ids.move_id)
        run.action_release_formal()
        return notice

    def _letter(self):
        notice = self._formal()
        notice.run_id.action_send()
        return notice.delivery_ids.registered_letter_ids

    def _letter_of(self, partner):
        notice = self._formal(partner)
        notice.action_send()
        return notice.delivery_ids.registered_letter_ids

    def _record(self, letter, state, date=TODAY, number=False, **values):
        wizard = self.env["credit.registered.record"].create(
            {
                "letter_id": letter.id,
                "state": state,
                "date": date,
                "tracking_number": number,
                **values,
            }
        )
        return wizard.action_record()


@tagged("post_install", "-at_install")
class TestRegisteredLetter(RegisteredCommon):
    """A formal notice by registered letter, from its release to the proof of its receipt."""

    def test_timelines_of_many_customers_are_read_at_once(self):
        """As many queries for four customers with letters as for one."""
        customers = self.customer
        self._letter()
        for name in ("Second", "Third", "Fourth"):
            customers += self._create_customer(name)
            self._letter_of(customers[-1])

        def count(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            shown = partners.mapped("registered_timeline_html")
            self.assertTrue(all(shown))
            self.assertEqual(partners.mapped("registered_letter_count"), [1] * len(partners))
            return self.cr.sql_log_count - before

        count(self.customer)
        self.assertEqual(count(customers), count(self.customer))

    def test_from_release_to_receipt(self):
        """Posted by hand, scanned, received: dates and the scan of the receipt are kept."""
        letter = self._letter()
        delivery = letter.delivery_id
        self.assertEqual((letter.state, delivery.state), ("queued", "sent"))
        self.assertTrue(delivery.sha256, "the letter is a PDF with its fingerprint")
        self.assertIn("Paris", letter.address)
        self._record(letter, "sent", TODAY, "1a 123 456 7890 1")
        self.assertEqual((letter.state, letter.tracking_number), ("sent", "1A12345678901"))
        with freeze_time("2026-03-16"):
            self._record(letter, "presented", "2026-03-12")
            found = self.env["credit.registered.record"].new(
                {"tracking_number": "1A 123 456 7890 1"}
            )
            found._onchange_tracking_number()
            self.assertEqual(found.letter_id, letter, "the scan of the receipt finds its letter")
            self._record(
                letter,
                "accepted",
                "2026-03-14",
                document=base64.b64encode(b"scan of the receipt"),
                document_name="receipt.pdf",
            )
        self.assertRecordValues(
            letter,
            [
                {
                    "state": "accepted",
                    "sent_date": letter.notice_id.date,
                    "presented_date": letter.event_ids.filtered(
                        lambda e: e.state == "presented"
                    ).date,
                    "closed_date": letter.event_ids.filtered(lambda e: e.state == "accepted").date,
                    "proof_count": 1,
                }
            ],
        )
        self.assertEqual(letter.closed_date.isoformat(), "2026-03-14")
        proof = letter.proof_ids
        self.assertEqual((proof.kind, proof.attachment_id.raw), ("receipt", b"scan of the receipt"))
        self.assertIn("Accepted", "".join(letter.notice_id.message_ids.mapped("body")))

    def test_proofs_and_log_are_evidence(self):
        """Rule 10: a proof neither changes nor goes, the same document is kept once."""
        letter = self._letter()
        proof = letter.sudo()._add_proof("deposit", "slip.pdf", b"slip")
        self.assertEqual(letter.sudo()._add_proof("deposit", "again.pdf", b"slip"), proof)
        with self.assertRefused("cannot change"):
            proof.sudo().date = "2020-01-01"
        with self.assertRefused("cannot be deleted"):
            proof.sudo().unlink()
        with self.assertRefused("evidence"):
            letter.sudo().event_ids.unlink()

    def test_unclaimed_letter_comes_back_to_a_person(self):
        letter = self._letter()
        self._record(letter, "sent", TODAY, "1A12345678901")
        with freeze_time("2026-04-01"):
            self._record(letter, "unclaimed", "2026-03-28")
        self.assertEqual(letter.delivery_id.state, "sent", "it was presented all the same")
        self.assertIn("Not claimed", letter.activity_ids.summary)

    def test_undeliverable_letter_fails_and_can_be_sent_again(self):
        """Rule 9: the failure says why, and the repetition is a letter of its own."""
        letter = self._letter()
        self._record(letter, "sent", TODAY, "1A12345678901")
        self._record(letter, "undeliverable", TODAY)
        delivery = letter.delivery_id
        self.assertEqual((delivery.state, letter.notice_id.state), ("failed", "failed"))
        self.assertIn("undeliverable", delivery.failure_reason)
        delivery.action_retry()
        again = letter.notice_id.delivery_ids - delivery
        self.assertEqual(again.registered_letter_ids.state, "queued")
        self.assertNotEqual(again.registered_letter_ids.reference, letter.reference)

    def test_letter_that_is_not_posted_can_be_cancelled(self):
        letter = self._letter()
        letter.action_cancel()
        self.assertEqual((letter.state, letter.delivery_id.state), ("cancelled", "failed"))
        posted = self._letter_of(self._create_customer("Customer P"))
        self._record(posted, "sent", TODAY, "1A12345678902")
        with self.assertRefused("has left"):
            posted.action_cancel()

    def test_mistake_is_corrected_by_a_manager(self):
        """Every state can be left again; the log keeps the mistake."""
        letter = self._letter()
        self._record(letter, "sent", TODAY, "1A12345678901")
        self._record(letter, "undeliverable", TODAY)
        letter.action_correct()
        self.assertEqual(
            (letter.state, letter.closed_date, letter.delivery_id.state), ("sent", False, "sent")
        )
        self.assertEqual(letter.event_ids.sorted("id").mapped("ignored"), [False, False, True])
        self._record(letter, "accepted", TODAY)
        self.assertEqual(letter.state, "accepted")

    def test_bad_input_is_refused_in_words(self):
        letter = self._letter()
        for values, message in (
            ({"state": "sent"}, "tracking number"),
            ({"state": "sent", "number": "12"}, "8 to 35"),
            ({"state": "accepted"}, "cannot follow"),
            ({"state": "sent", "number": "1A12345678901", "date": "2026-03-11"}, "future"),
            ({"state": "sent", "number": "1A12345678901", "date": "2026-03-01"}, "before"),
        ):
            with self.subTest(values), self.assertRefused(message):
                self._record(letter, **values)
        self.assertEqual(letter.state, "queued", "nothing was half written")
        wizard = self.env["credit.registered.record"].create(
            {"state": "accepted", "tracking_number": "9Z99999999999"}
        )
        with self.assertRefused("No registered letter has the number"):
            wizard.action_record()

    def test_two_letters_cannot_have_one_number(self):
        first = self._letter()
        second = self._letter_of(self._create_customer("Customer D"))
        self._record(first, "sent", TODAY, "1A12345678901")
        with self.assertRefused(first.reference):
            self._record(second, "sent", TODAY, "1A12345678901")

    def test_customer_without_postal_address_has_no_letter(self):
        self.customer.write({"street": False, "city": False})
        move = self._overdue(60)
        self._remind(move, level=self.second, on="2026-02-20")
        self.assertEqual(self._skip_reason(self._run(), move), ["no_address"])

    def test_viewer_sees_own_customers_and_records_nothing(self):
        letter = self._letter()
        seller = self.env["res.users"].create(
            {
                "name": "seller",
                "login": "registered seller",
                "company_id": self.company.id,
                "company_ids": self.company.ids,
                "group_ids": self.env.ref("credit_mgmt.credit_mgmt_group_viewer").ids,
            }
        )
        letters = self.env["credit.registered.letter"].with_user(seller)
        self.assertFalse(letters.search([]))
        self.customer.user_id = seller
        self.assertEqual(letters.search([]), letter)
        with self.assertRefused("Only credit users"):
            letter.with_user(seller).action_cancel()
        with self.assertRaises(AccessError):
            letter.with_user(seller).write({"state": "accepted"})


@tagged("post_install", "-at_install")
class TestRegisteredProvider(RegisteredCommon):
    """The interface, with a carrier on the network of which each step is replaced."""

    def _steps(self, **steps):
        """Give the carrier these steps for a while."""
        provider_class = self.env.registry["credit.registered.provider"]
        patches = [
            patch.object(provider_class, f"_paper_{name}", step, create=True)
            for name, step in steps.items()
        ]

        class Together:
            def __enter__(self):
                for each in patches:
                    each.start()

            def __exit__(self, *error):
                for each in patches:
                    each.stop()

        return Together()

    def test_lost_answer_is_found_by_our_reference(self):
        """Rule 1: the carrier took the letter, its answer was lost: never handed over twice."""
        sent = []

        def send(provider, letter):
            sent.append(letter.reference)
            raise DeliveryInterrupted("registered", "connection lost")

        notice = self._formal()
        with self._steps(send=send):
            notice.run_id.action_send()
        delivery = notice.delivery_ids
        self.assertEqual((notice.state, delivery.state), ("uncertain", "uncertain"))
        with self._steps(
            send=send, find_by_reference=lambda provider, letter: "LRE-77" if sent else ""
        ):
            delivery.action_send_again()
        self.assertEqual(len(sent), 1)
        letter = delivery.registered_letter_ids
        self.assertEqual((letter.state, letter.external_id), ("sent", "LRE-77"))
        self.assertEqual((delivery.state, notice.state), ("sent", "sent"))

    def test_refusal_of_the_carrier_can_be_tried_again(self):
        message = "The account has no means of payment."

        def refuse(provider, letter):
            raise UserError(message)

        notice = self._formal()
        with self._steps(send=refuse):
            notice.run_id.action_send()
        delivery = notice.delivery_ids
        self.assertEqual(
            (delivery.state, delivery.failure_reason),
            ("failed", message),
        )
        delivery.action_retry()
        self.assertEqual(delivery.registered_letter_ids.state, "queued")
        self.assertEqual(delivery.state, "sent")

    def test_recipient_that_may_not_be_addressed(self):
        notice = self._formal()
        with self._steps(check_recipient=lambda provider, letter: "Consent is missing."):
            notice.run_id.action_send()
        self.assertEqual(notice.delivery_ids.failure_reason, "Consent is missing.")

    def test_status_and_proofs_come_from_the_carrier(self):
        """Late and repeated news change nothing but are kept in the log."""
        letter = self._letter()

        def refresh(provider, letters):
            for each in letters:
                each._record("sent", TODAY, raw="SENT", external_id="LRE-1")
                each._record("accepted", TODAY, raw="AR")
                each._record("presented", TODAY, raw="EV")
                each._record("accepted", TODAY, raw="AR")
                each._add_proof("receipt", "ar.pdf", b"proof")

        def capabilities(provider):
            return ("status", "proofs")

        with self._steps(refresh=refresh, capabilities=capabilities):
            letter.action_refresh()
            with self.assertRefused("tells by itself"):
                letter.action_record()
        self.assertEqual((letter.state, letter.external_id), ("accepted", "LRE-1"))
        self.assertEqual(
            [(event.raw, event.ignored) for event in letter.event_ids.sorted("id")],
            [("", False), ("SENT", False), ("AR", False), ("EV", True), ("AR", True)],
        )
        self.assertEqual(letter.proof_ids.kind, "receipt")

    def test_carrier_that_tells_nothing_is_not_asked(self):
        with self.assertRefused("by hand"):
            self._letter().action_refresh()

    def test_own_carrier_before_the_shared_one(self):
        own = self.provider.copy({"company_id": self.company.id, "sequence": 99})
        self.assertEqual(self.provider._get_provider(self.company), own)
        own.active = False
        self.assertEqual(self.provider._get_provider(self.company), self.provider)

    def test_no_carrier_is_a_failure_in_words(self):
        notice = self._formal()
        self.provider.active = False
        notice.run_id.action_send()
        self.assertIn("No carrier", notice.delivery_ids.failure_reason)
