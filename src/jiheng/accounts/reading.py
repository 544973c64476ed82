"""Tables of the accounts in a file: found by title, rows and columns by name, never by number or place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from jiheng.accounts import subjects
from jiheng.accounts.entering import entered, ordered
from jiheng.accounts.kinds import Kind, folded, kinds
from jiheng.claims.grid import Column, ColumnKind, Grid, Panel, Row, grids
from jiheng.claims.report import Operand
from jiheng.documents import reading
from jiheng.sheets import WAN, AccountRow, AccountTable, Amount, Entered, Missing, is_money, plain

SIDES = ("收入", "支出")


@dataclass(frozen=True, slots=True)
class Recognised:
    """One table of a file: the cells by (row, column), rows to add, what was passed over, what is wrong."""

    kind: str
    title: str
    cells: dict[tuple[str, str], Entered] = field(default_factory=dict)
    added: dict[str, AccountRow] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def recognise(data: bytes, name: str) -> list[Recognised]:
    """Every table of a document that is one of ours. Raises `documents.archive.DocumentError`."""
    found = []
    for grid in grids(reading.read(data, name)):
        for kind in kinds().values():
            if kind.fits(grid.title):
                found.append(_read(kind, grid))
                break
    return found


def laid_over(table: AccountTable, read: Recognised) -> AccountTable:
    """The table with what was read in it: its added rows replace those there were."""
    kind = kinds()[table.kind]
    if read.added:
        fixed = [row for row in table.rows if not row.is_open]
        reasons = {row.key: row.reason for row in table.rows}
        added = [replace(row, reason=reasons.get(key, "")) for key, row in read.added.items()]
        table = replace(table, rows=ordered(kind, fixed, added))
    return table.with_cells(read.cells)


def _read(kind: Kind, grid: Grid) -> Recognised:
    found = Recognised(kind.name, grid.title)
    if not grid.unit and not any(column.unit for panel in grid.panels for column in panel.columns):
        found.problems.append(f"《{grid.title}》没有写金额单位（元、万元），请在表上补写“单位：万元”")
        return found
    for number, panel in enumerate(grid.panels):
        side = SIDES[number] if len(grid.panels) == 2 and number < 2 else ""
        if kind.is_sideways and _is_sideways(kind, panel):
            _take_sideways(kind, panel, found)
        else:
            _take_rows(kind, panel, side, found)
    if not found.cells:
        found.problems.append(f"《{grid.title}》里没有认出一个数：行名或列名与本表对不上")
    return found


# ── rows are rows ─────────────────────────────────────────────────────────────────────────────────────


def _take_rows(kind: Kind, panel: Panel, side: str, found: Recognised) -> None:
    columns = dict(_columns(kind, panel))
    if not columns:
        headers = "、".join(column.name for column in panel.columns if column.kind is ColumnKind.AMOUNT)
        found.problems.append(f"《{found.title}》的列“{headers}”都不是本表的列")
        return
    seen: dict[str, int] = {}
    for row in panel.rows:
        if not row.figures:
            continue
        if _also(kind, row, side, seen, found):
            continue
        key = _row_key(kind, row, side) or _added(kind, row, side, found)
        if not key:
            found.passed_over.append(row.typed or row.label)
            continue
        for column, ours in columns.items():
            if column.index in row.figures and (key, ours) not in found.cells:
                found.cells[key, ours] = _cell(kind, key, row.figures[column.index])


def _columns(kind: Kind, panel: Panel) -> Iterator[tuple[Column, str]]:
    amounts = [column for column in panel.columns if column.kind is ColumnKind.AMOUNT]
    taken: set[int] = set()
    for key, pattern in kind.column_patterns.items():
        for column in amounts:
            if column.index not in taken and pattern.fullmatch(folded(column.name)):
                taken.add(column.index)
                yield column, key
                break
        else:
            if len(amounts) == 1 and len(kind.column_patterns) == 1:
                yield amounts[0], key


def _row_key(kind: Kind, row: Row, side: str) -> str:
    label = folded(row.label)
    for ours in kind.rows:
        if side and ours.side and ours.side != side:
            continue
        if ours.code and ours.code == row.code:
            return ours.key
        if kind.row_patterns[ours.key].fullmatch(label):
            return ours.key
    return ""


def _also(kind: Kind, row: Row, side: str, seen: dict[str, int], found: Recognised) -> bool:
    """A printed row that is a single cell of ours (T4's left side)."""
    for also in kind.also:
        if also.side != side or not also.pattern.fullmatch(folded(row.label)):
            continue
        name = f"{also.pattern.pattern}{also.nth}"
        if also.nth <= seen.get(also.pattern.pattern, 0) or name in seen:
            continue
        seen[also.pattern.pattern] = also.nth
        seen[name] = 1
        figures = list(row.figures.values())
        if len(figures) == 1:
            found.cells[also.row, also.column] = _cell(kind, also.row, figures[0])
        return True
    return False


def _added(kind: Kind, row: Row, side: str, found: Recognised) -> str:
    """The key of a row that is added; "" where this kind has none there, or the row has no name."""
    if kind.open_code is None or (side and kind.open_side and side != kind.open_side):
        return ""
    label = row.label
    code = row.code or (subjects.code_of(kind.open_code, folded(label)) if kind.open_code else "")
    if not label and not code:
        return ""
    if kind.open_code and not code:
        return ""
    made = kind.open_row(label or subjects.name_of(kind.open_code, code), code, len(found.added) + 1)
    found.added.setdefault(made.key, made)
    return made.key


def _cell(kind: Kind, key: str, figure: Operand) -> Entered:
    """In 万元 as typed if the file is in 万元; a count from its digits, whatever the table's unit."""
    unit = next((row.unit for row in kind.rows if row.key == key), "")
    if unit and not is_money(unit):
        return entered(re.sub(r"[,\s]", "", figure.text), unit)
    typed = plain(figure.value / WAN) if figure.half else ""
    if figure.unit == "万元":
        typed = re.sub(r"[,\s]", "", figure.text)
        typed = typed if re.fullmatch(r"-?\d+(\.\d+)?", typed) else plain(figure.value / WAN)
    return Amount(figure.value, typed)


# ── rows are columns: the official T7 ─────────────────────────────────────────────────────────────────


def _is_sideways(kind: Kind, panel: Panel) -> bool:
    amounts = [column for column in panel.columns if column.kind is ColumnKind.AMOUNT]
    named = sum(1 for column in amounts if column.path and _item(kind, column))
    return named >= 3


def _item(kind: Kind, column: Column) -> str:
    """The row that a column stands for, by the lowest header that is one of its names."""
    for name in reversed(column.path):
        label = folded(name)
        for key, pattern in kind.row_patterns.items():
            if pattern.fullmatch(label):
                return key
        if label == "小计":
            continue
    return ""


def _take_sideways(kind: Kind, panel: Panel, found: Recognised) -> None:
    rows = [row for row in panel.rows if row.figures]
    row = next((one for one in rows if one.is_total), rows[0] if rows else None)
    if row is None:
        return
    for column in panel.columns:
        figure = row.figures.get(column.index)
        if figure is None or not column.path:
            continue
        item = _item(kind, column)
        header = folded("".join(column.path))
        ours = next((key for key, p in kind.column_patterns.items() if p.fullmatch(header)), "")
        if item and ours:
            found.cells.setdefault((item, ours), _cell(kind, item, figure))
        elif not isinstance(figure, Missing):
            found.passed_over.append("".join(column.path))
