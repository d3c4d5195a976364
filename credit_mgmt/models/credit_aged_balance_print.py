from collections.abc import Iterator
from itertools import count

from odoo import api, models
from odoo.tools import SQL, format_amount, format_date

#: Names of filtered records that are printed one by one; above it says how many more there are.
_NAMED_RECORDS = 8
#: Items that are read from the database at once.
_BATCH = 2000
_cursor_number = count(1)


class CreditAgedBalance(models.AbstractModel):
    """What the PDF and the spreadsheet of an aged balance have in common."""

    _inherit = "credit.aged.balance"

    # === ACTIONS === #

    @api.model
    @api.readonly
    def action_export_pdf(self, options=None):
        """Return the action that prints an aged balance, all its lines.

        :param options: see ``_get_options``; with ``details`` the items are printed, too
        :raises UserError: impossible options
        """
        return self.env.ref("credit_mgmt.action_report_credit_aged_balance").report_action(
            None, data={"aged_options": self._export_options(self._get_options(options))}
        )

    # === WORDS === #

    @api.model
    def _get_title(self, options) -> str:
        return self.env._("Aged balance on %(day)s", day=format_date(self.env, options["as_of"]))

    @api.model
    def _describe_options(self, options) -> list[tuple[str, str]]:
        """Say in words what an aged balance shows: [(label, text)], in the user's language.

        :param options: complete options
        """
        companies = self._get_companies(options["company_ids"])
        currency = self.env.company.currency_id
        bases = {
            "due": self.env._("Due date"),
            "invoice": self.env._("Invoice date"),
            "posting": self.env._("Posting date"),
        }
        return [
            (self.env._("Company"), ", ".join(companies.mapped("name"))),
            (self.env._("Open on"), format_date(self.env, options["as_of"])),
            *(
                [(self.env._("Compared with"), format_date(self.env, options["compare_to"]))]
                if options["compare_to"]
                else []
            ),
            (self.env._("Grouped by"), self._get_dimensions()[options["group_by"]][0]),
            (self.env._("Age counted from"), bases[options["basis"]]),
            (
                self.env._("Amounts in"),
                self.env._("Currency of the items")
                if options["currency"] == "original"
                else currency.name,
            ),
            *self._describe_filters(options),
        ]

    @api.model
    def _describe_filters(self, options) -> list[tuple[str, str]]:
        """Say in words what an aged balance leaves out: [(label, text)]."""
        filters = self._get_filters()
        asked = [(code, [key] if key else []) for code, key in options["within"]]
        asked += [(code, ids) for code, ids in options["filters"].items() if ids]
        result = [
            (filters[code][0], self._describe_records(self.env[filters[code][2]].browse(ids)))
            for code, ids in asked
        ]
        if options["search"].strip():
            result.append((self.env._("Search"), options["search"].strip()))
        if options["overdue_only"]:
            result.append((self.env._("Only"), self.env._("Overdue items")))
        if options["disputed"]:
            result.append(
                (
                    self.env._("Disputes"),
                    self.env._("Items with a disputed part")
                    if options["disputed"] == "yes"
                    else self.env._("Undisputed items"),
                )
            )
        if options["min_amount"]:
            result.append(
                (
                    self.env._("Total of at least"),
                    format_amount(self.env, options["min_amount"], self.env.company.currency_id)
                    if options["currency"] == "company"
                    else str(options["min_amount"]),
                )
            )
        return result

    @api.model
    def _describe_records(self, records) -> str:
        if not records:
            return self.env._("None")
        # Any id may be asked for; only what the user may read is named.
        named = records[:_NAMED_RECORDS].exists()._filtered_access("read").mapped("display_name")
        left = len(records) - len(named)
        if left:
            named.append(self.env._("%s more", left))
        return ", ".join(named)

    # === ITEMS === #

    @api.model
    def _iter_items(self, options, lines) -> Iterator[dict]:
        """Read the items of lines in their order, the oldest of each first, few at a time.

        Other than ``_get_items`` it never holds all of them and leaves out those of lines below
        the minimum amount.

        :param options: complete options; ``offset`` and ``limit`` do not matter
        :param lines: what ``_get_lines`` returned, in any order
        :return: what ``get_items`` documents, dates as ``date``, and ``line``, the index of the
            line in ``lines``
        """
        query = SQL(
            """
            SELECT item.*, line.number - 1 AS line
              FROM (%s) item
              JOIN unnest(%s::int[], %s::int[]) WITH ORDINALITY AS line(key, currency_id, number)
                ON line.key = COALESCE(item.key, 0) AND line.currency_id = item.currency_id
          ORDER BY line.number, item.date_maturity, item.id
            """,
            self._get_items_sql({**options, "offset": 0, "limit": 0}, None),
            [line["key"] or 0 for line in lines],
            [line["currency"].id for line in lines],
        )
        cursor = SQL.identifier(f"credit_aged_items_{next(_cursor_number)}")
        self.env.flush_query(query)
        # All rows are read: the plan that gives the first ones soonest is far slower.
        self.env.cr.execute(SQL("SET LOCAL cursor_tuple_fraction = 1"))
        self.env.cr.execute(SQL("DECLARE %s NO SCROLL CURSOR FOR %s", cursor, query))
        while True:
            self.env.cr.execute(SQL("FETCH %s FROM %s", _BATCH, cursor))
            rows = self.env.cr.dictfetchall()
            self._label_items(rows)
            yield from rows
            if len(rows) < _BATCH:
                break
        self.env.cr.execute(SQL("CLOSE %s", cursor))
