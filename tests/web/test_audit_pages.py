"""文件审核: the list and its upload, the text with its marks, settling a finding, versions, the gate."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.audits import papers, rows
from tests.audits.papers import TEXT, error_of, version, warning_of, work
from tests.cast import Cast

from jiheng.audits import checking, workflow
from jiheng.audits.models import AuditedDocument, AuditFinding, Disposition, Submission
from jiheng.units.models import Job, JobState, LogEntry, Person

Clients = Callable[[Person], Client]
FAR = "2099-12-31"


@pytest.fixture(autouse=True)
def _examined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "examine", papers.examine)


def shown(client: Client, name: str, pk: int, **query: object) -> str:
    answer = client.get(reverse(name, args=[pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, verb: str, finding: AuditFinding, **sent: object):
    url = reverse(f"audit_{verb}", args=[finding.pk])
    return client.post(url, {"based_on": finding.revision} | sent)


def files(*named: tuple[str, bytes]) -> dict[str, object]:
    sent = [SimpleUploadedFile(name, data) for name, data in named]
    return {"purpose": "final_accounts", "fiscal_year": "2024", "documents": sent}


def fresh(row):
    return type(row).objects.get(pk=row.pk)


# ── upload and list ───────────────────────────────────────────────────────────────────────────────────


def test_several_files_are_uploaded_at_once(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.reporter)
    sent = files(("甲.txt", TEXT.encode()), ("乙.txt", papers.MENDED.encode()))
    assert client.post(reverse("audit_upload"), sent).status_code == 302
    assert set(AuditedDocument.objects.values_list("title", "unit")) == {
        ("甲", cast.school.pk),
        ("乙", cast.school.pk),
    }
    page = client.get(reverse("audits")).content.decode()
    assert page.count('hx-trigger="every 1s"') == 2
    document = work(AuditedDocument.objects.get(title="甲"))
    row = shown(client, "audit_row", document.pk)
    assert "1 处错误待答复" in row
    assert "hx-get" not in row, "a finished row asks no more"


def test_bad_files_are_named_and_the_good_ones_taken(cast: Cast, client_of: Clients) -> None:
    sent = files(("好.txt", TEXT.encode()), ("坏.exe", b"MZ"))
    answer = client_of(cast.reporter).post(reverse("audit_upload"), sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "“坏.exe”不是能检查的文件类型" in page
    assert "已上传 1 份" in page
    assert AuditedDocument.objects.get().title == "好"


def test_the_bureau_says_whose_a_file_is(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    client.post(reverse("audit_upload"), files(("区.txt", TEXT.encode())))
    client.post(reverse("audit_upload"), files(("校.txt", TEXT.encode())) | {"unit": cast.school.pk})
    assert dict(AuditedDocument.objects.values_list("title", "unit")) == {"区": None, "校": cast.school.pk}


def test_uploading_is_logged_refuses_get_and_readers(cast: Cast, client_of: Clients) -> None:
    url, sent = reverse("audit_upload"), files(("a.txt", b"x"))
    assert client_of(cast.reporter).get(url).status_code == 405
    assert client_of(cast.observer).post(url, sent).status_code == 403
    sent = files(("a.txt", b"x")) | {"unit": cast.school.pk}
    assert client_of(cast.other_division).post(url, sent).status_code == 422
    assert not AuditedDocument.objects.exists()
    client_of(cast.reporter).post(url, files(("a.txt", b"x")))
    assert LogEntry.objects.get(action="上传审核文件").person == cast.reporter


def test_the_list_is_filtered_in_the_address(cast: Cast, client_of: Clients) -> None:
    rows.document(cast)
    client, url = client_of(cast.performance), reverse("audits")
    assert "说明" in client.get(url, {"state": "open", "year": "2024", "word": "第一中学"}).content.decode()
    for query in ({"state": "sent"}, {"year": "2023"}, {"word": "卫生"}, {"state": "unreadable"}):
        assert "没有符合条件的文件" in client.get(url, query).content.decode()


def test_a_page_waits_for_its_check(cast: Cast, client_of: Clients) -> None:
    document, client = papers.uploaded(cast), client_of(cast.reporter)
    assert reverse("audit_wait", args=[document.pk]) in shown(client, "audit", document.pk)
    wait = reverse("audit_wait", args=[document.pk])
    assert not client.get(wait).has_header("HX-Refresh")
    work(document)
    assert client.get(wait)["HX-Refresh"] == "true"


def test_a_check_that_came_to_nothing_is_said_so(cast: Cast, client_of: Clients) -> None:
    document, client = papers.uploaded(cast), client_of(cast.reporter)
    Job.objects.update(state=JobState.FAILED, message="处理时发生程序错误")
    page = shown(client, "audit", document.pk)
    assert "检查没有完成" in page
    assert reverse("audit_recheck", args=[document.pk]) in page
    unreadable = work(papers.uploaded(cast, "\x00"))
    assert "已加密或损坏" in shown(client, "audit", unreadable.pk)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_marks_stand_at_the_right_words(cast: Cast, client_of: Clients) -> None:
    page = shown(client_of(cast.reporter), "audit", rows.document(cast).pk)
    clause = re.search(r'<mark class="clause is-error" id="f-F1"[^>]*>(.*?)</mark>', page)
    assert clause is not None
    assert re.sub("<[^>]+>", "", clause[1]) == "本年收入合计190万元"
    figures = re.findall(r'<a class="fig is-(\w+)"[^>]*>([^<]+)</a>', page)
    assert figures == [
        *(("error", words) for words in ("190万元", "120万元", "60万元")),
        *(("ok", words) for words in ("180万元", "100万元", "80万元")),
    ]
    assert re.search(r'<mark class="clause is-warning"[^>]*>(?:<a [^>]*>)XX万元', page)
    assert '<td class="num">1.50</td>' in page
    assert "<caption>其他支出表</caption>" in page


def test_what_is_shown_is_chosen_in_the_address(cast: Cast, client_of: Clients) -> None:
    document, client = rows.document(cast), client_of(cast.reporter)
    page = shown(client, "audit", document.pk, show="warning")
    assert 'class="fig' not in page
    assert 'class="clause is-warning"' in page
    assert "show=warning" in page.partition('class="words"')[2]


def test_the_panel_shows_the_arithmetic(cast: Cast, client_of: Clients) -> None:
    document, client = rows.document(cast), client_of(cast.reporter)
    whole = shown(client, "audit", document.pk, on="F1")
    part = client.get(reverse("audit", args=[document.pk]), {"on": "R1"}, headers={"HX-Request": "true"})
    for page in (whole, part.content.decode()):
        assert "190 - 120 - 60 不可能为 0" in page
        assert "<del>190</del><ins>180</ins>" in page
        assert reverse("audit_dismiss", args=[error_of(document).pk]) in page
    assert "<html" not in part.content.decode()
    assert 'class="clause is-error is-on"' in whole
    holding = shown(client, "audit", document.pk, on="R2")
    assert "合计 180 与各项之和 180相符" in holding
    assert "怎么处理" not in holding
    assert "怎么处理" not in shown(client_of(cast.admin), "audit", document.pk, on="F1")
    assert shown(client, "audit", document.pk, on="F99", part="77")


def test_a_long_document_is_cut_into_parts(cast: Cast, client_of: Clients) -> None:
    middle = "".join(f"三、第{number}节\n{'本节说明有关情况，不含数字。' * 200}\n" for number in range(6))
    document = papers.checked(cast, middle + TEXT)
    client = client_of(cast.reporter)
    first = shown(client, "audit", document.pk)
    assert "本年收入合计" not in first.partition('<article class="paper"')[2].partition("</article>")[0]
    assert "错1" in first
    found = shown(client, "audit", document.pk, on="F1")
    assert 'id="f-F1"' in found, "a finding leads to its part"
    assert "上一部分" in found


def test_the_list_of_findings(cast: Cast, client_of: Clients) -> None:
    document, client = rows.document(cast), client_of(cast.reporter)
    page = shown(client, "audit_findings", document.pk)
    assert page.index("本年收入合计190万元") < page.index("XX万元")
    assert "XX万元" not in shown(client, "audit_findings", document.pk, severity="error")
    assert "没有这样的问题" in shown(client, "audit_findings", document.pk, state="dismissed")


def test_the_report_as_word_and_excel(cast: Cast, client_of: Clients) -> None:
    document, client = rows.document(cast), client_of(cast.reporter)
    excel = client.get(reverse("audit_excel", args=[document.pk]))
    book = openpyxl.load_workbook(io.BytesIO(excel.content))
    cells = {str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None}
    assert any("本年收入合计190万元" in words for words in cells)
    assert client.get(reverse("audit_word", args=[document.pk])).content[:2] == b"PK"
    assert client.get(reverse("audit_file", args=[document.pk])).content == TEXT.encode()


# ── settling: each verb works, refuses GET, strangers and readers, and is logged ──────────────────────

VERBS = {
    "accept": ({}, "accepted", "采纳问题"),
    "dismiss": ({"reason": "另有10万元为附属单位上缴"}, "dismissed", "不予采纳问题"),
    "assign": ({"due_on": FAR}, "assigned", "交办问题"),
    "answer": ({"reason": "已改为180万元"}, "answered", "答复问题"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_settling(verb: str, cast: Cast, client_of: Clients) -> None:
    sent, state, action = VERBS[verb]
    finding = error_of(rows.document(cast))
    if verb == "assign":
        sent = sent | {"assignee": cast.reviewer.pk}
    if verb == "answer":
        finding = workflow.accept(cast.performance, finding, 1)
    assert client_of(cast.reporter).get(reverse(f"audit_{verb}", args=[finding.pk])).status_code == 405
    assert act(client_of(cast.stranger), verb, finding, **sent).status_code == 404
    assert act(client_of(cast.admin), verb, finding, **sent).status_code == 403
    answer = act(client_of(cast.reporter), verb, finding, **sent)
    assert answer.status_code == 302
    assert answer["Location"].endswith("?on=F1#f-F1")
    assert fresh(finding).state == state
    assert LogEntry.objects.get(action=action).person == cast.reporter
    assert act(client_of(cast.colleague), verb, finding, **sent).status_code == 409, (
        "who comes second is told"
    )
    assert Disposition.objects.filter(act=verb).count() == 1


def test_what_was_typed_is_not_lost(cast: Cast, client_of: Clients) -> None:
    finding = error_of(rows.document(cast))
    answer = act(client_of(cast.reporter), "dismiss", finding, reason=" ")
    assert answer.status_code == 422
    assert "不予采纳请写明理由" in answer.content.decode()
    answer = act(client_of(cast.reporter), "assign", finding, assignee=cast.stranger.pk, note="请核对账簿")
    assert answer.status_code == 422
    assert "请核对账簿" in answer.content.decode()
    assert fresh(finding).state == "open"


def test_an_assigned_finding_is_on_the_person_s_lists(cast: Cast, client_of: Clients) -> None:
    finding = error_of(rows.document(cast))
    act(client_of(cast.performance), "assign", finding, assignee=cast.reviewer.pk, due_on=FAR)
    client = client_of(cast.reviewer)
    assert "交办给我的审核问题 1 个" in client.get(reverse("home")).content.decode()
    assert "本年收入合计190万元" in client.get(reverse("audits_assigned")).content.decode()
    act(client, "answer", fresh(finding), reason="已改")
    assert "没有交办给您的问题" in client.get(reverse("audits_assigned")).content.decode()


# ── versions ──────────────────────────────────────────────────────────────────────────────────────────


def upload_version(client: Client, document: AuditedDocument, text: str):
    sent = {"based_on": document.revision, "file": SimpleUploadedFile("改后.txt", text.encode())}
    return client.post(reverse("audit_versions", args=[document.pk]), sent)


def test_a_mended_file_is_the_next_version(cast: Cast, client_of: Clients) -> None:
    document, client = rows.document(cast), client_of(cast.reporter)
    assert upload_version(client_of(cast.stranger), document, "x").status_code == 404
    assert upload_version(client_of(cast.admin), document, "x").status_code == 403
    assert upload_version(client, document, papers.MENDED).status_code == 302
    later = work(AuditedDocument.objects.get(version=2))
    assert later.errors == 0
    page = shown(client, "audit_versions", later.pk)
    assert "1 个问题已消除，0 个新问题，1 个仍在；文字有 1 处不同" in page
    assert "<del>190</del>" in page
    assert "<ins>180</ins>" in page
    assert "这是第 1 版，只供查阅" in shown(client, "audit", document.pk)
    assert upload_version(client, fresh(document), "y").status_code == 422
    assert "第2版" in client.get(reverse("audits")).content.decode()
    assert LogEntry.objects.filter(action="上传审核文件").count() == 1


def test_a_dismissal_is_seen_to_hold_on(cast: Cast, client_of: Clients) -> None:
    document = papers.checked(cast)
    papers.dismissed(cast, document)
    later = version(cast, document, TEXT.replace("无其他", "没有其他"))
    page = shown(client_of(cast.reporter), "audit", later.pk, on="F1")
    assert "沿用自上一版" in page
    assert "另有10万元为附属单位上缴收入" in page


def test_checking_again(cast: Cast, client_of: Clients) -> None:
    document = rows.document(cast)
    url, sent = reverse("audit_recheck", args=[document.pk]), {"based_on": document.revision}
    assert client_of(cast.reporter).get(url).status_code == 405
    assert client_of(cast.stranger).post(url, sent).status_code == 404
    assert client_of(cast.admin).post(url, sent).status_code == 403
    assert client_of(cast.reporter).post(url, sent).status_code == 302
    assert client_of(cast.reporter).post(url, sent).status_code == 409
    assert LogEntry.objects.get(action="重新检查文件").person == cast.reporter


# ── the gate ──────────────────────────────────────────────────────────────────────────────────────────


def send(client: Client, document: AuditedDocument):
    url = reverse("audit_send", args=[document.pk])
    return client.post(url, {"based_on": fresh(document).revision, "note": "随决算公开"})


def test_the_gate_is_shut_until_each_error_is_answered(cast: Cast, client_of: Clients) -> None:
    document, client = rows.document(cast), client_of(cast.reporter)
    assert "还有 1 处错误没有答复" in shown(client, "audit_send", document.pk)
    refused = send(client, document)
    assert refused.status_code == 422
    assert "没有送出" in refused.content.decode()
    assert not Submission.objects.exists()
    papers.dismissed(cast, document)
    assert "每处错误都有人答复，可以送公开" in shown(client, "audit_send", document.pk)
    assert send(client_of(cast.stranger), document).status_code == 404
    assert send(client_of(cast.division), document).status_code == 403
    assert send(client, document).status_code == 302
    assert LogEntry.objects.get(action="送公开").reason == "随决算公开"
    assert "已送公开" in client_of(cast.observer).get(reverse("audits")).content.decode()
    page = shown(client, "audit", document.pk, on="F2")
    assert "怎么处理" not in page, "what is out of the house is not worked on"
    assert act(client, "accept", warning_of(document)).status_code == 422


def test_taking_back(cast: Cast, client_of: Clients) -> None:
    document, client = rows.sent(cast), client_of(cast.reporter)
    url, sent = reverse("audit_withdraw", args=[document.pk]), {"based_on": document.revision}
    assert client.get(url).status_code == 405
    assert client_of(cast.stranger).post(url, sent).status_code == 404
    assert client_of(cast.admin).post(url, sent).status_code == 403
    assert client.post(url, sent).status_code == 422
    assert client.post(url, sent | {"reason": "附表有误"}).status_code == 302
    assert Submission.objects.get().withdraw_reason == "附表有误"
    assert LogEntry.objects.get(action="撤回公开").reason == "附表有误"
    assert client.post(url, sent | {"reason": "再撤"}).status_code == 409
