from odoo import fields, models


class PaymentTransaction(models.Model):
    """A payment of chosen items from the customer's own page."""

    _inherit = "payment.transaction"

    credit_item_ids = fields.One2many(
        "credit.payment.item",
        "transaction_id",
        string="Items Paid",
        readonly=True,
        groups="account.group_account_invoice,credit_mgmt.credit_mgmt_group_viewer",
    )

    def _get_credit_items(self):
        """Return the items that the payment is for; those of the whole for a part of it."""
        self.ensure_one()
        # A payment is processed by whoever comes: the provider, the customer, a timer.
        transaction = self.sudo()
        source = transaction.source_transaction_id
        if source and source.operation == transaction.operation:
            transaction = source
        return transaction.credit_item_ids

    def _create_payment(self, **extra_create_values):
        """Override of `account_payment` to match the payment with exactly the chosen items.

        The payment has one line per item: an instalment, or the part of an invoice that is not
        disputed, is paid to the cent and nothing else is. What was settled by other means in the
        meantime stays an unallocated payment of the customer.
        """
        items = self._get_credit_items()
        if not items:
            return super()._create_payment(**extra_create_values)
        shares = self._share_among(items)
        account = shares[0][0].move_line_id.account_id
        # Odoo would match the invoices as wholes: it must not see them while it books.
        linked = {tx: tx.invoice_ids for tx in self + self.source_transaction_id}
        for tx in linked:
            tx.invoice_ids = [fields.Command.clear()]
        values = {"invoice_ids": [fields.Command.set(items.move_line_id.move_id.ids)]}
        if account:
            values["destination_account_id"] = account.id
            values["write_off_line_vals"] = self._prepare_item_lines(shares[1:], account)
        payment = super()._create_payment(**{**values, **extra_create_values})
        for tx, moves in linked.items():
            tx.invoice_ids = [fields.Command.set(moves.ids)]
        self._match_items(payment, shares)
        return payment

    def _share_among(self, items) -> list[tuple]:
        """Return what the payment pays of each item, the oldest due first: [(item, amount)].

        A payment that was captured in part pays as far as it goes. Items that are gone since
        come last, whatever is paid for them stays on the customer's account.
        """
        left, shares = abs(self.amount), []
        for item in items.sorted(lambda item: not item.move_line_id):
            amount = self.currency_id.round(min(left, item.amount))
            left = self.currency_id.round(left - amount)
            if not self.currency_id.is_zero(amount):
                shares.append((item, amount))
        return shares

    def _prepare_item_lines(self, shares, account) -> list[dict]:
        """Return the lines of the payment for all items but the first, which has Odoo's own.

        :param account: for items that are gone since
        """
        company = self.provider_id.company_id
        today = fields.Date.context_today(self)
        return [
            {
                "name": f"{self.reference}: {item.name}",
                "account_id": (item.move_line_id.account_id or account).id,
                "partner_id": self.partner_id.commercial_partner_id.id,
                "currency_id": self.currency_id.id,
                "amount_currency": -amount,
                "balance": -self.currency_id._convert(amount, company.currency_id, company, today),
            }
            for item, amount in shares
        ]

    def _match_items(self, payment, shares):
        """Match each line of the payment with its item, as far as that is still open."""
        lines = payment.move_id.line_ids.sorted("id")
        accounts = payment._get_valid_liquidity_accounts()
        own = lines.filtered(lambda line: line.account_id not in accounts)
        for line, (item, _amount) in zip(own, shares, strict=False):
            entry = item.move_line_id
            if entry.parent_state == "posted" and not entry.reconciled:
                (line + entry).reconcile()
