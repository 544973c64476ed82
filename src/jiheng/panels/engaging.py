"""委托: who from outside sees which subject, from when until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from jiheng.panels.models import Engagement, Recusal
from jiheng.panels.outcomes import NotDone, refusals_logged
from jiheng.projects.models import Fund
from jiheng.units import access, log
from jiheng.units.access import GUESTS
from jiheng.units.models import Person, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementDraft:
    """What somebody is engaged for: the higher room's own name of it, whose it is, and until when."""

    subject: str
    title: str
    unit: Unit
    fund: Fund | None = None
    until: date
    since: date | None = None  # today
    organisation: str = ""


def engage(actor: Person, person: Person, draft: EngagementDraft) -> Engagement:
    """Lets a person from outside see the subject; engaged again, the dates are the new ones. The higher
    room's verb has checked that it is the actor's to give away. Raises NotDone, PermissionDenied."""
    with refusals_logged(actor, "委托", person, draft.unit.name), transaction.atomic():
        access.require(actor, "convene_panel")
        Person.objects.select_for_update().get(pk=person.pk)
        since = draft.since or timezone.localdate()
        _check(actor, person, draft, since)
        facts = {
            "title": draft.title,
            "organisation": draft.organisation,
            "unit": draft.unit,
            "fund": draft.fund,
            "since": since,
            "until": draft.until,
            "made_by": actor,
            "ended_at": None,
            "end_reason": "",
        }
        made, _ = Engagement.objects.update_or_create(
            person=person, subject=draft.subject, region=draft.unit.region, defaults=facts
        )
        _tell_until(person)
        after = {"对象": draft.title, "起": since, "止": draft.until, "机构": draft.organisation}
        log.record(actor, "委托", person, after=after, unit_name=draft.unit.name)
    return made


def end(actor: Person, engagement: Engagement, reason: str) -> Engagement:
    """Ends an engagement at once. Raises NotDone without a reason, or when it has ended."""
    person = engagement.person
    with refusals_logged(actor, "终止委托", person, engagement.unit.name), transaction.atomic():
        access.require(actor, "convene_panel")
        held = Engagement.objects.select_for_update().get(pk=engagement.pk)
        if not reason.strip():
            raise NotDone("终止委托须写明理由", "reason")
        if held.ended_at is not None:
            raise NotDone(f"“{held}”已经终止")
        held.ended_at, held.end_reason = timezone.now(), reason.strip()
        held.save(update_fields=["ended_at", "end_reason"])
        _tell_until(person)
        log.record(actor, "终止委托", person, after={"对象": held.title}, reason=held.end_reason)
    return held


def conflict_of(person: Person, unit: Unit, *, with_department: bool) -> str:
    """Why the person may not judge the unit, in Chinese; empty when nothing speaks against it."""
    own = person.unit
    if own is not None and own.pk == unit.pk:
        return f"{person.name}是被评单位“{unit.name}”的人员，应当回避"
    home = own.department_id if own is not None else person.department_id
    if with_department and home is not None and home == unit.department_id:
        return f"{person.name}与被评单位“{unit.name}”同属一个主管部门，应当回避"
    declared = Recusal.objects.filter(person=person, unit=unit).first()
    if declared is not None:
        return f"{person.name}已申明回避“{unit.name}”（{declared.reason}）"
    return ""


def _check(actor: Person, person: Person, draft: EngagementDraft, since: date) -> None:
    if person.role not in GUESTS:
        raise NotDone(f"{person.name}是{person.get_role_display()}，不需要委托", "person")
    if not person.is_active or person.region_id != draft.unit.region_id:
        raise NotDone(f"{person.name}已停用或不在本区，请另选", "person")
    if actor.region_id != draft.unit.region_id:
        raise NotDone("只能委托本区的项目", "unit")
    if draft.until < max(since, timezone.localdate()):
        raise NotDone(f"截止日期 {draft.until} 早于今天或起始日期，请核对", "until")


def _tell_until(person: Person) -> None:
    """units learns until when the login is good: the latest day of what is in force."""
    rows = Engagement.objects.filter(person=person)
    days = [
        row.until if row.ended_at is None else timezone.localdate(row.ended_at) - timedelta(days=1)
        for row in rows
    ]
    person.engaged_until = max(days, default=None)
    person.save(update_fields=["engaged_until"])
