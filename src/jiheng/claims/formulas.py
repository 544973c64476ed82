"""The formulas tables print in a header row or a column: A=B+C, 5=4-2, 3=2/1*100, F=(E-D)/D×100%."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

ONE = Decimal(1)
_TERM = re.compile(r"([+-]?)([A-Z]{1,2}\d?|\d{1,2})")


@dataclass(frozen=True, slots=True)
class Formula:
    """left, or left as a percentage of base; each a list of (coefficient, name of a column or row)."""

    left: tuple[tuple[Decimal, str], ...]
    base: tuple[tuple[Decimal, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every column or row it speaks of."""
        return tuple(name for _, name in (*self.left, *self.base))


def formula_of(text: str) -> Formula | None:
    """The formula of “A=B+C”; None for a name alone or anything else."""
    right = text.partition("=")[2].replace("÷", "/").replace("×", "*").replace("－", "-").replace("＋", "+")
    right = re.sub(r"\*100%?$|%$", "", right)
    if not right:
        return None
    top, slash, bottom = right.partition("/")
    left, base = _linear(top), _linear(bottom) if slash else ()
    if left is None or base is None or (not slash and len(left) < 2):
        return None
    return Formula(left, base)


def _linear(text: str) -> tuple[tuple[Decimal, str], ...] | None:
    text = text.removeprefix("(").removesuffix(")")
    terms, at = [], 0
    for found in _TERM.finditer(text):
        if found.start() != at or (at and not found[1]):
            return None
        terms.append((-ONE if found[1] == "-" else ONE, found[2]))
        at = found.end()
    return tuple(terms) if terms and at == len(text) else None
