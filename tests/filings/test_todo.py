"""待办: what waits, when it is due, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, make_fund
from tests.filings.forms import approved, opened, submitted

from jiheng.filings import todo, workflow
from jiheng.units.models import Person


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    def set_today(day: date) -> None:
        monkeypatch.setattr(timezone, "localdate", lambda *_: day)

    return set_today


def lines(person: Person) -> list[tuple[str, int]]:
    return [(item.kind, item.count) for item in todo.for_person(person)]


def test_a_reporter_is_told_what_is_not_filed_and_until_when(cast: Cast, today: Any) -> None:
    today(date(2024, 1, 20))
    (line,) = todo.for_person(cast.reporter)
    assert (line.kind, line.count, line.due_on) == ("file", 2, date(2024, 3, 29))
    assert line.title == "2024年绩效目标还有 2 张表未报送，2024-03-29 截止"
    assert not line.is_overdue
    today(date(2024, 3, 30))
    overdue = todo.for_person(cast.reporter)[0]
    assert (overdue.kind, overdue.is_overdue) == ("file", True)


def test_before_the_window_opens_nothing_waits(cast: Cast, today: Any) -> None:
    today(date(2024, 1, 1))
    assert todo.for_person(cast.reporter) == []


def test_a_form_waits_at_one_desk_after_the_other(cast: Cast, today: Any) -> None:
    today(date(2024, 1, 20))
    filing = submitted(cast)
    assert lines(cast.reporter) == [("file", 1)]
    for person in (cast.reviewer, cast.department, cast.division, cast.performance):
        assert lines(person) == [("decide", 1)]
        assert todo.count(person) == 1
        filing = workflow.approve(person, filing, filing.revision)
        assert lines(person) == []
    assert todo.for_person(cast.observer) == []


def test_a_returned_form_waits_for_its_reporter(cast: Cast, today: Any) -> None:
    today(date(2024, 1, 20))
    filing = submitted(cast)
    workflow.return_for_revision(cast.reviewer, filing, filing.revision, "reporter", "改")
    assert ("returned", 1) in lines(cast.reporter)
    assert lines(cast.bureau_reporter) == [("file", 2)]


def test_a_goal_under_adjustment_waits_and_is_not_unfiled(cast: Cast, today: Any) -> None:
    today(date(2024, 1, 20))
    workflow.reopen(cast.reporter, approved(cast), "调整")
    assert sorted(lines(cast.reporter)) == [("adjusting", 1), ("file", 1)]


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    def queries(person: Person) -> int:
        with CaptureQueriesContext(connection) as captured:
            todo.for_person(person)
        return len(captured)

    people = (cast.reporter, cast.reviewer, cast.performance)
    submitted(cast)
    before = [queries(person) for person in people]
    for place in range(10):
        filing = opened(cast, make_fund(cast.school, f"x{place}", f"专项{place}"))
        if place % 2:
            workflow.submit(cast.reporter, filing, filing.revision)
    assert [queries(person) for person in people] == before
    assert max(before) <= 6
