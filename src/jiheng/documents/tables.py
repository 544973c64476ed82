"""Tables by column specification: templates for bulk import, reading with every bad cell named, exports."""

from __future__ import annotations

import datetime
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

import xlsxwriter

from jiheng.documents.archive import LIMITS, DocumentError, Limits
from jiheng.documents.cells import column_letters
from jiheng.documents.matching import folded
from jiheng.documents.workbook import Cell, Workbook, Worksheet, open_workbook
from jiheng.figures import FigureError, amount_in_wan, parse
from jiheng.sheets import Amount, Missing, Place, plain

HEADER_ROWS = 15  # a title and notes may stand above the header
MOST_BAD = 500
GUIDE = "说明"
_LIST_ROWS = 5000
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EPOCH = datetime.date(1899, 12, 30)


class ColumnKind(StrEnum):
    TEXT = "text"
    CODE = "code"  # digits whose leading zeros count
    WAN = "wan"  # money in 万元
    YUAN = "yuan"  # money in 元
    WHOLE = "whole"
    DATE = "date"
    CHOICE = "choice"
    PERCENT = "percent"


_UNITS = {ColumnKind.WAN: "万元", ColumnKind.YUAN: "元", ColumnKind.PERCENT: "%"}
_EXPECTED = {
    ColumnKind.TEXT: "文字",
    ColumnKind.CODE: "编码，按文本填写，前面的 0 要保留",
    ColumnKind.WAN: "金额，单位万元，只写数字",
    ColumnKind.YUAN: "金额，单位元，只写数字",
    ColumnKind.WHOLE: "整数",
    ColumnKind.DATE: "日期，如 2024-03-01",
    ColumnKind.CHOICE: "从下拉列表中选",
    ColumnKind.PERCENT: "百分数，如 95 或 95%",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name in code, its title in the file, what may stand in it."""

    name: str
    title: str
    kind: ColumnKind | str = ColumnKind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    width: float = 16
    help: str = ""
    aliases: tuple[str, ...] = ()  # other titles of the same column, as upstream systems print them

    @property
    def heading(self) -> str:
        """The title with its unit, as the template prints it."""
        unit = _UNITS.get(ColumnKind(self.kind), "")
        return f"{self.title}（{unit}）" if unit and unit not in self.title else self.title


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that cannot be taken: row from 1 and column as the user sees them, and why."""

    row: int
    column: str
    letter: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"第 {self.row} 行" if self.row else "表头"
        cell = f"（{self.letter}{self.row}）" if self.row and self.letter else ""
        said = f"“{self.value}”：" if self.value else ""
        return f"{where}“{self.column}”{cell}{said}{self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data; an empty cell that is not required is None. Money is Decimal yuan."""

    number: int
    values: dict[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class TableRead:
    """Good rows, and bad cells up to a cap (`bad_count` counts all); a row with a bad cell is no good row."""

    rows: list[Row]
    bad: list[BadCell]
    bad_count: int = 0
    row_count: int = 0
    letters: Mapping[str, str] = field(default_factory=dict)  # column name → letter


@dataclass(frozen=True, slots=True)
class _Header:
    row: int
    letters: dict[str, str]  # column name → letter


def read(data: bytes, name: str, columns: Sequence[Column], limits: Limits = LIMITS) -> TableRead:
    """The rows of an xlsx, xls or CSV table, columns matched by title.

    Raises DocumentError if the file cannot be read or holds no such header; bad cells are listed, not raised.
    """
    sheet, header, problems = _find(open_workbook(data, name, limits), columns)
    if problems:
        return TableRead([], problems, len(problems), 0)
    found = TableRead([], [])
    bad_count = row_count = 0
    for number in sorted(sheet.rows):
        if number <= header.row:
            continue
        cells = {
            column.name: sheet.cell(f"{header.letters[column.name]}{number}")
            for column in columns
            if column.name in header.letters
        }
        if not any(cell.text.strip() for cell in cells.values()):
            continue
        row_count += 1
        values, bad = _row(number, cells, columns, sheet)
        bad_count += len(bad)
        found.bad.extend(bad[: max(0, MOST_BAD - len(found.bad))])
        if not bad:
            found.rows.append(Row(number, values, Place(name, sheet.name, number)))
    if not row_count:
        raise DocumentError(f"文件“{name}”的工作表“{sheet.name}”只有表头，没有数据，请填写后再传")
    return TableRead(found.rows, found.bad, bad_count, row_count, header.letters)


def _find(book: Workbook, columns: Sequence[Column]) -> tuple[Worksheet, _Header, list[BadCell]]:
    best: tuple[int, Worksheet, _Header, list[str]] | None = None
    wanted = {
        folded(word): column.name
        for column in columns
        for word in (column.title, column.heading, *column.aliases)
    }
    for sheet in book.visible:
        for number in sorted(sheet.rows)[:HEADER_ROWS]:
            letters: dict[str, str] = {}
            twice = []
            for letter in sheet.rows[number]:
                known = wanted.get(folded(sheet.text(f"{letter}{number}").strip().strip("*＊")))
                if known in letters:
                    twice.append(known)
                elif known:
                    letters[known] = letter
            if best is None or len(letters) > best[0]:
                best = (len(letters), sheet, _Header(number, letters), twice)
    if best is None or best[0] == 0:
        titles = "、".join(column.title for column in columns)
        raise DocumentError(
            f"文件“{book.name}”里没有找到表头（应有：{titles}）：请下载模板，保留表头一行后再传"
        )
    _, sheet, header, twice = best
    return sheet, header, _header_problems(columns, header, twice)


def _header_problems(columns: Sequence[Column], header: _Header, twice: list[str]) -> list[BadCell]:
    bad = []
    for column in columns:
        if column.name in twice:
            letter = header.letters[column.name]
            bad.append(BadCell(header.row, column.title, letter, "", "这一列出现了两次，请只留一列"))
        elif column.required and column.name not in header.letters:
            bad.append(BadCell(header.row, column.title, "", "", "缺少这一列，请从模板补上表头"))
    return bad


def _row(
    number: int, cells: Mapping[str, Cell], columns: Sequence[Column], sheet: Worksheet
) -> tuple[dict[str, Any], list[BadCell]]:
    values: dict[str, Any] = {}
    bad = []
    for column in columns:
        cell = cells.get(column.name)
        values[column.name] = None
        if cell is None:
            continue
        try:
            owner = sheet.merged_into.get(cell.ref, cell.ref) if sheet.merges else cell.ref
            if owner != cell.ref:
                raise ValueError(f"这一格被并进了 {owner}，请取消合并，逐行填写")
            values[column.name] = _value(column, cell)
        except ValueError as error:
            letter = cell.ref.rstrip("0123456789")
            bad.append(BadCell(number, column.title, letter, _shown(cell.text.strip()[:60]), str(error)))
    return values, bad


def _value(column: Column, cell: Cell) -> Any:
    """A cell's value by its column's kind. Raises ValueError with a Chinese reason."""
    text = cell.text.strip()
    if cell.is_formula:
        raise ValueError("这是公式，导入只收数值：请复制后用“选择性粘贴—数值”贴回")
    if cell.kind == "error":
        raise ValueError("这是错误值，请改成正确的内容")
    if not text:
        if column.required:
            raise ValueError(f"必填，不能为空（应填{_EXPECTED[ColumnKind(column.kind)]}）")
        return None
    return _READERS[ColumnKind(column.kind)](column, cell, text)


def _text(column: Column, cell: Cell, text: str) -> str:
    return _shown(text)


def _shown(text: str) -> str:
    """Without control characters, which no database takes and nobody sees; line ends stay."""
    return text if text.isprintable() else _CONTROL.sub("", text)


def _code(column: Column, cell: Cell, text: str) -> str:
    code = unicodedata.normalize("NFKC", text).lstrip("'").replace(" ", "")
    if not re.fullmatch(r"[0-9A-Za-z_.\-]+", code):
        raise ValueError("编码只能由数字、字母和 - _ . 组成")
    if cell.kind in ("number", "date", "percent") and (
        len(code) > 15 or "." in code or cell.kind != "number"
    ):
        raise ValueError("编码被存成了数值，位数可能已丢失：请把整列设为“文本”格式后重新填写")
    return code


def _wan(column: Column, cell: Cell, text: str) -> Decimal:
    return _money(cell, text, "万元")


def _yuan(column: Column, cell: Cell, text: str) -> Decimal:
    return _money(cell, text, "元")


def _money(cell: Cell, text: str, unit: str) -> Decimal:
    if cell.kind in ("date", "percent"):
        raise ValueError(f"不是金额：请把单元格格式改为数值，单位{unit}，只写数字")
    if unit == "万元":
        return amount_in_wan(text).yuan
    figure = parse(text)
    if figure.unit not in ("", "元"):
        in_yuan = f"，请换算后写 {plain(figure.value * figure.scale)}" if figure.base_unit == "元" else ""
        raise FigureError(f"单位是“{figure.unit}”：本列单位是元{in_yuan}")
    if abs(figure.value) >= Decimal(10) ** 14:  # first: more digits than a Decimal reckons with have no rest
        raise FigureError("金额过大，请核对单位是不是元")
    if figure.value % Decimal("0.01"):
        raise FigureError("精确到了分以下：以元为单位时小数最多 2 位，请核对")
    return figure.value


def _whole(column: Column, cell: Cell, text: str) -> int:
    figure = parse(text)
    if abs(figure.value) >= Decimal(10) ** 9:
        raise ValueError("数字过大，请核对")
    if figure.unit or figure.value % 1:
        raise ValueError("应是整数，只写数字")
    return int(figure.value)


def _percent(column: Column, cell: Cell, text: str) -> Decimal:
    """In percent: 95% and 95 are 95."""
    figure = parse(text)
    if figure.unit not in ("", "%"):
        raise ValueError("应是百分数，如 95 或 95%")
    return figure.value


def _date(column: Column, cell: Cell, text: str) -> datetime.date:
    clean = unicodedata.normalize("NFKC", text).strip()
    match = _DATE.fullmatch(clean) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", clean)
    try:
        if match:
            return datetime.date(int(match[1]), int(match[2]), int(match[3]))
        if cell.kind == "number" and re.fullmatch(r"\d{5}(\.\d+)?", clean):
            return _EPOCH + datetime.timedelta(days=int(clean.partition(".")[0]))
    except ValueError:
        raise ValueError("没有这一天，请核对年月日") from None
    raise ValueError("不是日期，请写成 2024-03-01 这样")


def _choice(column: Column, cell: Cell, text: str) -> str:
    same = {folded(choice): choice for choice in column.choices}
    if folded(text) in same:
        return same[folded(text)]
    shown = "、".join(column.choices[:12]) + ("……" if len(column.choices) > 12 else "")
    raise ValueError(f"不在可选范围，请从“{shown}”中选一个")


_READERS: dict[ColumnKind, Any] = {
    ColumnKind.TEXT: _text,
    ColumnKind.CODE: _code,
    ColumnKind.WAN: _wan,
    ColumnKind.YUAN: _yuan,
    ColumnKind.WHOLE: _whole,
    ColumnKind.DATE: _date,
    ColumnKind.CHOICE: _choice,
    ColumnKind.PERCENT: _percent,
}


# ── out ───────────────────────────────────────────────────────────────────────────────────────────────


def template(columns: Sequence[Column], title: str, example_rows: Iterable[Mapping[str, Any]] = ()) -> bytes:
    """An import template: the table to fill, and a 说明 sheet with every column's meaning and the examples.

    The examples stand on the 说明 sheet only, so that nobody imports them by mistake.
    """
    stream, book, styles = _book()
    page = book.add_worksheet(_sheet_name(title))
    _heading(page, columns, styles, 0)
    for place, column in enumerate(columns):
        page.set_column(place, place, column.width, styles[_column_style(column)])
        _validation(book, page, column, place)
    page.freeze_panes(1, 0)
    guide = book.add_worksheet(GUIDE)
    guide.set_column(0, 0, 24)
    guide.set_column(1, 3, 30)
    guide.write_string(0, 0, f"{title}：填写说明", styles["title"])
    for place, word in enumerate(("列名", "是否必填", "填写要求", "备注")):
        guide.write_string(2, place, word, styles["heading"])
    for row, column in enumerate(columns, start=3):
        expected = _EXPECTED[ColumnKind(column.kind)]
        if column.choices:
            expected += "：" + "、".join(column.choices[:30])
        for place, word in enumerate(
            (column.heading, "必填" if column.required else "可空", expected, column.help)
        ):
            guide.write_string(row, place, word, styles["text"])
    examples = list(example_rows)
    if examples:
        start = len(columns) + 5
        guide.write_string(start - 1, 0, "示例（仅供参考，请填到前一张工作表）", styles["title"])
        for place, column in enumerate(columns):
            guide.write_string(start, place, f"例：{column.heading}", styles["heading"])
        _body(guide, columns, examples, styles, start + 1)
    book.close()
    return stream.getvalue()


def write(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], title: str = "") -> bytes:
    """Rows as a workbook. Money is given in Decimal yuan (or Amount) and printed in the column's unit.

    Text stays text whatever it begins with: = + - @ make no formula.
    """
    stream, book, styles = _book()
    page = book.add_worksheet(_sheet_name(title or "数据"))
    start = 0
    if title:
        page.write_string(0, 0, title, styles["title"])
        start = 1
    for place, column in enumerate(columns):
        page.set_column(place, place, column.width)
    _heading(page, columns, styles, start)
    last = _body(page, columns, rows, styles, start + 1)
    page.freeze_panes(start + 1, 0)
    page.autofilter(start, 0, max(last, start), len(columns) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(start)
    book.close()
    return stream.getvalue()


def _book() -> tuple[io.BytesIO, Any, dict[str, Any]]:
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(stream, options)
    font = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
    box = font | {"border": 1}
    styles = {
        "title": font | {"bold": True, "font_size": 14},
        "heading": box | {"bold": True, "bg_color": "#EEF2F6", "text_wrap": True, "align": "center"},
        "text": box | {"text_wrap": True, "num_format": "@"},
        "money": box | {"num_format": "#,##0.00####", "align": "right"},
        "whole": box | {"num_format": "0", "align": "right"},
        "number": box | {"num_format": "General", "align": "right"},
        "date": box | {"num_format": "yyyy-mm-dd", "align": "center"},
    }
    return stream, book, {name: book.add_format(style) for name, style in styles.items()}


def _heading(page: Any, columns: Sequence[Column], styles: dict[str, Any], row: int) -> None:
    page.set_row(row, 30)
    for place, column in enumerate(columns):
        page.write_string(row, place, column.heading, styles["heading"])
        note = "；".join(part for part in ("必填" if column.required else "", column.help) if part)
        if note:
            page.write_comment(row, place, note, {"author": ""})


def _column_style(column: Column) -> str:
    kind = ColumnKind(column.kind)
    if kind in (ColumnKind.WAN, ColumnKind.YUAN):
        return "money"
    return {ColumnKind.WHOLE: "whole", ColumnKind.DATE: "date", ColumnKind.PERCENT: "number"}.get(
        kind, "text"
    )


def _validation(book: Any, page: Any, column: Column, place: int) -> None:
    if not column.choices:
        return
    source: Any = list(column.choices)
    if len(",".join(column.choices)) > 250:  # Excel's limit for a list written out
        hidden = book.get_worksheet_by_name("选项") or book.add_worksheet("选项")
        hidden.hide()
        for row, choice in enumerate(column.choices):
            hidden.write_string(row, place, choice)
        letter = column_letters(place + 1)
        source = f"=选项!${letter}$1:${letter}${len(column.choices)}"
    page.data_validation(
        1,
        place,
        _LIST_ROWS,
        place,
        {
            "validate": "list",
            "source": source,
            "error_title": column.title[:32],
            "error_message": "请从下拉列表中选择",
        },
    )


def _body(
    page: Any, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], styles: Any, start: int
) -> int:
    row = start - 1
    for row, values in enumerate(rows, start=start):
        for place, column in enumerate(columns):
            _put(
                page,
                row,
                place,
                column,
                values.get(column.name),
                styles[_column_style(column)],
                styles["text"],
            )
    return row


def _put(page: Any, row: int, place: int, column: Column, value: Any, style: Any, words: Any) -> None:
    if value is None or value == "":
        page.write_blank(row, place, None, style)
    elif isinstance(value, Missing):
        page.write_string(row, place, str(value), words)
    elif isinstance(value, datetime.date):
        page.write_datetime(row, place, datetime.datetime(value.year, value.month, value.day), style)  # noqa: DTZ001
    elif isinstance(value, Amount | Decimal | int) and not isinstance(value, bool):
        exact = value.yuan if isinstance(value, Amount) else Decimal(value)
        if ColumnKind(column.kind) is ColumnKind.WAN:
            exact = exact / 10_000
        if ColumnKind(column.kind) in (ColumnKind.TEXT, ColumnKind.CODE, ColumnKind.CHOICE):
            page.write_string(row, place, plain(exact), words)
        else:
            page.write_number(row, place, exact, style)  # a Decimal is printed with all its digits
    else:
        page.write_string(
            row, place, ("是" if value else "否") if isinstance(value, bool) else str(value), words
        )


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", "", title)[:31] or "数据"
