"""监控看板: lights by unit (or fund) and month, what is not filed, where money runs ahead of the goals.

A fixed number of queries, however many units. Nothing is judged here: lights are those kept at submission.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils import timezone

from jiheng import policy as policies
from jiheng.figures import percent, rounded
from jiheng.filings.access import visible
from jiheng.filings.models import State
from jiheng.findings.corrections import OPEN
from jiheng.findings.models import Correction
from jiheng.monitoring.prefill import month_end
from jiheng.policy import Policy
from jiheng.projects.access import funds_in
from jiheng.projects.models import Fund, Stage, Window
from jiheng.scoring import worst_of
from jiheng.sheets import Form, Light, Missing
from jiheng.units.access import units_for
from jiheng.units.models import Person, Region, Unit

UNFILED = "未报"
UNLIT = "未亮灯"
PAIR = tuple[int, int | None]  # unit, fund; no fund for the unit as a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFilter:
    """What the page asks for; None and "" ask for all. `word` is a light, or UNFILED, in the latest month."""

    division: int | None = None
    department: int | None = None
    unit: int | None = None
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row's month: the worst light of its forms, how many are filed of how many due."""

    month: int
    money: Light | None
    goal: Light | None
    overall: Light | None
    filed: int
    due: int
    is_late: bool  # something is missing and the window's day is over
    corrections: int  # open ones
    to_correct: int  # forms on which policy asks for an order, and none was given
    filing: int | None  # the form itself, on rows of one subject

    @property
    def missing(self) -> int:
        return self.due - self.filed

    @property
    def word(self) -> str:
        if not self.filed:
            return UNFILED
        return self.overall.value if self.overall else UNLIT


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """A unit, or a fund or whole unit when drilled; `fund` is None for a unit."""

    unit: int
    fund: int | None
    code: str
    name: str
    unit_name: str
    division: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Money further on than the goals, by more than policy allows; rates in %."""

    filing: int
    name: str
    unit_name: str
    month: int
    execution: Decimal
    progress: Decimal

    @property
    def gap(self) -> Decimal:
        return self.execution - self.progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Months from the calendar and from what was filed; `counts` of the rows' words in each month."""

    months: tuple[int, ...]
    rows: tuple[BoardRow, ...]
    counts: dict[int, dict[str, int]]
    ahead: tuple[Ahead, ...]
    gap: Decimal  # percentage points, of policy


def board(
    person: Person,
    region: Region,
    fiscal_year: int,
    by: Literal["unit", "fund"] = "unit",
    asked: BoardFilter | None = None,
) -> Board:
    """The board of a fiscal year for what the person sees."""
    asked = asked or BoardFilter()
    units = _units(person, region, fiscal_year, asked)
    funds = _funds(region, fiscal_year, units)
    forms = _Forms(person, region, fiscal_year, units)
    windows = Window.objects.filter(region=region, stage=Stage.MONITORING, fiscal_year=fiscal_year)
    due_on = dict(windows.order_by("work_year").values_list("month", "due_on"))
    months = tuple(sorted(set(due_on) | forms.months))
    # the latest month's values judge the whole board, as one page shows one order of lights
    policy = policies.on(month_end(fiscal_year, months[-1] if months else 12), region.pk)
    make = _Rows(forms, months, due_on, policy)
    rows: Iterable[BoardRow]
    if by == "fund":
        rows = [make.row(units[pair[0]], [pair], funds.get(pair[1] or 0)) for pair in _pairs(units, funds)]
    else:
        pairs = defaultdict(list)
        for pair in _pairs(units, funds):
            pairs[pair[0]].append(pair)
        rows = [make.row(unit, pairs[pk], None) for pk, unit in units.items()]
    if asked.word:
        rows = [row for row in rows if row.cells and row.cells[-1].word == asked.word]
    rows = tuple(rows)
    counts = {
        month: dict(Counter(row.cells[place].word for row in rows)) for place, month in enumerate(months)
    }
    gap = policy.decimal("lights.warning.gap_over")
    return Board(months=months, rows=rows, counts=counts, ahead=_ahead(forms, units, funds, gap), gap=gap)


def _units(person: Person, region: Region, fiscal_year: int, asked: BoardFilter) -> dict[int, Unit]:
    found: QuerySet[Unit] = units_for(person).filter(
        region=region, since_year__lte=fiscal_year, until_year__gte=fiscal_year
    )
    wanted = {
        "department__division": asked.division,
        "department": asked.department,
        "pk": asked.unit,
    }
    found = found.filter(**{key: value for key, value in wanted.items() if value is not None})
    return {unit.pk: unit for unit in found.select_related("department__division").order_by("code")}


def _funds(region: Region, fiscal_year: int, units: dict[int, Unit]) -> dict[int, Fund]:
    # filtered here, not in SQL: a list of a thousand units is longer than some databases' parameters
    found = funds_in(region, fiscal_year).order_by("code")
    return {fund.pk: fund for fund in found if fund.unit_id in units}


def _pairs(units: dict[int, Unit], funds: dict[int, Fund]) -> Sequence[PAIR]:
    """Every form that is due in a month: of each unit as a whole, and of each fund; a unit's own together."""
    of_unit: dict[int, list[int]] = defaultdict(list)
    for pk, fund in funds.items():
        of_unit[fund.unit_id].append(pk)
    return [(unit, fund) for unit in units for fund in (None, *of_unit[unit])]


class _Forms:
    """The year's monitoring forms with their lights, by subject and month."""

    def __init__(self, person: Person, region: Region, fiscal_year: int, units: dict[int, Unit]) -> None:
        forms = visible(person).filter(region=region, form=Form.MONITORING, fiscal_year=fiscal_year)
        rows = forms.exclude(state=State.DRAFT, is_adjusting=False).values(
            "pk",
            "unit_id",
            "fund_id",
            "month",
            "reading__budget",
            "reading__executed",
            "reading__goal_progress",
            "reading__money_light",
            "reading__goal_light",
            "reading__overall",
            "reading__must_correct",
        )
        self.found: dict[tuple[int, int | None, int], dict[str, Any]] = {
            (row["unit_id"], row["fund_id"], row["month"]): {**row} for row in rows if row["unit_id"] in units
        }
        given = Correction.objects.filter(region=region, fiscal_year=fiscal_year)
        states = list(given.values_list("filing_id", "state"))
        self.corrections = Counter(filing for filing, state in states if state in OPEN)
        self.corrected = {filing for filing, _ in states}

    @property
    def months(self) -> set[int]:
        return {month for _, _, month in self.found}


@dataclass(frozen=True)
class _Rows:
    """Makes rows out of forms."""

    forms: _Forms
    months: tuple[int, ...]
    due_on: dict[int, date]
    policy: Policy

    def row(self, unit: Unit, pairs: Sequence[PAIR], fund: Fund | None) -> BoardRow:
        return BoardRow(
            unit=unit.pk,
            fund=fund.pk if fund else None,
            code=fund.code if fund else unit.code,
            name=fund.name if fund else unit.name,
            unit_name=unit.name,
            division=unit.department.division.name,
            cells=tuple(self._cell(pairs, month) for month in self.months),
        )

    def _cell(self, pairs: Sequence[PAIR], month: int) -> Cell:
        all_found = (self.forms.found.get((unit, fund, month)) for unit, fund in pairs)
        found = [row for row in all_found if row is not None]
        due_on = self.due_on.get(month)
        return Cell(
            month=month,
            money=self._worst(found, "reading__money_light"),
            goal=self._worst(found, "reading__goal_light"),
            overall=self._worst(found, "reading__overall"),
            filed=len(found),
            due=len(pairs),
            is_late=len(found) < len(pairs) and due_on is not None and due_on < timezone.localdate(),
            corrections=sum(self.forms.corrections[row["pk"]] for row in found),
            to_correct=sum(
                bool(row["reading__must_correct"]) and row["pk"] not in self.forms.corrected for row in found
            ),
            filing=found[0]["pk"] if len(pairs) == 1 and found else None,
        )

    def _worst(self, found: Iterable[dict[str, Any]], name: str) -> Light | None:
        return worst_of((Light(row[name]) if row[name] else None for row in found), self.policy)


def _ahead(forms: _Forms, units: dict[int, Unit], funds: dict[int, Fund], gap: Decimal) -> tuple[Ahead, ...]:
    """Of each subject's latest form, the widest gap first."""
    latest: dict[PAIR, dict[str, Any]] = {}
    for (unit, fund, month), row in sorted(forms.found.items(), key=lambda item: item[0][2]):
        latest[unit, fund] = {**row, "month": month}
    found = []
    for (unit, fund), row in latest.items():
        money = (row["reading__executed"], row["reading__budget"])
        progress = row["reading__goal_progress"]
        if progress is None or None in money or (fund is not None and fund not in funds):
            continue
        execution = percent(*money)
        if isinstance(execution, Missing) or execution - progress <= gap:
            continue
        found.append(
            Ahead(
                filing=row["pk"],
                name=funds[fund].name if fund else units[unit].name,
                unit_name=units[unit].name,
                month=row["month"],
                execution=rounded(execution, 2),
                progress=progress,
            )
        )
    return tuple(sorted(found, key=lambda item: item.gap, reverse=True))
