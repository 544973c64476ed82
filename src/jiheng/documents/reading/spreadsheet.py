"""Workbooks: each sheet a table, read by the reader of hostile workbooks."""

from __future__ import annotations

from jiheng.documents import cells as references
from jiheng.documents.reading import wording
from jiheng.documents.reading.building import Builder, GridCell, Source
from jiheng.documents.workbook import Worksheet, open_workbook
from jiheng.sheets.document import Document


def read_workbook(source: Source) -> Document:
    """Rows and columns are those of the sheet, so a cell's place is its reference."""
    builder = Builder(source)
    for sheet in open_workbook(source.data, source.name, source.limits.archive).sheets:
        if sheet.is_hidden:
            builder.unread.append(f"工作表“{sheet.name}”是隐藏的，没有检查")
            continue
        builder.table(_grid(sheet), sheet=sheet.name, title=sheet.name)
    return builder.finish()


def _grid(sheet: Worksheet) -> list[GridCell]:
    spans = {}
    for first, last in sheet.merges:
        (left, top), (right, bottom) = references.split(first), references.split(last)
        width = references.column_number(right) - references.column_number(left) + 1
        spans[first] = (bottom - top + 1, width)
    covered = sheet.merged_into
    grid = []
    for ref, shown, _, _ in sheet.filled():
        if covered and covered.get(ref, ref) != ref:
            continue
        text = wording.tidy(shown).replace("\n", " ")
        if text:
            column, row = references.split(ref)
            at = references.column_number(column) - 1
            grid.append(GridCell(row - 1, at, text, *spans.get(ref, (1, 1))))
    return grid
