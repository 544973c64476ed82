"""The register of problems in pages: every write works and is logged, filters, files, what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.audits import rows as audit_rows
from tests.cast import Cast
from tests.findings.rows import PDF, closed, clue, fresh, issued, registered, replied, soon, verified
from tests.monitoring.papers import submitted

from jiheng.audits.models import FindingState
from jiheng.findings.models import Clue, Evidence, Notice, Problem, Reply
from jiheng.units.models import LogEntry, Person

Clients = Callable[[Person], Client]


def said(**more: Any) -> dict[str, Any]:
    values = {
        "fiscal_year": 2023,
        "source": "audit",
        "kind": "核算",
        "title": "会计科目核算不准确",
        "description": "第27号凭证将设备维修款列入办公费。",
        "amount": "8.6",
        "found_on": "2024-06-03",
        "requirement": "调整账目",
    }
    return values | more


def logged(action: str) -> LogEntry:
    return LogEntry.objects.filter(subject="findings.problem", action=action).get()


def post(client: Client, name: str, problem: Problem, **data: Any) -> Any:
    revision = fresh(problem).revision
    return client.post(reverse(name, args=[problem.pk]), {"based_on": revision, **data})


def opened(client: Client, problem: Problem) -> str:
    return client.get(reverse("problem", args=[problem.pk])).content.decode()


def a_file(name: str = "凭证.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


# ── every write works and is logged ───────────────────────────────────────────────────────────────────


def test_a_problem_is_registered(cast: Cast, client_of: Clients) -> None:
    data = said(unit=cast.school.pk, fund=cast.building.pk)
    answer = client_of(cast.division).post(reverse("problem_new"), data, follow=True)
    problem = Problem.objects.get()
    assert str(problem.amount) == "86000.00"
    assert "已登记为问题 2024-0001" in answer.content.decode()
    assert "8.60 万元" in answer.content.decode()
    assert logged("登记问题").unit_name == "第一中学"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount": "八万"}, "amount"),
        ({"amount": ""}, "没有金额的选择原因"),
        ({"amount_missing": "不适用"}, "已填金额，不必再选原因"),
        ({"title": ""}, "这个字段是必填项"),
        ({"found_on": "2999-01-01"}, "晚于今天"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    cast: Cast, client_of: Clients, wrong: dict, words: str
) -> None:
    data = said(unit=cast.school.pk, **wrong)
    answer = client_of(cast.performance).post(reverse("problem_new"), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "第27号凭证" in page
    assert not Problem.objects.exists()


def test_it_is_amended_and_issued_with_another(cast: Cast, client_of: Clients) -> None:
    first, second = registered(cast), registered(cast, title="验收资料缺失")
    client = client_of(cast.performance)
    answer = post(
        client, "problem_amend", first, **said(unit=cast.school.pk, amount="", amount_missing="不适用")
    )
    assert answer.status_code == 302
    assert str(fresh(first).money) == "不涉及金额"
    page = client.get(reverse("problem_issue", args=[first.pk])).content.decode()
    assert f'value="{second.pk}.1"' in page
    answer = post(client, "problem_issue", first, due_on=soon(), also=f"{second.pk}.1")
    assert answer.status_code == 302
    assert {fresh(item).notice for item in (first, second)} == {Notice.objects.get()}
    assert LogEntry.objects.filter(action="下达整改通知书", subject="findings.problem").count() == 2
    answer = client_of(cast.reporter).get(reverse("problem_notice", args=[Notice.objects.get().pk]))
    assert answer.content[:2] == b"PK"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_deadline_that_does_not_do_is_told_beside_it(cast: Cast, client_of: Clients) -> None:
    problem = registered(cast)
    answer = post(client_of(cast.performance), "problem_issue", problem, due_on=soon(400))
    assert answer.status_code == 422
    assert "整改期限最长 60 天" in answer.content.decode()


def test_the_unit_writes_attaches_and_replies(cast: Cast, client_of: Clients) -> None:
    problem, client = issued(cast), client_of(cast.reporter)
    answer = post(client, "problem_save", problem, measures="正在补签")
    assert answer.status_code == 302
    assert "正在补签" in opened(client, problem)
    assert "正在补签" not in opened(client_of(cast.performance), problem)
    data = {
        "measures": "已补签",
        "file": a_file(),
        "kind": "合同协议",
        "page": "第3页",
        "dated": "2024-01-02",
    }
    assert post(client, "problem_attach", problem, **data).status_code == 302
    assert Reply.objects.get().measures == "已补签"
    page = opened(client, problem)
    assert "材料日期 2024-01-02 早于下达日" in page
    assert (
        post(client, "problem_reply", problem, measures="已补签", result="已备案", mended="1.5").status_code
        == 302
    )
    assert str(Reply.objects.get().mended) == "15000.00"
    assert fresh(problem).state == "replied"
    assert logged("回复整改情况").after["佐证"] == 1
    file = client_of(cast.observer).get(reverse("problem_evidence", args=[Evidence.objects.get().pk]))
    assert file.content == PDF
    assert file["Content-Type"] == "application/octet-stream"


def test_a_wrong_file_keeps_what_was_written(cast: Cast, client_of: Clients) -> None:
    problem, client = issued(cast), client_of(cast.reporter)
    data = {"measures": "写了很多", "file": a_file("假.pdf", b"MZ"), "kind": "合同协议"}
    answer = post(client, "problem_attach", problem, **data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "内容与扩展名不符" in page
    assert "写了很多" in page


def test_a_file_is_taken_out_again(cast: Cast, client_of: Clients) -> None:
    problem, client = issued(cast), client_of(cast.reporter)
    post(client, "problem_attach", problem, file=a_file(), kind="合同协议")
    item = Evidence.objects.get()
    url = reverse("problem_detach", args=[item.pk])
    assert client.post(url, {"based_on": fresh(problem).revision}).status_code == 302
    assert not Evidence.objects.exists()
    assert logged("撤下佐证材料").after["材料"] == "凭证"


def test_the_second_of_two_keeps_what_was_typed(cast: Cast, client_of: Clients) -> None:
    problem = issued(cast)
    old = problem.revision
    post(client_of(cast.reviewer), "problem_save", problem, measures="审核人写的")
    answer = client_of(cast.reporter).post(
        reverse("problem_reply", args=[problem.pk]),
        {"based_on": old, "measures": "填报人写的", "result": "完成"},
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "已被他人办理" in page
    assert "填报人写的" in page
    assert Reply.objects.get().measures == "审核人写的"
    assert logged("回复整改情况被拒绝").person_name == cast.reporter.name


def test_the_bureau_verifies_sends_back_closes_and_opens_again(cast: Cast, client_of: Clients) -> None:
    problem, client = replied(cast), client_of(cast.performance)
    for name, data, state, action in (
        ("problem_send_back", {"opinion": "没有责任人"}, "returned", "退回整改"),
        ("problem_verify", {"opinion": "属实"}, "verified", "复核整改情况"),
        ("problem_close", {"opinion": "到位"}, "closed", "问题销号"),
        ("problem_reopen", {"opinion": "回访没有执行", "due_on": soon()}, "reopened", "重新打开问题"),
        ("problem_extend", {"due_on": soon(40), "reason": "招标延后"}, "reopened", "延长整改期限"),
    ):
        if name == "problem_verify":
            post(client_of(cast.reporter), "problem_reply", problem, measures="补充", result="完成")
        assert post(client, name, problem, **data).status_code == 302, name
        assert fresh(problem).state == state
        assert logged(action).person_name == cast.performance.name


def test_a_close_without_evidence_says_why_not(cast: Cast, client_of: Clients) -> None:
    problem = verified(cast, with_file=False)
    answer = post(client_of(cast.performance), "problem_close", problem, opinion="到位")
    assert answer.status_code == 422
    assert "没有佐证材料，不能销号" in answer.content.decode()
    assert logged("问题销号被拒绝").reason.startswith("没有佐证材料")


def test_a_unit_that_closes_its_own_is_refused_and_logged(cast: Cast, client_of: Clients) -> None:
    problem = verified(cast)
    assert post(client_of(cast.reporter), "problem_close", problem).status_code == 403
    assert logged("问题销号被拒绝").person_name == cast.reporter.name
    assert "被拒绝" in opened(client_of(cast.performance), problem)
    assert "被拒绝" not in opened(client_of(cast.observer), problem)


def test_a_duplicate_is_merged_by_its_number(cast: Cast, client_of: Clients) -> None:
    kept, double = issued(cast), registered(cast, title="合同早于公司成立")
    client = client_of(cast.performance)
    answer = post(client, "problem_merge", double, into="2024-9999", reason="重复")
    assert answer.status_code == 422
    assert "没有编号为 2024-9999 的问题" in answer.content.decode()
    assert post(client, "problem_merge", double, into=kept.number, reason="同一件事").status_code == 302
    page = opened(client, double)
    assert "已并入问题" in page
    assert logged("合并重复问题").after["并入"] == kept.number


# ── clues ─────────────────────────────────────────────────────────────────────────────────────────────


def test_clues_are_gathered_once_and_decided(cast: Cast, client_of: Clients) -> None:
    submitted(cast, "20")  # red, and nobody ordered a correction
    document = audit_rows.document(cast)
    document.findings.filter(severity="error").update(state=FindingState.ACCEPTED)
    client = client_of(cast.performance)
    answer = client.post(reverse("problem_gather"), {"year": 2024}, follow=True)
    assert "2024年新增线索 2 条" in answer.content.decode()
    assert {item.origin.partition(":")[0] for item in Clue.objects.all()} == {"reading", "audit"}
    answer = client.post(reverse("problem_gather"), {"year": 2024}, follow=True)
    assert "没有新的线索" in answer.content.decode()
    red = Clue.objects.get(origin__startswith="reading")
    page = client.get(reverse("problem_new"), {"clue": red.pk}).content.decode()
    assert red.title in page
    data = said(unit=cast.school.pk, fund=cast.building.pk, source="monitoring")
    answer = client.post(f"{reverse('problem_new')}?clue={red.pk}", data)
    assert answer.status_code == 302
    assert Problem.objects.get().clue == red
    other = Clue.objects.get(origin__startswith="audit")
    client.post(reverse("problem_clue_decline", args=[other.pk]), {"reason": "已在新版改正"})
    assert LogEntry.objects.get(action="线索不作为问题").reason == "已在新版改正"


def test_a_clue_without_a_reason_stays(cast: Cast, client_of: Clients) -> None:
    url = reverse("problem_clue_decline", args=[clue(cast).pk])
    answer = client_of(cast.performance).post(url, {"reason": " "}, follow=True)
    assert "请写明理由" in answer.content.decode()
    assert Clue.objects.get().state == "waiting"


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_register_is_filtered_by_its_address(cast: Cast, client_of: Clients) -> None:
    late = issued(cast)
    Problem.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    registered(cast, unit=cast.education_bureau.pk, fund=cast.meals.pk, title="食材验收记录缺失", kind="管理")
    client, url = client_of(cast.performance), reverse("problems")
    page = client.get(url).content.decode()
    assert "逾期 1" in page
    assert "食材验收" in page
    for query, is_there in (
        ({"state": "overdue"}, False),
        ({"unit": cast.education_bureau.pk}, True),
        ({"year": 2023, "kind": "管理"}, True),
        ({"source": "audit"}, False),
        ({"word": "食材"}, True),
        ({"fund": cast.building.pk}, False),
        ({"state": "x", "year": "abc", "unit": "9" * 30}, True),
    ):
        assert ("食材验收" in client.get(url, query).content.decode()) == is_there, query
    assert "食材验收" not in client_of(cast.reporter).get(url).content.decode()
    assert "没有问题" in client_of(cast.stranger).get(url).content.decode()


def test_totals_and_workbook_agree(cast: Cast, client_of: Clients) -> None:
    issued(cast)
    closed(cast)
    client = client_of(cast.observer)
    page = client.get(reverse("problems_totals")).content.decode()
    assert "779.56" in page
    answer = client.get(reverse("problems_xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(min_row=3, values_only=True))
    heads = [cell.value for cell in book.active[2]]
    assert sum(row[heads.index("涉及金额（元）")] for row in rows) == 7795600
    assert [row[heads.index("状态")] for row in rows] == ["已下达", "已销号"]


def test_an_observer_reads_what_was_done_and_finds_no_button(cast: Cast, client_of: Clients) -> None:
    page = client_of(cast.observer).get(reverse("problem", args=[closed(cast).pk])).content.decode()
    for words in ("重新签订补充协议", "补充协议", "整改到位", "问题销号"):
        assert words in page
    assert "<textarea" not in page


def test_queries_of_the_register_do_not_grow(cast: Cast, client_of: Clients) -> None:
    client, counts = client_of(cast.performance), []
    for number in range(2):
        issued(cast, title=f"问题{number}")
        client.get(reverse("problems"))
        issued(cast, title=f"另一个{number}")
        with CaptureQueriesContext(connection) as made:
            client.get(reverse("problems"))
        counts.append(len(made))
    assert counts[0] == counts[1]
    assert counts[0] < 36
