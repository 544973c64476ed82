"""Who a figure belongs to: levels with their changes, rates, completions and shares, and which are parts of which.

A frame is one level (“税收收入5775.6亿元”) with all that the sentence says of it. A paragraph's frames stand in
order; `depth` tells brackets, `parent` and `opener` that a frame is a part (其中, 包括, a bracket).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from jiheng.claims.mentions import Mention, Role, mentions
from jiheng.claims.report import Operand, Word


@dataclass(slots=True, eq=False)
class Frame:
    """One level, or a subject without one (`level` None)."""

    label: str
    sentence: int
    order: int
    level: Mention | None = None
    changes: list[Mention] = field(default_factory=list)
    rates: list[Mention] = field(default_factory=list)
    completions: list[Mention] = field(default_factory=list)
    shares: list[Mention] = field(default_factory=list)
    bases: list[Mention] = field(default_factory=list)
    budgets: list[Mention] = field(default_factory=list)
    unchanged: Operand | None = None  # “与上年持平”: a change of nothing, within a last digit
    parent: Frame | None = None
    opener: str = ""
    parts: list[Frame] = field(default_factory=list)
    numbered: bool = False
    depth: int = 0
    breaks: str = ""
    words: str = ""
    total: bool = False  # 合计, 总计: the sum of what stands before it
    balance: str = ""  # 收支相抵, 结余

    @property
    def start(self) -> int:
        return self.level.figure.start if self.level else -1

    def measured_like(self, other: Frame) -> bool:
        a, b = self.level, other.level
        return (
            a is not None
            and b is not None
            and a.figure.base == b.figure.base
            and a.figure.measure is b.figure.measure
        )


@dataclass(slots=True)
class Paragraph:
    """The frames of one paragraph and where its sentences begin."""

    start: int
    end: int
    frames: list[Frame]
    mentions: list[Mention]

    def levels(self) -> list[Frame]:
        return [frame for frame in self.frames if frame.level is not None]


_STOP = re.compile("[。!?！？\n]")
_OPENER = re.compile(
    r"其中|包括|分别(?:是|为)|由|构成(?:是|为)|具体(?:是|为)|分(?:项目|级次|部门|类别|税种)?(?:看|来看)"
)
_TOTAL = re.compile(
    r"(?:合计|总计|共计|总收入|总支出|总来源|总财力|收入总量|支出总量|决算结果|总额合计|收入总额|支出总额)"
    r"(?:累计|数|为|达到?|共|完成|预计|是)*\s*$"
)
_BALANCE = re.compile(
    r"(收支相抵|收支结余|收支差额|当年结余|本年结余|年终结余|年终结转|年末结转|当年收支|结余|结转)[^，,]{0,14}$"
)
_FLAT = re.compile(
    r"(?:(?:与|和|同|较|比)?(?:上年|去年|上一年|年初预算|预算)(?:同期|度)?(?:数|决算数?|执行数?)?)?(基本)?持平"
)


def paragraph(text: str, start: int, end: int) -> Paragraph:
    """The frames of one paragraph of a flat text."""
    found = mentions(text, start, end)
    frames: list[Frame] = []
    _Builder(frames).build(found)
    for match in _FLAT.finditer(text, start, end):
        _unchanged(frames, match, text)
    _parents(frames)
    return Paragraph(start, end, frames, found)


class _Builder:
    """Walks the mentions of a paragraph once and hangs each where it belongs."""

    def __init__(self, frames: list[Frame]) -> None:
        self.frames = frames
        self.stack: dict[int, Frame] = {}
        self.pending: list[Mention] = []
        self.sentence = 0

    def build(self, found: list[Mention]) -> None:
        for mention in found:
            if _STOP.search(mention.breaks):
                self.sentence += 1
                self.pending = []
            if mention.role is Role.LEVEL:
                self._level(mention)
            elif mention.role is Role.BUDGET:
                self._budget(mention)
            elif mention.role in _SLOTS:
                self._attribute(mention)

    def _new(self, mention: Mention, *, level: bool) -> Frame:
        frame = Frame(
            mention.label,
            self.sentence,
            len(self.frames),
            mention if level else None,
            depth=mention.depth,
            breaks=mention.breaks,
            words=mention.words,
        )
        self.frames.append(frame)
        self.stack[mention.depth] = frame
        for deeper in [depth for depth in self.stack if depth > mention.depth]:
            del self.stack[deeper]
        return frame

    def _level(self, mention: Mention) -> None:
        before = self._current(mention)
        frame = self._new(mention, level=True)
        frame.total = bool(_TOTAL.search(mention.lead) or _TOTAL.search(mention.label))
        if match := _BALANCE.search(mention.words[-24:]):
            frame.balance = match[1]
        if self.pending and all(p.depth == mention.depth for p in self.pending):
            frame.budgets, self.pending = self.pending, []
            if not frame.label:
                frame.label = frame.budgets[-1].label
        if not frame.label and before and before.sentence == self.sentence and not frame.total:
            frame.label = before.label if before.level is None else ""
        if mention.depth and before and before.depth < mention.depth:
            frame.opener = "("

    def _current(self, mention: Mention) -> Frame | None:
        for depth in range(mention.depth, -1, -1):
            if depth in self.stack:
                return self.stack[depth]
        return None

    def _budget(self, mention: Mention) -> None:
        current = self._current(mention)
        if current and current.level and current.sentence == self.sentence and not mention.own_subject:
            current.budgets.append(mention)
            if mention.depth == current.depth:
                self.pending = [p for p in self.pending if p.reference != mention.reference] + [mention]
            return
        self.pending = [p for p in self.pending if p.reference != mention.reference] + [mention]

    def _attribute(self, mention: Mention) -> None:
        current = self._current(mention)
        if current is None or (mention.own_subject and not _same_subject(mention.label, current.label)):
            if mention.role is Role.BASE and not mention.own_subject:
                return
            current = self._new(mention, level=False)
        elif current.sentence != self.sentence and not _opens_with_attribute(mention):
            current = self._new(mention, level=False)
        getattr(current, _SLOTS[mention.role]).append(mention)


_SLOTS = {
    Role.CHANGE: "changes",
    Role.RATE: "rates",
    Role.COMPLETION: "completions",
    Role.SHARE: "shares",
    Role.BASE: "bases",
}


def _same_subject(label: str, subject: str) -> bool:
    return bool(subject) and (
        subject.endswith(label)
        or label.endswith(subject)
        or label in ("总量", "规模", "总额", "收入", "支出", "总数")
    )


def _opens_with_attribute(mention: Mention) -> bool:
    """“…27.5亿元。比上年减少5.4亿元”: the sentence begins with what it says of the one before."""
    stop = max(mention.words.rfind(char) for char in "。!?！？\n")
    return len(mention.words) - stop - 1 <= 14 and not mention.own_subject


def _unchanged(frames: list[Frame], match: re.Match[str], text: str) -> None:
    before = [frame for frame in frames if frame.level and frame.level.figure.end <= match.start()]
    if not before or "预算" in match[0]:
        return
    frame = before[-1]
    figure = frame.level.figure if frame.level else None
    if (
        figure is None
        or _STOP.search(text, figure.end, match.start())
        or frame.changes
        or frame.rates
        or match.start() - figure.end > 30
    ):
        return
    step = figure.half * 2
    frame.unchanged = Operand(match[0], step * 0, figure.unit, match.start(), match.end(), step)


def _parents(frames: list[Frame]) -> None:
    """Which frames are parts: after 其中 and its like, and within brackets."""
    levels = [frame for frame in frames if frame.level]
    whole: Frame | None = None
    for position, frame in enumerate(levels):
        if frame.opener == "(":
            outer = next((other for other in reversed(levels[:position]) if other.depth < frame.depth), None)
            _adopt(outer, frame, "(" + ("含" if re.search("含|其中", frame.words) else ""))
            continue
        if frame.depth:
            sibling = levels[position - 1] if position else None
            if sibling and sibling.depth == frame.depth and sibling.parent:
                _adopt(sibling.parent, frame, sibling.opener)
            continue
        opener = _OPENER.search(frame.words)
        if opener and not frame.total:
            earlier = [other for other in levels[:position] if not other.depth]
            last = earlier[-1] if earlier else None
            if last and _reaches(last, frame):
                # 其中 within a list speaks of the item before it
                _adopt(last, frame, opener[0])
            continue
        before = next((other for other in reversed(levels[:position]) if not other.depth), None)
        whole = before.parent if before else None
        if before is None or whole is None or frame.total or frame.balance:
            continue
        _continue(before, whole, frame)


def _continue(before: Frame, whole: Frame, frame: Frame) -> None:
    """Whether a frame goes on with the list that the one before it is in."""
    if (
        re.search("(?:^|[，,；;。])(?:再)?加上?|收支相抵|此外|另外|同时", frame.words)
        and "#" not in frame.breaks
    ):
        return
    stop = bool(_STOP.search(frame.breaks))
    if "#" in frame.breaks:
        # a list mark goes on with the numbered list, from however deep
        numbered: Frame | None = before
        while numbered and not numbered.numbered:
            numbered = numbered.parent
        if numbered and numbered.parent:
            _adopt(numbered.parent, frame, numbered.opener)
        elif before.parent and not stop:
            _adopt(whole, frame, before.opener)
        return
    if stop:
        return
    if ";" in frame.breaks and whole.parent and before.opener == "其中" and not whole.numbered:
        # 其中 in mid-sentence ends at the semicolon of the list around it; after a full stop it has its own
        if not _STOP.search(whole.parts[0].breaks):
            _adopt(whole.parent, frame, whole.opener)
            return
    _adopt(whole, frame, before.opener)


def _reaches(last: Frame, frame: Frame) -> bool:
    return frame.sentence - last.sentence <= 1 or (frame.sentence - last.sentence == 0)


def _adopt(parent: Frame | None, frame: Frame, opener: str) -> None:
    if parent is None or parent is frame:
        return
    frame.parent, frame.opener = parent, opener
    frame.numbered = "#" in frame.breaks
    parent.parts.append(frame)


def words_of(*found: Mention | None) -> tuple[Word, ...]:
    return tuple(mention.word for mention in found if mention and mention.word)
