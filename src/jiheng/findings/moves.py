"""What every verb on a problem asks first and does last; the verbs stand in `workflow` and `registering`."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from jiheng import policy as policies
from jiheng.findings.models import Problem
from jiheng.findings.outcomes import NotDone, Stale
from jiheng.findings.problems import problem_for, right_of, states_of
from jiheng.policy import Policy
from jiheng.projects import years
from jiheng.units import access, log
from jiheng.units.models import Person


def allowed(person: Person, problem: Problem, action: str) -> None:
    """Raises Http404 for strangers, PermissionDenied for who sees the problem and may not."""
    problem_for(person, problem.pk)
    access.require(person, right_of(action))


def held_row(problem: Problem, based_on: int, action: str) -> Problem:
    """The row, locked; raises Stale when somebody changed it, NotDone in a state where it has no meaning."""
    Problem.objects.select_for_update().get(pk=problem.pk)
    held = Problem.objects.select_related("region", "unit", "fund", "project", "notice").get(pk=problem.pk)
    if held.revision != based_on:
        raise Stale(held)
    if not policy_of(held).flag("closing.rectification_stays_open"):
        require_open(held)
    if held.state not in states_of(action):
        wanted = "、".join(state.label for state in states_of(action))
        raise NotDone(f"“{held}”现为“{held.get_state_display()}”，只有“{wanted}”的可以这样办理")
    return held


def require_open(problem: Problem) -> None:
    """Raises NotDone once the problem's fiscal year is closed."""
    if why := years.why_closed(problem.region_id, problem.fiscal_year):
        raise NotDone(why, "fiscal_year")


def changed(
    person: Person,
    problem: Problem,
    action: str,
    values: dict[str, Any],
    reason: str = "",
    *,
    more: dict[str, Any] | None = None,
) -> None:
    before = facts_of(problem)
    for name, value in values.items():
        setattr(problem, name, value)
    problem.revision += 1
    problem.save(update_fields=["revision", *values])
    log_move(person, action, problem, before=before, reason=reason, more=more or {})


def facts_of(problem: Problem) -> dict[str, Any]:
    return {
        "状态": problem.get_state_display(),
        "类别": problem.kind,
        "名称": problem.title,
        "事实": problem.description,
        "整改要求": problem.requirement,
        "涉及金额": str(problem.money),
        "整改期限": problem.due_on,
    }


def log_move(
    person: Person,
    action: str,
    problem: Problem,
    *,
    before: dict[str, Any],
    reason: str = "",
    more: dict[str, Any] | None = None,
) -> None:
    after = facts_of(problem)
    changed = {name: value for name, value in after.items() if not before or before[name] != value}
    log.record(
        person,
        action,
        problem,
        before={name: before[name] for name in changed if before},
        after=changed | (more or {}),
        reason=reason,
        unit_name=problem.unit.name,
    )


def policy_of(problem: Problem) -> Policy:
    return policies.on(timezone.localdate(), problem.region_id)
