from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exceptions import CarrierUnavailable, DeliveryInterrupted
from .credit_registered_letter_follow import UNCLEAR_PAUSE


class CreditDunningDelivery(models.Model):
    """Deliveries that are registered letters."""

    _inherit = "credit.dunning.delivery"

    registered_letter_ids = fields.One2many("credit.registered.letter", "delivery_id")
    registered_timeline_html = fields.Html(
        string="Life of the Letter", compute="_compute_registered_timeline_html", sanitize=False
    )

    @api.depends("registered_letter_ids.timeline_html")
    @api.depends_context("lang")
    def _compute_registered_timeline_html(self):
        for delivery in self:
            delivery.registered_timeline_html = (
                delivery.registered_letter_ids._render_timeline()
                if delivery.registered_letter_ids
                else False
            )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "cancelled":
            # Settled before it left: nobody may wait for its letter. One that the carrier may
            # have is still looked up.
            for letter in self.registered_letter_ids.filtered(
                lambda x: x.state in ("draft", "failed") and not x.unclear_since
            ):
                letter._record("cancelled")
        return result

    # === BEFORE IT LEAVES === #

    def _claim(self):
        """Fix the carrier and our reference with the claim: by these a lost letter is found."""
        result = super()._claim()
        missing = self.filtered(
            lambda d: d.channel_id.code == "registered" and not d.registered_letter_ids
        )
        for company, deliveries in missing.grouped("company_id").items():
            if provider := self.env["credit.registered.provider"]._get_provider(company):
                self.env["credit.registered.letter"]._create_for(deliveries, provider)
        return result

    def _send_registered(self):
        """Hand a claimed delivery over to the company's carrier; its answer is the result.

        A letter that the carrier knows already under our reference (its answer was lost) is not
        handed over again.
        """
        self.ensure_one()
        letter = self.registered_letter_ids
        if not letter:
            self._set_failed(self.env._("No carrier of registered letters is set up."))
            return
        try:
            number = self._find_letter_sent_before(letter)
            if number:
                note = self.env._("Found by our reference")
                letter._record("sent", external_id=number, note=note)
            else:
                self._hand_over(letter)
        except UserError as error:
            letter._record("failed", note=str(error))
            self._set_failed(str(error))
            if isinstance(error, CarrierUnavailable):
                letter._plan_retry()
            return
        self._set_sent(external_reference=letter.external_id or letter.reference)

    def _find_letter_sent_before(self, letter) -> str:
        """Return the carrier's number of a letter that it took at an earlier try, else empty.

        :raises DeliveryInterrupted: it still cannot be known
        """
        self.ensure_one()
        if self.attempts < 2:
            return ""
        try:
            number = letter.provider_id._find_by_reference(letter)
        except UserError as error:
            if letter.unclear_since:
                raise DeliveryInterrupted("registered", str(error)) from None
            raise
        since = letter.unclear_since
        if not number and since and since + UNCLEAR_PAUSE > fields.Datetime.now():
            raise DeliveryInterrupted(
                "registered",
                self.env._(
                    "The carrier may still be at it: try again in %s minutes.",
                    UNCLEAR_PAUSE // timedelta(minutes=1),
                ),
            )
        return number

    def _hand_over(self, letter):
        """Give the letter to its carrier, or to the present one if that is out of use.

        :raises UserError: it may not go to its addressee, or the carrier refuses
        """
        self.ensure_one()
        if not letter.provider_id.active:
            present = letter.provider_id._get_provider(self.company_id)
            if not present:
                raise UserError(self.env._("No carrier of registered letters is set up."))
            letter.provider_id = present
        if refusal := letter.provider_id._check_recipient(letter):
            raise UserError(refusal)
        letter.provider_id._send(letter)

    # === RESULTS === #

    def _is_tried_again(self) -> bool:
        return super()._is_tried_again() or bool(self.registered_letter_ids.retry_on)

    def _set_uncertain(self, reason):
        result = super()._set_uncertain(reason)
        for letter in self.registered_letter_ids:
            letter.unclear_since = letter.unclear_since or fields.Datetime.now()
            letter._plan_check()
        return result

    def action_mark_sent(self):
        """Accept that letters have left; the carrier is asked for their numbers later."""
        letters = self.sudo().filtered(lambda d: d.state == "uncertain").registered_letter_ids
        result = super().action_mark_sent()
        for letter in letters:
            letter._record("sent", note=self.env._("Taken as sent by %s", self.env.user.name))
        return result
