"""Workbooks written row by row in constant memory (no ORM).

Texts are always written as texts: a customer called ``=HYPERLINK(...)`` stays a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.utility import quote_sheetname, xl_range, xl_rowcol_to_cell

#: Rows of a sheet, set by the file format.
ROW_LIMIT = 1_048_576
#: Characters of a cell and of a sheet's name, set by the file format.
_TEXT_LIMIT = 32_767
_NAME_LIMIT = 31
#: The date format of the reader's own system.
DATE_FORMAT = 14
#: A numbering format's code for each kind of cell that is not a date.
PERCENT_FORMAT = "0.0%"


class Formula:
    """A formula with the value that programs show which do not calculate."""

    def __init__(self, text: str, value: float | str | None):
        self.text = text
        self.value = "" if value is None else value


def money_format(symbol: str | None, position: str, digits: int) -> str:
    """Return the number format of a currency; zero is a dash, as on paper.

    >>> money_format("$", "before", 2)
    '"$" #,##0.00;-"$" #,##0.00;"-"'
    """
    number = "#,##0" + ("." + "0" * digits if digits else "")
    if symbol:
        quoted = '"{}"'.format(symbol.replace('"', ""))
        number = f"{quoted} {number}" if position == "before" else f"{number} {quoted}"
    return f'{number};-{number};"-"'


class Book:
    """A workbook; the formats of its cells are made once."""

    def __init__(self, file: BinaryIO):
        self._workbook = Workbook(file, {"constant_memory": True})
        self._formats: dict[tuple, Any] = {}
        self._names: set[str] = set()

    def get_format(self, **properties):
        """Return the format with properties as xlsxwriter names them."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format(properties)
        return self._formats[key]

    def add_sheet(self, name: str, widths: Sequence[float], **options) -> Sheet:
        """Return a new sheet; see ``Sheet``."""
        return Sheet(self, name, widths, **options)

    def add_worksheet(self, name: str):
        """Return a new worksheet of xlsxwriter under a name that the format allows."""
        base = re.sub(r"[\[\]:*?/\\']", " ", name).strip() or "Sheet"
        number, result = 1, base[:_NAME_LIMIT]
        while result.lower() in self._names:
            number += 1
            suffix = f" ({number})"
            result = base[: _NAME_LIMIT - len(suffix)] + suffix
        self._names.add(result.lower())
        return self._workbook.add_worksheet(result)

    def close(self) -> None:
        self._workbook.close()


class Sheet:
    """A sheet that goes on in another one when it is full.

    :param widths: of the columns, in characters
    :param heading: rows of (values, format), repeated on top of each continuation, the last of
        them above the data: it stays in sight and carries the filter
    :param frozen: number of columns that stay in sight
    :param landscape: how it prints
    :param row_limit: rows of one sheet
    """

    def __init__(
        self,
        book: Book,
        name: str,
        widths: Sequence[float],
        *,
        heading: Sequence[tuple[Sequence, Any]] = (),
        frozen: int = 0,
        filtered: bool = False,
        landscape: bool = True,
        row_limit: int = ROW_LIMIT,
    ):
        self._book = book
        self._name = name
        self._widths = widths
        self._heading = heading
        self._frozen = frozen
        self._filtered = filtered
        self._landscape = landscape
        self._row_limit = row_limit
        self._worksheets: list[Any] = []
        self._row = 0
        self._start()

    @property
    def position(self) -> tuple[int, int]:
        """Return where the next row goes: index of the worksheet, row in it."""
        if self._row >= self._row_limit:
            return len(self._worksheets), len(self._heading)
        return len(self._worksheets) - 1, self._row

    @property
    def worksheet(self):
        return self._worksheets[-1]

    def _start(self):
        sheet = self._book.add_worksheet(self._name)
        self._worksheets.append(sheet)
        for index, width in enumerate(self._widths):
            sheet.set_column(index, index, width)
        sheet.outline_settings(symbols_below=False)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if self._landscape:
            sheet.set_landscape()
        self._row = 0
        for values, style in self._heading:
            self._write(values, style)
        if self._heading:
            sheet.freeze_panes(self._row, self._frozen)
            sheet.repeat_rows(self._row - 1)

    def add_row(
        self, values: Sequence, formats: Sequence | Any = None, *, level=0, collapsed=False
    ) -> None:
        """Write a row; one of an outline level above 0 is folded.

        :param values: texts, numbers, dates, ``Formula``, None for an empty cell
        :param formats: one for each value, or one for all
        :param collapsed: whether the rows that follow are the folded ones of this row
        """
        if self._row >= self._row_limit:
            self._end()
            self._start()
        self._write(values, formats, level=level, collapsed=collapsed)

    def _write(self, values, formats, *, level=0, collapsed=False):
        sheet, row = self.worksheet, self._row
        if level or collapsed:
            sheet.set_row(
                row,
                None,
                None,
                {"level": level, "hidden": bool(level), "collapsed": collapsed},
            )
        for column, value in enumerate(values):
            style = formats[column] if isinstance(formats, list | tuple) else formats
            if value is None or value is False or value == "":
                if style is not None:
                    sheet.write_blank(row, column, None, style)
            elif isinstance(value, Formula):
                sheet.write_formula(row, column, value.text, style, value.value)
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, style)
            elif isinstance(value, str):
                sheet.write_string(row, column, value[:_TEXT_LIMIT], style)
            else:
                sheet.write_number(row, column, value, style)
        self._row += 1

    def get_ranges(self, first: tuple[int, int], last: tuple[int, int], column: int) -> list[str]:
        """Return the cells of a column between two positions (the last one excluded).

        :return: references for a formula, one per worksheet, those of the present one short
        """
        ranges = []
        for index in range(first[0], last[0] + 1):
            start = first[1] if index == first[0] else len(self._heading)
            end = last[1] if index == last[0] else self._row_limit
            if end <= start or index >= len(self._worksheets):
                continue
            reference = xl_range(start, column, end - 1, column)
            if index != len(self._worksheets) - 1:
                name = quote_sheetname(self._worksheets[index].get_name())
                reference = f"{name}!{reference}"
            ranges.append(reference)
        return ranges

    def get_cell(self, row: int, column: int) -> str:
        """Return a cell of the present worksheet for a formula."""
        return xl_rowcol_to_cell(row, column)

    def end_data(self, rows: int = 0) -> None:
        """End what the filter covers.

        :param rows: number of totals that follow, all on one worksheet
        """
        self._end()
        self._filtered = False
        if self._row + rows > self._row_limit:
            self._start()

    def _end(self):
        first = len(self._heading)
        if self._filtered and self._row > first:
            self.worksheet.autofilter(first - 1, 0, self._row - 1, len(self._widths) - 1)


__all__ = [
    "DATE_FORMAT",
    "PERCENT_FORMAT",
    "ROW_LIMIT",
    "Book",
    "Formula",
    "Sheet",
    "money_format",
]
