"""Desks: which ones a form passes (policy), who holds them, where the form goes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from jiheng import policy
from jiheng.filings.models import Desk, Filing, State, Step
from jiheng.units.models import Person, Role

EDITABLE = (State.DRAFT, State.RETURNED)  # the form is on the reporter's desk
# the reporting side's desks may stand empty; the finance bureau's are never passed over
MAY_STAND_EMPTY = (Desk.UNIT, Desk.DEPARTMENT)
DESK_ROLES = {
    Desk.UNIT: Role.REVIEWER,
    Desk.DEPARTMENT: Role.DEPARTMENT,
    Desk.DIVISION: Role.DIVISION,
    Desk.PERFORMANCE: Role.PERFORMANCE,
}


def route(form: str, region_code: str) -> tuple[Desk, ...]:
    """The desks that a form passes today in a region, in order (policy `desks.<form>`). Or PolicyError."""
    path = f"desks.{form}"
    desks = tuple(Desk(code) for code in policy.on(timezone.localdate(), region_code).table(path))
    if not desks or Desk.REPORTER in desks:
        raise policy.PolicyError(f"政策数据“{path}”应至少列出一个审核环节，且不含填报人")
    return desks


def earlier(filing: Filing) -> tuple[Desk, ...]:
    """The desks that the form may be returned to from where it is, the reporter's first."""
    passed = [desk for desk in route(filing.form, filing.region_id) if _rank(desk) < _rank(filing.desk)]
    return (Desk.REPORTER, *passed)


def before(person: Person, forms: Iterable[str]) -> tuple[Desk, ...]:
    """Where forms of these kinds can be returned to from the person's own desk, the reporter's first; empty
    for who holds none."""
    own = next((desk for desk, role in DESK_ROLES.items() if role == person.role), None)
    if own is None or person.region_id is None:
        return ()
    passed = {desk for form in forms for desk in route(form, person.region_id)}
    return (Desk.REPORTER, *(desk for desk in Desk if desk in passed and _rank(desk) < _rank(own)))


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a form goes from here: `desk` None means that this was the last one; `skipped` had nobody."""

    desk: Desk | None
    skipped: tuple[Desk, ...]
    returned_by: tuple[str, ...]


class Staffing:
    """Which of the reporting side's desks have somebody, for many forms in two queries at most."""

    def __init__(self, filings: Iterable[Filing]) -> None:
        filings = list(filings)
        self._reviewers: dict[int, set[int]] = {}
        people = Person.objects.filter(is_active=True).filter(
            Q(role=Role.REVIEWER, unit__in={item.unit_id for item in filings})
            | Q(role=Role.DEPARTMENT, department__in={item.unit.department_id for item in filings})
        )
        self._departments: set[int] = set()
        for pk, role, unit, department in people.values_list("pk", "role", "unit_id", "department_id"):
            if role == Role.REVIEWER:
                self._reviewers.setdefault(unit, set()).add(pk)
            else:
                self._departments.add(department)

    def is_empty(self, desk: Desk, filing: Filing, submitter: int | None) -> bool:
        """Nobody else than the submitter could hold this desk. The bureau's desks never count as empty."""
        if desk == Desk.UNIT:
            return not self._reviewers.get(filing.unit_id, set()) - {submitter}
        if desk == Desk.DEPARTMENT:
            return filing.unit.department_id not in self._departments
        return False


def onward(filing: Filing, staffing: Staffing, submitter: int | None, desks: Sequence[Desk]) -> Onward:
    """Back to the desk that returned the form last, else on to the next desk that has somebody. The last desk
    of the route decides in any case, also when it returned the form itself and nobody sits there now."""
    skipped: list[Desk] = []
    waiting = [Desk(code) for code in filing.returned_by]
    while waiting:
        back = waiting.pop()
        if not staffing.is_empty(back, filing, submitter):
            return Onward(back, tuple(skipped), tuple(waiting))
        skipped.append(back)  # whoever returned it has left, and nobody came
    here = max([_rank(filing.desk), *(_rank(desk) for desk in skipped)])
    ahead = [desk for desk in desks if _rank(desk) > here]
    if not ahead and _rank(filing.desk) < _rank(desks[-1]):
        ahead = [desks[-1]]
        skipped = [desk for desk in skipped if _rank(desk) < _rank(desks[-1])]
    for desk in ahead:
        if desk in MAY_STAND_EMPTY and desk != desks[-1] and staffing.is_empty(desk, filing, submitter):
            skipped.append(desk)
            continue
        return Onward(desk, tuple(skipped), ())
    return Onward(None, tuple(skipped), ())


def submitters(filings: Iterable[Filing]) -> dict[int, int | None]:
    """Who submitted each form last, by the form's pk; one query."""
    rows = Step.objects.filter(filing__in=list(filings), action="报送").order_by("at", "pk")
    return dict(rows.values_list("filing_id", "person_id"))


def holds(person: Person, filing: Filing, desk: str) -> bool:
    """The person sits at this desk for this form (whether or not the form is there now)."""
    if not person.is_active or desk not in DESK_ROLES or person.role != DESK_ROLES[Desk(desk)]:
        return False
    if desk == Desk.UNIT:
        return person.unit_id == filing.unit_id
    if desk == Desk.DEPARTMENT:
        return person.department_id == filing.unit.department_id
    if desk == Desk.DIVISION:
        return person.division_id == filing.unit.department.division_id
    return person.region_id == filing.region_id


def _rank(desk: str) -> int:
    """Desks lie in one official order, so that a form still moves on when policy drops the desk it is at."""
    return list(Desk).index(Desk(desk))
