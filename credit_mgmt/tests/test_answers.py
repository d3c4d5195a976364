from pathlib import Path

from odoo.tests import tagged

from .common import CreditMgmtCommon

MAILS = Path(__file__).parent / "mails"


@tagged("post_install", "-at_install")
class TestAnswers(CreditMgmtCommon):
    """What comes back to a reminder, as mail servers and programs really write it."""

    def setUp(self):
        super().setUp()
        self.customer.collector_id = self.env.user
        self._overdue(20)
        run = self._run()
        self.notice = run.notice_ids
        self._send(run)
        self.open = self._overdue(6)

    def _receive(self, name):
        text = (MAILS / f"{name}.eml").read_text("utf-8")
        reference = self.notice.delivery_ids.external_reference
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(False, text.replace("{reference}", reference))
        self.env.invalidate_all()

    def _reason(self):
        return self._item(self.open).exclusion_reason

    def test_a_person_answers(self):
        """It lands on the reminder and the customer, pauses the machine, tells the collector."""
        self._receive("person")
        self.assertTrue(self.notice.replied_on)
        self.assertEqual(self._reason(), "replied")
        self.assertEqual(self.notice.activity_ids.user_id, self.env.user)
        self.assertIn("We pay next week", self.notice.message_ids[0].body)
        self.assertIn(self.notice.name, self.customer.message_ids[0].body)

    def test_out_of_office_is_no_answer(self):
        for name in ("outlook_out_of_office", "gmail_vacation", "old_server_out_of_office"):
            with self.subTest(name):
                before = len(self.notice.message_ids)
                self._receive(name)
                self.assertGreater(len(self.notice.message_ids), before, "kept with the reminder")
                self.assertFalse(self.notice.replied_on)
                self.assertFalse(self._reason())
                self.assertFalse(self.notice.activity_ids)
                self.assertEqual(self.notice.state, "sent")

    def test_bounce(self):
        """Rule 9: a failed delivery, with the words of the mail server; no answer."""
        self._receive("bounce_failed")
        self.assertEqual((self.notice.state, self.notice.delivery_ids.state), ("failed", "failed"))
        self.assertIn("User unknown", self.notice.delivery_ids.failure_reason)
        self.assertFalse(self.notice.replied_on)

    def test_delay_is_no_failure(self):
        """The server goes on trying: no fallback may be sent beside it."""
        self._receive("bounce_delayed")
        self.assertEqual((self.notice.state, self.notice.delivery_ids.state), ("sent", "sent"))
        self.assertIn("delayed", self.notice.message_ids[0].body)
        self.assertFalse(self.notice.replied_on)
