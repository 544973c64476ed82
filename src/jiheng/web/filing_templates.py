"""表样: the form in force for each kind and year, its blanks to download, next year's version to upload."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from jiheng.documents import forms as official
from jiheng.documents.archive import MEGABYTE, DocumentError
from jiheng.filings import templates as stored
from jiheng.filings.models import Template
from jiheng.sheets import Form
from jiheng.units import access
from jiheng.web.exports import download
from jiheng.web.shell import PersonRequest, page, posted, work_year

MOST_BYTES = 5 * MEGABYTE


class TemplateForm(forms.Form):
    form = forms.ChoiceField(label="表种", choices=[(item.value, item.heading) for item in Form])
    fiscal_year = forms.IntegerField(
        label="起用年度", min_value=2000, max_value=2100, help_text="从这个预算年度起用这个版本"
    )
    file = forms.FileField(
        label="带标记的空表",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        help_text="下载“带标记空表”，改版式、不改 {{标记}}，再传回来",
        error_messages={"required": "请选择文件"},
    )


@page()
def templates(request: PersonRequest) -> HttpResponse:
    """The forms in force, and what was uploaded."""
    return _shown(request, TemplateForm(initial={"fiscal_year": work_year(request) + 1}))


@page("manage_templates", methods=("POST",))
def upload(request: PersonRequest) -> HttpResponse:
    """Next year's version: every wrong mark is named with its cell, and nothing is stored."""
    form = TemplateForm(posted(request), request.FILES)
    if form.is_valid():
        given, file = form.cleaned_data, form.cleaned_data["file"]
        try:
            if file.size > MOST_BYTES:
                raise ValidationError(f"文件超过 {MOST_BYTES // MEGABYTE} MB，表样只应有空表，请删去图片")
            made = stored.upload(request.user, given["form"], given["fiscal_year"], file.read(), file.name)
        except official.TemplateError as wrong:
            for error in wrong.errors:
                form.add_error("file", error)
        except DocumentError as wrong:
            form.add_error("file", str(wrong))
        except ValidationError as wrong:
            form.add_error("file", wrong)
        else:
            messages.success(request, f"“{made}”已起用，{made.fiscal_year} 年起的下载和导入都按它办理")
            return redirect("templates")
    return _shown(request, form)


def _shown(request: PersonRequest, form: TemplateForm) -> HttpResponse:
    region = request.user.region
    uploaded = list(stored.uploaded(region).select_related("person")) if region else []
    rows = [{"form": item, "uploaded": [one for one in uploaded if one.form == item.value]} for item in Form]
    may_manage = access.may(request.user, "manage_templates")
    context = {"rows": rows, "form": form, "may_manage": may_manage}
    status = 422 if form.errors else 200
    return render(request, "jiheng/filing/templates.html", context, status=status)


@page()
def blank(request: PersonRequest, form: str, marked: int) -> HttpResponse:
    """The work year's official blank, to fill by hand; `marked` 1: with marks, for the next version."""
    if form not in [item.value for item in Form]:
        raise Http404("没有这种表")
    kind = Form(form)
    if marked:
        return download(official.marked_blank(kind), f"{kind.heading}（带标记空表）.xlsx")
    template = stored.template_for(access.region_of(request.user), kind, work_year(request))
    return download(official.blank(kind, template), f"{kind.heading}（空表）.xlsx")


@page("manage_templates", methods=("POST",))
def remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Back to the earlier version; forms already filed are not touched."""
    found = Template.objects.filter(pk=pk, region=access.region_of(request.user)).first()
    if found is None:
        raise Http404("没有找到这个表样")
    stored.remove(request.user, found)
    messages.success(request, f"“{found}”已停用，恢复使用之前的版本")
    return redirect("templates")


urlpatterns: list[URLPattern] = [
    path("templates/", templates, name="templates"),
    path("templates/upload/", upload, name="template_upload"),
    path("templates/<str:form>/<int:marked>/", blank, name="template_blank"),
    path("templates/<int:pk>/remove/", remove, name="template_remove"),
]
