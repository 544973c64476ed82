"""What to offer to somebody who writes an indicator: found by text, project name and class, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet

from jiheng.library import history, searching
from jiheng.library.history import Own, YearOfTargets
from jiheng.library.models import Indicator, Status, Use
from jiheng.library.searching import Sought
from jiheng.library.uses import fits_class
from jiheng.library.wording import MOST_TYPED, folded, pairs, said_otherwise, telling
from jiheng.policy import Policy
from jiheng.sheets import Operator, plain
from jiheng.units.models import Region

SHOWN = 10
LOOKED_AT = 60  # hits of the index that are weighed
ALIKE = 40  # indicators of similar projects that are weighed

# weights against those of the index, which range from 0 to about 60; a whole match always comes first
_WHOLE, _START, _OWN, _LEVEL, _CLASS, _ALIKE, _FORM = 100.0, 20.0, 8.0, 6.0, 3.0, 10.0, 0.6
_MOST_FORMS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who writes what: `text` as typed so far (it may be empty), the project's name and class, whose form
    (`subject` as uses name it) of which year, the second level already chosen in the row, and the names that
    stand on the form already: they are only offered again to who types them."""

    region: Region
    fiscal_year: int
    text: str = ""
    project: str = ""
    function_code: str = ""
    subject: str = ""
    level2: str = ""
    taken: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One offer: the indicator, why it is offered, and what was aimed at before. `target` is what may be
    filled in at once: the project's own last target, else what is comparable between units; else empty."""

    indicator: Indicator
    reasons: tuple[str, ...]
    years: tuple[YearOfTargets, ...]
    own: tuple[Own, ...]
    target: str
    target_from: str  # where the target comes from, in words


def suggest(wish: Wish, policy: Policy, limit: int = SHOWN) -> list[Suggestion]:
    """The indicators that fit best, best first. About five queries, whatever the library's size."""
    text = folded(wish.text[:MOST_TYPED])
    otherwise, parts = said_otherwise(text) if text else [], telling(wish.project)
    sought = Sought(text, otherwise, parts, wish.function_code)
    hits = {hit.pk: hit.weight for hit in searching.index_of(wish.region.pk).search(sought, LOOKED_AT)}
    forms = _of_similar(wish)
    pks = set(hits) if text else set(hits) | set(forms)
    offered = Indicator.objects.filter(pk__in=pks, status=Status.ACTIVE)
    if not text:
        offered = offered.exclude(folded__in=[folded(name) for name in wish.taken])
    found = offered.in_bulk()
    mine = _own_pks(wish, pks)
    weighed = sorted(
        found.values(),
        key=lambda item: (
            -_weight(item, wish, text, hits.get(item.pk, 0.0))
            - _ALIKE * (item.pk in forms)
            - _FORM * min(forms.get(item.pk, 0), _MOST_FORMS)
            - _OWN * (item.pk in mine),
            item.code,
        ),
    )[:limit]
    years = history.typical(weighed, wish.fiscal_year)
    own = history.own(weighed, wish.subject, wish.fiscal_year)
    made = []
    for item in weighed:
        told = _Told(tuple(years.get(item.pk, ())), tuple(own.get(item.pk, ())), forms.get(item.pk, 0))
        reasons = _reasons(item, wish, text, otherwise, told)
        target, source = _target(item, told, policy)
        made.append(
            Suggestion(
                indicator=item,
                reasons=tuple(reasons),
                years=told.years,
                own=told.own,
                target=target,
                target_from=source,
            )
        )
    return made


@dataclass(frozen=True, slots=True)
class _Told:
    """What the books say of one indicator."""

    years: tuple[YearOfTargets, ...]
    own: tuple[Own, ...]
    forms: int  # forms of similar projects


def _weight(item: Indicator, wish: Wish, text: str, found: float) -> float:
    weight = found
    if text and text in item.folded:
        # of those that contain the whole text the shorter name says nothing else besides
        weight += _WHOLE + _START * item.folded.startswith(text) + _START * len(text) / len(item.folded)
    if wish.level2 and wish.level2 == item.level2:
        weight += _LEVEL
    if wish.function_code and fits_class(item, wish.function_code):
        weight += _CLASS
    return weight


def _approved_before(wish: Wish) -> QuerySet[Use]:
    found = Use.objects.filter(region=wish.region, is_approved=True, indicator__isnull=False)
    return found.filter(fiscal_year__lt=wish.fiscal_year, fiscal_year__gte=wish.fiscal_year - history.YEARS)


def _of_similar(wish: Wish) -> Mapping[int, int]:
    """On how many forms of projects of the same class (款) each indicator stood in the last years; for the
    goal of a whole unit, on those of other units."""
    found = _approved_before(wish)
    found = found.exclude(subject=wish.subject)
    if wish.subject.startswith("u"):
        found = found.filter(fund=None)
    elif wish.function_code:
        group = wish.function_code[:5]
        found = found.filter(function_code__gte=group, function_code__lt=f"{group}:")
    else:
        return {}
    rows = found.values("indicator").annotate(forms=Count("subject", distinct=True)).order_by("-forms")
    return {row["indicator"]: row["forms"] for row in rows[:ALIKE]}


def _own_pks(wish: Wish, pks: set[int]) -> set[int]:
    found = _approved_before(wish).filter(subject=wish.subject, indicator__in=pks)
    return set(found.values_list("indicator", flat=True)) if wish.subject else set()


def _reasons(item: Indicator, wish: Wish, text: str, otherwise: Sequence[str], told: _Told) -> list[str]:
    """Why it is offered, the strongest first."""
    reasons = []
    if text and text in item.folded:
        reasons.append(f"名称含“{wish.text.strip()[:MOST_TYPED]}”")
    elif text and (word := next((word for word in otherwise if word in item.folded), "")):
        reasons.append(f"同义词“{word}”")
    elif text and any(pair in item.folded for pair in pairs(text)):
        reasons.append("名称相近")
    elif text:
        reasons.append("行业或关键词相符")
    if told.own:
        reasons.append(f"本项目 {told.own[0].year} 年用过")
    if told.forms:
        whose = "其他单位" if wish.subject.startswith("u") else "同类项目"
        reasons.append(f"{told.forms} 个{whose}用过")
    part = next((part for part in telling(wish.project) if _shares(part, item)), "")
    if part and not reasons:
        reasons.append(f"与项目名称“{part}”相近")
    if wish.function_code and fits_class(item, wish.function_code):
        reasons.append("适用本功能分类")
    return reasons or ["与项目名称相近"]


def _shares(part: str, item: Indicator) -> bool:
    where = item.folded + folded(item.sector + item.keywords)
    return any(pair in where for pair in pairs(part))


def _target(item: Indicator, told: _Told, policy: Policy) -> tuple[str, str]:
    """What to fill in, and where it comes from. A number of people or kilometres elsewhere is nobody's
    target: only rates, unit costs and time limits are taken from others."""
    if told.own and item.operator == Operator.QUALITATIVE and told.own[0].words:
        return told.own[0].words, f"本项目 {told.own[0].year} 年批复值"
    if item.operator == Operator.QUALITATIVE:
        return item.value_words, "典型写法" if item.value_words else ""
    if told.own and told.own[0].target is not None:
        return plain(told.own[0].target), f"本项目 {told.own[0].year} 年批复值"
    if not any(word in item.unit for word in policy.table("goals.comparable_units")):
        return "", ""
    if told.years:
        latest = told.years[0]
        return _seen(latest), f"{latest.year} 年 {latest.uses} 张目标表的中位值"
    if item.value is not None:
        where = f"{item.place}{item.year or ''}"
        return item.typed or plain(item.value), f"{where}典型值" if where else "典型值"
    return "", ""


def _seen(year: YearOfTargets) -> str:
    value: Decimal = year.median
    return plain(value)
