"""Worksheet XML as rows of cells that can be moved, cleared and written; nothing else is touched."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from jiheng.documents.archive import DocumentError
from jiheng.documents.cells import column_number, split

_ROW = re.compile(r"<row\b([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
_CELL = re.compile(r"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_REF = re.compile(r'\br="([A-Z]+)([0-9]+)"')
_STYLE = re.compile(r'\bs="([0-9]+)"')
_ROW_NUMBER = re.compile(r'\br="([0-9]+)"')
_ROW_OWN = re.compile(r'\s*\b(?:r|spans)="[^"]*"')
_MERGES = re.compile(r"<mergeCells\b.*?</mergeCells>", re.DOTALL)
_RANGE = re.compile(r'\bref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_SQREF = re.compile(r'\bsqref="([^"]+)"')
_FORMULA = re.compile(r"(<f\b[^>]*>)([^<]*)(</f>)")
_FORMULA_REF = re.compile(r"(?<![A-Za-z!_'.])(\$?[A-Z]{1,3}\$?)([0-9]{1,7})(?![0-9(A-Za-z_])")
_COL = re.compile(r"<col\b[^>]*/>")
_AFTER_MERGES = re.compile(
    r"<(?:phoneticPr|conditionalFormatting|dataValidations|hyperlinks|printOptions|pageMargins|pageSetup"
    r"|headerFooter|rowBreaks|colBreaks|customProperties|cellWatches|ignoredErrors|smartTags|drawing"
    r"|legacyDrawing|picture|oleObjects|controls|webPublishItems|tableParts|extLst)\b|</worksheet>"
)
_UNSAFE = re.compile("[&<>\x00-\x08\x0b\x0c\x0e-\x1f\r\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True, slots=True)
class CellXml:
    column: str
    style: str
    attributes: str  # without r
    inside: str | None


@dataclass(frozen=True, slots=True)
class RowXml:
    number: int
    attributes: str  # without r and spans
    cells: tuple[CellXml, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetXml:
    """head … <sheetData> rows </sheetData> tail, with the merged ranges taken out of the tail."""

    head: str
    rows: tuple[RowXml, ...]
    tail: str
    merges: tuple[tuple[str, int, str, int], ...] = field(default=())


def parsed(xml: str) -> SheetXml:
    """A worksheet as Excel, WPS, LibreOffice, openpyxl and XlsxWriter write it. Raises DocumentError else."""
    start, end = xml.find("<sheetData>"), xml.find("</sheetData>")
    if start < 0 or end < 0:
        raise DocumentError("空表的工作表结构不常见，无法填写，请用 Excel 或 WPS 打开后另存为 xlsx 再传")
    body = xml[start + 11 : end]
    rows = []
    for attributes, inside in _ROW.findall(body):
        number = _ROW_NUMBER.search(attributes)
        if number is None:
            raise DocumentError("空表的行没有编号，无法填写，请用 Excel 或 WPS 打开后另存为 xlsx 再传")
        found = tuple(_cell(*cell) for cell in _CELL.findall(inside))
        rows.append(RowXml(int(number[1]), _ROW_OWN.sub("", attributes), found))
    tail = xml[end:]
    merges = tuple((a, int(b), c, int(d)) for a, b, c, d in _RANGE.findall("".join(_MERGES.findall(tail))))
    return SheetXml(xml[: start + 11], tuple(rows), _MERGES.sub("", tail), merges)


def _cell(attributes: str, inside: str) -> CellXml:
    ref = _REF.search(attributes)
    if ref is None:
        raise DocumentError("空表的单元格没有编号，无法填写，请用 Excel 或 WPS 打开后另存为 xlsx 再传")
    style = _STYLE.search(attributes)
    rest = (attributes[: ref.start()] + attributes[ref.end() :]).strip()
    return CellXml(ref[1], style[1] if style else "", rest, inside or None)


def written(sheet: SheetXml) -> str:
    """The worksheet's XML again."""
    rows = "".join(
        row_start(row) + "".join(cell_xml(c, row.number) for c in row.cells) + "</row>" for row in sheet.rows
    )
    ranges = [f"{a}{b}:{c}{d}" for a, b, c, d in sheet.merges]
    return sheet.head + rows + with_merges(sheet.tail, ranges)


def row_start(row: RowXml) -> str:
    return f'<row r="{row.number}"{row.attributes}>'


def cell_xml(cell: CellXml, row: int) -> str:
    attributes = f" {cell.attributes}" if cell.attributes else ""
    if cell.inside is None:
        return f'<c r="{cell.column}{row}"{attributes}/>'
    return f'<c r="{cell.column}{row}"{attributes}>{cell.inside}</c>'


def with_merges(tail: str, ranges: list[str]) -> str:
    if not ranges:
        return tail
    block = (
        f'<mergeCells count="{len(ranges)}">'
        + "".join(f'<mergeCell ref="{r}"/>' for r in ranges)
        + "</mergeCells>"
    )
    match = _AFTER_MERGES.search(tail)
    place = match.start() if match else len(tail)
    return tail[:place] + block + tail[place:]


def cleared(cell: CellXml) -> CellXml:
    """The cell without content, its style kept."""
    return CellXml(cell.column, cell.style, f's="{cell.style}"' if cell.style else "", None)


def hide_column(head: str, column: str) -> str:
    """The sheet's head with one column hidden; ranges of columns that reach it are cut short."""
    number = column_number(column)
    hidden = f'<col min="{number}" max="{number}" width="0" hidden="1" customWidth="1"/>'
    kept = []
    for col in _COL.findall(head):
        low, high = int(_number(col, "min")), int(_number(col, "max"))
        if low < number:
            kept.append(re.sub(r'\bmax="\d+"', f'max="{min(high, number - 1)}"', col))
    head = re.sub(r"<cols>.*?</cols>|<dimension\b[^>]*/>", "", head, flags=re.DOTALL)
    return head.replace("<sheetData>", f"<cols>{''.join(kept)}{hidden}</cols><sheetData>")


def widths(head: str) -> dict[int, float]:
    """Column widths in characters by column number, as far as the sheet sets them."""
    found = {}
    for col in _COL.findall(head):
        low, high = _number(col, "min"), _number(col, "max")
        for column in range(int(low), min(int(high), 200) + 1):
            found[column] = _number(col, "width")
    return found


def _number(col: str, name: str) -> float:
    match = re.search(rf'\b{name}="([\d.]+)"', col)
    return float(match[1]) if match else 0.0


def moved_tail(tail: str, move: Callable[[int, int], tuple[int, int]]) -> str:
    """Validations, conditional formats and the like with their ranges moved."""

    def ranges(match: re.Match[str]) -> str:
        return f'sqref="{" ".join(moved_range(part, move) for part in match[1].split())}"'

    return _SQREF.sub(ranges, tail)


def moved_range(ref: str, move: Callable[[int, int], tuple[int, int]]) -> str:
    first, _, last = ref.replace("$", "").partition(":")
    left, top = split(first)
    right, bottom = split(last) if last else (left, top)
    top, bottom = move(top, bottom)
    return f"{left}{top}:{right}{bottom}" if last else f"{left}{top}"


def moved_row(row: RowXml, number: int, move: Callable[[int, int], tuple[int, int]]) -> RowXml:
    """The row under another number, the references in its formulas moved with the rows they mean."""

    def formula(match: re.Match[str]) -> str:
        text = _FORMULA_REF.sub(lambda ref: f"{ref[1]}{move(int(ref[2]), int(ref[2]))[0]}", match[2])
        return match[1] + text + match[3]

    found = tuple(
        replace(cell, inside=_FORMULA.sub(formula, cell.inside))
        if cell.inside and "<f" in cell.inside
        else cell
        for cell in row.cells
    )
    return RowXml(number, row.attributes, found)


def escaped(text: str) -> str:
    """Text for XML, with what XML cannot hold as Excel's _xHHHH_ and a literal _x0041_ kept literal."""
    if _UNSAFE.search(text) is None:
        return text
    return _UNSAFE.sub(lambda match: _NAMED.get(match[0]) or f"_x{ord(match[0]):04X}_", text)


def text_cell(text: str) -> str:
    """The rest of a `<c r=… s=…` that holds text: never a formula, whatever it begins with."""
    return f' t="inlineStr"><is><t xml:space="preserve">{escaped(text)}</t></is></c>'
