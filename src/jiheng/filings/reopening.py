"""An approved form opened again for an adjustment; the approved version stays in force meanwhile."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from jiheng.filings import moves
from jiheng.filings.access import fills_for, require_edit
from jiheng.filings.desks import EDITABLE, Onward
from jiheng.filings.history import count_changes
from jiheng.filings.models import Desk, Filing, State
from jiheng.filings.outcomes import Locked, WrongDesk, refused
from jiheng.sheets import Form
from jiheng.units import access
from jiheng.units.models import Person


@transaction.atomic
def reopen(person: Person, filing: Filing, reason: str, based_on: int | None = None) -> Filing:
    """An approved form becomes a draft again for an adjustment; the approved version stays in force until the
    adjusted form is approved. 绩效股 may reopen goals and monitoring forms, a unit's reporter ask to adjust
    its goals. A confirmed self-evaluation is Locked for good: its score is frozen."""
    filing = moves.lock(filing.pk)
    is_bureau = access.may(person, "reopen") and person.region_id == filing.region_id
    if not is_bureau and not (Form(filing.form).is_goal and fills_for(person, filing.unit_id)):
        raise PermissionDenied("只有绩效股可以重新开放已确认的表，绩效目标可由本单位填报人申请调整")
    if based_on is not None:
        moves.require_revision(filing, based_on)
    if filing.state != State.APPROVED:
        raise WrongDesk(f"“{filing}”现为{filing.get_state_display()}，只有批复后的表才需要调整", filing)
    if Form(filing.form).is_evaluation:
        raise Locked(filing)
    if not reason.strip():
        raise refused(filing, "reason", "调整必须写明原因，请填写调整原因")
    before, at = moves.standing(filing), moves.now()
    moves.change(filing, person, at, state=State.DRAFT, desk=Desk.REPORTER, is_adjusting=True, arrived_at=at)
    to, action = Onward(Desk.REPORTER, (), ()), "申请调整" if Form(filing.form).is_goal else "重新打开"
    moves.add_steps(
        moves.new_steps(filing, action, person, at, from_desk="", onward=to, state=State.DRAFT, reason=reason)
    )
    moves.log_move(person, action, filing, before, reason)
    return filing


@transaction.atomic
def abandon_adjustment(person: Person, filing: Filing, based_on: int) -> Filing:
    """Gives an adjustment up: the form is again the version in force. For the reporter while drafting it."""
    filing = moves.lock(filing.pk)
    if not (access.may(person, "reopen") and person.region_id == filing.region_id):
        require_edit(person, filing)
    moves.require_revision(filing, based_on)
    if not filing.is_adjusting or filing.state not in EDITABLE or filing.approved is None:
        raise WrongDesk(f"“{filing}”不在调整中，或已报送审核，不能放弃调整", filing)
    before, at, sheet = moves.standing(filing), moves.now(), filing.approved.sheet
    moves.change(
        filing,
        person,
        at,
        state=State.APPROVED,
        desk="",
        sheet=sheet,
        returned_by=[],
        is_adjusting=False,
        changes_since_approval=count_changes(filing, filing.approved.as_sheet()),
    )
    to, action = Onward(None, (), ()), "放弃调整" if Form(filing.form).is_goal else "放弃重填"
    moves.add_steps(
        moves.new_steps(filing, action, person, at, from_desk=Desk.REPORTER, onward=to, state=State.APPROVED)
    )
    moves.log_move(person, action, filing, before)
    return filing
