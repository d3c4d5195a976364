from itertools import groupby, repeat

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date
from odoo.tools.misc import get_lang

#: Rows of a PDF, some 200 pages: the PDF program needs most of a minute for them.
MAX_ROWS = 6_000


class ReportCreditAgedBalance(models.AbstractModel):
    """The values of the PDF of an aged balance: every cell as a text, nothing left to compute."""

    _name = "report.credit_mgmt.report_credit_aged_balance"
    _description = "Aged Balance: PDF"

    @api.model
    def _get_report_values(self, docids, data=None) -> dict:
        """Return what the template prints.

        :param data: ``aged_options``, see ``credit.aged.balance._get_options``
        :return: ``title``, ``facts`` ([(label, text)]), ``columns`` (dicts of label, class and
            width in percent), ``rows`` (dicts of ``kind``, which is line, item, total or share,
            and ``cells``, texts), ``details``, ``font_size`` (points) and ``company``
        """
        balance = self.env["credit.aged.balance"]
        options = balance._get_options((data or {}).get("aged_options"))
        lines = [
            line
            for _currency, group in balance._group_by_currency(balance._get_lines(options))
            for line in group
        ]
        count = len(lines)
        if options["details"]:
            count += sum(line["count"] for line in lines)
        if count > MAX_ROWS:
            raise UserError(
                self.env._(
                    "This aged balance has %(count)s rows, a PDF at most %(limit)s: export a "
                    "spreadsheet, or restrict it.",
                    count=count,
                    limit=MAX_ROWS,
                )
            )
        disputed = balance._is_disputed(lines)
        columns = self._get_columns(balance, options, disputed)
        rows = [*self._iter_rows(balance, options, lines)]
        rows += self._get_total_rows(balance, options, lines)
        return {
            "doc_ids": docids,
            "doc_model": "credit.aged.balance",
            # Some layouts print another title where there is no document.
            "docs": self.env.company,
            "company": self.env.company,
            "overlap": self.env["credit.letter"]._get_layout_overlap(self.env.company),
            "title": balance._get_title(options),
            "facts": balance._describe_options(options),
            "columns": columns,
            "details": options["details"],
            "rows": rows,
            "font_size": self._get_font_size(columns),
        }

    @api.model
    def _get_columns(self, balance, options, disputed) -> list[dict]:
        """Return the columns with the width of each in percent of the page."""
        labels = [balance._get_dimensions()[options["group_by"]][0]]
        if options["currency"] == "original":
            labels.append(self.env._("Currency"))
        leading = len(labels)
        labels += [column["label"] for column in balance._get_columns(options)]
        if disputed:
            labels.append(self.env._("Of Which Disputed"))
        if options["compare_to"]:
            labels += [
                self.env._("Total on %(day)s", day=format_date(self.env, options["compare_to"])),
                self.env._("Difference"),
                "%",
            ]
        # The first column is as wide as two to three amounts.
        shares = [2.6] + [0.7] * (leading - 1) + [1.0] * (len(labels) - leading)
        if options["compare_to"]:
            shares[-1] = 0.7
        return [
            {
                "label": label,
                "class": "text-start" if index < leading else "text-end",
                "width": round(100 * share / sum(shares), 2),
            }
            for index, (label, share) in enumerate(zip(labels, shares, strict=True))
        ]

    @api.model
    def _get_font_size(self, columns) -> float:
        """Return the size in points at which amounts of nine digits fit."""
        return 8 if len(columns) <= 9 else 6.5 if len(columns) <= 13 else 5.5

    # === ROWS === #

    @api.model
    def _iter_rows(self, balance, options, lines):
        """Yield the rows of the lines, each with its items below where these are asked for."""
        original = options["currency"] == "original"
        # Lazily: Odoo's own groupby would hold all items at once.
        by_line = groupby(  # pylint: disable=bad-builtin-groupby
            balance._iter_items(options, lines) if options["details"] else (),
            key=lambda item: item["line"],
        )
        number, items = next(by_line, (None, ()))
        labels = balance._get_labels(lines, options)
        formatters = {}
        for index, line in enumerate(lines):
            currency = line["currency"]
            if currency not in formatters:
                formatters[currency] = self._get_formatter(currency)
            to_text = formatters[currency]
            leading = [currency.name] if original else []
            cells = [labels[line["key"]], *leading]
            cells += self._get_amounts(line["amounts"], to_text, currency)
            cells += self._get_disputed(line, to_text, currency)
            if options["compare_to"]:
                cells += self._get_comparison(balance._export_comparison(line), to_text)
            yield {"kind": "line", "cells": cells}
            if number == index:
                for item in items:
                    row = self._get_item_row(balance, options, item, leading, to_text)
                    if "disputed" in line:
                        row["cells"] += self._get_disputed(item, to_text, currency)
                    if options["compare_to"]:
                        row["cells"] += repeat("", 3)
                    yield row
                number, items = next(by_line, (None, ()))

    @api.model
    def _get_item_row(self, balance, options, item, leading, to_text) -> dict:
        label = self.env._(
            "%(number)s, due %(day)s",
            number=item["name"] or item["ref"] or "",
            day=format_date(self.env, item["date_maturity"]),
        )
        amounts = [
            to_text(item["amount"]) if column["code"] in (item["column"], "total") else ""
            for column in balance._get_columns(options)
        ]
        return {"kind": "item", "cells": [label, *leading, *amounts]}

    @api.model
    def _get_total_rows(self, balance, options, lines) -> list[dict]:
        """Return the rows of totals, and what part of each total the columns are."""
        rows = []
        for total in balance._get_totals(lines, options):
            currency = self.env["res.currency"].browse(total["currency_id"])
            leading = [currency.name] if options["currency"] == "original" else []

            def to_text(amount, currency=currency):
                return format_amount(self.env, amount, currency)

            cells = [self.env._("Total"), *leading]
            cells += self._get_amounts(total["amounts"], to_text, currency)
            cells += self._get_disputed(total, to_text, currency)
            shares = [
                self.env._("Share of the total"),
                *repeat("", len(leading)),
                *(self._format_percent(percent or None) for percent in total["percents"]),
            ]
            if "disputed" in total:
                whole = total["amounts"][-1]
                share = total["disputed"] / whole * 100 if whole else None
                shares.append(self._format_percent(share or None))
            if options["compare_to"]:
                cells += self._get_comparison(total, to_text)
                shares += repeat("", 3)
            rows += [{"kind": "total", "cells": cells}, {"kind": "share", "cells": shares}]
        return rows

    @api.model
    def _get_disputed(self, line, to_text, currency) -> list[str]:
        """Return the cell of the disputed part, where that is a column."""
        if "disputed" not in line:
            return []
        return ["" if currency.is_zero(line["disputed"]) else to_text(line["disputed"])]

    @api.model
    def _get_comparison(self, compared, to_text) -> list[str]:
        return [
            to_text(compared["previous"][-1]),
            to_text(compared["difference"]),
            self._format_percent(compared["percent"]),
        ]

    @api.model
    def _get_amounts(self, amounts, to_text, currency) -> list[str]:
        """Return amounts as texts, the zeros before the total left empty."""
        *parts, total = amounts
        return [
            *("" if currency.is_zero(part) else to_text(part) for part in parts),
            to_text(total),
        ]

    @api.model
    def _get_formatter(self, currency):
        """Return a function from an amount to its text without the symbol, said once above."""
        language = self.env["res.lang"].browse(get_lang(self.env).id)
        pattern = f"%.{currency.decimal_places}f"

        def to_text(amount):
            return language.format(pattern, currency.round(amount), grouping=True)

        return to_text

    @api.model
    def _format_percent(self, percent) -> str:
        if percent is None:
            return ""
        language = self.env["res.lang"].browse(get_lang(self.env).id)
        return language.format("%.1f", percent, grouping=True) + "\N{NO-BREAK SPACE}%"
