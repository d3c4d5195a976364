from odoo import api, fields, models
from odoo.tools import SQL


class CreditAgedItem(models.Model):
    """What of an item was disputed at the date."""

    _inherit = "credit.aged.item"

    amount_disputed = fields.Monetary(
        string="Disputed",
        currency_field="company_currency_id",
        readonly=True,
        depends_context=("aged_as_of", "company"),
        help="The part of the open amount that was disputed at the end of the day.",
    )

    amount_disputed_currency = fields.Monetary(
        string="Disputed in Currency",
        currency_field="currency_id",
        readonly=True,
        depends_context=("aged_as_of", "company"),
    )

    _depends = {
        "credit.dispute": ["date", "closed_on"],
        "credit.dispute.item": ["dispute_id", "move_line_id", "amount", "credited_start"],
    }

    @api.model
    def _select(self) -> SQL:
        return SQL(
            """
            %s,
            CASE WHEN disputed.amount IS NULL OR item.amount_currency <= 0 THEN 0
                 WHEN disputed.amount >= item.amount_currency THEN item.amount
                 ELSE ROUND(disputed.amount * item.amount / item.amount_currency,
                            money.decimal_places) END AS amount_disputed,
            CASE WHEN disputed.amount IS NULL OR item.amount_currency <= 0 THEN 0
                 ELSE LEAST(disputed.amount, item.amount_currency) END
                AS amount_disputed_currency
            """,
            super()._select(),
        )

    @api.model
    def _from(self) -> SQL:
        """Add the disputes of the date; one row per item, so that the planner drops it unused."""
        as_of = self._get_as_of()
        Item = self.env["credit.dispute.item"]
        return SQL(
            """
            %(from)s
            LEFT JOIN res_currency money ON money.id = company.currency_id
            LEFT JOIN (
                SELECT contested.move_line_id,
                       GREATEST(SUM(contested.amount) - GREATEST(
                            MAX(contested.credited) - MIN(contested.credited_start), 0), 0)
                           AS amount
                  FROM (
                    SELECT part.move_line_id, part.amount, part.credited_start,
                           %(credited)s AS credited
                      FROM credit_dispute_item part
                      JOIN credit_dispute dispute ON dispute.id = part.dispute_id
                     WHERE dispute.date <= %(as_of)s
                       AND (dispute.closed_on IS NULL OR dispute.closed_on > %(as_of)s)
                  ) contested
              GROUP BY contested.move_line_id
            ) disputed ON disputed.move_line_id = item.id
            """,
            credited=Item._get_credited_sql(SQL("part.move_line_id"), SQL("%s", as_of)),
            as_of=as_of,
            **{"from": super()._from()},
        )
