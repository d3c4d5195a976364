from odoo import fields, models
from odoo.exceptions import UserError


class CreditDunningDelivery(models.Model):
    """Deliveries that are registered letters."""

    _inherit = "credit.dunning.delivery"

    registered_letter_ids = fields.One2many("credit.registered.letter", "delivery_id")

    def _send_registered(self):
        """Hand a claimed delivery over to the company's carrier; its answer is the result.

        A letter that the carrier knows already under our reference (its answer was lost) is not
        handed over again.
        """
        self.ensure_one()
        Letter = self.env["credit.registered.letter"]
        letter = self.registered_letter_ids
        provider = letter.provider_id or self.env["credit.registered.provider"]._get_provider(
            self.company_id
        )
        if not provider:
            self._set_failed(self.env._("No carrier of registered letters is set up."))
            return
        letter = letter or Letter._create_for(self, provider)
        if refusal := provider._check_recipient(letter):
            letter._record("failed", note=refusal)
            self._set_failed(refusal)
            return
        if external_id := provider._find_by_reference(letter):
            letter._record("sent", external_id=external_id)
        else:
            try:
                provider._send(letter)
            except UserError as error:
                letter._record("failed", note=str(error))
                self._set_failed(str(error))
                return
        self._set_sent(external_reference=letter.external_id or letter.reference)
