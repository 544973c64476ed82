"""Shares: 占…的P%, 占比, 比重 — which figure is the part, and which the whole, often a sentence back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from jiheng.claims.frames import Frame, Paragraph
from jiheng.claims.mentions import Mention
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.report import Equation, Kind, Outcome, Relation
from jiheng.claims.verdicts import judge, outcome_of

_SCOPE = re.compile(
    "^(?:全[市省区县州镇]|[市省区县州]本级|[市省区县州]级|本级|地方|本[市省区县州]|我[市省区县州])+"
)
_GENERIC = re.compile("(?:总额|总量|总数|总值|规模|金额|决算数?|合计|总计|的)+$")


@lru_cache(maxsize=8192)
def core(label: str) -> str:
    """A subject without its scope and without 总额: “全市一般公共预算收入总额” → “一般公共预算收入”."""
    return _GENERIC.sub("", _SCOPE.sub("", label)).replace("财政预算", "预算").replace("GDP", "地区生产总值")


def scope(label: str) -> str:
    match = _SCOPE.match(label)
    return match[0] if match else ""


class Earlier:
    """The levels of a document before a paragraph, found by the end of their names."""

    def __init__(self) -> None:
        self._levels: list[Frame] = []
        self._by_end: dict[str, list[Frame]] = {}

    def add(self, levels: Sequence[Frame]) -> None:
        self._levels += levels
        for frame in levels:
            if len(name := core(frame.label)) >= _NAMED:
                self._by_end.setdefault(name[-_NAMED:], []).append(frame)

    def last(self, count: int) -> list[Frame]:
        return self._levels[-count:]

    def named(self, name: str, part: Frame) -> list[Frame]:
        """The nearest levels that a name of four characters or more can mean."""
        found = reversed(self._by_end.get(name[-_NAMED:], ())[-200:])
        return [frame for frame in found if _names_whole(name, frame.label) and _comparable(frame, part)]


_NAMED = 4  # shorter names (支出) mean nothing so far away


def share_relations(paragraph: Paragraph, earlier: Earlier) -> Iterator[Relation]:
    """The shares of a paragraph; `earlier` are the levels of the document before it."""
    listed = [
        (frame, share)
        for frame in paragraph.levels
        for share in frame.shares[:1]
        if not core(share.denominator) and frame.parent is None and not is_vague(frame, share)
    ]
    whole = _agreed(listed, paragraph, earlier) if len(listed) > 2 else None
    for frame in paragraph.frames:
        for share in frame.shares:
            if is_vague(share):
                continue
            if share.whole is not None:
                if frame.level is not None and not is_vague(frame, share.whole):
                    yield judge(relation("K38", Kind.SHARE, [frame, share.whole, share], [_SHARE_OF]))
            elif whole is not None and any(share is other for _, other in listed):
                yield judge(_of(frame, whole, share))
            elif found := _share(frame, share, paragraph, earlier):
                yield found


_SHARE_OF = Equation((term(0),), (term(1),), percent=2)


def _of(part: Frame, whole: Frame, share: Mention) -> Relation:
    return relation("K38", Kind.SHARE, [part, whole, share], [_SHARE_OF])


def _agreed(listed: Sequence[tuple[Frame, Mention]], paragraph: Paragraph, earlier: Earlier) -> Frame | None:
    """What a list of shares without a named whole is of: the figure of which most of them are right."""
    listed = listed[:_ENOUGH]
    first = listed[0][0]
    parts = {id(frame) for frame, _ in listed}
    before = [
        *earlier.last(40),
        *paragraph.before(listed[-1][1].figure.start),
    ]
    best, most = None, max(2, (len(listed) + 1) // 2)
    for whole in reversed(before):
        if id(whole) in parts or not _comparable(whole, first):
            continue
        right = sum(outcome_of(_of(frame, whole, share)) is Outcome.OK for frame, share in listed)
        if right > most or (right == most and best is None):
            best, most = whole, right
            if right == len(listed):
                break
    return best


_ENOUGH = 12  # shares of a list that tell what it is of


def _share(frame: Frame, share: Mention, paragraph: Paragraph, earlier: Earlier) -> Relation | None:
    parts = _numerators(frame, share, paragraph)
    if not parts:
        return None
    candidates: list[tuple[Frame, Frame]] = []
    certain = True
    for part, part_sure in parts:
        wholes = list(_wholes(part, share, paragraph, earlier))
        certain = certain and part_sure and len(wholes) > 0 and wholes[0][1]
        candidates += [(part, whole) for whole, _ in wholes]
    unique = len({id(whole) for _, whole in candidates}) == 1 and len(parts) == 1
    return settle(
        (_of(part, whole, share) for part, whole in candidates),
        sure=certain and unique,
    )


def _numerators(frame: Frame, share: Mention, paragraph: Paragraph) -> list[tuple[Frame, bool]]:
    if frame.level is not None:
        return [] if is_vague(frame) else [(frame, True)]
    name = core(share.label or frame.label)
    if len(name) < 2:
        return []
    near = [other for other in paragraph.before(share.figure.start) if not is_vague(other)]
    match = [other for other in reversed(near) if _names(name, other.label)]
    return [
        (other, frame.sentence - other.sentence <= 1 and number == 0 and len(match) == 1)
        for number, other in enumerate(match[:3])
    ]


def _names(name: str, label: str) -> bool:
    bare = core(label)
    return bool(bare) and (
        bare == name
        or bare.endswith(name)
        or (len(bare) > 2 and name.endswith(bare))
        or bare == name + "收入"
        or bare == name + "支出"
    )


def _wholes(
    part: Frame, share: Mention, paragraph: Paragraph, earlier: Earlier
) -> Iterator[tuple[Frame, bool]]:
    name = core(share.denominator)
    near = [
        other
        for other in paragraph.before(share.figure.start)
        if other is not part and _comparable(other, part)
    ]
    if not name or re.fullmatch(
        "(?:总|全部|比重|全市|全区|其|各项|同期)?(?:支出|收入|比重|比例|合计|总计)?", name
    ):
        ancestors, outer = [], part.parent
        while outer is not None:
            if _comparable(outer, part):
                ancestors.append(outer)
            outer = outer.parent
        # where the parent is itself a share of something, both may be shares of the same
        alone = len(ancestors) == 1 and not ancestors[0].shares
        for other in ancestors:
            yield other, alone and (not share.denominator or other.label.endswith(name))
        if name and not ancestors:
            for other in reversed([*earlier.last(30), *near]):
                if other.total and _comparable(other, part):
                    yield other, False
        if (ancestors and ancestors[-1].shares) or (not name and not ancestors):
            kin = [other for other in near if other.total or other.sentence >= part.sentence - 1]
            for other in reversed(kin[-4:]):
                yield other, False
        return
    wanted = scope(share.denominator)
    matching = [other for other in reversed(near) if _names_whole(name, other.label)]
    if wanted:
        matching = [other for other in matching if scope(other.label) in ("", wanted)] or matching
    for number, other in enumerate(matching[:3]):
        yield other, number == 0 and len(matching) == 1
    if part.parent is not None and part.parent not in matching and _comparable(part.parent, part):
        # 绿灯项目占监控项目的比重: of things counted, the list's own whole is meant
        yield part.parent, not matching and part.level is not None and part.level.figure.base == "个"
    if matching:
        return
    for other in earlier.named(name, part)[:6]:
        yield other, False


def _names_whole(name: str, label: str) -> bool:
    bare = core(label)
    return bool(bare) and (bare == name or bare.endswith(name) or (len(bare) >= 4 and name.endswith(bare)))


def _comparable(whole: Frame, part: Frame) -> bool:
    return whole.measured_like(part) and not is_vague(whole)
