"""Monitoring forms: prefilled from goal, budget, payments; lights kept with the policy they were read by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from tests.cast import Cast, make_budget, make_entry, make_window
from tests.monitoring.papers import INDICATORS, approved_goal, filled, passed, saved, started, submitted, wan

from jiheng import policy as policies
from jiheng.documents.forms import Taken
from jiheng.filings.models import State
from jiheng.filings.outcomes import Conflict, Locked, Refused
from jiheng.monitoring import workflow
from jiheng.monitoring.models import Reading
from jiheng.projects.models import BudgetKind, Stage
from jiheng.sheets import Amount, Finding, Light, Likelihood, Missing, MonitoringSheet, Quantity, Severity
from jiheng.units.models import LogEntry


def sheet_of(filing) -> MonitoringSheet:
    sheet = filing.as_sheet()
    assert isinstance(sheet, MonitoringSheet)
    return sheet


def test_a_form_starts_with_goal_budget_and_payments_of_the_month(cast: Cast) -> None:
    sheet = sheet_of(started(cast))
    assert [line.indicator for line in sheet.lines] == list(INDICATORS)
    assert sheet.header.month == 6
    assert sheet.annual_goal == "改善办学条件"
    amounts = {row.key: (row.budget, row.executed) for row in sheet.money}
    # 600 万元 in March and 450 in June; August's 500 come too late
    assert amounts["total"] == (Amount(Decimal("30000000.00")), Amount(Decimal("10500000.00")))
    assert amounts["fiscal"] == amounts["total"]
    assert amounts["other"] == (Amount(Decimal("0.00")), Amount(Decimal("0.00")))
    assert isinstance(sheet.money[0].forecast, Missing)


def test_starting_again_gives_the_same_draft(cast: Cast) -> None:
    first = saved(cast)
    assert started(cast).pk == first.pk
    assert sheet_of(started(cast)).lines[0].actual == Quantity.of("60")


def test_no_form_before_the_goal_is_approved(cast: Cast) -> None:
    goal = approved_goal(cast.school, cast.building, 2024)
    goal.state, goal.approved = State.IN_REVIEW, None
    goal.save()
    with pytest.raises(workflow.NotReady, match=r"绩效目标还没有批复.*请先报送项目支出绩效目标申报表"):
        started(cast)


def test_a_month_is_1_to_12(cast: Cast) -> None:
    with pytest.raises(workflow.NotReady, match="现为13"):
        started(cast, month=13)


def test_a_unit_is_monitored_as_a_whole(cast: Cast) -> None:
    approved_goal(cast.school, None, 2024)
    filing = workflow.start(cast.reporter, unit=cast.school, fiscal_year=2024, month=6)
    assert filing.fund is None
    assert sheet_of(filing).money[0].executed == Amount(Decimal("10500000.00"))


def test_last_months_words_are_a_starting_point_its_figures_are_not(cast: Cast) -> None:
    submitted(cast, explanation="雨季停工")
    sheet = sheet_of(started(cast, month=9))
    assert sheet.lines[0].explanation == "雨季停工"
    assert sheet.lines[0].forecast == Quantity.of("100")
    assert isinstance(sheet.lines[0].actual, Missing)
    assert sheet.lines[1].band is None
    assert sheet.money[0].forecast == Amount(Decimal("30000000.00"))
    assert sheet.money[0].executed == Amount(Decimal("15500000.00"))


def test_strangers_find_nothing_and_others_may_not_file(cast: Cast) -> None:
    approved_goal(cast.school, cast.building, 2024)
    ask = {"unit": cast.school, "fund": cast.building, "fiscal_year": 2024, "month": 6}
    with pytest.raises(Http404):
        workflow.start(cast.stranger, **ask)
    with pytest.raises(Http404):
        workflow.start(cast.reporter, **(ask | {"fund": cast.meals}))
    for person in (cast.observer, cast.performance, cast.reviewer):
        with pytest.raises(PermissionDenied):
            workflow.start(person, **ask)


def test_a_draft_counts_its_findings(cast: Cast) -> None:
    filing = started(cast)
    sheet = replace(filled(filing), lines=sheet_of(filing).lines)
    filing = workflow.save_draft(cast.reporter, filing, sheet, filing.revision)
    assert filing.errors > 0
    with pytest.raises(Refused) as refused:
        workflow.submit(cast.reporter, filing, filing.revision)
    assert any(item.field == "lines[k1].actual" for item in refused.value.findings)
    assert not Reading.objects.exists()


def test_a_stale_tab_loses_nothing(cast: Cast) -> None:
    filing = saved(cast)
    with pytest.raises(Conflict):
        workflow.save_draft(cast.reporter, filing, filled(filing, "70"), filing.revision - 1)
    with pytest.raises(Conflict):
        workflow.submit(cast.reporter, filing, filing.revision - 1)
    with pytest.raises(Conflict):
        workflow.refresh_money(cast.reporter, filing, filing.revision - 1)


def test_money_is_taken_again_in_a_draft_and_at_submission(cast: Cast) -> None:
    filing = saved(cast)
    make_entry(cast.batch, cast.building, date(2024, 6, 20), "1500000.00")
    fresh = workflow.refresh_money(cast.reporter, filing, filing.revision)
    assert sheet_of(fresh).money[0].executed == Amount(Decimal("12000000.00"))
    assert sheet_of(fresh).money[0].forecast == Amount(Decimal("30000000.00"))
    make_entry(cast.batch, cast.building, date(2024, 6, 21), "3000000.00")
    filing = workflow.submit(cast.reporter, fresh, fresh.revision)
    assert sheet_of(filing).money[0].executed == Amount(Decimal("15000000.00"))
    assert Reading.objects.get(filing=filing).money_light == Light.GREEN


def test_an_adjusted_goal_comes_with_the_refresh(cast: Cast) -> None:
    filing = saved(cast)
    lines = (replace(INDICATORS[0], target=Quantity.of("80")), *INDICATORS[1:])
    goal = filing.__class__.objects.get(form="project_goal")
    goal.approved.sheet["indicators"][0]["target"] = {"value": "80", "typed": "80"}
    goal.approved.save()
    with pytest.raises(Refused, match="批复的是 ≥80间"):
        workflow.submit(cast.reporter, filing, filing.revision)
    fresh = workflow.refresh_money(cast.reporter, filing, filing.revision)
    assert [line.indicator for line in sheet_of(fresh).lines] == list(lines)
    assert sheet_of(fresh).lines[0].actual == Quantity.of("60")


def test_lights_are_kept_with_their_steps_and_policy(cast: Cast) -> None:
    filing = submitted(cast, done="45")
    reading = Reading.objects.get(filing=filing)
    # 1050 of 3000 万元 by June is 70% of the half year; 45 of 50 classrooms due is 90%
    assert (reading.money_light, reading.goal_light, reading.overall) == ("黄", "绿", "黄")
    assert reading.lines[0] == {
        "key": "total",
        "light": "黄",
        "step": "(1050/3000)/(6/12)×100 = 70.00",
    }
    assert reading.lines[1]["light"] == "绿"
    assert (reading.budget, reading.executed) == (Decimal("30000000.00"), Decimal("10500000.00"))
    assert reading.goal_progress == Decimal("72.50")  # (45% and 100%) / 2
    assert reading.policy_date == date(2024, 6, 30)
    assert reading.policy_version == policies.on(date(2024, 6, 30), cast.region.pk).version


def test_a_mended_form_is_read_again(cast: Cast) -> None:
    filing = submitted(cast, done="10")
    assert Reading.objects.get(filing=filing).goal_light == "红"
    filing = workflow.return_for_revision(cast.reviewer, filing, filing.revision, "reporter", "请核对完成数")
    filing = workflow.save_draft(cast.reporter, filing, filled(filing, "45"), filing.revision)
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    assert Reading.objects.get(filing=filing).goal_light == "绿"


def test_the_desks_approve_and_the_form_is_locked(cast: Cast) -> None:
    filing = passed(submitted(cast), cast.reviewer, cast.department, cast.performance)
    assert filing.state == State.APPROVED
    with pytest.raises(Locked):
        workflow.save_draft(cast.reporter, filing, filled(filing), filing.revision)


def test_every_verb_is_logged(cast: Cast) -> None:
    submitted(cast)
    actions = set(LogEntry.objects.filter(subject="filings.filing").values_list("action", flat=True))
    assert {"建立草稿", "保存草稿", "报送"} <= actions


def test_policy_proposes_a_correction(cast: Cast) -> None:
    filing = submitted(cast, likelihood=Likelihood.IMPOSSIBLE, note="场地未交付，改在下年实施")
    proposal = workflow.proposal_for(cast.performance, filing)
    assert proposal is not None
    assert proposal.causes == (
        "截至6月执行1,050.00万元、年初预算3,000.00万元，为序时进度的70.00%，低于80%",
        "“改造教室”完成目标可能性为“完全不可能”",
    )
    assert "暂停项目" in proposal.measures
    with pytest.raises(PermissionDenied):
        workflow.proposal_for(cast.reporter, filing)


def test_nothing_is_proposed_where_all_is_well(cast: Cast) -> None:
    make_entry(cast.batch, cast.building, date(2024, 6, 20), "4500000.00")
    assert workflow.proposal_for(cast.performance, submitted(cast)) is None


def test_typed_amounts_stand_where_the_books_know_nothing(cast: Cast) -> None:
    approved_goal(cast.civil_bureau, cast.relief, 2024)  # no budget was decided for it
    reporter = cast.stranger
    reporter.unit = cast.civil_bureau
    reporter.save()
    make_window(cast.region, Stage.MONITORING, 2024, date(2024, 9, 1), date(2024, 9, 30), 8)
    filing = workflow.start(reporter, unit=cast.civil_bureau, fund=cast.relief, fiscal_year=2024, month=8)
    sheet = sheet_of(filing)
    assert isinstance(sheet.money[0].budget, Missing)
    typed = replace(sheet, money=(replace(sheet.money[0], budget=wan("1200.50")), *sheet.money[1:]))
    filing = workflow.save_draft(reporter, filing, typed, filing.revision)
    filing = workflow.refresh_money(reporter, filing, filing.revision)
    assert sheet_of(filing).money[0].budget == wan("1200.50")


def test_payments_beyond_the_initial_budget_stand_where_the_budget_was_raised(cast: Cast) -> None:
    make_entry(cast.batch, cast.building, date(2024, 6, 20), "20000000.00")  # 3050 of 3000 万元
    filing = saved(cast)
    make_budget(cast.batch, cast.building, 2024, BudgetKind.ADJUSTMENT, "1000000.00")
    money = tuple(
        replace(row, forecast=wan("3100") if row.key != "other" else wan("0"))
        for row in sheet_of(filing).money
    )
    filing = workflow.save_draft(
        cast.reporter, filing, replace(sheet_of(filing), money=money), filing.revision
    )
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    assert Reading.objects.get(filing=filing).executed == Decimal("30500000.00")


def test_payments_beyond_the_whole_budget_are_refused(cast: Cast) -> None:
    filing = saved(cast)
    make_entry(cast.batch, cast.building, date(2024, 6, 20), "20000000.00")
    with pytest.raises(Refused, match="大于全年预算数"):
        workflow.submit(cast.reporter, filing, filing.revision)


def test_a_workbook_changes_only_the_cells_it_changed(cast: Cast) -> None:
    filing = saved(cast)
    theirs = sheet_of(filing)
    first = replace(theirs.lines[0], actual=Quantity.of("61"))
    header = replace(theirs.header, revision=filing.revision)  # as the workbook was filled with
    taken = Taken(replace(theirs, header=header, lines=(first, *theirs.lines[1:])), (), {})
    merge = workflow.take(cast.reporter, filing, taken)
    filing = workflow.save_draft(cast.reporter, filing, merge.apply({}), merge.revision)
    assert sheet_of(filing).lines[0].actual == Quantity.of("61")
    assert sheet_of(filing).lines[1:] == theirs.lines[1:]


def test_a_workbook_with_an_unreadable_cell_is_refused(cast: Cast) -> None:
    filing = saved(cast)
    wrong = Finding("WD01", Severity.ERROR, "第12行“实际完成值”写的是“若干”，请填数字", "lines[k1].actual")
    with pytest.raises(Refused, match="写的是“若干”"):
        workflow.take(cast.reporter, filing, Taken(sheet_of(filing), (wrong,), {}))
