"""What an edit would do: which relations hold once figures are written otherwise and words turned round.

Words are free to follow the figures: once a figure is edited, the fewest words are turned that make the
relations around it hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from jiheng.claims.intervals import PER_CENT, RANK, ZERO, Unknown, bounds, fit, unknowns_of
from jiheng.claims.report import Kind, Operand, Outcome, Relation

MOST_TURNS = 3  # words turned round in one repair
MOST_BRANCHES = 40  # ways to turn words that are tried for one edit

Changed = Mapping[int, Operand]  # figures written otherwise, by their place
Turned = Mapping[int, int]  # words turned round, by their place, with the new sign


class Effect(NamedTuple):
    """What an edit does: words that turn with it, errors that go, relations that held and no longer do."""

    turned: dict[int, int]
    resolved: frozenset[int]
    broken: frozenset[int]

    @property
    def worth(self) -> tuple[int, int]:
        return 2 * len(self.broken) - len(self.resolved), len(self.turned)


class OutOfWork(Exception):
    """The bounded search has done all it may."""


class Scales:
    """The relations of a text, weighed again and again under edits; call it in the context `EXACT`."""

    def __init__(self, relations: Sequence[Relation], work: int) -> None:
        self.relations = relations
        self.work = work  # equations that may still be worked out
        self.figures: dict[int, list[int]] = defaultdict(list)  # relations by figure
        self.words: dict[int, list[int]] = defaultdict(list)  # and by word
        self._known: dict[tuple[int, frozenset[tuple[int, Operand]]], list[Outcome]] = {}
        for index, relation in enumerate(relations):
            if relation.verdict is Outcome.UNKNOWN or not relation.readings:
                continue
            for start in {operand.start for operand in relation.operands}:
                self.figures[start].append(index)
            for start in {word.start for word in relation.words}:
                self.words[start].append(index)

    def effect(self, changed: Changed, turned: Turned) -> Effect:
        """The best that follows: edits as given, and as few more words turned round as may be."""
        touched = {index for start in changed for index in self.figures[start]}
        scope = touched | self._words_of(touched)
        best: Effect | None = None
        waiting: list[tuple[dict[int, int], frozenset[int]]] = [(dict(turned), frozenset())]
        for _ in range(MOST_BRANCHES):
            if not waiting:
                break
            turns, left = waiting.pop()
            found = self._weighed(changed, turns, scope)
            if best is None or found.worth < best.worth:
                best = found
            open_ones = [
                index
                for index in sorted(scope - left)
                if self.relations[index].words and self.outcome(index, changed, turns) is Outcome.ERROR
            ]
            if not open_ones:
                continue
            waiting.append((turns, left | {open_ones[0]}))
            waiting.extend(
                (more, left)
                for more in self._ways(open_ones[0], changed, turns)
                if len(more) <= MOST_TURNS + len(turned)
            )
        assert best is not None
        return best

    def outcome(self, index: int, changed: Changed, turned: Turned) -> Outcome:
        """The verdict of a relation under edits."""
        relation = self.relations[index]
        signs = tuple(turned.get(word.start, word.sign) for word in relation.words)
        readings = relation.readings
        chosen = [number for number, each in enumerate(readings) if each.signs == signs]
        exact = bool(chosen)
        if not chosen:
            far = [sum(a != b for a, b in zip(each.signs, signs, strict=False)) for each in readings]
            chosen = [number for number, apart in enumerate(far) if apart == min(far)]
        if not readings[chosen[0]].left:
            return Outcome.OK if exact else Outcome.ERROR
        outcomes = self._outcomes(index, changed)
        return min((outcomes[number] for number in chosen), key=RANK.__getitem__)

    def ways_of_words(self, index: int) -> list[dict[int, int]]:
        """How the words of a relation could be turned so that it holds with its figures as they stand."""
        return [turns for turns in self._ways(index, {}, {}) if 0 < len(turns) <= MOST_TURNS]

    def solutions(self, index: int, operand: Operand) -> list[tuple[Decimal | None, Decimal, Decimal]]:
        """For each reading of a relation what the figure would have to be: the value that follows from the
        others as printed (none of a bound), and about the least and the greatest that rounding allows."""
        found = []
        relation = self.relations[index]
        for equation in relation.readings:
            self._spend()
            if not equation.left:
                continue
            percent = None if equation.percent is None else relation.operands[equation.percent]
            unknowns = unknowns_of(equation, relation.operands)
            with localcontext(prec=50):
                if percent is not None and percent.start == operand.start:
                    solution = _rate_that_follows(list(unknowns.values()), operand)
                elif operand.start in unknowns:
                    solution = _value_that_follows(unknowns, operand, percent)
                else:
                    continue
            if solution is None:
                continue
            if equation.at_most and percent is None:
                upward = unknowns[operand.start].left < 0  # the figure must be at least this
                far = Decimal("Infinity")
                solution = (None, solution[1], far) if upward else (None, -far, solution[2])
            found.append(solution)
        return found

    def _weighed(self, changed: Changed, turned: Turned, scope: Iterable[int]) -> Effect:
        resolved, broken = set(), set()
        for index in {*scope, *(each for start in turned for each in self.words[start])}:
            now = self.outcome(index, changed, turned)
            if self.relations[index].verdict is Outcome.ERROR:
                if now is Outcome.OK:
                    resolved.add(index)
            elif now is Outcome.ERROR or (now is Outcome.ROUNDING and self._held_exactly(index)):
                broken.add(index)
        return Effect(dict(turned), frozenset(resolved), frozenset(broken))

    def _held_exactly(self, index: int) -> bool:
        """A repair chooses its figure, so it may not plead that one was cut off where none was before."""
        relation = self.relations[index]
        return relation.verdict is Outcome.OK and relation.kind is not Kind.DIFFERENCE

    def _words_of(self, touched: Iterable[int]) -> set[int]:
        """Statements of words alone about what one of these relations speaks of."""
        found = set()
        for index in touched:
            own = {word.start for word in self.relations[index].words}
            for start in own:
                for other in self.words[start]:
                    relation = self.relations[other]
                    if not relation.readings[0].left and {word.start for word in relation.words} <= own:
                        found.add(other)
        return found

    def _ways(self, index: int, changed: Changed, turned: Turned) -> list[dict[int, int]]:
        relation = self.relations[index]
        alone = not relation.readings[0].left
        outcomes = [] if alone else self._outcomes(index, changed)
        ways = []
        for number, reading in enumerate(relation.readings):
            if not alone and outcomes[number] is not Outcome.OK:
                continue
            more = dict(turned)
            for word, sign in zip(relation.words, reading.signs, strict=False):
                if turned.get(word.start, word.sign) != sign:
                    if word.start in turned:
                        break  # already turned for another relation
                    more[word.start] = sign
            else:
                ways.append(more)
        return ways

    def _outcomes(self, index: int, changed: Changed) -> list[Outcome]:
        relation = self.relations[index]
        own = {operand.start for operand in relation.operands}
        edits = frozenset((start, operand) for start, operand in changed.items() if start in own)
        known = self._known.get((index, edits))
        if known is not None:
            return known
        operands = [changed.get(operand.start, operand) for operand in relation.operands]
        outcomes = []
        for equation in relation.readings:
            self._spend()
            outcomes.append(
                fit(equation, operands, relation.kind).outcome if equation.left else Outcome.UNKNOWN
            )
        self._known[index, edits] = outcomes
        return outcomes

    def _spend(self) -> None:
        if not self.work:
            raise OutOfWork
        self.work -= 1


def _rate_that_follows(
    figures: Sequence[Unknown], rate: Operand
) -> tuple[Decimal | None, Decimal, Decimal] | None:
    base = sum((figure.base * figure.value for figure in figures), ZERO)
    if not base:
        return None
    value = sum((figure.left * figure.value for figure in figures), ZERO) * 100 / base
    low, high, _ = bounds(figures, value * PER_CENT)
    reach = (high - low) / 2 * 100 / abs(base) + rate.half
    return value, value - reach, value + reach


def _value_that_follows(
    unknowns: Mapping[int, Unknown], operand: Operand, percent: Operand | None
) -> tuple[Decimal | None, Decimal, Decimal] | None:
    own = unknowns[operand.start]
    others = [unknown for start, unknown in unknowns.items() if start != operand.start]
    share, slack = (percent.value * PER_CENT, percent.half * PER_CENT) if percent else (ZERO, ZERO)
    ends: list[Decimal] = []
    for rate in {share - slack, share, share + slack}:
        coefficient = own.left - rate * own.base
        if not coefficient:
            return None
        low, high, _ = bounds(others, rate)
        ends += (-low / coefficient, -high / coefficient)
        if rate == share:
            value = -(low + high) / 2 / coefficient
    return value, min(ends) - own.half, max(ends) + own.half
