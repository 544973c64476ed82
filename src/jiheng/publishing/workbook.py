"""The tables as an Excel workbook in the look of published accounts; text never becomes a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import xlsxwriter

from jiheng.disclosure.record import PublicResult, PublicYear
from jiheng.sheets import AccountTable, Amount, Entered, Missing, plain

MOST_NAME = 31  # characters of a sheet's name in Excel
_REFUSED = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def workbook(year: PublicYear) -> bytes:
    """One sheet a table, then the projects and the units. The same year gives the same bytes."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties(
        {
            "title": year.title,
            "author": year.bureau,
            "created": datetime.combine(year.day, time()),  # Excel knows no zones
        }
    )
    sheets = _Sheets(book)
    sheets.contents(year)
    for table in year.tables:
        sheets.table(table)
    funds = [result for result in year.results if not result.is_unit]
    units = [result for result in year.results if result.is_unit]
    sheets.results(f"{year.evaluated}年项目支出绩效评价结果", funds)
    sheets.results(f"{year.evaluated}年单位整体支出绩效评价结果", units)
    book.close()
    return stream.getvalue()


class _Sheets:
    """The sheets of one book, with its formats and the names already given."""

    def __init__(self, book: Any) -> None:
        self._book = book
        font = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
        box = font | {"border": 1}
        looks = {
            "title": {"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"},
            "unit": font | {"align": "right"},
            "words": font,
            "heading": box | {"bold": True, "align": "center", "text_wrap": True},
            "text": box | {"text_wrap": True, "num_format": "@"},
            "sum": box | {"text_wrap": True, "num_format": "@", "bold": True},
            "centre": box | {"align": "center"},
        }
        self._looks = {name: book.add_format(look) for name, look in looks.items()}
        self._box = box
        self._figures: dict[int, Any] = {}  # formats of figures by their decimals
        self._names: set[str] = set()

    def contents(self, year: PublicYear) -> None:
        page = self._page("目录")
        page.set_column(0, 0, 6)
        page.set_column(1, 1, 60)
        page.merge_range(0, 0, 0, 1, year.title, self._looks["title"])
        told = f"{year.bureau}　{year.day:%Y年%m月%d日}公开　第{year.edition}版"
        page.write_string(1, 0, told, self._looks["words"])
        titles = [table.title for table in year.tables]
        for number, title in enumerate(titles, 1):
            page.write_number(number + 1, 0, number, self._looks["centre"])
            page.write_string(number + 1, 1, title, self._looks["text"])

    def table(self, table: AccountTable) -> None:
        """Title, unit, headings and rows; figures are numbers in the unit of their row, as printed."""
        page = self._page(table.title)
        last = len(table.columns) + 1
        page.set_column(0, 0, 12)
        page.set_column(1, 1, 44)
        page.set_column(2, last, 16)
        page.set_row(0, 30)
        page.merge_range(0, 0, 0, last, table.title, self._looks["title"])
        page.write_string(1, 0, table.unit_name, self._looks["words"])
        page.write_string(1, last, f"单位：{table.unit}", self._looks["unit"])
        self._headings(page, 2, ["编码", "项目", *(column.label for column in table.columns)])
        for number, row in enumerate(table.rows, 3):
            look = self._looks["sum" if row.is_total else "text"]
            label = "　" * row.depth + row.label + (f"（{row.unit}）" if row.unit else "")
            page.write_string(number, 0, row.code, look)
            page.write_string(number, 1, label, look)
            for place, cell in enumerate(row.cells, 2):
                self._figure(page, number, place, cell)
        self._paper(page, 3)

    def results(self, title: str, results: Sequence[PublicResult]) -> None:
        """Goals, money, scores and grades; one row a project or unit."""
        if not results:
            return
        page = self._page(title)
        headings = [
            "编码",
            "名称",
            "单位",
            "绩效目标",
            "全年预算数（万元）",
            "全年执行数（万元）",
            "得分",
            "等级",
        ]
        for place, width in enumerate((22, 34, 24, 60, 16, 16, 9, 7)):
            page.set_column(place, place, width)
        page.set_row(0, 30)
        page.merge_range(0, 0, 0, len(headings) - 1, title, self._looks["title"])
        self._headings(page, 2, headings)
        for number, one in enumerate(results, 3):
            words = (one.fund_code or one.unit_code, one.fund_name or one.unit_name, one.unit_name, one.goal)
            for place, text in enumerate(words):
                page.write_string(number, place, text, self._looks["text"])
            for place, yuan in ((4, one.budget), (5, one.spent)):
                self._figure(page, number, place, yuan if isinstance(yuan, Missing) else Amount(yuan))
            if isinstance(one.score, Missing):
                page.write_string(number, 6, "—", self._looks["centre"])
            else:
                page.write_number(number, 6, one.score, self._looks["centre"])
            page.write_string(number, 7, one.grade, self._looks["centre"])
        self._paper(page, 3)

    def _page(self, name: str) -> Any:
        """A sheet whose name Excel accepts and no other has."""
        plain = name.translate(_REFUSED).strip()[:MOST_NAME] or "表"
        given, number = plain, 2
        while given in self._names:
            given, number = f"{plain[: MOST_NAME - 3]}({number})", number + 1
        self._names.add(given)
        return self._book.add_worksheet(given)

    def _headings(self, page: Any, row: int, headings: Sequence[str]) -> None:
        page.set_row(row, 30)
        for place, heading in enumerate(headings):
            page.write_string(row, place, heading, self._looks["heading"])

    def _figure(self, page: Any, row: int, place: int, cell: Entered) -> None:
        if isinstance(cell, Missing):
            page.write_blank(row, place, None, self._looks["centre"])
            return
        if isinstance(cell, Amount):
            value, printed = cell.in_wan, cell.typed or "0.00"
        else:
            value, printed = cell.value, cell.typed or plain(cell.value)
        page.write_number(row, place, value, self._decimals(len(printed.partition(".")[2])))

    def _decimals(self, decimals: int) -> Any:
        if decimals not in self._figures:
            pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
            self._figures[decimals] = self._book.add_format(
                self._box | {"align": "right", "num_format": pattern}
            )
        return self._figures[decimals]

    def _paper(self, page: Any, rows: int) -> None:
        page.freeze_panes(rows, 2)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(rows - 1)
        page.set_footer("&C第 &P 页，共 &N 页")
