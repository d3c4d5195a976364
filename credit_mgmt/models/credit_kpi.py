from collections import defaultdict
from itertools import accumulate, pairwise

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import PAYMENT_KINDS
from ..tools import kpi, periods
from .credit_kpi_item import SALE_TYPES

#: Months that the count-back DSO may go back.
COUNT_BACK_MONTHS = 24
#: Ages in days from which an item counts in each figure: overdue, +30, +60, +90.
AGES = (0, 30, 60, 90)
#: Disjoint parts of the receivables, then what happened since the day before.
_STOCKS = ("unallocated", "not_due", "age_0", "age_30", "age_60", "age_90")
_FLOWS = ("sales", "settled", "settled_days", "bad_debt")


class CreditKpi(models.AbstractModel):
    """Indicators of the receivables on any dates, computed from the ledger in one statement.

    Nothing is stored and nothing guessed: an item adds its balance from its date on, a matching
    takes its amount away from its own date on, and neither counts as n days late before the day
    it was. The sum of these events up to a date is therefore what the ledger said on that date.
    """

    _name = "credit.kpi"
    _description = "Credit Indicators"

    @api.model
    def _get_dimensions(self) -> dict[str, tuple[str, str]]:
        """Return by what the indicators can be broken down.

        :return: code → (translated label, many2one or selection field of ``credit.kpi.item``,
            ``credit.kpi.settlement`` and ``credit.aged.item``). To be extended by
            ``super() | {...}``.
        """
        return {
            "company": (self.env._("Company"), "company_id"),
            "user": (self.env._("Salesperson"), "user_id"),
            "collector": (self.env._("Collector"), "collector_id"),
            "class": (self.env._("Risk Class"), "risk_class_id"),
            "group": (self.env._("Group"), "credit_group_id"),
            "country": (self.env._("Country"), "country_id"),
        }

    @api.model
    def _compute_series(
        self, dates, company_ids, group_by=None, domain=None, period_months=3, with_total=False
    ) -> list[dict]:
        """Compute the indicators at the end of each date, as the ledger had them then.

        The record rules of ``credit.kpi.item`` apply: a salesperson gets the own customers.
        Amounts are in the currency of ``env.company``, those of other currencies converted at
        each date's rate. Flows (sales, settlements) of a month belong to its last day.

        :param dates: dates, in any order
        :param company_ids: ids of the companies to add up
        :param group_by: code of :meth:`_get_dimensions`, or None for one total
        :param domain: further domain on ``credit.kpi.item``
        :param period_months: length of the period of the simple DSO and the bad-debt ratio
        :param with_total: put the total of the groups before them, from the same statement
        :return: one dict per group, the largest receivables first: ``key`` (id, False for none;
            None for the total), ``label``, ``values``: one dict per ascending date with ``date``
            and the figures of :meth:`_get_values`
        """
        days = sorted({fields.Date.to_date(day) for day in dates})
        if not days:
            return []
        bounds = periods.boundaries(days, (1, 12, period_months), COUNT_BACK_MONTHS)
        domain = Domain(domain or []) & Domain("company_id", "in", list(company_ids))
        # Rates are no secret; which companies may be read is for the rules to say.
        currencies = self.env["res.company"].sudo().browse(company_ids).currency_id
        figures = self._get_figures(bounds, domain, group_by, currencies)
        if with_total or not group_by:
            figures[None] = {
                name: [sum(values) for values in zip(*parts, strict=True)]
                for name, nothing in self._get_no_figures(len(bounds)).items()
                for parts in [[nothing, *(of_key[name] for of_key in figures.values())]]
            }
        labels = self._get_labels(list(figures), group_by)
        index = {day: place for place, day in enumerate(bounds)}
        series = [
            {
                "key": key,
                "label": labels[key],
                "values": [self._get_values(of_key, index, day, period_months) for day in days],
            }
            for key, of_key in figures.items()
        ]
        return sorted(
            series,
            key=lambda group: (group["key"] is not None, -group["values"][-1]["receivables"]),
        )

    @api.model
    def _get_labels(self, keys, group_by) -> dict:
        total = {None: self.env._("Total")}
        if not group_by:
            return total
        field = self.env["credit.kpi.item"]._fields[self._get_dimensions()[group_by][1]]
        labels = total | {False: self.env._("None")}
        if field.type == "many2one":
            records = self.env[field.comodel_name].browse(key for key in keys if key)
            # Names of what the figures are about; the figures themselves obey the rules.
            labels.update((record.id, record.display_name) for record in records.sudo())
        else:
            labels.update(field._description_selection(self.env))
        return {key: labels.get(key, key) for key in keys}

    # === QUERY === #

    @api.model
    def _get_no_figures(self, count) -> dict[str, list]:
        return {name: [0.0] * count for name in (*_STOCKS, *_FLOWS)}

    @api.model
    def _get_figures(self, bounds, domain, group_by, currencies) -> dict:
        """Return, per group, each part at every boundary: stocks as they stood, flows summed up.

        :param currencies: currencies of the companies
        """
        changes = defaultdict(lambda: defaultdict(lambda: [0.0] * len(bounds)))
        for key, currency_id, name, place, amount in self.env.execute_query(
            self._get_series_sql(bounds, domain, group_by, currencies)
        ):
            key = key or (False if group_by else None)
            changes[key, currency_id or currencies.id][name][place] = amount
        rates = self._get_rates(currencies, bounds)
        figures = {}
        for (key, currency_id), found in changes.items():
            currency = currencies.browse(currency_id)
            of_key = figures.setdefault(key, self._get_no_figures(len(bounds)))
            for name, values in self._get_parts(found, len(bounds)).items():
                values = self._convert(values, currency, rates)
                if name in _FLOWS:
                    values = accumulate(values)
                of_key[name] = [a + b for a, b in zip(of_key[name], values, strict=True)]
        return figures

    @api.model
    def _get_parts(self, changes, count) -> dict[str, list]:
        """Return the disjoint parts of the receivables from the changes of their totals."""
        totals = {
            name: list(accumulate(changes[name]))
            for name in ("unallocated", "gross", *(f"over_{age}" for age in AGES))
        }
        older = [*(totals[f"over_{age}"] for age in AGES), [0.0] * count]
        parts = {"unallocated": totals["unallocated"]}
        for name, (more, less) in zip(
            _STOCKS[1:], pairwise([totals["gross"], *older]), strict=True
        ):
            parts[name] = [a - b for a, b in zip(more, less, strict=True)]
        return parts | {name: changes[name] for name in _FLOWS}

    @api.model
    def _convert(self, values, currency, rates) -> list[float]:
        """Round each part in its currency and convert it at the rate of its day."""
        target = self.env.company.currency_id
        values = [currency.round(value) for value in values]
        if currency == target:
            return values
        return [
            target.round(value * rate)
            for value, rate in zip(values, rates[currency.id], strict=True)
        ]

    @api.model
    def _get_rates(self, currencies, bounds) -> dict[int, list[float]]:
        """Return the rate to the current company's currency at every boundary, by currency."""
        company = self.env.company
        others = currencies - company.currency_id
        if not others:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT currency.id, day.place, COALESCE(
                    (SELECT rate FROM res_currency_rate rate
                      WHERE rate.currency_id = currency.id AND rate.name <= day.date
                        AND (rate.company_id IS NULL OR rate.company_id = %(root)s)
                   ORDER BY rate.company_id, rate.name DESC LIMIT 1),
                    (SELECT rate FROM res_currency_rate rate
                      WHERE rate.currency_id = currency.id
                        AND (rate.company_id IS NULL OR rate.company_id = %(root)s)
                   ORDER BY rate.company_id, rate.name LIMIT 1),
                    1.0)
                  FROM res_currency currency
            CROSS JOIN unnest(%(days)s::date[]) WITH ORDINALITY AS day(date, place)
                 WHERE currency.id IN %(currencies)s
                """,
                root=company.root_id.id,
                days=list(bounds),
                currencies=tuple((others | company.currency_id).ids),
            )
        )
        found = {(currency_id, place - 1): rate for currency_id, place, rate in rows}
        return {
            currency.id: [
                found[company.currency_id.id, place] / found[currency.id, place]
                for place in range(len(bounds))
            ]
            for currency in others
        }

    @api.model
    def _get_series_sql(self, bounds, domain, group_by, currencies) -> SQL:
        """Return the statement that reads all events and files them under the boundaries.

        An event of a day belongs to the first boundary that is not before it.

        :return: rows (group key, currency if there are several, part, place of the boundary,
            change)
        """
        for name in ("account.move.line", "account.partial.reconcile", "res.currency.rate"):
            self.env[name].flush_model()
        Item = self.env["credit.kpi.item"]
        Settlement = self.env["credit.kpi.settlement"]
        key_field = self._get_dimensions()[group_by][1] if group_by else None
        # The fewer columns to group by, the surer the database does so in memory.
        group = [SQL("key")] * bool(key_field) + [SQL("currency")] * (len(currencies) > 1)

        def select(model, domain, *names):
            query = model._search(domain)
            key = model._field_to_sql(query.table, key_field, query) if key_field else SQL("NULL")
            currency = SQL("NULL")
            if len(currencies) > 1:
                currency = model._field_to_sql(query.table, "company_currency_id", query)
            return query.select(
                SQL("%s::int AS key", key),
                SQL("%s::int AS currency", currency),
                *(SQL.identifier(query.table, name) for name in names),
            )

        items = select(Item, domain, "id", "date", "date_maturity", "balance", "unallocated")
        since = Domain("date", ">", bounds[0])
        sales = select(
            Item,
            domain & since & Domain("move_type", "in", SALE_TYPES),
            "date",
            "balance",
        )
        settlements = select(Settlement, domain & since, "date", "amount", "amount_days", "kind")
        return SQL(
            """
            WITH bound AS (SELECT %(days)s::date[] AS days),
            item AS (%(items)s),
            unposted AS MATERIALIZED (%(unposted)s),
            event AS (
                SELECT key, currency, unallocated, date, date_maturity, balance AS amount
                  FROM item
             UNION ALL
                SELECT key, currency, unallocated, max_date, date_maturity, -amount
                  FROM item
                  JOIN account_partial_reconcile matching ON matching.debit_move_id = item.id
                 WHERE credit_move_id NOT IN (SELECT id FROM unposted)
             UNION ALL
                SELECT key, currency, unallocated, max_date, date_maturity, amount
                  FROM item
                  JOIN account_partial_reconcile matching ON matching.credit_move_id = item.id
                 WHERE debit_move_id NOT IN (SELECT id FROM unposted)
            ),
            stock AS (
                SELECT %(key)s AS key, %(currency)s AS currency, unallocated,
                       SUM(amount) AS amount, places
                  FROM (
                    SELECT key, currency, unallocated, amount, %(places)s AS places
                      FROM event, bound
                    OFFSET 0
                  ) placed
              GROUP BY %(group)s
            ),
            settled AS (
                SELECT key, currency, kind, SUM(amount) AS amount,
                       SUM(amount_days) AS amount_days, width_bucket(date - 1, days) AS place
                  FROM (%(settlements)s) settlement, bound
              GROUP BY key, currency, kind, place
            )
            SELECT key, currency, part.name, part.place, SUM(amount)
              FROM stock
        CROSS JOIN LATERAL (
                VALUES (CASE WHEN unallocated THEN 'unallocated' ELSE 'gross' END,
                        places %% %(radix)s),
                       %(parts)s
              ) part(name, place)
             WHERE part.place < %(count)s
          GROUP BY key, currency, part.name, part.place
         UNION ALL
            SELECT key, currency, 'sales', place, SUM(balance)
              FROM (%(sales)s) sale, bound, width_bucket(date - 1, days) place
             WHERE place < %(count)s
          GROUP BY key, currency, place
         UNION ALL
            SELECT key, currency, part.name, place, SUM(part.amount)
              FROM settled
        CROSS JOIN LATERAL (
                VALUES ('bad_debt', CASE WHEN kind = 'bad_debt' THEN amount END),
                       ('settled', CASE WHEN kind IN %(payments)s THEN amount END),
                       ('settled_days', CASE WHEN kind IN %(payments)s THEN amount_days END)
              ) part(name, amount)
             WHERE place < %(count)s AND part.amount IS NOT NULL
          GROUP BY key, currency, part.name, place
            """,
            days=list(bounds),
            count=len(bounds),
            key=SQL("key") if key_field else SQL("NULL::int"),
            currency=SQL("currency") if len(currencies) > 1 else SQL("NULL::int"),
            group=SQL(", ").join([*group, SQL("unallocated"), SQL("places")]),
            radix=len(bounds) + 1,
            items=items,
            sales=sales,
            settlements=settlements,
            payments=PAYMENT_KINDS,
            unposted=Item._get_unposted_sql(),
            places=self._get_places_sql(len(bounds)),
            parts=SQL(", ").join(
                SQL("(%s, places / %s %% %s)", f"over_{age}", (len(bounds) + 1) ** n, radix)
                for n, age in enumerate(AGES, start=1)
                for radix in [len(bounds) + 1]
            ),
        )

    @api.model
    def _get_places_sql(self, count) -> SQL:
        """Return the places of an event, in all and per age, as the digits of one number.

        The database groups by one number of few values in memory, where by five columns it would
        expect as many groups as rows and sort them on disk.
        """
        digits = [SQL("width_bucket(date - 1, days)::bigint")]
        digits += [
            SQL(
                "CASE WHEN unallocated THEN %s"
                " ELSE width_bucket(GREATEST(date - 1, date_maturity + %s), days) END * %s::bigint",
                count,
                age,
                (count + 1) ** n,
            )
            for n, age in enumerate(AGES, start=1)
        ]
        return SQL(" + ").join(digits)

    # === FIGURES === #

    @api.model
    def _get_values(self, figures, index, day, period_months) -> dict:
        """Return the indicators of one group on one day.

        Money: receivables (= not_due + overdue + unallocated = balance of the accounts), over_30,
        over_60 and over_90 (parts of overdue), sales (of the period), sales_month, bad_debt (of
        the period). Days: dso, dso_best, add (simple method), dso_count_back,
        dso_best_count_back, add_count_back, payment_delay (settled in the last month). Percent:
        overdue_share, over_…_share (of what is open, credits apart), cei (last month),
        bad_debt_ratio. ``capped``: the history was too short for the count-back.
        """
        place = index[day]
        currency = self.env.company.currency_id

        def flow(name, since):
            return currency.round(figures[name][place] - figures[name][index[since]])

        def receivables(at):
            return sum(figures[name][index[at]] for name in _STOCKS)

        stock = {name: figures[name][place] for name in _STOCKS}
        ages = {age: sum(stock[f"age_{older}"] for older in AGES if older >= age) for age in AGES}
        gross = stock["not_due"] + ages[0]
        month, period, year = (periods.back(day, months) for months in (1, period_months, 12))
        sales, sales_year = flow("sales", period), flow("sales", year)
        total = currency.round(receivables(day))
        not_due = currency.round(stock["not_due"])
        period_days = (day - period).days
        months = [
            (currency.round(figures["sales"][index[end]] - figures["sales"][index[start]]),
             (end - start).days)
            for start, end in periods.months_before(day, COUNT_BACK_MONTHS)
        ]  # fmt: skip
        while months and not months[-1][0]:  # before the first sale there is no history
            months.pop()
        dso = kpi.dso(total, sales, period_days)
        best = kpi.best_possible_dso(not_due, sales, period_days)
        count_back = kpi.count_back_dso(total, months)
        count_back_best = kpi.count_back_dso(not_due, months)
        settled = flow("settled", month)
        bad_debt = flow("bad_debt", period)
        return {
            "date": day,
            "receivables": total,
            "unallocated": currency.round(stock["unallocated"]),
            "not_due": not_due,
            "overdue": currency.round(ages[0]),
            "overdue_share": kpi.overdue_share(ages[0], gross),
            **{f"over_{age}": currency.round(ages[age]) for age in AGES[1:]},
            **{f"over_{age}_share": kpi.share(ages[age], gross) for age in AGES[1:]},
            "sales": sales,
            "sales_month": flow("sales", month),
            "sales_year": sales_year,
            "dso": dso,
            "dso_best": best,
            "add": kpi.average_days_delinquent(dso, best),
            "dso_count_back": float(count_back),
            "dso_best_count_back": float(count_back_best),
            "add_count_back": kpi.average_days_delinquent(count_back, count_back_best),
            "capped": count_back.capped,
            "settled": settled,
            "payment_delay": flow("settled_days", month) / settled if settled else None,
            "cei": kpi.collection_effectiveness(
                receivables(month), flow("sales", month), total, not_due
            ),
            "turnover": kpi.receivables_turnover(sales_year, total),
            "bad_debt": bad_debt,
            "bad_debt_ratio": kpi.bad_debt_ratio(bad_debt, sales),
        }
