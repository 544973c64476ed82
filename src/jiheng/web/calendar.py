"""工作日历: when each stage of a work year is open; 绩效股 opens stages and moves their dates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng.projects.calendar import WindowDraft, remove_window, set_window, state_on, windows_of
from jiheng.projects.models import Stage, Window
from jiheng.units.access import may, region_of
from jiheng.web.shell import PersonRequest, page, posted, work_year

MONTHS = [(0, "不分月")] + [(month, f"{month}月") for month in range(1, 13)]


class WindowForm(forms.Form):
    stage = forms.ChoiceField(label="阶段", choices=Stage.choices)
    work_year = forms.IntegerField(label="工作年度")
    fiscal_year = forms.IntegerField(label="预算年度", help_text="目标和监控多为工作年度当年，自评为上一年")
    month = forms.TypedChoiceField(
        label="监控截止月", coerce=int, choices=MONTHS, help_text="只有运行监控要选"
    )
    opens_on = forms.DateField(label="开放日期")
    due_on = forms.DateField(label="截止日期", help_text="过了这天仍可报送，但算逾期")
    closes_on = forms.DateField(label="关闭日期", help_text="过了这天不再受理")
    note = forms.CharField(label="布置要求", max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("opens_on", "due_on", "closes_on"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


@page()
def windows(request: PersonRequest) -> HttpResponse:
    """The work year's calendar, each window with how it stands today."""
    year, today = work_year(request), timezone.localdate()
    found = windows_of(request.user.region, year) if request.user.region else []
    rows = [{"window": window, "state": state_on(window, today)} for window in found]
    context = {"rows": rows, "may_assign": may(request.user, "assign_calendar")}
    return render(request, "jiheng/calendar/list.html", context)


@page("assign_calendar", methods=("GET", "POST"))
def new_window(request: PersonRequest) -> HttpResponse:
    """布置工作: opens a stage."""
    year = work_year(request)
    return _edit(request, WindowForm(posted(request), initial={"work_year": year, "fiscal_year": year}))


@page("assign_calendar", methods=("GET", "POST"))
def edit_window(request: PersonRequest, pk: int) -> HttpResponse:
    """Moves the dates of a stage; which stage it is cannot be changed."""
    window = Window.objects.filter(region=region_of(request.user), pk=pk).first()
    if window is None:
        raise Http404("没有找到这项工作安排")
    kept = {name: getattr(window, name) for name in WindowForm.base_fields}
    form = WindowForm(posted(request), initial=kept)
    for name in ("stage", "work_year", "fiscal_year", "month"):
        form.fields[name].disabled = True
    return _edit(request, form, window)


def _edit(request: PersonRequest, form: WindowForm, window: Window | None = None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"stage": Stage(form.cleaned_data["stage"])}
        try:
            saved = set_window(request.user, WindowDraft(**given))
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, f"“{saved}”已保存：{saved.opens_on} 开放，{saved.due_on} 截止")
            return redirect("calendar")
    context = {"form": form, "window": window}
    return render(request, "jiheng/calendar/edit.html", context, status=422 if form.errors else 200)


@page("assign_calendar", methods=("POST",))
def delete_window(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """Takes a stage out of the calendar; forms already filed stay."""
    remove_window(request.user, pk)
    messages.success(request, "这项工作安排已取消，已报送的表不受影响")
    return redirect("calendar")


urlpatterns: list[URLPattern] = [
    path("calendar/", windows, name="calendar"),
    path("calendar/new/", new_window, name="calendar_new"),
    path("calendar/<int:pk>/", edit_window, name="calendar_edit"),
    path("calendar/<int:pk>/delete/", delete_window, name="calendar_delete"),
]
