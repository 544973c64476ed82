"""What a workbook was taken from is kept, once a revision, for many forms in a fixed number of queries."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, make_fund
from tests.filings.forms import edited, opened

from jiheng.filings import workflow
from jiheng.filings.models import Filing, Version
from jiheng.filings.offline import base_of
from jiheng.units.models import LogEntry


def test_a_base_is_kept_once_a_revision_and_found_again(cast: Cast) -> None:
    filing = opened(cast)
    first = workflow.export_base(cast.reporter, filing)
    assert workflow.export_base(cast.reviewer, filing) == first
    assert (first.cause, first.as_sheet().header.revision) == ("取表", 1)
    assert LogEntry.objects.filter(action="取表").count() == 1
    filing = workflow.save_draft(cast.reporter, filing, edited(filing, annual_goal="甲"), 1)
    second = workflow.export_base(cast.reporter, filing)
    assert (second.number, second.as_sheet().header.revision) == (2, 2)
    filing = workflow.save_draft(cast.reporter, filing, edited(filing, annual_goal="乙"), 2)
    goals = [getattr(base_of(filing, revision), "annual_goal", None) for revision in (0, 1, 2, 3, 9)]
    assert goals == [None, "改造教学楼 2 栋", "甲", "乙", None]


def test_what_was_never_touched_is_the_base_of_a_blank_filled_by_hand(cast: Cast) -> None:
    filing = opened(cast)
    assert base_of(filing, 0) == filing.as_sheet()


def test_only_what_one_sees_is_taken_out(cast: Cast) -> None:
    filing = opened(cast)
    for person in (cast.stranger, cast.other_division, cast.observer):
        with pytest.raises(PermissionDenied):
            workflow.export_base(person, filing)
    assert not Version.objects.exists()


def test_a_zip_of_forms_takes_a_fixed_number_of_queries(cast: Cast) -> None:
    def queries(filings: list[Filing]) -> int:
        with CaptureQueriesContext(connection) as captured:
            kept = workflow.export_bases(cast.performance, filings)
        assert set(kept) == {filing.pk for filing in filings}
        return len(captured)

    few = [opened(cast, make_fund(cast.school, f"a{n}", f"甲{n}")) for n in range(2)]
    many = [opened(cast, make_fund(cast.school, f"b{n}", f"乙{n}")) for n in range(20)]
    assert queries(few) == queries(many)
