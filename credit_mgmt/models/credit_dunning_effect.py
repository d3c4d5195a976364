from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, date_utils

#: Days after the reminder within which settlements are counted.
WINDOWS = (7, 15)
_GROUPS = ("level_id", "channel_id", "collector_id", "policy_id", "partner_id", "month")


class CreditDunningEffect(models.Model):
    """What became of each item that a sent reminder claimed.

    Settled within n days is what was open in the reminder less what of it is still open n days
    later, by the dates of the matchings; a partial settlement counts its part. Shares and the
    median are true to any grouping: a share compares what was settled with what was reminded at
    least so many days ago, the median is taken over the items settled altogether.
    """

    _name = "credit.dunning.effect"
    _description = "Effect of Reminders"
    _auto = False
    _rec_name = "name"
    _order = "date desc, id desc"

    name = fields.Char(string="Number", readonly=True)
    notice_id = fields.Many2one("credit.dunning.notice", string="Reminder", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice or Entry", readonly=True)
    level_id = fields.Many2one("credit.dunning.level", readonly=True)
    policy_id = fields.Many2one("credit.dunning.policy", readonly=True)
    channel_id = fields.Many2one(
        "credit.dunning.channel",
        readonly=True,
        help="The first channel through which the reminder left.",
    )
    channel_count = fields.Integer(string="Number of Channels", readonly=True, aggregator="avg")
    collector_id = fields.Many2one("res.users", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(string="Sent On", readonly=True, aggregator=None)
    amount = fields.Monetary(string="Reminded", currency_field="company_currency_id", readonly=True)
    amount_settled = fields.Monetary(
        string="Settled", currency_field="company_currency_id", readonly=True
    )
    settled_7 = fields.Monetary(
        string="Settled Within 7 Days", currency_field="company_currency_id", readonly=True
    )
    settled_15 = fields.Monetary(
        string="Settled Within 15 Days", currency_field="company_currency_id", readonly=True
    )
    amount_7 = fields.Monetary(
        string="Reminded 7 Days Ago or More",
        currency_field="company_currency_id",
        readonly=True,
    )
    amount_15 = fields.Monetary(
        string="Reminded 15 Days Ago or More",
        currency_field="company_currency_id",
        readonly=True,
    )
    share = fields.Float(
        string="Share Settled (%)", digits=(16, 1), readonly=True, aggregator="avg"
    )
    share_7 = fields.Float(
        string="Share Settled Within 7 Days (%)", digits=(16, 1), readonly=True, aggregator="avg"
    )
    share_15 = fields.Float(
        string="Share Settled Within 15 Days (%)", digits=(16, 1), readonly=True, aggregator="avg"
    )
    settled_on = fields.Date(readonly=True, aggregator="max")
    days_to_settle = fields.Integer(
        string="Days to Settlement",
        readonly=True,
        aggregator="avg",
        help="From the reminder to the day the item was settled altogether. In totals: the median.",
    )
    state = fields.Selection(
        [
            ("settled", "Settled"),
            ("partial", "Partly settled"),
            ("open", "Still open"),
            ("gone", "Entry cancelled"),
        ],
        readonly=True,
    )

    _depends = {
        "account.move.line": ["balance", "parent_state"],
        "account.partial.reconcile": ["debit_move_id", "credit_move_id", "amount", "max_date"],
        "credit.dunning.delivery": ["notice_id", "channel_id", "state"],
        "credit.dunning.notice": [
            "policy_id", "partner_id", "collector_id", "sent_date",
        ],
        "credit.dunning.notice.line": [
            "notice_id", "move_line_id", "move_id", "level_id", "name", "kind", "company_id",
            "amount_residual",
        ],
    }  # fmt: skip

    # === QUERY === #

    @property
    def _table_query(self) -> SQL:
        return SQL("SELECT %s FROM %s WHERE %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self) -> SQL:
        today = self.env.company._get_credit_today()
        return SQL(
            """
            line.id,
            line.name,
            line.notice_id,
            line.move_id,
            line.level_id,
            notice.policy_id,
            delivery.channel_id,
            delivery.channel_count,
            notice.collector_id,
            notice.partner_id,
            line.company_id,
            company.currency_id AS company_currency_id,
            notice.sent_date AS date,
            line.amount_residual AS amount,
            line.amount_residual - opening.open_now AS amount_settled,
            CASE WHEN opening.open_now < line.amount_residual THEN settled.date END
                AS settled_on,
            CASE WHEN opening.open_now = 0 THEN GREATEST(settled.date - notice.sent_date, 0) END
                AS days_to_settle,
            CASE WHEN item.id IS NULL THEN 'gone'
                 WHEN opening.open_now = 0 THEN 'settled'
                 WHEN opening.open_now < line.amount_residual THEN 'partial'
                 ELSE 'open' END AS state,
            (line.amount_residual - opening.open_now) * 100
                / NULLIF(line.amount_residual, 0) AS share,
            %s
            """,
            SQL(", ").join(
                SQL(
                    """
                    line.amount_residual - opening.%(open)s AS %(settled)s,
                    CASE WHEN notice.sent_date + %(days)s <= %(today)s THEN line.amount_residual
                         ELSE 0 END AS %(amount)s,
                    CASE WHEN notice.sent_date + %(days)s <= %(today)s
                         THEN (line.amount_residual - opening.%(open)s) * 100
                              / NULLIF(line.amount_residual, 0) END AS %(share)s
                    """,
                    days=days,
                    today=today,
                    open=SQL.identifier(f"open_{days}"),
                    settled=SQL.identifier(f"settled_{days}"),
                    amount=SQL.identifier(f"amount_{days}"),
                    share=SQL.identifier(f"share_{days}"),
                )
                for days in WINDOWS
            ),
        )

    @api.model
    def _from(self) -> SQL:
        return SQL(
            """
            credit_dunning_notice_line line
            JOIN credit_dunning_notice notice ON notice.id = line.notice_id
            JOIN res_company company ON company.id = line.company_id
            LEFT JOIN account_move_line item
                   ON item.id = line.move_line_id AND item.parent_state = 'posted'
            LEFT JOIN LATERAL (
                SELECT (array_agg(sent.channel_id ORDER BY sent.id))[1] AS channel_id,
                       COUNT(DISTINCT sent.channel_id) AS channel_count
                  FROM credit_dunning_delivery sent
                 WHERE sent.notice_id = notice.id AND sent.state = 'sent'
            ) delivery ON TRUE
            LEFT JOIN LATERAL (
                SELECT MAX(matching.max_date) AS date,
                       COALESCE(SUM(matching.amount), 0) AS amount,
                       %(sums)s
                  FROM account_partial_reconcile matching
                  JOIN account_move_line counter ON counter.id = matching.credit_move_id
                 WHERE matching.debit_move_id = item.id AND counter.parent_state = 'posted'
            ) settled ON TRUE
            CROSS JOIN LATERAL (
                SELECT %(open)s
            ) opening
            """,
            sums=SQL(", ").join(
                SQL(
                    "COALESCE(SUM(matching.amount)"
                    " FILTER (WHERE matching.max_date <= notice.sent_date + %s), 0) AS %s",
                    days,
                    SQL.identifier(f"amount_{days}"),
                )
                for days in WINDOWS
            ),
            open=SQL(", ").join(
                # Never more than was claimed; an item that is gone counts as not settled.
                SQL(
                    "LEAST(line.amount_residual, GREATEST("
                    "COALESCE(item.balance - settled.%s, line.amount_residual), 0)) AS %s",
                    SQL.identifier(amount),
                    SQL.identifier(name),
                )
                for amount, name in [
                    ("amount", "open_now"),
                    *((f"amount_{days}", f"open_{days}") for days in WINDOWS),
                ]
            ),
        )

    @api.model
    def _where(self) -> SQL:
        return SQL("line.kind = 'claimed' AND notice.sent_date IS NOT NULL")

    def _read_group_select(self, aggregate_spec, query):
        """Shares of sums instead of means of shares, and the median of the days."""

        def column(name):
            return self._field_to_sql(self._table, name, query)

        if aggregate_spec == "days_to_settle:avg":
            return SQL("percentile_cont(0.5) WITHIN GROUP (ORDER BY %s)", column("days_to_settle"))
        shares = {"share:avg": ("amount_settled", "amount")} | {
            f"share_{days}:avg": (f"settled_{days}", f"amount_{days}") for days in WINDOWS
        }
        if aggregate_spec not in shares:
            return super()._read_group_select(aggregate_spec, query)
        part, whole = map(column, shares[aggregate_spec])
        return SQL(
            "SUM(%(part)s) FILTER (WHERE %(whole)s <> 0) * 100 / NULLIF(SUM(%(whole)s), 0)",
            part=part,
            whole=whole,
        )

    # === SCREEN === #

    @api.model
    @api.readonly
    def get_effect(self, options=None) -> dict:
        """Return the effect of the reminders sent between two dates, in all and by group.

        :param dict options: company_ids, group_by (a field, or "month"), date_from, date_to,
            partner_id; all may be missing
        :return: options, currency_id, date_from, date_to, ``total`` and ``groups``: rows with
            key, label, notices, items, amount, settled, settled_7, settled_15, share, share_7,
            share_15, median_days and the action that lists their items
        :raises UserError: an option that cannot be understood
        """
        options = self._read_options(options)
        domain = (
            Domain("company_id", "parent_of", options["company_ids"])
            & Domain("date", ">=", options["date_from"])
            & Domain("date", "<=", options["date_to"])
        )
        if options["partner_id"]:
            partner = self.env["res.partner"].browse(options["partner_id"])
            domain &= Domain("partner_id", "=", partner.commercial_partner_id.id)
        group_by = options["group_by"]
        spec = "date:month" if group_by == "month" else group_by
        aggregates = {
            "notices": "notice_id:count_distinct", "items": "__count",
            "amount": "amount:sum_currency", "settled": "amount_settled:sum_currency",
            **{f"settled_{days}": f"settled_{days}:sum_currency" for days in WINDOWS},
            **{f"amount_{days}": f"amount_{days}:sum_currency" for days in WINDOWS},
            "share": "share:avg", **{f"share_{days}": f"share_{days}:avg" for days in WINDOWS},
            "closed": "days_to_settle:count", "median_days": "days_to_settle:avg",
        }  # fmt: skip

        def row(key, label, values, scope):
            figures = dict(zip(aggregates, values, strict=True))

            def ratio(name, base):
                """Return a ratio, or None where it has nothing to be of."""
                return round(figures[name], 2) if figures[base] else None

            return {
                "key": key,
                "label": label,
                "notices": figures["notices"],
                "items": figures["items"],
                **{
                    name: self.env.company.currency_id.round(figures[name] or 0.0)
                    for name in ("amount", "settled", *(f"settled_{days}" for days in WINDOWS))
                },
                "share": ratio("share", "amount"),
                **{f"share_{days}": ratio(f"share_{days}", f"amount_{days}") for days in WINDOWS},
                "median_days": ratio("median_days", "closed"),
                "action": self._get_action(label, scope),
            }

        [total] = self._read_group(domain, [], list(aggregates.values()))
        groups = []
        for found, *values in self._read_group(domain, [spec], list(aggregates.values())):
            if group_by == "month":
                key = fields.Date.to_string(found)
                scope = Domain("date", ">=", key) & Domain(
                    "date", "<=", fields.Date.to_string(date_utils.end_of(found, "month"))
                )
                label = key[:7]
            else:
                key, label = found.id, found.display_name or self.env._("None")
                scope = Domain(group_by, "=", key)
            groups.append(row(key, label, values, domain & scope))
        return {
            "options": options,
            "currency_id": self.env.company.currency_id.id,
            "date_from": options["date_from"],
            "date_to": options["date_to"],
            "total": row(None, self.env._("Total"), total, domain),
            "groups": groups,
        }

    @api.model
    def _read_options(self, options) -> dict:
        options = dict(options or {})
        companies = self.env.companies
        if options.get("company_ids"):
            companies &= companies.browse(options["company_ids"])
        if not companies:
            raise UserError(self.env._("Select at least one company."))
        group_by = options.get("group_by") or "level_id"
        if group_by not in _GROUPS:
            raise UserError(self.env._("The effect cannot be broken down by %s.", group_by))
        read_date = self.env["credit.kpi"]._read_date
        date_to = read_date(options.get("date_to")) or self.env.company._get_credit_today()
        date_from = read_date(options.get("date_from")) or date_to - relativedelta(years=1, days=-1)
        return {
            "company_ids": companies.ids,
            "group_by": group_by,
            "date_from": fields.Date.to_string(date_from),
            "date_to": fields.Date.to_string(date_to),
            "partner_id": options.get("partner_id") or None,
        }

    @api.model
    def _get_action(self, label, domain) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": label,
            "res_model": self._name,
            "views": [(False, "list"), (False, "pivot"), (False, "graph")],
            "view_mode": "list,pivot,graph",
            "domain": list(domain),
        }

    @api.readonly
    def action_open_notice(self):
        """Open the reminder of the row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "credit.dunning.notice",
            "res_id": self.notice_id.id,
            "views": [(False, "form")],
        }
