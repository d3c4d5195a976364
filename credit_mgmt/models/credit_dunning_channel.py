from odoo import api, fields, models

from ..exceptions import DeliveryInterrupted


class CreditDunningChannel(models.Model):
    """A way to reach a customer. A bridge adds a record with its code, and on this model the
    methods ``_send_<code>`` and, where an address is needed, ``_get_address_<code>``."""

    _name = "credit.dunning.channel"
    _description = "Dunning Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_letter = fields.Boolean(
        string="Prints a Letter",
        compute="_compute_is_letter",
        help="The text of the level's letter is rendered as a PDF and kept.",
    )

    _code_unique = models.Constraint("UNIQUE(code)", "Two channels cannot have the same code.")

    @api.depends("code")
    def _compute_is_letter(self):
        codes = self._get_letter_codes()
        for channel in self:
            channel.is_letter = channel.code in codes

    @api.model
    def _get_letter_codes(self) -> set[str]:
        """Return the codes of the channels that carry the level's letter as a PDF.

        To be extended by ``super() | {...}``.
        """
        return {"letter"}

    def _get_address(self, partner) -> str:
        """Return the address of a contact on this channel, empty when it cannot be reached."""
        self.ensure_one()
        getter = getattr(self, f"_get_address_{self.code}", None)
        return getter(partner) if getter else partner.display_name

    @api.model
    def _get_address_email(self, partner) -> str:
        return partner.email_formatted if partner.email_normalized else ""

    @api.model
    def _get_address_letter(self, partner) -> str:
        if not (partner.street or partner.street2) or not partner.city:
            return ""
        return partner._display_address()

    @api.model
    def _get_address_call(self, partner) -> str:
        return partner.phone or ""

    def _send(self, deliveries) -> None:
        """Send deliveries of this channel by its ``_send_<code>``.

        The method gets deliveries whose claim is committed (state "sending"), records the result
        with ``_set_sent`` or ``_set_failed`` on each, never commits, and never raises for a
        failure that one customer's data explain.
        """
        self.ensure_one()
        getattr(self, f"_send_{self.code}")(deliveries)

    @api.model
    def _send_email(self, deliveries) -> None:
        for delivery in deliveries:
            mail = delivery._create_mail()
            try:
                mail.send()
            except Exception as error:
                # Odoo records a refusal on the mail; what it raises came in mid-conversation.
                raise DeliveryInterrupted("email", str(error)) from error
            if mail.state == "sent":
                delivery._set_sent(mail_message_id=mail.mail_message_id.id)
            else:
                delivery._set_failed(
                    mail.failure_reason
                    or dict(mail._fields["failure_type"]._description_selection(self.env)).get(
                        mail.failure_type
                    )
                    or self.env._("The mail server did not accept the message."),
                    mail_message_id=mail.mail_message_id.id,
                )

    @api.model
    def _send_letter(self, deliveries) -> None:
        deliveries._render_missing_letters()
        for delivery in deliveries:
            delivery._set_sent()

    @api.model
    def _send_call(self, deliveries) -> None:
        for delivery in deliveries:
            activity = delivery._create_call_activity()
            delivery._set_sent(activity_id=activity.id)
