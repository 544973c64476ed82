"""What every verb on a project under 四评 asks first and does last."""

from __future__ import annotations

from typing import Any

from jiheng.panels.outcomes import NotDone, Stale
from jiheng.projects import years
from jiheng.reviews.access import RIGHTS, review_for
from jiheng.reviews.models import FourReview, ReviewState
from jiheng.units import access, log
from jiheng.units.models import Person


def held_row(person: Person, review: FourReview, based_on: int, action: str) -> FourReview:
    """The row, locked, for a verb. Raises Http404, PermissionDenied; Stale when somebody changed it first;
    NotDone once it is confirmed or dropped."""
    review_for(person, review.pk)
    access.require(person, RIGHTS[action])
    FourReview.objects.select_for_update().get(pk=review.pk)
    held = review_for(person, review.pk)
    if held.revision != based_on:
        raise Stale(held, held.get_state_display())
    if why := years.why_over(held.region_id, held.year):
        raise NotDone(why)
    if held.state != ReviewState.OPEN:
        raise NotDone(f"“{held}”{held.get_state_display()}，不能再办理")
    return held


def changed(
    person: Person, held: FourReview, action: str, values: dict[str, Any], *, reason: str = "", **more: Any
) -> None:
    """Writes values, counts the revision up and logs what changed, with `more` as facts beside it."""
    before = {name: getattr(held, name) for name in values}
    for name, value in values.items():
        setattr(held, name, value)
    held.revision += 1
    held.save(update_fields=["revision", *values])
    titles = {field.name: str(field.verbose_name) for field in FourReview._meta.fields}
    shown = [name for name in values if name != "frozen" and before[name] != values[name]]
    log.record(
        person,
        action,
        held,
        before={titles[name]: _word(before[name]) for name in shown},
        after={titles[name]: _word(values[name]) for name in shown} | more,
        reason=reason,
        unit_name=held.unit.name,
    )


def _word(value: Any) -> Any:
    return value.name if isinstance(value, Person) else value
