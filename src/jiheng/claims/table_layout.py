"""Where a printed table begins and ends: its title and unit rows, its header rows, its notes.

    for sheet in sheets(document): sheet.title, sheet.lines[: sheet.head]

A block of the document may hold several printed tables, and a printed table may take several blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jiheng.claims.remembering import remembered
from jiheng.sheets.document import Block, BlockKind, Cell, Document

WIDE = str.maketrans(
    {0xFF01 + offset: chr(0x21 + offset) for offset in range(94)} | {"\u3000": " ", "−": "-", "–": "-"}
)
_SPACE = re.compile(r"\s+")
NUMBER = re.compile(r"(?P<sign>[-+]?)(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<point>\.\d+)?\s*(?P<percent>%?)$")
_NOTE = re.compile(r"(注|备注|说明|附注)[:：、.1-9]|注释|填表说明|\*注")
_UNIT = re.compile(r"(?:金额)?单位[:：]\s*(亿元|万元|千元|百万元|元|亿|万|人民币万元)")
FORMULA = re.compile(r"(?:[A-Z]|\d{1,2})(?:=.+)?$")
_IS_NUMBER = re.compile(r"(附?表|附件)[\d一二三四五六七八九十-]*")
HEADER_ROWS = 8


@remembered
def clean(text: str) -> str:
    """A label for comparing: plain brackets and digits, no blanks."""
    return _SPACE.sub("", text.translate(WIDE))


@dataclass(slots=True)
class Sheet:
    """One printed table in one block, laid out: lines of cells, how many of them are the header."""

    block: Block
    title: str
    unit: str
    lines: list[list[Cell]]
    texts: list[list[str]]
    head: int
    ended: bool  # its last row is a total of all


def sheets(document: Document) -> Iterator[Sheet]:
    """Every printed table of every block, in the order of the text."""
    for block in document.blocks:
        if block.kind is not BlockKind.TABLE or not block.cells:
            continue
        lines = _lines(block.cells)
        texts = [[document.text[cell.start : cell.end].strip() for cell in line] for line in lines]
        starts = [0, *(number for number in range(1, len(texts)) if _is_heading(texts, number)), len(texts)]
        for first, after in pairwise(starts):
            sheet = _sheet(block, lines[first:after], texts[first:after], is_first=first == 0)
            if sheet is not None:
                yield sheet


def _is_heading(texts: list[list[str]], number: int) -> bool:
    """附表2 alone in a row: one printed table ends and the next begins within the same grid."""
    filled = [text for text in texts[number] if text]
    return len(filled) == 1 and re.fullmatch(r"附?表[\d一二三四五六七八九十-]+", clean(filled[0])) is not None


def _sheet(block: Block, lines: list[list[Cell]], texts: list[list[str]], *, is_first: bool) -> Sheet | None:
    title, unit = (block.title, block.unit) if is_first else ("", "")
    while lines and (found := _above(texts[0])) is not None:
        unit = unit or _unit_of(found)
        if not _unit_of(found) and (not title or _IS_NUMBER.fullmatch(clean(title))):
            title = found
        lines, texts = lines[1:], texts[1:]
    unit = unit or _unit_of(title) or block.unit
    for number, line in enumerate(texts):
        first = next((text for text in line if text), "")
        if number and _NOTE.match(first):
            lines, texts = lines[:number], texts[:number]
            break
    return Sheet(block, title, unit, lines, texts, _head(lines, texts), _ends(texts)) if lines else None


def _lines(cells: Sequence[Cell]) -> list[list[Cell]]:
    rows: dict[int, list[Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(cell)
    return [sorted(rows[number], key=lambda cell: cell.column) for number in sorted(rows)]


def _above(texts: list[str]) -> str | None:
    """The text of a title or unit row (one text alone, no figure), None for a row of the table."""
    filled = [text for text in texts if text]
    if not filled:
        return ""
    joined = " ".join(filled)
    alone = len(filled) == 1 and len(texts) <= 1 + (not filled[0][0].isdigit()) * 99
    if alone and (
        _UNIT.search(joined.translate(WIDE)) or re.search(r"表(\(.*\))?$|表\d|附件", clean(joined))
    ):
        return joined
    if len(filled) <= 3 and _UNIT.search(joined.translate(WIDE)):
        return joined
    return None


def _unit_of(text: str) -> str:
    found = _UNIT.search(text.translate(WIDE)) or re.search(r"\((亿元|万元|元)\)", text.translate(WIDE))
    return found[1].removeprefix("人民币") if found else ""


def _ends(texts: list[list[str]]) -> bool:
    last = next((line for line in reversed(texts) if any(line)), [])
    return bool(last) and bool(re.match(r".*(总计|合计)$", clean(next(text for text in last if text))))


def _head(lines: list[list[Cell]], texts: list[list[str]]) -> int:
    """How many rows at the top are header: as far as its merged cells reach, no row of figures among them."""
    reach = max((cell.row + cell.rows for cell in lines[0]), default=0) - lines[0][0].row
    head = 0
    for number, line in enumerate(texts[:HEADER_ROWS]):
        if number == 0 and any(_figure_text(text) for text in line if text) and not is_numbering(line):
            return 0
        if number == 0 or is_numbering(line) or (number < reach and not _has_figures(line)):
            head = number + 1
            continue
        under_wide = any(cell.columns > 1 for cell in lines[number - 1])
        if _has_figures(line) or (line and line[0] and not under_wide):
            break
        if sum(bool(text) for text in line) >= 2:
            head = number + 1
            continue
        break
    return head


def _has_figures(line: list[str]) -> bool:
    return any(_figure_text(text) for text in line)


def _figure_text(text: str) -> bool:
    return bool(NUMBER.match(text.translate(WIDE)))


def is_numbering(line: list[str]) -> bool:
    """A row of column numbers or formulas: 栏次 1 2 3, 公式 A=B+C B C, 3=2/1*100."""
    filled = [clean(text) for text in line if text]
    named = [text for text in filled if FORMULA.match(text)]
    if not named or len(named) < len(filled) - 2:
        return False
    if any("=" in text for text in named):
        return True
    names = [text.partition("=")[0] for text in named]
    first = clean(line[0]) if line else ""
    if first in ("栏次", "公式", "行次", "列次") or all(name.isalpha() for name in names):
        return True
    start = int(names[0]) if names[0].isdigit() else 0
    return len(names) >= 2 and start == 1 and names == [str(start + step) for step in range(len(names))]


def goes_on(before: Sheet, after: Sheet) -> bool:
    """Whether a block carries on the table before it: the same header again, or none; no title of its own."""
    if after.title and after.title != before.title and not re.search(r"续", after.title):
        return False
    if after.unit and before.unit and after.unit != before.unit:
        return False
    width = [max(cell.column + cell.columns for cell in line) for line in (before.lines[0], after.lines[0])]
    if width[0] != width[1]:
        return False
    if after.head == 0:
        return after.block.page == before.block.page + 1 and not before.ended
    same = [list(map(clean, line)) for line in before.texts[: before.head]] == [
        list(map(clean, line)) for line in after.texts[: after.head]
    ]
    return same and (not before.ended or bool(after.title)) and before.block.sheet == after.block.sheet
