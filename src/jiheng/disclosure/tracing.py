"""Where a printed figure comes from: the cell of the accounts, the payments behind it as of a day, or a list.

A source is `whose/year/kind/row.column` (a cell), `performance/year/name` (a count of the year's work) or
`unit/year/results/name` (a unit's goals and score).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from jiheng.accounts import access as accounts
from jiheng.accounts import ledger
from jiheng.accounts.kinds import Kind, kinds
from jiheng.accounts.models import Statement
from jiheng.disclosure.models import Disclosure
from jiheng.disclosure.yearly import SOURCES, Listed
from jiheng.ledger.executed import entries
from jiheng.ledger.models import Entry
from jiheng.sheets import AccountRow, AccountTable, Entered
from jiheng.units.models import Person

RESULTS = {
    "goals": Listed("已批复绩效目标的项目数", "goals"),
    "goals_amount": Listed("已批复绩效目标的项目预算", "goals"),
    "self_score": Listed("部门整体支出自评得分", "evaluation"),
}


@dataclass(frozen=True, slots=True)
class Behind:
    """The payments that a cell sums, as of the day: how many and how much."""

    source: str
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Origin:
    """One source of a figure. `cell` is the account's own, as it stood on the day; `statement` the table that
    the person may open; `listed` the page of a count."""

    source: str
    label: str
    unit: str = ""
    cell: Entered | None = None
    statement: int | None = None
    field: str = ""
    behind: Behind | None = None
    listed: Listed | None = None
    year: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """Whose figures are traced, as of when; `tables` are those of that day, by kind."""

    person: Person
    disclosure: Disclosure
    tables: Sequence[AccountTable]
    until: datetime | None = None  # None: now


def origin(look: Look, source: str) -> Origin:
    """What stands behind one source id; one of no known shape is named as it is."""
    parts = source.split("/")
    year = int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0
    if parts[0] == "performance" and len(parts) == 3:
        name, _, number = parts[2].partition(".")
        found = SOURCES.get(name)
        if found is not None:
            label = f"{found.label}第{number}项" if number else found.label
            return Origin(source, label, listed=found if found.url_name else None, year=year)
    if len(parts) == 4 and parts[2] == "results" and parts[3] in RESULTS:
        return Origin(source, RESULTS[parts[3]].label, listed=RESULTS[parts[3]], year=year)
    if len(parts) == 4 and parts[2] in kinds():
        return _cell(look, source, year, parts[2], parts[3])
    return Origin(source, source)


def _cell(look: Look, source: str, year: int, name: str, place: str) -> Origin:
    kind = kinds()[name]
    row_key, _, column_key = place.rpartition(".")
    table = _table(look, year, name)
    row = table.row(row_key) if table is not None else None
    if table is None or row is None:
        return Origin(source, f"《{kind.title}》", year=year)
    column = table.columns[table.place(column_key)]
    whose = look.disclosure
    rows = accounts.visible(look.person).filter(region=whose.region_id, fiscal_year=year, kind=name)
    stored = rows.filter(unit=whose.unit_id) if whose.unit_id else rows.filter(unit__isnull=True)
    return Origin(
        source,
        f"《{table.title}》{row.label}·{column.label}",
        unit=table.unit_of(row, column),
        cell=row.cells[table.place(column_key)],
        statement=stored.values_list("pk", flat=True).first(),
        field=f"rows[{row_key}].{column_key}",
        behind=_behind(look, source, kind, row, column_key),
        year=year,
    )


def _table(look: Look, year: int, name: str) -> AccountTable | None:
    whose = look.disclosure
    if year == whose.fiscal_year:
        here = next((table for table in look.tables if table.kind == name), None)
        if here is not None:
            return here
    rows = Statement.objects.filter(region=whose.region_id, fiscal_year=year, kind=name)
    rows = rows.filter(unit=whose.unit_id) if whose.unit_id else rows.filter(unit__isnull=True)
    found = rows.first()
    return found.as_table() if found is not None else None


def _behind(look: Look, source: str, kind: Kind, row: AccountRow, column: str) -> Behind | None:
    found = _payments(look, kind, row, column)
    if found is None:
        return None
    told = found.aggregate(count=Count("pk"), amount=Sum("amount"))
    if not told["count"]:
        return None
    return Behind(source, told["count"], told["amount"])


def payments(look: Look, source: str) -> QuerySet[Entry] | None:
    """The payments behind a cell as of the day, oldest first; None where it sums none."""
    parts = source.split("/")
    if len(parts) != 4 or parts[2] not in kinds() or parts[1] != str(look.disclosure.fiscal_year):
        return None
    kind = kinds()[parts[2]]
    row_key, _, column = parts[3].rpartition(".")
    table = _table(look, look.disclosure.fiscal_year, kind.name)
    row = table.row(row_key) if table is not None else None
    found = _payments(look, kind, row, column) if row is not None else None
    return found.select_related("unit", "fund").order_by("dated", "pk") if found is not None else None


def _payments(look: Look, kind: Kind, row: AccountRow, column: str) -> QuerySet[Entry] | None:
    summed = kind.ledger
    if summed is None or (column not in summed.columns and column != summed.sum):
        return None
    asked = _asked(kind, row)
    if asked is None:
        return None
    whose = look.disclosure
    found = entries(whose.region, whose.fiscal_year).filter(asked)
    if whose.unit_id is not None:
        found = found.filter(unit=whose.unit_id)
    if summed.fund_types:
        found = found.filter(fund_type__in=summed.fund_types)
    what = summed.columns.get(column, "all")
    if what in ("basic", "project"):
        found = found.filter(fund__isnull=what == "basic")
    # what arrived after the day was not in the figure
    return found.filter(batch__published_at__lte=look.until) if look.until is not None else found


def _asked(kind: Kind, row: AccountRow) -> Q | None:
    """Which payments a row sums; of totals, those of their parts. None for a row that sums none."""
    field, codes = ledger.behind(kind, row)
    if codes:
        return _beginning(field, codes)
    summed = kind.ledger
    if summed is None:
        return None
    if summed.by == "rows":
        parts = {"total": set(kind.economic), "cars": {"cars_bought", "cars_run"}}.get(row.key, set())
        return _beginning("economic_code", [code for key in sorted(parts) for code in kind.economic[key]])
    if row.key in summed.sums:
        return _beginning(f"{summed.by}_code", summed.sums[row.key])
    if summed.rest and row.key == summed.rest[0]:
        part = _beginning(f"{summed.by}_code", summed.sums.get(summed.rest[2], ()))
        return None if part is None else ~part
    return Q() if row.key == "total" else None


def _beginning(field: str, codes: Sequence[str]) -> Q | None:
    asked = Q()
    for code in codes:
        asked |= Q(**{f"{field}__startswith": code})
    return asked if codes else None
