from odoo import models
from odoo.exceptions import UserError


class AccountPayment(models.Model):
    """A payment that a customer made online for several items."""

    _inherit = "account.payment"

    def _synchronize_to_moves(self, changed_fields):
        """Refuse to rewrite a payment of several items: Odoo knows one line per payment."""
        changed = set(changed_fields) & set(self._get_trigger_fields_to_synchronize())
        for payment in self.filtered(lambda payment: payment.move_id.state != "posted"):
            items = payment.sudo().payment_transaction_id.credit_item_ids  # of the own payment
            if changed and len(items) > 1 and payment.move_id:
                raise UserError(
                    self.env._(
                        "%s pays several items online: it cannot be changed. Cancel it, and "
                        "record another payment instead.",
                        payment.display_name,
                    )
                )
        return super()._synchronize_to_moves(changed_fields)
