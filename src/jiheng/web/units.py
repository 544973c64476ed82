"""单位: the list, and everything of one unit in a year on one page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractMonth
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from jiheng.figures import percent
from jiheng.filings.access import visible
from jiheng.filings.models import Filing, Question
from jiheng.findings import corrections
from jiheng.ledger import executed
from jiheng.ledger.executed import Executed
from jiheng.ledger.models import Entry
from jiheng.projects import budget
from jiheng.projects.access import funds_for
from jiheng.projects.budget import Budget
from jiheng.projects.models import Fund, Stage
from jiheng.sheets import Form, Missing
from jiheng.units.access import may, region_of, unit_for, units_for
from jiheng.units.accounts import mentors_of, set_contacts
from jiheng.units.models import Division, Person, Unit
from jiheng.web.shell import PersonRequest, fiscal_year, key_field, key_in, page, paginate


@dataclass
class Year:
    """What was filed of one subject: goal and monitoring of a fiscal year, self-evaluation of its own."""

    goal: Filing | None = None
    evaluation: Filing | None = None
    months: dict[int, Filing] = field(default_factory=dict)

    @property
    def latest(self) -> Filing | None:
        return self.months[max(self.months)] if self.months else None


@dataclass(frozen=True)
class FundLine:
    """One fund in a unit's table."""

    fund: Fund
    year: Year
    budget: Budget
    executed: Executed

    @property
    def rate(self) -> Decimal | Missing:
        return percent(self.executed.total, self.budget.revised)


class ListForm(forms.Form):
    division = key_field()
    department = key_field()
    text = forms.CharField(max_length=60, required=False)


def filed_years(request: PersonRequest, only: Q, year: int, evaluated: int) -> dict[int | None, Year]:
    """By fund (None: the unit as a whole) what was filed of what `only` asks for; one query."""
    goals_and_months = Q(fiscal_year=year, form__in=[Form.PROJECT_GOAL, Form.UNIT_GOAL, Form.MONITORING])
    evaluations = Q(fiscal_year=evaluated, form__in=[Form.PROJECT_EVALUATION, Form.UNIT_EVALUATION])
    found = visible(request.user).filter(only).filter(goals_and_months | evaluations)
    years: dict[int | None, Year] = {}
    for filing in found.select_related("reading", "score").defer("sheet", "score__steps", "reading__lines"):
        of = years.setdefault(filing.fund_id, Year())
        if filing.form == Form.MONITORING:
            of.months[filing.month] = filing
        elif Form(filing.form).is_goal:
            of.goal = filing
        else:
            of.evaluation = filing
    return years


def divisions_for(person: Person) -> list[Division]:
    """The divisions of the units that the person sees, for a page's filter."""
    found = Division.objects.filter(department__unit__in=units_for(person))
    return list(found.distinct().order_by("code"))


@page()
def units(request: PersonRequest) -> HttpResponse:
    """The units of a year that the person sees, by division, department or words."""
    year = fiscal_year(request, Stage.MONITORING)
    form = ListForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    found = units_for(request.user).filter(since_year__lte=year, until_year__gte=year)
    if asked.get("division"):
        found = found.filter(department__division=asked["division"])
    for word in asked.get("text", "").split():
        found = found.filter(
            Q(name__icontains=word) | Q(code__startswith=word) | Q(department__name__icontains=word)
        )
    found = found.select_related("department__division", "contact").order_by("code")
    living = Q(funds__since_year__lte=year, funds__until_year__gte=year)
    pager = paginate(request, found.annotate(number=Count("funds", filter=living)))
    shown: list[Unit] = pager.rows
    planned = budget.of_units(region_of(request.user), year, shown)
    context = {
        "pager": pager,
        "rows": [{"unit": unit, "budget": planned[unit.pk]} for unit in shown],
        "year": year,
        "asked": asked,
        "divisions": divisions_for(request.user),
        "mentors": mentors_of(region_of(request.user)) if may(request.user, "assign_contacts") else None,
    }
    return render(request, "jiheng/units/list.html", context)


@page("assign_contacts", methods=("POST",))
def contacts(request: PersonRequest) -> HttpResponseRedirect:
    """辅导联系人 of the units ticked in the list; `contact` 0 leaves them without one."""
    ticked = [pk for text in request.POST.getlist("rows") if (pk := key_in(text))]
    chosen = key_in(request.POST.get("contact", ""))
    if not ticked:
        messages.warning(request, "没有选中单位：请先在表格左边勾选，再指定辅导联系人")
    elif chosen is None:
        messages.warning(request, "请先选择由谁担任辅导联系人")
    else:
        try:
            changed = set_contacts(request.user, ticked, chosen or None)
        except ValidationError as refused:
            messages.error(request, "；".join(refused.messages))
        else:
            messages.success(request, f"选中 {len(set(ticked))} 个单位，改了 {changed} 个的辅导联系人")
    query = QueryDict(request.POST.get("query", "")[:2000]).urlencode()
    return redirect(f"{reverse('units')}?{query}" if query else "units")


@page()
def unit(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything of one unit in a work year: people, forms, funds, money by month, corrections, questions."""
    found = unit_for(request.user, pk)
    year, evaluated = fiscal_year(request, Stage.MONITORING), fiscal_year(request, Stage.EVALUATION)
    end = date(year, 12, 31)
    years = filed_years(request, Q(unit=found), year, evaluated)
    funds = list(funds_for(request.user).filter(unit=found, since_year__lte=year, until_year__gte=year))
    planned = budget.of_funds(found.region, year, funds)
    spent = executed.of_funds(found.region, year, end, funds)
    whole = budget.of_units(found.region, year, [found])[found.pk]
    paid = executed.of_units(found.region, year, end, [found])[found.pk]
    context: dict[str, Any] = {
        "unit": found,
        "year": year,
        "evaluated": evaluated,
        "whole": years.get(None, Year()),
        "rows": [
            FundLine(fund, years.get(fund.pk, Year()), planned[fund.pk], spent[fund.pk]) for fund in funds
        ],
        "months": sorted({month for of in years.values() for month in of.months}),
        "budget": whole,
        "paid": paid,
        "rate": percent(paid.total, whole.revised),
        "by_month": _by_month(found, year, whole),
        "people": Person.objects.filter(unit=found, is_active=True).order_by("role", "pk"),
        "corrections": corrections.visible(request.user).filter(
            unit=found, fiscal_year__in=[year, evaluated]
        ),
        "questions": Question.objects.filter(unit=found).select_related("asked_by")[:10],
        "until": executed.pulled_until(found.region, year),
    }
    return render(request, "jiheng/units/one.html", context)


@dataclass(frozen=True)
class Month:
    """What was spent in a month, and by its end of the year's budget (%)."""

    month: int
    amount: Decimal
    total: Decimal
    rate: Decimal | Missing

    @property
    def gap(self) -> Decimal | Missing:
        return self.rate if isinstance(self.rate, Missing) else self.rate - Decimal(self.month) / 12 * 100


def months_of(amounts: Iterable[tuple[int, Decimal]], planned: Decimal | Missing) -> list[Month]:
    """The months in which money moved, with running totals against the month's share of the year."""
    rows, total = [], Decimal(0)
    for month, amount in amounts:
        total += amount
        rows.append(Month(month, amount, total, percent(total, planned)))
    return rows


def monthly(entries: QuerySet[Entry]) -> list[tuple[int, Decimal]]:
    """What the entries add up to in each month, January first; one query."""
    sums = entries.order_by().values_list(ExtractMonth("dated")).annotate(Sum("amount"))
    return sorted((month, amount) for month, amount in sums)


def _by_month(found: Unit, year: int, planned: Budget) -> list[Month]:
    return months_of(monthly(executed.entries_of(found, year, date(year, 12, 31))), planned.revised)


urlpatterns: list[URLPattern] = [
    path("units/", units, name="units"),
    path("units/contacts/", contacts, name="units_contacts"),
    path("units/<int:pk>/", unit, name="unit"),
]
