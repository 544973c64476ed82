"""Who sees which evaluation and may do what with it. Strangers get 404; people from outside see what they are
engaged for, until its date; the unit reads the draft result once the first review has passed."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from jiheng.fiscal.models import AT_WORK, OVER, EvaluationKind, EvaluationState, KeyEvaluation, Proof
from jiheng.panels import access as engaged
from jiheng.panels.outcomes import refusals_logged
from jiheng.units import access
from jiheng.units.models import Person, Role

SUBJECT = "fiscal"  # how panels call an evaluation: "fiscal:12"
# the result is shown to the unit for its comments, and to everybody who may read it afterwards
TOLD = (EvaluationState.SECOND, EvaluationState.CONFIRMED)

# what may be done in which states, and the right that it takes
_STATES: dict[str, tuple[str, tuple[EvaluationState, ...]]] = {
    "assign": ("assign_evaluation", (EvaluationState.PLANNED, *AT_WORK)),
    "extend": ("assign_evaluation", AT_WORK),
    "work": ("work_evaluation", AT_WORK),
    "first": ("review_evaluation", (EvaluationState.FIRST,)),
    "second": ("confirm_evaluation", (EvaluationState.SECOND,)),
    "comment": ("comment_evaluation", (EvaluationState.SECOND,)),
    "answer": ("review_evaluation", (EvaluationState.SECOND,)),
    "drop": ("pick_evaluation", tuple(state for state in EvaluationState if state not in OVER)),
}


def visible(person: Person) -> QuerySet[KeyEvaluation]:
    """The evaluations that a person sees."""
    if not person.is_active or not person.region_id:
        return KeyEvaluation.objects.none()
    if person.role in access.GUESTS:
        return KeyEvaluation.objects.filter(pk__in=engaged.subjects(person, SUBJECT))
    found = KeyEvaluation.objects.filter(unit__in=access.units_for(person))
    if person.role in access.READERS:
        return found.filter(state=EvaluationState.CONFIRMED)
    if person.role in access.UNIT_PEOPLE:
        return found.exclude(state__in=(EvaluationState.PLANNED, EvaluationState.DROPPED))
    return found


def evaluation_for(person: Person, pk: int) -> KeyEvaluation:
    """One evaluation with its unit, fund and scorer. Raises Http404 for strangers; NotDone, logged, for
    people from outside whose engagement is over."""
    if person.role in access.GUESTS:
        there = KeyEvaluation.objects.filter(pk=pk).first()
        if there is None:
            raise Http404("没有找到这项评价，或您无权查看")
        with refusals_logged(person, "查看重点评价", there, there.unit.name):
            engaged.require_engaged(person, f"{SUBJECT}:{pk}")
    rows = visible(person).select_related("region", "unit__department", "fund", "scorer", "report")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有找到这项评价，或您无权查看")
    return found


def proof_for(person: Person, pk: int) -> Proof:
    """One working paper. Raises Http404 for strangers, units and readers: they are the evaluators'."""
    found = Proof.objects.filter(pk=pk).select_related("evaluation", "upload").first()
    if found is None:
        raise Http404("没有这份材料，或您无权查看")
    if not sees_papers(person, evaluation_for(person, found.evaluation_id)):
        raise Http404("没有这份材料，或您无权查看")
    return found


def sees_papers(person: Person, evaluation: KeyEvaluation) -> bool:
    """Whether working papers and single scores are shown before the result is told."""
    insiders = access.BUREAU | access.GUESTS | {Role.DEPARTMENT}
    return person.role in insiders and not (
        person.role == Role.DEPARTMENT and evaluation.kind != EvaluationKind.DEPARTMENT
    )


def sees_result(person: Person, evaluation: KeyEvaluation) -> bool:
    """Whether scores are shown: to the evaluators always, to others once told."""
    return sees_papers(person, evaluation) or evaluation.state in TOLD


def may(person: Person, action: str, evaluation: KeyEvaluation) -> bool:
    """Whether the person may do this with the evaluation as it stands (a key of `_STATES`)."""
    right, states = _STATES[action]
    return evaluation.state in states and access.may(person, right) and is_theirs(person, action, evaluation)


def is_theirs(person: Person, action: str, evaluation: KeyEvaluation) -> bool:
    """Whether it is this person's evaluation to act on: a department acts on 部门评价 alone, the unit
    comments on its own, and only who was charged with it works on it."""
    if person.role == Role.DEPARTMENT and evaluation.kind != EvaluationKind.DEPARTMENT:
        return False
    if action == "comment":
        return person.unit_id == evaluation.unit_id
    if action == "work":
        return evaluation.scorer_id == person.pk
    return True


def right_of(action: str) -> str:
    """The key of `units.access.ROLES_FOR` that an action takes."""
    return _STATES[action][0]


def states_of(action: str) -> tuple[EvaluationState, ...]:
    """The states in which an action has a meaning."""
    return _STATES[action][1]
