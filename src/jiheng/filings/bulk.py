"""Many forms approved at once: a handful of queries, however many forms, and an answer for each row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, OuterRef, Subquery

from jiheng.filings import moves
from jiheng.filings.access import visible
from jiheng.filings.desks import Onward, Staffing, holds, onward, route, submitters
from jiheng.filings.models import Desk, Filing, Remark, State, Step, Version, state_in_words
from jiheng.filings.opinions import forget
from jiheng.filings.outcomes import RowResult
from jiheng.projects import calendar, years
from jiheng.units import log
from jiheng.units.models import Person


@transaction.atomic
def approve_many(person: Person, rows: Iterable[tuple[int, int]], opinion: str = "") -> list[RowResult]:
    """Approves each (pk, revision) as `workflow.approve` would; one that cannot be says why.

    Results stand in the order of `rows`. Forms under adjustment are refused here when this is their last
    desk: each one's replaced targets must be seen (`workflow.approve`)."""
    wanted = dict(rows)
    found = visible(person).filter(pk__in=list(wanted)).select_for_update(of=("self",))
    # held in one order, so that two reviewers who choose the same forms wait and never block each other
    filings = {
        item.pk: item for item in found.select_related("region", "unit__department", "fund").order_by("pk")
    }
    sent_by = submitters(filings.values())
    staffing = Staffing(filings.values())
    closed = years.closed_in(person.region_id or "")
    results: dict[int, RowResult] = {}
    going: list[tuple[Filing, Onward]] = []
    routes: dict[tuple[str, str], tuple[Desk, ...]] = {}
    for pk, revision in wanted.items():
        filing = filings.get(pk)
        why = _why_not(person, filing, revision, sent_by.get(pk)) or _why_closed(filing, closed)
        if filing is None or why:
            results[pk] = RowResult(pk, ok=False, message=why)
            continue
        kind = (filing.form, filing.region_id)
        if kind not in routes:
            routes[kind] = route(*kind)
        to = onward(filing, staffing, sent_by.get(pk), routes[kind])
        if to.desk is None and filing.is_adjusting:
            results[pk] = RowResult(pk, ok=False, message="调整后的表须逐份核对后批复，请打开该表办理")
            continue
        going.append((filing, to))
        where = f"已转“{to.desk.label}”" if to.desk else state_in_words(State.APPROVED, filing.form)
        results[pk] = RowResult(pk, ok=True, message=where)
    _carry_out(person, going, opinion)
    return [results[pk] for pk in wanted]


def _why_not(person: Person, filing: Filing | None, revision: int, submitter: int | None) -> str:
    if filing is None:
        return "没有这份表，或您无权查看"
    if filing.revision != revision:
        return f"打开之后又有修改（现为第{filing.revision}次修订），请刷新后查看再批"
    if filing.state != State.IN_REVIEW:
        return f"现为{filing.get_state_display()}，不能审核"
    if not holds(person, filing, filing.desk):
        return f"现在“{Desk(filing.desk).label}”环节，不在您的环节"
    if filing.desk == Desk.UNIT and submitter == person.pk:
        return "填报人不能审核自己报送的表"
    return ""


def _why_closed(filing: Filing | None, closed: dict[tuple[int, str], str]) -> str:
    if filing is None:
        return ""
    return years.why_in(closed, filing.fiscal_year, calendar.stage_of(filing.form))


def _carry_out(person: Person, going: list[tuple[Filing, Onward]], opinion: str) -> None:
    if not going:
        return
    at = moves.now()
    before = {filing.pk: moves.standing(filing) for filing, _ in going}
    desks = {filing.pk: filing.desk for filing, _ in going}
    final = [filing for filing, to in going if to.desk is None]
    numbers = moves.last_numbers(final) if final else {}
    versions = {
        version.filing_id: version
        for version in Version.objects.bulk_create(
            moves.new_version(filing, "批复", person, at, numbers.get(filing.pk, 0) + 1) for filing in final
        )
    }
    _settle(going, at)
    _update(person, going, at)
    steps: list[Step] = []
    for filing, to in going:
        steps += moves.new_steps(
            filing,
            "通过" if to.desk else "批复",
            person,
            at,
            from_desk=desks[filing.pk],
            onward=to,
            state=filing.state,
            reason=opinion,
            version=versions.get(filing.pk),
        )
    Step.objects.bulk_create(steps)
    log.record_many(
        person,
        [
            log.LogDraft(
                action="审核通过" if to.desk else "批复",
                subject=filing,
                before=before[filing.pk],
                after=moves.standing(filing),
                reason=opinion,
                unit_name=filing.unit.name,
            )
            for filing, to in going
        ],
    )


def _settle(going: list[tuple[Filing, Onward]], at: datetime) -> None:
    """One person sits at one kind of desk, so one statement settles its remarks on all forms."""
    desk = going[0][0].desk
    pks = [filing.pk for filing, _ in going]
    Remark.objects.filter(filing__in=pks, desk=desk, settled_at=None).update(settled_at=at)
    forget(pks, desk)


def _update(person: Person, going: list[tuple[Filing, Onward]], at: datetime) -> None:
    """One statement for each way onward. The rows are held and their revisions were compared above."""
    groups: dict[tuple[Desk | None, tuple[str, ...]], list[Filing]] = defaultdict(list)
    for filing, to in going:
        groups[to.desk, to.returned_by].append(filing)
    for (desk, returned_by), filings in groups.items():
        held = Filing.objects.filter(pk__in=[filing.pk for filing in filings], state=State.IN_REVIEW)
        fields = {"updated_at": at, "updated_by": person, "arrived_at": at, "returned_by": list(returned_by)}
        if desk is None:
            last = Version.objects.filter(filing=OuterRef("pk"), cause="批复").order_by().values("filing")
            version = Subquery(last.annotate(last=Max("pk")).values("last"))
            fields |= {"state": State.APPROVED, "desk": "", "approved": version, "approved_at": at}
        else:
            fields |= {"desk": desk}
        held.update(revision=F("revision") + 1, **fields)
        for filing in filings:
            filing.revision += 1
            filing.desk = desk or ""
            filing.state = State.IN_REVIEW if desk else State.APPROVED
