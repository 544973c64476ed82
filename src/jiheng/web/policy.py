"""政策: the values in force on a day, where each comes from, what changed, and whose score would."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng import policy as policies
from jiheng.evaluation.watch import rescore_preview
from jiheng.policy import Entry, Policy, PolicyError, in_words
from jiheng.projects.models import Stage
from jiheng.units.access import may, region_of
from jiheng.web.shell import PersonRequest, fiscal_year, page
from jiheng.web.words import in_chinese

# the files of policy/values, in the order of the year
GROUPS = {
    "assessment": "事前绩效评估",
    "desks": "审核流程",
    "goals": "绩效目标",
    "weights": "指标权重",
    "checks": "审核规则",
    "monitoring": "运行监控与纠偏",
    "lights": "信号灯",
    "scoring": "自评计分",
    "unit_formulas": "部门整体指标公式",
    "grades": "评价等级",
    "watch": "复核关注",
    "panels": "评审评分",
    "fiscal": "重点评价",
    "reviews": "四评",
    "flags": "疑点核查",
    "problems": "问题与整改",
    "results": "结果应用",
    "closing": "年度结转",
    "spending": "支出分析",
    "accounts": "决算账表",
    "taxonomy": "指标分类",
    "contents": "公开内容",
    "wording": "公开说明",
}


class DaysForm(forms.Form):
    day = forms.DateField(required=False)
    before = forms.DateField(required=False)


def _days(request: PersonRequest) -> tuple[date, date]:
    """The day asked for (today), and the one to compare with (a year before)."""
    form = DaysForm(request.GET)
    form.is_valid()
    day: date = form.cleaned_data.get("day") or timezone.localdate()
    return day, form.cleaned_data.get("before") or _a_year_before(day)


def _a_year_before(day: date) -> date:
    return (
        day.replace(year=day.year - 1, day=28)
        if (day.month, day.day) == (2, 29)
        else day.replace(year=day.year - 1)
    )


def _on(request: PersonRequest, day: date) -> Policy:
    return policies.on(day, request.user.region_id or "")


def _words(value: Any) -> str:
    return in_chinese(in_words(value))


def _label(entry: Entry | None) -> str:
    """The entry's name ("" of none). A choice's code word and its meaning, which the files part by a blank,
    are parted by a colon: “按比例：…”."""
    if entry is None:
        return ""
    text = entry.label
    for choice in entry.choices:
        text = text.replace(f"{choice} ", f"{choice}：")
    return in_chinese(text)


def entry_row(entry: Entry) -> dict[str, Any]:
    """A value as the page shows it."""
    return {
        "entry": entry,
        "label": _label(entry),
        "value": _words(entry.value),
        "source": in_chinese(entry.source),
        "note": in_chinese(entry.note),
    }


@page()
def policy(request: PersonRequest) -> HttpResponse:
    """Every value in force on a day, by group."""
    day, _ = _days(request)
    entries = _on(request, day).values()
    if request.GET.get("unverified") == "1":
        entries = tuple(entry for entry in entries if not entry.is_verified)
    if text := request.GET.get("text", "").strip():
        entries = tuple(entry for entry in entries if text in entry.label + entry.path + entry.document)
    order = {name: number for number, name in enumerate(GROUPS)}
    ordered = sorted(entries, key=lambda entry: (order.get(_group(entry), len(order)), entry.path))
    groups = [
        {"name": GROUPS.get(name, name), "rows": [entry_row(entry) for entry in found]}
        for name, found in groupby(ordered, key=_group)
    ]
    context = {"groups": groups, "day": day, "total": len(entries), "text": text}
    return render(request, "jiheng/policy/values.html", context)


def _group(entry: Entry) -> str:
    return entry.path.partition(".")[0]


@page()
def changes(request: PersonRequest) -> HttpResponse:
    """今年变了什么: every value that differs between two days."""
    day, before = _days(request)
    found = [
        {
            "change": change,
            "label": _label(change.after or change.before),
            "before": "（没有）" if change.before is None else _words(change.before.value),
            "after": "（不再使用）" if change.after is None else _words(change.after.value),
            "source": change.after or change.before,
        }
        for change in policies.changes(_on(request, before), _on(request, day))
    ]
    context = {"rows": found, "day": day, "before": before, "may_rescore": may(request.user, "confirm")}
    return render(request, "jiheng/policy/changes.html", context)


@page("confirm")
def rescore(request: PersonRequest) -> HttpResponse:
    """Which filed self-evaluations would score differently under the other day's policy; stores nothing."""
    day, before = _days(request)
    year = fiscal_year(request, Stage.EVALUATION)
    found, is_too_early = [], False
    try:
        found = rescore_preview(region_of(request.user), year, _on(request, before), _on(request, day))
    except PolicyError:  # a day on which a value that scoring asks for was not in force yet
        is_too_early = True
    context = {"rows": found, "day": day, "before": before, "year": year, "is_too_early": is_too_early}
    return render(request, "jiheng/policy/rescore.html", context)


urlpatterns: list[URLPattern] = [
    path("policy/", policy, name="policy"),
    path("policy/changes/", changes, name="policy_changes"),
    path("policy/rescore/", rescore, name="policy_rescore"),
]
