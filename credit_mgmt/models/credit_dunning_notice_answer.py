from odoo import fields, models


class CreditDunningNotice(models.Model):
    """What comes back: answers of the customer, and messages that did not arrive."""

    _inherit = "credit.dunning.notice"

    # === ANSWERS === #

    def message_update(self, msg_dict, update_vals=None):
        """An answer of the customer: tell the collector and pause automatic reminders."""
        result = super().message_update(msg_dict, update_vals=update_vals)
        author = self.env["res.partner"].browse(msg_dict.get("author_id") or [])
        from_us = author.user_ids.filtered(lambda user: not user.share)
        if not self.env.context.get("credit_auto_reply") and not from_us:
            self._register_answer(msg_dict)
        return result

    def _register_answer(self, msg_dict):
        # The gateway is no credit user; what it writes is fixed here.
        for notice in self.sudo():
            company = notice.company_id
            until = company._add_credit_working_days(
                company._get_credit_today(), notice.policy_id.reply_pause_days
            )
            notice.replied_on = fields.Datetime.now()
            notice.partner_id._message_log(
                body=self.env._(
                    "Answer to the reminder %(notice)s: %(subject)s",
                    notice=notice._get_html_link(title=notice.name),
                    subject=msg_dict.get("subject") or "",
                )
            )
            paused = (
                self.env["credit.dunning.exclusion"]
                .sudo()
                .search(
                    [
                        ("kind", "=", "replied"),
                        ("partner_id", "=", notice.partner_id.id),
                        ("company_id", "=", company.id),
                    ]
                )
            )
            if paused:
                paused.date_until = until
            elif notice.policy_id.reply_pause_days:
                paused.create(
                    {
                        "partner_id": notice.partner_id.id,
                        "company_id": company.id,
                        "kind": "replied",
                        "reason": self.env._("Answer to %s", notice.name),
                        "date_until": until,
                    }
                )
            notice.activity_schedule(
                "credit_mgmt.mail_activity_type_answer",
                summary=self.env._("The customer answered: %s", msg_dict.get("subject") or ""),
                user_id=(notice.collector_id or company._get_credit_responsible()).id,
            )

    def _message_receive_bounce(self, email, partner):
        """A bounced e-mail is a failed delivery, with the fallback channel if there is one.

        A report that it is delayed or was delivered is none: it is noted.
        """
        result = super()._message_receive_bounce(email, partner)
        status = self.env.context.get("credit_delivery_status") or {"action": "", "reason": ""}
        if status["action"] not in ("", "failed"):
            for notice in self.sudo():  # the gateway is no credit user
                notice._message_log(
                    body=self.env._(
                        "Report of the mail server about %(email)s: %(action)s",
                        email=email or "",
                        action=status["action"],
                    )
                )
            return result
        for notice in self.sudo():  # the gateway is no credit user
            bounced = notice.delivery_ids.filtered(
                lambda d: d.channel_id.code == "email" and d.state == "sent"
            )
            for delivery in bounced:
                reason = self.env._("The message came back from %s.", email or "")
                delivery._set_failed(f"{reason} {status['reason']}".strip())
            notice._sync_state()
            notice._send_fallbacks(bounced)
        return result
