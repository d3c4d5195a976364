from odoo import api, fields, models
from odoo.tools import SQL


class CreditClaimItem(models.AbstractModel):
    """A journal item that a promise, plan, dispute or collection is about.

    ``amount_start`` is what was open when the customer spoke: what was settled since is the
    difference to what is open now, whatever the date of the payment. Amounts are in the currency
    of the item. ``live`` is a plain column, set by the owner's own gate: the reminders look at
    few rows.
    """

    _name = "credit.claim.item"
    _description = "Item of a Promise, Plan, Dispute or Collection"
    _order = "date_maturity, id"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice or Entry",
        index="btree_not_null",
        ondelete="set null",
    )
    name = fields.Char(string="Number", readonly=True)
    date_maturity = fields.Date(string="Due Date", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_start = fields.Monetary(
        string="Open Then", readonly=True, help="What was open when it was agreed."
    )
    live = fields.Boolean(readonly=True)
    amount_open = fields.Monetary(string="Open Now", compute="_compute_amount_open")

    @api.depends("move_line_id.amount_residual_currency", "move_line_id.parent_state")
    def _compute_amount_open(self):
        for item in self:
            # Whoever may read the promise or dispute may know what is left of its items.
            entry = item.sudo().move_line_id
            posted = entry.parent_state == "posted"
            item.amount_open = max(entry.amount_residual_currency, 0) if posted else 0.0

    @api.model
    def _prepare_item_values(self, entry) -> dict:
        """Return the snapshot of an open journal item."""
        return {
            "company_id": entry.company_id.root_id.id,
            "move_line_id": entry.id,
            "move_id": entry.move_id.id,
            "name": entry.move_name or entry.move_id.name,
            "date_maturity": entry.date_maturity or entry.date,
            "currency_id": entry.currency_id.id,
            "amount_start": entry.amount_residual_currency,
        }

    @api.model
    def _get_settled_sql(self) -> SQL:
        """Return what was settled of an item since (aliases item, move, entry; see _get_from_sql).

        An entry in draft is being corrected: nothing is settled by that. One that was cancelled
        or deleted claims nothing any more.
        """
        return SQL(
            """
            GREATEST(item.amount_start - CASE
                WHEN move.id IS NULL OR move.state = 'cancel' THEN 0
                WHEN entry.id IS NULL OR move.state = 'draft' THEN item.amount_start
                ELSE GREATEST(entry.amount_residual_currency, 0) END, 0)
            """
        )

    @api.model
    def _get_from_sql(self) -> SQL:
        """Return the items with their entries: aliases item, move and entry."""
        return SQL(
            """
            %s item
            LEFT JOIN account_move move ON move.id = item.move_id
            LEFT JOIN account_move_line entry ON entry.id = item.move_line_id
            """,
            SQL.identifier(self._table),
        )

    @api.model
    def _relink(self, moves):
        """Let items follow invoices that were posted again (rule 4).

        Resetting to draft may delete journal items: the rows that lost theirs take those of the
        same invoice that no other row of the same owner has, in order of their due dates.
        """
        lost = self.search([("move_id", "in", moves.ids), ("move_line_id", "=", False)])
        if not lost:
            return
        taken = self.search([("move_id", "in", lost.move_id.ids), ("move_line_id", "!=", False)])
        for move, rows in lost.grouped("move_id").items():
            entries = move.line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            ).sorted(lambda line: (line.date_maturity or line.date, line.id))
            for _owner, owned in rows.grouped(lambda row: row[self._owner_field]).items():
                others = taken.filtered(
                    lambda row, owned=owned: row[self._owner_field] == owned[self._owner_field][:1]
                )
                free = entries - others.move_line_id
                for row, entry in zip(owned.sorted("date_maturity"), free, strict=False):
                    row.move_line_id = entry
