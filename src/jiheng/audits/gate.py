"""The gate before publication: what stands in a document's way, and who answered for its errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jiheng.audits.checking import open_errors
from jiheng.audits.models import AuditedDocument, AuditFinding, AuditState, Disposition, Submission
from jiheng.sheets import Severity


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a document may be sent; `reasons` say in Chinese what stands in the way."""

    reasons: tuple[str, ...]
    open_errors: tuple[AuditFinding, ...]

    @property
    def is_open(self) -> bool:
        return not self.reasons


def gate(document: AuditedDocument) -> Gate:
    """What stands between a document and the public."""
    reasons, errors = [], tuple(open_errors(document))
    if live_submission(document):
        reasons.append("已经送公开")
    if document.state != AuditState.CHECKED:
        reasons.append(f"还没有检查结果（{document.get_state_display()}）")
    if hasattr(document, "next_version"):
        reasons.append(f"已有第{document.version + 1}版，请送新版")
    if document.version_of is not None and live_submission(document.version_of):
        reasons.append("上一版已经送公开，请先撤回上一版")
    if errors:
        reasons.append(f"还有 {len(errors)} 处错误没有答复：每处错误须写明理由不予采纳，或采纳并答复怎么改的")
    return Gate(tuple(reasons), errors)


def live_submission(document: AuditedDocument) -> Submission | None:
    """The submission that is in force: sent and not taken back."""
    rows = Submission.objects.filter(document=document, withdrawn_at=None)
    return rows.select_related("sent_by").first()


def answers(document: AuditedDocument) -> list[dict[str, Any]]:
    """Who answered for each error, as it stands on the day."""
    rows = AuditFinding.objects.filter(document=document, severity=Severity.ERROR, is_gone=False)
    last = {}
    for said in Disposition.objects.filter(finding__in=rows).select_related("person").order_by("pk"):
        last[said.finding_id] = said
    return [
        {
            "code": row.code,
            "quote": row.quote,
            "state": row.get_state_display(),
            "reason": last[row.pk].reason,
            "person": last[row.pk].person.name,
            "at": last[row.pk].at.isoformat(),
        }
        for row in rows.order_by("start", "pk")
    ]
