"""What a verb on a problem answers when it cannot simply do it; every refusal is logged with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.http import Http404

from jiheng.findings.models import Problem
from jiheng.units import log
from jiheng.units.models import Person


class NotDone(Exception):
    """The verb was not carried out, and nothing was changed; `field` names what was filled in wrongly."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Stale(NotDone):
    """Somebody else changed the problem first; `problem` is as it stands now."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(
            f"“{problem}”在您打开之后已被他人办理（现为“{problem.get_state_display()}”），"
            "您的操作没有保存；请对照最新情况后重新办理"
        )


@contextmanager
def refusals_logged(person: Person, action: str, problem: Problem) -> Iterator[None]:
    """Logs whatever stops a verb on a problem: who wanted what, and why it was refused. Stands around the
    verb's transaction, which the refusal undoes."""
    try:
        yield
    except (NotDone, PermissionDenied, Http404) as error:
        log.record(person, f"{action}被拒绝", problem, reason=str(error), unit_name=problem.unit.name)
        raise
