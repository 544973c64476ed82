"""What the evaluations come to: by year, by unit's self-praise, and by fund for the rooms above."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from jiheng.fiscal.access import visible
from jiheng.fiscal.models import EvaluationState, KeyEvaluation
from jiheng.policy import Policy
from jiheng.scoring.inflation import Inflated, inflation
from jiheng.units.models import Person, Region, Unit

ZERO = Decimal(0)
YEARS = 3  # "近三年"


@dataclass(frozen=True, slots=True)
class Sum:
    """How many evaluations, and the money they looked at in yuan; `bare` have no amount."""

    count: int
    amount: Decimal
    bare: int
    confirmed: int
    grades: dict[str, int]


@dataclass(frozen=True, slots=True)
class InflatedUnit:
    """One unit's 自评虚高, with the evaluations it is made of."""

    unit: Unit
    row: Inflated
    evaluations: tuple[KeyEvaluation, ...]


def in_year(person: Person, year: int) -> QuerySet[KeyEvaluation]:
    """A work year's evaluations that the person sees, in order of their numbers."""
    found = visible(person).filter(year=year).select_related("unit", "fund", "scorer")
    return found.order_by("serial")


def summed(rows: Iterable[KeyEvaluation]) -> Sum:
    """All of them together; the dropped don't count."""
    here = [row for row in rows if row.state != EvaluationState.DROPPED]
    known = [row.amount for row in here if row.amount is not None]
    grades: dict[str, int] = defaultdict(int)
    for row in here:
        if row.grade:
            grades[row.grade] += 1
    confirmed = sum(row.state == EvaluationState.CONFIRMED for row in here)
    return Sum(len(here), sum(known, ZERO), len(here) - len(known), confirmed, dict(grades))


def last_years(person: Person, year: int) -> Sum:
    """近三年, the year itself included."""
    rows = visible(person).filter(year__gt=year - YEARS, year__lte=year)
    return summed(rows.only("state", "amount", "grade"))


def inflated(person: Person, year: int, policy: Policy) -> list[InflatedUnit]:
    """自评虚高 by unit over the last cycle of confirmed evaluations that the person sees. One query."""
    since = year - policy.whole("fiscal.ranking.cycle")
    found = visible(person).filter(year__gt=since, year__lte=year, state=EvaluationState.CONFIRMED)
    rows = found.filter(self_score__isnull=False).select_related("unit", "fund").order_by("year", "serial")
    by_unit: dict[int, list[KeyEvaluation]] = defaultdict(list)
    for row in rows:
        by_unit[row.unit_id].append(row)
    gaps = {key: [gap_of(row) for row in there] for key, there in by_unit.items()}
    return [
        InflatedUnit(by_unit[row.key][0].unit, row, tuple(by_unit[row.key]))
        for row in inflation(gaps, policy)
    ]


def gap_of(row: KeyEvaluation) -> Decimal:
    """自评−评价 of a confirmed evaluation that has both, in 分."""
    own, total = row.self_score, row.total
    assert own is not None
    assert total is not None
    return Decimal(own - total)


def of_funds(region: Region, fiscal_year: int) -> dict[int, KeyEvaluation]:
    """The confirmed evaluation of each fund that looked at a fiscal year, the latest; for the rooms
    above. One query."""
    found = KeyEvaluation.objects.filter(
        region=region,
        fund__isnull=False,
        state=EvaluationState.CONFIRMED,
        from_year__lte=fiscal_year,
        to_year__gte=fiscal_year,
    )
    rows = found.select_related("unit", "fund").defer("frozen", "narrative").order_by("year", "serial")
    return {row.fund_id: row for row in rows if row.fund_id is not None}
