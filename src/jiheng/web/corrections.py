"""纠偏: orders of correction from a monitoring form, the unit's answer, closing, sending back, waiving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng import policy as policies
from jiheng.filings.access import filing_for
from jiheng.filings.models import Filing
from jiheng.findings import corrections as verbs
from jiheng.findings.corrections import NotAccepted, OrderDraft
from jiheng.findings.models import Correction, CorrectionState
from jiheng.findings.proposals import working_days_after
from jiheng.monitoring.workflow import proposal_for
from jiheng.web.shell import PersonRequest, kept_page, page, paginate, posted, year_choices

OVERDUE = "overdue"
MOST_TEXT = 4000


class OrderForm(forms.Form):
    cause = forms.CharField(label="偏差情况", max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 4}))
    measure = forms.ChoiceField(label="措施类型")
    requirement = forms.CharField(
        label="纠偏要求",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="要做什么、做到什么程度",
    )
    due_on = forms.DateField(
        label="整改期限", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ReplyForm(forms.Form):
    reply = forms.CharField(
        label="整改情况",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="做了什么、结果如何、何时完成",
        error_messages={"required": "请写明整改情况：做了什么、结果如何、何时完成"},
    )


class SettleForm(forms.Form):
    opinion = forms.CharField(
        label="复核意见",
        max_length=MOST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="退回和豁免必须写明理由",
    )


@page()
def corrections(request: PersonRequest) -> HttpResponse:
    """The orders of the units that the person sees, by state and year; the overdue ones stand out."""
    return kept_page(request, "jiheng/corrections/list.html", lambda: _listed(request))


def _listed(request: PersonRequest) -> dict[str, Any]:
    today = timezone.localdate()
    state, year = request.GET.get("state", ""), request.GET.get("year", "")
    found = verbs.visible(request.user)
    if year.isascii() and year.isdigit() and len(year) == 4:
        found = found.filter(fiscal_year=int(year))
    counted = found.order_by().aggregate(
        total=Count("pk"),
        **{value: Count("pk", filter=Q(state=value)) for value in CorrectionState.values},
        **{OVERDUE: Count("pk", filter=_late(today))},
    )
    if state in CorrectionState.values:
        found = found.filter(state=state)
    elif state == OVERDUE:
        found = found.filter(_late(today))
    pager = paginate(request, found)
    tabs = [("", "全部", counted["total"])]
    tabs += [(OVERDUE, "逾期未回复", counted[OVERDUE])]
    tabs += [(value, label, counted[value]) for value, label in CorrectionState.choices]
    return {
        "pager": pager,
        "rows": [_facts(item, today) for item in pager.rows],
        "tabs": tabs,
        "state": state,
        "year": year,
        "years": year_choices(today.year),
    }


def _late(today: Any) -> Q:
    return Q(state=CorrectionState.ORDERED, due_on__lt=today)


def _facts(item: Correction, today: Any) -> dict[str, Any]:
    return {
        "correction": item,
        "is_overdue": verbs.is_overdue(item, today),
    }


@page()
def correction(request: PersonRequest, pk: int) -> HttpResponse:
    """One order with all that was said, and the form for whoever has to act now."""
    return _shown(request, verbs.correction_for(request.user, pk))


def _shown(
    request: PersonRequest,
    found: Correction,
    *,
    reply: forms.Form | None = None,
    settle: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    settle = settle or SettleForm()
    if not verbs.may_settle(request.user, found):  # nothing is answered yet: all that can be done is to waive
        settle.fields["opinion"].label = "豁免理由"
        settle.fields["opinion"].help_text = "豁免必须写明理由"
    context = _facts(found, timezone.localdate()) | {
        "may_answer": verbs.may_answer(request.user, found),
        "may_settle": verbs.may_settle(request.user, found),
        "may_waive": verbs.may_waive(request.user, found),
        "reply": reply or ReplyForm(initial={"reply": found.reply}),
        "settle": settle,
    }
    return render(request, "jiheng/corrections/one.html", context, status=status)


@page("order_correction", methods=("GET", "POST"))
def order(request: PersonRequest, pk: int) -> HttpResponse:
    """下达纠偏 on a submitted monitoring form; what policy proposes stands in the form already."""
    filing = filing_for(request.user, pk)
    there = Correction.objects.filter(filing=filing, state__in=verbs.OPEN).first()
    if there is not None and request.method == "GET":
        return redirect("correction", there.pk)
    policy = policies.on(timezone.localdate(), filing.region_id)
    form = OrderForm(posted(request), initial=_proposed(request, filing, policy))
    words = [str(word) for word in policy.table("monitoring.correction.measures")]
    blank = [] if form.initial.get("measure") else [("", "（请选择）")]
    form.fields["measure"].choices = [*blank, *((word, word) for word in words)]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            made = verbs.order(request.user, filing, OrderDraft(**form.cleaned_data))
        except NotAccepted as refused:
            _take_over(form, refused)
        else:
            messages.success(request, f"纠偏单已下达，{made.due_on} 前整改；单位的待办里会看到")
            return redirect("correction", made.pk)
    context = {"form": form, "filing": filing}
    return render(request, "jiheng/corrections/order.html", context, status=422 if form.errors else 200)


def _proposed(request: PersonRequest, filing: Filing, policy: policies.Policy) -> dict[str, Any]:
    proposal = proposal_for(request.user, filing)
    if proposal is not None:
        return {"cause": proposal.cause, "measure": proposal.measures[0], "due_on": proposal.due_on}
    days = policy.whole("monitoring.correction.answer_days")
    return {"due_on": working_days_after(timezone.localdate(), days)}


def _take_over(form: forms.Form, refused: NotAccepted) -> None:
    for finding in refused.findings:
        form.add_error(finding.field if finding.field in form.fields else None, finding.message)


@page("answer_correction", methods=("POST",))
def answer(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The unit says what it has done."""
    found = verbs.correction_for(request.user, pk)
    form = ReplyForm(posted(request))
    if not form.is_valid():
        return _shown(request, found, reply=form, status=422)
    verbs.answer(request.user, found, _based_on(request), form.cleaned_data["reply"])
    messages.success(request, "整改情况已回复，等财政局复核销号")
    return redirect("correction", pk)


@page("close_correction", methods=("POST",))
def close(request: PersonRequest, pk: int) -> HttpResponseBase:
    """销号."""
    return _settle(request, pk, verbs.close, "已销号")


@page("close_correction", methods=("POST",))
def send_back(request: PersonRequest, pk: int) -> HttpResponseBase:
    """退回回复: the unit answers again."""
    return _settle(request, pk, verbs.reopen_answer, "回复已退回，单位会再次整改")


@page("waive_correction", methods=("POST",))
def waive(request: PersonRequest, pk: int) -> HttpResponseBase:
    """豁免, with a reason."""
    return _settle(request, pk, verbs.waive, "已豁免，不再影响自评报送")


def _settle(request: PersonRequest, pk: int, verb: Callable[..., Correction], said: str) -> HttpResponseBase:
    found = verbs.correction_for(request.user, pk)
    form = SettleForm(posted(request))
    if form.is_valid():
        try:
            verb(request.user, found, _based_on(request), form.cleaned_data["opinion"])
        except NotAccepted as refused:
            for finding in refused.findings:
                form.add_error("opinion" if finding.field else NON_FIELD_ERRORS, finding.message)
    if form.errors:
        return _shown(request, found, settle=form, status=422)
    messages.success(request, f"“{found.fund or found.unit}”的纠偏单{said}")
    return redirect("correction", pk)


def _based_on(request: PersonRequest) -> int:
    text = request.POST.get("based_on", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def may_order(request: PersonRequest, filing: Filing) -> bool:
    """Whether this person may order a correction on a monitoring form, and none is open."""
    return (
        verbs.may_order(request.user)
        and filing.submitted_at is not None
        and not Correction.objects.filter(filing=filing, state__in=verbs.OPEN).exists()
    )


urlpatterns: list[URLPattern] = [
    path("corrections/", corrections, name="corrections"),
    path("corrections/<int:pk>/", correction, name="correction"),
    path("corrections/<int:pk>/answer/", answer, name="correction_answer"),
    path("corrections/<int:pk>/close/", close, name="correction_close"),
    path("corrections/<int:pk>/send-back/", send_back, name="correction_send_back"),
    path("corrections/<int:pk>/waive/", waive, name="correction_waive"),
    path("filings/<int:pk>/correction/", order, name="correction_order"),
]
