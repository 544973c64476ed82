"""制度库: the documents that the region works by, when each is in force, which policy values come from it.

A document is kept once, by its number; what is over is given its last day and what replaced it, never taken
out. Every change names the edition it was made from and is logged. All verbs raise PermissionDenied for who
does not keep the library, and ValidationError (Chinese, by field) for what cannot be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from jiheng import policy as policies
from jiheng.library.models import Level, Regulation
from jiheng.library.wording import content
from jiheng.policy import Entry
from jiheng.units import log
from jiheng.units.access import region_of, require
from jiheng.units.models import Person, Region
from jiheng.units.receiving import keep, why_unfit

TOPICS = (
    *("综合", "预算管理", "事前评估", "绩效目标", "运行监控", "绩效自评", "重点评价"),
    *("问题整改", "结果应用", "预决算公开", "政府债务", "第三方机构", "支出标准", "信息系统"),
)
FIRST = 1949


@dataclass(frozen=True, slots=True, kw_only=True)
class RegulationDraft:
    """What is written of a document; `since` None where its first day is not known."""

    title: str
    issuer: str
    level: str
    topic: str
    number: str = ""
    since: date | None = None
    until: date | None = None
    replaced_by: int | None = None
    note: str = ""
    source: str = ""
    is_verified: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """The document's own file, as it came."""

    name: str
    data: bytes


def regulations_for(person: Person) -> QuerySet[Regulation]:
    """The documents of the person's region: everybody of it reads them."""
    return Regulation.objects.filter(region=person.region_id or "").select_related("replaced_by", "upload")


def regulation_for(person: Person, pk: int) -> Regulation:
    """Raises Http404 for another region's, as for one that is not there."""
    found = regulations_for(person).filter(pk=pk).first()
    if found is None:
        raise Http404("制度库里没有这份文件")
    return found


# ── keeping ───────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def add(person: Person, draft: RegulationDraft, paper: Paper | None = None) -> Regulation:
    """A new document."""
    require(person, "manage_library")
    region = region_of(person)
    item = Regulation(region=region)
    _write(item, draft)
    return _stored(person, item, {}, paper, "收入制度文件")


@transaction.atomic
def revise(
    person: Person, pk: int, based_on: int, draft: RegulationDraft, paper: Paper | None = None
) -> Regulation:
    """Corrects or ends a document; without `paper` its file stays."""
    require(person, "manage_library")
    found = Regulation.objects.select_for_update().filter(region=region_of(person), pk=pk)
    item = found.first()
    if item is None:
        raise Http404("制度库里没有这份文件")
    if item.edition != based_on:
        raise ValidationError("这份文件刚被别人改过，您的修改还没有保存：请打开最新的核对后再改")
    before = _told(item)
    _write(item, draft)
    if _told(item) == before and paper is None:
        raise ValidationError("内容没有变化")
    item.edition += 1
    return _stored(person, item, before, paper, "修改制度文件")


def _stored(
    person: Person, item: Regulation, before: Mapping[str, Any], paper: Paper | None, action: str
) -> Regulation:
    if paper is not None:
        if why := why_unfit(paper.name, paper.data):
            raise ValidationError({"file": why})
        item.upload = keep(person, paper.name, paper.data)
    item.updated_at = timezone.now()
    item.save()
    now = _told(item)
    changed = [name for name in now if before.get(name, "") != now[name]]
    log.record(
        person,
        action,
        item,
        before={name: before[name] for name in changed if name in before},
        after={name: now[name] for name in changed},
    )
    return item


def _told(item: Regulation) -> dict[str, str]:
    """How it reads, by the Chinese names of its fields."""
    names = {*RegulationDraft.__dataclass_fields__, "upload"}
    fields = (field for field in item._meta.local_fields if field.name in names)
    return {str(field.verbose_name): _text(getattr(item, field.name)) for field in fields}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def _write(item: Regulation, draft: RegulationDraft) -> None:
    values = {
        name: value.strip() if isinstance(value, str) else value for name, value in asdict(draft).items()
    }
    errors = dict(_wrong(item, values))
    if errors:
        raise ValidationError(errors)
    replaced_by = values.pop("replaced_by")
    for name, value in values.items():
        setattr(item, name, value)
    item.replaced_by_id = replaced_by


def _wrong(item: Regulation, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each field that cannot stay as it is, and why."""
    for name, value in values.items():
        most = getattr(Regulation._meta.get_field(name), "max_length", None)
        if most and isinstance(value, str) and len(value) > most:
            yield name, f"最多 {most} 个字，现有 {len(value)} 个"
    for name, what in (("title", "名称"), ("issuer", "发文机关")):
        if not values[name]:
            yield name, f"请填写{what}"
    if values["level"] not in Level.values:
        yield "level", f"请选择层级：{'、'.join(Level.labels)}"
    if values["topic"] not in TOPICS:
        yield "topic", f"请选择环节：{'、'.join(TOPICS)}"
    if values["is_verified"] and not values["number"] and values["level"] != Level.NATIONAL:
        yield "is_verified", "没有文号的不能标为已核实，请先补上文号"
    yield from _wrong_dates(values["since"], values["until"])
    others = Regulation.objects.filter(region=item.region).exclude(pk=item.pk)
    if values["number"] and others.filter(number=values["number"]).exists():
        yield "number", f"制度库里已有 {values['number']}，请修改那一份"
    if values["replaced_by"] is None:
        return
    if values["until"] is None:
        yield "until", "有替代文件的，请填写止期（最后有效的一天）"
    if not others.filter(pk=values["replaced_by"]).exists():
        yield "replaced_by", "请从制度库里选另一份文件"


def _wrong_dates(since: date | None, until: date | None) -> Iterator[tuple[str, str]]:
    if since is not None and since.year < FIRST:
        yield "since", "施行日期太早，请核对"
    if since is not None and until is not None and until < since:
        yield "until", f"止期 {until} 早于施行日期 {since}，请核对"


# ── what comes from them ──────────────────────────────────────────────────────────────────────────────


def values_by_number(region: Region, day: date) -> tuple[dict[str, list[Entry]], int]:
    """The policy values in force on a day, by the number of the document they come from; and how many name
    none."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in policies.on(day, region.pk).values():
        found[entry.document.strip()].append(entry)
    bare = len(found.pop("", ()))
    return dict(found), bare


def unlisted(region: Region, day: date) -> list[str]:
    """The numbers that policy values name and the library does not have."""
    known = set(Regulation.objects.filter(region=region).values_list("number", flat=True))
    return sorted(values_by_number(region, day)[0].keys() - known)


# ── first content ─────────────────────────────────────────────────────────────────────────────────────


def load(region: Region) -> int:
    """Puts the documents that are not there yet into a region's library (content/regulations.yaml): the
    national ones, and its own province's. Returns how many; running it again changes nothing."""
    known = set(Regulation.objects.filter(region=region).values_list("number", "title"))
    rows = [
        row
        for row in content("regulations.yaml")
        if region.pk.startswith(row.get("region", "")) and (row.get("number", ""), row["title"]) not in known
    ]
    now = timezone.now()
    made = {
        row["title"]: Regulation(
            region=region,
            number=row.get("number", ""),
            title=row["title"],
            issuer=row["issuer"],
            level=row["level"],
            topic=row["topic"],
            since=row.get("since"),
            until=row.get("until"),
            note=row.get("note", ""),
            source=row["source"],
            updated_at=now,
        )
        for row in rows
    }
    Regulation.objects.bulk_create(made.values())
    for row in rows:
        newer = made.get(row.get("replaced_by", ""))
        if newer is not None:
            Regulation.objects.filter(pk=made[row["title"]].pk).update(replaced_by=newer)
    return len(made)
