"""Two people at once, on two connections: one write goes through, the other is told, on either database."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from tests.cast import make_cast
from tests.filings.forms import edited, opened, submitted

from jiheng.filings import workflow
from jiheng.filings.models import Filing, State, Step
from jiheng.filings.outcomes import Conflict


def together(*verbs: Callable[[], object]) -> list[str]:
    """What each verb came to, all started at the same moment: "" or the kind of its refusal."""
    start = threading.Barrier(len(verbs))
    outcomes = [""] * len(verbs)

    def run(place: int, verb: Callable[[], object]) -> None:
        start.wait(timeout=20)
        try:
            verb()
        except Conflict:
            outcomes[place] = "Conflict"
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, verb)) for place, verb in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_save_the_same_draft() -> None:
    cast = make_cast()
    filing = opened(cast)
    sheets = [edited(filing, annual_goal=goal) for goal in ("甲", "乙")]
    outcomes = together(
        *(lambda sheet=sheet: workflow.save_draft(cast.reporter, filing, sheet, 1) for sheet in sheets)
    )
    assert outcomes == ["", "Conflict"]
    assert Filing.objects.get().revision == 2


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_decide_the_same_form() -> None:
    cast = make_cast()
    filing = submitted(cast)
    for person in (cast.reviewer, cast.department, cast.division):
        filing = workflow.approve(person, filing, filing.revision)
    seen = filing.revision
    outcomes = together(
        lambda: workflow.approve(cast.performance, filing, seen),
        lambda: workflow.return_for_revision(cast.colleague, filing, seen, "reporter", "改"),
    )
    assert outcomes == ["", "Conflict"]
    assert Filing.objects.get().state in (State.APPROVED, State.RETURNED)
    assert Step.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_two_bulk_approvals_of_the_same_forms() -> None:
    cast = make_cast()
    filing = submitted(cast)
    filing = workflow.approve(cast.reviewer, filing, filing.revision)
    rows = [(filing.pk, filing.revision)]
    answers: list[bool] = []

    def approve() -> None:
        answers.extend(row.ok for row in workflow.approve_many(cast.department, rows))

    together(approve, approve)
    assert sorted(answers) == [False, True]
    assert Filing.objects.get().revision == filing.revision + 1
