from odoo import models


class SaleOrder(models.Model):
    """What a quotation says about late payment, as its company's law wants it."""

    _inherit = "sale.order"

    def _get_payment_mentions(self) -> str:
        """Return the mentions to print, in the language of the environment."""
        self.ensure_one()
        # What a document prints is no secret to whoever makes it, nor to the customer.
        order = self.sudo()
        company = order.company_id
        debtor = (order.partner_invoice_id or order.partner_id).commercial_partner_id
        [mentions] = company._get_payment_mentions(
            [
                {
                    "partner": debtor,
                    "date": order.date_order.date()
                    if order.date_order
                    else company._get_credit_today(),
                    "payment_term": order.payment_term_id,
                    "own_rate": company._get_agreed_interest_rate(debtor),
                    "printed": company._get_printed_texts(order.note, order.payment_term_id.note),
                }
            ]
        )
        return mentions
