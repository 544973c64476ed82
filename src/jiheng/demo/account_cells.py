"""Cells of the example district's tables: as somebody would have typed them, with reasons where asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from jiheng.accounts.checking import policy_of, said_of
from jiheng.accounts.comparing import REASON
from jiheng.accounts.entering import entered
from jiheng.accounts.kinds import kinds
from jiheng.demo.three_public import figures
from jiheng.sheets import AccountTable, Amount, plain

ZERO = Decimal(0)
Cells = dict[tuple[str, str], Any]


def printed(table: AccountTable) -> AccountTable:
    """The amounts as somebody would have typed them: in 万元, as many decimals as it takes, two at least."""
    changes: Cells = {}
    for row, column, cell in table.cells():
        if isinstance(cell, Amount) and not cell.typed:
            text = plain(cell.in_wan)
            whole, _, point = text.partition(".")
            changes[row.key, column.key] = Amount(cell.yuan, f"{whole}.{point:0<2}")
    return table.with_cells(changes)


def explained(table: AccountTable) -> AccountTable:
    """A reason wherever the policy asks for one: the district's own words, else what the figures say."""
    given = figures()["reasons"].get(table.kind, {})
    rows = tuple(replace(row, reason=given.get(row.key, row.reason)) for row in table.rows)
    if table.unit_code:
        rows = table.rows
    table = replace(table, rows=rows)
    kind = kinds()[table.kind]
    said = said_of(kind, {table.kind: table}, policy_of(table.region, table.fiscal_year))
    asked = {one.field.partition("[")[2].partition("]")[0] for one in said.findings if one.code == REASON}
    rows = tuple(
        replace(row, reason="按年初批准的计划和实际需要安排，随业务量变化。") if row.key in asked else row
        for row in table.rows
    )
    return replace(table, rows=rows)


def yuan(table: AccountTable, row: str, column: str) -> Decimal:
    """The amount of a cell, 0 where there is none."""
    cell = table.cell(row, column)
    return cell.yuan if isinstance(cell, Amount) else ZERO


def typed_cells(rows: Mapping[str, Mapping[str, Any]]) -> Cells:
    """Figures of a data file as if they were typed: {row: {column: figure}} in 万元."""
    return {
        (row, column): entered(str(figure), "万元")
        for row, columns in rows.items()
        for column, figure in columns.items()
    }
