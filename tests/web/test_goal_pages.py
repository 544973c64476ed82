"""绩效目标 in pages: the list, beginning, last year's lines, two taxonomies, paste, adjustment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cast import Cast, make_fund
from tests.web import filed
from tests.web.filed import sent

from jiheng.filings.models import Filing, State
from jiheng.goals.models import Adjustment
from jiheng.sheets import ProjectGoalSheet, Taxonomy
from jiheng.units.models import LogEntry, Person

Clients = Callable[[Person], Client]


def indicators(filing: Filing) -> tuple[Any, ...]:
    sheet = Filing.objects.get(pk=filing.pk).as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    return sheet.indicators


def listed(client: Client, **asked: Any) -> str:
    return client.get(reverse("goals"), {"year": 2024, **asked}).content.decode()


def test_the_list_shows_who_has_not_filed(cast: Cast, client_of: Clients) -> None:
    page = listed(client_of(cast.performance), state="none")
    assert page.count("未填报</span>") == 9, "five units and four funds"
    filed.filled(cast)
    assert listed(client_of(cast.performance), state="none").count("未填报</span>") == 8
    assert "薄弱学校改造" in listed(client_of(cast.performance), state="draft")


def test_who_holds_a_desk_first_sees_what_waits_there(cast: Cast, client_of: Clients) -> None:
    filed.at_desk(cast, cast.reviewer, cast.department, cast.division)
    page = listed(client_of(cast.performance)).partition("<tbody>")[2]
    assert "薄弱学校改造" in page
    assert "营养改善" not in page
    assert "营养改善" in listed(client_of(cast.performance), desk="all")


@pytest.mark.parametrize(
    ("asked", "found"),
    [({"text": "营养"}, 1), ({"text": "卫生"}, 3), ({"form": "unit_goal"}, 5), ({"late": "1"}, 9)],
)
def test_filters_stand_in_the_address(
    cast: Cast, client_of: Clients, asked: dict[str, str], found: int
) -> None:
    page = listed(client_of(cast.performance), **asked).partition("<tbody>")[2]
    assert page.partition("</tbody>")[0].count("<tr") == found


def test_the_list_asks_the_same_of_the_database_however_many_units(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    listed(client)
    with CaptureQueriesContext(connection) as few:
        listed(client)
    for number in range(30):
        make_fund(cast.school, f"1050021{number:02}", f"专项 {number}")
    with CaptureQueriesContext(connection) as many:
        listed(client)
    assert len(many) == len(few)


def test_a_reporter_begins_its_form(cast: Cast, client_of: Clients) -> None:
    answer = client_of(cast.reporter).post(reverse("goal_start"), {"fund": cast.building.pk})
    filing = Filing.objects.get(fund=cast.building)
    assert answer["Location"] == reverse("filing", args=[filing.pk])
    assert LogEntry.objects.filter(action="建立草稿").exists()


def test_a_reporter_begins_no_other_units_form(cast: Cast, client_of: Clients) -> None:
    answer = client_of(cast.reporter).post(reverse("goal_start"), {"fund": cast.clinics.pk})
    assert answer.status_code == 404
    assert not Filing.objects.exists()


def test_a_form_changes_its_taxonomy_and_nothing_is_lost(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    url = reverse("goal_taxonomy", args=[filing.pk])
    client.post(url, sent(filing, leader="李校长"))
    after = Filing.objects.get(pk=filing.pk)
    sheet = after.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    assert (sheet.taxonomy, sheet.leader) == (Taxonomy.Y2015, "李校长")
    assert (sheet.indicators[0].level1, sheet.indicators[0].level2) == ("产出指标", "成本指标")
    assert [line.name for line in sheet.indicators] == [line[2] for line in filed.LINES]
    client.post(url, sent(after))
    assert (indicators(filing)[0].level1, indicators(filing)[0].level2) == ("成本指标", "经济成本指标")


def pasted(client: Client, filing: Filing, text: str, column: str = "level") -> list[dict[str, Any]]:
    answer = client.post(reverse("goal_paste", args=[filing.pk]), {"text": text, "column": column})
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return rows


def test_a_block_in_the_official_order_is_split(cast: Cast, client_of: Clients) -> None:
    text = (
        "产出指标\t数量指标\t改造教学楼\t≥2栋\t20\n"
        "\t\t新增课桌\t不少于 1,200套\t10\n"
        "满意度\t满意度\t家长满意\t≥90％\t10"
    )
    rows = pasted(client_of(cast.reporter), filed.draft(cast), text)
    assert rows[0]["cells"] == {
        "level": "产出指标|数量指标",
        "name": "改造教学楼",
        "operator": "≥",
        "target": "2",
        "unit": "栋",
        "weight": "20",
    }
    assert rows[1]["cells"]["level"] == "产出指标|数量指标", "a merged cell comes blank"
    assert (rows[1]["cells"]["operator"], rows[1]["cells"]["unit"]) == ("≥", "套")
    assert rows[2]["cells"]["level"] == "满意度指标|服务对象满意度指标"
    assert all(not row["problems"] for row in rows)


def test_a_block_with_headings_may_stand_in_any_order(cast: Cast, client_of: Clients) -> None:
    text = "三级指标\t分值\t指标值\t二级指标\n改造教学楼\t20\t2栋\t数量指标"
    [row] = pasted(client_of(cast.reporter), filed.draft(cast), text)
    assert row["cells"]["name"] == "改造教学楼"
    assert row["cells"]["level"] == "产出指标|数量指标"


def test_a_block_of_two_columns_goes_where_the_cursor_is(cast: Cast, client_of: Clients) -> None:
    [first, second] = pasted(client_of(cast.reporter), filed.draft(cast), "人\t20\n套\t十分", "unit")
    assert first["cells"] == {"unit": "人", "weight": "20"}
    assert (second["cells"]["unit"], second["cells"]["weight"]) == ("套", "10")


def test_words_are_a_qualitative_target_and_bad_cells_are_named(cast: Cast, client_of: Clients) -> None:
    text = "效益指标\t社会效益指标\t办学条件\t显著改善\t二十多\n效益指标\t成本指标\t乱写\t≥很多\t10"
    rows = pasted(client_of(cast.reporter), filed.draft(cast), text)
    assert (rows[0]["cells"]["operator"], rows[0]["cells"]["target"]) == ("定性", "显著改善")
    assert set(rows[0]["problems"]) == {"weight"}
    assert rows[0]["cells"]["weight"] == "二十多", "kept as it was typed"
    assert set(rows[1]["problems"]) == {"level", "target"}


def test_nothing_on_the_clipboard_is_said(cast: Cast, client_of: Clients) -> None:
    assert pasted(client_of(cast.reporter), filed.draft(cast), " \n\t") == []


def test_an_approved_goal_is_opened_and_given_up_again(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.approved(cast), client_of(cast.reporter)
    url = reverse("goal_adjust", args=[filing.pk])
    assert client.post(url, {"based_on": filing.revision, "reason": ""}).status_code == 422
    client.post(url, {"based_on": filing.revision, "reason": "预算追减", "document": "天衡财预〔2024〕12号"})
    after = Filing.objects.get(pk=filing.pk)
    assert (after.state, after.is_adjusting) == (State.DRAFT, True)
    assert Adjustment.objects.get().document == "天衡财预〔2024〕12号"
    page = client.get(reverse("filing", args=[filing.pk])).content.decode()
    assert "正在调整" in page
    client.post(reverse("goal_abandon", args=[filing.pk]), {"based_on": after.revision})
    assert Filing.objects.get(pk=filing.pk).state == State.APPROVED
    assert LogEntry.objects.filter(action="申请调整").exists()


def test_last_years_lines_are_copied_only_where_there_are_any(cast: Cast, client_of: Clients) -> None:
    filing = filed.draft(cast)
    answer = client_of(cast.reporter).post(reverse("goal_copy", args=[filing.pk]), sent(filing))
    assert answer.status_code == 422
    assert "2023" in answer.content.decode()
