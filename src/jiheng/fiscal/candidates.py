"""遴选: what is known of every project, ranked by policy; the plan by which key projects are covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max

from jiheng.evaluation.models import Score
from jiheng.evaluation.watch import own_score
from jiheng.filings.models import State
from jiheng.findings.models import OPEN_PROBLEMS, Problem
from jiheng.fiscal.models import Concern, EvaluationState, KeyEvaluation
from jiheng.monitoring.models import Reading
from jiheng.policy import Policy
from jiheng.projects import budget
from jiheng.projects.models import Fund
from jiheng.scoring.ranking import CandidateFacts, Ranked, YearPlan, five_years, ranked
from jiheng.sheets import Form, Light, Missing, MissingReason
from jiheng.units import access
from jiheng.units.models import Person, Region

NOT_REVIEWED = Missing(MissingReason.NOT_REPORTED, "没有复核得分")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project with its rank; `picked` its evaluation of that year, if it was picked already."""

    fund: Fund
    rank: Ranked
    picked: KeyEvaluation | None


@dataclass(frozen=True, slots=True)
class PlannedYear:
    """One year of the coverage plan with its projects."""

    plan: YearPlan
    candidates: tuple[Candidate, ...]


def candidates(person: Person, year: int, policy: Policy) -> list[Candidate]:
    """The projects that the person sees, ranked for a work year by what is known of the fiscal year before.
    The number of queries does not grow with the projects."""
    region = access.region_of(person)
    funds = Fund.objects.filter(region=region, unit__in=access.units_for(person))
    funds = funds.filter(since_year__lt=year, until_year__gte=year - 1).select_related("unit__department")
    by_pk = {fund.pk: fund for fund in funds}
    rows = ranked(facts_of(region, by_pk.values(), year, policy), year, policy)
    here = KeyEvaluation.objects.filter(region=region, year=year, fund__isnull=False)
    picked = {row.fund_id: row for row in here.exclude(state=EvaluationState.DROPPED)}
    return [Candidate(by_pk[row.key], row, picked.get(row.key)) for row in rows]


def facts_of(region: Region, funds: Iterable[Fund], year: int, policy: Policy) -> list[CandidateFacts]:
    """What is known of the projects when a work year's evaluations are picked. Seven queries."""
    funds = list(funds)
    budgets = budget.of_funds(region, year - 1, funds)
    red, gaps = _red(region, year - 1), _gaps(region, year - 1)
    before = KeyEvaluation.objects.filter(region=region, fund__isnull=False, year__lt=year)
    last = dict(
        before.exclude(state=EvaluationState.DROPPED).order_by().values_list("fund").annotate(Max("year"))
    )
    problems: Counter[int] = Counter(
        Problem.objects.filter(region=region, fund__isnull=False, state__in=OPEN_PROBLEMS).values_list(
            "fund", flat=True
        )
    )
    since = date(year - policy.whole("fiscal.concern_years") + 1, 1, 1)
    heard = Concern.objects.filter(region=region, received_on__gte=since, received_on__year__lte=year)
    concerns: Counter[int] = Counter(heard.values_list("fund", flat=True))
    return [
        CandidateFacts(
            key=fund.pk,
            amount=budgets[fund.pk].revised,
            is_livelihood=fund.is_livelihood,
            red_lights=red[fund.pk],
            gap=gaps.get(fund.pk, NOT_REVIEWED),
            since_year=fund.since_year,
            last_evaluated=last.get(fund.pk),
            problems=problems[fund.pk],
            concerns=concerns[fund.pk],
        )
        for fund in funds
    ]


def covered(person: Person, year: int, policy: Policy) -> tuple[list[PlannedYear], int, int]:
    """The plan of the coming cycle, and how many of the key projects were evaluated within the last one, of
    how many."""
    rows = candidates(person, year, policy)
    by_key = {item.fund.pk: item for item in rows}
    plan = [
        PlannedYear(turn, tuple(by_key[key] for key in turn.keys))
        for turn in five_years([item.rank for item in rows], year, policy)
    ]
    keys = [item.rank for item in rows if item.rank.is_key]
    cycle = policy.whole("fiscal.ranking.cycle")
    pks = {row.key for row in keys}
    here = KeyEvaluation.objects.filter(fund__in=pks, year__gt=year - cycle, year__lte=year)
    done = here.exclude(state=EvaluationState.DROPPED).order_by().values("fund").distinct().count()
    return plan, done, len(keys)


def _red(region: Region, fiscal_year: int) -> Counter[int]:
    """Red lights of a fiscal year's monitoring, by fund."""
    filed = Reading.objects.filter(
        filing__region=region,
        filing__fiscal_year=fiscal_year,
        filing__form=Form.MONITORING,
        filing__fund__isnull=False,
        overall=Light.RED.value,
    )
    return Counter(filed.exclude(filing__state=State.DRAFT).values_list("filing__fund", flat=True))


def _gaps(region: Region, fiscal_year: int) -> dict[int, Decimal]:
    """自评得分−复核得分 by fund; funds that nobody reviewed are left out."""
    found = Score.objects.filter(
        filing__region=region,
        filing__fiscal_year=fiscal_year,
        filing__form=Form.PROJECT_EVALUATION,
        reviewed__isnull=False,
    )
    gaps = {}
    for kept in (
        found.exclude(filing__state=State.DRAFT).select_related("filing").defer("steps", "filing__sheet")
    ):
        own = own_score(kept)
        if own is not None and kept.filing.fund_id is not None:
            gaps[kept.filing.fund_id] = own - kept.reviewed
    return gaps
