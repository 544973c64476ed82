"""The change log: every write verb leaves an entry, which nobody can change (a trigger holds it)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from jiheng.sheets import Missing
from jiheng.units.access import require
from jiheng.units.models import LogEntry, Person, Role, Unit

# Set by the web's middleware for each request; None in the worker and on the command line.
caller_address: ContextVar[str | None] = ContextVar("caller_address", default=None)

ROLE_NAMES = dict(Role.choices)
HEADINGS = ("时间", "人员", "角色", "单位", "操作", "对象", "对象名称", "之前", "之后", "说明", "来源地址")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDraft:
    """What one entry says: the action in Chinese, the row it was done to, and only what changed."""

    action: str
    subject: Model
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    unit_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """What a reader of the log looks for; empty means any. Days are inclusive, in local time."""

    person: str = ""
    action: str = ""
    subject: str = ""
    subject_id: str = ""
    unit: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""


def latest() -> int:
    """The number of the latest entry (0 before the first): while it stays, nobody has changed anything."""
    return LogEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def record(
    person: Person | None,
    action: str,
    subject: Model,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    unit_name: str = "",
) -> LogEntry:
    """Adds one entry, inside the transaction of the change. `person` is None only for the system itself."""
    draft = LogDraft(
        action=action,
        subject=subject,
        before=before or {},
        after=after or {},
        reason=reason,
        unit_name=unit_name,
    )
    entry = _entry(person, draft, timezone.now())
    entry.save(force_insert=True)
    return entry


def record_many(person: Person | None, drafts: Iterable[LogDraft]) -> int:
    """Adds many entries with few statements; returns how many."""
    now = timezone.now()
    return len(
        LogEntry.objects.bulk_create([_entry(person, draft, now) for draft in drafts], batch_size=1000)
    )


def _entry(person: Person | None, draft: LogDraft, at: datetime) -> LogEntry:
    subject = draft.subject
    region_code = getattr(person, "region_id", None) or getattr(subject, "region_id", None) or ""
    return LogEntry(
        at=at,
        person=person,
        person_name=person.name if person else "系统",
        role=person.role if person else "",
        region_code=region_code,
        unit_name=draft.unit_name or (subject.name if isinstance(subject, Unit) else ""),
        action=draft.action,
        subject=subject._meta.label_lower,
        subject_id=str(subject.pk or ""),
        subject_name=str(subject)[:240],
        before=_plain(draft.before),
        after=_plain(draft.after),
        reason=draft.reason,
        address=caller_address.get(),
    )


def _plain(value: Any) -> Any:
    """As JSON: decimals and dates as text, rows by their name."""
    if value is None or isinstance(value, bool | int | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | Missing | Model):
        return str(value)
    raise TypeError(f"no place in the log for {type(value).__name__}")


def entries(person: Person, wanted: LogFilter) -> QuerySet[LogEntry]:
    """The region's log, newest first. Raises PermissionDenied for who may not see it."""
    require(person, "see_log")
    found = LogEntry.objects.filter(region_code=person.region_id or "").order_by("-at", "-pk")
    exact = {"action": wanted.action, "subject": wanted.subject, "subject_id": wanted.subject_id}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if wanted.person:
        found = found.filter(Q(person_name__icontains=wanted.person) | Q(person__username=wanted.person))
    if wanted.unit:
        found = found.filter(unit_name__icontains=wanted.unit)
    if wanted.since:
        found = found.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        found = found.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    if wanted.text:
        found = found.filter(
            Q(subject_name__icontains=wanted.text)
            | Q(reason__icontains=wanted.text)
            | Q(action__icontains=wanted.text)
        )
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def actions(person: Person) -> list[str]:
    """The actions that occur in the region's log, for the page's filter."""
    require(person, "see_log")
    found = LogEntry.objects.filter(region_code=person.region_id or "")
    return list(found.order_by("action").values_list("action", flat=True).distinct())


def export_rows(found: QuerySet[LogEntry]) -> Iterator[tuple[str, ...]]:
    """The entries as rows of text under `HEADINGS`, read in pieces."""
    for entry in found.iterator(chunk_size=2000):
        yield (
            timezone.localtime(entry.at).strftime("%Y-%m-%d %H:%M:%S"),
            entry.person_name,
            str(ROLE_NAMES.get(entry.role, entry.role)),
            entry.unit_name,
            entry.action,
            entry.subject,
            entry.subject_name,
            in_words(entry.before),
            in_words(entry.after),
            entry.reason,
            entry.address or "",
        )


def in_words(change: Mapping[str, Any]) -> str:
    """What stood before or after, as one line: “状态：草稿；版本：3”."""
    # sorted, as PostgreSQL keeps no order of keys
    return "；".join(f"{name}：{'' if change[name] is None else change[name]}" for name in sorted(change))
