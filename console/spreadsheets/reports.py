"""Workbooks of several sheets that are read by people: real numbers, headings that stay, totals that follow a filter."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

MONEY, COUNT, DAY = "#,##0.00", "#,##0", "yyyy-mm-dd"
LONGEST_SHEET = 1_000_000
"""Rows; Excel has 1,048,576. What is longer goes on on a next sheet."""


@dataclass(frozen=True)
class Column:
    """`kind`: text, money (分, shown in yuan), count or day. `summed`: has a subtotal in the last row."""

    heading: str
    width: float = 14
    kind: str = "text"
    summed: bool = False


@dataclass(frozen=True)
class Sheet:
    name: str
    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    total: str = ""
    """What stands in the first column of the subtotals."""


@dataclass(frozen=True)
class Cover:
    """The first sheet: a title, facts, and a table with its chart."""

    name: str
    title: str
    facts: Sequence[tuple[str, str | int]]
    """Name and value; a whole number is an amount in 分."""
    headings: tuple[str, str]
    bars: Sequence[tuple[str, int]] = field(default=())


def workbook(cover: Cover, sheets: Iterable[Sheet]) -> bytes:
    """Written row by row, so that its length costs no memory; what lies on the disk meanwhile has no name there."""
    stream = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        writer = _Writer(book)
        writer.cover(cover)
        for sheet in sheets:
            writer.sheet(sheet)
    return stream.getvalue()


class _Writer:
    def __init__(self, book: Any) -> None:
        self._book = book
        add = book.add_format
        self._title = add({"bold": True, "font_size": 14})
        self._heading = add(
            {"bold": True, "bg_color": "#E8EEF7", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        self._formats = {
            "text": add({"num_format": "@"}), "money": add({"num_format": MONEY}),
            "count": add({"num_format": COUNT}), "day": add({"num_format": DAY}),
        }  # fmt: skip
        self._total = {
            "text": add({"bold": True, "top": 1}), "money": add({"bold": True, "top": 1, "num_format": MONEY}),
            "count": add({"bold": True, "top": 1, "num_format": COUNT}), "day": add({"bold": True, "top": 1}),
        }  # fmt: skip

    def cover(self, cover: Cover) -> None:
        sheet = self._book.add_worksheet(cover.name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 18)
        sheet.write_string(0, 0, cover.title, self._title)
        for row, (name, value) in enumerate(cover.facts, start=2):
            sheet.write_string(row, 0, name)
            self._write(sheet, row, 1, value, "money" if isinstance(value, int) else "text", self._formats)
        begin = len(cover.facts) + 3
        for column, heading in enumerate(cover.headings):
            sheet.write_string(begin, column, heading, self._heading)
        for row, (name, amount) in enumerate(cover.bars, start=begin + 1):
            sheet.write_string(row, 0, name, self._formats["text"])
            sheet.write_number(row, 1, amount / 100, self._formats["money"])
        if cover.bars:
            self._chart(sheet, cover, begin)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 1)

    def _chart(self, sheet: Any, cover: Cover, begin: int) -> None:
        chart = self._book.add_chart({"type": "bar"})
        last = begin + len(cover.bars)
        chart.add_series(
            {
                "categories": [cover.name, begin + 1, 0, last, 0],
                "values": [cover.name, begin + 1, 1, last, 1],
                "name": cover.headings[1],
                "fill": {"color": "#1F5AD6"},
            }
        )
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True})
        chart.set_title({"name": cover.headings[1], "name_font": {"size": 11}})
        sheet.insert_chart(2, 3, chart, {"x_scale": 1.2, "y_scale": 1.3})

    def sheet(self, sheet: Sheet) -> None:
        name, rows = sheet.name, iter(sheet.rows)
        part = 1
        while True:
            more = self._part(sheet, name, rows)
            if not more:
                return
            part += 1
            name = f"{sheet.name} {part}"

    def _part(self, sheet: Sheet, name: str, rows: Iterator[Sequence[Any]]) -> bool:
        """As many rows as fit; whether there may be more."""
        page = self._book.add_worksheet(name)
        self._head(page, sheet)
        first = row = 2
        sums = [0] * len(sheet.columns)
        for values in rows:
            for place, (column, value) in enumerate(zip(sheet.columns, values, strict=True)):
                self._write(page, row, place, value, column.kind, self._formats)
                if column.summed and value is not None:
                    sums[place] += value
            row += 1
            if row - first >= LONGEST_SHEET:
                break
        page.autofilter(1, 0, max(row - 1, 1), len(sheet.columns) - 1)
        if sheet.total:
            self._totals(page, sheet, first, row, sums)
        page.print_area(0, 0, row, len(sheet.columns) - 1)
        return row - first >= LONGEST_SHEET

    def _head(self, page: Any, sheet: Sheet) -> None:
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width)
        page.freeze_panes(2, 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0, 1)
        page.set_footer("&L&A&R&P / &N")
        page.write_string(0, 0, sheet.title, self._title)
        for place, column in enumerate(sheet.columns):
            page.write_string(1, place, column.heading, self._heading)

    def _totals(self, page: Any, sheet: Sheet, first: int, row: int, sums: Sequence[int]) -> None:
        """SUBTOTAL leaves out what a filter hides; the value that stands there before Excel counts is the same."""
        for place, column in enumerate(sheet.columns):
            style = self._total[column.kind]
            if column.summed:
                letter = xl_col_to_name(place)
                value = sums[place] / 100 if column.kind == "money" else sums[place]
                page.write_formula(
                    row, place, f"=SUBTOTAL(9,{letter}{first + 1}:{letter}{row})", style, value
                )
            else:
                page.write_string(row, place, sheet.total if place == 0 else "", style)

    def _write(self, page: Any, row: int, place: int, value: Any, kind: str, formats: dict[str, Any]) -> None:
        if value is None:
            return
        style = formats[kind]
        if kind == "money":
            page.write_number(row, place, value / 100, style)
        elif kind == "count":
            page.write_number(row, place, value, style)
        elif kind == "day" and isinstance(value, date):
            page.write_datetime(row, place, value, style)
        else:
            page.write_string(row, place, str(value), style)
