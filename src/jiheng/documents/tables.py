"""Tables by column specification: reading with every bad cell named, templates for bulk import, exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jiheng.documents.archive import LIMITS, DocumentError, Limits
from jiheng.documents.columns import Column, ColumnKind, value_of, without_control
from jiheng.documents.matching import folded
from jiheng.documents.tableout import template, write
from jiheng.documents.workbook import Cell, Workbook, Worksheet, open_workbook
from jiheng.sheets import Place

__all__ = ["BadCell", "Column", "ColumnKind", "Row", "TableRead", "read", "template", "write"]

HEADER_ROWS = 15  # a title and notes may stand above the header
MOST_BAD = 500


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that cannot be taken: row from 1 and column as the user sees them, and why."""

    row: int
    column: str
    letter: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"第 {self.row} 行" if self.row else "表头"
        cell = f"（{self.letter}{self.row}）" if self.row and self.letter else ""
        said = f"“{self.value}”：" if self.value else ""
        return f"{where}“{self.column}”{cell}{said}{self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data; an empty cell that is not required is None. Money is Decimal yuan."""

    number: int
    values: dict[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class TableRead:
    """Good rows, and bad cells up to a cap (`bad_count` counts all); a row with a bad cell is no good row."""

    rows: list[Row]
    bad: list[BadCell]
    bad_count: int = 0
    row_count: int = 0
    letters: Mapping[str, str] = field(default_factory=dict)  # column name → letter
    notes: Sequence[str] = ()  # of the whole file: to be read, but hindering nothing


@dataclass(frozen=True, slots=True)
class _Header:
    row: int
    letters: dict[str, str]  # column name → letter


def read(data: bytes, name: str, columns: Sequence[Column], limits: Limits = LIMITS) -> TableRead:
    """The rows of an xlsx, xls or CSV table, columns matched by title.

    Raises DocumentError if the file cannot be read or holds no such header; bad cells are listed, not raised.
    """
    sheet, header, problems = _find(open_workbook(data, name, limits), columns)
    if problems:
        return TableRead([], problems, len(problems), 0)
    found = TableRead([], [])
    bad_count = row_count = 0
    for number in sorted(sheet.rows):
        if number <= header.row:
            continue
        cells = {
            column.name: sheet.cell(f"{header.letters[column.name]}{number}")
            for column in columns
            if column.name in header.letters
        }
        if not any(cell.text.strip() for cell in cells.values()):
            continue
        row_count += 1
        values, bad = _row(number, cells, columns, sheet)
        bad_count += len(bad)
        found.bad.extend(bad[: max(0, MOST_BAD - len(found.bad))])
        if not bad:
            found.rows.append(Row(number, values, Place(name, sheet.name, number)))
    if not row_count:
        raise DocumentError(f"文件“{name}”的工作表“{sheet.name}”只有表头，没有数据，请填写后再传")
    return TableRead(found.rows, found.bad, bad_count, row_count, header.letters)


def _find(book: Workbook, columns: Sequence[Column]) -> tuple[Worksheet, _Header, list[BadCell]]:
    best: tuple[int, Worksheet, _Header, list[str]] | None = None
    wanted = {
        folded(word): column.name
        for column in columns
        for word in (column.title, column.heading, *column.aliases)
    }
    for sheet in book.visible:
        for number in sorted(sheet.rows)[:HEADER_ROWS]:
            letters: dict[str, str] = {}
            twice = []
            for letter in sheet.rows[number]:
                known = wanted.get(folded(sheet.text(f"{letter}{number}").strip().strip("*＊")))
                if known in letters:
                    twice.append(known)
                elif known:
                    letters[known] = letter
            if best is None or len(letters) > best[0]:
                best = (len(letters), sheet, _Header(number, letters), twice)
    if best is None or best[0] == 0:
        titles = "、".join(column.title for column in columns)
        raise DocumentError(
            f"文件“{book.name}”里没有找到表头（应有：{titles}）：请下载模板，保留表头一行后再传"
        )
    _, sheet, header, twice = best
    return sheet, header, _header_problems(columns, header, twice)


def _header_problems(columns: Sequence[Column], header: _Header, twice: list[str]) -> list[BadCell]:
    bad = []
    for column in columns:
        if column.name in twice:
            letter = header.letters[column.name]
            bad.append(BadCell(header.row, column.title, letter, "", "这一列出现了两次，请只留一列"))
        elif column.required and column.name not in header.letters:
            bad.append(BadCell(header.row, column.title, "", "", "缺少这一列，请从模板补上表头"))
    return bad


def _row(
    number: int, cells: Mapping[str, Cell], columns: Sequence[Column], sheet: Worksheet
) -> tuple[dict[str, Any], list[BadCell]]:
    values: dict[str, Any] = {}
    bad = []
    for column in columns:
        cell = cells.get(column.name)
        values[column.name] = None
        if cell is None:
            continue
        try:
            owner = sheet.merged_into.get(cell.ref, cell.ref) if sheet.merges else cell.ref
            if owner != cell.ref:
                raise ValueError(f"这一格被并进了 {owner}，请取消合并，逐行填写")
            values[column.name] = value_of(column, cell)
        except ValueError as error:
            letter, value = cell.ref.rstrip("0123456789"), without_control(cell.text.strip()[:60])
            bad.append(BadCell(number, column.title, letter, value, str(error)))
    return values, bad
