"""三同步: whether goals were submitted, answered and made public together with the budget.

Two series of three dates, each subject its own; the goal's come from its filing and its replies, the budget's
from `BudgetDates`, for a special fund its own or those of its unit's budget. How many days apart is still
together is policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Min, QuerySet
from django.utils import timezone

from jiheng.filings.models import Filing
from jiheng.goals.models import RepliedGoal
from jiheng.goals.replying import GOALS
from jiheng.projects.access import funds_in, units_in
from jiheng.projects.models import BudgetDates, Fund
from jiheng.units.models import Region, Unit

STEPS = ("申报", "批复", "公开")


class Verdict(StrEnum):
    """What the two dates of one step say."""

    TOGETHER = "同步"
    LATER = "目标晚于预算"
    EARLIER = "目标早于预算"
    NO_GOAL = "目标未办"
    NO_BUDGET = "缺预算日期"
    NEITHER = "都还没有"

    @property
    def is_exception(self) -> bool:
        """Whether somebody should look: the budget went on without its goal, or before it. A goal ahead of
        its budget is none: 绩效目标设置是预算安排的前置条件 (中发〔2018〕34号)."""
        return self in (Verdict.LATER, Verdict.NO_GOAL)


@dataclass(frozen=True, slots=True)
class Step:
    """One of 申报, 批复, 公开: the goal's date, the budget's, the days by which the goal is later."""

    name: str
    goal: date | None
    budget: date | None
    verdict: Verdict

    @property
    def days(self) -> int | None:
        """Days by which the goal is later; negative where it is earlier; None where a date is missing."""
        return (self.goal - self.budget).days if self.goal and self.budget else None

    @property
    def in_words(self) -> str:
        """“晚 12 天”, “目标未办”."""
        if self.days is None or self.verdict is Verdict.TOGETHER:
            return str(self.verdict)
        return f"{'晚' if self.days > 0 else '早'} {abs(self.days)} 天"


@dataclass(frozen=True, slots=True)
class Row:
    """One subject (a unit's whole goal, `fund` None, or a special fund's) with its three steps."""

    unit: Unit
    fund: Fund | None
    filing_id: int | None
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        return self.fund.name if self.fund else "部门整体"

    @property
    def subject(self) -> str:
        """Both in one line; a fund that is called after its unit does not say it twice."""
        return self.name if self.unit.name in self.name else f"{self.unit.name}：{self.name}"

    @property
    def is_exception(self) -> bool:
        return any(step.verdict.is_exception for step in self.steps)

    @property
    def is_together(self) -> bool:
        return all(step.verdict is Verdict.TOGETHER for step in self.steps)


Dates = tuple[date | None, date | None, date | None]
NONE: Dates = (None, None, None)


def compared(
    region: Region, fiscal_year: int, units: QuerySet[Unit] | Iterable[Unit], tolerance: int
) -> list[Row]:
    """Every unit and special fund of the year among these units, by unit code: dates at most `tolerance` days
    apart are together. A handful of queries, however many."""
    subjects = list(
        units_in(region, fiscal_year)
        .filter(pk__in=units)
        .select_related("department__division")
        .order_by("code")
    )
    funds: dict[int, list[Fund]] = {}
    for fund in funds_in(region, fiscal_year).filter(unit__in=subjects).order_by("code"):
        funds.setdefault(fund.unit_id, []).append(fund)
    goals, filings = _of_goals(region, fiscal_year)
    budgets = _of_budgets(region, fiscal_year)
    rows = []
    for unit in subjects:
        for one in (None, *funds.get(unit.pk, ())):
            key = (unit.pk, one.pk if one else None)
            decided = budgets.get(key) or budgets.get((unit.pk, None), NONE)
            steps = _steps(goals.get(key, NONE), decided, tolerance)
            rows.append(Row(unit, one, filings.get(key), steps))
    return rows


Key = tuple[int, int | None]


def _of_goals(region: Region, fiscal_year: int) -> tuple[dict[Key, Dates], dict[Key, int]]:
    """First submission, first reply and first publication of each goal; and which filing it is."""
    told = RepliedGoal.objects.filter(reply__region=region, reply__fiscal_year=fiscal_year)
    replied = {
        row["filing_id"]: (row["issued"], row["published"])
        for row in told.values("filing_id").annotate(
            issued=Min("reply__issued_on"), published=Min("reply__published_on")
        )
    }
    filings = Filing.objects.filter(region=region, fiscal_year=fiscal_year, form__in=GOALS)
    dates: dict[Key, Dates] = {}
    known: dict[Key, int] = {}
    for pk, unit, fund, fund_unit, at in filings.order_by().values_list(
        "pk", "unit_id", "fund_id", "fund__unit_id", "submitted_at"
    ):
        key = (fund_unit or unit, fund)
        issued, published = replied.get(pk, (None, None))
        dates[key] = (timezone.localdate(at) if at else None, issued, published)
        known[key] = pk
    return dates, known


def _of_budgets(region: Region, fiscal_year: int) -> Mapping[Key, Dates]:
    found = BudgetDates.objects.filter(region=region, fiscal_year=fiscal_year)
    return {
        (unit, fund): (submitted, approved, published)
        for unit, fund, submitted, approved, published in found.values_list(
            "unit_id", "fund_id", "submitted_on", "approved_on", "published_on"
        )
    }


def _steps(goal: Dates, budget: Dates, tolerance: int) -> tuple[Step, ...]:
    return tuple(
        Step(name, mine, theirs, _verdict(mine, theirs, tolerance))
        for name, mine, theirs in zip(STEPS, goal, budget, strict=True)
    )


def _verdict(goal: date | None, budget: date | None, tolerance: int) -> Verdict:
    if goal is None:
        return Verdict.NO_GOAL if budget else Verdict.NEITHER
    if budget is None:
        return Verdict.NO_BUDGET
    apart = (goal - budget).days
    if abs(apart) <= tolerance:
        return Verdict.TOGETHER
    return Verdict.LATER if apart > 0 else Verdict.EARLIER
