"""Lines of a PDF's pages as paragraphs: columns in order, running heads gone, wrapped lines joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from jiheng.documents.reading import wording
from jiheng.documents.reading.pdfgrid import Table
from jiheng.documents.reading.pdflines import Line, Piece

_PAGE_NUMBER = re.compile(
    r"[-—－–·~～\s]*(?:第\s*)?[\d０-９]{1,4}(?:\s*页)?(?:\s*[/，,共]\s*(?:共\s*)?\d{1,4}\s*页?)?[-—－–·~～\s]*"
)
_EDGE = 2  # lines at the top and at the bottom of a page among which heads and page numbers stand
_REPEATED = 3  # pages
_PAGE_AT_END = re.compile(r"^\d{1,3}(?!\d)|(?<!\d)\d{1,3}$")
_ENDS = "。！？；：”）.!?;:"
_NOTE_SIZE = 0.88  # of the running text's
_NOTE_MARK = re.compile(r"[①-⑳*※]|注\s*[:：\d]|[\[［(（〔]?\d{1,2}[\]］)）〕]|\d{1,2}\s?(?=[\u4e00-\u9fff])")


@dataclass(slots=True)
class Sheet:
    """A page's lines and tables from top to bottom."""

    number: int
    lines: list[Line]
    tables: list[Table]
    heads: list[str] = field(default_factory=list)
    has_columns: bool = False


@dataclass(slots=True)
class Paragraph:
    text: str
    page: int
    is_contents: bool = False
    is_title: bool = False  # set large


def without_heads(sheets: Sequence[Sheet]) -> None:
    """Takes page numbers and what stands at the edge of page after page out of the lines, for good."""
    counts: Counter[str] = Counter()
    for sheet in sheets:
        for line in _edges(sheet):
            if not _is_of_a_table(line.text):
                counts[_same(line.text)] += 1
    kept: set[str] = set()
    for sheet in sheets:
        for line in _edges(sheet):
            key = _same(line.text)
            if _PAGE_NUMBER.fullmatch(line.text):
                sheet.lines.remove(line)
            elif counts[key] >= max(_REPEATED, len(sheets) // 10):
                sheet.lines.remove(line)
                if key not in kept:
                    sheet.heads.append(line.text)
                    kept.add(key)


def _edges(sheet: Sheet) -> list[Line]:
    """The lines among which a page's head and foot are: outermost, tables counted in."""
    lines = sheet.lines
    top = [line for line in lines[:_EDGE] if all(line.y < table.top + 1 for table in sheet.tables)]
    bottom = [line for line in lines[-_EDGE:] if all(line.y > table.bottom - 1 for table in sheet.tables)]
    return [*top, *(line for line in bottom if line not in top)]


def _same(text: str) -> str:
    """A line without its page number: one that names another year is another line."""
    return _PAGE_AT_END.sub("", re.sub(r"\s", "", text))


def _is_of_a_table(text: str) -> bool:
    return bool(wording.unit_in(text)) or wording.is_caption(text) or len(text) > 60


def footnotes(sheet: Sheet, size: float) -> list[str]:
    """Takes the notes in small type below the text out of a page, so that the text goes on over them."""
    count = 0
    for line in reversed(sheet.lines):
        if line.size > _NOTE_SIZE * size:
            break
        count += 1
    if count in (0, len(sheet.lines)) or not _NOTE_MARK.match(sheet.lines[-count].text):
        return []
    if any(table.bottom > sheet.lines[-count - 1].y for table in sheet.tables):
        return []  # a table's own notes
    notes: list[str] = []
    for line in sheet.lines[-count:]:
        if not notes or _NOTE_MARK.match(line.text):
            notes.append(line.text)
        else:
            notes[-1] += wording.glue(notes[-1], line.text) + line.text
    del sheet.lines[-count:]
    return notes


def in_columns(sheet: Sheet) -> None:
    """Puts the lines of a page set in two columns left before right, both at the left one's place."""
    gutter = None if sheet.tables else _gutter(sheet.lines)
    if gutter is None:
        return
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in sheet.lines:
        halves = _halves(line, gutter)
        if halves is None:
            ordered += [*left, *right, line]
            left, right = [], []
            continue
        left += [half for half in halves[:1] if half.pieces]
        right += [half for half in halves[1:] if half.pieces]
    ordered += [*left, *right]
    columns = [[line for line in ordered if line.x1 < gutter], [line for line in ordered if line.x0 > gutter]]
    first, second = (min(line.x0 for line in column) for column in columns)
    for line in columns[1]:
        for piece in line.pieces:
            piece.x0, piece.x1 = piece.x0 - second + first, piece.x1 - second + first
    sheet.lines, sheet.has_columns = ordered, True


def _halves(line: Line, gutter: float) -> tuple[Line, Line] | None:
    """What stands left and right of the gutter; None for a line across it."""
    if any(piece.x0 < gutter < piece.x1 for piece in line.pieces):
        return None
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for piece in line.pieces:
        sides[piece.x0 > gutter].append(piece)
    return Line(sides[0], line.y, line.size, line.height), Line(sides[1], line.y, line.size, line.height)


def _gutter(lines: list[Line]) -> float | None:
    """The middle of the gap between two columns of prose."""
    parted = [line for line in lines if len(line.pieces) == 2]
    if len(parted) < 6:
        return None
    left = median(line.pieces[0].x1 for line in parted)
    right = median(line.pieces[1].x0 for line in parted)
    gutter = (left + right) / 2
    fitting = [line for line in parted if line.pieces[0].x1 < gutter < line.pieces[1].x0 and _is_prose(line)]
    across = sum(any(piece.x0 < gutter < piece.x1 for piece in line.pieces) for line in lines)
    return (
        gutter if len(fitting) >= 6 and len(fitting) * 2 > len(parted) and across * 3 < len(lines) else None
    )


def _is_prose(line: Line) -> bool:
    return all(sum(map(wording.is_cjk, piece.text)) > 8 for piece in line.pieces)


class Flow:
    """Joins lines to paragraphs, over the ends of pages too."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        lines = [line for sheet in sheets for line in sheet.lines]
        self.size = median(line.size for line in lines) if lines else 10.0
        self._open: Paragraph | None = None
        self._last: Line | None = None
        self._page = 0
        self._is_contents = False
        self._left = self._right = 0.0

    def new_page(self, sheet: Sheet) -> None:
        """Margins are the page's own: most lines start at the left one, the longest end at the right one."""
        lines = sheet.lines
        self._page = sheet.number
        listed = sum(wording.is_contents_line(line.text) for line in lines)
        self._is_contents = listed * 5 > len(lines) * 2
        if lines:
            starts = Counter(round(line.x0 / 4) for line in lines if len(line.text) > 8)
            common = [at for at, count in starts.items() if count * 4 >= starts.most_common(1)[0][1]]
            self._left = 4 * min(common) if common else min(line.x0 for line in lines)
            self._right = sorted(line.x1 for line in lines)[
                -max(len(lines) // (3 if sheet.has_columns else 8), 1)
            ]

    def add(self, line: Line) -> Paragraph | None:
        """The paragraph that this line ends, if it starts another."""
        done = None
        if self._open is not None and self._last is not None and self._goes_on(self._last, line):
            text = self._open.text
            self._open.text = text + wording.glue(text, line.text) + line.text
        else:
            done = self.close()
            is_contents = self._is_contents or wording.is_contents_line(line.text)
            is_title = line.size > 1.2 * self.size
            self._open = Paragraph(line.text, self._page, is_contents, is_title)
        self._last = line
        return done

    def close(self) -> Paragraph | None:
        done, self._open, self._last = self._open, None, None
        return done

    def _goes_on(self, last: Line, line: Line) -> bool:
        size = max(line.size, 6)
        if abs(line.size - last.size) > 0.2 * size:
            return False
        if min(line.size, last.size) > 1.15 * self.size:
            is_title = len(last.text) > 7 and len(last.text + line.text) < 60
            return is_title and 0 < line.y - last.y < 2.2 * size
        if self._is_centred(line) and self._is_centred(last):
            return False
        if self._is_contents:
            return not (wording.ends_with_page(last.text) or wording.numbering(line.text)[0])
        if last.text[-1] == "。" and (wording.is_caption(line.text) or wording.unit_in(line.text)):
            return False
        if last.text[-1] in "，、,":
            return not wording.numbering(line.text)[0]
        is_indented = line.x0 > self._left + 1.2 * size
        return not is_indented and last.x1 >= self._right - 2.2 * size

    def _is_centred(self, line: Line) -> bool:
        size = max(line.size, 6)
        before, after = line.x0 - self._left, self._right - line.x1
        return before > 2.5 * size and after > 1.5 * size and abs(before - after) < 3 * size
