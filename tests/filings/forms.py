"""Forms for the tests: a project goal sheet of the cast's `building`, and the way to a stage of its life."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.cast import Cast

from jiheng.filings import workflow
from jiheng.filings.models import Filing, State
from jiheng.projects.models import Fund
from jiheng.sheets import Form, Funding, Header, Indicator, ProjectGoalSheet, Quantity
from jiheng.units.models import Person


def goal_sheet(fund: Fund, goal: str = "改造教学楼 2 栋") -> ProjectGoalSheet:
    return ProjectGoalSheet(
        header=Header(
            region=fund.region_id,
            fiscal_year=2024,
            unit_code=fund.unit.code,
            unit_name=fund.unit.name,
            subject_code=fund.code,
            subject_name=fund.name,
        ),
        funding=Funding(),
        annual_goal=goal,
        indicators=(
            Indicator(
                key="k1",
                level1="产出指标",
                level2="数量指标",
                name="改造教学楼",
                target=Quantity.of("2"),
                unit="栋",
            ),
            Indicator(
                key="k2",
                level1="产出指标",
                level2="质量指标",
                name="验收合格率",
                target=Quantity.of("100"),
                unit="%",
            ),
        ),
    )


def opened(cast: Cast, fund: Fund | None = None, person: Person | None = None) -> Filing:
    fund = fund or cast.building
    return workflow.open_filing(
        person or cast.reporter,
        form=Form.PROJECT_GOAL,
        fiscal_year=2024,
        unit=fund.unit,
        fund=fund,
        sheet=goal_sheet(fund),
    )


def submitted(cast: Cast) -> Filing:
    filing = opened(cast)
    return workflow.submit(cast.reporter, filing, filing.revision)


def approved(cast: Cast) -> Filing:
    filing = submitted(cast)
    for person in (cast.reviewer, cast.department, cast.division, cast.performance):
        filing = workflow.approve(person, filing, filing.revision)
    assert filing.state == State.APPROVED
    return filing


def edited(filing: Filing, **fields: Any) -> ProjectGoalSheet:
    sheet = filing.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    return replace(sheet, **fields)
