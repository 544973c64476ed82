"""财政重点评价: the year's list, candidates and picking, the plan of five years, self-praise by unit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng import policy as policies
from jiheng.fiscal import looking, picking
from jiheng.fiscal.access import is_theirs, right_of, states_of
from jiheng.fiscal.candidates import Candidate, candidates, covered
from jiheng.fiscal.models import Concern, EvaluationKind, EvaluationState
from jiheng.fiscal.picking import ConcernDraft, PickDraft
from jiheng.panels.outcomes import NotDone
from jiheng.policy import Policy
from jiheng.projects.access import funds_for
from jiheng.sheets import WAN, Missing
from jiheng.units.access import GUESTS, may, region_of, units_for
from jiheng.units.models import Role
from jiheng.web.exports import as_xlsx
from jiheng.web.fiscal_forms import ConcernForm, PickForm, choose, refused_by
from jiheng.web.shell import PersonRequest, kept_page, key_in, page, paginate, posted, work_year, year_choices

MOST_PICKED = 60
MOST_CONCERNS = 30
HEADINGS = ("名次", "专项资金", "单位", "金额（万元）", "得分", "必选", "计分过程")


class FilterForm(forms.Form):
    division = forms.IntegerField(min_value=0, max_value=2**62, required=False)
    word = forms.CharField(max_length=60, required=False)
    only = forms.CharField(max_length=12, required=False)


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────


@page(guests=True)
def fiscal(request: PersonRequest) -> HttpResponse:
    """The evaluations of a work year that the person sees, with the sums of the year and of three years."""
    year = work_year(request)
    return kept_page(request, "jiheng/fiscal/list.html", lambda: _listed(request, year))


def _listed(request: PersonRequest, year: int) -> dict[str, Any]:
    person, asked = request.user, request.GET.get("todo", "")
    everything = list(looking.in_year(person, year))
    rows = everything
    if asked in ("assign", "work", "first", "second", "comment"):
        states = states_of(asked)[:1] if asked == "assign" else states_of(asked)
        rows = [row for row in rows if row.state in states and is_theirs(person, asked, row)]
        rows = rows if may(person, right_of(asked)) else []
    state = request.GET.get("state", "")
    tabs = [("", "全部", len(everything))]
    for value in EvaluationState:
        count = sum(row.state == value for row in everything)
        if count:
            tabs.append((value.value, value.label, count))
    if state in EvaluationState.values:
        rows = [row for row in rows if row.state == state]
    return {
        "rows": rows,
        "year": year,
        "state": state,
        "tabs": tabs,
        "asked": asked,
        "sums": looking.summed(everything),
        "three": looking.last_years(person, year),
        "is_guest": person.role in GUESTS,
        "may_pick": may(person, "pick_evaluation"),
        "may_review": may(person, "review_evaluation"),
        "sees_all": person.unit_id is None and person.role not in GUESTS,
        "today": timezone.localdate(),
    }


# ── candidates ────────────────────────────────────────────────────────────────────────────────────────


@page("pick_evaluation", methods=("GET", "POST"))
def ranking(request: PersonRequest) -> HttpResponseBase:
    """Candidates ranked with their points and steps; the ticked ones are picked with a reason."""
    year, policy = work_year(request), _policy(request)
    initial = {"from_year": year - 1, "to_year": year - 1, "kind": _kind(request)}
    form = PickForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = picking.pick(request.user, _draft(request, year, form.cleaned_data))
        except NotDone as refused:
            refused_by(form, refused)
        else:
            messages.success(request, f"已选定 {len(made)} 项重点评价，请布置评价任务")
            return redirect("fiscal")
    wanted = _wanted(request)
    every = candidates(request.user, year, policy)
    pager = paginate(request, [item for item in every if _fits(item, wanted)])
    taken = [item for item in every if item.picked]
    context = {
        "pager": pager,
        "wanted": wanted,
        "year": year,
        "form": form,
        "ticked": set(request.POST.getlist("fund")),
        "units": units_for(request.user).order_by("code"),
        "taken": len(taken),
        "must": sum(bool(item.rank.must) for item in every),
        "count": len(every),
        "concern_form": _concern_form(request, None),
        "concerns": Concern.objects.filter(fund__in=funds_for(request.user))
        .select_related("fund", "person")
        .order_by("-received_on", "-pk")[:MOST_CONCERNS],
        "weights": every[0].rank.factors if every else (),
    }
    return render(request, "jiheng/fiscal/ranking.html", context, status=422 if form.errors else 200)


@page("pick_evaluation")
def ranking_xlsx(request: PersonRequest) -> HttpResponseBase:
    """The whole ranking as a workbook."""
    year = work_year(request)
    rows = [
        (
            item.rank.place,
            item.fund.name,
            item.fund.unit.name,
            None if isinstance(item.rank.amount, Missing) else item.rank.amount / WAN,
            item.rank.points,
            item.rank.must,
            "；".join(f"{factor.label}：{factor.step}" for factor in item.rank.factors),
        )
        for item in candidates(request.user, year, _policy(request))
    ]
    return as_xlsx("遴选排序", HEADINGS, rows, title=f"{year}年重点评价遴选排序")


@page("pick_evaluation", methods=("POST",))
def concern(request: PersonRequest) -> HttpResponseBase:
    """登记关注事项."""
    form = _concern_form(request, posted(request))
    if form.is_valid():
        try:
            picking.note_concern(request.user, ConcernDraft(**form.cleaned_data))
        except NotDone as refused:
            refused_by(form, refused)
        else:
            messages.success(request, "已登记，遴选排序已重新计分")
            return redirect("fiscal_ranking")
    return render(request, "jiheng/fiscal/concern.html", {"form": form}, status=422)


def _concern_form(request: PersonRequest, sent: Any) -> ConcernForm:
    form = ConcernForm(sent, auto_id="concern_%s")
    funds = funds_for(request.user).order_by("unit__code", "code").values_list("pk", "name")
    choose(form, "fund", list(funds))
    choose(form, "kind", [(kind, kind) for kind in _policy(request).table("fiscal.concern_kinds")])
    return form


def _draft(request: PersonRequest, year: int, said: dict[str, Any]) -> PickDraft:
    funds = [pk for text in request.POST.getlist("fund")[:MOST_PICKED] if (pk := key_in(text)) is not None]
    units = [pk for text in request.POST.getlist("unit")[:MOST_PICKED] if (pk := key_in(text)) is not None]
    return PickDraft(year=year, funds=funds, units=units, **said)


def _wanted(request: PersonRequest) -> dict[str, Any]:
    form = FilterForm(request.GET)
    form.is_valid()
    return form.cleaned_data


def _fits(item: Candidate, wanted: dict[str, Any]) -> bool:
    word, only = wanted.get("word") or "", wanted.get("only") or ""
    if word and word not in item.fund.name and word not in item.fund.unit.name:
        return False
    return {
        "must": bool(item.rank.must),
        "key": item.rank.is_key,
        "picked": item.picked is not None,
    }.get(only, True)


# ── the plan, and who praises themselves ──────────────────────────────────────────────────────────────


@page("review_evaluation")
def plan(request: PersonRequest) -> HttpResponse:
    """重点项目 over the coming cycle: whose turn it is in which year, and what was covered in the last."""
    year, policy = work_year(request), _policy(request)
    planned, done, keys = covered(request.user, year, policy)
    context = {
        "planned": planned,
        "done": done,
        "keys": keys,
        "year": year,
        "cycle": policy.whole("fiscal.ranking.cycle"),
        "key_from": policy.decimal("fiscal.ranking.key_from"),
    }
    return render(request, "jiheng/fiscal/plan.html", context)


@page("review_evaluation")
def praise(request: PersonRequest) -> HttpResponse:
    """自评虚高 by unit, drawn to the mean of all, with the steps."""
    year, policy = work_year(request), _policy(request)
    context = {
        "rows": looking.inflated(request.user, year, policy),
        "prior": policy.decimal("fiscal.inflation.prior"),
        "cycle": policy.whole("fiscal.ranking.cycle"),
        "year": year,
        "years": year_choices(year),
    }
    return render(request, "jiheng/fiscal/praise.html", context)


def _policy(request: PersonRequest) -> Policy:
    return policies.on(timezone.localdate(), region_of(request.user).pk)


def _kind(request: PersonRequest) -> str:
    is_department = request.user.role == Role.DEPARTMENT
    return EvaluationKind.DEPARTMENT.value if is_department else EvaluationKind.FISCAL.value


urlpatterns: list[URLPattern] = [
    path("fiscal/", fiscal, name="fiscal"),
    path("fiscal/ranking/", ranking, name="fiscal_ranking"),
    path("fiscal/ranking/export/", ranking_xlsx, name="fiscal_ranking_xlsx"),
    path("fiscal/concern/", concern, name="fiscal_concern"),
    path("fiscal/plan/", plan, name="fiscal_plan"),
    path("fiscal/praise/", praise, name="fiscal_praise"),
]
