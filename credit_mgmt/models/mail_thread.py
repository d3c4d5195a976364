from odoo import api, models


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
    def _is_auto_reply(self, message) -> bool:
        """Return whether a message is an out-of-office or other automatic answer (RFC 3834)."""
        submitted = (message.get("Auto-Submitted") or "no").lower()
        return (
            not submitted.startswith("no")
            or bool(message.get("X-Autoreply") or message.get("X-Autorespond"))
            or (message.get("Precedence") or "").lower() == "auto_reply"
        )
