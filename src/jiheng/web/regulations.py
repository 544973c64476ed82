"""制度库: the documents in force, their numbers and dates, and which policy values come from each."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng.library import regulations
from jiheng.library.models import Level, Regulation
from jiheng.library.regulations import TOPICS, Paper, RegulationDraft, regulation_for, regulations_for
from jiheng.units.access import may, region_of
from jiheng.units.receiving import SUFFIXES
from jiheng.web.exports import as_xlsx, download
from jiheng.web.library_keeping import based_on, lay
from jiheng.web.policy import entry_row
from jiheng.web.shell import PersonRequest, page, paginate, posted

STATES = {"": "现行", "over": "已废止", "coming": "尚未施行", "all": "全部"}


class FilterForm(forms.Form):
    day = forms.DateField(required=False)
    text = forms.CharField(required=False, max_length=60)
    level = forms.ChoiceField(required=False, choices=[("", "全部"), *Level.choices])
    topic = forms.ChoiceField(required=False, choices=[("", "全部"), *((item, item) for item in TOPICS)])
    state = forms.ChoiceField(required=False, choices=list(STATES.items()))


class RegulationForm(forms.Form):
    """Lengths and what goes together are checked by the verbs."""

    title = forms.CharField(label="名称", max_length=200, help_text="不写书名号")
    number = forms.CharField(
        label="文号", max_length=100, required=False, help_text="写法与政策取值一致，如 财预〔2020〕10号"
    )
    issuer = forms.CharField(label="发文机关", max_length=100)
    level = forms.ChoiceField(label="层级", choices=Level.choices)
    topic = forms.ChoiceField(label="环节", choices=[(item, item) for item in TOPICS])
    since = forms.DateField(
        label="施行日期", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label="止期",
        required=False,
        help_text="最后有效的一天；现行有效的不填",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    replaced_by = forms.TypedChoiceField(label="替代文件", required=False, coerce=int, empty_value=None)
    note = forms.CharField(
        label="说明", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    source = forms.CharField(label="来源", max_length=300, required=False, help_text="在哪里看到的")
    is_verified = forms.BooleanField(label="已对照原文核实", required=False)
    file = forms.FileField(
        label="文件",
        required=False,
        help_text="Word、PDF、Excel 或图片；不选的保留原有文件",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(SUFFIXES)}),
    )

    def __init__(self, *args: Any, others: QuerySet[Regulation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["replaced_by"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", "没有"), *((item.pk, str(item)) for item in others)]


@page(guests=True)
def regulation_list(request: PersonRequest) -> HttpResponse:
    """The documents under the filters, by default those in force today."""
    asked, rows = _found(request)
    region, person = region_of(request.user), request.user
    values, bare = regulations.values_by_number(region, asked["day"])
    context = {
        "pager": paginate(request, [(item, len(values.get(item.number, ()))) for item in rows]),
        "asked": asked,
        "levels": [("", "全部"), *Level.choices],
        "topics": TOPICS,
        "states": STATES,
        "may_keep": may(person, "manage_library"),
        "unlisted": regulations.unlisted(region, asked["day"]),
        "unnumbered": bare,
        "policies": bare + sum(map(len, values.values())),
    }
    return render(request, "jiheng/library/regulations.html", context)


def _found(request: PersonRequest) -> tuple[dict[str, Any], list[Regulation]]:
    form = FilterForm(request.GET)
    form.is_valid()
    asked = {name: form.cleaned_data.get(name) or "" for name in form.fields}
    day: date = form.cleaned_data.get("day") or timezone.localdate()
    asked["day"] = day
    rows = regulations_for(request.user)
    if asked["text"]:
        rows = rows.filter(
            Q(title__icontains=asked["text"])
            | Q(number__icontains=asked["text"])
            | Q(issuer__icontains=asked["text"])
        )
    for name in ("level", "topic"):
        if asked[name]:
            rows = rows.filter(**{name: asked[name]})
    order = {level: place for place, level in enumerate(Level.values)}
    listed = sorted(rows, key=lambda item: (order[item.level], TOPICS.index(item.topic), item.number))
    return asked, [item for item in listed if asked["state"] in (_state(item, day), "all")]


def _state(item: Regulation, day: date) -> str:
    """A key of `STATES`."""
    if item.since is not None and item.since > day:
        return "coming"
    return "" if item.holds_on(day) else "over"


@page(guests=True)
def regulations_xlsx(request: PersonRequest) -> Any:
    """What the filters show, as a workbook."""
    asked, rows = _found(request)
    values, _ = regulations.values_by_number(region_of(request.user), asked["day"])
    own = ("文号", "名称", "发文机关", "层级", "环节", "施行日期", "止期", "替代文件")
    cells = (
        (
            item.number,
            item.title,
            item.issuer,
            item.get_level_display(),
            item.topic,
            item.since.isoformat() if item.since else "",
            item.until.isoformat() if item.until else "",
            str(item.replaced_by) if item.replaced_by else "",
            len(values.get(item.number, ())),
            "已核" if item.is_verified else "待核",
        )
        for item in rows
    )
    return as_xlsx(
        "制度库",
        (*own, "政策取值", "核实"),
        cells,
        title=f"制度库（{asked['day']}，{STATES[asked['state']]}）",
    )


@page(guests=True)
def regulation(request: PersonRequest, pk: int) -> HttpResponse:
    """One document with the policy values that come from it today."""
    item = regulation_for(request.user, pk)
    today = timezone.localdate()
    values, _ = regulations.values_by_number(region_of(request.user), today)
    context = {
        "item": item,
        "state": STATES[_state(item, today)],
        "replaces": item.replaces.all(),
        "rows": [entry_row(entry) for entry in values.get(item.number, [])],
        "may_keep": may(request.user, "manage_library"),
    }
    return render(request, "jiheng/library/regulation.html", context)


@page(guests=True)
def regulation_file(request: PersonRequest, pk: int) -> HttpResponse:
    """The document's own file, as it came."""
    upload = regulation_for(request.user, pk).upload
    if upload is None:
        raise Http404("这份制度文件没有上传原文")
    with upload.file.open("rb") as file:
        return download(file.read(), upload.name, "application/octet-stream")


@page("manage_library", methods=("GET", "POST"))
def regulation_new(request: PersonRequest) -> HttpResponse:
    """收入一份制度文件."""
    return _edited(request, None)


@page("manage_library", methods=("GET", "POST"))
def regulation_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """修改 or 废止."""
    return _edited(request, regulation_for(request.user, pk))


def _edited(request: PersonRequest, item: Regulation | None) -> HttpResponse:
    others = regulations_for(request.user)
    others = others.exclude(pk=item.pk) if item else others
    form = RegulationForm(
        posted(request), request.FILES or None, others=others, initial=_kept(item) if item else None
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        draft = RegulationDraft(**{field.name: said[field.name] for field in fields(RegulationDraft)})
        paper = Paper(said["file"].name, said["file"].read()) if said["file"] else None
        try:
            if item is None:
                saved = regulations.add(request.user, draft, paper)
            else:
                saved = regulations.revise(request.user, item.pk, based_on(request), draft, paper)
        except ValidationError as refused:
            lay(form, refused)
        else:
            messages.success(request, f"“{saved.title}”已保存")
            return redirect("regulation", pk=saved.pk)
    context = {"form": form, "item": item, "based_on": based_on(request) or (item.edition if item else 0)}
    return render(request, "jiheng/library/regulation_edit.html", context, status=422 if form.errors else 200)


def _kept(item: Regulation) -> dict[str, Any]:
    told = {field.name: getattr(item, field.name) for field in fields(RegulationDraft)}
    return told | {"replaced_by": item.replaced_by_id}


urlpatterns: list[URLPattern] = [
    path("regulations/", regulation_list, name="regulations"),
    path("regulations/export.xlsx", regulations_xlsx, name="regulations_xlsx"),
    path("regulations/new/", regulation_new, name="regulation_new"),
    path("regulations/<int:pk>/", regulation, name="regulation"),
    path("regulations/<int:pk>/edit/", regulation_edit, name="regulation_edit"),
    path("regulations/<int:pk>/file/", regulation_file, name="regulation_file"),
]
