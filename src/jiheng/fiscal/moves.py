"""What every verb on an evaluation asks first and does last."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from jiheng import policy as policies
from jiheng.fiscal.access import evaluation_for, is_theirs, right_of, states_of
from jiheng.fiscal.models import KeyEvaluation
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.policy import Policy
from jiheng.projects import years
from jiheng.units import access, log
from jiheng.units.models import Person


def held_row(person: Person, evaluation: KeyEvaluation, based_on: int, action: str) -> KeyEvaluation:
    """The row, locked, for a verb. Raises Http404, PermissionDenied; Stale when somebody changed it first;
    NotDone in a state where the verb has no meaning."""
    evaluation_for(person, evaluation.pk)
    access.require(person, right_of(action))
    KeyEvaluation.objects.select_for_update().get(pk=evaluation.pk)
    held = evaluation_for(person, evaluation.pk)
    if not is_theirs(person, action, held):
        _say_whose(person, action, held)
    if held.revision != based_on:
        raise Stale(held, held.get_state_display())
    if why := years.why_over(held.region_id, held.year):
        raise NotDone(why)
    if held.state not in states_of(action):
        wanted = "、".join(state.label for state in states_of(action))
        raise NotDone(f"“{held}”现为“{held.get_state_display()}”，只有“{wanted}”的可以这样办理")
    return held


def _say_whose(person: Person, action: str, held: KeyEvaluation) -> None:
    if action == "work":
        whose = f"由{held.scorer.name}评分" if held.scorer else "还没有布置评分人"
        raise NotDone(f"“{held}”{whose}，一份评分表只由一人评；确需换人请由绩效股重新布置")
    raise PermissionDenied(f"“{held}”是{held.get_kind_display()}，不由{person.get_role_display()}办理")


def changed(
    person: Person, held: KeyEvaluation, action: str, values: dict[str, Any], *, reason: str = "", **more: Any
) -> None:
    """Writes values, counts the revision up and logs what changed, with `more` as facts beside it."""
    before = {name: getattr(held, name) for name in values}
    for name, value in values.items():
        setattr(held, name, value)
    held.revision += 1
    held.save(update_fields=["revision", *values])
    titles = {field.name: str(field.verbose_name) for field in KeyEvaluation._meta.fields}
    shown = {name for name in values if name not in ("frozen", "narrative", "report")}
    log.record(
        person,
        action,
        held,
        before={titles[name]: _word(before[name]) for name in shown if before[name] != values[name]},
        after={titles[name]: _word(values[name]) for name in shown if before[name] != values[name]} | more,
        reason=reason,
        unit_name=held.unit.name,
    )


def policy_of(evaluation: KeyEvaluation) -> Policy:
    """The values an evaluation goes by: today's while it is worked on, then those it was frozen with."""
    return policies.on(evaluation.policy_date or timezone.localdate(), evaluation.region_id)


def _word(value: Any) -> Any:
    return value.name if isinstance(value, Person) else value
