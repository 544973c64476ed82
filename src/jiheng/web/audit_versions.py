"""A document's versions beside each other, its way out to the public, and its report as a file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from jiheng.auditing.as_excel import report_excel
from jiheng.auditing.as_word import report_word
from jiheng.audits import access, checking, workflow
from jiheng.audits.gate import gate, live_submission
from jiheng.audits.models import AuditedDocument, AuditFinding, Disposition, Submission
from jiheng.audits.outcomes import Barred, Unfit
from jiheng.claims.report import Report
from jiheng.sheets import Block, Severity
from jiheng.web.audit_reading import based_on, head_of
from jiheng.web.audit_text import slices_of
from jiheng.web.exports import XLSX, download
from jiheng.web.shell import PersonRequest, key_in, page, paginate, posted

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# what is compared within a changed paragraph: a figure with its unit, a word of letters, or one character
TOKEN = re.compile(r"-?\d[\d,，]*(?:\.\d+)?[%％]?|[A-Za-z]+|.", re.DOTALL)
MANY = 2000  # paragraphs
LONGEST = 3000  # characters of a paragraph that are compared word by word


class VersionForm(forms.Form):
    file = forms.FileField(
        label="改后的文件",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(workflow.SUFFIXES)}),
        error_messages={"required": "请选择改后的文件", "empty": "文件是空的，请检查后重新选择"},
    )


class SendForm(forms.Form):
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=workflow.MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="撤回理由",
        max_length=workflow.MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "撤回请写明理由"},
    )


# ── versions ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Changed:
    """A paragraph that differs, on either side; None where it was not there."""

    before: SafeString | None
    after: SafeString | None


@page(methods=("GET", "POST"))
def versions(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The versions of a document, two of them side by side; POST takes the mended file as the next one."""
    document = access.document_for(request.user, pk)
    form = VersionForm(posted(request), request.FILES or None)
    if request.method == "POST":
        workflow.allow(request.user, "upload_document", document)
        made = _taken(request, document, form)
        if made is not None:
            messages.success(request, f"第{made.version}版已上传，正在检查")
            return redirect("audit", made.pk)
    chain = chain_of(document)
    other = next(
        (item for item in chain if item.pk == key_in(request.GET.get("with", ""))), document.version_of
    )
    context = head_of(request, document, "versions") | {"chain": chain, "other": other, "form": form}
    if other is not None and other.pk != document.pk:
        older, newer = sorted((document, other), key=lambda item: item.version)
        context |= _compared(request, older, newer)
    return render(request, "jiheng/audits/versions.html", context, status=422 if form.errors else 200)


def _taken(request: PersonRequest, document: AuditedDocument, form: VersionForm) -> AuditedDocument | None:
    if not form.is_valid():
        return None
    file = form.cleaned_data["file"]
    try:
        return workflow.upload_version(request.user, document, based_on(request), file.name, file.read())
    except Unfit as refused:
        form.add_error("file", refused.message)
        return None


def chain_of(document: AuditedDocument) -> list[AuditedDocument]:
    """Every version of the same document, the latest first. One query for each version."""
    first = document
    while first.version_of is not None:
        first = first.version_of
    chain = [first]
    while (later := getattr(chain[-1], "next_version", None)) is not None:
        chain.append(later)
    return chain[::-1]


def _compared(request: PersonRequest, older: AuditedDocument, newer: AuditedDocument) -> dict[str, Any]:
    left, right = checking.stored(older), checking.stored(newer)
    if left is None or right is None:
        return {"older": older, "newer": newer, "cannot": True}
    pager = paginate(request, changes(_paragraphs(*left), _paragraphs(*right)))
    gone, new, staying = _findings(older, newer)
    return {
        "older": older,
        "newer": newer,
        "pager": pager,
        "shown": [within(*pair) for pair in pager.rows],
        "gone": gone,
        "new": new,
        "staying": staying,
    }


def _paragraphs(report: Report, blocks: Sequence[Block]) -> list[str]:
    """The text as its paragraphs, of a table its rows."""
    found = []
    for one in slices_of(report.text, blocks):
        if one.rows:
            found += [
                "　".join(report.text[cell.start : cell.end].strip() for cell in row) for row in one.rows
            ]
        else:
            found.append(report.text[one.start : one.end].strip())
    return found


def changes(before: list[str], after: list[str]) -> list[tuple[str | None, str | None]]:
    """The paragraphs that differ, in their order; those that stand in the same place are paired."""
    top = _alike(before, after)
    end = _alike(before[top:][::-1], after[top:][::-1])
    olds, news = before[top : len(before) - end], after[top : len(after) - end]
    # of a long text the lines that stand everywhere are no landmarks, and cost the square of their number
    matcher = difflib.SequenceMatcher(None, olds, news, autojunk=max(len(olds), len(news)) > MANY)
    made: list[tuple[str | None, str | None]] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            made += zip_longest(olds[a:b], news[c:d])
    return made


def _alike(before: Sequence[str], after: Sequence[str]) -> int:
    """How many paragraphs at the beginning are the same."""
    pairs = zip(before, after, strict=False)
    return next(
        (number for number, (old, new) in enumerate(pairs) if old != new), min(len(before), len(after))
    )


def within(old: str | None, new: str | None) -> Changed:
    """Two paragraphs with what differs in them marked, figure by figure; None where there is none."""
    if old is None or new is None or max(len(old), len(new)) > LONGEST:
        return Changed(_whole("del", old), _whole("ins", new))
    olds, news = TOKEN.findall(old), TOKEN.findall(new)
    left, right = [], []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        was, now = escape("".join(olds[a:b])), escape("".join(news[c:d]))
        left.append(was if kind == "equal" or not was else f"<del>{was}</del>")
        right.append(now if kind == "equal" or not now else f"<ins>{now}</ins>")
    return Changed(mark_safe("".join(left)), mark_safe("".join(right)))


def _whole(tag: str, words: str | None) -> SafeString | None:
    return None if words is None else mark_safe(f"<{tag}>{escape(words)}</{tag}>")


def _findings(
    older: AuditedDocument, newer: AuditedDocument
) -> tuple[list[AuditFinding], list[AuditFinding], list[AuditFinding]]:
    """Gone, new, staying; one finding is another's equal by code, words and figures."""

    def rows(document: AuditedDocument) -> list[AuditFinding]:
        found = AuditFinding.objects.filter(document=document, is_gone=False)
        return list(found.order_by("rank", "start", "pk"))

    left: dict[str, list[AuditFinding]] = {}
    for row in rows(older):
        left.setdefault(row.likeness, []).append(row)
    new, staying = [], []
    for row in rows(newer):
        if left.get(row.likeness):
            left[row.likeness].pop(0)
            staying.append(row)
        else:
            new.append(row)
    gone = sorted((row for some in left.values() for row in some), key=lambda row: (row.rank, row.start))
    return gone, new, staying


# ── out of the house ──────────────────────────────────────────────────────────────────────────────────


@page(methods=("GET", "POST"))
def send(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The gate: what stands in the way, who answered for each error; POST sends the document."""
    document = access.document_for(request.user, pk)
    form = SendForm(posted(request))
    barred: list[str] = []
    if request.method == "POST":
        workflow.allow(request.user, "send_document", document)
        if form.is_valid():
            try:
                workflow.send_for_publication(
                    request.user, document, based_on(request), form.cleaned_data["note"]
                )
            except Barred as refused:
                barred = refused.reasons
            else:
                messages.success(request, f"“{document}”已送公开，连同每处错误的处理情况存档")
                return redirect("audit_send", pk)
    return _gate(request, document, form=form, barred=barred, status=422 if barred or form.errors else 200)


def _gate(
    request: PersonRequest,
    document: AuditedDocument,
    *,
    form: forms.Form | None = None,
    taking_back: forms.Form | None = None,
    barred: Iterable[str] = (),
    status: int = 200,
) -> HttpResponse:
    errors = AuditFinding.objects.filter(document=document, severity=Severity.ERROR, is_gone=False)
    rows = list(errors.select_related("assignee").order_by("start", "pk"))
    last: dict[int, Disposition] = {}
    for said in Disposition.objects.filter(finding__in=rows).select_related("person").order_by("pk"):
        last[said.finding_id] = said
    report = checking.report_of(document)
    sent = Submission.objects.filter(document=document).select_related("sent_by", "withdrawn_by")
    context = head_of(request, document, "send") | {
        "gate": gate(document),
        "barred": list(barred),
        "rows": [(row, last.get(row.pk)) for row in rows],
        "unread": report.unread if report else (),
        "live": live_submission(document),
        "sent": sent.order_by("-sent_at", "-pk"),
        "form": form or SendForm(),
        "taking_back": taking_back or WithdrawForm(),
    }
    return render(request, "jiheng/audits/send.html", context, status=status)


@page("send_document", methods=("POST",))
def withdraw(request: PersonRequest, pk: int) -> HttpResponseBase:
    """撤回, with a reason."""
    document = access.document_for(request.user, pk)
    form = WithdrawForm(posted(request))
    if not form.is_valid():
        return _gate(request, document, taking_back=form, status=422)
    workflow.withdraw(request.user, document, based_on(request), form.cleaned_data["reason"])
    messages.success(request, f"“{document}”已撤回，可以继续处理")
    return redirect("audit_send", pk)


@page("upload_document", methods=("POST",))
def recheck(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The same file is checked again."""
    document = access.document_for(request.user, pk)
    workflow.recheck(request.user, document, based_on(request))
    messages.success(request, "已重新检查；没有变化的问题保留原来的处理意见")
    return redirect("audit", pk)


# ── as a file ─────────────────────────────────────────────────────────────────────────────────────────


@page()
def word(request: PersonRequest, pk: int) -> HttpResponse:
    """The report as a Word document."""
    return _exported(request, pk, report_word, "docx", DOCX)


@page()
def excel(request: PersonRequest, pk: int) -> HttpResponse:
    """The report as a workbook."""
    return _exported(request, pk, report_excel, "xlsx", XLSX)


def _exported(
    request: PersonRequest, pk: int, make: Callable[[Iterable[Report]], bytes], suffix: str, kind: str
) -> HttpResponse:
    document = access.document_for(request.user, pk)
    report = checking.report_of(document)
    if report is None:
        raise Http404("这份文件还没有检查结果，没有可以导出的报告")
    return download(make([report]), f"{PurePath(document.title).name}审核报告.{suffix}", kind)


urlpatterns: list[URLPattern] = [
    path("audits/<int:pk>/versions/", versions, name="audit_versions"),
    path("audits/<int:pk>/send/", send, name="audit_send"),
    path("audits/<int:pk>/withdraw/", withdraw, name="audit_withdraw"),
    path("audits/<int:pk>/recheck/", recheck, name="audit_recheck"),
    path("audits/<int:pk>/report.docx", word, name="audit_word"),
    path("audits/<int:pk>/report.xlsx", excel, name="audit_excel"),
]
