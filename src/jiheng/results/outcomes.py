"""What a verb on results, or the closing of a year, answers when it can't be done; always logged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404

from jiheng.units import log
from jiheng.units.models import Person


class NotDone(Exception):
    """The verb was not carried out, and nothing was changed; `field` names what was filled in wrongly."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@contextmanager
def refusals_logged(person: Person, action: str, subject: Model) -> Iterator[None]:
    """Logs whatever stops a verb: who wanted what, and why it was refused. Stands around the verb's
    transaction, which the refusal undoes."""
    try:
        yield
    except (NotDone, PermissionDenied, Http404) as error:
        log.record(person, f"{action}被拒绝", subject, reason=str(error))
        raise
