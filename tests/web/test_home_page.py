"""工作台: what waits, what is open, what is red; fast for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from tests.cast import WHEN, Cast

from jiheng.filings import workflow
from jiheng.filings.models import Desk, Filing, Question, State
from jiheng.findings.models import Correction
from jiheng.monitoring.models import Reading
from jiheng.projects.models import Window
from jiheng.sheets import Form
from jiheng.units.models import Person, Unit

ClientOf = Callable[[Person], Client]


def make_filing(unit: Unit, number: int = 0, **fields: Any) -> Filing:
    """A monitoring form at the bureau's desk, whatever its content."""
    given = {"form": Form.MONITORING, "state": State.IN_REVIEW, "desk": Desk.PERFORMANCE, "month": 6} | fields
    return Filing.objects.create(
        region_id=unit.region_id,
        unit=unit,
        fiscal_year=2024 + number,
        sheet={},
        arrived_at=WHEN,
        submitted_at=WHEN,
        **given,
    )


def test_lists_what_waits_for_the_bureau(cast: Cast, client_of: ClientOf) -> None:
    make_filing(cast.school)
    Question.objects.create(unit=cast.school, text="怎么填？", asked_by=cast.reporter, asked_at=WHEN)
    page = client_of(cast.performance).get("/").content.decode()
    assert "执行监控表》（截至6月）待审核 1 份" in page
    assert "单位提问待答复 1 个" in page
    assert "工作年度待结转" in page
    assert "待办 3 件" in page


def test_a_unit_sees_what_it_has_to_file_and_nothing_of_others(cast: Cast, client_of: ClientOf) -> None:
    make_filing(cast.health_bureau, state=State.RETURNED, desk=Desk.REPORTER)
    page = client_of(cast.reporter).get("/").content.decode()
    assert "张表未报送" in page
    assert "被退回" not in page
    assert "卫生健康局" not in page


def test_a_correction_waits_for_its_unit(cast: Cast, client_of: ClientOf) -> None:
    filing = make_filing(cast.school)
    Correction.objects.create(
        region=cast.region,
        unit=cast.school,
        fiscal_year=2024,
        filing=filing,
        cause="执行率低",
        measure="限期整改",
        requirement="加快支付",
        ordered_at=WHEN,
        due_on=timezone.localdate(WHEN),
    )
    assert "2024年纠偏单待回复 1 张" in client_of(cast.reporter).get("/").content.decode()
    assert "纠偏单待回复" not in client_of(cast.stranger).get("/").content.decode()


def test_red_lights_say_red(cast: Cast, client_of: ClientOf) -> None:
    Reading.objects.create(
        filing=make_filing(cast.school),
        money_light="绿",
        goal_light="红",
        overall="红",
        policy_date=timezone.localdate(WHEN),
        policy_version="x",
        read_at=WHEN,
    )
    page = client_of(cast.performance).get("/").content.decode()
    assert '<span class="light light-red">红</span>' in page
    assert '<span class="light light-green">绿</span>' in page
    assert "light-red" not in client_of(cast.stranger).get("/").content.decode()


def test_windows_that_are_open_stand_there(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.reporter).get("/").content.decode()
    assert "2024年运行监控（截至6月）" in page
    assert "已逾期" in page


def test_a_stage_is_overdue_only_for_who_has_something_to_file(cast: Cast, client_of: ClientOf) -> None:
    for person in (cast.performance, cast.division, cast.reviewer):
        page = client_of(person).get("/").content.decode()
        assert "2024年运行监控（截至6月）" in page
        assert "已截止" in page
        assert "已逾期" not in page


def test_what_waits_is_asked_once_until_somebody_changes_something(
    cast: Cast, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of(cast.performance)
    assert "单位提问待答复" not in client.get("/").content.decode()
    with django_assert_max_num_queries(3):  # session, person, the latest log entry
        client.get("/")
    filing = make_filing(cast.school)
    workflow.ask(cast.reporter, filing, "annual_goal", "年度目标", "怎么写？")
    assert "单位提问待答复 1 个" in client.get("/").content.decode()


def test_an_empty_page_says_what_to_do(cast: Cast, client_of: ClientOf) -> None:
    assert "没有待办" in client_of(cast.observer).get("/").content.decode()


@pytest.mark.parametrize("who", ["performance", "division", "department", "reviewer", "reporter", "observer"])
def test_queries_do_not_grow(
    cast: Cast, client_of: ClientOf, who: str, django_assert_max_num_queries: Any
) -> None:
    client = client_of(cast.people[who])
    client.get("/")
    for number, unit in enumerate([cast.school, cast.school, cast.education_bureau, cast.clinic]):
        make_filing(unit, number)
        make_filing(unit, number, form=Form.UNIT_GOAL, month=0)
    cache.clear()
    with django_assert_max_num_queries(24):  # each room asks one or two, however much there is
        client.get("/")


def test_a_bureau_without_a_calendar_is_led_to_the_checklist(
    cast: Cast, client_of: Callable[[Person], Client]
) -> None:
    Window.objects.all().delete()
    assert "看起步清单" in client_of(cast.performance).get("/").content.decode()
    assert "看起步清单" not in client_of(cast.reporter).get("/").content.decode()
