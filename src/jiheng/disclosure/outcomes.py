"""What a verb on a disclosure answers when it cannot simply do it: Chinese messages that say what to do."""

from __future__ import annotations

from collections.abc import Sequence

from jiheng.disclosure.models import Disclosure


class NotDone(Exception):
    """The verb was not carried out, and nothing was changed; `fields` says what was filled in wrongly."""

    def __init__(self, message: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message, self.fields = message, fields or {}


class Stale(NotDone):
    """Somebody else changed it first."""

    def __init__(self, disclosure: Disclosure) -> None:
        super().__init__(
            f"“{disclosure}”在您打开之后已被{disclosure.updated_by.name}修改"
            f"（现为“{disclosure.get_state_display()}”），您的改动没有保存，请对照最新内容后重新办理"
        )


class Barred(NotDone):
    """Not to be checked or published yet; `reasons` say why, one sentence each."""

    def __init__(self, disclosure: Disclosure, verb: str, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(f"“{disclosure}”还不能{verb}：{'；'.join(self.reasons[:5])}")
