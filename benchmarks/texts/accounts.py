"""Random accounts, exact to the 分: trees of items that add up in every column, debts that carry forward."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

COLUMNS = ("now", "before", "budget", "adjusted")
Shape = tuple[str, list["Shape"]]


@dataclass
class Item:
    """An item of the accounts in 分: this year, last year, first budget, adjusted budget."""

    name: str
    now: int = 0
    before: int = 0
    budget: int = 0
    adjusted: int = 0
    parts: list[Item] = field(default_factory=list)

    def walk(self) -> Iterator[Item]:
        yield self
        for part in self.parts:
            yield from part.walk()


def leaf(name: str) -> Shape:
    return (name, [])


class Draw:
    """Amounts that are multiples of `grain` 分, large enough to be printed in steps of `step` 分."""

    def __init__(self, rng: random.Random, grain: int, step: int = 1) -> None:
        self.rng, self.grain, self.step = rng, grain, step

    def near(self, amount: float) -> int:
        return max(self.grain, round(amount / self.grain) * self.grain)

    def size(self, low: int, high: int) -> int:
        """An amount between two bounds in 元, small as likely as large; both rise with a coarse print."""
        more = max(1.0, self.step * 0.3 / low)
        return self.near(100 * more * math.exp(self.rng.uniform(math.log(low), math.log(high))))

    def drift(self, amount: int, spread: float = 0.12) -> int:
        """Another year's amount: mostly near, sometimes the same, now and then far off."""
        lot = self.rng.random()
        if amount == 0 or lot < 0.06:
            return amount
        if lot < 0.1:
            return self.near(amount * self.rng.uniform(0.25, 2.6))
        return self.near(amount * math.exp(self.rng.gauss(0, spread)))

    def part_of(self, amount: int, low: float, high: float) -> int:
        return min(amount, self.near(amount * self.rng.uniform(low, high)))

    def tree(self, shape: Shape, size: int, nil: float = 0.0) -> Item:
        """A tree about as large as `size` 分; a part is nothing in both years with probability `nil`."""
        name, shapes = shape
        if not shapes:
            return self._leaf(name, size, nil)
        weights = [self.rng.gammavariate(1.4, 1) + 0.06 for _ in shapes]
        whole = sum(weights)
        parts = [
            self.tree(s, round(size * weight / whole), nil) for s, weight in zip(shapes, weights, strict=True)
        ]
        return add(name, parts)

    def within(self, whole: Item) -> Item:
        """The same tree for a part of the place: no item is larger than in the whole."""
        if whole.parts:
            return add(whole.name, [self.within(part) for part in whole.parts])
        share = self.rng.uniform(0.2, 0.7)
        values = {c: self._some(getattr(whole, c), share * self.rng.uniform(0.93, 1.07)) for c in COLUMNS}
        return Item(whole.name, **values)

    def _some(self, amount: int, share: float) -> int:
        return min(amount, self.near(amount * share)) if amount else 0

    def _leaf(self, name: str, size: int, nil: float) -> Item:
        if self.rng.random() < nil:
            return Item(name)
        now = self.near(size)
        adjusted = self.drift(now, 0.06)
        return Item(name, now, self.drift(now), self.drift(adjusted, 0.08), adjusted)


def add(name: str, parts: list[Item]) -> Item:
    """The item that these parts make up."""
    sums = {column: sum(getattr(part, column) for part in parts) for column in COLUMNS}
    return Item(name, **sums, parts=parts)


@dataclass
class Debt:
    """One kind of government debt in 分; what is owed at the end follows from the rest."""

    name: str
    opening: int
    new: int
    refinanced: int
    repaid: int
    interest: int
    limit: int

    @property
    def issued(self) -> int:
        return self.new + self.refinanced

    @property
    def closing(self) -> int:
        return self.opening + self.issued - self.repaid

    @classmethod
    def draw(cls, name: str, draw: Draw, size: int) -> Debt:
        opening = draw.size(size, size * 6)
        repaid = draw.part_of(opening, 0.03, 0.16)
        refinanced = draw.part_of(repaid, 0.3, 0.97)
        new = draw.part_of(opening, 0.02, 0.25)
        room = draw.part_of(opening, 0.004, 0.1)
        debt = cls(name, opening, new, refinanced, repaid, draw.part_of(opening, 0.02, 0.04), 0)
        debt.limit = max(opening, debt.closing) + room
        return debt


def added(name: str, debts: list[Debt]) -> Debt:
    def of(get: Callable[[Debt], int]) -> int:
        return sum(get(debt) for debt in debts)

    return Debt(
        name,
        of(lambda d: d.opening),
        of(lambda d: d.new),
        of(lambda d: d.refinanced),
        of(lambda d: d.repaid),
        of(lambda d: d.interest),
        of(lambda d: d.limit),
    )
