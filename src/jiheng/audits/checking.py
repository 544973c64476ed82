"""The check as a job: read the file, check what it says, store the report and what is to be settled.

A finding keeps its row when the same text is checked again (code and span). In a later version it is known
again by code, quote and figures together: what was dismissed or assigned before then holds on; a finding
whose arithmetic changed is a new one, and has to be looked at anew.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from pydantic import TypeAdapter

from jiheng import policy as policies
from jiheng.auditing import audit_document
from jiheng.audits.models import (
    SETTLED,
    AuditedDocument,
    AuditFinding,
    AuditReport,
    AuditState,
    Disposition,
    FindingState,
)
from jiheng.claims.report import Found, Report
from jiheng.documents import reading
from jiheng.documents.archive import DocumentError
from jiheng.policy import Policy
from jiheng.sheets import Block, Document, Severity
from jiheng.units import jobs, log
from jiheng.units.models import Job, JobState

STEPS = 3  # read, check, store
CARRIED = (FindingState.DISMISSED, FindingState.ASSIGNED)
RANKS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}
_UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")
_BLANKS = re.compile(r"\s+")


@functools.cache
def _reports() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


@functools.cache
def _blocks() -> TypeAdapter[tuple[Block, ...]]:
    return TypeAdapter(tuple[Block, ...])


def report_of(document: AuditedDocument) -> Report | None:
    """The report of the last check, as `claims` made it; None before the first."""
    said = AuditReport.objects.filter(document=document).values_list("report", flat=True).first()
    return None if said is None else _reports().validate_json(said)


def made_at(document: AuditedDocument) -> datetime | None:
    """When the stored report was made: as long as it stays, so does the report. None before the first."""
    return AuditReport.objects.filter(document=document).values_list("made_at", flat=True).first()


def stored(document: AuditedDocument) -> tuple[Report, tuple[Block, ...]] | None:
    """The report, and how the text is built: headings, paragraphs, tables with their cells."""
    row = AuditReport.objects.filter(document=document).first()
    return (
        None if row is None else (_reports().validate_json(row.report), _blocks().validate_json(row.blocks))
    )


def examine(data: bytes, name: str, policy: Policy, year: int) -> tuple[Document, Report]:
    """The document as read, and what the check says of it. Raises DocumentError."""
    document = reading.read(data, name)
    return document, audit_document(document, policy, year=year)


def check_job(job: Job) -> dict[str, Any]:
    """The worker's side of `workflow.start_check`. Run again after a kill, it does the same."""
    return _check(job, lambda done, words: jobs.progress(job, done, STEPS, words))


def check_now(document: AuditedDocument) -> AuditedDocument:
    """The check that was asked for, in this process and at once: for the example district and the like."""
    job = document.job
    if job is None:
        raise ValueError("no check was asked for")
    result = _check(job, lambda done, words: None)
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=timezone.now(), result=result)
    return AuditedDocument.objects.get(pk=document.pk)


def _check(job: Job, tell: Callable[[int, str], None]) -> dict[str, Any]:
    rows = AuditedDocument.objects.select_related("upload", "region", "unit")
    document = rows.get(pk=job.params["document"])
    if document.job_id != job.pk:
        return {"document": document.pk, "message": "已由较新的一次检查代替"}
    AuditedDocument.objects.filter(pk=document.pk).update(state=AuditState.RUNNING)
    tell(0, f"正在读取“{document.upload.name}”")
    policy = policies.on(timezone.localdate(), document.region_id)
    try:
        with document.upload.file.open("rb") as file:
            data: bytes = file.read()
        tell(1, f"正在核对“{document.title}”")
        read, report = examine(data, document.upload.name, policy, document.fiscal_year)
    except (DocumentError, OSError) as wrong:
        words = str(wrong) if isinstance(wrong, DocumentError) else "存放的文件已不在，请重新上传"
        _unreadable(job, document, words)
        return {"document": document.pk, "message": words}
    tell(2, f"正在保存“{document.title}”的检查结果")
    store(job, document, read, report, policy)
    said = AuditedDocument.objects.get(pk=document.pk)
    return {"document": document.pk, "message": in_words(said)}


def in_words(document: AuditedDocument) -> str:
    """The result in one line."""
    return (
        f"核对 {document.relations} 处，成立 {document.holding} 处；"
        f"错误 {document.errors}、警告 {document.warnings}、提示 {document.hints}"
    )


def _unreadable(job: Job, document: AuditedDocument, words: str) -> None:
    with transaction.atomic():
        mine = AuditedDocument.objects.filter(pk=document.pk, job=job)
        if mine.update(state=AuditState.UNREADABLE, problem=words, revision=document.revision + 1):
            log.record(job.person, "文件无法读取", document, reason=words, unit_name=_unit_name(document))


@transaction.atomic
def store(job: Job, document: AuditedDocument, read: Document, report: Report, policy: Policy) -> None:
    """Puts a finished check into the books, unless a newer one was asked for meanwhile."""
    held = AuditedDocument.objects.select_for_update().get(pk=document.pk)
    if held.job_id != job.pk:
        return
    report = replace(report, text=_UNSTORABLE.sub("\ufffd", report.text))
    now = timezone.now()
    AuditReport.objects.update_or_create(
        document=held,
        defaults={
            "report": _reports().dump_json(report).decode(),
            "blocks": _blocks().dump_json(read.blocks).decode(),
            "policy_version": policy.version,
            "made_at": now,
        },
    )
    made = _merge(held, report)
    _carry_over(held, made)
    counts = Counter(found.severity for found in report.findings)
    verdicts = Counter(relation.verdict.value for relation in report.relations)
    held.relations, held.holding = len(report.relations), verdicts["ok"] + verdicts["rounding"]
    held.errors, held.warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    held.hints, held.checked_at, held.problem = counts[Severity.HINT], now, ""
    held.state, held.revision = AuditState.CHECKED, held.revision + 1
    held.open_errors = open_errors(held).count()
    held.save()
    after = {"错误": held.errors, "警告": held.warnings, "提示": held.hints, "核对": held.relations}
    log.record(job.person, "完成文件检查", held, after=after, unit_name=_unit_name(document))


def open_errors(document: AuditedDocument) -> Any:
    """The errors for which nobody has answered, in the order of the text."""
    found = AuditFinding.objects.filter(document=document, severity=Severity.ERROR, is_gone=False)
    return found.exclude(state__in=SETTLED).order_by("start", "pk")


def _unit_name(document: AuditedDocument) -> str:
    return document.unit.name if document.unit else ""


# ── findings known again ──────────────────────────────────────────────────────────────────────────────


def _merge(document: AuditedDocument, report: Report) -> list[AuditFinding]:
    """Stores the report's findings over those known; the rows that are new."""
    known = {row.identity: row for row in AuditFinding.objects.filter(document=document)}
    rows = list(_rows(document, report))
    fresh, again = [], []
    for row in rows:
        before = known.pop(row.identity, None)
        if before is None:
            fresh.append(row)
            continue
        for name in _SAID:
            setattr(before, name, getattr(row, name))
        again.append(before)
    gone = [row.pk for row in known.values() if not row.is_gone]
    AuditFinding.objects.filter(pk__in=gone).update(is_gone=True)
    AuditFinding.objects.bulk_update(again, _SAID, batch_size=200)
    return AuditFinding.objects.bulk_create(fresh, batch_size=200)


_SAID = ("likeness", "number", "kind", "severity", "rank", "quote", "place", "message", "is_gone")


def _rows(document: AuditedDocument, report: Report) -> Iterable[AuditFinding]:
    places, operands = report.places or {}, {item.id: item.operands for item in report.relations}
    times: Counter[str] = Counter()
    for found in report.findings:
        identity = f"{found.code}:{found.start}-{found.end}"
        times[identity] += 1
        figures = [item.text for item in operands.get(found.relation, ())]
        yield AuditFinding(
            document=document,
            identity=identity if times[identity] == 1 else f"{identity}#{times[identity]}",
            likeness=_likeness(found, report.text, figures),
            number=found.id,
            code=found.code,
            kind=found.kind.value,
            severity=found.severity.value,
            rank=RANKS[found.severity],
            start=found.start,
            end=found.end,
            quote=report.text[found.start : found.end],
            place=places.get(found.id, "")[:120],
            message=found.message,
        )


def _likeness(found: Found, text: str, figures: list[str]) -> str:
    words = (found.code, text[found.start : found.end], *figures)
    return hashlib.sha256("\n".join(_BLANKS.sub("", word) for word in words).encode()).hexdigest()


def _carry_over(document: AuditedDocument, made: list[AuditFinding]) -> None:
    """What was dismissed or assigned in the earlier version holds on for the same words and figures."""
    if document.version_of_id is None or not made:
        return
    earlier: dict[str, list[AuditFinding]] = {}
    before = AuditFinding.objects.filter(
        document=document.version_of_id, is_gone=False, state__in=CARRIED
    ).order_by("start", "pk")
    for row in before:
        earlier.setdefault(row.likeness, []).append(row)
    last = {}
    for said in Disposition.objects.filter(finding__in=before).order_by("pk"):
        last[said.finding_id] = said
    carried, changed, now = [], [], timezone.now()
    for row in sorted(made, key=lambda item: (item.start, item.pk)):
        if not earlier.get(row.likeness):
            continue
        old = earlier[row.likeness].pop(0)
        said = last[old.pk]
        row.state, row.assignee_id, row.due_on = old.state, old.assignee_id, old.due_on
        changed.append(row)
        carried.append(
            Disposition(
                finding=row,
                act=said.act,
                reason=said.reason,
                assignee_id=said.assignee_id,
                due_on=said.due_on,
                person_id=said.person_id,
                at=now,
                carried_from=said,
            )
        )
    AuditFinding.objects.bulk_update(changed, ["state", "assignee", "due_on"], batch_size=200)
    Disposition.objects.bulk_create(carried, batch_size=200)
