from odoo import api, fields, models
from odoo.tools import SQL

from ..const import PAYMENT_KINDS

#: What delay_drift compares, and of how many payments a habit is made.
_RECENT_DAYS = 90
_HABIT_DAYS = 365
_HABIT_PAYMENTS = 3


class CreditAlertRule(models.Model):
    """What each kind of rule looks for, as one statement; see ``_get_alert_rules``."""

    _inherit = "credit.alert.rule"

    def _get_stricter_rules(self, company, name):
        """Return the rules of the same kind that tell the same person of something worse.

        Their alerts take the place of this rule's: one sentence about one fact.
        """
        return self._get_rules(company).filtered(
            lambda rule: (
                rule.code == self.code
                and rule.recipient == self.recipient
                and rule[name] > self[name]
            )
        )

    # === EXPOSURE === #

    def _get_usage_sql(self, root, condition) -> SQL:
        """Return customers by what they use of their limit.

        :param condition: on ``total.amount``, ``lim.amount`` and ``used.percent``
        """
        Exposure = self.env["credit.exposure"]
        return SQL(
            """
            SELECT entity.id, NULL::int, '', total.amount - lim.amount, used.percent, NULL::date
              FROM (%(total)s) total
              JOIN res_partner entity ON entity.id = total.partner_id
        CROSS JOIN LATERAL (%(limit)s) lim
        CROSS JOIN LATERAL (
                SELECT CASE WHEN lim.amount > 0 THEN total.amount / lim.amount * 100
                            ELSE 100 END AS percent) used
             WHERE total.amount > 0 AND lim.amount IS NOT NULL AND %(condition)s
            """,
            total=Exposure._get_total_sql(root),
            limit=Exposure._get_limit_sql(root),
            condition=condition,
        )

    def _alert_over_limit(self, company, today) -> SQL:
        return self._get_usage_sql(
            company,
            SQL(
                "ROUND(total.amount - lim.amount * %s::numeric, %s) > 0",
                1 + self.threshold_percent / 100,
                company.currency_id.decimal_places,
            ),
        )

    def _alert_limit_used(self, company, today) -> SQL:
        """Each customer is in one band: of this rule up to the next one, and to the limit."""
        stricter = self._get_stricter_rules(company, "threshold_percent")
        following = min(stricter.mapped("threshold_percent"), default=None)
        upper = [] if following is None else [SQL("used.percent < %s", following)]
        return self._get_usage_sql(
            company,
            SQL(" AND ").join(
                [
                    # Who has no credit at all is over the limit, not near it.
                    SQL("lim.amount > 0"),
                    SQL("ROUND(total.amount - lim.amount, %s) <= 0",
                        company.currency_id.decimal_places),
                    SQL("used.percent >= %s", self.threshold_percent),
                    *upper,
                ]
            ),
        )  # fmt: skip

    def _alert_exposure_growth(self, company, today) -> SQL:
        """Open items today beside those of the first day: what was booked since makes it."""
        Exposure = self.env["credit.exposure"]
        since = fields.Date.subtract(today, days=self.threshold_days or 30)
        return SQL(
            """
            SELECT growth.partner_id, NULL::int, '', growth.amount,
                   growth.amount / (growth.now - growth.amount) * 100, %(since)s::date
              FROM (
                SELECT partner_id, SUM(residual) AS now, SUM(booked) AS amount
                  FROM (
                    SELECT partner_id, amount AS residual, 0 AS booked FROM (%(ledger)s) ledger
                    UNION ALL
                    SELECT contact.commercial_partner_id, 0, line.balance
                      FROM account_move_line line
                      JOIN res_partner contact ON contact.id = line.partner_id
                     WHERE line.parent_state = 'posted' AND line.account_id IN %(accounts)s
                       AND line.company_id IN %(companies)s AND line.date > %(since)s
                  ) entry
              GROUP BY partner_id
              ) growth
             WHERE growth.amount > %(amount)s AND growth.now > growth.amount
               AND growth.amount >= (growth.now - growth.amount) * %(share)s::numeric
            """,
            since=since,
            ledger=Exposure._get_ledger_sql(company),
            accounts=self.env["credit.receivable"]._get_account_ids(),
            companies=Exposure._get_company_ids(company),
            amount=self.threshold_amount,
            share=self.threshold_percent / 100,
        )

    # === PAYMENT === #

    def _alert_overdue(self, company, today) -> SQL:
        # What is disputed, promised or on its way has its own rules.
        items = self.env["credit.receivable"]
        query = items._search(
            [
                ("root_company_id", "=", company.id),
                ("partner_id", "!=", False),
                ("days_overdue", ">", self.threshold_days),
                ("kind", "!=", "payment"),
                ("amount_residual", ">", 0),
                ("state", "in", ("overdue", "excluded", "legal")),
            ]
        )
        names = ("partner_id", "amount_residual", "days_overdue", "date_maturity")
        return SQL(
            "SELECT item.partner_id, NULL::int, '', SUM(item.amount_residual),"
            " MAX(item.days_overdue), MIN(item.date_maturity)"
            " FROM (%s) item GROUP BY item.partner_id"
            " HAVING SUM(item.amount_residual) > %s AND NOT (%s)",
            query.select(*(SQL.identifier(query.table, name) for name in names)),
            self.threshold_amount,
            SQL(" OR ").join(
                [
                    SQL(
                        "COALESCE(SUM(item.amount_residual)"
                        " FILTER (WHERE item.days_overdue > %s), 0) > %s",
                        rule.threshold_days,
                        rule.threshold_amount,
                    )
                    for rule in self._get_stricter_rules(company, "threshold_days")
                ]
                or [SQL("FALSE")]
            ),
        )

    def _alert_delay_drift(self, company, today) -> SQL:
        recent = fields.Date.subtract(today, days=_RECENT_DAYS)
        habit = fields.Date.subtract(recent, days=_HABIT_DAYS)
        settlements = self.env["credit.kpi.settlement"]
        query = settlements._search(
            [
                ("kind", "in", PAYMENT_KINDS),
                ("root_company_id", "=", company.id),
                ("partner_id", "!=", False),
                ("date", ">", habit),
                ("date", "<=", today),
            ]
        )
        names = ("partner_id", "amount", "delay_days", "date")
        return SQL(
            """
            SELECT partner_id, NULL::int, '', recent_amount, recent_delay - habit_delay,
                   %(recent)s::date
              FROM (
                SELECT paid.partner_id,
                       SUM(paid.amount) FILTER (WHERE is_recent) AS recent_amount,
                       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY paid.delay_days)
                           FILTER (WHERE is_recent) AS recent_delay,
                       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY paid.delay_days)
                           FILTER (WHERE NOT is_recent) AS habit_delay
                  FROM (
                    SELECT *, settled.date > %(recent)s AS is_recent FROM (%(settled)s) settled
                  ) paid
              GROUP BY paid.partner_id
                HAVING COUNT(*) FILTER (WHERE is_recent) >= %(count)s
                   AND COUNT(*) FILTER (WHERE NOT is_recent) >= %(count)s
              ) drift
             WHERE recent_delay - habit_delay >= %(days)s AND recent_delay > 0
            """,
            recent=recent,
            settled=query.select(*(SQL.identifier(query.table, name) for name in names)),
            count=_HABIT_PAYMENTS,
            days=self.threshold_days,
        )

    def _alert_promise_broken(self, company, today) -> SQL:
        return SQL(
            "%s UNION ALL %s",
            self._get_broken_sql("credit.promise", "promise", company, today),
            self._get_broken_sql("credit.payment.plan", "plan", company, today),
        )

    def _get_broken_sql(self, model, prefix, company, today) -> SQL:
        """Return the commitments of which money is missing since a date that has passed."""
        commitments = self.env[model]
        since = fields.Date.subtract(today, days=self.threshold_days or 90)
        return SQL(
            """
            SELECT owner.partner_id, NULL::int, %(prefix)s || ':' || owner.id,
                   (owner.amount - progress.settled) * rate.value,
                   %(today)s::date - progress.missed_on, progress.missed_on
              FROM %(table)s owner
              JOIN %(rates)s ON rate.currency_id = owner.currency_id
        CROSS JOIN LATERAL (%(progress)s) progress
             WHERE owner.company_id = %(company)s
               AND owner.cancelled_on IS NULL
               AND (owner.live OR owner.closed_on >= %(since)s)
               AND progress.missed_on IS NOT NULL
               AND progress.settled < owner.amount
            """,
            prefix=prefix,
            today=today,
            table=SQL.identifier(commitments._table),
            rates=self.env["credit.exposure"]._get_rates_sql(company),
            progress=commitments._get_progress_sql(SQL("owner"), SQL("%s::date", today)),
            company=company.id,
            since=since,
        )

    def _alert_dispute_old(self, company, today) -> SQL:
        disputes = self.env["credit.dispute"]
        return SQL(
            """
            SELECT owner.partner_id, NULL::int, owner.id::text,
                   rest.amount * owner.amount_company / NULLIF(owner.amount, 0),
                   %(today)s::date - owner.date, owner.date
              FROM credit_dispute owner
        CROSS JOIN LATERAL (SELECT %(left)s AS amount) rest
             WHERE owner.company_id = %(company)s
               AND owner.live
               AND owner.date < %(since)s
               AND rest.amount > 0
            """,
            today=today,
            left=disputes._get_left_sql(SQL("owner")),
            company=company.id,
            since=fields.Date.subtract(today, days=self.threshold_days),
        )

    # === CUSTOMER === #

    def _alert_no_order(self, company, today) -> SQL:
        Exposure = self.env["credit.exposure"]
        return SQL(
            """
            SELECT bought.partner_id, NULL::int, '', owed.amount,
                   %(today)s::date - bought.date, bought.date
              FROM (
                SELECT partner_id, MAX(date) AS date
                  FROM (%(purchases)s) purchase GROUP BY partner_id
              ) bought
              JOIN (
                SELECT partner_id, SUM(amount) AS amount FROM (%(ledger)s) ledger
              GROUP BY partner_id
              ) owed ON owed.partner_id = bought.partner_id
             WHERE bought.date < %(since)s AND owed.amount > %(amount)s
            """,
            today=today,
            purchases=self._get_purchases_sql(company),
            ledger=Exposure._get_ledger_sql(company),
            since=fields.Date.subtract(today, days=self.threshold_days),
            amount=self.threshold_amount,
        )

    @api.model
    def _get_purchases_sql(self, root) -> SQL:
        """Return when customers bought something: their invoices.

        A bridge extends it with ``UNION ALL`` and what it knows.

        :return: SELECT of ``partner_id`` (commercial entity) and ``date``
        """
        return SQL(
            "SELECT move.commercial_partner_id AS partner_id, move.invoice_date AS date"
            " FROM account_move move WHERE move.state = 'posted'"
            " AND move.move_type = 'out_invoice' AND move.company_id IN %s",
            self.env["credit.exposure"]._get_company_ids(root),
        )

    def _alert_solvency_expired(self, company, today) -> SQL:
        """The newest note of each source counts: a newer one takes the place of an older."""
        return SQL(
            """
            SELECT note.partner_id, NULL::int, note.id::text, 0, %(today)s::date - note.date_expiry,
                   note.date_expiry
              FROM (
                SELECT DISTINCT ON (partner_id, source) id, partner_id, date_expiry
                  FROM credit_solvency_note
                 WHERE company_id = %(company)s AND active
              ORDER BY partner_id, source, date DESC, id DESC
              ) note
             WHERE note.date_expiry < %(limit)s
            """,
            today=today,
            company=company.id,
            limit=fields.Date.add(today, days=self.threshold_days),
        )

    def _alert_review_due(self, company, today) -> SQL:
        return SQL(
            """
            SELECT entity.id, NULL::int, '', 0, %(today)s::date - review.date, review.date
              FROM res_partner entity
        CROSS JOIN LATERAL (
                SELECT (entity.credit_review_date ->> %(key)s)::date AS date) review
             WHERE entity.active AND entity.commercial_partner_id = entity.id
               AND review.date <= %(limit)s
            """,
            today=today,
            key=str(company.id),
            limit=fields.Date.add(today, days=self.threshold_days),
        )
