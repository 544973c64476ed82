"""Monitoring lights (监控信号灯): of money, of each indicator, and the worst of them.

Codes: JK91 no budget to judge by · JK92 execution behind the month's line · JK93 money and goals apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from jiheng.figures import rounded
from jiheng.policy import Policy
from jiheng.scoring.records import Lit, LitLine
from jiheng.scoring.terms import LightTerms, light_terms_of
from jiheng.sheets import (
    Finding,
    Light,
    Missing,
    MoneyProgress,
    MonitoringSheet,
    Operator,
    Progress,
    Quantity,
    Severity,
)

ZERO = Decimal(0)
HUNDRED = Decimal(100)
MONTHS = 12


def lights(sheet: MonitoringSheet, policy: Policy) -> Lit:
    """The lights of a monitoring sheet as of the end of `header.month` (1–12; ValueError otherwise).

    Only an indicator that accumulates is held to its share of the year; any other to the year's target.
    What is not reported has no light. Raises PolicyError when a value is not in force.
    """
    month = sheet.header.month
    if not 1 <= month <= MONTHS:
        raise ValueError(f"监控截止月应为1至12，现为{month}")
    terms = light_terms_of(policy)
    row = next((row for row in sheet.money if row.key == "total"), None)
    money = _money(row, month, terms)
    lines = tuple(_line(line, month, terms) for line in sheet.lines)
    goal = worst((line.light for line in lines), terms)
    warnings = _unlit_money(row) + _early_warnings(sheet, row, month, terms)
    return Lit(money, lines, goal, _overall(money.light, goal, terms), tuple(warnings))


def worst_of(found: Iterable[Light | None], policy: Policy) -> Light | None:
    """最差者胜 over any lights, by the order of policy; None only where nothing has a light."""
    return worst(found, light_terms_of(policy))


def worst(found: Iterable[Light | None], terms: LightTerms) -> Light | None:
    """最差者胜; None only where nothing has a light."""
    shining = [light for light in found if light is not None]
    return min(shining, key=terms.worst_first.index) if shining else None


def _overall(money: Light | None, goal: Light | None, terms: LightTerms) -> Light | None:
    if not terms.execution_first or money is None or goal is None:
        return worst((money, goal), terms)
    if money in (Light.RED, Light.YELLOW):
        return Light.RED
    return Light.YELLOW if goal in (Light.RED, Light.YELLOW) else Light.GREEN


def _money(row: MoneyProgress | None, month: int, terms: LightTerms) -> LitLine:
    try:
        return _lit_money(row, month, terms)
    except ArithmeticError:  # a figure like 1E+999999 was typed
        return LitLine("total", None, "金额过大或过小，无法判断，不亮灯")


def _lit_money(row: MoneyProgress | None, month: int, terms: LightTerms) -> LitLine:
    if row is None or isinstance(row.budget, Missing) or isinstance(row.executed, Missing):
        return LitLine("total", None, "预算数或执行数未报送，不亮灯")
    if row.budget.yuan <= ZERO:
        if row.budget.yuan == ZERO and terms.zero_budget_as_zero:
            return LitLine("total", _of_money(ZERO, terms), "预算数为0，执行率按0计")
        return LitLine("total", None, f"预算数{row.budget}，无法计算执行率，不亮灯")
    percent = time_share(row.executed.yuan, row.budget.yuan, month)
    step = f"({row.executed}/{row.budget})/({month}/{MONTHS})×100 = {rounded(percent, 2)}"
    return LitLine("total", _of_money(percent, terms), step)


def time_share(executed: Decimal, budget: Decimal, month: int) -> Decimal:
    """预算执行率与序时进度之比 in %, unrounded: amounts in yuan, the budget above zero, month 1–12."""
    return executed * MONTHS * HUNDRED / (budget * month)


def _of_money(percent: Decimal, terms: LightTerms) -> Light:
    if percent < terms.money_red_below:
        return Light.RED
    return Light.YELLOW if percent < terms.money_yellow_below else Light.GREEN


def _line(line: Progress, month: int, terms: LightTerms) -> LitLine:
    try:
        return _lit_line(line, month, terms)
    except ArithmeticError:
        return LitLine(line.key, None, "数值过大或过小，无法判断，不亮灯")


def _lit_line(line: Progress, month: int, terms: LightTerms) -> LitLine:
    indicator = line.indicator
    if indicator.operator is Operator.QUALITATIVE:
        if line.band is None:
            return LitLine(line.key, None, "未选完成档次，不亮灯")
        return LitLine(line.key, terms.qualitative[line.band], str(line.band))
    if isinstance(line.actual, Missing):
        return LitLine(line.key, None, f"执行情况{line.actual}，不亮灯")
    if isinstance(indicator.target, Missing):
        return LitLine(line.key, None, "没有可比的指标值，不亮灯")
    return _quantitative(line, line.actual, indicator.target, month, terms)


def _quantitative(
    line: Progress, actual: Quantity, target: Quantity, month: int, terms: LightTerms
) -> LitLine:
    operator = line.indicator.operator
    if target.value == ZERO:
        kept = actual.value == ZERO
        return LitLine(line.key, terms.zero_kept if kept else terms.zero_broken, f"指标值为0，完成值{actual}")
    if operator in (Operator.AT_MOST, Operator.LESS_THAN):
        within = actual.value <= target.value
        sign = "≤" if within else ">"
        light = terms.reverse_within if within else terms.reverse_beyond
        return LitLine(line.key, light, f"{actual}{sign}{target}")
    if target.value < ZERO:
        return LitLine(line.key, None, f"指标值{target}为负，无法按比例判断，不亮灯")
    annual = actual.value * HUNDRED / target.value
    if not line.indicator.accumulates:
        return LitLine(
            line.key,
            _positive(actual, annual, annual, terms),
            f"{actual}/{target}×100 = {rounded(annual, 2)}",
        )
    percent = actual.value * MONTHS * HUNDRED / (target.value * month)
    step = f"{actual}/({target}÷{MONTHS}×{month})×100 = {rounded(percent, 2)}"
    return LitLine(line.key, _positive(actual, percent, annual, terms), step)


def _positive(actual: Quantity, percent: Decimal, annual: Decimal, terms: LightTerms) -> Light:
    if terms.annual_blue and actual.value == ZERO:
        return Light.RED
    if (annual if terms.annual_blue else percent) >= terms.blue_from:
        return Light.BLUE
    if percent < terms.red_below:
        return Light.RED
    return Light.YELLOW if percent < terms.yellow_below else Light.GREEN


def _unlit_money(row: MoneyProgress | None) -> list[Finding]:
    if row is None or isinstance(row.budget, Missing) or row.budget.yuan > ZERO:
        return []
    message = f"年初预算数为{row.budget}万元，执行率无法计算，请核对预算数或在备注说明"
    return [Finding("JK91", Severity.WARNING, message, "money[total].budget")]


def _early_warnings(
    sheet: MonitoringSheet, row: MoneyProgress | None, month: int, terms: LightTerms
) -> list[Finding]:
    """四川2025年口径, only where policy switches it on: behind the month's line, or money and goals apart."""
    if not terms.warns or row is None or isinstance(row.budget, Missing) or isinstance(row.executed, Missing):
        return []
    if row.budget.yuan <= ZERO:
        return []
    found = []
    executed = row.executed.yuan * HUNDRED / row.budget.yuan
    below = terms.warn_below.get(month)
    if below is not None and executed < below:
        message = f"截至{month}月预算执行率{rounded(executed, 2)}%，低于{below}%，预警"
        found.append(Finding("JK92", Severity.WARNING, message, "money[total].executed"))
    reached = goal_progress(sheet.lines)
    if reached is not None and abs(reached - executed) > terms.warn_gap:
        message = (
            f"目标实现程度{rounded(reached, 2)}%与预算执行率{rounded(executed, 2)}%"
            f"相差超过{terms.warn_gap}个百分点，预警"
        )
        found.append(Finding("JK93", Severity.WARNING, message, "lines"))
    return found


def goal_progress(lines: tuple[Progress, ...]) -> Decimal | None:
    """Mean completion in % of the rising indicators that are reported, each counted from 0 to 100."""
    rates = []
    for line in lines:
        target, actual, operator = line.indicator.target, line.actual, line.indicator.operator
        rising = operator in (Operator.AT_LEAST, Operator.MORE_THAN, Operator.EQUAL)
        if rising and isinstance(target, Quantity) and isinstance(actual, Quantity) and target.value > ZERO:
            rates.append(max(ZERO, min(HUNDRED, actual.value * HUNDRED / target.value)))
    return sum(rates, ZERO) / len(rates) if rates else None
