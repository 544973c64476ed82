"""One evaluation on one page: what was picked and why, how it stands, what each level said; and every verb of
those who do not score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng.fiscal import picking, reviewing, workflow
from jiheng.fiscal.access import evaluation_for, may, proof_for, sees_papers, sees_result
from jiheng.fiscal.models import EvaluationKind, EvaluationState, KeyEvaluation
from jiheng.fiscal.report import PARTS, report_word
from jiheng.fiscal.standing import standing_of
from jiheng.fiscal.workflow import Charge, default_due
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.units import access
from jiheng.units.models import LogEntry, Person, Role
from jiheng.web.exports import download
from jiheng.web.fiscal_forms import (
    AnswerForm,
    AssignForm,
    CommentForm,
    ExtendForm,
    OpinionForm,
    ReasonForm,
    choose,
    refused_by,
    scorer_choices,
)
from jiheng.web.problems import based_on
from jiheng.web.shell import PersonRequest, key_in, page, posted

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
VERBS = ("assign", "extend", "work", "first", "second", "comment", "answer", "drop")
Verb = Callable[[KeyEvaluation, dict[str, Any]], object]


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────


@page(guests=True)
def one(request: PersonRequest, pk: int) -> HttpResponse:
    """How it stands, what was said, and the form for whoever has to act now."""
    return _shown(request, evaluation_for(request.user, pk))


def _shown(
    request: PersonRequest, found: KeyEvaluation, status: int = 200, **given: forms.Form
) -> HttpResponse:
    person = request.user
    allowed = {verb for verb in VERBS if may(person, verb, found)}
    is_told = sees_result(person, found)
    context: dict[str, Any] = {
        "evaluation": found,
        "may": allowed,
        "standing": standing_of(found) if is_told and found.rows.exists() else None,
        "sees_papers": sees_papers(person, found),
        "is_told": is_told,
        "parts": [(label, found.narrative.get(key, "")) for key, label, _ in PARTS],
        "rulings": found.rulings.select_related("person").order_by("pk") if is_told else [],
        "comments": found.comments.select_related("person", "answered_by").order_by("pk") if is_told else [],
        "faults": found.faults.order_by("pk") if is_told else [],
        "interviews": found.interviews.order_by("held_on", "pk") if is_told else [],
        "proofs": found.proofs.prefetch_related("citations__row").order_by("pk") if is_told else [],
        "steps": _course(person, found),
        "is_late": found.due_on is not None and timezone.localdate() > found.due_on and "work" in allowed,
        **_forms(found, allowed),
        **given,
    }
    context["forms_with_errors"] = [form for form in given.values() if form.errors]
    return render(request, "jiheng/fiscal/one.html", context, status=status)


def _course(person: Person, found: KeyEvaluation) -> list[LogEntry]:
    """What was done; single scores and refusals are for the bureau and those who work on it."""
    rows = LogEntry.objects.filter(subject="fiscal.keyevaluation", subject_id=str(found.pk))
    if not sees_papers(person, found):
        told = (
            "选定重点评价",
            "布置重点评价",
            "评价初审通过",
            "反馈评价意见",
            "处理反馈意见",
            "确认评价结果",
        )
        rows = rows.filter(action__in=told)
    return list(rows.exclude(action__in=("评价打分", "引用评价佐证")).order_by("at", "pk"))


def _forms(found: KeyEvaluation, allowed: set[str]) -> dict[str, forms.Form]:
    made: dict[str, forms.Form] = {
        "opinion_form": OpinionForm(auto_id="opinion_%s"),
        "comment_form": CommentForm(auto_id="comment_%s"),
        "answer_form": AnswerForm(auto_id="answer_%s"),
        "extend_form": ExtendForm(auto_id="extend_%s"),
        "drop_form": ReasonForm(auto_id="drop_%s"),
    }
    if "assign" in allowed:
        initial = {
            "scorer": found.scorer_id or "",
            "organisation": found.organisation,
            "due_on": found.due_on or default_due(found.region_id),
        }
        made["assign_form"] = _assign_form(found, None, initial)
    return made


def _assign_form(found: KeyEvaluation, sent: Any, initial: dict[str, Any] | None = None) -> AssignForm:
    form = AssignForm(sent, initial=initial, auto_id="assign_%s")
    roles = access.ROLES_FOR["work_evaluation"]
    people = Person.objects.filter(region=found.region_id, is_active=True, role__in=roles)
    theirs = [
        person
        for person in people.order_by("role", "name")
        if person.role != Role.DEPARTMENT
        or (found.kind == EvaluationKind.DEPARTMENT and person.department_id == found.unit.department_id)
    ]
    choose(form, "scorer", scorer_choices(theirs))
    return form


# ── verbs ─────────────────────────────────────────────────────────────────────────────────────────────


@page("assign_evaluation", methods=("POST",))
def assign(request: PersonRequest, pk: int) -> HttpResponseBase:
    """布置评价任务."""
    found = evaluation_for(request.user, pk)
    form = _assign_form(found, posted(request))

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        scorer = Person.objects.get(pk=said["scorer"])
        charge = Charge(scorer=scorer, due_on=said["due_on"], organisation=said["organisation"])
        return workflow.assign(request.user, held, based_on(request), charge)

    return _done(request, pk, ("assign_form", form), verb, "评价任务已布置")


@page("assign_evaluation", methods=("POST",))
def extend(request: PersonRequest, pk: int) -> HttpResponseBase:
    """延期."""

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        return workflow.extend(request.user, held, based_on(request), said["due_on"], said["reason"])

    form = ExtendForm(posted(request), auto_id="extend_%s")
    return _done(request, pk, ("extend_form", form), verb, "评价期限已延长")


@page("pick_evaluation", methods=("POST",))
def drop(request: PersonRequest, pk: int) -> HttpResponseBase:
    """撤销."""

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        return picking.drop(request.user, held, based_on(request), said["reason"])

    form = ReasonForm(posted(request), auto_id="drop_%s")
    return _done(request, pk, ("drop_form", form), verb, "已撤销，可以重新选定")


@page(guests=True, methods=("POST",))
def submit(request: PersonRequest, pk: int) -> HttpResponseBase:
    """提交初审."""

    def verb(held: KeyEvaluation, _: dict[str, Any]) -> object:
        return workflow.submit(request.user, held, based_on(request))

    return _done(request, pk, ("submit_form", forms.Form(posted(request))), verb, "已提交初审")


@page(methods=("POST",))
def first(request: PersonRequest, pk: int) -> HttpResponseBase:
    """初审通过. Open to every insider: who tries what is not theirs is refused by the verb, and logged."""
    return _judged(request, pk, reviewing.pass_first, "初审通过，请单位反馈意见后复核")


@page(methods=("POST",))
def send_back(request: PersonRequest, pk: int) -> HttpResponseBase:
    """退回修改."""
    return _judged(request, pk, reviewing.send_back, "已退回评分人修改")


@page(methods=("POST",))
def confirm(request: PersonRequest, pk: int) -> HttpResponseBase:
    """复核确认."""
    return _judged(request, pk, reviewing.confirm, "结果已确认并冻结，评价报告已生成，发现的问题已转问题线索")


def _judged(
    request: PersonRequest, pk: int, judge: Callable[..., KeyEvaluation], said: str
) -> HttpResponseBase:
    def verb(held: KeyEvaluation, words: dict[str, Any]) -> object:
        return judge(request.user, held, based_on(request), words["opinion"])

    form = OpinionForm(posted(request), auto_id="opinion_%s")
    return _done(request, pk, ("opinion_form", form), verb, said)


@page(methods=("POST",))
def comment(request: PersonRequest, pk: int) -> HttpResponseBase:
    """单位反馈意见."""

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        return reviewing.comment(request.user, held, based_on(request), said["text"])

    form = CommentForm(posted(request), auto_id="comment_%s")
    return _done(request, pk, ("comment_form", form), verb, "意见已反馈，财政局处理后会写明采纳与否")


@page(methods=("POST",))
def answer(request: PersonRequest, pk: int) -> HttpResponseBase:
    """处理反馈意见."""

    def verb(held: KeyEvaluation, said: dict[str, Any]) -> object:
        key = key_in(request.POST.get("comment", "")) or 0
        return reviewing.answer(request.user, held, based_on(request), key, said["answer"])

    form = AnswerForm(posted(request), auto_id="answer_%s")
    return _done(request, pk, ("answer_form", form), verb, "已写明处理情况")


def _done(
    request: PersonRequest, pk: int, given: tuple[str, forms.Form], verb: Verb, said: str
) -> HttpResponseBase:
    """Does what was asked, or shows the page again with what was typed and why it was not done."""
    found, status = evaluation_for(request.user, pk), 422
    name, form = given
    if form.is_valid():
        try:
            verb(found, form.cleaned_data)
        except NotDone as refused:
            found = evaluation_for(request.user, pk)
            status = 409 if isinstance(refused, Stale) else 422
            refused_by(form, refused)
        else:
            messages.success(request, f"{found}：{said}")
            return redirect("fiscal_one", pk)
    return _shown(request, found, status, **{name: form})


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────


@page(guests=True)
def report(request: PersonRequest, pk: int) -> HttpResponse:
    """评价报告 as Word: as it was frozen, before that a draft from what there is."""
    found = evaluation_for(request.user, pk)
    if not sees_result(request.user, found) or not found.rows.exists():
        raise Http404("评价报告还没有形成")
    name = f"评价报告 {found.number} {found.title}.docx"
    if found.state == EvaluationState.CONFIRMED and found.report is not None:
        try:
            with found.report.file.open("rb") as held:
                return download(held.read(), name, WORD)
        except OSError:
            pass  # the file is gone: the frozen record still says it all
    return download(report_word(found), name, WORD)


@page(guests=True)
def proof(request: PersonRequest, pk: int) -> HttpResponse:
    """A working paper as it was taken; always saved, never shown by the browser."""
    found = proof_for(request.user, pk)
    try:
        with found.upload.file.open("rb") as held:
            data = held.read()
    except OSError:
        raise Http404("存放的文件已不在") from None
    return download(data, found.upload.name, "application/octet-stream")


urlpatterns: list[URLPattern] = [
    path("fiscal/<int:pk>/", one, name="fiscal_one"),
    path("fiscal/<int:pk>/assign/", assign, name="fiscal_assign"),
    path("fiscal/<int:pk>/extend/", extend, name="fiscal_extend"),
    path("fiscal/<int:pk>/drop/", drop, name="fiscal_drop"),
    path("fiscal/<int:pk>/submit/", submit, name="fiscal_submit"),
    path("fiscal/<int:pk>/first/", first, name="fiscal_first"),
    path("fiscal/<int:pk>/send-back/", send_back, name="fiscal_send_back"),
    path("fiscal/<int:pk>/confirm/", confirm, name="fiscal_confirm"),
    path("fiscal/<int:pk>/comment/", comment, name="fiscal_comment"),
    path("fiscal/<int:pk>/answer/", answer, name="fiscal_answer"),
    path("fiscal/<int:pk>/report/", report, name="fiscal_report"),
    path("fiscal/proofs/<int:pk>/", proof, name="fiscal_proof"),
]
