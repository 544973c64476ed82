"""The verdict on one relation: can its printed figures hold together, what follows from them, and why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

from jiheng.claims.intervals import EXACT, ONE, PER_CENT, RANK, ZERO, Fit, Unknown, base_range, fit, nearest
from jiheng.claims.report import Equation, Kind, Operand, Outcome, Relation
from jiheng.figures import rounded
from jiheng.figures.reading import split_unit

_HUNDRED, _HALF = Decimal(100), Decimal("0.5")
_MINUS = Decimal(-1)
_POINT = re.compile(r"[.．](\d+)")
_DIGIT = re.compile(r"\d")
_NO_BASE = {
    Kind.PERCENT_CHANGE: "上年数为 0，不能有增减百分比",
    Kind.COMPLETION: "预算数为 0，不能有完成百分比",
}
# What cannot be written out is worked to so many digits.
_SUM = Context(prec=60, rounding=ROUND_HALF_UP)
_RATE = Context(prec=40, rounding=ROUND_HALF_UP)
# How far a bound of a rate is written out before the plainer form of the proof is taken.
MOST_PLACES = 8


class _Sums(NamedTuple):
    """One reading with the printed figures put in; figures in base units."""

    equation: Equation
    fit: Fit
    stated: Operand
    computed: Decimal | None
    tolerance: Decimal


def judge(relation: Relation) -> Relation:
    """The relation with verdict, stated, computed, difference, tolerance, proof and a default message.

    The stated figure is the percentage where a reading has one, else the last operand in the equation.
    Nothing to work with (no readings, no figures and no words) is unknown.
    """
    with localcontext(EXACT):
        chosen, exact = nearest(relation, tuple(word.sign for word in relation.words))
        if not chosen:
            return relation._replace(verdict=Outcome.UNKNOWN)
        if not chosen[0].left and chosen[0].percent is None:
            return _of_words(relation, exact=exact)
        worked = [_worked(relation, equation) for equation in chosen if equation.left]
        if not worked:
            return relation._replace(verdict=Outcome.UNKNOWN)
        best = worked[0] if len(worked) == 1 else min(worked, key=_nearness)
        return _told(relation, best, worked)


def outcome_of(relation: Relation) -> Outcome:
    """The verdict alone."""
    with localcontext(EXACT):
        chosen, exact = nearest(relation, tuple(word.sign for word in relation.words))
        found = [
            fit(equation, relation.operands, relation.kind).outcome for equation in chosen if equation.left
        ]
    if found:
        return min(found, key=RANK.__getitem__)
    if not chosen:
        return Outcome.UNKNOWN
    return Outcome.OK if exact else Outcome.ERROR


def places_of(operand: Operand) -> int:
    """How many decimals the figure is printed with; of words (持平) those that their half stands for."""
    point = _POINT.search(operand.text)
    if point:
        return len(point[1])
    if _DIGIT.search(operand.text) or not operand.half:
        return 0
    return max(0, -(2 * operand.half / scale_of(operand.unit)).adjusted())


@lru_cache(maxsize=512)
def scale_of(unit: str) -> Decimal:
    """How many base units one printed unit is: 亿元 → 100000000."""
    return split_unit(unit)[0]


def _of_words(relation: Relation, *, exact: bool) -> Relation:
    words = "”“".join(word.text for word in relation.words)
    if exact:
        return relation._replace(verdict=Outcome.OK, message=f"“{words}”方向一致")
    proof = " ≠ ".join(f"{word.text}({'+' if word.sign > 0 else '-'})" for word in relation.words)
    message = f"“{words}”方向相反，不能同时成立"
    return relation._replace(verdict=Outcome.ERROR, proof=proof, message=message)


def _worked(relation: Relation, equation: Equation) -> _Sums:
    fitted = fit(equation, relation.operands, relation.kind)
    spread = (fitted.high - fitted.low) * _HALF
    if equation.percent is not None:
        stated = relation.operands[equation.percent]
        left = base = ZERO
        for unknown in fitted.unknowns.values():
            left += unknown.left * unknown.value
            base += unknown.base * unknown.value
        if not base:
            return _Sums(equation, fitted, stated, None, ZERO)
        rate = _RATE.divide(_RATE.multiply(left, _HUNDRED), base)
        return _Sums(
            equation, fitted, stated, rate, _RATE.divide(_RATE.multiply(spread, _HUNDRED), abs(base))
        )
    last = _stated(relation.operands, fitted)
    if last is None:
        return _Sums(equation, fitted, relation.operands[-1], None, ZERO)
    coefficient = fitted.unknowns[last.start].left
    computed = _SUM.subtract(last.value, _SUM.divide(fitted.middle, coefficient))
    return _Sums(equation, fitted, last, computed, _SUM.divide(spread, abs(coefficient)))


def _stated(operands: Sequence[Operand], fitted: Fit) -> Operand | None:
    """The last operand that counts in the equation; none if the same figure stands on both sides."""
    for operand in reversed(operands):
        unknown = fitted.unknowns.get(operand.start)
        if unknown is not None and unknown.left:
            return operand
    return None


def _nearness(worked: _Sums) -> tuple[int, Decimal]:
    apart = Decimal("Infinity") if worked.computed is None else abs(worked.stated.value - worked.computed)
    return RANK[worked.fit.outcome], apart


def _told(relation: Relation, best: _Sums, worked: Sequence[_Sums]) -> Relation:
    operand, outcome = best.stated, best.fit.outcome
    scale, places = scale_of(operand.unit), places_of(operand)
    stated = rounded(operand.value / scale, places)
    proof = "；".join(_proof(relation, one) for one in worked) if outcome is Outcome.ERROR else ""
    if best.computed is None and outcome is Outcome.OK:
        return relation._replace(verdict=outcome, stated=stated, message=f"{_shown(operand)} 前后一致")
    if best.computed is None:
        no_base = _NO_BASE.get(relation.kind, "分母为 0，不能有百分比")
        message = f"{no_base}，却写了 {_shown(operand)}" if outcome is Outcome.ERROR else "分母为 0，无法核对"
        return relation._replace(verdict=outcome, stated=stated, proof=proof, message=message)
    computed = rounded(best.computed / scale, places + 1)
    tolerance = rounded(best.tolerance / scale, places + 1)
    difference = stated - computed
    return relation._replace(
        verdict=outcome,
        stated=stated,
        computed=computed,
        difference=difference,
        tolerance=tolerance,
        proof=proof,
        message=_message(relation, best, computed, abs(difference)),
    )


def _message(relation: Relation, best: _Sums, computed: Decimal, apart: Decimal) -> str:
    operand, outcome = best.stated, best.fit.outcome
    unit, right = operand.unit, _shown(operand)
    left = (
        _rate(best, relation.operands, _shown)
        if best.equation.base
        else _rest(best, relation.operands, _shown)
    )
    if best.equation.at_most and not best.equation.base:
        most = best.fit.unknowns[operand.start].left > 0
        bound = f"{left} {'≥' if most else '≤'} {right}"
        return f"{bound} 成立" if outcome is not Outcome.ERROR else f"应有 {bound}，这些数字不能同时成立"
    result = f"{left} = {plain(computed)}{unit}"
    if outcome is Outcome.OK:
        return f"{result}，与 {right} 相符"
    if outcome is Outcome.ROUNDING:
        return f"{result}，印的是 {right}，相差 {plain(apart)}{unit}，可以由舍入解释"
    if outcome is Outcome.UNKNOWN:
        return f"{result}，但分母可能为 0，无法核对 {right}"
    tolerance = plain(rounded(best.tolerance / scale_of(unit), places_of(operand) + 1))
    return f"{result}，与 {right} 不能同时成立，相差 {plain(apart)}{unit}（舍入最多解释 {tolerance}{unit}）"


def _proof(relation: Relation, worked: _Sums) -> str:
    """X ≤ b < c ≤ Y or Y ≤ b < c ≤ X, X from the other figures, Y the stated one, all in its unit.

    X of a rate is in the unit of its first figure. Where the base may be zero: 0 < c ≤ X or X ≤ b < 0, in
    元; where it is zero: X ÷ 0 ≠ Y.
    """
    operand = worked.stated
    unit = scale_of(operand.unit)
    own_low, own_high = (operand.value - operand.half) / unit, (operand.value + operand.half) / unit
    stated = _number(operand, unit)
    if worked.equation.percent is None:
        left = _rest(worked, relation.operands, lambda each: _number(each, unit))
        unknown = worked.fit.unknowns[operand.start]
        middle = operand.value - worked.fit.middle / unknown.left
        reach = (worked.fit.high - worked.fit.low) / 2 / abs(unknown.left) - unknown.half
        low, high = (middle - reach) / unit, (middle + reach) / unit
        return _chain(left, (low, high), stated, (own_low, own_high))
    figures = list(worked.fit.unknowns.values())
    base_low, base_high = base_range(figures)
    money = scale_of(relation.operands[worked.equation.left[0].operand].unit)
    plainly = _rate(worked, relation.operands, lambda each: _number(each, money))
    if base_low == base_high == 0:
        return f"{plainly} ≠ {stated}%"
    if base_low > 0 or base_high < 0:
        for places in range(places_of(operand) + 2, MOST_PLACES):
            low, high = _rate_range(figures, places)
            if high < own_low or low > own_high:
                return _chain(f"{plainly} × 100", (low, high), stated, (own_low, own_high))
    product = _product(worked.equation, relation.operands)
    if worked.fit.low > 0:
        return f"0 < {plain(worked.fit.low)} ≤ {product}"
    return f"{product} ≤ {plain(worked.fit.high)} < 0"


def _chain(left: str, reach: tuple[Decimal, Decimal], right: str, own: tuple[Decimal, Decimal]) -> str:
    if reach[1] < own[0]:
        return f"{left} ≤ {plain(reach[1])} < {plain(own[0])} ≤ {right}"
    return f"{right} ≤ {plain(own[1])} < {plain(reach[0])} ≤ {left}"


def _rate_range(figures: Sequence[Unknown], places: int) -> tuple[Decimal, Decimal]:
    """Least and greatest left ÷ base × 100, widened to `places` decimals; the base keeps one sign.

    The corner that is best for left − r·base gives a better r until none does (Dinkelbach): a few steps.
    """
    ends = []
    with localcontext(prec=40):
        flip = -1 if sum(figure.base * figure.value for figure in figures) < 0 else 1
        for side in (-1, 1):
            ratio = _ratio(figures, [figure.value for figure in figures])
            for _ in range(20):
                corner = [_corner(figure, ratio, side * flip) for figure in figures]
                better = _ratio(figures, corner)
                if abs(better - ratio) < Decimal("1e-30"):
                    break
                ratio = better
            ends.append(ratio * 100)
        step = Decimal(1).scaleb(-places)
        return rounded(ends[0] - step / 2, places), rounded(ends[1] + step / 2, places)


def _ratio(figures: Sequence[Unknown], values: Sequence[Decimal]) -> Decimal:
    left = sum((figure.left * value for figure, value in zip(figures, values, strict=True)), ZERO)
    return left / sum((figure.base * value for figure, value in zip(figures, values, strict=True)), ZERO)


def _corner(figure: Unknown, ratio: Decimal, side: int) -> Decimal:
    upward = (figure.left - ratio * figure.base) * side
    return figure.value + figure.half if upward > 0 else figure.value - figure.half


def _rest(worked: _Sums, operands: Sequence[Operand], show: Callable[[Operand], str]) -> str:
    """The figures that the stated one follows from: “13.40亿元 + 7.39亿元”."""
    unknowns = worked.fit.unknowns
    divisor = -unknowns[worked.stated.start].left
    places = {operand.start: operand for operand in operands}
    return _signed(
        [
            (unknown.left / divisor, show(places[start]))
            for start, unknown in unknowns.items()
            if start != worked.stated.start and unknown.left
        ]
    )


def _rate(worked: _Sums, operands: Sequence[Operand], show: Callable[[Operand], str]) -> str:
    left = _signed([(term.coefficient, show(operands[term.operand])) for term in worked.equation.left])
    base = _signed([(term.coefficient, show(operands[term.operand])) for term in worked.equation.base])
    if len(worked.equation.left) > 1:
        left = f"({left})"
    return f"{left} ÷ ({base})" if len(worked.equation.base) > 1 else f"{left} ÷ {base}"


def _product(equation: Equation, operands: Sequence[Operand]) -> str:
    one = Decimal(1)
    left = _signed([(term.coefficient, _number(operands[term.operand], one)) for term in equation.left])
    base = _signed([(term.coefficient, _number(operands[term.operand], one)) for term in equation.base])
    share = operands[equation.percent].value * PER_CENT if equation.percent is not None else ZERO
    return f"{left} - {plain(share)} × ({base})"


def _signed(terms: Sequence[tuple[Decimal, str]]) -> str:
    written = ""
    for coefficient, shown in terms:
        if coefficient != ONE and coefficient != _MINUS:
            shown = f"{plain(abs(coefficient))} × {shown}"
        if coefficient < 0:
            written += f" - {shown}" if written else f"-{shown}"
        else:
            written += f" + {shown}" if written else shown
    return written or "0"


def _shown(operand: Operand) -> str:
    """As printed, with its unit where the text leaves it out."""
    if operand.text.endswith(operand.unit) or not _DIGIT.search(operand.text):
        return operand.text
    return operand.text + operand.unit


def _number(operand: Operand, unit: Decimal) -> str:
    number = operand.value / unit
    shown = rounded(number, places_of(operand)) if scale_of(operand.unit) == unit else number
    text = f"{shown:f}" if shown == number else plain(number)
    return f"({text})" if number < 0 else text


def plain(number: Decimal) -> str:
    """Without exponent or idle zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
