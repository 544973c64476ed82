"""待办 of 四评 for the congress and audit: scoring to be organised, results to be confirmed. What a rater has
to score stands among the sheets of every panel. Shaped as `filings.todo`."""

from __future__ import annotations

from typing import Any

from jiheng.filings.todo import Todo
from jiheng.panels.models import PanelState
from jiheng.reviews.access import visible
from jiheng.reviews.models import FourReview, ReviewPart, ReviewState
from jiheng.units.access import may
from jiheng.units.models import Person


def for_person(person: Person) -> list[Todo]:
    """Two queries at most, whatever the number of projects."""
    if not may(person, "convene_review"):
        return []
    reviews = visible(person).filter(state=ReviewState.OPEN)
    parts = ReviewPart.objects.filter(review__in=reviews).exclude(by__in=("self", "fiscal"))
    rows: list[Any] = list(parts.values_list("review", "review__year", "by", "name", "panel__state"))
    found = []
    waiting = [row for row in rows if row[2] == person.role and row[4] is None]
    for year, name in sorted({(row[1], row[3]) for row in waiting}):
        count = sum((row[1], row[3]) == (year, name) for row in waiting)
        found.append(_line("convene", f"四评项目待组织{name} {count} 项", count, year))
    if may(person, "confirm_review"):
        scored = {row[0] for row in rows} - {row[0] for row in rows if row[4] != PanelState.OPENED}
        for year in sorted({row[1] for row in rows if row[0] in scored}):
            count = len({row[0] for row in rows if row[0] in scored and row[1] == year})
            found.append(_line("confirm", f"四评结果待合成确认 {count} 项", count, year))
    return found


def waiting_for(person: Person, review: FourReview, parts: list[ReviewPart]) -> str:
    """What of this project waits for the person ("convene", "confirm"), for the list that 待办 leads to."""
    if review.state != ReviewState.OPEN or not may(person, "convene_review"):
        return ""
    scored = [part for part in parts if part.by not in ("self", "fiscal")]
    if any(part.by == person.role and part.panel is None for part in scored):
        return "convene"
    all_in = all(part.panel and part.panel.state == PanelState.OPENED for part in scored)
    return "confirm" if all_in and may(person, "confirm_review") else ""


def _line(kind: str, title: str, count: int, year: int) -> Todo:
    return Todo(f"review_{kind}", title, count, "reviews", {"work": year, "todo": kind})
