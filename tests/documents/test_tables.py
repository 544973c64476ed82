"""Bulk import: every bad cell with row, column, value and reason; exports that run nothing."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiheng.documents import tables
from jiheng.documents.archive import DocumentError
from jiheng.documents.tables import Column

COLUMNS = (
    Column("code", "单位代码", "code", required=True),
    Column("name", "单位名称", "text", required=True),
    Column("budget", "年初预算", "wan"),
    Column("paid", "支付金额", "yuan"),
    Column("on", "支付日期", "date"),
    Column("kind", "单位类型", "choice", choices=("行政单位", "事业单位")),
    Column("staff", "人数", "whole"),
    Column("rate", "完成率", "percent"),
)
ROW = {
    "code": "007001",
    "name": "=1+1",
    "budget": Decimal("1000500.00"),
    "paid": Decimal("0.01"),
    "on": datetime.date(2024, 3, 1),
    "kind": "事业单位",
    "staff": 12,
    "rate": Decimal("95.5"),
}


def csv(*lines, encoding="utf-8"):
    return "\n".join(lines).encode(encoding)


def test_what_is_written_reads_back_equal():
    read = tables.read(tables.write(COLUMNS, [ROW], "支付明细"), "表.xlsx", COLUMNS)
    assert [row.values for row in read.rows] == [ROW]
    assert (read.rows[0].number, read.bad_count) == (3, 0)


@settings(max_examples=30, deadline=None)
@given(st.integers(-(10**13), 10**13), st.sampled_from(["=A1", "+1", "-1", "@x", "甲\n乙", "'x", "_x0041_"]))
def test_money_is_exact_and_text_stays_text(fen, text):
    row = ROW | {"paid": Decimal(fen) / 100, "name": text}
    data = tables.write(COLUMNS, [row])
    assert tables.read(data, "表.xlsx", COLUMNS).rows[0].values == row
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert page["B2"].data_type == "s"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_columns_are_matched_by_title_in_any_order_and_encoding(encoding):
    data = csv("备注,单位名称,年初预算（万元）,单位代码", "x,某局,1.5,007", encoding=encoding)
    values = tables.read(data, "表.csv", COLUMNS).rows[0].values
    assert (values["code"], values["name"], values["budget"]) == ("007", "某局", Decimal(15000))


@pytest.mark.parametrize(
    "text", ["2024-03-01", "2024/3/1", "20240301", "2024年3月1日", "2024.3.1", "２０２４-3-1"]
)
def test_dates_in_the_usual_forms(text):
    read = tables.read(csv("单位代码,单位名称,支付日期", f"1,甲,{text}"), "表.csv", COLUMNS)
    assert read.rows[0].values["on"] == datetime.date(2024, 3, 1)


def test_excel_dates_and_serials_are_dates():
    book = openpyxl.Workbook()
    book.active.append(["单位代码", "单位名称", "支付日期"])
    book.active.append(["1", "甲", datetime.date(2024, 3, 1)])
    book.active.append(["2", "乙", 45352])
    stream = io.BytesIO()
    book.save(stream)
    rows = tables.read(stream.getvalue(), "表.xlsx", COLUMNS).rows
    assert [row.values["on"] for row in rows] == [datetime.date(2024, 3, 1)] * 2


@pytest.mark.parametrize(
    ("title", "value", "reason"),
    [
        ("支付金额", "12万元", "本列单位是元，请换算后写 120000"),
        ("支付金额", "1.234", "分以下"),
        ("年初预算（万元）", "500万", "请只写数字 500"),
        ("支付日期", "2024-13-01", "没有这一天"),
        ("支付日期", "三月", "2024-03-01"),
        ("单位类型", "企业", "行政单位、事业单位"),
        ("人数", "12.5", "应是整数"),
        ("完成率", "95分", "百分数"),
    ],
)
def test_a_bad_cell_names_row_column_value_and_reason(title, value, reason):
    read = tables.read(csv(f"单位代码,单位名称,{title}", f"1,甲,{value}", "2,乙,"), "表.csv", COLUMNS)
    bad = read.bad[0]
    assert (bad.row, bad.letter, bad.value) == (2, "C", value)
    assert reason in bad.reason
    assert [row.values["code"] for row in read.rows] == ["2"]


def test_missing_and_repeated_columns_are_told():
    assert "缺少这一列" in str(tables.read(csv("单位代码", "1"), "表.csv", COLUMNS).bad[0])
    twice = tables.read(csv("单位代码,单位名称,单位代码", "1,甲,2"), "表.csv", COLUMNS)
    assert "出现了两次" in str(twice.bad[0])
    with pytest.raises(DocumentError, match="没有找到表头"):
        tables.read(csv("甲,乙", "1,2"), "表.csv", COLUMNS)


def test_a_required_cell_and_a_formula_are_told():
    book = openpyxl.Workbook()
    book.active.append(["单位代码", "单位名称", "支付金额"])
    book.active.append(["", "甲", "=1+1"])
    stream = io.BytesIO()
    book.save(stream)
    read = tables.read(stream.getvalue(), "表.xlsx", COLUMNS)
    assert ["必填" in str(read.bad[0]), "公式" in str(read.bad[1])] == [True, True]


def test_bad_cells_are_capped_but_counted():
    read = tables.read(csv("单位代码,单位名称", *["1," for _ in range(700)]), "表.csv", COLUMNS)
    assert (len(read.bad), read.bad_count, read.row_count) == (tables.MOST_BAD, 700, 700)


def test_the_template_offers_lists_and_explains_itself():
    book = openpyxl.load_workbook(io.BytesIO(tables.template(COLUMNS, "单位导入", [ROW])))
    assert book.sheetnames == ["单位导入", "说明"]
    lists = book.worksheets[0].data_validations.dataValidation
    assert lists[0].formula1 == '"行政单位,事业单位"'
    assert [cell.value for cell in book.worksheets[0][1]][2] == "年初预算（万元）"
    with pytest.raises(DocumentError, match="只有表头，没有数据"):
        tables.read(tables.template(COLUMNS, "单位导入", [ROW]), "表.xlsx", COLUMNS)


def test_wan_in_a_column_of_yuan_says_what_to_write():
    read = tables.read(csv("金额（元）", "500万"), "表.csv", [Column("paid", "金额", "yuan")])
    assert read.bad[0].reason == "单位是“万”：本列单位是元，请换算后写 5000000"
