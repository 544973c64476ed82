"""Indicators of a scheme that two figures decide: 资金到位率, 预算执行率, 成本节约率 … and the Hunan rates.

measured(formula, first, second, weight, policy) -> Measured       points and step
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from jiheng.figures import percent, rounded
from jiheng.policy import Policy
from jiheng.scoring import unit_formulas
from jiheng.scoring.unit_formulas import UnitRate
from jiheng.sheets import NOT_REPORTED, Amount, Missing, MissingReason, Quantity, plain

ZERO, HUNDRED = Decimal(0), Decimal(100)
Typed = Quantity | Missing


@dataclass(frozen=True, slots=True)
class Measure:
    """A formula's name and the two figures it takes, as the page asks for them; no second figure: ""."""

    name: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Measured:
    """The rate in %, unrounded, and the points in 分; both Missing where a figure is not there."""

    rate: Decimal | Missing
    score: Decimal | Missing
    step: str


MEASURES: Mapping[str, Measure] = {
    "arrival": Measure("资金到位率", "实际到位资金（万元）", "预算资金（万元）"),
    "spent": Measure("预算执行率", "实际支出资金（万元）", "实际到位资金（万元）"),
    "output": Measure("实际完成率", "实际产出数", "计划产出数"),
    "quality": Measure("质量达标率", "质量达标产出数", "实际产出数"),
    "saving": Measure("成本节约率", "实际成本（万元）", "计划成本（万元）"),
    "satisfaction": Measure("服务对象满意度", "满意度（%）", "目标值（%）"),
    "staff": Measure("在职人员控制率", "在职人员数", "编制数"),
    "three_public_change": Measure("三公经费变动率", "本年三公预算（万元）", "上年三公预算（万元）"),
    "completion": Measure("预算完成率", "全年执行数（万元）", "全年预算数（万元）"),
    "adjustment": Measure("预算控制率", "本年追加（万元）", "年初预算（万元）"),
    "public_cost": Measure("公用经费控制率", "实际公用支出（万元）", "预算安排公用（万元）"),
    "three_public": Measure("三公经费控制率", "三公实际支出（万元）", "三公预算（万元）"),
    "procurement": Measure("政府采购执行率", "实际政府采购（万元）", "政府采购预算（万元）"),
    "compliance": Measure("资金使用合规性", "不合规例数", ""),
    "key_work": Measure("重点工作实际完成率", "实际完成数", "交办数"),
    "unit_satisfaction": Measure("社会公众或服务对象满意度", "满意度（%）", ""),
}

_HUNAN: Mapping[str, Callable[[Typed, Typed, Policy], UnitRate]] = {
    "staff": lambda a, b, policy: unit_formulas.staff(a, b, policy),
    "three_public_change": lambda a, b, policy: unit_formulas.three_public_change(_wan(b), _wan(a), policy),
    "completion": lambda a, b, policy: unit_formulas.completion(_wan(a), _wan(b), policy),
    "adjustment": lambda a, b, policy: unit_formulas.adjustment(_wan(a), _wan(b), policy),
    "public_cost": lambda a, b, policy: unit_formulas.over_budget("public_cost", _wan(a), _wan(b), policy),
    "three_public": lambda a, b, policy: unit_formulas.over_budget("three_public", _wan(a), _wan(b), policy),
    "procurement": lambda a, b, policy: unit_formulas.procurement(_wan(a), _wan(b), policy),
    "compliance": lambda a, _, policy: unit_formulas.compliance(a, policy),
    "key_work": lambda a, b, policy: unit_formulas.key_work(a, b, policy),
    "unit_satisfaction": lambda a, _, policy: unit_formulas.satisfaction(a, policy),
}


def measured(formula: str, first: Typed, second: Typed, weight: Decimal, policy: Policy) -> Measured:
    """Points of a line of this weight in 分. Negative figures are refused by the caller's form; a whole of
    zero, or figures too large or small to divide, give Missing. Raises KeyError for an unknown formula,
    PolicyError."""
    try:
        return _rated(formula, first, second, weight, policy)
    except ArithmeticError:  # a figure like 9999999999999999999999 over 0.0000000001 was typed
        nothing = Missing(MissingReason.NOT_COMPUTABLE, "数值过大或过小")
        return Measured(nothing, nothing, f"{MEASURES[formula].name}：数值过大或过小，无法计算")


def _rated(formula: str, first: Typed, second: Typed, weight: Decimal, policy: Policy) -> Measured:
    """As `measured`; raises ArithmeticError for figures beyond decimal arithmetic."""
    if formula in _HUNAN:
        return _scaled(_HUNAN[formula](first, second, policy), weight)
    measure = MEASURES[formula]
    if formula == "satisfaction" and isinstance(second, Missing):
        target = policy.decimal("fiscal.questionnaire.target")
        second = Quantity(target, plain(target))
    rate = percent(_value(first), _value(second))
    if isinstance(rate, Missing):
        return Measured(rate, rate, f"{measure.name}：{rate}，无法计算")
    if formula == "saving":
        return _saving(first, second, rate, weight)
    score = rounded(max(ZERO, min(weight, weight * rate / HUNDRED)), 2)
    limit = "，以分值为限得" if rate > HUNDRED else "，得"
    step = f"{first}/{second} = {rounded(rate, 2)}%，分值{plain(weight)}{limit} {score}"
    return Measured(rate, score, step)


def _saving(actual: Typed, planned: Typed, used: Decimal, weight: Decimal) -> Measured:
    """成本节约率 = (计划成本−实际成本)÷计划成本: within the plan full marks, beyond it in proportion."""
    rate = HUNDRED - used
    score = rounded(weight if rate >= ZERO else max(ZERO, weight * (HUNDRED + rate) / HUNDRED), 2)
    words = "不超计划成本，得满分" if rate >= ZERO else f"超支，分值{plain(weight)}按比例扣，得"
    return Measured(rate, score, f"({planned}-{actual})/{planned} = {rounded(rate, 2)}%，{words} {score}")


def _scaled(rate: UnitRate, weight: Decimal) -> Measured:
    """The Hunan points are of the policy's own weight; an adapted weight takes them in proportion."""
    if isinstance(rate.score, Missing) or rate.weight == weight or not rate.weight:
        return Measured(rate.rate, rate.score, rate.step)
    score = rounded(rate.score * weight / rate.weight, 2)
    words = f"按本表分值{plain(weight)}折算 {rate.score}/{plain(rate.weight)}×{plain(weight)} = {score}"
    return Measured(rate.rate, score, f"{rate.step}；{words}")


def _wan(typed: Typed) -> Amount | Missing:
    return typed if isinstance(typed, Missing) else Amount.wan(str(typed))


def _value(typed: Typed) -> Decimal | Missing:
    if isinstance(typed, Quantity):
        return typed.value
    return NOT_REPORTED if typed.reason is MissingReason.NOT_REPORTED else typed
