"""自评虚高: how far units score themselves above the fiscal evaluation, by unit.

A unit with one project would be judged by chance: its mean is drawn to the mean of all, as if it had first
had `prior` average projects (policy `fiscal.inflation.prior`): (n×own + prior×mean of all) ÷ (n + prior).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jiheng.figures import rounded
from jiheng.policy import Policy
from jiheng.sheets import plain

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Inflated:
    """One unit: its projects, its own mean of 自评−财政评价 in 分, the mean drawn to all, the step."""

    key: int
    count: int
    mean: Decimal
    shrunk: Decimal
    step: str


def inflation(gaps: Mapping[int, Sequence[Decimal]], policy: Policy) -> tuple[Inflated, ...]:
    """By unit, the most inflated first; `gaps` by unit: self score minus fiscal score of each project, in 分.
    Units without any are left out. Raises PolicyError."""
    prior = policy.decimal("fiscal.inflation.prior")
    every = [gap for unit in gaps.values() for gap in unit]
    if not every:
        return ()
    total = sum(every, ZERO)
    found = [_of_unit(key, unit, (total, len(every)), prior) for key, unit in gaps.items() if unit]
    return tuple(sorted(found, key=lambda row: (-row.shrunk, row.key)))


def _of_unit(key: int, gaps: Sequence[Decimal], every: tuple[Decimal, int], prior: Decimal) -> Inflated:
    own, count = sum(gaps, ZERO), len(gaps)
    total, number = every
    # one quotient, formed last: a tie stays exact
    shrunk = rounded((own * number + prior * total) / (number * (count + prior)), 2)
    mean, common = rounded(own / count, 2), rounded(total / number, 2)
    step = f"（{count}×{plain(mean)}＋{plain(prior)}×{plain(common)}）/（{count}＋{plain(prior)}） = {shrunk}"
    return Inflated(key, count, mean, shrunk, step)
