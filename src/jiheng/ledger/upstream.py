"""取数映射 at hand: those that come with Jiheng, and a region's own, whose every version is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import Http404
from django.utils import timezone

from jiheng.documents import mapping
from jiheng.documents.archive import DocumentError
from jiheng.documents.mapping import SourceMapping
from jiheng.ledger.models import MappingVersion
from jiheng.units import imports, log
from jiheng.units.access import may, region_of, require
from jiheng.units.models import Person, Region

FOLDER = Path(__file__).parent / "mappings"
READY = (
    *("payments", "allocations", "unit_funds", "refunds", "budgets", "budget_adjustments", "carryovers"),
    # registries with personal numbers, which come in no other way
    *("subsidies", "acceptances", "deaths"),
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A mapping that can be chosen: `key` names it on pages and on the command line."""

    key: str
    mapping: SourceMapping
    text: str
    version: int = 0  # 0: comes with Jiheng
    pk: int = 0

    @property
    def label(self) -> str:
        return f"{self.mapping.title}（第 {self.version} 版）" if self.version else self.mapping.title


@cache
def ready() -> dict[str, Offered]:
    """Those that come with Jiheng, by file name."""
    found = {}
    for key in READY:
        text = (FOLDER / f"{key}.yaml").read_text(encoding="utf-8")
        found[key] = Offered(key, mapping.load(text, f"现成映射 {key}"), text)
    return found


def of_region(region: Region) -> list[Offered]:
    """The region's own, each in its newest version, without those retired."""
    newest: dict[str, MappingVersion] = {}
    for one in MappingVersion.objects.filter(region=region).order_by("title", "version"):
        newest[one.title] = one
    return [_offered(one) for one in newest.values() if not one.is_retired]


def _offered(one: MappingVersion) -> Offered:
    return Offered(f"own-{one.pk}", mapping.load(one.text, one.title), one.text, one.version, one.pk)


def offered(person: Person) -> list[Offered]:
    """What this person may pull by: the region's own first."""
    every = [*of_region(region_of(person)), *ready().values()]
    return [one for one in every if may(person, imports.kind(one.mapping.kind).action)]


def chosen(person: Person, key: str) -> Offered:
    """One of `offered`, by its key or its title. Raises Http404 for any other."""
    for one in offered(person):
        if key in (one.key, one.mapping.title):
            return one
    raise Http404("没有这个取数映射，或您无权使用")


def save(person: Person, text: str) -> MappingVersion:
    """Stores a mapping as the next version of its title; the same text again is the same version.

    Raises PermissionDenied, ValidationError (Chinese) for a mapping that cannot be used.
    """
    region = region_of(person)
    try:
        wanted = mapping.load(text)
        try:
            found = imports.kind(wanted.kind)
        except Http404:
            raise DocumentError(f"映射里的 kind“{wanted.kind}”不是可取的数据种类") from None
        if not found.is_mappable:
            raise DocumentError(f"“{found.title}”只能用模板导入，不能按映射取数")
        mapping.bind(wanted, imports.columns_of(found))
    except DocumentError as error:
        raise ValidationError(str(error)) from error
    require(person, found.action)
    with transaction.atomic():
        Region.objects.select_for_update().get(pk=region.pk)
        earlier = MappingVersion.objects.filter(region=region, title=wanted.title)
        newest = earlier.order_by("-version").first()
        if newest is not None and newest.text == text and not newest.is_retired:
            return newest
        number = (earlier.aggregate(most=Max("version"))["most"] or 0) + 1
        made = MappingVersion.objects.create(
            region=region,
            title=wanted.title,
            version=number,
            kind=wanted.kind,
            text=text,
            person=person,
            at=timezone.now(),
        )
        log.record(person, "保存取数映射", made, after={"名称": made.title, "版本": number})
    return made


def retire(person: Person, pk: int) -> MappingVersion:
    """No longer offered; every version stays. Raises Http404 for strangers, PermissionDenied."""
    newest = version_for(person, pk)
    require(person, imports.kind(newest.kind).action)
    with transaction.atomic():
        made = MappingVersion.objects.create(
            region=newest.region,
            title=newest.title,
            version=versions(newest).aggregate(most=Max("version"))["most"] + 1,
            kind=newest.kind,
            text=newest.text,
            is_retired=True,
            person=person,
            at=timezone.now(),
        )
        log.record(person, "停用取数映射", made, after={"名称": made.title})
    return made


def version_for(person: Person, pk: int) -> MappingVersion:
    """One version of the person's region. Raises Http404 for strangers, and who may not import its kind."""
    found = MappingVersion.objects.filter(pk=pk, region=region_of(person)).select_related("person").first()
    if found is None or not may(person, imports.kind(found.kind).action):
        raise Http404("没有这个取数映射，或您无权使用")
    return found


def versions(one: MappingVersion) -> QuerySet[MappingVersion]:
    """All versions of the same title, the newest first."""
    same = MappingVersion.objects.filter(region=one.region_id, title=one.title)
    return same.select_related("person").order_by("-version")
