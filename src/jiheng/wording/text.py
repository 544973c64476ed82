"""A text whose every printed figure knows its exact value and the cells it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Run:
    """Words, or one printed figure: its exact value (yuan, plain number, per cent), its source ids.

    `how` says how a figure follows from its sources: 差额, 增减率, 占比, 完成率, 合计; empty for a cell.
    """

    text: str
    value: Decimal | None = None
    sources: tuple[str, ...] = ()
    how: str = ""

    @property
    def is_figure(self) -> bool:
        return self.value is not None


class Part(StrEnum):
    """What a paragraph is."""

    TITLE = "title"
    HEADING = "heading"  # 一、
    SUBHEADING = "subheading"  # （一）
    BODY = "body"
    ANNEX = "annex"  # 附件1, on a page of its own
    CAPTION = "caption"


@dataclass(frozen=True, slots=True)
class Paragraph:
    part: Part
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its heading, its share of the width, whether it holds figures."""

    heading: str
    width: int
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Run, ...], ...]


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Text:
    """One explanation. `lacking` says which contents are not in it because their figures are missing."""

    kind: str
    title: str
    blocks: tuple[Block, ...]
    lacking: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """The words alone, a line a paragraph; the cells of a table parted by tabs."""
        return "\n".join(lines_of(block) for block in self.blocks)

    def figures(self) -> tuple[Run, ...]:
        """Every printed figure, in the order of the text."""
        return tuple(run for block in self.blocks for run in runs_of(block) if run.is_figure)


def runs_of(block: Block) -> tuple[Run, ...]:
    """The runs of a paragraph, or of a table row by row."""
    if isinstance(block, Paragraph):
        return block.runs
    return tuple(run for row in block.rows for run in row)


def lines_of(block: Block) -> str:
    """A paragraph's words; a table's heads and rows."""
    if isinstance(block, Paragraph):
        return block.text
    heads = "\t".join(column.heading for column in block.columns)
    return "\n".join([heads, *("\t".join(run.text for run in row) for row in block.rows)])
