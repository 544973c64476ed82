"""What speaks for a repair and against it, in words for the person who decides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import localcontext

from jiheng.claims.intervals import ZERO, base_range, unknowns_of
from jiheng.claims.report import Equation, Operand, Relation, Word
from jiheng.claims.slips import Fix, Slip
from jiheng.claims.weighing import Effect, Scales

_REASON = re.compile(r"主要(?:是|因|原因|由于|系|为)[^。\n]{0,120}")
_UP, _DOWN = re.compile(r"增加|增长|上升|提高|增多"), re.compile(r"减少|下降|降低|减收|压减")
_LOOK = 160  # characters after a word in which its reason stands
_SLIPS = {
    Slip.POINT: "小数点移位",
    Slip.UNIT: "单位写错",
    Slip.SWAP: "相邻两位颠倒",
    Slip.LAST_YEAR: "原数恰是改后推算的上年数，疑把上年数填进了本年",
    Slip.BASE: "原百分比恰是用另一个数作分母算出的，疑分母用错",
    Slip.DIGIT: "一位数字写错",
    Slip.LOST: "漏打一位",
    Slip.EXTRA: "多打一位",
    Slip.OTHER: "按其他数字推算",
}


def slip_of(fix: Fix, changed: Mapping[int, Operand], scales: Scales) -> Slip:
    """What slip the fix mends, those included that only the relations show."""
    if fix.slip <= Slip.SWAP:
        return fix.slip
    place = fix.operand.start
    for index in scales.figures[place]:
        relation = scales.relations[index]
        printed = next(operand for operand in relation.operands if operand.start == place)
        for equation in relation.readings:
            if equation.percent is None:
                continue
            if relation.operands[equation.percent].start == place:
                if _of_another_base(relation, equation, printed):
                    return Slip.BASE
            elif _was_the_base(relation, equation, printed, changed):
                return Slip.LAST_YEAR
    return fix.slip


def note_of(
    slips: Sequence[tuple[Fix, Slip]], turned: Sequence[Word], effect: Effect, text: str, *, open_ones: int
) -> str:
    """What the repair does, resolves, leaves and breaks, and a reason in the text that speaks against it."""
    parts = [f"“{fix.edit.text}”改为“{fix.edit.replacement}”（{_SLIPS[slip]}）" for fix, slip in slips]
    parts += [f"“{word.text}”改为“{word.opposite}”" for word in turned]
    note = "，".join(parts) + f"：可消除 {len(effect.resolved)} 处不符"
    if open_ones:
        note += f"，仍有 {open_ones} 处待核"
    if effect.broken:
        note += f"；但会使原来相符的 {len(effect.broken)} 处变得不符"
    reasons = [reason for word in turned if (reason := _reason_against(word, text))]
    for reason in dict.fromkeys(reasons):
        note += f"；文中原因“{reason}”与改后的方向相反，请一并核实"
    return note + "。"


def _was_the_base(
    relation: Relation, equation: Equation, printed: Operand, changed: Mapping[int, Operand]
) -> bool:
    """Whether what was printed is last year's figure as it follows after the repair."""
    operands = [changed.get(operand.start, operand) for operand in relation.operands]
    unknowns = unknowns_of(equation, operands)
    own = unknowns.get(printed.start)
    if own is None or not own.base or len([each for each in unknowns.values() if each.base]) < 2:
        return False
    low, high = base_range(list(unknowns.values()))
    return low <= printed.value + printed.half and printed.value - printed.half <= high


def _of_another_base(relation: Relation, equation: Equation, rate: Operand) -> bool:
    """Whether the printed percentage is that of the same amount in one of the other figures."""
    unknowns = unknowns_of(equation, relation.operands)
    left = sum((each.left * each.value for each in unknowns.values()), ZERO)
    for operand in relation.operands:
        if operand.start == rate.start or not operand.value or operand.value == left:
            continue
        with localcontext(prec=40):
            if abs(left * 100 / operand.value - rate.value) <= rate.half:
                return True
    return False


def _reason_against(word: Word, text: str) -> str:
    """The reason given after a word, if it tells only of the direction that the word had."""
    after = text[word.end : word.end + _LOOK].partition("\n")[0]
    reason = _REASON.search(after)
    if not reason:
        return ""
    up, down = bool(_UP.search(reason.group())), bool(_DOWN.search(reason.group()))
    return reason.group() if up != down and up == (word.sign > 0) else ""
