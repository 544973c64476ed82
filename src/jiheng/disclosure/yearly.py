"""The year of performance management as facts: goals, monitoring, self-evaluation, problems, key projects.

Counts come from the stages themselves; each has a source of its own (`SOURCES`), which names the page that
lists what was counted. `evaluated` is the year whose spending was evaluated in the fiscal year: the year
itself once its self-evaluations are confirmed, else the one before (work year and fiscal year differ).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, QuerySet
from django.utils import timezone

from jiheng.disclosure.words import ReviewedLine, Words
from jiheng.filings import coverage
from jiheng.filings.models import Filing, State
from jiheng.findings.models import Problem, ProblemState, Source
from jiheng.fiscal.models import EvaluationKind, EvaluationState, KeyEvaluation
from jiheng.monitoring.models import Reading
from jiheng.projects.models import Stage
from jiheng.results.models import Proposal
from jiheng.reviews.models import FourReview, ReviewState
from jiheng.sheets import Amount, Form, Light
from jiheng.units.models import Region
from jiheng.wording import ABSENT, Performance, Reviewed, Sourced, Whose

EVALUATIONS = (Form.UNIT_EVALUATION, Form.PROJECT_EVALUATION)
FOUND_BY = (Source.EVALUATION, Source.FOUR_REVIEWS)


@dataclass(frozen=True, slots=True)
class Listed:
    """Where a count can be looked up: what it is called, the page (url name) and its query."""

    label: str
    url_name: str
    stage: str = ""


SOURCES: Mapping[str, Listed] = {
    "units": Listed("预算单位数", "coverage", "goal"),
    "unit_goals": Listed("已批复整体支出绩效目标的单位数", "coverage", "goal"),
    "fund_goals": Listed("已批复绩效目标的专项资金数", "coverage", "goal"),
    "fund_goals_amount": Listed("已批复绩效目标的专项资金预算", "coverage", "goal"),
    "monitored": Listed("有监控灯的专项资金数", "monitoring"),
    "green": Listed("绿灯的专项资金数（含蓝灯）", "monitoring"),
    "yellow": Listed("黄灯的专项资金数", "monitoring"),
    "red": Listed("红灯的专项资金数", "monitoring"),
    "self_evaluated": Listed("已报送整体支出自评的单位数", "coverage", "evaluation"),
    "self_evaluated_projects": Listed("已报送自评的专项资金数", "coverage", "evaluation"),
    "problems_found": Listed("财政评价和“四评”发现的问题数", "problems"),
    "problems_closed": Listed("其中已销号的问题数", "problems"),
    "linked": Listed("结果应用：列入参考调整额、已决定的项目下年预算与本年预算之差", "results"),
    "linked_typed": Listed("评价结果应用涉及的预算金额（编制人填写）", ""),
    "key": Listed("财政重点绩效评价（已确认）", "fiscal"),
    "reviewed": Listed("附件1（编制人填写）", ""),
}


def performance_of(region: Region, year: int, words: Words) -> Performance:
    """The facts of 预算绩效管理工作情况的说明; what the stages do not know of yet is missing."""
    evaluated = evaluated_in(region, year)
    today = timezone.localdate()
    goals = coverage.as_of(region, Stage.GOAL, year, 0, today)
    own = coverage.as_of(region, Stage.EVALUATION, evaluated, 0, today)
    lights = _lights(region, year)

    def counted(name: str, value: int | Decimal | None, of: int = year) -> Sourced:
        if value is None:
            return ABSENT
        return Sourced(Decimal(value), f"performance/{of}/{name}")

    found, closed = _problems(region, year)
    four = under_four_reviews(region, year)
    is_begun, is_evaluated = goals.units.tally.filed > 0, own.units.tally.filed > 0
    return Performance(
        Whose(region.name, year),
        evaluated,
        departments=counted("units", goals.units.tally.total),
        department_goals=counted("unit_goals", goals.units.tally.approved if is_begun else None),
        fund_goals=counted("fund_goals", goals.funds.tally.approved if is_begun else None),
        fund_goals_amount=counted(
            "fund_goals_amount", goals.funds.tally.amount_approved if is_begun else None
        ),
        monitored=counted("monitored", sum(lights.values()) if lights else None),
        green=counted("green", lights[Light.GREEN] + lights[Light.BLUE] if lights else None),
        yellow=counted("yellow", lights[Light.YELLOW] if lights else None),
        red=counted("red", lights[Light.RED] if lights else None),
        self_evaluated=counted("self_evaluated", own.units.tally.filed if is_evaluated else None, evaluated),
        self_evaluated_projects=counted(
            "self_evaluated_projects", own.funds.tally.filed if is_evaluated else None, evaluated
        ),
        linked_amount=_linked(region, year, evaluated, words),
        problems_found=counted("problems_found", found),
        problems_closed=counted("problems_closed", closed),
        reviewed=(
            *(_key_project(row, words, four) for row in key_evaluations(region, year)),
            *(_reviewed(line, number, year) for number, line in enumerate(words.reviewed, 1)),
        ),
        systems=words.systems,
        problems=words.problems,
        measures=words.measures,
    )


def evaluated_in(region: Region, year: int) -> int:
    """The year whose self-evaluations this fiscal year's disclosure tells of."""
    confirmed = Filing.objects.filter(
        region=region, fiscal_year=year, form__in=EVALUATIONS, state=State.APPROVED
    )
    return year if confirmed.exists() else year - 1


def _lights(region: Region, year: int) -> Counter[str]:
    """The lights of the year's latest month in which each fund was monitored. Two queries."""
    read = Reading.objects.filter(
        filing__region=region,
        filing__fiscal_year=year,
        filing__form=Form.MONITORING,
        filing__fund__isnull=False,
    ).exclude(filing__state=State.DRAFT)
    lit = read.exclude(overall="")
    latest = dict(lit.order_by().values_list("filing__fund_id").annotate(Max("filing__month")))
    rows = lit.values_list("filing__fund_id", "filing__month", "overall")
    return Counter(light for fund, month, light in rows if latest[fund] == month)


def _problems(region: Region, year: int) -> tuple[int | None, int | None]:
    """Found by 财政评价 and 四评 and registered in the year, and how many of them are closed. One query."""
    found = Problem.objects.filter(region=region, year=year, source__in=FOUND_BY)
    states = list(found.exclude(state=ProblemState.MERGED).values_list("state", flat=True))
    if not states and not Problem.objects.filter(region=region, year=year).exists():
        return None, None
    return len(states), states.count(ProblemState.CLOSED)


def _linked(region: Region, year: int, evaluated: int, words: Words) -> Sourced:
    """What the evaluated year's results moved of the marked funds' budgets, as decided; else as typed."""
    decided = Proposal.objects.filter(
        plan__region=region, plan__score_year=evaluated, is_marked=True, decided__isnull=False
    )
    pairs = decided.values_list("decided", "base")
    moved = [abs(after - before) for after, before in pairs if after is not None and before is not None]
    if moved:
        return Sourced(sum(moved, Decimal(0)), f"performance/{year}/linked")
    if not words.linked:
        return ABSENT
    return Sourced(Amount.wan(words.linked).yuan, f"performance/{year}/linked_typed")


def key_evaluations(region: Region, year: int) -> QuerySet[KeyEvaluation]:
    """The year's confirmed 财政评价, in the order of their numbers. One query."""
    rows = KeyEvaluation.objects.filter(
        region=region, year=year, kind=EvaluationKind.FISCAL, state=EvaluationState.CONFIRMED
    )
    return rows.select_related("unit__department", "fund").defer("frozen", "narrative").order_by("serial")


def under_four_reviews(region: Region, year: int) -> set[int]:
    """The funds whose 四评 were confirmed in the work year. One query."""
    found = FourReview.objects.filter(region=region, year=year, state=ReviewState.CONFIRMED)
    return set(found.values_list("fund_id", flat=True))


def _key_project(row: KeyEvaluation, words: Words, four: set[int]) -> Reviewed:
    source = f"performance/{row.year}/key.{row.serial}"
    return Reviewed(
        row.title,
        row.unit.department.name,
        row.years,
        Sourced(row.amount, source) if row.amount is not None else ABSENT,
        Sourced(row.total, source) if row.total is not None else ABSENT,
        row.grade,
        row.pk in words.four or row.fund_id in four,
    )


def _reviewed(line: ReviewedLine, number: int, year: int) -> Reviewed:
    amount, score = line.figures
    source = f"performance/{year}/reviewed.{number}"
    return Reviewed(
        line.project,
        line.department,
        line.years,
        Sourced(amount.yuan, source) if amount is not None else ABSENT,
        Sourced(score.value, source) if score is not None else ABSENT,
        line.grade,
        line.is_four_reviews,
    )
