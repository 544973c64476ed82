"""全覆盖: both sides, as of a day, drilled down, the missing to copy and to export."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.cast import WHEN, Cast, make_fund

from jiheng.filings.models import Desk, Filing, State, Step
from jiheng.sheets import Form
from jiheng.units.models import LogEntry, Person, Unit

ClientOf = Callable[[Person], Client]
GOALS = "/coverage/?stage=goal&year=2024"


def file_goal(unit: Unit) -> Filing:
    filing = Filing.objects.create(
        region_id=unit.region_id,
        unit=unit,
        form=Form.UNIT_GOAL,
        fiscal_year=2024,
        state=State.IN_REVIEW,
        desk=Desk.UNIT,
        sheet={},
        submitted_at=WHEN,
    )
    Step.objects.create(
        filing=filing, region_id=unit.region_id, at=WHEN, action="报送", to_desk="unit", state=State.IN_REVIEW
    )
    return filing


def test_counts_both_sides_and_names_the_missing(cast: Cast, client_of: ClientOf) -> None:
    file_goal(cast.school)
    page = client_of(cast.performance).get(GOALS).content.decode()
    assert "<b>1 / 5</b>" in page
    assert "<b>0 / 4</b>" in page
    assert "未报送（8）" in page
    assert "困难群众救助补助资金" in page
    assert "有 2 个单位、1 个专项还没有预算数" in page


def test_as_of_an_earlier_day(cast: Cast, client_of: ClientOf) -> None:
    file_goal(cast.school)
    before = (WHEN - timedelta(days=1)).date()
    page = client_of(cast.performance).get(f"{GOALS}&day={before}").content.decode()
    assert "<b>0 / 5</b>" in page


def test_drills_from_division_to_unit(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.performance)
    division = client.get(f"{GOALS}&division={cast.culture.pk}").content.decode()
    assert f"department={cast.education.pk}" in division
    assert "卫生健康局" not in division
    department = client.get(f"{GOALS}&division={cast.culture.pk}&department={cast.education.pk}").content
    assert "<b>0 / 2</b>" in department.decode()
    assert f"unit={cast.school.pk}" in department.decode()


def test_a_unit_sees_itself_only_and_has_nobody_to_remind(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.reporter).get(GOALS).content.decode()
    assert "<b>0 / 1</b>" in page
    assert "民政局" not in page
    assert "催报名单" not in page


def test_another_division_cannot_be_drilled_into(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.division).get(f"{GOALS}&division={cast.social.pk}").content.decode()
    assert "民政局" not in page
    assert "这个范围内没有单位" in page


def test_the_reminder_list_to_copy(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.performance).get(GOALS).content.decode()
    assert '<pre id="reminder" hidden>' in page
    assert "第一中学（张填" in page


def test_the_reminder_list_as_a_workbook(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.performance).get(
        f"/coverage/export.xlsx?stage=goal&year=2024&department={cast.civil.pk}"
    )
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0].startswith("2024年绩效目标催报名单")
    assert rows[1][2] == "单位"
    assert {row[2] for row in rows[2:]} == {"民政局本级"}
    assert LogEntry.objects.filter(action="导出催报名单").exists()


def test_a_wrong_address_shows_the_usual_page(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.performance).get("/coverage/?stage=x&month=99&day=yesterday&unit=a&page=z&list=y")
    assert answer.status_code == 200


def test_queries_do_not_grow(cast: Cast, client_of: ClientOf, django_assert_num_queries: Any) -> None:
    client = client_of(cast.performance)
    client.get(GOALS)
    with CaptureQueriesContext(connection) as few:
        client.get(GOALS)
    for number in range(10):
        unit = Unit.objects.create(
            region=cast.region, department=cast.civil, code=f"3549{number:02}", name=f"民政所{number}"
        )
        make_fund(unit, f"35490{number:02}", f"救助{number}")
        file_goal(unit)
    with django_assert_num_queries(len(few)):
        client.get(GOALS)
