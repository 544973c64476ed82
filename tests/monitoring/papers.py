"""Papers for the tests: approved goals of the cast's funds and units, and monitoring forms at each stage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils import timezone
from tests.cast import Cast

from jiheng.filings.models import Filing, State, Version
from jiheng.filings.moves import fingerprint
from jiheng.goals.prefill import form_of, header_of
from jiheng.monitoring import workflow
from jiheng.projects.models import Fund
from jiheng.sheets import (
    Amount,
    Band,
    GoalSheet,
    Indicator,
    Likelihood,
    MonitoringSheet,
    Operator,
    ProjectGoalSheet,
    Quantity,
    UnitGoalSheet,
    to_json,
)
from jiheng.units.models import Person, Unit

# weights add up to 90; only the first accumulates over the year
INDICATORS = (
    Indicator(
        key="k1",
        level1="产出指标",
        level2="数量指标",
        name="改造教室",
        target=Quantity.of("100"),
        unit="间",
        weight=Quantity.of("50"),
        accumulates=True,
    ),
    Indicator(
        key="k2",
        level1="效益指标",
        level2="社会效益指标",
        name="办学条件改善",
        operator=Operator.QUALITATIVE,
        target_text="明显改善",
        weight=Quantity.of("30"),
    ),
    Indicator(
        key="k3",
        level1="满意度指标",
        level2="服务对象满意度指标",
        name="师生满意度",
        target=Quantity.of("90"),
        unit="%",
        weight=Quantity.of("10"),
    ),
)


def approved_goal(unit: Unit, fund: Fund | None, fiscal_year: int, **fields: Any) -> Filing:
    """An approved goal, stored as its last desk would have left it."""
    kind = UnitGoalSheet if fund is None else ProjectGoalSheet
    sheet: GoalSheet = kind(
        header=header_of(unit, fund, fiscal_year), annual_goal="改善办学条件", indicators=INDICATORS
    )
    stored = to_json(replace(sheet, **fields))
    filing = Filing.objects.create(
        region_id=unit.region_id,
        form=form_of(fund),
        fiscal_year=fiscal_year,
        unit=unit,
        fund=fund,
        sheet=stored,
        desk="",
    )
    now = timezone.now()
    version = Version.objects.create(
        filing=filing, number=1, cause="批复", sheet=stored, sha256=fingerprint(stored), at=now
    )
    filing.approved, filing.state, filing.approved_at, filing.submitted_at = version, State.APPROVED, now, now
    filing.save()
    return filing


def started(cast: Cast, month: int = 6) -> Filing:
    """The draft of `building` 2024."""
    if not Filing.objects.filter(form="project_goal", fund=cast.building, fiscal_year=2024).exists():
        approved_goal(cast.school, cast.building, 2024)
    return workflow.start(cast.reporter, unit=cast.school, fund=cast.building, fiscal_year=2024, month=month)


def filled(filing: Filing, done: str = "60", **of_first: Any) -> MonitoringSheet:
    """Everything reported: `done` of 100 classrooms by June; fields of the first line as asked."""
    sheet = filing.as_sheet()
    assert isinstance(sheet, MonitoringSheet)
    first, second, third = sheet.lines
    first = replace(
        first, actual=Quantity.of(done), forecast=Quantity.of("100"), likelihood=Likelihood.CERTAIN
    )
    second = replace(
        second,
        band=Band.ACHIEVED,
        actual_text="已改善",
        forecast_text="明显改善",
        likelihood=Likelihood.CERTAIN,
    )
    third = replace(
        third, actual=Quantity.of("92"), forecast=Quantity.of("92"), likelihood=Likelihood.CERTAIN
    )
    money = tuple(replace(row, forecast=row.budget) for row in sheet.money)
    return replace(sheet, money=money, lines=(replace(first, **of_first), second, third))


def saved(cast: Cast, done: str = "60", **of_first: Any) -> Filing:
    filing = started(cast)
    return workflow.save_draft(cast.reporter, filing, filled(filing, done, **of_first), filing.revision)


def submitted(cast: Cast, done: str = "60", **of_first: Any) -> Filing:
    filing = saved(cast, done, **of_first)
    return workflow.submit(cast.reporter, filing, filing.revision)


def passed(filing: Filing, *people: Person) -> Filing:
    for person in people:
        filing = workflow.approve(person, filing, filing.revision)
    return filing


def wan(text: str) -> Amount:
    return Amount.wan(text)
