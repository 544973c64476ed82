"""The ways a figure is mistyped: a point moved, another unit, digits swapped, wrong, left out or added."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple

from jiheng.claims.report import Edit, Operand
from jiheng.claims.verdicts import scale_of
from jiheng.figures import rounded

_NUMBER = re.compile(r"[-−－]?\d+(?:[,，] ?\d+)*(?:[.．]\d+)?")
_UNITS = {"亿元": ("万元",), "万元": ("亿元", "元"), "元": ("万元",), "亿": ("万",), "万": ("亿",)}
LONGEST = 14  # digits; beyond it nobody types by hand


class Slip(IntEnum):
    """What kind of slip a repair would mend, the likeliest first."""

    POINT = 1
    UNIT = 2
    SWAP = 3
    BASE = 4
    LAST_YEAR = 5
    DIGIT = 6
    LOST = 7
    EXTRA = 8
    OTHER = 9


class Fix(NamedTuple):
    """One figure written otherwise."""

    edit: Edit
    operand: Operand
    slip: Slip


class Printed:
    """A figure that could be edited: its number in the text, and what a slip could have made it of."""

    def __init__(self, operand: Operand, match: re.Match[str], text: str) -> None:
        self.operand = operand
        self.typed = match.group()
        self.start, self.end = operand.start + match.start(), operand.start + match.end()
        clean = _clean(self.typed)
        self.negative = clean.startswith("-")
        self.digits = clean.lstrip("-").replace(".", "")
        self.places = len(clean.partition(".")[2])
        self.scale = scale_of(operand.unit)
        self.step = Decimal(1).scaleb(-self.places) * self.scale
        self._text = text
        self._slips: list[tuple[Decimal, str, Slip]] | None = None

    def to(self, value: Decimal) -> Fix | None:
        """Another value, rounded to the figure's own decimals; none if it would print the same."""
        number = rounded(value / self.scale, self.places) or Decimal(0).scaleb(-self.places)  # never -0
        if (number < 0 and not self.negative) or number * self.scale == self.operand.value:
            return None
        new = f"{number:f}"
        return self._fix(new, _slip_between(self.digits, new.lstrip("-").replace(".", "")))

    def within(self, low: Decimal, high: Decimal, *, digits: bool) -> Iterator[Fix]:
        """What a slip could have been made of, between two values; without `digits` only what says more
        than that one digit can be anything."""
        if self._slips is None:
            self._slips = sorted(self._all_slips())
        first = bisect_left(self._slips, low, key=lambda slip: slip[0])
        last = bisect_right(self._slips, high, key=lambda slip: slip[0])
        for _, new, slip in self._slips[first:last]:
            if digits or slip <= Slip.SWAP:
                yield self._fix(new, slip)
        yield from (fix for fix in self._other_units() if low <= fix.operand.value <= high)

    def _fix(self, new: str, slip: Slip) -> Fix:
        places = len(new.partition(".")[2])
        half = self.operand.half.scaleb(self.places - places)
        own = self.operand
        operand = Operand(new, Decimal(new) * self.scale, own.unit, own.start, own.end, half)
        return Fix(Edit(self.start, self.end, self.typed, _with_commas(new, self.typed)), operand, slip)

    def _all_slips(self) -> Iterator[tuple[Decimal, str, Slip]]:
        if len(self.digits) > LONGEST:
            return
        seen = {self.digits}
        for new, slip in (*_swapped(self.digits), *_wrong(self.digits), *_lost_and_extra(self.digits)):
            shown = self._pointed(new, self.places)
            value = Decimal(shown) * self.scale
            if new not in seen and value != self.operand.value:
                seen.add(new)
                yield value, shown, slip
        for shift in (-2, -1, 1, 2):
            if shift > self.places:
                continue  # zeros added, not a point moved
            shown = self._pointed(self.digits, self.places - shift)
            if self.operand.value:
                yield Decimal(shown) * self.scale, shown, Slip.POINT

    def _pointed(self, digits: str, places: int) -> str:
        digits = digits.rjust(places + 1, "0")
        whole, fraction = (digits[:-places], digits[-places:]) if places else (digits, "")
        if len(whole) > 1 and whole.startswith("0"):
            whole = whole.lstrip("0") or "0"
        return f"{'-' if self.negative else ''}{whole}{'.' + fraction if places else ''}"

    def _other_units(self) -> Iterator[Fix]:
        unit = self.operand.unit
        start = next(
            (
                at
                for at in (self.operand.end - len(unit), self.operand.end)
                if self._text.startswith(unit, at)
            ),
            -1,
        )
        if start < self.end:
            return
        for other in _UNITS.get(unit, ()):
            scale = scale_of(other)
            half = Decimal(0) if other == "元" else self.step / self.scale * scale / 2
            value = self.operand.value / self.scale * scale
            operand = replace(self.operand, text=self.typed + other, value=value, unit=other, half=half)
            yield Fix(Edit(start, start + len(unit), unit, other), operand, Slip.UNIT)


def printed_figure(operand: Operand, text: str) -> Printed | None:
    """The figure as something to edit; none if it is words (持平) or not plainly one number."""
    matches = list(_NUMBER.finditer(text[operand.start : operand.end]))
    if len(matches) != 1:
        return None
    if Decimal(_clean(matches[0].group())) * scale_of(operand.unit) != operand.value:
        return None
    return Printed(operand, matches[0], text)


def _clean(typed: str) -> str:
    return re.sub(r"[,， ]", "", typed).replace("．", ".").replace("−", "-").replace("－", "-")


def _with_commas(new: str, like: str) -> str:
    if "," not in like and "，" not in like:
        return new
    whole, point, fraction = new.partition(".")
    return f"{int(whole):,}{point}{fraction}"


def _slip_between(old: str, new: str) -> Slip:
    """What slip turned the new digits into the old ones."""
    if len(old) == len(new):
        apart = [index for index, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
        if len(apart) == 1:
            return Slip.DIGIT
        if len(apart) == 2 and apart[1] == apart[0] + 1 and old[apart[0]] == new[apart[1]]:
            return Slip.SWAP if old[apart[1]] == new[apart[0]] else Slip.OTHER
    if len(new) == len(old) + 1 and any(new[:at] + new[at + 1 :] == old for at in range(len(new))):
        return Slip.LOST
    if len(old) == len(new) + 1 and any(old[:at] + old[at + 1 :] == new for at in range(len(old))):
        return Slip.EXTRA
    return Slip.OTHER


def _swapped(digits: str) -> Iterator[tuple[str, Slip]]:
    for at in range(len(digits) - 1):
        yield digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :], Slip.SWAP


def _wrong(digits: str) -> Iterator[tuple[str, Slip]]:
    for at in range(len(digits)):
        for digit in "0123456789":
            yield digits[:at] + digit + digits[at + 1 :], Slip.DIGIT


def _lost_and_extra(digits: str) -> Iterator[tuple[str, Slip]]:
    for at in range(len(digits) + 1):
        for digit in "0123456789":
            yield digits[:at] + digit + digits[at:], Slip.LOST
    if len(digits) > 1:
        for at in range(len(digits)):
            yield digits[:at] + digits[at + 1 :], Slip.EXTRA
