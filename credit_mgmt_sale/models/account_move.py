from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_credit_amount_of_orders(self):
        """Take out what the orders count already, as delivered or ordered and not invoiced."""
        # EXTENDS 'credit_mgmt'
        # A biller need not have a right on the orders behind the invoice.
        lines = self.invoice_line_ids.filtered(lambda line: line.sudo().sale_line_ids)
        return super()._get_credit_amount_of_orders() + sum(lines.mapped("price_total"))
