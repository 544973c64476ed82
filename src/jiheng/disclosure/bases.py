"""The tables that an explanation speaks of: this year's and last year's, and what is not yet closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from jiheng.accounts.kinds import kinds
from jiheng.accounts.models import Statement, StatementState
from jiheng.sheets import AccountTable, Amount, Missing
from jiheng.units.models import Region, Unit
from jiheng.wording import Whose

# what must be there and closed before anything is published
REGION_KINDS = ("three_public", "transfers", "debt", "new_bonds")
UNIT_KINDS = ("t1", "t2", "t3", "t4", "t5", "t6", "three_public", "operations")
MAY_BE_ABSENT = ("t8", "t9", "procurement")


@dataclass(frozen=True, slots=True)
class Basis:
    """Tables by kind: all there are of the year (`tables`), of which `closed` are; last year's (`prior`)."""

    region: Region
    unit: Unit | None
    whose: Whose
    tables: Mapping[str, AccountTable]
    prior: Mapping[str, AccountTable]
    closed: frozenset[str]

    @property
    def open_tables(self) -> tuple[str, ...]:
        """What still has to be drawn up or closed, one Chinese sentence each."""
        wanted = UNIT_KINDS if self.unit is not None else REGION_KINDS
        there = [kind for kind in MAY_BE_ABSENT if self.unit is not None and kind in self.tables]
        return tuple(
            f"《{kinds()[kind].title}》{'还没有定稿' if kind in self.tables else '还没有编制'}"
            for kind in (*wanted, *there)
            if kind not in self.closed
        )

    @property
    def published_tables(self) -> tuple[AccountTable, ...]:
        """The closed tables, in the order of the kinds: what goes out with the explanation."""
        return tuple(self.tables[kind] for kind in kinds() if kind in self.closed)


def basis_of(region: Region, unit: Unit | None, year: int) -> Basis:
    """Of the region (unit None) or a unit. One query."""
    if unit is not None:
        return bases_of(region, [unit], year)[unit.pk]
    rows = Statement.objects.filter(region=region, unit__isnull=True)
    return _basis(region, None, year, rows.filter(fiscal_year__in=(year, year - 1)))


def bases_of(region: Region, units: Iterable[Unit], year: int) -> dict[int, Basis]:
    """Of many units by id. One query."""
    chosen = list(units)
    rows = Statement.objects.filter(region=region, unit__in=chosen, fiscal_year__in=(year, year - 1))
    found: dict[int, list[Statement]] = {unit.pk: [] for unit in chosen}
    for row in rows:
        found[row.unit_id or 0].append(row)
    return {unit.pk: _basis(region, unit, year, found[unit.pk]) for unit in chosen}


def _basis(region: Region, unit: Unit | None, year: int, rows: Iterable[Statement]) -> Basis:
    tables, prior, closed = {}, {}, set()
    for row in rows:
        if row.fiscal_year == year:
            tables[row.kind] = _none_as_zero(row.as_table())
            if row.state == StatementState.CLOSED:
                closed.add(row.kind)
        else:
            prior[row.kind] = row.as_table()
    whose = Whose(unit.name if unit is not None else region.name, year)
    return Basis(region, unit, whose, tables, prior, frozenset(closed))


def _none_as_zero(table: AccountTable) -> AccountTable:
    """An official table that may be empty, and is, says that there was none: its totals are 0."""
    kind = kinds().get(table.kind)
    is_empty = all(isinstance(cell, Missing) and not cell.note for _, _, cell in table.cells())
    if kind is None or not kind.may_be_empty or not is_empty:
        return table
    zeros = {("total", column.key): Amount(Decimal(0)) for column in table.columns}
    return table.with_cells(dict(zeros))
