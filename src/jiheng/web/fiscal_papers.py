"""工作底稿: evidence, interviews, questionnaires and what was found, on one page with what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from jiheng.fiscal import papers
from jiheng.fiscal.access import evaluation_for, may, sees_papers
from jiheng.fiscal.models import Citation, KeyEvaluation
from jiheng.fiscal.moves import policy_of
from jiheng.fiscal.papers import FaultDraft, InterviewDraft, ProofDraft, QuestionnaireDraft
from jiheng.fiscal.standing import standing_of
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.web.fiscal_forms import (
    CiteForm,
    FaultForm,
    InterviewForm,
    ProofForm,
    QuestionnaireForm,
    choose,
    refused_by,
)
from jiheng.web.problems import based_on
from jiheng.web.shell import PersonRequest, key_in, page, posted

Draft = Callable[[KeyEvaluation, dict[str, Any]], object]


def opened(request: PersonRequest, pk: int) -> KeyEvaluation:
    """An evaluation whose working papers the person may see, with its scheme. Raises Http404."""
    found = evaluation_for(request.user, pk)
    if not sees_papers(request.user, found) or not found.rows.exists():
        raise Http404("这项评价还没有布置，或您无权查看底稿")
    return found


# ── working papers ────────────────────────────────────────────────────────────────────────────────────


@page(guests=True)
def working_papers(request: PersonRequest, pk: int) -> HttpResponse:
    """Evidence, interviews, questionnaires, what was found; and what has no evidence yet."""
    return _papers(request, opened(request, pk))


def _papers(
    request: PersonRequest, found: KeyEvaluation, status: int = 200, **given: forms.Form
) -> HttpResponse:
    policy = policy_of(found)
    fault_form = FaultForm(auto_id="fault_%s")
    choose(fault_form, "kind", [(kind, kind) for kind in policy.table("problems.kinds")])
    context = {
        "evaluation": found,
        "is_theirs": may(request.user, "work", found),
        "standing": standing_of(found),
        "cited": Citation.objects.filter(row__evaluation=found)
        .select_related("proof__upload", "proof__person", "row")
        .order_by("row__place", "pk"),
        "interviews": found.interviews.select_related("person").order_by("held_on", "pk"),
        "questionnaires": found.questionnaires.order_by("pk"),
        "faults": found.faults.order_by("pk"),
        "proof_form": proof_form_of(found),
        "cite_form": _cite_form(found),
        "interview_form": InterviewForm(auto_id="interview_%s"),
        "questionnaire_form": _questionnaire_form(found),
        "fault_form": fault_form,
        **given,
    }
    context["forms_with_errors"] = [form for form in given.values() if form.errors]
    return render(request, "jiheng/fiscal/papers.html", context, status=status)


def _rows(found: KeyEvaluation) -> list[tuple[Any, str]]:
    return [(row.key, f"{row.level1}·{row.level3}") for row in found.rows.order_by("place")]


def proof_form_of(found: KeyEvaluation, row: str = "", sent: Any = None, files: Any = None) -> ProofForm:
    form = ProofForm(sent, files, initial={"row": row}, auto_id="proof_%s")
    kinds = policy_of(found).table("problems.evidence_kinds")
    choose(form, "kind", [(kind, kind) for kind in kinds])
    choose(form, "row", _rows(found))
    return form


def _cite_form(found: KeyEvaluation, sent: Any = None) -> CiteForm:
    form = CiteForm(sent, auto_id="cite_%s")
    choose(form, "proof", list(found.proofs.order_by("pk").values_list("pk", "name")))
    choose(form, "row", _rows(found))
    return form


def _questionnaire_form(found: KeyEvaluation, sent: Any = None) -> QuestionnaireForm:
    form = QuestionnaireForm(sent, policy=policy_of(found), auto_id="survey_%s")
    satisfied = found.rows.filter(formula__in=("satisfaction", "unit_satisfaction")).order_by("place")
    choose(form, "row", [(row.key, row.level3) for row in satisfied])
    return form


@page(guests=True, methods=("POST",))
def attach(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Takes a file with the line it proves and the page."""
    found = opened(request, pk)
    form = proof_form_of(found, sent=posted(request), files=request.FILES or None)

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        draft = ProofDraft(
            file_name=said["file"].name,
            data=said["file"].read(),
            name=said["name"],
            kind=said["kind"],
            row=said["row"],
            page=said["page"],
        )
        return papers.attach(request.user, held, based_on(request), draft)

    return _kept(request, found, ("proof_form", form), verb, "材料已上传")


@page(guests=True, methods=("POST",))
def cite(request: PersonRequest, pk: int) -> HttpResponseBase:
    """A file that is there proves another line."""
    found = opened(request, pk)

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        place = (said["row"], said["page"])
        return papers.cite(request.user, held, based_on(request), said["proof"], place)

    return _kept(request, found, ("cite_form", _cite_form(found, posted(request))), verb, "已引用")


@page(guests=True, methods=("POST",))
def interview(request: PersonRequest, pk: int) -> HttpResponseBase:
    """记录访谈."""

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        return papers.add_interview(request.user, held, based_on(request), InterviewDraft(**said))

    form = InterviewForm(posted(request), auto_id="interview_%s")
    return _kept(request, opened(request, pk), ("interview_form", form), verb, "访谈已记录")


@page(guests=True, methods=("POST",))
def questionnaire(request: PersonRequest, pk: int) -> HttpResponseBase:
    """统计问卷."""
    found = opened(request, pk)

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        return papers.add_questionnaire(request.user, held, based_on(request), QuestionnaireDraft(**said))

    form = _questionnaire_form(found, posted(request))
    return _kept(request, found, ("questionnaire_form", form), verb, "问卷已统计")


@page(guests=True, methods=("POST",))
def fault(request: PersonRequest, pk: int) -> HttpResponseBase:
    """记下发现的问题."""
    found = opened(request, pk)

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        return papers.add_fault(request.user, held, based_on(request), FaultDraft(**said))

    form = FaultForm(posted(request), auto_id="fault_%s")
    choose(form, "kind", [(kind, kind) for kind in policy_of(found).table("problems.kinds")])
    return _kept(request, found, ("fault_form", form), verb, "已记录，确认后转问题线索")


@page(guests=True, methods=("POST",))
def remove(request: PersonRequest, pk: int, piece: str) -> HttpResponseBase:
    """Takes a piece of the working papers out again: "citation", "interview", "questionnaire", "fault"."""
    found = opened(request, pk)
    key = key_in(request.POST.get("piece", "")) or 0

    def verb(held: KeyEvaluation, _: dict[str, Any]) -> object:
        if piece == "citation":
            return papers.detach(request.user, held, based_on(request), key)
        return papers.remove(request.user, held, based_on(request), piece, key)

    return _kept(request, found, ("remove_form", forms.Form(posted(request))), verb, "已撤下")


def _kept(
    request: PersonRequest, found: KeyEvaluation, given: tuple[str, forms.Form], verb: Draft, said: str
) -> HttpResponseBase:
    """Does what was asked and goes back to where it was asked, or shows the papers again with the reason."""
    (name, form), status = given, 422
    if form.is_valid():
        try:
            verb(found, form.cleaned_data)
        except NotDone as refused:
            status = 409 if isinstance(refused, Stale) else 422
            refused_by(form, refused)
        else:
            messages.success(request, said)
            row = request.POST.get("back", "")
            if row and found.rows.filter(key=row).exists():
                return redirect(f"{reverse('fiscal_scoring', args=[found.pk])}?row={row}")
            return redirect("fiscal_papers", found.pk)
    return _papers(request, opened(request, found.pk), status, **{name: form})


urlpatterns: list[URLPattern] = [
    path("fiscal/<int:pk>/papers/", working_papers, name="fiscal_papers"),
    path("fiscal/<int:pk>/papers/attach/", attach, name="fiscal_attach"),
    path("fiscal/<int:pk>/papers/cite/", cite, name="fiscal_cite"),
    path("fiscal/<int:pk>/papers/interview/", interview, name="fiscal_interview"),
    path("fiscal/<int:pk>/papers/questionnaire/", questionnaire, name="fiscal_questionnaire"),
    path("fiscal/<int:pk>/papers/fault/", fault, name="fiscal_fault"),
    path("fiscal/<int:pk>/papers/remove/<slug:piece>/", remove, name="fiscal_remove"),
]
