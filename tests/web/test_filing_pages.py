"""One form's pages: saved, checked, submitted, decided, asked about. Who may: the table of permissions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.web import filed
from tests.web.filed import sent

from jiheng.filings.models import Desk, Filing, OpinionDraft, Question, Remark, State
from jiheng.sheets import ProjectGoalSheet, to_json
from jiheng.units.models import LogEntry, Person

Clients = Callable[[Person], Client]


def now(filing: Filing) -> Filing:
    return Filing.objects.get(pk=filing.pk)


def logged(action: str) -> bool:
    return LogEntry.objects.filter(action=action).exists()


def save(client: Client, filing: Filing, **changed: Any) -> Any:
    url = reverse("filing_save", args=[filing.pk])
    return client.post(url, sent(filing, **changed), headers={"Accept": "application/json"})


def test_a_draft_saves_itself(cast: Cast, client_of: Clients) -> None:
    filing = filed.draft(cast)
    answer = save(client_of(cast.reporter), filing, annual_goal="完成改造")
    assert answer.status_code == 200
    assert answer.json()["revision"] == filing.revision + 1
    sheet = now(filing).as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    assert sheet.annual_goal == "完成改造"
    assert logged("保存草稿")


def test_the_page_sent_back_untouched_changes_nothing(cast: Cast, client_of: Clients) -> None:
    filing = filed.filled(cast)
    assert save(client_of(cast.reporter), filing).json()["revision"] == filing.revision
    assert now(filing).sheet == to_json(filing.as_sheet())


def test_what_cannot_be_read_is_told_and_kept(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    answer = save(client, filing, **{"funding.annual_total": "五百多万"})
    assert [item["field"] for item in answer.json()["problems"]] == ["funding.annual_total"]
    page = client.get(reverse("filing", args=[filing.pk])).content.decode()
    assert "五百多万" in page
    assert "年度资金总额：" in page


def test_an_unread_figure_bars_submission(cast: Cast, client_of: Clients) -> None:
    filing = filed.filled(cast)
    data = sent(filing, **{"funding.midterm_total": "500万"})
    answer = client_of(cast.reporter).post(reverse("filing_submit", args=[filing.pk]), data)
    assert answer.status_code == 422
    assert "500万" in answer.content.decode()
    assert now(filing).state == State.DRAFT


def test_an_unread_figure_is_not_called_missing_too(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    data = sent(filing, **{"funding.annual_total": "五百多万", "funding.annual_fiscal": ""})
    page = client.post(reverse("filing_check", args=[filing.pk]), data, follow=True).content.decode()
    assert "五百多万" in page
    assert "年度资金总额未填" not in page


def test_a_stale_tab_gets_both_sides_and_stores_nothing(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    save(client, filing, leader="甲")
    stored = now(filing)
    answer = save(client, filing, leader="乙")
    assert answer.status_code == 409
    assert "甲" in answer.json()["conflict"]
    assert "乙" in answer.json()["conflict"]
    assert now(filing).sheet == stored.sheet
    plain = client.post(reverse("filing_save", args=[filing.pk]), sent(filing, leader="乙"))
    assert plain.status_code == 409
    assert 'value="乙"' in plain.content.decode(), "without scripts what was typed stays on the page"


@pytest.mark.parametrize(("side", "kept"), [("stored", "甲"), ("file", "乙")])
def test_a_conflict_is_resolved_field_by_field(cast: Cast, client_of: Clients, side: str, kept: str) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    save(client, filing, leader="甲")
    data = sent(filing, leader="乙", phone="0399-2999999", based_on=now(filing).revision)
    data |= {"choice:leader": side, "choice:phone": "file"}
    assert client.post(reverse("filing_resolve", args=[filing.pk]), data).status_code == 302
    sheet = now(filing).as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    assert (sheet.leader, sheet.phone) == (kept, "0399-2999999")


def test_check_saves_and_says_what_is_wrong_beside_the_field(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    data = sent(filing, **{"indicators[k1].weight": "19"})
    answer = client.post(reverse("filing_check", args=[filing.pk]), data, follow=True)
    page = answer.content.decode()
    assert "分值合计 89 分" in page
    assert "#f-indicators" in page


def test_submit_saves_what_the_page_holds_and_files_it(cast: Cast, client_of: Clients) -> None:
    filing = filed.filled(cast)
    url = reverse("filing_submit", args=[filing.pk])
    assert client_of(cast.reporter).post(url, sent(filing, leader="李校长")).status_code == 302
    after = now(filing)
    assert (after.state, after.desk, after.sheet["leader"]) == (State.IN_REVIEW, Desk.UNIT, "李校长")
    assert logged("报送")


def test_a_form_with_errors_stays_with_what_was_typed(cast: Cast, client_of: Clients) -> None:
    filing = filed.draft(cast)
    data = sent(filing, annual_goal="完成改造")
    answer = client_of(cast.reporter).post(reverse("filing_submit", args=[filing.pk]), data)
    assert answer.status_code == 422
    assert now(filing).state == State.DRAFT
    assert now(filing).sheet["annual_goal"] == "完成改造"


def test_a_reporter_takes_back_what_nobody_decided(cast: Cast, client_of: Clients) -> None:
    filing = filed.submitted(cast)
    url = reverse("filing_withdraw", args=[filing.pk])
    assert client_of(cast.reporter).post(url, {"based_on": filing.revision}).status_code == 302
    assert now(filing).state == State.DRAFT
    assert logged("撤回")


def test_a_desk_approves(cast: Cast, client_of: Clients) -> None:
    filing = filed.submitted(cast)
    url = reverse("filing_approve", args=[filing.pk])
    client_of(cast.reviewer).post(url, {"based_on": filing.revision, "opinion": "同意"})
    assert now(filing).desk == Desk.DEPARTMENT
    assert logged("审核通过")


def test_a_desk_returns_with_opinions_beside_fields(cast: Cast, client_of: Clients) -> None:
    filing = filed.at_desk(cast, cast.reviewer, cast.department)
    data = {
        "based_on": filing.revision,
        "to_desk": "reporter",
        "reason": "请核对",
        "remark:indicators[k4].target": "与立项批复不一致",
        "remark:nonsense": " ",
    }
    url = reverse("filing_return", args=[filing.pk])
    assert client_of(cast.division).post(url, data).status_code == 302
    remark = Remark.objects.get(filing=filing)
    assert (remark.field, remark.label) == ("indicators[k4].target", "绩效指标·新增学位数量 指标值")
    assert now(filing).state == State.RETURNED
    assert logged("退回")
    page = client_of(cast.reporter).get(reverse("filing", args=[filing.pk])).content.decode()
    assert "与立项批复不一致" in page


def test_a_return_without_a_reason_keeps_the_opinions_typed(cast: Cast, client_of: Clients) -> None:
    filing = filed.at_desk(cast, cast.reviewer, cast.department)
    data = {"based_on": filing.revision, "to_desk": "performance", "remark:leader": "请补全称"}
    answer = client_of(cast.division).post(reverse("filing_return", args=[filing.pk]), data)
    assert answer.status_code == 422
    assert "请补全称" in answer.content.decode()
    assert now(filing).state == State.IN_REVIEW


def test_the_review_shows_what_changed_since_the_last_submission(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.at_desk(cast, cast.reviewer, cast.department), client_of(cast.reporter)
    back = {"based_on": filing.revision, "to_desk": "reporter", "reason": "请核对"}
    client_of(cast.division).post(reverse("filing_return", args=[filing.pk]), back)
    data = sent(now(filing), **{"indicators[k4].target": "480"})
    client.post(reverse("filing_submit", args=[filing.pk]), data)
    assert now(filing).desk == Desk.DIVISION, "a mended form comes straight back"
    page = client_of(cast.division).get(reverse("filing", args=[filing.pk])).content.decode()
    assert "改前：450" in page


def test_a_question_stands_beside_its_field(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.draft(cast), client_of(cast.reporter)
    data = {"field": "annual_goal", "text": "年度目标要写多长？"}
    assert client.post(reverse("filing_ask", args=[filing.pk]), data).status_code == 302
    asked = Question.objects.get()
    assert (asked.field, asked.label) == ("annual_goal", "年度目标")
    assert "年度目标要写多长？" in client.get(reverse("filing", args=[filing.pk])).content.decode()
    assert logged("提问")


def test_any_two_versions_are_compared_field_by_field(cast: Cast, client_of: Clients) -> None:
    filing = filed.approved(cast)
    url = reverse("filing_history", args=[filing.pk])
    page = client_of(cast.observer).get(url, {"from": "1", "to": "2"}).content.decode()
    assert "没有不同" in page
    assert "李审" in page


def test_the_print_page_is_the_form_alone(cast: Cast, client_of: Clients) -> None:
    filing = filed.approved(cast)
    page = client_of(cast.observer).get(reverse("filing_print", args=[filing.pk])).content.decode()
    assert "项目支出绩效目标申报表" in page
    assert "新增学位数量" in page
    assert 'name="indicators' not in page


def test_many_are_approved_at_once_and_each_failure_says_why(cast: Cast, client_of: Clients) -> None:
    good = filed.at_desk(cast, cast.reviewer, cast.department, cast.division)
    data = {"action": "approve", "rows": [f"{good.pk}:{good.revision}", "987654321:1", "x:y"]}
    answer = client_of(cast.performance).post(reverse("filing_bulk"), data)
    page = answer.content.decode()
    assert "通过 1 份，1 份没有办成" in page
    assert "没有这份表，或您无权查看" in page
    assert now(good).state == State.APPROVED
    assert logged("批复")


def test_many_are_returned_with_one_opinion(cast: Cast, client_of: Clients) -> None:
    filing = filed.at_desk(cast, cast.reviewer)
    client, rows = client_of(cast.department), [f"{filing.pk}:{filing.revision}"]
    client.post(reverse("filing_bulk"), {"action": "return", "rows": rows})
    assert now(filing).state == State.IN_REVIEW, "no opinion, no return"
    client.post(reverse("filing_bulk"), {"action": "return", "rows": rows, "opinion": "请补充指标"})
    assert now(filing).state == State.RETURNED


def test_what_a_reviewer_typed_is_there_again_until_the_desk_decides(cast: Cast, client_of: Clients) -> None:
    filing = filed.at_desk(cast, cast.reviewer)
    client, url = client_of(cast.department), reverse("filing", args=[filing.pk])
    typed = {"reason": "金额待核", "remark:annual_goal": "没有写数量", "to_desk": "unit"}
    kept = client.post(reverse("filing_opinions", args=[filing.pk]), typed)
    assert (kept.status_code, now(filing).revision) == (200, filing.revision)
    page = client.get(url).content.decode()
    assert "金额待核" in page
    assert 'data-kept="annual_goal"' in page
    assert '<option value="unit" selected>' in page
    for other in (cast.reviewer, cast.performance, cast.reporter):
        assert "没有写数量" not in client_of(other).get(url).content.decode()
    client.post(reverse("filing_return", args=[filing.pk]), {**typed, "based_on": filing.revision})
    assert Remark.objects.get(filing=filing).text == "没有写数量"
    assert not OpinionDraft.objects.exists()


def test_opinions_are_kept_only_at_the_desk_that_holds_the_form(cast: Cast, client_of: Clients) -> None:
    filing = filed.at_desk(cast, cast.reviewer)
    url = reverse("filing_opinions", args=[filing.pk])
    assert client_of(cast.department).get(url).status_code == 405
    assert client_of(cast.division).post(url, {"reason": "不行"}).status_code == 409
    assert client_of(cast.observer).post(url, {"reason": "不行"}).status_code == 403
    client_of(cast.department).post(url, {"reason": "先写着"})
    client_of(cast.department).post(url, {"reason": " "})
    assert not OpinionDraft.objects.exists()


def test_many_are_returned_to_the_desk_chosen(cast: Cast, client_of: Clients) -> None:
    filing = filed.at_desk(cast, cast.reviewer, cast.department)
    client, rows = client_of(cast.division), [f"{filing.pk}:{filing.revision}"]
    listed = client.get(reverse("goals"), {"desk": "mine", "year": filing.fiscal_year}).content.decode()
    assert re.findall(
        r'<option value="(\w+)"', listed.partition('name="to_desk"')[2].partition("</select>")[0]
    ) == [
        "reporter",
        "unit",
        "department",
    ]
    given = {"action": "return", "rows": rows, "opinion": "请主管部门复核", "to_desk": "department"}
    client.post(reverse("filing_bulk"), given)
    assert (now(filing).state, now(filing).desk) == (State.IN_REVIEW, "department")


def test_the_editor_asks_the_same_of_the_database_however_long_the_form(
    cast: Cast, client_of: Clients, django_assert_max_num_queries: Any
) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    url = reverse("filing", args=[filing.pk])
    with django_assert_max_num_queries(30):
        client.get(url)
