"""一页看全年: the year's figures, each with the page below that shows the same; last year's beside them.

Nothing is reckoned twice: a figure comes from the function that its page below is made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from jiheng.evaluation.watch import distribution
from jiheng.figures import percent
from jiheng.filings.access import visible
from jiheng.filings.models import State
from jiheng.findings import register
from jiheng.findings.register import ProblemFilter
from jiheng.fiscal import looking as fiscal
from jiheng.ledger import executed
from jiheng.monitoring.board import UNFILED, board
from jiheng.projects import budget
from jiheng.projects.access import funds_for
from jiheng.projects.models import Fund
from jiheng.results import access as results
from jiheng.results.looking import in_all, state_asked
from jiheng.results.models import Plan, PlanState
from jiheng.scoring.results import Action
from jiheng.sheets import NOT_REPORTED, Form, Grade, Light, Missing
from jiheng.units.access import units_for
from jiheng.units.models import Person, Region

GOALS = (Form.UNIT_GOAL, Form.PROJECT_GOAL)
DECEMBER = 12
NOTHING = Missing()


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `kind` is "count", "wan" (yuan, shown in 万元), "percent" or "score". Its page below is
    `url_name` with `params`; no page where there is nothing to show."""

    value: Decimal | int | Missing
    kind: str = "count"
    url_name: str = ""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of this year and of last year, under one name; an internal one is not for the public."""

    label: str
    now: Figure
    before: Figure
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs together, under the question that it answers."""

    title: str
    question: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class DivisionMoney:
    """A division's funds of a year: 全年预算 and 执行数 in yuan, the rate in percent, and last year's."""

    name: str
    key: int
    planned: Decimal
    spent: Decimal
    rate: Decimal | Missing
    rate_before: Decimal | Missing


@dataclass(frozen=True, slots=True)
class Year:
    """The whole page."""

    year: int
    sections: tuple[Section, ...]
    divisions: tuple[DivisionMoney, ...]


def year_of(person: Person, region: Region, year: int, *, is_public: bool = False) -> Year:
    """The page of a fiscal year, of the units that the person sees. For the public only what was decided and
    applied, and nothing internal."""
    spent_by = {each: _money_of(person, region, each) for each in (year, year - 1)}
    makers: tuple[tuple[str, str, Callable[[int], dict[str, Figure]]], ...] = (
        ("钱", "钱安排了多少，花了多少", lambda each: _money(spent_by[each], each)),
        ("目标", "目标批了多少", lambda each: _goals(person, each)),
        ("监控", "年底亮什么灯", lambda each: _lights(person, region, each)),
        ("评价", "自评打了什么等级，重点评价了多少", lambda each: _evaluated(person, region, each)),
        ("问题", "发现了多少问题，改了多少", lambda each: _problems(person, each)),
        ("结果", "评价结果怎样用到预算", lambda each: _results(person, region, each, is_public=is_public)),
    )
    sections = []
    for title, question, make in makers:
        now, before = make(year), make(year - 1)
        lines = tuple(Line(label, now[label], before[label]) for label in now)
        sections.append(Section(title, question, lines))
    return Year(year, tuple(sections), tuple(_divisions(spent_by, year)))


# ── money ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Sum:
    """Of one division: its name, and yuan of those funds that have a figure."""

    name: str
    planned: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)
    funds: int = 0


def _money_of(person: Person, region: Region, year: int) -> dict[int, _Sum]:
    """Budget and spending of the year's funds by division, as the page of execution rates has them."""
    seen = funds_for(person).filter(since_year__lte=year, until_year__gte=year)
    seen = seen.filter(unit__in=units_for(person).filter(since_year__lte=year, until_year__gte=year))
    funds: list[Fund] = list(seen.select_related("unit__department__division").order_by("code"))
    planned = budget.of_funds(region, year, funds)
    paid = executed.of_funds(region, year, date(year, DECEMBER, 31), funds)
    found: dict[int, _Sum] = {}
    for fund in sorted(funds, key=lambda fund: fund.unit.department.division.code):
        division = fund.unit.department.division
        tally = found.setdefault(division.pk, _Sum(division.name))
        revised, spent = planned[fund.pk].revised, paid[fund.pk].total
        tally.funds += 1
        tally.planned += Decimal(0) if isinstance(revised, Missing) else revised
        tally.spent += Decimal(0) if isinstance(spent, Missing) else spent
    return found


def _money(sums: dict[int, _Sum], year: int) -> dict[str, Figure]:
    planned = sum((item.planned for item in sums.values()), Decimal(0))
    spent = sum((item.spent for item in sums.values()), Decimal(0))
    below = {"by": "fund", "year": year, "month": DECEMBER}
    return {
        "专项资金（项）": Figure(sum(item.funds for item in sums.values()), "count", "funds", {"year": year}),
        "全年预算（万元）": Figure(planned, "wan", "execution", below),
        "执行数（万元）": Figure(spent, "wan", "execution", below),
        "执行率": Figure(percent(spent, planned), "percent", "execution", below),
    }


def _divisions(spent_by: dict[int, dict[int, _Sum]], year: int) -> Iterable[DivisionMoney]:
    for key, item in spent_by[year].items():
        before = spent_by[year - 1].get(key)
        rate_before = percent(before.spent, before.planned) if before else NOT_REPORTED
        yield DivisionMoney(
            item.name, key, item.planned, item.spent, percent(item.spent, item.planned), rate_before
        )


# ── the stages ────────────────────────────────────────────────────────────────────────────────────────


def _goals(person: Person, year: int) -> dict[str, Figure]:
    lives = {"since_year__lte": year, "until_year__gte": year}
    units = units_for(person).filter(**lives)
    funds = funds_for(person).filter(unit__in=units, **lives)
    every = units.count() + funds.count()
    forms = visible(person).filter(form__in=GOALS, fiscal_year=year, unit__in=units)
    approved = forms.filter(fund=None, state=State.APPROVED).count()
    approved += forms.filter(fund__in=funds, state=State.APPROVED).count()
    return {
        "应报目标（份）": Figure(every, "count", "goals", {"year": year, "desk": "all"}),
        "已批复（份）": Figure(
            approved, "count", "goals", {"year": year, "state": "approved", "desk": "all"}
        ),
    }


def _lights(person: Person, region: Region, year: int) -> dict[str, Figure]:
    """Of funds and whole units, in the last month that was monitored."""
    found = board(person, region, year, "fund")
    words = (Light.RED.value, Light.YELLOW.value, Light.GREEN.value, UNFILED)
    if not found.months:
        return {f"{word}（个）": Figure(NOTHING) for word in words}
    month = found.months[-1]
    counts = found.counts.get(month, {})
    return {
        f"{word}（个）": Figure(
            counts.get(word, 0),
            "count",
            "monitoring",
            {"by": "fund", "year": year, "month": month, "word": word},
        )
        for word in words
    }


def _evaluated(person: Person, region: Region, year: int) -> dict[str, Figure]:
    """Self-evaluation's grades, and the evaluations in depth of the work year after."""
    sums = fiscal.summed(fiscal.in_year(person, year + 1))
    below: tuple[str, dict[str, Any]] = ("", {}) if person.unit_id else ("fiscal", {"work": year + 1})
    return {
        **_grades(person, region, year),
        "重点评价（项）": Figure(sums.count, "count", *below),
        "重点评价资金（万元）": Figure(sums.amount, "wan", *below),
    }


def _grades(person: Person, region: Region, year: int) -> dict[str, Figure]:
    whole = distribution(person, region, year)[-1]
    below = {"year": year}
    names = {grade.value: f"{grade.value}（份）" for grade in Grade}
    if not whole.forms:
        return {label: Figure(NOTHING) for label in (*names.values(), "平均得分")}
    return {
        **{
            label: Figure(whole.grades.get(grade, 0), "count", "evaluation_watch", below)
            for grade, label in names.items()
        },
        "平均得分": Figure(NOTHING if whole.mean is None else whole.mean, "score", "evaluation_watch", below),
    }


def _problems(person: Person, year: int) -> dict[str, Figure]:
    found = {}
    for label, state in (("问题（个）", ""), ("未销号（个）", "open"), ("已销号（个）", "closed")):
        params = {"year": year} | ({"state": state} if state else {})
        count = register.found(person, ProblemFilter(year=year, state=state)).count()
        found[label] = Figure(count, "count", "problems", params)
    return found


def _results(person: Person, region: Region, year: int, *, is_public: bool) -> dict[str, Figure]:
    labels: dict[Action, str] = {
        action: f"{action.value}（个）" for action in Action if action is not Action.UNKNOWN
    }
    plans = results.plans(person).filter(region=region, score_year=year)
    plan = (plans.filter(state=PlanState.APPLIED) if is_public else plans).first()
    if plan is None:
        return {label: Figure(NOTHING) for label in (*labels.values(), "参考调整额（万元）")}
    return _of_plan(person, plan, labels)


def _of_plan(person: Person, plan: Plan, labels: Mapping[Action, str]) -> dict[str, Figure]:
    rows = results.visible(person).filter(plan=plan)
    sums, below = in_all(rows), {"year": plan.budget_year}
    adjusted = sums.decided_adjusted if sums.marked and sums.marked == sums.marked_decided else sums.adjusted
    found = {}
    for action, label in labels.items():
        asked = state_asked(action.value)
        assert asked is not None
        params = {**below, "state": action.value}
        found[label] = Figure(rows.filter(asked).count(), "count", "results", params)
    return {**found, "参考调整额（万元）": Figure(adjusted, "wan", "results", below)}
