"""What the bureau looks at in its library: names written in two ways, indicators that tell nobody apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, F, Q, Value
from django.db.models.functions import Concat

from jiheng.library.models import Indicator, Use
from jiheng.policy import Policy
from jiheng.units.models import Person, Region

SHOWN_UNITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of writing an indicator: direction and unit of measure, on how many forms, whose."""

    operator: str
    measure: str
    forms: int
    units: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """同名指标方向或单位不一致: one name and its ways, the most frequent first."""

    name: str
    ways: tuple[Way, ...]
    indicator: Indicator | None  # of the library, with the way it holds right


def clashes(region: Region, fiscal_year: int) -> list[Clash]:
    """The names that units wrote in more than one way on the goal forms of a year, submitted or approved;
    those on most forms first. Three queries."""
    here = Use.objects.filter(region=region, fiscal_year=fiscal_year).exclude(folded="")
    way = Concat(F("operator"), Value(" "), F("measure"))
    several = here.values("folded").annotate(ways=Count(way, distinct=True)).filter(ways__gt=1)
    names = {row["folded"] for row in several.order_by()}
    rows = here.filter(folded__in=names).values("folded", "operator", "measure")
    counted = rows.annotate(forms=Count("subject", distinct=True), units=Count("unit", distinct=True))
    examples: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    written: dict[str, str] = {}
    told = here.filter(folded__in=names).order_by("unit__code", "pk")
    for name, folded, operator, measure, unit in told.values_list(
        "name", "folded", "operator", "measure", "unit__name"
    ):
        written.setdefault(folded, name)
        examples[folded, operator, measure][unit] = None
    ways: dict[str, list[Way]] = defaultdict(list)
    for row in counted.order_by("-forms", "operator", "measure"):
        key = (row["folded"], row["operator"], row["measure"])
        ways[row["folded"]].append(
            Way(
                operator=row["operator"],
                measure=row["measure"],
                forms=row["forms"],
                units=row["units"],
                examples=tuple(examples[key])[:SHOWN_UNITS],
            )
        )
    kept = {item.folded: item for item in Indicator.objects.filter(region=region, folded__in=names)}
    found = [
        Clash(name=written[folded], ways=tuple(items), indicator=kept.get(folded))
        for folded, items in ways.items()
    ]
    return sorted(found, key=lambda clash: (-sum(way.forms for way in clash.ways), clash.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """An indicator that everybody always got full marks for: it tells nobody apart."""

    indicator: Indicator
    years: int
    uses: int
    units: int


def flat(region: Region, policy: Policy) -> list[Flat]:
    """The indicators all of whose confirmed results, over as many years and uses as policy asks for, are full
    marks; the most used first. Two queries."""
    scored = Use.objects.filter(region=region, indicator__isnull=False, is_full__isnull=False)
    rows = scored.values("indicator").annotate(
        uses=Count("pk"),
        full=Count("pk", filter=Q(is_full=True)),
        years=Count("fiscal_year", distinct=True),
        units=Count("unit", distinct=True),
    )
    least_years = policy.whole("watch.flat.years_from")
    least_uses = policy.whole("watch.flat.uses_from")
    rows = rows.filter(full=F("uses"), years__gte=least_years, uses__gte=least_uses)
    found = list(rows.order_by("-uses", "indicator"))
    items = Indicator.objects.in_bulk([row["indicator"] for row in found])
    return [
        Flat(
            indicator=items[row["indicator"]],
            years=row["years"],
            uses=row["uses"],
            units=row["units"],
        )
        for row in found
    ]


def counts(person: Person) -> dict[str, int]:
    """How many there are of what, for the head of the library's page. One query."""
    found = Indicator.objects.filter(region=person.region_id or "")
    return found.aggregate(
        active=Count("pk", filter=Q(status="active")),
        retired=Count("pk", filter=Q(status="retired")),
        unverified=Count("pk", filter=Q(status="active", is_verified=False)),
    )
