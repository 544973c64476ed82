"""待办 of audits: findings given to me, documents whose errors wait for an answer; as `filings.todo`."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from jiheng.audits.access import live, visible
from jiheng.audits.models import AuditedDocument, AuditFinding, FindingState
from jiheng.filings.todo import Todo
from jiheng.units import access
from jiheng.units.models import Person


def assigned(person: Person) -> QuerySet[AuditFinding]:
    """The findings that the person has to answer, in documents that can still be worked on."""
    documents = visible(person).filter(next_version=None).exclude(live())
    return AuditFinding.objects.filter(
        assignee=person, state=FindingState.ASSIGNED, is_gone=False, document__in=documents
    )


def waiting(person: Person) -> QuerySet[AuditedDocument]:
    """The documents of the person's unit, or sent up by the person, with errors that nobody has answered."""
    mine = Q(uploaded_by=person)
    if person.unit_id:
        mine |= Q(unit=person.unit_id)
    found = visible(person).filter(mine, open_errors__gt=0, next_version=None)
    return found.exclude(live())


def for_person(person: Person, day: date | None = None) -> list[Todo]:
    """At most two lines; two queries for a role that acts."""
    if not access.may(person, "settle_finding"):
        return []
    today, found = day or timezone.localdate(), []
    given = assigned(person).aggregate(count=Count("pk"), due_on=Min("due_on"))
    if given["count"]:
        found.append(
            Todo(
                kind="settle_finding",
                title=f"交办给我的审核问题 {given['count']} 个",
                count=given["count"],
                url_name="audits_assigned",
                due_on=given["due_on"],
                is_overdue=given["due_on"] < today,
            )
        )
    count = waiting(person).count()
    if count:
        title = f"审核文件 {count} 份有错误待答复，答复后才能送公开"
        found.append(Todo("audit_open", title, count, "audits", {"state": "open"}))
    return found
