"""What policy says must be corrected, at its borders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from jiheng import policy as policies
from jiheng.findings.proposals import proposed, working_days_after
from jiheng.sheets import (
    NOT_REPORTED,
    Amount,
    Header,
    Indicator,
    Light,
    Likelihood,
    MoneyProgress,
    MonitoringSheet,
    Progress,
)

DAY = date(2024, 7, 19)  # a Friday
POLICY = policies.on(date(2024, 6, 30))


def sheet(budget: str, executed: str, likelihood: Likelihood = Likelihood.CERTAIN) -> MonitoringSheet:
    money = MoneyProgress(key="total", budget=Amount.wan(budget), executed=Amount.wan(executed))
    line = Progress(key="k1", indicator=Indicator(key="k1", name="改造教室"), likelihood=likelihood)
    return MonitoringSheet(header=Header(fiscal_year=2024, month=6), money=(money,), lines=(line,))


@pytest.mark.parametrize(
    ("executed", "is_due"), [("120.00", False), ("119.99", True), ("0", True), ("150", False)]
)
def test_execution_below_80_percent_of_the_time_gone_by(executed: str, is_due: bool) -> None:
    assert (proposed(sheet("300", executed), Light.GREEN, POLICY, DAY) is not None) is is_due


def test_amounts_are_told_to_two_decimals() -> None:
    found = proposed(sheet("1044.5", "39.120518"), Light.GREEN, POLICY, DAY)
    assert found is not None
    assert "执行39.12万元、年初预算1,044.50万元" in found.cause


def test_a_goal_out_of_reach() -> None:
    found = proposed(sheet("300", "200", Likelihood.IMPOSSIBLE), Light.GREEN, POLICY, DAY)
    assert found is not None
    assert found.cause == "“改造教室”完成目标可能性为“完全不可能”"


def test_a_red_light() -> None:
    found = proposed(sheet("300", "200"), Light.RED, POLICY, DAY)
    assert found is not None
    assert found.causes == ("截至6月综合灯为红",)
    assert found.measures == ("调减预算并同步调整绩效目标", "暂停项目", "加快执行", "其他")
    assert found.due_on == date(2024, 8, 2)  # ten working days


def test_no_budget_says_nothing_of_execution() -> None:
    zero = sheet("0", "0")
    assert proposed(zero, None, POLICY, DAY) is None
    missing = MonitoringSheet(
        header=zero.header,
        money=(MoneyProgress(key="total", budget=NOT_REPORTED, executed=Amount(Decimal(0))),),
    )
    assert proposed(missing, None, POLICY, DAY) is None


def test_working_days_pass_over_weekends() -> None:
    assert working_days_after(DAY, 1) == date(2024, 7, 22)
    assert working_days_after(date(2024, 7, 20), 1) == date(2024, 7, 22)
