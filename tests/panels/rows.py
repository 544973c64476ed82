"""A panel of the cast: two experts and a colleague of the bureau judge the school's building fund."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from tests.cast import Cast, make_person

from jiheng.panels import convening, rating
from jiheng.panels.convening import LineDraft, PanelDraft, SeatDraft
from jiheng.panels.models import Panel, PanelKind, Seat
from jiheng.panels.rating import MarkDraft, SheetDraft
from jiheng.units.models import Person, Role

LINES = (
    LineDraft(code="A1", group="立项必要性", name="政策依据", full=Decimal(10)),
    LineDraft(code="A2", group="立项必要性", name="现实需求", full=Decimal(10)),
    LineDraft(code="B1", group="投入经济性", name="成本测算", full=Decimal(20)),
)


def second_expert(cast: Cast) -> Person:
    known = Person.objects.filter(username="expert2").first()
    return known or make_person("expert2", "向评", Role.EXPERT, region=cast.region)


def draft(cast: Cast, **changes: Any) -> PanelDraft:
    facts: dict[str, Any] = {
        "kind": PanelKind.FISCAL,
        "subject": "fiscal:1",
        "title": "薄弱学校改造专项资金财政评价",
        "fiscal_year": 2024,
        "unit": cast.school,
        "fund": cast.building,
        "lines": LINES,
        "due_on": timezone.localdate() + timedelta(days=7),
    }
    return PanelDraft(**facts | changes)


def convened(cast: Cast, *raters: Person, **changes: Any) -> Panel:
    people = raters or (cast.expert, second_expert(cast), cast.colleague)
    return convening.convene(
        cast.performance, draft(cast, **changes), [SeatDraft(person=who) for who in people]
    )


def seat_of(panel: Panel, person: Person) -> Seat:
    return Seat.objects.select_related("panel__unit").get(panel=panel, person=person)


def sheet(*scores: str, evidence: str = "立项批复第2页", reason: str = "见评审记录") -> SheetDraft:
    marks = [
        MarkDraft(code=line.code, score=Decimal(score), evidence=evidence, reason=reason)
        for line, score in zip(LINES, scores, strict=True)
    ]
    return SheetDraft(marks=marks, opinion="总体可行")


def scored(panel: Panel, person: Person, *scores: str) -> Seat:
    seat = seat_of(panel, person)
    return rating.save_draft(person, seat, seat.revision, sheet(*scores))


def sealed(panel: Panel, person: Person, *scores: str) -> Seat:
    seat = scored(panel, person, *scores)
    return rating.seal(person, seat, seat.revision)


def opened_panel(cast: Cast) -> Panel:
    panel = convened(cast)
    sealed(panel, cast.expert, "8", "7", "16")
    sealed(panel, second_expert(cast), "9", "6", "15")
    sealed(panel, cast.colleague, "8", "7.5", "18")
    panel.refresh_from_db()
    return panel


def passed(panel: Panel) -> Panel:
    """The same panel, a day after its deadline."""
    Panel.objects.filter(pk=panel.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    panel.refresh_from_db()
    return panel
