"""What goes out comes back in unchanged, straight and after another program saved it."""

from __future__ import annotations

import dataclasses
import io

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.documents.made import SHEETS, evaluation, goal

from jiheng.documents import forms
from jiheng.sheets import Form, Severity

# A failing sheet of five forms shrinks for minutes: the first failure found is shown as it is.
_slow = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    database=None,
)


def resaved(data):
    """As openpyxl, which knows nothing of Jiheng, writes the workbook again."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("form", list(Form))
@_slow
@given(data=st.data())
def test_a_filled_form_comes_back_equal(form, data):
    sheet = data.draw(SHEETS[form])
    taken = forms.take(forms.fill(sheet), "表.xlsx", form)
    assert taken.sheet == sheet
    assert taken.findings == ()
    assert taken.is_returned


@pytest.mark.parametrize("form", list(Form))
@_slow
@given(data=st.data())
def test_it_comes_back_equal_after_another_program_saved_it(form, data):
    sheet = data.draw(SHEETS[form])
    taken = forms.take(resaved(forms.fill(sheet)), "表.xlsx", form)
    assert taken.findings == ()
    assert taken.sheet == sheet


@pytest.mark.parametrize("count", [0, 1, 12, 13, 60])
def test_more_lines_than_rows_push_the_rest_down(count):
    sheet = goal(count)
    data = forms.fill(sheet)
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    row = 25 + max(0, count - 12)
    assert page[f"A{row}"].value == "财政部门支出股室初审意见"
    assert f"C{row}:G{row}" in {str(area) for area in page.merged_cells.ranges}
    assert f"A12:A{row - 1}" in {str(area) for area in page.merged_cells.ranges}
    taken = forms.take(data, "表.xlsx", Form.PROJECT_GOAL)
    assert taken.sheet == sheet
    assert taken.findings == ()


def test_equal_levels_are_merged_and_printed_once():
    page = openpyxl.load_workbook(io.BytesIO(forms.fill(goal(5)))).worksheets[0]
    areas = {str(area) for area in page.merged_cells.ranges}
    assert {"B13:B17", "C13:C17"} <= areas


def test_every_value_has_its_place():
    taken = forms.take(forms.fill(evaluation()), "自评.xlsx", Form.PROJECT_EVALUATION)
    assert str(taken.places["lines[k2].actual"]) == "自评.xlsx 工作表“项目支出绩效自评表” 单元格 F14"
    assert taken.places["money[total].executed"].row == 6
    assert taken.places["lines[k1].indicator.target"].column == "E"
    assert taken.places["header.fiscal_year"].row == 2


def test_a_changed_cell_is_read_and_the_rest_kept():
    book = openpyxl.load_workbook(io.BytesIO(forms.fill(evaluation())))
    page = book.worksheets[0]
    page["F14"] = "88%"
    page["H13"], page["E15"] = 9.5, 97
    stream = io.BytesIO()
    book.save(stream)
    taken = forms.take(stream.getvalue(), "自评.xlsx", Form.PROJECT_EVALUATION)
    lines = taken.sheet.lines
    assert str(lines[1].actual) == "88"
    assert (str(lines[2].indicator.target), lines[2].indicator.unit) == ("97", "%")
    assert lines[0] == evaluation().lines[0].__class__(
        **{name: getattr(lines[0], name) for name in lines[0].__dataclass_fields__}
    )
    assert str(taken.sheet.money[0].revised) == "90.00"
    assert taken.header.revision == 7
    assert [f.severity for f in taken.findings] == [Severity.HINT]


def test_rows_may_be_added_removed_and_reordered_offline():
    book = openpyxl.load_workbook(io.BytesIO(forms.fill(goal(3))))
    page = book.worksheets[0]
    for merged in [area for area in page.merged_cells.ranges if area.min_row == 13]:
        page.unmerge_cells(str(merged))
    cells = [[page.cell(row, column).value for column in range(2, 9)] for row in (13, 14, 15)]
    for row, values in zip((13, 14), (cells[2], cells[0]), strict=True):
        for column, value in enumerate(values, start=2):
            page.cell(row, column).value = value
    for column, value in enumerate(["效益指标", "社会效益指标", "新加的", "≥90分", 5, "", None], start=2):
        page.cell(15, column).value = value
    page["B13"], page["C13"], page["B14"], page["C14"] = "产出指标", "数量指标", "产出指标", "数量指标"
    stream = io.BytesIO()
    book.save(stream)
    taken = forms.take(stream.getvalue(), "表.xlsx", Form.PROJECT_GOAL)
    assert [line.key for line in taken.sheet.indicators][:2] == ["k3", "k1"]
    new = taken.sheet.indicators[2]
    assert (new.key not in {"k1", "k2", "k3"}, new.name, new.target_in_words) == (True, "新加的", "≥90分")


def test_a_taken_form_says_which_revision_it_was_taken_from():
    header = forms.take(forms.fill(goal()), "表.xlsx", Form.PROJECT_GOAL).header
    assert (header.revision, header.unit_code, header.fiscal_year, header.region) == (
        7,
        "201001",
        2024,
        "430299",
    )


def test_a_text_longer_than_a_cell_comes_back_whole():
    sheet = dataclasses.replace(goal(), annual_goal="长" * 40_000)
    assert forms.take(resaved(forms.fill(sheet)), "表.xlsx", Form.PROJECT_GOAL).sheet == sheet
