"""Sheets out: the blank's sheet XML patched inside the zip, every other member byte for byte as it was."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, replace
from typing import Any

from jiheng.documents import cells, rawzip, sheetxml, values
from jiheng.documents.archive import Archive
from jiheng.documents.fields import Field, Kind, lines_of, records
from jiheng.documents.template import (
    EMPTY_SHEET,
    SNAPSHOT_MEMBER,
    Block,
    FormTemplate,
    Pattern,
    SheetMap,
    built_in,
)
from jiheng.sheets import Sheet, to_json

TALLEST_ROW = 409  # Excel's own limit, in points
LINE_POINTS = 14
_HEIGHT = re.compile(r'\bht="([\d.]+)"')
CHUNK = 8000  # characters of the snapshot in a cell; Excel holds 32,767
_PRINTED = re.compile(r"(<definedName\b[^>]*>)([^<]*)(</definedName>)")
_ABSOLUTE = re.compile(r"\$([A-Z]{1,3})\$(\d+):\$([A-Z]{1,3})\$(\d+)")
_SNAPSHOT_NOTE = "本表由绩衡导出，此页记录取表时的版本和原值，导回时据此核对，请勿修改"


@dataclass(frozen=True, slots=True)
class Slot:
    """A hole in the sheet's XML: a single cell's pattern, a line's field (no field: the line's key), or the
    attributes of a row, whose height depends on the words in it."""

    pattern: Pattern = ()
    collection: str = ""
    index: int = 0
    field: Field | None = None
    width: float = 0  # of the cell and those merged with it, in characters; 0 if it does not count
    row: str | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A sheet's XML cut at its holes, its blocks grown to a number of lines."""

    literals: tuple[str, ...]
    slots: tuple[Slot, ...]
    tail: str
    merges: tuple[str, ...]
    levels: tuple[tuple[str, str, str, int], ...]  # collection, field, column, first row: merged where equal
    starts: tuple[int, ...]  # first row of each block, moved


def fill(sheet: Sheet, template: FormTemplate | None = None) -> bytes:
    """A sheet as a filled official workbook (xlsx).

    Lines beyond the blank's rows add rows and move what stands below. A very hidden sheet `_jiheng` carries
    the whole sheet with its header and revision, a hidden column the keys of the lines.
    """
    template = template or built_in(sheet.form)
    if template.form is not sheet.form:
        raise ValueError(f"template is for {template.form}, sheet is {sheet.form}")
    found = records(sheet)
    replaced = {SNAPSHOT_MEMBER.encode(): _snapshot(sheet)}
    growths = []
    for place, sheet_map in enumerate(template.sheets):
        counts = tuple(
            max(block.capacity, len(lines_of(sheet, block.collection))) for block in sheet_map.blocks
        )
        growths.append(counts)
        compiled = _compiled(template, place, counts)
        replaced[sheet_map.member.encode()] = _written(sheet, found, template, compiled).encode()
    grown = tuple(growths)
    if any(
        n > b.capacity
        for m, c in zip(template.sheets, grown, strict=True)
        for b, n in zip(m.blocks, c, strict=True)
    ):
        replaced[b"xl/workbook.xml"] = _moved_names(template, grown)
    return rawzip.patched(_raw(template), replaced)


def blank(template: FormTemplate) -> bytes:
    """The empty form, to be filled by hand."""
    return template.blank


@functools.lru_cache(maxsize=32)
def _raw(template: FormTemplate) -> rawzip.RawZip:
    return rawzip.opened(template.blank)


@functools.lru_cache(maxsize=32)
def _sources(template: FormTemplate) -> dict[str, str]:
    archive = Archive(template.blank, "空表.xlsx")
    members = [sheet.member for sheet in template.sheets] + ["xl/workbook.xml"]
    return {member: archive.read(member).decode("utf-8-sig") for member in members}


def _written(sheet: Sheet, found: dict[str, Any], template: FormTemplate, compiled: Compiled) -> str:
    lines = {
        name: lines_of(sheet, name)
        for name in {slot.collection for slot in compiled.slots if slot.collection}
    }
    out: list[str] = []
    row_at, row, height = 0, "", 0.0
    for literal, slot in zip(compiled.literals, compiled.slots, strict=True):
        out.append(literal)
        if slot.row is not None:
            row_at, row, height = len(out), slot.row, _height(slot.row)
            out.append(row)
            continue
        if not slot.collection:
            shown = pattern_shown(slot.pattern, found, template.separate)
        elif slot.index >= len(lines[slot.collection]):
            shown = values.EMPTY
        else:
            shown = _line_shown(slot, lines[slot.collection][slot.index], template)
        out.append(_tail(shown))
        if slot.width and (len(shown.text) * 2 > slot.width or "\n" in shown.text):
            need = _needed(shown.text, slot.width)
            if height and need > height:
                height = need
                out[row_at] = _HEIGHT.sub(f'ht="{need:g}"', row)
    ranges = [*compiled.merges, *_level_merges(lines, compiled)]
    out.append(sheetxml.with_merges(compiled.tail, ranges))
    return "".join(out)


def _line_shown(slot: Slot, line: Any, template: FormTemplate) -> values.Shown:
    if slot.field is None:
        return values.Shown("s", line.key)
    record = line.indicator if slot.field.group.endswith(".indicator") else line
    return values.shown(slot.field, record, template.separate)


def _height(attributes: str) -> float:
    match = _HEIGHT.search(attributes)
    return float(match[1]) if match else 0.0


def _needed(text: str, width: float) -> float:
    """The height in points that wrapped text takes; a Chinese character is two columns wide."""
    lines = sum(-(-len(part.encode("gbk", "replace")) * 1.08 // width) or 1 for part in text.split("\n"))
    return float(min(lines * LINE_POINTS + 6, TALLEST_ROW))


def _tail(shown: values.Shown) -> str:
    if shown.kind == "n":
        return f"><v>{shown.text}</v></c>"
    return sheetxml.text_cell(shown.text) if shown.text else "/>"


def pattern_shown(pattern: Pattern, found: dict[str, Any], separate: frozenset[str]) -> values.Shown:
    """A single cell: one field, or fields with words around; an empty field takes its brackets with it."""
    shown = []
    for part in pattern:
        if isinstance(part, str):
            shown.append(part)
            continue
        record = found.get(part.group)
        one = values.EMPTY if record is None else values.shown(part, record, separate)
        if len(pattern) == 1:
            return one
        shown.append(one.text)
    text = "".join(shown).replace("（）", "").replace("()", "")
    return values.Shown("s", text) if text else values.EMPTY


def _level_merges(lines: dict[str, tuple[Any, ...]], compiled: Compiled) -> list[str]:
    """Equal neighbours of 一级指标, and of 二级指标 within it, are one merged cell, as usual."""
    ranges = []
    for collection, name, column, first in compiled.levels:
        keys = []
        for line in lines.get(collection, ()):
            record = getattr(line, "indicator", line)
            keys.append((record.level1, record.level2 if name == "level2" else "", getattr(record, name)))
        start = 0
        for index in range(1, len(keys) + 1):
            if index == len(keys) or keys[index] != keys[start]:
                if index - start > 1 and keys[start][2]:
                    ranges.append(f"{column}{first + start}:{column}{first + index - 1}")
                start = index
    return ranges


@functools.lru_cache(maxsize=256)
def _compiled(template: FormTemplate, place: int, counts: tuple[int, ...]) -> Compiled:
    sheet_map = template.sheets[place]
    source = sheetxml.parsed(_sources(template)[sheet_map.member])
    move = mover(sheet_map, counts)
    widths = sheetxml.widths(source.head)
    merges, merged_columns = _moved_merges(source, sheet_map, counts, move)
    spans = {first: last for first, _, last in (item.partition(":") for item in merges)}
    out: list[str] = []
    slots: list[Slot] = []
    pending = source.head
    for row, index, block in _grown_rows(source, sheet_map, counts, move):
        slotted = [_slot(sheet_map, cell.column, row.number, index, block, move) for cell in row.cells]
        if any(slotted):
            out.append(f'{pending}<row r="{row.number}"')
            slots.append(Slot(row=f"{row.attributes}>"))
            pending = ""
        else:
            pending += sheetxml.row_start(row)
        for cell, slot in zip(row.cells, slotted, strict=True):
            if slot is None:
                pending += sheetxml.cell_xml(cell, row.number)
            else:
                style = f' s="{cell.style}"' if cell.style else ""
                out.append(f'{pending}<c r="{cell.column}{row.number}"{style}')
                slots.append(replace(slot, width=_width(slot, cell.column, row.number, widths, spans)))
                pending = ""
        pending += "</row>"
    starts = tuple(move(block.first, block.first)[0] for block in sheet_map.blocks)
    levels = [
        (block.collection, found.name, column, start)
        for block, start in zip(sheet_map.blocks, starts, strict=True)
        for column, found in block.columns
        if found.kind is Kind.LEVEL and column not in merged_columns
    ]
    tail = pending + sheetxml.moved_tail(source.tail, move)
    return Compiled(tuple(out), tuple(slots), tail, tuple(merges), tuple(levels), starts)


def _width(slot: Slot, column: str, row: int, widths: dict[int, float], spans: dict[str, str]) -> float:
    """How wide a cell's text may run. A level is merged downwards, a cell of several rows has room."""
    if (slot.field is not None and slot.field.kind is Kind.LEVEL) or (slot.collection and slot.field is None):
        return 0
    first = cells.column_number(column)
    last, bottom = cells.split(spans.get(f"{column}{row}", f"{column}{row}"))
    if bottom != row:
        return 0
    return sum(widths.get(number, 8.43) for number in range(first, cells.column_number(last) + 1))


def mover(sheet_map: SheetMap, counts: tuple[int, ...]) -> Any:
    """Where a range of the blank's rows comes to stand when its blocks hold that many lines."""
    extra = [(block, count - block.capacity) for block, count in zip(sheet_map.blocks, counts, strict=True)]

    def move(top: int, bottom: int) -> tuple[int, int]:
        above = sum(more for block, more in extra if block.last < top)
        below = sum(
            more
            for block, more in extra
            if block.last < bottom or (block.last == bottom and top <= block.first and top < bottom)
        )
        return top + above, bottom + below

    return move


def _grown_rows(source: sheetxml.SheetXml, sheet_map: SheetMap, counts: tuple[int, ...], move: Any) -> Any:
    ends = {block.last: (block, count) for block, count in zip(sheet_map.blocks, counts, strict=True)}
    for row in source.rows:
        block = next((b for b in sheet_map.blocks if b.first <= row.number <= b.last), None)
        number = move(row.number, row.number)[0]
        yield sheetxml.moved_row(row, number, move), row.number - block.first if block else 0, block
        if row.number in ends:
            last, count = ends[row.number]
            for more in range(1, count - last.capacity + 1):
                yield sheetxml.moved_row(row, number + more, move), last.capacity - 1 + more, last


def _slot(
    sheet_map: SheetMap, column: str, row: int, index: int, block: Block | None, move: Any
) -> Slot | None:
    if block is not None:
        if column == sheet_map.key_column:
            return Slot(collection=block.collection, index=index)
        for letters, found in block.columns:
            if letters == column:
                return Slot(collection=block.collection, index=index, field=found)
        return None
    for ref, pattern in sheet_map.singles.items():
        letters, number = cells.split(ref)
        if letters == column and move(number, number)[0] == row:
            return Slot(pattern)
    return None


def _moved_merges(
    source: sheetxml.SheetXml, sheet_map: SheetMap, counts: tuple[int, ...], move: Any
) -> tuple[list[str], set[str]]:
    ranges, merged_columns = [], set()
    ends = {block.last: count - block.capacity for block, count in zip(sheet_map.blocks, counts, strict=True)}
    for left, top, right, bottom in source.merges:
        new_top, new_bottom = move(top, bottom)
        ranges.append(f"{left}{new_top}:{right}{new_bottom}")
        if any(block.first <= top <= block.last for block in sheet_map.blocks):
            merged_columns.add(left)
        if top == bottom:
            for more in range(1, ends.get(top, 0) + 1):
                ranges.append(f"{left}{new_top + more}:{right}{new_top + more}")
    return ranges, merged_columns


@functools.lru_cache(maxsize=256)
def _moved_names(template: FormTemplate, counts: tuple[tuple[int, ...], ...]) -> bytes:
    """Print areas and print titles, which stand in the workbook and not in the sheet, moved too."""
    moves = {m.name: mover(m, own) for m, own in zip(template.sheets, counts, strict=True)}

    def name(match: re.Match[str]) -> str:
        sheet = match[2].rpartition("!")[0].strip("'").replace("''", "'")
        move = moves.get(sheet)
        if move is None or "," in match[2]:
            return match[0]

        def area(ref: re.Match[str]) -> str:
            top, bottom = move(int(ref[2]), int(ref[4]))
            return f"${ref[1]}${top}:${ref[3]}${bottom}"

        return match[1] + _ABSOLUTE.sub(area, match[2]) + match[3]

    return _PRINTED.sub(name, _sources(template)["xl/workbook.xml"]).encode()


def _snapshot(sheet: Sheet) -> bytes:
    """The whole sheet as JSON in cells; "_x" is written \\u005fx so that no reader takes it for an escape."""
    text = json.dumps(to_json(sheet), ensure_ascii=True, separators=(",", ":")).replace("_x", "\\u005fx")
    rows = [(_SNAPSHOT_NOTE,), ("form", sheet.form.value), ("format", "1")]
    rows += [("sheet", text[at : at + CHUNK]) for at in range(0, len(text), CHUNK)]
    xml = []
    for number, row in enumerate(rows, start=1):
        inner = "".join(
            f'<c r="{"AB"[at]}{number}"{sheetxml.text_cell(value)}' for at, value in enumerate(row)
        )
        xml.append(f'<row r="{number}">{inner}</row>')
    return EMPTY_SHEET.replace("<sheetData>", "<sheetData>" + "".join(xml)).encode()
