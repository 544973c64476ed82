"""A document as read: one text, its blocks, and where each stands in the file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """What a stretch of a document's text is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    TABLE = "table"
    CONTENTS = "contents"  # 目录
    NOTE = "note"  # footnote, header, text box: read, but no part of the running text


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table that is not empty; a merged cell stands once, at its top left, with its spans."""

    row: int  # from 0
    column: int  # from 0
    start: int
    end: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a table: `text[start:end]` of its document.

    A table's text is its cells row by row, joined by tabs and line breaks; `title` and `unit` are what stands
    above it (“三公经费支出表”, “万元”), empty if nothing does. `number` counts the blocks of one kind from 1.
    """

    kind: BlockKind
    start: int
    end: int
    number: int = 0
    level: int = 0  # of a heading, from 1
    page: int = 0  # from 1; 0 where the format has no pages
    sheet: str = ""  # of a workbook
    title: str = ""
    unit: str = ""
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """All text of a file; offsets everywhere are characters of `text`.

    Lines wrapped by a page are joined again, and spaces that justify a line are gone. `unread` says in
    Chinese what is in the file and could not be read (scanned pages, pictures, garbled fonts), with its page.
    """

    name: str
    sha256: str
    text: str
    blocks: tuple[Block, ...]
    unread: tuple[str, ...] = ()
