"""A printed table as rows and columns with meaning: header paths, labels, figures as intervals.

    for grid in grids(document): grid.panels[0].rows[3].figures[2]

Hides title and unit rows, headers of several rows and merged cells, the row of column numbers or formulas,
repeated headers, tables that go on in the next block, notes below, tables of two sides (收入 | 支出).
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from jiheng.claims.report import Operand
from jiheng.claims.table_layout import FORMULA, NUMBER, WIDE, Sheet, clean, goes_on, is_numbering, sheets
from jiheng.figures.reading import split_unit
from jiheng.sheets.document import Cell, Document

_BRACKETED = re.compile(r"\((\d[\d,.]*)\)$")
_HEADER_UNIT = re.compile(r"\((亿元|万元|千元|元|%|人|个|辆|人次|批次|户|次)\)")
_NAME_HEADER = re.compile(r"项目|名称|科目|地区|区划|单位|部门|指标|类别|县|市|内容|支出功能分类|收入|支出")
_CODE_HEADER = re.compile(r"编码|代码")
_LINE_HEADER = re.compile(r"^(序号|行次|栏次|年限|.*期限.*|年份|编号|.*时间.*|.*日期.*|.*利率.*)$")
_PERCENT_HEADER = re.compile(r"%|比重|占比|增长率|增幅|完成率|执行率|变动率|比例|增减率|进度$")
_MARKS = (
    ("一", re.compile(r"[一二三四五六七八九十百]{1,4}[、.,]")),
    ("(一)", re.compile(r"\([一二三四五六七八九十百]{1,4}\)[、.]?")),
    ("1", re.compile(r"\d{1,2}(?:、|\.(?!\d))")),
    ("(1)", re.compile(r"\(\d{1,2}\)|\d{1,2}\)")),
    ("①", re.compile(r"[①-⑳]")),
)
_PART = re.compile(r"(其中|内含)[:、,]?|#|\*(?!注)")
_TOTAL = re.compile(r"(.*(合计|总计|小计|共计)|计|总额|全[省市县区州国])(\([^)]*\))?$")
_CODE = re.compile(r"\d{3}(?:\d{2}){0,4}$")


class ColumnKind(StrEnum):
    """What stands in a column."""

    AMOUNT = "amount"
    PERCENT = "percent"
    LABEL = "label"
    CODE = "code"
    LINE = "line"  # 序号, 行次, dates: no figures
    FORMULA = "formula"  # 公式: A=B+C, one a row


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header from top to bottom, a merged header once; `formula` is what 公式 or 栏次 says."""

    index: int
    path: tuple[str, ...]
    kind: ColumnKind
    unit: str
    formula: str = ""

    @property
    def name(self) -> str:
        """The header as one string."""
        return "".join(self.path)


@dataclass(slots=True)
class Row:
    """A row of one panel; `label` is its name without numbering and 其中, `mark` the numbering's style."""

    number: int
    typed: str
    label: str
    start: int
    end: int
    mark: str = ""
    order: str = ""  # the numbering as printed: “三、”
    indent: int = 0
    code: str = ""
    formula: str = ""
    is_part: bool = False
    is_total: bool = False
    figures: dict[int, Operand] = field(default_factory=dict)


@dataclass(slots=True)
class Panel:
    """Label columns and the figure columns to their right; `side` is the header of the label column."""

    side: str
    columns: tuple[Column, ...]
    rows: list[Row]


@dataclass(slots=True)
class Grid:
    """One table over all its blocks. `is_paged`: read from pages, so a blank may be a reading fault."""

    title: str
    unit: str
    start: int
    is_paged: bool
    panels: list[Panel]


def grids(document: Document) -> list[Grid]:
    """Every table of a document that has figures; a table that goes on in the next block is one grid."""
    result: list[Grid] = []
    last: tuple[Sheet, list[Sheet]] | None = None
    for sheet in sheets(document):
        if last and goes_on(last[1][-1], sheet):
            last[1].append(sheet)
            continue
        if last:
            result.append(_grid(document, last[1]))
        last = (sheet, [sheet])
    if last:
        result.append(_grid(document, last[1]))
    return [grid for grid in result if any(panel.rows for panel in grid.panels)]


def _grid(document: Document, sheets: list[Sheet]) -> Grid:
    first = sheets[0]
    repeated = {tuple(map(clean, line)) for line in first.texts[: first.head]}
    body: list[tuple[list[Cell], list[str]]] = []
    for sheet in sheets:
        for line, texts in zip(sheet.lines[sheet.head :], sheet.texts[sheet.head :], strict=True):
            if len(repeated) and tuple(map(clean, texts[:3])) in {key[:3] for key in repeated}:
                continue
            body.append((line, texts))
    paths, formulas = _headers(first)
    kinds = _kinds(paths, formulas, body)
    unit = first.unit
    columns = [
        Column(index, path, kinds[index], _column_unit(path, kinds[index], unit), formulas.get(index, ""))
        for index, path in sorted(paths.items())
    ]
    panels = [_panel(group, body) for group in _split(columns)]
    return Grid(first.title, unit, first.block.start, first.block.page > 0, panels)


def _headers(sheet: Sheet) -> tuple[dict[int, tuple[str, ...]], dict[int, str]]:
    width = max(cell.column + cell.columns for line in sheet.lines for cell in line)
    paths: dict[int, list[str]] = {index: [] for index in range(width)}
    formulas: dict[int, str] = {}
    for line, texts in zip(sheet.lines[: sheet.head], sheet.texts[: sheet.head], strict=True):
        if is_numbering(texts):
            for cell, text in zip(line, texts, strict=True):
                if FORMULA.match(clean(text)):
                    formulas[cell.column] = clean(text)
            continue
        for cell, text in zip(line, texts, strict=True):
            for index in range(cell.column, min(cell.column + cell.columns, width)):
                paths[index].append(clean(text))
    return {index: _trimmed(path) for index, path in paths.items()}, formulas


def _trimmed(path: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for name in path:
        if not kept or name != kept[-1]:
            kept.append(name)
    while kept and not kept[0]:
        kept = kept[1:]
    return tuple(kept)


def _kinds(
    paths: dict[int, tuple[str, ...]],
    formulas: dict[int, str],
    body: list[tuple[list[Cell], list[str]]],
) -> dict[int, ColumnKind]:
    counts: dict[int, Counter[str]] = {index: Counter() for index in paths}
    for line, texts in body[:2000]:
        for cell, text in zip(line, texts, strict=True):
            if text and cell.columns <= 2:
                counts[cell.column][_sort_of(text)] += 1
    kinds = {}
    for index, path in paths.items():
        name, seen = "".join(path), counts[index]
        figures = seen["figure"] + seen["percent"]
        if _CODE_HEADER.search(name) or (seen["code"] and seen["code"] >= seen.total() * 0.7 and index == 0):
            kinds[index] = ColumnKind.CODE
        elif seen["formula"] > seen.total() * 0.6 or name in ("公式",):
            kinds[index] = ColumnKind.FORMULA
        elif _LINE_HEADER.match(name):
            kinds[index] = ColumnKind.LINE
        elif seen["text"] > figures + seen["code"] or (not seen.total() and index == 0):
            kinds[index] = ColumnKind.LABEL
        elif seen["percent"] > seen["figure"] or _PERCENT_HEADER.search(path[-1] if path else ""):
            kinds[index] = ColumnKind.PERCENT
        else:
            kinds[index] = ColumnKind.AMOUNT
    return kinds


def _sort_of(text: str) -> str:
    found = NUMBER.match(text.translate(WIDE))
    if found:
        if found["percent"]:
            return "percent"
        return "code" if _CODE.match(text) and len(text) in (3, 5, 7) and text[0] in "1235" else "figure"
    return "formula" if re.match(r"[A-Z](=|$)", text) else "mark" if text in "-—…/" else "text"


def _column_unit(path: tuple[str, ...], kind: ColumnKind, unit: str) -> str:
    if kind is ColumnKind.PERCENT:
        return "%"
    found = _HEADER_UNIT.search("".join(path))
    return found[1] if found else unit


def _split(columns: list[Column]) -> list[list[Column]]:
    """Panels: a new one begins where labels stand to the right of figures, with figures of their own."""
    groups: list[list[Column]] = [[]]
    for column in columns:
        group = groups[-1]
        has_figures = any(other.kind in (ColumnKind.AMOUNT, ColumnKind.PERCENT) for other in group)
        if has_figures and column.kind in (ColumnKind.LABEL, ColumnKind.CODE):
            groups.append([])
        groups[-1].append(column)
    return [
        group
        for group in groups
        if any(column.kind in (ColumnKind.AMOUNT, ColumnKind.PERCENT) for column in group)
    ]


def _panel(columns: list[Column], body: list[tuple[list[Cell], list[str]]]) -> Panel:
    labels = [column for column in columns if column.kind is ColumnKind.LABEL]
    labels.sort(key=lambda column: (not _NAME_HEADER.search(column.name), column.index))
    named = {column.index: column for column in columns}
    rows = []
    for number, (line, texts) in enumerate(body):
        cells = {cell.column: (cell, text) for cell, text in zip(line, texts, strict=True) if text}
        row = _row(number, cells, labels, named)
        if row is not None:
            rows.append(row)
    return Panel(labels[0].name if labels else "", tuple(columns), rows)


def _row(
    number: int, cells: dict[int, tuple[Cell, str]], labels: list[Column], named: dict[int, Column]
) -> Row | None:
    typed = next((cells[column.index] for column in labels if column.index in cells), None)
    present = [index for index in cells if index in named]
    if not present:
        return None
    first = cells[min(present)][0]
    row = Row(number, typed[1] if typed else "", "", first.start, first.end)
    if typed:
        row.start, row.end = typed[0].start, typed[0].end
        _name(row)
    code = ""
    for index in present:
        column, (cell, text) = named[index], cells[index]
        if column.kind in (ColumnKind.AMOUNT, ColumnKind.PERCENT):
            figure = operand(text, column.unit, cell.start)
            if figure is not None:
                row.figures[index] = figure
        elif column.kind is ColumnKind.CODE:
            code += clean(text)
        elif column.kind is ColumnKind.FORMULA:
            row.formula = clean(text)
    if not row.label and code and not code.isdigit():
        row.typed = row.label = code  # 合计 merged over code and name
        row.is_total = bool(_TOTAL.match(code))
    row.code = code if _CODE.match(code) else ""
    return row


def _name(row: Row) -> None:
    label = clean(row.typed)
    for _ in range(2):
        part = _PART.match(label)
        if part:
            row.is_part, label = True, label[part.end() :]
        for style, pattern in _MARKS:
            found = pattern.match(label)
            if found and found.end() < len(label):
                row.mark, row.order, label = style, found[0], label[found.end() :]
                break
        if not _PART.match(label):
            break
    row.label = label
    row.is_total = bool(_TOTAL.match(label))


@functools.lru_cache(maxsize=1024)
def _scale(places: int, unit: str) -> tuple[Decimal, Decimal]:
    """The factor to base units and half of the last printed digit in them; 0 where the unit is exact."""
    scale = split_unit(unit)[0] if unit else Decimal(1)
    exact = unit in ("元", "人", "个", "辆", "人次", "批次", "户", "次")
    return scale, Decimal(0) if exact else Decimal(1).scaleb(-places) * scale / 2


def operand(text: str, unit: str, start: int) -> Operand | None:
    """The figure of a cell whose column is in `unit`, None where there is none (blank, “-”, words)."""
    plain = text if text.isascii() else text.translate(WIDE).strip()
    bracketed = _BRACKETED.match(plain)
    found = NUMBER.match("-" + bracketed[1] if bracketed else plain)
    if not found:
        return None
    sign, digits, point, percent = found.groups()
    shown = "%" if percent else unit
    scale, half = _scale(len(point) - 1 if point else 0, shown)
    value = Decimal(sign + digits.replace(",", "") + (point or ""))
    return Operand(text, value * scale if scale != 1 else value, shown, start, start + len(text), half)
