"""Self-evaluations of the cast's funds for 2023 at each stage of their life."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.cast import Cast
from tests.monitoring.papers import approved_goal

from jiheng.evaluation import workflow
from jiheng.filings.models import Filing
from jiheng.projects.models import Fund
from jiheng.sheets import Band, EvaluationSheet, ProjectEvaluationSheet, Quantity, UnitEvaluationSheet
from jiheng.units.models import Person

# of `building` 2023: 4604 of 4754 万元 spent, 95 of 100 classrooms, everything else as planned
EXECUTION, FIRST, TOTAL = "9.68", "47.50", "97.18"


def started(cast: Cast, fund: Fund | None = None, person: Person | None = None) -> Filing:
    fund = fund or cast.building
    if not Filing.objects.filter(form="project_goal", fund=fund, fiscal_year=2023).exists():
        approved_goal(fund.unit, fund, 2023)
    return workflow.start(person or cast.reporter, unit=fund.unit, fund=fund, fiscal_year=2023)


def sheet_of(filing: Filing) -> EvaluationSheet:
    sheet = filing.as_sheet()
    assert isinstance(sheet, ProjectEvaluationSheet | UnitEvaluationSheet)
    return sheet


def filled(filing: Filing, done: str = "95", claimed: str = FIRST, **fields: Any) -> EvaluationSheet:
    """Everything reported and rightly claimed, unless told otherwise."""
    sheet = sheet_of(filing)
    first, second, third = sheet.lines
    first = replace(
        first,
        actual=Quantity.of(done),
        claimed=Quantity.of(claimed),
        reason="5间因管线迁改延后，已列入下年计划",
        evidence="竣工验收单",
    )
    second = replace(second, band=Band.ACHIEVED, claimed=Quantity.of("30"), evidence="现场照片")
    third = replace(third, actual=Quantity.of("92"), claimed=Quantity.of("10"), evidence="问卷汇总")
    execution = fields.pop("execution", EXECUTION)
    total = sum((Decimal(part) for part in (execution, claimed, "30", "10")), Decimal(0))
    said = {
        "execution_claimed": Quantity.of(execution),
        "execution_reason": "质保金按合同留待下年支付",
        "actual_goal": "改造教室95间",
        "lines": (first, second, third),
        "total_claimed": Quantity.of(str(total)),
        "leader": "张填",
        "phone": "0731-20000000",
    }
    return replace(sheet, **(said | fields))


def saved(cast: Cast, **fields: Any) -> Filing:
    filing = started(cast)
    return workflow.save_draft(cast.reporter, filing, filled(filing, **fields), filing.revision)


def submitted(cast: Cast, **fields: Any) -> Filing:
    filing = saved(cast, **fields)
    return workflow.submit(cast.reporter, filing, filing.revision)


def passed(filing: Filing, *people: Person) -> Filing:
    for person in people:
        filing = workflow.approve(person, filing, filing.revision)
    return filing


def at_division(cast: Cast) -> Filing:
    return passed(submitted(cast), cast.reviewer, cast.department)


def confirmed(cast: Cast) -> Filing:
    return passed(at_division(cast), cast.division, cast.performance)
