"""Whether an equation can hold for printed figures, each of them any value of its interval.

left − percent/100·base is linear in every figure while the others stand still, so its least and greatest
values are at corners. Once the percentage is at one of its two ends, the corner follows from the signs of the
coefficients: no search, and a figure that stands twice is one unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

from jiheng.claims.report import Equation, Kind, Operand, Outcome, Relation

ZERO, ONE = Decimal(0), Decimal(1)
_HALF = Decimal("0.5")
PER_CENT = Decimal("0.01")
# Exact for every figure the reader takes (60 characters at most): nothing is rounded by the arithmetic.
EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
# What speaks best for a text that can be read in several ways.
RANK = {Outcome.OK: 0, Outcome.ROUNDING: 1, Outcome.UNKNOWN: 2, Outcome.ERROR: 3}


class Unknown(NamedTuple):
    """One figure of an equation, however often it stands there: value and half of its last digit."""

    left: Decimal  # its coefficient on the left
    base: Decimal  # its coefficient in the base
    value: Decimal
    half: Decimal


class Fit(NamedTuple):
    """How an equation fares: the least and the greatest left − percent/100·base over all its intervals."""

    outcome: Outcome
    low: Decimal
    high: Decimal
    unknowns: dict[int, Unknown]  # by the place of the figure

    @property
    def middle(self) -> Decimal:
        """Half way between; of an equation without percentage what it comes to at the printed figures."""
        return (self.low + self.high) * _HALF


def fit(equation: Equation, operands: Sequence[Operand], kind: Kind) -> Fit:
    """The outcome of one equation that has something on the left. Call it in the context `EXACT`."""
    unknowns = unknowns_of(equation, operands)
    figures = list(unknowns.values())
    if equation.percent is None:
        low, high, widest = bounds(figures, ZERO)
        outcome = _plain(low, high, widest, at_most=equation.at_most)
        if outcome is Outcome.OK and kind is Kind.DIFFERENCE and low != -high and _alike(figures):
            outcome = Outcome.ROUNDING  # a reader who calculates gets another last digit
        return Fit(outcome, low, high, unknowns)
    rate = operands[equation.percent]
    share, slack = rate.value * PER_CENT, rate.half * PER_CENT
    first = bounds(figures, share - slack)
    second = bounds(figures, share + slack) if slack else first
    low, high = min(first[0], second[0]), max(first[1], second[1])
    if low <= 0 and (equation.at_most or high >= 0):
        outcome = Outcome.OK
    elif any(_plain(*each, at_most=equation.at_most) is not Outcome.ERROR for each in (first, second)):
        outcome = Outcome.ROUNDING
    elif slack:
        outcome = _with_looser_rate(figures, share, 2 * slack, at_most=equation.at_most)
    else:
        outcome = Outcome.ERROR
    return Fit(_divisible(outcome, figures, share), low, high, unknowns)


def unknowns_of(equation: Equation, operands: Sequence[Operand]) -> dict[int, Unknown]:
    """The figures of the left and the base by their place, coefficients of the same figure added up."""
    unknowns: dict[int, Unknown] = {}
    for term in equation.left:
        operand = operands[term.operand]
        left, start = term.coefficient, operand.start
        if start in unknowns:
            left += unknowns[start].left
        unknowns[start] = Unknown(left, ZERO, operand.value, operand.half)
    for term in equation.base:
        operand = operands[term.operand]
        known = unknowns.get(operand.start)
        left, base = (ZERO, ZERO) if known is None else (known.left, known.base)
        unknowns[operand.start] = Unknown(left, base + term.coefficient, operand.value, operand.half)
    return unknowns


def bounds(figures: Sequence[Unknown], share: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Least and greatest left − share·base, and the most that a whole last digit of one figure would add."""
    middle = width = widest = ZERO
    for left, base, value, half in figures:
        coefficient = left - share * base if base else left
        middle += coefficient * value
        if half:
            reach = abs(coefficient) * half
            width += reach
            if reach > widest:
                widest = reach
    return middle - width, middle + width, widest


def base_range(figures: Sequence[Unknown]) -> tuple[Decimal, Decimal]:
    """Least and greatest base of a percentage."""
    middle = width = ZERO
    for _, base, value, half in figures:
        if base:
            middle += base * value
            width += abs(base) * half
    return middle - width, middle + width


def nearest(relation: Relation, signs: Sequence[int]) -> tuple[list[Equation], bool]:
    """The readings that words of these signs choose, and whether the words are exactly theirs."""
    exact = [reading for reading in relation.readings if reading.signs == signs]
    if exact or not relation.readings:
        return exact, True
    far = [sum(a != b for a, b in zip(reading.signs, signs, strict=False)) for reading in relation.readings]
    least = min(far)
    return [reading for reading, apart in zip(relation.readings, far, strict=True) if apart == least], False


def _plain(low: Decimal, high: Decimal, widest: Decimal, *, at_most: bool) -> Outcome:
    """0 between low and high (at most: low ≤ 0); `widest` is what one figure that was cut off explains."""
    if low <= 0 and (at_most or high >= 0):
        return Outcome.OK
    if low - widest <= 0 and (at_most or high + widest >= 0):
        return Outcome.ROUNDING
    return Outcome.ERROR


def _with_looser_rate(
    figures: Sequence[Unknown], share: Decimal, slack: Decimal, *, at_most: bool
) -> Outcome:
    """Whether it was the percentage that was cut off."""
    first, second = bounds(figures, share - slack), bounds(figures, share + slack)
    low, high = min(first[0], second[0]), max(first[1], second[1])
    return Outcome.ROUNDING if low <= 0 and (at_most or high >= 0) else Outcome.ERROR


def _divisible(outcome: Outcome, figures: Sequence[Unknown], share: Decimal) -> Outcome:
    """A rate says nothing of a base that may be zero, and cannot be right of one that is zero (K39, K40)."""
    low, high = base_range(figures)
    if low > 0 or high < 0:
        return outcome
    if low == high == 0 and share:
        return Outcome.ERROR
    return outcome if outcome is Outcome.ERROR else Outcome.UNKNOWN


def _alike(figures: Sequence[Unknown]) -> bool:
    """a − b = c, all three printed to the same digit and none of them exact."""
    half = figures[0].half
    return (
        len(figures) == 3
        and half > 0
        and all(figure.half == half and abs(figure.left) == ONE for figure in figures)
    )
