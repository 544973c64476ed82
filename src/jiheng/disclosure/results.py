"""Goals and what came of them: of every unit and special fund for the record, and summed up for a unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from jiheng.disclosure.record import PublicResult
from jiheng.evaluation.models import Score
from jiheng.filings.models import Filing, State
from jiheng.ledger import executed
from jiheng.projects import budget
from jiheng.projects.budget import NO_BUDGET
from jiheng.sheets import NOT_REPORTED, Form
from jiheng.units.models import Region, Unit

GOALS = (Form.UNIT_GOAL, Form.PROJECT_GOAL)
EVALUATIONS = (Form.UNIT_EVALUATION, Form.PROJECT_EVALUATION)


@dataclass(frozen=True, slots=True)
class OfUnit:
    """A unit's approved project goals, and the confirmed self-evaluation of its whole spending."""

    goals: int | None = None
    amount: Decimal | None = None
    score: Decimal | None = None
    grade: str = ""


@dataclass(frozen=True, slots=True)
class UnitResults:
    """By unit id."""

    by_unit: Mapping[int, OfUnit] = field(default_factory=dict)

    def of(self, unit: int) -> OfUnit:
        return self.by_unit.get(unit, OfUnit())


def unit_results(region: Region, year: int, units: Iterable[Unit]) -> UnitResults:
    """What the explanations of units say of goals and scores. Three queries."""
    chosen = [unit.pk for unit in units]
    every = Filing.objects.filter(
        region=region, fiscal_year=year, form=Form.PROJECT_GOAL, approved__isnull=False
    )
    # a unit without projects has 0 of them, once the year has goals at all
    none = (0, Decimal(0)) if every.exists() else (None, None)
    counted = {
        unit: (count, amount)
        for unit, count, amount in every.filter(unit__in=chosen)
        .order_by()
        .values_list("unit_id")
        .annotate(Count("pk"), Sum("amount"))
    }
    scores = {
        row["filing__unit_id"]: row
        for row in _confirmed(region, year).filter(filing__form=Form.UNIT_EVALUATION, filing__unit__in=chosen)
    }
    found = {}
    for unit in chosen:
        count, amount = counted.get(unit, none)
        score, grade = _of(scores.get(unit))
        found[unit] = OfUnit(count, amount, score, grade)
    return UnitResults(found)


def results_of(region: Region, year: int) -> tuple[PublicResult, ...]:
    """Every approved goal of the year with money, confirmed score and grade: units first, then funds."""
    rows = Filing.objects.filter(
        region=region, fiscal_year=year, form__in=GOALS, approved__isnull=False
    ).select_related("unit", "fund", "approved")
    scores = {(row["filing__unit_id"], row["filing__fund_id"]): row for row in _confirmed(region, year)}
    until = date(year, 12, 31)
    money = {
        Form.UNIT_GOAL: (budget.of_units(region, year), executed.of_units(region, year, until)),
        Form.PROJECT_GOAL: (budget.of_funds(region, year), executed.of_funds(region, year, until)),
    }
    found = []
    for row in rows.order_by("fund__code", "unit__code"):
        planned, spent = money[Form(row.form)]
        subject = row.fund_id or row.unit_id
        score, grade = _of(scores.get((row.unit_id, row.fund_id)))
        done = spent.get(subject)
        found.append(
            PublicResult(
                fiscal_year=year,
                unit_code=row.unit.code,
                unit_name=row.unit.name,
                fund_code=row.fund.code if row.fund else "",
                fund_name=row.fund.name if row.fund else "",
                goal=_goal(row),
                budget=planned.get(subject, NO_BUDGET).revised,
                spent=NOT_REPORTED if done is None else done.total,
                score=NOT_REPORTED if score is None else score,
                grade=grade,
            )
        )
    return tuple(sorted(found, key=lambda one: (not one.is_unit, one.unit_code, one.fund_code)))


def _goal(row: Filing) -> str:
    sheet: Mapping[str, Any] = row.approved.sheet if row.approved is not None else row.sheet
    return str(sheet.get("annual_goal", ""))


def _confirmed(region: Region, year: int) -> Any:
    """Scores of confirmed self-evaluations; the bureau's review score counts before the unit's."""
    found = Score.objects.filter(
        filing__region=region,
        filing__fiscal_year=year,
        filing__form__in=EVALUATIONS,
        filing__state=State.APPROVED,
    )
    return found.values(
        "filing__unit_id", "filing__fund_id", "computed", "grade", "reviewed", "reviewed_grade"
    )


def _of(row: Mapping[str, Any] | None) -> tuple[Decimal | None, str]:
    if row is None:
        return None, ""
    if row["reviewed"] is not None:
        return row["reviewed"], row["reviewed_grade"]
    return row["computed"], row["grade"]
