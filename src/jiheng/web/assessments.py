"""事前绩效评估: the list, asking in, one assessment on one page, its files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng import policy as policies
from jiheng.assessment import asking, judging
from jiheng.assessment.access import assessment_for, material_for, may_judge, may_write, sees_scores, visible
from jiheng.assessment.alike import overlaps
from jiheng.assessment.comparing import compared
from jiheng.assessment.models import AskKind, Assessment, AssessmentState
from jiheng.assessment.moves import goal_of
from jiheng.assessment.report import by_dimension, in_wan, said_beside
from jiheng.panels.models import PanelState, SeatState
from jiheng.panels.opened import opened
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.projects import clearing
from jiheng.projects.models import Fund
from jiheng.projects.proposing import Proposal, propose
from jiheng.scoring.assessing import veto_names
from jiheng.units.access import BUREAU, GUESTS, may, units_for
from jiheng.units.models import LogEntry, Person, Unit, Upload
from jiheng.web.assessment_forms import (
    AssignForm,
    ConcludeForm,
    ExemptForm,
    FileForm,
    MaterialForm,
    ReasonForm,
    StartForm,
    initial_of,
    option_rows,
    options_of,
    put_beside,
)
from jiheng.web.exports import download
from jiheng.web.problems import based_on
from jiheng.web.shell import PersonRequest, page, paginate, posted, work_year, year_choices

TABS = (
    ("", "全部"),
    (AssessmentState.DRAFT.value, "草稿"),
    (AssessmentState.SUBMITTED.value, "待受理"),
    (AssessmentState.RETURNED.value, "已退回"),
    (AssessmentState.SCORING.value, "评审中"),
    ("scored", "待结论"),
    (AssessmentState.IMPROVING.value, "待调整完善"),
    (AssessmentState.CONCLUDED.value, "已结论"),
    (AssessmentState.EXEMPT.value, "免评"),
)


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────


@page(guests=True)
def assessments(request: PersonRequest) -> HttpResponse:
    """The assessments that the person sees, by year and state."""
    year = _year(request)
    rows = visible(request.user).filter(fiscal_year=year).select_related("unit", "fund", "panel")
    counts = {value: _in_state(rows, value).count() for value, _ in TABS}
    state = request.GET.get("state", "")
    state = state if state in counts else ""
    found = _in_state(rows, state).order_by("-submitted_at", "-pk")
    context = {
        "pager": paginate(request, found),
        "year": year,
        "years": year_choices(),
        "state": state,
        "tabs": [(value, label, counts[value]) for value, label in TABS if counts[value] or not value],
        "may_ask": may(request.user, "ask_assessment"),
        "is_guest": request.user.role in GUESTS,
    }
    return render(request, "jiheng/assessments/list.html", context)


def _year(request: PersonRequest) -> int:
    """The year asked for, else the one that is being budgeted: the work year's next."""
    asked = request.GET.get("year", "")
    return int(asked) if asked in map(str, year_choices()) else work_year(request) + 1


def _in_state(rows: Any, state: str) -> Any:
    if state == "scored":
        return rows.filter(state=AssessmentState.SCORING, panel__state=PanelState.OPENED)
    if state == AssessmentState.SCORING:
        return rows.filter(state=state).exclude(panel__state=PanelState.OPENED)
    return rows.filter(state=state) if state else rows


# ── asking in ─────────────────────────────────────────────────────────────────────────────────────────


@page("ask_assessment", methods=("GET", "POST"))
def new(request: PersonRequest) -> HttpResponseBase:
    """申请评估: for a fund that is there, or for a project that is not in the budget yet."""
    unit = request.user.unit
    assert unit is not None  # a reporter has a unit
    form = StartForm(posted(request), initial={"fiscal_year": work_year(request) + 1})
    funds = Fund.objects.filter(unit=unit).order_by("name")
    choices = [("", "（不选）"), *((fund.pk, fund.name) for fund in funds)]
    form.fields["fund"].choices = choices  # type: ignore[attr-defined]
    form.fields["fiscal_year"].choices = [(year, year) for year in year_choices()]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            made = asking.start(request.user, _fund(request.user, unit, form), *_asked(form))
        except (NotDone, ValidationError) as refused:
            _say(form, refused)
        else:
            return redirect("assessment", made.pk)
    return render(request, "jiheng/assessments/new.html", {"form": form}, status=422 if form.errors else 200)


def _asked(form: StartForm) -> tuple[int, AskKind]:
    said = form.cleaned_data
    return said["fiscal_year"], AskKind.NEW if said["name"].strip() else AskKind(said["kind"])


def _fund(person: Person, unit: Unit, form: StartForm) -> Fund:
    said = form.cleaned_data
    if said["fund"]:
        return Fund.objects.select_related("unit", "region").get(pk=said["fund"], unit=unit)
    wanted = Proposal(name=said["name"], since_year=said["fiscal_year"], until_year=said["until_year"])
    return propose(person, unit, wanted)


def _say(form: forms.Form, refused: NotDone | ValidationError) -> None:
    if isinstance(refused, ValidationError):
        fields = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
        for name, told in fields.items():
            form.add_error(name if name in form.fields else None, told)
    else:
        put_beside(form, refused)


# ── one assessment ────────────────────────────────────────────────────────────────────────────────────


@page(guests=True)
def assessment(request: PersonRequest, pk: int) -> HttpResponse:
    """The file, what stands beside it, the scores once they are open, the verdict, and what can be done."""
    return shown(request, assessment_for(request.user, pk))


def shown(request: PersonRequest, found: Assessment, status: int = 200, **given: Any) -> HttpResponse:
    """The page, with forms that were refused in place of fresh ones."""
    person = request.user
    policy = policies.on(found.policy_date or timezone.localdate(), found.region_id)
    goal = goal_of(found)
    panel = found.panel
    scores = opened(panel) if panel is not None and sees_scores(person, found) else None
    context: dict[str, Any] = {
        "assessment": found,
        "number": judging.number_of(found),
        "may_write": may_write(person, found),
        "may_judge": may_judge(person, found),
        "may_withdraw": may(person, "ask_assessment") and found.state == AssessmentState.SUBMITTED,
        "amount": in_wan(found.amount),
        "whole_amount": in_wan(found.whole_amount) if found.whole_amount is not None else "",
        "texts": [(label, getattr(found, name)) for name, label in asking.TEXTS.items()],
        "lacks": asking.missing(found) if may_write(person, found) else [],
        "compared": [(row, in_wan(row.option.money), said_beside(row)) for row in compared(found)],
        "overlaps": overlaps(found, policy.whole("assessment.overlap_from")),
        "goal": goal,
        "goal_lines": goal.as_sheet().indicators if goal is not None else (),  # type: ignore[union-attr]
        "opens_goal": goal is not None and person.role not in GUESTS,
        "materials": found.materials.select_related("person"),
        "seats": panel.seats.exclude(state=SeatState.REMOVED).select_related("person") if panel else (),
        "my_seat": panel.seats.filter(person=person).first() if panel else None,
        "scores": scores,
        "dimensions": by_dimension(scores) if scores else (),
        "clearance": clearing.of_fund(found.fund, found.fiscal_year),
        "is_inside": person.role not in GUESTS,
        "names_raters": person.role in BUREAU,
        "steps": _steps(person, found),
        "vetoes": veto_names(policy),
        **_forms(request, found),
        **given,
    }
    if found.is_scored and context["may_judge"]:
        context["rule"] = judging.proposed(found, [], policy)
    context["forms_with_errors"] = [form for form in given.values() if getattr(form, "errors", None)]
    return render(request, "jiheng/assessments/one.html", context, status=status)


def _forms(request: PersonRequest, found: Assessment) -> dict[str, Any]:
    return {
        "file_form": FileForm(initial=initial_of(found)),
        "option_rows": option_rows(found, None),
        "material_form": MaterialForm(auto_id="material_%s"),
        "return_form": ReasonForm(auto_id="return_%s"),
        "accept_form": ReasonForm(auto_id="accept_%s"),
        "exempt_form": with_grounds(ExemptForm(auto_id="exempt_%s"), found),
        "assign_form": with_experts(AssignForm(auto_id="assign_%s"), found),
        "conclude_form": with_vetoes(ConcludeForm(auto_id="conclude_%s"), found),
        "panel_form": ReasonForm(auto_id="panel_%s"),
    }


def with_grounds(form: ExemptForm, found: Assessment) -> ExemptForm:
    grounds = policies.on(timezone.localdate(), found.region_id).table("assessment.exemptions")
    form.fields["ground"].choices = [("", "请选择"), *((word, word) for word in grounds)]  # type: ignore[attr-defined]
    return form


def with_experts(form: AssignForm, found: Assessment) -> AssignForm:
    """The region's experts and the agency's people, with the default deadline."""
    people = Person.objects.filter(region=found.region_id, is_active=True, role__in=list(GUESTS))
    labels = [
        (person.pk, f"{person.name}（{person.unit.name if person.unit else person.get_role_display()}）")
        for person in people.select_related("unit").order_by("role", "username")
    ]
    form.fields["experts"].choices = labels  # type: ignore[attr-defined]
    policy = policies.on(timezone.localdate(), found.region_id)
    later = timezone.localdate() + timedelta(days=policy.whole("assessment.review_days"))
    form.fields["due_on"].initial = later
    return form


def with_vetoes(form: ConcludeForm, found: Assessment) -> ConcludeForm:
    names = veto_names(policies.on(timezone.localdate(), found.region_id))
    form.fields["vetoes"].choices = list(names.items())  # type: ignore[attr-defined]
    return form


def _steps(person: Person, found: Assessment) -> list[LogEntry]:
    """What was done with it, the latest first; what was refused is the bureau's to read."""
    rows = LogEntry.objects.filter(subject="assessment.assessment", subject_id=str(found.pk))
    if person.role in GUESTS:
        return []
    if person.role not in BUREAU:
        rows = rows.exclude(action__contains="被拒绝")
    return list(rows.exclude(action="填写事前评估申请").order_by("-at", "-pk")[:30])


# ── the unit's verbs ──────────────────────────────────────────────────────────────────────────────────


@page("ask_assessment", methods=("POST",))
def save(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Keeps what was typed; with “报送” hands it in at once."""
    found = assessment_for(request.user, pk)
    form = FileForm(posted(request))
    if not form.is_valid():
        return shown(request, found, 422, file_form=form, option_rows=option_rows(found, request.POST))
    try:
        held = asking.save_draft(request.user, found, based_on(request), form.draft(options_of(request.POST)))
    except NotDone as refused:
        if isinstance(refused, Stale):
            raise
        put_beside(form, refused)
        return shown(request, found, 422, file_form=form, option_rows=option_rows(found, request.POST))
    if request.POST.get("then") == "submit":
        try:
            asking.submit(request.user, held, held.revision)
        except NotDone as refused:
            messages.warning(request, f"已保存。{refused.message}")
            return redirect("assessment", pk)
        messages.success(request, "申请已报送，等绩效股受理")
    else:
        messages.success(request, "已保存，还没有报送")
    return redirect("assessment", pk)


@page("ask_assessment", methods=("POST",))
def withdraw(request: PersonRequest, pk: int) -> HttpResponseBase:
    """撤回修改."""
    asking.withdraw(request.user, assessment_for(request.user, pk), based_on(request))
    messages.success(request, "申请已撤回，可以修改后重新报送")
    return redirect("assessment", pk)


@page("ask_assessment", methods=("POST",))
def attach(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Takes a file."""
    found = assessment_for(request.user, pk)
    form = MaterialForm(posted(request), request.FILES or None, auto_id="material_%s")
    if form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            asking.attach(request.user, found, based_on(request), sent.name, sent.read())
        except NotDone as refused:
            if isinstance(refused, Stale):
                raise
            put_beside(form, refused)
        else:
            messages.success(request, f"“{sent.name}”已上传")
            return redirect("assessment", pk)
    elif not may_write(request.user, found):
        raise Http404("没有找到这项事前评估，或您无权修改")
    return shown(request, found, 422, material_form=form)


@page("ask_assessment", methods=("POST",))
def detach(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Takes a file out again."""
    item = material_for(request.user, pk)
    asking.detach(request.user, item, based_on(request))
    messages.success(request, f"“{item.name}”已撤下")
    return redirect("assessment", item.assessment_id)


@page(guests=True)
def material(request: PersonRequest, pk: int) -> HttpResponse:
    """A file as it was handed in; always saved, never shown by the browser."""
    return _file(material_for(request.user, pk).upload)


@page()
def report(request: PersonRequest, pk: int) -> HttpResponse:
    """The report as it was drawn up when the verdict was confirmed, a Word file."""
    found = assessment_for(request.user, pk)
    if found.report is None or not units_for(request.user).filter(pk=found.unit_id).exists():
        raise Http404("还没有评估报告")
    return _file(found.report)


def _file(upload: Upload) -> HttpResponse:
    try:
        with upload.file.open("rb") as held:
            data = held.read()
    except OSError:
        raise Http404("存放的文件已不在") from None
    return download(data, upload.name, "application/octet-stream")


urlpatterns: list[URLPattern] = [
    path("assessments/", assessments, name="assessments"),
    path("assessments/new/", new, name="assessment_new"),
    path("assessments/<int:pk>/", assessment, name="assessment"),
    path("assessments/<int:pk>/save/", save, name="assessment_save"),
    path("assessments/<int:pk>/withdraw/", withdraw, name="assessment_withdraw"),
    path("assessments/<int:pk>/attach/", attach, name="assessment_attach"),
    path("assessments/<int:pk>/report/", report, name="assessment_report"),
    path("assessments/materials/<int:pk>/", material, name="assessment_material"),
    path("assessments/materials/<int:pk>/detach/", detach, name="assessment_detach"),
]
