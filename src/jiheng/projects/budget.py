"""What was budgeted: the published budget lines of a fiscal year, added up by fund or by unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from jiheng.projects.access import ids_of
from jiheng.projects.models import BudgetKind, BudgetLine, Fund
from jiheng.sheets import NOT_REPORTED, Missing
from jiheng.units.models import BatchState, Region, Unit


@dataclass(frozen=True, slots=True)
class Budget:
    """Yuan; Missing where nothing was decided. `revised` 全年预算 = 年初 + 调整 + 结转, of those decided."""

    initial: Decimal | Missing = NOT_REPORTED
    adjusted: Decimal | Missing = NOT_REPORTED
    carryover: Decimal | Missing = NOT_REPORTED
    by_type: Mapping[str, Budget] = field(default_factory=dict)  # the same by 资金性质 (FundType)

    @property
    def revised(self) -> Decimal | Missing:
        parts = (self.initial, self.adjusted, self.carryover)
        decided = [part for part in parts if not isinstance(part, Missing)]
        return sum(decided, Decimal(0)) if decided else NOT_REPORTED


NO_BUDGET = Budget()
# up to so many subjects are looked up one by one
FEW = 50


def of_funds(
    region: Region,
    fiscal_year: int,
    funds: Iterable[Fund] | QuerySet[Fund] | None = None,
    day: date | None = None,
) -> dict[int, Budget]:
    """Budgets by fund id, one for each fund asked for (default: all of the region), as of `day` (default: as
    it stands). Two queries at most."""
    asked = ids_of(Fund.objects.filter(region=region), funds)
    return _budgets(lines(region, fiscal_year, day).filter(fund__isnull=False), "fund_id", asked)


def of_units(
    region: Region,
    fiscal_year: int,
    units: Iterable[Unit] | QuerySet[Unit] | None = None,
    day: date | None = None,
) -> dict[int, Budget]:
    """Budgets by unit id, 基本支出 and funds together, as of `day`: one for each unit asked for. Two queries
    at most."""
    asked = ids_of(Unit.objects.filter(region=region), units)
    return _budgets(lines(region, fiscal_year, day), "unit_id", asked)


def basic_of_units(
    region: Region, fiscal_year: int, units: Iterable[Unit] | QuerySet[Unit] | None = None
) -> dict[int, Budget]:
    """基本支出 budgets by unit id: the lines that name no fund. Two queries at most."""
    asked = ids_of(Unit.objects.filter(region=region), units)
    return _budgets(lines(region, fiscal_year).filter(fund__isnull=True), "unit_id", asked)


def lines(region: Region, fiscal_year: int, day: date | None = None) -> QuerySet[BudgetLine]:
    """The budget lines that count: only those of published batches. As of a day, adjustments and carryovers
    decided later are not there yet; the 年初预算 always is: the whole year's forms are about it."""
    found = BudgetLine.objects.filter(
        region=region, fiscal_year=fiscal_year, batch__state=BatchState.PUBLISHED
    )
    return found.filter(Q(kind=BudgetKind.INITIAL) | Q(decided_on__lte=day)) if day else found


def lines_of(subject: Fund | Unit, fiscal_year: int) -> QuerySet[BudgetLine]:
    """Where a fund's or a unit's budget comes from: its lines by date, each with its batch and file."""
    found = lines(subject.region, fiscal_year).select_related("batch__upload", "project", "fund")
    found = found.filter(fund=subject) if isinstance(subject, Fund) else found.filter(unit=subject)
    return found.order_by("decided_on", "pk")


def _budgets(counted: QuerySet[BudgetLine], key: str, asked: set[int]) -> dict[int, Budget]:
    if len(asked) <= FEW:  # one form's subject: its own index beats adding up the whole year
        counted = counted.filter(**{f"{key}__in": asked})
    sums = counted.order_by().values_list(key, "fund_type", "kind").annotate(Sum("amount"))
    by_subject: dict[int, dict[str, dict[str, Decimal]]] = {}
    for subject, fund_type, kind, amount in sums:
        by_subject.setdefault(subject, {}).setdefault(fund_type, {})[kind] = amount
    return {pk: _budget(by_subject[pk]) if pk in by_subject else NO_BUDGET for pk in asked}


def _budget(by_type: dict[str, dict[str, Decimal]]) -> Budget:
    whole: dict[str, Decimal] = {}
    for kinds in by_type.values():
        for kind, amount in kinds.items():
            whole[kind] = whole.get(kind, Decimal(0)) + amount
    return _of_kinds(whole, {code: _of_kinds(kinds, {}) for code, kinds in sorted(by_type.items())})


def _of_kinds(kinds: Mapping[str, Decimal], by_type: Mapping[str, Budget]) -> Budget:
    return Budget(
        initial=kinds.get(BudgetKind.INITIAL, NOT_REPORTED),
        adjusted=kinds.get(BudgetKind.ADJUSTMENT, NOT_REPORTED),
        carryover=kinds.get(BudgetKind.CARRYOVER, NOT_REPORTED),
        by_type=by_type,
    )
