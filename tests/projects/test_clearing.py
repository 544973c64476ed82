"""安排条件: which funds must be assessed first, and what is refused until they are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from tests.cast import Cast, make_fund
from tests.projects.test_imports import BUDGETS, published
from tests.units.test_imports import sheet, staged
from tests.web import filed

from jiheng import policy as policies
from jiheng.filings.models import State
from jiheng.goals import workflow as goals
from jiheng.projects import clearing
from jiheng.projects.clearing import Told, why_must
from jiheng.projects.models import ClearanceState, Fund
from jiheng.sheets import NOT_REPORTED, Missing
from jiheng.units import imports

WAN = Decimal(10_000)


@pytest.mark.parametrize(
    ("since", "until", "amount", "before", "words"),
    [
        (2025, 9999, "100", None, "新增项目，年度预算 100 万元，达到 100 万元"),
        (2025, 9999, "99.99", None, ""),
        (2020, 2024, "10", "300", "已于 2024 年到期"),
        (2020, 9999, "600", "400", "增加 200 万元、50.00%"),
        (2020, 9999, "599.99", "400", ""),
        (2020, 9999, "2000", "1500", ""),  # 500 万元 more, but a third only
        (2020, 9999, "2000", None, ""),  # nobody knows what it had before
        (2020, 9999, "2000", "0", ""),
    ],
)
def test_scope(since: int, until: int, amount: str, before: str | None, words: str) -> None:
    fund = Fund(since_year=since, until_year=until)
    had: Decimal | Missing = NOT_REPORTED if before is None else Decimal(before) * WAN
    found = why_must(fund, Decimal(amount) * WAN, had, 2025, policies.on(date(2025, 1, 1)))
    assert words in found
    assert bool(words) == bool(found)


def told(fund: Fund, year: int, state: ClearanceState, reason: str = "分数不够") -> None:
    clearing.tell(Told(fund=fund, fiscal_year=year, state=state, reason=reason, origin="assessment:1"))


def test_a_goal_that_was_not_passed_is_drafted_and_reviewed_but_not_approved(cast: Cast) -> None:
    told(cast.building, 2024, ClearanceState.REFUSED)
    filing = filed.at_desk(cast, cast.reviewer, cast.department, cast.division)
    with pytest.raises(goals.NotCleared, match="不予支持（分数不够），不得批复目标"):
        goals.approve(cast.performance, filing, filing.revision)
    [row] = goals.approve_many(cast.performance, [(filing.pk, filing.revision)])
    assert not row.ok
    assert "不予支持" in row.message
    filing.refresh_from_db()
    assert filing.state == State.IN_REVIEW
    told(cast.building, 2024, ClearanceState.CLEARED, "支持")
    assert goals.approve(cast.performance, filing, filing.revision).state == State.APPROVED


def test_a_new_fund_gets_no_budget_line_before_it_is_cleared(cast: Cast) -> None:
    fund = make_fund(cast.school, "105002088", "校园足球专项", since_year=2025)
    rows = [("105002", "105002088", "", "年初预算", "", "1200000", "天衡财预〔2025〕1号", "2025-01-20")]
    batch = staged(cast.budget, "budgets", sheet(BUDGETS, rows), 2025)
    [bad] = batch.preview["bad"]
    assert "须先通过事前绩效评估" in bad["reason"]
    told(fund, 2025, ClearanceState.EXEMPT, "上级专项")
    data = sheet(BUDGETS, rows)
    batch = staged(cast.budget, "budgets", data, 2025)
    told(fund, 2025, ClearanceState.REQUIRED, "重新评估")
    with pytest.raises(ValidationError, match="重新上传"):
        imports.publish(cast.budget, batch.pk)
    told(fund, 2025, ClearanceState.CLEARED, "支持")
    assert published(cast.budget, "budgets", sheet(BUDGETS, [(*rows[0][:6], "文号二", "2025-01-21")]), 2025)
