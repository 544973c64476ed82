"""问题台账: the register with its filters, totals and workbook; registering; what other rooms noticed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng import policy as policies
from jiheng.audits import clues as audits
from jiheng.evaluation import clues as evaluation
from jiheng.findings import problems as rooms
from jiheng.findings import register, workflow
from jiheng.findings.models import Clue, ClueState, Problem, ProblemState, Source
from jiheng.findings.outcomes import NotDone
from jiheng.findings.problems import ClueDraft
from jiheng.findings.register import ProblemFilter
from jiheng.findings.workflow import ProblemDraft
from jiheng.monitoring import clues as monitoring
from jiheng.projects.models import Fund, Project
from jiheng.sheets import WAN, MissingReason, plain
from jiheng.units.access import may, region_of, units_for
from jiheng.units.models import Person
from jiheng.web.exports import as_xlsx
from jiheng.web.problem_forms import MOST_TEXT, ProblemForm
from jiheng.web.shell import (
    PersonRequest,
    kept_page,
    key_field,
    key_in,
    page,
    paginate,
    posted,
    work_year,
    year_choices,
)
from jiheng.web.units import divisions_for

# who notices what, and as whose finding it enters the register
NOTICING: tuple[tuple[Source, Callable[[Person, int], list[ClueDraft]]], ...] = (
    (Source.MONITORING, rooms.noticed_in_corrections),
    (Source.MONITORING, monitoring.noticed),
    (Source.SELF, evaluation.noticed),
    (Source.DOCUMENT, audits.noticed),
)


class FilterForm(forms.Form):
    unit = key_field()
    division = key_field()
    fund = key_field()
    year = forms.IntegerField(min_value=2000, max_value=2100, required=False)
    kind = forms.CharField(max_length=20, required=False)
    source = forms.CharField(max_length=16, required=False)
    state = forms.CharField(max_length=12, required=False)
    word = forms.CharField(max_length=60, required=False)


# ── the register ──────────────────────────────────────────────────────────────────────────────────────


@page()
def problems(request: PersonRequest) -> HttpResponse:
    """The problems of the units that the person sees, under filters that stay in the address."""
    return kept_page(request, "jiheng/problems/list.html", lambda: _listed(request))


def _listed(request: PersonRequest) -> dict[str, Any]:
    today, wanted = timezone.localdate(), _wanted(request)
    rows = register.found(request.user, wanted, today).select_related("unit", "fund", "recurs")
    pager = paginate(request, rows.order_by("-found_on", "-serial"))
    everything = register.without_state(request.user, wanted)
    tabs = [("", "全部")]
    if may(request.user, "register_problem"):
        tabs += [(ProblemState.REGISTERED.value, "待下达")]
    tabs += [("to_reply", "待整改"), ("overdue", "逾期"), (ProblemState.REPLIED.value, "待复核")]
    tabs += [(ProblemState.VERIFIED.value, "待销号"), (ProblemState.CLOSED.value, "已销号")]
    tabs += [("recurring", "反复出现")]
    asked = {value: register.state_asked(value, today) for value, _ in tabs}
    counts = {
        value: everything.filter(where).count() if where is not None else everything.count()
        for value, where in asked.items()
    }
    return _filters(request, wanted) | {
        "pager": pager,
        "rows": [{"problem": item, "is_overdue": register.is_overdue(item, today)} for item in pager.rows],
        "tabs": [(value, label, counts[value]) for value, label in tabs],
        "may_register": may(request.user, "register_problem"),
        "clues": rooms.clues_for(request.user).filter(state=ClueState.WAITING).count(),
    }


def _wanted(request: PersonRequest) -> ProblemFilter:
    form = FilterForm(request.GET)
    form.is_valid()
    return ProblemFilter(**{name: value for name, value in form.cleaned_data.items() if value})


def _filters(request: PersonRequest, wanted: ProblemFilter) -> dict[str, Any]:
    policy = policies.on(timezone.localdate(), region_of(request.user).pk)
    units = units_for(request.user).order_by("code")
    with_problems = rooms.visible(request.user).order_by().values("unit")
    return {
        "wanted": wanted,
        "kinds": policy.table("problems.kinds"),
        "sources": Source.choices,
        "years": year_choices(),
        "units": units.filter(pk__in=with_problems) if request.user.unit_id is None else [],
        "divisions": divisions_for(request.user),
        "fund": Fund.objects.filter(pk=wanted.fund, unit__in=units).first() if wanted.fund else None,
    }


@page()
def export(request: PersonRequest) -> HttpResponseBase:
    """What the filters show, as a workbook."""
    today = timezone.localdate()
    rows = register.found(request.user, _wanted(request), today).order_by("number")
    title = f"{region_of(request.user).name}预算绩效问题整改台账（{today}）"
    return as_xlsx("整改台账", register.HEADINGS, register.export_rows(rows, today), title=title)


@page()
def totals(request: PersonRequest) -> HttpResponse:
    """Totals by unit and by fiscal year of what the filters show."""
    today, wanted = timezone.localdate(), _wanted(request)
    rows = register.found(request.user, wanted, today)
    context = _filters(request, wanted) | {
        "by_unit": register.by_unit(rows, today),
        "by_year": register.by_year(rows, today),
        "all": register.in_all(rows, today),
    }
    return render(request, "jiheng/problems/totals.html", context)


# ── registering ───────────────────────────────────────────────────────────────────────────────────────


@page("register_problem", methods=("GET", "POST"))
def new(request: PersonRequest) -> HttpResponseBase:
    """登记: by hand, or with ?clue= what another room noticed stands in the form already."""
    key = key_in(request.GET.get("clue", ""))
    clue = rooms.clue_for(request.user, key) if key is not None else None
    form = _form(request, _of_clue(request, clue))
    if request.method == "POST" and form.is_valid():
        try:
            made = workflow.register(request.user, ProblemDraft(**form.cleaned_data), clue)
        except NotDone as refused:
            take_over(form, refused)
        else:
            again = f"；与此前的问题 {made.recurs.number} 相似，请留意是否反复出现" if made.recurs else ""
            messages.success(request, f"已登记为问题 {made.number}{again}")
            return redirect("problem", made.pk)
    return _edited(request, form, clue=clue)


@page("register_problem", methods=("GET", "POST"))
def amend(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Changes a problem that is not issued yet."""
    found = rooms.problem_for(request.user, pk)
    form = _form(request, _of_problem(found))
    if request.method == "POST" and form.is_valid():
        try:
            draft = ProblemDraft(**form.cleaned_data)
            workflow.amend(request.user, found, based_on(request), draft)
        except NotDone as refused:
            take_over(form, refused)
        else:
            messages.success(request, f"问题 {found.number} 已修改")
            return redirect("problem", pk)
    return _edited(request, form, problem=found)


def _edited(request: PersonRequest, form: forms.Form, **context: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "jiheng/problems/edit.html", {"form": form, **context}, status=status)


def _form(request: PersonRequest, initial: dict[str, Any]) -> ProblemForm:
    form = ProblemForm(posted(request), initial=initial)
    policy = policies.on(timezone.localdate(), region_of(request.user).pk)
    units = list(units_for(request.user).order_by("code"))
    funds = Fund.objects.filter(unit__in=units).select_related("unit").order_by("unit__code", "code")
    chosen = key_in(request.POST.get("fund", "")) or initial.get("fund")
    projects = Project.objects.filter(fund=chosen, unit__in=units) if chosen else Project.objects.none()
    choices: dict[str, list[tuple[Any, str]]] = {
        "unit": [("", "请选择"), *((unit.pk, f"{unit.code} {unit.name}") for unit in units)],
        "fund": [
            ("", "部门整体（不属于某个专项）"),
            *((fund.pk, f"{fund.unit.name}：{fund.name}") for fund in funds),
        ],
        "project": [("", "（不细分到项目）"), *((found.pk, found.name) for found in projects)],
        "fiscal_year": [(year, f"{year}年") for year in year_choices()],
        "kind": [("", "请选择"), *((kind, kind) for kind in policy.table("problems.kinds"))],
    }
    for name, offered in choices.items():
        form.fields[name].choices = offered  # type: ignore[attr-defined]
    return form


def _of_clue(request: PersonRequest, clue: Clue | None) -> dict[str, Any]:
    today = timezone.localdate()
    initial: dict[str, Any] = {"found_on": today, "fiscal_year": work_year(request)}
    unit, fund = key_in(request.GET.get("unit", "")), key_in(request.GET.get("fund", ""))
    if clue is None:
        return initial | {"unit": unit, "fund": fund}
    return initial | {
        "unit": clue.unit_id,
        "fund": clue.fund_id,
        "fiscal_year": clue.fiscal_year,
        "source": clue.source,
        "kind": clue.kind,
        "title": clue.title,
        "description": clue.description,
        "amount": _in_wan(clue.amount),
        "amount_missing": "" if clue.amount is not None else MissingReason.UNVERIFIABLE.value,
        "found_on": timezone.localdate(clue.noticed_at),
    }


def _of_problem(found: Problem) -> dict[str, Any]:
    names = ("fiscal_year", "source", "kind", "title", "description", "found_on", "requirement")
    return {name: getattr(found, name) for name in (*names, "amount_missing")} | {
        "unit": found.unit_id,
        "fund": found.fund_id,
        "project": found.project_id,
        "amount": _in_wan(found.amount),
    }


def _in_wan(amount: Decimal | None) -> str:
    return "" if amount is None else plain(amount / WAN)


# ── clues ─────────────────────────────────────────────────────────────────────────────────────────────


class DeclineForm(forms.Form):
    reason = forms.CharField(max_length=MOST_TEXT, required=False)


@page("register_problem")
def clues(request: PersonRequest) -> HttpResponse:
    """What other rooms noticed, until somebody says whether it is a problem."""
    state = request.GET.get("state", ClueState.WAITING.value)
    found = rooms.clues_for(request.user)
    tabs = [(value, label, found.filter(state=value).count()) for value, label in ClueState.choices]
    pager = paginate(request, found.filter(state=state) if state in ClueState.values else found)
    year = work_year(request)
    context = {"pager": pager, "tabs": tabs, "state": state, "year": year, "years": year_choices(year)}
    return render(request, "jiheng/problems/clues.html", context)


@page("register_problem", methods=("POST",))
def gather(request: PersonRequest) -> HttpResponse:
    """Asks every room what it noticed in a fiscal year; what is known already does not come again."""
    year = key_in(request.POST.get("year", ""))
    if year is None or not 2000 <= year <= 2100:
        messages.error(request, "请选择预算年度")
        return redirect("problem_clues")
    made = sum(
        len(rooms.propose_many(source, noticed(request.user, year), request.user))
        for source, noticed in NOTICING
    )
    messages.success(request, f"{year}年新增线索 {made} 条" if made else f"{year}年没有新的线索")
    return redirect("problem_clues")


@page("register_problem", methods=("POST",))
def decline(request: PersonRequest, pk: int) -> HttpResponse:
    """不作为问题."""
    clue = rooms.clue_for(request.user, pk)
    form = DeclineForm(posted(request))
    try:
        rooms.decline(request.user, clue, form.cleaned_data["reason"] if form.is_valid() else "")
    except NotDone as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, "已记为不作为问题，以后不再提示")
    return redirect("problem_clues")


def take_over(form: forms.Form, refused: NotDone) -> None:
    """Puts a verb's refusal beside the field that it speaks of."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)


def based_on(request: PersonRequest) -> int:
    """The revision that the sent form was based on; 0 fits none."""
    return min(key_in(request.POST.get("based_on", "")) or 0, 2**31 - 1)


urlpatterns: list[URLPattern] = [
    path("problems/", problems, name="problems"),
    path("problems/export/", export, name="problems_xlsx"),
    path("problems/totals/", totals, name="problems_totals"),
    path("problems/new/", new, name="problem_new"),
    path("problems/<int:pk>/amend/", amend, name="problem_amend"),
    path("problems/clues/", clues, name="problem_clues"),
    path("problems/clues/gather/", gather, name="problem_gather"),
    path("problems/clues/<int:pk>/decline/", decline, name="problem_clue_decline"),
]
