"""待办 of hits: what the bureau has not decided, what a unit was asked; shaped as `filings.todo`."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Min
from django.utils import timezone

from jiheng.filings.todo import Todo
from jiheng.flags.access import visible
from jiheng.flags.models import HitState
from jiheng.units import access
from jiheng.units.models import Person

_ACTS = (
    ("review_flag", HitState.OPEN, "疑点待核"),
    ("review_flag", HitState.ANSWERED, "疑点答复待研判"),
    ("answer_flag", HitState.ASKED, "疑点待答复"),
)


def for_person(person: Person, day: date | None = None) -> list[Todo]:
    """A line for each year and step. One query."""
    acts = [act for act in _ACTS if access.may(person, act[0])]
    if not acts:
        return []
    today = day or timezone.localdate()
    waiting = visible(person).filter(state__in=[state for _, state, _ in acts], is_present=True)
    rows = waiting.order_by("fiscal_year").values_list("fiscal_year", "state")
    counted = {(year, state): (n, due) for year, state, n, due in rows.annotate(Count("pk"), Min("due_on"))}
    found = []
    for (year, state), (count, due) in counted.items():
        action, _, words = next(act for act in acts if act[1] == state)
        due_on = due if action == "answer_flag" else None
        found.append(
            Todo(
                kind=action,
                title=f"{year}年{words} {count} 条",
                count=count,
                url_name="flags",
                params={"year": year, "state": state},
                due_on=due_on,
                is_overdue=due_on is not None and due_on < today,
            )
        )
    return found
