"""Who a figure belongs to: levels with their changes, rates, completions, shares, bases and budgets."""

from __future__ import annotations

import re

from jiheng.claims.frames import STOP, Frame, Paragraph, find_parts, opener
from jiheng.claims.mentions import Mention, Role, clean, mentions
from jiheng.claims.remembering import remembered
from jiheng.claims.report import Operand
from jiheng.claims.scan import Measure

_TOTAL = re.compile(
    r"(?:合计|总计|共计|总收入|总支出|总来源|总财力|收入总量|支出总量|决算结果|总额合计|收入总额|支出总额)"
    r"(?:累计|数|为|达到?|共|完成|预计|是)*\s*$"
)
_BALANCE = re.compile(
    r"(收支相抵后?[，,]?|收支结余|收支差额|(?:当年|本年|年终|年末)(?:收支)?(?:结余|结转))[^，,]{0,14}$"
)


@remembered
def _is_total(words: str) -> bool:
    return _TOTAL.search(words) is not None


@remembered
def _balance(words: str) -> str:
    match = _BALANCE.search(words[-24:])
    return match[1] if match else ""


_ADDS_TO = re.compile(r"[，,]\s*(?:再)?加[^，,]*$")
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
        if frame.changes or frame.rates or frame.bases:
            _name_last_year(frame, text)
            _references(frame)
    if text.find("持平", start, end) >= 0:
        for match in _FLAT.finditer(text, start, end):
            _unchanged(frames, match, text)
    find_parts(frames, text, start, end)
    return Paragraph(start, end, frames, found, text)


_YEAR = re.compile(r"(20(?<![比较与同\d]20)\d\d)年")


def _name_last_year(frame: Frame, text: str) -> None:
    """较2020年 in the account of 2021 says what 比上年 says."""
    for mention in (*frame.changes, *frame.rates, *frame.bases):
        if mention.reference.isdigit():
            years = _YEAR.findall(text, max(0, mention.figure.start - _LOOK_BACK), mention.figure.start)
            if years and int(years[-1]) == int(mention.reference) + 1:
                mention.reference = "prior"


_LOOK_BACK = 1500  # characters in which the year of an account is named


def _references(frame: Frame) -> None:
    """A change that names no base is against that of what stands just before it, else against last year."""
    said = sorted((*frame.changes, *frame.rates, *frame.bases), key=lambda mention: mention.figure.start)
    last: Mention | None = None
    for number, mention in enumerate(said):
        if not mention.reference:
            mention.inherits = True
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
            if STOP.search(mention.breaks):
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
            depth=mention.depth,
            breaks=mention.breaks,
            words=mention.words,
        )
        if level:
            frame.level, frame.start, frame.is_vague = mention, mention.figure.start, mention.is_vague
        self.frames.append(frame)
        self.stack[mention.depth] = frame
        if len(self.stack) > 1:
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
        frame.total = _is_total(mention.lead) or _is_total(mention.label)
        frame.balance = _balance(mention.words)
        if not frame.balance and mention.lead in ("结余", "节余", "收支结余"):
            frame.balance = mention.lead
        if frame.balance:
            frame.before = next((f for f in reversed(self.frames[:-1]) if f.label.endswith("支出")), None)
        if self.pending and all(p.depth == mention.depth for p in self.pending):
            frame.budgets, self.pending = self.pending, []
            first = frame.budgets[0]
            # “公务接待费支出预算为6.50万元，支出决算为3.12万元”: the item is named with its budget
            frame.words, frame.breaks = first.words, first.breaks
            if frame.label in ("", "支出", "收入"):
                frame.label = first.label or _item(first.words) or frame.label
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
        if mention.is_origin:
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


# “1.农林水支出。年初预算为…，支出决算为…”: the item is named in a sentence of its own
_ITEM = re.compile(
    r"(?:\d{1,2}\s?[.、]|\([一二三四五六七八九十\d]{1,3}\))\s*([^。，,;:]{2,80}?)[。\n]\s*[^。\n]{0,12}$"
)


@remembered
def _item(words: str) -> str:
    match = _ITEM.search(words)
    return clean(match[1]) if match else ""


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


def _unchanged(frames: list[Frame], match: re.Match[str], text: str) -> None:
    frame = next((f for f in reversed(frames) if f.level and f.level.figure.end <= match.start()), None)
    if frame is None or "预算" in match[0] or match[1]:
        return
    figure = frame.level.figure if frame.level else None
    if (
        figure is None
        or STOP.search(text, figure.end, match.start())
        or any(said.figure.start < match.end() + _AT_ONCE for said in frame.rates)
        or any(said.figure.start < match.start() for said in frame.changes)
        or match.start() - figure.end > 30
    ):
        return
    step = figure.half * 2
    frame.unchanged = Operand(match[0], step * 0, figure.unit, match.start(), match.end(), step)


_AT_ONCE = 10  # characters in which a rate still speaks of the same comparison
