"""A block of cells copied in Excel, as rows of the indicator table: which column is which."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, field

from jiheng.figures import FigureError, quantity, target
from jiheng.policy import Policy
from jiheng.sheets import Operator, Taxonomy

# columns of the indicator table; on the official form `operator` and `unit` stand inside 指标值
COLUMNS = ("level1", "level2", "name", "operator", "target", "unit", "weight", "note")
OFFICIAL = ("level1", "level2", "name", "target", "weight", "note")
ON_PAGE = ("level", "name", "operator", "target", "unit", "weight")
HEADINGS = {
    "一级指标": "level1",
    "二级指标": "level2",
    "三级指标": "name",
    "指标名称": "name",
    "计算符号": "operator",
    "指标性质": "operator",
    "指标值": "target",
    "年度指标值": "target",
    "目标值": "target",
    "计量单位": "unit",
    "度量单位": "unit",
    "单位": "unit",
    "分值": "weight",
    "权重": "weight",
    "评扣分标准": "standard",
    "评分标准": "standard",
    "指标值设定依据": "basis",
    "数据来源": "source",
    "备注": "note",
}
MOST_ROWS = 300


@dataclass
class PastedRow:
    """Cells by field name of an indicator line, and what is wrong with them by field name."""

    cells: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


@dataclass
class Pasted:
    """The rows, and one line on how the block was understood."""

    rows: list[PastedRow]
    note: str


def read(text: str, column: str, taxonomy: Taxonomy, policy: Policy) -> Pasted:
    """`column` is the field that the block was pasted into; official headings, if there, decide instead, then
    a first-level name in the first column."""
    cells = [
        row for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t") if any(map(str.strip, row))
    ]
    cells = [[cell.strip() for cell in row] for row in cells[: MOST_ROWS + 1]]
    if not cells:
        return Pasted([], "剪贴板里没有可用的单元格，请在 Excel 中选中若干行后复制")
    fields, how = _fields(cells, column, policy)
    if how == "表头":
        cells = cells[1:]
    rows: list[PastedRow] = []
    above = {"level1": "", "level2": ""}
    for row in cells[:MOST_ROWS]:
        given = {name: value for name, value in zip(fields, row, strict=False) if name}
        rows.append(_row(given, above, taxonomy, policy))
    wrong = sum(len(row.problems) for row in rows)
    said = f"粘贴了 {len(rows)} 行（按{how}识别列）"
    return Pasted(rows, f"{said}，有 {wrong} 处读不出，已标在旁边" if wrong else said)


def _fields(cells: list[list[str]], column: str, policy: Policy) -> tuple[list[str], str]:
    headings = [HEADINGS.get(_folded(cell), "") for cell in cells[0]]
    if sum(1 for name in headings if name) >= 2:
        return headings, "表头"
    known = {*policy.table("taxonomy.2015"), *policy.table("taxonomy.aliases_level1")}
    known |= {*policy.table("goals.cost_levels")}
    width = max(len(row) for row in cells)
    if any(row[0] in known for row in cells) or (column in ("", "level") and width >= 3):
        return list(OFFICIAL if width <= len(OFFICIAL) else COLUMNS), "官方表的列序"
    start = ON_PAGE.index(column) if column in ON_PAGE else 1
    return list(ON_PAGE[start:]), "光标所在列"


def _folded(text: str) -> str:
    return re.sub(r"[\s（）()：:]", "", unicodedata.normalize("NFKC", text))


def _row(given: dict[str, str], above: dict[str, str], taxonomy: Taxonomy, policy: Policy) -> PastedRow:
    row = PastedRow()
    if "level1" in given or "level2" in given:
        _levels(row, given, above, taxonomy, policy)
    for name in ("name", "standard", "basis", "source", "note", "unit"):
        if name in given:
            row.cells[name] = given[name]
    if "operator" in given:
        sign = unicodedata.normalize("NFKC", given["operator"])
        sign = {">=": "≥", "≧": "≥", "<=": "≤", "≦": "≤"}.get(sign, sign)
        if sign in [item.value for item in Operator]:
            row.cells["operator"] = sign
        elif sign:
            row.problems["operator"] = f"“{sign}”不是计算符号，请从 ≥ > ≤ < = 定性 中选择"
    if "target" in given:
        _target(row, given["target"])
    if given.get("weight"):
        row.cells["weight"] = given["weight"]
        try:
            row.cells["weight"] = str(quantity(given["weight"], "分"))
        except FigureError as wrong:
            row.problems["weight"] = str(wrong)
    return row


def _levels(
    row: PastedRow, given: dict[str, str], above: dict[str, str], taxonomy: Taxonomy, policy: Policy
) -> None:
    """Merged cells come as blanks: they repeat the row above. Old names count as the ones they stand for."""
    frame = policy.table(f"taxonomy.{taxonomy.value}")
    level1 = given.get("level1", "") or above["level1"]
    level2 = given.get("level2", "") or above["level2"]
    if level1 not in frame:
        level1 = policy.table("taxonomy.aliases_level1").get(level1, level1)
    if level2 not in frame.get(level1, ()):
        level2 = policy.table("taxonomy.aliases_level2").get(level2, level2)
    owner = [name for name, below in frame.items() if level2 in below]
    if not given.get("level1") and not level1 and len(owner) == 1:
        level1 = owner[0]
    above["level1"], above["level2"] = level1, level2
    row.cells["level"] = f"{level1}|{level2}"
    if level2 not in frame.get(level1, ()):
        row.problems["level"] = (
            f"“{level1}·{level2}”不在 {taxonomy.value} 版指标分类中，请重新选择，或换用另一版分类"
        )


def _target(row: PastedRow, text: str) -> None:
    """“≥95%” is sign, value and unit; words are a qualitative target."""
    if not text:
        return
    own_sign = row.cells.get("operator")
    try:
        found = target(text)
    except FigureError as wrong:
        row.cells["target"] = text
        is_measured = own_sign is not None and own_sign != Operator.QUALITATIVE.value
        if is_measured or re.match(r"[≥≤><=]", unicodedata.normalize("NFKC", text)):
            row.problems["target"] = str(wrong)
        else:
            row.cells["operator"] = Operator.QUALITATIVE.value
        return
    if re.search(r"\d", found.unit):  # 2024年12月底前 is a date in words, not a figure
        row.cells |= {"target": text, "operator": Operator.QUALITATIVE.value}
        return
    has_sign = not re.match(r"\s*[\d.,+\-]", unicodedata.normalize("NFKC", text))
    row.cells["target"] = str(found.quantity)
    if has_sign or not own_sign:
        row.cells["operator"] = found.operator.value
    if found.unit:
        row.cells["unit"] = found.unit
