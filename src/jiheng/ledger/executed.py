"""What was spent: the entries of published batches, added up until a day by fund, unit, project or month.

执行数 = Σ 支付 + Σ 实拨 + Σ 单位资金支付 − Σ 退回, corrections taken back (reference §8.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import ExtractMonth

from jiheng.ledger.models import Entry
from jiheng.projects.access import ids_of
from jiheng.projects.models import Fund, Project
from jiheng.sheets import NOT_REPORTED, Missing
from jiheng.units.models import BatchState, Region, Unit

# up to so many subjects are looked up one by one
FEW = 50


@dataclass(frozen=True, slots=True)
class Executed:
    """Yuan. Nothing paid is 0 once the year's payments were pulled; before that it is Missing (未报送)."""

    total: Decimal | Missing
    by_type: Mapping[str, Decimal] = field(default_factory=dict)  # by 资金性质 (FundType)
    entries: int = 0


def of_funds(
    region: Region, fiscal_year: int, until: date, funds: Iterable[Fund] | QuerySet[Fund] | None = None
) -> dict[int, Executed]:
    """Spent by fund id, one for each fund asked for (default: all of the region). Three queries at most."""
    asked = ids_of(Fund.objects.filter(region=region), funds)
    return _executed(region, fiscal_year, until, "fund_id", asked)


def of_units(
    region: Region, fiscal_year: int, until: date, units: Iterable[Unit] | QuerySet[Unit] | None = None
) -> dict[int, Executed]:
    """Spent by unit id, 基本支出 included. Three queries at most."""
    asked = ids_of(Unit.objects.filter(region=region), units)
    return _executed(region, fiscal_year, until, "unit_id", asked)


def basic_of_units(
    region: Region, fiscal_year: int, until: date, units: Iterable[Unit] | QuerySet[Unit] | None = None
) -> dict[int, Executed]:
    """基本支出 spent by unit id: the entries that name no fund. Three queries at most."""
    asked = ids_of(Unit.objects.filter(region=region), units)
    return _executed(region, fiscal_year, until, "unit_id", asked, fund__isnull=True)


def of_projects(
    region: Region,
    fiscal_year: int,
    until: date,
    projects: Iterable[Project] | QuerySet[Project] | None = None,
) -> dict[int, Executed]:
    """Spent by project id. Three queries at most."""
    asked = ids_of(Project.objects.filter(region=region), projects)
    return _executed(region, fiscal_year, until, "project_id", asked)


def pulled_until(region: Region, fiscal_year: int) -> date | None:
    """The day of the latest published entry of the year; None before the first pull."""
    return entries(region, fiscal_year).order_by("-dated").values_list("dated", flat=True).first()


def by_month(region: Region, fiscal_year: int, key: str = "unit") -> dict[int, dict[int, Decimal]]:
    """What each unit, fund or project (`key`) spent in each month: {id: {1..12: yuan}}. One query."""
    found = entries(region, fiscal_year).filter(**{f"{key}__isnull": False})
    sums = found.order_by().values_list(f"{key}_id", ExtractMonth("dated")).annotate(Sum("amount"))
    months: dict[int, dict[int, Decimal]] = {}
    for subject, month, amount in sums:
        months.setdefault(subject, {})[month] = amount
    return months


def entries(region: Region, fiscal_year: int) -> QuerySet[Entry]:
    """The entries that count: only those of published batches."""
    return Entry.objects.filter(region=region, fiscal_year=fiscal_year, batch__state=BatchState.PUBLISHED)


def entries_of(subject: Fund | Unit | Project, fiscal_year: int, until: date) -> QuerySet[Entry]:
    """Where an executed amount comes from: the entries until a day, oldest first, with batch and file."""
    key = {Fund: "fund", Unit: "unit", Project: "project"}[type(subject)]
    found = entries(subject.region, fiscal_year).filter(dated__lte=until, **{key: subject})
    return found.select_related("batch__upload", "project", "fund", "unit").order_by("dated", "pk")


def _executed(
    region: Region, fiscal_year: int, until: date, key: str, asked: set[int], **only: Any
) -> dict[int, Executed]:
    counted = entries(region, fiscal_year)
    if len(asked) <= FEW:  # one form's subject: its own index beats adding up the whole year
        only[f"{key}__in"] = asked
    sums = counted.filter(dated__lte=until, **only).order_by().values_list(key, "fund_type")
    by_subject: dict[int, dict[str, Decimal]] = {}
    counts: dict[int, int] = {}
    for subject, fund_type, amount, count in sums.annotate(Sum("amount"), Sum("rows")):
        by_subject.setdefault(subject, {})[fund_type] = amount
        counts[subject] = counts.get(subject, 0) + count
    nothing = Executed(Decimal(0)) if by_subject or counted.exists() else Executed(NOT_REPORTED)
    return {
        pk: Executed(sum(by_subject[pk].values(), Decimal(0)), by_subject[pk], counts[pk])
        if pk in by_subject
        else nothing
        for pk in asked
    }
