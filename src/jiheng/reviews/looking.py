"""四评 as it is looked at: the year's projects, and what a project's one sheet shows beside the scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from django.db.models import QuerySet

from jiheng.evaluation.models import Score
from jiheng.figures import percent
from jiheng.filings.models import Filing, State
from jiheng.findings import problems
from jiheng.findings.models import Problem
from jiheng.ledger import executed
from jiheng.monitoring.models import Reading
from jiheng.projects import budget
from jiheng.projects.access import funds_for, funds_in
from jiheng.projects.models import Fund
from jiheng.reviews.access import parts_of, readable, visible
from jiheng.reviews.models import FourReview, ReviewFault, ReviewPart, ReviewState
from jiheng.reviews.standing import Standing, standing_of
from jiheng.sheets import Form, Missing, ProjectEvaluationSheet, ProjectGoalSheet, Result
from jiheng.units.models import Person, Region

MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Listed:
    """A project of the year as the person sees it."""

    review: FourReview
    parts: list[ReviewPart]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Facts:
    """Money in yuan, the goal and what came of it, the lights: of the fund in the fiscal year."""

    revised: Decimal | Missing
    executed: Decimal | Missing
    rate: Decimal | Missing
    goal: str
    results: tuple[Result, ...]
    more_results: int
    lights: tuple[Reading, ...]


def in_year(person: Person, year: int) -> list[Listed]:
    """The year's projects in order of their numbers, those taken off last."""
    rows = visible(person).filter(year=year).select_related("unit", "fund", "region")
    found = []
    for review in sorted(rows, key=lambda row: (row.state == ReviewState.DROPPED, row.serial)):
        parts = parts_of(review)
        found.append(Listed(review, parts, standing_of(review, readable(person, review, parts))))
    return found


def eligible(person: Person, region: Region, fiscal_year: int) -> QuerySet[Fund]:
    """The funds that may be picked: those that live in the fiscal year and are not under 四评 for it yet."""
    taken = FourReview.objects.filter(fiscal_year=fiscal_year).exclude(state=ReviewState.DROPPED)
    rows = funds_for(person).filter(pk__in=funds_in(region, fiscal_year)).exclude(pk__in=taken.values("fund"))
    return rows.select_related("unit").order_by("unit__code", "code")


def facts_of(review: FourReview) -> Facts:
    """What the sheet shows of money, goal and lights. Five queries or so."""
    year, fund = review.fiscal_year, review.fund
    planned = budget.of_funds(review.region, year, [fund])[fund.pk].revised
    spent = executed.of_funds(review.region, year, date(year, 12, 31), [fund])[fund.pk].total
    rows = Filing.objects.filter(fund=fund, fiscal_year=year, state=State.APPROVED)
    goal = rows.filter(form=Form.PROJECT_GOAL).first()
    own = rows.filter(form=Form.PROJECT_EVALUATION, score__in=Score.objects.exclude(frozen_at=None)).first()
    lines = cast("ProjectEvaluationSheet", own.as_sheet()).lines if own else ()
    lights = Reading.objects.filter(filing__fund=fund, filing__fiscal_year=year).exclude(overall="")
    return Facts(
        revised=planned,
        executed=spent,
        rate=percent(spent, planned),
        goal=cast("ProjectGoalSheet", goal.as_sheet()).annual_goal if goal else "",
        results=lines[:MOST_LINES],
        more_results=max(len(lines) - MOST_LINES, 0),
        lights=tuple(lights.select_related("filing").order_by("filing__month")),
    )


def faults_of(review: FourReview, kinds: set[str]) -> list[ReviewFault]:
    """What the reviews that may be read found."""
    rows = ReviewFault.objects.filter(part__review=review, part__kind__in=kinds)
    return list(rows.select_related("part", "person"))


def registered(person: Person, review: FourReview) -> QuerySet[Problem]:
    """The fund's problems in the register that the person sees, with what was done, the latest first."""
    rows = problems.visible(person).filter(fund=review.fund_id, fiscal_year__lte=review.year)
    return rows.select_related("unit").order_by("-fiscal_year", "-pk")
