"""What was written and reached before: typical targets by year, and how others write a name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from jiheng.figures import rounded
from jiheng.library.models import Indicator, Status, Use
from jiheng.library.wording import folded
from jiheng.rules import Custom
from jiheng.sheets import Operator, plain

YEARS = 3  # how far back "the last years" reach
LIBRARY = "指标库"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfTargets:
    """The approved targets of one indicator in one year, of all units, in one unit of measure."""

    year: int
    uses: int
    units: int
    low: Decimal
    median: Decimal
    high: Decimal

    @property
    def in_words(self) -> str:
        if self.low == self.high:
            return plain(self.low)
        return f"{plain(self.low)}—{plain(self.high)}，中位 {plain(self.median)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the same project wrote in an earlier year."""

    year: int
    target: Decimal | None
    words: str


def typical(
    indicators: Sequence[Indicator], before: int, years: int = YEARS
) -> dict[int, list[YearOfTargets]]:
    """By indicator, the years before `before` in which it was used, latest first; only targets in the
    indicator's own unit of measure, as others can't be compared. One query."""
    measure = {item.pk: item.unit for item in indicators}
    found = Use.objects.filter(indicator__in=list(measure), is_approved=True, target__isnull=False)
    found = found.filter(fiscal_year__lt=before, fiscal_year__gte=before - years)
    rows = found.values("indicator", "fiscal_year", "measure", "target")
    grouped: dict[tuple[int, int], list[tuple[Decimal, int, int]]] = defaultdict(list)
    for row in rows.annotate(uses=Count("pk"), units=Count("unit", distinct=True)).order_by():
        if row["measure"] == measure[row["indicator"]]:
            key = (row["indicator"], row["fiscal_year"])
            grouped[key].append((row["target"], row["uses"], row["units"]))
    told: dict[int, list[YearOfTargets]] = defaultdict(list)
    for (pk, year), values in sorted(grouped.items(), reverse=True):
        told[pk].append(_year(year, values))
    return told


def _year(year: int, values: list[tuple[Decimal, int, int]]) -> YearOfTargets:
    ordered = sorted(values)
    return YearOfTargets(
        year=year,
        uses=sum(uses for _, uses, _ in ordered),
        units=sum(units for *_, units in ordered),
        low=ordered[0][0],
        median=median([(target, uses) for target, uses, _ in ordered]),
        high=ordered[-1][0],
    )


def median(counted: Iterable[tuple[Decimal, int]]) -> Decimal:
    """The middle of values that stand several times each; of an even number, halfway between the two."""
    ordered = [value for value, times in sorted(counted) for _ in range(times)]
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return rounded((ordered[middle - 1] + ordered[middle]) / 2, 6)


def own(indicators: Sequence[Indicator], subject: str, before: int) -> dict[int, list[Own]]:
    """What the same fund, or unit as a whole, wrote in years before, latest first. One query."""
    found = Use.objects.filter(indicator__in=[item.pk for item in indicators], subject=subject)
    found = found.filter(fiscal_year__lt=before, is_approved=True).order_by("-fiscal_year")
    told: dict[int, list[Own]] = defaultdict(list)
    for row in found.values("indicator", "fiscal_year", "target", "target_words"):
        told[row["indicator"]].append(
            Own(year=row["fiscal_year"], target=row["target"], words=row["target_words"])
        )
    return told


# ── how others write a name ───────────────────────────────────────────────────────────────────────────


def customs(region_code: str, subject: str, fiscal_year: int, names: Iterable[str]) -> dict[str, Custom]:
    """For each name as typed: how the library writes an indicator of this name, else most other units; the
    same project's approved targets of earlier years; other units' of the last years. Two queries."""
    typed = {name: folded(name) for name in names if folded(name)}
    kept: dict[str, list[tuple[str, str]]] = defaultdict(list)
    active = Indicator.objects.filter(region=region_code, status=Status.ACTIVE)
    active = active.filter(folded__in=set(typed.values()))
    for name, operator, unit in active.values_list("folded", "operator", "unit"):
        kept[name].append((operator, unit))
    written: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _written(region_code, subject, fiscal_year, set(typed.values())):
        written[row["folded"]].append(row)
    return {
        name: _custom(kept[key], written[key]) for name, key in typed.items() if kept[key] or written[key]
    }


def _written(region_code: str, subject: str, year: int, names: set[str]) -> Iterable[Mapping[str, Any]]:
    found = Use.objects.filter(region=region_code, folded__in=names, is_approved=True)
    found = found.filter(fiscal_year__gte=year - YEARS, fiscal_year__lte=year)
    found = found.exclude(subject=subject, fiscal_year=year)
    mine = Count("pk", filter=Q(subject=subject))
    rows = found.values("folded", "fiscal_year", "operator", "measure", "target")
    return rows.annotate(uses=Count("pk"), mine=mine).order_by("-fiscal_year")


def _custom(kept: list[tuple[str, str]], written: list[Mapping[str, Any]]) -> Custom:
    others = Counter[tuple[str, str]]()
    for row in written:
        others[row["operator"], row["measure"]] += row["uses"] - row["mine"]
    [(common, times)] = others.most_common(1) or [(("", ""), 0)]
    ways = kept or ([common] if times else [])
    return Custom(
        ways=tuple((Operator(operator), unit) for operator, unit in dict.fromkeys(ways)),
        told_by=LIBRARY if kept else f"{times} 张已批复的目标表",
        times=0 if kept else times,
        own=tuple(
            (row["fiscal_year"], row["target"], row["measure"])
            for row in written
            if row["mine"] and row["target"] is not None
        ),
        others=tuple(
            (row["target"], row["measure"], row["uses"] - row["mine"])
            for row in written
            if row["uses"] > row["mine"] and row["target"] is not None
        ),
    )
