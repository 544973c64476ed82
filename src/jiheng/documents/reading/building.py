"""A document put together block by block: offsets, numbers, titles and units come from here alone."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from jiheng.documents.archive import DocumentError
from jiheng.documents.reading import wording
from jiheng.documents.reading.limits import Clock, ReadingLimits
from jiheng.sheets.document import Block, BlockKind, Cell, Document

_ABOVE = 5  # blocks above a table among which its caption and unit are looked for
_TITLE = 60
_FIRST_CELLS = 60  # of a table, its title and unit among them


class GridCell(NamedTuple):
    """A cell of a table as a format's reader found it; rows and columns count from 0."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1


class Source(NamedTuple):
    """A file in hand: its bytes, what it is called, what reading it may cost."""

    data: bytes
    name: str
    limits: ReadingLimits
    clock: Clock


class _Blocks:
    """What texts given as they are and texts put together share: numbering, titles, limits."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._blocks: list[Block] = []
        self._recent: list[str] = []  # texts of the last blocks, for a table's title
        self._numbers: Counter[BlockKind] = Counter()
        self._cells = 0
        self.unread: list[str] = []

    def _close(self, block: Block, text: str) -> None:
        self._source.clock.check()
        self._numbers[block.kind] += 1
        self._blocks.append(dataclasses.replace(block, number=self._numbers[block.kind]))
        self._recent = [*self._recent[1 - _ABOVE :], text]

    def _count(self, cells: int) -> None:
        self._cells += cells
        if self._cells > self._source.limits.cells:
            most = self._source.limits.cells // 10_000
            raise DocumentError(f"文件“{self._source.name}”的表格单元格超过上限 {most} 万个，请拆分后再查")

    def _check_length(self, length: int) -> None:
        if length > self._source.limits.characters:
            most = self._source.limits.characters // 10_000
            raise DocumentError(f"文件“{self._source.name}”的文字超过上限 {most} 万字，请拆分后再查")

    def _finished(self, text: str) -> Document:
        source = self._source
        if not self._blocks and not self.unread:
            raise DocumentError(f"文件“{source.name}”里没有文字，请核对后再查")
        digest = hashlib.sha256(source.data).hexdigest()
        return Document(source.name, digest, text, tuple(self._blocks), tuple(self.unread))


class Outline(_Blocks):
    """Blocks over a text that is already there and stays as it is."""

    def __init__(self, source: Source, text: str) -> None:
        super().__init__(source)
        self._text = text
        self._check_length(len(text))

    def line(self, start: int, end: int, *, page: int = 0) -> None:
        text = self._text[start:end]
        kind, level = kind_of_line(text)
        self._close(Block(kind, start, end, level=level, page=page), text)

    def table(self, rows: Sequence[Sequence[tuple[int, int]]], *, page: int = 0) -> None:
        """Rows of cells, each from start to end; empty ones are passed over."""
        cells = tuple(
            Cell(number, column, start, end)
            for number, row in enumerate(rows)
            for column, (start, end) in enumerate(row)
            if end > start
        )
        if cells:
            self._count(len(cells))
            title, unit = title_and_unit(self._recent)
            start, end = cells[0].start, cells[-1].end
            block = Block(BlockKind.TABLE, start, end, page=page, title=title[:_TITLE], cells=cells)
            self._close(dataclasses.replace(block, unit=unit), "")

    def finish(self) -> Document:
        return self._finished(self._text)


class Builder(_Blocks):
    """Takes blocks in reading order and puts the text together."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._parts: list[str] = []
        self._length = 0

    def line(self, text: str, *, page: int = 0, sheet: str = "") -> None:
        """A paragraph, which is a heading or a line of the contents if it reads like one."""
        kind, level = kind_of_line(text)
        self.add(kind, text, level=level, page=page, sheet=sheet)

    def add(self, kind: BlockKind, text: str, *, level: int = 0, page: int = 0, sheet: str = "") -> None:
        """Any block but a table; blank ones are passed over."""
        text = text.strip()
        if text:
            start, end = self._append(text)
            self._close(Block(kind, start, end, level=level, page=page, sheet=sheet), text)

    def table(self, grid: Sequence[GridCell], *, page: int = 0, sheet: str = "", title: str = "") -> None:
        """A table; an empty cell is a place in it, but no cell of the block. `title`: if none is found."""
        filled = sorted(cell for cell in grid if cell.text)
        if not filled:
            return
        self._count(len(filled))
        above, unit = ("", "") if sheet else title_and_unit(self._recent)
        own_title, own_unit = _from_its_rows(filled)
        text, cells = _laid_out(filled, self._length)
        start, end = self._append(text)
        name = own_title or above or title
        block = Block(BlockKind.TABLE, start, end, page=page, sheet=sheet, title=name[:_TITLE], cells=cells)
        self._close(dataclasses.replace(block, unit=own_unit or unit), "")

    def finish(self) -> Document:
        return self._finished("".join(self._parts))

    def _append(self, text: str) -> tuple[int, int]:
        start = self._length
        self._length += len(text) + 1
        self._check_length(self._length)
        self._parts += (text, "\n")
        return start, start + len(text)


def kind_of_line(text: str) -> tuple[BlockKind, int]:
    """Heading with its level, line of the contents, or paragraph."""
    if wording.is_contents_line(text):
        return BlockKind.CONTENTS, 0
    level = wording.heading_level(text)
    return (BlockKind.HEADING, level) if level else (BlockKind.PARAGRAPH, 0)


def title_and_unit(lines: Sequence[str]) -> tuple[str, str]:
    """Of the lines above a table, nearest last; an empty one is another table, the end of it."""
    title = unit = ""
    for line in reversed(lines):
        if not line or len(line) > 2 * _TITLE:
            break
        unit = unit or wording.unit_in(line)
        rest = wording.without_unit(line)
        if wording.is_caption(rest):
            return rest, unit
        if not title and 1 < len(rest) <= _TITLE and not any(mark in rest for mark in "。；，"):
            title = rest
    return title, unit


def _from_its_rows(cells: Sequence[GridCell]) -> tuple[str, str]:
    """Title and unit where they stand in a table's own first rows, the title alone in its row."""
    title = unit = ""
    alone = Counter(cell.row for cell in cells[:_FIRST_CELLS])
    for cell in cells[:_FIRST_CELLS]:
        if cell.row - cells[0].row > 3:
            break
        unit = unit or (wording.unit_in(cell.text) if len(cell.text) < _TITLE else "")
        rest = wording.without_unit(cell.text)
        if not title and alone[cell.row] == 1 and cell.column < 2 and 1 < len(rest) <= _TITLE:
            is_wide = cell.columns > 1 or cell.row == cells[0].row
            title = rest if is_wide and wording.is_title(rest.rstrip("表")) else ""
    return title, unit


def _laid_out(cells: Sequence[GridCell], at: int) -> tuple[str, tuple[Cell, ...]]:
    """Text of a table whose cells come row by row, and the cells with their offsets from `at` on."""
    parts, placed = [], []
    row, column = cells[0].row, 0
    for cell in cells:
        if cell.row > row:
            parts.append("\n")
            at, row, column = at + 1, cell.row, 0
        if gap := cell.column - column:
            parts.append("\t" * gap)
            at, column = at + gap, cell.column
        parts.append(cell.text)
        end = at + len(cell.text)
        placed.append(Cell(cell.row, cell.column, at, end, cell.rows, cell.columns))
        at = end
    return "".join(parts), tuple(placed)
