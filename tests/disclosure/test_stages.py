"""全过程全覆盖: each stage's due and done, by number and by amount, as of a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast
from tests.findings import rows as problem_rows
from tests.results import graded
from tests.reviews import rows as review_rows
from tests.web import filed

from jiheng.disclosure import stages
from jiheng.disclosure.stages import Covered
from jiheng.filings import coverage
from jiheng.goals import replying
from jiheng.projects import clearing
from jiheng.projects.models import ClearanceState, Stage
from jiheng.sheets import Missing
from jiheng.units.models import Person


def lines(cast: Cast, year: int, day: date | None = None, person: Person | None = None) -> dict[str, Covered]:
    found = stages.covered(person or cast.performance, cast.region, year, day or timezone.localdate())
    assert len({line.key for line in found}) == len(found)
    return {line.key: line for line in found}


def counted(line: Covered) -> tuple[int, int]:
    return line.count.due, line.count.done


def test_an_empty_year_has_its_lines_and_nothing_done(cast: Cast) -> None:
    found = lines(cast, 2024)
    assert counted(found["goals_funds"]) == (4, 0)
    assert counted(found["fiscal"]) == (0, 0)
    assert isinstance(found["fiscal"].count.rate, Missing)  # nothing due is not nothing covered
    assert {key.rpartition("_")[0] or key for key in found} >= {"monitoring6", "evaluation", "replies"}


def test_the_filed_stages_say_what_their_own_page_says(cast: Cast) -> None:
    filed.approved(cast)
    found = lines(cast, 2024)["goals_funds"]
    page = coverage.as_of(cast.region, Stage.GOAL, 2024, 0, timezone.localdate()).funds.tally
    count = found.count
    assert (count.due, count.done, count.amount, count.amount_done, count.unknown) == (
        page.total,
        page.filed,
        page.amount,
        page.amount_filed,
        page.unknown,
    )
    assert count.amount_done == Decimal(30_000_000)
    assert count.unknown == 1  # 困难群众救助 has no budget of 2024: not zero
    assert [row.name for row in found.missing if row.unit == cast.school] == []


def test_a_reply_counts_from_its_day(cast: Cast) -> None:
    filed.approved(cast)
    today = timezone.localdate()
    assert counted(lines(cast, 2024)["replies_funds"]) == (4, 0)
    replying.issue(cast.performance, 2024, [cast.school.pk], today)
    assert counted(lines(cast, 2024)["replies_funds"]) == (4, 1)
    assert counted(lines(cast, 2024, today - timedelta(days=1))["replies_funds"]) == (4, 0)


def test_an_assessment_is_dealt_with_however_it_ended(cast: Cast) -> None:
    for fund, state in ((cast.building, ClearanceState.REFUSED), (cast.clinics, ClearanceState.REQUIRED)):
        clearing.tell(
            clearing.Told(fund=fund, fiscal_year=2024, state=state, reason="得分 58", origin="assessment:1")
        )
    found = lines(cast, 2024)["assessment"]
    assert counted(found) == (2, 1)
    assert [(row.name, row.state) for row in found.missing] == [(cast.clinics.name, "尚未通过")]


def test_picked_evaluations_and_reviews(cast: Cast) -> None:
    review_rows.own_score(cast)
    review_rows.fiscal_score(cast)
    review_rows.fiscal_score(
        cast,
        serial=2,
        fund=cast.meals,
        unit=cast.education_bureau,
        confirmed_at=None,
        state="scoring",
        total=None,
        grade="",
        amount=Decimal("8600000.00"),
    )
    found = lines(cast, 2023)["fiscal"]
    assert counted(found) == (2, 1)
    assert (found.count.amount, found.count.unknown) == (Decimal("8600000.00"), 1)
    assert "fiscal" not in lines(cast, 2023, person=cast.congress)  # sees only what is finished


def test_problems_are_due_once_issued_and_done_once_closed(cast: Cast) -> None:
    problem_rows.registered(cast, title="绩效目标不够量化")
    assert counted(lines(cast, 2023)["problems"]) == (0, 0)
    problem_rows.closed(cast)
    assert counted(lines(cast, 2023)["problems"]) == (1, 1)


def test_results_are_dealt_with_when_applied(cast: Cast) -> None:
    made = graded.plan(cast)
    assert counted(lines(cast, 2023)["results"]) == (4, 0)
    graded.applied(cast, made)
    found = lines(cast, 2023)["results"]
    assert counted(found) == (4, 4)
    assert found.params == {"year": made.budget_year}


def test_a_division_s_lines_add_up_to_the_whole(cast: Cast) -> None:
    filed.approved(cast)
    for line in lines(cast, 2024).values():
        parts = [count for _, count in line.by_division()]
        assert sum(part.due for part in parts) == line.count.due
        assert sum(part.amount_done for part in parts) == line.count.amount_done
        for division, count in line.by_division():
            assert line.of(division.pk).count == count


def test_a_unit_sees_its_own(cast: Cast) -> None:
    found = lines(cast, 2024, person=cast.reporter)
    assert counted(found["goals_units"]) == (1, 0)
    assert {row.unit for line in found.values() for row in line.subjects} == {cast.school}


def test_queries_do_not_grow_with_subjects(cast: Cast) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        lines(cast, 2024, person=cast.reporter)
    with CaptureQueriesContext(connection) as many:
        lines(cast, 2024)
    assert len(many) <= len(few) + 2
