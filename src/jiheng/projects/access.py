"""Special funds and projects are reached by their unit: who sees the unit sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from jiheng.projects.models import Fund, Project
from jiheng.units.access import units_for
from jiheng.units.models import Person, Region, Unit


def funds_for(person: Person) -> QuerySet[Fund]:
    """The special funds of the units this person sees."""
    return Fund.objects.filter(unit__in=units_for(person))


def fund_for(person: Person, pk: int) -> Fund:
    """The fund, with its unit. Raises Http404 for strangers, exactly as for a fund that is not there."""
    fund = funds_for(person).select_related("unit__department__division").filter(pk=pk).first()
    if fund is None:
        raise Http404("没有找到这个专项资金，或您无权查看")
    return fund


def project_for(person: Person, pk: int) -> Project:
    """The project, with its fund and unit. Raises Http404 for strangers."""
    seen = Project.objects.filter(unit__in=units_for(person)) | Project.objects.filter(
        fund__unit__in=units_for(person)
    )
    project = seen.select_related("fund__unit", "unit").filter(pk=pk).first()
    if project is None:
        raise Http404("没有找到这个项目，或您无权查看")
    return project


def funds_in(region: Region, fiscal_year: int) -> QuerySet[Fund]:
    """The special funds that live in a fiscal year: what full coverage counts."""
    return Fund.objects.filter(region=region, since_year__lte=fiscal_year, until_year__gte=fiscal_year)


def units_in(region: Region, fiscal_year: int) -> QuerySet[Unit]:
    """The budget units that live in a fiscal year: what full coverage counts."""
    return Unit.objects.filter(region=region, since_year__lte=fiscal_year, until_year__gte=fiscal_year)


def ids_of(every: QuerySet[Any], asked: Iterable[Any] | None) -> set[int]:
    """The keys of the rows asked for; of every row where nothing in particular was asked for."""
    rows = every if asked is None else asked
    return set(rows.values_list("pk", flat=True)) if isinstance(rows, QuerySet) else {row.pk for row in rows}
