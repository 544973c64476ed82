"""Next year's blank, uploaded by a bureau with marks instead of code."""

from __future__ import annotations

import io

import openpyxl
import pytest
from tests.documents.made import goal

from jiheng.documents import forms
from jiheng.documents.fields import resolve
from jiheng.documents.workbook import open_workbook
from jiheng.sheets import Form


def changed(form, change):
    book = openpyxl.load_workbook(io.BytesIO(forms.marked_blank(form)))
    change(book.worksheets[0])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("form", list(Form))
def test_the_marked_blank_makes_the_same_form_again(form):
    template = forms.from_marks(forms.marked_blank(form), form)
    assert [sheet.singles for sheet in template.sheets] == [s.singles for s in forms.built_in(form).sheets]
    blank = open_workbook(forms.blank(form, template), "空表.xlsx")
    assert not [text for sheet in blank.visible for _, text, _, _ in sheet.filled() if "{{" in text]


def test_a_blank_with_own_columns_and_places_goes_out_and_comes_back():
    def redrawn(page):
        for area in [str(a) for a in page.merged_cells.ranges if a.min_row >= 13]:
            page.unmerge_cells(area)
        page["E12"], page["F12"], page["G12"] = "计算符号", "指标值", "计量单位"
        page["E13"], page["F13"], page["G13"] = "{{指标.计算符号}}", "{{指标.指标值}}", "{{指标.计量单位}}"
        page["A1"] = "项目支出绩效目标申报表（2025 年新版）"
        page["A3"], page["C3"] = "项目", "{{项目名称}}"

    template = forms.from_marks(changed(Form.PROJECT_GOAL, redrawn), Form.PROJECT_GOAL, "新版.xlsx")
    sheet = goal(20)
    data = forms.fill(sheet, template)
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert (page["E13"].value, page["F13"].value, page["G13"].value) == ("≥", 95, "%")
    result = forms.take(data, "表.xlsx", Form.PROJECT_GOAL, template)
    assert result.sheet == sheet
    assert result.findings == ()


def test_unknown_repeated_and_missing_marks_are_all_listed():
    def spoiled(page):
        page["C3"] = "{{项目名}}"
        page["F4"] = "{{项目属性}}"
        page["F7"] = None

    with pytest.raises(forms.TemplateError) as caught:
        forms.from_marks(changed(Form.PROJECT_GOAL, spoiled), Form.PROJECT_GOAL)
    errors = "\n".join(caught.value.errors)
    assert (
        "项目支出绩效目标申报表!C3：“{{项目名}}”不是《项目支出绩效目标申报表》的字段，是不是“项目名称”"
        in errors
    )
    assert "标记重复" in errors
    assert "缺少标记“{{年度资金总额}}”" in errors
    assert "缺少标记“{{项目名称}}”" in errors


def test_a_mark_names_the_field_that_the_form_editor_uses():
    assert resolve(Form.PROJECT_GOAL, "年度资金其中：财政拨款").path() == "funding.annual_fiscal"
    assert resolve(Form.MONITORING, "资金[total].执行数").path() == "money[total].executed"
    assert resolve(Form.PROJECT_EVALUATION, "指标.实际完成值").path("k3") == "lines[k3].actual"
    assert resolve(Form.PROJECT_EVALUATION, "指标.三级指标").path("k3") == "lines[k3].indicator.name"
    assert resolve(Form.UNIT_EVALUATION, "经费[abroad].本年决算数").path() == "basic.spending[abroad].final"


def test_the_rows_that_the_forms_print_by_name():
    assert forms.rows_of(Form.MONITORING) == (
        ("total", "年度资金总额"),
        ("fiscal", "其中：本年一般公共预算拨款"),
        ("other", "其他资金"),
    )
    assert [key for key, _ in forms.rows_of(Form.UNIT_EVALUATION)] == [
        "total",
        "general",
        "fund",
        "special",
        "other",
        "basic",
        "project",
    ]
    assert len(forms.rows_of(Form.UNIT_EVALUATION, "basic.spending")) == 13
