"""A table summed up from the payment ledger, as far as its entries carry the classes; every sum is exact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import BooleanField, ExpressionWrapper, Q, Sum

from jiheng.accounts import subjects
from jiheng.accounts.entering import ordered
from jiheng.accounts.kinds import Kind, Ledger, kinds
from jiheng.accounts.models import Statement
from jiheng.accounts.outcomes import NotKept
from jiheng.ledger.executed import entries
from jiheng.rules.relations import LEVELS
from jiheng.sheets import AccountRow, AccountTable, Amount
from jiheng.units.models import Region, Unit

ZERO = Decimal(0)
IS_BASIC = ExpressionWrapper(Q(fund__isnull=True), output_field=BooleanField())


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid under one pair of classes: 基本支出 names no fund."""

    function: str
    economic: str
    fund_type: str
    is_basic: bool
    amount: Decimal


def paid(region: Region, fiscal_year: int, unit: Unit | None = None) -> list[Paid]:
    """All published entries of the year, by their classes. One query."""
    found = entries(region, fiscal_year)
    if unit is not None:
        found = found.filter(unit=unit)
    keys = ("function_code", "economic_code", "fund_type", "is_basic")
    return [
        Paid(*row)
        for row in found.annotate(is_basic=IS_BASIC).order_by().values_list(*keys).annotate(Sum("amount"))
    ]


def paid_by_unit(region: Region, fiscal_year: int) -> dict[int, list[Paid]]:
    """The same of every unit of the region, none left out. Two queries."""
    keys = ("unit_id", "function_code", "economic_code", "fund_type", "is_basic")
    by_unit: dict[int, list[Paid]] = {
        pk: [] for pk in Unit.objects.filter(region=region).values_list("pk", flat=True)
    }
    for unit, *row in (
        entries(region, fiscal_year)
        .annotate(is_basic=IS_BASIC)
        .order_by()
        .values_list(*keys)
        .annotate(Sum("amount"))
    ):
        by_unit[unit].append(Paid(*row))
    return by_unit


def summed(statement: Statement, table: AccountTable) -> AccountTable:
    """The table with the ledger's figures in it. Raises NotKept where the ledger has nothing to say."""
    kind = kinds()[statement.kind]
    if kind.ledger is None:
        raise NotKept(f"“{kind.title}”不能从支付台账汇总，请填写或导入", statement)
    found = paid(statement.region, statement.fiscal_year, statement.unit)
    if not found:
        words = f"{statement.fiscal_year}年还没有拉取支付数据，不能汇总"
        raise NotKept(words, statement)
    return fill(kind, table, found)


def fill(kind: Kind, table: AccountTable, found: Iterable[Paid]) -> AccountTable:
    """The same of entries already at hand. Raises AssertionError for a kind without `ledger`."""
    source = kind.ledger
    assert source is not None
    chosen = [one for one in found if not source.fund_types or one.fund_type in source.fund_types]
    if source.by == "rows":
        return _by_rows(kind, table, source, chosen)
    return _by_codes(kind, table, source, chosen)


def behind(kind: Kind, row: AccountRow) -> tuple[str, tuple[str, ...]]:
    """Which entries a row sums: the field of `ledger.Entry` and the beginnings of its codes."""
    if row.key in kind.economic:
        return "economic_code", kind.economic[row.key]
    if row.code and kind.ledger is not None and kind.ledger.by in ("function", "economic"):
        return f"{kind.ledger.by}_code", (row.code,)
    return "", ()


def _counts(one: Paid, what: str) -> bool:
    return what == "all" or one.is_basic == (what == "basic")


def _by_rows(kind: Kind, table: AccountTable, source: Ledger, chosen: Sequence[Paid]) -> AccountTable:
    changes: dict[tuple[str, str], Amount] = {}
    for column, what in source.columns.items():
        sums = {
            key: sum((p.amount for p in chosen if p.economic in codes and _counts(p, what)), ZERO)
            for key, codes in kind.economic.items()
        }
        sums["cars"] = sums["cars_bought"] + sums["cars_run"]
        sums["total"] = sums["abroad"] + sums["cars"] + sums["reception"]
        changes |= {(key, column): Amount(value) for key, value in sums.items()}
    return table.with_cells(dict(changes))


def _by_codes(kind: Kind, table: AccountTable, source: Ledger, chosen: Sequence[Paid]) -> AccountTable:
    sums = _sums(source, chosen)
    places = {column.key: place for place, column in enumerate(table.columns)}
    fixed = {row.key: row for row in table.rows if not row.is_open}
    added = []
    for code, values in sums.items():
        if code == "total" or not any(values.values()):
            continue
        before = table.row(f"c{code}")
        row = kind.open_row(before.label if before else subjects.name_of(source.by, code), code)
        row = replace(row, cells=before.cells, reason=before.reason) if before else row
        added.append(_with(row, places, source, values))
    if "total" in fixed:
        fixed["total"] = _with(fixed["total"], places, source, sums["total"])
    column = next(iter(source.columns))
    for key, codes in source.sums.items():
        value = sum((values[column] for code, values in sums.items() if code in codes), ZERO)
        fixed[key] = _with(fixed[key], places, source, {column: value})
    if source.rest:
        target, whole, part = (fixed[key] for key in source.rest)
        value = _yuan(whole, places[column]) - _yuan(part, places[column])
        fixed[target.key] = _with(target, places, source, {column: value})
    return replace(table, rows=ordered(kind, list(fixed.values()), added))


def _sums(source: Ledger, chosen: Sequence[Paid]) -> dict[str, dict[str, Decimal]]:
    """By every level of the codes, and in all: column → yuan."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for one in chosen:
        code = one.function if source.by == "function" else one.economic
        for column, what in source.columns.items():
            if _counts(one, what):
                for length in LEVELS:
                    if length <= len(code):
                        sums[code[:length]][column] += one.amount
                sums["total"][column] += one.amount
    return sums


def _yuan(row: AccountRow, place: int) -> Decimal:
    cell = row.cells[place]
    return cell.yuan if isinstance(cell, Amount) else ZERO


def _with(row: AccountRow, places: dict[str, int], source: Ledger, values: dict[str, Decimal]) -> AccountRow:
    cells = list(row.cells)
    for column in source.columns:
        cells[places[column]] = Amount(values.get(column, ZERO))
    if source.sum:
        cells[places[source.sum]] = Amount(sum((values.get(name, ZERO) for name in source.columns), ZERO))
    return replace(row, cells=tuple(cells))
