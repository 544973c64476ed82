"""待办 of corrections: what a unit must answer, what the bureau must check; shaped as `filings.todo`."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Min
from django.utils import timezone

from jiheng.filings.todo import Todo
from jiheng.findings.models import Correction, CorrectionState
from jiheng.units import access
from jiheng.units.models import Person

# who acts on a correction in which state, and what the line says
_ACTS = (
    ("answer_correction", CorrectionState.ORDERED, "纠偏单待回复"),
    ("close_correction", CorrectionState.ANSWERED, "纠偏回复待复核"),
)


def for_person(person: Person, day: date | None = None) -> list[Todo]:
    """One line for each fiscal year; overdue as of a day (today). One query for a role that acts."""
    today = day or timezone.localdate()
    found = []
    for action, state, words in _ACTS:
        if not access.may(person, action):
            continue
        waiting = Correction.objects.filter(unit__in=access.units_for(person), state=state)
        years = (
            waiting.order_by("fiscal_year").values_list("fiscal_year").annotate(Count("pk"), Min("due_on"))
        )
        for year, count, due_on in years:
            # the day binds the unit's answer, not the bureau's check of it
            due = due_on if state == CorrectionState.ORDERED else None
            found.append(
                Todo(
                    kind=action,
                    title=f"{year}年{words} {count} 张",
                    count=count,
                    url_name="corrections",
                    params={"year": year, "state": state.value},
                    due_on=due,
                    is_overdue=due is not None and due < today,
                )
            )
    return found
