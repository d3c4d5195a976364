from odoo import fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    credit_exposure_amount = fields.Monetary(
        string="Counted",
        compute="_compute_credit_exposure_amount",
        currency_field="credit_currency_id",
        groups="credit_mgmt.credit_mgmt_group_viewer",
        help="By how much the exposure is smaller, at the day's rate.",
    )
    credit_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    def _compute_credit_exposure_amount(self):
        amounts = (
            self.env["credit.exposure"]
            .sudo()  # the user reads the payment itself
            ._get_document_amounts(self, ["online"])
        )
        for transaction in self:
            transaction.credit_exposure_amount = amounts.get(transaction.id, 0.0)

    def _post_process(self):
        """Hold an order that its customer paid in part rather than fail with his payment."""
        return super(
            PaymentTransaction, self.with_context(credit_customer_driven=True)
        )._post_process()

    def _check_amount_and_confirm_order(self):
        """Leave held orders out: the payment is kept, the order waits for the approver."""
        # EXTENDS 'sale'
        orders = self.env["sale.order"]
        for transaction in self:
            if len(transaction.sale_order_ids) == 1:
                orders |= transaction.sale_order_ids.filtered(
                    lambda order: (
                        order.state in ("draft", "sent") and order._is_confirmation_amount_reached()
                    )
                )
        held = orders._hold_on_credit()
        passing = self.filtered(lambda transaction: not transaction.sale_order_ids & held)
        return super(PaymentTransaction, passing)._check_amount_and_confirm_order()
