import hashlib
import smtplib
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CreditMgmtCommon, freeze_time

MAIL_SERVER = "odoo.addons.base.models.ir_mail_server.IrMail_Server.send_email"


@tagged("post_install", "-at_install")
class TestSend(CreditMgmtCommon):
    def _notice(self, **values):
        self._overdue(20, **values)
        run = self._run()
        return run.notice_ids.filtered("pending")

    def test_claim_is_committed_before_the_message_leaves(self):
        """Rule 1: the claim and its Message-ID come first, one transaction sends and records."""
        notice = self._notice()
        seen = {}

        def record(mail_server, message, *args, **kwargs):
            seen["state"] = notice.state
            seen["message_id"] = message["Message-Id"]
            return message["Message-Id"]

        with self.mock_mail_gateway(), patch(MAIL_SERVER, record):
            notice.run_id.action_send()
        self.assertEqual(seen["state"], "sending")
        self.assertEqual(seen["message_id"], notice.delivery_ids.external_reference)
        self.assertEqual((notice.state, notice.sent_date.isoformat()), ("sent", TODAY))
        mail = self.env["mail.mail"].search(
            [("message_id", "=", notice.delivery_ids.external_reference)]
        )
        self.assertEqual(mail.state, "sent", "no outgoing mail may wait in the queue")

    def test_sending_again_sends_nothing(self):
        """Rule 1: a second press of the button finds nothing to send."""
        notice = self._notice()
        self.assertEqual(len(self._send(notice.run_id)), 1)
        with self.assertRefused("before sending"):
            notice.run_id.action_send()
        with self.assertRefused("None of these reminders is ready"):
            notice.action_send()

    def test_failure_is_a_state_that_can_be_retried(self):
        """Rule 9: it says why, is listed, spares the others, and stays claimed until decided."""
        notice = self._notice()
        other = self._create_customer("Other")
        self._overdue(20, other)
        run = notice.run_id
        run._add_partners(other)
        real = self.env.registry["ir.mail_server"].send_email

        def refuse(mail_server, message, *args, **kwargs):
            if "customer.a@" in message["To"]:
                raise smtplib.SMTPRecipientsRefused({"a": (550, b"no such user")})
            return message["Message-Id"]

        self.assertTrue(real)
        with (
            self.mock_mail_gateway(),
            patch(MAIL_SERVER, refuse),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            run.action_send()
        delivery = notice.delivery_ids
        self.assertEqual((notice.state, delivery.state), ("failed", "failed"))
        self.assertIn("550", delivery.failure_reason)
        self.assertEqual(run.notice_ids.filtered(lambda n: n.partner_id == other).state, "sent")
        self.assertEqual((run.failed_count, run.sent_count, run.state), (1, 1, "done"))
        self.assertTrue(notice.line_ids.live)
        with freeze_time("2026-03-20"):
            later = self._run()
            move = notice.line_ids.move_id
            self.assertEqual(self._skip_reason(later, move), ["unresolved"])
        with self.mock_mail_gateway():
            delivery.action_retry()
        self.assertEqual((notice.state, delivery.state), ("sent", "sent"))
        self.assertEqual(delivery.attempts, 2)

    def test_fallback_channel(self):
        """Rule 9: the next channel is a new delivery of the same notice."""
        self.first.write(
            {
                "fallback_channel_id": self.channel_letter.id,
                "letter_text": "Dear {customer}",
            }
        )
        notice = self._notice()

        def refuse(mail_server, message, *args, **kwargs):
            raise smtplib.SMTPRecipientsRefused({"a": (550, b"no such user")})

        with (
            self.mock_mail_gateway(),
            patch(MAIL_SERVER, refuse),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            notice.run_id.action_send()
        states = {d.channel_id.code: d.state for d in notice.delivery_ids}
        self.assertEqual(states, {"email": "failed", "letter": "sent"})
        self.assertEqual(notice.state, "sent")

    def test_no_address_takes_the_fallback_at_once(self):
        self.first.write(
            {
                "fallback_channel_id": self.channel_letter.id,
                "letter_text": "Dear {customer}",
            }
        )
        self.customer.email = False
        self.assertEqual(self._notice().delivery_ids.channel_id, self.channel_letter)

    def test_interrupted_in_mid_conversation_is_uncertain(self):
        """Rule 1: nobody knows whether it left; a person decides, the machine never repeats."""
        notice = self._notice()

        def cut(mail_server, message, *args, **kwargs):
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

        with (
            self.mock_mail_gateway(),
            patch(MAIL_SERVER, cut),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            notice.run_id.action_send()
        self.assertEqual(notice.state, "uncertain")
        self.assertTrue(notice.line_ids.live)
        with self.mock_mail_gateway():
            self._run_cron()
            self.assertFalse(self._mails)
        with self.assertRefused("Only failed deliveries"):
            notice.delivery_ids.action_retry()
        with self.mock_mail_gateway():
            notice.delivery_ids.action_send_again()
            self.assertEqual(len(self._mails), 1)
        self.assertEqual(notice.state, "sent")

    def test_error_after_the_message_left_is_uncertain(self):
        """Rule 1: whatever breaks between the SMTP answer and the commit, no second message."""
        notice = self._notice()

        def broken(self):
            raise ValueError("a bridge fails")

        hook = type(notice)._hook_after_send
        self.patch(type(notice), "_hook_after_send", broken)
        with self.mock_mail_gateway(mail_unlink_sent=False):
            notice.run_id.action_send()
            self.assertEqual(len(self._mails), 1)
        self.assertEqual((notice.state, notice.delivery_ids.state), ("uncertain", "uncertain"))
        self.assertIn("a bridge fails", notice.delivery_ids.failure_reason)
        self.patch(type(notice), "_hook_after_send", hook)
        with self.assertRefused("No delivery of this run failed"):
            notice.run_id.action_retry_failed()

    def test_refusal_before_sending_is_a_failure(self):
        """Rule 9: a bridge that refuses a customer spares the others."""
        notice = self._notice()

        def refuse(self):
            raise ValueError("Not this one")

        self.patch(type(notice), "_hook_before_send", refuse)
        self.assertFalse(self._send(notice.run_id))
        self.assertEqual(notice.delivery_ids.failure_reason, "Not this one")
        self.assertEqual(notice.state, "failed")

    def test_uncertain_can_be_taken_as_sent(self):
        notice = self._notice()
        notice.run_id.sudo()._set_ready()
        notice.sudo()._claim()
        self.assertEqual(notice.state, "sending")
        self.env["credit.dunning.notice"].sudo()._recover_dead_claims()
        self.assertEqual(notice.state, "uncertain")
        notice.delivery_ids.action_mark_sent()
        self.assertEqual(notice.state, "sent")

    def test_recheck_paid_since(self):
        """Rule 2: paid between preparation and sending: the line leaves, then the notice."""
        first, second = self._overdue(20), self._overdue(10, amount=30.0)
        run = self._run()
        self._pay(first)
        mails = self._send(run)
        self.assertEqual(len(mails), 1)
        self.assertEqual(run.notice_ids.line_ids.move_id, second)
        self.assertEqual(run.notice_ids.amount_claimed, 30.0)
        self.assertFalse(self._item(first))

    def test_recheck_nothing_left(self):
        """Rule 2: a notice with nothing left is cancelled with its reason and frees its level."""
        notice = self._notice()
        self._pay(notice.line_ids.move_id)
        self.assertFalse(self._send(notice.run_id))
        self.assertEqual(notice.state, "cancelled")
        self.assertIn("Nothing left to claim", notice.cancel_reason)
        self.assertFalse(notice.line_ids.live)

    def test_recheck_excluded_and_credited_since(self):
        """Rule 2: an exclusion or a credit note since the preparation counts."""
        notice = self._notice()
        exclusion = self.env["credit.dunning.exclusion"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "reason": "Dispute on the phone",
            }
        )
        self.assertFalse(self._send(notice.run_id))
        self.assertEqual(notice.state, "cancelled")
        exclusion.action_lift()
        notice = self._run().notice_ids
        self._overdue(1, amount=100.0, move_type="out_refund")
        self.assertFalse(self._send(notice.run_id))
        self.assertEqual(notice.cancel_reason, "Covered by credits or payments to allocate")

    def test_sent_on_another_day_is_recomputed(self):
        """Rule 2: days late, date and amounts are those of the day it leaves."""
        notice = self._notice()
        self.assertEqual(notice.line_ids.days_overdue, 20)
        with freeze_time("2026-03-12"):
            self._send(notice.run_id)
        self.assertEqual(notice.line_ids.days_overdue, 22)
        self.assertEqual(notice.sent_date.isoformat(), "2026-03-12")
        self.assertEqual(notice.date.isoformat(), "2026-03-12")

    def test_unsent_expires(self):
        """Rule 2: after three working days the levels are free again."""
        notice = self._notice()
        move = notice.line_ids.move_id
        Notice = self.env["credit.dunning.notice"].sudo()
        with freeze_time("2026-03-13"):
            Notice._expire(self.company)
            self.assertEqual(notice.state, "draft")
        with freeze_time("2026-03-16"):
            Notice._expire(self.company)
            self.assertEqual(notice.state, "cancelled")
            self.assertFalse(self._item(move).dunning_level_id)

    def test_letter_is_frozen_with_its_fingerprint(self):
        """Rule 10: the PDF and its SHA-256 stay what was sent, whatever happens to the entry."""
        move = self._overdue(60)
        self._remind(move, level=self.second, on="2026-02-20")
        run = self._run()
        run.action_release_formal()
        run.action_send()
        notice = run.notice_ids
        delivery = notice.delivery_ids
        content = delivery.attachment_id.raw
        self.assertEqual(delivery.sha256, hashlib.sha256(content).hexdigest())
        figures = notice.line_ids.read(["name", "date_maturity", "amount_residual"])
        self._pay(move)
        move.button_draft()
        move.line_ids.filtered("date_maturity").date_maturity = "2026-01-31"
        move.action_post()
        self.assertEqual(notice.line_ids.read(["name", "date_maturity", "amount_residual"]),
                         figures)  # fmt: skip
        delivery.action_resend()
        repeated = notice.delivery_ids - delivery
        self.assertEqual((repeated.repetition, repeated.state), (1, "sent"))
        self.assertEqual(repeated.sha256, delivery.sha256)
        self.assertIn("Sent again", "".join(notice.message_ids.mapped("body")))
        self.assertEqual(delivery.attachment_id.raw, content)

    def test_call_is_an_activity_with_script_and_facts(self):
        self.first.write(
            {
                "channel_ids": [Command.set(self.channel_call.ids)],
                "call_script": "Good morning {contact}, {amount_due} are open.",
            }
        )
        collector = self.env.user
        self.customer.collector_id = collector
        notice = self._notice()
        notice.run_id.action_send()
        activity = notice.delivery_ids.activity_id
        self.assertEqual(activity.user_id, collector)
        self.assertIn("Customer A", activity.note)
        self.assertIn("100.00", activity.note)
        self.assertEqual(notice.state, "sent")

    def test_invoices_attached_until_the_limit(self):
        """The stored legal original is attached; beyond the limit a portal link stands for it."""
        self.first.attach_invoices = True
        move = self._overdue(20)
        pdf = self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": b"%PDF-1.4 legal original",
                "res_model": "account.move",
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        move.invalidate_recordset(["invoice_pdf_report_id", "invoice_pdf_report_file"])
        notice = self._run().notice_ids
        self.assertEqual(notice._get_invoice_attachments()[0], pdf)
        self.company.credit_attachment_limit = 0
        attachments, linked = notice._get_invoice_attachments()
        self.assertFalse(attachments)
        self.assertEqual(linked, move)
        self.assertIn("access_token", notice.attachment_links_html)

    def test_statement_is_attached(self):
        self.first.attach_statement = True
        notice = self._notice()
        mails = self._send(notice.run_id)
        self.assertTrue(notice.statement_attachment_id)
        self.assertEqual(len(mails[0]["attachments"]), 1)

    def test_answer_of_the_customer(self):
        """An answer lands on the notice, tells the collector and pauses the machine."""
        self.customer.collector_id = self.env.user
        notice = self._notice()
        self._send(notice.run_id)
        move = self._overdue(6)
        self._answer(notice, "Auto-Submitted: auto-replied\n")
        self.assertFalse(self._item(move).exclusion_reason, "out of office is no answer")
        self._answer(notice, "")
        self.assertTrue(notice.replied_on)
        self.assertEqual(self._item(move).exclusion_reason, "replied")
        self.assertEqual(notice.activity_ids.user_id, self.env.user)
        with freeze_time("2026-03-16"):
            automatic = self._run(automatic=True)
            self.assertEqual(self._skip_reason(automatic, move), ["replied"])
            automatic.action_cancel()
            self.assertTrue(self._run().notice_ids, "a person may remind all the same")
        notice.action_mark_handled()
        self.assertFalse(self._item(move).exclusion_reason)
        self.assertFalse(notice.activity_ids)

    def _answer(self, notice, headers):
        reference = notice.delivery_ids.external_reference
        self.env["mail.thread"].message_process(
            False,
            f"From: {self.customer.email}\nTo: catchall@example.com\nSubject: Re: Reminder\n"
            f"Message-Id: <answer-{len(headers)}@example.com>\nIn-Reply-To: {reference}\n"
            f"References: {reference}\n{headers}\nWe pay next week.\n",
        )

    def test_bounce_is_a_failure(self):
        """Rule 9: it can be repeated at another address; the first try stays what it was."""
        notice = self._notice()
        self._send(notice.run_id)
        bounced = notice.delivery_ids
        address = bounced.address
        notice._message_receive_bounce(self.customer.email, self.customer)
        self.assertEqual((notice.state, bounced.state), ("failed", "failed"))
        self.assertIn("came back", bounced.failure_reason)
        self.customer.email = "new@example.com"
        with self.mock_mail_gateway():
            bounced.action_retry()
            self.assertIn("new@example.com", self._mails[0]["email_to"][0])
        self.assertEqual((notice.state, bounced.address), ("sent", address))
        self.assertEqual(len(notice.delivery_ids), 2)

    def test_retry_is_rechecked(self):
        """Rule 2: what was paid since the failure is not claimed by the second try."""
        notice = self._notice()
        move = notice.line_ids.move_id
        notice.run_id.sudo()._set_ready()
        notice.sudo()._claim()
        notice.sudo().delivery_ids._set_failed("No connection")
        notice.sudo()._sync_state()
        self._pay(move)
        with self.mock_mail_gateway():
            notice.delivery_ids.action_retry()
            self.assertFalse(self._mails)
        self.assertEqual(notice.state, "cancelled")

    def test_queries_per_notice_do_not_grow(self):
        """At 10 and at 200 notices, with 1 and with 6 items each: a stated constant per notice."""
        per_notice = {}
        for count, items in ((10, 1), (10, 6), (200, 1)):
            partners = self.env["res.partner"].create(
                [
                    {"name": f"Q{count}-{items}-{n}", "email": f"q{n}@example.com"}
                    for n in range(count)
                ]
            )
            self._bulk_overdue(partners, items)
            run = self._run(limited=True, partner_ids=[Command.set(partners.ids)])
            self.assertEqual(run.notice_count, count)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.mock_mail_gateway(mail_unlink_sent=False):
                before = self.cr.sql_log_count
                run.action_send()
                self.env.flush_all()
                per_notice[count, items] = (self.cr.sql_log_count - before) / count
            self.assertEqual(run.sent_count, count)
        self.assertLessEqual(max(per_notice.values()), 40, per_notice)
        self.assertLessEqual(per_notice[200, 1], per_notice[10, 1] * 1.05, per_notice)
        self.assertLessEqual(per_notice[10, 6], per_notice[10, 1] * 1.05, per_notice)

    def _bulk_overdue(self, partners, items):
        account = self.company_data["default_account_receivable"]
        revenue = self.company_data["default_account_revenue"]
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "entry",
                    "journal_id": self.company_data["default_journal_sale"].id,
                    "date": "2026-01-15",
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": account.id,
                                "partner_id": partner.id,
                                "debit": 100.0,
                                "date_maturity": "2026-02-15",
                            }
                        ),
                        Command.create({"account_id": revenue.id, "credit": 100.0}),
                    ],
                }
                for partner in partners
                for _item in range(items)
            ]
        )
        moves.action_post()

    def test_queries_of_prepare_are_constant_per_batch(self):
        counts = []
        for count in (10, 60):
            partners = self.env["res.partner"].create(
                [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(count)]
            )
            self._bulk_overdue(partners, 2)
            run = self.env["credit.dunning.run"].create(
                {
                    "company_id": self.company.id,
                    "date": TODAY,
                    "limited": True,
                    "partner_ids": [Command.set(partners.ids)],
                }
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            run.action_prepare()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(run.notice_count, count)
        self.assertLessEqual(counts[1], counts[0] + 4, counts)
