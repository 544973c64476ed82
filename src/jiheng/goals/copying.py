"""The next year's goals as drafts: who goes on starts from the approved goal of the year before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db.models import Q

from jiheng.filings import drafting, moves
from jiheng.filings.models import Filing
from jiheng.goals.prefill import form_of, fresh, total_of, with_lines_of
from jiheng.goals.workflow import policy_for
from jiheng.projects.access import funds_in, units_in
from jiheng.projects.models import Fund
from jiheng.sheets import Form, GoalSheet, Missing, ProjectGoalSheet, UnitGoalSheet
from jiheng.units.models import Person, Region, Unit

FORMS = (Form.UNIT_GOAL, Form.PROJECT_GOAL)


def drafts(
    person: Person, region: Region, fiscal_year: int, tell: Callable[[int, int], None]
) -> list[Filing]:
    """Goal forms of a year, not stored yet: of each unit and fund that lives in it, has an approved goal of
    the year before and no form. Indicators, leader and phone are the old ones, money is the year's own."""
    policy = policy_for(region, fiscal_year)
    earlier = _approved(region, fiscal_year - 1)
    there = _there(region, fiscal_year)
    wanted = [subject for subject in _subjects(region, fiscal_year) if _key(*subject) in earlier]
    wanted = [subject for subject in wanted if _key(*subject) not in there]
    made, at = [], moves.now()
    for place, (unit, fund) in enumerate(wanted, 1):
        before = earlier[_key(unit, fund)]
        sheet = with_lines_of(fresh(person, unit, fund, fiscal_year, policy), before)
        sheet = replace(sheet, leader=before.leader, phone=before.phone)
        total = total_of(sheet)
        made.append(
            Filing(
                region=region,
                form=form_of(fund),
                fiscal_year=fiscal_year,
                unit=unit,
                fund=fund,
                sheet=moves.stored(sheet),
                amount=None if isinstance(total, Missing) else moves.whole_fen(total.yuan),
                updated_by=person,
                arrived_at=at,
            )
        )
        tell(place, len(wanted))
    return made


def keep(person: Person, made: Sequence[Filing]) -> int:
    """Stores the drafts, with their log; what a unit began meanwhile stays. Returns how many."""
    return drafting.keep(person, made, "复制上年目标")


def _key(unit: Unit, fund: Fund | None) -> tuple[str, int]:
    return ("fund", fund.pk) if fund else ("unit", unit.pk)


def _subjects(region: Region, fiscal_year: int) -> list[tuple[Unit, Fund | None]]:
    units = units_in(region, fiscal_year).select_related("department", "region").order_by("code")
    funds = funds_in(region, fiscal_year).select_related("unit__department", "unit__region", "region")
    return [*((unit, None) for unit in units), *((fund.unit, fund) for fund in funds.order_by("code"))]


def _there(region: Region, fiscal_year: int) -> set[tuple[str, int]]:
    found = Filing.objects.filter(region=region, fiscal_year=fiscal_year, form__in=FORMS)
    rows = found.order_by().values_list("unit", "fund")
    return {("fund", fund) if fund else ("unit", unit) for unit, fund in rows}


def _approved(region: Region, fiscal_year: int) -> dict[tuple[str, int], GoalSheet]:
    """The goals of a year as they are in force. One query."""
    goals = Filing.objects.filter(Q(form__in=FORMS), region=region, fiscal_year=fiscal_year)
    sheets: dict[tuple[str, int], GoalSheet] = {}
    for filing in goals.exclude(approved=None).select_related("approved", "unit", "fund").defer("sheet"):
        assert filing.approved is not None
        filing.approved.filing = filing
        sheet = filing.approved.as_sheet()
        assert isinstance(sheet, ProjectGoalSheet | UnitGoalSheet)
        sheets[_key(filing.unit, filing.fund)] = sheet
    return sheets
