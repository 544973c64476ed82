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
    """One line for each step; the deadline binds who scores. One query."""
    today = day or timezone.localdate()
    acts = [(action, words) for action, words in _ACTS if _acts(person, action)]
    if not acts:
        return []
    waiting: dict[str, list[date | None]] = defaultdict(list)
    rows = visible(person).exclude(state__in=OVER).only("state", "kind", "scorer_id", "unit_id", "due_on")
    for row in rows:
        for action, _ in acts:
            states = states_of(action)[:1] if action == "assign" else states_of(action)
            if row.state in states and is_theirs(person, action, row):
                waiting[action].append(row.due_on if action == "work" else None)
    found = []
    for action, words in acts:
        days = [due for due in waiting[action] if due is not None]
        due = min(days, default=None)
        if waiting[action]:
            found.append(
                Todo(
                    kind=f"fiscal_{action}",
                    title=f"{words} {len(waiting[action])} 项",
                    count=len(waiting[action]),
                    url_name="fiscal",
                    params={"todo": action},
                    due_on=due,
                    is_overdue=due is not None and due < today,
                )
            )
    return found


def _acts(person: Person, action: str) -> bool:
    # 绩效股 stands in for the first level, but the list of what waits is the 业务股室's
    if action == "first" and person.role == Role.PERFORMANCE:
        return False
    return access.may(person, right_of(action))
