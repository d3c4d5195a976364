from odoo import api, models

#: What may make a confirmed order larger.
_AMOUNT_FIELDS = {
    "product_uom_qty", "price_unit", "discount", "tax_ids", "product_id", "product_uom_id",
    "order_id",
}  # fmt: skip


class SaleOrderLine(models.Model):
    """A confirmed order that grows is checked again."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["sale.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        with orders._watch_credit():
            return super().create(vals_list)

    def write(self, vals):
        if not _AMOUNT_FIELDS & vals.keys():
            return super().write(vals)
        orders = self.order_id
        if vals.get("order_id"):
            orders |= orders.browse(vals["order_id"])
        with orders._watch_credit():
            return super().write(vals)

    def unlink(self):
        # A discount taken away makes an order larger as well.
        with self.order_id._watch_credit():
            return super().unlink()
