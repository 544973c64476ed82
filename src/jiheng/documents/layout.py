"""The official blanks: from a declared layout to a marked workbook.

A layout (blanks/*.yaml) lists rows of cells: `C-D+2: 文字` is columns C to D, two rows high; `repeat: 12`
lays a row out twelve times, the marks in the first one. What is written here is the same marked workbook that
a bureau would upload, so built-in and uploaded blanks take one way.
"""

from __future__ import annotations

import functools
import io
import re
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml

from jiheng.documents.cells import column_number
from jiheng.sheets import Form

_FOLDER = Path(__file__).parent / "blanks"
_SPAN = re.compile(r"([A-Z]+)(?:-([A-Z]+))?(?:\+(\d+))?")
_OWN = {"style", "height", "repeat"}
_MONEY = re.compile(
    r"\{\{(资金\[|经费\[|任务\.(预算金额|其中)|金额合计|中期资金|年度资金|政府采购|部门基本支出|预算投资|实际投资)"
)
_NUMBER = re.compile(r"\{\{(指标\.(分值|得分)|总分|预算执行率|编制数|实际在职人数|批复规模|实际规模)")
_SHORT = re.compile(r"\{\{(指标\.(一级|二级|指标值|实际完成值|执行情况|全年预计|偏差原因\[|完成目标可能性))")
_FONT = {"font_name": "宋体", "font_size": 10.5}
_BOX = {**_FONT, "border": 1, "valign": "vcenter", "text_wrap": True}
_STYLES: dict[str, dict[str, Any]] = {
    "title": {"font_name": "宋体", "font_size": 18, "bold": True, "align": "center", "valign": "vcenter"},
    "line": {**_FONT, "align": "center", "valign": "vcenter"},
    "unit": {**_FONT, "align": "right", "valign": "vcenter"},
    "note": {**_FONT, "font_size": 9, "align": "left", "valign": "top", "text_wrap": True},
    "label": {**_BOX, "align": "center"},
    "indented": {**_BOX, "align": "left"},
    "sign": {**_BOX, "align": "right", "valign": "bottom"},
    "text": {**_BOX, "align": "left", "num_format": "@"},
    "prose": {**_BOX, "align": "left", "valign": "top", "num_format": "@"},
    "short": {**_BOX, "align": "center"},
    "money": {**_BOX, "align": "right", "num_format": "#,##0.00####", "text_wrap": False},
    "number": {**_BOX, "align": "center", "num_format": "General"},
}


@functools.cache
def declared(form: Form) -> dict[str, Any]:
    """The layout of an official blank as its YAML has it."""
    text = (_FOLDER / f"{form.value}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@functools.cache
def marked_blank(form: Form) -> bytes:
    """The official blank with every field's mark in its cell: where next year's version starts."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": form.heading, "company": "", "author": ""})
    formats = {name: book.add_format(style) for name, style in _STYLES.items()}
    for sheet in declared(form)["sheets"]:
        _write(book.add_worksheet(sheet["name"]), sheet, formats)
    book.close()
    return stream.getvalue()


def _write(page: Any, sheet: dict[str, Any], formats: dict[str, Any]) -> None:
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    page.center_horizontally()
    page.set_footer("&C第 &P 页，共 &N 页")
    page.hide_gridlines(2)
    if sheet["orientation"] == "landscape":
        page.set_landscape()
    for column, width in enumerate(sheet["columns"]):
        page.set_column(column, column, width)
    line = 0
    for row in sheet["rows"]:
        for number in range(row.get("repeat", 1)):
            page.set_row(line, row.get("height"))
            for span, text in row.items():
                if span not in _OWN:
                    _cell(
                        page, line, span, "" if number else str(text), formats[_style(row, span, str(text))]
                    )
            line += 1


def _cell(page: Any, line: int, span: str, text: str, style: Any) -> None:
    match = _SPAN.fullmatch(span)
    if match is None:
        raise ValueError(f"layout: {span!r} is no span")
    left = column_number(match[1]) - 1
    right = column_number(match[2] or match[1]) - 1
    bottom = line + int(match[3] or 1) - 1
    if (left, line) == (right, bottom):
        page.write_string(line, left, text, style) if text else page.write_blank(line, left, None, style)
    else:
        page.merge_range(line, left, bottom, right, text, style)


def _style(row: dict[str, Any], span: str, text: str) -> str:
    own = str(row.get("style", ""))
    if own in ("title", "line", "unit", "note"):
        return own
    if "{{" not in text or re.search(r"月执行|年度，", text):
        if own == "sign" and "盖章" in text:
            return "sign"
        return "indented" if own == "list" else "label"
    if "执行率}}" in text and "资金" in text:
        return "number"
    for pattern, name in ((_MONEY, "money"), (_NUMBER, "number"), (_SHORT, "short")):
        if pattern.search(text):
            return name
    return "prose" if own == "prose" else "text"
