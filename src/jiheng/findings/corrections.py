"""纠偏: what monitoring finds off course is ordered to be mended, answered by the unit, closed or waived.

Every verb checks access, then the state and the revision it was based on, then changes and logs, in one
transaction. 绩效股 and 业务股室 order and settle for the units they see; the unit's own people answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from jiheng import policy as policies
from jiheng.filings.models import Filing
from jiheng.filings.outcomes import Stopped
from jiheng.findings.models import Correction, CorrectionState
from jiheng.policy import Policy
from jiheng.projects import years
from jiheng.projects.models import Fund, Stage
from jiheng.sheets import Finding, Form, Severity
from jiheng.units import access, log
from jiheng.units.models import Person, Unit

OPEN = (CorrectionState.ORDERED, CorrectionState.ANSWERED)


class Stale(Stopped):
    """Somebody changed the correction meanwhile; `correction` is as it stands now."""

    def __init__(self, correction: Correction) -> None:
        self.correction = correction
        message = f"“{correction}”在您打开之后已被他人办理，您的操作没有保存；请对照最新情况后重新办理"
        super().__init__(message, correction.filing)


class NotAccepted(Stopped):
    """What was filled in will not do; `findings` says which field and why."""

    def __init__(self, findings: list[Finding], filing: Filing) -> None:
        self.findings = findings
        super().__init__("；".join(item.message for item in findings), filing)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """What an order says: the deviation, the kind of measure (of policy), what to do, by when."""

    cause: str
    measure: str
    requirement: str
    due_on: date


def visible(person: Person) -> QuerySet[Correction]:
    """The corrections of the units a person sees, the newest first."""
    return (
        Correction.objects.filter(unit__in=access.units_for(person))
        .select_related("unit__department", "fund", "filing", "ordered_by", "replied_by", "settled_by")
        .order_by("-ordered_at", "-pk")
    )


def correction_for(person: Person, pk: int) -> Correction:
    """One correction; Http404 for strangers."""
    found = visible(person).filter(pk=pk).first()
    if found is None:
        raise Http404("没有这张纠偏单")
    return found


def may_order(person: Person) -> bool:
    return access.may(person, "order_correction")


def may_settle(person: Person, correction: Correction) -> bool:
    """Whether this person may close it or send the answer back now."""
    return access.may(person, "close_correction") and correction.state == CorrectionState.ANSWERED


def may_waive(person: Person, correction: Correction) -> bool:
    is_waivable = _in_force(correction.region_id).flag("monitoring.correction.waivable")
    return is_waivable and access.may(person, "waive_correction") and correction.state in OPEN


def may_answer(person: Person, correction: Correction) -> bool:
    is_theirs = access.may(person, "answer_correction") and person.unit_id == correction.unit_id
    return is_theirs and correction.state == CorrectionState.ORDERED


def order(person: Person, filing: Filing, draft: OrderDraft) -> Correction:
    """下达: on a monitoring form that has been submitted. Raises NotAccepted when one is open already."""
    _in_sight(person, filing.unit_id)
    access.require(person, "order_correction")
    if why := years.why_closed(filing.region_id, filing.fiscal_year, Stage.MONITORING):
        raise _unfit(filing, why)
    said = _said_of_order(filing, draft, _in_force(filing.region_id))
    if said:
        raise NotAccepted(said, filing)
    correction = Correction(
        region_id=filing.region_id,
        unit_id=filing.unit_id,
        fund_id=filing.fund_id,
        fiscal_year=filing.fiscal_year,
        filing=filing,
        cause=draft.cause.strip(),
        measure=draft.measure,
        requirement=draft.requirement.strip(),
        ordered_by=person,
        ordered_at=timezone.now(),
        due_on=draft.due_on,
    )
    try:
        with transaction.atomic():
            correction.save()
            _log(person, "下达纠偏", correction, before={})
    except IntegrityError as error:
        if Correction.objects.filter(filing=filing, state__in=OPEN).exists():
            message = f"“{filing}”已有一张未销号的纠偏单，请在原单上办理"
            raise _unfit(filing, message) from error
        raise
    return correction


def answer(person: Person, correction: Correction, based_on: int, reply: str) -> Correction:
    """回复整改情况, by the unit's reporter or reviewer."""
    _in_sight(person, correction.unit_id)
    access.require(person, "answer_correction")
    if not reply.strip():
        raise NotAccepted(
            [_error("请写明整改情况：做了什么、结果如何、何时完成", "reply")], correction.filing
        )
    values = {"reply": reply.strip(), "replied_by": person, "replied_at": timezone.now()}
    return _move(person, correction, based_on, "回复纠偏", CorrectionState.ANSWERED, values)


def close(person: Person, correction: Correction, based_on: int, opinion: str = "") -> Correction:
    """销号: the answer is accepted."""
    values = _settled(person, correction, opinion, "close_correction")
    return _move(person, correction, based_on, "纠偏销号", CorrectionState.CLOSED, values)


def reopen_answer(person: Person, correction: Correction, based_on: int, opinion: str) -> Correction:
    """退回回复: the answer does not do; the unit answers again. The insufficient reply stays in the log."""
    values = _settled(person, correction, opinion, "close_correction")
    if not opinion.strip():
        raise _unfit(correction.filing, "退回整改回复请写明哪里不足、还要做什么", "opinion")
    return _move(person, correction, based_on, "退回纠偏回复", CorrectionState.ORDERED, values)


def waive(person: Person, correction: Correction, based_on: int, reason: str) -> Correction:
    """豁免, with a reason: the correction stays unanswered but no longer bars self-evaluation."""
    values = _settled(person, correction, reason, "waive_correction")
    if not _in_force(correction.region_id).flag("monitoring.correction.waivable"):
        raise _unfit(correction.filing, "按现行政策，纠偏单不得豁免，须整改后销号")
    if not reason.strip():
        raise _unfit(correction.filing, "豁免请写明理由", "opinion")
    return _move(person, correction, based_on, "豁免纠偏", CorrectionState.WAIVED, values)


def open_for(*, unit: Unit, fund: Fund | None, fiscal_year: int) -> list[Correction]:
    """Neither closed nor waived: of one fund (whichever unit it belonged to then), or of a unit's whole goal
    (fund None); the oldest first."""
    found = Correction.objects.filter(fiscal_year=fiscal_year, state__in=OPEN)
    found = found.filter(fund=fund) if fund else found.filter(unit=unit, fund=None)
    return list(found.select_related("unit", "fund").order_by("ordered_at", "pk"))


def is_overdue(correction: Correction, day: date) -> bool:
    """逾期: the unit has not answered and the day is past the date due."""
    return correction.state == CorrectionState.ORDERED and correction.due_on < day


# which state each verb starts from, and what to say otherwise
_FROM: dict[str, tuple[CorrectionState, ...]] = {
    "回复纠偏": (CorrectionState.ORDERED,),
    "纠偏销号": (CorrectionState.ANSWERED,),
    "退回纠偏回复": (CorrectionState.ANSWERED,),
    "豁免纠偏": OPEN,
}


def _move(
    person: Person,
    correction: Correction,
    based_on: int,
    action: str,
    state: CorrectionState,
    values: dict[str, Any],
) -> Correction:
    with transaction.atomic():
        before = Correction.objects.select_for_update().get(pk=correction.pk)
        if before.revision != based_on:
            raise Stale(before)
        stays = _in_force(before.region_id).flag("closing.rectification_stays_open")
        if not stays and (why := years.why_closed(before.region_id, before.fiscal_year)):
            raise _unfit(before.filing, why)
        if before.state not in _FROM[action]:
            wanted = "、".join(start.label for start in _FROM[action])
            message = f"“{before}”现为“{before.get_state_display()}”，只有“{wanted}”的可以{action}"
            raise _unfit(before.filing, message)
        row = Correction.objects.filter(pk=correction.pk)
        row.update(state=state, revision=based_on + 1, **values)
        after = Correction.objects.select_related("unit", "fund").get(pk=correction.pk)
        _log(person, action, after, before=_facts(before))
    return after


def _settled(person: Person, correction: Correction, opinion: str, action: str) -> dict[str, Any]:
    _in_sight(person, correction.unit_id)
    access.require(person, action)
    return {"opinion": opinion.strip(), "settled_by": person, "settled_at": timezone.now()}


def _in_force(region: str) -> Policy:
    return policies.on(timezone.localdate(), region)


def _in_sight(person: Person, unit_id: int) -> None:
    if not access.units_for(person).filter(pk=unit_id).exists():
        raise Http404("没有这张纠偏单")


def _said_of_order(filing: Filing, draft: OrderDraft, policy: Policy) -> list[Finding]:
    said = []
    if filing.form != Form.MONITORING:
        said.append(_error(f"纠偏单只能由监控表产生，“{filing}”不是监控表"))
    elif filing.submitted_at is None:
        said.append(_error(f"“{filing}”还没有报送，报送后才能下达纠偏单"))
    if not draft.cause.strip():
        said.append(_error("请写明偏差情况", "cause"))
    measures = policy.table("monitoring.correction.measures")
    if draft.measure not in measures:
        said.append(_error(f"措施类型“{draft.measure}”不在规定之列：{'、'.join(measures)}", "measure"))
    if not draft.requirement.strip():
        said.append(_error("请写明纠偏要求", "requirement"))
    if draft.due_on < timezone.localdate():
        said.append(_error(f"整改期限 {draft.due_on} 早于今天，请改正", "due_on"))
    return said


def _facts(correction: Correction) -> dict[str, Any]:
    return {
        "state": correction.get_state_display(),
        "measure": correction.measure,
        "requirement": correction.requirement,
        "due_on": correction.due_on.isoformat(),
        "reply": correction.reply,
        "opinion": correction.opinion,
    }


def _log(person: Person, action: str, correction: Correction, *, before: dict[str, Any]) -> None:
    log.record(
        person,
        action,
        correction,
        before=before,
        after=_facts(correction),
        reason=correction.opinion or correction.cause,
        unit_name=correction.unit.name,
    )


def _unfit(filing: Filing, message: str, field: str = "") -> NotAccepted:
    return NotAccepted([_error(message, field)], filing)


def _error(message: str, field: str = "") -> Finding:
    return Finding("JP01", Severity.ERROR, message, field)
