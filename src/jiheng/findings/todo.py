"""待办 of corrections and problems: what a unit must answer, what the bureau must check or decide; shaped as
`filings.todo`."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Min
from django.utils import timezone

from jiheng.filings.todo import Todo
from jiheng.findings.models import (
    TO_REPLY,
    Clue,
    ClueState,
    Correction,
    CorrectionState,
    Problem,
    ProblemState,
)
from jiheng.units import access
from jiheng.units.models import Person

# who acts on a correction in which state, and what the line says
_ACTS = (
    ("answer_correction", CorrectionState.ORDERED, "纠偏单待回复"),
    ("close_correction", CorrectionState.ANSWERED, "纠偏回复待复核"),
)
# who acts on problems in which states, how the register calls them, and what the line says
_PROBLEM_ACTS = (
    ("reply_problem", TO_REPLY, "to_reply", "整改问题待回复"),
    ("issue_problem", (ProblemState.REGISTERED,), ProblemState.REGISTERED.value, "问题待下达整改通知书"),
    ("verify_problem", (ProblemState.REPLIED,), ProblemState.REPLIED.value, "整改回复待复核"),
    ("close_problem", (ProblemState.VERIFIED,), ProblemState.VERIFIED.value, "整改问题待销号"),
)
_CLUE = ClueState.WAITING.value


def for_person(person: Person, day: date | None = None) -> list[Todo]:
    """Corrections a line for each fiscal year, problems a line for each step; overdue as of a day (today).
    The number of queries does not grow with either."""
    today = day or timezone.localdate()
    return [*_corrections(person, today), *_problems(person, today)]


def _corrections(person: Person, today: date) -> list[Todo]:
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


def _problems(person: Person, today: date) -> list[Todo]:
    acts = [act for act in _PROBLEM_ACTS if access.may(person, act[0])]
    if not acts:
        return []
    by_state = _counted(person)
    found = []
    for action, states, asked, words in acts:
        here = [by_state[state] for state in states if state in by_state]
        if not here:
            continue
        count = sum(number for number, _ in here)
        days = [due for _, due in here if due is not None]
        # the day binds the unit's reply, not the bureau's check of it
        due = min(days) if days and action == "reply_problem" else None
        found.append(
            Todo(
                kind=action,
                title=f"{words} {count} 个",
                count=count,
                url_name="problems",
                params={"state": asked},
                due_on=due,
                is_overdue=due is not None and due < today,
            )
        )
    if _CLUE in by_state:
        count = by_state[_CLUE][0]
        found.append(Todo("clue", f"问题线索待研判 {count} 条", count, "problem_clues"))
    return found


def _counted(person: Person) -> dict[str, tuple[int, date | None]]:
    """By state how many problems of the person's units there are and when the first is due; the clues that
    wait stand under their own state. One query."""
    units = access.units_for(person)
    counts = {"n": Count("pk")}
    problems = Problem.objects.filter(unit__in=units).order_by().values_list("state")
    rows = problems.annotate(**counts, due=Min("due_on"))
    if access.may(person, "register_problem"):
        clues = Clue.objects.filter(unit__in=units, state=ClueState.WAITING).order_by().values_list("state")
        rows = rows.union(clues.annotate(**counts, due=Min("problem__due_on")), all=True)
    return {state: (count, due) for state, count, due in rows}
