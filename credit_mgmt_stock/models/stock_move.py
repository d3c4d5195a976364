from odoo import models


class StockMove(models.Model):
    """The lowest step that lets goods leave: single transfers, batches and programs meet here."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        # EXTENDS 'stock'
        self._get_credit_deliveries()._check_credit_delivery()
        return super()._action_done(cancel_backorder=cancel_backorder)

    def _get_credit_deliveries(self):
        """Return the moves by which goods of an order leave for a customer; not what comes back."""
        return self.filtered(
            lambda move: (
                move.sale_line_id
                and move.state not in ("done", "cancel")
                and move.location_dest_id.usage == "customer"
                and move.location_id.usage != "customer"
                and move.quantity > 0
            )
        )

    def _check_credit_delivery(self):
        """Check the orders of the goods that leave.

        :raises UserError: with the figures
        """
        values = self._get_credit_values()
        orders = self.env["sale.order"].union(*values)
        orders._check_credit_delivery(values)

    def _get_credit_values(self) -> dict:
        """Return what leaves of each order, at the prices of the order: {order: amount}."""
        values: dict = {}
        for move in self:
            # Who ships need not have a right on orders.
            line = move.sudo().sale_line_id
            order = line.order_id.sudo(self.env.su)
            unit = (
                line.price_total / line.product_uom_qty
                if line.product_uom_qty
                else line.price_unit * (1 - line.discount / 100)
            )
            quantity = move.product_uom._compute_quantity(
                move.quantity, line.product_uom_id, rounding_method="HALF-UP"
            )
            values[order] = values.get(order, 0.0) + unit * quantity
        return values
