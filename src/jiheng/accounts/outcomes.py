"""What a verb on a table answers when it cannot simply do it; messages are Chinese and say what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jiheng.accounts.models import Statement
from jiheng.sheets import AccountTable, Finding, text_of_cell


class NotKept(Exception):
    """The verb was not carried out, and nothing was changed."""

    def __init__(self, message: str, statement: Statement | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.statement = statement


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell (or reason, or row) that differs between two tables."""

    row: str
    column: str
    label: str
    before: str
    after: str


class Stale(NotKept):
    """Somebody else changed the table first. Keeps both: `mine` (not stored) and `theirs` (stored now)."""

    def __init__(self, statement: Statement, mine: AccountTable | None) -> None:
        by = statement.updated_by.name if statement.updated_by else "他人"
        super().__init__(
            f"“{statement}”在您打开之后已被{by}修改（现为第{statement.revision}次修订，"
            f"{statement.get_state_display()}），您的改动没有保存，请对照后选择",
            statement,
        )
        self.mine, self.theirs = mine, statement.as_table()

    @property
    def differences(self) -> list[Difference]:
        """From theirs to mine."""
        return [] if self.mine is None else differences(self.theirs, self.mine)


class Refused(NotKept):
    """The table has errors; `findings` are all of them."""

    def __init__(self, statement: Statement, verb: str, findings: Sequence[Finding]) -> None:
        super().__init__(f"“{statement}”有 {len(findings)} 处问题，改正后才能{verb}", statement)
        self.findings = list(findings)


def differences(before: AccountTable, after: AccountTable) -> list[Difference]:
    """Every cell, reason and added or removed row that differs."""
    old = {row.key: row for row in before.rows}
    new = {row.key: row for row in after.rows}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        label = now.label if now else was.label if was else ""
        for place, column in enumerate(after.columns):
            then = text_of_cell(was.cells[place]) if was else ""
            here = text_of_cell(now.cells[place]) if now else ""
            if then != here:
                found.append(Difference(key, column.key, f"{label}·{column.label}", then, here))
        if (was.reason if was else "") != (now.reason if now else ""):
            then, here = was.reason if was else "", now.reason if now else ""
            found.append(Difference(key, "reason", f"{label}·原因", then, here))
        if was is None or now is None or (was.label, was.code) != (now.label, now.code):
            then = f"{was.code} {was.label}".strip() if was else "（无此行）"
            here = f"{now.code} {now.label}".strip() if now else "（删去）"
            found.append(Difference(key, "label", "行名", then, here))
    return found
