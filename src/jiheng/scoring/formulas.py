"""The scoring formulas S1–S8 of 财预〔2020〕10号 and local practice, one copy of each.

Each takes figures and hands back unrounded points with the words of the step; the caller rounds once.
Products are formed before quotients, so that a tie such as 2.675 stays exact and rounds half-up to 2.68.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from jiheng.scoring.terms import Terms
from jiheng.sheets import Operator, Quantity

ZERO = Decimal(0)
HUNDRED = Decimal(100)


class Points(NamedTuple):
    """Unrounded points and the step up to the result. `value` is None where the formula says nothing."""

    value: Decimal | None
    words: str


class Term(NamedTuple):
    """A figure of a formula: its value, and how the form writes it."""

    value: Decimal
    text: str

    @classmethod
    def of(cls, quantity: Quantity) -> Term:
        return cls(quantity.value, str(quantity))


def by_operator(
    operator: Operator, actual: Term, target: Term, weight: Term, terms: Terms, *, satisfaction: bool
) -> Points:
    """A quantitative line. Actual and target in the line's own unit of measure, weight in 分."""
    if satisfaction and terms.satisfaction_bands:
        return satisfaction_band(actual, weight, terms)
    if operator in (Operator.AT_MOST, Operator.LESS_THAN):
        return at_most(actual, target, weight, terms.negative)
    if operator is Operator.EQUAL:
        return equal(actual, target, weight, terms.equality)
    return at_least(actual, target, weight, terms.zero_target)


def share(part: Term, whole: Term, weight: Term) -> Points:
    """S1 and the falling branch of S2: part÷whole×weight, within [0, weight]. The whole is above zero."""
    if part.value <= ZERO:
        return Points(ZERO, f"{part.text}≤0，得 ")
    points = part.value * weight.value / whole.value
    words = f"{part.text}/{whole.text}×{weight.text}"
    if points > weight.value:
        return Points(weight.value, f"{words}，以分值为限得 ")
    return Points(points, f"{words} = ")


def at_least(actual: Term, target: Term, weight: Term, zero_target: str) -> Points:
    """S2 正向 (≥ >): full marks from the target on, else in proportion; S5 where the target is zero."""
    if target.value == ZERO and zero_target == "zero_only":
        return _kept_at_zero(actual, weight)
    if actual.value >= target.value:
        return _full(f"{actual.text}≥{target.text}", weight)
    if target.value <= ZERO:
        return _silent(actual, target)
    return share(actual, target, weight)


def at_most(actual: Term, target: Term, weight: Term, method: str) -> Points:
    """S3 反向 (≤ <): full marks up to the target; beyond it linear to nothing at twice the target, or T÷A,
    or nothing at once."""
    if actual.value <= target.value:
        return _full(f"{actual.text}≤{target.text}", weight)
    if method == "zero" or target.value == ZERO:
        return Points(ZERO, f"{actual.text}>{target.text}，得 ")
    if target.value < ZERO:
        return _silent(actual, target)
    if method == "ratio":
        return share(target, actual, weight)
    if actual.value >= 2 * target.value:
        return Points(ZERO, f"{actual.text}≥2×{target.text}，得 ")
    points = weight.value * (2 * target.value - actual.value) / target.value
    return Points(points, f"(1-({actual.text}-{target.text})/{target.text})×{weight.text} = ")


def equal(actual: Term, target: Term, weight: Term, method: str) -> Points:
    """S4 等于: at zero only zero keeps the marks; else as S2, or by the deviation on either side."""
    if target.value == ZERO and method == "at_least_full":
        return _kept_at_zero(actual, weight)
    if actual.value == target.value:
        return _full(f"{actual.text}={target.text}", weight)
    if method == "at_least_full":
        return at_least(actual, target, weight, "at_least")
    deviation = abs(actual.value - target.value)
    if deviation >= abs(target.value):
        return Points(ZERO, f"{actual.text}与{target.text}相差100%以上，得 ")
    points = weight.value * (abs(target.value) - deviation) / abs(target.value)
    return Points(points, f"(1-|{actual.text}-{target.text}|/|{target.text}|)×{weight.text} = ")


def satisfaction_band(actual: Term, weight: Term, terms: Terms) -> Points:
    """S7 满意度分段 (财预〔2021〕101号): actual in %, bands from the highest down."""
    for lower, percent in terms.satisfaction_bands:
        if actual.value >= lower:
            words = f"满意度{actual.text}≥{lower}，{weight.text}×{percent}% = "
            return Points(weight.value * percent / HUNDRED, words)
    return Points(ZERO, f"满意度{actual.text}，得 ")


def _kept_at_zero(actual: Term, weight: Term) -> Points:
    if actual.value <= ZERO:
        return _full(f"指标值为0，完成值{actual.text}", weight)
    return Points(ZERO, f"指标值为0，完成值{actual.text}>0，得 ")


def _full(why: str, weight: Term) -> Points:
    return Points(weight.value, f"{why}，得满分 ")


def _silent(actual: Term, target: Term) -> Points:
    return Points(None, f"指标值{target.text}为负、完成值{actual.text}未达到，没有规定的算法")
