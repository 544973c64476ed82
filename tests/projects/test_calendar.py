"""The calendar of a work year."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from tests.cast import Cast

from jiheng.projects import calendar
from jiheng.projects.models import Stage, Window
from jiheng.sheets import Form
from jiheng.units.models import LogEntry, Region


def draft(**changes) -> calendar.WindowDraft:
    given = {
        "work_year": 2024,
        "stage": Stage.MONITORING,
        "fiscal_year": 2024,
        "month": 8,
        "opens_on": date(2024, 9, 1),
        "due_on": date(2024, 9, 20),
        "closes_on": date(2024, 9, 30),
    }
    return calendar.WindowDraft(**(given | changes))


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2024, 8, 31), "未开放"),
        (date(2024, 9, 1), "开放中"),
        (date(2024, 9, 20), "开放中"),
        (date(2024, 9, 21), "已逾期"),
        (date(2024, 9, 30), "已逾期"),
        (date(2024, 10, 1), "已关闭"),
    ],
)
def test_a_window_on_a_day(cast: Cast, day: date, state: str) -> None:
    made = calendar.set_window(cast.performance, draft())
    assert calendar.state_on(made, day).value == state
    assert (made in calendar.open_windows(cast.region, day)) == (state in ("开放中", "已逾期"))


def test_the_fiscal_year_is_not_the_work_year(cast: Cast) -> None:
    assert calendar.window(cast.region, Stage.EVALUATION, 2023) == cast.evaluation_window
    assert calendar.window(cast.region, Stage.EVALUATION, 2024) is None
    assert calendar.window(cast.region, Stage.MONITORING, 2024, 6) == cast.monitoring_window
    assert len(calendar.windows_of(cast.region, 2024)) == 3


def test_every_form_belongs_to_a_stage() -> None:
    assert {form: calendar.stage_of(form.value).value for form in Form} == {
        Form.PROJECT_GOAL: "goal",
        Form.UNIT_GOAL: "goal",
        Form.MONITORING: "monitoring",
        Form.PROJECT_EVALUATION: "evaluation",
        Form.UNIT_EVALUATION: "evaluation",
    }


def test_moving_a_window_is_logged_with_what_stood_before(cast: Cast) -> None:
    made = calendar.set_window(cast.performance, draft())
    moved = calendar.set_window(cast.performance, draft(due_on=date(2024, 9, 25)))
    assert made.pk == moved.pk
    first, second = LogEntry.objects.order_by("pk")
    assert (first.action, second.action) == ("布置工作", "调整工作日历")
    assert (second.before["截止日期"], second.after["截止日期"]) == ("2024-09-20", "2024-09-25")


def test_removing_a_window_is_logged(cast: Cast) -> None:
    calendar.remove_window(cast.performance, cast.goal_window.pk)
    assert calendar.window(cast.region, Stage.GOAL, 2024) is None
    assert LogEntry.objects.get().action == "取消工作安排"


@pytest.mark.parametrize("who", ["observer", "reporter", "admin", "division"])
def test_only_the_performance_section_assigns(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        calendar.set_window(cast.people[who], draft())
    with pytest.raises(PermissionDenied):
        calendar.remove_window(cast.people[who], cast.goal_window.pk)


def test_another_regions_calendar_is_not_there(cast: Cast) -> None:
    cast.performance.region = Region.objects.create(code="430298000", name="邻区")
    with pytest.raises(Http404):
        calendar.remove_window(cast.performance, cast.goal_window.pk)
    assert Window.objects.filter(pk=cast.goal_window.pk).exists()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"due_on": date(2024, 8, 1)}, "due_on", "早于开放日期 2024-09-01"),
        ({"closes_on": date(2024, 9, 19)}, "closes_on", "早于截止日期 2024-09-20"),
        ({"month": 0}, "month", "须写明截至月份"),
        ({"stage": Stage.GOAL}, "month", "绩效目标按年度布置"),
        ({"fiscal_year": 24}, "fiscal_year", "四位年份"),
    ],
)
def test_wrong_dates_are_refused_in_words(cast: Cast, changes: dict, field: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        calendar.set_window(cast.performance, draft(**changes))
    assert words in refused.value.message_dict[field][0]
    assert Window.objects.count() == 3
