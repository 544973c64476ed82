"""两个全覆盖 as of any day, by number and by amount, and the list of the missing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, make_fund
from tests.filings.forms import edited, opened, submitted

from jiheng.filings import coverage, workflow
from jiheng.filings.coverage import Coverage
from jiheng.projects.models import Stage
from jiheng.units import access
from jiheng.units.models import Region


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """A clock that the test sets: noon of a day in 2024, Asia/Shanghai."""
    now = [datetime(2024, 1, 3, 4, tzinfo=UTC)]
    monkeypatch.setattr(timezone, "now", lambda: now[0])
    return now


def noon(month: int, day: int) -> datetime:
    return datetime(2024, month, day, 4, tzinfo=UTC)


def on(cast: Cast, month: int, day: int) -> Coverage:
    return coverage.as_of(cast.region, Stage.GOAL, 2024, 0, date(2024, month, day))


def test_each_past_day_is_seen_as_it_was(cast: Cast, clock: list[datetime]) -> None:
    filing = opened(cast)
    clock[0] = noon(3, 1)
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    clock[0] = noon(3, 2)
    filing = workflow.withdraw(cast.reporter, filing, filing.revision)
    clock[0] = noon(4, 2)
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    clock[0] = noon(4, 3)
    filing = workflow.return_for_revision(cast.reviewer, filing, filing.revision, "reporter", "改")
    clock[0] = noon(4, 4)
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    clock[0] = noon(4, 5)
    for person in (cast.reviewer, cast.department, cast.division, cast.performance):
        filing = workflow.approve(person, filing, filing.revision)
    clock[0] = noon(5, 1)
    filing = workflow.reopen(cast.reporter, filing, "调整")
    seen = {}
    for month, day in ((2, 1), (3, 1), (3, 2), (4, 2), (4, 3), (4, 4), (4, 5), (5, 1)):
        tally = on(cast, month, day).funds.tally
        seen[month, day] = (tally.filed, tally.approved, tally.late, tally.returned)
    assert seen == {
        (2, 1): (0, 0, 0, 0),
        (3, 1): (1, 0, 0, 0),
        (3, 2): (0, 0, 0, 0),  # taken back
        (4, 2): (1, 0, 1, 0),  # due on 29 March: late
        (4, 3): (1, 0, 1, 1),
        (4, 4): (1, 0, 1, 0),
        (4, 5): (1, 1, 1, 0),
        (5, 1): (1, 1, 1, 0),  # under adjustment the approved version is in force
    }


def test_the_last_minute_of_the_due_day_is_in_time(cast: Cast, clock: list[datetime]) -> None:
    filing = opened(cast)
    clock[0] = datetime(2024, 3, 29, 15, 59, tzinfo=UTC)  # 23:59 of 29 March in Shanghai
    workflow.submit(cast.reporter, filing, filing.revision)
    tally = on(cast, 3, 29).funds.tally
    assert (tally.filed, tally.late) == (1, 0)


def test_a_minute_later_is_the_next_day_and_late(cast: Cast, clock: list[datetime]) -> None:
    filing = opened(cast)
    clock[0] = datetime(2024, 3, 29, 16, 0, tzinfo=UTC)  # 0:00 of 30 March in Shanghai
    workflow.submit(cast.reporter, filing, filing.revision)
    assert on(cast, 3, 29).funds.tally.filed == 0
    assert on(cast, 3, 30).funds.tally.late == 1


def test_numbers_and_amounts_of_both_sides(cast: Cast) -> None:
    submitted(cast)
    today = timezone.localdate()
    seen = coverage.as_of(cast.region, Stage.GOAL, 2024, 0, today)
    assert (seen.units.tally.total, seen.units.tally.filed) == (5, 0)
    funds = seen.funds.tally
    assert (funds.total, funds.filed, funds.missing, funds.unknown) == (4, 1, 3, 1)
    assert funds.amount == Decimal("41200000.00")  # relief has no budget of 2024, and counts as unknown
    assert funds.amount_filed == Decimal("30000000.00")
    divisions = {name: (tally.filed, tally.total) for name, tally in seen.funds.by_division().items()}
    assert divisions == {"教科文股": (1, 2), "社会保障股": (0, 2)}
    assert seen.funds.by_department()["教育局"].filed == 1
    assert seen.funds.by_unit()["教育局本级"].filed == 0
    assert [row.name for row in seen.funds.missing] == [
        "义务教育营养改善计划补助",
        "困难群众救助补助资金",
        "基层医疗卫生机构能力提升专项资金",
    ]


def test_a_draft_counts_as_missing(cast: Cast) -> None:
    filing = opened(cast)
    workflow.save_draft(cast.reporter, filing, edited(filing, annual_goal="甲"), filing.revision)
    tally = coverage.as_of(cast.region, Stage.GOAL, 2024, 0, timezone.localdate()).funds.tally
    assert (tally.filed, tally.missing) == (0, 4)


def test_only_the_units_that_one_sees(cast: Cast) -> None:
    units = access.units_for(cast.department)
    seen = coverage.as_of(cast.region, Stage.GOAL, 2024, 0, timezone.localdate(), units)
    assert {row.unit.name for row in seen.units.rows} == {"教育局本级", "第一中学"}
    assert seen.funds.tally.total == 2


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            seen = coverage.as_of(cast.region, Stage.GOAL, 2024, 0, timezone.localdate())
            coverage.reminder_text(seen)
            seen.funds.by_department()
        return len(captured)

    before = queries()
    for place in range(20):
        fund = make_fund(cast.school, f"x{place}", f"专项{place}")
        filing = opened(cast, fund)
        workflow.submit(cast.reporter, filing, filing.revision)
    assert queries() == before <= 12


def test_the_reminder_names_who_is_missing_what_and_whom_to_call(cast: Cast) -> None:
    cast.reporter.phone = "0731-20000001"
    cast.reporter.save()
    submitted(cast)
    seen = on(cast, 2, 1)  # before that submission: nobody has filed
    text = coverage.reminder_text(seen)
    assert text.splitlines()[:4] == [
        "截至2024年2月1日，2024年绩效目标还有5个单位的9张表未报送，报送截止日期为2024年3月29日：",
        "【教科文股】",
        "1. 教育局本级（王芳）：部门整体、义务教育营养改善计划补助",
        "2. 第一中学（张填 0731-20000001）：部门整体、薄弱学校改造专项资金",
    ]
    rows = coverage.reminder_rows(seen)
    assert len(rows) == 9
    assert rows[3] == (
        "教科文股",
        "教育局",
        "第一中学",
        "薄弱学校改造专项资金",
        "项目",
        "3000",
        "张填",
        "0731-20000001",
        "2024-03-29",
    )
    assert all(len(row) == len(coverage.REMINDER_HEADINGS) for row in rows)


def test_two_units_of_one_name_are_counted_apart(cast: Cast) -> None:
    cast.clinic.name = cast.school.name
    cast.clinic.save()
    tallies = coverage.as_of(cast.region, Stage.GOAL, 2024, 0, date(2024, 3, 1)).units.by_unit()
    assert tallies["第一中学"].total == tallies["第一中学（361002）"].total == 1
    assert len(tallies) == 5


def test_an_empty_district_is_empty_not_wrong(db: None) -> None:
    region = Region.objects.create(code="430298000", name="空白区")
    for stage in Stage:
        found = coverage.as_of(region, stage, 2024, 6 if stage == Stage.MONITORING else 0, date(2024, 3, 1))
        assert (found.units.tally.total, found.funds.tally.total, found.window) == (0, 0, None)
        assert found.units.by_division() == found.funds.by_unit() == {}
        assert "已全部报送" in coverage.reminder_text(found)


def test_a_fund_that_ended_is_due_until_its_last_year(cast: Cast) -> None:
    cast.building.until_year = 2023
    cast.building.save()

    def codes(fiscal_year: int) -> set[str]:
        found = coverage.as_of(cast.region, Stage.EVALUATION, fiscal_year, 0, date(2024, 3, 1))
        return {row.fund.code for row in found.funds.rows if row.fund}

    assert cast.building.code in codes(2023)
    assert cast.building.code not in codes(2024)
