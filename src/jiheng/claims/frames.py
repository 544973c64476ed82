"""A frame, and which frames are parts of which.

A frame is one level (“税收收入5775.6亿元”) with all that the sentence says of it. A paragraph's frames
stand in order; `depth` tells brackets, `parent` and `opener` that a frame is a part (其中, 包括, a bracket).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from jiheng.claims.families import are_siblings
from jiheng.claims.mentions import Mention
from jiheng.claims.remembering import remembered
from jiheng.claims.report import Operand


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
    start: int = -1  # of the level's figure
    is_vague: bool = False  # that figure is only a bound (超, 近, 约)

    def measured_like(self, other: Frame) -> bool:
        if self.level is None or other.level is None:
            return False
        a, b = self.level.figure, other.level.figure
        return a.measure is b.measure and a.base == b.base


@dataclass(slots=True)
class Paragraph:
    """The frames of one paragraph; `levels` are those with a figure of their own, in order."""

    start: int
    end: int
    frames: list[Frame]
    mentions: list[Mention]
    text: str = ""  # the flat text that all offsets are of
    words: str = ""  # its own part of it
    levels: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.words = self.text[self.start : self.end]
        self.levels = [frame for frame in self.frames if frame.level is not None]

    def says(self, *words: str) -> bool:
        """Whether one of these stands in it: to be asked before each frame is looked at."""
        return any(word in self.words for word in words)

    def let_go(self) -> None:
        """Wholes and parts know each other: parted, they are freed at once and not by the collector."""
        for frame in self.frames:
            frame.parent = frame.before = None
            frame.parts = []

    def before(self, position: int, most: int = 60) -> list[Frame]:
        """The levels nearest before a place in the text, at most so many: a whole is never farther."""
        at = bisect_left(self.levels, position, key=lambda frame: frame.start)
        return self.levels[max(0, at - most) : at]


STOP = re.compile("[。!?！？\n]")
_OPENER = re.compile(
    r"其中|(?:结果|评|等[级次]|定)为(?=“)|包括[:：]?|构成(?:是|为)|具体(?:是|为)"
    r"|[按从][^，,。;:\n]{1,10}(?:分|看)(?=[，,:])|分[^，,。;:\n]{1,8}看(?=[，,:])|^中[，,:]"
)
_VIEW = re.compile("[按从分].*[分看]$")  # a second way of dividing the same whole
_MADE_OF = re.compile(r"(?<=[，,。;\s:])(?:主要)?由(?!于|此)[^。;\n]{4,240}?(?:组成|构成)")


def find_parts(frames: list[Frame], text: str, start: int, end: int) -> None:
    """Which frames of a paragraph are parts, and of what: their `parent`, `opener` and `parts`."""
    made_of: list[tuple[int, int]] = []
    if text.find("由", start, end) >= 0:
        made_of = [match.span() for match in _MADE_OF.finditer(text, start, end)]
    _parents(frames, made_of)


@remembered
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
        if made_of and any(first < frame.start < last for first, last in made_of):
            begins = outer is None or not (
                outer.opener == "由" and any(a < outer.start < frame.start < b for a, b in made_of)
            )
            _adopt(outer if begins else outer.parent, frame, "由")  # type: ignore[union-attr]
            outer = before = frame
            continue
        mark = _mark(frame.breaks)
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


@remembered
def _mark(breaks: str) -> str:
    return next((style for style in "#@$&" if style in breaks), "")


def _open(frame: Frame, opens: str, outer: Frame | None) -> None:
    """The first item of a list: its whole is the level before, or that of the list that is divided again."""
    if outer is None or frame.sentence - outer.sentence > 2:
        return
    whole = outer
    if _VIEW.search(opens):
        frame.begins = True
        # “按经营地分，城镇…；乡村…。按消费类型分，商品…”: divided again, the whole is the same
        while (
            whole.parent is not None
            and (_VIEW.search(whole.opener) or (whole.opener == "其中" and frame.sentence > whole.sentence))
            and not (whole.numbered or whole.begins)
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
    goes = _goes(frame.words)
    if goes == "elsewhere":
        return
    if goes == "inward":
        _adopt(before, frame, "主要")  # one of the things the item before is made of
        return
    if STOP.search(frame.breaks) and not (
        frame.sentence - before.sentence == 1 and are_siblings(before.label, frame.label)
    ):
        return
    if _is_new_subject(before, whole, frame) or _ends_list(before, whole, frame):
        return
    first = whole.parts[0]
    nested = before.opener == "其中" and not whole.numbered and not STOP.search(first.breaks)
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


@remembered
def _goes(words: str) -> str:
    """Away from a list (此外), or into its last item (主要是)."""
    if _ELSEWHERE.search(words):
        return "elsewhere"
    return "inward" if _MAINLY.search(words) else ""


def _adopt(parent: Frame | None, frame: Frame, opener: str) -> None:
    if parent is None or parent is frame:
        return
    frame.parent, frame.opener = parent, opener
    parent.parts.append(frame)
