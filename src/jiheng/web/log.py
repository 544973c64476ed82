"""操作日志: who did what when; an auditor filters and exports it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng.units import log
from jiheng.units.models import Role
from jiheng.web.exports import as_csv, as_xlsx
from jiheng.web.shell import PersonRequest, page, paginate
from jiheng.web.words import in_chinese

# a day beside these has no neighbour in every time zone
POSSIBLE = [
    MinValueValidator(date(1900, 1, 1), "请填 1900 年以后的日期"),
    MaxValueValidator(date(2200, 1, 1), "请填 2200 年以前的日期"),
]


class LogForm(forms.Form):
    since = forms.DateField(label="从", required=False, validators=POSSIBLE)
    until = forms.DateField(label="到", required=False, validators=POSSIBLE)
    person = forms.CharField(label="人员", max_length=60, required=False)
    unit = forms.CharField(label="单位", max_length=120, required=False)
    action = forms.CharField(label="操作", max_length=40, required=False)
    subject = forms.CharField(label="对象种类", max_length=40, required=False)
    subject_id = forms.CharField(label="对象编号", max_length=40, required=False)
    text = forms.CharField(label="含有", max_length=100, required=False)


def _wanted(request: PersonRequest) -> tuple[LogForm, log.LogFilter]:
    """What the address asks for; a field that cannot be read is left out and said so on the page."""
    form = LogForm(request.GET)
    form.is_valid()
    return form, log.LogFilter(**{name: value for name, value in form.cleaned_data.items() if value})


@page("see_log")
def entries(request: PersonRequest) -> HttpResponse:
    """The region's log, newest first."""
    form, wanted = _wanted(request)
    pager = paginate(request, log.entries(request.user, wanted))
    rows = [
        {
            "entry": entry,
            "role": role_in_words(entry.role),
            "kind": kind_in_words(entry.subject),
            "before": in_chinese(log.in_words(entry.before)),
            "after": in_chinese(log.in_words(entry.after)),
        }
        for entry in pager.rows
    ]
    context: dict[str, Any] = {"form": form, "pager": pager, "rows": rows}
    context["actions"] = log.actions(request.user)
    return render(request, "jiheng/log/list.html", context)


@page("see_log")
def export(request: PersonRequest, kind: str) -> HttpResponseBase:
    """What the filters found, as Excel or CSV; that too is logged."""
    _, wanted = _wanted(request)
    found = log.entries(request.user, wanted)
    log.record(request.user, "导出日志", request.user, after={"行数": found.count(), "格式": kind})
    name = f"操作日志{timezone.localdate():%Y%m%d}"
    rows = _rows_in_words(log.export_rows(found))
    return (as_csv if kind == "csv" else as_xlsx)(name, log.HEADINGS, rows)


def _rows_in_words(rows: Iterator[tuple[str, ...]]) -> Iterator[list[str]]:
    role, kind = log.HEADINGS.index("角色"), log.HEADINGS.index("对象")
    before, after = log.HEADINGS.index("之前"), log.HEADINGS.index("之后")
    for row in rows:
        shown = list(row)
        shown[role], shown[kind] = role_in_words(row[role]), kind_in_words(row[kind])
        shown[before], shown[after] = in_chinese(row[before]), in_chinese(row[after])
        yield shown


def role_in_words(role: str) -> str:
    """The Chinese name of a stored role; the system itself has none."""
    return Role(role).label if role in Role.values else role or "系统"


def kind_in_words(subject: str) -> str:
    """The Chinese name of a stored model label."""
    try:
        return str(apps.get_model(subject)._meta.verbose_name)
    except (LookupError, ValueError):
        return subject


urlpatterns: list[URLPattern] = [
    path("log/", entries, name="log"),
    path("log/export.csv", export, {"kind": "csv"}, name="log_csv"),
    path("log/export.xlsx", export, {"kind": "xlsx"}, name="log_xlsx"),
]
