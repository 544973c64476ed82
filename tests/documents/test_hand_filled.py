"""Forms as units really send them: filled by hand on the blank, edited, mistyped."""

from __future__ import annotations

import io

import openpyxl
import pytest
from tests.documents.made import evaluation, goal

from jiheng.documents import forms
from jiheng.documents.archive import DocumentError
from jiheng.sheets import NOT_APPLICABLE, NOT_REPORTED, Amount, Form, Operator, Severity, Taxonomy


def by_hand(form, cells, *, sheet=0, change=None):
    """The official blank without our hidden sheet, as typed on an office computer."""
    book = openpyxl.load_workbook(io.BytesIO(forms.blank(form)))
    if "_jiheng" in book.sheetnames:
        del book["_jiheng"]
    page = book.worksheets[sheet]
    for ref, value in cells.items():
        page[ref] = value
    if change:
        change(page)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def taken(cells, form=Form.PROJECT_EVALUATION, **more):
    return forms.take(by_hand(form, {"A2": "（2023年度）"} | cells, **more), "表.xlsx", form)


def said(result):
    return [f.message for f in result.findings]


# 真实错例一：年度资金总额三格全 0，其中是 90/89.974/89.974（地名为虚构）
TOTALS_ZERO = {
    "C3": "人居环境整治",
    "C4": "天衡区农业农村局",
    "F4": "棠梨镇人民政府",
    "D6": 0,
    "E6": 0,
    "F6": 0,
    "G6": 10,
    "I6": 0,
    "D7": 90,
    "E7": 89.974,
    "F7": 89.974,
    "B13": "产出指标",
    "C13": "数量指标",
    "D13": "整治村数",
    "E13": "≥8个",
    "F13": 8,
    "G13": 8,
    "H13": 8,
}
# 真实错例二：应得 4.84 和 9.00，自评满分（地名为虚构）
FULL_MARKS = {
    "C3": "社会救助",
    "C4": "天衡区民政局",
    "F4": "天衡区民政局",
    "D6": "１,０００",
    "E6": "1,000.00",
    "F6": "1000",
    "B13": "产出指标",
    "C13": "数量指标",
    "D13": "特困供养人数",
    "E13": "≥4754人",
    "F13": 4604,
    "G13": 5,
    "H13": 5,
    "C14": "成本指标",
    "D14": "临时救助标准",
    "E14": "≤5300元/户",
    "F14": "5830元/户",
    "G14": 10,
    "H14": 10,
}


def test_the_form_whose_totals_are_zero_is_read_as_it_stands():
    result = taken(TOTALS_ZERO)
    money = {row.key: row for row in result.sheet.money}
    assert [str(getattr(money["total"], n)) for n in ("initial", "revised", "executed")] == ["0", "0", "0"]
    assert [str(getattr(money["fiscal"], n)) for n in ("initial", "revised", "executed")] == [
        "90",
        "89.974",
        "89.974",
    ]
    assert money["fiscal"].executed.yuan == 899740
    assert money["other"].initial is NOT_REPORTED
    assert money["fiscal"].label == "其中：当年财政拨款"
    assert result.findings == ()
    assert result.header.subject_name == "人居环境整治"


def test_the_form_that_claims_full_marks_is_read_as_it_stands():
    result = taken(FULL_MARKS)
    people, cost = result.sheet.lines
    assert (people.indicator.operator, str(people.indicator.target), people.indicator.unit) == (
        Operator.AT_LEAST,
        "4754",
        "人",
    )
    assert (str(people.actual), str(people.claimed), str(people.indicator.weight)) == ("4604", "5", "5")
    assert (cost.indicator.operator, str(cost.indicator.target), str(cost.actual)) == (
        Operator.AT_MOST,
        "5300",
        "5830",
    )
    assert cost.indicator.level1 == "产出指标"
    assert result.sheet.taxonomy is Taxonomy.Y2015
    assert {f.severity for f in result.findings} == {Severity.HINT}
    assert result.sheet.money[0].initial == Amount.wan("1000")


def test_dashes_and_gaps_are_two_kinds_of_missing():
    result = taken({"D6": "—", "E6": "不适用", "D13": "甲", "E13": "=5", "F13": "-"})
    assert result.sheet.money[0].initial is not NOT_REPORTED
    assert [result.sheet.money[0].initial, result.sheet.money[0].revised] == [NOT_APPLICABLE] * 2
    assert result.sheet.money[0].executed == NOT_REPORTED
    assert result.sheet.lines[0].actual == NOT_APPLICABLE


@pytest.mark.parametrize(
    ("ref", "value", "field", "words"),
    [
        ("D6", "500万", "money[total].initial", "请只写数字 500"),
        ("D6", "5亿元", "money[total].initial", "请换算后写 50000"),
        ("D6", "约五百", "money[total].initial", "不是数字"),
        ("D6", "=D7+D8", "money[total].initial", "公式"),
        ("G13", "10分", "lines[k1].indicator.weight", "这里只写数字 10"),
        ("F13", "很好", "lines[k1].actual", "已按文字保留"),
        ("E13", "95%", "lines[k1].indicator.target", "没有计算符号"),
    ],
)
def test_a_mistyped_cell_says_where_and_what_to_write(ref, value, field, words):
    result = taken({"D13": "甲", "E13": "≥5人", ref: value})
    found = [f for f in result.findings if f.field == field]
    assert len(found) == 1
    assert words in found[0].message
    assert found[0].message.startswith(f"{ref}：")
    assert (found[0].place.column, found[0].place.row, found[0].place.file) == (
        ref[0],
        int(ref[1:]),
        "表.xlsx",
    )


def test_an_input_cell_swallowed_by_a_merge_is_told():
    result = taken({"D6": 5}, change=lambda page: page.merge_cells("D6:E6"))
    assert any("E6" in m and "并进了 D6" in m for m in said(result))


def test_a_percent_cell_is_read_as_the_user_sees_it():
    def percent(page):
        page["F13"].number_format = "0.0%"

    result = taken({"D13": "合格率", "E13": "≥95%", "F13": 0.955}, change=percent)
    assert str(result.sheet.lines[0].actual) == "95.5"


@pytest.mark.parametrize(
    ("words", "operator"),
    [
        ("2024年12月底前", Operator.QUALITATIVE),
        ("显著提高", Operator.QUALITATIVE),
        ("不低于90%", Operator.AT_LEAST),
        ("90%-95%", Operator.QUALITATIVE),
        ("＜3起", Operator.LESS_THAN),
    ],
)
def test_targets_in_words(words, operator):
    line = taken({"D13": "甲", "E13": words}).sheet.lines[0].indicator
    assert line.operator is operator
    if operator is Operator.QUALITATIVE:
        assert line.target_text == words


def test_rows_inserted_above_the_rest_are_found():
    def insert(page):
        page.insert_rows(20, 2)

    cells = {f"D{row}": f"指标{row}" for row in range(13, 25)} | {"H25": 98}
    book = openpyxl.load_workbook(
        io.BytesIO(by_hand(Form.PROJECT_EVALUATION, {"A2": "（2023年度）"} | cells))
    )
    page = book.worksheets[0]
    for merged in [str(area) for area in page.merged_cells.ranges if area.min_row > 12]:
        page.unmerge_cells(merged)
    insert(page)
    page["D20"] = "新插入的"
    stream = io.BytesIO()
    book.save(stream)
    result = forms.take(stream.getvalue(), "表.xlsx", Form.PROJECT_EVALUATION)
    assert len(result.sheet.lines) == 13
    assert result.sheet.lines[7].indicator.name == "新插入的"
    assert str(result.sheet.total_claimed) == "98"
    assert result.findings == ()


def test_a_moved_label_names_its_cell():
    result = taken({"E5": "全年执行数", "F5": "全年预算数"})
    assert (
        "E5：应为标签“全年预算数”，现在是“全年执行数”，这个标签移到了 F5：请恢复官方空表的版式后再传"
        in said(result)
    )


def test_another_form_and_no_form_are_told_apart():
    with pytest.raises(DocumentError, match="是《项目支出绩效目标申报表》，这里要的是《项目支出绩效自评表》"):
        forms.take(forms.fill(goal()), "表.xlsx", Form.PROJECT_EVALUATION)
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    with pytest.raises(DocumentError, match="没有找到标题"):
        forms.take(stream.getvalue(), "表.xlsx", Form.PROJECT_EVALUATION)


@pytest.mark.parametrize("form", list(Form))
def test_a_form_is_recognised_by_its_title(form):
    assert forms.read_any(forms.blank(form), "表.xlsx") is form
    assert forms.take(forms.blank(form), "表.xlsx", form).findings[-1].code == "WD11"


def test_a_missing_year_is_an_error():
    assert any(f.field == "header.fiscal_year" for f in taken({"A2": "年度"}).findings)
    assert taken({}).header.fiscal_year == 2023


def test_a_year_of_another_form_is_for_the_caller_to_see():
    assert forms.take(forms.fill(evaluation()), "表.xlsx", Form.PROJECT_EVALUATION).header.fiscal_year == 2024


def test_monitoring_reads_ticks_and_month():
    cells = {
        "A2": "（2024年度，1-7月）",
        "D12": "里程",
        "E12": "≥100公里",
        "F12": 40,
        "H12": "√",
        "L12": "✓",
        "N12": "",
        "O12": "是",
        "Q12": "加快",
    }
    result = forms.take(by_hand(Form.MONITORING, cells), "表.xlsx", Form.MONITORING)
    line = result.sheet.lines[0]
    assert ([c.value for c in line.causes], line.likelihood.value, line.note) == (
        ["经费保障", "其他"],
        "有可能",
        "加快",
    )
    assert (result.header.fiscal_year, result.header.month) == (2024, 7)


def test_two_likelihoods_are_one_too_many():
    cells = {"A2": "（2024年度，1-7月）", "D12": "里程", "N12": "√", "O12": "√"}
    result = forms.take(by_hand(Form.MONITORING, cells), "表.xlsx", Form.MONITORING)
    assert any("打了两个勾" in m for m in said(result))
