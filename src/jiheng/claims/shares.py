"""Shares: 占…的P%, 占比, 比重 — which figure is the part, and which the whole, often a section back."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from jiheng.claims.frames import Frame, Paragraph
from jiheng.claims.mentions import Mention
from jiheng.claims.relating import is_vague, relation, settle, term
from jiheng.claims.report import Equation, Kind, Operand, Outcome, Relation
from jiheng.claims.scan import Measure
from jiheng.claims.verdicts import judge, outcome_of

_SCOPE = re.compile(
    "^(?:全[市省区县州镇]|[市省区县州]本级|[市省区县州]级|本级|地方|本[市省区县州]|我[市省区县州])+"
)
_GENERIC = re.compile("(?:总额|总量|总数|总值|规模|金额|决算数?|合计|总计|的)+$")
_SHARE_OF = Equation((term(0),), (term(1),), percent=2)
_HUNDRED = Decimal(100)

Whole = tuple[Frame, bool]  # what a share may be of, and whether it is surely meant


@lru_cache(maxsize=8192)
def core(label: str) -> str:
    """A subject without its scope and without 总额: “全市一般公共预算收入总额” → “一般公共预算收入”."""
    full = label.replace("财政预算", "预算").replace("GDP", "地区生产总值").replace("实现增加值", "增加值")
    return _GENERIC.sub("", _SCOPE.sub("", full))


@lru_cache(maxsize=8192)
def scope(label: str) -> str:
    match = _SCOPE.match(label)
    return match[0] if match else ""


class Earlier:
    """The levels of a document before a paragraph, found by the end of their names."""

    def __init__(self) -> None:
        self._levels: list[Frame] = []
        self._by_end: dict[str, list[Frame]] = {}
        self._totals: list[Frame] = []  # 收入合计, 支出总计 with no other name

    def add(self, levels: Sequence[Frame]) -> None:
        self._levels += levels
        for frame in levels:
            name = core(frame.label)
            if len(name) >= _NAMED:
                self._by_end.setdefault(name[-_NAMED:], []).append(frame)
            if frame.total and _SIDE.fullmatch(name):
                self._totals.append(frame)

    def last(self, count: int) -> list[Frame]:
        return self._levels[-count:]

    def named(self, name: str, part: Frame) -> list[Frame]:
        """The nearest levels that a name of four characters or more can mean."""
        found = reversed(self._by_end.get(name[-_NAMED:], ())[-200:])
        return [frame for frame in found if _names_whole(name, frame.label) and _comparable(frame, part)]

    def totals(self) -> list[Frame]:
        return self._totals[-20:]


_NAMED = 4  # shorter names (支出) mean nothing so far away
_SIDE = re.compile("(?:本年度?|当年|年度|全年|总|全部|各项|部门|单位)*(收入|支出)")
_NOTHING = re.compile("(?:总|全部|比重|全市|全区|其|各项|同期)?(?:比重|比例|合计|总计)?")


def share_relations(paragraph: Paragraph, earlier: Earlier) -> Iterator[Relation]:
    """The shares of a paragraph; `earlier` are the levels of the document before it."""
    if not paragraph.says("占", "比重"):
        return
    pairs, paired = _respectively(paragraph)
    listed = [
        (frame, share)
        for frame in paragraph.levels
        for share in frame.shares[:1]
        if _is_bare(share)
        and share.figure.start not in paired
        and frame.parent is None
        and not is_vague(frame, share)
    ]
    whole = _agreed(listed, paragraph, earlier)
    of_list = {share.figure.start: number for number, (_, share) in enumerate(listed)} if whole else {}
    for frame, share in pairs:
        if found := _share(frame, share, paragraph, earlier):
            yield found
    for frame in paragraph.frames:
        for share in frame.shares:
            if is_vague(share) or share.figure.start in paired:
                continue
            if share.whole is not None:
                if frame.level is not None and not is_vague(frame, share.whole):
                    yield judge(relation("K38", Kind.SHARE, [frame, share.whole, share], [_SHARE_OF]))
                continue
            number = of_list.get(share.figure.start)
            if whole is not None and number is not None:
                found = _of_list(listed, number, whole)
            else:
                found = _share(frame, share, paragraph, earlier)
            if found:
                yield found
    if whole is not None:
        yield from _sum_of_list(listed, whole)
    yield from _hundreds(paragraph, listed)


def _is_bare(share: Mention) -> bool:
    """占P%, without a word of what."""
    return share.whole is None and not core(share.denominator)


def _of(part: Frame, whole: Frame | Mention, share: Mention) -> Relation:
    return relation("K38", Kind.SHARE, [part, whole, share], [_SHARE_OF])


# ── lists of shares ──────────────────────────────────────────────────────────────────────────────────


def _respectively(paragraph: Paragraph) -> tuple[list[tuple[Frame, Mention]], set[int]]:
    """“A、B，分别占P%、Q%”: each share goes to its part in order; those placed so or not at all."""
    pairs: list[tuple[Frame, Mention]] = []
    paired: set[int] = set()
    for number, first in enumerate(paragraph.mentions):
        if first.figure.measure is not Measure.PERCENT or not _EACH.search(first.words[-30:]):
            continue
        run = [first]
        for other in paragraph.mentions[number + 1 :]:
            if other.figure.measure is not Measure.PERCENT or not _AND.fullmatch(other.words):
                break
            run.append(other)
        before = [frame for frame in paragraph.before(first.figure.start) if not frame.total][-len(run) :]
        if len(run) < 2 or len({id(f) for f in paragraph.frames if any(s in f.shares for s in run)}) > 1:
            continue
        paired |= {share.figure.start for share in run}
        if len(before) == len(run) and len({(f.sentence, id(f.parent)) for f in before}) == 1:
            for frame, share in zip(before, run, strict=True):
                share.denominator = first.denominator
                pairs.append((frame, share))
    return pairs, paired


_EACH = re.compile("分别占|占比分别|比重分别|各占")
_AND = re.compile(r"[、，,和及与\s]*")


def _agreed(listed: Sequence[tuple[Frame, Mention]], paragraph: Paragraph, earlier: Earlier) -> Frame | None:
    """What a list of shares without a named whole is of: the figure of which most of them are right."""
    if len(listed) < 2:
        return None
    first = listed[0][0]
    parts = {id(frame) for frame, _ in listed}
    end = listed[-1][1].figure.start
    after = [frame for frame in paragraph.levels if frame.start > end][:_AFTER]
    before = [*reversed(after), *earlier.last(40), *paragraph.before(end)]
    listed = listed[:_ENOUGH]
    best, most = None, max(2, (len(listed) + 1) // 2) - 1
    for whole in reversed(before):
        if id(whole) in parts or not _comparable(whole, first):
            continue
        right = sum(outcome_of(_of(frame, whole, share)) is Outcome.OK for frame, share in listed)
        if right > most:
            best, most = whole, right
            if right == len(listed):
                break
    return best


_ENOUGH = 12  # shares of a list that tell what it is of
_AFTER = 3  # levels behind a list that may be its total


def _of_list(listed: Sequence[tuple[Frame, Mention]], number: int, whole: Frame) -> Relation | None:
    """A share of a list with an agreed whole; in doubt where none beside it is of that whole."""
    frame, share = listed[number]
    beside = [listed[at] for at in (number - 1, number + 1) if 0 <= at < len(listed)]
    sure = any(
        other.sentence == frame.sentence and outcome_of(_of(other, whole, its)) is Outcome.OK
        for other, its in beside
    )
    # 其中…占P% is of the item before it
    before = listed[max(0, number - 3) : number] if _INNER.search(frame.words) else []
    others = [other for other, _ in before if _comparable(other, frame)]
    return settle((_of(frame, other, share) for other in (whole, *others)), sure=sure)


_INNER = re.compile("其中|包括|含")


def _sum_of_list(listed: Sequence[tuple[Frame, Mention]], whole: Frame) -> Iterator[Relation]:
    """Parts whose shares add to 100 are all parts of their whole (H: 主要用于以下方面)."""
    if whole.total and whole.start > listed[0][0].start:
        return  # the total after a list sums it anyway
    parts = [frame for frame, _ in listed]
    terms = (*(term(number) for number in range(len(parts))), term(len(parts), -1))
    made = relation("WD01", Kind.SUM, [*parts, whole], [Equation(terms)])
    if adds_to_hundred(parts) or outcome_of(made) is Outcome.OK:
        yield judge(made)


def adds_to_hundred(parts: Sequence[Frame]) -> bool:
    """Whether every part states its share and these make 100%: then the parts are all there are."""
    shares = [frame.shares[0] for frame in parts if frame.shares and _is_bare(frame.shares[0])]
    if len(shares) != len(parts) or len(parts) < 2 or is_vague(*shares):
        return False
    return _is_hundred([share.figure.operand() for share in shares])


def _is_hundred(shares: Sequence[Operand]) -> bool:
    total = sum((share.value for share in shares), Decimal(0))
    return abs(total - _HUNDRED) <= sum((share.half for share in shares), Decimal(0))


def _hundreds(paragraph: Paragraph, listed: Sequence[tuple[Frame, Mention]]) -> Iterator[Relation]:
    """Three shares of one list or more that make 100%. Where they do not, the shares themselves tell."""
    lists: dict[int, list[Mention]] = {0: [share for _, share in listed]}
    for frame in paragraph.levels:
        if frame.parent is not None and frame.shares and not is_vague(frame.shares[0]):
            lists.setdefault(id(frame.parent), []).append(frame.shares[0])
    for shares in lists.values():
        operands = [share.figure.operand() for share in shares]
        if len(operands) < 3 or not _is_hundred(operands):
            continue
        end = operands[-1].end
        hundred = Operand("100", _HUNDRED, "%", end, end, Decimal(0))
        terms = (*(term(number) for number in range(len(operands))), term(len(operands), -1))
        yield judge(relation("K38", Kind.SHARE, [*operands, hundred], [Equation(terms)]))


# ── one share ────────────────────────────────────────────────────────────────────────────────────────


def _share(frame: Frame, share: Mention, paragraph: Paragraph, earlier: Earlier) -> Relation | None:
    parts = _numerators(frame, share, paragraph)
    candidates: list[tuple[Frame, Frame]] = []
    certain = len(parts) == 1
    for part, part_sure in parts:
        wholes = list(_wholes(part, share, paragraph, earlier))
        certain = certain and part_sure and len(wholes) > 0 and wholes[0][1]
        candidates += [(part, whole) for whole, _ in wholes]
    return settle((_of(part, whole, share) for part, whole in candidates), sure=certain)


def _numerators(frame: Frame, share: Mention, paragraph: Paragraph) -> list[Whole]:
    """What a share is the share of: the level it stands with, unless its clause names another subject."""
    name = core(share.label)
    own = share.own_subject and len(name) > 1
    if frame.level is not None and (not own or _names(name, frame.label)):
        return [] if is_vague(frame) else [(frame, True)]
    name = name if own else core(frame.label)
    if len(name) < 2:
        return []
    near = [other for other in paragraph.before(share.figure.start) if not is_vague(other)]
    match = [other for other in reversed(near) if _names(name, other.label)]
    return [
        (other, frame.sentence - other.sentence <= 1 and number == 0 and len(match) == 1)
        for number, other in enumerate(match[:3])
    ]


def _names(name: str, label: str) -> bool:
    """Whether a level has this name, or ends with it: “货物采购合同” is no “合同”."""
    bare = core(label)
    said = bare in (name + "收入", name + "支出") or name in (bare + "项目", bare + "单位")
    return bool(bare) and (said or bare.endswith(name))


def _wholes(part: Frame, share: Mention, paragraph: Paragraph, earlier: Earlier) -> Iterator[Whole]:
    """What a share may be of, the likeliest first."""
    name = core(share.denominator)
    if _SUM.fullmatch(share.denominator) and (outer := _ancestors(part)):
        yield outer[-1], True  # 占合计的: of the whole list, and of no item in it
    elif not name or _NOTHING.fullmatch(name):
        yield from _unnamed(part, paragraph, share)
    elif side := _SIDE.fullmatch(name):
        yield from _side(part, share, side[1], paragraph, earlier)
    else:
        yield from _named(part, share, name, paragraph, earlier)


_SUM = re.compile("(?:合计|总计|总额)数?的?")


def _ancestors(part: Frame) -> list[Frame]:
    found, outer = [], part.parent
    for _ in range(_DEEPEST):
        if outer is None:
            break
        if _comparable(outer, part):
            found.append(outer)
        outer = outer.parent
    return found


_DEEPEST = 6  # lists within lists; a text without a full stop may pretend to any depth


def _near(part: Frame, share: Mention, paragraph: Paragraph) -> list[Frame]:
    """The levels before a share that it may be of, the nearest first."""
    before = paragraph.before(share.figure.start)
    return [other for other in reversed(before) if other is not part and _comparable(other, part)]


def _after(part: Frame, share: Mention, paragraph: Paragraph) -> list[Frame]:
    at = bisect_right(paragraph.levels, share.figure.start, key=lambda level: level.start)
    behind = paragraph.levels[at : at + _AFTER]
    return [other for other in behind if _comparable(other, part)]


def _unnamed(part: Frame, paragraph: Paragraph, share: Mention) -> Iterator[Whole]:
    """占P%: of the whole of its list; a list that does not give each part its share leaves doubt."""
    ancestors = _ancestors(part)
    siblings = ancestors[0].parts if ancestors else []
    at = bisect_left(siblings, part.start, key=lambda level: level.start)
    listed = [frame for frame in siblings[max(0, at - _ENOUGH) : at] if _comparable(frame, part)]
    # where the parent is itself a share of something, both may be shares of the same
    alone = len(ancestors) == 1 and not ancestors[0].shares
    certain = alone and all(frame.shares for frame in listed)
    for other in ancestors:
        yield other, certain
    for other in () if certain else listed[-3:]:
        yield other, False
    if not ancestors or ancestors[-1].shares:
        near = _near(part, share, paragraph)
        kin = [other for other in near[:8] if other.total or other.sentence >= part.sentence - 1]
        for other in (*kin[:4], *_after(part, share, paragraph)):
            yield other, False


def _side(part: Frame, share: Mention, side: str, paragraph: Paragraph, earlier: Earlier) -> Iterator[Whole]:
    """占总支出, 占本年支出合计: the whole of the list on that side, else the one total of that name."""
    ancestors = _ancestors(part)
    for number, other in enumerate(ancestors):
        yield other, number == 0 and side in other.label + other.words[-12:]
    said = "合计" if "合计" in share.denominator else "总计" if "总计" in share.denominator else ""
    near = _near(part, share, paragraph)
    totals = [
        other
        for other in (*near, *reversed(earlier.totals()))
        if other.total
        and _comparable(other, part)
        and other.level is not None
        and f"{side}{said}" in other.level.lead
        and _SIDE.fullmatch(core(other.label))
    ]
    one = len({other.level.figure.value for other in totals if other.level}) == 1
    for other in totals[:6]:
        yield other, one and bool(said) and not ancestors
    if not ancestors:
        for other in (
            *near[:3],
            *[o for o in reversed(earlier.last(30)) if o.total and _comparable(o, part)],
        ):
            yield other, False


def _named(part: Frame, share: Mention, name: str, paragraph: Paragraph, earlier: Earlier) -> Iterator[Whole]:
    """占一般公共预算支出: the whole of the list by that name, the nearest before, the one before it."""
    wanted = scope(share.denominator)
    for other in _ancestors(part):
        if _names_whole(name, other.label):
            yield (
                other,
                core(other.label).endswith(name) and scope(other.label) in ("", wanted or scope(other.label)),
            )
    near = [other for other in _near(part, share, paragraph) if _names_whole(name, other.label)]
    near.sort(key=lambda other: not _in_scope(other, wanted))
    for other in near[:4]:
        exact = core(other.label) == name or (len(near) == 1 and core(other.label).endswith(name))
        yield other, exact and _in_scope(other, wanted)
    behind = [other for other in _after(part, share, paragraph) if core(other.label) == name]
    for other in behind:
        yield other, False
    if part.parent is not None and _comparable(part.parent, part):
        # 绿灯项目占监控项目的比重: of things counted, the list's own whole is meant
        yield part.parent, not near and part.level is not None and part.level.figure.base == "个"
    far = earlier.named(name, part)[:6]
    one = len({other.level.figure.value for other in far if other.level}) == 1
    for other in far:
        yield other, one and core(other.label) == name and scope(other.label) in ("", wanted)
    if name in ("财政收入", "财政支出"):  # most mean the general public budget, some all four
        budget = f"公共预算{name[-2:]}"
        near = [other for other in _near(part, share, paragraph) if core(other.label).endswith(budget)]
        for other in [*near, *earlier.named(budget, part)][:4]:
            yield other, False


def _in_scope(other: Frame, wanted: str) -> bool:
    return not wanted or scope(other.label) in ("", wanted)


def _names_whole(name: str, label: str) -> bool:
    bare = core(label)
    return bool(bare) and (bare.endswith(name) or (len(bare) >= 4 and name.endswith(bare)))


def _comparable(whole: Frame, part: Frame) -> bool:
    return whole.measured_like(part) and not is_vague(whole)
