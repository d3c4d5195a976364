from odoo import api, fields, models
from odoo.tools import SQL

#: A payment that hangs for longer than that is no longer waited for.
PENDING_DAYS = 15


class CreditReceivable(models.Model):
    """An online payment that is under way keeps the reminders of its items back."""

    _inherit = "credit.receivable"

    _depends = {
        "payment.transaction": ["state", "provider_id", "last_state_change"],
        "payment.provider": ["code"],
        "credit.payment.item": ["transaction_id", "move_line_id"],
    }

    @api.model
    def _get_exclusion_rules(self):
        return [
            (sequence, code, label, SQL("(%s OR %s)", condition, self._get_online_sql()))
            if code == "in_collection"
            else (sequence, code, label, condition)
            for sequence, code, label, condition in super()._get_exclusion_rules()
        ]

    @api.model
    def _get_online_sql(self) -> SQL:
        """Return whether a payment of the item waits for the provider or to be captured.

        Of a payment that Odoo's own pages began all items of the invoice are meant. A bank
        transfer that was only announced is none, as for Odoo. Nothing here refers to the item but
        what is looked up: the few rows are hashed once per statement.
        """
        today = fields.Date.to_date(self.env.context.get("receivable_date"))
        today = today or self.env.company._get_credit_today()
        return SQL(
            """
            (line.id IN (
                SELECT paid.move_line_id
                  FROM credit_payment_item paid
                  JOIN payment_transaction tx ON tx.id = paid.transaction_id
                  JOIN payment_provider provider ON provider.id = tx.provider_id
                 WHERE paid.move_line_id IS NOT NULL AND %(waits)s)
             OR line.move_id IN (
                SELECT linked.invoice_id
                  FROM account_invoice_transaction_rel linked
                  JOIN payment_transaction tx ON tx.id = linked.transaction_id
                  JOIN payment_provider provider ON provider.id = tx.provider_id
                 WHERE %(waits)s
                   AND NOT EXISTS (SELECT 1 FROM credit_payment_item paid
                                    WHERE paid.transaction_id = tx.id)))
            """,
            waits=SQL(
                """
                tx.state IN ('pending', 'authorized')
                AND provider.code NOT IN ('none', 'custom')
                AND tx.last_state_change >= %s
                """,
                fields.Date.subtract(today, days=PENDING_DAYS),
            ),
        )
