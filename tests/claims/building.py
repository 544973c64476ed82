"""Relations by hand: figures laid out one after the other in a text of their own."""

from __future__ import annotations

import re
from decimal import Decimal

from jiheng.claims.report import Equation, Found, Kind, Operand, Outcome, Relation, Term, Word
from jiheng.sheets import Severity

SCALES = {
    "亿元": Decimal(10) ** 8,
    "万元": Decimal(10) ** 4,
    "元": Decimal(1),
    "%": Decimal(1),
    "": Decimal(1),
}
OPPOSITE = {"增加": "减少", "减少": "增加", "上升": "下降", "下降": "上升", "增长": "下降"}


class Written:
    """A text that grows as figures and words are written into it."""

    def __init__(self) -> None:
        self.text = ""
        self.relations: list[Relation] = []

    def say(self, text: str) -> Written:
        self.text += text
        return self

    def figure(self, text: str, half: Decimal | None = None) -> Operand:
        """“27.54亿元” becomes an operand; every figure but one in 元 is an interval."""
        number, unit = re.fullmatch(r"(-?[\d.,]+)(\D*)", text).groups()
        number = number.replace(",", "")
        step = Decimal(1).scaleb(-len(number.partition(".")[2]))
        if half is None:
            half = Decimal(0) if unit == "元" else step * SCALES[unit] / 2
        return self._put(text, Decimal(number) * SCALES[unit], unit, half)

    def level(self, half: str) -> Operand:
        """与上年持平: a change of nothing that may hide this much (亿元)."""
        return self._put("与上年持平", Decimal(0), "亿元", Decimal(half) * SCALES["亿元"])

    def word(self, text: str) -> Word:
        start = len(self.text)
        self.text += text
        return Word(text, 1 if text in "增加上升增长" else -1, start, len(self.text), OPPOSITE[text])

    def relate(self, kind: Kind, operands, readings, words=()) -> Relation:
        relation = Relation(
            f"R{len(self.relations) + 1}",
            "K00",
            kind,
            Outcome.UNKNOWN,
            0,
            len(self.text),
            tuple(operands),
            tuple(words),
            tuple(readings),
        )
        self.relations.append(relation)
        return relation

    def _put(self, text: str, value: Decimal, unit: str, half: Decimal) -> Operand:
        start = len(self.text)
        self.text += text
        return Operand(text, value, unit, start, len(self.text), half)


def terms(*coefficients: int) -> tuple[Term, ...]:
    """Coefficients of the first, second, … operand; 0 leaves one out."""
    return tuple(Term(Decimal(each), index) for index, each in enumerate(coefficients) if each)


def equal(*coefficients: int, signs: tuple[int, ...] = ()) -> Equation:
    return Equation(terms(*coefficients), signs=signs)


def rates() -> tuple[Equation, ...]:
    """Operands level, change, percentage: both directions."""
    return (
        Equation(terms(0, 1), terms(1, -1), 2, signs=(1, 1)),
        Equation(terms(0, 1), terms(1, 1), 2, signs=(-1, -1)),
    )


def share() -> tuple[Equation, ...]:
    """Operands part, whole, percentage."""
    return (Equation(terms(1), terms(0, 1), 2),)


def agreeing() -> tuple[Equation, ...]:
    """Two words of one direction."""
    return (Equation((), signs=(1, 1)), Equation((), signs=(-1, -1)))


def found(relations) -> tuple[Found, ...]:
    """One finding for each relation that is an error."""
    wrong = [relation for relation in relations if relation.verdict is Outcome.ERROR]
    return tuple(
        Found(f"F{number}", each.code, Severity.ERROR, each.kind, each.start, each.end, each.message, each.id)
        for number, each in enumerate(wrong, 1)
    )
