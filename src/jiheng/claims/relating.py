"""Building relations from figures, and settling which binding is meant.

Precision first: where a sentence allows several bindings, one that holds is taken to be the meant one; an
error is reported only of a binding that is sure, and a doubtful one that does not hold is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

from jiheng.claims.frames import Frame
from jiheng.claims.mentions import Mention
from jiheng.claims.report import Equation, Kind, Operand, Outcome, Relation, Term, Word
from jiheng.claims.verdicts import judge, outcome_of

ONE = Decimal(1)
_MINUS = Decimal(-1)


@lru_cache(maxsize=512)
def term(operand: int, sign: int = 1) -> Term:
    return Term(ONE if sign > 0 else _MINUS, operand)


def operand(source: Frame | Mention | Operand) -> Operand:
    if isinstance(source, Frame):
        assert source.level is not None
        return source.level.figure.operand()
    return source if isinstance(source, Operand) else source.figure.operand()


def relation(
    code: str,
    kind: Kind,
    sources: Sequence[Frame | Mention | Operand],
    readings: Sequence[Equation],
    words: Sequence[Word] = (),
) -> Relation:
    """An unjudged relation over these figures; its clause is that of the last, the stated one."""
    operands = tuple([operand(source) for source in sources])
    stands: list[Operand | Word] = [*operands, *words]
    start = min([one.start for one in stands])
    end = max([one.end for one in stands])
    return Relation("", code, kind, Outcome.UNKNOWN, start, end, operands, tuple(words), tuple(readings))


def settle(candidates: Iterable[Relation], *, sure: bool) -> Relation | None:
    """The first binding that holds; else the first one, an error only if it is `sure`. None without any."""
    first: Relation | None = None
    rounding: Relation | None = None
    for candidate in candidates:
        if first is None:
            first = judge(candidate)
            if first.verdict is Outcome.OK:
                return first
            if first.verdict is Outcome.ROUNDING:
                rounding = first
            continue
        outcome = outcome_of(candidate)
        if outcome is Outcome.OK:
            return judge(candidate)
        if outcome is Outcome.ROUNDING and rounding is None:
            rounding = judge(candidate)
    if rounding or first is None:
        return rounding
    if first.verdict is Outcome.ERROR and not sure:
        return first._replace(verdict=Outcome.UNKNOWN, proof="", message=_DOUBTFUL)
    return first


_DOUBTFUL = "不能确定这些数字是否说的是同一件事，未下结论"


def is_vague(*sources: Frame | Mention | None) -> bool:
    """Whether a figure is only a bound (超, 近, 约): nothing exact follows from it."""
    for source in sources:  # noqa: SIM110 - asked of every binding; a generator costs more than the question
        if source is not None and source.is_vague:
            return True
    return False
