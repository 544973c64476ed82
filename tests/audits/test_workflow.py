"""Documents: uploaded, checked, their findings settled, sent for publication, taken back."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from tests.audits.papers import (
    MENDED,
    TEXT,
    checked,
    dismissed,
    draft,
    error_of,
    sent,
    uploaded,
    version,
    warning_of,
    work,
)
from tests.cast import Cast

from jiheng.audits import access, checking, workflow
from jiheng.audits.gate import gate
from jiheng.audits.models import AuditedDocument, AuditFinding, AuditState, Disposition, Submission
from jiheng.audits.outcomes import Barred, Stale, Unfit
from jiheng.audits.todo import for_person as todo_for
from jiheng.units.models import Job, JobState, LogEntry

FAR = date(2099, 12, 31)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_a_document_is_uploaded_and_checked(cast: Cast) -> None:
    document = uploaded(cast)
    assert (document.state, document.title, document.unit) == ("waiting", "第一中学决算说明", cast.school)
    document = work(document)
    assert (document.state, document.relations, document.holding) == (AuditState.CHECKED, 2, 1)
    assert (document.errors, document.warnings, document.open_errors) == (1, 1, 1)
    assert error_of(document).quote == "本年收入合计190万元"
    stored = checking.stored(document)
    assert stored is not None
    assert stored[0].relations[0].operands[0].half == 5000
    assert len(stored[1]) == 7
    assert LogEntry.objects.get(action="上传审核文件").unit_name == "第一中学"
    assert LogEntry.objects.get(action="完成文件检查").after["错误"] == 1


def test_a_check_that_does_not_wait_for_the_worker(cast: Cast) -> None:
    document = checking.check_now(uploaded(cast))
    assert (document.state, document.errors) == (AuditState.CHECKED, 1)
    assert Job.objects.get().state == JobState.DONE


def test_a_file_that_cannot_be_read_is_said_so(cast: Cast) -> None:
    document = work(uploaded(cast, "\x00\x01"))
    assert document.state == AuditState.UNREADABLE
    assert "已加密或损坏" in document.problem
    assert Job.objects.get().state == JobState.DONE
    assert "还没有检查结果" in gate(document).reasons[0]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.exe", b"x", "不是能检查的文件类型"),
        ("a.txt", b"", "是空的"),
        ("a.txt", b"x" * 2_000_001, "超过 1 MB 的上限"),
    ],
)
def test_files_that_are_not_taken(cast: Cast, settings, name: str, data: bytes, words: str) -> None:
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    with pytest.raises(Unfit, match=words):
        workflow.upload(cast.reporter, draft(cast), name, data)
    assert not AuditedDocument.objects.exists()


def test_who_may_upload_what(cast: Cast) -> None:
    with pytest.raises(Http404):
        workflow.upload(cast.stranger, draft(cast), "a.txt", b"x")
    with pytest.raises(PermissionDenied):
        workflow.upload(cast.observer, draft(cast), "a.txt", b"x")
    with pytest.raises(PermissionDenied):
        workflow.upload(cast.division, draft(cast, unit=None), "a.txt", b"x")
    assert workflow.upload(cast.treasury, draft(cast, unit=None), "a.txt", b"x").unit is None


def test_the_same_file_twice_is_not_taken(cast: Cast) -> None:
    uploaded(cast)
    with pytest.raises(Unfit, match="已经上传过"):
        uploaded(cast)


def test_who_sees_which(cast: Cast) -> None:
    schools = checked(cast)
    bureaus = workflow.upload(cast.treasury, draft(cast, unit=None), "全区.txt", MENDED.encode())

    def seen(name: str) -> set[AuditedDocument]:
        return set(access.visible(cast.people[name]))

    assert seen("performance") == seen("treasury") == seen("admin") == {schools, bureaus}
    assert seen("reporter") == seen("reviewer") == seen("department") == seen("division") == {schools}
    assert not seen("stranger") | seen("bureau_reporter") | seen("other_division") | seen("observer")
    dismissed(cast, schools)
    workflow.send_for_publication(cast.reporter, fresh(schools), fresh(schools).revision)
    assert seen("observer") == {schools}
    with pytest.raises(Http404):
        access.finding_for(cast.stranger, error_of(schools).pk)


# ── findings ──────────────────────────────────────────────────────────────────────────────────────────


def test_accepted_then_answered(cast: Cast) -> None:
    document = checked(cast)
    finding = workflow.accept(cast.performance, error_of(document), 1, "请核对")
    assert (finding.state, fresh(document).open_errors) == ("accepted", 1)
    finding = workflow.answer(cast.reporter, finding, 2, "合计改为180万元")
    assert (finding.state, fresh(document).open_errors) == ("answered", 0)
    said = [(item.act, item.person) for item in finding.dispositions.order_by("pk")]
    assert said == [("accept", cast.performance), ("answer", cast.reporter)]
    entry = LogEntry.objects.get(action="答复问题")
    assert (entry.before["状态"], entry.after["状态"]) == ("已采纳", "已答复")


def test_a_dismissal_needs_a_reason(cast: Cast) -> None:
    document = checked(cast)
    with pytest.raises(Unfit, match="请写明理由") as refused:
        workflow.dismiss(cast.reporter, error_of(document), 1, "  ")
    assert refused.value.field == "reason"
    dismissed(cast, document)
    assert fresh(document).open_errors == 0
    assert LogEntry.objects.get(action="不予采纳问题").reason == "另有10万元为附属单位上缴收入"


def test_an_assigned_finding_waits_for_its_person(cast: Cast) -> None:
    finding = error_of(checked(cast))
    with pytest.raises(Unfit, match="看不到这份文件"):
        workflow.assign(cast.reporter, finding, 1, to=cast.stranger, due_on=FAR)
    with pytest.raises(Unfit, match="早于今天"):
        workflow.assign(cast.reporter, finding, 1, to=cast.reviewer, due_on=date(2024, 1, 1))
    finding = workflow.assign(cast.performance, finding, 1, to=cast.reviewer, due_on=FAR)
    assert [item.kind for item in todo_for(cast.reviewer)] == ["settle_finding", "audit_open"]
    with pytest.raises(Unfit, match="已交办给李审"):
        workflow.answer(cast.reporter, finding, 2, "已改")
    finding = workflow.answer(cast.reviewer, finding, 2, "已改为180万元")
    assert (finding.state, finding.assignee) == ("answered", None)
    assert todo_for(cast.reviewer) == []


def test_who_comes_second_is_told(cast: Cast) -> None:
    document = checked(cast)
    finding = error_of(document)
    workflow.accept(cast.performance, finding, 1)
    with pytest.raises(Stale, match="已被他人处理（现为“已采纳”）"):
        workflow.dismiss(cast.reporter, finding, 1, "没有错")
    workflow.accept(cast.reporter, warning_of(document), 1)  # another finding is nobody's concern
    assert fresh(finding).state == "accepted"


def test_strangers_and_readers_settle_nothing(cast: Cast) -> None:
    finding = error_of(checked(cast))
    with pytest.raises(Http404):
        workflow.accept(cast.stranger, finding, 1)
    with pytest.raises(PermissionDenied):
        workflow.accept(cast.admin, finding, 1)
    assert not Disposition.objects.exists()


def test_an_answered_finding_is_not_dismissed(cast: Cast) -> None:
    finding = workflow.accept(cast.reporter, error_of(checked(cast)), 1)
    finding = workflow.answer(cast.reporter, finding, 2, "已改")
    with pytest.raises(Unfit, match="现为“已答复”"):
        workflow.dismiss(cast.reporter, finding, 3, "没有错")


# ── checked again ─────────────────────────────────────────────────────────────────────────────────────


def test_a_finding_keeps_its_row_over_a_check_of_the_same_text(cast: Cast) -> None:
    document = checked(cast)
    before = dismissed(cast, document)
    document = fresh(document)
    work(workflow.recheck(cast.reporter, document, document.revision))
    assert set(AuditFinding.objects.values_list("pk", "state")) == {
        (before.pk, "dismissed"),
        (warning_of(document).pk, "open"),
    }
    assert fresh(document).open_errors == 0


def test_a_finding_that_is_gone_stays_in_the_books(cast: Cast, monkeypatch) -> None:
    document = checked(cast)
    before = dismissed(cast, document)
    real = checking.examine

    def kinder(data, name, policy, year):
        read, report = real(data, name, policy, year)
        return read, type(report)(**{**_fields(report), "findings": report.findings[1:]})

    monkeypatch.setattr(checking, "examine", kinder)
    document = fresh(document)
    document = work(workflow.recheck(cast.reporter, document, document.revision))
    assert document.errors == 0
    gone = fresh(before)
    assert (gone.is_gone, gone.state) == (True, "dismissed")
    with pytest.raises(Unfit, match="已没有这个问题"):
        workflow.accept(cast.reporter, gone, gone.revision)


def _fields(report):
    return {name: getattr(report, name) for name in report.__dataclass_fields__}


def test_only_one_check_at_a_time(cast: Cast) -> None:
    document = fresh(uploaded(cast))
    with pytest.raises(Unfit, match="正在检查"):
        workflow.recheck(cast.reporter, document, document.revision)
    Job.objects.update(state=JobState.FAILED)  # the worker gave it up
    document = work(workflow.recheck(cast.reporter, document, document.revision))
    assert document.state == AuditState.CHECKED


def test_a_dismissal_carries_over_to_the_next_version(cast: Cast) -> None:
    document = checked(cast)
    dismissed(cast, document)
    warning = warning_of(document)
    workflow.accept(cast.reporter, warning, 1)
    later = version(cast, document, TEXT.replace("无其他", "没有其他"))
    carried = error_of(later)
    assert (later.version, carried.state, later.open_errors) == (2, "dismissed", 0)
    said = carried.dispositions.get()
    assert said.reason == "另有10万元为附属单位上缴收入"
    assert said.carried_from is not None
    assert said.carried_from.finding.document_id == document.pk
    assert warning_of(later).state == "open", "what was to be mended and still stands is open again"


def test_other_figures_are_another_finding(cast: Cast) -> None:
    document = checked(cast)
    dismissed(cast, document)
    later = version(cast, document, TEXT.replace("事业收入60万元", "事业收入50万元"))
    assert error_of(later).quote == "本年收入合计190万元"
    assert (error_of(later).state, later.open_errors) == ("open", 1)


def test_an_older_version_is_closed(cast: Cast) -> None:
    document = checked(cast)
    with pytest.raises(Unfit, match="完全相同"):
        version(cast, document, TEXT)
    version(cast, document)
    document = fresh(document)
    with pytest.raises(Unfit, match="已有第2版"):
        workflow.accept(cast.reporter, error_of(document), 1)
    with pytest.raises(Barred, match="已有第2版"):
        workflow.send_for_publication(cast.reporter, document, document.revision)


# ── out of the house ──────────────────────────────────────────────────────────────────────────────────


def test_open_errors_bar_publication(cast: Cast) -> None:
    document = checked(cast)
    with pytest.raises(Barred, match="还有 1 处错误没有答复") as barred:
        workflow.send_for_publication(cast.reporter, document, document.revision)
    assert [item.quote for item in barred.value.open_errors] == ["本年收入合计190万元"]
    workflow.accept(cast.reporter, error_of(document), 1)
    with pytest.raises(Barred):
        workflow.send_for_publication(cast.reporter, fresh(document), document.revision)
    assert not Submission.objects.exists()


def test_sent_with_what_was_said_of_each_error(cast: Cast) -> None:
    submission = sent(cast)
    assert [(item["quote"], item["person"]) for item in submission.answers] == [
        ("本年收入合计190万元", "张填")
    ]
    document = fresh(submission.document)
    with pytest.raises(Unfit, match="已经送公开"):
        workflow.accept(cast.reporter, warning_of(document), 1)
    with pytest.raises(Unfit, match="已经送公开"):
        workflow.recheck(cast.reporter, document, document.revision)
    assert LogEntry.objects.get(action="送公开").after["答复"] == 1


def test_withdrawn_it_can_be_worked_on_again(cast: Cast) -> None:
    document = fresh(sent(cast).document)
    with pytest.raises(Unfit, match="请写明理由"):
        workflow.withdraw(cast.reporter, document, document.revision, "")
    document = workflow.withdraw(cast.performance, document, document.revision, "附表有误")
    assert Submission.objects.get().withdraw_reason == "附表有误"
    workflow.accept(cast.reporter, warning_of(document), 1)
    workflow.send_for_publication(cast.reporter, fresh(document), fresh(document).revision)
    assert Submission.objects.filter(withdrawn_at=None).count() == 1


def test_a_new_version_goes_out_after_the_old_one_came_back(cast: Cast) -> None:
    document = fresh(sent(cast).document)
    later = version(cast, document)
    with pytest.raises(Barred, match="先撤回上一版"):
        workflow.send_for_publication(cast.reporter, later, later.revision)
    workflow.withdraw(cast.reporter, fresh(document), fresh(document).revision, "换新版")
    assert workflow.send_for_publication(cast.reporter, later, later.revision).document == later


def test_sending_guards(cast: Cast) -> None:
    document = checked(cast, MENDED)
    with pytest.raises(Http404):
        workflow.send_for_publication(cast.stranger, document, document.revision)
    with pytest.raises(PermissionDenied):
        workflow.send_for_publication(cast.division, document, document.revision)
    with pytest.raises(Stale):
        workflow.send_for_publication(cast.reporter, document, document.revision - 1)


def test_todo_names_documents_whose_errors_wait(cast: Cast) -> None:
    document = checked(cast)
    [line] = todo_for(cast.reporter)
    assert (line.count, line.url_name) == (1, "audits")
    assert todo_for(cast.performance) == []  # it is not theirs to answer
    dismissed(cast, document)
    assert todo_for(cast.reporter) == []
