"""Where a character of a document stands, in words a person can follow."""

from __future__ import annotations

from bisect import bisect_right

from jiheng.documents.cells import column_letters
from jiheng.sheets.document import Block, BlockKind, Document


def place(document: Document, start: int) -> str:
    """“第3页 第12段”, “表2 第4行 第3列”, “工作表“三公” 单元格 C5”; empty where the document has no block."""
    blocks = document.blocks
    at = bisect_right(blocks, start, key=lambda block: block.start) - 1
    if not blocks:
        return ""
    block = blocks[max(at, 0)]
    page = f"第{block.page}页 " if block.page else ""
    if block.kind is BlockKind.TABLE:
        return _in_table(block, start) if block.sheet else page + _in_table(block, start)
    return page + _in_prose(document, block)


def _in_prose(document: Document, block: Block) -> str:
    if block.kind is BlockKind.HEADING:
        return f"标题“{document.text[block.start : min(block.end, block.start + 20)]}”"
    if block.kind is BlockKind.CONTENTS:
        return f"目录第{block.number}行"
    if block.kind is BlockKind.NOTE:
        return f"注释第{block.number}处"
    return f"第{block.number}段"


def _in_table(block: Block, start: int) -> str:
    cells = block.cells
    at = bisect_right(cells, start, key=lambda cell: cell.start) - 1
    cell = cells[max(at, 0)] if cells else None
    if block.sheet:
        where = f"工作表“{block.sheet}”"
        return f"{where} 单元格 {column_letters(cell.column + 1)}{cell.row + 1}" if cell else where
    where = f"表{block.number}"
    return f"{where} 第{cell.row + 1}行 第{cell.column + 1}列" if cell else where
