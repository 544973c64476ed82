"""A second opinion on an error, from the definition alone; it shares no code with the checker.

An equation left = percent/100 × base of intervals is linear in each figure, so it reaches its least and
greatest value with every figure at one end of its interval. This tries all ends (beyond 12 figures it takes
them by sign). An error stands only if no reading that the words choose can hold, not even with one figure cut
off, that is with a whole unit of its last digit to either side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from fractions import Fraction
from typing import Any

from jiheng.claims.report import Outcome, Relation

MOST_CORNERS = 12
Ends = dict[int, tuple[Fraction, Fraction]]  # the interval of each figure, by its place in the text


def verified(relation: Relation) -> Relation:
    """An error that this module cannot prove becomes unknown; everything else is returned as it is."""
    if relation.verdict is not Outcome.ERROR or verify(relation):
        return relation
    return replace(relation, verdict=Outcome.UNKNOWN, proof="", message="无法核对：复核未能证明不能同时成立")


def verify(relation: Relation | Mapping[str, Any]) -> bool:
    """Whether no reading of the relation can hold. Takes the record, or its fields as JSON."""
    told = asdict(relation) if isinstance(relation, Relation) else relation
    readings, signs = told.get("readings", ()), [word["sign"] for word in told.get("words", ())]
    if not readings:
        return False
    apart = [sum(a != b for a, b in zip(each["signs"], signs, strict=False)) for each in readings]
    fewest = 0 if any(list(each["signs"]) == signs for each in readings) else min(apart)
    chosen = [
        each
        for each, far in zip(readings, apart, strict=True)
        if far == fewest and (list(each["signs"]) == signs or fewest)
    ]
    if all(not each["left"] and each["percent"] is None for each in chosen):
        return fewest > 0
    return not any(_can_hold(each, told["operands"]) for each in chosen)


def _can_hold(equation: Mapping[str, Any], operands: list[Mapping[str, Any]]) -> bool:
    ends: Ends = {}
    halves: dict[int, Fraction] = {}
    for operand in operands:
        value, half = Fraction(str(operand["value"])), Fraction(str(operand["half"]))
        ends[operand["start"]], halves[operand["start"]] = (value - half, value + half), half
    for start, half in ({-1: Fraction(0)} | halves).items():  # none cut off, then each of them
        looser = dict(ends)
        if start in ends:
            looser[start] = (ends[start][0] - half, ends[start][1] + half)
        if _reaches_zero(equation, operands, looser):
            return True
    return False


def _reaches_zero(equation: Mapping[str, Any], operands: list[Mapping[str, Any]], ends: Ends) -> bool:
    factors: dict[int, list[Fraction]] = {}
    for column, side in enumerate(("left", "base")):
        for term in equation[side]:
            factor = factors.setdefault(operands[term["operand"]]["start"], [Fraction(0), Fraction(0)])
            factor[column] += Fraction(str(term["coefficient"]))
    rates: tuple[Fraction, ...] = (Fraction(0),)
    if equation["percent"] is not None:
        rates = ends[operands[equation["percent"]]["start"]]
        bases = [[base * end for end in ends[start]] for start, (_, base) in factors.items()]
        if sum(map(min, bases)) == sum(map(max, bases)) == 0 and any(rates):
            return False  # a percentage of nothing
    values = [value for rate in rates for value in _corners(factors, ends, rate / 100)]
    return min(values) <= 0 and (equation["at_most"] or max(values) >= 0)


def _corners(factors: dict[int, list[Fraction]], ends: Ends, rate: Fraction) -> Iterator[Fraction]:
    """left − rate × base at every corner, or, where there are too many, at the least and the greatest."""
    reached = [Fraction(0)]
    for start, (left, base) in factors.items():
        steps = sorted((left - rate * base) * end for end in set(ends[start]))
        if len(factors) <= MOST_CORNERS:
            reached = [value + step for value in reached for step in steps]
        else:
            reached = [min(reached) + steps[0], max(reached) + steps[-1]]
    return iter(reached)
