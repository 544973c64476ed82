"""The library's first content, each with its source (content/*.yaml): facts seen in published goal forms,
expenditure standards, documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from jiheng.library import regulations
from jiheng.library.models import Edition, Indicator, Standard, Status
from jiheng.library.uses import adopt
from jiheng.library.wording import content
from jiheng.library.workflow import IndicatorDraft, StandardDraft, edition_of, standard_values, values_of
from jiheng.units import log
from jiheng.units.models import Region

FILES = (
    *("school_meals", "toilets", "rural_roads", "industry", "farmland"),
    *("relief", "public_health", "student_aid", "village_tourism", "services"),
)
CAUSE = "首批"


@transaction.atomic
def load(region: Region) -> int:
    """Puts what is not there yet into a region's library; what is there is left alone, however it was revised
    since. Returns how many were added. Running it again changes nothing."""
    known = set(Indicator.objects.filter(region=region).values_list("code", flat=True))
    added = store([item for item in _indicators(region) if item.code not in known])
    known = set(Standard.objects.filter(region=region).values_list("code", flat=True))
    standards = [item for item in _standards(region) if item.code not in known]
    Standard.objects.bulk_create(standards)
    Edition.objects.bulk_create([edition_of(item, CAUSE, None) for item in standards])
    papers = regulations.load(region)
    if added or standards or papers:
        after = {"指标": added, "标准": len(standards), "制度文件": papers}
        log.record(None, "载入首批指标、标准和制度文件", region, after=after)
    return added + len(standards) + papers


def store(items: Sequence[Indicator], cause: str = CAUSE) -> int:
    """Stores new indicators with their first editions, and links the uses that wait for their names."""
    Indicator.objects.bulk_create(items, batch_size=500)
    Edition.objects.bulk_create([edition_of(item, cause, None) for item in items], batch_size=500)
    adopt(items)
    return len(items)


def _indicators(region: Region) -> Iterator[Indicator]:
    cards = content("cards.yaml")
    now = timezone.now()
    for name in FILES:
        file = content(f"{name}.yaml")
        for number, fact in enumerate(file["facts"], start=1):
            draft = _with_card(_draft(file, fact), cards)
            code = f"{file['prefix']}{number:03}"
            yield Indicator(region=region, code=code, updated_at=now, **values_of(draft, region))


def _draft(file: dict[str, Any], fact: dict[str, Any]) -> IndicatorDraft:
    return IndicatorDraft(
        name=fact["name"],
        sector=file["sector"],
        level2=fact["level2"],
        operator=fact["operator"],
        unit=fact.get("unit", ""),
        function_codes=file["functions"],
        keywords=file["keywords"],
        meaning=fact.get("meaning", ""),
        formula=fact.get("formula", ""),
        typed=fact.get("value", ""),
        value_words=fact.get("words", ""),
        place=fact.get("place", ""),
        year=fact.get("year"),
        source=fact["source"],
        is_verified=not fact.get("pending", False),
    )


def _with_card(draft: IndicatorDraft, cards: list[dict[str, str]]) -> IndicatorDraft:
    card = next((card for card in cards if card["word"] in draft.name), None)
    if card is None:
        return draft
    written: dict[str, Any] = {name: text for name, text in card.items() if name != "word"}
    return replace(draft, **written)


def _standards(region: Region) -> Iterator[Standard]:
    now = timezone.now()
    for number, fact in enumerate(content("standards.yaml"), start=1):
        draft = StandardDraft(
            name=fact["name"],
            sector=fact["sector"],
            operator=fact["operator"],
            typed=fact["value"],
            unit=fact["unit"],
            function_codes=fact["functions"],
            scope=fact.get("scope", ""),
            place=fact.get("place", ""),
            year=fact.get("year"),
            document=fact.get("document", ""),
            source=fact["source"],
            is_verified=not fact.get("pending", False),
        )
        status = Status.RETIRED if fact.get("retired") else Status.ACTIVE
        values = standard_values(draft)
        yield Standard(region=region, code=f"SB{number:03}", status=status, updated_at=now, **values)
