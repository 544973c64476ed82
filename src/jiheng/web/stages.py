"""全过程全覆盖: every stage of a fiscal year on one page: what is due, what is done, who is missing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from jiheng.disclosure.stages import Covered, Subject, covered
from jiheng.projects.models import Stage
from jiheng.sheets import WAN, Missing
from jiheng.units.access import region_of
from jiheng.web.exports import as_xlsx
from jiheng.web.shell import PersonRequest, fiscal_year, kept_page, key_field, page, paginate, year_choices

LISTS = {"missing": "未办", "done": "已办", "all": "全部"}


class StagesForm(forms.Form):
    day = forms.DateField(required=False)
    division = key_field()
    stage = forms.CharField(required=False, max_length=30)


@page()
def stages(request: PersonRequest) -> HttpResponse:
    """The lines of the year; one of them (?stage=) by division and by name."""
    year = fiscal_year(request, Stage.GOAL)
    return kept_page(request, "jiheng/coverage/stages.html", lambda: _stages(request, year))


def _asked(request: PersonRequest, year: int) -> tuple[dict[str, Any], list[Covered]]:
    """What the address asks for, and the year's lines within its division."""
    form = StagesForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    asked["day"] = asked.get("day") or timezone.localdate()
    lines = covered(request.user, region_of(request.user), year, asked["day"])
    return asked, lines


def _stages(request: PersonRequest, year: int) -> dict[str, Any]:
    asked, lines = _asked(request, year)
    chosen = next((line for line in lines if line.key == asked.get("stage")), None)
    division = asked.get("division")
    shown = request.GET.get("list", "missing")
    context: dict[str, Any] = {
        "year": year,
        "years": year_choices(year),
        "day": asked["day"],
        "lines": [(line, f"{reverse(line.url_name)}?{urlencode(line.params)}") for line in lines],
        "chosen": chosen,
        "lists": LISTS,
        "shown": shown if shown in LISTS else "missing",
    }
    if chosen is not None:
        of = chosen.of(division) if division else chosen
        context |= {
            "divisions": chosen.by_division(),
            "division": division,
            "pager": paginate(request, _listed(of, context["shown"])),
        }
    return context


def _listed(line: Covered, shown: str) -> list[Subject]:
    return [each for each in line.subjects if shown == "all" or each.is_done == (shown == "done")]


HEADINGS = ("环节", "对象", "业务股室", "主管部门", "单位", "名称", "金额（万元）", "是否已办", "状态")


@page()
def stages_xlsx(request: PersonRequest) -> HttpResponseBase:
    """Every subject of every line, or of one (?stage=), as a workbook."""
    year = fiscal_year(request, Stage.GOAL)
    asked, lines = _asked(request, year)
    if asked.get("stage"):
        lines = [line for line in lines if line.key == asked["stage"]]
        if not lines:
            raise Http404("没有这个环节")
    rows = (
        (
            line.title,
            line.whose,
            each.unit.department.division.name,
            each.unit.department.name,
            each.unit.name,
            each.name,
            "" if isinstance(each.amount, Missing) else each.amount / WAN,
            "是" if each.is_done else "否",
            each.state,
        )
        for line in lines
        for each in line.subjects
    )
    return as_xlsx("全过程全覆盖", HEADINGS, rows, title=f"{year}年全过程全覆盖（截至{asked['day']}）")


urlpatterns: list[URLPattern] = [
    path("coverage/stages/", stages, name="coverage_stages"),
    path("coverage/stages/export.xlsx", stages_xlsx, name="coverage_stages_xlsx"),
]
