"""Who sees which forms, and who may change or decide them. Strangers get 404, wrong roles 403."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from jiheng.filings.desks import DESK_ROLES, EDITABLE, holds
from jiheng.filings.models import Desk, Filing, State
from jiheng.units import access
from jiheng.units.models import Person, Role

HANDED_IN = ("报送", "批复", "调整")  # the causes of a version that left the reporter's desk


def visible(person: Person) -> QuerySet[Filing]:
    """The forms of the units that the person sees; outside observers see nothing that was never filed."""
    if person.is_active and person.region_id and person.role in access.WHOLE_REGION:
        # the same forms, found by an index that holds the region; the units are not asked
        filings = Filing.objects.filter(region_id=person.region_id)
    else:
        filings = Filing.objects.filter(unit__in=access.units_for(person))
    if person.role in access.READERS:
        filings = filings.exclude(submitted_at=None, approved=None)
    return filings


def filing_for(person: Person, pk: int) -> Filing:
    """The form with its unit, department and fund. Raises Http404 for strangers."""
    found = visible(person).select_related("region", "unit__department__division", "fund", "updated_by")
    try:
        return only_filed(person, found.get(pk=pk))
    except Filing.DoesNotExist:
        raise Http404("没有这份表，或您无权查看") from None


def only_filed(person: Person, filing: Filing) -> Filing:
    """The form as the person may read it: an outside observer reads what was handed in last, never what is
    being written on the reporter's desk."""
    if person.role in access.READERS and filing.state in EDITABLE:
        handed_in = filing.versions.filter(cause__in=HANDED_IN).order_by("-number").first()
        if handed_in is not None:
            filing.sheet = handed_in.sheet
    return filing


def fills_for(person: Person, unit_id: int) -> bool:
    """The person fills in the forms of this unit."""
    return person.is_active and person.role == Role.REPORTER and person.unit_id == unit_id


def may_edit(person: Person, filing: Filing) -> bool:
    """The person fills in this unit's forms, and this one is on the reporter's desk."""
    return fills_for(person, filing.unit_id) and filing.state in EDITABLE


def may_decide(person: Person, filing: Filing) -> bool:
    """The form waits at the person's desk."""
    return filing.state == State.IN_REVIEW and holds(person, filing, filing.desk)


def require_edit(person: Person, filing: Filing) -> None:
    """Raises PermissionDenied unless the person fills in this unit's forms. Whether the form can be changed
    now is its state's affair (`Locked`), so that a late writer is told so and loses nothing."""
    if not fills_for(person, filing.unit_id):
        raise PermissionDenied("只有本单位填报人可以填报这份表")


def require_decide(person: Person, filing: Filing) -> None:
    """Raises PermissionDenied unless one of the form's reviewing desks is the person's."""
    if not any(holds(person, filing, desk) for desk in DESK_ROLES):
        raise PermissionDenied("您不是这份表的审核人")


def waiting_at_desk(person: Person) -> QuerySet[Filing]:
    """All forms that wait for this person to decide."""
    desks = [desk for desk, role in DESK_ROLES.items() if role == person.role]
    if not desks or not person.is_active:
        return Filing.objects.none()
    where = {
        Desk.UNIT: Q(unit=person.unit_id),
        Desk.DEPARTMENT: Q(unit__department=person.department_id),
        Desk.DIVISION: Q(unit__department__division=person.division_id),
        Desk.PERFORMANCE: Q(region=person.region_id),
    }[desks[0]]
    return Filing.objects.filter(where, state=State.IN_REVIEW, desk=desks[0])
