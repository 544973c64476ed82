"""绩效板块 in and out by upstream field names: what goes out comes back, nothing is overwritten."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence

import pytest
from django.core.exceptions import PermissionDenied
from tests.cast import Cast
from tests.evaluation import papers as evaluated
from tests.monitoring import papers as monitored
from tests.projects.test_imports import published
from tests.units.test_imports import sheet, staged
from tests.web import filed

from jiheng.evaluation import exchange
from jiheng.filings.models import Filing, State
from jiheng.projects import years
from jiheng.sheets import Band, Likelihood, MonitoringSheet, ProjectEvaluationSheet, ProjectGoalSheet
from jiheng.units.models import LogEntry, Person


def table(person: Person, name: str, fiscal_year: int) -> list[dict[str, str]]:
    """One table of the exported zip."""
    packed = zipfile.ZipFile(io.BytesIO(exchange.exported(person, fiscal_year)))
    return list(csv.DictReader(io.StringIO(packed.read(f"{name}.csv").decode("utf-8-sig"))))


def file_of(rows: Sequence[dict[str, str]], **changed: str) -> bytes:
    return sheet(list(rows[0]), [[*({**row, **changed}).values()] for row in rows])


def test_an_approved_goal_goes_out_and_comes_back_as_another_fund_s_draft(cast: Cast) -> None:
    goal = filed.approved(cast).as_sheet()
    rows = table(cast.performance, "PM_PERF_INDICATOR", 2024)
    assert {row["pro_code"] for row in rows} == {cast.building.code}  # of two projects: the fund's own
    assert [row["computesign"] for row in rows] == ["≤", "'=", "'=", "≥", "≥"]  # no formula in a spreadsheet
    data = file_of(rows, pro_code=cast.clinics.code, agency_code=cast.clinic.code)
    assert published(cast.performance, "board_goals", data, 2024).counts["新增草稿"] == 1
    made = Filing.objects.get(fund=cast.clinics, form="project_goal", fiscal_year=2024)
    draft = made.as_sheet()
    assert isinstance(draft, ProjectGoalSheet) and isinstance(goal, ProjectGoalSheet)
    assert (made.state, made.unit, draft.annual_goal) == (State.DRAFT, cast.clinic, goal.annual_goal)
    assert [line.target_in_words for line in draft.indicators] == [
        line.target_in_words for line in goal.indicators
    ]
    assert [line.weight for line in draft.indicators] == [line.weight for line in goal.indicators]
    assert draft.leader == ""  # nobody's yet, least of all the bureau's
    assert str(draft.funding.annual_total) == "320"  # the money is the budget's, not the file's
    assert LogEntry.objects.filter(action="取数生成目标草稿", unit_name=cast.clinic.name).exists()


def test_a_form_that_is_there_is_never_overwritten(cast: Cast) -> None:
    filing = filed.filled(cast)
    rows = [("105002001", "产出指标", "数量指标", "另一个指标", "≥", "1")]
    heads = (
        "pro_code",
        "lv1_perf_ind_name",
        "lv2_perf_ind_name",
        "lv3_perf_ind_name",
        "computesign",
        "kpi_val",
    )
    batch = staged(cast.performance, "board_goals", sheet(heads, rows), 2024)
    (cell,) = batch.preview["bad"]
    assert "不覆盖" in cell["reason"]
    assert Filing.objects.get(pk=filing.pk).sheet == filing.sheet


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("999", "产出指标", "数量指标", "甲", "≥", "1", "10"), "项目代码", "没有这个项目或专项"),
        (("", "产出指标", "数量指标", "甲", "≥", "1", "10"), "单位代码", "没有这个单位"),
        (("361002001", "产出指标", "没有的指标", "甲", "≥", "1", "10"), "二级指标", "不在 2021 版指标分类"),
        (("361002001", "产出指标", "数量指标", "甲", "大约", "1", "10"), "计算符号", "不是计算符号"),
        (("361002001", "产出指标", "数量指标", "甲", "≥", "许多", "10"), "指标值", ""),
        (("361002001", "产出指标", "数量指标", "甲", "≥", "1", "若干"), "分值", ""),
    ],
)
def test_what_cannot_be_read_is_named(cast: Cast, row: tuple[str, ...], column: str, words: str) -> None:
    heads = ("项目代码", "一级指标", "二级指标", "三级指标", "计算符号", "指标值", "分值")
    batch = staged(cast.performance, "board_goals", sheet(heads, [row]), 2024)
    cell = batch.preview["bad"][0]
    assert cell["column"] == column
    assert words in cell["reason"]
    assert not Filing.objects.exists()


def test_deleted_rows_are_left_out_and_the_same_indicator_twice_is_told(cast: Cast) -> None:
    heads = ("项目代码", "一级指标", "二级指标", "三级指标", "计算符号", "is_deleted")
    line = ("361002001", "产出指标", "数量指标", "甲", "≥")
    batch = staged(cast.performance, "board_goals", sheet(heads, [(*line, "2"), (*line, "1")]), 2024)
    assert batch.preview["bad"] == []
    batch = staged(cast.performance, "board_goals", sheet(heads, [(*line, "2"), (*line, "")]), 2024)
    assert "同一个指标" in batch.preview["bad"][0]["reason"]


def test_what_was_monitored_goes_out_and_comes_back(cast: Cast) -> None:
    people = (cast.reviewer, cast.department, cast.performance)
    filing = monitored.passed(monitored.submitted(cast), *people)
    assert filing.state == State.APPROVED
    rows = table(cast.performance, "PAY_PERF_MONITOR_INFO", 2024)
    assert [row["perf_comp"] for row in rows] == ["60", "达成年度指标；已改善", "92"]
    assert rows[0]["pro_bgt_comp"] == "10500000"
    monitored.approved_goal(cast.clinic, cast.clinics, 2024)
    data = file_of(rows, pro_code=cast.clinics.code, agency_code=cast.clinic.code, month="9")
    assert published(cast.performance, "board_monitoring", data, 2024).counts["新增草稿"] == 1
    made = Filing.objects.get(fund=cast.clinics, form="monitoring")
    draft = made.as_sheet()
    assert isinstance(draft, MonitoringSheet) and made.month == 9
    assert str(draft.lines[0].actual) == "60"
    assert (draft.lines[1].band, draft.lines[1].actual_text) == (Band.ACHIEVED, "已改善")
    assert draft.lines[0].likelihood == Likelihood.CERTAIN
    assert str(draft.money[0].executed) == "30"  # payments of this fund, not the file's


def test_what_was_evaluated_goes_out_and_comes_back(cast: Cast) -> None:
    evaluated.confirmed(cast)
    rows = table(cast.performance, "PM_SELF_EVAL_INDICATOR", 2023)
    assert [row["eval_score"] for row in rows] == [evaluated.FIRST, "30", "10"]
    (money,) = [
        row for row in table(cast.performance, "PM_PERF_SELF_BGT", 2023) if "总额" in row["found_type_code"]
    ]
    assert (money["reply_amt"], money["year_adj_amt"], money["exe_amt_rate"]) == (
        "45000000",
        "2540000",
        "96.84",
    )
    monitored.approved_goal(cast.clinic, cast.clinics, 2023)
    data = file_of(rows, pro_code=cast.clinics.code, agency_code=cast.clinic.code)
    assert published(cast.performance, "board_evaluation", data, 2023).counts["新增草稿"] == 1
    draft = Filing.objects.get(fund=cast.clinics, form="project_evaluation").as_sheet()
    assert isinstance(draft, ProjectEvaluationSheet)
    assert [str(line.claimed) for line in draft.lines] == [evaluated.FIRST, "30", "10"]
    assert draft.lines[0].reason == "5间因管线迁改延后，已列入下年计划"


def test_reports_need_an_approved_goal_and_its_indicators(cast: Cast) -> None:
    heads = ("项目代码", "截至月份", "三级指标", "执行情况")
    batch = staged(cast.performance, "board_monitoring", sheet(heads, [("361002001", "6", "甲", "1")]), 2024)
    assert "还没有批复" in batch.preview["bad"][0]["reason"]
    monitored.approved_goal(cast.clinic, cast.clinics, 2024)
    rows = [
        ("361002001", "6", "甲", "1"),
        ("361002001", "13", "改造教室", "1"),
        ("361002001", "6", "改造教室", "几间"),
    ]
    batch = staged(cast.performance, "board_monitoring", sheet(heads, rows), 2024)
    assert [cell["column"] for cell in batch.preview["bad"]] == ["三级指标", "截至月份", "执行情况"]


def test_a_fund_that_is_over_gets_no_form(cast: Cast) -> None:
    type(cast.clinics).objects.filter(pk=cast.clinics.pk).update(until_year=2023)
    heads = ("项目代码", "一级指标", "二级指标", "三级指标", "计算符号")
    batch = staged(
        cast.performance,
        "board_goals",
        sheet(heads, [("361002001", "产出指标", "数量指标", "甲", "≥")]),
        2024,
    )
    assert "2024 年不计入" in batch.preview["bad"][0]["reason"]


def test_only_the_performance_section_and_only_an_open_year(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        staged(cast.budget, "board_goals", b"x", 2024)
    rows = [("361002001", "产出指标", "数量指标", "甲", "≥", "1")]
    heads = ("项目代码", "一级指标", "二级指标", "三级指标", "计算符号", "指标值")
    years.close(cast.performance, 2024, [(2024, "goal")])
    with pytest.raises(Exception, match="结转关闭"):
        published(cast.performance, "board_goals", sheet(heads, rows), 2024)
    assert not Filing.objects.exists()
