from odoo import api, models
from odoo.tools import SQL


class CreditExposure(models.AbstractModel):
    _inherit = "credit.exposure"

    @api.model
    def _get_line_closed_sql(self):
        """A line whose transfers are all done or cancelled will not be delivered any further.

        Without any transfer it may still be: services, what is ordered from a supplier first. So
        may one of an order that is being confirmed or enlarged: its transfers come afterwards.
        """
        # EXTENDS 'credit_mgmt_sale'
        return SQL(
            """
            (%s OR l.qty_delivered_method = 'stock_move' AND l.order_id NOT IN %s AND EXISTS (
                SELECT 1 FROM stock_move transfer WHERE transfer.sale_line_id = l.id
            ) AND NOT EXISTS (
                SELECT 1 FROM stock_move transfer
                 WHERE transfer.sale_line_id = l.id
                   AND transfer.state NOT IN ('done', 'cancel')
            ))
            """,
            super()._get_line_closed_sql(),
            tuple(self.env.context.get("credit_open_order_ids") or (0,)),
        )

    @api.model
    def _flush_exposure(self):
        # EXTENDS 'credit_mgmt_sale'
        result = super()._flush_exposure()
        self.env["stock.move"].flush_model(["sale_line_id", "state"])
        return result
