"""What each fund's proposal rests on: budget, spending, grade and problems; a whole region in few queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from jiheng.evaluation.models import Score
from jiheng.filings.models import State
from jiheng.findings.models import OPEN_PROBLEMS, Problem, ProblemState
from jiheng.findings.register import late
from jiheng.fiscal import looking as fiscal
from jiheng.fiscal.models import EvaluationKind
from jiheng.ledger import executed
from jiheng.projects import budget
from jiheng.projects.access import funds_in
from jiheng.reviews.models import FourReview, ReviewState
from jiheng.scoring.results import Standing
from jiheng.sheets import NOT_REPORTED, Form, Grade, Missing
from jiheng.units.models import Region

FISCAL, REVIEWED, SELF = str(EvaluationKind.FISCAL.label), "自评复核", "单位自评"
FOUR_REVIEWS = "四评"
IN_DEPTH = (FISCAL, FOUR_REVIEWS)  # the bureau looked itself: listed for 参考调整额 at first


@dataclass(frozen=True, slots=True)
class Graded:
    """A fund's grade, its score of 100, and whose it is."""

    grade: Grade
    score: Decimal | Missing
    source: str


def self_grades(region: Region, year: int) -> dict[int, Graded]:
    """Confirmed self-evaluations by fund id; the bureau's score counts before the unit's. One query."""
    found = Score.objects.filter(
        filing__region=region,
        filing__fiscal_year=year,
        filing__form=Form.PROJECT_EVALUATION,
        filing__state=State.APPROVED,
    )
    rows = found.values_list("filing__fund_id", "computed", "grade", "reviewed", "reviewed_grade")
    graded = {}
    for fund, computed, grade, reviewed, reviewed_grade in rows:
        word, points, source = (
            (reviewed_grade, reviewed, REVIEWED) if reviewed_grade else (grade, computed, SELF)
        )
        if word:
            graded[fund] = Graded(Grade(word), NOT_REPORTED if points is None else points, source)
    return graded


def fiscal_grades(region: Region, year: int) -> dict[int, Graded]:
    """Confirmed 财政评价 and 部门评价 that looked at the year, by fund id. One query."""
    return {
        fund: Graded(
            Grade(row.grade), NOT_REPORTED if row.total is None else row.total, row.get_kind_display()
        )
        for fund, row in fiscal.of_funds(region, year).items()
        if row.grade
    }


def combined_grades(region: Region, year: int) -> dict[int, Graded]:
    """Confirmed 四评 of the year, made of the unit's own, fiscal and other reviews, by fund id. One query."""
    rows = FourReview.objects.filter(region=region, fiscal_year=year, state=ReviewState.CONFIRMED)
    return {
        fund: Graded(Grade(grade), NOT_REPORTED if total is None else total, FOUR_REVIEWS)
        for fund, grade, total in rows.values_list("fund_id", "grade", "total")
    }


# who grades a fund, the weightiest first: the first that has a grade is the one that counts
GRADERS: tuple[Callable[[Region, int], dict[int, Graded]], ...] = (
    *(combined_grades, fiscal_grades, self_grades),
)


def grades_of(region: Region, year: int) -> dict[int, Graded]:
    """The grade that counts of each fund that has one, by fund id."""
    found: dict[int, Graded] = {}
    for grader in reversed(GRADERS):
        found |= grader(region, year)
    return found


class Subject(NamedTuple):
    """Which fund, by keys: a province has too many for whole rows."""

    fund: int
    unit: int
    division: int


def gather(region: Region, score_year: int, budget_year: int) -> list[tuple[Subject, Standing]]:
    """Every fund that lives in the year before `budget_year`, with what its proposal rests on. The number of
    queries does not grow with funds."""
    base_year = budget_year - 1
    funds = funds_in(region, base_year).order_by("unit__code", "code")
    told = list(funds.values_list("pk", "unit", "unit__department__division", "is_livelihood", "until_year"))
    now, then = budget.of_funds(region, base_year), budget.of_funds(region, score_year)
    spent = executed.of_funds(region, score_year, date(score_year, 12, 31))
    grades, problems = grades_of(region, score_year), _problems(region)
    none = budget.NO_BUDGET
    found = []
    for fund, unit, division, is_livelihood, until_year in told:
        graded, this = grades.get(fund), now.get(fund, none)
        was, count = then.get(fund, none), problems.get(fund, (0, 0))
        standing = Standing(
            key=fund,
            base=this.initial,
            grade=graded.grade if graded else None,
            source=graded.source if graded else "",
            score=graded.score if graded else NOT_REPORTED,
            revised=was.revised,
            executed=spent[fund].total if fund in spent else NOT_REPORTED,
            carried_twice=_carried_twice(was.carryover, this.carryover),
            open_problems=count[0],
            overdue_problems=count[1],
            is_livelihood=is_livelihood,
            has_ended=until_year < budget_year,
        )
        found.append((Subject(fund, unit, division), standing))
    return found


def _carried_twice(before: Decimal | Missing, now: Decimal | Missing) -> Decimal:
    """Carried into both years: at most the smaller was carried twice."""
    if isinstance(before, Missing) or isinstance(now, Missing):
        return Decimal(0)
    return max(min(before, now), Decimal(0))


def _problems(region: Region) -> dict[int, tuple[int, int]]:
    """How many problems of each fund are open, and how many of them overdue. One query."""
    known = [state for state in OPEN_PROBLEMS if state != ProblemState.REGISTERED]
    rows = Problem.objects.filter(region=region, fund__isnull=False, state__in=known).order_by()
    told = rows.values_list("fund").annotate(
        Count("pk"), late=Count("pk", filter=Q(late(timezone.localdate())))
    )
    return {fund: (count, overdue) for fund, count, overdue in told}
