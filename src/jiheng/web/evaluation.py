"""绩效自评: the list, what is peculiar to the two forms (scores with steps), the bureau's review, and why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from jiheng.evaluation import review, workflow
from jiheng.evaluation.models import Score
from jiheng.evaluation.review import ReviewDraft, Reviewed
from jiheng.evaluation.watch import difference_of, distribution, own_score, watchlist
from jiheng.filings.access import filing_for
from jiheng.filings.models import Desk, Filing, State
from jiheng.filings.outcomes import Refused
from jiheng.findings.corrections import open_for
from jiheng.projects.access import fund_for
from jiheng.projects.models import Stage
from jiheng.scoring import score, unit_rates
from jiheng.sheets import (
    Amount,
    EvaluationSheet,
    Form,
    Grade,
    Missing,
    Operator,
    ProjectEvaluationSheet,
    Quantity,
    UnitEvaluationSheet,
)
from jiheng.units.access import may, region_of
from jiheng.web.filing import FormPage, SheetView, based_on, store
from jiheng.web.filing_list import listed
from jiheng.web.forms import patterns
from jiheng.web.shell import PersonRequest, fiscal_year, kept_page, key_in, page, year_choices

FORMS_OF_STAGE = (Form.UNIT_EVALUATION, Form.PROJECT_EVALUATION)
FINANCE_DESKS = (Desk.DIVISION, Desk.PERFORMANCE)
GIVEN = ("expected_goal", "taxonomy", "execution_weight")  # prefilled, not for the reporter to change
LEVELS = (*(grade.value for grade in Grade), "未定等级")


def extras(request: PersonRequest, filing: Filing, view: SheetView) -> dict[str, Any]:
    """The sheet's scores as it stands, each with its step; the kept score; the unit's control rates."""
    sheet = cast(EvaluationSheet, view.sheet)
    policy = workflow.policy_of(filing)
    scored = score(sheet, policy)
    kept = Score.objects.filter(filing=filing).select_related("frozen_by").first()
    is_at_bureau = filing.state == State.IN_REVIEW and filing.desk in FINANCE_DESKS
    may_score = may(request.user, "score") and is_at_bureau
    is_compared = view.mode != "print" and (may_score or (kept is not None and kept.reviewed is not None))
    weights = (scored.execution.weight, *(line.weight for line in scored.lines))
    return {
        "scored": scored,
        "steps": {line.key: line for line in scored.lines},
        "kept": kept,
        "policy": policy,
        "rates": unit_rates(sheet, policy) if isinstance(sheet, UnitEvaluationSheet) else (),
        "barring": open_for(unit=filing.unit, fund=filing.fund, fiscal_year=filing.fiscal_year),
        "may_score": may_score,
        "points": sum((weight for weight in weights if isinstance(weight, Decimal)), Decimal(0)),
        "compared": {row.key: row for row in review.table(filing)} if is_compared else {},
        "money_pulled": {row.key: _pulled(row) for row in sheet.money},
    }


def _pulled(row: Any) -> dict[str, bool]:
    """Which amounts of a money row the books gave; the others are for the unit to type."""
    values = {name: getattr(row, name) for name in ("initial", "revised", "executed")}
    return {name: isinstance(value, Amount) and not value.typed for name, value in values.items()}


def _editable(sheet: type[Any]) -> frozenset[str]:
    return frozenset(
        name
        for name in patterns(sheet)
        if name not in GIVEN
        and not name.startswith("lines[].indicator")
        and name not in ("money[].label", "basic.spending[].label")
    )


FORMS = tuple(
    FormPage(
        form=sheet.form,
        room=workflow,
        body="jiheng/evaluation/form.html",
        list_name="evaluation",
        editable=_editable(sheet),
        more=extras,
        actions="jiheng/evaluation/actions.html",
    )
    for sheet in (ProjectEvaluationSheet, UnitEvaluationSheet)
)
BY_FORM = {declared.form.value: declared for declared in FORMS}


def evaluation_for(request: PersonRequest, pk: int) -> Filing:
    """A self-evaluation that the person may see. Raises Http404 for other forms too."""
    found = filing_for(request.user, pk)
    if found.form not in BY_FORM:
        raise Http404("这不是自评表")
    return found


# ── the list, and what is worth a second look ─────────────────────────────────────────────────────────


@page()
def evaluation(request: PersonRequest) -> HttpResponse:
    """Every unit and fund with its self-evaluation and score of a fiscal year."""
    year = fiscal_year(request, Stage.EVALUATION)
    return kept_page(request, "jiheng/evaluation/list.html", lambda: _listed(request, year))


def _listed(request: PersonRequest, year: int) -> dict[str, Any]:
    found = listed(request, FORMS_OF_STAGE, Stage.EVALUATION, year)
    pks = [row.filing.pk for row in found.pager.rows if row.filing]
    kept = Score.objects.filter(filing__in=pks).defer("steps")
    return {
        "year": year,
        "years": year_choices(year),
        "start_name": "evaluation_start",
        "list_name": "evaluation",
        "scores": {item.filing_id: item for item in kept},
        "may_watch": may(request.user, "score"),
        **found.context(),
    }


@page()
def watch(request: PersonRequest) -> HttpResponse:
    """满分聚集, 高分低执行, 自评复核差异大; grades by division."""
    year = fiscal_year(request, Stage.EVALUATION)
    return kept_page(request, "jiheng/evaluation/watch.html", lambda: _watch(request, year))


def _watch(request: PersonRequest, year: int) -> dict[str, Any]:
    region = region_of(request.user)
    found = watchlist(request.user, region, year)
    return {
        "year": year,
        "years": year_choices(year),
        "watch": found,
        "high": [_watched(item) for item in found.high_scores],
        "far": [_watched(item) for item in found.differences],
        "spread": distribution(request.user, region, year),
        "levels": LEVELS,
        "thresholds": {name.rpartition(".")[2]: value for name, value in found.thresholds.items()},
    }


def _watched(kept: Score) -> dict[str, Any]:
    return {"kept": kept, "own": own_score(kept), "difference": difference_of(kept)}


# ── the reporter ──────────────────────────────────────────────────────────────────────────────────────


@page("file", methods=("POST",))
def start(request: PersonRequest) -> HttpResponseRedirect:
    """开始填报: the self-evaluation of the unit itself or of a fund (`fund`), prefilled."""
    unit = request.user.unit
    if unit is None:
        raise Http404("您的账号没有所属单位")
    year = fiscal_year(request, Stage.EVALUATION)
    key = key_in(request.POST.get("fund", ""))
    fund = fund_for(request.user, key) if key else None
    filing = workflow.start(request.user, unit=unit, fund=fund, fiscal_year=year)
    return redirect("filing", pk=filing.pk)


@page("file", methods=("POST",))
def refresh(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """Saves, then 重新取数: budget, payments and goal as they stand now."""
    found = evaluation_for(request, pk)
    after = store(request, found, BY_FORM[found.form])
    workflow.refresh_money(request.user, after, after.revision)
    messages.success(request, "已重新取数：预算、支付和目标都是最新的")
    return redirect("filing", pk=pk)


@page("file", methods=("POST",))
def take_scores(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """Saves, then fills in what the system computed: the execution rate's score, every quantitative line's,
    the total. A qualitative line's score stays the unit's own."""
    found = evaluation_for(request, pk)
    after = store(request, found, BY_FORM[found.form])
    sheet = cast(EvaluationSheet, after.as_sheet())
    policy = workflow.policy_of(after)
    filled = claimed_as_computed(sheet, policy)
    workflow.save_draft(request.user, after, filled, after.revision)
    messages.success(request, "已按计分过程填入得分；定性指标的得分由单位按档次自定")
    return redirect("filing", pk=pk)


def claimed_as_computed(sheet: EvaluationSheet, policy: Any) -> EvaluationSheet:
    """The sheet claiming what it scores; a line that has no score keeps its claim."""
    scored = score(sheet, policy)
    by_key = {line.key: line.score for line in scored.lines}

    def claim(computed: Decimal | Missing, was: Quantity | Missing) -> Quantity | Missing:
        return was if isinstance(computed, Missing) else Quantity(computed)

    lines = tuple(
        line
        if line.indicator.operator is Operator.QUALITATIVE
        else replace(line, claimed=claim(by_key[line.key], line.claimed))
        for line in sheet.lines
    )
    execution = claim(scored.execution.score, sheet.execution_claimed)
    total = claim(scored.total, sheet.total_claimed)
    return replace(sheet, lines=lines, execution_claimed=execution, total_claimed=total)


# ── the bureau's review ───────────────────────────────────────────────────────────────────────────────


@page("score", methods=("GET", "POST"))
def review_scores(request: PersonRequest, pk: int) -> HttpResponseBase:
    """复核评分: the bureau's value and score beside the unit's, line by line, with reasons."""
    found = evaluation_for(request, pk)
    rows = review.table(found)
    if request.method == "GET":
        return _reviewed(request, found, rows, {})
    sent = {
        row.key: {
            name: request.POST.get(f"{name}:{row.key}", "").strip() for name in ("score", "actual", "reason")
        }
        for row in rows
    }
    wrong: dict[str, str] = {}
    drafts = []
    for row in rows:
        text = sent[row.key]["score"]
        try:
            given = Decimal(text) if text else None
        except InvalidOperation:
            wrong[row.key] = f"“{text}”不是数字，请填 0 至 {row.weight} 之间的得分"
            continue
        drafts.append(
            ReviewDraft(
                key=row.key, score=given, actual=sent[row.key]["actual"][:120], reason=sent[row.key]["reason"]
            )
        )
    if not wrong:
        try:
            review.review(request.user, found, based_on(request), drafts)
        except Refused as refused:
            for finding in refused.findings:
                key = (
                    "execution"
                    if finding.field == "execution_claimed"
                    else finding.field.partition("[")[2].partition("]")[0]
                )
                wrong.setdefault(key, finding.message)
    if wrong:
        return _reviewed(request, found, rows, sent, wrong)
    messages.success(request, "复核评分已保存")
    return redirect("evaluation_review", pk)


def _reviewed(
    request: PersonRequest,
    found: Filing,
    rows: list[Reviewed],
    sent: dict[str, dict[str, str]],
    wrong: dict[str, str] | None = None,
) -> HttpResponse:
    kept = Score.objects.filter(filing=found).first()
    sheet = cast(EvaluationSheet, found.as_sheet())
    by_key = {line.key: line for line in sheet.lines}
    shown = []
    for row in rows:
        typed = sent.get(row.key)
        stored = row.review
        if typed is None:
            typed = {
                "score": f"{stored.score}" if stored else "",
                "actual": stored.actual if stored else "",
                "reason": stored.reason if stored else "",
            }
        shown.append(
            {"row": row, "line": by_key.get(row.key), "typed": typed, "wrong": (wrong or {}).get(row.key, "")}
        )
    is_open = found.state == State.IN_REVIEW and found.desk in FINANCE_DESKS
    context = {"filing": found, "rows": shown, "kept": kept, "is_open": is_open, "wrong": wrong or {}}
    return render(request, "jiheng/evaluation/review.html", context, status=422 if wrong else 200)


@page()
def why(request: PersonRequest, pk: int) -> HttpResponse:
    """为什么是这个分: the kept steps, the policy of their day, and the same sheet scored again now."""
    found = evaluation_for(request, pk)
    context = {
        "filing": found,
        "why": review.explain(found),
        "kept": Score.objects.filter(filing=found).select_related("frozen_by").first(),
        "rows": review.table(found),
    }
    return render(request, "jiheng/evaluation/why.html", context)


urlpatterns: list[URLPattern] = [
    path("evaluation/", evaluation, name="evaluation"),
    path("evaluation/watch/", watch, name="evaluation_watch"),
    path("evaluation/start/", start, name="evaluation_start"),
    path("evaluation/<int:pk>/refresh/", refresh, name="evaluation_refresh"),
    path("evaluation/<int:pk>/take-scores/", take_scores, name="evaluation_take_scores"),
    path("evaluation/<int:pk>/review/", review_scores, name="evaluation_review"),
    path("evaluation/<int:pk>/why/", why, name="evaluation_why"),
]
