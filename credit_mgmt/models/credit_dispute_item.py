from odoo import api, fields, models
from odoo.tools import SQL


class CreditDisputeItem(models.Model):
    """A journal item that is disputed, and how much of it."""

    _name = "credit.dispute.item"
    _description = "Disputed Item"
    _inherit = ["credit.claim.item"]
    _owner_field = "dispute_id"

    dispute_id = fields.Many2one("credit.dispute", required=True, index=True, ondelete="cascade")
    amount = fields.Monetary(string="Disputed", required=True)
    credited_start = fields.Monetary(
        readonly=True,
        help="What had been credited already, by credit notes that do not answer this dispute.",
    )

    _live_idx = models.Index("(move_line_id) WHERE live")

    @api.model
    def _get_credited_sql(self, entry_id: SQL, until: SQL | None = None) -> SQL:
        """Return what credit notes settled of a journal item, in its currency.

        :param entry_id: the id of the item
        :param until: only what was settled until this day
        """
        return SQL(
            """
            COALESCE((
                SELECT SUM(partial.debit_amount_currency)
                  FROM account_partial_reconcile partial
                  JOIN account_move_line credited ON credited.id = partial.credit_move_id
                  JOIN account_move credit_note ON credit_note.id = credited.move_id
                 WHERE partial.debit_move_id = %s
                   AND credit_note.move_type = 'out_refund'
                   %s
            ), 0)
            """,
            entry_id,
            SQL("AND partial.max_date <= %s", until) if until else SQL(),
        )

    @api.model
    def _get_left_sql(self, credited: SQL) -> SQL:
        """Return what is still disputed of an item (aliases of ``_get_from_sql``).

        Never more than is open, less what credit notes took away since. An entry in draft is
        being corrected: the dispute goes on. One that is gone claims nothing.
        """
        return SQL(
            """
            CASE WHEN move.id IS NULL OR move.state = 'cancel' THEN 0
                 WHEN entry.id IS NULL OR move.state = 'draft' THEN item.amount
                 ELSE GREATEST(LEAST(
                    item.amount - GREATEST(%s - item.credited_start, 0),
                    entry.amount_residual_currency), 0) END
            """,
            credited,
        )
