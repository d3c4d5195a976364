from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..const import PAYMENT_KINDS
from ..tools import kpi, periods
from .credit_kpi import AGES
from .credit_kpi_item import SALE_TYPES

#: Figures of today only: no ledger tells what was promised or disputed on a past day.
_TODAY_ONLY = ("promised", "disputed")
#: Bounds of the options that are numbers: (default, smallest, largest).
_NUMBERS = {"months": (24, 2, 60), "period_months": (3, 1, 24), "days_saved": (1, 0, 365)}


class CreditKpiScreen(models.AbstractModel):
    """The indicators as the screen shows them: tiles, trend, breakdown, and what they count."""

    _inherit = "credit.kpi"

    @api.model
    def _get_tiles(self) -> list[tuple]:
        """Return what is shown, in order.

        :return: list of (code of a figure, section, unit, what is better, label, definition in
            plain words); unit: money, days, percent or times; better: lower, higher or None
        """
        env = self.env
        return [
            (
                "receivables",
                "balance",
                "money",
                None,
                env._("Receivables"),
                env._(
                    "What customers owe in all, credits taken off: the balance of the receivable "
                    "accounts."
                ),
            ),
            (
                "not_due",
                "balance",
                "money",
                None,
                env._("Not due"),
                env._("Open items whose due date is today or later."),
            ),
            (
                "overdue",
                "balance",
                "money",
                "lower",
                env._("Overdue"),
                env._("Open items whose due date has passed; due today is not overdue."),
            ),
            (
                "overdue_share",
                "balance",
                "percent",
                "lower",
                env._("Overdue share"),
                env._("Overdue amount in percent of the open items, credits apart."),
            ),
            (
                "over_30",
                "balance",
                "money",
                "lower",
                env._("Over 30 days"),
                env._("Open items more than 30 days past their due date."),
            ),
            (
                "over_30_share",
                "balance",
                "percent",
                "lower",
                env._("Over 30 days, share"),
                env._("Items more than 30 days late in percent of the open items."),
            ),
            (
                "over_60",
                "balance",
                "money",
                "lower",
                env._("Over 60 days"),
                env._("Open items more than 60 days past their due date."),
            ),
            (
                "over_60_share",
                "balance",
                "percent",
                "lower",
                env._("Over 60 days, share"),
                env._("Items more than 60 days late in percent of the open items."),
            ),
            (
                "over_90",
                "balance",
                "money",
                "lower",
                env._("Over 90 days"),
                env._("Open items more than 90 days past their due date."),
            ),
            (
                "over_90_share",
                "balance",
                "percent",
                "lower",
                env._("Over 90 days, share"),
                env._("Items more than 90 days late in percent of the open items."),
            ),
            (
                "unallocated",
                "balance",
                "money",
                None,
                env._("Unallocated credits"),
                env._("Credit notes and payments that nobody has matched with invoices yet."),
            ),
            (
                "promised",
                "balance",
                "money",
                None,
                env._("Promised"),
                env._(
                    "Part of the open items that customers promised to pay; known for today only."
                ),
            ),
            (
                "disputed",
                "balance",
                "money",
                "lower",
                env._("Disputed"),
                env._("Part of the open items that customers dispute; known for today only."),
            ),
            (
                "sales",
                "balance",
                "money",
                "higher",
                env._("Sales"),
                env._("Invoices less credit notes of the period, VAT included."),
            ),
            (
                "dso",
                "delay",
                "days",
                "lower",
                env._("DSO"),
                env._(
                    "Receivables in days of the period's sales: how long a sale waits for its "
                    "money."
                ),
            ),
            (
                "dso_count_back",
                "delay",
                "days",
                "lower",
                env._("DSO, count-back"),
                env._(
                    "Days back from the date until the sales add up to the receivables; follows "
                    "seasons better than the simple DSO."
                ),
            ),
            (
                "dso_best",
                "delay",
                "days",
                "lower",
                env._("Best possible DSO"),
                env._(
                    "The DSO there would be if nothing were overdue: the effect of the terms alone."
                ),
            ),
            (
                "dso_best_count_back",
                "delay",
                "days",
                "lower",
                env._("Best possible DSO, count-back"),
                env._("The count-back DSO there would be if nothing were overdue."),
            ),
            (
                "add",
                "delay",
                "days",
                "lower",
                env._("Average days delinquent"),
                env._("DSO less best possible DSO: the days that lateness alone costs."),
            ),
            (
                "add_count_back",
                "delay",
                "days",
                "lower",
                env._("Average days delinquent, count-back"),
                env._("The same by the count-back method."),
            ),
            (
                "payment_delay",
                "delay",
                "days",
                "lower",
                env._("Average payment delay"),
                env._(
                    "Days from due date to payment of what was paid in the last month, weighted by "
                    "amount; early payments count negative."
                ),
            ),
            (
                "cei",
                "collection",
                "percent",
                "higher",
                env._("Collection effectiveness"),
                env._("What was collected in the last month in percent of what could have been."),
            ),
            (
                "turnover",
                "collection",
                "times",
                "higher",
                env._("Receivables turnover"),
                env._("Sales of the last twelve months divided by the receivables."),
            ),
            (
                "cash_released",
                "collection",
                "money",
                None,
                env._("Cash released"),
                env._(
                    "Cash that comes in once, and lowers the working capital requirement, if "
                    "customers pay the chosen number of days faster."
                ),
            ),
            (
                "bad_debt",
                "loss",
                "money",
                "lower",
                env._("Bad debts"),
                env._(
                    "Customer items of the period that were settled by an entry on a loss account."
                ),
            ),
            (
                "bad_debt_ratio",
                "loss",
                "percent",
                "lower",
                env._("Bad-debt ratio"),
                env._("Bad debts in percent of the sales of the period."),
            ),
        ]

    # === SCREEN === #

    @api.model
    @api.readonly
    def get_indicators(self, options=None) -> dict:
        """Return tiles, trend and breakdown of the indicators.

        :param dict options: company_ids, group_by (code of a dimension), date_to, months,
            compare_to, period_months, days_saved, partner_id, domain; all may be missing
        :return: see the keys below; dates as text, no records
        :raises UserError: an option that cannot be understood
        """
        options = self._read_options(options)
        date_to = fields.Date.to_date(options["date_to"])
        compare_to = fields.Date.to_date(options["compare_to"])
        dates = periods.month_ends(date_to, options["months"])
        total, *groups = self._get_shown_series(options, [*dates, compare_to])
        companies = self.env["res.company"].browse(options["company_ids"])
        return {
            "options": options,
            "date": options["date_to"],
            "compare_to": options["compare_to"],
            "today": fields.Date.to_string(self.env.company._get_credit_today()),
            "dates": [fields.Date.to_string(day) for day in dates],
            "currency_id": self.env.company.currency_id.id,
            "currencies": len(companies.currency_id),
            "companies": [{"id": company.id, "name": company.name} for company in companies],
            "dimensions": [
                {"code": code, "label": label}
                for code, (label, _field) in self._get_dimensions().items()
            ],
            "tiles": [
                {
                    "code": code,
                    "label": label,
                    "help": definition,
                    "unit": unit,
                    "section": section,
                    "better": better,
                    "flag": self._get_flag(code, total["values"][date_to]),
                    "trend": [total["values"][day][code] for day in dates],
                    "can_open": self._get_opening(code, options, date_to) is not None,
                    **self._compare(total["values"], code, date_to, compare_to),
                }
                for code, section, unit, better, label, definition in self._get_tiles()
            ],
            "groups": [self._get_group(group, dates, compare_to) for group in groups],
            "quiet": not any(
                values["receivables"] or values["unallocated"] or values["sales_year"]
                for values in total["values"].values()
            ),
        }

    @api.model
    def _get_group(self, group, dates, compare_to) -> dict:
        """Return a line of the breakdown."""
        codes = [code for code, *_rest in self._get_tiles()]
        compared = {
            code: self._compare(group["values"], code, dates[-1], compare_to) for code in codes
        }
        return {
            "key": group["key"],
            "label": group["label"],
            "values": {code: compared[code]["value"] for code in codes},
            "compare": {code: compared[code]["compare"] for code in codes},
            "difference": {code: compared[code]["difference"] for code in codes},
            "trend": {code: [group["values"][day][code] for day in dates] for code in codes},
        }

    @api.model
    def _compare(self, values, code, date_to, compare_to) -> dict:
        value, compare = values[date_to][code], values[compare_to][code]
        known = value is not None and compare is not None
        difference = round(value - compare, 2) if known else None
        return {
            "value": value,
            "compare": compare,
            "difference": difference,
            "difference_percent": round(difference / abs(compare) * 100, 2)
            if known and compare
            else None,
        }

    @api.model
    def _get_flag(self, code, values):
        """Return the warning that belongs to a figure, or None."""
        if code in ("dso_count_back", "add_count_back") and values["capped"]:
            return self.env._("At least: the receivables exceed the sales of the whole history.")
        return None

    @api.model
    def _get_shown_series(self, options, dates) -> list[dict]:
        """Return the total and the groups, ``values`` by date, with the figures of the screen."""
        domain = self._get_options_domain(options)
        group_by = options["group_by"]
        series = self._compute_series(
            dates,
            options["company_ids"],
            group_by,
            domain,
            options["period_months"],
            with_total=True,
        )
        today = self.env.company._get_credit_today()
        claims = {}
        if today in dates:
            in_companies = Domain("company_id", "in", options["company_ids"])
            claims = self._get_claims(domain & in_companies, group_by)
        for group in series:
            for values in group["values"]:
                for name in ("dso", "dso_best", "add", "dso_count_back", "dso_best_count_back",
                             "add_count_back", "payment_delay", "cei", "turnover",
                             "overdue_share", "bad_debt_ratio",
                             *(f"over_{age}_share" for age in AGES[1:])):  # fmt: skip
                    if values[name] is not None:
                        values[name] = round(values[name], 2)
                values["cash_released"] = self.env.company.currency_id.round(
                    kpi.cash_released(options["days_saved"], max(values["sales_year"], 0))
                )
                known = (None, None)
                if values["date"] == today:
                    known = claims.get(group["key"], (0.0, 0.0))
                values.update(zip(_TODAY_ONLY, known, strict=True))
            group["values"] = {values["date"]: values for values in group["values"]}
        return series

    @api.model
    def _get_claims(self, domain, group_by=None) -> dict:
        """Return today's promised and disputed amounts by group key (None for the total)."""
        Item = self.env["credit.kpi.item"]
        items = Item._search(domain)
        key = SQL("NULL::int")
        if group_by:
            key = Item._field_to_sql(items.table, self._get_dimensions()[group_by][1], items)
        receivables = self.env["credit.receivable"]._search(
            Domain("amount_residual", ">", 0) & Domain("company_id", "in", self.env.companies.ids)
        )
        names = ("id", "amount_promised", "amount_disputed", "company_currency_id")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT key, company_currency_id, SUM(amount_promised), SUM(amount_disputed)
                  FROM (%s) item
                  JOIN (%s) receivable ON receivable.id = item.id
                 WHERE amount_promised <> 0 OR amount_disputed <> 0
              GROUP BY key, company_currency_id
                """,
                items.select(SQL("%s AS key", key), SQL.identifier(items.table, "id")),
                receivables.select(*(SQL.identifier(receivables.table, name) for name in names)),
            )
        )
        company, claims = self.env.company, {}
        for row_key, currency_id, *amounts in rows:
            currency = self.env["res.currency"].browse(currency_id)
            row_key = row_key or (False if group_by else None)
            claims[row_key] = tuple(
                known
                + currency._convert(
                    amount, company.currency_id, company, company._get_credit_today()
                )
                for known, amount in zip(claims.get(row_key, (0.0, 0.0)), amounts, strict=True)
            )
        if group_by:
            claims[None] = tuple(map(sum, zip((0.0, 0.0), *claims.values(), strict=True)))
        return claims

    # === OPTIONS === #

    @api.model
    def _read_options(self, options) -> dict:
        """Return the options with their defaults, dates as text.

        :raises UserError: an option that cannot be understood
        """
        options = dict(options or {})
        companies = self.env.companies
        if options.get("company_ids"):
            companies &= companies.browse(options["company_ids"])
        if not companies:
            raise UserError(self.env._("Select at least one company."))
        group_by = options.get("group_by") or None
        if group_by and group_by not in self._get_dimensions():
            raise UserError(self.env._("The indicators cannot be broken down by %s.", group_by))
        date_to = self._read_date(options.get("date_to")) or self.env.company._get_credit_today()
        compare_to = self._read_date(options.get("compare_to"))
        return {
            "company_ids": companies.ids,
            "group_by": group_by,
            "date_to": fields.Date.to_string(date_to),
            "compare_to": fields.Date.to_string(
                compare_to or date_to.replace(day=1) - timedelta(days=1)
            ),
            **{name: self._read_number(options.get(name), name) for name in _NUMBERS},
            "partner_id": options.get("partner_id") or None,
            "domain": list(options.get("domain") or []),
        }

    @api.model
    def _read_date(self, value):
        try:
            return fields.Date.to_date(value)
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("%s is not a date.", value)) from error

    @api.model
    def _read_number(self, value, name) -> int:
        default, low, high = _NUMBERS[name]
        try:
            number = default if value in (None, False, "") else int(value)
        except (TypeError, ValueError):
            number = low - 1
        if not low <= number <= high:
            raise UserError(
                self.env._(
                    "Give a whole number from %(low)s to %(high)s, not %(value)s.",
                    low=low,
                    high=high,
                    value=value,
                )
            )
        return number

    @api.model
    def _get_options_domain(self, options) -> Domain:
        domain = Domain(options["domain"])
        if options["partner_id"]:
            partner = self.env["res.partner"].browse(options["partner_id"])
            domain &= Domain("partner_id", "=", partner.commercial_partner_id.id)
        return domain

    # === WHAT A FIGURE COUNTS === #

    @api.model
    def _get_opening(self, code, options, day):
        """Return (model, domain, context) of what a figure counts; None if nothing can be listed.

        A ratio opens what it measures: the DSO the open items, the delay the payments.
        """
        stock = {"aged_as_of": fields.Date.to_string(day)}
        claims = Domain("bucket", "!=", "unallocated")
        age = code.removesuffix("_share").removeprefix("over_")

        def since(months):
            first = fields.Date.to_string(periods.back(day, months))
            return Domain("date", "<=", fields.Date.to_string(day)) & Domain("date", ">", first)

        if code in ("receivables", "dso", "dso_count_back", "turnover", "add", "add_count_back"):
            return "credit.aged.item", Domain.TRUE, stock
        if code == "unallocated":
            return "credit.aged.item", Domain("bucket", "=", "unallocated"), stock
        if code in ("not_due", "dso_best", "dso_best_count_back"):
            return "credit.aged.item", claims & Domain("age", "<=", 0), stock
        if code in ("overdue", "overdue_share"):
            return "credit.aged.item", claims & Domain("age", ">", 0), stock
        if age.isdigit():
            return "credit.aged.item", claims & Domain("age", ">", int(age)), stock
        if code in ("sales", "cash_released"):
            months = options["period_months"] if code == "sales" else 12
            return (
                "credit.kpi.item",
                since(months) & Domain("move_type", "in", SALE_TYPES),
                {},
            )
        if code in ("payment_delay", "cei"):
            return "credit.kpi.settlement", since(1) & Domain("kind", "in", PAYMENT_KINDS), {}
        if code in ("bad_debt", "bad_debt_ratio"):
            return (
                "credit.kpi.settlement",
                since(options["period_months"]) & Domain("kind", "=", "bad_debt"),
                {},
            )
        if code in _TODAY_ONLY and day == self.env.company._get_credit_today():
            return "credit.receivable", Domain(f"amount_{code}", ">", 0), {}
        return None

    @api.model
    def _search_items(self, item_ids, scope):
        return self.env["credit.kpi.item"].search(Domain("id", "in", item_ids) & scope)

    @api.model
    @api.readonly
    def open_figure(self, code, options=None, date=None, key=None) -> dict:
        """Return the action that lists what a figure counts.

        :param code: code of a tile
        :param options: the options of :meth:`get_indicators`
        :param date: day of the figure, by default that of the options
        :param key: key of a group by ``group_by``; None for the total, False for its "None"
        :raises UserError: there is nothing to list
        """
        options = self._read_options(options)
        day = self._read_date(date) or fields.Date.to_date(options["date_to"])
        labels = {tile[0]: tile[4] for tile in self._get_tiles()}
        opening = self._get_opening(code, options, day) if code in labels else None
        if not opening:
            raise UserError(self.env._("There is no list behind this figure."))
        model, domain, context = opening
        scope = self._get_options_domain(options)
        scope &= Domain("company_id", "in", options["company_ids"])
        if key is not None and options["group_by"]:
            scope &= Domain(self._get_dimensions()[options["group_by"]][1], "=", key)
        if model == "credit.receivable":  # not all dimensions are fields of it
            ids = self.env[model].search(domain).ids
            domain, scope = Domain.TRUE, Domain("id", "in", self._search_items(ids, scope).ids)
        domain &= scope
        view_mode = "list,pivot,graph,form"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "%(figure)s, %(date)s",
                figure=labels[code],
                date=format_date(self.env, day),
            ),
            "res_model": model,
            "view_mode": view_mode,
            "views": [(False, mode) for mode in view_mode.split(",")],
            "domain": list(domain),
            "context": {"create": False, **context},
        }
