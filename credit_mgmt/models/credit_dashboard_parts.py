from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, get_lang

from ..tools import aging

#: How many customers are listed, and how many weeks of receipts are shown.
TOP_CUSTOMERS = 10
RECEIPT_WEEKS = 8


class CreditDashboard(models.AbstractModel):
    """The charts and the list of the dashboard."""

    _inherit = "credit.dashboard"

    # === DOMAINS === #

    # The same items in the two read models: the aged balance adds them up, the list of the
    # receivables is where a person works on them.

    @api.model
    def _get_late_items_domain(self) -> Domain:
        """Return the overdue items of the aged balance."""
        return Domain("bucket", "!=", "unallocated") & Domain("age", ">", 0)

    @api.model
    def _get_debt_domain(self) -> Domain:
        """Return the receivables that are in a bucket: no credit, no unallocated payment."""
        return Domain("amount_residual", ">", 0) & Domain("kind", "!=", "payment")

    @api.model
    def _get_overdue_domain(self, today) -> Domain:
        return self._get_debt_domain() & Domain("date_maturity", "<", fields.Date.to_string(today))

    @api.model
    def _get_bucket_domain(self, today, first, last) -> Domain:
        """Return the receivables that are so many days past their due date on a day."""
        domain = self._get_debt_domain()
        if first is not None:
            day = fields.Date.to_string(today - timedelta(days=first))
            domain &= Domain("date_maturity", "<=", day)
        if last is not None:
            day = fields.Date.to_string(today - timedelta(days=last))
            domain &= Domain("date_maturity", ">=", day)
        return domain

    @api.model
    def _sum_items(self, companies, domain, *names, model="credit.aged.item") -> dict:
        """Return what is open today by the values of fields, in the active company's currency.

        Converted item by item as in the aged balance, of which it is a part.

        :param domain: domain on the items
        :param names: one or several fields of them; with several, keys are tuples. Empty values
            are None
        :param model: ``credit.aged.item`` or a model built on it
        """
        balance, items = self.env["credit.aged.balance"], self.env[model]
        query = items._search(Domain("company_id", "in", companies.ids) & domain)

        def column(name):
            return items._field_to_sql(query.table, name, query)

        amount, _currency = balance._get_amount_sql(
            column, companies, items._get_as_of(), "company"
        )
        keys = [column(name) for name in names]
        query.groupby = SQL(", ").join(keys)
        currency = self.env.company.currency_id
        return {
            key[0] if len(names) == 1 else tuple(key): currency.round(total)
            for *key, total in self.env.execute_query(query.select(*keys, SQL("SUM(%s)", amount)))
        }

    # === AGEING === #

    @api.model
    def _get_ageing(self, companies, figures) -> dict:
        """Return the aged balance of today.

        :return: ``help``; ``bars``: [{code, label, value, action}], unallocated last;
            ``options`` for the screen of the aged balance
        """
        labels = self.env["credit.aged.item"]._get_bucket_labels("due", aging.DEFAULT_EDGES)
        bounds = aging.bucket_bounds(aging.DEFAULT_EDGES)
        bars = [
            {
                "code": str(index),
                "label": label,
                "value": figures["buckets"][index],
                "action": self._open_receivables(
                    label, companies, self._get_bucket_domain(figures["today"], *bounds[index])
                ),
            }
            for index, label in enumerate(labels)
        ]
        if figures["unallocated"]:
            label = self.env._("Unallocated")
            credits = Domain("amount_residual", "<", 0) | Domain("kind", "=", "payment")
            bars.append(
                {
                    "code": "unallocated",
                    "label": label,
                    "value": figures["unallocated"],
                    "action": self._open_receivables(label, companies, credits),
                }
            )
        return {
            "help": self.env._(
                "Open items by the days past their own due date; due today is not overdue. Credit "
                "notes and payments that are not matched stand apart."
            ),
            "bars": bars,
            "options": {"company_ids": companies.ids},
        }

    # === DSO === #

    @api.model
    def _get_dso(self, companies, figures) -> dict:
        """Return the DSO and the best possible one at the month ends of two years and today.

        :return: ``help``, ``dates``, ``series``: [{code, label, values}], ``options`` for
            ``credit.kpi.open_figure``
        """
        indicators = figures["indicators"]
        by_code = {indicator["code"]: indicator for indicator in indicators["tiles"]}
        return {
            "help": by_code["dso"]["help"],
            "dates": indicators["dates"],
            "series": [
                {
                    "code": code,
                    "label": by_code[code]["label"],
                    "values": by_code[code]["trend"],
                }
                for code in ("dso", "dso_best")
            ],
            "options": indicators["options"],
        }

    # === CUSTOMERS === #

    @api.model
    def _get_customers(self, companies, figures) -> list[dict]:
        """Return the customers with the highest overdue amounts.

        :return: list of {id, name, amount, days, dunning_date, step, action}; ``step``: see
            ``_get_next_steps``
        """
        overdue = self._get_overdue_domain(figures["today"]) & Domain("partner_id", "!=", False)
        amounts = self._sum_items(
            companies,
            self._get_late_items_domain() & Domain("partner_id", "!=", False),
            "partner_id",
        )
        top = sorted(amounts.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP_CUSTOMERS]
        partners = self.env["res.partner"].browse(partner_id for partner_id, _amount in top)
        of_partners = Domain("company_id", "in", companies.ids) & Domain(
            "partner_id", "in", partners.ids
        )
        late = {
            partner.id: values
            for partner, *values in self.env["credit.receivable"]._read_group(
                of_partners & overdue, ["partner_id"], ["days_overdue:max", "dunning_date:max"]
            )
        }
        steps = self._get_next_steps(partners, of_partners & overdue)
        result = []
        for partner in partners:
            days, dunning_date = late.get(partner.id, (0, False))
            # An item that the user may read names its customer, whatever the customer's company.
            name = partner.sudo().display_name
            result.append(
                {
                    "id": partner.id,
                    "name": name,
                    "amount": amounts[partner.id],
                    "days": days,
                    "dunning_date": fields.Date.to_string(dunning_date),
                    "step": steps.get(partner.id),
                    "action": self._open_receivables(
                        name, companies, overdue & Domain("partner_id", "=", partner.id)
                    ),
                }
            )
        return result

    @api.model
    def _get_next_steps(self, partners, domain) -> dict[int, dict]:
        """Return what happens next with customers.

        To be extended by ``super() | {...}``.

        :param partners: customers (commercial entities)
        :param domain: their overdue items
        :return: partner id → {code, label, date (ISO or False)}; code: prepared (a reminder
            waits), level (the next reminder), left_out (why there will be none)
        """
        Receivable = self.env["credit.receivable"]
        steps = {}
        reasons = dict(Receivable._selection_exclusion_reason())
        for partner, reason, _amount in Receivable._read_group(
            domain & Domain("exclusion_reason", "!=", False),
            ["partner_id", "exclusion_reason"],
            ["amount_residual:sum"],
            order="amount_residual:sum ASC",
        ):
            steps[partner.id] = {"code": "left_out", "label": reasons[reason], "date": False}
        for partner, level, day in Receivable._read_group(
            domain & Domain("exclusion_reason", "=", False) & Domain("next_level_id", "!=", False),
            ["partner_id", "next_level_id"],
            ["next_dunning_date:min"],
            order="next_dunning_date:min DESC",
        ):
            steps[partner.id] = {
                "code": "level",
                "label": level.name,
                "date": fields.Date.to_string(max(day, self.env.company._get_credit_today())),
            }
        for partner, level, state in self.env["credit.dunning.notice"]._read_group(
            Domain("partner_id", "in", partners.ids) & Domain("state", "in", ("draft", "ready")),
            ["partner_id", "level_id", "state"],
        ):
            label = (
                self.env._("To release: %s", level.name)
                if state == "draft"
                else self.env._("Ready: %s", level.name)
            )
            steps[partner.id] = {"code": "prepared", "label": label, "date": False}
        return steps

    # === RECEIPTS === #

    @api.model
    def _get_receipts_domain(self) -> Domain:
        """Return the ``credit.expected.receipt`` that should bring money in."""
        return Domain("bucket", "!=", "unallocated")

    @api.model
    def _get_receipts(self, companies, figures) -> dict:
        """Return what should come in, week by week, if customers pay as they did so far.

        :return: ``help``; ``weeks``: [{label, start, end, value, action}]; ``late``: what should
            have come in before today, ``beyond``: what comes after the last week (both {label,
            value, action})
        """
        today, currency = figures["today"], self.env.company.currency_id
        by_day = self._sum_items(
            companies,
            self._get_receipts_domain(),
            "expected_date",
            "expected_late",
            model="credit.expected.receipt",
        )
        first_weekday = int(get_lang(self.env).week_start) - 1
        start = today - timedelta(days=(today.weekday() - first_weekday) % 7)
        last = start + timedelta(weeks=RECEIPT_WEEKS, days=-1)

        def prepare(label, name, since=None, until=None, late=False):
            domain = self._get_receipts_domain() & Domain("expected_late", "=", late)
            if since:
                domain &= Domain("expected_date", ">=", fields.Date.to_string(since))
            if until:
                domain &= Domain("expected_date", "<=", fields.Date.to_string(until))
            value = sum(
                amount
                for (day, is_late), amount in by_day.items()
                if bool(is_late) == late
                and (not since or day >= since)
                and (not until or day <= until)
            )
            return {
                "label": label,
                "value": currency.round(value),
                "action": self._open_list(
                    name,
                    "credit.expected.receipt",
                    Domain("company_id", "in", companies.ids) & domain,
                    "list,calendar,pivot,graph",
                ),
            }

        weeks = []
        for number in range(RECEIPT_WEEKS):
            first = max(start + timedelta(weeks=number), today)
            end = start + timedelta(weeks=number + 1, days=-1)
            label = self.env._(
                "Expected from %(start)s to %(end)s",
                start=format_date(self.env, first),
                end=format_date(self.env, end),
            )
            # The day and month of its first day name a week, in every language.
            week = prepare(format_date(self.env, first, date_format="d MMM"), label, first, end)
            weeks.append(
                week | {"start": fields.Date.to_string(first), "end": fields.Date.to_string(end)}
            )
        late = self.env._("Later than usual")
        beyond = self.env._("After %s", format_date(self.env, last))
        return {
            "help": self.env._(
                "Open items by due date, shifted by the average number of days by which their "
                "customer paid late (or early) over the last twelve months, overdue ones "
                "included. What should have come in before today by this rule stands apart as "
                "later than usual: nothing is expected in the past."
            ),
            "weeks": weeks,
            "late": prepare(late, late, late=True),
            "beyond": prepare(beyond, beyond, since=last + timedelta(days=1)),
        }
