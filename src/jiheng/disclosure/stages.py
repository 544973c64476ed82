"""全过程全覆盖: what every stage of a fiscal year should have dealt with by a day, and what it has.

Each stage says itself what is due: all units and all funds where forms are filed, what policy or a person
picked elsewhere. Nothing is reckoned twice: the filed stages come from `filings.coverage`. It stands in the
room of the last stage, which alone may look back at all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from jiheng.disclosure.models import Publication
from jiheng.figures import percent
from jiheng.filings import coverage
from jiheng.filings.coverage import Coverage, Row
from jiheng.findings import problems
from jiheng.findings.models import INTERNAL
from jiheng.fiscal import access as fiscal
from jiheng.fiscal.models import EvaluationState
from jiheng.goals.models import RepliedGoal
from jiheng.projects import budget, clearing
from jiheng.projects.access import funds_in
from jiheng.projects.models import Clearance, ClearanceState, Fund, Stage, Window
from jiheng.results import access as results
from jiheng.results.models import PlanState
from jiheng.reviews import access as reviews
from jiheng.reviews.models import ReviewState
from jiheng.sheets import Missing
from jiheng.units.access import READERS, units_for
from jiheng.units.models import Division, Person, Region, Unit


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that is due in a stage: a unit's whole, a fund, an evaluation, a problem. `amount` in yuan;
    `state` how it stands, in Chinese."""

    unit: Unit
    name: str
    amount: Decimal | Missing
    is_done: bool
    state: str


@dataclass(slots=True)
class Count:
    """Numbers and yuan; subjects without a known amount are counted in `unknown`, never added as zero."""

    due: int = 0
    done: int = 0
    unknown: int = 0
    amount: Decimal = Decimal(0)
    amount_done: Decimal = Decimal(0)

    @property
    def missing(self) -> int:
        return self.due - self.done

    @property
    def rate(self) -> Decimal | Missing:
        """覆盖率 in percent; missing where nothing is due."""
        return percent(Decimal(self.done), Decimal(self.due))

    @property
    def amount_rate(self) -> Decimal | Missing:
        return percent(self.amount_done, self.amount)

    def add(self, subject: Subject) -> None:
        self.due += 1
        self.done += subject.is_done
        if isinstance(subject.amount, Missing):
            self.unknown += 1
            return
        self.amount += subject.amount
        self.amount_done += subject.amount if subject.is_done else 0


@dataclass(frozen=True)
class Covered:
    """One line of the year: `due` says in words what has to be dealt with, `done` when it counts as dealt
    with; the page where it is done is `url_name` with `params`."""

    key: str
    title: str
    whose: str  # 单位, 专项资金, 问题 …
    due: str
    done: str
    url_name: str
    params: dict[str, Any]
    subjects: tuple[Subject, ...]
    count: Count = field(default_factory=Count)

    def __post_init__(self) -> None:
        for subject in self.subjects:
            self.count.add(subject)

    @property
    def missing(self) -> list[Subject]:
        return [subject for subject in self.subjects if not subject.is_done]

    def by_division(self) -> list[tuple[Division, Count]]:
        """In order of the divisions' codes."""
        found: dict[int, tuple[Division, Count]] = {}
        for subject in self.subjects:
            division = subject.unit.department.division
            found.setdefault(division.pk, (division, Count()))[1].add(subject)
        return sorted(found.values(), key=lambda pair: pair[0].code)

    def of(self, division: int) -> Covered:
        """Only this division's."""
        kept = tuple(each for each in self.subjects if each.unit.department.division_id == division)
        return Covered(
            self.key, self.title, self.whose, self.due, self.done, self.url_name, self.params, kept
        )


def covered(person: Person, region: Region, fiscal_year: int, day: date) -> list[Covered]:
    """Every stage from 事前评估 to 决算公开, of what the person sees, as of the end of a day (Asia/Shanghai).
    Whoever is shown only finished evaluations gets no line of them: it would always be complete. The number
    of queries grows only with the months monitored."""
    units = units_for(person)
    goals = coverage.as_of(region, Stage.GOAL, fiscal_year, 0, day, units)
    months = Window.objects.filter(region=region, stage=Stage.MONITORING, fiscal_year=fiscal_year)
    monitored = [
        coverage.as_of(region, Stage.MONITORING, fiscal_year, month, day, units)
        for month in months.order_by("month").values_list("month", flat=True).distinct()
    ]
    own = coverage.as_of(region, Stage.EVALUATION, fiscal_year, 0, day, units)
    return [
        _assessed(region, fiscal_year, day, goals),
        *_filed(goals, "goals"),
        *_replied(goals, day),
        *(line for each in monitored for line in _filed(each, f"monitoring{each.month}")),
        *_filed(own, "evaluation"),
        *([] if person.role in READERS else [_evaluated(person, fiscal_year, day)]),
        _reviewed(person, fiscal_year, day),
        _mended(person, fiscal_year, day),
        _applied(person, fiscal_year, day),
        _published(goals, day),
    ]


# ── the filed stages ──────────────────────────────────────────────────────────────────────────────────


def _filed(found: Coverage, key: str) -> Iterator[Covered]:
    """两个全覆盖 of one stage."""
    month = f"（截至{found.month}月）" if found.month else ""
    params: dict[str, Any] = {"stage": found.stage.value, "year": found.fiscal_year}
    if found.month:
        params["month"] = found.month
    for side, whose, rows in (("units", "单位整体", found.units), ("funds", "专项资金", found.funds)):
        yield Covered(
            key=f"{key}_{side}",
            title=f"{found.stage.label}{month}",
            whose=whose,
            due=f"全部{'单位' if side == 'units' else '专项资金'}",
            done="已报送",
            url_name="coverage",
            params=params,
            subjects=tuple(_of_row(row) for row in rows.rows),
        )


def _of_row(row: Row) -> Subject:
    state = "已审核" if row.is_approved else "已报送" if row.is_filed else "未报送"
    return Subject(row.unit, _name(row), row.amount, row.is_filed, state)


def _name(row: Row) -> str:
    return row.fund.name if row.fund else f"{row.unit.name}（整体）"


def _replied(goals: Coverage, day: date) -> Iterator[Covered]:
    told = RepliedGoal.objects.filter(
        reply__region=goals.region, reply__fiscal_year=goals.fiscal_year, reply__issued_on__lte=day
    )
    issued = set(told.values_list("filing_id", flat=True))
    for side, whose, rows in (("units", "单位整体", goals.units), ("funds", "专项资金", goals.funds)):
        subjects = tuple(
            Subject(row.unit, _name(row), row.amount, is_done, "已批复" if is_done else "未批复")
            for row in rows.rows
            for is_done in (row.filing_id in issued,)
        )
        yield Covered(
            key=f"replies_{side}",
            title="目标批复",
            whose=whose,
            due=f"全部{'单位' if side == 'units' else '专项资金'}",
            done="已随预算批复",
            url_name="goal_replies",
            params={"year": goals.fiscal_year},
            subjects=subjects,
        )


# ── before and after ──────────────────────────────────────────────────────────────────────────────────

CONCLUDED = (ClearanceState.CLEARED, ClearanceState.EXEMPT, ClearanceState.REFUSED)


def _assessed(region: Region, fiscal_year: int, day: date, goals: Coverage) -> Covered:
    """What policy wants assessed before it gets money in the year, and what was."""
    seen = {row.unit.pk: row.unit for row in goals.units.rows}
    funds = list(funds_in(region, fiscal_year).filter(unit__in=seen).order_by("unit__code", "code"))
    planned = budget.of_funds(region, fiscal_year, funds, day)
    told = {row.fund_id: row for row in Clearance.objects.filter(region=region, fiscal_year=fiscal_year)}
    amounts = {fund.pk: planned[fund.pk].revised for fund in funds}
    known = {pk: amount for pk, amount in amounts.items() if not isinstance(amount, Missing)}
    wanted = told.keys() | clearing.blocked(region, fiscal_year, known).keys()
    subjects = tuple(
        _cleared(fund, seen[fund.unit_id], amounts[fund.pk], told.get(fund.pk), day)
        for fund in funds
        if fund.pk in wanted
    )
    return Covered(
        key="assessment",
        title="事前评估",
        whose="专项资金",
        due="政策规定须评的新增、大幅增加、到期专项，和已申请的",
        done="有结论（通过、免评、不予支持）",
        url_name="assessments",
        params={"year": fiscal_year},
        subjects=subjects,
    )


def _cleared(fund: Fund, unit: Unit, amount: Decimal | Missing, told: Clearance | None, day: date) -> Subject:
    is_told = told is not None and _by(told.told_at, day)
    is_done = told is not None and is_told and told.state in CONCLUDED
    state = told.get_state_display() if told is not None and is_told else "尚未申请"
    return Subject(unit, fund.name, amount, is_done, state)


def _evaluated(person: Person, fiscal_year: int, day: date) -> Covered:
    rows = fiscal.visible(person).filter(from_year__lte=fiscal_year, to_year__gte=fiscal_year)
    rows = rows.exclude(state=EvaluationState.DROPPED).select_related("unit__department__division", "fund")
    subjects = [
        Subject(
            row.unit,
            row.fund.name if row.fund else f"{row.unit.name}（整体）",
            Missing() if row.amount is None else row.amount,
            row.confirmed_at is not None and _by(row.confirmed_at, day),
            row.get_state_display(),
        )
        for row in rows.order_by("year", "serial")
        if _by(row.picked_at, day)
    ]
    return Covered(
        key="fiscal",
        title="重点评价",
        whose="专项资金、单位",
        due="选定评价这个年度的",
        done="评价结果已确认",
        url_name="fiscal",
        params={"work": fiscal_year + 1},
        subjects=tuple(subjects),
    )


def _reviewed(person: Person, fiscal_year: int, day: date) -> Covered:
    rows = reviews.visible(person).filter(fiscal_year=fiscal_year).exclude(state=ReviewState.DROPPED)
    rows = rows.select_related("unit__department__division", "fund", "region")
    rows = rows.order_by("year", "serial")
    picked = [row for row in rows if _by(row.picked_at, day)]
    amounts = budget.of_funds(picked[0].region, fiscal_year, [row.fund for row in picked]) if picked else {}
    subjects = tuple(
        Subject(
            row.unit,
            row.fund.name,
            amounts[row.fund_id].revised,
            row.confirmed_at is not None and _by(row.confirmed_at, day),
            row.get_state_display(),
        )
        for row in picked
    )
    return Covered(
        key="reviews",
        title="四评",
        whose="专项资金",
        due="人大选定的",
        done="综合等级已确认",
        url_name="reviews",
        params={"work": fiscal_year + 1},
        subjects=subjects,
    )


def _mended(person: Person, fiscal_year: int, day: date) -> Covered:
    rows = problems.visible(person).filter(fiscal_year=fiscal_year).exclude(state__in=INTERNAL)
    rows = rows.select_related("unit__department__division").order_by("year", "serial")
    subjects = tuple(
        Subject(
            row.unit,
            f"{row.number} {row.title}",
            row.money,
            row.closed_at is not None and _by(row.closed_at, day),
            row.get_state_display(),
        )
        for row in rows
        if row.issued_at is not None and _by(row.issued_at, day)
    )
    return Covered(
        key="problems",
        title="问题整改",
        whose="问题",
        due="已下达整改的",
        done="已销号",
        url_name="problems",
        params={"year": fiscal_year},
        subjects=subjects,
    )


def _applied(person: Person, fiscal_year: int, day: date) -> Covered:
    rows = results.visible(person).filter(plan__score_year=fiscal_year)
    rows = rows.select_related("plan", "unit__department__division", "fund").order_by("unit__code", "pk")
    subjects = []
    budget_year = fiscal_year + 2
    for row in rows.defer("steps"):
        plan, budget_year = row.plan, row.plan.budget_year
        is_done = (
            plan.state == PlanState.APPLIED and plan.applied_at is not None and _by(plan.applied_at, day)
        )
        state = "已应用" if is_done else "已决定" if row.decided_at is not None else "测算"
        amount = Missing() if row.base is None else row.base
        subjects.append(Subject(row.unit, row.fund.name, amount, is_done, state))
    return Covered(
        key="results",
        title="结果应用",
        whose="专项资金",
        due="已测算建议的",
        done="已应用到预算",
        url_name="results",
        params={"year": budget_year},
        subjects=tuple(subjects),
    )


def _published(goals: Coverage, day: date) -> Covered:
    """Whose 决算公开说明 were public on the day."""
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    public = Publication.objects.filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gte=end),
        published_at__lt=end,
        disclosure__region=goals.region,
        disclosure__fiscal_year=goals.fiscal_year,
    )
    units = set(public.values_list("disclosure__unit_id", flat=True))
    subjects = tuple(
        Subject(row.unit, row.unit.name, row.amount, is_done, "已公开" if is_done else "未公开")
        for row in goals.units.rows
        for is_done in (row.unit.pk in units,)
    )
    return Covered(
        key="disclosure",
        title="决算公开",
        whose="单位",
        due="全部单位",
        done="决算公开说明已公开",
        url_name="disclosures",
        params={"year": goals.fiscal_year},
        subjects=subjects,
    )


def _by(moment: datetime, day: date) -> bool:
    """Whether it had happened by the end of the day (Asia/Shanghai)."""
    return timezone.localdate(moment) <= day
