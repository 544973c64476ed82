"""待办: what waits for a person among forms and questions. Higher rooms add their own in the same shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Min
from django.utils import timezone

from jiheng.filings.access import waiting_at_desk
from jiheng.filings.models import Filing, State
from jiheng.filings.questions import open_questions
from jiheng.projects import calendar
from jiheng.projects.models import Fund
from jiheng.sheets import Form
from jiheng.units.models import Person, Role


@dataclass(frozen=True, slots=True)
class Todo:
    """One line of 待办: `count` things of a kind, and the page (`url_name` with `params` as its query) that
    lists them. `due_on` None where no date is set."""

    kind: str  # "decide", "returned", "file", "adjusting", "question"; higher rooms have their own
    title: str
    count: int
    url_name: str
    params: dict[str, Any] = field(default_factory=dict)
    due_on: date | None = None
    is_overdue: bool = False


def for_person(person: Person) -> list[Todo]:
    """What waits, the overdue first. The number of queries does not grow with forms or units."""
    found = [*_to_decide(person), *_to_file(person), *_to_answer(person)]
    return sorted(found, key=lambda item: (not item.is_overdue, item.due_on or date.max, item.kind))


def count(person: Person) -> int:
    """How many things wait, for the badge beside the name."""
    return sum(item.count for item in for_person(person))


def _to_decide(person: Person) -> Iterator[Todo]:
    waiting = waiting_at_desk(person).order_by().values_list("form", "fiscal_year", "month")
    for form, year, month, number, since in sorted(waiting.annotate(Count("pk"), Min("arrived_at"))):
        oldest = f"，最早 {timezone.localdate(since)} 到达" if since else ""
        yield Todo(
            kind="decide",
            title=f"{_name(form, year, month)}待审核 {number} 份{oldest}",
            count=number,
            url_name="review",
            params={"form": form, "year": year, "month": month},
        )


def _to_file(person: Person) -> Iterator[Todo]:
    if (
        not person.is_active
        or person.role != Role.REPORTER
        or person.unit_id is None
        or person.region is None
    ):
        return
    mine = Filing.objects.filter(unit=person.unit_id).order_by()
    rows = list(mine.values_list("form", "fiscal_year", "month", "fund_id", "state", "is_adjusting"))
    yield from _back_with_me(rows)
    today = timezone.localdate()
    funds = list(Fund.objects.filter(unit=person.unit_id).values_list("pk", "since_year", "until_year"))
    for window in calendar.open_windows(person.region, today):
        year, month = window.fiscal_year, window.month
        expected = {None, *(pk for pk, since, until in funds if since <= year <= until)}
        filed = {
            fund
            for form, of_year, of_month, fund, state, is_adjusting in rows
            if (calendar.stage_of(form), of_year, of_month) == (window.stage, year, month)
            and (state != State.DRAFT or is_adjusting)
        }
        left = len(expected - filed)
        if left:
            yield Todo(
                kind="file",
                title=f"{window}还有 {left} 张表未报送，{window.due_on} 截止",
                count=left,
                url_name="my_forms",
                params={"stage": window.stage, "year": year, "month": month},
                due_on=window.due_on,
                is_overdue=today > window.due_on,
            )


def _back_with_me(rows: list[Any]) -> Iterator[Todo]:
    returned = Counter(
        (form, year, month) for form, year, month, _, state, _ in rows if state == State.RETURNED
    )
    for (form, year, month), number in sorted(returned.items()):
        yield Todo(
            kind="returned",
            title=f"{_name(form, year, month)}被退回 {number} 份，请按意见修改后重新报送",
            count=number,
            url_name="my_forms",
            params={"form": form, "year": year, "month": month, "state": State.RETURNED},
        )
    adjusting = Counter(
        (form, year, month) for form, year, month, _, state, is_on in rows if is_on and state == State.DRAFT
    )
    for (form, year, month), number in sorted(adjusting.items()):
        yield Todo(
            kind="adjusting",
            title=f"{_name(form, year, month)}正在调整 {number} 份，修改后请报送",
            count=number,
            url_name="my_forms",
            params={"form": form, "year": year, "month": month, "state": State.DRAFT},
        )


def _to_answer(person: Person) -> Iterator[Todo]:
    number = open_questions(person).count()
    if number:
        yield Todo("question", f"单位提问待答复 {number} 个", number, "questions", {"state": "open"})


def _name(form: str, fiscal_year: int, month: int) -> str:
    return f"{fiscal_year}年《{Form(form).heading}》" + (f"（截至{month}月）" if month else "")
