"""What people make of a hit: ask the unit, answer, dismiss with a reason, open again, make a clue of it.

Each verb checks access, then the version it was based on, changes, keeps a step and a log entry, in one
transaction. A hit becomes a problem by nobody here: it is handed in as a clue (`findings.problems.propose`),
and somebody registers the problem from that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from jiheng.findings import problems
from jiheng.findings.models import Clue, Source
from jiheng.findings.problems import ClueDraft
from jiheng.flags.access import hit_for, right_of, states_of
from jiheng.flags.models import DECIDED, UNDECIDED, Hit, HitState, HitStep, StepKind
from jiheng.rules import redflags
from jiheng.units import log
from jiheng.units.access import require
from jiheng.units.models import Person

FLAGS = {flag.code: flag for flag in redflags.flags()}
MOST_TEXT = 4000
# what another stage notices too is one clue with its own (`evaluation.clues`)
ORIGINS = {"F13": "score:{key}"}


class NotDone(Exception):
    """The verb was not carried out, and nothing was changed; `field` names what was filled in wrongly."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Stale(NotDone):
    """Somebody else, or a run, changed the hit first."""

    def __init__(self, hit: Hit) -> None:
        super().__init__(
            f"这条疑点在您打开之后有了变化（现为“{hit.get_state_display()}”），"
            "您的操作没有保存；请对照最新情况后重新办理"
        )


def ask(person: Person, hit: Hit, based_on: int, text: str, due_on: date) -> Hit:
    """询问单位: the unit sees the hit from now on, and answers by a day."""
    _written(text, "请写明要单位说明什么")
    if due_on < timezone.localdate():
        raise NotDone("答复期限不能早于今天", "due_on")

    def change(held: Hit) -> None:
        held.state, held.asked_at, held.due_on = HitState.ASKED, timezone.now(), due_on

    return _done(person, hit, based_on, "ask", StepKind.ASK, text, change)


def answer(person: Person, hit: Hit, based_on: int, text: str) -> Hit:
    """单位答复."""
    _written(text, "请写明情况")

    def change(held: Hit) -> None:
        held.state = HitState.ANSWERED

    return _done(person, hit, based_on, "answer", StepKind.ANSWER, text, change)


def dismiss(person: Person, hit: Hit, based_on: int, text: str) -> Hit:
    """排除, with the reason; hit again, it stays dismissed, and says so when its evidence has changed."""
    _written(text, "排除请写明理由")

    def change(held: Hit) -> None:
        held.state, held.decided_hash = HitState.DISMISSED, held.evidence_hash

    return _done(person, hit, based_on, "dismiss", StepKind.DISMISS, text, change)


def reopen(person: Person, hit: Hit, based_on: int, text: str) -> Hit:
    """A dismissed hit is looked at again."""
    _written(text, "请写明为什么要重新核查")

    def change(held: Hit) -> None:
        held.state, held.decided_hash = HitState.OPEN, ""

    return _done(person, hit, based_on, "reopen", StepKind.REOPEN, text, change)


def make_clue(person: Person, hit: Hit, based_on: int, text: str) -> Hit:
    """转问题线索: hands the hit in with what the person wrote, for somebody to make a problem of it."""
    _written(text, "请写明核查情况")

    def change(held: Hit) -> None:
        flag = FLAGS[held.flag]
        draft = ClueDraft(
            origin=ORIGINS.get(held.flag, "flag:{pk}").format(pk=held.pk, key=held.key),
            kind=flag.kind,
            title=f"{held.subject}：{flag.title}",
            description=f"{held.message}。核查情况：{text.strip()}",
            unit=held.unit,
            fund=held.fund,
            fiscal_year=held.fiscal_year,
            amount=held.amount,
        )
        made = problems.propose(Source.RED_FLAG, draft, person)
        held.clue = made or Clue.objects.get(region=held.region_id, origin=draft.origin)
        held.state, held.decided_hash = HitState.CLUE, held.evidence_hash

    return _done(person, hit, based_on, "make_clue", StepKind.CLUE, text, change)


def _written(text: str, words: str) -> None:
    if not text.strip():
        raise NotDone(words, "text")
    if len(text) > MOST_TEXT:
        raise NotDone(f"最多写 {MOST_TEXT} 个字", "text")


def _done(
    person: Person,
    hit: Hit,
    based_on: int,
    verb: str,
    kind: StepKind,
    text: str,
    change: Callable[[Hit], None],
) -> Hit:
    """The verb's common way; a refusal for want of the right is logged."""
    hit_for(person, hit.pk)  # Http404 for strangers
    try:
        require(person, right_of(verb))
        if right_of(verb) == "answer_flag" and person.unit_id != hit.unit_id:
            raise PermissionDenied("只有疑点所涉的单位可以答复")
    except PermissionDenied as refused:
        log.record(person, f"{kind.label}被拒绝", hit, reason=str(refused), unit_name=hit.unit.name)
        raise
    with transaction.atomic():
        held = Hit.objects.select_for_update(of=("self",)).select_related("unit", "fund").get(pk=hit.pk)
        if held.revision != based_on or held.state not in states_of(verb):
            raise Stale(held)
        before = held.get_state_display()
        change(held)
        held.revision += 1
        held.save()
        HitStep.objects.create(hit=held, kind=kind, text=text.strip(), person=person, at=timezone.now())
        log.record(
            person,
            f"疑点{kind.label}",
            held,
            before={"状态": before},
            after={"状态": held.get_state_display()},
            reason=text.strip(),
            unit_name=held.unit.name,
        )
    return held


__all__ = [
    "DECIDED",
    "FLAGS",
    "UNDECIDED",
    "NotDone",
    "Stale",
    "answer",
    "ask",
    "dismiss",
    "make_clue",
    "reopen",
]
