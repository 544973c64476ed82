"""四评: the year's projects, picking, a project's reviews side by side, its printed sheet, and every verb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from jiheng.fiscal import looking as fiscal
from jiheng.panels.models import SeatState
from jiheng.panels.opened import opened
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.reviews import picking, workflow
from jiheng.reviews.access import is_theirs, may, part_for, parts_of, policy_of, readable, review_for
from jiheng.reviews.looking import eligible, facts_of, faults_of, in_year, registered
from jiheng.reviews.models import FourReview, ReviewFault, ReviewPart, ReviewRemark, ReviewState
from jiheng.reviews.picking import PickDraft
from jiheng.reviews.standing import Standing, standing_of
from jiheng.reviews.todo import waiting_for
from jiheng.reviews.workflow import FaultDraft, default_due
from jiheng.units.access import may as may_at_all
from jiheng.units.access import region_of
from jiheng.units.models import LogEntry, Person
from jiheng.web.problems import based_on
from jiheng.web.review_forms import (
    ConfirmForm,
    ConveneForm,
    ExplainForm,
    FaultForm,
    PickForm,
    ReasonForm,
    RemarkForm,
    put_beside,
    with_kinds,
    with_raters,
)
from jiheng.web.shell import PersonRequest, kept_page, key_in, page, paginate, posted, work_year, year_choices

SHOWN_PROBLEMS = 5
Verb = Callable[[dict[str, Any]], object]


# ── the list and picking ──────────────────────────────────────────────────────────────────────────────


@page()
def reviews(request: PersonRequest) -> HttpResponse:
    """The year's projects with their four scores, as far as the person may read them."""
    year = work_year(request)
    return kept_page(request, "jiheng/reviews/list.html", lambda: _listed(request, year))


def _listed(request: PersonRequest, year: int) -> dict[str, Any]:
    person, asked = request.user, request.GET.get("todo", "")
    rows = in_year(person, year)
    if asked:
        rows = [row for row in rows if waiting_for(person, row.review, row.parts) == asked]
    names = list(dict.fromkeys(part.name for row in rows for part in row.parts))
    shown = [
        {
            "review": row.review,
            "standing": row.standing,
            "scores": [{part.name: part for part in row.standing.parts}.get(name) for name in names],
        }
        for row in rows
    ]
    return {
        "rows": shown,
        "names": names,
        "year": year,
        "asked": asked,
        "may_pick": may_at_all(person, "pick_review"),
    }


@page("pick_review", methods=("GET", "POST"))
def pick(request: PersonRequest) -> HttpResponseBase:
    """选题: funds to tick, the fiscal year, the reason."""
    year = work_year(request)
    form = PickForm(posted(request), initial={"fiscal_year": year - 1})
    if request.method == "POST" and form.is_valid():
        keys = [key for text in request.POST.getlist("fund") if (key := key_in(text)) is not None]
        said = form.cleaned_data
        draft = PickDraft(year=year, fiscal_year=said["fiscal_year"], funds=keys, reason=said["reason"])
        try:
            made = picking.pick(request.user, draft)
        except NotDone as refused:
            put_beside(form, refused)
        else:
            messages.success(request, f"已选定 {len(made)} 个四评项目，请审计、人大分别组织评分")
            return redirect("reviews")
    asked = key_in(request.POST.get("fiscal_year") or request.GET.get("fiscal_year", "")) or year - 1
    fiscal_year = asked if asked in year_choices(year - 1) else year - 1
    found, word = eligible(request.user, region_of(request.user), fiscal_year), request.GET.get("word", "")
    for part in word[:60].split():
        found = found.filter(name__icontains=part) | found.filter(unit__name__icontains=part)
    pager = paginate(request, found)
    evaluated = fiscal.of_funds(region_of(request.user), fiscal_year)
    context = {
        "form": form,
        "pager": pager,
        "rows": [(fund, evaluated.get(fund.pk)) for fund in pager.rows],
        "word": word,
        "year": year,
        "fiscal_year": fiscal_year,
        "years": year_choices(fiscal_year),
        "ticked": set(request.POST.getlist("fund")),
    }
    return render(request, "jiheng/reviews/pick.html", context, status=422 if form.errors else 200)


# ── one project ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Side:
    """One review as the page shows it: the office's own people organise it, remark and write problems."""

    part: ReviewPart
    shown: Any
    is_theirs: bool
    is_readable: bool
    seats: list[Any]
    opened: Any
    remarks: list[ReviewRemark]
    may_remark: bool


@page()
def review(request: PersonRequest, pk: int) -> HttpResponse:
    """The reviews side by side, what they come to and hang on, and what the person may do now."""
    return _shown(request, review_for(request.user, pk))


@page()
def review_part(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Where a rater's sheet leads to: the project that is reviewed."""
    return redirect("review", part_for(request.user, pk).review_id)


def _shown(request: PersonRequest, found: FourReview, status: int = 200, **given: forms.Form) -> HttpResponse:
    person, parts = request.user, parts_of(found)
    kinds = readable(person, found, parts)
    standing = standing_of(found, kinds)
    sides = [_side(person, part, standing, part.kind in kinds) for part in parts]
    allowed = {verb for verb in ("convene", "note", "explain", "confirm", "drop") if may(person, verb, found)}
    context: dict[str, Any] = {
        "review": found,
        "standing": standing,
        "sides": sides,
        "own": [side for side in sides if side.is_theirs and side.part.by == person.role],
        "may": allowed,
        "pairs": _pairs(found, standing),
        "faults": faults_of(found, kinds),
        "own_part": next((part for part in parts if is_theirs(person, part)), None),
        "problems": registered(person, found)[:SHOWN_PROBLEMS],
        "steps": LogEntry.objects.filter(subject="reviews.fourreview", subject_id=str(found.pk))
        .exclude(action__endswith="被拒绝")
        .order_by("at", "pk"),
        "steady": policy_of(found).decimal("reviews.steady"),
        **_forms(person, found, parts),
        **given,
    }
    context["forms_with_errors"] = [form for form in given.values() if form.errors]
    return render(request, "jiheng/reviews/one.html", context, status=status)


def _side(person: Person, part: ReviewPart, standing: Standing, is_readable: bool) -> Side:  # noqa: FBT001
    panel = part.panel
    seats = list(panel.seats.select_related("person").order_by("pk")) if panel is not None else []
    is_open = panel is not None and panel.opened_at is not None
    sealed = any(seat.person_id == person.pk and seat.state == SeatState.SEALED for seat in seats)
    remarks = part.remarks.select_related("person")
    return Side(
        part=part,
        shown=next(row for row in standing.parts if row.kind == part.kind),
        is_theirs=is_theirs(person, part),
        is_readable=is_readable,
        seats=seats,
        opened=opened(panel) if panel is not None and is_open and is_readable else None,
        # what is said before the scores are open is the speaker's own
        remarks=list(remarks if is_open and is_readable else remarks.filter(person=person)),
        may_remark=sealed,
    )


def _pairs(found: FourReview, standing: Standing) -> list[dict[str, Any]]:
    """The pairs of readable reviews with their distance and what was said of it, the widest first."""
    keys = {part.name: part.kind for part in standing.parts}
    told = {frozenset((row.first, row.second)): row for row in found.differences.select_related("person")}
    return [
        {
            "pair": pair,
            "first": keys[pair.first],
            "second": keys[pair.second],
            "said": told.get(frozenset((keys[pair.first], keys[pair.second]))),
        }
        for pair in standing.combined.apart
    ]


def _forms(person: Person, found: FourReview, parts: list[ReviewPart]) -> dict[str, forms.Form]:
    made: dict[str, forms.Form] = {
        "remark_form": RemarkForm(auto_id="remark_%s"),
        "fault_form": with_kinds(FaultForm(auto_id="fault_%s"), found),
        "explain_form": ExplainForm(auto_id="explain_%s"),
        "confirm_form": ConfirmForm(auto_id="confirm_%s"),
        "drop_form": ReasonForm(auto_id="drop_%s"),
        "dissolve_form": ReasonForm(auto_id="dissolve_%s"),
    }
    own = next((part for part in parts if part.by == person.role), None)
    if own is not None:
        due = {"due_on": default_due(found.region_id)}
        made["convene_form"] = with_raters(ConveneForm(initial=due, auto_id="convene_%s"), own)
    return made


@page()
def sheet(request: PersonRequest, pk: int) -> HttpResponse:
    """One A4 page for the congress: money, goal, lights, scores side by side, problems and what was done."""
    found = review_for(request.user, pk)
    kinds = readable(request.user, found, parts_of(found))
    standing = standing_of(found, kinds)
    problems = registered(request.user, found)
    faults = faults_of(found, kinds)
    context = {
        "review": found,
        "standing": standing,
        "facts": facts_of(found),
        "pairs": [pair for pair in _pairs(found, standing) if pair["pair"].tells][:3],
        "faults": faults[:SHOWN_PROBLEMS],
        "more_faults": max(len(faults) - SHOWN_PROBLEMS, 0),
        "problems": problems[:SHOWN_PROBLEMS],
        "more_problems": max(problems.count() - SHOWN_PROBLEMS, 0),
        "remarks": ReviewRemark.objects.filter(part__review=found, part__kind__in=kinds)
        .filter(part__panel__opened_at__isnull=False)
        .select_related("person")[:4],
        "is_confirmed": found.state == ReviewState.CONFIRMED,
    }
    return render(request, "jiheng/reviews/sheet.html", context)


# ── verbs ─────────────────────────────────────────────────────────────────────────────────────────────


@page("convene_review", methods=("POST",))
def convene(request: PersonRequest, pk: int) -> HttpResponseBase:
    """组织评分."""
    part = part_for(request.user, pk)
    form = with_raters(ConveneForm(posted(request), auto_id="convene_%s"), part)

    def verb(said: dict[str, Any]) -> object:
        raters = list(Person.objects.filter(pk__in=said["seats"]).order_by("pk"))
        return workflow.convene(request.user, part, based_on(request), raters, said["due_on"])

    return _done(request, part.review_id, ("convene_form", form), verb, "评分已开始，各人互不可见")


@page("convene_review", methods=("POST",))
def dissolve(request: PersonRequest, pk: int) -> HttpResponseBase:
    """撤销评审组."""
    part = part_for(request.user, pk)

    def verb(said: dict[str, Any]) -> object:
        return workflow.dissolve(request.user, part, based_on(request), said["reason"])

    form = ReasonForm(posted(request), auto_id="dissolve_%s")
    return _done(request, part.review_id, ("dissolve_form", form), verb, "评审组已撤销，可以重新组织")


@page("convene_review", methods=("POST",))
def remark(request: PersonRequest, pk: int) -> HttpResponseBase:
    """评议发言."""
    part = part_for(request.user, pk)

    def verb(said: dict[str, Any]) -> object:
        return workflow.remark(request.user, part, based_on(request), said["text"])

    form = RemarkForm(posted(request), auto_id="remark_%s")
    return _done(request, part.review_id, ("remark_form", form), verb, "发言已记下")


@page("note_review", methods=("POST",))
def fault(request: PersonRequest, pk: int) -> HttpResponseBase:
    """写入发现的问题."""
    part = part_for(request.user, pk)
    form = with_kinds(FaultForm(posted(request), auto_id="fault_%s"), part.review)

    def verb(said: dict[str, Any]) -> object:
        return workflow.note_fault(request.user, part, based_on(request), FaultDraft(**said))

    return _done(request, part.review_id, ("fault_form", form), verb, "问题已写入，合成确认后转问题线索")


@page("note_review", methods=("POST",))
def fault_remove(request: PersonRequest, pk: int) -> HttpResponseBase:
    """删除问题."""
    row = ReviewFault.objects.filter(pk=pk).select_related("part").first()
    if row is None:
        raise Http404("没有这个问题，或您无权查看")
    row.part = part_for(request.user, row.part_id)

    def verb(_: dict[str, Any]) -> object:
        return workflow.remove_fault(request.user, row, based_on(request))

    form = forms.Form(posted(request))
    return _done(request, row.part.review_id, ("remove_form", form), verb, "问题已删除")


@page("note_review", methods=("POST",))
def explain(request: PersonRequest, pk: int) -> HttpResponseBase:
    """差异说明."""
    found = review_for(request.user, pk)

    def verb(said: dict[str, Any]) -> object:
        pair = (request.POST.get("first", ""), request.POST.get("second", ""))
        return workflow.explain(request.user, found, based_on(request), pair, said["text"])

    form = ExplainForm(posted(request), auto_id="explain_%s")
    return _done(request, pk, ("explain_form", form), verb, "差异已说明")


@page("confirm_review", methods=("POST",))
def confirm(request: PersonRequest, pk: int) -> HttpResponseBase:
    """合成确认."""
    found = review_for(request.user, pk)

    def verb(said: dict[str, Any]) -> object:
        return workflow.confirm(request.user, found, based_on(request), said["opinion"])

    form = ConfirmForm(posted(request), auto_id="confirm_%s")
    return _done(request, pk, ("confirm_form", form), verb, "四评结果已确认并冻结，发现的问题已转问题线索")


@page("pick_review", methods=("POST",))
def drop(request: PersonRequest, pk: int) -> HttpResponseBase:
    """撤销四评项目."""
    found = review_for(request.user, pk)

    def verb(said: dict[str, Any]) -> object:
        return picking.drop(request.user, found, based_on(request), said["reason"])

    form = ReasonForm(posted(request), auto_id="drop_%s")
    return _done(request, pk, ("drop_form", form), verb, "已撤销，可以重新选题")


def _done(
    request: PersonRequest, pk: int, given: tuple[str, forms.Form], verb: Verb, said: str
) -> HttpResponseBase:
    """Does what was asked, or shows the page again with what was typed and why it was not done."""
    name, form = given
    status = 422
    if form.is_valid():
        try:
            verb(form.cleaned_data)
        except NotDone as refused:
            status = 409 if isinstance(refused, Stale) else 422
            put_beside(form, refused)
        else:
            messages.success(request, said)
            return redirect("review", pk)
    return _shown(request, review_for(request.user, pk), status, **{name: form})


urlpatterns: list[URLPattern] = [
    path("reviews/", reviews, name="reviews"),
    path("reviews/pick/", pick, name="review_pick"),
    path("reviews/<int:pk>/", review, name="review"),
    path("reviews/<int:pk>/sheet/", sheet, name="review_sheet"),
    path("reviews/<int:pk>/explain/", explain, name="review_explain"),
    path("reviews/<int:pk>/confirm/", confirm, name="review_confirm"),
    path("reviews/<int:pk>/drop/", drop, name="review_drop"),
    path("reviews/parts/<int:pk>/", review_part, name="review_part"),
    path("reviews/parts/<int:pk>/convene/", convene, name="review_convene"),
    path("reviews/parts/<int:pk>/dissolve/", dissolve, name="review_dissolve"),
    path("reviews/parts/<int:pk>/remark/", remark, name="review_remark"),
    path("reviews/parts/<int:pk>/fault/", fault, name="review_fault"),
    path("reviews/faults/<int:pk>/remove/", fault_remove, name="review_fault_remove"),
]
