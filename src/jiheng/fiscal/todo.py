"""待办 of the evaluations; shaped as `filings.todo`."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.utils import timezone

from jiheng.filings.todo import Todo
from jiheng.fiscal.access import is_theirs, right_of, states_of, visible
from jiheng.fiscal.models import OVER
from jiheng.units import access
from jiheng.units.models import Person, Role

# the action that waits, for whom, what the line says
_ACTS = (
    ("assign", "重点评价待布置"),
    ("work", "重点评价待完成"),
    ("first", "评价结果待初审"),
    ("second", "评价结果待复核确认"),
    ("comment", "评价结果可反馈意见"),
)


def for_person(person: Person, day: date | None = None) -> list[Todo]:
    """One line for each step and work year; the deadline binds who scores. One query."""
    today = day or timezone.localdate()
    acts = [(action, words) for action, words in _ACTS if _acts(person, action)]
    if not acts:
        return []
    waiting: dict[tuple[str, int], list[date | None]] = defaultdict(list)
    rows = visible(person).exclude(state__in=OVER).order_by("year")
    for row in rows.only("state", "kind", "year", "scorer_id", "unit_id", "due_on"):
        for action, _ in acts:
            states = states_of(action)[:1] if action == "assign" else states_of(action)
            if row.state in states and is_theirs(person, action, row):
                waiting[action, row.year].append(row.due_on if action == "work" else None)
    said = dict(acts)
    return [
        _line(action, said[action], year, days, today)
        for action, _ in acts
        for (act, year), days in waiting.items()
        if act == action
    ]


def _line(action: str, words: str, year: int, days: list[date | None], today: date) -> Todo:
    due = min((day for day in days if day is not None), default=None)
    return Todo(
        kind=f"fiscal_{action}",
        title=f"{year}年{words} {len(days)} 项",
        count=len(days),
        url_name="fiscal",
        params={"work": year, "todo": action},
        due_on=due,
        is_overdue=due is not None and due < today,
    )


def _acts(person: Person, action: str) -> bool:
    # 绩效股 stands in for the first level, but the list of what waits is the 业务股室's
    if action == "first" and person.role == Role.PERFORMANCE:
        return False
    return access.may(person, right_of(action))
