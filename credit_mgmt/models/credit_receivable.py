from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import aging

#: Codes of the exclusion rules that are states of their own; any other code is "excluded".
_OWN_STATES = ("legal", "factored", "disputed", "plan", "promised", "in_collection")


class CreditReceivable(models.Model):
    """Every open receivable item, its state and its reason for being left alone.

    One row per unreconciled posted journal item on a receivable account; the row has the id of
    the item. Amounts named ``amount_*`` are in the company's currency as booked, those ending in
    ``_currency`` in the item's own. "Today" is the day in the company's time zone, or the context
    key ``receivable_date``.
    """

    _name = "credit.receivable"
    _inherit = ["credit.ledger.row"]
    _description = "Open Receivable"
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
        [
            ("invoice", "Invoice"),
            ("credit_note", "Credit note"),
            ("payment", "Unallocated payment"),
            ("entry", "Entry"),
        ],
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    root_company_id = fields.Many2one(
        "res.company",
        string="Main Company",
        readonly=True,
        help="The company that reminds: the root of the item's branch.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True, aggregator=None)
    date_maturity = fields.Date(string="Due Date", readonly=True, aggregator="min")
    amount_residual = fields.Monetary(
        string="Open Amount", currency_field="company_currency_id", readonly=True
    )
    amount_residual_currency = fields.Monetary(
        string="Open Amount in Currency", currency_field="currency_id", readonly=True
    )
    amount_disputed = fields.Monetary(
        string="Disputed", currency_field="company_currency_id", readonly=True
    )
    amount_promised = fields.Monetary(
        string="Promised", currency_field="company_currency_id", readonly=True
    )
    amount_dunnable = fields.Monetary(
        string="To Remind",
        currency_field="company_currency_id",
        readonly=True,
        help="What a reminder may claim: the open amount less what is disputed or promised, "
        "nothing for an item that is left out.",
    )
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    bucket = fields.Selection(
        [
            ("0", "Not due"),
            ("1", "1-30 days"),
            ("2", "31-60 days"),
            ("3", "61-90 days"),
            ("4", "91-120 days"),
            ("5", "Over 120 days"),
        ],
        readonly=True,
    )
    state = fields.Selection(
        [
            ("legal", "Legal case"),
            ("factored", "Factored"),
            ("disputed", "Disputed"),
            ("plan", "Payment plan"),
            ("promised", "Promised"),
            ("in_collection", "Payment under way"),
            ("excluded", "Left out"),
            ("overdue", "Overdue"),
            ("not_due", "Not due"),
        ],
        readonly=True,
    )
    exclusion_reason = fields.Selection(
        selection="_selection_exclusion_reason",
        string="Left Out Because",
        readonly=True,
    )
    dunning_policy_id = fields.Many2one("credit.dunning.policy", readonly=True)
    dunning_level_id = fields.Many2one("credit.dunning.level", readonly=True)
    dunning_date = fields.Date(string="Last Reminder", readonly=True, aggregator="max")
    next_level_id = fields.Many2one("credit.dunning.level", readonly=True)
    next_dunning_date = fields.Date(string="Next Reminder", readonly=True, aggregator="min")
    collector_id = fields.Many2one("res.users", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)

    _depends = {
        "account.move": [
            "name", "ref", "move_type", "payment_state", "invoice_user_id", "origin_payment_id",
            "statement_line_id", "journal_id",
        ],
        "account.move.line": [
            "move_id", "journal_id", "account_id", "partner_id", "company_id", "currency_id",
            "company_currency_id", "date", "date_maturity", "amount_residual",
            "amount_residual_currency", "reconciled", "parent_state", "no_followup", "move_name",
            "ref",
        ],
        "account.account": ["account_type"],
        "res.company": [
            "parent_path", "credit_policy_id", "credit_start_date", "credit_start_mode",
        ],
        "res.partner": [
            "commercial_partner_id", "credit_audience", "dunning_policy_id", "collector_id",
            "risk_class_id", "user_id",
        ],
        "credit.risk.class": ["active", "company_id", "dunning_policy_id"],
        "credit.dunning.policy": [
            "active", "audience", "company_id", "sequence", "no_dunning", "catch_up", "grace_days",
        ],
        "credit.dunning.level": [
            "active", "policy_id", "delay_days", "min_days_after_previous", "formal_notice",
        ],
        "credit.dunning.exclusion": [
            "active", "company_id", "partner_id", "move_id", "move_line_id", "date_until", "kind",
        ],
        "credit.dunning.notice.line": [
            "move_line_id", "live", "kind", "level_id", "date",
        ],
    }  # fmt: skip

    @api.model
    def _selection_exclusion_reason(self) -> list[tuple[str, str]]:
        return [(code, label) for _sequence, code, label, _sql in self._get_exclusion_rules()]

    @api.model
    def _get_exclusion_rules(self) -> list[tuple[int, str, str, SQL]]:
        """Return the item-level reasons for leaving an item out of the reminders.

        To be extended by ``super() + [(sequence, code, label, condition)]``.

        :return: list of (sequence, code, translated label, SQL condition). The lowest sequence
            whose condition is true gives the reason. Aliases to be used in a condition: ``line``
            (account_move_line), ``move``, ``journal``, ``partner`` (commercial entity, may be
            null), ``policy`` (in force, may be null), ``day.root_id`` (main company),
            ``day.today``, ``held.disputed`` and ``held.promised`` (company currency). A code
            named like a state (legal, factored, disputed, plan, promised, in_collection) puts the
            item into that state, any other one into "excluded".
        """
        return [
            (
                60,
                "in_collection",
                self.env._("Payment under way"),
                SQL("move.payment_state IN ('in_payment', 'paid')"),
            ),
            (
                70,
                "no_partner",
                self.env._("No customer on the entry"),
                SQL("partner.id IS NULL"),
            ),
            (
                80,
                "blocked",
                self.env._("Invoice blocked for payment"),
                SQL("move.payment_state = 'blocked'"),
            ),
            (
                90,
                "no_followup_entry",
                self.env._("Opening balance or miscellaneous entry, no follow-up"),
                SQL("line.no_followup AND journal.type = 'general'"),
            ),
            (
                100,
                "no_followup",
                self.env._("Marked no follow-up"),
                SQL("line.no_followup"),
            ),
            (
                110,
                "manual",
                self.env._("Left out by hand"),
                self._get_exclusion_sql("manual"),
            ),
            (
                120,
                "start",
                self.env._("Left out at the start"),
                self._get_exclusion_sql("start"),
            ),
            (
                130,
                "start_by_hand",
                self.env._("Overdue before the start, to be handled by hand"),
                self._get_exclusion_sql("start_by_hand"),
            ),
            (
                140,
                "replied",
                self.env._("The customer answered, automatic reminders paused"),
                self._get_exclusion_sql("replied"),
            ),
            (
                150,
                "no_dunning",
                self.env._("Policy without reminders"),
                SQL("policy.id IS NULL OR policy.no_dunning"),
            ),
        ]

    @api.model
    def _get_exclusion_sql(self, kind: str) -> SQL:
        """Return the condition "a standing order of this kind covers the item"."""
        return SQL(
            """
            EXISTS (
                SELECT 1
                  FROM credit_dunning_exclusion excl
                 WHERE excl.active
                   AND excl.company_id = day.root_id
                   AND excl.kind = %s
                   AND (excl.date_until IS NULL OR excl.date_until >= day.today)
                   AND (
                        (excl.move_id IS NULL AND excl.partner_id = partner.id)
                     OR (excl.move_id = line.move_id
                         AND (excl.move_line_id IS NULL OR excl.move_line_id = line.id))
                   )
            )
            """,
            kind,
        )

    @api.model
    def _get_disputed_sql(self) -> SQL:
        """Return the disputed part of an item, company currency (aliases of the rules)."""
        return SQL("0.0")

    @api.model
    def _get_promised_sql(self) -> SQL:
        """Return the promised part of an item, company currency (aliases of the rules)."""
        return SQL("0.0")

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for item in self:
            parts = (item.name, item.partner_id.name)
            item.display_name = " - ".join(part for part in parts if part)

    # === QUERY === #

    @property
    def _table_query(self) -> SQL:
        return SQL("SELECT %s FROM %s WHERE %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self) -> SQL:
        return SQL(
            """
            line.id,
            line.id AS move_line_id,
            COALESCE(line.move_name, move.name) AS name,
            line.ref,
            line.move_id,
            line.journal_id,
            line.account_id,
            %(kind)s AS kind,
            partner.id AS partner_id,
            line.company_id,
            day.root_id AS root_company_id,
            line.currency_id,
            line.company_currency_id,
            line.date,
            item.due AS date_maturity,
            line.amount_residual,
            line.amount_residual_currency,
            held.disputed AS amount_disputed,
            held.promised AS amount_promised,
            CASE WHEN reason.code IS NULL AND line.amount_residual > 0
                 THEN GREATEST(line.amount_residual - held.disputed - held.promised, 0)
                 ELSE 0 END AS amount_dunnable,
            item.days AS days_overdue,
            %(bucket)s AS bucket,
            CASE WHEN reason.code IN %(own_states)s THEN reason.code
                 WHEN reason.code IS NOT NULL THEN 'excluded'
                 WHEN item.days > 0 THEN 'overdue'
                 ELSE 'not_due' END AS state,
            reason.code AS exclusion_reason,
            policy.id AS dunning_policy_id,
            reached.level_id AS dunning_level_id,
            reached.date AS dunning_date,
            following.id AS next_level_id,
            following.date AS next_dunning_date,
            (partner.collector_id ->> day.root_id::text)::int AS collector_id,
            COALESCE(move.invoice_user_id, partner.user_id) AS user_id
            """,
            kind=self._get_kind_sql(),
            bucket=self._get_bucket_sql(),
            own_states=_OWN_STATES,
        )

    @api.model
    def _get_kind_sql(self) -> SQL:
        return SQL(
            """
            CASE WHEN move.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
                 WHEN move.move_type = 'out_refund' THEN 'credit_note'
                 WHEN move.origin_payment_id IS NOT NULL OR move.statement_line_id IS NOT NULL
                 THEN 'payment'
                 ELSE 'entry' END
            """
        )

    @api.model
    def _get_bucket_sql(self) -> SQL:
        return SQL(
            "CASE %s ELSE %s END",
            SQL(" ").join(
                SQL("WHEN item.days <= %s THEN %s", edge, str(index))
                for index, edge in enumerate(aging.DEFAULT_EDGES)
            ),
            str(len(aging.DEFAULT_EDGES)),
        )

    @api.model
    def _from(self) -> SQL:
        """Return the joins; no window, aggregate or DISTINCT, so that filters push down."""
        rules = sorted(self._get_exclusion_rules(), key=lambda rule: rule[0])
        return SQL(
            """
            account_move_line line
            JOIN account_move move ON move.id = line.move_id
            JOIN account_journal journal ON journal.id = line.journal_id
            JOIN %(days)s ON day.company_id = line.company_id
            LEFT JOIN res_partner contact ON contact.id = line.partner_id
            LEFT JOIN res_partner partner ON partner.id = contact.commercial_partner_id
            LEFT JOIN credit_dunning_policy own_policy
                   ON own_policy.id = (partner.dunning_policy_id ->> day.root_id::text)::int
                  AND own_policy.active
            LEFT JOIN %(policies)s
                   ON by_audience.root_id = day.root_id
                  AND by_audience.audience = COALESCE(partner.credit_audience, 'unknown')
            LEFT JOIN %(class_policies)s
                   ON by_class.root_id = day.root_id
                  AND by_class.class_id = (partner.risk_class_id ->> day.root_id::text)::int
            LEFT JOIN credit_dunning_policy policy
                   ON policy.id = COALESCE(own_policy.id, by_class.policy_id, by_audience.policy_id)
            CROSS JOIN LATERAL (
                SELECT COALESCE(line.date_maturity, line.date) AS due,
                       day.today - COALESCE(line.date_maturity, line.date) AS days
            ) item
            -- OFFSET keeps the planner from writing these out wherever they are used.
            CROSS JOIN LATERAL (
                SELECT %(disputed)s AS disputed, %(promised)s AS promised OFFSET 0
            ) held
            CROSS JOIN LATERAL (SELECT CASE %(reasons)s END AS code OFFSET 0) reason
            LEFT JOIN LATERAL (%(reached)s) reached ON TRUE
            LEFT JOIN LATERAL (%(following)s) following ON TRUE
            """,
            days=self._get_days_sql(),
            policies=self._get_policies_sql(),
            class_policies=self._get_class_policies_sql(),
            disputed=self._get_disputed_sql(),
            promised=self._get_promised_sql(),
            reasons=SQL(" ").join(
                SQL("WHEN %s THEN %s", condition, code)
                for _sequence, code, _label, condition in rules
            ),
            reached=self._get_level_sent_sql(),
            following=self._get_level_reached_sql(),
        )

    @api.model
    def _where(self) -> SQL:
        return SQL(
            """
            line.parent_state = 'posted'
            AND line.reconciled IS NOT TRUE
            AND (line.amount_residual <> 0 OR line.amount_residual_currency <> 0)
            AND line.account_id IN %s
            """,
            self._get_account_ids(),
        )

    @api.model
    def _get_account_ids(self) -> tuple[int, ...]:
        """Return the receivable accounts of all companies, to be written into a statement.

        As literals: the planner cannot estimate a subquery and would sort the bank's open lines
        as well. Which accounts are receivable is no secret.
        """
        accounts = (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            .search([("account_type", "=", "asset_receivable")], order="id")
        )
        return tuple(accounts.ids) or (0,)

    @api.model
    def _get_days_sql(self) -> SQL:
        """Return one row per company: its root, its day, and what its start decided."""
        forced = fields.Date.to_date(self.env.context.get("receivable_date"))
        # The table is the same for every user; record rules decide what is read of it.
        companies = self.env["res.company"].sudo().with_context(active_test=False).search([])
        rows = [
            SQL(
                "(%s, %s, %s::date, %s::date)",
                company.id,
                company.root_id.id,
                forced or company._get_credit_today(),
                company.root_id.credit_start_date or None
                if company.root_id.credit_start_mode == "age"
                else None,
            )
            for company in companies
        ]
        return SQL(
            "(VALUES %s) AS day(company_id, root_id, today, start_at_age_before)",
            SQL(", ").join(rows),
        )

    @api.model
    def _get_policies_sql(self) -> SQL:
        """Return the policy of each root company for each audience (own policies apart)."""
        rows = [
            SQL("(%s, %s, %s::int)", root_id, audience, policy_id or None)
            for (root_id, audience), policy_id in self.env["credit.dunning.policy"]
            ._get_default_policies()
            .items()
        ]
        return SQL(
            "(VALUES %s) AS by_audience(root_id, audience, policy_id)",
            SQL(", ").join(rows),
        )

    @api.model
    def _get_class_policies_sql(self) -> SQL:
        """Return the policy of each risk class that gives one, by root company."""
        policies = self.env["credit.dunning.policy"]._get_class_policies()
        rows = [
            SQL("(%s, %s, %s::int)", root_id, class_id, policy_id)
            for (root_id, class_id), policy_id in policies.items()
        ]
        return SQL(
            "(VALUES %s) AS by_class(root_id, class_id, policy_id)",
            SQL(", ").join(rows or [SQL("(NULL::int, NULL::int, NULL::int)")]),
        )

    @api.model
    def _get_level_sent_sql(self) -> SQL:
        """Return the item's dunning level: its highest live claimed notice line, with its date.

        :return: a SELECT of at most one row (level_id, delay_days, date); outer alias ``line``
        """
        return SQL(
            """
            SELECT claim.level_id, level.delay_days, claim.date
              FROM credit_dunning_notice_line claim
              JOIN credit_dunning_level level ON level.id = claim.level_id
             WHERE claim.move_line_id = line.id AND claim.live AND claim.kind = 'claimed'
          ORDER BY level.delay_days DESC, claim.id DESC
             LIMIT 1
            """
        )

    @api.model
    def _get_level_reached_sql(self) -> SQL:
        """Return the level that comes next for an item, and the day from which it is reached.

        The next level is the first one later than the item's; with catch-up (of the policy, or of
        the start for an item overdue before it) the last one reached that is not formal. A
        pre-due level is pointless once the item is due.

        :return: a SELECT of at most one row (id, date); outer aliases ``line``, ``item``,
            ``policy``, ``day`` and ``reached``
        """
        return SQL(
            """
            SELECT candidate.id, candidate.date
              FROM (
                SELECT level.id,
                       level.delay_days,
                       GREATEST(
                           item.due + level.delay_days
                           + CASE WHEN level.delay_days < 0 THEN 0
                                  ELSE COALESCE(policy.grace_days, 0) END,
                           reached.date + COALESCE(level.min_days_after_previous, 0)
                       ) AS date,
                       level.formal_notice IS NOT TRUE AND (
                           policy.catch_up
                           OR (reached.level_id IS NULL AND item.due < day.start_at_age_before)
                       ) AS may_jump
                  FROM credit_dunning_level level
                 WHERE level.policy_id = policy.id
                   AND level.active
                   AND line.amount_residual > 0
                   AND level.delay_days > COALESCE(reached.delay_days, -10000)
                   AND (level.delay_days >= 0 OR item.days <= 0)
              ) candidate
          ORDER BY CASE WHEN candidate.may_jump AND candidate.date <= day.today
                        THEN -candidate.delay_days END NULLS LAST,
                   candidate.delay_days
             LIMIT 1
            """
        )

    # === SEARCH OF CUSTOMERS AND INVOICES === #

    @api.model
    def _get_owner_domain(self, domain, owner, operator="in") -> list:
        """Return the domain of the customers or invoices that have such open items.

        :param domain: domain on the open items
        :param owner: ``partner_id`` (of the user's main company) or ``move_id``
        :param operator: "not in" for those that have none
        """
        if owner == "partner_id":
            domain = domain + [("root_company_id", "=", self.env.company.root_id.id)]
        # The figures describe records that the user reads; the salesperson's own rule on the
        # items would hide what the form shows.
        query = self.sudo()._search(domain + [(owner, "!=", False)])
        return [("id", operator, query.subselect(SQL.identifier(query.table, owner)))]

    @api.model
    def _get_level_domain(self, operator, value, owner) -> list:
        """Return the domain of the customers or invoices at dunning levels (see above)."""
        if operator == "any":
            operator, value = (
                "in",
                self.env["credit.dunning.level"].sudo()._search(value),
            )
        if operator not in ("in", "not in"):
            return NotImplemented
        levels = value if not isinstance(value, (list, tuple, set, frozenset)) else set(value)
        if isinstance(levels, set) and False in levels:
            others = self._get_owner_domain([("dunning_level_id", "!=", False)], owner, "not in")
            if operator == "not in":
                others = self._get_owner_domain([("dunning_level_id", "!=", False)], owner)
            return others
        return self._get_owner_domain([("dunning_level_id", "in", levels)], owner, operator)

    # === ACTIONS === #

    def action_send_reminders(self):
        """Open the wizard that shows who would get a reminder for the selected items."""
        return self.env["credit.dunning.send"]._open(items=self)
