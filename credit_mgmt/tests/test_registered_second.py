import uuid
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..exceptions import CarrierUnavailable, DeliveryInterrupted
from .common import freeze_time
from .test_registered import RegisteredCommon

#: A working hour of a working day.
NOW = "2026-03-10 10:00:00"


class Pigeons:
    """A carrier of another shape: letters in several steps, long ids, polled, no message ever.

    It takes addresses on paper, knows no reference until a letter is submitted, has states of its
    own, can take a letter back, and one proof holds everything.
    """

    def __init__(self):
        self.sendings = {}
        self.trouble = None
        self.asked = 0

    def send(self, provider, letter):
        if isinstance(self.trouble, CarrierUnavailable):
            raise self.trouble
        sending = self.sendings.setdefault(str(uuid.uuid4()), {"status": "DRAFT"})
        sending["document"] = letter.attachment_id.raw
        sending["recipient"] = letter.address.splitlines()
        sending.update(status="PENDING", custom_id=letter.reference)
        if self.trouble:
            raise self.trouble
        [number] = [key for key, value in self.sendings.items() if value is sending]
        letter._record("queued", raw="PENDING", external_id=number)

    def find_by_reference(self, provider, letter):
        for number, sending in self.sendings.items():
            if sending.get("custom_id") == letter.reference:
                return number

    def refresh(self, provider, letters):
        for letter in letters:
            self.asked += 1
            if isinstance(self.trouble, UserError):
                raise self.trouble
            sending = self.sendings[letter.external_id]
            for status, day in sending.get("history", ()):
                state = {"ACCEPTED": "sent", "PROCESSED": "accepted"}[status]
                if status not in letter.event_ids.mapped("raw"):
                    letter._record(state, day, raw=status)
            if sending.get("proof"):
                letter._add_proof("receipt", "proof.pdf", sending["proof"])

    def cancel(self, provider, letter):
        if self.sendings[letter.external_id]["status"] != "PENDING":
            raise UserError(provider.env._("This letter was posted already."))
        del self.sendings[letter.external_id]


@tagged("post_install", "-at_install")
class TestSecondCarrier(RegisteredCommon):
    """The interface serves a carrier of another shape, by its steps alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        frozen = freeze_time(NOW)
        frozen.start()
        cls.addClassCleanup(frozen.stop)
        Provider = cls.env.registry["credit.registered.provider"]
        cls.pigeons = Pigeons()
        steps = {
            "capabilities": lambda provider: ("paper", "status", "proofs", "cancel"),
            "address": lambda provider, partner: provider._paper_address(partner),
            **{
                name: cls._step(name) for name in ("send", "find_by_reference", "refresh", "cancel")
            },
        }
        for name, step in steps.items():
            cls.classPatch(Provider, f"_pigeons_{name}", step)
        code = Provider._fields["code"]
        cls.classPatch(code, "selection", [*code.selection, ("pigeons", "Pigeons")])
        cls.classPatch(code, "_selection", dict(code.selection))
        cls.carrier = cls.env["credit.registered.provider"].create(
            {"name": "Pigeons", "code": "pigeons", "company_id": cls.company.id}
        )

    @classmethod
    def classPatch(cls, obj, key, val=None):
        # As Odoo's, for what is not there yet as well.
        patcher = patch.object(obj, key, val, create=True)
        patcher.start()
        cls.addClassCleanup(patcher.stop)

    @classmethod
    def _step(cls, name):
        return lambda provider, *args: getattr(cls.pigeons, name)(provider, *args)

    def setUp(self):
        super().setUp()
        self.pigeons.__init__()

    def _queued(self):
        letter = self._letter()
        self.assertEqual((letter.state, letter.provider_id), ("queued", self.carrier))
        return letter, self.pigeons.sendings[letter.external_id]

    def _follow(self):
        with self.enter_registry_test_mode():
            self.env.ref("credit_mgmt.credit_registered_follow_cron").method_direct_trigger()
        self.env.invalidate_all()

    def test_from_the_step_by_step_sending_to_the_proof(self):
        letter, sending = self._queued()
        self.assertTrue(sending["document"])
        self.assertIn("1 Main Street", sending["recipient"])
        sending["history"] = [("ACCEPTED", "2026-03-11"), ("PROCESSED", "2026-03-13")]
        sending["proof"] = b"all in one"
        with freeze_time("2026-03-14 10:00:00"):
            letter.action_refresh()
        self.assertEqual(letter.state, "accepted")
        self.assertEqual(letter.sent_date.isoformat(), "2026-03-11")
        self.assertEqual(letter.proof_ids.attachment_id.raw, b"all in one")
        html = str(letter.delivery_id.registered_timeline_html)
        self.assertIn("Posted", html, "it is paper")
        self.assertIn(f"/web/content/{letter.proof_ids.attachment_id.id}", html)

    def test_lost_answer_is_found_and_never_sent_twice(self):
        self.pigeons.trouble = DeliveryInterrupted("registered", "no answer")
        notice = self._formal()
        notice.action_send()
        delivery = notice.delivery_ids
        letter = delivery.registered_letter_ids
        self.assertEqual((delivery.state, letter.state), ("uncertain", "draft"))
        self.assertTrue(letter.reference.startswith(notice.name))
        with freeze_time("2026-03-10 10:11:00"):
            self._follow()
        self.assertEqual((delivery.state, letter.state), ("sent", "sent"))
        self.assertIn(letter.external_id, self.pigeons.sendings)
        self.assertEqual(len(self.pigeons.sendings), 1)

    def test_carrier_that_is_not_there_is_tried_again(self):
        self.pigeons.trouble = CarrierUnavailable("The loft is closed.")
        notice = self._formal()
        notice.action_send()
        delivery = notice.delivery_ids
        letter = delivery.registered_letter_ids
        self.assertEqual(
            (delivery.state, delivery.failure_reason), ("failed", "The loft is closed.")
        )
        self.assertEqual(letter.retry_on, fields.Datetime.now() + timedelta(minutes=15))
        self.pigeons.trouble = None
        with freeze_time("2026-03-10 10:16:00"):
            self._follow()
        self.assertEqual((delivery.state, letter.state), ("sent", "queued"))

    def test_letter_is_taken_back(self):
        letter, _sending = self._queued()
        letter.action_cancel()
        self.assertEqual((letter.state, self.pigeons.sendings), ("cancelled", {}))
        self.assertEqual(letter.delivery_id.state, "failed")

    def test_letter_that_waits_is_read_again_too(self):
        """Queued at a carrier on the network is under way: its news come by polling."""
        letter, sending = self._queued()
        sending["history"] = [("ACCEPTED", "2026-03-10")]
        with freeze_time("2026-03-10 14:05:00"):
            self._follow()
        self.assertEqual(letter.state, "sent")

    def test_one_letter_s_trouble_spares_the_others(self):
        """Backs off on failure, twice as long each time; an error of ours is no outage."""
        first, first_sending = self._queued()
        second = self._letter_of(self._create_customer("Customer B"))
        first_sending["history"] = [("NO SUCH STATE", "2026-03-10")]
        self.pigeons.sendings[second.external_id]["history"] = [("ACCEPTED", "2026-03-10")]
        with freeze_time("2026-03-10 14:05:00"), self.assertLogs(level="WARNING"):
            self._follow()
        self.assertEqual((first.state, second.state), ("queued", "sent"))
        self.assertEqual(first.trouble, "Unexpected error: see the log.")
        self.assertEqual(first.next_check, fields.Datetime.to_datetime("2026-03-10 14:20:00"))
        with freeze_time("2026-03-10 14:21:00"), self.assertLogs(level="WARNING"):
            self._follow()
        self.assertEqual(first.next_check, fields.Datetime.to_datetime("2026-03-10 14:51:00"))
        self.assertFalse(self.carrier.outages)

    def test_outage_is_met_once_for_all_letters(self):
        self._queued()
        self._letter_of(self._create_customer("Customer B"))
        self.pigeons.trouble = CarrierUnavailable("The loft is closed.")
        with freeze_time("2026-03-10 14:05:00"):
            self._follow()
        self.assertEqual((self.pigeons.asked, self.carrier.outages), (1, 1))

    def test_no_message_is_taken_for_a_carrier_without_any(self):
        self.carrier.webhook_key = "key"
        Provider = self.env["credit.registered.provider"]
        self.assertFalse(Provider._find_by_webhook_key("key"))
        self.carrier._receive_webhook({"id": "x"})
        self.assertFalse(self.env["credit.registered.hint"].search([]))

    def test_letter_of_a_settled_notice_waits_for_nobody(self):
        """Claimed, then found paid: the notice is cancelled and so is its letter."""
        notice = self._formal().sudo()
        notice._claim()
        letter = notice.delivery_ids.registered_letter_ids
        self.assertEqual(letter.state, "draft")
        self._pay(notice.line_ids.move_id)
        notice._deliver()
        self.assertEqual((notice.state, letter.state), ("cancelled", "cancelled"))
        self.assertFalse(self.pigeons.sendings)

    def test_paper_without_news_is_told_once(self):
        """What nobody recorded is asked for when the letter could not be claimed any more."""
        self.carrier.active = False
        letter = self._letter()
        self._record(letter, "sent", "2026-03-10", "1A12345678901")
        self.assertEqual(letter.claim_until.isoformat(), "2026-03-25")
        with freeze_time("2026-03-29 10:00:00"):
            self._follow()
            self.assertFalse(letter.no_news)
        with freeze_time("2026-03-30 10:00:00"):
            self._follow()
            self._follow()
        self.assertTrue(letter.no_news)
        self.assertEqual(len(letter.activity_ids), 1)
        self.assertFalse(letter.next_check)
