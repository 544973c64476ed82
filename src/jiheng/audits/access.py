"""Who sees which documents, and who may do what with them. Strangers get 404, wrong roles 403."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from jiheng.audits.models import AuditedDocument, AuditFinding, Submission
from jiheng.units import access
from jiheng.units.models import Person, Role

# whose own affair a unit's document is, and who sees also what belongs to no unit
_BY_UNIT = (Role.REPORTER, Role.REVIEWER, Role.DEPARTMENT, Role.DIVISION)


def live() -> Exists:
    """Whether a document is out of the house: sent for publication and not taken back."""
    return Exists(Submission.objects.filter(document=OuterRef("pk"), withdrawn_at=None))


def visible(person: Person) -> QuerySet[AuditedDocument]:
    """The documents of the units that the person sees; those of no unit are the bureau's, whose sections see
    the whole region. Outside observers see what was sent for publication, never what is being mended."""
    if person.is_active and person.region_id and person.role in access.WHOLE_REGION:
        found = AuditedDocument.objects.filter(region_id=person.region_id)
    else:
        found = AuditedDocument.objects.filter(unit__in=access.units_for(person))
    if person.role in access.READERS:
        found = found.filter(live())
    return found


def document_for(person: Person, pk: int) -> AuditedDocument:
    """The document with its unit and file. Raises Http404 for strangers."""
    rows = visible(person).select_related(
        "region", "unit__department", "upload", "uploaded_by", "version_of", "next_version", "job"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这份文件，或您无权查看")
    return found


def finding_for(person: Person, pk: int) -> AuditFinding:
    """One finding with its document. Raises Http404 for strangers."""
    rows = AuditFinding.objects.filter(document__in=visible(person))
    found = rows.select_related("document__unit", "document__upload", "assignee").filter(pk=pk).first()
    if found is None:
        raise Http404("没有这个问题，或您无权查看")
    return found


def may(person: Person, action: str, document: AuditedDocument) -> bool:
    """Whether the role allows the action (a key of `units.access.ROLES_FOR`) on a document that is seen: one
    of no unit is the bureau's own."""
    return access.may(person, action) and (document.unit_id is not None or person.role not in _BY_UNIT)


def assignees(document: AuditedDocument) -> QuerySet[Person]:
    """To whom a finding may be given: who may settle it, and sees the document."""
    whose = Q(role__in=access.ROLES_FOR["settle_finding"] & access.WHOLE_REGION)
    if document.unit is not None:
        department = document.unit.department
        whose |= Q(role__in=access.UNIT_PEOPLE, unit=document.unit)
        whose |= Q(role=Role.DEPARTMENT, department=department)
        whose |= Q(role=Role.DIVISION, division=department.division_id)
    people = Person.objects.filter(whose, region=document.region_id, is_active=True)
    return people.order_by("role", "name", "pk")
