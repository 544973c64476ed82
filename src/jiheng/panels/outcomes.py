"""What a verb of panels answers when it cannot simply do it; every refusal is logged with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404

from jiheng.units import log
from jiheng.units.models import Person


class NotDone(Exception):
    """The verb was not carried out, and nothing was changed; `field` names what was filled in wrongly
    ("due_on", "seats", "lines.A1.score")."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Stale(NotDone):
    """Somebody else, or another window, changed it first."""

    def __init__(self, what: object, state: str) -> None:
        super().__init__(
            f"“{what}”在您打开之后已有变动（现为“{state}”），您的操作没有保存；请对照最新情况后重新办理"
        )


@contextmanager
def refusals_logged(person: Person, action: str, subject: Model, unit_name: str = "") -> Iterator[None]:
    """Logs whatever stops a verb: who wanted what, and why it was refused. Stands around the verb's
    transaction, which the refusal undoes."""
    try:
        yield
    except (NotDone, PermissionDenied, Http404) as error:
        log.record(person, f"{action}被拒绝", subject, reason=str(error), unit_name=unit_name)
        raise
