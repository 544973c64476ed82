"""The pages of one form, whichever of the five: open, save, check, submit, decide, ask, its history.

Every write is one verb of the form's own room. The editor is one HTML form whose buttons say what is done
with it, so it works without scripts; filing.js saves the same fields as they are typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse

from jiheng.filings import opinions
from jiheng.filings import workflow as filings
from jiheng.filings.access import filing_for, fills_for, may_decide, may_edit
from jiheng.filings.desks import earlier
from jiheng.filings.history import compare, history
from jiheng.filings.merge import three_way
from jiheng.filings.models import Desk, Filing, State
from jiheng.filings.outcomes import Conflict, Refused, RemarkDraft, Stopped
from jiheng.projects import calendar
from jiheng.sheets import Finding, Form, Severity, Sheet
from jiheng.units import access
from jiheng.web import evaluation, forms, goals, monitoring
from jiheng.web.filing import FormPage, SheetView, based_on, baseline, bound, of_level, store
from jiheng.web.shell import PersonRequest, page

# every form has its pages here: a room lists its own
PAGES: dict[Form, FormPage] = {
    item.form: item for item in (*goals.FORMS, *monitoring.FORMS, *evaluation.FORMS)
}
MOST_TEXT = 4000
# who signs under the printed form, as the official blanks have it
OPINIONS = {
    Form.PROJECT_GOAL: ("财政部门支出股室初审意见", "财政部门绩效评价股审核意见"),
    Form.UNIT_GOAL: ("财政部门审核意见",),
}


def page_of(filing: Filing) -> FormPage:
    """How this filing's form is shown. Raises Http404 where no room shows it yet."""
    found = PAGES.get(Form(filing.form))
    if found is None:
        raise Http404("这种表还没有页面")
    return found


# ── one form, shown ───────────────────────────────────────────────────────────────────────────────────


@page()
def filing(request: PersonRequest, pk: int) -> HttpResponse:
    """The form: to fill in for its reporter, to review for the desk that holds it, else to read."""
    return shown(request, filing_for(request.user, pk))


def shown(
    request: PersonRequest,
    found: Filing,
    *,
    mine: Sheet | None = None,
    findings: Iterable[Finding] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The form's page; `mine` is what was typed but not stored, `findings` what to say beside the fields."""
    declared = page_of(found)
    sheet = found.as_sheet() if mine is None else mine
    mode = _mode(request, found)
    if findings is None:
        wants = mode == "review" or "checked" in request.GET or found.state == State.RETURNED
        findings = declared.room.check(found, sheet) if wants else []
    unread = forms.unread(sheet)
    told = {item.field for item in unread}  # what cannot be read is not missing as well
    said = [*unread, *(item for item in findings if item.field not in told)]
    before = baseline(found, mode)
    view = view_of(request, found, sheet, mode)
    view.speak(
        said,
        found.remarks.select_related("person") if mode != "read" else found.remarks.filter(settled_at=None),
        found.questions.select_related("asked_by", "answered_by"),
        before.as_sheet() if before else None,
    )
    context = {
        "filing": found,
        "view": view,
        "form_page": declared,
        "findings": said,
        "errors": of_level(said, Severity.ERROR),
        "warnings": of_level(said, Severity.WARNING),
        "before": before,
        "last_return": found.steps.filter(action="退回").select_related("person").order_by("-at").first()
        if found.state == State.RETURNED
        else None,
        "window": calendar.window(
            found.region, calendar.stage_of(found.form), found.fiscal_year, found.month
        ),
        "typed": _beside(view, opinions.kept(request.user, found)) if mode == "review" else None,
        **rights(request, found),
        **(declared.more(request, found, view) if declared.more else {}),
        **more,
    }
    return render(request, "jiheng/filing/filing.html", context, status=status)


def _mode(request: PersonRequest, found: Filing) -> str:
    if may_edit(request.user, found):
        return "edit"
    return "review" if may_decide(request.user, found) else "read"


def view_of(request: PersonRequest, found: Filing, sheet: Sheet, mode: str) -> SheetView:
    """The sheet with the indicator levels that policy allows."""
    policy = page_of(found).room.policy_of(found)
    taxonomy = getattr(sheet, "taxonomy", None)
    frame = policy.table(f"taxonomy.{taxonomy.value}") if taxonomy else {}
    return SheetView(sheet, page_of(found), mode, frame, access.may(request.user, "ask"))


def rights(request: PersonRequest, found: Filing) -> dict[str, Any]:
    """What this person may do with the form now, for the buttons."""
    is_reviewing = may_decide(request.user, found)
    fills = fills_for(request.user, found.unit_id)
    return {
        "may_decide": is_reviewing,
        "desks": earlier(found) if is_reviewing else (),
        "may_withdraw": fills and found.state == State.IN_REVIEW,
        "may_fill": fills,
        "may_ask": access.may(request.user, "ask"),
    }


# ── the reporter ──────────────────────────────────────────────────────────────────────────────────────


def wants_json(request: PersonRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


@page("file", methods=("POST",))
def save(request: PersonRequest, pk: int) -> HttpResponse:
    """Autosave, and the button 保存草稿. A conflict answers 409 with both sides and stores nothing."""
    found = filing_for(request.user, pk)
    try:
        after = store(request, found, page_of(found))
    except Conflict as conflict:
        return _conflict(request, conflict)
    except Stopped as stopped:
        if wants_json(request):
            return JsonResponse({"message": stopped.message}, status=409)
        raise
    if not wants_json(request):
        messages.success(request, "草稿已保存")
        return redirect("filing", pk=pk)
    sent = bound(request, found, page_of(found))
    return JsonResponse(
        {
            "revision": after.revision,
            "errors": after.errors,
            "warnings": after.warnings,
            "problems": [{"field": item.field, "message": item.message} for item in sent.problems],
        }
    )


def _conflict(request: PersonRequest, conflict: Conflict) -> HttpResponse:
    """Both sides, field by field, to choose from; what was typed stays on the page."""
    found = filing_for(request.user, conflict.filing.pk)
    mine = bound(request, found, page_of(found)).sheet
    merge = three_way(None, found.as_sheet(), mine, found.revision)
    context = {"filing": found, "cells": merge.cells, "message": conflict.message}
    if wants_json(request):
        html = render_to_string("jiheng/filing/conflict.html", context, request)
        return JsonResponse({"conflict": html, "message": conflict.message}, status=409)
    return shown(request, found, mine=mine, status=409, cells=merge.cells, message=conflict.message)


@page("file", methods=("POST",))
def resolve(request: PersonRequest, pk: int) -> HttpResponse:
    """Stores the side chosen for each field of a conflict (`choice:<field>`: "stored" or "file")."""
    found = filing_for(request.user, pk)
    merge = three_way(None, found.as_sheet(), bound(request, found, page_of(found)).sheet, found.revision)
    choices = {
        cell.field: "file" if request.POST.get(f"choice:{cell.field}") == "file" else "stored"
        for cell in merge.cells
    }
    try:
        page_of(found).room.save_draft(request.user, found, merge.apply(choices), based_on(request))
    except Conflict as conflict:
        return _conflict(request, conflict)
    messages.success(request, "已按所选内容保存")
    return redirect("filing", pk=pk)


@page("file", methods=("POST",))
def check(request: PersonRequest, pk: int) -> HttpResponse:
    """Saves, then shows what the machine has to say, on top and beside each field."""
    found = filing_for(request.user, pk)
    try:
        store(request, found, page_of(found))
    except Conflict as conflict:
        return _conflict(request, conflict)
    return redirect(f"{reverse('filing', args=[pk])}?checked=1#findings")


@page("file", methods=("POST",))
def submit(request: PersonRequest, pk: int) -> HttpResponse:
    """Saves and files the form. An error stops it and is shown beside its field."""
    found = filing_for(request.user, pk)
    try:
        after = store(request, found, page_of(found))
        wrong = forms.unread(after.as_sheet())
        if wrong:
            raise Refused([*wrong, *page_of(after).room.check(after, after.as_sheet())], after)
        after = page_of(after).room.submit(request.user, after, after.revision)
    except Conflict as conflict:
        return _conflict(request, conflict)
    except Refused as refused:
        now = filing_for(request.user, pk)
        return shown(request, now, findings=_once(refused.findings), status=422, refusal=refused.message)
    messages.success(request, f"已报送，现在“{Desk(after.desk).label}”环节")
    return redirect("filing", pk=pk)


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """What `shown` says of unread figures anyway is left out."""
    return [item for item in findings if item.code != forms.CODE]


@page("file", methods=("POST",))
def withdraw(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """撤回: while nobody has decided."""
    found = filing_for(request.user, pk)
    filings.withdraw(request.user, found, based_on(request))
    messages.success(request, "已撤回，可以继续修改")
    return redirect("filing", pk=pk)


# ── the desks ─────────────────────────────────────────────────────────────────────────────────────────


@page("review", methods=("POST",))
def approve(request: PersonRequest, pk: int) -> HttpResponse:
    """通过: on to the next desk, from the last approved."""
    found = filing_for(request.user, pk)
    opinion = request.POST.get("opinion", "").strip()[:MOST_TEXT]
    after = page_of(found).room.approve(request.user, found, based_on(request), opinion)
    where = f"已转“{Desk(after.desk).label}”" if after.desk else f"{after.get_state_display()}，内容锁定"
    messages.success(request, f"“{after}”{where}")
    return redirect(page_of(found).list_name)


@page("review", methods=("POST",))
def return_back(request: PersonRequest, pk: int) -> HttpResponse:
    """退回: to an earlier desk, with a reason and opinions beside fields (`remark:<field>`)."""
    found = filing_for(request.user, pk)
    view = view_of(request, found, found.as_sheet(), "review")
    typed = _typed(request)
    remarks = [RemarkDraft(at, view.label(at), text.strip()) for at, text in typed.remarks.items()]
    reason = typed.reason.strip()
    if not reason and remarks:
        reason = f"有 {len(remarks)} 处意见，见各栏目旁"
    try:
        after = page_of(found).room.return_for_revision(
            request.user, found, based_on(request), typed.to_desk, reason, remarks
        )
    except Refused as refused:
        return shown(request, found, status=422, refusal=refused.message, typed=_beside(view, typed))
    messages.success(request, f"“{after}”已退回“{Desk(after.desk).label}”")
    return redirect(page_of(found).list_name)


@page("review", methods=("POST",))
def keep_opinions(request: PersonRequest, pk: int) -> HttpResponse:
    """What the reviewer types, kept as they type (review.js); their next visit shows it again."""
    try:
        opinions.keep(request.user, filing_for(request.user, pk), _typed(request))
    except Stopped as stopped:
        return JsonResponse({"message": stopped.message}, status=409)
    return JsonResponse({"message": "意见已存为草稿，只有您看得到"})


def _typed(request: PersonRequest) -> opinions.Typed:
    """The review's fields as sent; a remark without words is none."""
    sent = {name: str(text)[:MOST_TEXT] for name, text in request.POST.items()}
    return opinions.Typed(
        sent.get("opinion", ""),
        sent.get("reason", ""),
        sent.get("to_desk", "")[:12],
        {
            name.removeprefix("remark:")[:120]: text
            for name, text in sent.items()
            if name.startswith("remark:") and text.strip()
        },
    )


def _beside(view: SheetView, typed: opinions.Typed) -> dict[str, Any]:
    """For decide.html; review.js moves each remark beside its field."""
    remarks = [(at, view.label(at), text) for at, text in typed.remarks.items()]
    return {"opinion": typed.opinion, "reason": typed.reason, "to_desk": typed.to_desk, "remarks": remarks}


@page("ask", methods=("POST",))
def ask(request: PersonRequest, pk: int) -> HttpResponse:
    """提问: beside a field, to the unit's contact at the bureau."""
    found = filing_for(request.user, pk)
    at = request.POST.get("field", "")[:120]
    view = view_of(request, found, found.as_sheet(), "read")
    text = request.POST.get("text", "")[:MOST_TEXT]
    filings.ask(request.user, found, at, view.label(at)[:160], text)
    messages.success(request, "问题已送到本单位的辅导联系人，答复后会显示在这个栏目旁")
    return redirect(f"{reverse('filing', args=[pk])}#f-{at}")


# ── what became of it ─────────────────────────────────────────────────────────────────────────────────


@page()
def filing_history(request: PersonRequest, pk: int) -> HttpResponse:
    """Versions and steps; with ?from=&to= what differs between two versions (to: a number, or "now")."""
    found = filing_for(request.user, pk)
    past = history(found)
    versions = [item for item in past.versions if item.cause != "取表"]
    by_number = {str(item.number): item for item in versions}
    before = by_number.get(request.GET.get("from", ""))
    after = by_number.get(request.GET.get("to", ""), found)
    for item in versions:
        item.filing = found
    for step in past.steps:
        step.filing = found
    context = {
        "filing": found,
        "form_page": page_of(found),
        "versions": versions,
        "steps": past.steps,
        "remarks": past.remarks,
        "before": before,
        "after": None if after is found else after,
        "changes": compare(before, after) if before else [],
    }
    return render(request, "jiheng/filing/history.html", context)


@page()
def print_view(request: PersonRequest, pk: int) -> HttpResponse:
    """The form to print, in the official order, with room to sign and without anything said about it."""
    found = filing_for(request.user, pk)
    view = view_of(request, found, found.as_sheet(), "print")
    declared = page_of(found)
    context = {"filing": found, "view": view, "form_page": declared, "opinions": OPINIONS.get(declared.form)}
    if declared.more:
        context |= declared.more(request, found, view)
    return render(request, "jiheng/filing/print.html", context)


urlpatterns: list[URLPattern] = [
    path("filings/<int:pk>/", filing, name="filing"),
    path("filings/<int:pk>/save/", save, name="filing_save"),
    path("filings/<int:pk>/resolve/", resolve, name="filing_resolve"),
    path("filings/<int:pk>/check/", check, name="filing_check"),
    path("filings/<int:pk>/submit/", submit, name="filing_submit"),
    path("filings/<int:pk>/withdraw/", withdraw, name="filing_withdraw"),
    path("filings/<int:pk>/approve/", approve, name="filing_approve"),
    path("filings/<int:pk>/return/", return_back, name="filing_return"),
    path("filings/<int:pk>/opinions/", keep_opinions, name="filing_opinions"),
    path("filings/<int:pk>/ask/", ask, name="filing_ask"),
    path("filings/<int:pk>/history/", filing_history, name="filing_history"),
    path("filings/<int:pk>/print/", print_view, name="filing_print"),
]
