"""Tables as printed: every case is a table a finance officer can read, and the relations that do not hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from jiheng import policy
from jiheng.claims.formulas import Formula, formula_of
from jiheng.claims.grid import ColumnKind, grids, operand
from jiheng.claims.report import Kind, Outcome, Relation
from jiheng.claims.table_forms import kinds_of
from jiheng.claims.tables import table_facts, table_relations
from jiheng.sheets.document import Block, BlockKind, Cell, Document

CASES = Path(__file__).parents[1] / "cases" / "claims" / "tables"
ONE = Decimal(1)


def cases() -> list[Any]:
    found = []
    for file in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(file.read_text(encoding="utf-8")):
            found.append(pytest.param(case, id=f"{file.stem}：{case['name']}"))
    return found


def document(*tables: dict[str, Any], page: int = 0) -> Document:
    """Tables written with | between cells; < is merged into the cell to its left, ^ into the one above."""
    text, blocks = "", []
    for number, table in enumerate(tables):
        lines = [[part.strip() for part in line.split("|")] for line in table["table"].strip().splitlines()]
        start, cells = len(text), []
        for row, line in enumerate(lines):
            for column, written in enumerate(line):
                if written in "<^" and written:
                    continue
                wide = next((w for w in range(1, len(line) - column) if line[column + w] != "<"), 0)
                deep = 1
                while row + deep < len(lines) and lines[row + deep][column : column + 1] == ["^"]:
                    deep += 1
                columns = wide or len(line) - column
                cells.append(Cell(row, column, len(text), len(text) + len(written), deep, columns))
                text += written + "\t"
            text = text.removesuffix("\t") + "\n"
        title, unit = table.get("title", ""), table.get("unit", "")
        blocks.append(
            Block(
                BlockKind.TABLE,
                start,
                len(text),
                number + 1,
                page=page and page + number,
                title=title,
                unit=unit,
                cells=tuple(cells),
            )
        )
    return Document("表.docx", "", text, tuple(blocks))


def relations(*tables: dict[str, Any], page: int = 0) -> list[Relation]:
    return table_relations(document(*tables, page=page), policy.on(date(2025, 6, 1)))


@pytest.mark.parametrize("case", cases())
def test_a_table_is_read_as_its_case_says(case: dict[str, Any]) -> None:
    found = relations(*case.get("tables", [case]))
    other = [
        {"code": one.code, "verdict": one.verdict.value, "stated": one.operands[-1].text}
        for one in found
        if one.verdict not in (Outcome.OK, Outcome.ROUNDING)
    ]
    key = str
    assert sorted(other, key=key) == sorted(case["expect"], key=key)
    assert len(found) - len(other) >= case.get("holds", 0)
    for one in found:
        assert one.verdict is not Outcome.ERROR or (one.proof and "不能同时成立" in one.message)
        assert one.id == ""


def test_a_message_names_the_table_the_row_and_the_column() -> None:
    found = relations(
        {
            "title": "某区2024年支出执行情况表",
            "unit": "万元",
            "table": "项目|预算数|执行数\n一、教育支出|100|90\n二、农林水支出|200|190\n支出合计|300|300",
        }
    )
    assert [one.verdict for one in found] == [Outcome.OK, Outcome.ERROR]
    assert found[1].message == (
        "表“某区2024年支出执行情况表”“支出合计”行“执行数”列：90万元 + 190万元 = 280万元，"
        "与 300万元 不能同时成立，相差 20万元（舍入最多解释 1.5万元）"
    )


def test_a_table_over_two_pages_is_one_table() -> None:
    head = "地区|合计|一般债务|专项债务\n"
    first = {
        "title": "债务余额表",
        "unit": "亿元",
        "table": head + "全市|30.5|10.2|20.3\n市本级|10.5|5.2|5.3",
    }
    second = {"title": "债务余额表", "unit": "亿元", "table": head + "东湖区|20.0|5.0|15.0"}
    document_ = document(first, second, page=3)
    assert [len(panel.rows) for grid in grids(document_) for panel in grid.panels] == [3]
    found = relations(first, second, page=3)
    assert {one.verdict for one in found} == {Outcome.OK}
    assert any(one.kind is Kind.SUM and len(one.operands) == 3 for one in found)


def test_a_blank_on_a_page_may_be_a_figure_the_reader_lost() -> None:
    table = {
        "title": "支出表",
        "unit": "万元",
        "table": "项目|预算数|执行数\n一、教育支出|1000|\n二、农林水支出|2000|1900\n支出合计|3000|2800",
    }
    assert [one.verdict for one in relations(table)] == [Outcome.OK, Outcome.ERROR]
    assert [one.verdict for one in relations(table, page=1)] == [Outcome.OK, Outcome.UNKNOWN]


def test_two_printed_tables_in_one_grid_are_two() -> None:
    grid = "项目|完成数\n一、税收|100\n附表2|\n某县支出完成情况表|\n单位：元|\n项目|完成数\n一、教育|9.5"
    found = grids(document({"title": "附表1", "unit": "万元", "table": grid}))
    assert [(one.title, one.unit) for one in found] == [("附表1", "万元"), ("某县支出完成情况表", "元")]


def test_labels_lose_numbering_and_keep_their_style() -> None:
    table = "项目|金额\n一、税收|1\n（一）增值税|1\n其中：1.改征|1\n（2）其他|1\n合 计|1\n－|－"
    rows = grids(document({"table": table, "unit": "元"}))[0].panels[0].rows
    assert [(row.label, row.mark, row.is_part, row.is_total) for row in rows[:5]] == [
        ("税收", "一", False, False),
        ("增值税", "(一)", False, False),
        ("改征", "1", True, False),
        ("其他", "(1)", False, False),
        ("合计", "", False, True),
    ]
    assert rows[5].figures == {}


def test_two_sides_are_two_panels_and_codes_no_figures() -> None:
    table = "科目编码|收入项目|决算数|支出项目|决算数\n205|教育|1,000.5|基本|900\n20502|普教|500|项目|100.5"
    grid = grids(document({"table": table, "unit": "万元"}))[0]
    assert [panel.side for panel in grid.panels] == ["收入项目", "支出项目"]
    assert [column.kind for column in grid.panels[0].columns] == [
        ColumnKind.CODE,
        ColumnKind.LABEL,
        ColumnKind.AMOUNT,
    ]
    assert grid.panels[0].rows[1].code == "20502"


@pytest.mark.parametrize(
    ("text", "unit", "value", "half"),
    [
        ("1,234.50", "万元", "12345000", "50"),
        ("１２．５", "亿元", "1250000000", "5000000"),
        ("（3.2）", "万元", "-32000", "500"),
        ("-0.08%", "万元", "-0.08", "0.005"),
        ("12.34", "元", "12.34", "0"),
        ("7", "", "7", "0.5"),
    ],
)
def test_a_cell_is_an_interval(text: str, unit: str, value: str, half: str) -> None:
    figure = operand(text, unit, 5)
    assert figure is not None
    assert (figure.value, figure.half, figure.start) == (Decimal(value), Decimal(half), 5)


@pytest.mark.parametrize("text", ["", "-", "—", "…", "无", "2018-06", "10年", "1,23", "12.3.4"])
def test_a_cell_without_a_figure_is_missing(text: str) -> None:
    assert operand(text, "万元", 0) is None


def test_formulas_of_header_rows() -> None:
    assert formula_of("A=B+C") == Formula(((ONE, "B"), (ONE, "C")))
    assert formula_of("5=4-2") == Formula(((ONE, "4"), (-ONE, "2")))
    assert formula_of("3=2/1*100") == Formula(((ONE, "2"),), ((ONE, "1"),))
    assert formula_of("F=(E-D)/D×100%") == Formula(((ONE, "E"), (-ONE, "D")), ((ONE, "D"),))
    assert formula_of("B") is None
    assert formula_of("公式=？") is None


def test_prescribed_tables_are_known_by_title() -> None:
    assert kinds_of("收入支出决算总表") == ["T1"]
    assert kinds_of("财政拨款收入支出决算总表") == ["T4"]
    assert kinds_of("一般公共预算财政拨款支出决算表") == ["T5"]
    assert kinds_of("某市2024年全市一般公共预算收入决算表") == []
    assert kinds_of("财政拨款“三公”经费支出决算表") == ["T7"]


def test_facts_carry_path_scope_and_year() -> None:
    facts = table_facts(
        document(
            {
                "title": "青禾市2024年市本级支出决算表",
                "unit": "万元",
                "table": "项目|预算数|2023年决算数\n一、农林水支出|30|20\n1.水利|10|5",
            },
            {"title": "2024年债务表", "unit": "亿元", "table": "地区|一般债务余额\n东湖区|12.5"},
        )
    )
    assert [(fact.name, fact.scope, fact.year, fact.operand.text) for fact in facts] == [
        (("农林水支出",), "市本级", 2024, "30"),
        (("农林水支出",), "市本级", 2023, "20"),
        (("农林水支出", "水利"), "市本级", 2024, "10"),
        (("农林水支出", "水利"), "市本级", 2023, "5"),
        (("一般债务余额",), "东湖区", 2024, "12.5"),
    ]


def test_a_long_table_is_read_whole() -> None:
    rows = "\n".join(f"项目{number}|{number + 7}|{number}|7" for number in range(3000))
    total = sum(range(3000))
    table = f"项目|合计|一般债券|专项债券\n{rows}\n合计|{total + 21000}|{total}|21000"
    found = relations({"title": "明细表", "unit": "万元", "table": table})
    assert len(found) == 3001 + 3
    assert {one.verdict for one in found} == {Outcome.OK}
