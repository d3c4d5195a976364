from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CreditKpiSettlement(models.Model):
    """What settled a receivable item, when and how late: one row per matching of its debit side.

    The row has the id of the matching. It is dated by the later of its two entries, and kinds are
    disjoint: a payment (payment or bank line), a credit note, a bad debt, an exchange difference,
    or another entry. A **bad debt** is an item settled by a miscellaneous entry that carries a
    loss: an entry of a general journal, not an exchange difference, with an item on one of the
    accounts of :meth:`_get_bad_debt_domain` (in France 654, elsewhere any expense).
    """

    _name = "credit.kpi.settlement"
    _description = "Settlement of a Receivable"
    _inherit = ["credit.kpi.item"]
    _auto = False
    _order = "date desc, id desc"

    date = fields.Date(string="Settled On", aggregator=None)
    amount = fields.Monetary(string="Settled", currency_field="company_currency_id", readonly=True)
    delay_days = fields.Integer(
        string="Days After Due Date",
        readonly=True,
        aggregator="avg",
        help="Negative when settled early. Totals are weighted by amount.",
    )
    amount_days = fields.Float(string="Amount × Days", readonly=True)
    kind = fields.Selection(
        [
            ("payment", "Payment"),
            ("credit_note", "Credit note"),
            ("bad_debt", "Bad debt"),
            ("exchange", "Exchange difference"),
            ("entry", "Other entry"),
        ],
        readonly=True,
    )
    counterpart_move_id = fields.Many2one("account.move", string="Settled By", readonly=True)

    _depends = {
        "account.move": ["journal_id", "state"],
        "account.journal": ["type"],
        "account.partial.reconcile": [
            "debit_move_id", "credit_move_id", "amount", "max_date", "exchange_move_id",
        ],
    }  # fmt: skip

    # === QUERY === #

    @api.model
    def _get_columns(self) -> dict[str, SQL]:
        due = SQL("COALESCE(line.date_maturity, line.date)")
        delay = SQL("(matching.max_date - %s)", due)
        return super()._get_columns() | {
            "id": SQL("matching.id"),
            "date": SQL("matching.max_date"),
            "amount": SQL("matching.amount"),
            "delay_days": delay,
            "amount_days": SQL("matching.amount * %s", delay),
            "kind": self._get_kind_sql(),
            "counterpart_move_id": SQL("counter.move_id"),
        }

    @api.model
    def _get_kind_sql(self) -> SQL:
        exchange = SQL(
            "(SELECT exchange_move_id FROM account_partial_reconcile"
            " WHERE exchange_move_id IS NOT NULL)"
        )
        return SQL(
            """
            CASE WHEN counter.move_id IN %(exchange)s OR line.move_id IN %(exchange)s
                 THEN 'exchange'
                 WHEN counter.payment_id IS NOT NULL OR counter.statement_line_id IS NOT NULL
                 THEN 'payment'
                 WHEN counter_move.move_type = 'out_refund' THEN 'credit_note'
                 WHEN counter.move_id IN %(losses)s THEN 'bad_debt'
                 ELSE 'entry' END
            """,
            exchange=exchange,
            losses=self._get_losses_sql(),
        )

    @api.model
    def _get_losses_sql(self) -> SQL:
        """Return the miscellaneous entries that carry a loss on a customer."""
        return SQL(
            """
            (SELECT loss.move_id
               FROM account_move_line loss
               JOIN account_journal journal ON journal.id = loss.journal_id
              WHERE journal.type = 'general'
                AND loss.parent_state = 'posted'
                AND (%s))
            """,
            SQL(" OR ").join(
                SQL("(loss.company_id IN %s AND loss.account_id IN %s)", companies, accounts)
                for companies, accounts in self._get_bad_debt_accounts().items()
            ),
        )

    @api.model
    def _get_bad_debt_accounts(self) -> dict[tuple, tuple]:
        """Return the ids of the loss accounts by the ids of the companies that use them."""
        # Which accounts stand for losses is no secret; the rules decide about the items.
        companies = self.env["res.company"].sudo().with_context(active_test=False).search([])
        Account = self.env["account.account"].sudo().with_context(active_test=False)
        return {
            tuple(branches.ids): tuple(
                Account.with_company(root)
                .search(Domain("company_ids", "in", root.ids) & self._get_bad_debt_domain(root))
                .ids
            )
            or (0,)
            for root, branches in companies.grouped("root_id").items()
        }

    @api.model
    def _get_bad_debt_domain(self, company) -> Domain:
        """Return the domain of the accounts on which a company books what it loses on customers.

        :param company: a main company; account codes are read as its own
        """
        if company.account_fiscal_country_id.code == "FR":
            return Domain("code", "=like", "654%")
        return Domain("account_type", "in", ("expense", "expense_other"))

    @api.model
    def _from(self) -> SQL:
        return SQL(
            """
            account_partial_reconcile matching
            JOIN account_move_line counter
              ON counter.id = matching.credit_move_id AND counter.parent_state = 'posted'
            LEFT JOIN account_move counter_move ON counter_move.id = counter.move_id
            JOIN (%s) ON line.id = matching.debit_move_id
            """,
            super()._from(),
        )

    @api.model
    def _where(self) -> SQL:
        """Keep the settlements of debts: a payment is allocated, not settled."""
        return SQL("%s AND NOT %s", super()._where(), self._get_columns()["unallocated"])

    # === FIGURES === #

    def _read_group_select(self, aggregate_spec, query):
        """Weight the average delay by amount: a small invoice paid late is no drama."""
        if aggregate_spec != "delay_days:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "SUM(%s) / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "amount_days", query),
            self._field_to_sql(self._table, "amount", query),
        )
