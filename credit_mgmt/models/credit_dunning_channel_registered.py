from odoo import api, models


class CreditDunningChannel(models.Model):
    """The channel *registered*: the company's carrier takes the letter."""

    _inherit = "credit.dunning.channel"

    @api.model
    def _get_letter_codes(self) -> set[str]:
        return super()._get_letter_codes() | {"registered"}

    @api.model
    def _get_address_registered(self, partner) -> str:
        provider = self.env["credit.registered.provider"]._get_provider(self.env.company)
        return provider._get_address(partner) if provider else ""

    @api.model
    def _send_registered(self, deliveries) -> None:
        deliveries._render_missing_letters()
        for delivery in deliveries:
            delivery._send_registered()
