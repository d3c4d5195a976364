from odoo import fields, models


class CreditPaymentItem(models.Model):
    """A journal item that an online payment is for, and how much of it.

    Written when the payment begins; what it pays is matched with exactly these items.
    """

    _name = "credit.payment.item"
    _description = "Item Paid Online"
    _order = "date_maturity, id"

    transaction_id = fields.Many2one(
        "payment.transaction", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="transaction_id.company_id", store=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    name = fields.Char(string="Number", readonly=True)
    date_maturity = fields.Date(string="Due Date", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(string="Paid", required=True, readonly=True)

    _check_amount = models.Constraint("CHECK(amount > 0)", "What is paid must be above zero.")
