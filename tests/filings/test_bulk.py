"""Many forms at once: the same as one by one, with a fixed number of queries."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, make_fund
from tests.filings.forms import goal_sheet, submitted

from jiheng.filings import workflow
from jiheng.filings.models import Desk, Filing, Remark, State, Step, Version
from jiheng.sheets import Form, to_json
from jiheng.units.models import LogEntry


def at_last_desk(cast: Cast, number: int, prefix: str) -> list[tuple[int, int]]:
    """Forms that wait at 绩效股, with the submission behind them."""
    rows = []
    for place in range(number):
        fund = make_fund(cast.school, f"{prefix}{place:04}", f"专项{prefix}{place}")
        sheet = to_json(goal_sheet(fund))
        filing = Filing.objects.create(
            region=cast.region,
            form=Form.PROJECT_GOAL,
            fiscal_year=2024,
            unit=cast.school,
            fund=fund,
            sheet=sheet,
            state=State.IN_REVIEW,
            desk=Desk.PERFORMANCE,
            revision=3,
        )
        rows.append((filing.pk, 3))
    return rows


def queries_of(cast: Cast, number: int, prefix: str) -> int:
    rows = at_last_desk(cast, number, prefix)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        results = workflow.approve_many(cast.performance, rows, "同意")
    assert all(result.ok for result in results)
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_forms(cast: Cast) -> None:
    assert queries_of(cast, 3, "a") == queries_of(cast, 40, "b") <= 20


def test_many_are_approved_as_one_would_be(cast: Cast) -> None:
    rows = at_last_desk(cast, 3, "a")
    results = workflow.approve_many(cast.performance, rows, "同意")
    assert [(row.pk, row.ok, row.message) for row in results] == [(pk, True, "已批复") for pk, _ in rows]
    for filing in Filing.objects.all():
        assert (filing.state, filing.desk, filing.revision) == (State.APPROVED, "", 4)
        assert filing.approved is not None
        assert (filing.approved.filing_id, filing.approved.cause) == (filing.pk, "批复")
        assert filing.approved.sheet == filing.sheet
        assert filing.approved_at is not None
        step = Step.objects.get(filing=filing)
        assert (step.action, step.reason, step.version) == ("批复", "同意", filing.approved)
    entries = LogEntry.objects.filter(action="批复")
    assert entries.count() == 3
    assert entries[0].before["状态"] == "审核中"
    assert entries[0].after["状态"] == "已批复"


def test_each_row_that_cannot_be_says_why_and_the_others_go_on(cast: Cast) -> None:
    (good, revision), (stale, _), (approved, _), (elsewhere, _), (foreign, _) = at_last_desk(cast, 5, "a")
    workflow.approve_many(cast.performance, [(approved, revision)])
    Filing.objects.filter(pk=elsewhere).update(desk=Desk.UNIT)
    rows = [(stale, 2), (approved, 4), (elsewhere, 3), (good, 3), (0, 1)]
    results = workflow.approve_many(cast.performance, rows)
    assert [(row.pk, row.ok) for row in results] == [
        (stale, False),
        (approved, False),
        (elsewhere, False),
        (good, True),
        (0, False),
    ]
    assert "又有修改" in results[0].message
    assert "已批复" in results[1].message
    assert "单位审核" in results[2].message
    assert "无权查看" in results[4].message
    results = workflow.approve_many(cast.other_division, [(foreign, 3)])
    assert not results[0].ok
    assert Filing.objects.get(pk=foreign).state == State.IN_REVIEW


def test_a_bulk_approval_on_the_way_goes_on_or_straight_back(cast: Cast) -> None:
    filing = submitted(cast)
    filing = workflow.approve(cast.reviewer, filing, filing.revision)
    filing = workflow.return_for_revision(
        cast.department, filing, filing.revision, "unit", "请核", [workflow.RemarkDraft("", "", "核")]
    )
    assert workflow.approve_many(cast.reviewer, [(filing.pk, filing.revision)])[0].message == "已转“主管部门”"
    filing.refresh_from_db()
    assert (filing.desk, filing.returned_by) == (Desk.DEPARTMENT, [])
    assert Remark.objects.get().settled_at is None
    assert workflow.approve_many(cast.department, [(filing.pk, filing.revision)])[0].ok
    filing.refresh_from_db()
    assert filing.desk == Desk.DIVISION
    assert Remark.objects.get().settled_at is not None
    assert Version.objects.count() == 1


def test_read_only_roles_approve_nothing(cast: Cast) -> None:
    rows = at_last_desk(cast, 1, "a")
    for person in (cast.observer, cast.admin, cast.budget, cast.reporter, cast.stranger):
        assert not workflow.approve_many(person, rows)[0].ok
    assert workflow.approve_many(cast.performance, []) == []


def test_312_forms_take_a_moment(cast: Cast) -> None:
    """The goal is 0.3 s of server time; the benchmark measures it, here only a blunder would show."""
    rows = at_last_desk(cast, 312, "a")
    begun = time.process_time()
    assert all(row.ok for row in workflow.approve_many(cast.performance, rows))
    assert time.process_time() - begun < 1.5


def _traces(filing: Filing) -> dict[str, Any]:
    """Everything that a decision leaves, but times and keys."""
    row = Filing.objects.filter(pk=filing.pk).values(
        "state", "desk", "returned_by", "revision", "is_adjusting", "changes_since_approval", "updated_by"
    )
    steps = filing.steps.order_by("pk").values(
        "action", "person", "from_desk", "to_desk", "state", "reason", "version__number"
    )
    entries = LogEntry.objects.filter(subject="filings.filing", subject_id=str(filing.pk)).order_by("pk")
    return {
        "row": row.get(),
        "steps": list(steps),
        "versions": list(filing.versions.values("number", "cause", "person", "sha256")),
        "is_settled": [remark.settled_at is not None for remark in filing.remarks.all()],
        "log": list(entries.values("action", "person", "unit_name", "before", "after", "reason")),
    }


@pytest.mark.parametrize("how_many_desks", [1, 2, 3, 4])
def test_one_by_one_and_all_at_once_leave_the_same_traces(cast: Cast, how_many_desks: int) -> None:
    people = (cast.reviewer, cast.department, cast.division, cast.performance)[:how_many_desks]
    traces = []
    for is_bulk in (False, True):
        with transaction.atomic():
            filing = submitted(cast)
            for person in people[:-1]:
                filing = workflow.approve(person, filing, filing.revision, "同意")
            remark = Remark(text="请核", desk=filing.desk, person=people[-1], at=timezone.now())
            remark.filing = filing
            remark.save()
            if is_bulk:
                (result,) = workflow.approve_many(people[-1], [(filing.pk, filing.revision)], "同意")
                assert result.ok
            else:
                workflow.approve(people[-1], filing, filing.revision, "同意")
            traces.append(_traces(filing))
            transaction.set_rollback(True)
    assert traces[0] == traces[1]
    assert traces[0]["is_settled"] == [True]
