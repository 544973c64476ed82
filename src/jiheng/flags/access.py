"""Who sees which hits: the bureau and outside readers all of theirs, the others what they were asked."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from jiheng.flags.models import UNDECIDED, Hit, HitState
from jiheng.units import access
from jiheng.units.models import Person, Region

# what may be done with a hit in which states, and the right that it takes
_STATES: dict[str, tuple[str, tuple[HitState, ...]]] = {
    "ask": ("review_flag", UNDECIDED),
    "answer": ("answer_flag", (HitState.ASKED,)),
    "dismiss": ("review_flag", UNDECIDED),
    "reopen": ("review_flag", (HitState.DISMISSED,)),
    "make_clue": ("review_flag", UNDECIDED),
}


def visible(person: Person) -> QuerySet[Hit]:
    """The hits that the person may see."""
    found = Hit.objects.filter(unit__in=access.units_for(person))
    sees_all = person.role in access.BUREAU or person.role in access.READERS
    return found if sees_all else found.filter(asked_at__isnull=False)


def hit_for(person: Person, pk: int) -> Hit:
    """One hit with its unit, fund, runs and clue. Raises Http404 for strangers."""
    rows = visible(person).select_related("unit", "fund", "first_run", "last_run", "gone_run", "clue")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这条疑点，或您无权查看")
    return found


def may(person: Person, verb: str, hit: Hit) -> bool:
    """Whether the person may do this with the hit as it stands (a key of `_STATES`)."""
    right, states = _STATES[verb]
    is_theirs = right != "answer_flag" or person.unit_id == hit.unit_id
    return is_theirs and access.may(person, right) and hit.state in states


def right_of(verb: str) -> str:
    """The key of `units.access.ROLES_FOR` that a verb takes."""
    return _STATES[verb][0]


def states_of(verb: str) -> tuple[HitState, ...]:
    return _STATES[verb][1]


def sees_runs(person: Person) -> Region | None:
    """The region whose runs the person sees: of the bureau, and outside readers."""
    sees = person.role in access.BUREAU or person.role in access.READERS
    return person.region if sees else None
