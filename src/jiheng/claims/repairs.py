"""The smallest repairs: which one or two edits would make relations hold that now cannot.

Errors that share figures, directly or over a relation that holds, are one knot. For each knot single edits
are tried first (a figure, a unit, a word), each with the words that have to turn with it; then pairs, the
second chosen for what the first leaves open. The work is bounded: knots up to 25 figures, and for the whole
text a number of equations that takes some 50 ms; where it runs out the note says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import localcontext
from typing import NamedTuple

from jiheng.claims.intervals import EXACT
from jiheng.claims.notes import note_of, slip_of
from jiheng.claims.report import Edit, Found, Operand, Outcome, Relation, Repair
from jiheng.claims.slips import Fix, Printed, Slip, printed_figure
from jiheng.claims.weighing import Edited, Effect, OutOfWork, Scales

MOST_FIGURES = 25  # of one knot
MOST_REPAIRS = 5  # of one knot
MOST_WORK = 2500  # equations worked out for one text, shared out among its knots
MOST_FIRSTS = 10  # single edits that are tried as the first of a pair


class _Try(NamedTuple):
    """Some figures written otherwise and what follows."""

    fixes: tuple[Fix, ...]
    effect: Effect

    @property
    def places(self) -> tuple[int, ...]:
        return tuple(fix.operand.start for fix in self.fixes)


def repairs(relations: Sequence[Relation], findings: Sequence[Found], text: str) -> tuple[Repair, ...]:
    """The repairs of a text, best first within each knot of errors; at most five of each knot.

    Those come first after which all of the knot holds and nothing else breaks, fewest figures first, likely
    slips before others; then single edits by how many errors they resolve. Nothing helps: nothing is given.
    """
    if not any(each.verdict is Outcome.ERROR for each in relations):
        return ()
    with localcontext(EXACT):
        scales = Scales(relations)
        knots = _knots(relations, scales)
        proposals = []
        for knot in knots:
            scales.work += MOST_WORK // len(knots)
            proposals += _of_knot(knot, scales, findings, text)
        return tuple(proposals)


def _knots(relations: Sequence[Relation], scales: Scales) -> list[list[int]]:
    """The errors by what they share: figures and words, directly or over one relation that holds."""
    wrong = [index for index, each in enumerate(relations) if each.verdict is Outcome.ERROR and each.readings]
    knots: list[list[int]] = []
    seen: set[int] = set()
    for first in wrong:
        if first in seen:
            continue
        knot: list[int] = []
        waiting, figures = [first], set[int]()
        seen.add(first)
        while waiting:
            index = waiting.pop(0)
            own = {operand.start for operand in relations[index].operands}
            if knot and len(figures | own) > MOST_FIGURES:
                seen.discard(index)
                continue
            knot.append(index)
            figures |= own
            for other in sorted(_errors_near(index, relations, scales) - seen):
                seen.add(other)
                waiting.append(other)
        knots.append(sorted(knot))
    return knots


def _errors_near(index: int, relations: Sequence[Relation], scales: Scales) -> set[int]:
    near = _neighbours(index, relations, scales)
    over = [other for other in near if len(relations[other].operands) <= MOST_FIGURES]
    for other in over:
        near = near | _neighbours(other, relations, scales)
    return {other for other in near if relations[other].verdict is Outcome.ERROR}


def _neighbours(index: int, relations: Sequence[Relation], scales: Scales) -> set[int]:
    found: set[int] = set()
    for operand in relations[index].operands:
        found.update(scales.figures[operand.start])
    for word in relations[index].words:
        found.update(scales.words[word.start])
    return found


def _of_knot(knot: Sequence[int], scales: Scales, findings: Sequence[Found], text: str) -> list[Repair]:
    search = _Search(knot, scales, text)
    exhausted = False
    try:
        search.singles()
        if not any(search.complete(each) and search.likely(each) for each in search.tries):
            search.pairs()
    except OutOfWork:
        exhausted = True
    return [_repair(each, search, scales, findings, exhausted=exhausted) for each in search.best()]


class _Search:
    """The edits tried for one knot."""

    def __init__(self, knot: Sequence[int], scales: Scales, text: str) -> None:
        self.knot, self.scales, self.text = knot, scales, text
        self.tries: list[_Try] = []
        self._printed: dict[int, Printed | None] = {}
        self._fixes: dict[int, list[Fix]] = {}
        self._alone: dict[Fix, _Try] = {}

    def singles(self) -> None:
        """Every edit of one figure, and every turn of words, that resolves an error of the knot."""
        for index in self.knot:
            for turned in self.scales.ways_of_words(index):
                self._keep(_Try((), Edited(self.scales, {}).effect(turned)))
        for operand in self._figures(self.knot):
            for fix in self._fixes_of(operand):
                if self.scales.could_mend({operand.start: fix.operand}, operand.start, self.knot):
                    each = self._tried((fix,))
                    self._alone[fix] = each
                    self._keep(each)

    def pairs(self) -> None:
        """To the best single edits a second one that mends more of what they leave open or break."""
        firsts = [each for each in (*self.tries, *self._alone.values()) if each.effect.resolved]
        for first in _kept(sorted(firsts, key=self.order))[:MOST_FIRSTS]:
            left = sorted((set(self.knot) - first.effect.resolved) | first.effect.broken)
            edited = Edited(self.scales, _changed(first.fixes))
            for index in left:
                for turned in self.scales.ways_of_words(index):
                    self._keep(_Try(first.fixes, edited.effect(turned | first.effect.turned)), (first,))
            if first.fixes:
                self._seconds(first, left)

    def _seconds(self, first: _Try, left: Sequence[int]) -> None:
        fixed = first.fixes[0]
        for operand in self._figures(left):
            if operand.start == fixed.operand.start:
                continue
            for fix in (*self._fixes_of(operand), *self._fixes_after(operand, fixed)):
                changed = _changed((fixed, fix))
                if self.scales.could_mend(changed, operand.start, left):
                    alone = [self._alone[fix]] if fix in self._alone else []
                    self._keep(self._tried((fixed, fix)), (first, *alone))

    def complete(self, each: _Try) -> bool:
        return not each.effect.broken and len(each.effect.resolved & set(self.knot)) == len(self.knot)

    def likely(self, each: _Try) -> bool:
        """Whether every figure would have been a known kind of slip."""
        return all(self.slip(each, fix) is not Slip.OTHER for fix in each.fixes)

    def order(self, each: _Try) -> tuple[object, ...]:
        """What a person should look at first."""
        slips = [self.slip(each, fix) for fix in each.fixes]
        complete, figures = self.complete(each), len(each.fixes)
        return (
            not complete,
            figures if complete else max(1, figures),
            len(each.effect.broken),
            -len(each.effect.resolved),
            sum(slips),
            len(each.effect.turned),
            each.places,
            tuple(fix.edit.replacement for fix in each.fixes),
            sorted(each.effect.turned.items()),
        )

    def best(self) -> list[_Try]:
        """The few that are worth showing: no two that differ only in the value, unless one is a slip."""
        return _kept(sorted(self.tries, key=self.order))[:MOST_REPAIRS]

    def slip(self, each: _Try, fix: Fix) -> Slip:
        return slip_of(fix, _changed(each.fixes), self.scales)

    def _tried(self, fixes: tuple[Fix, ...]) -> _Try:
        in_order = tuple(sorted(fixes, key=lambda fix: fix.edit.start))
        return _Try(in_order, Edited(self.scales, _changed(fixes)).effect({}))

    def _keep(self, each: _Try, simpler: Iterable[_Try] = ()) -> None:
        """Only what resolves more than it breaks, and more than each of its parts does alone."""
        worth = len(each.effect.resolved) - len(each.effect.broken)
        if worth <= 0 or not each.effect.resolved & set(self.knot):
            return
        if any(worth <= len(other.effect.resolved) - len(other.effect.broken) for other in simpler):
            return
        self.tries.append(each)

    def _figures(self, indices: Iterable[int]) -> list[Operand]:
        figures = {each.start: each for index in indices for each in self.scales.relations[index].operands}
        return [figures[start] for start in sorted(figures)]

    def _fixes_of(self, operand: Operand) -> list[Fix]:
        """What the figure may have been: what follows from a relation, and slips that would make it hold."""
        known = self._fixes.get(operand.start)
        if known is None:
            known = self._solved(operand, self.scales.figures[operand.start], {})
            self._fixes[operand.start] = known
        return known

    def _fixes_after(self, operand: Operand, first: Fix) -> list[Fix]:
        """What else the figure may have been once another one is written otherwise."""
        place = first.operand.start
        shared = [
            index for index in self.scales.figures[operand.start] if index in self.scales.figures[place]
        ]
        before = self._fixes_of(operand)
        return [fix for fix in self._solved(operand, shared, _changed((first,))) if fix not in before]

    def _solved(self, operand: Operand, indices: Sequence[int], changed: dict[int, Operand]) -> list[Fix]:
        if operand.start not in self._printed:
            self._printed[operand.start] = printed_figure(operand, self.text)
        printed = self._printed[operand.start]
        fixes: dict[Fix, None] = {}
        for index in indices if printed else ():
            for value, low, high in self.scales.solutions(index, operand, changed):
                assert printed is not None
                solved = printed.to(value) if value is not None else None
                for fix in (solved, *printed.within(low, high, digits=value is not None)):
                    if fix is not None:
                        fixes[fix] = None
        return list(fixes)


def _changed(fixes: Iterable[Fix]) -> dict[int, Operand]:
    return {fix.operand.start: fix.operand for fix in fixes}


def _kept(tries: Iterable[_Try]) -> list[_Try]:
    """In order; of those that write the same figures otherwise and do the same, the first two, and the second
    only if it is a slip of the fingers."""
    kept: list[_Try] = []
    same: dict[tuple[object, ...], int] = {}
    seen: set[tuple[object, ...]] = set()
    for each in tries:
        edits = (tuple(fix.edit for fix in each.fixes), tuple(sorted(each.effect.turned.items())))
        key = (each.places, each.effect.resolved, each.effect.broken)
        slips = bool(each.fixes) and all(fix.slip is not Slip.OTHER for fix in each.fixes)
        count = same.get(key, 0) if each.fixes else 0
        if edits in seen or count >= 2 or (count == 1 and not slips):
            continue
        seen.add(edits)
        same[key] = count + 1
        kept.append(each)
    return kept


def _repair(
    each: _Try, search: _Search, scales: Scales, findings: Sequence[Found], *, exhausted: bool
) -> Repair:
    relations = scales.relations
    resolved = {relations[index].id for index in each.effect.resolved}
    words = {word.start: word for relation in relations for word in relation.words}
    turned = [words[start] for start in sorted(each.effect.turned)]
    edits = [fix.edit for fix in each.fixes]
    edits += [Edit(word.start, word.end, word.text, word.opposite) for word in turned]
    slips = [(fix, search.slip(each, fix)) for fix in each.fixes]
    left = [index for index in search.knot if index not in each.effect.resolved]
    note = note_of(slips, turned, each.effect, search.text, open_ones=len(left))
    if exhausted:
        note += "（可能的改法很多，只试到上限为止）"
    return Repair(
        tuple(sorted(edits, key=lambda edit: edit.start)),
        tuple(found.id for found in findings if found.relation in resolved),
        tuple(relations[index].id for index in sorted(each.effect.broken)),
        note,
    )
