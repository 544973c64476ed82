"""Who sees a form: strangers are told that there is none."""

from __future__ import annotations

import pytest
from django.http import Http404
from tests.cast import Cast
from tests.filings.forms import edited, opened, submitted

from jiheng.filings import access, workflow

SEES_DRAFT = {
    "performance",
    "colleague",
    "division",
    "budget",
    "treasury",
    "debt",
    "admin",
    "department",
    "reporter",
    "reviewer",
}


def test_strangers_are_told_that_there_is_no_such_form(cast: Cast) -> None:
    filing = opened(cast)
    for name, person in cast.people.items():
        if name in SEES_DRAFT:
            assert access.filing_for(person, filing.pk) == filing
        else:
            with pytest.raises(Http404, match="没有这份表"):
                access.filing_for(person, filing.pk)


def test_an_observer_sees_what_was_filed(cast: Cast) -> None:
    filing = submitted(cast)
    assert access.filing_for(cast.observer, filing.pk) == filing


def test_an_observer_never_reads_what_is_being_written(cast: Cast) -> None:
    filing = submitted(cast)
    filing = workflow.return_for_revision(cast.reviewer, filing, filing.revision, "reporter", "请改")
    sheet = edited(filing, annual_goal="还没有写完")
    filing = workflow.save_draft(cast.reporter, filing, sheet, filing.revision)
    seen = access.filing_for(cast.observer, filing.pk).as_sheet()
    assert seen.annual_goal == "改造教学楼 2 栋"  # type: ignore[union-attr]
    assert access.filing_for(cast.performance, filing.pk).as_sheet() == sheet
    taken = workflow.export_base(cast.observer, filing).as_sheet()
    assert taken.annual_goal == "改造教学楼 2 栋"  # type: ignore[union-attr]


def test_who_may_do_what_now(cast: Cast) -> None:
    filing = opened(cast)
    assert [name for name, person in cast.people.items() if access.may_edit(person, filing)] == ["reporter"]
    assert not any(access.may_decide(person, filing) for person in cast.people.values())
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    assert not access.may_edit(cast.reporter, filing)
    for name in ("reviewer", "department", "division", "performance"):
        deciders = {who for who, person in cast.people.items() if access.may_decide(person, filing)}
        assert deciders == ({"performance", "colleague"} if name == "performance" else {name})
        assert list(access.waiting_at_desk(cast.people[name])) == [filing]
        filing = workflow.approve(cast.people[name], filing, filing.revision)
    assert not access.waiting_at_desk(cast.performance).exists()
    assert not access.waiting_at_desk(cast.observer).exists()


def test_who_is_no_longer_active_decides_nothing(cast: Cast) -> None:
    filing = submitted(cast)
    cast.reviewer.is_active = False
    assert not access.may_decide(cast.reviewer, filing)
    assert not access.waiting_at_desk(cast.reviewer).exists()
