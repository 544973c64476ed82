"""Which figures of a table belong together: a draft of a relation, and how sure the table makes us of it.

A table repeats its relations in every row and every column. So a binding is believed when most of its
repetitions hold: then the few that do not are faults of the document; else the binding is a wrong guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from jiheng.claims.report import Equation, Kind, Operand, Outcome, Relation, Term

HUNDRED = Decimal(100)
ONE = Decimal(1)
BELIEVED = Decimal("0.8")  # share of repetitions that must hold for a binding nobody names
NAMED = Decimal("0.5")  # the same where header or label names the relation


@dataclass(frozen=True, slots=True)
class Draft:
    """A relation before its verdict. `where` names its place in Chinese; `doubt` says why it may not bind."""

    code: str
    kind: Kind
    operands: tuple[Operand, ...]
    equation: Equation
    where: str
    fit: Outcome
    doubt: bool = False

    def relation(self) -> Relation:
        """The relation without a verdict: its stated figure is the last operand."""
        stated = self.operands[-1]
        return Relation(
            id="",
            code=self.code,
            kind=self.kind,
            verdict=Outcome.UNKNOWN,
            start=stated.start,
            end=stated.end,
            operands=self.operands,
            readings=(self.equation,),
            message=self.where,
        )


def doubted(draft: Draft) -> Draft:
    """The same draft, its binding in doubt."""
    return Draft(draft.code, draft.kind, draft.operands, draft.equation, draft.where, draft.fit, doubt=True)


def fit(operands: Sequence[Operand], equation: Equation) -> Outcome:
    """Whether printed figures can satisfy an equation, by the width of their intervals (first order)."""
    rate = operands[equation.percent].value / HUNDRED if equation.percent is not None else Decimal(0)
    gap = sum((term.coefficient * operands[term.operand].value for term in equation.left), Decimal(0))
    slopes: dict[int, Decimal] = {}
    for term in equation.left:
        slopes[term.operand] = slopes.get(term.operand, Decimal(0)) + term.coefficient
    base = Decimal(0)
    for term in equation.base:
        base += term.coefficient * operands[term.operand].value
        slopes[term.operand] = slopes.get(term.operand, Decimal(0)) - rate * term.coefficient
    gap -= rate * base
    widths = [abs(slope) * half for index, slope in slopes.items() if (half := operands[index].half)]
    if equation.percent is not None:
        half = operands[equation.percent].half / HUNDRED
        reach = sum((operands[term.operand].half for term in equation.base), Decimal(0))
        widths.append(half * (abs(base) + reach))
    if equation.at_most and gap <= 0:
        return Outcome.OK
    width = sum(widths, Decimal(0))
    if abs(gap) <= width:
        return Outcome.OK
    return Outcome.ROUNDING if abs(gap) <= width + max(widths, default=Decimal(0)) else Outcome.ERROR


def sum_of(total: Operand, parts: Sequence[tuple[Decimal, Operand]]) -> tuple[tuple[Operand, ...], Equation]:
    """total = Σ coefficient × part, the total stated last."""
    operands = (*(part for _, part in parts), total)
    left = [Term(coefficient, index) for index, (coefficient, _) in enumerate(parts)]
    return operands, Equation(left=(*left, Term(-ONE, len(parts))))


def is_telling(figure: Operand) -> bool:
    """Whether agreement in this figure says something: at least three printed digits."""
    if not figure.half:
        return abs(figure.value) >= HUNDRED
    return abs(figure.value) >= figure.half * 200


def holds(outcome: Outcome) -> bool:
    """Whether it speaks for the binding."""
    return outcome in (Outcome.OK, Outcome.ROUNDING)


def believed(drafts: Sequence[Draft], *, named: bool) -> bool:
    """Whether the repetitions of one binding speak for it; a single one only where it is named."""
    telling = [draft for draft in drafts if is_telling(draft.operands[-1]) or not holds(draft.fit)]
    if not telling:
        return named
    kept = sum(holds(draft.fit) for draft in telling)
    if len(telling) == 1:
        return named
    share = Decimal(kept) / len(telling)
    return share >= (NAMED if named else BELIEVED) and (named or kept >= 3)
