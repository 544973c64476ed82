"""What a verb on a form may answer when it cannot simply do it; messages are Chinese and say what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jiheng.filings.models import Desk, Filing, State
from jiheng.sheets import Change, Finding, Form, Severity, Sheet, differences


class Stopped(Exception):
    """The verb was not carried out, and nothing was changed."""

    def __init__(self, message: str, filing: Filing) -> None:
        super().__init__(message)
        self.message = message
        self.filing = filing


class Conflict(Stopped):
    """Somebody else changed the form first. Keeps both: `mine` (not stored; None where the verb brings no
    sheet) and `theirs` (stored now); `changes` lists what differs, from theirs to mine."""

    def __init__(self, filing: Filing, mine: Sheet | None, theirs: Sheet) -> None:
        by = f"{filing.updated_by.name}" if filing.updated_by else "他人"
        super().__init__(
            f"“{filing}”已被{by}修改（现为第{filing.revision}次修订，状态：{filing.get_state_display()}），"
            "您的操作没有保存。请对照差异后重新操作",
            filing,
        )
        self.mine = mine
        self.theirs = theirs

    @property
    def changes(self) -> list[Change]:
        return [] if self.mine is None else differences(self.theirs, self.mine)


class Locked(Stopped):
    """The form is not the reporter's to change now. `mine` is the sheet that was not stored."""

    def __init__(self, filing: Filing, mine: Sheet | None = None) -> None:
        if filing.state == State.APPROVED and Form(filing.form).is_evaluation:
            why = "已经确认，得分已冻结，内容和得分都不能再改，也不能重新开放"
        elif filing.state == State.APPROVED:
            why = "已经批复，内容已锁定。如需修改，请先申请调整并写明原因"
        else:
            why = f"正在“{Desk(filing.desk).label}”环节审核，暂不能修改。可在无人办理前撤回，或请审核人退回"
        super().__init__(f"“{filing}”{why}", filing)
        self.mine = mine


class YearClosed(Stopped):
    """The form's year, or its stage of the year, was closed: nothing of it changes any more."""


class WrongDesk(Stopped):
    """The form is at another desk, or in a state in which the verb has no meaning."""


class OutOfWindow(Stopped):
    """Filed before the stage opens or after it is closed."""


class Refused(Stopped):
    """Checks found errors; `findings` holds all of them, warnings too."""

    def __init__(self, findings: Iterable[Finding], filing: Filing) -> None:
        self.findings = list(findings)
        errors = [item for item in self.findings if item.severity is Severity.ERROR]
        first = "；".join(item.message for item in errors[:3])
        more = f"；另有 {len(errors) - 3} 处" if len(errors) > 3 else ""
        super().__init__(f"“{filing}”未能办理：{first}{more}", filing)


def refused(filing: Filing, field: str, message: str) -> Refused:
    """A refusal for one thing that the person left out or got wrong in the verb itself."""
    return Refused([Finding("BS01", Severity.ERROR, message, field)], filing)


@dataclass(frozen=True, slots=True)
class RemarkDraft:
    """An opinion to put beside a field (empty field: about the whole form)."""

    field: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one form of many."""

    pk: int
    ok: bool
    message: str
