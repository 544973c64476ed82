"""A checked document as a page shows it: cut into parts, every checked figure a link, every finding's clause
marked. In Python, as a part has hundreds of marks; nothing is drawn of what stands outside the part."""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from urllib.parse import urlencode

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from jiheng.auditing.marking import LEVELS, Level, Mark, levels, marks
from jiheng.claims.report import Found, Report
from jiheng.sheets import Block, BlockKind, Cell, Severity

PART = 8000  # characters of a part: what a page draws at once
SHOWN = (Level.ERROR, Level.WARNING, Level.HINT, Level.ROUNDING, Level.OK)
OF_SEVERITY = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.HINT: Level.HINT}
TITLE = 40


@dataclass(frozen=True, slots=True)
class Slice:
    """What is drawn as one element: a heading, a paragraph, or some rows of a table."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    caption: str = ""
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Some slices of a document, numbered from 1; `title` is its first heading, if it has one."""

    number: int
    start: int
    end: int
    title: str
    slices: tuple[Slice, ...]


# ── cut into parts ────────────────────────────────────────────────────────────────────────────────────


def parts_of(text: str, blocks: Sequence[Block]) -> list[Part]:
    """Cut before a heading where a part is half full, else where it is full. At least one part."""
    made: list[Part] = []
    held: list[Slice] = []
    for one in slices_of(text, blocks):
        size = one.end - held[0].start if held else 0
        begins = one.kind is BlockKind.HEADING and size > PART // 2
        if held and (size > PART or begins):
            made.append(_part(len(made) + 1, held, text))
            held = []
        held.append(one)
    if held or not made:
        made.append(_part(len(made) + 1, held or [Slice(BlockKind.PARAGRAPH, 0, len(text))], text))
    return made


def _part(number: int, held: list[Slice], text: str) -> Part:
    headings = (text[one.start : one.end] for one in held if one.kind is BlockKind.HEADING)
    title = next(headings, "").strip()[:TITLE]
    return Part(number, held[0].start, held[-1].end, title, tuple(held))


def part_at(parts: Sequence[Part], position: int) -> int:
    """The number of the part in which a character of the text stands."""
    return max(1, bisect_right([part.start for part in parts], position))


def slices_of(text: str, blocks: Sequence[Block]) -> Iterator[Slice]:
    """The whole text in its order; what no block holds is a paragraph."""
    at = 0
    for block in sorted(blocks, key=lambda item: item.start):
        if block.start < at:
            continue  # inside another
        yield from _words(text, at, block.start, BlockKind.PARAGRAPH)
        if block.kind is BlockKind.TABLE and block.cells:
            yield from _rows(block)
        else:
            yield from _words(text, block.start, block.end, block.kind, block.level)
        at = block.end
    yield from _words(text, at, len(text), BlockKind.PARAGRAPH)


def _words(text: str, start: int, end: int, kind: BlockKind, level: int = 0) -> Iterator[Slice]:
    for first in range(start, end, PART):
        last = min(first + PART, end)
        if text[first:last].strip():
            yield Slice(kind, first, last, level)


def _rows(table: Block) -> Iterator[Slice]:
    caption = "　".join(filter(None, (table.title, f"单位：{table.unit}" if table.unit else "")))
    held: list[tuple[Cell, ...]] = []
    for _, cells in groupby(
        sorted(table.cells, key=lambda cell: (cell.row, cell.column)), lambda cell: cell.row
    ):
        held.append(tuple(cells))
        if held[-1][-1].end - held[0][0].start > PART:
            yield _table(held, caption)
            held, caption = [], f"{table.title or '表格'}（续）"
    if held:
        yield _table(held, caption)


def _table(rows: list[tuple[Cell, ...]], caption: str) -> Slice:
    start, end = rows[0][0].start, max(cell.end for cell in rows[-1])
    return Slice(BlockKind.TABLE, start, end, caption=caption, rows=tuple(rows))


# ── marked ────────────────────────────────────────────────────────────────────────────────────────────


class Marked:
    """A report with what a page asks of it, worked out once; `keep` is what links keep of the address."""

    def __init__(self, report: Report, parts: list[Part]) -> None:
        self.report, self.parts = report, parts
        self.keep: Mapping[str, object] = {}
        self.levels, self.marks = levels(report), marks(report)
        self.relations = {relation.id: relation for relation in report.relations}
        self.findings = {found.id: found for found in report.findings}
        self.by_relation: dict[str, list[Found]] = {}  # the gravest first
        for found in sorted(report.findings, key=lambda item: list(OF_SEVERITY).index(item.severity)):
            self.by_relation.setdefault(found.relation, []).append(found)
        self.at: dict[int, list[str]] = {}  # relations by where one of their figures begins
        for relation in report.relations:
            for start in {operand.start for operand in relation.operands}:
                self.at.setdefault(start, []).append(relation.id)

    def keeping(self, keep: Mapping[str, object]) -> Marked:
        """The same, whose links keep something of the address."""
        twin = copy.copy(self)
        twin.keep = keep
        return twin

    def counts(self) -> dict[Level, int]:
        """Findings by severity; relations that hold, hold by rounding, or were not judged."""
        found = Counter(OF_SEVERITY[item.severity] for item in self.report.findings)
        found.update(
            level for level in self.levels.values() if level in (Level.OK, Level.ROUNDING, Level.UNKNOWN)
        )
        return {level: found[level] for level in LEVELS}

    def subject_of(self, relation: str) -> str:
        """What a click on a figure opens: the relation's gravest finding, else the relation itself."""
        return self.by_relation[relation][0].id if relation in self.by_relation else relation

    def chosen(self, on: str) -> str:
        """What an address chooses: a relation with a finding is shown as that finding."""
        return self.subject_of(on) if on in self.relations else on

    def place_of(self, subject: str) -> int:
        """Where a finding or a relation stands; 0 for one that is not there."""
        if subject in self.findings:
            return self.findings[subject].start
        return self.relations[subject].start if subject in self.relations else 0

    def part_of(self, position: int) -> int:
        return part_at(self.parts, position)

    def link(self, subject: str, position: int | None = None) -> str:
        """The address of a finding, a relation, or one of its figures: the part, and the mark in it."""
        at = self.place_of(subject) if position is None else position
        anchor = f"f-{subject}" if subject in self.findings and position is None else f"m-{at}"
        return f"{self.address(self.part_of(at), subject)}#{anchor}"

    def address(self, part: int, subject: str) -> str:
        """The part with something chosen (“”: nothing)."""
        return (
            f"?{urlencode({'part': part, **({'on': subject} if subject else {}), **self.keep}, doseq=True)}"
        )


class Pen:
    """Draws one part. `shown` are the levels to mark, `on` is what is chosen."""

    def __init__(self, marked: Marked, part: Part, shown: Iterable[Level], on: str = "") -> None:
        self._marked, self._text, self._part, self._on = marked, marked.report.text, part, on
        wanted = set(shown)
        self._marks = [
            mark
            for mark in marked.marks
            if mark.end > part.start and mark.start < part.end and mark.level in wanted
        ]
        self._starts = [mark.start for mark in self._marks]
        self._clauses = sorted(
            (
                found
                for found in marked.report.findings
                if OF_SEVERITY[found.severity] in wanted
                and found.start < found.end
                and found.end > part.start
                and found.start < part.end
            ),
            # of two over the same words the graver one is inside: its colour shows, and a click opens it
            key=lambda found: (found.start, -found.end, -list(OF_SEVERITY).index(found.severity)),
        )
        self._named: set[str] = set()

    def draw(self) -> SafeString:
        return mark_safe("\n".join(self._slice(one) for one in self._part.slices))

    def _slice(self, one: Slice) -> str:
        if one.rows:
            return self._rows(one)
        words = self._stretch(one.start, one.end)
        if one.kind is BlockKind.HEADING:
            level = min(max(one.level, 1) + 1, 5)
            return f"<h{level}>{words}</h{level}>"
        css = {BlockKind.CONTENTS: ' class="contents"', BlockKind.NOTE: ' class="note"'}.get(one.kind, "")
        return f"<p{css}>{words}</p>"

    def _rows(self, one: Slice) -> str:
        drawn = []
        for row in one.rows:
            cells = []
            for cell in row:
                spans = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
                spans += f' colspan="{cell.columns}"' if cell.columns > 1 else ""
                words = self._text[cell.start : cell.end].strip()
                css = ' class="num"' if words[:1].isdigit() or words[:1] in ("-", "−", "－") else ""
                cells.append(f"<td{spans}{css}>{self._stretch(cell.start, cell.end)}</td>")
            drawn.append(f"<tr>{''.join(cells)}</tr>")
        caption = f"<caption>{escape(one.caption)}</caption>" if one.caption else ""
        return f'<div class="table-box"><table>{caption}{"".join(drawn)}</table></div>'

    def _stretch(self, start: int, end: int) -> str:
        """A stretch of the text with its marks; clauses that overlap are nested, the later one in pieces."""
        first = bisect_left(self._starts, start)
        first -= bool(first and self._marks[first - 1].end > start)
        last = bisect_left(self._starts, end)
        here = self._marks[first:last]
        clauses = [found for found in self._clauses if found.start < end and found.end > start]
        if not here and not clauses:
            return str(escape(self._text[start:end]))
        inside = [(mark.start, mark.end) for mark in here] + [(found.start, found.end) for found in clauses]
        edges = {start, end, *(edge for span in inside for edge in span if start < edge < end)}
        drawn: list[str] = []
        stack: list[Found] = []
        for left, right in pairwise(sorted(edges)):
            wanted = [found for found in clauses if found.start <= left and found.end >= right]
            while stack and stack != wanted[: len(stack)]:
                drawn.append("</mark>")
                stack.pop()
            for found in wanted[len(stack) :]:
                drawn.append(self._open(found))
                stack.append(found)
            mark = next((mark for mark in here if mark.start <= left and mark.end >= right), None)
            drawn.append(self._piece(left, right, mark, stack))
        drawn.append("</mark>" * len(stack))
        return "".join(drawn)

    def _open(self, found: Found) -> str:
        level = OF_SEVERITY[found.severity]
        name = "" if found.id in self._named else f' id="f-{found.id}"'
        self._named.add(found.id)
        title = escape(f"{LEVELS[level]}：{found.message}")
        on = " is-on" if found.id == self._on else ""
        return f'<mark class="clause is-{level}{on}"{name} data-on="{found.id}" title="{title}">'

    def _piece(self, start: int, end: int, mark: Mark | None, stack: list[Found]) -> str:
        words = escape(self._text[start:end])
        if mark is not None:
            subject = self._marked.subject_of(mark.relations[0])
            name = f' id="m-{mark.start}"' if start == mark.start else ""
            also = f"，涉及 {len(mark.relations)} 处核对" if len(mark.relations) > 1 else ""
            title = f"{LEVELS[mark.level]}{also}"
            on = " is-on" if subject == self._on else ""
            return (
                f'<a class="fig is-{mark.level}{on}"{name} {self._link(subject)} title="{title}">{words}</a>'
            )
        if stack:
            return f'<a class="words" {self._link(stack[-1].id)}>{words}</a>'
        return str(words)

    def _link(self, subject: str) -> str:
        address = escape(self._marked.address(self._part.number, subject))
        return f'href="{address}" data-on="{subject}"'
