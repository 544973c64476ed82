"""How far several raters agree: Kendall's W with its steps, and who stands apart. Pure and exact.

W compares the order in which raters place the lines (by 得分率, as lines have different full marks): 1 when
all order them alike, 0 when their orders have nothing in common. Ties share the mean of their ranks and the
denominator is corrected for them. No library that is installed offers W; exact fractions are ten lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median

from jiheng.figures import rounded
from jiheng.sheets import Missing, MissingReason

PLACES = 3  # of a printed W


@dataclass(frozen=True, slots=True)
class Agreement:
    """Kendall's W, 0 to 1 with three decimals, or why there is none; and how it was computed."""

    w: Decimal | Missing
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Apart:
    """One rater whose points stand far from the middle of all, and the sum that says so."""

    rater: str
    points: Decimal
    middle: Decimal
    step: str


def kendall_w(points: Sequence[Sequence[Decimal]], full: Sequence[Decimal]) -> Agreement:
    """`points[i][j]` is rater i's score of line j, `full[j]` its full marks (above 0). Every rater has scored
    every line; raises ValueError otherwise."""
    raters, lines = len(points), len(full)
    if any(len(row) != lines for row in points):
        raise ValueError("every rater scores every line")
    if raters < 2 or lines < 2:
        few = Missing(MissingReason.NOT_APPLICABLE, "不足两人或不足两项，不计算一致性")
        return Agreement(few, (f"{raters} 人、{lines} 项，不计算一致性",))
    rates = [
        [Fraction(score) / Fraction(most) for score, most in zip(row, full, strict=True)] for row in points
    ]
    ranks = [_ranks(row) for row in rates]
    sums = [sum((row[line] for row in ranks), Fraction(0)) for line in range(lines)]
    mean = Fraction(raters * (lines + 1), 2)
    squares = sum(((each - mean) ** 2 for each in sums), Fraction(0))
    ties = sum(count**3 - count for row in rates for count in Counter(row).values())
    below = raters**2 * (lines**3 - lines) - raters * ties
    steps = [
        f"{raters} 人对 {lines} 项按得分率（得分÷满分）排名，同分取平均名次",
        f"各项名次和：{'、'.join(_plain(each) for each in sums)}；平均 {_plain(mean)}",
        f"S＝Σ（名次和－平均）²＝{_plain(squares)}；同分修正 ΣT＝{ties}",
    ]
    if below == 0:
        steps.append("每个人给各项的得分率都相同，排不出名次，不计算一致性")
        alike = Missing(MissingReason.NOT_COMPUTABLE, "各项得分率都相同，排不出名次")
        return Agreement(alike, tuple(steps))
    w = 12 * squares / below
    value = rounded(Decimal(w.numerator) / Decimal(w.denominator), PLACES)
    steps.append(
        f"W＝12×S÷[m²(n³－n)－m×ΣT]＝12×{_plain(squares)}÷"
        f"[{raters}²×({lines}³－{lines})－{raters}×{ties}]＝{value}"
    )
    return Agreement(value, tuple(steps))


def standing_apart(points: Mapping[str, Decimal], full: Decimal, share: Decimal) -> list[Apart]:
    """The raters whose points differ from the median of all by more than `share` percent of the full marks.
    With fewer than three raters nobody can be said to stand apart."""
    if len(points) < 3:
        return []
    found, middle = [], median(points.values())
    for rater, own in points.items():
        gap, most = abs(own - middle), full * share / 100
        if gap > most:
            step = (
                f"{rater}给 {own}，全体的中位数 {middle}，相差 {gap}，超过满分 {full} 的 {share}%（{most:f}）"
            )
            found.append(Apart(rater, own, middle, step))
    return found


def _ranks(rates: Sequence[Fraction]) -> list[Fraction]:
    """1 for the lowest; equal ones share the mean of the ranks they take up."""
    ordered = sorted(rates)
    return [Fraction(2 * ordered.index(rate) + ordered.count(rate) + 1, 2) for rate in rates]


def _plain(value: Fraction) -> str:
    """A fraction whose denominator is 1, 2 or 4 as a decimal."""
    return format(Decimal(value.numerator) / Decimal(value.denominator), "f")
