"""批复: the bureau's answer to units on their approved goals, issued with the budget and then made public.

A reply goes to one unit and holds each of its goals that was approved, or adjusted, since the last reply, in
the version approved: what is issued never changes (财预〔2015〕88号: 绩效目标与预算同步批复).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone

from jiheng import policy as policies
from jiheng.filings.models import Filing
from jiheng.filings.outcomes import RowResult
from jiheng.goals.models import GoalReply, RepliedGoal
from jiheng.projects import years
from jiheng.sheets import Form
from jiheng.units import log
from jiheng.units.access import region_of, require, units_for
from jiheng.units.models import Person, Region, Unit

GOALS = (Form.UNIT_GOAL, Form.PROJECT_GOAL)
LONGEST_WHERE = 300


class NotReplied(Exception):
    """Nothing was issued or made public; `message` says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Ready:
    """A unit with goals that no reply has told it of in their present version."""

    unit: Unit
    goals: tuple[Filing, ...]
    is_again: bool  # an earlier reply went to it: these were approved or adjusted since


def visible(person: Person, fiscal_year: int) -> QuerySet[GoalReply]:
    """The replies of a year to the units that this person sees, newest first."""
    found = GoalReply.objects.filter(unit__in=units_for(person), fiscal_year=fiscal_year)
    return found.select_related("unit__department__division", "region", "issued_by").prefetch_related("goals")


def reply_for(person: Person, pk: int) -> GoalReply:
    """Raises Http404 for strangers, exactly as for a reply that is not there."""
    found = GoalReply.objects.filter(unit__in=units_for(person)).select_related("unit__department", "region")
    reply = found.filter(pk=pk).first()
    if reply is None:
        raise Http404("没有找到这份批复，或您无权查看")
    return reply


def ready(region: Region, fiscal_year: int, units: Iterable[Unit] | QuerySet[Unit]) -> list[Ready]:
    """The units to which a reply can go now, by unit code."""
    last = RepliedGoal.objects.filter(filing=OuterRef("pk")).order_by("-reply__issued_at", "-pk")
    approved = Filing.objects.filter(
        region=region, fiscal_year=fiscal_year, form__in=GOALS, unit__in=units, approved__isnull=False
    )
    approved = approved.annotate(told=Subquery(last.values("version")[:1]))
    found: dict[int, list[Filing]] = {}
    told = set()
    for filing in approved.select_related("unit__department__division", "fund", "approved").order_by(
        "unit__code", "fund__code"
    ):
        if filing.told is not None:
            told.add(filing.unit_id)
        if filing.told != filing.approved_id:
            found.setdefault(filing.unit_id, []).append(filing)
    return [Ready(goals[0].unit, _unit_first(goals), unit in told) for unit, goals in found.items()]


def _unit_first(goals: Sequence[Filing]) -> tuple[Filing, ...]:
    return tuple(
        sorted(goals, key=lambda filing: (filing.fund is not None, filing.fund and filing.fund.code))
    )


def issue(person: Person, fiscal_year: int, units: Sequence[int], issued_on: date) -> list[RowResult]:
    """批复: one reply for each unit chosen, numbered in the order of the units' codes. A unit with nothing
    new gets none, and its row says so. Raises PermissionDenied, NotReplied; refusals are logged."""
    region = region_of(person)
    with _refusals_logged(person, "批复绩效目标", region):
        require(person, "reply_goals")
        if not units:
            raise NotReplied("请先勾选要批复的单位")
        if issued_on > timezone.localdate() or issued_on.year < fiscal_year - 1:
            raise NotReplied(f"批复日期 {issued_on} 应在 {fiscal_year - 1} 年之后、不晚于今天")
        if why := years.why_closed(region, fiscal_year, "goal"):
            raise NotReplied(why)
        with transaction.atomic():
            Region.objects.select_for_update().get(pk=region.pk)  # one numbering, whoever issues
            chosen = units_for(person).filter(pk__in=units)
            waiting = {item.unit.pk: item for item in ready(region, fiscal_year, chosen)}
            serial = _last_serial(region, issued_on.year)
            prefix = policies.on(issued_on, region.pk).text("goals.reply_prefix")
            results, drafts = [], []
            for unit in chosen.order_by("code"):
                item = waiting.get(unit.pk)
                if item is None:
                    results.append(RowResult(unit.pk, ok=False, message="没有新批准的绩效目标，未发文"))
                    continue
                serial += 1
                number = f"{prefix}〔{issued_on.year}〕{serial}号"
                reply = GoalReply.objects.create(
                    region=region,
                    unit=unit,
                    fiscal_year=fiscal_year,
                    year=issued_on.year,
                    serial=serial,
                    number=number,
                    issued_on=issued_on,
                    issued_by=person,
                    issued_at=timezone.now(),
                )
                RepliedGoal.objects.bulk_create(
                    RepliedGoal(reply=reply, filing=filing, version=filing.approved)
                    for filing in item.goals
                    if filing.approved is not None
                )
                results.append(RowResult(unit.pk, ok=True, message=f"{number}，{len(item.goals)} 张目标表"))
                drafts.append(
                    log.LogDraft(
                        action="批复绩效目标",
                        subject=reply,
                        after={"批复日期": issued_on, "目标表": len(item.goals)},
                        unit_name=unit.name,
                    )
                )
            log.record_many(person, drafts)
    return results


def _last_serial(region: Region, year: int) -> int:
    there = GoalReply.objects.filter(region=region, year=year)
    return int(there.aggregate(last=Max("serial"))["last"] or 0)


def publish(person: Person, replies: Sequence[int], published_on: date, where: str) -> int:
    """公开: notes when and where the goals of these replies were made public. A date noted before may be
    corrected; both stand in the log. Returns how many were changed. Raises PermissionDenied, NotReplied."""
    region = region_of(person)
    with _refusals_logged(person, "登记目标公开", region):
        require(person, "reply_goals")
        where = where.strip()[:LONGEST_WHERE]
        if not replies:
            raise NotReplied("请先勾选已公开的批复")
        if published_on > timezone.localdate():
            raise NotReplied(f"公开日期 {published_on} 不能晚于今天")
        with transaction.atomic():
            held = list(
                GoalReply.objects.filter(region=region, pk__in=replies).select_for_update().order_by("pk")
            )
            early = [reply.number for reply in held if reply.issued_on > published_on]
            if early:
                raise NotReplied(f"{early[0]} 等 {len(early)} 份批复晚于公开日期 {published_on}，请核对日期")
            drafts = []
            for reply in held:
                before = {"公开日期": reply.published_on, "公开地址": reply.published_where}
                reply.published_on, reply.published_where = published_on, where or reply.published_where
                after = {"公开日期": reply.published_on, "公开地址": reply.published_where}
                if before == after:
                    continue
                reply.save(update_fields=["published_on", "published_where"])
                drafts.append(log.LogDraft(action="登记目标公开", subject=reply, before=before, after=after))
            log.record_many(person, drafts)
    return len(drafts)


@contextmanager
def _refusals_logged(person: Person, action: str, subject: Region) -> Iterator[None]:
    try:
        yield
    except (NotReplied, PermissionDenied) as error:
        log.record(person, f"{action}被拒绝", subject, reason=str(error))
        raise
