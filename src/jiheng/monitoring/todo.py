"""待办 of monitoring: forms on which policy asks for a correction that nobody ordered yet."""

from __future__ import annotations

from django.db.models import Count

from jiheng.filings.access import visible
from jiheng.filings.models import State
from jiheng.filings.todo import Todo
from jiheng.sheets import Form
from jiheng.units import access
from jiheng.units.models import Person


def for_person(person: Person) -> list[Todo]:
    """One line for each month, for those who order corrections. One query."""
    if not access.may(person, "order_correction"):
        return []
    waiting = visible(person).filter(
        form=Form.MONITORING, reading__must_correct=True, corrections__isnull=True
    )
    months = waiting.exclude(state=State.DRAFT, is_adjusting=False).order_by("fiscal_year", "month")
    return [
        Todo(
            kind="order_correction",
            title=f"{year}年截至{month}月监控须下达纠偏单 {count} 份",
            count=count,
            url_name="monitoring",
            params={"year": year, "month": month, "to_correct": 1},
        )
        for year, month, count in months.values_list("fiscal_year", "month").annotate(Count("pk"))
    ]
