"""How much waits for a person: the number beside 工作台 on every page, in one query."""

from __future__ import annotations

from jiheng.filings.access import visible, waiting_at_desk
from jiheng.filings.models import State
from jiheng.units.models import Person, Role


def count(person: Person) -> int:
    """Forms at the person's desk; for a reporter those returned."""
    if person.role == Role.REPORTER:
        return visible(person).filter(state=State.RETURNED).count()
    return waiting_at_desk(person).count()
