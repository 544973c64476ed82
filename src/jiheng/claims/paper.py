"""A document laid out for the checks of form: its lines, its headings, its notes, the year it speaks of."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from jiheng.claims.remembering import remembered
from jiheng.claims.report import Found, Kind
from jiheng.policy import Policy
from jiheng.sheets import Severity
from jiheng.sheets.document import BlockKind, Document

LONGEST_HEADING = 60
LONGEST_CLAUSE = 80
SHORTEST_NOTE = 40  # a line of a list of links is no note
OPENING = 15  # lines in which a document says what it is
YEAR = re.compile(r"20(?<!\d20)[0-4]\d(?=年)")  # begins with its digits: most of a text is skipped
NUMBERING = re.compile(
    r"第[一二三四五六七八九十]{1,3}(?:部分|章|节)[、：:\s]*|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]、?"
    r"|\d{1,2}[.．、]\s*(?!\d)|\d{1,2}-\d{1,2}\s+|[（(]\d{1,2}[）)]\s*"
)
_LEADER = re.compile(r"[.．·…‥\s]{3,}\d{1,4}$|\t\d{1,4}$")
_STYLES = re.compile(
    r"(第[一二三四五六七八九十]{1,3}(?:部分|章))|([一二三四五六七八九十]{1,3}、)|([（(][一二三四五六七八九十]{1,3}[）)])|(\d{1,2}[.．、](?!\d))"
)
_MONEY = re.compile(r"(\d[\d,]*(?:\.(\d+))?)\s?(万元|亿元)")
_SPACES = re.compile(r"[\s　]+")


class Line(NamedTuple):
    """One line of the text without the spaces around it; a table's lines are of kind TABLE."""

    start: int
    end: int
    kind: BlockKind
    text: str

    @property
    def is_heading(self) -> bool:
        """Whether it reads like a heading: marked as one, or short and without the stops of a sentence."""
        if self.kind is BlockKind.HEADING:
            return len(self.text) <= LONGEST_HEADING
        short = 3 <= len(self.text) <= LONGEST_HEADING
        return short and self.kind is BlockKind.PARAGRAPH and not re.search(r"[。；，：:;]", self.text)

    @property
    def name(self) -> str:
        """The words of a heading: no numbering, no spaces, no 关于 before it."""
        return _name_of(self.text)

    @property
    def level(self) -> int:
        """0 a title without number, 1 第一部分, 2 一、, 3 （一）, 4 1."""
        return _level_of(self.text)


@dataclass(frozen=True, slots=True)
class Note:
    """One of the explanations published with the accounts: its heading and the text under it."""

    kind: str  # san_gong, transfers, debt, performance
    heading: Line
    start: int
    end: int


class Paper:
    """A document and the policy it is checked under. `year` is the year it reports on; None if in doubt."""

    def __init__(self, document: Document, policy: Policy, year: int | None = None) -> None:
        self.document = document
        self.text = document.text
        self.policy = policy
        self._given = year
        self._money: dict[int, list[re.Match[str]]] = {}

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return tuple(_lines(self.document))

    @cached_property
    def headings(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.is_heading)

    @cached_property
    def opening(self) -> tuple[Line, ...]:
        """The first lines, contents left out: title, who issues it, when."""
        own = (line for line in self.lines if line.kind in (BlockKind.HEADING, BlockKind.PARAGRAPH))
        return tuple(line for line, _ in zip(own, range(OPENING), strict=False))

    @cached_property
    def prose(self) -> tuple[Line, ...]:
        """Paragraphs and headings: no tables, no contents, no footnotes."""
        return tuple(line for line in self.lines if line.kind in (BlockKind.HEADING, BlockKind.PARAGRAPH))

    def is_prose(self, start: int) -> bool:
        """Whether a character stands in a paragraph or heading."""
        at = bisect_right(self.lines, start, key=lambda line: line.start) - 1
        return at >= 0 and self.lines[at].kind in (BlockKind.HEADING, BlockKind.PARAGRAPH)

    @cached_property
    def is_department(self) -> bool:
        """Whether a department or unit speaks of its own accounts or budget, not the government of all."""
        rule = self.policy.table("contents.department")
        signs = compiled(f"{rule['heading']}|{rule['signs']}")
        own = {line.start for line in self.opening}
        numbered = (line for line in self.headings if line.level or line.start in own)
        return any(signs.search(line.name) for line in numbered)

    @cached_property
    def is_report(self) -> bool:
        """Whether it is a report, a bulletin or a news page, of which no set contents are required."""
        words = compiled("|".join(self.policy.table("contents.reports")))
        return any(words.search(line.text[:LONGEST_HEADING]) for line in self.opening)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        if self.is_report:
            return ()
        return tuple(_notes(self))

    def money(self, note: Note) -> list[re.Match[str]]:
        """The amounts in 万元 and 亿元 of a note: number, its decimals, unit."""
        found = self._money.get(note.start)
        if found is None:
            found = self._money[note.start] = list(_MONEY.finditer(self.text, note.start, note.end))
        return found

    @cached_property
    def year(self) -> int | None:
        return self._given if self._given is not None else _report_year(self)

    def clause(self, start: int) -> tuple[int, int]:
        """The clause around a character: from one stop to the next, the stops left out."""
        before = self.text[max(0, start - LONGEST_CLAUSE) : start]
        after = self.text[start : start + LONGEST_CLAUSE]
        left = re.split(r"[，。；：！？\n]\s*", before)[-1].lstrip()
        right = re.split(r"[，。；！？\n]", after, maxsplit=1)[0]
        return start - len(left), start + len(right)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the policy files; they are few and asked again for every document."""
    return re.compile(pattern)


@remembered
def _name_of(text: str) -> str:
    numbered = NUMBERING.match(text)
    return _SPACES.sub("", text[numbered.end() :] if numbered else text).removeprefix("关于")


@remembered
def _level_of(text: str) -> int:
    style = _STYLES.match(text)
    return style.lastindex or 0 if style else 0


@lru_cache(maxsize=8)
def note_kinds(policy: Policy) -> Mapping[str, Mapping[str, Any]]:
    """The kinds of note that policy knows: heading, required contents."""
    return {
        entry.path.removeprefix("contents.notes."): entry.value
        for entry in policy.values()
        if entry.path.startswith("contents.notes.")
    }


def hint(code: str, kind: Kind, span: tuple[int, int], message: str) -> Found:
    return Found("", code, Severity.HINT, kind, *span, message)


def warning(code: str, kind: Kind, span: tuple[int, int], message: str) -> Found:
    return Found("", code, Severity.WARNING, kind, *span, message)


def _lines(document: Document) -> Iterator[Line]:
    blocks = sorted(document.blocks, key=lambda block: block.start)
    at = 0
    start = 0
    for raw in document.text.split("\n"):
        stripped = raw.strip()
        begin = start + (len(raw) - len(raw.lstrip()))
        start += len(raw) + 1
        if not stripped:
            continue
        while at < len(blocks) and blocks[at].end <= begin:
            at += 1
        inside = at < len(blocks) and blocks[at].start <= begin + len(stripped) - 1
        kind = blocks[at].kind if inside else BlockKind.PARAGRAPH
        is_own = kind is BlockKind.PARAGRAPH or kind is BlockKind.HEADING
        if is_own and stripped[-1].isdecimal() and _LEADER.search(stripped[-40:]):
            kind = BlockKind.CONTENTS
        yield Line(begin, begin + len(stripped), kind, stripped)


def _notes(paper: Paper) -> Iterator[Note]:
    kinds = note_kinds(paper.policy)
    if paper.is_department:
        kinds = {name: kind for name, kind in kinds.items() if kind.get("for_departments")}
    patterns = {name: compiled(kind["heading"]) for name, kind in kinds.items()}
    heads: list[tuple[str, Line]] = []
    for line in paper.headings:
        named = [name for name, pattern in patterns.items() if pattern.search(line.name)]
        if len(named) == 1 and not (heads and _is_within(named[0], line, *heads[-1])):
            heads.append((named[0], line))
    for at, (name, line) in enumerate(heads):
        end = heads[at + 1][1].start if at + 1 < len(heads) else len(paper.text)
        if line.level:
            end = min(end, next(_peers(paper, line), end))
        if len(paper.text[line.end : end].strip()) >= SHORTEST_NOTE and "。" in paper.text[line.end : end]:
            yield Note(name, line, line.end, end)


def _is_within(name: str, line: Line, last: str, heading: Line) -> bool:
    """Whether a heading is one inside the note before it, not the next note's."""
    return line.level > heading.level and (name == last or heading.level > 0 or line.level > 2)


def _peers(paper: Paper, heading: Line) -> Iterator[int]:
    """Where lines below begin with a number of the heading's level or a higher one."""
    first = bisect_right(paper.prose, heading.start, key=lambda line: line.start)
    for at in range(first, len(paper.prose)):
        if 0 < paper.prose[at].level <= heading.level:
            yield paper.prose[at].start


def _report_year(paper: Paper) -> int | None:
    """The one year of the titles; else the year that is named twice as often as any other."""
    titles = [line for line in paper.opening if line.is_heading] + [note.heading for note in paper.notes]
    named = {int(year) for line in titles for year in YEAR.findall(line.text)}
    if len(named) == 1:
        return named.pop()
    counted = Counter(YEAR.findall(paper.text)).most_common(2)
    for (year, times), (_, others) in pairwise([*counted, ("", 0)]):
        return int(year) if times >= 3 and times >= 2 * others else None
    return None
