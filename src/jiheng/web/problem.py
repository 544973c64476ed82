"""One problem on one page: what was found, what the unit did, what the bureau made of it; and every verb."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng import policy as policies
from jiheng.findings import evidence as files
from jiheng.findings import problems as rooms
from jiheng.findings import register, workflow
from jiheng.findings.likeness import likes
from jiheng.findings.models import Evidence, Problem, ProblemState, Reply
from jiheng.findings.outcomes import NotDone, Stale
from jiheng.findings.workflow import EvidenceDraft
from jiheng.sheets import WAN, plain
from jiheng.units.access import BUREAU
from jiheng.units.models import Upload
from jiheng.web.exports import download
from jiheng.web.problem_forms import (
    EvidenceForm,
    ExtendForm,
    IssueForm,
    JudgeForm,
    MergeForm,
    ReopenForm,
    ReplyForm,
)
from jiheng.web.problems import based_on, take_over
from jiheng.web.shell import PersonRequest, page, posted

VERBS = ("amend", "issue", "reply", "support", "verify", "send_back", "close", "reopen", "extend", "merge")


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────


@page()
def problem(request: PersonRequest, pk: int) -> HttpResponse:
    """What was found, what was done, and the form for whoever has to act now."""
    return _shown(request, rooms.problem_for(request.user, pk))


def _shown(request: PersonRequest, found: Problem, status: int = 200, **given: forms.Form) -> HttpResponse:
    person, today = request.user, timezone.localdate()
    may = {verb for verb in VERBS if rooms.may(person, verb, found)}
    replies = list(Reply.objects.filter(problem=found).select_related("person").order_by("pk"))
    items = list(Evidence.objects.filter(problem=found).select_related("person", "upload").order_by("pk"))
    doubts = files.doubts(person, found, items)
    told: list[dict[str, Any]] = [{"item": item, "doubts": doubts.get(item.pk, [])} for item in items]
    unsent = next((reply for reply in replies if reply.sent_at is None), None)
    sees_drafts = person.unit_id == found.unit_id
    context = {
        "problem": found,
        "may": may,
        "is_overdue": register.is_overdue(found, today),
        "replies": [
            {"reply": reply, "files": [row for row in told if row["item"].reply_id == reply.pk]}
            for reply in replies
            if reply.sent_at is not None
        ],
        "basis": [row for row in told if row["item"].reply_id is None],
        "drafted": [row for row in told if unsent and row["item"].reply_id == unsent.pk and sees_drafts],
        "checks": found.checks.select_related("person").order_by("pk"),
        "likes": _likes(request, found),
        "steps": rooms.timeline(person, found),
        "is_proven": workflow.is_proven(found),
        **_forms(found, unsent if sees_drafts else None),
        **given,
    }
    context["forms_with_errors"] = [form for form in given.values() if form.errors]
    return render(request, "jiheng/problems/one.html", context, status=status)


def _likes(request: PersonRequest, found: Problem) -> list[Any]:
    """Other units' problems are the bureau's to compare."""
    if request.user.role in BUREAU:
        seen = set(rooms.visible(request.user).values_list("pk", flat=True))
        return [like for like in likes(found) if like.problem.pk in seen]
    return []


def _forms(found: Problem, unsent: Reply | None) -> dict[str, forms.Form]:
    today = timezone.localdate()
    policy = policies.on(today, found.region_id)
    later = today + timedelta(days=policy.whole("problems.reply_days"))
    typed = {}
    if unsent is not None:
        mended = "" if unsent.mended is None else plain(unsent.mended / WAN)
        typed = {"measures": unsent.measures, "result": unsent.result, "mended": mended}
    return {
        "reply_form": ReplyForm(initial=typed),
        "file_form": _kinds(EvidenceForm(auto_id="file_%s"), found),
        "judge_form": JudgeForm(),
        "reopen_form": ReopenForm(initial={"due_on": later}, auto_id="reopen_%s"),
        "extend_form": ExtendForm(auto_id="extend_%s"),
        "merge_form": MergeForm(auto_id="merge_%s"),
    }


def _kinds(form: EvidenceForm, found: Problem) -> EvidenceForm:
    kinds = policies.on(timezone.localdate(), found.region_id).table("problems.evidence_kinds")
    form.fields["kind"].choices = [("", "请选择"), *((kind, kind) for kind in kinds)]  # type: ignore[attr-defined]
    return form


# ── down to the unit ──────────────────────────────────────────────────────────────────────────────────


@page("issue_problem", methods=("GET", "POST"))
def issue(request: PersonRequest, pk: int) -> HttpResponseBase:
    """下达整改通知书: this problem, and those of the same unit that are ticked."""
    found = rooms.problem_for(request.user, pk)
    waiting = rooms.visible(request.user).filter(unit=found.unit_id, state=ProblemState.REGISTERED)
    others = list(waiting.exclude(pk=pk).select_related("unit", "fund").order_by("number"))
    days = policies.on(timezone.localdate(), found.region_id).whole("problems.reply_days")
    form = IssueForm(posted(request), initial={"due_on": timezone.localdate() + timedelta(days=days)})
    ticked = set(request.POST.getlist("also"))
    if request.method == "POST" and form.is_valid():
        wanted = [(found, based_on(request))]
        wanted += [(item, item.revision) for item in others if f"{item.pk}.{item.revision}" in ticked]
        try:
            notice = workflow.issue(request.user, wanted, form.cleaned_data["due_on"])
        except Stale:
            raise
        except NotDone as refused:
            take_over(form, refused)
        else:
            messages.success(request, f"整改通知书 {notice.number} 已下达，含 {len(wanted)} 个问题")
            return redirect("problem", pk)
    context = {"problem": found, "others": others, "form": form, "ticked": ticked}
    return render(request, "jiheng/problems/issue.html", context, status=422 if form.errors else 200)


@page()
def notice(request: PersonRequest, pk: int) -> HttpResponse:
    """The notice as it was sent, a Word file."""
    return _file(rooms.notice_for(request.user, pk).upload)


@page("issue_problem", methods=("POST",))
def extend(request: PersonRequest, pk: int) -> HttpResponseBase:
    """延期."""
    form = ExtendForm(posted(request), auto_id="extend_%s")

    def verb(found: Problem) -> object:
        said = form.cleaned_data
        return workflow.extend(request.user, found, based_on(request), said["due_on"], said["reason"])

    return _done(request, pk, "extend_form", form, verb, "整改期限已延长")


# ── the unit's reply ──────────────────────────────────────────────────────────────────────────────────


@page("reply_problem", methods=("POST",))
def save(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Keeps the reply as written so far."""
    form = ReplyForm(posted(request))

    def verb(found: Problem) -> object:
        return workflow.save_reply(request.user, found, based_on(request), form.draft())

    return _done(request, pk, "reply_form", form, verb, "草稿已保存，还没有报送")


@page("reply_problem", methods=("POST",))
def reply(request: PersonRequest, pk: int) -> HttpResponseBase:
    """报送整改回复."""
    form = ReplyForm(posted(request))

    def verb(found: Problem) -> object:
        return workflow.reply(request.user, found, based_on(request), form.draft())

    return _done(request, pk, "reply_form", form, verb, "整改情况已报送，等财政局复核")


@page(methods=("POST",))
def attach(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Takes a file: of the unit with what it has written so far, of the bureau to the problem itself."""
    found = rooms.problem_for(request.user, pk)
    form = _kinds(EvidenceForm(posted(request), request.FILES or None, auto_id="file_%s"), found)
    written = ReplyForm(posted(request))
    if not (form.is_valid() and written.is_valid()):
        workflow.may_attach(request.user, found)
        return _shown(request, found, 422, file_form=form, reply_form=written)

    def verb(found: Problem) -> object:
        said = form.cleaned_data
        draft = EvidenceDraft(
            file_name=said["file"].name,
            data=said["file"].read(),
            name=said["name"],
            kind=said["kind"],
            page=said["page"],
            dated=said["dated"],
        )
        return workflow.attach(request.user, found, based_on(request), draft, written.draft())

    return _done(request, pk, "file_form", form, verb, "材料已上传", reply_form=written)


@page("reply_problem", methods=("POST",))
def detach(request: PersonRequest, pk: int) -> HttpResponseBase:
    """Takes a file out of the reply that is being written."""
    item = rooms.evidence_for(request.user, pk)
    workflow.detach(request.user, item, based_on(request))
    messages.success(request, f"“{item.name}”已撤下")
    return redirect("problem", item.problem_id)


@page()
def evidence(request: PersonRequest, pk: int) -> HttpResponse:
    """A file as it was handed in; always saved, never shown by the browser."""
    return _file(rooms.evidence_for(request.user, pk).upload)


def _file(upload: Upload) -> HttpResponse:
    try:
        with upload.file.open("rb") as held:
            data = held.read()
    except OSError:
        raise Http404("存放的文件已不在") from None
    return download(data, upload.name, "application/octet-stream")


# ── what the bureau decides ───────────────────────────────────────────────────────────────────────────


@page(methods=("POST",))
def verify(request: PersonRequest, pk: int) -> HttpResponseBase:
    """复核通过."""
    return _judge(request, pk, workflow.verify, "复核通过，待销号")


@page(methods=("POST",))
def send_back(request: PersonRequest, pk: int) -> HttpResponseBase:
    """退回整改."""
    return _judge(request, pk, workflow.send_back, "已退回，单位会再次整改")


@page(methods=("POST",))
def close(request: PersonRequest, pk: int) -> HttpResponseBase:
    """销号. Open to every role, so that who tries what is not theirs is refused by the verb, and logged."""
    return _judge(request, pk, workflow.close, "已销号")


def _judge(request: PersonRequest, pk: int, verb: Callable[..., Problem], said: str) -> HttpResponseBase:
    form = JudgeForm(posted(request))

    def judged(found: Problem) -> object:
        return verb(request.user, found, based_on(request), form.cleaned_data["opinion"])

    return _done(request, pk, "judge_form", form, judged, said)


@page("close_problem", methods=("POST",))
def reopen(request: PersonRequest, pk: int) -> HttpResponseBase:
    """重新打开."""
    form = ReopenForm(posted(request), auto_id="reopen_%s")

    def verb(found: Problem) -> object:
        said = form.cleaned_data
        return workflow.reopen(request.user, found, based_on(request), said["opinion"], said["due_on"])

    return _done(request, pk, "reopen_form", form, verb, "已重新打开，单位要再次整改")


@page("close_problem", methods=("POST",))
def merge(request: PersonRequest, pk: int) -> HttpResponseBase:
    """并入 another problem, named by its number."""
    form = MergeForm(posted(request), auto_id="merge_%s")

    def verb(found: Problem) -> object:
        said = form.cleaned_data
        into = rooms.visible(request.user).filter(region=found.region_id, number=said["into"].strip()).first()
        if into is None:
            raise NotDone(f"没有编号为 {said['into']} 的问题，请核对", "into")
        return workflow.merge(request.user, found, based_on(request), into, said["reason"])

    return _done(request, pk, "merge_form", form, verb, "已并入，原问题不再计数")


def _done(
    request: PersonRequest,
    pk: int,
    name: str,
    form: forms.Form,
    verb: Callable[[Problem], object],
    said: str,
    **others: forms.Form,
) -> HttpResponseBase:
    """Does what was asked, or shows the page again with what was typed and why it was not done."""
    found, status = rooms.problem_for(request.user, pk), 422
    if form.is_valid() and all(other.is_valid() for other in others.values()):
        try:
            verb(found)
        except NotDone as refused:
            found = rooms.problem_for(request.user, pk)
            status = 409 if isinstance(refused, Stale) else 422
            target = next((one for one in (form, *others.values()) if refused.field in one.fields), form)
            take_over(target, refused)
        else:
            messages.success(request, f"问题 {found.number}：{said}")
            return redirect("problem", pk)
    return _shown(request, found, status, **{name: form}, **others)


urlpatterns: list[URLPattern] = [
    path("problems/<int:pk>/", problem, name="problem"),
    path("problems/<int:pk>/issue/", issue, name="problem_issue"),
    path("problems/<int:pk>/extend/", extend, name="problem_extend"),
    path("problems/<int:pk>/save/", save, name="problem_save"),
    path("problems/<int:pk>/reply/", reply, name="problem_reply"),
    path("problems/<int:pk>/attach/", attach, name="problem_attach"),
    path("problems/<int:pk>/verify/", verify, name="problem_verify"),
    path("problems/<int:pk>/send-back/", send_back, name="problem_send_back"),
    path("problems/<int:pk>/close/", close, name="problem_close"),
    path("problems/<int:pk>/reopen/", reopen, name="problem_reopen"),
    path("problems/<int:pk>/merge/", merge, name="problem_merge"),
    path("problems/evidence/<int:pk>/", evidence, name="problem_evidence"),
    path("problems/evidence/<int:pk>/detach/", detach, name="problem_detach"),
    path("problems/notices/<int:pk>/", notice, name="problem_notice"),
]
