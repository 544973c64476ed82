"""工作日历: read by all, written by 绩效股."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from tests.cast import Cast

from jiheng.projects.models import Window
from jiheng.units.models import LogEntry, Person

ClientOf = Callable[[Person], Client]
DRAFT = {
    "stage": "monitoring",
    "work_year": "2024",
    "fiscal_year": "2024",
    "month": "9",
    "opens_on": "2024-10-08",
    "due_on": "2024-10-20",
    "closes_on": "2024-10-31",
    "note": "1—9月双监控",
}


def test_opens_a_stage(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.performance)
    assert client.post("/calendar/new/", DRAFT)["Location"] == "/calendar/"
    page = client.get("/calendar/").content.decode()
    assert "1—9月双监控" in page
    assert "“2024年运行监控（截至9月）”已保存" in page
    assert LogEntry.objects.filter(action="布置工作").count() == 1


def test_dates_out_of_order_are_told_beside_the_field(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.performance).post("/calendar/new/", DRAFT | {"due_on": "2024-10-01"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_due_on">截止日期</a>' in page
    assert page.count("早于开放日期") == 2
    assert 'value="2024-10-01"' in page


def test_moves_the_dates_but_not_the_stage(cast: Cast, client_of: ClientOf) -> None:
    address = f"/calendar/{cast.goal_window.pk}/"
    moved = DRAFT | {"opens_on": "2024-01-03", "due_on": "2024-04-10", "closes_on": "2024-05-01"}
    client_of(cast.performance).post(address, moved)
    window = Window.objects.get(pk=cast.goal_window.pk)
    assert (window.stage, window.month, str(window.due_on)) == ("goal", 0, "2024-04-10")
    assert LogEntry.objects.get(action="调整工作日历").before["截止日期"] == "2024-03-29"


def test_takes_a_stage_out(cast: Cast, client_of: ClientOf) -> None:
    client_of(cast.performance).post(f"/calendar/{cast.goal_window.pk}/delete/")
    assert not Window.objects.filter(pk=cast.goal_window.pk).exists()
    assert LogEntry.objects.filter(action="取消工作安排").exists()


def test_others_read_only(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.reporter).get("/calendar/").content.decode()
    assert "绩效目标" in page
    assert "布置工作</a>" not in page


def test_another_work_year_is_remembered(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.performance)
    assert "2023年工作日历" in client.get("/calendar/?work=2023").content.decode()
    page = client.get("/calendar/").content.decode()
    assert "2023年工作日历" in page
    assert "这个工作年度还没有布置工作" in page
