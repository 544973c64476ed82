"""Goal forms of the cast for the tests of pages, brought to a desk through the rooms' own verbs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.cast import Cast

from jiheng.filings.models import Filing, State
from jiheng.goals import workflow
from jiheng.sheets import NOT_APPLICABLE, Amount, Indicator, ProjectGoalSheet, Quantity
from jiheng.units.models import Person
from jiheng.web import forms

# what a unit may file: official levels and weights, and money that is the budget's
LINES = (
    ("成本指标", "经济成本指标", "改造总成本", "≤", "3000", "万元", "20"),
    ("产出指标", "数量指标", "改造教学楼数量", "=", "2", "栋", "20"),
    ("产出指标", "质量指标", "工程竣工验收合格率", "=", "100", "%", "20"),
    ("效益指标", "社会效益指标", "新增学位数量", "≥", "450", "个", "20"),
    ("满意度指标", "服务对象满意度指标", "学生家长满意度", "≥", "90", "%", "10"),
)


def indicators() -> tuple[Indicator, ...]:
    from_line = (
        Indicator(
            key=f"k{number}",
            level1=level1,
            level2=level2,
            name=name,
            operator=next(item for item in type(Indicator(key="").operator) if item.value == sign),
            target=Quantity.of(target),
            unit=unit,
            weight=Quantity.of(weight),
        )
        for number, (level1, level2, name, sign, target, unit, weight) in enumerate(LINES, start=1)
    )
    return tuple(from_line)


def draft(cast: Cast) -> Filing:
    """Just begun: prefilled, without indicators."""
    return workflow.start(cast.reporter, unit=cast.school, fund=cast.building, fiscal_year=2024)


def filled_sheet(filing: Filing) -> ProjectGoalSheet:
    sheet = filing.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    return replace(
        sheet,
        attribute="新增",
        period="2024年",
        leader="张填",
        phone="0399-2123456",
        funding=replace(
            sheet.funding,
            midterm_total=NOT_APPLICABLE,
            annual_total=Amount.wan("3000"),
            annual_fiscal=Amount.wan("3000"),
            annual_other=Amount.wan("0"),
        ),
        annual_goal="完成第一中学教学楼和运动场改造，竣工验收全部合格，新增学位四百五十个，缓解大班额。",
        indicators=indicators(),
    )


def filled(cast: Cast) -> Filing:
    """A draft that may be submitted."""
    filing = draft(cast)
    return workflow.save_draft(cast.reporter, filing, filled_sheet(filing), filing.revision)


def submitted(cast: Cast) -> Filing:
    filing = filled(cast)
    return workflow.submit(cast.reporter, filing, filing.revision)


def at_desk(cast: Cast, *passed: Person) -> Filing:
    filing = submitted(cast)
    for person in passed:
        filing = workflow.approve(person, filing, filing.revision)
    return filing


def approved(cast: Cast) -> Filing:
    filing = at_desk(cast, cast.reviewer, cast.department, cast.division, cast.performance)
    assert filing.state == State.APPROVED
    return filing


def sent(filing: Filing, **changed: Any) -> dict[str, Any]:
    """What the editor sends of the form, some fields changed (by their path)."""
    return {**forms.inputs(filing.as_sheet()), "based_on": filing.revision, **changed}
