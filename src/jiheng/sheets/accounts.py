"""A table of the accounts as a frozen record: 三公, transfers, debt, budget and final-account tables.

Which rows and columns a kind has is data (`accounts/tables/*.yaml`); the record carries them with it, so that
a stored table can be read without that data, years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from jiheng.sheets.vocabulary import (
    NOT_REPORTED,
    Amount,
    Missing,
    MissingReason,
    Quantity,
    plain,
)

WAN_YUAN = "万元"
Entered = Amount | Quantity | Missing  # one cell: money, a count, or nothing (with its reason)


@dataclass(frozen=True, slots=True)
class AccountColumn:
    """A column: “决算数”. `unit` is empty where it is the table's own."""

    key: str
    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A row and its cells, one a column. `code` is a 科目编码; `unit` overrides that of the column (人, 辆).

    `is_open`: the row was added by a person, or by the ledger, and is not one of the kind's own.
    `reason` says why the figure moved against last year, or departs from another table.
    """

    key: str
    label: str
    cells: tuple[Entered, ...]
    code: str = ""
    depth: int = 0
    side: str = ""  # 收入 or 支出, of a table of two sides
    unit: str = ""
    is_total: bool = False
    is_open: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AccountTable:
    """One table of one region (`unit_code` empty) or unit and fiscal year. Amounts are in `unit` (万元)."""

    kind: str
    title: str
    region: str
    fiscal_year: int
    columns: tuple[AccountColumn, ...]
    rows: tuple[AccountRow, ...]
    unit_code: str = ""
    unit_name: str = ""
    unit: str = WAN_YUAN

    def row(self, key: str) -> AccountRow | None:
        """The row of that key."""
        return next((row for row in self.rows if row.key == key), None)

    def place(self, column: str) -> int:
        """Where a column stands. Raises KeyError."""
        for place, found in enumerate(self.columns):
            if found.key == column:
                return place
        raise KeyError(column)

    def cell(self, row: str, column: str) -> Entered:
        """A cell; Missing where the table has no such row. Raises KeyError for a column it does not have."""
        found, place = self.row(row), self.place(column)
        return found.cells[place] if found is not None else NOT_REPORTED

    def unit_of(self, row: AccountRow, column: AccountColumn) -> str:
        """In what a cell is counted: 万元, 人, 辆 …"""
        return row.unit or column.unit or self.unit

    def cells(self) -> Iterator[tuple[AccountRow, AccountColumn, Entered]]:
        """Every cell, row by row."""
        for row in self.rows:
            yield from ((row, column, cell) for column, cell in zip(self.columns, row.cells, strict=True))

    def with_cells(self, changes: Mapping[tuple[str, str], Entered]) -> AccountTable:
        """The table with other cells at (row key, column key)."""
        if not changes:
            return self
        keys = [column.key for column in self.columns]
        rows = []
        for row in self.rows:
            cells = tuple(
                changes.get((row.key, key), cell) for key, cell in zip(keys, row.cells, strict=True)
            )
            rows.append(row if cells == row.cells else replace(row, cells=cells))
        return replace(self, rows=tuple(rows))

    def with_row(self, row: AccountRow, before: str = "") -> AccountTable:
        """The table with one more row, before the row of a key or at the end."""
        keys = [found.key for found in self.rows]
        place = keys.index(before) if before in keys else len(keys)
        return replace(self, rows=(*self.rows[:place], row, *self.rows[place:]))


def is_money(unit: str) -> bool:
    """Whether cells in this unit are amounts."""
    return unit.endswith("元")


def figure_of(cell: Entered) -> Decimal | None:
    """Yuan or the plain number; None where nothing is there."""
    if isinstance(cell, Missing):
        return None
    return cell.yuan if isinstance(cell, Amount) else cell.value


def text_of_cell(cell: Entered) -> str:
    """As its input holds it: the typed text, what could not be read, a dash for 不适用, else nothing."""
    if isinstance(cell, Missing):
        return cell.note or ("—" if cell.reason is MissingReason.NOT_APPLICABLE else "")
    return str(cell)


# ── as JSON ───────────────────────────────────────────────────────────────────────────────────────────


def account_json(table: AccountTable) -> dict[str, Any]:
    """The table as plain JSON data; decimals are strings, what is at its default is left out."""
    return {
        "kind": table.kind,
        "title": table.title,
        "region": table.region,
        "fiscal_year": table.fiscal_year,
        "unit_code": table.unit_code,
        "unit_name": table.unit_name,
        "unit": table.unit,
        "columns": [[column.key, column.label, column.unit] for column in table.columns],
        "rows": [_row_json(row) for row in table.rows],
    }


def _row_json(row: AccountRow) -> dict[str, Any]:
    found: dict[str, Any] = {"key": row.key, "label": row.label, "cells": list(map(_cell_json, row.cells))}
    more = {
        "code": row.code,
        "depth": row.depth,
        "side": row.side,
        "unit": row.unit,
        "is_total": row.is_total,
        "is_open": row.is_open,
        "reason": row.reason,
    }
    return found | {name: value for name, value in more.items() if value}


def _cell_json(cell: Entered) -> list[str] | None:
    if isinstance(cell, Missing):
        return None if cell == NOT_REPORTED else ["missing", cell.reason.value, cell.note]
    if isinstance(cell, Amount):
        return ["yuan", plain(cell.yuan), cell.typed]
    return ["value", plain(cell.value), cell.typed]


def account_from_json(data: Mapping[str, Any]) -> AccountTable:
    """The table back from `account_json`'s data. Raises KeyError or ValueError when it is no such table."""
    return AccountTable(
        kind=data["kind"],
        title=data["title"],
        region=data["region"],
        fiscal_year=data["fiscal_year"],
        unit_code=data["unit_code"],
        unit_name=data["unit_name"],
        unit=data["unit"],
        columns=tuple(AccountColumn(*column) for column in data["columns"]),
        rows=tuple(
            AccountRow(**{**row, "cells": tuple(_cell_of(cell) for cell in row["cells"])})
            for row in data["rows"]
        ),
    )


def _cell_of(data: list[str] | None) -> Entered:
    if data is None:
        return NOT_REPORTED
    sort, value, typed = data
    if sort == "missing":
        return Missing(MissingReason(value), typed)
    if sort == "yuan":
        return Amount(Decimal(value), typed)
    return Quantity(Decimal(value), typed)
