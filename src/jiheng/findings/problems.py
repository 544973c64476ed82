"""问题: who sees which, and the door by which other rooms hand in what they noticed.

What a room noticed is a clue 问题线索. It becomes a problem only when somebody at the bureau says so
(`workflow.register` with the clue), and never twice: a clue is known by its origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from jiheng.findings.corrections import is_overdue as is_late
from jiheng.findings.corrections import visible as corrections_for
from jiheng.findings.models import (
    INTERNAL,
    OPEN_PROBLEMS,
    TO_REPLY,
    Clue,
    ClueState,
    CorrectionState,
    Evidence,
    Notice,
    Problem,
    ProblemState,
    Source,
)
from jiheng.findings.outcomes import NotDone
from jiheng.projects.models import Fund
from jiheng.units import access, log
from jiheng.units.models import LogEntry, Person, Unit

# ── who sees what ─────────────────────────────────────────────────────────────────────────────────────


def visible(person: Person) -> QuerySet[Problem]:
    """The problems of the units that a person sees. What is not issued yet only the bureau's sections see."""
    found = Problem.objects.filter(unit__in=access.units_for(person))
    return found if person.role in access.BUREAU else found.exclude(state__in=INTERNAL)


def problem_for(person: Person, pk: int) -> Problem:
    """One problem with its unit, fund and notice. Raises Http404 for strangers."""
    rows = visible(person).select_related(
        "region", "unit__department", "fund", "project", "notice", "registered_by", "merged_into", "recurs"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这个问题，或您无权查看")
    return found


def evidence_for(person: Person, pk: int) -> Evidence:
    """One file. Raises Http404 for strangers, and for others than the unit while its reply is not sent."""
    rows = Evidence.objects.filter(problem__in=visible(person)).select_related("problem__unit", "upload")
    if not access.may(person, "reply_problem"):
        rows = rows.filter(Q(reply=None) | Q(reply__sent_at__isnull=False))
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这份材料，或您无权查看")
    return found


def notice_for(person: Person, pk: int) -> Notice:
    """One 整改通知书. Raises Http404 for strangers."""
    rows = Notice.objects.filter(unit__in=access.units_for(person)).select_related("upload", "unit")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有这份整改通知书，或您无权查看")
    return found


def may(person: Person, action: str, problem: Problem) -> bool:
    """Whether the person may do this with the problem as it stands (a key of `_STATES`)."""
    right, states = _STATES[action]
    is_theirs = right != "reply_problem" or person.unit_id == problem.unit_id
    return is_theirs and access.may(person, right) and problem.state in states


# what may be done with a problem in which states, and the right that it takes
_STATES: dict[str, tuple[str, tuple[ProblemState, ...]]] = {
    "amend": ("register_problem", (ProblemState.REGISTERED,)),
    "issue": ("issue_problem", (ProblemState.REGISTERED,)),
    "reply": ("reply_problem", TO_REPLY),
    "support": ("verify_problem", OPEN_PROBLEMS),
    "verify": ("verify_problem", (ProblemState.REPLIED,)),
    "send_back": ("verify_problem", (ProblemState.REPLIED, ProblemState.VERIFIED)),
    "close": ("close_problem", (ProblemState.VERIFIED,)),
    "reopen": ("close_problem", (ProblemState.CLOSED,)),
    "extend": ("issue_problem", TO_REPLY),
    "merge": ("close_problem", OPEN_PROBLEMS),
}


def states_of(action: str) -> tuple[ProblemState, ...]:
    """The states in which a problem may be moved by an action."""
    return _STATES[action][1]


def right_of(action: str) -> str:
    """The key of `units.access.ROLES_FOR` that an action takes."""
    return _STATES[action][0]


# ── what other rooms noticed ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ClueDraft:
    """What a room noticed. `origin` is where, the same each time it is noticed ("correction:12"); `amount`
    in yuan, None where none is known; `kind` one of policy's problems.kinds, a suggestion."""

    origin: str
    kind: str
    title: str
    description: str
    unit: Unit
    fund: Fund | None = None
    fiscal_year: int
    amount: Decimal | None = None


def propose(source: Source, draft: ClueDraft, person: Person | None = None) -> Clue | None:
    """Hands in what a room noticed; None when it was noticed before. `person` None is the system itself."""
    made = propose_many(source, [draft], person)
    return made[0] if made else None


@transaction.atomic
def propose_many(source: Source, drafts: Iterable[ClueDraft], person: Person | None = None) -> list[Clue]:
    """Hands in many; only those not known yet, with their log entries. Few statements however many."""
    wanted = {draft.origin[:80]: draft for draft in drafts}
    known = set(Clue.objects.filter(origin__in=wanted).values_list("region_id", "origin"))
    now = timezone.now()
    fresh = [
        Clue(
            region_id=draft.unit.region_id,
            source=source,
            origin=origin,
            kind=draft.kind,
            title=draft.title[:160],
            description=draft.description,
            amount=draft.amount,
            unit=draft.unit,
            fund=draft.fund,
            fiscal_year=draft.fiscal_year,
            noticed_at=now,
        )
        for origin, draft in wanted.items()
        if (draft.unit.region_id, origin) not in known
    ]
    # somebody else may hand in the same at the same moment: theirs stays
    Clue.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
    made = list(
        Clue.objects.filter(origin__in=[clue.origin for clue in fresh], noticed_at=now).select_related("unit")
    )
    log.record_many(
        person,
        [
            log.LogDraft(
                action="提出问题线索",
                subject=clue,
                after={"来源": clue.get_source_display(), "出处": clue.origin},
                unit_name=clue.unit.name,
            )
            for clue in made
        ],
    )
    return made


def clues_for(person: Person) -> QuerySet[Clue]:
    """The clues of the units that a person sees, for those who may make problems of them."""
    if not access.may(person, "register_problem"):
        return Clue.objects.none()
    found = Clue.objects.filter(unit__in=access.units_for(person))
    return found.select_related("unit", "fund", "problem", "decided_by").order_by(
        "-noticed_at", "unit__code", "pk"
    )


def clue_for(person: Person, pk: int) -> Clue:
    """One clue. Raises PermissionDenied, and Http404 for strangers."""
    access.require(person, "register_problem")
    found = clues_for(person).filter(pk=pk).first()
    if found is None:
        raise Http404("没有这条线索，或您无权查看")
    return found


def decline(person: Person, clue: Clue, reason: str) -> Clue:
    """不作为问题, with a reason; noticed again, the clue does not come back."""
    clue_for(person, clue.pk)
    if not reason.strip():
        raise NotDone("不作为问题请写明理由", "reason")
    with transaction.atomic():
        held = held_clue(clue)
        held.state, held.reason = ClueState.DECLINED, reason.strip()
        held.decided_by, held.decided_at = person, timezone.now()
        held.save(update_fields=["state", "reason", "decided_by", "decided_at"])
        log.record(person, "线索不作为问题", held, reason=held.reason, unit_name=clue.unit.name)
    return held


def held_clue(clue: Clue) -> Clue:
    """The clue's row, locked; raises NotDone once it was decided on."""
    held = Clue.objects.select_for_update().get(pk=clue.pk)
    if held.state != ClueState.WAITING:
        by = held.decided_by.name if held.decided_by else "他人"
        raise NotDone(f"这条线索已由{by}办理（{held.get_state_display()}），请刷新后再看")
    return held


def noticed_in_corrections(person: Person, fiscal_year: int) -> list[ClueDraft]:
    """The year's corrections that were due and are not answered, of the units that the person sees."""
    today = timezone.localdate()
    found = corrections_for(person).filter(fiscal_year=fiscal_year, state=CorrectionState.ORDERED)
    return [
        ClueDraft(
            origin=f"correction:{item.pk}",
            kind="管理",
            title=f"{item.fund.name if item.fund else '部门整体'}纠偏单逾期未整改",
            description=f"{item.cause}。纠偏要求：{item.requirement}。期限 {item.due_on}，至今没有回复。",
            unit=item.unit,
            fund=item.fund,
            fiscal_year=item.fiscal_year,
        )
        for item in found
        if is_late(item, today)
    ]


# ── what happened ─────────────────────────────────────────────────────────────────────────────────────

# what the unit does before it replies is its own affair
_BEFORE_REPLY = ("保存整改回复", "上传佐证材料", "撤下佐证材料")


def timeline(person: Person, problem: Problem) -> QuerySet[LogEntry]:
    """What was done with a problem, the first first. A unit's drafts are its own; what was refused, and what
    was before the notice, is the bureau's."""
    found = LogEntry.objects.filter(subject="findings.problem", subject_id=str(problem.pk))
    if not access.may(person, "reply_problem"):
        unit_people = found.filter(action__in=_BEFORE_REPLY, role__in=access.UNIT_PEOPLE)
        found = found.exclude(pk__in=unit_people)
    if person.role not in access.BUREAU:
        found = found.exclude(action__endswith="被拒绝").exclude(action="修改问题")
    return found.order_by("at", "pk")
