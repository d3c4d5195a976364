from odoo import api, fields, models


class CreditCustomerAction(models.Model):
    """The log of the customers' actions, online payments included."""

    _inherit = "credit.customer.action"

    kind = fields.Selection(
        selection_add=[("payment", "Pays online")], ondelete={"payment": "cascade"}
    )
    transaction_id = fields.Many2one(
        "payment.transaction",
        string="Online Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    payment_state = fields.Selection(
        related="transaction_id.state",
        string="State of the Payment",
        related_sudo=True,
    )

    @api.model
    def _get_summaries(self, values):
        return super()._get_summaries(values) | {
            "payment": self.env._("Online payment of %(amount)s: %(items)s", **values),
        }

    def _execute_payment(self, owner):
        """Nothing yet: what becomes of the payment is the provider's word."""

    def _has_failed(self) -> bool:
        self.ensure_one()
        return self.transaction_id.state in ("cancel", "error")

    def _is_refunded(self) -> bool:
        self.ensure_one()
        children = self.transaction_id.child_transaction_ids
        return bool(children.filtered(lambda tx: tx.operation == "refund" and tx.state == "done"))

    def _get_answer(self):
        self.ensure_one()
        if self.kind != "payment":
            return super()._get_answer()
        if self._is_refunded():
            return self.env._("Refunded.")
        return {
            "draft": self.env._("Not finished: nothing was taken."),
            "pending": self.env._("Your payment is being processed, thank you."),
            "authorized": self.env._("Your payment is authorized, thank you."),
            "done": self.env._("Paid, thank you."),
            "cancel": self.env._("The payment was cancelled: nothing was taken."),
            "error": self.env._("The payment failed: nothing was taken."),
        }.get(self.transaction_id.state, "")
