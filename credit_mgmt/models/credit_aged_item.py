from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import aging

#: What the age of an item is counted from.
BASES = [
    ("due", "Due date"),
    ("invoice", "Invoice date"),
    ("posting", "Posting date"),
]
#: Days of the past with so few reconciliations since that their items are looked up one by one.
_RECENT_DAYS = 45
#: The context keys on which the figures of an item depend.
_CONTEXT = ("aged_as_of", "aged_basis", "aged_edges", "company")


class CreditAgedItem(models.Model):
    """Every receivable item that was open at a date, with what was left of it then.

    One row per posted journal item on a receivable account whose residual at the end of the day
    ``aged_as_of`` (context; today by default) is not zero; the row has the id of the item. That
    residual is today's with each reconciliation of a later date undone, so that the rows of a
    company add up to the balance of its receivable accounts at that date. Further context keys:
    ``aged_basis`` (a key of ``BASES``) and ``aged_edges`` (see ``tools.aging``).

    Amounts are in the company's currency as booked, those ending in ``_currency`` in the item's.
    """

    _name = "credit.aged.item"
    _inherit = ["credit.ledger.row"]
    _description = "Receivable Item at a Date"
    _auto = False
    _rec_name = "name"
    _rec_names_search = ["name", "partner_id"]
    _order = "date_maturity, id"

    name = fields.Char(string="Number", readonly=True)
    ref = fields.Char(string="Reference", readonly=True)
    move_line_id = fields.Many2one("account.move.line", string="Journal Item", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice or Entry", readonly=True)
    journal_id = fields.Many2one("account.journal", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    kind = fields.Selection(
        selection=lambda self: self.env["credit.receivable"]._fields["kind"].selection,
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    credit_group_id = fields.Many2one("credit.group", string="Group", readonly=True)
    risk_class_id = fields.Many2one("credit.risk.class", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    root_company_id = fields.Many2one("res.company", string="Main Company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True, aggregator=None)
    invoice_date = fields.Date(readonly=True, aggregator=None)
    date_maturity = fields.Date(string="Due Date", readonly=True, aggregator="min")
    amount_original = fields.Monetary(
        string="Booked Amount", currency_field="company_currency_id", readonly=True
    )
    amount_original_currency = fields.Monetary(
        string="Booked Amount in Currency", currency_field="currency_id", readonly=True
    )
    amount = fields.Monetary(
        string="Open Amount",
        currency_field="company_currency_id",
        readonly=True,
        depends_context=_CONTEXT,
        help="What was left to pay at the end of the day.",
    )
    amount_currency = fields.Monetary(
        string="Open Amount in Currency",
        currency_field="currency_id",
        readonly=True,
        depends_context=_CONTEXT,
    )
    amount_since = fields.Monetary(
        string="Settled Since",
        currency_field="company_currency_id",
        readonly=True,
        depends_context=_CONTEXT,
        help="What was reconciled with this item after the day.",
    )
    age = fields.Integer(
        string="Age (Days)",
        readonly=True,
        aggregator="max",
        depends_context=_CONTEXT,
        help="Days between the due date (or the invoice or posting date) and the day.",
    )
    bucket = fields.Selection(
        selection="_selection_bucket",
        readonly=True,
        depends_context=_CONTEXT,
    )
    policy_id = fields.Many2one("credit.dunning.policy", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)

    _depends = {
        "account.move": [
            "name", "move_type", "invoice_user_id", "origin_payment_id", "statement_line_id",
        ],
        "account.move.line": [
            "move_id", "journal_id", "account_id", "partner_id", "company_id", "currency_id",
            "company_currency_id", "date", "invoice_date", "date_maturity", "amount_residual",
            "amount_residual_currency", "amount_currency", "balance", "reconciled",
            "parent_state", "move_name", "ref", "payment_id", "statement_line_id",
        ],
        "account.partial.reconcile": [
            "max_date", "debit_move_id", "credit_move_id", "amount", "debit_amount_currency",
            "credit_amount_currency",
        ],
        "account.account": ["account_type"],
        "res.company": ["parent_path", "credit_policy_id"],
        "res.partner": [
            "commercial_partner_id", "credit_audience", "dunning_policy_id", "collector_id",
            "user_id", "country_id", "credit_group_id", "risk_class_id",
        ],
        "credit.risk.class": ["active", "company_id", "dunning_policy_id"],
        "credit.dunning.policy": ["active", "audience", "company_id", "sequence"],
    }  # fmt: skip

    @api.model
    def _selection_bucket(self) -> list[tuple[str, str]]:
        labels = self._get_bucket_labels(self._get_basis(), self._get_edges())
        return [*((str(index), label) for index, label in enumerate(labels))] + [
            ("unallocated", self.env._("Unallocated"))
        ]

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for item in self:
            parts = (item.name, item.partner_id.name)
            item.display_name = " - ".join(part for part in parts if part)

    # === PARAMETERS === #

    @api.model
    def _get_as_of(self):
        """Return the day whose open items are read."""
        return (
            fields.Date.to_date(self.env.context.get("aged_as_of"))
            or self.env.company._get_credit_today()
        )

    @api.model
    def _get_basis(self) -> str:
        """Return what ages are counted from, a key of ``BASES``."""
        basis = self.env.context.get("aged_basis") or "due"
        if basis not in dict(BASES):
            raise UserError(
                self.env._(
                    "An age is counted from the due date, the invoice date or the posting date."
                )
            )
        return basis

    @api.model
    def _get_edges(self) -> tuple[int, ...]:
        """Return the upper edges in days of the buckets, see ``tools.aging``."""
        edges = self.env.context.get("aged_edges") or aging.DEFAULT_EDGES
        try:
            edges = tuple(int(edge) for edge in edges)
            aging.check_edges(edges)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("The limits of the buckets must be days in ascending order.")
            ) from error
        return edges

    @api.model
    def _get_bucket_labels(self, basis, edges) -> list[str]:
        """Return the headings of the buckets, in the user's language."""
        labels = []
        for first, last in aging.bucket_bounds(edges):
            if last is None:
                labels.append(self.env._("Over %s days", first - 1))
            elif first is None and basis == "due" and last == 0:
                labels.append(self.env._("Not due"))
            else:
                labels.append(self.env._("%(first)s-%(last)s days", first=first or 0, last=last))
        return labels

    # === QUERY === #

    @property
    def _table_query(self) -> SQL:
        return SQL("WITH %s SELECT %s FROM %s", self._with(), self._select(), self._from())

    @api.model
    def _with(self) -> SQL:
        """Return what the open items read twice.

        Here and not beside the items: a ``UNION`` with a ``WITH`` of its own would keep all its
        columns, and the database could not read the index of the open items alone.
        """
        return SQL("since AS (%s)", self._get_settled_sql())

    @api.model
    def _select(self) -> SQL:
        # Where the amount of an item stands among those of an aged balance.
        places = range(len(self._get_edges()) + 2)
        return SQL(
            """
            item.id,
            item.id AS move_line_id,
            COALESCE(item.move_name, move.name) AS name,
            item.ref,
            item.move_id,
            item.journal_id,
            item.account_id,
            %(kind)s AS kind,
            contact.commercial_partner_id AS partner_id,
            partner.country_id,
            partner.credit_group_id,
            (partner.risk_class_id ->> (%(root)s)::text)::int AS risk_class_id,
            item.company_id,
            %(root)s AS root_company_id,
            item.currency_id,
            item.company_currency_id,
            item.date,
            item.invoice_date,
            item.date_maturity,
            item.balance AS amount_original,
            item.booked_currency AS amount_original_currency,
            item.amount,
            item.amount_currency,
            item.amount_since,
            item.age,
            %(bucket)s AS bucket,
            %(place)s AS place,
            (partner.dunning_policy_id ->> (%(root)s)::text)::int AS own_policy_id,
            partner.credit_audience,
            (partner.collector_id ->> (%(root)s)::text)::int AS collector_id,
            COALESCE(move.invoice_user_id, partner.user_id) AS user_id
            """,
            kind=self.env["credit.receivable"]._get_kind_sql(),
            root=SQL("split_part(company.parent_path, '/', 1)::int"),
            bucket=self._get_bucket_sql([*map(str, places[:-1]), "unallocated"]),
            place=self._get_bucket_sql(places),
        )

    @api.model
    def _from(self) -> SQL:
        """Return the open items with outer joins on keys: the planner drops the unused ones."""
        return SQL(
            """
            (%s) item
            LEFT JOIN account_move move ON move.id = item.move_id
            LEFT JOIN res_company company ON company.id = item.company_id
            LEFT JOIN res_partner contact ON contact.id = item.partner_id
            LEFT JOIN res_partner partner ON partner.id = contact.commercial_partner_id
            """,
            self._get_open_sql(),
        )

    @api.model
    def _get_open_sql(self) -> SQL:
        """Return the items with a residual at the date: those still open, and those settled since.

        An item's residual then is its residual now plus what was reconciled with it since: a
        partial reconciliation counts from the later date of its two items (``max_date``).
        """
        as_of = self._get_as_of()
        accounts = self.env["credit.receivable"]._get_account_ids()
        still_open = SQL(
            """
            line.parent_state = 'posted'
            AND line.reconciled IS NOT TRUE
            AND (line.amount_residual <> 0 OR line.amount_residual_currency <> 0)
            AND line.account_id IN %s
            """,
            accounts,
        )
        columns = SQL(
            """
            line.id, line.move_id, line.move_name, line.ref, line.journal_id, line.account_id,
            line.partner_id, line.company_id, line.currency_id, line.company_currency_id,
            line.date, COALESCE(line.invoice_date, line.date) AS invoice_date,
            COALESCE(line.date_maturity, line.date) AS date_maturity, line.balance,
            line.amount_currency AS booked_currency, line.payment_id, line.statement_line_id,
            %s::date - %s AS age
            """,
            as_of,
            {
                "due": SQL("COALESCE(line.date_maturity, line.date)"),
                "invoice": SQL("COALESCE(line.invoice_date, line.date)"),
                "posting": SQL("line.date"),
            }[self._get_basis()],
        )
        return SQL(
            """
            SELECT %(columns)s,
                   line.amount_residual + COALESCE(since.amount, 0) AS amount,
                   line.amount_residual_currency + COALESCE(since.amount_currency, 0)
                       AS amount_currency,
                   COALESCE(since.amount, 0) AS amount_since
              FROM account_move_line line
         LEFT JOIN since ON since.line_id = line.id
             WHERE %(still_open)s
               AND line.date <= %(as_of)s
             UNION ALL
            SELECT %(columns)s,
                   line.amount_residual + since.amount,
                   line.amount_residual_currency + since.amount_currency,
                   since.amount
              FROM since
              JOIN account_move_line line ON line.id = since.line_id
             WHERE (%(still_open)s) IS NOT TRUE
               AND (since.amount <> 0 OR since.amount_currency <> 0)
            """,
            columns=columns,
            still_open=still_open,
            as_of=as_of,
        )

    @api.model
    def _get_settled_sql(self) -> SQL:
        """Return what the ledger of the day had not reconciled yet, by item.

        That is what was reconciled later, and with items that left the ledger: Odoo keeps the
        matchings of what is reset to draft.
        """
        as_of = self._get_as_of()
        accounts = self.env["credit.receivable"]._get_account_ids()
        with_drafts = SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT %(line_id)s, %(sign)s * amount, %(sign)s * %(amount_currency)s
                  FROM %(drafts)s draft
            CROSS JOIN LATERAL (
                        SELECT *
                          FROM account_partial_reconcile
                         WHERE %(draft_id)s = draft.id
                           AND max_date <= %(as_of)s
                        OFFSET 0) partial
                """,
                line_id=SQL.identifier(f"{side}_move_id"),
                sign=SQL(str(sign)),
                amount_currency=SQL.identifier(f"{side}_amount_currency"),
                drafts=self.env["credit.kpi.item"]._get_unposted_sql(accounts),
                draft_id=SQL.identifier(f"{other}_move_id"),
                as_of=as_of,
            )
            for side, other, sign in (("debit", "credit", 1), ("credit", "debit", -1))
        )
        few = as_of >= fields.Date.today() - timedelta(days=_RECENT_DAYS)
        later = self._get_later_sql(as_of, few)
        if few:
            sides = SQL("%s UNION ALL %s", later, with_drafts)
            booked = self._get_booked_sql(sides, as_of, accounts, few)
        else:
            booked = SQL(
                "%s UNION ALL %s",
                self._get_booked_sql(later, as_of, accounts, few),
                self._get_booked_sql(with_drafts, as_of, accounts, few=True),
            )
        return SQL(
            """
            SELECT settled.line_id, SUM(settled.amount) AS amount,
                   SUM(settled.amount_currency) AS amount_currency
              FROM (%s) settled
          GROUP BY settled.line_id
            """,
            booked,
        )

    @api.model
    def _get_later_sql(self, as_of, few) -> SQL:
        """Return both sides of what was reconciled after a day, see ``_get_booked_sql``."""
        if few:
            return SQL(
                """
                SELECT side.*
                  FROM account_partial_reconcile
            CROSS JOIN LATERAL (
                        VALUES (debit_move_id, amount, debit_amount_currency),
                               (credit_move_id, -amount, -credit_amount_currency)) side
                 WHERE max_date > %s
                """,
                as_of,
            )
        # Read twice, the database can do it in parallel and join each side with the items.
        return SQL(
            """
            SELECT debit_move_id, amount, debit_amount_currency
              FROM account_partial_reconcile
             WHERE max_date > %(as_of)s
             UNION ALL
            SELECT credit_move_id, -amount, -credit_amount_currency
              FROM account_partial_reconcile
             WHERE max_date > %(as_of)s
            """,
            as_of=as_of,
        )

    @api.model
    def _get_booked_sql(self, sides, as_of, accounts, few) -> SQL:
        """Return those sides of reconciliations that are items of the ledger of a day.

        :param sides: a statement of (line_id, amount, amount_currency)
        :param few: whether these are few, so that each item is to be looked up: the database
            rather reads all receivable items, however few it looks for
        """
        return SQL(
            """
            SELECT side.line_id, side.amount, side.amount_currency
              FROM (%(sides)s) AS side(line_id, amount, amount_currency)
        CROSS JOIN LATERAL (
                    SELECT
                      FROM account_move_line
                     WHERE id = side.line_id
                       AND date <= %(as_of)s
                       AND parent_state = 'posted'
                       AND account_id IN %(accounts)s
                     %(apart)s) line
            """,
            sides=sides,
            as_of=as_of,
            accounts=accounts,
            # Not to be merged with the reading of the reconciliations.
            apart=SQL("OFFSET 0") if few else SQL(),
        )

    @api.model
    def _get_bucket_sql(self, names) -> SQL:
        """Return the name of an item's bucket.

        :param names: those of the buckets, the oldest last, then that of what is unallocated
        """
        *ages, oldest, unallocated = names
        return SQL(
            "CASE WHEN item.amount < 0 OR item.payment_id IS NOT NULL"
            " OR item.statement_line_id IS NOT NULL THEN %s %s ELSE %s END",
            unallocated,
            SQL(" ").join(
                SQL("WHEN item.age <= %s THEN %s", edge, name)
                for edge, name in zip(self._get_edges(), ages, strict=True)
            ),
            oldest,
        )

    @api.model
    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr == "policy_id":
            # The policies are read where one is asked for only.
            return self._get_policy_sql(alias)
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _get_policy_sql(self, alias) -> SQL:
        """Return the policy in force, a scalar subquery on the columns of an item."""

        def column(name):
            return SQL.identifier(alias, name)

        return SQL(
            """
            COALESCE(
                (SELECT own.id
                   FROM credit_dunning_policy own
                  WHERE own.id = %(own)s
                    AND own.active),
                (SELECT by_class.policy_id
                   FROM %(class_policies)s
                  WHERE by_class.root_id = %(root)s
                    AND by_class.class_id = %(risk_class)s),
                (SELECT by_audience.policy_id
                   FROM %(policies)s
                  WHERE by_audience.root_id = %(root)s
                    AND by_audience.audience = COALESCE(%(audience)s, 'unknown'))
            )
            """,
            own=column("own_policy_id"),
            root=column("root_company_id"),
            risk_class=column("risk_class_id"),
            audience=column("credit_audience"),
            policies=self.env["credit.receivable"]._get_policies_sql(),
            class_policies=self.env["credit.receivable"]._get_class_policies_sql(),
        )

    # === ACTIONS === #

    @api.readonly
    def action_open_settlements(self):
        """Open the reconciliations of the item: by what, when, and who made them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settlements of %s", self.name or self.display_name),
            "res_model": "account.partial.reconcile",
            "view_mode": "list",
            "domain": ["|", ("debit_move_id", "=", self.id), ("credit_move_id", "=", self.id)],
        }
