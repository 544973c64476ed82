"""What waits for a person, in every room; and what is kept until somebody changes anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from jiheng.accounts import todo as accounts
from jiheng.assessment import todo as assessment
from jiheng.audits import todo as audits
from jiheng.disclosure import todo as disclosure
from jiheng.filings import todo as filings
from jiheng.filings.todo import Todo
from jiheng.findings import todo as findings
from jiheng.fiscal import todo as fiscal
from jiheng.flags import todo as flags
from jiheng.monitoring import todo as monitoring
from jiheng.results import todo as results
from jiheng.reviews import todo as reviews
from jiheng.units import log
from jiheng.units.models import Person

# Two writers may log out of order; what one of them changed is seen after this many seconds at the latest.
SECONDS = 20
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Waiting:
    """One line of 待办 as shown."""

    item: Todo
    href: str


def for_person(person: Person) -> list[Waiting]:
    """The overdue first. The number of queries does not grow with forms or units."""
    rooms = (
        *(filings, assessment, findings, monitoring, audits, accounts, fiscal, reviews, flags),
        *(results, disclosure),
    )
    found = [item for room in rooms for item in room.for_person(person)]
    found.sort(key=lambda item: (not item.is_overdue, item.due_on or date.max))
    return [Waiting(item, _address(item)) for item in found]


def of_request(request: HttpRequest) -> list[Waiting]:
    """What waits for the request's person: the badge and the home page share it."""
    person = cast(Person, request.user)
    return kept(request, "waiting", lambda: for_person(person))


def kept(request: HttpRequest, name: str, make: Callable[[], Kept]) -> Kept:
    """What `make` answers for the request's person, made once until somebody changes something: every write
    leaves a log entry, so the latest one tells whether anything did, and a new day asks anew."""
    stamp: Any = getattr(request, "stamp", None)
    if stamp is None:
        stamp = f"{log.latest()}.{timezone.localdate()}"
        request.stamp = stamp  # type: ignore[attr-defined]
    key = f"{name}.{cast(Person, request.user).pk}"
    found = cache.get(key)
    if found is None or found[0] != stamp:
        found = (stamp, make())
        cache.set(key, found, timeout=SECONDS)
    return cast("Kept", found[1])


def _address(item: Todo) -> str:
    address = reverse(item.url_name)
    return f"{address}?{urlencode(item.params)}" if item.params else address
