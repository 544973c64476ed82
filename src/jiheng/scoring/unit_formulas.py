"""湖南部门整体支出绩效评价指标: the rates that follow from the 基础数据表, with points and steps.

Shown beside the 基础数据表; the self-evaluation's own lines are scored by `score`. Each formula's weight and
steps stand in `policy/values/unit_formulas.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jiheng.figures import percent, rounded
from jiheng.policy import Policy
from jiheng.sheets import (
    NOT_REPORTED,
    Amount,
    Missing,
    MissingReason,
    MoneyResult,
    Quantity,
    SpendingControl,
    UnitEvaluationSheet,
    plain,
)

THREE_PUBLIC = "three_public"  # the key of 三公经费 among the rows of 经费控制情况
PUBLIC_COST = "public"  # the key of 公用经费

ZERO = Decimal(0)
Value = Decimal | Missing


@dataclass(frozen=True, slots=True)
class UnitRate:
    """One rate in %, unrounded, with its points in 分; both `Missing` where a figure is not there."""

    key: str
    label: str
    rate: Decimal | Missing
    weight: Decimal
    score: Decimal | Missing
    step: str


def unit_rates(sheet: UnitEvaluationSheet, policy: Policy) -> tuple[UnitRate, ...]:
    """Every rate of the 基础数据表, in the order of the indicator table. Raises PolicyError."""
    money = next((row for row in sheet.money if row.key == "total"), MoneyResult(key="total"))
    spending = {row.key: row for row in sheet.basic.spending}
    three = spending.get(THREE_PUBLIC, SpendingControl(key=THREE_PUBLIC))
    public = spending.get(PUBLIC_COST, SpendingControl(key=PUBLIC_COST))
    return (
        staff(sheet.basic.staff, sheet.basic.posts, policy),
        three_public_change(three.last_budget, three.budget, policy),
        completion(money.executed, money.revised, policy),
        adjustment(sheet.basic.adjustment, money.initial, policy),
        over_budget("public_cost", public.final, public.budget, policy),
        over_budget("three_public", three.final, three.budget, policy),
    )


def staff(on_duty: Quantity | Missing, posts: Quantity | Missing, policy: Policy) -> UnitRate:
    """在职人员控制率 = 在职人员数÷编制数; every point above 100% costs. 136/143 = 95.10%."""
    rate = _rate(_value(on_duty), _value(posts))
    return _above("staff", rate, f"{on_duty}/{posts}", policy)


def three_public_change(before: Amount | Missing, now: Amount | Missing, policy: Policy) -> UnitRate:
    """三公经费变动率 = (本年三公预算−上年三公预算)÷上年三公预算: budgets, not the final account."""
    old, new = _value(before), _value(now)
    change = new if isinstance(new, Missing) else old if isinstance(old, Missing) else new - old
    return _above("three_public_change", _rate(change, old), f"({now}-{before})/{before}", policy)


def completion(executed: Amount | Missing, available: Amount | Missing, policy: Policy) -> UnitRate:
    """预算完成率 = (上年结转+年初预算+本年追加−年末结余)÷(上年结转+年初预算+本年追加),
    that is 全年执行数÷全年预算数."""
    rate = _rate(_value(executed), _value(available))
    rule = policy.table("unit_formulas.completion")
    short = rate if isinstance(rate, Missing) else Decimal(rule["full"]) - rate
    return _marked("completion", rate, _after_steps(short, rule, policy), f"{executed}/{available}", rule)


def adjustment(added: Amount | Missing, initial: Amount | Missing, policy: Policy) -> UnitRate:
    """预算控制率 = 本年追加÷年初预算; points by band, upper ends included. 767.86/1922.76 = 39.94%."""
    rate = _rate(_value(added), _value(initial))
    rule = policy.table("unit_formulas.adjustment")
    score: Value = rate
    if not isinstance(rate, Missing):
        fitting = (Decimal(band["points"]) for band in rule["bands"] if rate <= band["to"])
        score = next(fitting, ZERO)
    return _marked("adjustment", rate, score, f"{added}/{initial}", rule)


def over_budget(key: str, final: Amount | Missing, budget: Amount | Missing, policy: Policy) -> UnitRate:
    """公用经费控制率 ("public_cost"), 三公经费控制率 ("three_public") = 本年决算÷本年预算."""
    return _above(key, _rate(_value(final), _value(budget)), f"{final}/{budget}", policy)


def procurement(actual: Amount | Missing, planned: Amount | Missing, policy: Policy) -> UnitRate:
    """政府采购执行率 = 实际政府采购金额÷政府采购预算; every step above or below 100% costs."""
    rate = _rate(_value(actual), _value(planned))
    rule = policy.table("unit_formulas.procurement")
    off = rate if isinstance(rate, Missing) else abs(rate - rule["full"])
    return _marked("procurement", rate, _after_steps(off, rule, policy), f"{actual}/{planned}", rule)


def compliance(cases: Quantity | Missing, policy: Policy) -> UnitRate:
    """资金使用合规性: every case that broke the rules costs; `rate` is the number of cases."""
    rule = policy.table("unit_formulas.compliance")
    count = _value(cases)
    if isinstance(count, Missing):
        return _marked("compliance", count, count, str(cases), rule)
    points = max(ZERO, Decimal(rule["weight"]) - count * rule["deduct"])
    step = (
        f"不合规{cases}例，分值{plain(Decimal(rule['weight']))}，每例扣{plain(Decimal(rule['deduct']))}分，得"
    )
    return UnitRate(
        "compliance",
        str(rule["name"]),
        count,
        Decimal(rule["weight"]),
        rounded(points, 2),
        f"{step} {rounded(points, 2)}",
    )


def satisfaction(share: Quantity | Missing, policy: Policy) -> UnitRate:
    """社会公众或服务对象满意度: `share` in %; points by band, lower ends included."""
    rule = policy.table("unit_formulas.satisfaction")
    rate = _value(share)
    score: Value = rate
    if not isinstance(rate, Missing):
        bands = sorted(rule["bands"], key=lambda band: Decimal(band["from"]), reverse=True)
        fitting = (Decimal(band["points"]) for band in bands if rate >= band["from"])
        score = next(fitting, ZERO)
    return _marked("satisfaction", rate, score, "满意度", rule)


def key_work(done: Quantity | Missing, assigned: Quantity | Missing, policy: Policy) -> UnitRate:
    """重点工作实际完成率 = 实际完成数÷交办数, points in proportion."""
    rule = policy.table("unit_formulas.key_work")
    rate, weight = _rate(_value(done), _value(assigned)), Decimal(rule["weight"])
    score = rate if isinstance(rate, Missing) else max(ZERO, min(weight, weight * rate / 100))
    return _marked("key_work", rate, score, f"{done}/{assigned}", rule)


def _above(key: str, rate: Value, words: str, policy: Policy) -> UnitRate:
    rule = policy.table(f"unit_formulas.{key}")
    excess = rate if isinstance(rate, Missing) else rate - rule["full"]
    return _marked(key, rate, _after_steps(excess, rule, policy), words, rule)


def _after_steps(excess: Value, rule: Mapping[str, Any], policy: Policy) -> Value:
    if isinstance(excess, Missing):
        return excess
    weight = Decimal(rule["weight"])
    steps = max(ZERO, excess) / Decimal(rule["step"])
    if policy.text("unit_formulas.part_steps") == "whole":
        steps = Decimal(int(steps))
    deducted: Decimal = steps * Decimal(rule["deduct"])
    return max(ZERO, weight - deducted)


def _marked(key: str, rate: Value, score: Value, words: str, rule: Mapping[str, Any]) -> UnitRate:
    name, weight = str(rule["name"]), Decimal(rule["weight"])
    if isinstance(rate, Missing) or isinstance(score, Missing):
        return UnitRate(key, name, rate, weight, score, f"{words} 无法计算")
    points = rounded(score, 2)
    step = f"{words} = {rounded(rate, 2)}%，分值{plain(weight)}，得 {points}"
    return UnitRate(key, name, rate, weight, points, step)


def _rate(part: Value, whole: Value) -> Value:
    try:
        rate = percent(part, whole)
        if not isinstance(rate, Missing):
            rounded(rate, 2)
    except ArithmeticError:  # a figure like 1E+999999 was typed
        return Missing(MissingReason.NOT_COMPUTABLE, "数值过大或过小")
    return rate


def _value(figure: Amount | Quantity | Missing | None) -> Value:
    if isinstance(figure, Amount):
        return figure.yuan
    if isinstance(figure, Quantity):
        return figure.value
    return NOT_REPORTED if figure is None else figure
