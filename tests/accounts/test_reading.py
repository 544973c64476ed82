"""Tables in files: by title, not by number; rows and columns by name; nothing half taken."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from tests.accounts.made import of_school, opened
from tests.cast import Cast

from jiheng.accounts import reading, workflow
from jiheng.accounts.models import Statement
from jiheng.accounts.outcomes import NotKept
from jiheng.documents.archive import DocumentError


def workbook(*sheets: list[list[Any]]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for rows in sheets:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if value is not None:
                    page.write(number, place, value)
    book.close()
    return stream.getvalue()


T5 = [
    ["公开07表 一般公共预算财政拨款支出决算表"],
    ["单位：元"],
    ["科目编码", "科目名称", "本年支出合计", "基本支出", "项目支出"],
    ["205", "教育支出", 12345600, 10000000, 2345600],
    ["20502", "普通教育", 12345600, 10000000, 2345600],
    ["合计", None, 12345600, 10000000, 2345600],
]
THREE = [
    ["9 “三公”经费财政拨款支出决算表"],
    ["单位：万元"],
    ["项目", "预算数", "决算数"],
    ["合计", "171.00", "170.50"],
    ["1、因公出国（境）费", "5.00", "4.50"],
    ["2、公务用车购置及运行维护费", "158.00", "158.00"],
    ["其中：公务用车购置费", "0", "0"],
    ["公务用车运行维护费", "158.00", "158.00"],
    ["3、公务接待费", "8.00", "8.00"],
    ["公务用车保有量（辆）", None, "23"],
    ["会议费", "3.00", "2.00"],
]


def test_a_table_is_known_by_its_name_whatever_its_number() -> None:
    found = reading.recognise(workbook(T5, THREE), "决算.xlsx")
    assert [one.kind for one in found] == ["t5", "three_public"]
    t5, three = found
    assert str(t5.cells["total", "project"]) == "234.56"
    assert t5.added["c20502"].label == "普通教育"
    assert str(three.cells["total", "final"]) == "170.50"
    assert str(three.cells["cars_run", "budget"]) == "158.00"
    assert str(three.cells["held", "final"]) == "23"
    assert three.passed_over == ["会议费"]
    assert t5.problems == three.problems == []


def test_a_file_fills_the_table_and_what_was_there_is_kept(cast: Cast) -> None:
    made = of_school(cast)
    made, read = workflow.take(cast.reporter, made, made.revision, "决算.xlsx", workbook(T5, THREE))
    assert len(read.cells) == 13
    assert str(made.as_table().cell("abroad", "final")) == "4.50"
    assert [one.cause for one in made.versions.all()] == ["导入前"]


def test_what_is_not_in_the_file_or_has_no_unit_is_not_taken(cast: Cast) -> None:
    made = of_school(cast)
    with pytest.raises(NotKept, match="没有表名像"):
        workflow.take(cast.reporter, made, made.revision, "决算.xlsx", workbook(T5))
    without = [THREE[0], *THREE[2:]]
    with pytest.raises(NotKept, match="没有写金额单位"):
        workflow.take(cast.reporter, made, made.revision, "决算.xlsx", workbook(without))
    with pytest.raises(DocumentError):
        workflow.take(cast.reporter, made, made.revision, "决算.xlsx", b"PK\x03\x04broken")
    assert made.versions.count() == 0


def test_the_official_form_with_items_as_columns() -> None:
    html = """<p>公开07表</p><p>财政拨款“三公”经费支出决算表</p><p>单位：万元</p><table>
    <tr><td colspan=6>预算数</td><td colspan=6>决算数</td></tr>
    <tr><td rowspan=2>合计</td><td rowspan=2>因公出国（境）费</td><td colspan=3>公务用车购置及运行维护费</td>
    <td rowspan=2>公务接待费</td><td rowspan=2>合计</td><td rowspan=2>因公出国（境）费</td>
    <td colspan=3>公务用车购置及运行维护费</td><td rowspan=2>公务接待费</td></tr>
    <tr><td>小计</td><td>公务用车购置费</td><td>公务用车运行维护费</td><td>小计</td><td>公务用车购置费</td>
    <td>公务用车运行维护费</td></tr>
    <tr><td>202.00</td><td>10.00</td><td>177.00</td><td>0.00</td><td>177.00</td><td>15.00</td><td>171.00</td>
    <td>5.00</td><td>158.00</td><td>0.00</td><td>158.00</td><td>8.00</td></tr></table>"""
    [found] = reading.recognise(html.encode(), "三公.html")
    assert found.kind == "three_public"
    assert {place: str(cell) for place, cell in found.cells.items()} == {
        ("total", "budget"): "202.00",
        ("abroad", "budget"): "10.00",
        ("cars", "budget"): "177.00",
        ("cars_bought", "budget"): "0.00",
        ("cars_run", "budget"): "177.00",
        ("reception", "budget"): "15.00",
        ("total", "final"): "171.00",
        ("abroad", "final"): "5.00",
        ("cars", "final"): "158.00",
        ("cars_bought", "final"): "0.00",
        ("cars_run", "final"): "158.00",
        ("reception", "final"): "8.00",
    }


def test_two_sides_and_the_left_rows_of_the_table_of_appropriations() -> None:
    rows = [
        ["一、一般公共预算财政拨款", "100.00", "一、一般公共服务支出", "100.00", "100.00", "", ""],
        ["二、政府性基金预算财政拨款", "10.00", "二、城乡社区支出", "10.00", "", "10.00", ""],
        ["三、国有资本经营预算财政拨款", "0.00", "", "", "", "", ""],
        ["本年收入合计", "110.00", "本年支出合计", "110.00", "100.00", "10.00", "0.00"],
        ["年初财政拨款结转和结余", "20.00", "年末财政拨款结转和结余", "20.00", "20.00", "0.00", "0.00"],
        ["一、一般公共预算财政拨款", "20.00", "", "", "", "", ""],
        ["总计", "130.00", "总计", "130.00", "120.00", "10.00", "0.00"],
    ]
    body = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows)
    html = f"""<p>财政拨款收入支出决算总表</p><p>单位：万元</p><table><tr><td colspan=2>收入</td>
    <td colspan=5>支出</td></tr><tr><td>项目</td><td>金额</td><td>项目</td><td>合计</td>
    <td>一般公共预算财政拨款</td><td>政府性基金预算财政拨款</td><td>国有资本经营预算财政拨款</td></tr>
    {body}</table>"""
    [found] = reading.recognise(html.encode(), "总表.html")
    shown = {place: str(cell) for place, cell in found.cells.items()}
    assert found.problems == []
    assert shown["in_year", "general"] == "100.00"
    assert shown["opening", "general"] == "20.00"
    assert shown["in_total", "total"] == "130.00"
    assert shown["c212", "fund"] == "10.00"
    assert shown["out_total", "general"] == "120.00"


def test_what_is_downloaded_can_be_read_in_again(cast: Cast, client_of: Any) -> None:
    made = of_school(cast)
    answer = client_of(cast.reporter).get(f"/accounts/{made.pk}/table.xlsx")
    [found] = reading.recognise(b"".join(answer.streaming_content), "下载.xlsx")
    fresh = opened(cast.reporter, year=2022, unit=cast.school).as_table()
    again = reading.laid_over(fresh, found)
    for row, column, cell in made.as_table().cells():
        assert str(again.cell(row.key, column.key)) == str(cell), (row.key, column.key)


def test_one_file_fills_all_its_tables_or_none(cast: Cast) -> None:
    taken = workflow.take_all(cast.reporter, 2024, cast.school.pk, "决算.xlsx", workbook(T5, THREE))
    assert [(made.kind, made.unit) for made, _ in taken] == [
        ("t5", cast.school),
        ("three_public", cast.school),
    ]
    with pytest.raises(NotKept, match="没有由您编制的表，只有"):
        workflow.take_all(cast.debt, 2024, None, "决算.xlsx", workbook(T5, THREE))
    without = [THREE[0], *THREE[2:]]
    with pytest.raises(NotKept, match="没有写金额单位"):
        workflow.take_all(cast.reporter, 2023, cast.school.pk, "决算.xlsx", workbook(T5, without))
    with pytest.raises(NotKept, match="不止一张"):
        workflow.take_all(cast.reporter, 2023, cast.school.pk, "决算.xlsx", workbook(THREE, THREE))
    assert not Statement.objects.filter(fiscal_year=2023).exists()
    workflow.check(cast.reporter, taken[0][0], taken[0][0].revision)
    with pytest.raises(NotKept, match="已核对"):
        workflow.take_all(cast.reporter, 2024, cast.school.pk, "决算.xlsx", workbook(THREE, T5))
    assert Statement.objects.get(kind="three_public").versions.count() == 1
