"""待办 of accounts: tables with errors that the person draws up; as `filings.todo`."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Max, Q

from jiheng.accounts.access import DESKS, visible
from jiheng.accounts.kinds import kinds
from jiheng.accounts.models import StatementState
from jiheng.filings.todo import Todo
from jiheng.units import access
from jiheng.units.models import Person


def for_person(person: Person, day: date | None = None) -> list[Todo]:
    """At most one line; one query for a role that acts. `day` is for the others' shape: nothing is due."""
    if not access.may(person, "keep_accounts"):
        return []
    mine = [kind.name for kind in kinds().values() if person.role in DESKS.get(kind.desk, ())]
    whose = Q(unit__isnull=True, kind__in=mine)
    if person.unit_id:
        whose |= Q(unit_id=person.unit_id)
    found = visible(person).filter(whose, errors__gt=0, state=StatementState.DRAFT)
    told = found.aggregate(count=Count("pk"), year=Max("fiscal_year"))
    if not told["count"]:
        return []
    title = f"决算账表 {told['count']} 张有错误，改正后才能核对通过"
    return [Todo("account_errors", title, told["count"], "accounts", {"year": told["year"]})]
