"""Who a figure belongs to: levels with their changes, rates and shares, and which are parts of which.

A frame is one level (“税收收入5775.6亿元”) with all that the sentence says of it. A paragraph's frames
stand in order; `depth` tells brackets, `parent` and `opener` that a frame is a part (其中, 包括, a bracket).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from jiheng.claims.families import are_siblings
from jiheng.claims.mentions import Mention, Role, clean, mentions
from jiheng.claims.report import Operand, Word
from jiheng.claims.scan import Measure


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
    before: Frame | None = None  # the level before, of a 结余
    begins: bool = False  # the first of a list that divides its whole once more

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
    """The frames of one paragraph; `levels` are those with a figure of their own, in order."""

    start: int
    end: int
    frames: list[Frame]
    mentions: list[Mention]
    text: str = ""  # the flat text that all offsets are of
    levels: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.levels = [frame for frame in self.frames if frame.level is not None]

    def before(self, position: int, most: int = 60) -> list[Frame]:
        """The levels nearest before a place in the text, at most so many: a whole is never farther."""
        at = bisect_left(self.levels, position, key=lambda frame: frame.start)
        return self.levels[max(0, at - most) : at]


_STOP = re.compile("[。!?！？\n]")
_OPENER = re.compile(
    r"其中|(?:结果|评|等[级次]|定)为(?=“)|包括[:：]?|构成(?:是|为)|具体(?:是|为)"
    r"|[按从][^，,。;:\n]{1,10}(?:分|看)(?=[，,:])|分[^，,。;:\n]{1,8}看(?=[，,:])|^中[，,:]"
)
_VIEW = re.compile("[按从分].*[分看]$")  # a second way of dividing the same whole
_TOTAL = re.compile(
    r"(?:合计|总计|共计|总收入|总支出|总来源|总财力|收入总量|支出总量|决算结果|总额合计|收入总额|支出总额)"
    r"(?:累计|数|为|达到?|共|完成|预计|是)*\s*$"
)
_BALANCE = re.compile(
    r"(收支相抵后?[，,]?|收支结余|收支差额|(?:当年|本年|年终|年末)(?:收支)?(?:结余|结转))[^，,]{0,14}$"
)
_ADDS_TO = re.compile(r"[，,]\s*(?:再)?加[^，,]*$")
_MADE_OF = re.compile(r"(?<=[，,。;\s:])(?:主要)?由(?!于|此)[^。;\n]{4,240}?(?:组成|构成)")
_RESPECTIVELY = re.compile(r"([^，,。;:\n]*?)分别(?:为|是|达到?|完成|实现|安排|有)?\s*$")
_SHARED_OUT = re.compile(
    r"(?:分别占([^，,]{0,16}?)(?:的)?(?:比重)?|占比分别|比重分别|占([^，,]{0,12})的比重分别)(?:为|是|达)?\s*$"
)
_FLAT = re.compile(
    r"(?:(?:与|和|同|较|比)?(?:上年|去年|上一年|年初预算|预算)(?:同期|度)?(?:数|决算数?|执行数?)?)?(基本)?持平"
)


def paragraph(text: str, start: int, end: int) -> Paragraph:
    """The frames of one paragraph of a flat text."""
    found = mentions(text, start, end)
    frames: list[Frame] = []
    _Builder(frames).build(found)
    for frame in frames:
        _references(frame)
    if text.find("持平", start, end) >= 0:
        for match in _FLAT.finditer(text, start, end):
            _unchanged(frames, match, text)
    made_of: list[tuple[int, int]] = []
    if text.find("由", start, end) >= 0:
        made_of = [match.span() for match in _MADE_OF.finditer(text, start, end)]
    _parents(frames, made_of)
    return Paragraph(start, end, frames, found, text)


def _references(frame: Frame) -> None:
    """A change that names no base is against that of what stands just before it, else against last year."""
    said = sorted((*frame.changes, *frame.rates, *frame.bases), key=lambda mention: mention.figure.start)
    last: Mention | None = None
    for number, mention in enumerate(said):
        if not mention.reference:
            mention.notes["inherits"] = "yes"
            mention.reference = _inherited(said, number, last)
        last = mention


def _inherited(said: list[Mention], number: int, last: Mention | None) -> str:
    mention = said[number]
    if last is None or mention.figure.start - last.figure.end > _BESIDE:
        return "prior"
    after = said[number + 1] if number + 1 < len(said) else None
    if after is not None and after.reference and after.figure.start - mention.figure.end <= _BESIDE:
        signs = [one.word.sign if one.word else 0 for one in (last, mention, after)]
        if signs[0] != signs[1] == signs[2]:
            return after.reference  # “比预算增长7.6%，减少15.93万元，同比下降6.4%”
    return last.reference


_BESIDE = 16  # characters between a change and the rate that goes with it


class _Builder:
    """Walks the mentions of a paragraph once and hangs each where it belongs."""

    def __init__(self, frames: list[Frame]) -> None:
        self.frames = frames
        self.stack: dict[int, Frame] = {}
        self.pending: list[Mention] = []
        self.sentence = 0
        self.shared_out: dict[int, list[Mention]] = {}  # after which mention a run of shares stands
        self.origin: Mention | None = None  # 由X增加到: the base of the level that follows
        self.changed: tuple[Mention, Frame] | None = None  # the last change and whose it is
        self.names: list[str] = []  # what “A和B分别为” still has to give

    def build(self, found: list[Mention]) -> None:
        for mention in self._shared_out(found):
            if _STOP.search(mention.breaks):
                self._promote()
                self.sentence += 1
            if mention.role is Role.LEVEL:
                self._level(mention)
            elif mention.role is Role.BUDGET:
                self._budget(mention)
            elif mention.role in _SLOTS:
                self._attribute(mention)
            elif mention.figure.unit and mention.figure.measure in (Measure.MONEY, Measure.COUNT):
                # 每户补助5元: what follows speaks of it, and of no level before
                self._new(mention, level=False)
            if run := self.shared_out.get(id(mention)):
                self._hand_out(run)
        self._promote()

    def _shared_out(self, found: list[Mention]) -> list[Mention]:
        """“A、B，分别占60%、40%”: the shares go to the items in order; they are taken out of the walk."""
        rest: list[Mention] = []
        taken: list[tuple[Mention, list[Mention]]] = []
        number = 0
        while number < len(found):
            run = [found[number]]
            if found[number].figure.measure is Measure.PERCENT and _SHARED_OUT.search(found[number].words):
                while number + len(run) < len(found) and _goes_with(found[number + len(run)]):
                    run.append(found[number + len(run)])
            if len(run) > 1 and rest:
                taken.append((rest[-1], run))
            else:
                rest += run
            number += len(run)
        self.shared_out = {id(last): run for last, run in taken}
        return rest

    def _hand_out(self, run: list[Mention]) -> None:
        items = [frame for frame in self.frames if frame.level is not None][-len(run) :]
        if len(items) < len(run) or items[0].sentence != self.sentence:
            return
        for frame, mention in zip(items, run, strict=True):
            mention.role, mention.label, mention.own_subject = Role.SHARE, "", False
            match = _SHARED_OUT.search(run[0].words)
            mention.denominator = clean(match[1] or "") if match else ""
            frame.shares.append(mention)

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
        if self.pending and (_ADDS_TO.search(mention.words) or opener(mention.words)):
            self._promote()
        before = self._current(mention)
        self._respectively(mention)
        frame = self._new(mention, level=True)
        if self.origin is not None:
            frame.bases.append(self.origin)
            frame.label = frame.label or self.origin.label
            self.origin = None
        frame.total = bool(_TOTAL.search(mention.lead) or _TOTAL.search(mention.label))
        if match := _BALANCE.search(mention.words[-24:]):
            frame.balance = match[1]
        elif mention.lead in ("结余", "节余", "收支结余"):
            frame.balance = mention.lead
        if frame.balance:
            frame.before = next((f for f in reversed(self.frames[:-1]) if f.label.endswith("支出")), None)
        if self.pending and all(p.depth == mention.depth for p in self.pending):
            frame.budgets, self.pending = self.pending, []
            first = frame.budgets[0]
            # “公务接待费支出预算为6.50万元，支出决算为3.12万元”: the item is named with its budget
            frame.words, frame.breaks = first.words, first.breaks
            if frame.label in ("", "支出", "收入") and first.label:
                frame.label = first.label
        if not frame.label and before and before.sentence == self.sentence and not frame.total:
            frame.label = before.label if before.level is None else ""
        if mention.depth and before and before.depth < mention.depth:
            frame.opener = "("

    def _promote(self) -> None:
        """A budget that no execution follows is the level itself: “收入预算安排14.8亿元，加上…”."""
        pending, self.pending = self.pending, []
        for budget in pending:
            if budget.own_subject and not any(budget in frame.budgets for frame in self.frames[-3:]):
                self._new(budget, level=True)

    def _respectively(self, mention: Mention) -> None:
        """“一般债务和专项债务余额分别为1亿元、2亿元”: each name goes to its figure."""
        if "分别" in mention.words and (match := _RESPECTIVELY.search(mention.words)):
            names = [clean(name) for name in re.split("[、和及与]", match[1]) if name.strip()]
            tail = (
                re.search("(?:收入|支出|余额|限额|债务|债券|资金|人数|面积|产量)$", names[-1])
                if names
                else None
            )
            self.names = [name if not tail or name.endswith(tail[0]) else name + tail[0] for name in names]
        elif mention.label or not set(mention.breaks) <= {"、"}:
            self.names = []
        if self.names:
            mention.label = self.names.pop(0)

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
        if mention.notes.get("to") == "next":
            self.origin = mention
            return
        current = self._current(mention)
        if mention.role is Role.CHANGE and current is not None and not mention.own_subject:
            current = self._of_unit(mention, current)
        elif mention.role is Role.RATE and self._goes_with_change(mention):
            current = self.changed[1]  # type: ignore[index]
        if current is None or (mention.own_subject and not _same_subject(mention.label, current.label)):
            if mention.role is Role.BASE and not mention.own_subject:
                return
            current = self._new(mention, level=False)
        elif current.sentence != self.sentence and not _opens_with_attribute(mention):
            current = self._new(mention, level=False)
        getattr(current, _SLOTS[mention.role]).append(mention)
        if mention.role is Role.CHANGE:
            self.changed = (mention, current)

    def _goes_with_change(self, rate: Mention) -> bool:
        if self.changed is None or rate.own_subject or self.frames[-1].start > self.changed[0].figure.start:
            return False
        return rate.figure.start - self.changed[0].figure.end <= _BESIDE

    def _of_unit(self, change: Mention, current: Frame) -> Frame:
        """A change in 万元 after “人数140人” is of the money before it."""
        base = change.figure.base
        for frame in reversed(self.frames[-6:]):
            if frame.sentence != self.sentence:
                break
            if frame.level is not None and frame.level.figure.base == base and frame.depth <= change.depth:
                return frame
        return current


_SLOTS = {
    Role.CHANGE: "changes",
    Role.RATE: "rates",
    Role.COMPLETION: "completions",
    Role.SHARE: "shares",
    Role.BASE: "bases",
}


def _goes_with(mention: Mention) -> bool:
    return (
        mention.figure.measure is Measure.PERCENT
        and re.fullmatch(r"[、,，和及与\s]*", mention.words) is not None
    )


def _same_subject(label: str, subject: str) -> bool:
    return bool(subject) and (
        subject.endswith(label)
        or label.endswith(subject)
        or label in ("总量", "规模", "总额", "总数")
        or re.sub("[各均也]$", "", label) in (subject, subject[-3:])
    )


def _opens_with_attribute(mention: Mention) -> bool:
    """“…27.5亿元。比上年减少5.4亿元”: the sentence begins with what it says of the one before."""
    stop = max(mention.words.rfind(char) for char in "。!?！？\n")
    said = mention.words[stop + 1 :]
    return len(said) <= _OPENING and not re.search("主要|因为|由于|原因", said)


_OPENING = 30  # characters: “与2023年度相比，收、支总计各增加”


def opener(words: str) -> str:
    """What begins a list right before a figure: 其中, 包括, 按类型分; empty where nothing does."""
    last = max(words.rfind("。"), words.rfind(";")) + 1
    match = None
    for match in _OPENER.finditer(words, last):  # noqa: B007 - the last one is wanted
        pass
    if match is None:
        return ""
    between = words[match.end() :]
    # 主要包括工资、津贴…；公用经费: names without figures are no list of figures
    names = between.count("、") > 1 and "分别" not in between
    if names or (match[0].startswith("包括") and re.search("[，,].*[，,]", between)):
        return ""
    return match[0]


def _unchanged(frames: list[Frame], match: re.Match[str], text: str) -> None:
    frame = next((f for f in reversed(frames) if f.level and f.level.figure.end <= match.start()), None)
    if frame is None or "预算" in match[0] or match[1]:
        return
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


def _parents(frames: list[Frame], made_of: list[tuple[int, int]]) -> None:
    """Which frames are parts: after 其中 and its like, in numbered lists, and within brackets."""
    lists: dict[str, Frame] = {}  # the last item of the list that each style of mark numbers
    outer: Frame | None = None
    before: Frame | None = None
    for frame in frames:
        if frame.level is None:
            continue
        if frame.depth:
            _bracketed(frame, outer, before)
            before = frame
            continue
        if any(first < frame.start < last for first, last in made_of):
            begins = outer is None or not (
                outer.opener == "由" and any(a < outer.start < frame.start < b for a, b in made_of)
            )
            _adopt(outer if begins else outer.parent, frame, "由")  # type: ignore[union-attr]
            outer = before = frame
            continue
        mark = next((style for style in "#@$&" if style in frame.breaks), "")
        opens = opener(frame.words) if frame.words else ""
        if opens and not frame.total:
            _open(frame, opens, outer)
        elif mark and mark not in lists and ":" in frame.breaks and outer is not None and not frame.total:
            _adopt(outer, frame, ":")
        elif mark and mark in lists and lists[mark].parent is not None and not frame.total:
            _adopt(lists[mark].parent, frame, lists[mark].opener)
        elif outer is not None and outer.parent is not None and not (frame.total or frame.balance or mark):
            _continue(outer, outer.parent, frame)
        if mark:
            frame.numbered = True
            lists[mark] = frame
        outer = before = frame


def _open(frame: Frame, opens: str, outer: Frame | None) -> None:
    """The first item of a list: its whole is the level before, or that of the list that is divided again."""
    if outer is None or frame.sentence - outer.sentence > 2:
        return
    whole = outer
    if _VIEW.search(opens):
        frame.begins = True
        # “按经营地分，城镇…；乡村…。按消费类型分，商品…”: divided again, the whole is the same
        while (
            whole.parent is not None and _VIEW.search(whole.opener) and not (whole.numbered or whole.begins)
        ):
            whole = whole.parent
    if re.search("结[余转]", whole.label) and frame.label.endswith("支出") and whole.before is not None:
        whole = whole.before
    _adopt(whole, frame, opens)


def _bracketed(frame: Frame, outer: Frame | None, before: Frame | None) -> None:
    if frame.opener == "(":
        _adopt(outer, frame, "(含" if re.search("含|其中|包括", frame.words) else "(")
    elif before is not None and before.depth == frame.depth and before.parent is not None:
        _adopt(before.parent, frame, before.opener)


def _continue(before: Frame, whole: Frame, frame: Frame) -> None:
    """Whether a frame goes on with the list that the one before it is in."""
    if _ELSEWHERE.search(frame.words):
        return
    if _MAINLY.search(frame.words):
        _adopt(before, frame, "主要")  # one of the things the item before is made of
        return
    if _STOP.search(frame.breaks) and not (
        frame.sentence - before.sentence == 1 and are_siblings(before.label, frame.label)
    ):
        return
    if _is_new_subject(before, whole, frame) or _ends_list(before, whole, frame):
        return
    first = whole.parts[0]
    nested = before.opener == "其中" and not whole.numbered and not _STOP.search(first.breaks)
    if nested and ";" in frame.breaks and whole.parent and not kin(frame.label, whole.label):
        # 其中 in mid-sentence ends at the semicolon of the list around it; after a full stop it has its own
        _adopt(whole.parent, frame, whole.opener)
        return
    _adopt(whole, frame, before.opener)


def _is_new_subject(before: Frame, whole: Frame, frame: Frame) -> bool:
    """“其中税收3亿元，一般公共预算支出9亿元”: income has no spending among its parts."""
    if "余额" in frame.label and "余额" not in before.label + whole.label:
        return True
    return any({other.label[-2:], frame.label[-2:]} == {"收入", "支出"} for other in (before, whole))


def _ends_list(before: Frame, whole: Frame, frame: Frame) -> bool:
    """“其中A1亿元、B2亿元，当年偿还C”: a list whose items 、 divides ends at the comma."""
    if are_siblings(before.label, frame.label):
        return False
    listed = [part for part in whole.parts[1:] if part.depth == frame.depth]
    return (
        bool(listed)
        and all(set(part.breaks) == {"、"} for part in listed)
        and bool(set(frame.breaks) & set("，,;"))
    )


def kin(part: str, whole: str) -> bool:
    """公务用车购置费 is of 公务用车购置及运行维护费: names that begin alike."""
    return len(part) > 3 and part[:4] == whole[:4]


_MAINLY = re.compile("主要(?:是|为|包括|用于)[^，,。;]*$")
_ELSEWHERE = re.compile("(?:^|[，,;])(?:再)?加上?|收支相抵|此外|另外|同时|相应安排")


def _adopt(parent: Frame | None, frame: Frame, opener: str) -> None:
    if parent is None or parent is frame:
        return
    frame.parent, frame.opener = parent, opener
    parent.parts.append(frame)


def words_of(*found: Mention | None) -> tuple[Word, ...]:
    return tuple(mention.word for mention in found if mention and mention.word)
