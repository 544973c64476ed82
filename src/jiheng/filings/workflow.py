"""A form's life: drafted, submitted, passed from desk to desk, returned, approved, adjusted.

Every verb: check access → check revision and state → change → version, step, log; in one transaction. They
raise PermissionDenied for the wrong person, `Conflict` when somebody else came first, `Locked`, `WrongDesk`,
`OutOfWindow` or `Refused`; then nothing is changed. `based_on` is the revision that the person saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from jiheng.filings import moves
from jiheng.filings.access import fills_for, require_decide, require_edit, visible
from jiheng.filings.bulk import approve_many
from jiheng.filings.desks import EDITABLE, Onward, Staffing, earlier, holds, onward, route, submitters
from jiheng.filings.history import count_changes
from jiheng.filings.models import Desk, Filing, Remark, State, Step
from jiheng.filings.offline import export_base, export_bases, take
from jiheng.filings.opinions import forget
from jiheng.filings.outcomes import (
    Conflict,
    Locked,
    OutOfWindow,
    Refused,
    RemarkDraft,
    RowResult,
    Stopped,
    WrongDesk,
    YearClosed,
    refused,
)
from jiheng.filings.questions import answer, ask, search_questions
from jiheng.filings.reopening import abandon_adjustment, reopen
from jiheng.projects import calendar, years
from jiheng.projects.models import Fund
from jiheng.sheets import Finding, Form, Missing, Severity, Sheet, differences
from jiheng.units import log
from jiheng.units.models import Person, Unit

__all__ = [
    "EDITABLE",
    "Conflict",
    "Locked",
    "OutOfWindow",
    "Refused",
    "RemarkDraft",
    "RowResult",
    "Stopped",
    "WrongDesk",
    "YearClosed",
    "abandon_adjustment",
    "answer",
    "approve",
    "approve_many",
    "ask",
    "export_base",
    "export_bases",
    "open_filing",
    "reopen",
    "return_for_revision",
    "return_many",
    "save_draft",
    "search_questions",
    "submit",
    "take",
    "withdraw",
]


@transaction.atomic
def open_filing(
    person: Person,
    *,
    form: Form | str,
    fiscal_year: int,
    unit: Unit,
    sheet: Sheet,
    fund: Fund | None = None,
    month: int = 0,
    amount: Decimal | Missing | None = None,
    findings: Iterable[Finding] = (),
) -> Filing:
    """The form of this subject and year: the one that is there, else a new draft holding `sheet`.
    `amount` is in yuan. Only the unit's reporter opens one (PermissionDenied). A fund that moved to another
    unit brings its forms along."""
    if not fills_for(person, unit.pk):
        raise PermissionDenied("只有本单位填报人可以填报这份表")
    if fund is not None and fund.unit_id != unit.pk:
        raise PermissionDenied("这项专项资金不是本单位实施的")
    if why := years.why_closed(unit.region_id, fiscal_year, calendar.stage_of(form)):
        raise YearClosed(f"{fund or unit} {fiscal_year}年{Form(form).heading}：{why}", Filing(unit=unit))
    of_whom: dict[str, object] = {"fund": None, "unit": unit} if fund is None else {"fund": fund}
    at = moves.now()
    filing, is_new = Filing.objects.get_or_create(
        form=Form(form).value,
        fiscal_year=fiscal_year,
        month=month,
        **of_whom,
        defaults={
            "unit": unit,
            "region_id": unit.region_id,
            "sheet": moves.stored(sheet),
            "amount": None if amount is None else moves.whole_fen(amount),
            "updated_by": person,
            "arrived_at": at,
            **moves.counts(findings),
        },
    )
    if is_new:
        log.record(person, "建立草稿", filing, after=moves.standing(filing), unit_name=unit.name)
    filing = moves.lock(filing.pk)
    return filing if filing.unit_id == unit.pk else _handed_over(person, filing, unit)


def _handed_over(person: Person, filing: Filing, unit: Unit) -> Filing:
    """The form of a fund that another unit has now: as it stands, under the new unit's name. What was
    approved stays word for word."""
    before = filing.unit
    fields: dict[str, object] = {"unit": unit}
    if filing.state != State.APPROVED:
        sheet = filing.as_sheet()
        header = replace(
            sheet.header,
            department_code=unit.department.code,
            department_name=unit.department.name,
            unit_code=unit.code,
            unit_name=unit.name,
        )
        fields["sheet"] = moves.stored(replace(sheet, header=header))
    moves.change(filing, person, moves.now(), **fields)
    log.record(
        person,
        "移交报送",
        filing,
        before={"单位": before.name},
        after={"单位": unit.name},
        reason="专项资金的实施单位已变更",
        unit_name=unit.name,
    )
    return filing


@transaction.atomic
def save_draft(
    person: Person,
    filing: Filing,
    sheet: Sheet,
    based_on: int,
    *,
    findings: Iterable[Finding] = (),
    amount: Decimal | Missing | None = None,
) -> Filing:
    """Stores the sheet as the draft (its header stays the form's own) and counts the revision up; an
    unchanged sheet changes nothing. `amount` in yuan, None to leave it. Returns the form as it is now."""
    filing = moves.lock(filing.pk)
    require_edit(person, filing)
    moves.require_revision(filing, based_on, sheet)
    if filing.state not in EDITABLE:
        raise Locked(filing, sheet)
    if sheet.form != filing.form:
        raise TypeError(f"a {sheet.form} sheet is no {filing.form}")
    before = filing.as_sheet()
    sheet = replace(sheet, header=before.header)
    fields = moves.counts(findings)
    if sheet == before:
        Filing.objects.filter(pk=filing.pk).update(**fields)
        filing.errors, filing.warnings = fields["errors"], fields["warnings"]
        return filing
    kept: dict[str, object] = {"sheet": moves.stored(sheet), **fields}
    if amount is not None:
        kept["amount"] = moves.whole_fen(amount)
    if filing.is_adjusting:
        kept["changes_since_approval"] = count_changes(filing, sheet)
    moves.change(filing, person, moves.now(), **kept)
    log_changes(person, filing, before, sheet)
    return filing


def log_changes(person: Person, filing: Filing, before: Sheet, after: Sheet) -> None:
    """One log entry that names each field a draft changed."""
    changed = differences(before, after)
    log.record(
        person,
        "保存草稿",
        filing,
        before={item.label: item.before or "" for item in changed},
        after={item.label: item.after or "" for item in changed},
        unit_name=filing.unit.name,
    )


@transaction.atomic
def submit(person: Person, filing: Filing, based_on: int, findings: Sequence[Finding] = ()) -> Filing:
    """To the first desk that has somebody; a mended form straight back to the desk that returned it. An
    error among the findings refuses it; a form after its due date is taken and counts as late."""
    filing = moves.lock(filing.pk)
    require_edit(person, filing)
    moves.require_revision(filing, based_on)
    if filing.state not in EDITABLE:
        raise Locked(filing)
    _require_window(filing)
    if any(item.severity is Severity.ERROR for item in findings):
        raise Refused(findings, filing)
    before, at = moves.standing(filing), moves.now()
    to = onward(filing, Staffing([filing]), person.pk, route(filing.form, filing.region_id))
    assert to.desk is not None  # a route is never empty, and its last desk is never passed over
    moves.change(
        filing,
        person,
        at,
        state=State.IN_REVIEW,
        desk=to.desk,
        returned_by=list(to.returned_by),
        submitted_at=filing.submitted_at or at,
        arrived_at=at,
        **moves.counts(findings),
    )
    version = moves.add_version(filing, "报送", person, at)
    moves.add_steps(
        moves.new_steps(
            filing,
            "报送",
            person,
            at,
            from_desk=Desk.REPORTER,
            onward=to,
            state=State.IN_REVIEW,
            version=version,
        )
    )
    moves.log_move(person, "报送", filing, before)
    return filing


def _require_window(filing: Filing) -> None:
    """Raises OutOfWindow outside the stage's window. The bureau itself reopens a form by returning it or by
    letting it be adjusted: then the window is no bar."""
    finance = (Desk.DIVISION, Desk.PERFORMANCE)
    if filing.is_adjusting or any(desk in finance for desk in filing.returned_by):
        return
    stage = calendar.stage_of(filing.form)
    today = timezone.localdate()
    key = (stage, filing.fiscal_year, filing.month)
    opened = calendar.open_windows(filing.region, today)
    if any((item.stage, item.fiscal_year, item.month) == key for item in opened):
        return
    window = calendar.window(filing.region, stage, filing.fiscal_year, filing.month)
    if window is None:
        why = "财政局尚未布置这项工作，请等待绩效股在工作日历中开放"
    elif today < window.opens_on:
        why = f"报送从 {window.opens_on} 开始，今天是 {today}，请届时再报（草稿已保存）"
    else:
        why = f"报送已于 {window.closes_on} 关闭，今天是 {today}，如需补报请联系绩效股延期"
    raise OutOfWindow(f"“{filing}”：{why}", filing)


@transaction.atomic
def approve(
    person: Person, filing: Filing, based_on: int, opinion: str = "", *, completed: Sheet | None = None
) -> Filing:
    """On to the next desk; from the last one approved and locked, as a Version 批复 or 调整.
    Settles this desk's own remarks. `completed` replaces the sheet at the final approval only."""
    filing = moves.lock(filing.pk)
    require_decide(person, filing)
    moves.require_revision(filing, based_on)
    moves.require_at_desk(holds(person, filing, filing.desk), filing)
    submitter = submitters([filing]).get(filing.pk)
    if filing.desk == Desk.UNIT and submitter == person.pk:
        raise PermissionDenied("填报人不能审核自己报送的表")
    before, at, desk = moves.standing(filing), moves.now(), filing.desk
    to = onward(filing, Staffing([filing]), submitter, route(filing.form, filing.region_id))
    if to.desk is None:
        _settle(filing, desk)
        return _finish(person, filing, opinion, completed, to)
    moves.change(
        filing,
        person,
        at,
        desk=to.desk,
        returned_by=list(to.returned_by),
        arrived_at=at,
        state=State.IN_REVIEW,
    )
    moves.add_steps(
        moves.new_steps(
            filing, "通过", person, at, from_desk=desk, onward=to, state=State.IN_REVIEW, reason=opinion
        )
    )
    _settle(filing, desk)
    moves.log_move(person, "审核通过", filing, before, opinion)
    return filing


def _settle(filing: Filing, desk: str) -> None:
    Remark.objects.filter(filing=filing, desk=desk, settled_at=None).update(settled_at=moves.now())
    forget([filing.pk], desk)


def _finish(person: Person, filing: Filing, opinion: str, completed: Sheet | None, to: Onward) -> Filing:
    before, at, desk = moves.standing(filing), moves.now(), filing.desk
    cause = "调整" if filing.is_adjusting else "批复"
    sheet = filing.as_sheet() if completed is None else completed
    changed = count_changes(filing, sheet) if filing.is_adjusting else 0
    version = moves.add_version(filing, cause, person, at, moves.stored(sheet))
    moves.change(
        filing,
        person,
        at,
        state=State.APPROVED,
        desk="",
        sheet=version.sheet,
        returned_by=[],
        is_adjusting=False,
        approved=version,
        approved_at=at,
        arrived_at=at,
        changes_since_approval=changed,
    )
    moves.add_steps(
        moves.new_steps(
            filing,
            "批复",
            person,
            at,
            from_desk=desk,
            onward=to,
            state=State.APPROVED,
            reason=opinion,
            version=version,
        )
    )
    moves.log_move(person, cause if cause == "批复" else "批复调整", filing, before, opinion)
    return filing


@transaction.atomic
def return_for_revision(
    person: Person,
    filing: Filing,
    based_on: int,
    to_desk: str,
    reason: str,
    remarks: Iterable[RemarkDraft] = (),
) -> Filing:
    """Back to any earlier desk with a reason, and opinions beside fields. The form comes straight back to
    this desk when it is mended, through every desk that returned it further on the way."""
    filing = moves.lock(filing.pk)
    require_decide(person, filing)
    moves.require_revision(filing, based_on)
    moves.require_at_desk(holds(person, filing, filing.desk), filing)
    if not reason.strip():
        raise refused(filing, "reason", "退回必须写明意见，请填写退回意见")
    if to_desk not in earlier(filing):
        choices = "、".join(desk.label for desk in earlier(filing))
        raise refused(filing, "to_desk", f"只能退回到前面的环节（{choices}），请重新选择")
    if Staffing([filing]).is_empty(Desk(to_desk), filing, submitters([filing]).get(filing.pk)):
        text = f"“{Desk(to_desk).label}”环节没有启用的审核人，请退回填报人或先补充人员"
        raise refused(filing, "to_desk", text)
    before, at, desk = moves.standing(filing), moves.now(), filing.desk
    state = State.RETURNED if to_desk == Desk.REPORTER else State.IN_REVIEW
    moves.change(
        filing,
        person,
        at,
        state=state,
        desk=to_desk,
        returned_by=[*filing.returned_by, desk],
        arrived_at=at,
    )
    to = Onward(Desk(to_desk), (), ())
    moves.add_steps(
        moves.new_steps(filing, "退回", person, at, from_desk=desk, onward=to, state=state, reason=reason)
    )
    Remark.objects.bulk_create(
        Remark(
            filing=filing,
            field=item.field,
            label=item.label,
            text=item.text,
            desk=desk,
            person=person,
            at=at,
        )
        for item in remarks
        if item.text.strip()
    )
    forget([filing.pk], desk)
    moves.log_move(person, "退回", filing, before, reason)
    return filing


def return_many(
    person: Person, rows: Iterable[tuple[int, int]], to_desk: str, reason: str
) -> list[RowResult]:
    """Returns each (pk, revision) on its own; what cannot be returned says why and the others go on."""
    results = []
    wanted = dict(rows)
    known = {item.pk: item for item in visible(person).filter(pk__in=list(wanted))}
    for pk, revision in wanted.items():
        if pk not in known:
            results.append(RowResult(pk, ok=False, message="没有这份表，或您无权查看"))
            continue
        try:
            filing = return_for_revision(person, known[pk], revision, to_desk, reason)
        except PermissionDenied:
            results.append(RowResult(pk, ok=False, message="您不是这份表的审核人"))
        except Stopped as stopped:
            results.append(RowResult(pk, ok=False, message=stopped.message))
        else:
            results.append(RowResult(pk, ok=True, message=f"已退回“{Desk(filing.desk).label}”"))
    return results


@transaction.atomic
def withdraw(person: Person, filing: Filing, based_on: int) -> Filing:
    """The reporter takes back what nobody has decided on since it was submitted."""
    filing = moves.lock(filing.pk)
    require_edit(person, filing)
    moves.require_revision(filing, based_on)
    steps = list(Step.objects.filter(filing=filing).exclude(action="自动通过").order_by("-at", "-pk"))
    if filing.state != State.IN_REVIEW or not steps or steps[0].action != "报送":
        raise WrongDesk(f"“{filing}”已有审核人办理，不能撤回，如需修改请联系审核人退回", filing)
    before, at, desk = moves.standing(filing), moves.now(), filing.desk
    decided = next((step for step in steps if step.action not in ("报送", "撤回")), None)
    is_mended = decided is not None and decided.action == "退回"
    state = State.RETURNED if is_mended else State.DRAFT
    is_unfiled = decided is None
    moves.change(
        filing,
        person,
        at,
        state=state,
        desk=Desk.REPORTER,
        returned_by=[*filing.returned_by, desk] if is_mended else [],
        submitted_at=None if is_unfiled else filing.submitted_at,
        arrived_at=at,
    )
    to = Onward(Desk.REPORTER, (), ())
    moves.add_steps(moves.new_steps(filing, "撤回", person, at, from_desk=desk, onward=to, state=state))
    moves.log_move(person, "撤回", filing, before)
    return filing
