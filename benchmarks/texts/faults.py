"""Nine kinds of error, each a single edit after which a relation can't hold, however figures were rounded.

To be certain, a figure's interval is taken twice as wide as its print: a whole last digit either way, as if
all figures had been cut off.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from texts import slips
from texts.printing import nearest
from texts.truth import FEN, Clause, Figure, Relation, Text, Word, possible

CERTAIN = 2  # widening of the intervals
BOUNDS = "。；;\n，"
BROKEN = {"sum": ("sum",), "stock_flow": ("balance", "limit"), "cross": ("same_fact",)}
FAULTS = ("sum", "change", "rate", "direction", "denominator", "unit", "stock_flow", "cross", "form")


@dataclass(frozen=True)
class Edit:
    """`old` at `start` of the clean text became `new`."""

    start: int
    old: str
    new: str


@dataclass(frozen=True)
class Fault:
    """`start` to `end` is the edited clause in the faulty text; `figures` are the broken relation's."""

    kind: str
    note: str
    start: int
    end: int
    figures: tuple[tuple[int, int, str], ...]
    edit: Edit
    relation: Relation | None = None  # as the faulty text states it


@dataclass(frozen=True)
class Faulty:
    """The clean text, the text with the error, and where it is."""

    clean: Text
    text: str
    fault: Fault


def plant(text: Text, kind: str, rng: random.Random) -> Faulty | None:
    """One error of a kind, or nothing if this text offers no place for it."""
    if kind == "form":
        return _form(text, rng)
    if kind == "direction":
        return _turned(text, rng)
    offers = list(_offers(text, kind, rng))
    rng.shuffle(offers)
    for relation, figure, slip in offers[:40]:
        new = slip(figure)
        if new is None or new.text == figure.text:
            continue
        broken = swapped(relation, figure, new)
        if not possible(broken, CERTAIN) and figure in text.spans:
            return _planted(text, kind, (figure, new.text), broken, relation.kind)
    return None


Slip = Callable[[Figure], Figure | None]


def _offers(text: Text, kind: str, rng: random.Random) -> Iterator[tuple[Relation, Figure, Slip]]:
    """Relations that an error of this kind could break, the figure to edit, and how."""
    amounts = [f for f in text.spans if isinstance(f, Figure) and f.unit in FEN]

    def number(figure: Figure) -> Figure | None:
        return slips.number(figure, rng, amounts)

    for relation in text.relations:
        if relation.kind in BROKEN.get(kind, ()):
            yield from ((relation, figure, number) for figure in relation.figures())
        elif kind == "change" and relation.changed is not None:
            yield relation, relation.changed, number
        elif kind == "rate" and relation.kind == "percent_change" and relation.percent is not None:
            yield relation, relation.percent, lambda figure: slips.number(figure, rng, [])
        elif kind == "denominator" and relation.percent is not None:
            for other in relation.others:
                yield (
                    relation,
                    relation.percent,
                    lambda figure, r=relation, o=other: _wrong_base(r, figure, o),
                )
        elif kind == "unit":
            chosen = [figure for figure in relation.figures() if figure.unit in FEN]
            yield from ((relation, figure, lambda f: slips.unit(f, rng)) for figure in chosen)


def _wrong_base(relation: Relation, percent: Figure, base: Fraction) -> Figure | None:
    """The percentage of another amount than the one the text names."""
    part = sum((coefficient * figure.shown for coefficient, figure in relation.left), Fraction(0))
    if base <= 0 or part == 0:
        return None
    places = len(percent.digits.partition(".")[2])
    if relation.kind == "share" and 100 * part > 150 * base:
        return None  # nobody would believe it
    wrong = nearest(100 * part / base, places)
    return replace(percent, number=wrong) if Fraction(wrong) < 1000 else None


def swapped(relation: Relation, old: Figure, new: Figure) -> Relation:
    """The relation with another figure in one place."""

    def terms(side):
        return tuple((coefficient, new if figure is old else figure) for coefficient, figure in side)

    percent = new if relation.percent is old else relation.percent
    return replace(relation, left=terms(relation.left), base=terms(relation.base), percent=percent)


def _turned(text: Text, rng: random.Random) -> Faulty | None:
    """One direction word says the opposite of its sentence's other word, or of the two amounts printed."""
    offers = [
        (relation, word)
        for relation in text.relations
        for word in relation.words
        if len(relation.words) > 1 or (relation.opposite and not possible(relation.opposite, CERTAIN))
    ]
    if not offers:
        return None
    relation, word = rng.choice(offers)
    broken = relation.opposite if len(relation.words) == 1 else None
    note = "against the amounts" if broken else "against the other word"
    return _planted(text, "direction", (word, slips.opposite(word.text)), broken, note, relation)


def _planted(
    text: Text,
    kind: str,
    swap: tuple[Figure | Word | Clause, str],
    broken: Relation | None,
    note: str,
    shown: Relation | None = None,
) -> Faulty:
    piece, new = swap
    start, end = text.spans[piece]
    edit = Edit(start, text.text[start:end], new)
    involved = (shown or broken).figures() if shown or broken else []
    places = [text.spans[figure] for figure in involved if figure in text.spans]
    if isinstance(piece, Figure) and (start, end) not in places:
        places.append((start, end))
    return edited(text, kind, note, edit, places, broken)


def edited(
    text: Text,
    kind: str,
    note: str,
    edit: Edit,
    places: list[tuple[int, int]] | None = None,
    broken: Relation | None = None,
) -> Faulty:
    """The text after the edit, with the clause around it and the figures at their new places."""
    stop = edit.start + len(edit.old)
    new = text.text[: edit.start] + edit.new + text.text[stop:]
    shift = len(edit.new) - len(edit.old)
    figures = []
    for start, end in sorted(places or []):
        if start >= stop:
            start, end = start + shift, end + shift
        elif end > edit.start:
            end = end + shift
        figures.append((start, end, new[start:end]))
    left, right = edit.start, edit.start + len(edit.new)
    while left > 0 and (left == right or new[left - 1] not in BOUNDS):
        left -= 1
    while right < len(new) and new[right] not in BOUNDS:
        right += 1
    return Faulty(text, new, Fault(kind, note, left, right, tuple(figures), edit, broken))


def _form(text: Text, rng: random.Random) -> Faulty | None:
    """A fault of form: a required part gone, something left over, a sign or an annex lacking."""
    ways = [*slips.FORM.items()]
    rng.shuffle(ways)
    for note, way in ways:
        edit = way(text, rng)
        if edit is not None:
            return edited(text, "form", note, Edit(*edit))
    return None
