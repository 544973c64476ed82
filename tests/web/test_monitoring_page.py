"""The board, the month's forms, and corrections, in pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cast import Cast
from tests.monitoring.papers import approved_goal, filled, passed, started, submitted

from jiheng.filings.models import Filing, State
from jiheng.findings.models import Correction, CorrectionState
from jiheng.monitoring.models import Reading
from jiheng.sheets import Cause
from jiheng.units.models import LogEntry, Person
from jiheng.web.forms import inputs

Clients = Callable[[Person], Client]


def board(client: Client, **query: object) -> str:
    answer = client.get(reverse("monitoring"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_board_says_each_light_in_a_word(cast: Cast, client_of: Clients) -> None:
    filing = submitted(cast, "10")
    page = board(client_of(cast.performance), by="fund")
    assert reverse("filing", args=[filing.pk]) in page
    assert '<span class="light light-red">红</span>' in page
    assert "未报" in page


def test_the_board_is_filtered_and_keeps_strangers_out(cast: Cast, client_of: Clients) -> None:
    submitted(cast, "10")
    client = client_of(cast.performance)
    assert "薄弱学校改造专项资金" in board(client, by="fund", word="红")
    assert "薄弱学校改造专项资金" not in board(client, by="fund", word="绿")
    assert "薄弱学校改造专项资金" not in board(client, by="fund", text="营养")
    assert "薄弱学校改造专项资金" not in board(client_of(cast.stranger), by="fund")
    assert board(client, by="nonsense", month="13", division="x")


def test_queries_of_the_board_do_not_grow_with_the_forms(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    counts = []
    for prepare in (lambda: None, lambda: submitted(cast)):
        prepare()
        board(client)
        with CaptureQueriesContext(connection) as made:
            board(client)
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_the_form_stands_in_the_columns_of_the_official_table(cast: Cast, client_of: Clients) -> None:
    filing = submitted(cast, "10", causes=(Cause.STAFF,), explanation="两名工程师调离")
    page = client_of(cast.reporter).get(reverse("filing", args=[filing.pk])).content.decode()
    table = page[page.index('<table class="official monitoring">') :]
    words = (
        "一级指标 二级指标 三级指标 年度指标值 分值 1–6月执行情况 全年预计完成情况 "
        "偏差原因分析 完成目标可能性 备注 灯 "
        "经费保障 制度保障 人员保障 硬件条件保障 其他 原因说明"
    )
    assert re.findall(r"<th[^>]*>([^<]+)</th>", table[: table.index("</thead>")]) == words.split()
    lines = filing.as_sheet().lines
    assert table.count('<tr id="f-lines[') == len(lines), "one row an indicator"
    spans = [int(rows) for rows in re.findall(r'<th class="c-level" rowspan="(\d+)"', table)]
    assert sum(spans) == 2 * len(lines), "both levels cover every row once"
    assert table.count("√") == 1
    assert table.count('<span class="tick') == 5 * len(lines)


def test_an_approved_month_is_called_reviewed(cast: Cast, client_of: Clients) -> None:
    filing = submitted(cast, "60")
    version = filing.versions.get()
    Filing.objects.filter(pk=filing.pk).update(state=State.APPROVED, desk="", approved=version)
    client = client_of(cast.performance)
    page = client.get(reverse("filing", args=[filing.pk])).content.decode()
    assert '<span class="tag tag-green">已审核</span>' in page
    assert "已批复" not in page
    listed = client.get(reverse("monitoring_forms"), {"desk": "all"}).content.decode()
    assert '<option value="approved">已审核</option>' in listed
    assert "已批复" not in listed
    covered = client.get(reverse("coverage"), {"stage": "monitoring", "list": "all"}).content.decode()
    assert "已批复" not in covered


def test_a_form_starts_with_its_money_pulled(cast: Cast, client_of: Clients) -> None:
    approved_goal(cast.school, cast.building, 2024)
    client = client_of(cast.reporter)
    answer = client.post(reverse("monitoring_start"), {"fund": cast.building.pk, "month": "6"})
    filing = Filing.objects.get(form="monitoring", fund=cast.building)
    assert answer["Location"] == reverse("filing", args=[filing.pk])
    page = client.get(answer["Location"]).content.decode()
    assert "1,050.00" in page  # 600 + 450 万元 paid until June
    assert "按序时进度 6/12 看" in page
    assert "按全年指标值看，不打折" in page
    assert reverse("payments") in page
    assert LogEntry.objects.filter(action="建立草稿", subject_id=filing.pk).exists()


def test_without_an_approved_goal_the_page_says_what_to_do(cast: Cast, client_of: Clients) -> None:
    answer = client_of(cast.reporter).post(reverse("monitoring_start"), {"fund": cast.building.pk})
    assert answer.status_code == 409
    assert "请先报送" in answer.content.decode()


def test_lights_follow_what_was_saved(cast: Cast, client_of: Clients) -> None:
    filing = started(cast)
    client = client_of(cast.reporter)
    sent = inputs(filled(filing, "10")) | {"based_on": filing.revision}
    assert client.post(reverse("filing_save", args=[filing.pk]), sent).status_code == 302
    page = client.get(reverse("filing", args=[filing.pk])).content.decode()
    assert "light-red" in page
    assert "10/(100÷12×6)×100 = 20.00" in page


def test_the_reporter_cannot_write_the_pulled_money(cast: Cast, client_of: Clients) -> None:
    filing = started(cast)
    sent = {"based_on": filing.revision, "money[total].executed": "9999", "money[total].forecast": "2800"}
    client_of(cast.reporter).post(reverse("filing_save", args=[filing.pk]), sent)
    total = Filing.objects.get(pk=filing.pk).as_sheet().money[0]
    assert (str(total.executed), str(total.forecast)) == ("1050", "2800")


def test_pulling_again_keeps_what_was_typed(cast: Cast, client_of: Clients) -> None:
    filing = started(cast)
    sent = {"based_on": filing.revision, "lines[k1].note": "招标延后"}
    answer = client_of(cast.reporter).post(reverse("monitoring_refresh", args=[filing.pk]), sent)
    assert answer.status_code == 302
    assert Filing.objects.get(pk=filing.pk).as_sheet().lines[0].note == "招标延后"


def test_many_are_decided_in_the_shared_list(cast: Cast, client_of: Clients) -> None:
    filing = submitted(cast)
    client = client_of(cast.reviewer)
    page = client.get(reverse("monitoring_forms"), {"month": 6}).content.decode()
    assert f"{filing.pk}:{filing.revision}" in page
    sent = {"action": "approve", "rows": [f"{filing.pk}:{filing.revision}"], "list": "monitoring_forms"}
    answer = client.post(reverse("filing_bulk"), sent)
    assert answer.status_code == 200
    assert Filing.objects.get(pk=filing.pk).desk == "department"


# ── an approved form opened again ─────────────────────────────────────────────────────────────────────


def approved(cast: Cast) -> Filing:
    return passed(submitted(cast), cast.reviewer, cast.department, cast.performance)


def reopen(client: Client, filing: Filing, reason: str = "执行数报错了") -> int:
    url = reverse("monitoring_reopen", args=[filing.pk])
    return client.post(url, {"based_on": filing.revision, "reason": reason}).status_code


def test_an_approved_form_is_opened_again_and_filed_anew(cast: Cast, client_of: Clients) -> None:
    filing = approved(cast)
    url = reverse("filing", args=[filing.pk])
    button = reverse("monitoring_reopen", args=[filing.pk])
    bureau, unit = client_of(cast.performance), client_of(cast.reporter)
    assert button in bureau.get(url).content.decode()
    assert button not in unit.get(url).content.decode()
    assert reopen(bureau, filing) == 302
    now = Filing.objects.get(pk=filing.pk)
    assert (now.state, now.desk, now.is_adjusting) == (State.DRAFT, "reporter", True)
    assert now.approved_id == filing.approved_id, "the approved version stays in force"
    assert button not in bureau.get(url).content.decode()
    sent = inputs(now.as_sheet()) | {"based_on": now.revision, "lines[k1].note": "更正"}
    assert unit.post(reverse("filing_submit", args=[filing.pk]), sent).status_code == 302
    assert Filing.objects.get(pk=filing.pk).state == State.IN_REVIEW


def test_opening_again_needs_a_reason_and_an_approved_form(cast: Cast, client_of: Clients) -> None:
    filing, client = approved(cast), client_of(cast.performance)
    assert reopen(client, filing, " ") == 422
    assert Filing.objects.get(pk=filing.pk).state == State.APPROVED
    assert reopen(client, filing) == 302
    assert reopen(client, Filing.objects.get(pk=filing.pk)) == 409


def test_opening_again_refuses_get_strangers_and_readers(cast: Cast, client_of: Clients) -> None:
    filing = approved(cast)
    url = reverse("monitoring_reopen", args=[filing.pk])
    assert client_of(cast.performance).get(url).status_code == 405
    assert reopen(client_of(cast.stranger), filing) == 404
    assert reopen(client_of(cast.observer), filing) == 403
    assert reopen(client_of(cast.division), filing) == 403
    goal = approved_goal(cast.school, None, 2024)
    assert reopen(client_of(cast.performance), goal) == 404, "only monitoring forms"
    assert not Filing.objects.filter(is_adjusting=True).exists()


def test_opening_again_is_logged_with_its_reason(cast: Cast, client_of: Clients) -> None:
    filing = approved(cast)
    reopen(client_of(cast.performance), filing)
    entry = LogEntry.objects.get(action="重新打开", subject_id=filing.pk)
    assert entry.person_id == cast.performance.pk
    assert "执行数报错了" in str(vars(entry))


def test_a_reopened_form_can_be_given_up_and_is_what_it_was(cast: Cast, client_of: Clients) -> None:
    filing = approved(cast)
    before, light = filing.sheet, Reading.objects.get(filing=filing).overall
    reopen(client_of(cast.performance), filing)
    filing.refresh_from_db()
    client, url = client_of(cast.reporter), reverse("monitoring_abandon", args=[filing.pk])
    assert url in client.get(reverse("filing", args=[filing.pk])).content.decode()
    assert client.post(url, {"based_on": filing.revision}).status_code == 302
    filing.refresh_from_db()
    assert (filing.state, filing.is_adjusting, filing.sheet) == (State.APPROVED, False, before)
    assert Reading.objects.get(filing=filing).overall == light
    assert LogEntry.objects.filter(action="放弃重填", subject_id=filing.pk).exists()
    page = client.get(reverse("filing_history", args=[filing.pk])).content.decode()
    assert "（审核通过）" in page
    assert "批复" not in page.split("<main", 1)[1]


def test_the_bar_for_many_stands_only_where_a_row_can_be_ticked(cast: Cast, client_of: Clients) -> None:
    submitted(cast)
    url, bar = reverse("monitoring_forms"), 'id="bulk"'
    assert bar in client_of(cast.reviewer).get(url, {"month": 6, "desk": "all"}).content.decode()
    page = client_of(cast.performance).get(url, {"month": 6, "desk": "all"}).content.decode()
    assert "薄弱学校改造专项资金" in page
    assert bar not in page
    assert "data-check-all" not in page


def test_the_bureau_sees_which_forms_must_be_corrected(cast: Cast, client_of: Clients) -> None:
    filing = submitted(cast, "10")
    url = reverse("correction_order", args=[filing.pk])
    assert url in board(client_of(cast.performance), to_correct=1)
    assert url not in board(client_of(cast.reporter), to_correct=1)
    client_of(cast.performance).post(url, ORDER)
    assert url not in board(client_of(cast.performance), to_correct=1)


# ── corrections ───────────────────────────────────────────────────────────────────────────────────────

ORDER = {
    "cause": "截至6月综合灯为红",
    "measure": "加快执行",
    "requirement": "7月底前完成招标",
    "due_on": "2099-07-31",
}


def ordered(cast: Cast, client: Client) -> Correction:
    filing = submitted(cast, "10")
    answer = client.post(reverse("correction_order", args=[filing.pk]), ORDER)
    found = Correction.objects.get(filing=filing)
    assert answer["Location"] == reverse("correction", args=[found.pk])
    return found


def test_an_order_is_proposed_from_the_form(cast: Cast, client_of: Clients) -> None:
    filing = submitted(cast, "10")
    page = client_of(cast.performance).get(reverse("correction_order", args=[filing.pk])).content.decode()
    assert "截至6月综合灯为红" in page
    assert "加快执行" in page
    form = client_of(cast.performance).get(reverse("filing", args=[filing.pk])).content.decode()
    assert reverse("correction_order", args=[filing.pk]) in form


def test_ordered_answered_sent_back_answered_closed(cast: Cast, client_of: Clients) -> None:
    bureau, unit = client_of(cast.performance), client_of(cast.reporter)
    found = ordered(cast, bureau)

    def act(client: Client, name: str, **sent: str) -> int:
        revision = Correction.objects.get(pk=found.pk).revision
        url = reverse(name, args=[found.pk])
        return client.post(url, {"based_on": revision} | sent).status_code

    assert act(unit, "correction_answer", reply="已开标") == 302
    assert act(bureau, "correction_send_back", opinion="") == 422
    assert act(bureau, "correction_send_back", opinion="请附进度") == 302
    assert act(unit, "correction_answer", reply="已开标，进度见附件") == 302
    assert act(bureau, "correction_close", opinion="同意") == 302
    found.refresh_from_db()
    assert found.state == CorrectionState.CLOSED
    actions = LogEntry.objects.filter(subject_id=found.pk).values_list("action", flat=True)
    assert {"下达纠偏", "回复纠偏", "退回纠偏回复", "纠偏销号"} <= set(actions)
    page = unit.get(reverse("correction", args=[found.pk])).content.decode()
    assert "已销号" in page


def test_before_an_answer_the_bureau_can_only_waive(cast: Cast, client_of: Clients) -> None:
    bureau, unit = client_of(cast.performance), client_of(cast.reporter)
    found = ordered(cast, bureau)
    url = reverse("correction", args=[found.pk])
    page = bureau.get(url).content.decode()
    assert "豁免理由" in page
    assert "复核意见" not in page
    unit.post(reverse("correction_answer", args=[found.pk]), {"based_on": found.revision, "reply": "已开标"})
    page = bureau.get(url).content.decode()
    assert "复核意见" in page
    assert "豁免理由" not in page


def test_a_state_has_the_same_colour_on_every_page(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    found = ordered(cast, client)
    pages = [("corrections", []), ("correction", [found.pk]), ("filing", [found.filing_id])]
    pages += [("unit", [cast.school.pk]), ("fund", [cast.building.pk])]
    for state, shown in (
        (CorrectionState.ANSWERED, '<span class="tag tag-yellow">已回复</span>'),
        (CorrectionState.CLOSED, '<span class="tag tag-green">已销号</span>'),
    ):
        Correction.objects.filter(pk=found.pk).update(state=state)
        for name, args in pages:
            assert shown in client.get(reverse(name, args=args)).content.decode(), name


def test_waiving_needs_a_reason(cast: Cast, client_of: Clients) -> None:
    bureau = client_of(cast.performance)
    found = ordered(cast, bureau)
    url = reverse("correction_waive", args=[found.pk])
    assert bureau.post(url, {"based_on": found.revision}).status_code == 422
    assert bureau.post(url, {"based_on": found.revision, "opinion": "项目已取消"}).status_code == 302
    found.refresh_from_db()
    assert found.state == CorrectionState.WAIVED


def test_a_second_tab_is_told(cast: Cast, client_of: Clients) -> None:
    found = ordered(cast, client_of(cast.performance))
    client, url = client_of(cast.reporter), reverse("correction_answer", args=[found.pk])
    assert client.post(url, {"based_on": found.revision, "reply": "一"}).status_code == 302
    answer = client.post(url, {"based_on": found.revision, "reply": "二"})
    assert answer.status_code == 409
    assert "已被他人办理" in answer.content.decode()


@pytest.mark.parametrize("field", ["cause", "requirement", "due_on"])
def test_an_order_without_a_field_is_refused_beside_it(cast: Cast, client_of: Clients, field: str) -> None:
    filing = submitted(cast, "10")
    url = reverse("correction_order", args=[filing.pk])
    answer = client_of(cast.performance).post(url, ORDER | {field: ""})
    assert answer.status_code == 422
    assert f'id="id_{field}-errors"' in answer.content.decode()
    assert not Correction.objects.exists()


def test_an_overdue_one_stands_out(cast: Cast, client_of: Clients) -> None:
    found = ordered(cast, client_of(cast.performance))
    Correction.objects.filter(pk=found.pk).update(due_on=date(2024, 7, 1))
    page = client_of(cast.reporter).get(reverse("corrections"), {"state": "overdue"}).content.decode()
    assert "逾期未回复 1" in page
    assert reverse("correction", args=[found.pk]) in page
