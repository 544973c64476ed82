"""专项资金: the list, and one fund's year on one page, with the source of every figure."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from jiheng.figures import percent
from jiheng.filings.models import Version
from jiheng.findings import corrections, problems
from jiheng.ledger import executed
from jiheng.projects import budget
from jiheng.projects.access import fund_for, funds_for
from jiheng.projects.models import Fund, Stage
from jiheng.units.access import region_of
from jiheng.web.shell import PersonRequest, fiscal_year, key_field, page, paginate
from jiheng.web.units import Year, divisions_for, filed_years, monthly, months_of


class ListForm(forms.Form):
    division = key_field()
    unit = key_field()
    livelihood = forms.BooleanField(required=False)
    text = forms.CharField(max_length=60, required=False)


@page()
def funds(request: PersonRequest) -> HttpResponse:
    """The special funds of a year that the person sees, with budget and what was spent of it."""
    year = fiscal_year(request, Stage.MONITORING)
    form = ListForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    found = funds_for(request.user).filter(since_year__lte=year, until_year__gte=year)
    if asked.get("division"):
        found = found.filter(unit__department__division=asked["division"])
    if asked.get("unit"):
        found = found.filter(unit=asked["unit"])
    if asked.get("livelihood"):
        found = found.filter(is_livelihood=True)
    for word in asked.get("text", "").split():
        found = found.filter(
            Q(name__icontains=word) | Q(code__startswith=word) | Q(unit__name__icontains=word)
        )
    found = found.select_related("unit__department__division").order_by("code")
    pager = paginate(request, found.annotate(number=Count("projects")))
    shown: list[Fund] = pager.rows
    region = region_of(request.user)
    planned = budget.of_funds(region, year, shown)
    spent = executed.of_funds(region, year, date(year, 12, 31), shown)
    rows = [
        {
            "fund": fund,
            "budget": planned[fund.pk],
            "executed": spent[fund.pk],
            "rate": percent(spent[fund.pk].total, planned[fund.pk].revised),
        }
        for fund in shown
    ]
    context = {"pager": pager, "rows": rows, "year": year, "asked": asked}
    return render(request, "jiheng/funds/list.html", context | {"divisions": divisions_for(request.user)})


@page()
def fund(request: PersonRequest, pk: int) -> HttpResponse:
    """One fund's year: goal with its versions, lights, self-evaluation, budget, payments, corrections."""
    found = fund_for(request.user, pk)
    region = region_of(request.user)
    year, evaluated = fiscal_year(request, Stage.MONITORING), fiscal_year(request, Stage.EVALUATION)
    end = date(year, 12, 31)
    filed = filed_years(request, Q(fund=found), year, evaluated).get(found.pk, Year())
    planned = budget.of_funds(region, year, [found])[found.pk]
    spent = executed.of_funds(region, year, end, [found])[found.pk]
    projects = list(found.projects.select_related("unit"))
    by_project = executed.of_projects(region, year, end, projects)
    entries = executed.entries_of(found, year, end)
    versions = (
        Version.objects.filter(filing=filed.goal).defer("sheet").select_related("person")
        if filed.goal
        else []
    )
    context: dict[str, Any] = {
        "fund": found,
        "year": year,
        "evaluated": evaluated,
        "filed": filed,
        "months": sorted(filed.months.items()),
        "versions": versions,
        "budget": planned,
        "lines": budget.lines_of(found, year),
        "executed": spent,
        "rate": percent(spent.total, planned.revised),
        "projects": [{"project": project, "executed": by_project[project.pk]} for project in projects],
        "by_month": months_of(monthly(entries), planned.revised),
        "pager": paginate(request, entries.order_by("-dated", "-pk")),
        "corrections": corrections.visible(request.user).filter(fund=found),
        "problems": problems.visible(request.user).filter(fund=found).order_by("-found_on", "-pk"),
        "until": executed.pulled_until(region, year),
    }
    return render(request, "jiheng/funds/one.html", context)


urlpatterns: list[URLPattern] = [
    path("funds/", funds, name="funds"),
    path("funds/<int:pk>/", fund, name="fund"),
]
