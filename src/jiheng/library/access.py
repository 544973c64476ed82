"""The library is the region's: everybody of it reads, 绩效股 keeps it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from jiheng.library.models import Indicator, Standard, Use
from jiheng.units.access import units_for
from jiheng.units.models import Person


def indicators_for(person: Person) -> QuerySet[Indicator]:
    """The indicators of the person's region."""
    return Indicator.objects.filter(region=person.region_id or "")


def standards_for(person: Person) -> QuerySet[Standard]:
    """The standards of the person's region."""
    return Standard.objects.filter(region=person.region_id or "")


def indicator_for(person: Person, pk: int) -> Indicator:
    """Raises Http404 for another region's, as for one that is not there."""
    found = indicators_for(person).select_related("replaced_by").filter(pk=pk).first()
    if found is None:
        raise Http404("指标库里没有这个指标")
    return found


def standard_for(person: Person, pk: int) -> Standard:
    """Raises Http404 for another region's, as for one that is not there."""
    found = standards_for(person).select_related("replaced_by").filter(pk=pk).first()
    if found is None:
        raise Http404("标准库里没有这个标准")
    return found


def uses_for(person: Person, indicator: Indicator) -> QuerySet[Use]:
    """Where an indicator stands, on approved forms of units the person sees, latest first."""
    found = Use.objects.filter(indicator=indicator, is_approved=True, unit__in=units_for(person))
    return found.select_related("unit", "fund").order_by("-fiscal_year", "unit__code", "fund__code")
