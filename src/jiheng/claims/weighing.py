"""What an edit would do: which relations hold once figures are written otherwise and words turned round.

Words are free to follow the figures: once a figure is edited, the fewest words are turned that make the
relations around it hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

from jiheng.claims.intervals import PER_CENT, RANK, ZERO, Unknown, bounds, fit, nearest, unknowns_of
from jiheng.claims.report import Kind, Operand, Outcome, Relation

MOST_TURNS = 3  # words turned round in one repair
MOST_BRANCHES = 20  # ways to turn words that are tried for one edit
TO_WEIGH = 10  # what weighing one edit costs, in equations

Changed = Mapping[int, Operand]  # figures written otherwise, by their place
Turned = Mapping[int, int]  # words turned round, by their place, with the new sign
NO_TURNS: Turned = {}


class Effect(NamedTuple):
    """What an edit does: words that turn with it, errors that go, relations that held and no longer do."""

    turned: dict[int, int]
    resolved: frozenset[int]
    broken: frozenset[int]


class _Choice(NamedTuple):
    """What the words of a relation choose: readings by number, or the verdict where it is of words alone."""

    readings: tuple[int, ...]
    alone: Outcome | None


class OutOfWork(Exception):
    """The bounded search has done all it may."""


class Scales:
    """The relations of a text, weighed again and again under edits; call it in the context `EXACT`."""

    def __init__(self, relations: Sequence[Relation]) -> None:
        self.relations = relations
        self.work = 0  # how many equations may still be worked out
        self.figures: dict[int, list[int]] = defaultdict(list)  # relations by figure
        self.words: dict[int, list[int]] = defaultdict(list)  # and by word
        self.signs = [tuple(word.sign for word in relation.words) for relation in relations]
        self._choices: dict[tuple[int, tuple[int, ...]], _Choice] = {}
        self._known: dict[tuple[object, ...], list[Outcome]] = {}
        for index, relation in enumerate(relations):
            if relation.verdict is Outcome.UNKNOWN or not relation.readings:
                continue
            for start in {operand.start for operand in relation.operands}:
                self.figures[start].append(index)
            for start in {word.start for word in relation.words}:
                self.words[start].append(index)

    def choice(self, index: int, signs: tuple[int, ...]) -> _Choice:
        """What words of these signs choose."""
        known = self._choices.get((index, signs))
        if known is None:
            readings = self.relations[index].readings
            chosen, exact = nearest(self.relations[index], signs)
            numbers = tuple(number for number, each in enumerate(readings) if each in chosen)
            alone = None if chosen[0].left else (Outcome.OK if exact else Outcome.ERROR)
            known = self._choices[index, signs] = _Choice(numbers, alone)
        return known

    def outcomes(self, index: int, changed: Changed) -> list[Outcome]:
        """Of each reading of a relation, with the figures as changed."""
        relation = self.relations[index]
        own = {each.start for each in relation.operands if each.start in changed} if changed else ()
        key = (index, *[(start, changed[start].value, changed[start].half) for start in sorted(own)])
        known = self._known.get(key)
        if known is None:
            operands = [changed.get(operand.start, operand) for operand in relation.operands]
            known = []
            for equation in relation.readings:
                self.spend(1 + len(operands) // 8)
                found = fit(equation, operands, relation.kind).outcome if equation.left else Outcome.UNKNOWN
                known.append(found)
            self._known[key] = known
        return known

    def could_mend(self, changed: Changed, place: int, indices: Iterable[int]) -> bool:
        """Whether one of these relations that has the figure holds with it, in any reading at all."""
        mine = self.figures[place]
        return any(index in mine and Outcome.OK in self.outcomes(index, changed) for index in indices)

    def ways_of_words(self, index: int) -> list[dict[int, int]]:
        """How the words of a relation could be turned so that it holds with its figures as they stand."""
        return [turns for turns in Edited(self, {}).ways(index, {}) if 0 < len(turns) <= MOST_TURNS]

    def solutions(
        self, index: int, operand: Operand, changed: Changed
    ) -> list[tuple[Decimal | None, Decimal, Decimal]]:
        """For each reading of a relation what the figure would have to be: the value that follows from the
        others as printed (none of a bound), and about the least and the greatest that rounding allows."""
        found = []
        relation = self.relations[index]
        operands = [changed.get(each.start, each) for each in relation.operands]
        for equation in relation.readings:
            if not equation.left:
                continue
            self.spend(1 + len(operands) // 8)
            percent = None if equation.percent is None else operands[equation.percent]
            unknowns = unknowns_of(equation, operands)
            solution = None
            with localcontext(prec=50):
                if percent is not None and percent.start == operand.start:
                    solution = _rate_that_follows(list(unknowns.values()), operand)
                elif operand.start in unknowns:
                    solution = _value_that_follows(unknowns, operand, percent)
            if solution is not None and equation.at_most and percent is None:
                least = unknowns[operand.start].left < 0
                far = Decimal("Infinity")
                solution = (None, solution[1], far) if least else (None, -far, solution[2])
            if solution is not None:
                found.append(solution)
        return found

    def held_exactly(self, index: int) -> bool:
        """A repair chooses its figure, so it may not plead that one was cut off where none was before."""
        relation = self.relations[index]
        return relation.verdict is Outcome.OK and relation.kind is not Kind.DIFFERENCE

    def words_of(self, touched: Iterable[int]) -> set[int]:
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

    def spend(self, work: int = 1) -> None:
        """Raises OutOfWork when there is no more to spend."""
        if self.work < work:
            raise OutOfWork
        self.work -= work


class Edited:
    """A text with some figures written otherwise."""

    def __init__(self, scales: Scales, changed: Changed) -> None:
        self.scales, self.changed = scales, changed
        self._outcomes: dict[int, list[Outcome]] = {}
        self._verdicts: dict[tuple[int, tuple[int, ...]], Outcome] = {}

    def effect(self, turned: Turned) -> Effect:
        """The best that follows if these words are turned and as few more as may be."""
        scales = self.scales
        scales.spend(TO_WEIGH)
        touched = {index for start in self.changed for index in scales.figures[start]}
        scope = touched | scales.words_of(touched)
        worded = sorted(index for index in scope if scales.relations[index].words)
        best = self._weighed(turned, scope)
        waiting: list[tuple[Turned, frozenset[int]]] = [(turned, frozenset())]
        seen = {tuple(turned.items())}
        for _ in range(MOST_BRANCHES):
            if not waiting:
                break
            turns, left = waiting.pop()
            for index in worded:
                if index in left or self._outcome(index, turns) is not Outcome.ERROR:
                    continue
                ways = [way for way in self.ways(index, turns) if len(way) <= MOST_TURNS + len(turned)]
                if not ways:
                    continue
                waiting.append((turns, left | {index}))
                waiting.extend((way, left) for way in ways)
                fresh = [way for way in ways if tuple(way.items()) not in seen]
                seen.update(tuple(way.items()) for way in fresh)
                best = min((best, *(self._weighed(way, scope) for way in fresh)), key=_worth)
                break
        return best

    def ways(self, index: int, turned: Turned) -> list[dict[int, int]]:
        """How more words could be turned so that this relation holds."""
        relation = self.scales.relations[index]
        alone = not relation.readings[0].left
        outcomes = [] if alone else self._of(index)
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

    def _weighed(self, turned: Turned, scope: Iterable[int]) -> Effect:
        affected = {index for start in turned for index in self.scales.words[start]}
        stands = [index for index in scope if index not in affected]
        resolved, broken = set(), set()
        for indices, turns in ((stands, NO_TURNS), (affected, turned)):
            for index in indices:
                now = self._outcome(index, turns)
                if self.scales.relations[index].verdict is Outcome.ERROR:
                    if now is Outcome.OK:
                        resolved.add(index)
                elif now is Outcome.ERROR or (now is Outcome.ROUNDING and self.scales.held_exactly(index)):
                    broken.add(index)
        return Effect(dict(turned), frozenset(resolved), frozenset(broken))

    def _outcome(self, index: int, turned: Turned) -> Outcome:
        signs = self.scales.signs[index]
        if turned and signs:
            words = self.scales.relations[index].words
            signs = tuple([turned.get(word.start, word.sign) for word in words])
        known = self._verdicts.get((index, signs))
        if known is None:
            readings, known = self.scales.choice(index, signs)
            if known is None:
                outcomes = self._of(index)
                known = min([outcomes[number] for number in readings], key=RANK.__getitem__)
            self._verdicts[index, signs] = known
        return known

    def _of(self, index: int) -> list[Outcome]:
        known = self._outcomes.get(index)
        if known is None:
            known = self._outcomes[index] = self.scales.outcomes(index, self.changed)
        return known


def _worth(effect: Effect) -> tuple[int, int]:
    return 2 * len(effect.broken) - len(effect.resolved), len(effect.turned)


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
