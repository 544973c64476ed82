"""文件审核: the list of documents that are to be made public, and their way in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from jiheng.audits import todo, workflow
from jiheng.audits.access import document_for, live, visible
from jiheng.audits.gate import live_submission
from jiheng.audits.models import AuditedDocument, AuditState, Purpose
from jiheng.audits.outcomes import Unfit
from jiheng.audits.workflow import SUFFIXES, UploadDraft
from jiheng.units.access import WHOLE_REGION, may, units_for
from jiheng.units.models import JobState
from jiheng.web.exports import download
from jiheng.web.shell import TIMES_LIMIT, PersonRequest, page, paginate, posted, work_year, year_choices

AT_ONCE = 30
STATES = {
    "open": ("有错误待答复", Q(open_errors__gt=0, state=AuditState.CHECKED)),
    "clear": ("可以送公开", Q(open_errors=0, state=AuditState.CHECKED, is_sent=False)),
    "sent": ("已送公开", Q(is_sent=True)),
    "checking": ("检查中", Q(state__in=(AuditState.WAITING, AuditState.RUNNING))),
    "unreadable": ("无法读取", Q(state=AuditState.UNREADABLE)),
}


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFiles(forms.FileField):
    """Several files of one input."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        if len(files) > AT_ONCE:
            raise forms.ValidationError(f"一次最多 {AT_ONCE} 份文件，选了 {len(files)} 份，请分次上传")
        return [super(ManyFiles, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    unit = forms.TypedChoiceField(label="单位", coerce=int, empty_value=None, required=False)
    purpose = forms.ChoiceField(label="公开种类", choices=Purpose.choices)
    fiscal_year = forms.TypedChoiceField(label="预算年度", coerce=int)
    documents = ManyFiles(
        label="文件",
        widget=ManyFilesInput(attrs={"accept": ",".join(SUFFIXES), "data-drop": "#chosen"}),
        error_messages={"required": "请选择要检查的文件", "empty": "其中有空文件，请检查后重新选择"},
    )


def _form(request: PersonRequest) -> UploadForm:
    year = work_year(request)
    form = UploadForm(
        posted(request),
        request.FILES or None,
        initial={"fiscal_year": year - 1, "unit": request.user.unit_id},
    )
    years = [(item, f"{item}年") for item in year_choices(year)]
    form.fields["fiscal_year"].choices = years  # type: ignore[attr-defined]
    if request.user.unit_id:
        del form.fields["unit"]
        return form
    nobody = [("", "本级财政（不属于某个单位）")] if request.user.role in WHOLE_REGION else [("", "请选择")]
    units = [(unit.pk, unit.name) for unit in units_for(request.user).order_by("code")]
    form.fields["unit"].choices = [*nobody, *units]  # type: ignore[attr-defined]
    return form


@page()
def audits(request: PersonRequest) -> HttpResponse:
    """The documents that the person sees, of each the last version; the way in on top."""
    return _listed(request)


def _listed(request: PersonRequest, form: UploadForm | None = None, status: int = 200) -> HttpResponse:
    state, year, word = (request.GET.get(name, "") for name in ("state", "year", "word"))
    found = visible(request.user).annotate(is_sent=live()).filter(next_version=None)
    if year.isascii() and year.isdigit() and len(year) == 4:
        found = found.filter(fiscal_year=int(year))
    if word:
        found = found.filter(Q(title__icontains=word) | Q(unit__name__icontains=word))
    tabs = [("", "全部", found.count())]
    tabs += [(key, label, found.filter(where).count()) for key, (label, where) in STATES.items()]
    if state in STATES:
        found = found.filter(STATES[state][1])
    rows = found.select_related("unit", "uploaded_by", "job").order_by("-uploaded_at", "-pk")
    may_upload = may(request.user, "upload_document")
    context = {
        "pager": paginate(request, rows),
        "tabs": tabs,
        "state": state,
        "year": year,
        "word": word,
        "years": year_choices(),
        "form": (form or _form(request)) if may_upload else None,
        "kinds": "、".join(suffix.removeprefix(".") for suffix in SUFFIXES),
        "most": settings.MAX_UPLOAD_BYTES // (1024 * 1024),
        "at_once": AT_ONCE,
        "most_together": TIMES_LIMIT * settings.MAX_UPLOAD_BYTES // (1024 * 1024),
        "given": todo.assigned(request.user).count() if may(request.user, "settle_finding") else 0,
    }
    return render(request, "jiheng/audits/list.html", context, status=status)


@page("upload_document", methods=("POST",))
def upload(request: PersonRequest) -> HttpResponse:
    """Takes the files; each is checked by the worker, and its row in the list says how far it is."""
    form = _form(request)
    if not form.is_valid():
        return _listed(request, form, status=422)
    said = form.cleaned_data
    unit = request.user.unit_id or said.get("unit")
    draft = UploadDraft(unit=unit, purpose=said["purpose"], fiscal_year=said["fiscal_year"])
    taken = 0
    for file in said["documents"]:
        try:
            if file.size > settings.MAX_UPLOAD_BYTES:  # not read only to be refused
                raise Unfit(
                    f"“{file.name}”超过 {settings.MAX_UPLOAD_BYTES // (1024 * 1024)} MB 的上限，请拆分后再传"
                )
            workflow.upload(request.user, draft, file.name, file.read())
            taken += 1
        except (Unfit, Http404, PermissionDenied) as refused:
            form.add_error("documents", str(refused))
    if taken:
        messages.success(request, f"已上传 {taken} 份，正在检查；可以离开此页")
    return _listed(request, form, status=422) if form.errors else redirect("audits")


@page()
def row(request: PersonRequest, pk: int) -> HttpResponse:
    """One line of the list; htmx asks for it again while the check is under way."""
    found = visible(request.user).annotate(is_sent=live()).select_related("unit", "uploaded_by", "job")
    document = found.filter(pk=pk).first()
    if document is None:
        raise Http404("没有这份文件，或您无权查看")
    return render(request, "jiheng/audits/row.html", {"item": document})


@page()
def original(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The file as it was uploaded."""
    found = document_for(request.user, pk)
    try:
        with found.upload.file.open("rb") as file:
            data = file.read()
    except OSError:
        raise Http404("存放的文件已不在") from None
    return download(data, found.upload.name, "application/octet-stream")


@page("settle_finding")
def assigned(request: PersonRequest) -> HttpResponse:
    """The findings that wait for the person's answer, the most urgent first."""
    found = todo.assigned(request.user).select_related("document__unit").order_by("due_on", "rank", "pk")
    return render(request, "jiheng/audits/assigned.html", {"pager": paginate(request, found)})


def state_of(document: AuditedDocument) -> tuple[str, str]:
    """How a document stands, in a word, and its colour; `is_sent` is annotated or asked for."""
    if workflow.is_checking(document):
        return ("检查中" if document.state == AuditState.RUNNING else "待检查"), "accent"
    if document.state in (AuditState.WAITING, AuditState.RUNNING):
        stopped = document.job is not None and document.job.state == JobState.FAILED
        return ("检查中断" if stopped else "待检查"), "red"
    if document.state == AuditState.UNREADABLE:
        return "无法读取", "red"
    is_sent = getattr(document, "is_sent", None)
    if is_sent if is_sent is not None else live_submission(document) is not None:
        return "已送公开", "blue"
    if document.open_errors:
        return f"{document.open_errors} 处错误待答复", "red"
    return "可以送公开", "green"


urlpatterns: list[URLPattern] = [
    path("audits/", audits, name="audits"),
    path("audits/upload/", upload, name="audit_upload"),
    path("audits/assigned/", assigned, name="audits_assigned"),
    path("audits/<int:pk>/row/", row, name="audit_row"),
    path("audits/<int:pk>/file/", original, name="audit_file"),
]
