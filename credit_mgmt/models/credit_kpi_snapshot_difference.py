from odoo import fields, models
from odoo.tools import SQL


class CreditKpiSnapshotDifference(models.Model):
    """Why a month-end snapshot differs from the ledger: one row per item that changed since.

    The snapshot is that of the context key ``credit_snapshot_id``; without it there is no row. The
    row has the id of the journal item, which may be deleted by now.
    """

    _name = "credit.kpi.snapshot.difference"
    _description = "Change Since a Month-End Snapshot"
    _auto = False
    _rec_name = "name"
    _order = "cause, id"

    snapshot_id = fields.Many2one("credit.kpi.snapshot", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice or Entry", readonly=True)
    name = fields.Char(string="Number", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    date = fields.Date(readonly=True, aggregator=None)
    cause = fields.Selection(
        [
            ("posted", "Entered into the period since"),
            ("reopened", "Posted from a draft, or matching undone"),
            ("matched", "Matched into the period since"),
            ("redated", "Due date changed"),
            ("cancelled", "Cancelled, reset or moved out of the period"),
            ("deleted", "Deleted"),
        ],
        readonly=True,
    )
    amount_then = fields.Monetary(
        string="Open in the Snapshot", currency_field="company_currency_id", readonly=True
    )
    amount_now = fields.Monetary(
        string="Open Then, as of Now", currency_field="company_currency_id", readonly=True
    )
    difference = fields.Monetary(currency_field="company_currency_id", readonly=True)
    changed_on = fields.Datetime(string="Last Change", readonly=True)
    changed_by = fields.Many2one("res.users", readonly=True)

    _depends = {
        "account.move.line": [
            "move_id", "account_id", "partner_id", "company_id", "date", "date_maturity",
            "balance", "amount_residual", "parent_state", "move_name",
        ],
        "account.partial.reconcile": ["debit_move_id", "credit_move_id", "amount", "max_date"],
        "credit.kpi.snapshot": ["company_id", "date", "taken_on", "items"],
    }  # fmt: skip

    @property
    def _table_query(self) -> SQL:
        # Which items are compared is the snapshot's; its rule decides who may see it.
        snapshot = (
            self.env["credit.kpi.snapshot"]
            .search([("id", "=", self.env.context.get("credit_snapshot_id"))])
            .sudo()
        )
        # As in the snapshot: the company's items, whichever branches the user ticked.
        Item = self.env["credit.aged.item"].sudo()
        items = Item.with_context(aged_as_of=snapshot.date)._search(
            [("company_id", "in", snapshot._get_scope(snapshot.company_id).ids)]
        )
        names = ("id", "amount", "date_maturity")
        return SQL(
            """
            SELECT item.id, %(snapshot)s::int AS snapshot_id, %(company)s::int AS company_id,
                   %(currency)s::int AS company_currency_id, line.move_id,
                   COALESCE(line.move_name, '#' || item.id) AS name,
                   contact.commercial_partner_id AS partner_id, line.date,
                   CASE WHEN line.id IS NULL THEN 'deleted'
                        WHEN amount_now IS NULL AND (
                            line.parent_state <> 'posted' OR line.date > %(date)s::date
                        ) THEN 'cancelled'
                        WHEN amount_then IS NULL AND line.create_date > %(taken_on)s::timestamp
                        THEN 'posted'
                        WHEN ABS(COALESCE(amount_now, 0)) > ABS(COALESCE(amount_then, 0))
                        THEN 'reopened'
                        WHEN amount_now = amount_then THEN 'redated'
                        ELSE 'matched' END AS cause,
                   COALESCE(amount_then, 0) AS amount_then,
                   COALESCE(amount_now, 0) AS amount_now,
                   COALESCE(amount_now, 0) - COALESCE(amount_then, 0) AS difference,
                   COALESCE(matching.create_date, line.write_date) AS changed_on,
                   COALESCE(matching.create_uid, line.write_uid) AS changed_by
              FROM (
                    SELECT COALESCE(past.id, present.id) AS id,
                           past.amount AS amount_then, past.due AS due_then,
                           present.amount AS amount_now, present.date_maturity AS due_now
                      FROM (
                            SELECT key::int AS id, (value ->> 0)::numeric AS amount,
                                   (value ->> 1)::date AS due
                              FROM credit_kpi_snapshot, jsonb_each(items)
                             WHERE credit_kpi_snapshot.id = %(snapshot)s
                           ) past
                 FULL JOIN (%(present)s) present ON present.id = past.id
                   ) item
         LEFT JOIN account_move_line line ON line.id = item.id
         LEFT JOIN res_partner contact ON contact.id = line.partner_id
         LEFT JOIN LATERAL (
                SELECT create_date, create_uid
                  FROM account_partial_reconcile
                 WHERE (debit_move_id = item.id OR credit_move_id = item.id)
                   AND max_date <= %(date)s::date
                   AND create_date > %(taken_on)s::timestamp
              ORDER BY account_partial_reconcile.id DESC
                 LIMIT 1
              ) matching ON TRUE
             WHERE amount_now IS DISTINCT FROM amount_then OR due_now IS DISTINCT FROM due_then
            """,
            snapshot=snapshot.id or None,
            company=snapshot.company_id.id or None,
            currency=snapshot.company_id.currency_id.id or None,
            date=snapshot.date or None,
            taken_on=snapshot.taken_on or None,
            present=items.select(*(SQL.identifier(items.table, name) for name in names)),
        )
