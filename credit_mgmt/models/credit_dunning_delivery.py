import hashlib
import io

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools.pdf import OdooPdfFileReader, OdooPdfFileWriter

from ..const import PDF_BATCH

#: What may change on a delivery that was sent: nothing the customer got.
_BOOKKEEPING_FIELDS = {
    "state",
    "failure_reason",
    "printed_on",
    "activity_id",
    "attempts",
}


class CreditDunningDelivery(models.Model):
    """A notice through one channel: where it went, what became of it, and its proof."""

    _name = "credit.dunning.delivery"
    _description = "Reminder Delivery"
    _rec_name = "notice_id"
    _order = "id desc"

    notice_id = fields.Many2one(
        "credit.dunning.notice",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    run_id = fields.Many2one(related="notice_id.run_id", store=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    partner_id = fields.Many2one(related="notice_id.partner_id", string="Customer", store=True)
    level_id = fields.Many2one(related="notice_id.level_id")
    date = fields.Date(related="notice_id.date", store=True)
    amount_due = fields.Monetary(
        related="notice_id.amount_due", store=True, currency_field="company_currency_id"
    )
    channel_id = fields.Many2one(
        "credit.dunning.channel", required=True, readonly=True, ondelete="restrict"
    )
    channel_code = fields.Char(related="channel_id.code")
    # A repeated message is a delivery of its own, numbered by the person who asks for it.
    repetition = fields.Integer(readonly=True)
    contact_id = fields.Many2one(
        "res.partner", string="Recipient", readonly=True, ondelete="restrict"
    )
    address = fields.Char(readonly=True, help="The e-mail, phone or postal address used.")
    state = fields.Selection(
        [
            ("ready", "Ready"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("uncertain", "Uncertain"),
            ("cancelled", "Cancelled"),
        ],
        default="ready",
        required=True,
        readonly=True,
        index=True,
    )
    failure_reason = fields.Text(readonly=True)
    attempts = fields.Integer(readonly=True)
    sent_on = fields.Datetime(readonly=True)
    external_reference = fields.Char(
        readonly=True,
        help="Message-ID, or number of the provider.",
    )
    subject = fields.Char(readonly=True)
    body_html = fields.Html(string="Message", readonly=True, sanitize=False)
    mail_message_id = fields.Many2one(
        "mail.message", readonly=True, index="btree_not_null", ondelete="set null"
    )
    activity_id = fields.Many2one(
        "mail.activity", string="Call", readonly=True, ondelete="set null"
    )
    attachment_id = fields.Many2one(
        "ir.attachment", string="Letter", readonly=True, ondelete="restrict"
    )
    sha256 = fields.Char(string="SHA-256", readonly=True, help="Fingerprint of the letter.")
    printed_on = fields.Datetime(readonly=True)

    _once_per_channel = models.UniqueIndex(
        "(notice_id, channel_id, repetition)",
        "This reminder goes through this channel already.",
    )

    # === CRUD === #

    def write(self, vals):
        if set(vals) - _BOOKKEEPING_FIELDS and self.filtered("sent_on"):
            raise UserError(self.env._("A reminder that was sent is evidence: it cannot change."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered("sent_on"):
            raise UserError(
                self.env._("A reminder that was sent is evidence: it cannot be deleted.")
            )

    # === RESULTS === #

    def _claim(self):
        """Mark deliveries as being sent, their Message-ID fixed before anything leaves."""
        for delivery in self:
            delivery.write(
                {
                    "state": "sending",
                    "attempts": delivery.attempts + 1,
                    "failure_reason": False,
                    "external_reference": tools.mail.generate_tracking_message_id(
                        f"{delivery.id}-credit.dunning.delivery"
                    ),
                }
            )

    def _set_sent(self, **values):
        """Record that the delivery left. ``values``: message, activity or reference of it."""
        self.write({"state": "sent", "sent_on": fields.Datetime.now(), **values})

    def _set_failed(self, reason, **values):
        """Record that the delivery did not reach the customer, and why."""
        self.write({"state": "failed", "failure_reason": reason, **values})

    def _is_tried_again(self) -> bool:
        """Return whether a failed delivery is tried again by itself: no other channel steps in."""
        self.ensure_one()
        return False

    def _set_uncertain(self, reason):
        """Record that nobody knows whether the delivery left: a person must decide."""
        self.write({"state": "uncertain", "failure_reason": reason})

    # === ACTIONS === #

    def action_retry(self):
        """Try failed deliveries again, at the customer's present addresses.

        What never reached the customer is rechecked like any other sending; a message that came
        back is repeated as it was, by a new delivery.

        :raises UserError: nothing among them failed, or nothing is left to claim
        """
        self.notice_id._check_user()
        failed = self.sudo().filtered(lambda delivery: delivery.state == "failed")
        if not failed:
            raise UserError(self.env._("Only failed deliveries can be tried again."))
        came_back = failed.filtered("sent_on")
        failed -= came_back
        failed._check_still_open()
        failed._refresh_addresses()
        repeated = came_back._repeat()
        repeated._refresh_addresses()
        return (failed | repeated)._send_again()

    def action_send_again(self):
        """Send uncertain deliveries once more: a person takes the risk of a second message."""
        self.notice_id._check_user()
        uncertain = self.sudo().filtered(lambda delivery: delivery.state == "uncertain")
        if not uncertain:
            raise UserError(self.env._("Only uncertain deliveries can be decided like this."))
        return uncertain._send_again()

    def action_mark_sent(self):
        """Accept that uncertain deliveries have left."""
        self.notice_id._check_user()
        uncertain = self.sudo().filtered(lambda delivery: delivery.state == "uncertain")
        if not uncertain:
            raise UserError(self.env._("Only uncertain deliveries can be decided like this."))
        for delivery in uncertain:
            delivery._set_sent(failure_reason=self.env._("Taken as sent by %s", self.env.user.name))
        uncertain.notice_id._sync_state()
        return True

    def action_resend(self):
        """Send the same message again, as a new delivery of the notice, logged."""
        self.notice_id._check_user()
        if self.filtered(lambda delivery: delivery.state != "sent"):
            raise UserError(self.env._("Only a delivery that was sent can be sent again."))
        return self.sudo()._repeat()._send_again()

    def _repeat(self):
        """Create a new delivery of each message that left, with the same letter, and log it."""
        copies = self.browse()
        for delivery in self:
            siblings = delivery.notice_id.delivery_ids.filtered(
                lambda other, channel=delivery.channel_id: other.channel_id == channel
            )
            copies |= self.create(
                {
                    "notice_id": delivery.notice_id.id,
                    "company_id": delivery.company_id.id,
                    "channel_id": delivery.channel_id.id,
                    "repetition": max(siblings.mapped("repetition")) + 1,
                    "contact_id": delivery.contact_id.id,
                    "address": delivery.address,
                    "attachment_id": delivery.attachment_id.id,
                    "sha256": delivery.sha256,
                }
            )
            delivery.notice_id.message_post(
                body=self.env._(
                    "Sent again by %(channel)s on the request of %(user)s.",
                    channel=delivery.channel_id.name,
                    user=self.env.user.name,
                )
            )
        return copies

    def _check_still_open(self):
        """Refuse another try of a message whose items are all settled (rule 2)."""
        for notice in self.notice_id.filtered("sent_date"):
            claimed = notice.line_ids.filtered(lambda line: line.kind == "claimed")
            if all(claimed.move_line_id.mapped("reconciled")):
                raise UserError(self.env._("%s: nothing is left to claim.", notice.display_name))

    def _send_again(self):
        """Send deliveries once more, each notice in transactions of its own.

        A notice of which nothing reached the customer is rechecked and recomputed; one that left
        through another channel is evidence and goes as it is.
        """
        fresh = self.filtered(lambda delivery: not delivery.notice_id.sent_date)
        fresh.write({"state": "ready"})
        fresh.notice_id._sync_state()
        fresh.notice_id._send()
        for delivery in self - fresh:
            with delivery.notice_id._worker_lock() as notice:
                if notice:
                    with notice._own_transaction():
                        notice._claim_again(delivery)
                    notice._send_claimed(delivery)
        return True

    def _refresh_addresses(self):
        """Take the customer's present addresses for deliveries that are tried again."""
        recipients = self.notice_id._get_recipients()
        for delivery in self:
            contact, address = delivery.notice_id._get_contact(
                recipients[delivery.notice_id.id], delivery.channel_id
            )
            if not contact:
                raise UserError(
                    self.env._(
                        "%(customer)s has no usable address for the channel %(channel)s.",
                        customer=delivery.partner_id.display_name,
                        channel=delivery.channel_id.name,
                    )
                )
            delivery.write({"contact_id": contact.id, "address": address})

    def action_print(self):
        """Download letters as one PDF, in the order of the addresses, and mark them printed."""
        letters = self.filtered("attachment_id")
        if not letters:
            raise UserError(self.env._("There is no letter among these deliveries."))
        self.notice_id._check_user()
        letters.sudo().printed_on = fields.Datetime.now()
        return {
            "type": "ir.actions.act_url",
            "url": "/credit_mgmt/letters?ids=" + ",".join(map(str, letters.ids)),
            "target": "download",
        }

    def _merge_letters(self) -> bytes:
        """Return the letters as one PDF, in the order of country, zip, city and street."""
        writer = OdooPdfFileWriter()
        for delivery in self.filtered("attachment_id").sorted(
            lambda d: tuple(d.contact_id[name] or "" for name in ("zip", "city", "street", "name"))
        ):
            content = io.BytesIO(delivery.sudo().attachment_id.raw)
            writer.appendPagesFromReader(OdooPdfFileReader(content, strict=False))
        merged = io.BytesIO()
        writer.write(merged)
        return merged.getvalue()

    # === LETTERS === #

    def _render_missing_letters(self):
        """Render the letters that have no PDF yet, many per call of the PDF program."""
        missing = self.filtered(lambda d: d.channel_id.is_letter and not d.attachment_id)
        for start in range(0, len(missing), PDF_BATCH):
            missing[start : start + PDF_BATCH]._render_letters()

    def _render_letters(self):
        """Render and store letters, each with its fingerprint."""
        report = "credit_mgmt.action_report_credit_dunning_letter"
        contents = self.env["credit.dunning.notice"]._render_pdfs(report, self.notice_id)
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": delivery._get_letter_filename(),
                    "raw": contents[delivery.notice_id.id],
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": delivery.id,
                }
                for delivery in self
            ]
        )
        for delivery, attachment in zip(self, attachments, strict=True):
            delivery.write(
                {
                    "attachment_id": attachment.id,
                    "sha256": hashlib.sha256(contents[delivery.notice_id.id]).hexdigest(),
                    "subject": delivery.notice_id.with_context(
                        lang=delivery.notice_id.lang
                    )._get_letter_subject(),
                }
            )

    def _get_letter_filename(self) -> str:
        return f"{self.notice_id.name}.pdf"

    def _drop_letters(self):
        """Throw away letters that are no longer what should be sent."""
        stale = self.filtered(lambda d: d.attachment_id and not d.sent_on)
        attachments = stale.attachment_id
        stale.write({"attachment_id": False, "sha256": False})
        attachments.unlink()

    # === E-MAIL === #

    def _create_mail(self):
        """Create the e-mail of the delivery, in the recipient's language, not sent yet."""
        self.ensure_one()
        notice = self.notice_id
        template = notice.level_id.mail_template_id
        attachments = notice._get_invoice_attachments()[0] | notice.statement_attachment_id
        [mail] = template.with_context(lang=notice.lang).send_mail_batch(
            notice.ids,
            email_values={
                "message_id": self.external_reference,
                "recipient_ids": [fields.Command.set(self.contact_id.ids)],
                "email_to": False,
                "attachment_ids": [fields.Command.set(attachments.ids)],
                "auto_delete": False,
                "is_notification": True,
            },
        )
        self.write({"subject": mail.subject, "body_html": mail.body_html})
        return mail

    # === CALL === #

    def _create_call_activity(self):
        """Create the call as an activity of the collector, with the script and the facts."""
        self.ensure_one()
        notice = self.notice_id
        user = notice.collector_id or notice.company_id._get_credit_responsible()
        script = notice.with_context(lang=user.lang)._get_call_script()
        facts = (
            self.env["ir.qweb"]
            .with_context(lang=user.lang)
            ._render(
                "credit_mgmt.credit_dunning_call_facts",
                {"notice": notice.with_context(lang=user.lang), "delivery": self},
            )
        )
        self.write({"body_html": script + facts})
        activity_type = notice.level_id.activity_type_id or self.env.ref(
            "mail.mail_activity_data_call"
        )
        # Without Odoo's e-mail "assigned to you": a batch would send one per call, and nothing
        # but the reminder may leave in this transaction.
        return notice.with_context(mail_activity_quick_update=True).activity_schedule(
            activity_type_id=activity_type.id,
            summary=self.env._("Call %s", notice.partner_id.display_name),
            note=script + facts,
            user_id=user.id,
            date_deadline=notice.company_id._get_credit_today(),
        )
