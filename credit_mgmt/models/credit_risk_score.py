from odoo import api, fields, models
from odoo.tools import SQL, groupby

from ..const import PAYMENT_KINDS
from ..tools import score

#: Months of payments and promises that count, and of them those that make the trend.
_MONTHS = 12
_RECENT_MONTHS = 3
_TREND_PAYMENTS = 3
#: What Odoo's own degree of trust says about each grade.
_TRUST = {"A": "good", "B": "good", "C": "normal", "D": "bad", "E": "bad"}


class CreditRiskScore(models.AbstractModel):
    """How customers pay, as a number from 0 to 100 with its reasons.

    Components are columns of a few sources, each one SELECT by customer, so that the score of
    100,000 customers is one statement. What is not known of a customer does not count.
    """

    _name = "credit.risk.score"
    _description = "Risk Score"

    # === HOOKS === #

    @api.model
    def _get_risk_components(self, root) -> list[dict]:
        """Return what makes the score of the customers of a root company.

        To be extended by ``super() + [{...}]``, with ``_get_risk_sources``.

        :return: list of dicts: ``code``; ``label`` in words; ``text`` that says a value, with the
            placeholder ``%(value)s``; ``source`` and ``column`` where the value is read (null: not
            known); ``weight``: the points it may bring; ``best`` and ``worst``: the values that
            bring all points and none, in proportion between them
        """
        return [
            {
                "code": "late_share",
                "label": self.env._("Late payments"),
                "text": self.env._("%(value)s %% of what was paid in twelve months came late"),
                "source": "paid", "column": "late_share", "weight": 20, "best": 0, "worst": 80,
            },
            {
                "code": "delay",
                "label": self.env._("Average delay"),
                "text": self.env._("paid %(value)s days after the due date on average"),
                "source": "paid", "column": "delay", "weight": 20, "best": 0, "worst": 60,
            },
            {
                "code": "drift",
                "label": self.env._("Trend"),
                "text": self.env._("%(value)s days later in the last three months than before"),
                "source": "paid", "column": "drift", "weight": 10, "best": 0, "worst": 30,
            },
            {
                "code": "overdue_share",
                "label": self.env._("Overdue share"),
                "text": self.env._("%(value)s %% of the open items is overdue"),
                "source": "late", "column": "overdue_share", "weight": 15, "best": 0, "worst": 100,
            },
            {
                "code": "overdue_days",
                "label": self.env._("Oldest overdue item"),
                "text": self.env._("overdue for %(value)s days"),
                "source": "late", "column": "overdue_days", "weight": 15, "best": 0, "worst": 90,
            },
            {
                "code": "usage",
                "label": self.env._("Use of the limit"),
                "text": self.env._("%(value)s %% of the limit is used"),
                "source": "usage", "column": "percent", "weight": 10, "best": 50, "worst": 120,
            },
            {
                "code": "promises",
                "label": self.env._("Promises not kept"),
                "text": self.env._("%(value)s %% of the promises of twelve months were not kept"),
                "source": "promises", "column": "percent", "weight": 10, "best": 0, "worst": 50,
            },
            {
                "code": "seniority",
                "label": self.env._("Length of the relation"),
                "text": self.env._("customer for %(value)s months"),
                "source": "seniority", "column": "months", "weight": 5, "best": 36, "worst": 0,
            },
            {
                "code": "solvency",
                "label": self.env._("Solvency notes"),
                "text": self.env._("rated %(value)s on 100 by others"),
                "source": "solvency", "column": "percent", "weight": 20, "best": 100, "worst": 0,
            },
        ]  # fmt: skip

    @api.model
    def _get_risk_sources(self, root) -> dict[str, SQL]:
        """Return where the values are read: {source: SELECT of ``partner_id`` and columns}.

        ``partner_id`` is the commercial entity, one row each.
        """
        today = root._get_credit_today()
        return {
            "paid": self._get_paid_sql(root, today),
            "late": self._get_late_sql(root, today),
            "usage": self._get_usage_sql(root),
            "promises": self._get_promises_sql(root, today),
            "seniority": self._get_seniority_sql(root, today),
            "solvency": self._get_solvency_sql(root, today),
        }

    # === SOURCES === #

    @api.model
    def _get_paid_sql(self, root, today) -> SQL:
        settlements = self.env["credit.kpi.settlement"]
        query = settlements._search(
            [
                ("kind", "in", PAYMENT_KINDS),
                ("root_company_id", "=", root.id),
                ("partner_id", "!=", False),
                ("date", ">", fields.Date.subtract(today, months=_MONTHS)),
                ("date", "<=", today),
            ]
        )
        names = ("partner_id", "amount", "amount_days", "delay_days", "date")
        return SQL(
            """
            SELECT partner_id,
                   COALESCE(SUM(amount) FILTER (WHERE delay_days > 0), 0)
                       / NULLIF(SUM(amount), 0) * 100 AS late_share,
                   SUM(amount_days) / NULLIF(SUM(amount), 0) AS delay,
                   CASE WHEN COUNT(*) FILTER (WHERE recent) >= %(count)s
                         AND COUNT(*) FILTER (WHERE NOT recent) >= %(count)s
                        THEN SUM(amount_days) FILTER (WHERE recent)
                               / NULLIF(SUM(amount) FILTER (WHERE recent), 0)
                           - SUM(amount_days) FILTER (WHERE NOT recent)
                               / NULLIF(SUM(amount) FILTER (WHERE NOT recent), 0) END AS drift
              FROM (SELECT *, date > %(recent)s AS recent FROM (%(query)s) settled) paid
          GROUP BY partner_id
            """,
            count=_TREND_PAYMENTS,
            recent=fields.Date.subtract(today, months=_RECENT_MONTHS),
            query=query.select(*(SQL.identifier(query.table, name) for name in names)),
        )

    @api.model
    def _get_late_sql(self, root, today) -> SQL:
        """Return the customers with something overdue; what is disputed says nothing of them."""
        return SQL(
            """
            SELECT partner_id,
                   SUM(amount) FILTER (WHERE due < %(today)s) / SUM(amount) * 100 AS overdue_share,
                   %(today)s::date - MIN(due) AS overdue_days
              FROM (
                SELECT contact.commercial_partner_id AS partner_id, line.amount_residual AS amount,
                       COALESCE(line.date_maturity, line.date) AS due
                  FROM account_move_line line
                  JOIN res_partner contact ON contact.id = line.partner_id
                 WHERE %(open)s AND line.amount_residual > 0 AND line.company_id IN %(companies)s
                   AND NOT EXISTS (
                        SELECT 1 FROM credit_dispute_item disputed
                         WHERE disputed.move_line_id = line.id AND disputed.live)
              ) item
          GROUP BY partner_id
            HAVING MIN(due) < %(today)s
            """,
            today=today,
            open=self.env["credit.receivable"]._where(),
            companies=self.env["credit.exposure"]._get_company_ids(root),
        )

    @api.model
    def _get_usage_sql(self, root) -> SQL:
        Exposure = self.env["credit.exposure"]
        return SQL(
            """
            SELECT entity.id AS partner_id,
                   GREATEST(total.amount, 0) / lim.amount * 100 AS percent
              FROM (%s) total
              JOIN res_partner entity ON entity.id = total.partner_id
        CROSS JOIN LATERAL (%s) lim
             WHERE lim.amount > 0
            """,
            Exposure._get_total_sql(root),
            Exposure._get_limit_sql(root),
        )

    @api.model
    def _get_promises_sql(self, root, today) -> SQL:
        Promise = self.env["credit.promise"]
        return SQL(
            """
            SELECT owner.partner_id,
                   AVG(CASE WHEN progress.missed_on IS NULL THEN 0 ELSE 100 END) AS percent
              FROM credit_promise owner
        CROSS JOIN LATERAL (%(progress)s) progress
             WHERE owner.company_id = %(company)s AND owner.cancelled_on IS NULL
               AND owner.date > %(since)s
               AND (progress.missed_on IS NOT NULL OR progress.settled >= owner.amount)
          GROUP BY owner.partner_id
            """,
            progress=Promise._get_progress_sql(SQL("owner"), SQL("%s::date", today)),
            company=root.id,
            since=fields.Date.subtract(today, months=_MONTHS),
        )

    @api.model
    def _get_seniority_sql(self, root, today) -> SQL:
        return SQL(
            """
            SELECT move.commercial_partner_id AS partner_id,
                   (%(today)s::date - MIN(move.invoice_date)) / 30.4375 AS months
              FROM account_move move
             WHERE move.state = 'posted' AND move.move_type = 'out_invoice'
               AND move.company_id IN %(companies)s
          GROUP BY move.commercial_partner_id
            """,
            today=today,
            companies=self.env["credit.exposure"]._get_company_ids(root),
        )

    @api.model
    def _get_solvency_sql(self, root, today) -> SQL:
        """Return the average of the newest valid note of each source."""
        return SQL(
            """
            SELECT partner_id, AVG(percent) AS percent
              FROM (
                SELECT DISTINCT ON (partner_id, source) partner_id, percent, counts, date_expiry
                  FROM credit_solvency_note
                 WHERE company_id = %(company)s AND active
              ORDER BY partner_id, source, date DESC, id DESC
              ) note
             WHERE counts AND (date_expiry IS NULL OR date_expiry >= %(today)s)
          GROUP BY partner_id
            """,
            company=root.id,
            today=today,
        )

    # === SCORE === #

    @api.model
    def _flush_score(self):
        for name in ("credit.promise", "credit.dispute.item", "credit.solvency.note"):
            self.env[name].flush_model()
        self.env["credit.promise"]._flush_progress()
        self.env["credit.exposure"]._flush_exposure()

    @api.model
    def _get_score_sql(self, root) -> SQL:
        """Return the score of every customer of whom enough is known: partner_id, score."""
        self._flush_score()
        sources = self._get_risk_sources(root)
        components = self._get_risk_components(root)
        parts = []
        for name, same in groupby(components, lambda row: row["source"]):
            points, weights = [], []
            for row in same:
                column = SQL("source.%s", SQL.identifier(row["column"]))
                points.append(
                    SQL(
                        "COALESCE(%s * LEAST(GREATEST((%s - %s)::numeric / %s, 0), 1), 0)",
                        row["weight"],
                        row["worst"],
                        column,
                        row["worst"] - row["best"],
                    )
                )
                weights.append(
                    SQL("CASE WHEN %s IS NULL THEN 0 ELSE %s END", column, row["weight"])
                )
            parts.append(
                SQL(
                    "SELECT source.partner_id, %s AS points, %s AS weight FROM (%s) source",
                    SQL(" + ").join(points),
                    SQL(" + ").join(weights),
                    sources[name],
                )
            )
        return SQL(
            "SELECT partner_id, ROUND(SUM(points) / SUM(weight) * 100) AS score FROM (%s) part"
            " WHERE partner_id IS NOT NULL GROUP BY partner_id HAVING SUM(weight) >= %s",
            SQL(" UNION ALL ").join(parts),
            score.MIN_WEIGHT,
        )

    @api.model
    def _get_grade_sql(self, column: SQL) -> SQL:
        """Return the grade of a score as SQL."""
        return SQL(
            "(CASE %s END)",
            SQL(" ").join(
                SQL("WHEN %s >= %s THEN %s", column, least, letter)
                for letter, least in score.GRADES
            ),
        )

    @api.model
    def _get_scores(self, partners, company) -> dict[int, dict]:
        """Return the score of customers with its reasons, in one statement.

        :param partners: commercial entities
        :return: {partner id: dict with ``score`` and ``grade`` (None: too little is known) and
            ``components``: [{code, label, text, points, weight}], known ones only}
        """
        root = company.root_id.sudo()
        components = self._get_risk_components(root)
        by_code = {row["code"]: row for row in components}
        result = {
            partner_id: {"score": None, "grade": None, "components": []}
            for partner_id in partners.ids
        }
        if not result:
            return result
        self._flush_score()
        sources = self._get_risk_sources(root)
        statement = SQL(" UNION ALL ").join(
            SQL(
                "SELECT source.partner_id, known.code, known.value::float FROM (%s) source"
                " CROSS JOIN LATERAL (VALUES %s) AS known(code, value)"
                " WHERE source.partner_id IN %s AND known.value IS NOT NULL",
                sources[name],
                SQL(", ").join(
                    SQL("(%s, source.%s::numeric)", row["code"], SQL.identifier(row["column"]))
                    for row in same
                ),
                tuple(partners.ids),
            )
            for name, same in groupby(components, lambda row: row["source"])
        )
        values: dict[int, dict[str, float]] = {}
        for partner_id, code, value in self.env.execute_query(statement):
            values.setdefault(partner_id, {})[code] = value
        for partner_id, known in values.items():
            number = score.score(
                (row["weight"], known.get(code), row["best"], row["worst"])
                for code, row in by_code.items()
            )
            result[partner_id] = {
                "score": number,
                "grade": score.grade(number),
                "components": [
                    self._prepare_component(row, known[code])
                    for code, row in by_code.items()
                    if code in known
                ],
            }
        return result

    @api.model
    def _prepare_component(self, row, value) -> dict:
        return {
            "code": row["code"],
            "label": row["label"],
            "text": row["text"] % {"value": f"{value:.0f}"},
            "points": round(row["weight"] * score.share(value, row["best"], row["worst"]), 1),
            "weight": row["weight"],
        }

    # === TRUST === #

    @api.model
    def _cron_trust(self):
        """Keep Odoo's own degree of trust in step, where a company wants it."""
        roots = self.env["res.company"].search(
            [("parent_id", "=", False), ("credit_trust_from_score", "=", True)]
        )
        for root in roots:
            self.with_company(root)._update_trust(root)

    @api.model
    def _update_trust(self, root):
        """Write the trust that the score gives; a degree set by hand stays.

        By hand is whatever differs from what was written here last, the untouched default apart.
        """
        Partner = self.env["res.partner"].sudo().with_company(root)
        Partner.flush_model(["trust", "credit_trust_set"])
        query = self.sudo()._get_score_sql(root)
        wanted = SQL(
            "(CASE %s %s END)",
            self._get_grade_sql(SQL("scored.score")),
            SQL(" ").join(
                SQL("WHEN %s THEN %s", letter, trust) for letter, trust in _TRUST.items()
            ),
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT found.id, found.wanted
                  FROM (
                    SELECT entity.id, %(wanted)s AS wanted,
                           COALESCE(entity.trust ->> %(key)s, 'normal') AS trust,
                           COALESCE(entity.credit_trust_set ->> %(key)s, 'normal') AS written
                      FROM (%(query)s) scored
                      JOIN res_partner entity ON entity.id = scored.partner_id
                  ) found
                 WHERE found.trust = found.written AND found.wanted <> found.trust
                """,
                wanted=wanted,
                key=str(root.id),
                query=query,
            )
        )
        by_trust: dict[str, list[int]] = {}
        for partner_id, trust in rows:
            by_trust.setdefault(trust, []).append(partner_id)
        labels = dict(Partner._fields["trust"]._description_selection(self.env))
        for trust, ids in by_trust.items():
            partners = Partner.browse(ids)
            partners.write({"trust": trust, "credit_trust_set": trust})
            text = self.env._(
                "Degree of trust set to “%(trust)s” from the risk score (%(company)s).",
                trust=labels[trust],
                company=root.name,
            )
            partners._message_log_batch(bodies=dict.fromkeys(ids, text))
