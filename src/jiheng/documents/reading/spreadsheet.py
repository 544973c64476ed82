"""Workbooks: each sheet a table whose figures have the digits that Excel shows."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import NamedTuple

from jiheng.documents import cells as references
from jiheng.documents.archive import Archive
from jiheng.documents.reading import wording
from jiheng.documents.reading.building import Builder, GridCell, Source
from jiheng.documents.workbook import Worksheet, open_workbook
from jiheng.sheets.document import Document

_BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    41: "#,##0",
    43: "#,##0.00",
}
_NOISE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.|\s')
_PATTERN = re.compile(r"([#0,?]*)(?:\.([0#?]+))?(%?)")
_LONGEST = 300  # digits of a number


class _Pattern(NamedTuple):
    """How a number format prints: digits after the point, thousands commas, per cent."""

    places: int
    has_commas: bool
    is_percent: bool


def read_workbook(source: Source) -> Document:
    """Rows and columns are those of the sheet, so a cell's place is its reference."""
    builder = Builder(source)
    book = open_workbook(source.data, source.name, source.limits.archive)
    patterns = _patterns(source) if source.data[:2] == b"PK" else {}
    for sheet in book.sheets:
        if sheet.is_hidden:
            builder.unread.append(f"工作表“{sheet.name}”是隐藏的，没有检查")
            continue
        builder.table(_grid(sheet, patterns), sheet=sheet.name, title=sheet.name)
    return builder.finish()


def _patterns(source: Source) -> dict[str, _Pattern]:
    """By number of a cell's style; formats that print otherwise (dates, 常规, fractions) are not in it."""
    archive = Archive(source.data, source.name, source.limits.archive)
    if "xl/styles.xml" not in archive.names:
        return {}
    root = references.parse_xml(archive.read("xl/styles.xml").decode("utf-8-sig", "replace"))
    codes = dict(_BUILT_IN)
    for item in root.iter("{*}numFmt"):
        codes[_number(item.get("numFmtId"))] = item.get("formatCode") or ""
    found = {}
    used = root.find("{*}cellXfs")
    for at, item in enumerate(used if used is not None else ()):
        pattern = _pattern(codes.get(_number(item.get("numFmtId")), ""))
        if pattern is not None:
            found[str(at)] = pattern
    return found


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else -1


def _pattern(code: str) -> _Pattern | None:
    found = _PATTERN.fullmatch(_NOISE.sub("", code.split(";")[0]))
    if not found or "0" not in code or found[1].endswith(","):
        return None
    return _Pattern(found[2].count("0") if found[2] else 0, "," in found[1], bool(found[3]))


def _grid(sheet: Worksheet, patterns: dict[str, _Pattern]) -> list[GridCell]:
    spans = {}
    for first, last in sheet.merges:
        (left, top), (right, bottom) = references.split(first), references.split(last)
        width = references.column_number(right) - references.column_number(left) + 1
        spans[first] = (bottom - top + 1, width)
    covered = sheet.merged_into
    grid = []
    for ref, text, kind, _ in sheet.filled():
        if covered and covered.get(ref, ref) != ref:
            continue
        if kind in ("number", "percent") and (pattern := patterns.get(sheet.raw[ref][1])):
            text = _shown(text, pattern)
        if text := wording.tidy(text).replace("\t", " "):
            column, row = references.split(ref)
            at = references.column_number(column) - 1
            grid.append(GridCell(row - 1, at, text, *spans.get(ref, (1, 1))))
    return grid


def _shown(text: str, pattern: _Pattern) -> str:
    """A number as its format prints it: 8.126 by 0.00 is 8.13."""
    is_share = text.endswith("%")
    if len(text) > _LONGEST:
        return text
    with localcontext(prec=2 * _LONGEST):
        try:
            value = Decimal(text.rstrip("%"))
            if pattern.is_percent and not is_share:
                value *= 100
            value = value.quantize(Decimal(1).scaleb(-pattern.places), ROUND_HALF_UP)
        except InvalidOperation:
            return text
    value = value or abs(value)  # no -0.00
    return format(value, ",f" if pattern.has_commas else "f") + ("%" if pattern.is_percent else "")
