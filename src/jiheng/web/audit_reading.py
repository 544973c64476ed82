"""A checked document to read: the text with its marks, and beside it the arithmetic of what is chosen, what
else speaks of it, how it could be mended, and what to do with it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from jiheng.auditing.marking import LEVELS, Level
from jiheng.audits import access, checking, workflow
from jiheng.audits.gate import live_submission
from jiheng.audits.models import (
    Act,
    AuditedDocument,
    AuditFinding,
    AuditState,
    Disposition,
    FindingState,
)
from jiheng.audits.outcomes import Unfit
from jiheng.sheets import Severity
from jiheng.units.models import Person
from jiheng.web import audit_panel
from jiheng.web.audit_text import SHOWN, Marked, Pen, parts_of
from jiheng.web.audits import state_of
from jiheng.web.shell import PersonRequest, is_htmx, page, paginate, posted

LISTED = 40  # findings beside the text; all of them stand on their own page


class SettleForm(forms.Form):
    """What a person writes to a finding; which button was pressed says what it is."""

    reason = forms.CharField(
        label="理由或说明",
        required=False,
        max_length=workflow.MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="不予采纳须写明理由；答复须写明怎么改的",
    )


class AssignForm(forms.Form):
    assignee = forms.ModelChoiceField(label="交办给", queryset=Person.objects.none(), empty_label="请选择")
    due_on = forms.DateField(
        label="答复期限", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label="要求", required=False, max_length=workflow.MOST_REASON)

    def __init__(self, document: AuditedDocument, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = self.fields["assignee"]
        people.queryset = access.assignees(document).select_related("unit")  # type: ignore[attr-defined]
        people.label_from_instance = _named  # type: ignore[attr-defined]


def _named(person: Person) -> str:
    where = person.unit.name if person.unit else person.get_role_display()
    return f"{person.name}（{where}）"


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────


@page()
def audit(request: PersonRequest, pk: int) -> HttpResponse:
    """The document; for htmx only the panel of what is chosen (?on=F3 or R12)."""
    document = access.document_for(request.user, pk)
    marked = _marked(request, document)
    if marked is None:
        return render(request, "jiheng/audits/unchecked.html", head_of(request, document, "text"))
    if is_htmx(request):
        shown = _panel(request, document, marked, request.GET.get("on", ""))
        return render(request, "jiheng/audits/panel.html", shown)
    return _read(request, document, marked, request.GET.get("on", ""))


@page()
def wait(request: PersonRequest, pk: int) -> HttpResponse:
    """How far the check of a new document is; when it is done the page asks for itself again."""
    document = access.document_for(request.user, pk)
    answer = render(request, "jiheng/audits/wait.html", head_of(request, document, "text"))
    if not workflow.is_checking(document):
        answer["HX-Refresh"] = "true"
    return answer


def _marked(request: PersonRequest, document: AuditedDocument) -> Marked | None:
    if document.state == AuditState.UNREADABLE:
        return None
    made_at = checking.made_at(document)
    if made_at is None:
        return None
    shown = [level.value for level in Level if level.value in request.GET.getlist("show")]
    return _worked_out(document.pk, made_at).keeping({"show": shown} if shown else {})


@functools.lru_cache(maxsize=8)
def _worked_out(pk: int, made_at: datetime) -> Marked:
    """The same report is opened again with every click; of a long document it takes a while."""
    stored = checking.stored(AuditedDocument(pk=pk))
    assert stored is not None
    report, blocks = stored
    return Marked(report, parts_of(report.text, blocks))


def _read(
    request: PersonRequest, document: AuditedDocument, marked: Marked, on: str, **wrong: forms.Form
) -> HttpResponse:
    asked = request.GET.get("part", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    if not 1 <= number <= len(marked.parts):
        number = marked.part_of(marked.place_of(on))
    part = marked.parts[number - 1]
    chosen = request.GET.getlist("show")
    shown = [level for level in Level if level.value in chosen] or list(SHOWN)
    counts = marked.counts()
    context = head_of(request, document, "text") | _panel(request, document, marked, on, **wrong)
    context |= {
        "drawn": Pen(marked, part, shown, marked.chosen(on)).draw(),
        "part": part,
        "parts": _part_choices(marked) if len(marked.parts) > 1 else [],
        "before": number - 1,
        "after": number + 1 if number < len(marked.parts) else 0,
        "legend": [(level, words, counts[level], level in shown) for level, words in LEVELS.items()],
        "unread": marked.report.unread,
    }
    return render(request, "jiheng/audits/one.html", context, status=422 if wrong else 200)


def _part_choices(marked: Marked) -> list[tuple[int, str]]:
    """Every part by its title, with how many errors and warnings stand in it."""
    errors: dict[int, list[int]] = {}
    for found in marked.report.findings:
        if found.severity in (Severity.ERROR, Severity.WARNING):
            pair = errors.setdefault(marked.part_of(found.start), [0, 0])
            pair[found.severity == Severity.WARNING] += 1
    choices = []
    for part in marked.parts:
        error, warning = errors.get(part.number, (0, 0))
        words = f"{part.number}．{part.title or '（续）'}"
        words += f"　错{error}" if error else ""
        words += f"　警{warning}" if warning else ""
        choices.append((part.number, words))
    return choices


def head_of(request: PersonRequest, document: AuditedDocument, tab: str) -> dict[str, Any]:
    """What stands over every page of a document: how it stands, the tabs, who may do what."""
    words, colour = state_of(document)
    later = getattr(document, "next_version", None)
    return {
        "document": document,
        "state": words,
        "colour": colour,
        "tab": tab,
        "later": later,
        "total": document.errors + document.warnings + document.hints,
        "is_checking": workflow.is_checking(document),
        "may_recheck": access.may(request.user, "upload_document", document) and later is None,
        "may_settle": access.may(request.user, "settle_finding", document),
        "may_send": access.may(request.user, "send_document", document),
    }


# ── the panel ─────────────────────────────────────────────────────────────────────────────────────────


def _panel(
    request: PersonRequest, document: AuditedDocument, marked: Marked, on: str, **wrong: forms.Form
) -> dict[str, Any]:
    found, relation = audit_panel.chosen(marked, on)
    said: dict[str, Any] = {"document": document, "on": found.id if found else on}
    if found is None and relation is None:
        return said | {"listed": _listed(document, marked)}
    said |= audit_panel.facts(marked, found, relation)
    return said | (_settling(request, document, found.id, wrong) if found else {})


def _settling(
    request: PersonRequest, document: AuditedDocument, number: str, wrong: Mapping[str, forms.Form]
) -> dict[str, Any]:
    rows = AuditFinding.objects.filter(document=document, number=number, is_gone=False)
    row = rows.select_related("assignee").first()
    if row is None:
        return {}
    is_ours = not hasattr(document, "next_version") and live_submission(document) is None
    row.document = document
    acts = [act for act in Act if is_ours and workflow.may_act(request.user, row, act)]
    past = Disposition.objects.filter(finding=row).select_related(
        "person", "assignee", "carried_from__finding__document"
    )
    return {
        "row": row,
        "acts": {act.value for act in acts},
        "past": list(past.order_by("pk")),
        "settle": wrong.get("settle") or SettleForm(),
        "give": wrong.get("give") or AssignForm(document),
        "give_is_open": "give" in wrong,
    }


def _listed(document: AuditedDocument, marked: Marked) -> list[tuple[AuditFinding, str]]:
    """The findings, the gravest first, for a page on which nothing is chosen."""
    rows = AuditFinding.objects.filter(document=document, is_gone=False).order_by("rank", "start", "pk")
    return [(row, marked.link(row.number)) for row in rows[:LISTED]]


# ── the list of findings ──────────────────────────────────────────────────────────────────────────────


@page()
def findings(request: PersonRequest, pk: int) -> HttpResponse:
    """All findings of a document, the gravest first, with how each stands."""
    document = access.document_for(request.user, pk)
    state, severity = request.GET.get("state", ""), request.GET.get("severity", "")
    found = AuditFinding.objects.filter(document=document, is_gone=state == "gone")
    if state in FindingState.values:
        found = found.filter(state=state)
    if severity in AuditFinding.SEVERITIES:
        found = found.filter(severity=severity)
    rows = found.select_related("assignee").order_by("rank", "start", "pk")
    context = head_of(request, document, "findings") | {
        "pager": paginate(request, rows),
        "chosen_state": state,
        "severity": severity,
        "states": [*FindingState.choices, ("gone", "重新检查后不再出现")],
        "severities": AuditFinding.SEVERITIES.items(),
    }
    return render(request, "jiheng/audits/findings.html", context)


# ── settling ──────────────────────────────────────────────────────────────────────────────────────────


@page("settle_finding", methods=("POST",))
def accept(request: PersonRequest, pk: int) -> HttpResponseBase:
    """采纳."""
    return _settle(request, pk, workflow.accept, "已采纳；改好后请答复，或上传改后的新版")


@page("settle_finding", methods=("POST",))
def dismiss(request: PersonRequest, pk: int) -> HttpResponseBase:
    """不予采纳, with a reason."""
    return _settle(request, pk, workflow.dismiss, "不予采纳的理由已记录")


@page("settle_finding", methods=("POST",))
def answer(request: PersonRequest, pk: int) -> HttpResponseBase:
    """答复."""
    return _settle(request, pk, workflow.answer, "答复已记录")


def _settle(
    request: PersonRequest, pk: int, verb: Callable[..., AuditFinding], said: str
) -> HttpResponseBase:
    finding = access.finding_for(request.user, pk)
    form = SettleForm(posted(request))
    if form.is_valid():
        try:
            verb(request.user, finding, based_on(request), form.cleaned_data["reason"])
        except Unfit as refused:
            form.add_error("reason" if refused.field else None, refused.message)
    if form.errors:
        return _again(request, finding, settle=form)
    messages.success(request, said)
    return redirect(_address(request, finding))


@page("settle_finding", methods=("POST",))
def assign(request: PersonRequest, pk: int) -> HttpResponseBase:
    """交办 to a person, until a day."""
    finding = access.finding_for(request.user, pk)
    form = AssignForm(finding.document, posted(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            workflow.assign(
                request.user,
                finding,
                based_on(request),
                to=given["assignee"],
                due_on=given["due_on"],
                note=given["note"],
            )
        except Unfit as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
    if form.errors:
        return _again(request, finding, give=form)
    messages.success(request, f"已交办给{form.cleaned_data['assignee'].name}，其待办里会看到")
    return redirect(_address(request, finding))


def _again(request: PersonRequest, finding: AuditFinding, **wrong: forms.Form) -> HttpResponse:
    """The page as it was, with what was wrong and what was typed."""
    document = access.document_for(request.user, finding.document_id)
    marked = _marked(request, document)
    if marked is None:
        raise Unfit("文件还没有检查结果，请稍后再办", document)
    return _read(request, document, marked, finding.number, **wrong)


def _address(request: PersonRequest, finding: AuditFinding) -> str:
    address = reverse("audit", args=[finding.document_id])
    return f"{address}?on={finding.number}#f-{finding.number}"


def based_on(request: PersonRequest) -> int:
    text = request.POST.get("based_on", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


urlpatterns: list[URLPattern] = [
    path("audits/<int:pk>/", audit, name="audit"),
    path("audits/<int:pk>/wait/", wait, name="audit_wait"),
    path("audits/<int:pk>/findings/", findings, name="audit_findings"),
    path("audits/findings/<int:pk>/accept/", accept, name="audit_accept"),
    path("audits/findings/<int:pk>/dismiss/", dismiss, name="audit_dismiss"),
    path("audits/findings/<int:pk>/assign/", assign, name="audit_assign"),
    path("audits/findings/<int:pk>/answer/", answer, name="audit_answer"),
]
