"""How one office prints its figures: unit, decimals, commas, what its percentages are worked out from."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from texts.truth import FEN, Figure

WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
REGIMES = ("rounded", "unrounded")


def nearest(value: Fraction, places: int) -> str:
    """The value with so many decimals, halves away from zero."""
    steps = abs(value) * 10**places
    whole = int(steps + Fraction(1, 2))
    digits = str(whole).rjust(places + 1, "0")
    said = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{said}" if value < 0 and whole else said


def commas(number: str) -> str:
    whole, point, rest = number.partition(".")
    return f"{int(whole):,}{point}{rest}" if len(whole) > 3 and not whole.startswith("-") else number


@dataclass(frozen=True)
class Habit:
    """`places` are the decimals of `unit`; `mixed` offices change to a smaller unit for small amounts."""

    regime: str
    unit: str
    places: int
    rates: int
    commas: bool
    wide: bool
    bare: bool  # 5.30 printed as 5.3
    mixed: bool
    printed: bool  # percentages worked out from the printed figures

    @classmethod
    def draw(cls, rng: random.Random, regime: str, units: str) -> Habit:
        unit = rng.choice(units.split())
        places = {"亿元": (0, 1, 2, 2, 2, 4), "万元": (0, 0, 1, 2, 2, 2, 6), "元": (0, 2, 2)}[unit]
        return cls(
            regime,
            unit,
            rng.choice(places),
            rng.choice((0, 1, 1, 2, 2, 2)),
            rng.random() < 0.3,
            rng.random() < 0.08,
            rng.random() < 0.4,
            rng.random() < 0.5,
            regime == "rounded" and rng.random() < 0.35,
        )

    @property
    def grain(self) -> int:
        """The 分 that all amounts of the accounts are multiples of."""
        if self.regime == "unrounded" or self.unit == "元":
            return self.step
        return 1

    @property
    def step(self) -> int:
        """What one unit of the last printed digit is worth in 分."""
        return max(1, FEN[self.unit] // 10**self.places)

    def dressed(self, number: str) -> str:
        if self.bare and "." in number:
            number = number.rstrip("0").rstrip(".")
        if self.commas:
            number = commas(number)
        return number.translate(WIDE) if self.wide else number

    def money(self, fact: str, value: int, unit: str = "", tail: str | None = None) -> Figure:
        """An amount of 分. In the unrounded regime it gets the decimals it needs, whatever its unit."""
        unit = unit or self._unit_for(value)
        places = self._places(unit)
        if self.regime == "unrounded":
            while value * 10**places % FEN[unit]:
                places += 1
        number = self.dressed(nearest(Fraction(value, FEN[unit]), places))
        return Figure(fact, number, unit, FEN[unit], unit if tail is None else tail, certain=unit == "元")

    def _places(self, unit: str) -> int:
        if unit == self.unit:
            return self.places
        return {"元": 2, "万元": 2 if self.regime == "rounded" else 0, "亿元": 2}[unit]

    def _unit_for(self, value: int) -> str:
        """A smaller unit where the office mixes, or where nothing but noughts would be printed."""
        smallest = Fraction(FEN[self.unit], 10**self.places)
        if self.unit == "亿元" and value and (value < 5 * smallest or (self.mixed and value < FEN["亿元"])):
            return "万元"
        return self.unit

    def rate(self, fact: str, value: Fraction, places: int | None = None, tail: str = "%") -> Figure:
        number = nearest(value, self.rates if places is None else places)
        if self.bare and "." in number:
            number = number.rstrip("0").rstrip(".")
        return Figure(fact, number.translate(WIDE) if self.wide else number, "%", 1, tail)
