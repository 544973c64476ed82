"""What a text states: printed figures, direction words, and the relations between them, with exact intervals.

Amounts are whole 分, percentages the number before the sign, counts themselves. A printed figure stands for
every value that rounds to it; amounts in 元 and counts stand for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

FEN = {"元": 100, "万元": 10**6, "亿元": 10**10}
NARROW = str.maketrans("０１２３４５６７８９．，－", "0123456789.,-")


@dataclass(eq=False)
class Figure:
    """One printed figure. `scale` is what a printed 1 is worth, `tail` what stands behind the digits."""

    fact: str
    number: str
    unit: str
    scale: int
    tail: str
    certain: bool = False  # printed without rounding by nature: 元, counts

    @property
    def text(self) -> str:
        return self.number + self.tail

    @property
    def digits(self) -> str:
        return self.number.translate(NARROW).replace(",", "")

    @property
    def shown(self) -> Fraction:
        return Fraction(self.digits) * self.scale

    @property
    def step(self) -> Fraction:
        """What one unit of the last printed digit is worth."""
        places = len(self.digits.partition(".")[2])
        return Fraction(self.scale, 10**places)

    def interval(self, widening: int = 1) -> tuple[Fraction, Fraction]:
        """Half a last digit either way; with a widening of 2 a whole one, as if it had been cut off."""
        half = Fraction(0) if self.certain else self.step / 2 * widening
        return self.shown - half, self.shown + half


@dataclass(eq=False)
class Word:
    """A word of direction; `sign` is 1 for more, -1 for less."""

    text: str
    sign: int


@dataclass(eq=False)
class Clause:
    """A stretch of the text with a role, such as the part on buying vehicles, which must not be missing."""

    role: str
    pieces: list[Piece]


Piece = str | Figure | Word | Clause
Terms = tuple[tuple[int, Figure], ...]


@dataclass(eq=False)
class Relation:
    """left = percent/100 × base, or left = 0, or (with `at_most`) left ≤ 0.

    `changed` is the figure that states the difference, `opposite` how the text would read with its one
    word turned, `others` the amounts that could be taken for the base by mistake.
    """

    kind: str
    left: Terms
    base: Terms = ()
    percent: Figure | None = None
    at_most: bool = False
    changed: Figure | None = None
    words: tuple[Word, ...] = ()
    opposite: Relation | None = None
    others: tuple[Fraction, ...] = ()

    def figures(self) -> list[Figure]:
        own = [figure for _, figure in self.left + self.base]
        if self.percent is not None:
            own.append(self.percent)
        return list(dict.fromkeys(own))


def possible(relation: Relation, widening: int = 1) -> bool:
    """Whether some values within the printed figures' intervals make the relation true.

    left − percent/100 × base is linear in each figure, so its extremes over the box lie at corners, and
    since the box is connected it is zero somewhere exactly if it isn't of one sign throughout.
    """
    ends = [Fraction(0)]
    if relation.percent is not None:
        ends = [end / 100 for end in relation.percent.interval(widening)]
    lows, highs = [], []
    for rate in ends:
        weights: dict[Figure, Fraction] = {}
        for coefficient, figure in relation.left:
            weights[figure] = weights.get(figure, Fraction(0)) + coefficient
        for coefficient, figure in relation.base:
            weights[figure] = weights.get(figure, Fraction(0)) - rate * coefficient
        corners = [[weight * end for end in figure.interval(widening)] for figure, weight in weights.items()]
        lows.append(sum((min(pair) for pair in corners), Fraction(0)))
        highs.append(sum((max(pair) for pair in corners), Fraction(0)))
    return min(lows) <= 0 and (relation.at_most or max(highs) >= 0)


@dataclass(eq=False)
class Text:
    """A text with all that it states; `spans` says where each piece is, `exact` the 分 behind each amount."""

    kind: str
    regime: str
    pieces: list[Piece]
    relations: list[Relation]
    exact: dict[Figure, int]
    printed: bool  # percentages worked out from the printed figures
    text: str = ""
    spans: dict[Piece, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts: list[str] = []
        self._lay(self.pieces, parts, 0)
        self.text = "".join(parts)

    def _lay(self, pieces: list[Piece], parts: list[str], at: int) -> int:
        for piece in pieces:
            start = at
            if isinstance(piece, Clause):
                at = self._lay(piece.pieces, parts, at)
            else:
                said = piece if isinstance(piece, str) else piece.text
                parts.append(said)
                at += len(said)
            if not isinstance(piece, str):
                self.spans[piece] = (start, at)
        return at
