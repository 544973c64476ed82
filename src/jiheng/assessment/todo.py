"""待办 of assessments: what waits at the bureau, what came back to the unit; and the sheets of every panel
that wait for their rater. Shaped as `filings.todo`."""

from __future__ import annotations

from django.db.models import Count, Q
from django.utils import timezone

from jiheng.assessment.access import visible
from jiheng.assessment.models import AssessmentState
from jiheng.filings.todo import Todo
from jiheng.panels import access as panels
from jiheng.panels.models import PanelState
from jiheng.units import access
from jiheng.units.models import Person

_AT_BUREAU = {
    AssessmentState.SUBMITTED: "事前评估申请待受理",
    AssessmentState.IMPROVING: "调整完善情况待确认",
}


def for_person(person: Person) -> list[Todo]:
    """A line for each fiscal year and step, one for the sheets to score; two queries at most."""
    found = _to_score(person)
    if access.may(person, "judge_assessment"):
        found += _at_bureau(person)
    if access.may(person, "ask_assessment"):
        found += _at_unit(person)
    return found


def _to_score(person: Person) -> list[Todo]:
    waiting, today = list(panels.waiting(person)), timezone.localdate()
    if not waiting:
        return []
    due = waiting[0].panel.due_on
    return [
        Todo(
            kind="rate",
            title=f"评分表待填写封存 {len(waiting)} 份，最早 {due} 截止",
            count=len(waiting),
            url_name="ratings",
            due_on=due,
            is_overdue=today > due,
        )
    ]


def _at_bureau(person: Person) -> list[Todo]:
    opened = Q(state=AssessmentState.SCORING, panel__state=PanelState.OPENED)
    waiting = visible(person).filter(Q(state__in=list(_AT_BUREAU)) | opened).order_by("fiscal_year", "state")
    return [
        _line(year, state, _AT_BUREAU[AssessmentState(state)], count)
        if state != AssessmentState.SCORING
        else _line(year, "scored", "评分已启封，待作结论", count)
        for year, state, count in waiting.values_list("fiscal_year", "state").annotate(Count("pk"))
    ]


def _at_unit(person: Person) -> list[Todo]:
    back = visible(person).filter(state=AssessmentState.RETURNED).order_by("fiscal_year")
    return [
        _line(year, AssessmentState.RETURNED.value, "事前评估申请被退回，请补充后重新报送", count)
        for year, count in back.values_list("fiscal_year").annotate(Count("pk"))
    ]


def _line(year: int, state: str, words: str, count: int) -> Todo:
    return Todo(
        kind=f"assessment_{state}",
        title=f"{year}年{words} {count} 项",
        count=count,
        url_name="assessments",
        params={"year": year, "state": state},
    )
