"""What people do with a document that is to be made public, from its upload until it is out of the house.

Every verb checks access, then the state and the revision it was based on, then changes and logs, in one
transaction. A finding is settled by itself, so that two people can work on one document; who comes second on
the same finding is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from jiheng.audits import access
from jiheng.audits.checking import open_errors
from jiheng.audits.gate import answers, gate, live_submission
from jiheng.audits.models import (
    Act,
    AuditedDocument,
    AuditFinding,
    AuditState,
    Disposition,
    FindingState,
    Purpose,
    Submission,
)
from jiheng.audits.outcomes import Barred, Stale, Unfit
from jiheng.units import access as houses
from jiheng.units import jobs, log
from jiheng.units.models import Job, JobState, Person
from jiheng.units.receiving import keep

SUFFIXES = (".docx", ".pdf", ".html", ".htm", ".xlsx", ".txt", ".md", ".doc")
MOST_REASON = 2000
# from which state a finding can be moved by each act
_FROM: Mapping[Act, tuple[FindingState, ...]] = {
    Act.ACCEPT: (FindingState.OPEN, FindingState.ASSIGNED, FindingState.DISMISSED),
    Act.DISMISS: (FindingState.OPEN, FindingState.ACCEPTED, FindingState.ASSIGNED),
    Act.ASSIGN: (FindingState.OPEN, FindingState.ACCEPTED, FindingState.ASSIGNED),
    Act.ANSWER: (FindingState.ACCEPTED, FindingState.ASSIGNED),
}
_TO: Mapping[Act, FindingState] = {
    Act.ACCEPT: FindingState.ACCEPTED,
    Act.DISMISS: FindingState.DISMISSED,
    Act.ASSIGN: FindingState.ASSIGNED,
    Act.ANSWER: FindingState.ANSWERED,
}
_ACTIONS = {
    Act.ACCEPT: "采纳问题",
    Act.DISMISS: "不予采纳问题",
    Act.ASSIGN: "交办问题",
    Act.ANSWER: "答复问题",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDraft:
    """What a person says of a file: whose it is (None: the bureau's own), what for, of which year."""

    unit: int | None
    purpose: str
    fiscal_year: int
    title: str = ""


# ── in, and checked ───────────────────────────────────────────────────────────────────────────────────


def upload(person: Person, draft: UploadDraft, name: str, data: bytes) -> AuditedDocument:
    """Keeps a file and asks for its check. Raises PermissionDenied, Http404 (a unit that is not theirs),
    Unfit (empty, too large, of no kind that is read, there already)."""
    houses.require(person, "upload_document")
    unit = houses.unit_for(person, draft.unit) if draft.unit is not None else None
    if unit is None and person.role not in houses.WHOLE_REGION:
        raise PermissionDenied("请选择文件所属的单位：不属于任何单位的文件只能由财政局上传")
    _fit(name, data)
    if draft.purpose not in Purpose.values:
        raise Unfit("请选择公开种类", field="purpose")
    document = AuditedDocument(
        region=houses.region_of(person),
        unit=unit,
        title=(draft.title.strip() or PurePath(name).stem)[:240],
        purpose=draft.purpose,
        fiscal_year=draft.fiscal_year,
    )
    return _keep(person, document, name, data)


def upload_version(
    person: Person, earlier: AuditedDocument, based_on: int, name: str, data: bytes
) -> AuditedDocument:
    """The mended file as the next version of a document. Raises as `upload`, and Stale."""
    allow(person, "upload_document", earlier)
    _fit(name, data)
    with transaction.atomic():
        before = _held(earlier, based_on)
        if hasattr(before, "next_version"):
            raise Unfit(f"“{before}”已有新版，请在新版上再传", before, "file")
        document = AuditedDocument(
            region_id=before.region_id,
            unit=before.unit,
            title=before.title,
            purpose=before.purpose,
            fiscal_year=before.fiscal_year,
            version_of=before,
            version=before.version + 1,
        )
        return _keep(person, document, name, data)


@transaction.atomic
def _keep(person: Person, document: AuditedDocument, name: str, data: bytes) -> AuditedDocument:
    sha256, earlier = hashlib.sha256(data).hexdigest(), document.version_of
    if earlier is not None and earlier.upload.sha256 == sha256:
        raise Unfit(f"“{name}”与上一版内容完全相同，不必再传", earlier, "file")
    same = AuditedDocument.objects.filter(
        region_id=document.region_id,
        unit=document.unit,
        purpose=document.purpose,
        fiscal_year=document.fiscal_year,
        upload__sha256=sha256,
    )
    there = same.first() if earlier is None else None
    if there is not None:
        raise Unfit(f"“{name}”已经上传过，就是“{there}”；要再检查一遍请打开它点“重新检查”", there, "file")
    document.upload = keep(person, name, data)
    document.uploaded_by, document.uploaded_at = person, timezone.now()
    document.save()
    facts = {"文件": name, "公开种类": document.get_purpose_display(), "预算年度": document.fiscal_year}
    _log(person, "上传审核文件", document, after=facts)
    start_check(person, document)
    return document


def start_check(person: Person, document: AuditedDocument) -> Job:
    """Leaves the check to the worker (`checking.check_job`)."""
    job = jobs.enqueue("check_document", person, document=document.pk)
    document.job, document.state = job, AuditState.WAITING
    document.save(update_fields=["job", "state"])
    return job


def is_checking(document: AuditedDocument) -> bool:
    """A check is under way; one whose worker gave it up is not."""
    is_on = document.state in (AuditState.WAITING, AuditState.RUNNING)
    return is_on and document.job is not None and document.job.state != JobState.FAILED


def recheck(person: Person, document: AuditedDocument, based_on: int) -> AuditedDocument:
    """Checks the same file again, as rules or policy have changed; what was said of a finding is kept."""
    allow(person, "upload_document", document)
    with transaction.atomic():
        held = _held(document, based_on)
        _still_ours(held)
        if is_checking(held):
            raise Unfit(f"“{held}”正在检查，请等这一次结束", held)
        start_check(person, held)
        held.revision += 1
        held.save(update_fields=["revision"])
        _log(person, "重新检查文件", held)
    return held


# ── findings ──────────────────────────────────────────────────────────────────────────────────────────


def accept(person: Person, finding: AuditFinding, based_on: int, note: str = "") -> AuditFinding:
    """采纳: it is a fault and will be mended; whoever mends it then answers."""
    return _settle(person, finding, based_on, Disposition(act=Act.ACCEPT, reason=note))


def dismiss(person: Person, finding: AuditFinding, based_on: int, reason: str) -> AuditFinding:
    """不予采纳, with a reason: the text stays as it is."""
    if not reason.strip():
        raise Unfit("不予采纳请写明理由：为什么原文没有错", finding.document, "reason")
    return _settle(person, finding, based_on, Disposition(act=Act.DISMISS, reason=reason))


def assign(
    person: Person, finding: AuditFinding, based_on: int, *, to: Person, due_on: date, note: str = ""
) -> AuditFinding:
    """交办: somebody who sees the document answers until a day."""
    if not access.assignees(finding.document).filter(pk=to.pk).exists():
        raise Unfit(f"{to.name}看不到这份文件或无权处理，请另选一人", finding.document, "assignee")
    if due_on < timezone.localdate():
        raise Unfit(f"答复期限 {due_on} 早于今天，请改正", finding.document, "due_on")
    said = Disposition(act=Act.ASSIGN, reason=note, assignee=to, due_on=due_on)
    return _settle(person, finding, based_on, said)


def answer(person: Person, finding: AuditFinding, based_on: int, reply: str) -> AuditFinding:
    """答复: what was done about an accepted or assigned finding; the latter is for its person to answer."""
    if not reply.strip():
        raise Unfit("请写明怎么处理的：改成了什么，或依据是什么", finding.document, "reason")
    return _settle(person, finding, based_on, Disposition(act=Act.ANSWER, reason=reply))


def _settle(person: Person, finding: AuditFinding, based_on: int, said: Disposition) -> AuditFinding:
    allow(person, "settle_finding", finding.document)
    act = Act(said.act)
    if len(said.reason) > MOST_REASON:
        raise Unfit(f"最多写 {MOST_REASON} 字，现有 {len(said.reason)} 字", finding.document, "reason")
    with transaction.atomic():
        document = _held(finding.document)
        _still_ours(document)
        row = AuditFinding.objects.select_for_update().get(pk=finding.pk)
        row.document = document
        if row.revision != based_on:
            raise Stale(row)
        if row.is_gone:
            raise Unfit("重新检查后已没有这个问题，不必处理", document)
        _movable(person, row, act)
        before = _facts(row)
        row.state, row.revision = _TO[act], row.revision + 1
        row.assignee, row.due_on = said.assignee, said.due_on
        row.save(update_fields=["state", "revision", "assignee", "due_on"])
        said.finding, said.person, said.at = row, person, timezone.now()
        said.reason = said.reason.strip()
        said.save(force_insert=True)
        AuditedDocument.objects.filter(pk=document.pk).update(open_errors=open_errors(document).count())
        facts = {"问题": row.quote[:200], **_facts(row)}
        _log(person, _ACTIONS[act], document, before=before, after=facts, reason=said.reason)
    return row


def may_act(person: Person, finding: AuditFinding, act: Act) -> bool:
    """Whether the person may do this with the finding as it is; the document's own state aside."""
    is_theirs = access.may(person, "settle_finding", finding.document)
    is_movable = finding.state in _FROM[act] and not finding.is_gone
    return is_theirs and is_movable and not _is_for_another(person, finding, act)


def _is_for_another(person: Person, finding: AuditFinding, act: Act) -> bool:
    is_assigned = act == Act.ANSWER and finding.state == FindingState.ASSIGNED
    return is_assigned and finding.assignee_id != person.pk


def _movable(person: Person, row: AuditFinding, act: Act) -> None:
    if row.state not in _FROM[act]:
        wanted = "、".join(state.label for state in _FROM[act])
        message = f"这个问题现为“{row.get_state_display()}”，只有“{wanted}”的可以{act.label}"
        raise Unfit(message, row.document)
    if _is_for_another(person, row, act) and row.assignee is not None:
        raise Unfit(f"这个问题已交办给{row.assignee.name}，由其答复；如需改派请重新交办", row.document)


# ── out of the house ──────────────────────────────────────────────────────────────────────────────────


def send_for_publication(
    person: Person, document: AuditedDocument, based_on: int, note: str = ""
) -> Submission:
    """送公开. Raises Barred while an error is open for which nobody has answered."""
    allow(person, "send_document", document)
    with transaction.atomic():
        held = _held(document, based_on)
        found = gate(held)
        if not found.is_open:
            raise Barred(held, found.reasons, found.open_errors)
        sent = Submission.objects.create(
            document=held,
            sha256=held.upload.sha256,
            answers=answers(held),
            note=note.strip(),
            sent_by=person,
            sent_at=timezone.now(),
        )
        AuditedDocument.objects.filter(pk=held.pk).update(revision=held.revision + 1)
        _log(person, "送公开", held, after={"sha256": sent.sha256, "答复": len(sent.answers)}, reason=note)
    return sent


def withdraw(person: Person, document: AuditedDocument, based_on: int, reason: str) -> AuditedDocument:
    """撤回, with a reason: the document can be worked on again."""
    allow(person, "send_document", document)
    if not reason.strip():
        raise Unfit("撤回请写明理由", document, "reason")
    with transaction.atomic():
        held = _held(document, based_on)
        values = {"withdrawn_by": person, "withdrawn_at": timezone.now(), "withdraw_reason": reason.strip()}
        if not Submission.objects.filter(document=held, withdrawn_at=None).update(**values):
            raise Unfit(f"“{held}”没有送公开，不必撤回", held)
        held.revision += 1
        held.save(update_fields=["revision"])
        _log(person, "撤回公开", held, reason=reason.strip())
    return held


# ── what every verb asks first ────────────────────────────────────────────────────────────────────────


def allow(person: Person, action: str, document: AuditedDocument) -> None:
    """Raises Http404 for strangers, PermissionDenied for who sees the document and may not."""
    access.document_for(person, document.pk)
    houses.require(person, action)


def _held(document: AuditedDocument, based_on: int | None = None) -> AuditedDocument:
    """The row, locked; raises Stale when it is no longer the one that the verb was based on."""
    AuditedDocument.objects.select_for_update().get(pk=document.pk)
    rows = AuditedDocument.objects.select_related("upload", "unit", "job", "version_of", "next_version")
    held = rows.get(pk=document.pk)
    if based_on is not None and held.revision != based_on:
        raise Stale(held)
    return held


def _still_ours(document: AuditedDocument) -> None:
    if live_submission(document):
        raise Unfit(f"“{document}”已经送公开，要再处理请先撤回", document)
    if hasattr(document, "next_version"):
        raise Unfit(f"“{document}”已有第{document.version + 1}版，请在新版上处理", document)


def _fit(name: str, data: bytes) -> None:
    if not name.lower().endswith(SUFFIXES):
        kinds = "、".join(suffix.removeprefix(".") for suffix in SUFFIXES)
        raise Unfit(f"“{name}”不是能检查的文件类型，可用：{kinds}", field="file")
    if not data:
        raise Unfit(f"“{name}”是空的，请检查后重新选择", field="file")
    if len(data) > settings.MAX_UPLOAD_BYTES:
        most = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
        raise Unfit(f"“{name}”超过 {most} MB 的上限，请拆分后再传", field="file")


def _facts(row: AuditFinding) -> dict[str, Any]:
    facts: dict[str, Any] = {"状态": row.get_state_display()}
    if row.assignee is not None:
        facts |= {"交办给": row.assignee.name, "期限": row.due_on}
    return facts


def _log(person: Person, action: str, document: AuditedDocument, **said: Any) -> None:
    log.record(person, action, document, unit_name=document.unit.name if document.unit else "", **said)
