"""A second opinion on an error, from the definition alone; it shares no code with the checker.

An equation left = percent/100 × base of intervals is linear in each figure, so it reaches its least and
greatest value with every figure at one end of its interval. An error stands only if no reading that the words
choose can hold, not even with one figure cut off, that is with a whole unit of its last digit to either side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from jiheng.claims.report import Outcome, Relation

Figures = dict[int, tuple[Fraction, Fraction]]  # value and half of the last digit, by place in the text
Factors = dict[int, list[Fraction]]  # what each figure is multiplied by on the left and in the base


def verified(relation: Relation) -> Relation:
    """An error that this module cannot prove becomes unknown; everything else is returned as it is."""
    if relation.verdict is not Outcome.ERROR or verify(relation):
        return relation
    said = "无法核对：复核未能证明不能同时成立"
    return relation._replace(verdict=Outcome.UNKNOWN, proof="", message=said)


def verify(relation: Relation | Mapping[str, Any]) -> bool:
    """Whether no reading of the relation can hold. Takes the record, or its fields as JSON."""
    told = _fields(relation) if isinstance(relation, Relation) else relation
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


def _fields(relation: Relation) -> Mapping[str, Any]:
    return {name: [*map(asdict, getattr(relation, name))] for name in ("readings", "words", "operands")}


def _can_hold(equation: Mapping[str, Any], operands: list[Mapping[str, Any]]) -> bool:
    figures: Figures = {
        operand["start"]: (Fraction(str(operand["value"])), Fraction(str(operand["half"])))
        for operand in operands
    }
    factors: Factors = {}
    for column, side in enumerate(("left", "base")):
        for term in equation[side]:
            factor = factors.setdefault(operands[term["operand"]]["start"], [Fraction(0), Fraction(0)])
            factor[column] += Fraction(str(term["coefficient"]))
    if equation["percent"] is None:
        return _meets(equation, [*_ends(factors, figures, Fraction(0))])
    rate, half = figures[operands[equation["percent"]]["start"]]
    bases = [(base * figures[at][0], abs(base) * figures[at][1]) for at, (_, base) in factors.items()]
    if not any(map(sum, zip(*bases, strict=True))) and (rate or half):
        return False  # a percentage of nothing
    printed = [end for side in (-1, 1) for end in _ends(factors, figures, (rate + side * half) / 100)]
    if _meets(equation, printed):
        return True
    looser = [(rate + side * half) / 100 for side in (-2, 2)]
    return _meets(equation, [end for each in looser for end in _ends(factors, figures, each, loose=False)])


def _meets(equation: Mapping[str, Any], ends: list[Fraction]) -> bool:
    return min(ends) <= 0 and (equation["at_most"] or max(ends) >= 0)


def _ends(
    factors: Factors, figures: Figures, rate: Fraction, *, loose: bool = True
) -> tuple[Fraction, Fraction]:
    """Least and greatest left − rate × base of all corners, with one figure cut off that moves them most.

    Each figure has one factor: whatever the others are, its own ends give the least and the greatest.
    """
    least, greatest, most = Fraction(0), Fraction(0), Fraction(0)
    for start, (left, base) in factors.items():
        value, half = figures[start]
        factor = left - rate * base
        most = max(most, abs(factor) * half) if loose else most
        steps = factor * (value - half), factor * (value + half)
        least, greatest = least + min(steps), greatest + max(steps)
    return least - most, greatest + most
