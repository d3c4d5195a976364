from odoo import api, models
from odoo.tools import SQL


class CreditExposure(models.AbstractModel):
    """Orders in the exposure: delivered not invoiced, ordered not delivered, drafts, payments."""

    _inherit = "credit.exposure"

    @api.model
    def _get_exposure_queries(self, root):
        # EXTENDS 'credit_mgmt'
        queries = super()._get_exposure_queries(root)
        if root.credit_include_order_drafts:
            queries.append(
                (
                    "order_draft",
                    self.env._("Draft invoices of orders"),
                    "account.move",
                    self._get_order_draft_sql(root),
                )
            )
        return queries + [
            (
                "delivered",
                self.env._("Delivered, not invoiced"),
                "sale.order",
                self._get_orders_sql(root, "delivered"),
            ),
            (
                "ordered",
                self.env._("Ordered, not delivered"),
                "sale.order",
                self._get_orders_sql(root, "ordered"),
            ),
            (
                "online",
                self.env._("Online payments on their way"),
                "payment.transaction",
                self._get_online_sql(root),
            ),
        ]

    @api.model
    def _flush_exposure(self):
        # EXTENDS 'credit_mgmt'
        result = super()._flush_exposure()
        for name in ("sale.order", "sale.order.line", "payment.transaction", "uom.uom"):
            self.env[name].flush_model()
        self.env["account.payment"].flush_model(["move_id", "state"])
        self.env["account.payment.term"].flush_model(["credit_cash"])
        return result

    @api.model
    def _get_draft_of_orders_sql(self):
        # EXTENDS 'credit_mgmt'
        return SQL(
            """
            %s + COALESCE((
                SELECT SUM(line.price_total)
                  FROM account_move_line line
                 WHERE line.move_id = move.id
                   AND EXISTS (SELECT 1 FROM sale_order_line_invoice_rel rel
                                WHERE rel.invoice_line_id = line.id)
            ), 0)
            """,
            super()._get_draft_of_orders_sql(),
        )

    @api.model
    def _get_order_draft_sql(self, root) -> SQL:
        """Return the part of draft invoices and credit notes that stems from orders."""
        return SQL(
            """
            SELECT partner_id, res_id, amount
              FROM (
                SELECT contact.commercial_partner_id AS partner_id,
                       move.id AS res_id,
                       ROUND((%(sign)s * (%(of_orders)s) * rate.value)::numeric, %(digits)s)
                       AS amount
                  FROM account_move move
                  JOIN res_partner contact ON contact.id = move.partner_id
                  JOIN %(rates)s ON rate.currency_id = move.currency_id
                 WHERE move.state = 'draft'
                   AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                   AND move.company_id IN %(companies)s
              ) draft
             WHERE amount <> 0
            """,
            sign=self._get_draft_sign_sql(),
            of_orders=self._get_draft_of_orders_sql(),
            digits=root.currency_id.decimal_places,
            rates=self._get_rates_sql(root),
            companies=self._get_company_ids(root),
        )

    # === ORDERS === #

    @api.model
    def _get_orders_sql(self, root, part, order_ids=None) -> SQL:
        """Return what orders count and the ledger does not, order by order.

        A line counts what is delivered above what is invoiced, and what is ordered above both.
        Down payments invoiced are taken off, first of what is delivered. Orders paid before
        delivery count what has left, not what is ordered.

        :param part: ``delivered`` or ``ordered``
        :param order_ids: these orders, in whatever state, as if they were confirmed
        """
        return SQL(
            """
            SELECT partner_id, res_id, amount
              FROM (
                SELECT contact.commercial_partner_id AS partner_id,
                       so.id AS res_id,
                       ROUND((%(part)s * rate.value)::numeric, %(digits)s) AS amount
                  FROM sale_order so
                  JOIN res_partner contact ON contact.id = so.partner_invoice_id
                  JOIN %(rates)s ON rate.currency_id = so.currency_id
             LEFT JOIN account_payment_term term ON term.id = so.payment_term_id
            CROSS JOIN LATERAL (%(lines)s) line_sum
            CROSS JOIN LATERAL (%(down)s) down
                 WHERE so.company_id IN %(companies)s AND %(which)s
              ) open_order
             WHERE amount <> 0
            """,
            part={
                "delivered": SQL(
                    "CASE WHEN line_sum.delivered > 0"
                    " THEN GREATEST(line_sum.delivered - down.amount, 0)"
                    " ELSE line_sum.delivered END"
                ),
                "ordered": SQL(
                    "CASE WHEN term.credit_cash THEN 0 WHEN line_sum.ordered > 0"
                    " THEN GREATEST(line_sum.ordered - GREATEST(down.amount"
                    " - GREATEST(line_sum.delivered, 0), 0), 0)"
                    " ELSE line_sum.ordered END"
                ),
            }[part],
            digits=root.currency_id.decimal_places,
            rates=self._get_rates_sql(root),
            lines=self._get_order_lines_sql(root),
            down=self._get_down_payments_sql(root),
            companies=self._get_company_ids(root),
            which=self._get_open_orders_sql(root)
            if order_ids is None
            else SQL("so.id IN %s", tuple(order_ids) or (0,)),
        )

    @api.model
    def _get_open_orders_sql(self, root) -> SQL:
        """Return the condition of the orders that may count, on columns that have an index."""
        open_orders = SQL("so.state = 'sale' AND so.invoice_status <> 'invoiced'")
        if root.credit_include_order_drafts:
            return open_orders
        # Odoo takes what is on a draft invoice for invoiced.
        return SQL(
            """
            so.state = 'sale' AND (so.invoice_status <> 'invoiced' OR so.id IN (
                SELECT l.order_id
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
                  JOIN sale_order_line l ON l.id = rel.order_line_id
                 WHERE move.state = 'draft' AND move.move_type IN ('out_invoice', 'out_refund')
            ))
            """
        )

    @api.model
    def _get_invoiced_state_sql(self, root) -> SQL:
        """Return the condition of the invoices (alias ``move``) that the orders do not count."""
        if root.credit_include_order_drafts:
            return SQL("(move.state <> 'cancel' OR move.payment_state = 'invoicing_legacy')")
        return SQL("(move.state = 'posted' OR move.payment_state = 'invoicing_legacy')")

    @api.model
    def _get_line_closed_sql(self) -> SQL:
        """Return whether a line (alias ``l``) is closed: nothing more of it will be delivered."""
        return SQL("FALSE")

    @api.model
    def _get_order_lines_sql(self, root) -> SQL:
        """Return ``delivered`` and ``ordered`` of an order (outer alias ``so``), its currency."""
        return SQL(
            """
            SELECT COALESCE(SUM(qty.delivered * qty.unit), 0) AS delivered,
                   COALESCE(SUM(qty.ordered * qty.unit), 0) AS ordered
              FROM sale_order_line l
        CROSS JOIN LATERAL (
                SELECT COALESCE(SUM(
                           CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                           * line.quantity
                           * COALESCE(line_uom.factor / NULLIF(own_uom.factor, 0), 1)), 0) AS qty
                  FROM sale_order_line_invoice_rel rel
                  JOIN account_move_line line ON line.id = rel.invoice_line_id
                  JOIN account_move move ON move.id = line.move_id
             LEFT JOIN uom_uom line_uom ON line_uom.id = line.product_uom_id
             LEFT JOIN uom_uom own_uom ON own_uom.id = l.product_uom_id
                 WHERE rel.order_line_id = l.id
                   AND move.move_type IN ('out_invoice', 'out_refund')
                   AND %(invoiced_state)s
              ) invoiced
        CROSS JOIN LATERAL (
                SELECT GREATEST(l.qty_delivered - GREATEST(invoiced.qty, 0), 0) AS delivered,
                       CASE WHEN %(closed)s THEN 0
                            WHEN l.product_uom_qty >= 0
                            THEN GREATEST(
                                l.product_uom_qty - GREATEST(l.qty_delivered, invoiced.qty, 0), 0)
                            ELSE LEAST(
                                l.product_uom_qty - LEAST(l.qty_delivered, invoiced.qty, 0), 0)
                       END AS ordered,
                       -- A line without a quantity has no total: expenses, what was added to a
                       -- delivery. Its price is taken without tax.
                       CASE WHEN l.product_uom_qty <> 0 THEN l.price_total / l.product_uom_qty
                            ELSE l.price_unit * (1 - COALESCE(l.discount, 0) / 100) END AS unit
              ) qty
             WHERE l.order_id = so.id
               AND l.display_type IS NULL
               AND l.is_downpayment IS NOT TRUE
            """,
            invoiced_state=self._get_invoiced_state_sql(root),
            closed=self._get_line_closed_sql(),
        )

    @api.model
    def _get_down_payments_sql(self, root) -> SQL:
        """Return the ``amount`` of the down payments of an order that no invoice deducted yet."""
        return SQL(
            """
            SELECT GREATEST(COALESCE(SUM(
                       CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                       * line.price_total
                       * CASE WHEN move.currency_id = so.currency_id THEN 1
                              -- Both against the company's currency, at their documents' rates.
                              ELSE COALESCE(so.currency_rate, 1)
                                   / COALESCE(NULLIF(move.invoice_currency_rate, 0), 1) END
                   ), 0), 0) AS amount
              FROM sale_order_line l
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = l.id
              JOIN account_move_line line ON line.id = rel.invoice_line_id
              JOIN account_move move ON move.id = line.move_id
             WHERE l.order_id = so.id
               AND l.is_downpayment
               AND move.move_type IN ('out_invoice', 'out_refund')
               AND %s
            """,
            self._get_invoiced_state_sql(root),
        )

    # === ONLINE PAYMENTS === #

    @api.model
    def _get_online_sql(self, root) -> SQL:
        """Return the payments of confirmed orders and posted invoices that no entry holds yet.

        Authorised ones, and those confirmed by the provider that are not booked, each less what
        was captured or given up by a transaction of its own.
        """
        return SQL(
            """
            SELECT COALESCE(debtor.partner_id, contact.commercial_partner_id) AS partner_id,
                   tx.id AS res_id,
                   ROUND((-GREATEST(tx.amount - part.amount, 0) * rate.value)::numeric,
                         %(digits)s) AS amount
              FROM payment_transaction tx
              JOIN res_partner contact ON contact.id = tx.partner_id
              JOIN %(rates)s ON rate.currency_id = tx.currency_id
         LEFT JOIN account_payment payment ON payment.id = tx.payment_id
        CROSS JOIN LATERAL (
                SELECT COALESCE(SUM(child.amount), 0) AS amount
                  FROM payment_transaction child
                 WHERE child.source_transaction_id = tx.id
                   AND child.operation = tx.operation
                   AND child.state IN ('done', 'cancel')
              ) part
         LEFT JOIN LATERAL (
                SELECT payer.commercial_partner_id AS partner_id
                  FROM sale_order_transaction_rel rel
                  JOIN sale_order so ON so.id = rel.sale_order_id
                  JOIN res_partner payer ON payer.id = so.partner_invoice_id
                 WHERE rel.transaction_id = tx.id AND so.state = 'sale'
                 LIMIT 1
              ) debtor ON TRUE
             WHERE tx.company_id IN %(companies)s
               AND tx.operation NOT IN ('validation', 'refund')
               AND (tx.state = 'authorized'
                    OR tx.state = 'done' AND (
                        payment.id IS NULL AND tx.is_post_processed IS NOT TRUE
                        OR payment.state = 'in_process' AND payment.move_id IS NULL))
               AND (debtor.partner_id IS NOT NULL OR EXISTS (
                    SELECT 1
                      FROM account_invoice_transaction_rel rel
                      JOIN account_move move ON move.id = rel.invoice_id
                     WHERE rel.transaction_id = tx.id AND move.state = 'posted'
                       AND move.move_type = 'out_invoice'))
            """,
            digits=root.currency_id.decimal_places,
            rates=self._get_rates_sql(root),
            companies=self._get_company_ids(root),
        )

    # === CLAIMS === #

    @api.model
    def _get_order_claims(self, orders) -> dict[int, float]:
        """Return what orders would add to the exposure once confirmed, root company's currency.

        :param orders: saved orders, in whatever state
        :return: {order id: amount}, payments on their way for the order being taken off
        """
        claims = dict.fromkeys(orders.ids, 0.0)
        self._flush_exposure()
        for root, same in orders.grouped(lambda order: order.company_id.root_id).items():
            rows = self.env.execute_query(
                SQL(
                    "%s UNION ALL %s",
                    self._get_orders_sql(root, "delivered", same.ids),
                    self._get_orders_sql(root, "ordered", same.ids),
                )
            )
            for _partner_id, order_id, amount in rows:
                claims[order_id] += float(amount)
        return claims
