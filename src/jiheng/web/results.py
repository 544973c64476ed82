"""结果应用: the list of proposals with its sums, constraints, what-ifs, bulk decisions, the follow-up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from jiheng.figures import FigureError, amount_in_wan, rounded
from jiheng.results import looking, workflow
from jiheng.results.access import plan_for, plans, proposal_for, visible
from jiheng.results.looking import ResultFilter
from jiheng.results.models import Plan, PlanState, Proposal
from jiheng.results.outcomes import NotDone
from jiheng.scoring.results import Action
from jiheng.sheets import WAN, Grade, plain
from jiheng.units.access import may
from jiheng.units.models import Department, Division
from jiheng.web.exports import as_xlsx
from jiheng.web.problems import based_on
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

MOST_TEXT = 2000
STATES = (("", "全部"), ("waiting", "待决定"), ("decided", "已决定"), ("marked", "列入参考调整额"))


class FilterForm(forms.Form):
    division = key_field()
    department = key_field()
    unit = key_field()
    grade = forms.CharField(max_length=2, required=False)
    state = forms.CharField(max_length=12, required=False)
    word = forms.CharField(max_length=60, required=False)


class WanField(forms.CharField):
    """万元 as typed, in yuan; empty is None."""

    def __init__(self, **said: Any) -> None:
        super().__init__(max_length=30, **said)

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            yuan = amount_in_wan(text).yuan
        except FigureError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        if yuan < 0 or rounded(yuan, 2) != yuan:
            raise forms.ValidationError("应为不小于 0 的金额，最多精确到分")
        return yuan


class DecideForm(forms.Form):
    amount = WanField(label="决定的下年预算（万元）", required=False, help_text="留空就是采纳建议")
    reason = forms.CharField(
        label="决定理由",
        max_length=MOST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="必填；会写进导出的清单",
    )


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────


@page()
def results(request: PersonRequest) -> HttpResponse:
    """The proposals of one plan (?year= of the budget it is for), under filters that stay in the address."""
    year = work_year(request)
    return kept_page(request, "jiheng/results/list.html", lambda: _listed(request, year))


def _listed(request: PersonRequest, year: int) -> dict[str, Any]:
    offered = list(plans(request.user))
    plan = _chosen(request, offered)
    may_decide = may(request.user, "decide_results")
    context: dict[str, Any] = {
        "plan": plan,
        "plans": offered,
        "may_decide": may_decide,
        "score_year": year - 1,
        "years": year_choices(year - 1),
    }
    if plan is None:
        return context
    wanted, rows = _wanted(request), visible(request.user).filter(plan=plan)
    found = looking.found(rows, wanted)
    # the amounts, not the steps: these are told on the fund's own page
    pager = paginate(request, found.select_related("fund", "unit").defer("steps"))
    same = looking.found(rows, ResultFilter(**_but_state(wanted)))
    tabs = [*STATES, *((action.value, action.value) for action in Action)]
    counts = [
        (value, label, same.filter(asked).count() if asked is not None else same.count())
        for value, label, asked in ((value, label, looking.state_asked(value)) for value, label in tabs)
    ]
    return context | {
        "tabs": [tab for tab in counts if tab[2] or not tab[0]],
        "wanted": wanted,
        "pager": pager,
        "sums": looking.in_all(found),
        "divisions": divisions_for(request.user),
        "grades": [grade.value for grade in Grade],
        "is_open": plan.state == PlanState.OPEN and may_decide,
        "is_decided": not rows.filter(decided__isnull=True).exists(),
        "part": _part(wanted),
    }


def _chosen(request: PersonRequest, offered: list[Plan]) -> Plan | None:
    asked = key_in(request.GET.get("year", ""))
    return next((plan for plan in offered if plan.budget_year == asked), offered[0] if offered else None)


def _wanted(request: PersonRequest) -> ResultFilter:
    form = FilterForm(request.GET)
    form.is_valid()
    return ResultFilter(**{name: value for name, value in form.cleaned_data.items() if value})


def _but_state(wanted: ResultFilter) -> dict[str, Any]:
    names = ("division", "department", "unit", "grade", "word")
    return {name: getattr(wanted, name) for name in names}


def _part(wanted: ResultFilter) -> str:
    """The department or division that the list is cut to, in words."""
    if wanted.department:
        return Department.objects.filter(pk=wanted.department).values_list("name", flat=True).first() or ""
    return ""


@page()
def export(request: PersonRequest, pk: int) -> HttpResponseBase:
    """What the filters show, as a workbook."""
    plan = plan_for(request.user, pk)
    rows = looking.found(visible(request.user).filter(plan=plan), _wanted(request))
    title = f"{plan.region.name}{plan}（{plan.get_state_display()}，{timezone.localdate()}）"
    return as_xlsx("结果应用清单", looking.HEADINGS, looking.export_rows(rows), title=title)


@page()
def totals(request: PersonRequest, pk: int) -> HttpResponse:
    """Totals by division and by department."""
    plan = plan_for(request.user, pk)
    rows = visible(request.user).filter(plan=plan)
    context = {
        "plan": plan,
        "by_division": looking.by(rows, "division"),
        "by_department": looking.by(rows, "department"),
        "all": looking.in_all(rows),
        "ceilings": dict(plan.ceilings.values_list("division", "amount")),
    }
    return render(request, "jiheng/results/totals.html", context)


@page()
def follow(request: PersonRequest, pk: int) -> HttpResponse:
    """跟踪: was the result really used in the budget it was decided for?"""
    plan = plan_for(request.user, pk)
    followed = looking.follow_up(plan, visible(request.user).filter(plan=plan))
    asked = request.GET.get("verdict", "")
    tabs = [("", "全部", len(followed))]
    tabs += [(str(v), str(v), sum(item.verdict is v for item in followed)) for v in looking.Verdict]
    shown = [item for item in followed if not asked or item.verdict == asked]
    context = {"plan": plan, "pager": paginate(request, shown), "tabs": tabs, "asked": asked}
    return render(request, "jiheng/results/follow.html", context)


# ── what the bureau does with a plan ──────────────────────────────────────────────────────────────────


@page("decide_results", methods=("POST",))
def propose(request: PersonRequest) -> HttpResponse:
    """测算, by the worker."""
    year = key_in(request.POST.get("score_year", ""))
    if year is None or not 2000 <= year <= 2100:
        messages.error(request, "请选择评价年度")
        return redirect("results")
    return redirect("job", workflow.ask_to_propose(request.user, year).pk)


class ConstrainForm(forms.Form):
    target = WanField(
        label="参考调整额（万元）",
        required=False,
        help_text="列入的专项合计调减多少；留空不设。设了以后逐个按可调余地分摊，精确到分",
    )
    total = WanField(label="下年预算总额（万元）", required=False, help_text="全部专项合计；留空不设")

    def __init__(self, data: Any, divisions: list[Division], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        for division in divisions:
            self.fields[f"ceiling_{division.pk}"] = WanField(
                label=f"{division.name}控制数（万元）", required=False
            )

    def ceilings(self) -> dict[int, Decimal]:
        return {
            int(name.removeprefix("ceiling_")): amount
            for name, amount in self.cleaned_data.items()
            if name.startswith("ceiling_") and amount is not None
        }


@page("decide_results", methods=("GET", "POST"))
def constrain(request: PersonRequest, pk: int) -> HttpResponseBase:
    """约束: what all together must keep."""
    plan = plan_for(request.user, pk)
    there = dict(plan.ceilings.values_list("division", "amount"))
    initial = {"target": _in_wan(plan.target), "total": _in_wan(plan.total)}
    initial |= {f"ceiling_{division}": _in_wan(amount) for division, amount in there.items()}
    form = ConstrainForm(posted(request), divisions_for(request.user), initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            workflow.constrain(
                request.user,
                plan,
                based_on(request),
                target=said["target"],
                total=said["total"],
                ceilings=form.ceilings(),
            )
        except NotDone as refused:
            take_over(form, refused)
        else:
            messages.success(request, "约束已保存，没有决定的专项已重新测算")
            return redirect(_address(plan))
    sums = looking.in_all(visible(request.user).filter(plan=plan))
    context = {"plan": plan, "form": form, "sums": sums}
    return render(request, "jiheng/results/constrain.html", context, status=422 if form.errors else 200)


@page("decide_results", methods=("POST",))
def mark(request: PersonRequest, pk: int) -> HttpResponse:
    """列入 or 移出参考调整额, the ticked ones."""
    plan = plan_for(request.user, pk)
    is_marked = request.POST.get("out") != "1"
    count = workflow.mark(request.user, plan, based_on(request), _ticked(request), is_marked=is_marked)
    messages.success(request, f"{'列入' if is_marked else '移出'}参考调整额 {count} 个专项")
    return redirect(_address(plan, "marked" if is_marked else ""))


@page("decide_results", methods=("POST",))
def decide_many(request: PersonRequest, pk: int) -> HttpResponse:
    """采纳建议: the ticked ones, or all that wait."""
    plan = plan_for(request.user, pk)
    chosen = None if request.POST.get("all") == "1" else _ticked(request)
    done, left = workflow.decide_many(request.user, plan, chosen, request.POST.get("reason", "")[:MOST_TEXT])
    more = f"；{left} 个此前已决定或无法测算，没有改动" if left else ""
    messages.success(request, f"已按建议决定 {done} 个专项{more}")
    return redirect(_address(plan))


@page("decide_results", methods=("POST",))
def apply(request: PersonRequest, pk: int) -> HttpResponse:
    """应用: once, when everything is decided."""
    plan = plan_for(request.user, pk)
    document = request.POST.get("document", "")[:100]
    done = workflow.apply(request.user, plan, based_on(request), document)
    messages.success(request, f"{done} 已应用；{done.budget_year} 年预算下达后在“跟踪落实”里核对")
    return redirect(_address(plan))


def take_over(form: forms.Form, refused: NotDone) -> None:
    """Puts a verb's refusal beside the field that it speaks of."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)


def _ticked(request: PersonRequest) -> list[int]:
    return [key for text in request.POST.getlist("row") if (key := key_in(text)) is not None]


def _address(plan: Plan, state: str = "") -> str:
    more = f"&state={state}" if state else ""
    return f"{reverse('results')}?year={plan.budget_year}{more}"


def _in_wan(amount: Decimal | None) -> str:
    return "" if amount is None else plain(amount / WAN)


# ── one fund ──────────────────────────────────────────────────────────────────────────────────────────


@page()
def result(request: PersonRequest, pk: int) -> HttpResponse:
    """One fund's proposal line by line, and the form for who decides."""
    return _one(request, proposal_for(request.user, pk), DecideForm())


def _one(request: PersonRequest, found: Proposal, form: forms.Form) -> HttpResponse:
    is_open = found.plan.state == PlanState.OPEN and may(request.user, "decide_results")
    context = {
        "row": found,
        "plan": found.plan,
        "form": form,
        "is_open": is_open,
        "steps": [
            {**step, "amount": None if step["amount"] is None else Decimal(step["amount"])}
            for step in found.steps
        ],
    }
    return render(request, "jiheng/results/one.html", context, status=422 if form.errors else 200)


@page("decide_results", methods=("POST",))
def decide(request: PersonRequest, pk: int) -> HttpResponse:
    """决定 one fund."""
    found = proposal_for(request.user, pk)
    form = DecideForm(posted(request))
    if form.is_valid():
        said = form.cleaned_data
        try:
            workflow.decide(request.user, found, based_on(request), said["amount"], said["reason"])
        except NotDone as refused:
            take_over(form, refused)
        else:
            messages.success(request, f"{found.fund.name}已决定")
            return redirect("result", pk)
    return _one(request, found, form)


@page("decide_results", methods=("POST",))
def revoke(request: PersonRequest, pk: int) -> HttpResponse:
    """撤销决定."""
    found = proposal_for(request.user, pk)
    workflow.revoke(request.user, found, based_on(request), request.POST.get("reason", "")[:MOST_TEXT])
    messages.success(request, f"{found.fund.name}的决定已撤销")
    return redirect("result", pk)


urlpatterns: list[URLPattern] = [
    path("results/", results, name="results"),
    path("results/propose/", propose, name="results_propose"),
    path("results/<int:pk>/export/", export, name="results_xlsx"),
    path("results/<int:pk>/totals/", totals, name="results_totals"),
    path("results/<int:pk>/follow/", follow, name="results_follow"),
    path("results/<int:pk>/constrain/", constrain, name="results_constrain"),
    path("results/<int:pk>/mark/", mark, name="results_mark"),
    path("results/<int:pk>/decide/", decide_many, name="results_decide"),
    path("results/<int:pk>/apply/", apply, name="results_apply"),
    path("results/fund/<int:pk>/", result, name="result"),
    path("results/fund/<int:pk>/decide/", decide, name="result_decide"),
    path("results/fund/<int:pk>/revoke/", revoke, name="result_revoke"),
]
