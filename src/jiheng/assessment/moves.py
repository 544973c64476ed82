"""What every verb on an assessment asks first and does last; the verbs stand in `asking` and `judging`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jiheng.assessment.access import assessment_for
from jiheng.assessment.models import Assessment, AssessmentState
from jiheng.filings.models import Filing
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.projects import clearing, years
from jiheng.projects.clearing import Told
from jiheng.projects.models import ClearanceState, Stage
from jiheng.sheets import Form
from jiheng.units import log
from jiheng.units.models import Person, Region


def held_row(
    person: Person, assessment: Assessment, based_on: int, states: Iterable[AssessmentState]
) -> Assessment:
    """The row, locked, as the person may see it. Raises Http404 for strangers, Stale, or NotDone in a state
    in which the verb has no meaning."""
    assessment_for(person, assessment.pk)
    Assessment.objects.select_for_update().get(pk=assessment.pk)
    held = assessment_for(person, assessment.pk)
    if held.revision != based_on:
        raise Stale(held, held.stage)
    require_open(held.region_id, held.fiscal_year)
    wanted = tuple(states)
    if held.state not in wanted:
        words = "、".join(state.label for state in wanted)
        raise NotDone(f"“{held}”现为“{held.stage}”，只有“{words}”的可以这样办理")
    return held


def require_open(region: Region | str, fiscal_year: int) -> None:
    """An assessment decides whether money is budgeted: it ends with the goals of its year. Raises NotDone."""
    if why := years.why_closed(region, fiscal_year, Stage.GOAL):
        raise NotDone(why)


def changed(person: Person, held: Assessment, action: str, values: dict[str, Any], reason: str = "") -> None:
    """Stores the values, counts the revision up and logs what moved."""
    before = {"状态": held.stage, "结论": held.verdict}
    for name, value in values.items():
        setattr(held, name, value)
    held.revision += 1
    held.save(update_fields=["revision", *values])
    after = {"状态": held.stage, "结论": held.verdict}
    moved = {name: value for name, value in after.items() if before[name] != value}
    was = {name: before[name] for name in moved}
    log.record(person, action, held, before=was, after=moved, reason=reason, unit_name=held.unit.name)


def tell(held: Assessment, state: ClearanceState, reason: str) -> None:
    """Projects learns whether the fund may be approved and budgeted."""
    told = Told(fund=held.fund, fiscal_year=held.fiscal_year, state=state, reason=reason, origin=held.subject)
    clearing.tell(told)


def goal_of(assessment: Assessment) -> Filing | None:
    """The goal form of the fund and year, in whatever state it is; part of the file."""
    found = Filing.objects.filter(
        form=Form.PROJECT_GOAL, fund=assessment.fund_id, fiscal_year=assessment.fiscal_year
    )
    return found.select_related("region", "unit", "fund").first()
