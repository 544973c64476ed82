"""Drafts that the bureau lays out for units: last year's goals, what the upstream system has already."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from jiheng.filings import moves
from jiheng.filings.models import Filing
from jiheng.units import log
from jiheng.units.models import Person

Key = tuple[str, int, str, int]  # form, month, "fund" or "unit", its id


def key_of(filing: Filing) -> Key:
    """What a form is of: there is one of each in a year."""
    whose = ("fund", filing.fund_id) if filing.fund_id else ("unit", filing.unit_id)
    return (str(filing.form), filing.month, *whose)


def there(found: QuerySet[Filing]) -> dict[Key, tuple[int, str]]:
    """The forms that are there already: their ids and states. One query."""
    rows = found.order_by().values_list("form", "month", "unit", "fund", "pk", "state")
    return {
        (form, month, "fund" if fund else "unit", fund or unit): (pk, state)
        for form, month, unit, fund, pk, state in rows
    }


def keep(person: Person, made: Sequence[Filing], action: str) -> int:
    """Stores new drafts of one region and year with their log; what a unit began meanwhile stays. Part of
    the caller's transaction, whose right it is. Returns how many."""
    if not made:
        return 0
    first = made[0]
    known = there(Filing.objects.filter(region=first.region, fiscal_year=first.fiscal_year))
    wanted = [filing for filing in made if key_of(filing) not in known]
    Filing.objects.bulk_create(wanted, batch_size=500)
    drafts = [
        log.LogDraft(action=action, subject=filing, after=moves.standing(filing), unit_name=filing.unit.name)
        for filing in wanted
    ]
    return log.record_many(person, drafts)
