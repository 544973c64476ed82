"""评分: the pages of whoever is charged with an evaluation: scheme, scores line by line, words written."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from jiheng.fiscal import workflow
from jiheng.fiscal.access import may
from jiheng.fiscal.models import KeyEvaluation, Questionnaire, SchemeRow
from jiheng.fiscal.moves import policy_of
from jiheng.fiscal.standing import kind_of, lines_of, standing_of, survey_of
from jiheng.fiscal.workflow import Marking
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.scoring.measures import MEASURES
from jiheng.scoring.questionnaires import surveyed
from jiheng.scoring.schemes import SchemeLine, faults
from jiheng.sheets import Missing
from jiheng.web.fiscal_forms import MarkForm, NarrativeForm, refused_by
from jiheng.web.fiscal_papers import opened, proof_form_of
from jiheng.web.problems import based_on
from jiheng.web.shell import PersonRequest, page, posted

MOST_NEW = 5  # empty lines offered below a scheme


# ── scores ────────────────────────────────────────────────────────────────────────────────────────────


@page(guests=True)
def scoring(request: PersonRequest, pk: int) -> HttpResponse:
    """Every line with its score and evidence; ?row= is the one being scored."""
    return _scoring(request, opened(request, pk))


def _scoring(
    request: PersonRequest,
    found: KeyEvaluation,
    status: int = 200,
    *,
    form: MarkForm | None = None,
    key: str = "",
) -> HttpResponse:
    rows = list(
        SchemeRow.objects.filter(evaluation=found).order_by("place").prefetch_related("citations__proof")
    )
    asked = key or request.GET.get("row", "")
    unscored = next((row for row in rows if row.score is None), rows[0])
    row = next((row for row in rows if row.key == asked), unscored)
    is_theirs = may(request.user, "work", found)
    if form is None:
        form = _mark_form(found, row)
    context = {
        "evaluation": found,
        "rows": rows,
        "row": row,
        "measure": MEASURES.get(row.formula),
        "form": form,
        "is_theirs": is_theirs,
        "standing": standing_of(found),
        "proof_form": proof_form_of(found, row.key),
        "wrong": faults(lines_of(rows), kind_of(found), policy_of(found)),
        "above": policy_of(found).decimal("fiscal.evidence.above"),
    }
    return render(request, "jiheng/fiscal/scoring.html", context, status=status)


def _mark_form(found: KeyEvaluation, row: SchemeRow) -> MarkForm:
    first = row.first
    if not first and row.formula in ("satisfaction", "unit_satisfaction"):
        first = _satisfaction(found, row)
    measure = MEASURES.get(row.formula)
    is_computed = measure is not None and row.score is not None and "评定" not in row.step
    initial = {
        "first": first,
        "second": row.second,
        "score": "" if is_computed or row.score is None else row.score,
        "basis": row.basis,
    }
    form = MarkForm(initial=initial)
    _label(form, row)
    return form


def _label(form: MarkForm, row: SchemeRow) -> None:
    """The two figures as the line's formula calls them; a line of judgement asks for none."""
    measure = MEASURES.get(row.formula)
    if measure is None:
        del form.fields["first"], form.fields["second"]
        form.fields["score"].help_text = ""
        return
    form.fields["first"].label = measure.first
    if measure.second:
        form.fields["second"].label = measure.second
    else:
        del form.fields["second"]


def _satisfaction(found: KeyEvaluation, row: SchemeRow) -> str:
    """What the questionnaire for this line came to."""
    item = Questionnaire.objects.filter(evaluation=found, row=row).order_by("-pk").first()
    if item is None:
        return ""
    share = surveyed(survey_of(item), policy_of(found)).satisfaction
    return "" if isinstance(share, Missing) else str(share)


@page(guests=True, methods=("POST",))
def mark(request: PersonRequest, pk: int, key: str) -> HttpResponseBase:
    """Scores one line and goes on to the next."""
    found = opened(request, pk)
    row = found.rows.filter(key=key).first()
    if row is None:
        raise Http404("没有这条评价指标")
    form, status = MarkForm(posted(request)), 422
    _label(form, row)
    if form.is_valid():
        try:
            workflow.score_row(request.user, found, based_on(request), key, Marking(**form.cleaned_data))
        except NotDone as refused:
            status = 409 if isinstance(refused, Stale) else 422
            refused_by(form, refused)
        else:
            messages.success(request, f"“{row.level3}”已打分")
            after = found.rows.filter(place__gt=row.place).order_by("place").first()
            return redirect(f"{reverse('fiscal_scoring', args=[pk])}?row={after.key if after else key}")
    return _scoring(request, opened(request, pk), status, form=form, key=key)


# ── the scheme ────────────────────────────────────────────────────────────────────────────────────────


@page(guests=True, methods=("GET", "POST"))
def scheme(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The scheme adapted: weights, standards, lines left out (weight empty) and added."""
    found, status, refusal = opened(request, pk), 200, ""
    lines = list(lines_of(list(found.rows.order_by("place"))))
    typed = {line.key: str(line.weight.normalize().to_eng_string()) for line in lines}
    if request.method == "POST":
        typed = {line.key: _sent(request.POST, f"weight.{line.key}") for line in lines}
        try:
            workflow.save_scheme(request.user, found, based_on(request), _lines(request.POST, lines))
        except NotDone as refused:
            status, refusal = (409 if isinstance(refused, Stale) else 422), refused.message
        else:
            messages.success(request, "评价指标已保存")
            return redirect("fiscal_scheme", pk)
    context = {
        "evaluation": found,
        "lines": [(line, typed.get(line.key, "")) for line in lines],
        "new": [f"n{place}" for place in range(1, MOST_NEW + 1)],
        "refusal": refusal,
        "is_theirs": may(request.user, "work", found),
        "total": sum((line.weight for line in lines), Decimal(0)),
        "level1": list(dict.fromkeys(line.level1 for line in lines)),
    }
    return render(request, "jiheng/fiscal/scheme.html", context, status=status)


def _lines(sent: QueryDict, before: list[SchemeLine]) -> list[SchemeLine]:
    """The scheme as sent; a line whose weight is empty is left out. Raises NotDone."""
    kept = [
        SchemeLine(
            key=line.key,
            level1=line.level1,
            level2=line.level2,
            level3=line.level3,
            weight=_weight(_sent(sent, f"weight.{line.key}"), line.level3),
            standard=_sent(sent, f"standard.{line.key}") or line.standard,
            formula=line.formula,
            evidence=line.evidence,
        )
        for line in before
        if _sent(sent, f"weight.{line.key}")
    ]
    taken = {line.key for line in before}
    names = (f"z{number}" for number in range(1, 1000) if f"z{number}" not in taken)
    for place in range(1, MOST_NEW + 1):
        name = _sent(sent, f"level3.n{place}")
        if not name:
            continue
        kept.append(
            SchemeLine(
                key=next(names),
                level1=_sent(sent, f"level1.n{place}")[:20],
                level2=_sent(sent, f"level2.n{place}")[:40],
                level3=name[:80],
                weight=_weight(_sent(sent, f"weight.n{place}"), name),
                standard=_sent(sent, f"standard.n{place}"),
            )
        )
    order = list(dict.fromkeys(line.level1 for line in kept))
    return sorted(kept, key=lambda line: order.index(line.level1))


def _sent(sent: QueryDict, name: str) -> str:
    return str(sent.get(name) or "").strip()


def _weight(text: str, name: str) -> Decimal:
    try:
        weight = Decimal(text.strip())
    except InvalidOperation:
        raise NotDone(f"“{name}”的权重“{text}”不是数字", "lines") from None
    if not weight.is_finite() or abs(weight) > 1000:
        raise NotDone(f"“{name}”的权重“{text}”不对，请核对", "lines")
    return weight


# ── the words of the report ───────────────────────────────────────────────────────────────────────────


@page(guests=True, methods=("GET", "POST"))
def narrative(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The parts of the report that people write; figures come from the scores."""
    found, status = opened(request, pk), 200
    form = NarrativeForm(posted(request), initial=found.narrative)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                workflow.save_narrative(request.user, found, based_on(request), form.cleaned_data)
            except NotDone as refused:
                status = 409 if isinstance(refused, Stale) else 422
                refused_by(form, refused)
            else:
                messages.success(request, "报告文字已保存")
                return redirect("fiscal_narrative", pk)
    is_theirs = may(request.user, "work", found)
    context = {"evaluation": found, "form": form, "is_theirs": is_theirs, "standing": standing_of(found)}
    return render(request, "jiheng/fiscal/narrative.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("fiscal/<int:pk>/scoring/", scoring, name="fiscal_scoring"),
    path("fiscal/<int:pk>/scoring/<slug:key>/", mark, name="fiscal_mark"),
    path("fiscal/<int:pk>/scheme/", scheme, name="fiscal_scheme"),
    path("fiscal/<int:pk>/narrative/", narrative, name="fiscal_narrative"),
]
