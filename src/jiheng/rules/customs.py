# ruff: noqa: N802 - a rule's official code stands in its function's name
"""Pack goals, a form beside others: how a name is written elsewhere, and what was aimed at before."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from jiheng.figures import percent, rounded
from jiheng.policy import Policy
from jiheng.rules.engine import Context, Custom, Remark, hint, rule, warning
from jiheng.sheets import GoalSheet, Indicator, Missing, Operator, Quantity, plain

_SENSE = {
    Operator.AT_LEAST: "up",
    Operator.MORE_THAN: "up",
    Operator.AT_MOST: "down",
    Operator.LESS_THAN: "down",
    Operator.EQUAL: "equal",
    Operator.QUALITATIVE: "words",
}


@rule("MB27", pack="goals")
def rule_MB27(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """One name means one thing: direction and unit of measure as in the library, else as on most forms of
    others, 财预〔2021〕101号: 指标规范、可比."""
    for line in sheet.indicators:
        custom = context.customs.get(line.name)
        if custom is None or not custom.ways or not line.name.strip():
            continue
        if 0 < custom.times < policy.whole("goals.history_least"):
            continue
        gaps = [_gap(line, operator, unit) for operator, unit in custom.ways]
        if not all(gaps):
            continue
        known = " 或 ".join(f"“{operator.value}”{unit}" for operator, unit in custom.ways)
        own = f"“{line.operator.value}”{line.unit}"
        said = f"指标“{line.name}”写的是{own}，{custom.told_by}里同名指标是{known}"
        if set(gaps) == {"close"}:
            yield hint(f"indicators[{line.key}].operator", f"{said}；方向不同请确认")
        else:
            field = "unit" if all(gap == "unit" for gap in gaps) else "operator"
            yield warning(
                f"indicators[{line.key}].{field}", f"{said}；请改为一致，确实不是同一个指标的请改名"
            )


def _gap(line: Indicator, operator: Operator, unit: str) -> str:
    """How a line differs from one way of writing it: "" not at all, "close", "unit" or "sense"."""
    own, other = _SENSE[line.operator], _SENSE[operator]
    if own == "words" or other == "words":
        return "" if own == other else "sense"
    if line.unit.strip() != unit:
        return "unit"
    if own == other:
        return ""
    return "close" if "equal" in (own, other) else "sense"


@rule("MB28", pack="goals")
def rule_MB28(sheet: GoalSheet, policy: Policy, context: Context) -> Iterator[Remark]:
    """A target far from what the project itself, or (of rates and unit costs) other units, had approved,
    财预〔2015〕88号: 目标适当、测算有依据."""
    for line in sheet.indicators:
        custom = context.customs.get(line.name)
        if custom is None or not isinstance(line.target, Quantity) or line.operator is Operator.QUALITATIVE:
            continue
        target = line.target.value
        said = _from_own(line, target, custom, policy) or _from_others(line, target, custom, policy)
        if said:
            yield warning(
                f"indicators[{line.key}].target",
                f"指标“{line.name}”的指标值 {line.target_in_words} {said}；"
                "请核对，确有变化的在“指标值设定依据”写明",
            )


def _from_own(line: Indicator, target: Decimal, custom: Custom, policy: Policy) -> str:
    own = next(((year, value) for year, value, unit in custom.own if unit == line.unit.strip()), None)
    if own is None:
        return ""
    year, value = own
    gap = far(target, value, line.unit, policy)
    return gap and f"与 {year} 年本项目批复的 {plain(value)}{line.unit} 相差较大，{gap}"


def _from_others(line: Indicator, target: Decimal, custom: Custom, policy: Policy) -> str:
    if not any(word in line.unit for word in policy.table("goals.comparable_units")):
        return ""
    values = [(value, times) for value, unit, times in custom.others if unit == line.unit.strip()]
    forms = sum(times for _, times in values)
    if forms < policy.whole("goals.history_least"):
        return ""
    low, high = min(value for value, _ in values), max(value for value, _ in values)
    near = low if target < low else high if target > high else target
    gap = far(target, near, line.unit, policy)
    span = plain(low) if low == high else f"{plain(low)}—{plain(high)}"
    return gap and f"超出近几年 {forms} 张目标表的范围 {span}{line.unit}，{gap}"


def far(target: Decimal, value: Decimal, unit: str, policy: Policy) -> str:
    """In words how far a target is from a value approved before; "" if it is not far, by policy."""
    way = "高" if target > value else "低"
    if unit.strip() == "%":
        apart = abs(target - value)
        is_far = apart >= policy.decimal("goals.history_gap_points")
        return f"{way} {plain(apart)} 个百分点" if is_far else ""
    share = percent(abs(target - value), abs(value))
    if isinstance(share, Missing) or share < policy.decimal("goals.history_gap_percent"):
        return ""
    return f"{way} {plain(rounded(share, 1))}%"
