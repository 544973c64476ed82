"""Who sees which results: until a plan is applied only the bureau, then everybody their own units'."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from jiheng.results.models import Plan, PlanState, Proposal
from jiheng.units import access
from jiheng.units.models import Person


def plans(person: Person) -> QuerySet[Plan]:
    """The plans of the person's region, the latest first."""
    if person.region_id is None or not person.is_active or person.role in access.GUESTS:
        return Plan.objects.none()
    found = Plan.objects.filter(region_id=person.region_id).order_by("-budget_year")
    return found if person.role in access.BUREAU else found.filter(state=PlanState.APPLIED)


def plan_for(person: Person, pk: int) -> Plan:
    """One plan. Raises Http404 for strangers."""
    found = plans(person).select_related("region", "proposed_by", "applied_by").filter(pk=pk).first()
    if found is None:
        raise Http404("没有这个结果应用方案，或您无权查看")
    return found


def visible(person: Person) -> QuerySet[Proposal]:
    """The proposals of the units that a person sees, in the plans that the person sees."""
    return Proposal.objects.filter(plan__in=plans(person), unit__in=access.units_for(person))


def proposal_for(person: Person, pk: int) -> Proposal:
    """One proposal with its plan, fund and unit. Raises Http404 for strangers."""
    rows = visible(person).select_related("plan__region", "fund", "unit__department__division", "decided_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这项建议，或您无权查看")
    return found
