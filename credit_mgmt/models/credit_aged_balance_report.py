from datetime import date
from math import copysign, inf

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..tools import aging
from .credit_aged_balance_options import DEFAULT_OPTIONS


class CreditAgedBalance(models.AbstractModel):
    """What the screen, the PDF and the spreadsheet show: lines, totals, comparison, items."""

    _inherit = "credit.aged.balance"

    # === LINES === #

    @api.model
    @api.readonly
    def get_report(self, options=None) -> dict:
        """Return a page of an aged balance, ready to be shown.

        :param options: see ``_get_options``
        :return: a dict that JSON can carry:

            * ``options``: those in force; ``dimensions``, ``filters``: {code: label}
            * ``columns``: [{code, label}], buckets first, then ``unallocated`` and ``total``
            * ``bounds``: the edges in days of the buckets at the date
            * ``lines``: a page of {id, key, label, currency_id, count, amounts}, amounts in the
              order of the columns; with a comparison also ``previous`` (amounts),
              ``difference`` and ``percent`` (of the totals; percent empty when there was none)
              With disputes at the date, ``disputed``: what of the total was disputed
            * ``has_disputed``: whether there is that figure
            * ``totals``: one per currency, of all pages: {currency_id, count, amounts,
              percents} and the comparison's, as above
            * ``count``: number of lines of all pages
            * ``currencies``: {id: {name, symbol, position, digits}}
        """
        options = self._get_options(options)
        lines = self._get_lines(options)
        columns = self._get_columns(options)
        first = options["offset"]
        page = lines[first : first + options["limit"]] if options["limit"] else lines[first:]
        # Only the names of the page are read, not those of the thousands that were sorted.
        labels = self._get_labels(page, options)
        return {
            "options": self._export_options(options),
            "dimensions": {code: label for code, (label, _) in self._get_dimensions().items()},
            "filters": {code: label for code, (label, *_) in self._get_filters().items()},
            "columns": columns,
            "has_disputed": self._is_disputed(lines),
            "bounds": [*options["bounds"]],
            "lines": [self._export_line(line, labels, options) for line in page],
            "totals": self._get_totals(lines, options),
            "count": len(lines),
            "currencies": {
                currency.id: {
                    "name": currency.name,
                    "symbol": currency.symbol,
                    "position": currency.position,
                    "digits": currency.decimal_places,
                }
                for currency in {line["currency"] for line in lines}
                | {self.env.company.currency_id}
            },
        }

    @api.model
    def _export_options(self, options) -> dict:
        """Return complete options as JSON can carry them, fit to be asked for again."""
        return {
            **{name: options[name] for name in DEFAULT_OPTIONS},
            "as_of": fields.Date.to_string(options["as_of"]),
            "compare_to": fields.Date.to_string(options["compare_to"]),
            "company_ids": self._get_companies(options["company_ids"]).ids,
        }

    @api.model
    def _get_columns(self, options) -> list[dict]:
        """Return the columns of amounts with their headings, as [{code, label}]."""
        if options["buckets"] == "months":
            months = aging.month_starts(options["as_of"], len(options["bounds"]) - 1)
            labels = [
                self.env._("Not due") if options["basis"] == "due" else self.env._("Same day"),
                *(format_date(self.env, month, date_format="MMM yyyy") for month in months),
                self.env._("Before"),
            ]
        else:
            labels = self.env["credit.aged.item"]._get_bucket_labels(
                options["basis"], options["bounds"]
            )
        return [
            *({"code": str(index), "label": label} for index, label in enumerate(labels)),
            {"code": "unallocated", "label": self.env._("Unallocated")},
            {"code": "total", "label": self.env._("Total")},
        ]

    @api.model
    def _get_lines(self, options) -> list[dict]:
        """Return the sorted lines of ``_compute_lines`` with their ``amounts`` by column.

        With a comparison, a line that exists at one of the dates only has zeros at the other;
        ``previous`` are its amounts at the other date.
        """
        lines = self._compute_amounts(options, options["as_of"])
        if options["compare_to"]:
            previous = self._compute_amounts(options, options["compare_to"])
            zeros = [0.0] * len(self._get_columns(options))
            for key, line in previous.items():
                lines.setdefault(key, {**line, "count": 0, "amounts": zeros})
            for key, line in lines.items():
                line["previous"] = previous[key]["amounts"] if key in previous else zeros
        self._add_disputed(lines, options)
        found = [
            line
            for line in lines.values()
            if max(abs(line["amounts"][-1]), abs(line.get("previous", [0])[-1]))
            >= options["min_amount"]
        ]
        self._sort_lines(found, options)
        return found

    @api.model
    def _compute_amounts(self, options, as_of: date) -> dict[tuple, dict]:
        lines = self._compute_lines(
            as_of,
            options["company_ids"],
            options["group_by"],
            self._get_bounds(options, as_of),
            options["basis"],
            options["currency"],
            domain=self._get_domain(options),
        )
        return {(line["key"], line["currency"].id): line for line in lines}

    @api.model
    def _sort_lines(self, lines, options):
        """Sort lines in place; equal ones keep the order of their ids."""
        order = options["order"]
        codes = [column["code"] for column in self._get_columns(options)]
        if order == "label":
            labels = self._get_labels(lines, options)

            def key(line):
                return labels[line["key"]].lower()
        elif order == "count":

            def key(line):
                return line["count"]
        elif order == "previous":

            def key(line):
                return line.get("previous", [0])[-1]
        elif order == "disputed":

            def key(line):
                return line.get("disputed", 0.0)
        elif order == "difference":

            def key(line):
                return line["amounts"][-1] - line.get("previous", [0])[-1]
        elif order == "percent":

            def key(line):
                # What was nothing before grew beyond any percentage.
                difference = line["amounts"][-1] - line.get("previous", [0])[-1]
                base = abs(line.get("previous", [0])[-1])
                return difference / base if base else difference and copysign(inf, difference)
        elif order in codes:
            index = codes.index(order)

            def key(line):
                return line["amounts"][index]
        else:
            raise UserError(self.env._("An aged balance cannot be sorted by “%s”.", order))
        lines.sort(key=lambda line: line["key"] or 0)
        lines.sort(key=key, reverse=bool(options["descending"]))

    @api.model
    def _get_labels(self, lines, options) -> dict:
        """Return the names of lines by their key."""
        field = self.env["credit.aged.item"]._fields[self._get_dimensions()[options["group_by"]][1]]
        records = self.env[field.comodel_name].browse(
            dict.fromkeys(line["key"] for line in lines if line["key"])
        )
        return {
            False: self.env._("None"),
            # An item that the user may read names its customer, whatever the customer's company.
            **{record.id: record.display_name or self.env._("None") for record in records.sudo()},
        }

    @api.model
    def _export_line(self, line, labels, options) -> dict:
        """Return a line for the screen.

        :param labels: what ``_get_labels`` returned
        """
        key = line["key"]
        result = {
            "id": f"{options['group_by']}-{key or 0}-{line['currency'].id}",
            "key": key,
            "label": labels[key],
            "currency_id": line["currency"].id,
            "count": line["count"],
            "amounts": line["amounts"],
        }
        if "disputed" in line:
            result["disputed"] = line["disputed"]
        if options["compare_to"]:
            result.update(self._export_comparison(line))
        return result

    @api.model
    def _is_disputed(self, lines) -> bool:
        """Return whether the disputed part of lines is a column."""
        return any("disputed" in line for line in lines[:1])

    @api.model
    def _export_comparison(self, line) -> dict:
        previous = line["previous"]
        difference = line["currency"].round(line["amounts"][-1] - previous[-1])
        return {
            "previous": previous,
            "difference": difference,
            "percent": difference / abs(previous[-1]) * 100 if previous[-1] else None,
        }

    @api.model
    def _get_totals(self, lines, options) -> list[dict]:
        """Return the sums of lines, one dict per currency, and what part each column is."""
        totals = []
        for currency, group in self._group_by_currency(lines):

            def add_up(name, group=group, currency=currency):
                return [
                    currency.round(sum(amounts))
                    for amounts in zip(*(line[name] for line in group), strict=True)
                ]

            amounts = add_up("amounts")
            total = {
                "currency_id": currency.id,
                "count": sum(line["count"] for line in group),
                "amounts": amounts,
                "percents": [
                    amount / amounts[-1] * 100 if amounts[-1] else None for amount in amounts
                ],
            }
            if self._is_disputed(group):
                total["disputed"] = currency.round(sum(line["disputed"] for line in group))
            if options["compare_to"]:
                line = {"currency": currency, "amounts": amounts, "previous": add_up("previous")}
                total.update(self._export_comparison(line))
            totals.append(total)
        return totals

    @api.model
    def _group_by_currency(self, lines):
        groups = {}
        for line in lines:
            groups.setdefault(line["currency"], []).append(line)
        return sorted(groups.items(), key=lambda group: group[0].name)

    # === ITEMS === #

    @api.model
    @api.readonly
    def get_items(self, options=None) -> dict:
        """Return a page of the items below a line, ready to be shown, the oldest first.

        :param options: see ``_get_options``; ``within`` says which line was unfolded
        :return: ``count`` of all pages and ``items``, a list of dicts: id (of the journal item),
            move_id, partner_id, partner, company, name, ref, kind and kind_label, journal, dates
            (date, invoice_date, date_maturity) in ISO, age, column (code), currency_id and
            amount (of the line), disputed (what of it was), item_currency_id and
            amount_currency, amount_original and amount_since (booked, and settled after the day;
            the company's currency)
        """
        options = self._get_options(options)
        rows = self._get_items(options)
        count = rows[0]["full_count"] if rows else 0
        self._label_items(rows)
        for row in rows:
            del row["full_count"]
            for name in ("date", "invoice_date", "date_maturity"):
                row[name] = fields.Date.to_string(row[name])
        return {"count": count, "items": rows}

    @api.model
    def _label_items(self, rows):
        """Add to items, in place, the names of what they refer to, see ``get_items``."""
        kinds = dict(self.env["credit.aged.item"]._fields["kind"]._description_selection(self.env))
        names = {
            field: {
                # An item that the user may read names these, whatever their own rules are.
                record.id: record.sudo().display_name
                for record in self.env[model].browse({row[f"{field}_id"] for row in rows})
                if record.id
            }
            for field, model in (
                ("partner", "res.partner"),
                ("company", "res.company"),
                ("journal", "account.journal"),
            )
        }
        for row in rows:
            row["kind_label"] = kinds[row["kind"]]
            for field, labels in names.items():
                row[field] = labels.get(row[f"{field}_id"], "")

    @api.model
    def _get_items(self, options, order="date_maturity, id") -> list[dict]:
        """Return the items of an aged balance as dicts, for ``get_items`` and the exports.

        :param options: complete options; ``offset`` and ``limit`` are those of the items
        :param order: an order of ``credit.aged.item``
        :return: what ``get_items`` documents without the labels, dates as ``date``, ids of
            related records, and ``full_count``, the number of items of all pages
        """
        return self.env.execute_query_dict(
            self._get_items_sql(options, order, SQL("COUNT(*) OVER () AS full_count"))
        )

    @api.model
    def _get_items_sql(self, options, order, *columns) -> SQL:
        """Return the statement of ``_get_items``.

        :param columns: further columns as SQL
        """
        items = self._get_items_model(options["as_of"], options["bounds"], options["basis"])
        companies = self._get_companies(options["company_ids"])
        query = items._search(
            Domain("company_id", "in", companies.ids) & self._get_domain(options),
            order=order,
            offset=options["offset"],
            limit=options["limit"] or None,
        )

        def column(name):
            return items._field_to_sql(query.table, name, query)

        names = (
            "id", "move_id", "partner_id", "company_id", "journal_id", "account_id", "user_id",
            "name", "ref", "kind", "date", "invoice_date", "date_maturity", "age",
            "amount_currency", "amount_original", "amount_since",
        )  # fmt: skip
        amount, currency_id = self._get_amount_sql(
            column, companies, options["as_of"], options["currency"]
        )
        return query.select(
            *(SQL("%s AS %s", column(name), SQL.identifier(name)) for name in names),
            SQL("%s AS item_currency_id", column("currency_id")),
            SQL('%s AS "column"', column("bucket")),
            SQL("%s AS amount", amount),
            SQL("%s AS disputed", self._get_disputed_sql(column, companies, options)),
            SQL("%s AS currency_id", currency_id),
            SQL("%s AS key", column(self._get_dimensions()[options["group_by"]][1])),
            *columns,
        )

    # === TIE TO THE LEDGER === #

    @api.model
    @api.readonly
    def get_ties(self, options=None) -> list[dict]:
        """Return whether the whole aged balance at the date is that of the ledger (rule 11).

        Filters do not matter here. Somebody who sees the own customers only has nothing to
        compare and gets an empty list.

        :return: a list of {company_id, company, currency_id, aged, ledger, difference}
        """
        if not self.env.user.has_group("credit_mgmt.credit_mgmt_group_user"):
            return []
        options = self._get_options(options)
        return [
            {
                "company_id": tie["company"].id,
                "company": tie["company"].name,
                "currency_id": tie["company"].currency_id.id,
                **{name: tie[name] for name in ("aged", "ledger", "difference")},
            }
            for tie in self._compute_ties(options["as_of"], options["company_ids"])
        ]

    # === ACTIONS === #

    @api.model
    @api.readonly
    def action_open_items(self, options=None):
        """Open the items that options ask for, as a list, pivot or graph at their date.

        With a minimum amount these are the items of the lines that reach it.
        """
        options = self._get_options(options)
        domain = Domain("company_id", "in", self._get_companies(options["company_ids"]).ids)
        domain &= self._get_domain(options)
        if options["min_amount"]:
            domain &= self._get_lines_domain(options)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open on %s", format_date(self.env, options["as_of"])),
            "res_model": "credit.aged.item",
            "view_mode": "list,pivot,graph,form",
            "domain": list(domain),
            "context": {
                "aged_as_of": fields.Date.to_string(options["as_of"]),
                "aged_basis": options["basis"],
                "aged_edges": [*options["bounds"]],
            },
        }

    @api.model
    @api.readonly
    def action_open_changes(self, options=None):
        """Open what was booked into the past since: entries made after the date, dated before.

        They are why a balance printed on the day differs from the one shown today.
        """
        options = self._get_options(options)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "Booked after %(day)s, dated until then",
                day=format_date(self.env, options["as_of"]),
            ),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "views": [
                (self.env.ref("credit_mgmt.account_move_line_view_list_changes").id, "list"),
                (False, "form"),
            ],
            "domain": [
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "in", self._get_companies(options["company_ids"]).ids),
                ("date", "<=", fields.Date.to_string(options["as_of"])),
                ("create_date", ">=", fields.Date.add(options["as_of"], days=1).isoformat()),
            ],
        }
