"""What the audit of documents hands in as 问题线索: errors that somebody has accepted as such."""

from __future__ import annotations

from jiheng.audits.access import visible
from jiheng.audits.models import AuditFinding, FindingState
from jiheng.findings.problems import ClueDraft
from jiheng.sheets import Severity
from jiheng.units.models import Person

ACCEPTED = (FindingState.ACCEPTED, FindingState.ASSIGNED, FindingState.ANSWERED)


def noticed(person: Person, fiscal_year: int) -> list[ClueDraft]:
    """The accepted errors in the year's documents of units, of those the person sees. One query. An error is
    the same clue over the versions of a document; the bureau's own documents are no unit's problem."""
    documents = visible(person).filter(fiscal_year=fiscal_year, unit__isnull=False, next_version=None)
    rows = AuditFinding.objects.filter(
        document__in=documents, severity=Severity.ERROR, state__in=ACCEPTED, is_gone=False
    )
    return [
        ClueDraft(
            origin=f"audit:{row.document.unit_id}:{fiscal_year}:{row.likeness[:40]}",
            kind="核算",
            title=f"{row.document.title}数字不能同时成立",
            description=f"“{row.quote[:300]}”：{row.message}",
            unit=row.document.unit,
            fiscal_year=fiscal_year,
        )
        for row in rows.select_related("document__unit").order_by("document", "start")
        if row.document.unit is not None
    ]
