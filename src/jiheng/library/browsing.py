"""Lists of the library as a person filters them, and what changed from edition to edition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from jiheng.library.access import indicators_for, standards_for
from jiheng.library.models import Edition, Indicator, Standard, Status
from jiheng.library.searching import Sought, index_of
from jiheng.library.wording import MOST_TYPED, folded, said_otherwise
from jiheng.units.models import Person

MOST_HITS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody looks for; empty means any."""

    text: str = ""
    sector: str = ""
    level2: str = ""
    operator: str = ""
    status: str = Status.ACTIVE
    verified: str = ""  # "yes" or "no"


def indicators(person: Person, wanted: Wanted) -> QuerySet[Indicator]:
    """The region's indicators that fit: with a text, those in use the best first, others by name."""
    found: QuerySet[Indicator] = _filtered(indicators_for(person), wanted)
    if wanted.level2:
        found = found.filter(level2=wanted.level2)
    text = folded(wanted.text[:MOST_TYPED])
    if not text:
        return found.order_by("sector", "code")
    if wanted.status != Status.ACTIVE:
        return found.filter(folded__contains=text).order_by("sector", "code")
    sought = Sought(text, said_otherwise(text))
    hits = index_of(person.region_id or "").search(sought, MOST_HITS)
    ranks = [When(pk=hit.pk, then=Value(place)) for place, hit in enumerate(hits)]
    found = found.filter(pk__in=[hit.pk for hit in hits])
    whole = When(folded__contains=text, then=Value(-1))
    place = Case(*ranks, default=Value(MOST_HITS), output_field=IntegerField())
    first = Case(whole, default=Value(0), output_field=IntegerField())
    return found.annotate(first=first, rank=place).order_by("first", "rank")


def standards(person: Person, wanted: Wanted) -> QuerySet[Standard]:
    """The region's standards that fit, by trade."""
    found: QuerySet[Standard] = _filtered(standards_for(person), wanted)
    text = folded(wanted.text[:MOST_TYPED])
    if text:
        found = found.filter(folded__contains=text)
    return found.order_by("sector", "code")


def _filtered(found: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
    exact = {"sector": wanted.sector, "operator": wanted.operator, "status": wanted.status}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if wanted.verified:
        found = found.filter(is_verified=wanted.verified == "yes")
    return found


def sectors(person: Person) -> list[str]:
    """The trades that the region's indicators and standards are kept under."""
    kept = set(indicators_for(person).order_by().values_list("sector", flat=True).distinct())
    return sorted(kept | set(standards_for(person).order_by().values_list("sector", flat=True).distinct()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One edition, and what it changed against the one before: name, before, after."""

    edition: Edition
    changes: tuple[tuple[str, str, str], ...]


def changes_of(item: Indicator | Standard) -> list[Change]:
    """The editions of an item, the latest first."""
    told, before = [], dict[str, str]()
    for edition in item.editions.select_related("person").order_by("number"):
        now: dict[str, str] = edition.content
        names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
        changes = tuple((name, before.get(name, ""), now.get(name, "")) for name in names)
        told.append(Change(edition=edition, changes=changes if before else ()))
        before = now
    return told[::-1]


def alike(item: Indicator, most: int = 20) -> list[Indicator]:
    """The active indicators whose names come nearest: what it may be merged with or replaced by."""
    hits = index_of(item.region_id).search(Sought(item.folded, said_otherwise(item.folded)), most + 1)
    found = Indicator.objects.in_bulk([hit.pk for hit in hits])
    return [found[hit.pk] for hit in hits if hit.pk != item.pk and hit.pk in found][:most]
