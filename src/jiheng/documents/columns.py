"""The columns of a table that comes in or goes out: what may stand in one, and what a cell of it says."""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from jiheng.documents.matching import folded
from jiheng.documents.workbook import Cell
from jiheng.figures import FigureError, amount_in_wan, parse
from jiheng.sheets import plain

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
    NUMBER = "number"  # a plain figure, decimals as they stand


UNITS = {ColumnKind.WAN: "万元", ColumnKind.YUAN: "元", ColumnKind.PERCENT: "%"}
EXPECTED = {
    ColumnKind.TEXT: "文字",
    ColumnKind.CODE: "编码，按文本填写，前面的 0 要保留",
    ColumnKind.WAN: "金额，单位万元，只写数字",
    ColumnKind.YUAN: "金额，单位元，只写数字",
    ColumnKind.WHOLE: "整数",
    ColumnKind.DATE: "日期，如 2024-03-01",
    ColumnKind.CHOICE: "从下拉列表中选",
    ColumnKind.PERCENT: "百分数，如 95 或 95%",
    ColumnKind.NUMBER: "数字，可以有小数",
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
    is_personal: bool = False  # an account or id number: sealed on arrival, never kept as it stands

    @property
    def heading(self) -> str:
        """The title with its unit, as the template prints it."""
        unit = UNITS.get(ColumnKind(self.kind), "")
        return f"{self.title}（{unit}）" if unit and unit not in self.title else self.title


def value_of(column: Column, cell: Cell) -> Any:
    """A cell's value by its column's kind. Raises ValueError with a Chinese reason."""
    text = cell.text.strip()
    if cell.is_formula:
        raise ValueError("这是公式，导入只收数值：请复制后用“选择性粘贴—数值”贴回")
    if cell.kind == "error":
        raise ValueError("这是错误值，请改成正确的内容")
    if not text:
        if column.required:
            raise ValueError(f"必填，不能为空（应填{EXPECTED[ColumnKind(column.kind)]}）")
        return None
    return _READERS[ColumnKind(column.kind)](column, cell, text)


def _text(column: Column, cell: Cell, text: str) -> str:
    return without_control(text)


def without_control(text: str) -> str:
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
        is_money = figure.base_unit in ("", "元")  # 500万 stands for 500万元
        in_yuan = f"，请换算后写 {plain(figure.value * figure.scale)}" if is_money else ""
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


def _number(column: Column, cell: Cell, text: str) -> Decimal:
    figure = parse(text)
    if figure.unit:
        raise ValueError("应是数字，不写单位")
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
    ColumnKind.NUMBER: _number,
}

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?%?", re.ASCII)


def harmless(cell: Any) -> Any:
    """A cell of a CSV file that no spreadsheet takes for a formula; numbers, also as text, stay."""
    is_open = isinstance(cell, str) and cell.startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(cell)
    return f"'{cell}" if is_open else cell
