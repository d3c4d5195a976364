import re

from odoo import api, models

#: Words with which mail programs begin the subject of an automatic answer, where their headers
#: do not say so: Outlook, Exchange, Lotus and webmail, in the languages of most customers.
_AUTO_REPLY_SUBJECT = re.compile(
    r"^\s*(automatic reply|auto(matic)?[ -]?reply|autoreply|out of (the )?office"
    r"|réponse automatique|reponse automatique|absen(t|te|ce) du bureau|message d'absence"
    r"|automatische antwort|abwesenheitsnotiz|respuesta automática|risposta automatica"
    r"|automatisch antwoord|afwezig)\b",
    re.IGNORECASE,
)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Tell documents whether a message was written by a machine: only its headers say so."""
        return super(
            MailThread,
            self.with_context(credit_auto_reply=self._is_auto_reply(message)),
        )._message_route_process(message, message_dict, routes)

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Tell documents what the report says: one about a delay is no failure (RFC 3464)."""
        return super(
            MailThread,
            self.with_context(credit_delivery_status=self._get_delivery_status(email_message)),
        )._routing_handle_bounce(email_message, message_dict)

    @api.model
    def _is_auto_reply(self, message) -> bool:
        """Return whether a message is an out-of-office or other automatic answer (RFC 3834)."""
        submitted = (message.get("Auto-Submitted") or "no").lower()
        suppress = (message.get("X-Auto-Response-Suppress") or "").lower()
        return (
            not submitted.startswith("no")
            or any(
                message.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-AutoReply-From")
            )
            or (message.get("Precedence") or "").lower() in ("auto_reply", "bulk", "junk")
            or bool({"all", "oof", "autoreply"} & {part.strip() for part in suppress.split(",")})
            or bool(_AUTO_REPLY_SUBJECT.match(message.get("Subject") or ""))
        )

    @api.model
    def _get_delivery_status(self, message) -> dict:
        """Return what a delivery report says of the first recipient.

        :return: ``action`` (failed, delayed, delivered, relayed, expanded; empty: no report) and
            ``reason`` (the words of the mail server)
        """
        for part in message.walk():
            if part.get_content_type() != "message/delivery-status":
                continue
            for block in part.get_payload()[1:]:
                return {
                    "action": (block.get("Action") or "").strip().lower(),
                    "reason": " ".join((block.get("Diagnostic-Code") or "").split()),
                }
        return {"action": "", "reason": ""}
