from datetime import datetime, timedelta, timezone

from odoo import fields
from odoo.addons.credit_mgmt.tests.common import freeze_time
from odoo.tests import tagged

from .common import Ar24Common

#: What AR24 says, what we call it, the date field, the proof that comes with it.
ENDS = [
    ("AR", "accepted", "receipt"),
    ("refused", "refused", "refusal"),
    ("negligence", "unclaimed", "unclaimed"),
    ("bounced", "undeliverable", "return"),
]


@tagged("post_install", "-at_install")
class TestAr24Follow(Ar24Common):
    """What becomes of a letter: states, dates, proofs, and what follows."""

    def _utc(self, text):
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc)

    def test_each_end_with_its_proofs(self):
        for status, state, kind in ENDS:
            with self.subTest(status):
                letter = self._sent_letter(self._business(f"Customer {status}"))
                self._move(letter, status)
                self.assertEqual(letter.state, state)
                kinds = {kind} if status == "bounced" else {kind, "sending"}
                self.assertEqual(set(letter.proof_ids.mapped("kind")), kinds)
                for proof in letter.proof_ids:
                    self.assertTrue(proof.attachment_id.raw.startswith(b"%PDF"))
                    self.assertEqual(len(proof.sha256), 64)
                self.assertFalse(letter.awaits_proof or letter.next_check)

    def test_technical_failure_can_be_sent_again(self):
        """Not charged, and never presented: the delivery has failed; a new one is a new letter."""
        letter = self._sent_letter()
        self._move(letter, "error")
        delivery = letter.delivery_id
        self.assertEqual((letter.state, delivery.state), ("failed", "failed"))
        delivery.action_retry()
        again = (letter.notice_id.delivery_ids - delivery).registered_letter_ids
        self.assertEqual(again.state, "sent")
        self.assertNotEqual(again.reference, letter.reference)

    def test_days_are_those_of_paris(self):
        """Half past eleven at night in UTC is the next day in Paris, in summer by two hours."""
        letter = self._sent_letter()
        with freeze_time("2026-03-31 09:00:00"):
            self._move(letter, "sent", self._utc("2026-03-11 23:30"))
            self._move(letter, "AR", self._utc("2026-03-29 22:30"))
        self.assertEqual(letter.presented_date.isoformat(), "2026-03-12")
        self.assertEqual(letter.closed_date.isoformat(), "2026-03-30")
        moments = dict(letter.event_ids.mapped(lambda event: (event.state, event.moment)))
        self.assertEqual(moments["presented"], fields.Datetime.to_datetime("2026-03-11 23:30:00"))
        self.assertEqual(moments["accepted"], fields.Datetime.to_datetime("2026-03-29 22:30:00"))

    def test_read_by_the_cron_every_few_hours(self):
        letter = self._sent_letter()
        self.ar24.move(self._mail_of(letter)["id"], "sent")
        self._follow()
        self.assertEqual(letter.state, "sent", "not before its time")
        with freeze_time("2026-03-10 14:00:01"):
            self._follow()
            self.assertEqual(letter.state, "presented")
            self.ar24.requests.clear()
            self._follow()
            self.assertFalse(self.ar24.requests)
        self.assertEqual(letter.claim_until.isoformat(), "2026-03-25")
        with freeze_time("2026-04-02 10:00:00"):
            self._follow()
            self.assertTrue(letter.no_news)
            self.assertIn("No news", letter.activity_ids.summary)
            self.assertEqual(letter.next_check, fields.Datetime.now() + timedelta(days=1))
        with freeze_time("2026-04-04 10:00:00"):
            self._follow()
            self.assertEqual(len(letter.activity_ids), 1, "told once")
            self.ar24.move(self._mail_of(letter)["id"], "negligence")
            letter.action_refresh()
            self.assertFalse(letter.no_news)

    def test_same_news_again_leave_no_line(self):
        letter = self._sent_letter()
        for _time in range(3):
            self._move(letter, "sent")
        self.assertEqual(letter.event_ids.sorted("id").mapped("raw"), ["waiting", "sent"])
        self.assertEqual(len(letter.proof_ids), 1)

    def test_unknown_state_and_fields_survive(self):
        """The state before is kept and the unknown word told; the next known one is taken."""
        self.ar24.extra = {"novelty": {"deep": [1, 2]}, "price_ht": None, "zip": 0, "update": None}
        letter = self._sent_letter()
        self.assertEqual(letter.price, 0)
        self._move(letter, "teleported")
        self.assertEqual((letter.state, letter.carrier_state), ("sent", "teleported"))
        told = [body for body in letter.message_ids.mapped("body") if "teleported" in body]
        self.assertEqual(len(told), 1)
        self._move(letter, "AR")
        self.assertEqual(letter.state, "accepted")

    def test_late_proof_is_asked_for_again(self):
        letter = self._sent_letter()
        self.ar24.misbehave("half_document", times=2, only="GET document")
        self._move(letter, "AR")
        self.assertEqual((letter.state, len(letter.proof_ids)), ("accepted", 0))
        self.assertTrue(letter.awaits_proof)
        with freeze_time("2026-03-10 14:30:00"):
            self._follow()
        self.assertEqual(set(letter.proof_ids.mapped("kind")), {"sending", "receipt"})
        self.assertFalse(letter.awaits_proof or letter.next_check)

    def test_proof_that_never_comes_is_given_up_and_told(self):
        letter = self._sent_letter()
        self.ar24.misbehave("http", 503, times=1000, only="GET document")
        self._move(letter, "AR")
        with freeze_time("2026-04-15 10:00:00"):
            self._follow()
        self.assertFalse(letter.awaits_proof or letter.next_check)
        self.assertIn("ask for them", "".join(letter.message_ids.mapped("body")))

    def test_outage_spares_ar24_and_ends(self):
        """One letter meets the outage, the others wait with it; each time longer."""
        letters = self.env["credit.registered.letter"]
        for number in range(3):
            letters |= self._sent_letter(self._business(f"Customer {number}"))
        self.ar24.requests.clear()
        self.ar24.misbehave("maintenance", times=1000)
        pauses = []
        for moment in ("14:01", "14:05", "14:20", "14:55"):
            with freeze_time(f"2026-03-10 {moment}:00"):
                self._follow()
                pauses.append(self.account.outages)
        self.assertEqual(pauses, [1, 1, 2, 3])
        self.assertIn("maintenance", letters[0].trouble)
        self.ar24.behave()
        with freeze_time("2026-03-10 19:00:00"):
            self._follow()
        self.assertEqual((self.account.outages, self.account.unavailable_until), (0, False))
        self.assertFalse(any(letters.mapped("trouble")))
        self.assertEqual(len(self.ar24.requests), 3)

    def test_letter_of_another_account_is_not_taken_for_ours(self):
        letter = self._sent_letter()
        self._mail_of(letter)["ref_dossier"] = "someone else's"
        with freeze_time("2026-03-10 15:00:00"):
            self._follow()
        self.assertEqual(letter.state, "sent")
        self.assertIn("another letter under the number", letter.trouble)
        self.assertFalse(self.account.outages, "the others go on")

    # === WHAT FOLLOWS === #

    def test_refused_or_unclaimed_letter_raises_the_next_step(self):
        """The level's other channel takes over in working hours, and a person is told."""
        self._set_fallback(self.channel_letter)
        for status, state in (("negligence", "unclaimed"), ("refused", "refused")):
            with self.subTest(status):
                letter = self._sent_letter(self._business(f"Customer {state}"))
                with freeze_time("2026-03-26 22:00:00"):
                    self._move(letter, status)
                    self._follow()
                self.assertEqual(len(letter.notice_id.delivery_ids), 1, "not at night")
                self.assertIn("goes by Letter as well", letter.activity_ids.note)
                with freeze_time("2026-03-27 10:00:00"):
                    self._follow()
                    self._follow()
                other = letter.notice_id.delivery_ids - letter.delivery_id
                self.assertEqual((other.channel_id, other.state), (self.channel_letter, "sent"))
                self.assertEqual(letter.delivery_id.state, "sent", "the presentation counts")
                self.assertFalse(letter.step_due)

    def test_bounced_letter_fails_and_goes_otherwise(self):
        self._set_fallback(self.channel_letter)
        letter = self._sent_letter()
        self._move(letter, "bounced")
        self.assertEqual(letter.notice_id.state, "failed")
        self._follow()
        self.assertEqual(letter.notice_id.state, "sent")
        self.assertEqual(letter.notice_id.delivery_ids.mapped("state"), ["sent", "failed"])

    def test_settled_meanwhile_nothing_follows(self):
        self._set_fallback(self.channel_letter)
        letter = self._sent_letter()
        self._pay(letter.notice_id.line_ids.move_id)
        self._move(letter, "negligence")
        self._follow()
        self.assertEqual(len(letter.notice_id.delivery_ids), 1)
        self.assertFalse(letter.step_due)

    def test_next_level_of_the_policy_is_told(self):
        self.policy.level_ids = [
            fields.Command.create(
                {
                    "name": "Last word",
                    "sequence": 4,
                    "delay_days": 60,
                    "min_days_after_previous": 20,
                    "formal_notice": True,
                    "channel_ids": [fields.Command.set(self.channel_letter.ids)],
                    "letter_text": "Pay.",
                }
            )
        ]
        letter = self._sent_letter()
        self._move(letter, "refused")
        self.assertIn("Last word, from 03/30/2026", letter.activity_ids.note)

    # === TIMELINE === #

    def test_timeline_on_letter_delivery_and_customer(self):
        letter = self._sent_letter()
        awaited = str(letter.timeline_html)
        self.assertIn("First presentation", awaited)
        self.assertIn("until 03/25/2026", awaited)
        self._move(letter, "AR")
        for record, name in (
            (letter, "timeline_html"),
            (letter.delivery_id, "registered_timeline_html"),
            (letter.partner_id, "registered_timeline_html"),
        ):
            with self.subTest(record._name):
                html = str(record[name])
                for word in ("Deposited", "Sent and first presented", "Accepted"):
                    self.assertIn(word, html)
                for proof in letter.proof_ids:
                    self.assertIn(f"/web/content/{proof.attachment_id.id}?download=true", html)
                self.assertNotIn(self.ar24.url.removesuffix("api/"), html, "no link of AR24's")
        self.assertEqual(letter.partner_id.registered_letter_count, 1)

    def test_customers_in_few_queries(self):
        partners = self.env["res.partner"]
        for number in range(6):
            partners |= self._sent_letter(self._business(f"Customer {number}")).partner_id
        self.env.invalidate_all()
        partners[:1].mapped("registered_letter_count")
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        partners.mapped("registered_letter_count")
        self.assertLess(self.cr.sql_log_count - before, 60)
