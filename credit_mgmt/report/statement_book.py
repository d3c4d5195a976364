from itertools import repeat

from ..tools.xlsx import DATE_FORMAT, Book, Formula, money_format

_HEAD = {"bold": True, "bg_color": "#E9ECEF", "bottom": 1, "text_wrap": True, "valign": "top"}
_TOTAL = {"bold": True, "top": 1}


class StatementBook:
    """Writes the statements of one or many customers on one sheet.

    :param documents: ``credit.statement.document`` records of one wizard, in the language of
        the reader
    :param file: a binary file
    """

    def __init__(self, documents, file):
        self.documents = documents
        self.env = documents.env
        self.wizard = documents.wizard_id
        self.statements = documents._get_statements(self.env.lang)
        self.book = Book(file)
        self.day = self.book.get_format(num_format=DATE_FORMAT)
        self.bold = self.book.get_format(bold=True)

    def fill(self) -> None:
        if self.wizard.kind == "activity":
            self._write_activity()
        else:
            self._write_open_items()
        self.book.close()

    def _get_money(self, currency, **properties):
        return self.book.get_format(
            num_format=money_format(currency.symbol, currency.position, currency.decimal_places),
            **properties,
        )

    def _add_sheet(self, columns):
        title = f"{self.env._('Statement of account')} - {self.wizard.company_id.name}"
        heading = [
            ([title], self.book.get_format(bold=True, font_size=14)),
            ([self.documents[:1]._get_period_text()], None),
            (
                [label for label, _width, _right in columns],
                [
                    self.book.get_format(**_HEAD, align="right" if right else "left")
                    for _label, _width, right in columns
                ],
            ),
        ]
        return self.book.add_sheet(
            self.env._("Statement"),
            [width for _label, width, _right in columns],
            heading=heading,
            frozen=1,
            filtered=True,
        )

    def _get_sum(self, sheet, first, column, value) -> Formula:
        ranges = sheet.get_ranges(first, sheet.position, column)
        return Formula(f"=SUBTOTAL(9,{','.join(ranges)})", value)

    # === OPEN ITEMS === #

    def _write_open_items(self):
        """Write the open items; each customer's balance per currency is the sum above it."""
        env = self.env
        cost_columns = []
        if self.wizard.include_late_costs:
            cost_columns = [
                (env._("Late Interest"), 14, True),
                (env._("Fixed Indemnity"), 14, True),
            ]
        sheet = self._add_sheet(
            [
                (env._("Customer"), 36, False),
                (env._("Number"), 18, False),
                (env._("Date"), 12, False),
                (env._("Due date"), 12, False),
                (env._("Days late"), 9, True),
                (env._("Currency"), 9, False),
                (env._("Amount"), 16, True),
                (env._("Paid"), 16, True),
                (env._("Balance due"), 16, True),
            ]
            + cost_columns
        )
        for document in self.documents:
            statement = self.statements[document.id]
            lines = [
                (section["code"], line)
                for section in statement["sections"]
                for line in section["lines"]
            ]
            for total in statement["totals"]:
                currency = total["currency"]
                first = sheet.position
                for code, line in lines:
                    if line["currency_id"] == currency:
                        self._add_line(sheet, document, code, line)
                bold = self.book.get_format(**_TOTAL)
                sheet.add_row(
                    [
                        document.partner_id.name,
                        env._("Balance"),
                        *repeat(None, 3),
                        currency.name,
                        *repeat(None, 2),
                        self._get_sum(sheet, first, 8, total["balance"]),
                        *self._get_cost_sums(sheet, first, statement, currency),
                    ],
                    [bold] * 8 + [self._get_money(currency, **_TOTAL)] * (1 + len(cost_columns)),
                )
        sheet.end_data()

    def _get_cost_sums(self, sheet, first, statement, currency) -> list[Formula]:
        """Return the sums of the late costs of a currency, none unless they are wanted."""
        if not self.wizard.include_late_costs:
            return []
        groups = {group["currency"]: group for group in statement["late_costs"]}
        group = groups.get(currency, {"interest": 0.0, "indemnity": 0.0})
        return [
            self._get_sum(sheet, first, 9, group["interest"]),
            self._get_sum(sheet, first, 10, group["indemnity"]),
        ]

    def _add_line(self, sheet, document, code, line):
        money = self._get_money(line["currency_id"])
        costs = self._get_costs(line)
        sheet.add_row(
            [
                document.partner_id.name,
                line["name"],
                line["invoice_date"],
                line["date_maturity"] if code != "credit" else None,
                line["days_overdue"] if code == "overdue" else None,
                line["currency_id"].name,
                line["amount_total"],
                line["amount_paid"],
                line["amount_residual_currency"],
                *costs,
            ],
            [None, None, self.day, self.day, None, None, *repeat(money, 3 + len(costs))],
        )

    def _get_costs(self, line) -> list:
        """Return interest and indemnity of a line, none unless they are wanted."""
        if not self.wizard.include_late_costs:
            return []
        cost = line.get("late_cost")
        return [cost.interest or None, cost.indemnity or None] if cost else [None, None]

    # === ENTRIES OF A PERIOD === #

    def _write_activity(self):
        """Write the entries; the closing balance is the opening one and what moved."""
        env = self.env
        sheet = self._add_sheet(
            [
                (env._("Customer"), 36, False),
                (env._("Date"), 12, False),
                (env._("Number"), 18, False),
                (env._("Entry"), 22, False),
                (env._("Due date"), 12, False),
                (env._("Currency"), 9, False),
                (env._("Invoiced"), 16, True),
                (env._("Paid or credited"), 16, True),
                (env._("Balance"), 16, True),
            ]
        )
        for document in self.documents:
            for account in self.statements[document.id]["accounts"]:
                self._add_account(sheet, document.partner_id.name, account)
        sheet.end_data()

    def _add_account(self, sheet, name, account):
        env = self.env
        currency = account["currency"]
        money, strong = self._get_money(currency), self._get_money(currency, **_TOTAL)
        total = self.book.get_format(**_TOTAL)
        sheet.add_row(
            [
                name, self.wizard.date_from, None, env._("Opening balance"), None, currency.name,
                None, None, account["opening"],
            ],
            [self.bold, self.day, None, self.bold, None, None, None, None, money],
        )  # fmt: skip
        first = sheet.position
        for row in account["rows"]:
            sheet.add_row(
                [
                    name, row["date"], row["name"], row["label"], row["date_maturity"],
                    currency.name, row["debit"] or None, row["credit"] or None, row["balance"],
                ],
                [None, self.day, None, None, self.day, None, money, money, money],
            )  # fmt: skip
        values = [account["debit"], account["credit"], account["closing"]]
        if account["rows"]:
            _worksheet, row = sheet.position
            values = [
                self._get_sum(sheet, first, 6, account["debit"]),
                self._get_sum(sheet, first, 7, account["credit"]),
                Formula(
                    f"={sheet.get_cell(first[1] - 1, 8)}"
                    f"+{sheet.get_cell(row, 6)}-{sheet.get_cell(row, 7)}",
                    account["closing"],
                ),
            ]
        sheet.add_row(
            [name, self.wizard.date, None, env._("Closing balance"), None, currency.name, *values],
            [
                total, self.book.get_format(**_TOTAL, num_format=DATE_FORMAT), total, total,
                total, total, strong, strong, strong,
            ],
        )  # fmt: skip
