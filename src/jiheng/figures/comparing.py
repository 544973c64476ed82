"""Comparing printed figures as intervals, and the one rounding of the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from functools import lru_cache

from jiheng.figures.reading import Figure, FigureError
from jiheng.sheets import Amount, Missing, MissingReason

HUNDRED = Decimal(100)
# Wide enough that quantizing never overflows the precision of a sum of money.
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


class Verdict(StrEnum):
    """Whether printed figures can hold together; it never says which one is wrong."""

    OK = "ok"  # the intervals meet
    ROUNDING = "rounding"  # they meet only if a figure was cut off or rounded twice
    ERROR = "error"  # they cannot both hold


@dataclass(frozen=True, slots=True)
class Sum:
    """A total against its parts, all in the total's unit; `difference` is total − computed."""

    verdict: Verdict
    computed: Decimal
    difference: Decimal
    tolerance: Decimal


def rounded(value: Decimal, places: int) -> Decimal:
    """Half-up (四舍五入, away from zero) to `places` decimals: 2.675 → 2.68. The project's only rounding."""
    return value.quantize(_last_place(places), context=_WIDE)


@lru_cache(maxsize=128)
def _last_place(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def percent(part: Decimal | Missing, whole: Decimal | Missing) -> Decimal | Missing:
    """part ÷ whole × 100, unrounded; `Missing` when either is missing or the whole is zero."""
    if isinstance(part, Missing):
        return part
    if isinstance(whole, Missing):
        return whole
    if whole == 0:
        return Missing(MissingReason.NOT_COMPUTABLE, "分母为 0，无法计算")
    return part / whole * HUNDRED


def figure_of(amount: Amount) -> Figure:
    """An amount of a form in 万元: a typed one has its printed precision, a computed one is exact."""
    if not amount.typed:
        return Figure(amount.in_wan, "万元", Decimal(0), str(amount))
    places = len(amount.typed.partition(".")[2])
    return Figure(amount.in_wan, "万元", Decimal(1).scaleb(-places), amount.typed)


def interval(figure: Figure) -> tuple[Decimal, Decimal]:
    """Lowest and highest true value in the base unit (元 for money). Exact where printed in 元."""
    middle, half = figure.value * figure.scale, _half(figure)
    return middle - half, middle + half


def agree(a: Figure, b: Figure) -> Verdict:
    """Whether two printings can be of the same number. Raises FigureError if the units cannot be compared."""
    _same_unit((a, b))
    gap = abs(a.value * a.scale - b.value * b.scale)
    return _verdict(gap, (a, b))


def adds_up(total: Figure, parts: Sequence[Figure]) -> Sum:
    """Whether a printed total can be the sum of its printed parts. Raises FigureError on unlike units.

    The tolerance is the half last digits of the total and of every part together; `rounding` allows one
    of the figures, the coarsest, a whole last digit instead of half of it.
    """
    figures = (total, *parts)
    _same_unit(figures)
    computed = sum((part.value * part.scale for part in parts), Decimal(0))
    difference = total.value * total.scale - computed
    tolerance = sum((_half(figure) for figure in figures), Decimal(0))
    return Sum(
        _verdict(abs(difference), figures),
        computed / total.scale,
        difference / total.scale,
        tolerance / total.scale,
    )


def _verdict(gap: Decimal, figures: Sequence[Figure]) -> Verdict:
    halves = [_half(figure) for figure in figures]
    if gap <= sum(halves):
        return Verdict.OK
    return Verdict.ROUNDING if gap <= sum(halves) + max(halves) else Verdict.ERROR


def _half(figure: Figure) -> Decimal:
    return Decimal(0) if figure.unit == "元" else figure.step * figure.scale / 2


def _same_unit(figures: Sequence[Figure]) -> None:
    units = {figure.base_unit for figure in figures}
    if len(units) > 1:
        raise FigureError("单位不同，不能比较：" + "、".join(f"“{figure.typed}”" for figure in figures))
