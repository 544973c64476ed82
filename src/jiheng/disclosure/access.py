"""Who sees which explanations, and who may do what with them. Strangers get 404, wrong roles 403.

A unit's explanation is its own people's; the region's is the bureau's sections'. 绩效股 stands in for units.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from jiheng.accounts.access import sees_region
from jiheng.disclosure.models import Disclosure, DisclosureState, Publication
from jiheng.units import access
from jiheng.units.models import Person, Role, Unit

# whose doing the explanations of other people's units may be
FOR_UNITS = frozenset({Role.PERFORMANCE})


def visible(person: Person) -> QuerySet[Disclosure]:
    """The region's for the bureau, the units' by `units_for`; readers see what is public now."""
    whose = Q(unit__in=access.units_for(person))
    if sees_region(person):
        whose |= Q(unit__isnull=True, region_id=person.region_id)
    found = Disclosure.objects.filter(whose)
    if person.role in access.READERS:
        found = found.filter(pk__in=Publication.objects.filter(withdrawn_at=None).values("disclosure"))
    return found


def disclosure_for(person: Person, pk: int) -> Disclosure:
    """The disclosure with whose it is. Raises Http404 for strangers."""
    rows = visible(person).select_related(
        "region", "unit__department", "document__upload", "pdf", "job", "updated_by"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这份公开说明，或您无权查看")
    return found


def may_prepare(person: Person, unit: Unit | None) -> bool:
    """Whether the person draws up the explanation of a unit, or the region's (None)."""
    if not access.may(person, "prepare_disclosure"):
        return False
    if unit is None:
        return person.role not in access.UNIT_PEOPLE
    return person.unit_id == unit.pk or _stands_in(person, unit)


def may_publish(person: Person, unit: Unit | None) -> bool:
    """Whether the person publishes it and takes it back."""
    return access.may(person, "publish_disclosure") and may_prepare(person, unit)


def may_edit(person: Person, disclosure: Disclosure) -> bool:
    """Whether the person may change it now: what is public is withdrawn first."""
    return may_prepare(person, disclosure.unit) and disclosure.state != DisclosureState.PUBLISHED


def require_prepare(person: Person, disclosure: Disclosure) -> None:
    """Raises Http404 for strangers, PermissionDenied for who sees it and may not."""
    disclosure_for(person, disclosure.pk)
    if not may_prepare(person, disclosure.unit):
        raise PermissionDenied("公开说明由本单位或财政局编制股室编制，您可以查看，不能修改")


def require_publish(person: Person, disclosure: Disclosure) -> None:
    """As `require_prepare`."""
    disclosure_for(person, disclosure.pk)
    if not may_publish(person, disclosure.unit):
        raise PermissionDenied("公开和撤回由单位审核人或财政局绩效股、预算股、国库股办理，您不能办理")


def _stands_in(person: Person, unit: Unit) -> bool:
    return person.role in FOR_UNITS and person.region_id == unit.region_id
