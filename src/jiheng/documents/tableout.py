"""Tables going out by column specification: templates for bulk import, and exports."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from jiheng.documents.cells import column_letters
from jiheng.documents.columns import EXPECTED, Column, ColumnKind
from jiheng.sheets import Amount, Missing, plain

GUIDE = "说明"
_LIST_ROWS = 5000


def template(columns: Sequence[Column], title: str, example_rows: Iterable[Mapping[str, Any]] = ()) -> bytes:
    """An import template: the table to fill, and a 说明 sheet with every column's meaning and the examples.

    The examples stand on the 说明 sheet only, so that nobody imports them by mistake.
    """
    stream, book, styles = _book()
    page = book.add_worksheet(_sheet_name(title))
    _heading(page, columns, styles, 0)
    for place, column in enumerate(columns):
        page.set_column(place, place, column.width, styles[_column_style(column)])
        _validation(book, page, column, place)
    page.freeze_panes(1, 0)
    guide = book.add_worksheet(GUIDE)
    guide.set_column(0, 0, 24)
    guide.set_column(1, 3, 30)
    guide.write_string(0, 0, f"{title}：填写说明", styles["title"])
    for place, word in enumerate(("列名", "是否必填", "填写要求", "备注")):
        guide.write_string(2, place, word, styles["heading"])
    for row, column in enumerate(columns, start=3):
        expected = EXPECTED[ColumnKind(column.kind)]
        if column.choices:
            expected += "：" + "、".join(column.choices[:30])
        for place, word in enumerate(
            (column.heading, "必填" if column.required else "可空", expected, column.help)
        ):
            guide.write_string(row, place, word, styles["text"])
    examples = list(example_rows)
    if examples:
        start = len(columns) + 5
        guide.write_string(start - 1, 0, "示例（仅供参考，请填到前一张工作表）", styles["title"])
        for place, column in enumerate(columns):
            guide.write_string(start, place, f"例：{column.heading}", styles["heading"])
        _body(guide, columns, examples, styles, start + 1)
    book.close()
    return stream.getvalue()


def write(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], title: str = "") -> bytes:
    """Rows as a workbook. Money is given in Decimal yuan (or Amount) and printed in the column's unit.

    Text stays text whatever it begins with: = + - @ make no formula.
    """
    stream, book, styles = _book()
    page = book.add_worksheet(_sheet_name(title or "数据"))
    start = 0
    if title:
        page.write_string(0, 0, title, styles["title"])
        start = 1
    for place, column in enumerate(columns):
        page.set_column(place, place, column.width)
    _heading(page, columns, styles, start)
    last = _body(page, columns, rows, styles, start + 1)
    page.freeze_panes(start + 1, 0)
    page.autofilter(start, 0, max(last, start), len(columns) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(start)
    book.close()
    return stream.getvalue()


def _book() -> tuple[io.BytesIO, Any, dict[str, Any]]:
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(stream, options)
    font = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
    box = font | {"border": 1}
    styles = {
        "title": font | {"bold": True, "font_size": 14},
        "heading": box | {"bold": True, "bg_color": "#EEF2F6", "text_wrap": True, "align": "center"},
        "text": box | {"text_wrap": True, "num_format": "@"},
        "money": box | {"num_format": "#,##0.00####", "align": "right"},
        "whole": box | {"num_format": "0", "align": "right"},
        "number": box | {"num_format": "General", "align": "right"},
        "date": box | {"num_format": "yyyy-mm-dd", "align": "center"},
    }
    return stream, book, {name: book.add_format(style) for name, style in styles.items()}


def _heading(page: Any, columns: Sequence[Column], styles: dict[str, Any], row: int) -> None:
    page.set_row(row, 30)
    for place, column in enumerate(columns):
        page.write_string(row, place, column.heading, styles["heading"])
        note = "；".join(part for part in ("必填" if column.required else "", column.help) if part)
        if note:
            page.write_comment(row, place, note, {"author": ""})


def _column_style(column: Column) -> str:
    kind = ColumnKind(column.kind)
    if kind in (ColumnKind.WAN, ColumnKind.YUAN):
        return "money"
    return {ColumnKind.WHOLE: "whole", ColumnKind.DATE: "date", ColumnKind.PERCENT: "number"}.get(
        kind, "text"
    )


def _validation(book: Any, page: Any, column: Column, place: int) -> None:
    if not column.choices:
        return
    source: Any = list(column.choices)
    if len(",".join(column.choices)) > 250:  # Excel's limit for a list written out
        hidden = book.get_worksheet_by_name("选项") or book.add_worksheet("选项")
        hidden.hide()
        for row, choice in enumerate(column.choices):
            hidden.write_string(row, place, choice)
        letter = column_letters(place + 1)
        source = f"=选项!${letter}$1:${letter}${len(column.choices)}"
    page.data_validation(
        1,
        place,
        _LIST_ROWS,
        place,
        {
            "validate": "list",
            "source": source,
            "error_title": column.title[:32],
            "error_message": "请从下拉列表中选择",
        },
    )


def _body(
    page: Any, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], styles: Any, start: int
) -> int:
    row = start - 1
    for row, values in enumerate(rows, start=start):
        for place, column in enumerate(columns):
            _put(
                page,
                row,
                place,
                column,
                values.get(column.name),
                styles[_column_style(column)],
                styles["text"],
            )
    return row


def _put(page: Any, row: int, place: int, column: Column, value: Any, style: Any, words: Any) -> None:
    if value is None or value == "":
        page.write_blank(row, place, None, style)
    elif isinstance(value, Missing):
        page.write_string(row, place, str(value), words)
    elif isinstance(value, datetime.date):
        page.write_datetime(row, place, datetime.datetime(value.year, value.month, value.day), style)  # noqa: DTZ001
    elif isinstance(value, Amount | Decimal | int) and not isinstance(value, bool):
        exact = value.yuan if isinstance(value, Amount) else Decimal(value)
        if ColumnKind(column.kind) is ColumnKind.WAN:
            exact = exact / 10_000
        if ColumnKind(column.kind) in (ColumnKind.TEXT, ColumnKind.CODE, ColumnKind.CHOICE):
            page.write_string(row, place, plain(exact), words)
        else:
            page.write_number(row, place, exact, style)  # a Decimal is printed with all its digits
    else:
        page.write_string(
            row, place, ("是" if value else "否") if isinstance(value, bool) else str(value), words
        )


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", "", title)[:31] or "数据"
