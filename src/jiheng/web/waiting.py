"""What waits for a person: forms and questions (filings), corrections (findings), each with its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count, Min
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from jiheng.filings import todo
from jiheng.filings.todo import Todo
from jiheng.findings.models import Correction, CorrectionState
from jiheng.units.access import may, units_for
from jiheng.units.models import Person


@dataclass(frozen=True)
class Waiting:
    """One line of 待办 as shown; `href` is empty while its page is not there."""

    item: Todo
    href: str


def for_person(person: Person) -> list[Waiting]:
    """The overdue first. The number of queries does not grow with forms or units."""
    found = [*todo.for_person(person), *_corrections(person)]
    found.sort(key=lambda item: (not item.is_overdue, item.due_on or date.max))
    return [Waiting(item, _address(item)) for item in found]


def _corrections(person: Person) -> Iterator[Todo]:
    if may(person, "answer_correction"):
        state, words = CorrectionState.ORDERED, "张纠偏单要回复整改情况"
    elif may(person, "close_correction"):
        state, words = CorrectionState.ANSWERED, "张纠偏单已回复，等您复核销号"
    else:
        return
    open_ones = Correction.objects.filter(unit__in=units_for(person), state=state).order_by()
    counted = open_ones.aggregate(number=Count("pk"), due=Min("due_on"))
    if counted["number"]:
        due: date = counted["due"]
        is_overdue = state == CorrectionState.ORDERED and timezone.localdate() > due
        title = f"{counted['number']} {words}，最早 {due} 到期"
        yield Todo(
            "correction", title, counted["number"], "corrections", {"state": state.value}, due, is_overdue
        )


def _address(item: Todo) -> str:
    try:
        address = reverse(item.url_name)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(item.params)}" if item.params else address
