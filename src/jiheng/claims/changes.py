"""What a frame says of its own level: its change and rate, its completion of a budget, its base."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from jiheng.claims.frames import Frame
from jiheng.claims.mentions import Mention, Role
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.report import Equation, Kind, Relation
from jiheng.claims.verdicts import judge


def change_relations(frame: Frame) -> Iterator[Relation]:
    """Changes against rates, words against words, levels against bases and budgets, of one frame. Judged."""
    for change, rate in _pairs(frame) if frame.changes and frame.rates else ():
        yield from map(judge, _words(change, rate))
        if not is_vague(change, rate) and (found := _change_and_rate(frame, change, rate)):
            yield found
    if frame.level is None or is_vague(frame.level):
        return
    for base in frame.bases:
        yield from map(judge, _against_base(frame, base))
    yield from map(judge, _moved_and_unchanged(frame))
    for completion in frame.completions:
        yield from _completion(frame, completion)
    yield from map(judge, _against_budget(frame))


def _pairs(frame: Frame) -> Iterator[tuple[Mention, Mention]]:
    """Each change with the rate beside it: after it, or before it where no other change stands between."""
    said = sorted((*frame.changes, *frame.rates), key=lambda mention: mention.figure.start)
    used: set[int] = set()
    for number, change in enumerate(said):
        if change.role is not Role.CHANGE:
            continue
        inherits = number + 1 < len(said) and said[number + 1].inherits
        # of a rate on either side the one that names its base comes first
        for other in (number - 1, number + 1) if inherits and number else (number + 1, number - 1):
            if not 0 <= other < len(said) or said[other].role is not Role.RATE or other in used:
                continue
            rate = said[other]
            apart = max(rate.figure.start - change.figure.end, change.figure.start - rate.figure.end)
            if rate.reference == change.reference != "own" and apart <= _APART:
                used.add(other)
                yield change, rate
                break


_APART = 80  # characters between a change and its rate, a reason between them


def _words(change: Mention, rate: Mention) -> Iterator[Relation]:
    if change.word and rate.word and rate.figure.value >= 0:
        yield relation("K41", Kind.DIRECTION, [change, rate], _BOTH_WAYS, [change.word, rate.word])


def _moved_and_unchanged(frame: Frame) -> Iterator[Relation]:
    """“与上年持平，减少0.80万元”: what did not change did not change by that."""
    flat = frame.unchanged
    if flat is None:
        return
    for change in frame.changes:
        near = 0 <= change.figure.start - flat.end <= _NEXT
        if near and change.reference == "prior" and not is_vague(change):
            yield relation("K41", Kind.DIRECTION, [flat, change], [Equation((term(0), term(1, -1)))])


_NEXT = 6  # characters between 持平 and the change that follows at once
_BOTH_WAYS = (Equation((), signs=(1, 1)), Equation((), signs=(-1, -1)))


def _change_and_rate(frame: Frame, change: Mention, rate: Mention) -> Relation | None:
    """The change is the rate of what was before. After a list of parts it may be the whole's change."""
    owners = [owner for owner in (frame, _whole_of(frame)) if owner is not None]
    owners = [owner for owner in owners if owner.level and owner.level.figure.base == change.figure.base]
    owners = [owner for owner in owners if not is_vague(owner)]
    sure = len(owners) == 1 or (
        len(owners) > 1 and any(part.changes for part in owners[1].parts if part is not frame)
    )
    return settle((_rate_of_change(owner, change, rate) for owner in owners), sure=sure)


def _whole_of(frame: Frame) -> Frame | None:
    """The whole that a change after the last of several parts may speak of."""
    whole = frame.parent
    if whole is None or whole.changes or whole.parts[-1] is not frame or frame.numbered:
        return None
    return whole


def _rate_of_change(owner: Frame, change: Mention, rate: Mention) -> Relation:
    words = [word for word in (change.word, rate.word) if word]
    readings = _readings_of_rate(len(words), signed=rate.word is None)
    return relation("K40", Kind.PERCENT_CHANGE, [owner, change, rate], readings, words)


@cache
def _readings_of_rate(words: int, *, signed: bool) -> tuple[Equation, ...]:
    """Of level, change and rate, both ways; a rate without a word (增速-3.5%) carries its sign itself."""
    return tuple(
        Equation(
            (term(1, sign if signed else 1),),
            (term(0), term(1, -sign)),
            percent=2,
            signs=(sign,) * words,
        )
        for sign in (1, -1)
    )


def _against_base(frame: Frame, base: Mention) -> Iterator[Relation]:
    if is_vague(base) or frame.level is None or base.figure.base != frame.level.figure.base:
        return
    if base.unchanged == "持平":
        yield relation("K42", Kind.SAME_FACT, [frame, base], [Equation((term(0), term(1, -1)))])
    for change in frame.changes:
        if (
            change.reference == base.reference
            and not is_vague(change)
            and change.figure.base == base.figure.base
        ):
            readings = [Equation((term(0), term(1, -1), term(2, -sign)), signs=(sign,)) for sign in (1, -1)]
            yield relation(
                "WD02", Kind.DIFFERENCE, [frame, base, change], readings, [change.word] if change.word else []
            )
            break
    for rate in frame.rates:
        if rate.reference == base.reference and not is_vague(rate):
            yield _rate_of(frame, base, rate)
            break


def _rate_of(frame: Frame, base: Mention, rate: Mention) -> Relation:
    """level − base = ± rate of the base (财政部 决算说明: 比上年增长 = (本年−上年)/上年)."""
    if rate.word is None:
        return relation(
            "K40",
            Kind.PERCENT_CHANGE,
            [frame, base, rate],
            [Equation((term(0), term(1, -1)), (term(1),), percent=2)],
        )
    readings = [
        Equation((term(0, sign), term(1, -sign)), (term(1),), percent=2, signs=(sign,)) for sign in (1, -1)
    ]
    return relation("K40", Kind.PERCENT_CHANGE, [frame, base, rate], readings, [rate.word])


_PERCENT_OF = Equation((term(0),), (term(1),), percent=2)


def _completion(frame: Frame, completion: Mention) -> Iterator[Relation]:
    if is_vague(completion):
        return
    budgets = [
        budget
        for budget in (*frame.budgets, *frame.bases)
        if budget.reference.startswith("budget") and not is_vague(budget)
    ]
    budgets = [budget for budget in budgets if budget.figure.base == frame.level.figure.base]  # type: ignore[union-attr]
    if completion.whole is not None:
        budgets = [completion.whole]
    kind = completion.reference
    exact = [budget for budget in budgets if budget.reference == kind]
    if not exact and kind != "budget:":
        exact = [budget for budget in budgets if budget.reference == "budget:"]
    chosen = exact or (budgets if kind == "budget:" else [])
    found = settle(
        (
            relation(
                "K39",
                Kind.COMPLETION,
                [frame, budget, completion],
                [_PERCENT_OF],
            )
            for budget in chosen
        ),
        sure=len(chosen) == 1,
    )
    if found:
        yield found


def _against_budget(frame: Frame) -> Iterator[Relation]:
    """Changes and rates that are measured against a budget the sentence states."""
    for budget in frame.budgets:
        if is_vague(budget) or budget.figure.base != frame.level.figure.base:  # type: ignore[union-attr]
            continue
        alone = len(frame.budgets) == 1
        for change in frame.changes:
            reference = change.reference
            if reference == budget.reference or (alone and reference.startswith("budget")):
                readings = [
                    Equation((term(0), term(1, -1), term(2, -sign)), signs=(sign,)) for sign in (1, -1)
                ]
                yield relation(
                    "WD02",
                    Kind.DIFFERENCE,
                    [frame, budget, change],
                    readings,
                    [change.word] if change.word else [],
                )
        for rate in frame.rates:
            reference = rate.reference
            if reference == budget.reference or (alone and reference.startswith("budget")):
                yield _rate_of(frame, budget, rate)
