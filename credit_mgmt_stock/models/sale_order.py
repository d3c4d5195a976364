from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _check_credit_delivery(self, values):
        """Refuse deliveries that the customers' credit does not allow.

        What was ordered counts already; goods beyond the order and those of orders paid before
        delivery come on top. An order that is paid or released goes.

        :param values: {order: amount that leaves, its currency}
        :raises UserError: with the figures, for all the refused orders together
        """
        refused = []
        for order, (decision, passes) in self._get_delivery_decisions(values).items():
            if decision["reason"] and not passes:
                refused.append((order, decision))
        if refused:
            raise UserError(self._get_refusal(refused))

    def _get_delivery_decisions(self, values, lock=True) -> dict:
        """Judge the deliveries of orders; orders of one customer are summed.

        :return: as ``_get_credit_decisions``
        """
        result = {}
        for root, orders in self.grouped(lambda o: o.company_id.root_id).items():
            claims: dict = {}
            for order in orders:
                claim = 0.0
                if order.sudo().payment_term_id.credit_cash:
                    claim = self.env["credit.exposure"]._convert(
                        values.get(order, 0.0), order.currency_id, root.sudo()
                    )
                debtor = order._get_credit_debtor()
                claims[debtor] = claims.get(debtor, 0.0) + claim
            decisions = self.env["credit.check"]._decide(root, claims, lock=lock)
            customers = orders.sudo().partner_id.commercial_partner_id
            holds = self.env["credit.hold"].sudo()._get_holds(customers, root.sudo())
            for order in orders:
                decision = decisions[order._get_credit_debtor().id]
                hold = holds.get(order.sudo().partner_id.commercial_partner_id.id)
                if hold and hold["level"] == "hold" and decision["reason"] != "hold":
                    decision = {**decision, "reason": "hold", "hold": hold}
                passes = order._get_credit_pass()
                if passes == "cash":
                    # Cash terms were spared at the order: here the money must have come, or fit
                    # into the limit.
                    paid, _waiting = order._get_credit_paid()
                    enough = order.currency_id.compare_amounts(paid, order.amount_total) >= 0
                    passes = "paid" if enough else bool(order._get_valid_release()) and "released"
                result[order] = (decision, passes)
        return result
