"""What a verb on a document answers when it cannot simply do it; messages are Chinese and say what to do."""

from __future__ import annotations

from collections.abc import Sequence

from jiheng.audits.models import AuditedDocument, AuditFinding


class NotDone(Exception):
    """The verb was not carried out, and nothing was changed."""

    def __init__(self, message: str, document: AuditedDocument | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.document = document


class Stale(NotDone):
    """Somebody else changed it first."""

    def __init__(self, subject: AuditedDocument | AuditFinding) -> None:
        document = subject if isinstance(subject, AuditedDocument) else subject.document
        message = (
            f"{subject}在您打开之后已被他人处理（现为“{subject.get_state_display()}”），"
            "您的操作没有保存；请对照最新情况后重新办理"
        )
        super().__init__(message, document)


class Unfit(NotDone):
    """What was filled in, or the state it is in, will not do; `field` names what was filled in."""

    def __init__(self, message: str, document: AuditedDocument | None = None, field: str = "") -> None:
        super().__init__(message, document)
        self.field = field


class Barred(NotDone):
    """Not to be sent: `reasons` say why, `open_errors` are the errors that nobody has answered for."""

    def __init__(
        self, document: AuditedDocument, reasons: Sequence[str], open_errors: Sequence[AuditFinding]
    ) -> None:
        self.reasons, self.open_errors = list(reasons), list(open_errors)
        super().__init__(f"“{document}”还不能送公开：{'；'.join(reasons)}", document)
