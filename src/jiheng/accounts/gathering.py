"""Which tables are looked at together: a unit's or the region's of one year, last year's, the units' sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from jiheng.accounts.kinds import book, kinds
from jiheng.accounts.models import Statement
from jiheng.sheets import (
    AccountRow,
    AccountTable,
    Amount,
    Entered,
    Missing,
    Quantity,
    account_from_json,
    is_money,
)

PRIOR, UNITS = "prior/", "units/"


def kinds_beside(kind: str) -> set[str]:
    """The tables (t2, prior/debt, units/t5 …) that some relation compares with this kind, itself included."""
    found = {kind}
    for relation in book().relations:
        names = {relation.total.table, *(part.table for part in relation.parts)}
        if kind in names:
            found |= names
    return found


def around(statement: Statement, table: AccountTable) -> dict[str, AccountTable]:
    """The table as it is now, with every stored one that it is compared with."""
    wanted = kinds_beside(statement.kind) - {statement.kind}
    return {statement.kind: table, **_stored(statement, wanted)}


def of_year(region: str, fiscal_year: int, unit: int | None = None) -> dict[str, AccountTable]:
    """All tables of the region (unit None) or a unit, with last year's and the units' sums."""
    names = {name for kind in kinds() for name in kinds_beside(kind)}
    owner = Statement(region_id=region, fiscal_year=fiscal_year, unit_id=unit, kind="")
    return _stored(owner, names)


def _stored(owner: Statement, names: set[str]) -> dict[str, AccountTable]:
    own = {name for name in names if "/" not in name}
    prior = {name.removeprefix(PRIOR) for name in names if name.startswith(PRIOR)}
    rows = Statement.objects.filter(region_id=owner.region_id)
    rows = rows.filter(unit__isnull=True) if owner.unit_id is None else rows.filter(unit_id=owner.unit_id)
    found: dict[str, AccountTable] = {}
    for kind, year, data in rows.filter(
        fiscal_year__in=(owner.fiscal_year, owner.fiscal_year - 1), kind__in=own | prior
    ).values_list("kind", "fiscal_year", "table"):
        if year == owner.fiscal_year and kind in own:
            found[kind] = account_from_json(data)
        elif year < owner.fiscal_year and kind in prior:
            last = account_from_json(data)
            found[PRIOR + kind] = replace(last, title=f"{year}年{last.title}")
    if owner.unit_id is None:
        for name in sorted(names):
            if name.startswith(UNITS):
                summed = of_units(owner.region_id, owner.fiscal_year, name.removeprefix(UNITS))
                if summed is not None:
                    found[name] = summed
    return found


def of_units(region: str, fiscal_year: int, kind: str) -> AccountTable | None:
    """The sum of all units' tables of one kind; None where there is none."""
    stored = Statement.objects.filter(
        region_id=region, fiscal_year=fiscal_year, kind=kind, unit__isnull=False
    ).values_list("table", flat=True)
    summed = added(account_from_json(data) for data in stored)
    if summed is None:
        return None
    return replace(summed, title=f"各单位合计的{summed.title}", unit_code="", unit_name="各单位合计")


def added(tables: Iterable[AccountTable]) -> AccountTable | None:
    """Tables of one kind added up row by row."""
    first: AccountTable | None = None
    rows: dict[str, AccountRow] = {}
    sums: dict[str, list[Decimal | None]] = {}
    for table in tables:
        first = first or table
        for row in table.rows:
            rows.setdefault(row.key, row)
            sum_of = sums.setdefault(row.key, [None] * len(table.columns))
            for place, cell in enumerate(row.cells):
                if not isinstance(cell, Missing):
                    here = cell.yuan if isinstance(cell, Amount) else cell.value
                    before = sum_of[place]
                    sum_of[place] = here if before is None else before + here
    if first is None:
        return None
    made = tuple(replace(row, reason="", cells=_cells(first, row, sums[key])) for key, row in rows.items())
    return replace(first, rows=made)


def _cells(table: AccountTable, row: AccountRow, sums: Iterable[Decimal | None]) -> tuple[Entered, ...]:
    return tuple(
        Missing()
        if value is None
        else Amount(value)
        if is_money(table.unit_of(row, column))
        else Quantity(value)
        for column, value in zip(table.columns, sums, strict=True)
    )


def named(tables: Mapping[str, AccountTable]) -> dict[str, AccountTable]:
    """Without last year's and the sums: the tables that a person can open."""
    return {name: table for name, table in tables.items() if "/" not in name}
