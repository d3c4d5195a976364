from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.gc import disabling_gc

from ..tools import aging

#: Currencies in which an aged balance is expressed.
CURRENCIES = [
    ("company", "Company currency"),
    ("original", "Currency of the item"),
]


class CreditAgedBalance(models.AbstractModel):
    """The aged balance at any date: one ``GROUP BY`` over ``credit.aged.item``.

    The screen, the PDF and the spreadsheet are views of what these methods return; the access
    rights and record rules of the user apply to the items below.
    """

    _name = "credit.aged.balance"
    _description = "Aged Balance"

    @api.model
    def _get_dimensions(self) -> dict[str, tuple[str, str]]:
        """Return what lines can be grouped by: {code: (translated label, field)}.

        The fields are those of ``credit.aged.item``; to be extended by ``super() | {...}``.
        """
        return {
            "partner": (self.env._("Customer"), "partner_id"),
            "group": (self.env._("Group"), "credit_group_id"),
            "user": (self.env._("Salesperson"), "user_id"),
            "collector": (self.env._("Collector"), "collector_id"),
            "policy": (self.env._("Dunning Policy"), "policy_id"),
            "class": (self.env._("Risk Class"), "risk_class_id"),
            "country": (self.env._("Country"), "country_id"),
            "account": (self.env._("Account"), "account_id"),
            "journal": (self.env._("Journal"), "journal_id"),
            "company": (self.env._("Company"), "company_id"),
            "currency": (self.env._("Currency"), "currency_id"),
        }

    @api.model
    def _compute_lines(
        self,
        as_of: date | str | None = None,
        company_ids: Sequence[int] | None = None,
        group_by: str = "partner",
        edges: Sequence[int] = aging.DEFAULT_EDGES,
        basis: str = "due",
        currency: str = "company",
        *,
        domain: Sequence | None = None,
    ) -> list[dict]:
        """Return the receivables open at the end of a day, by age.

        :param as_of: the day; the company's today by default. In the future: the items known
            today, as old as they will be then
        :param company_ids: companies to include (among those of the user); by default those
            that are active
        :param group_by: a key of ``_get_dimensions()``
        :param edges: upper edges in days of all buckets but the last, see ``tools.aging``
        :param basis: what the age is counted from: ``due``, ``invoice`` or ``posting``
        :param currency: ``company`` for amounts as booked (those of companies in another
            currency than the active one's are converted item by item at the rate of ``as_of``),
            ``original`` for amounts in the items' own currencies, one line for each
        :param domain: further restriction on ``credit.aged.item``
        :return: a dict per line, in no particular order: ``key`` (id of the record, False for
            items without one), ``currency`` (record), ``count`` (items) and ``amounts``, a list:
            the buckets, oldest last, then what is unallocated (credit notes and payments that
            are not matched, never in a bucket), then the sum of all
        :raises UserError: an unknown grouping, basis or currency, edges out of order
        """
        items = self._get_items_model(as_of, edges, basis)
        dimensions = self._get_dimensions()
        if group_by not in dimensions:
            raise UserError(
                self.env._("An aged balance cannot be grouped by “%s”.", group_by or "")
            )
        if currency not in dict(CURRENCIES):
            raise UserError(
                self.env._("Amounts are in the company's currency or in that of the items.")
            )
        companies = self._get_companies(company_ids)
        query = items._search(Domain("company_id", "in", companies.ids) & Domain(domain or []))
        field = items._fields[dimensions[group_by][1]]

        def column(name):
            return items._field_to_sql(query.table, name, query)

        amount, currency_id = self._get_amount_sql(column, companies, items._get_as_of(), currency)
        columns = [column(field.name), SQL.identifier(query.table, "place")]
        if currency == "original":
            columns.append(currency_id)
        # A row per bucket: most lines have one or two, so that less is added up and fetched
        # than with a column for each. As floats, which the lines have anyway: sums of decimals
        # need several times the memory and time, and rounding gives the same figure.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*), SUM((%(amount)s)::float8), %(columns)s
                  FROM %(from)s
                 WHERE %(where)s
              GROUP BY %(places)s
                """,
                columns=SQL(", ").join(columns),
                places=SQL(", ").join(SQL(str(index + 3)) for index in range(len(columns))),
                amount=amount,
                **{"from": query.from_clause, "where": query.where_clause or SQL("TRUE")},
            )
        )
        if currency == "company":
            return self._assemble_lines(rows, self.env.company.currency_id, len(edges) + 1)
        by_currency = defaultdict(list)
        for *row, currency_id in rows:
            by_currency[currency_id].append(row)
        return [
            line
            for record in self.env["res.currency"].browse(by_currency)
            for line in self._assemble_lines(by_currency[record.id], record, len(edges) + 1)
        ]

    @api.model
    def _assemble_lines(self, rows, currency, buckets) -> list[dict]:
        """Return the lines of ``_compute_lines`` from (count, amount, key, place among amounts)."""
        digits = currency.decimal_places
        nothing = [0.0] * (buckets + 2)
        lines = {}
        # Thousands of rows: what is the same for all of them is looked up before, and the lines,
        # which all stay, are not searched for garbage while they are made.
        with disabling_gc():
            for count, amount, key, place in rows:
                if count > 1:
                    # What is left of floats that make nothing may be negative: no "-0.00".
                    amount = round(amount, digits) + 0.0
                line = lines.get(key)
                if line is None:
                    amounts = nothing.copy()
                    amounts[-1] = amount
                    lines[key] = {
                        "key": key or False,
                        "currency": currency,
                        "count": count,
                        "amounts": amounts,
                    }
                else:
                    amounts = line["amounts"]
                    amounts[-1] = round(amounts[-1] + amount, digits)
                    line["count"] += count
                amounts[place] = amount
        return list(lines.values())

    @api.model
    def _get_items_model(self, as_of, edges, basis):
        """Return ``credit.aged.item`` with the parameters in its context, checked."""
        try:
            as_of = fields.Date.to_date(as_of)
        except ValueError as error:
            raise UserError(self.env._("“%s” is not a date.", as_of)) from error
        return self.env["credit.aged.item"].with_context(
            aged_as_of=as_of, aged_edges=tuple(edges), aged_basis=basis
        )

    @api.model
    def _get_companies(self, company_ids=None):
        """Return the companies to include, never one that the user has no access to."""
        if not company_ids:
            return self.env.companies
        if not set(company_ids).issubset(self.env.user._get_company_ids()):
            raise UserError(self.env._("You have no access to one of these companies."))
        return self.env.companies.browse(company_ids)

    @api.model
    def _get_rates(self, companies, as_of) -> dict[int, float]:
        """Return the factors from the companies' currencies to the active one's, at a date."""
        target = self.env.company.currency_id
        return {
            company.id: self.env["res.currency"]._get_conversion_rate(
                company.currency_id, target, self.env.company, as_of
            )
            for company in companies
            if company.currency_id != target
        }

    @api.model
    def _get_amount_sql(self, column, companies, as_of, currency) -> tuple[SQL, SQL]:
        """Return the amount of an item and the id of its currency, see ``_compute_lines``.

        :param column: function from the name of a field of the items to its SQL
        """
        if currency == "original":
            return column("amount_currency"), column("currency_id")
        target = self.env.company.currency_id
        rates = self._get_rates(companies, as_of)
        if not rates:
            return column("amount"), SQL("%s", target.id)
        return SQL(
            "ROUND(%s * CASE %s %s ELSE 1 END, %s)",
            column("amount"),
            column("company_id"),
            SQL(" ").join(
                SQL("WHEN %s THEN %s::numeric", company_id, str(rate))
                for company_id, rate in rates.items()
            ),
            target.decimal_places,
        ), SQL("%s", target.id)

    # === TIE TO THE LEDGER === #

    @api.model
    def _compute_ties(self, as_of=None, company_ids=None) -> list[dict]:
        """Compare the aged balance of each company with its receivable accounts (rule 11).

        The two figures come from different statements: one undoes reconciliations, the other
        adds up the journal items until the day.

        :return: a dict per company: ``company``, ``aged``, ``ledger``, ``difference`` (all in
            the company's currency)
        """
        companies = self._get_companies(company_ids)
        items = self._get_items_model(as_of, aging.DEFAULT_EDGES, "due")
        in_companies = [("company_id", "in", companies.ids)]
        aged = dict(items._read_group(in_companies, ["company_id"], ["amount:sum"]))
        ledger = dict(
            self.env["account.move.line"]._read_group(
                in_companies
                + [
                    ("account_id", "in", self.env["credit.receivable"]._get_account_ids()),
                    ("parent_state", "=", "posted"),
                    ("date", "<=", items._get_as_of()),
                ],
                ["company_id"],
                ["balance:sum"],
            )
        )
        return [
            {
                "company": company,
                "aged": company.currency_id.round(aged.get(company, 0.0)),
                "ledger": company.currency_id.round(ledger.get(company, 0.0)),
                "difference": company.currency_id.round(
                    aged.get(company, 0.0) - ledger.get(company, 0.0)
                ),
            }
            for company in companies
        ]
