"""四评: several reviews of one project combined, how far they lie apart, and whether the weights decide.

Which reviews there are, their weights and the cap are policy (`reviews.*`): no national rule exists. A
review without a score leaves no combined one; nothing is ever taken as zero.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from jiheng.figures import rounded
from jiheng.policy import Policy
from jiheng.scoring.totals import grade
from jiheng.sheets import Grade, Missing, MissingReason, plain

HUNDRED = Decimal(100)
PLACES = 2


@dataclass(frozen=True, slots=True)
class ReviewKind:
    """One of the reviews of policy: its key, its name, its weight in %, and where its score comes from:
    "self" the confirmed self-evaluation, "fiscal" the confirmed fiscal one, else the role that scores it."""

    key: str
    name: str
    weight: Decimal
    by: str


@dataclass(frozen=True, slots=True)
class Apart:
    """Two reviews and by how many 分 the first is above the second; `tells`: far enough to be explained."""

    first: str
    second: str
    points: Decimal
    tells: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """By how many percentage points the weight of a review must change, the others shrinking or growing in
    proportion, for the combined grade to be another; `grade` is that other one."""

    name: str
    change: Decimal
    grade: Grade


@dataclass(frozen=True, slots=True)
class Combined:
    """综合得分 in 分 with two decimals (or why there is none), 等级, the steps, and what it hangs on."""

    total: Decimal | Missing
    grade: Grade | None
    steps: tuple[str, ...]
    apart: tuple[Apart, ...]
    turns: tuple[Turn, ...]  # the nearest first; empty where no weight alone changes the grade
    is_steady: bool  # no change within policy's `reviews.steady` turns the grade


def kinds(policy: Policy) -> tuple[ReviewKind, ...]:
    """The reviews in order. Raises PolicyError; ValueError where the weights don't add to 100."""
    rows = policy.table("reviews.kinds")
    found = tuple(
        ReviewKind(row["kind"], row["name"], Decimal(str(row["weight"])), row["by"]) for row in rows
    )
    if sum((kind.weight for kind in found), Decimal(0)) != HUNDRED:
        raise ValueError("四评的权重合计应为 100%，请在政策值 reviews.kinds 中改正")
    return found


def combined(scores: Mapping[str, Decimal | Missing], policy: Policy) -> Combined:
    """The reviews of one project together; `scores` in 分 of 100 by the key of its kind."""
    every = kinds(policy)
    known = [(kind, score) for kind in every if isinstance(score := scores.get(kind.key), Decimal)]
    apart = _apart(known, policy)
    lacking = [kind.name for kind in every if kind.key not in {known_kind.key for known_kind, _ in known}]
    if lacking:
        missing = Missing(MissingReason.NOT_REPORTED, f"{'、'.join(lacking)}还没有得分")
        told = (f"{'、'.join(lacking)}还没有得分，不合成",)
        return Combined(missing, None, told, apart, turns=(), is_steady=False)
    exact = sum((Fraction(kind.weight) * Fraction(score) for kind, score in known), Fraction(0)) / 100
    total = rounded(Decimal(exact.numerator) / Decimal(exact.denominator), PLACES)
    written = "＋".join(f"{plain(score)}×{plain(kind.weight)}%" for kind, score in known)
    steps = [f"{written} = {total}"]
    poor = [kind.name for kind, score in known if grade(score, policy) is Grade.POOR]
    most = Grade(policy.text("reviews.poor_caps")) if poor else Grade.EXCELLENT
    alone, result = _graded(exact, policy), _graded(exact, policy, most)
    if result is not alone:
        steps.append(f"{'、'.join(poor)}为“差”，综合等级由“{alone}”降为“{result}”")
    turns = _turns(known, exact, policy, most)
    nearest = turns[0].change if turns else None
    steady = nearest is None or abs(nearest) > policy.decimal("reviews.steady")
    return Combined(total, result, tuple(steps), apart, turns, steady)


_ORDER = (Grade.EXCELLENT, Grade.GOOD, Grade.FAIR, Grade.POOR)


def _graded(total: Fraction, policy: Policy, most: Grade = Grade.EXCELLENT) -> Grade:
    """The grade of an exact total, no better than `most`."""
    points = rounded(Decimal(total.numerator) / Decimal(total.denominator), PLACES)
    found = grade(points, policy)
    assert found is not None  # a total that is there has a grade
    return max(found, most, key=_ORDER.index)


def _apart(known: Sequence[tuple[ReviewKind, Decimal]], policy: Policy) -> tuple[Apart, ...]:
    enough = policy.decimal("reviews.apart")
    found = []
    for (one, first), (other, second) in itertools.combinations(known, 2):
        high, low = ((one, first), (other, second)) if first >= second else ((other, second), (one, first))
        points = high[1] - low[1]
        found.append(Apart(high[0].name, low[0].name, points, points >= enough))
    return tuple(sorted(found, key=lambda pair: -pair.points))


def _turns(
    known: Sequence[tuple[ReviewKind, Decimal]], total: Fraction, policy: Policy, most: Grade
) -> tuple[Turn, ...]:
    """The least change of each weight that brings another grade, exact; the nearest first."""
    found = []
    for kind, score in known:
        if kind.weight == HUNDRED:
            continue
        others = (100 * total - Fraction(kind.weight) * Fraction(score)) / (100 - Fraction(kind.weight))
        slope = (Fraction(score) - others) / 100  # 分 of the total for each percentage point of weight
        nearest = _nearest((total, slope), kind.weight, policy, most) if slope else None
        if nearest is not None:
            found.append(Turn(kind.name, *nearest))
    return tuple(sorted(found, key=lambda turn: abs(turn.change)))


def _nearest(
    line: tuple[Fraction, Fraction], weight: Decimal, policy: Policy, most: Grade
) -> tuple[Decimal, Grade] | None:
    """The smallest change of a weight, rounded away from zero to 0.01, after which the grade differs; `line`
    is the total and what it gains for each percentage point."""
    total, slope = line
    here = _graded(total, policy, most)
    best: tuple[Decimal, Grade] | None = None
    for path in ("grades.excellent", "grades.good", "grades.fair"):
        bound = Fraction(policy.decimal(path)) - Fraction(5, 1000)  # half-up: 89.995 is 90.00
        change = (bound - total) / slope
        for tried in _around(Decimal(change.numerator) / Decimal(change.denominator)):
            if not -weight <= tried <= HUNDRED - weight:
                continue
            there = _graded(total + slope * Fraction(tried), policy, most)
            if there is not here:
                best = min((tried, there), best or (tried, there), key=lambda turn: abs(turn[0]))
                break
    return best


def _around(step: Decimal) -> tuple[Decimal, Decimal]:
    """The two changes of 0.01 next to a bound, the nearer to no change first."""
    low = rounded(step, PLACES)
    apart = Decimal("0.01") if step > 0 else Decimal("-0.01")
    return low, low + apart
