from functools import cached_property
from itertools import groupby, repeat

from odoo import fields
from odoo.tools import format_date, format_datetime

from ..tools.xlsx import DATE_FORMAT, PERCENT_FORMAT, ROW_LIMIT, Book, Formula, money_format

#: Items that are folded below their lines; of more, nobody unfolds them by hand.
OUTLINE_LIMIT = 200_000
_HEAD = {"bold": True, "bg_color": "#E9ECEF", "bottom": 1, "text_wrap": True, "valign": "top"}
_TITLE = {"bold": True, "font_size": 14}
_ITEM = {"font_color": "#495057"}
_TOTAL = {"bold": True, "top": 1}


class AgedBalanceBook:
    """Writes one aged balance: its lines with their items folded, all items, the parameters.

    Each currency's lines stand together, so that its total is the sum of a block of rows.

    :param balance: the model ``credit.aged.balance`` in the environment of the reader
    :param file: a binary file
    :param options: complete options
    """

    def __init__(self, balance, file, options):
        self.balance = balance
        self.env = balance.env
        self.options = options
        self.book = Book(file)
        self._money_formats = {}
        self._item_formats = {}
        self.original = options["currency"] == "original"
        self.columns = balance._get_columns(options)
        self.groups = balance._group_by_currency(balance._get_lines(options))
        self.lines = [line for _currency, group in self.groups for line in group]
        self.labels = balance._get_labels(self.lines, options)
        self.disputed = balance._is_disputed(self.lines)
        count = sum(line["count"] for line in self.lines)
        self.outline = count <= OUTLINE_LIMIT and count + len(self.lines) + 1000 < ROW_LIMIT

    def fill(self) -> None:
        sheet = self._add_balance_sheet()
        items_sheet = self._add_items_sheet()
        # Lazily: Odoo's own groupby would hold all items at once.
        by_line = groupby(  # pylint: disable=bad-builtin-groupby
            self.balance._iter_items(self.options, self.lines), key=lambda item: item["line"]
        )
        number, items = next(by_line, (None, ()))
        index, blocks = 0, []
        for _currency, group in self.groups:
            first = sheet.position
            for line in group:
                self._add_line(sheet, line)
                if number == index:
                    for item in items:
                        if self.outline:
                            self._add_line_item(sheet, line, item)
                        self._add_item(items_sheet, item)
                    number, items = next(by_line, (None, ()))
                index += 1
            blocks.append((first, sheet.position))
        items_sheet.end_data()
        self._add_totals(sheet, blocks)
        self._add_parameters_sheet()
        self.book.close()

    # === FORMATS === #

    def _get_money(self, currency, **properties):
        """Return the format of amounts in a currency."""
        if currency.id not in self._money_formats:
            self._money_formats[currency.id] = money_format(
                currency.symbol, currency.position, currency.decimal_places
            )
        return self.book.get_format(num_format=self._money_formats[currency.id], **properties)

    def _get_percent(self, **properties):
        return self.book.get_format(num_format=PERCENT_FORMAT, **properties)

    def _get_heading(self, columns) -> tuple:
        """Return the row above the data of (label, width, right aligned)."""
        return (
            [label for label, _width, _right in columns],
            [
                self.book.get_format(**_HEAD, align="right" if right else "left")
                for _label, _width, right in columns
            ],
        )

    # === BALANCE === #

    @cached_property
    def _leading_columns(self) -> list[tuple]:
        """The columns before the amounts as (heading, width, right aligned)."""
        env = self.env
        dimension = self.balance._get_dimensions()[self.options["group_by"]][0]
        columns = [(dimension, 38, False)]
        if self.original:
            columns.append((env._("Currency"), 9, False))
        if self.outline:
            columns += [
                (env._("Number"), 18, False),
                (env._("Date"), 12, False),
                (env._("Due Date"), 12, False),
                (env._("Age (Days)"), 8, True),
            ]
        return columns

    @cached_property
    def _width(self) -> int:
        """Number of columns before the amounts."""
        return len(self._leading_columns)

    def _add_balance_sheet(self):
        env = self.env
        columns = self._leading_columns + [(column["label"], 15, True) for column in self.columns]
        if self.disputed:
            columns.append((env._("Of Which Disputed"), 15, True))
        if self.options["compare_to"]:
            day = format_date(self.env, self.options["compare_to"])
            columns += [
                (env._("Total on %(day)s", day=day), 15, True),
                (env._("Difference"), 15, True),
                (env._("Difference %"), 11, True),
            ]
        words = [f"{label}: {text}" for label, text in self.balance._describe_options(self.options)]
        return self.book.add_sheet(
            env._("Aged balance"),
            [width for _label, width, _right in columns],
            heading=[
                ([self.balance._get_title(self.options)], self.book.get_format(**_TITLE)),
                ([" · ".join(words)], self.book.get_format(font_color="#6C757D")),
                self._get_heading(columns),
            ],
            frozen=1,
            filtered=True,
        )

    def _add_line(self, sheet, line):
        """Write a line; with its items below, its amounts are their sums."""
        folded = self.outline and line["count"]
        style = {"bold": True} if self.outline else {}
        text = self.book.get_format(**style)
        money = self._get_money(line["currency"], **style)
        leading = [self.labels[line["key"]]]
        if self.original:
            leading.append(line["currency"].name)
        amounts = self._get_amounts(line)
        if folded:
            worksheet, row = sheet.position
            block = ((worksheet, row + 1), (worksheet, row + 1 + line["count"]))
            amounts = [
                # An empty bucket needs no sum.
                self._get_subtotal(sheet, block, self._width + index, amount) if amount else 0.0
                for index, amount in enumerate(amounts)
            ]
        formats = [text] * self._width + [money] * len(amounts)
        if self.options["compare_to"]:
            amounts += self._get_comparison(self.balance._export_comparison(line))
            formats += [money, money, self._get_percent(**style)]
        sheet.add_row(
            [*leading, *repeat(None, self._width - len(leading)), *amounts],
            formats,
            collapsed=bool(folded),
        )

    def _get_amounts(self, line) -> list:
        """Return the amounts of a line or total, the disputed one after the total."""
        return [*line["amounts"], *([line["disputed"]] if self.disputed else [])]

    def _get_comparison(self, compared) -> list:
        percent = compared["percent"]
        return [
            compared["previous"][-1],
            compared["difference"],
            None if percent is None else percent / 100,
        ]

    def _get_subtotal(self, sheet, block, column, value) -> Formula:
        """Return the sum of a column that leaves sums below it and filtered rows out."""
        return Formula(f"=SUBTOTAL(9,{','.join(sheet.get_ranges(*block, column))})", value)

    def _add_line_item(self, sheet, line, item):
        money = self._get_money(line["currency"], **_ITEM)
        plain, indented, day = self._line_item_formats
        values = [self.labels[line["key"]]]
        formats = [indented]
        if self.original:
            values.append(line["currency"].name)
            formats.append(plain)
        values += [item["name"] or item["ref"], item["date"], item["date_maturity"], item["age"]]
        formats += [plain, day, day, plain]
        for column in self.columns:
            is_here = column["code"] in (item["column"], "total")
            values.append(item["amount"] if is_here else None)
            formats.append(money if is_here else None)
        if self.disputed:
            values.append(item["disputed"] or None)
            formats.append(money)
        sheet.add_row(values, formats, level=1)

    @cached_property
    def _line_item_formats(self) -> tuple:
        return (
            self.book.get_format(**_ITEM),
            self.book.get_format(**_ITEM, indent=1),
            self.book.get_format(**_ITEM, num_format=DATE_FORMAT),
        )

    def _add_totals(self, sheet, blocks):
        """Write the totals of each currency, and what part of it each column is."""
        env = self.env
        totals = self.balance._get_totals(self.lines, self.options)
        sheet.end_data(2 * len(totals))
        grey = {"italic": True, "font_color": "#6C757D"}
        for total, block, (currency, _lines) in zip(totals, blocks, self.groups, strict=True):
            leading = [env._("Total")]
            if self.original:
                leading = [env._("Total %s", currency.name), currency.name]
            leading += repeat(None, self._width - len(leading))
            money = self._get_money(currency, **_TOTAL)
            amounts = self._get_amounts(total)
            values, formats = list(amounts), [money] * len(amounts)
            if self.options["compare_to"]:
                *compared, percent = self._get_comparison(total)
                values += compared
                formats += [money, money]
            cells = [
                self._get_subtotal(sheet, block, self._width + index, value)
                for index, value in enumerate(values)
            ]
            if self.options["compare_to"]:
                _worksheet, row = sheet.position
                column = self._width + len(amounts)
                cells.append(self._get_share(sheet, row, column + 1, column, percent))
                formats.append(self._get_percent(**_TOTAL))
            sheet.add_row(
                [*leading, *cells], [*repeat(self.book.get_format(**_TOTAL), self._width), *formats]
            )
            _worksheet, row = sheet.position
            whole = self._width + len(total["percents"]) - 1
            shares = [
                self._get_share(
                    sheet,
                    row - 1,
                    self._width + index,
                    whole,
                    None if percent is None else percent / 100,
                )
                for index, percent in enumerate(total["percents"])
            ]
            sheet.add_row(
                [env._("Share of the total"), *repeat(None, self._width - 1), *shares],
                [*repeat(self.book.get_format(**grey), self._width)]
                + [self._get_percent(**grey)] * len(shares),
            )

    def _get_share(self, sheet, row, column, whole, value) -> Formula:
        part, total = sheet.get_cell(row, column), sheet.get_cell(row, whole)
        return Formula(f'=IF({total}=0,"",{part}/ABS({total}))', value)

    # === ITEMS === #

    @cached_property
    def _item_columns(self) -> list[tuple]:
        return self.balance._get_xlsx_item_columns()

    @cached_property
    def _bucket_labels(self) -> dict[str, str]:
        return {column["code"]: column["label"] for column in self.columns}

    @cached_property
    def _company_currencies(self) -> dict:
        # The currency of a company whose items the user may read is no secret.
        companies = self.balance._get_companies(self.options["company_ids"]).sudo()
        return {company.id: company.currency_id for company in companies}

    @cached_property
    def _currencies(self) -> dict:
        currencies = self.env["res.currency"].with_context(active_test=False).search([])
        return {currency.id: currency for currency in currencies}

    def _add_items_sheet(self):
        columns = [
            (label, width, kind not in ("text", "date"))
            for label, width, _field, kind in self._item_columns
        ]
        return self.book.add_sheet(
            self.env._("Items"),
            [width for _label, width, _right in columns],
            heading=[self._get_heading(columns)],
            frozen=1,
            filtered=True,
        )

    def _add_item(self, sheet, item):
        item["bucket"] = self._bucket_labels[item["column"]]
        item["currency"] = self._currencies[item["item_currency_id"]].name
        item["company_currency_id"] = self._company_currencies[item["company_id"]].id
        currencies = tuple(
            item[name] for name in ("currency_id", "item_currency_id", "company_currency_id")
        )
        if currencies not in self._item_formats:
            self._item_formats[currencies] = [
                self._get_item_format(item, kind) for *_others, kind in self._item_columns
            ]
        sheet.add_row(
            [item[field] for _label, _width, field, _kind in self._item_columns],
            self._item_formats[currencies],
        )

    def _get_item_format(self, item, kind):
        if kind == "date":
            return self.book.get_format(num_format=DATE_FORMAT)
        if kind in ("text", "number"):
            return None
        return self._get_money(self._currencies[item[kind]])

    # === PARAMETERS === #

    def _add_parameters_sheet(self):
        env = self.env
        sheet = self.book.add_sheet(env._("Parameters"), [34, 24, 18, 18, 18], landscape=False)
        bold = self.book.get_format(bold=True)
        day = self.book.get_format(num_format=DATE_FORMAT, align="left")
        sheet.add_row([self.balance._get_title(self.options)], self.book.get_format(**_TITLE))
        sheet.add_row([])
        sheet.add_row([env._("Date"), self.options["as_of"]], [bold, day])
        if self.options["compare_to"]:
            sheet.add_row([env._("Comparison date"), self.options["compare_to"]], [bold, day])
        for label, text in self.balance._describe_options(self.options):
            sheet.add_row([label, text], [bold, None])
        if not self.outline:
            sheet.add_row([env._("Items"), env._("On the sheet of items only")], [bold, None])
        sheet.add_row([env._("Exported by"), self.env.user.name], [bold, None])
        now = format_datetime(self.env, fields.Datetime.now())
        sheet.add_row([env._("Exported on"), now], [bold, None])
        sheet.add_row([])
        self._add_ties(sheet)

    def _add_ties(self, sheet):
        """Say whether the whole balance is that of the ledger (rule 11)."""
        env = self.env
        ties = self.balance.get_ties(self.balance._export_options(self.options))
        if not ties:
            sheet.add_row([env._("Own customers only: not compared with the ledger.")])
            return
        bold = self.book.get_format(bold=True)
        sheet.add_row([env._("Whole balance and ledger, without filters")], bold)
        columns = [
            (env._("Company"), 34, False),
            (env._("Currency"), 24, False),
            (env._("Aged balance"), 18, True),
            (env._("Ledger"), 18, True),
            (env._("Difference"), 18, True),
        ]
        sheet.add_row(*self._get_heading(columns))
        for tie in ties:
            currency = self._currencies[tie["currency_id"]]
            amounts = [tie[name] for name in ("aged", "ledger", "difference")]
            sheet.add_row(
                [tie["company"], currency.name, *amounts],
                [None, None] + [self._get_money(currency)] * 3,
            )


__all__ = ["OUTLINE_LIMIT", "AgedBalanceBook"]
