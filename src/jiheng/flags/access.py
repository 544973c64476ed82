"""Who sees which hits: the bureau and outside readers all of theirs, the others what they were asked."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from jiheng.flags.models import DECIDED, UNDECIDED, Hit, HitState, HitStep, StepKind
from jiheng.units import access
from jiheng.units.models import Person

# what passes between the bureau and the unit
BETWEEN = (StepKind.ASK, StepKind.ANSWER)
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
    return found if sees_all(person) else found.filter(asked_at__isnull=False)


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


def sees_all(person: Person) -> bool:
    """Whether the person sees hits nobody was asked about, and what was decided of them."""
    return person.role in access.BUREAU or person.role in access.READERS


def steps_for(person: Person, hit: Hit) -> list[HitStep]:
    """What was done with a hit, the first first; what the bureau made of it is its own."""
    steps = [step for step in hit.steps.all() if sees_all(person) or step.kind in BETWEEN]
    return sorted(steps, key=lambda step: step.pk)


def state_for(person: Person, hit: Hit) -> str:
    """The state in words; a decision is the bureau's own until it comes down as a problem."""
    if sees_all(person) or hit.state not in DECIDED:
        return str(hit.get_state_display())
    return "财政局研判中"
