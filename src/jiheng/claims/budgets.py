"""A completion whose budget stands before: “收入调整为A亿元。…收入完成B亿元，为调整预算的P%”."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jiheng.claims.frames import Frame, Paragraph
from jiheng.claims.mentions import Mention, Role
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.report import Equation, Kind, Relation
from jiheng.claims.shares import core, scope

_PERCENT_OF = Equation((term(0),), (term(1),), percent=2)
_ADJUSTED = re.compile("(调整|变动)(?:后)?(?:为|到|至)$")
_PLANNED = re.compile("^(?:(年初)预算(?:安排)?|预算安排)(?=.{2})")
_KIND = len("budget:")
_NEAR = 3  # paragraphs in which a budget is still the one that is meant


class _Stated(NamedTuple):
    paragraph: int
    scope: str
    kind: str  # 年初, 调整, 变动 or empty
    mention: Mention


class Budgets:
    """The budgets a document has stated so far, by subject."""

    def __init__(self) -> None:
        self._count = 0
        self._stated: dict[str, list[_Stated]] = {}

    def relations(self, paragraph: Paragraph) -> Iterator[Relation]:
        """The completions of a paragraph that have no budget of their own, judged; then it is remembered."""
        self._count += 1
        for frame in paragraph.frames:
            if frame.completions and frame.level is not None and not is_vague(frame):
                yield from self._completions(frame)
            self._remember(frame)

    def _remember(self, frame: Frame) -> None:
        for budget in frame.budgets:
            self._add(budget.label if budget.own_subject else frame.label, budget.reference[_KIND:], budget)
        level = frame.level
        if level is None or frame.bases:
            return
        if level.role is Role.BUDGET:  # a budget that no execution followed
            self._add(frame.label, level.reference[_KIND:], level)
        elif level.lead.endswith(("为", "到", "至")) and (match := _ADJUSTED.search(level.lead)):
            self._add(frame.label, match[1], level)
        elif "预算" in frame.label and (match := _PLANNED.match(frame.label)):
            self._add(frame.label[match.end() :], match[1] or "", level)

    def _add(self, label: str, kind: str, mention: Mention) -> None:
        if not is_vague(mention):
            found = self._stated.setdefault(core(label), [])
            found.append(_Stated(self._count, scope(label), kind, mention))

    def _completions(self, frame: Frame) -> Iterator[Relation]:
        subject, where = core(frame.label), scope(frame.label)
        if len(subject) < 4 or frame.budgets:
            return
        for completion in frame.completions:
            if completion.whole is not None or is_vague(completion):
                continue
            kind = completion.reference[_KIND:]
            found = [
                stated
                for stated in self._stated.get(subject, ())
                if self._count - stated.paragraph <= _NEAR
                and stated.scope in ("", where)
                and (stated.kind == kind or not (stated.kind and kind))
                and stated.mention.figure.base == frame.level.figure.base  # type: ignore[union-attr]
            ]
            if made := _settled(frame, completion, found, kind):
                yield made


def _settled(frame: Frame, completion: Mention, found: Sequence[_Stated], kind: str) -> Relation | None:
    one = len({stated.mention.figure.value for stated in found}) == 1
    return settle(
        (
            relation("K39", Kind.COMPLETION, [frame, stated.mention, completion], [_PERCENT_OF])
            for stated in reversed(found)
        ),
        sure=one and bool(kind) and all(stated.kind == kind for stated in found),
    )
