from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import priority


class CreditWorkItem(models.Model):
    """What the work list is read from: one aggregate per customer and main company each."""

    _inherit = "credit.work.item"

    @api.model
    def _from(self) -> SQL:
        return SQL(
            """
            %(owed)s owed
            JOIN %(parameters)s ON parameter.company_id = owed.company_id
            JOIN res_partner partner ON partner.id = owed.partner_id
            %(sources)s
            LEFT JOIN %(habits)s habit
                   ON habit.partner_id = owed.partner_id AND habit.root_id = owed.company_id
            LEFT JOIN credit_dunning_level level ON level.id = owed.level_id
            LEFT JOIN credit_dunning_policy policy ON policy.id = level.policy_id
            CROSS JOIN LATERAL (
                SELECT COALESCE(ROUND(habit.days), 0)::int AS usual_delay,
                       COALESCE(sale.turnover, 0) AS turnover,
                       COALESCE(commitment.broken_count, 0) AS broken_count,
                       GREATEST(contact.date, notice.sent_on) AS last_contact
                OFFSET 0
            ) fact
            CROSS JOIN LATERAL (%(points)s) point
            CROSS JOIN LATERAL (
                SELECT contact.planned_on AS date, contact.planned_at AS since OFFSET 0
            ) planned
            CROSS JOIN LATERAL (%(step)s) step
            CROSS JOIN LATERAL (
                -- Who comes back with news is on the list again before the planned day.
                SELECT COALESCE(
                    planned.date > parameter.today
                    AND NOT COALESCE(step.code IN ('broken', 'answer', 'delivery')
                                     AND step.happened_at > planned.since, FALSE), FALSE)
                       AS planned
                OFFSET 0
            ) later
            """,
            owed=self._restrict(self._get_owed_sql()),
            parameters=self._get_parameters_sql(),
            sources=SQL(" ").join(
                SQL(
                    "LEFT JOIN %(rows)s %(alias)s ON %(alias)s.partner_id = owed.partner_id"
                    " AND %(alias)s.company_id = owed.company_id",
                    rows=self._restrict(rows),
                    alias=SQL.identifier(alias),
                )
                for alias, rows in self._get_sources().items()
            ),
            habits=self._restrict(self.env["credit.expected.receipt"]._get_habits_sql()),
            points=self._get_points_sql(),
            step=self._get_step_sql(),
        )

    @api.model
    def _restrict(self, rows) -> SQL:
        """Return rows of customers, in brackets; those of one only where just one is asked for.

        The file of a customer reads one row: a condition on the list itself would not reach
        through the joins.
        """
        partner_id = self.env.context.get("credit_work_partner")
        if not partner_id:
            return SQL("(%s)", rows)
        return SQL("(SELECT * FROM (%s) every WHERE every.partner_id = %s)", rows, partner_id)

    # === SOURCES === #

    @api.model
    def _get_sources(self) -> dict[str, SQL]:
        """Return what is known of customers beside what they owe: {alias: SELECT}.

        Each SELECT has one row per partner_id and company_id (main company) at most; to be
        extended by ``super() | {...}``, for further rules of ``_get_step_rules``.
        """
        return {
            "notice": self._get_notices_sql(),
            "task": self._get_activities_sql(),
            "contact": self._get_contacts_sql(),
            "commitment": self._get_commitments_sql(),
            "dispute": self._get_disputes_sql(),
            "receipt": self._get_receipts_sql(),
            "sale": self._get_sales_sql(),
        }

    @api.model
    def _get_parameters_sql(self) -> SQL:
        """Return a row per main company: its day, and what makes a customer urgent for it."""
        forced = fields.Date.to_date(self.env.context.get("receivable_date"))
        # Which companies there are is no secret; the rules decide about the rows.
        roots = (
            self.env["res.company"]
            .sudo()
            .with_context(active_test=False)
            .search([("parent_id", "=", False)])
        )
        rows = []
        for root in roots:
            weights = root._get_credit_weights()
            rows.append(
                SQL(
                    "(%s, %s, %s::date, %s::numeric, %s, %s, %s)",
                    root.id,
                    root.currency_id.id,
                    forced or root._get_credit_today(),
                    root.credit_large_amount,
                    root.credit_contact_days,
                    bool(root.credit_start_date),
                    SQL(", ").join(SQL("%s", weights[name]) for name in priority.COMPONENTS),
                )
            )
        return SQL(
            "(VALUES %s) AS parameter(company_id, currency_id, today, large_amount, contact_days,"
            " started, %s)",
            SQL(", ").join(rows),
            SQL(", ").join(SQL.identifier(name) for name in priority.COMPONENTS),
        )

    @api.model
    def _get_owed_sql(self) -> SQL:
        """Return what each customer owes and which reminder is reached, from the receivables."""
        items = self.env["credit.receivable"]
        query = items._search([("partner_id", "!=", False)])
        names = (
            "id", "partner_id", "root_company_id", "kind", "amount_residual", "amount_disputed",
            "amount_promised", "amount_dunnable", "days_overdue", "exclusion_reason",
            "next_level_id", "next_dunning_date", "collector_id",
        )  # fmt: skip
        return SQL(
            """
            SELECT item.partner_id, item.root_company_id AS company_id, MIN(item.id) AS id,
                   MAX(item.collector_id) AS collector_id,
                   COUNT(*) FILTER (WHERE %(late)s) AS item_count,
                   SUM(item.amount_residual) AS amount_open,
                   COALESCE(SUM(item.amount_residual) FILTER (WHERE %(late)s), 0)
                       AS amount_overdue,
                   COALESCE(SUM(item.amount_dunnable) FILTER (WHERE %(late)s), 0)
                       AS amount_claimable,
                   SUM(item.amount_disputed) AS amount_disputed,
                   SUM(item.amount_promised) AS amount_promised,
                   COALESCE(SUM(item.amount_residual) FILTER (WHERE item.amount_residual < 0), 0)
                       AS amount_credit,
                   BOOL_OR(item.amount_residual < 0 AND item.kind = 'payment') AS has_payment,
                   COALESCE(MAX(item.days_overdue) FILTER (WHERE %(late)s), 0) AS days_overdue,
                   (ARRAY_AGG(item.next_level_id ORDER BY item.days_overdue DESC)
                       FILTER (WHERE %(reached)s))[1] AS level_id,
                   MIN(item.next_dunning_date) FILTER (WHERE %(reached)s) AS level_date,
                   (ARRAY_AGG(item.next_level_id ORDER BY item.next_dunning_date)
                       FILTER (WHERE %(open)s))[1] AS next_level_id,
                   MIN(item.next_dunning_date) FILTER (WHERE %(open)s) AS next_dunning_date,
                   MODE() WITHIN GROUP (ORDER BY item.exclusion_reason)
                       FILTER (WHERE %(late)s) AS exclusion_reason
              FROM (%(items)s) item
              JOIN %(days)s ON day.company_id = item.root_company_id
          GROUP BY item.partner_id, item.root_company_id
            """,
            late=SQL(
                "item.days_overdue > 0 AND item.kind <> 'payment' AND item.amount_residual > 0"
            ),
            open=SQL("item.exclusion_reason IS NULL AND item.amount_dunnable > 0"),
            reached=SQL(
                "item.exclusion_reason IS NULL AND item.amount_dunnable > 0"
                " AND item.days_overdue > 0 AND item.next_dunning_date <= day.today"
            ),
            items=query.select(*(SQL.identifier(query.table, name) for name in names)),
            days=items._get_days_sql(),
        )

    @api.model
    def _get_notices_sql(self) -> SQL:
        return SQL(
            """
            SELECT sent.partner_id, sent.company_id,
                   MAX(sent.sent_date) AS sent_on,
                   MAX(sent.date) FILTER (WHERE sent.state IN ('failed', 'uncertain'))
                       AS failed_on,
                   MAX(sent.write_date) FILTER (WHERE sent.state IN ('failed', 'uncertain'))
                       AS failed_at,
                   MAX(sent.date) FILTER (WHERE sent.state = 'draft' AND sent.formal_notice)
                       AS formal_on,
                   MAX(sent.date) FILTER (WHERE sent.state = 'draft') AS draft_on,
                   MAX(sent.date) FILTER (WHERE sent.state = 'ready') AS ready_on
              FROM credit_dunning_notice sent
          GROUP BY sent.partner_id, sent.company_id
            """
        )

    @api.model
    def _get_activities_sql(self) -> SQL:
        """Return what is to be done on the reminders: answers, and calls that are due."""
        answer = self.env.ref("credit_mgmt.mail_activity_type_answer")
        return SQL(
            """
            SELECT called.partner_id, called.company_id,
                   MAX(activity.create_date) FILTER (WHERE %(is_answer)s) AS answered_at,
                   MIN(activity.date_deadline) FILTER (WHERE NOT %(is_answer)s) AS call_on
              FROM mail_activity activity
              JOIN credit_dunning_notice called ON called.id = activity.res_id
             WHERE activity.res_model = 'credit.dunning.notice' AND activity.active
          GROUP BY called.partner_id, called.company_id
            """,
            is_answer=SQL("activity.activity_type_id = %s", answer.id),
        )

    @api.model
    def _get_contacts_sql(self) -> SQL:
        """Return when a customer was reached last, and what is planned with him."""
        return SQL(
            """
            SELECT log.partner_id, log.company_id,
                   MAX(log.date) FILTER (WHERE log.is_contact) AS date,
                   MIN(activity.date_deadline) AS planned_on,
                   MAX(log.create_date) FILTER (WHERE activity.id IS NOT NULL) AS planned_at
              FROM credit_contact_log log
         LEFT JOIN mail_activity activity ON activity.id = log.activity_id AND activity.active
          GROUP BY log.partner_id, log.company_id
            """
        )

    @api.model
    def _get_commitments_sql(self) -> SQL:
        """Return what became of promises and plans: broken ones, and what is due just now.

        ``broken_on`` is the first day after date and grace; of what was paid since nothing needs
        to be followed up.
        """
        Promise, Plan = self.env["credit.promise"], self.env["credit.payment.plan"]
        select = """
            SELECT owner.partner_id, owner.company_id, day.today, owner.grace_days,
                   progress.missed_on, progress.next_date,
                   progress.settled < owner.amount AS is_open,
                   owner.live, %(is_plan)s AS is_plan
              FROM %(table)s owner
              JOIN %(days)s ON day.company_id = owner.company_id
        CROSS JOIN LATERAL (%(progress)s) progress
             WHERE owner.cancelled_on IS NULL AND %(condition)s
        """
        days = self.env["credit.receivable"]._get_days_sql()
        return SQL(
            """
            SELECT said.partner_id, said.company_id,
                   COUNT(*) FILTER (WHERE said.missed_on > said.today - 365) AS broken_count,
                   MAX(said.missed_on) FILTER (WHERE said.missed_on IS NOT NULL AND said.is_open)
                       AS missed_on,
                   MAX(said.missed_on + said.grace_days + 1) FILTER (WHERE said.is_open)
                       AS broken_on,
                   MIN(said.next_date) FILTER (WHERE said.live AND said.missed_on IS NULL
                       AND NOT said.is_plan AND said.next_date <= said.today) AS due_on,
                   MIN(said.next_date) FILTER (WHERE said.live AND said.missed_on IS NULL
                       AND said.is_plan AND said.next_date < said.today) AS instalment_on
              FROM (%s UNION ALL %s) said
          GROUP BY said.partner_id, said.company_id
            """,
            SQL(
                select,
                is_plan=SQL("FALSE"),
                table=SQL.identifier(Promise._table),
                days=days,
                progress=Promise._get_progress_sql(SQL("owner"), SQL("day.today")),
                condition=SQL("(owner.live OR owner.date_last > day.today - 365)"),
            ),
            SQL(
                select,
                is_plan=SQL("TRUE"),
                table=SQL.identifier(Plan._table),
                days=days,
                progress=Plan._get_progress_sql(SQL("owner"), SQL("day.today")),
                condition=SQL(
                    "owner.stage = 'agreed' AND (owner.live OR owner.closed_on > day.today - 365)"
                ),
            ),
        )

    @api.model
    def _get_disputes_sql(self) -> SQL:
        """Return since when disputes wait for a person here: answered, or past their deadline."""
        return SQL(
            """
            SELECT contested.partner_id, contested.company_id,
                   MIN(COALESCE(contested.answered_on::date, contested.date_deadline)) AS date
              FROM credit_dispute contested
              JOIN %s ON day.company_id = contested.company_id
             WHERE contested.live
               AND (contested.answered_on IS NOT NULL OR contested.date_deadline < day.today)
          GROUP BY contested.partner_id, contested.company_id
            """,
            self.env["credit.receivable"]._get_days_sql(),
        )

    @api.model
    def _get_receipts_sql(self) -> SQL:
        """Return since when money is to be looked for: unmatched receipts, late collections."""
        days = self.env["credit.receivable"]._get_days_sql()
        return SQL(
            """
            SELECT found.partner_id, found.company_id, MIN(found.date) AS date
              FROM (
                SELECT payer.commercial_partner_id AS partner_id, day.root_id AS company_id,
                       entry.date
                  FROM account_bank_statement_line receipt
                  JOIN account_move entry ON entry.id = receipt.move_id
                  JOIN res_partner payer ON payer.id = receipt.partner_id
                  JOIN %(days)s ON day.company_id = receipt.company_id
                 WHERE NOT receipt.is_reconciled AND receipt.amount > 0
                   AND entry.state = 'posted'
                 UNION ALL
                SELECT mark.partner_id, mark.company_id, mark.date_until
                  FROM credit_collection mark
                  JOIN %(days)s ON day.company_id = mark.company_id
                 WHERE mark.live AND mark.date_until < day.today
              ) found
          GROUP BY found.partner_id, found.company_id
            """,
            days=days,
        )

    @api.model
    def _get_sales_sql(self) -> SQL:
        """Return the sales of the last twelve months by customer."""
        return SQL(
            """
            SELECT invoice.commercial_partner_id AS partner_id, day.root_id AS company_id,
                   SUM(invoice.amount_untaxed_signed) AS turnover
              FROM account_move invoice
              JOIN %s ON day.company_id = invoice.company_id
             WHERE invoice.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
               AND invoice.state = 'posted'
               AND invoice.invoice_date > day.today - 365
          GROUP BY invoice.commercial_partner_id, day.root_id
            """,
            self.env["credit.receivable"]._get_days_sql(),
        )

    # === NEXT STEP === #

    @api.model
    def _get_step_rules(self) -> list[tuple[str, SQL, SQL, SQL]]:
        """Return what makes a step the next one, the most pressing first.

        To be extended by ``super() + [...]`` with codes of the field ``step``.

        :return: list of (code, condition, date since when, moment of the event or null), as SQL;
            the first condition that is true wins. Aliases: ``owed``, ``notice``, ``task``,
            ``contact``, ``commitment``, ``dispute``, ``receipt``, ``level``, ``policy``,
            ``fact``, ``planned``, ``parameter`` and ``partner``
        """
        never = SQL("NULL::timestamp")
        channels = self.env["credit.dunning.level"]._fields["channel_ids"]
        owes = SQL("owed.amount_claimable > 0")
        # What the machine sends needs nobody; a call is always a person's.
        is_call = SQL(
            "EXISTS (SELECT 1 FROM %(relation)s rel"
            " JOIN credit_dunning_channel channel ON channel.id = rel.%(channel)s"
            " WHERE rel.%(level)s = level.id AND channel.code = 'call')",
            relation=SQL.identifier(channels.relation),
            channel=SQL.identifier(channels.column2),
            level=SQL.identifier(channels.column1),
        )
        reached = SQL(
            "%s AND level.id IS NOT NULL AND NOT (level.auto_send AND parameter.started)"
            " AND (notice.sent_on IS NULL"
            "      OR parameter.today - notice.sent_on >= policy.min_contact_interval)",
            owes,
        )
        return [
            (
                "broken",
                SQL(
                    "commitment.broken_on IS NOT NULL"
                    " AND (contact.date IS NULL OR contact.date < commitment.broken_on)"
                ),
                SQL("commitment.missed_on"),
                SQL("commitment.broken_on::timestamp"),
            ),
            (
                "answer",
                SQL("task.answered_at IS NOT NULL"),
                SQL("task.answered_at::date"),
                SQL("task.answered_at"),
            ),
            (
                "delivery",
                SQL("notice.failed_on IS NOT NULL"),
                SQL("notice.failed_on"),
                SQL("notice.failed_at"),
            ),
            (
                "planned",
                SQL("planned.date <= parameter.today"),
                SQL("planned.date"),
                never,
            ),
            ("formal_notice", SQL("notice.formal_on IS NOT NULL"), SQL("notice.formal_on"), never),
            ("release", SQL("notice.draft_on IS NOT NULL"), SQL("notice.draft_on"), never),
            ("send", SQL("notice.ready_on IS NOT NULL"), SQL("notice.ready_on"), never),
            ("call", SQL("task.call_on <= parameter.today"), SQL("task.call_on"), never),
            (
                "address",
                SQL(
                    "owed.amount_overdue > 0 AND NOT EXISTS (SELECT 1 FROM res_partner person"
                    " WHERE person.commercial_partner_id = partner.id AND person.active"
                    " AND (person.email > '' OR person.phone > ''))"
                ),
                SQL("NULL::date"),
                never,
            ),
            (
                "check_payment",
                SQL("LEAST(commitment.due_on, receipt.date) IS NOT NULL"),
                SQL("LEAST(commitment.due_on, receipt.date)"),
                never,
            ),
            (
                "allocate",
                SQL(
                    "owed.amount_overdue > 0 AND owed.amount_credit < 0"
                    " AND (owed.has_payment OR -owed.amount_credit >= owed.amount_overdue)"
                ),
                SQL("NULL::date"),
                never,
            ),
            ("dispute", SQL("dispute.date IS NOT NULL"), SQL("dispute.date"), never),
            (
                "instalment",
                SQL("commitment.instalment_on IS NOT NULL"),
                SQL("commitment.instalment_on"),
                never,
            ),
            ("call", SQL("%s AND %s", reached, is_call), SQL("owed.level_date"), never),
            ("remind", reached, SQL("owed.level_date"), never),
            (
                "contact",
                SQL(
                    "%s AND LEAST(owed.days_overdue, parameter.today - fact.last_contact)"
                    " >= parameter.contact_days",
                    owes,
                ),
                SQL("fact.last_contact"),
                never,
            ),
        ]

    @api.model
    def _get_step_sql(self) -> SQL:
        """Return one row: the next step (code, date, happened_at), nulls when there is none."""
        rules = self._get_step_rules()

        def choose(values):
            return SQL("CASE rule.number %s END", SQL(" ").join(
                SQL("WHEN %s THEN %s", number, value) for number, value in enumerate(values)
            ))  # fmt: skip

        return SQL(
            """
            SELECT %(code)s AS code, %(date)s AS date, %(happened)s AS happened_at
              FROM (SELECT CASE %(conditions)s END AS number OFFSET 0) rule
            OFFSET 0
            """,
            code=choose([SQL("%s", code) for code, *_others in rules]),
            date=choose([day for _code, _condition, day, _moment in rules]),
            happened=choose([moment for *_others, moment in rules]),
            conditions=SQL(" ").join(
                SQL("WHEN %s THEN %s", condition, number)
                for number, (_code, condition, *_others) in enumerate(rules)
            ),
        )
