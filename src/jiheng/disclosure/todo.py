"""待办 of disclosures: reasons that are missing, what is ready to publish; as `filings.todo`."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Max, Q

from jiheng.disclosure.access import visible
from jiheng.disclosure.models import DisclosureState
from jiheng.filings.todo import Todo
from jiheng.units import access
from jiheng.units.models import Person

PREPARING = (DisclosureState.PREPARED, DisclosureState.WITHDRAWN)


def for_person(person: Person, day: date | None = None) -> list[Todo]:
    """At most two lines; one query for a role that acts. `day` is for the others' shape: nothing is due."""
    if not access.may(person, "prepare_disclosure"):
        return []
    mine = Q(unit=person.unit_id) if person.role in access.UNIT_PEOPLE else Q(unit__isnull=True)
    asked, ready = Q(asked__gt=0, state__in=PREPARING), Q(state=DisclosureState.CHECKED)
    told = (
        visible(person)
        .filter(mine)
        .aggregate(
            asked_count=Count("pk", filter=asked),
            ready_count=Count("pk", filter=ready),
            asked_year=Max("fiscal_year", filter=asked),
            ready_year=Max("fiscal_year", filter=ready),
        )
    )
    found = []
    if told["asked_count"]:
        title = f"公开说明 {told['asked_count']} 份有增减原因没有写，写完才能审核"
        params = {"year": told["asked_year"]}
        found.append(Todo("disclosure_reasons", title, told["asked_count"], "disclosures", params))
    if told["ready_count"] and access.may(person, "publish_disclosure"):
        title = f"公开说明 {told['ready_count']} 份审核通过，可以公开"
        params = {"year": told["ready_year"]}
        found.append(Todo("disclosure_ready", title, told["ready_count"], "disclosures", params))
    return found
