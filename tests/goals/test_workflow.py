"""Goal forms: prefilled, checked, adjusted with the old target kept, merged with a workbook."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from tests.cast import Cast, make_budget

from jiheng.documents.forms import fill, take
from jiheng.filings import workflow as filings
from jiheng.filings.merge import Unchosen
from jiheng.filings.models import Filing, State
from jiheng.filings.outcomes import Conflict, Locked, Refused
from jiheng.goals import workflow
from jiheng.goals.models import Adjustment
from jiheng.projects.models import BudgetKind
from jiheng.sheets import (
    Amount,
    Form,
    Indicator,
    Missing,
    Operator,
    ProjectGoalSheet,
    Quantity,
    UnitGoalSheet,
)
from jiheng.units.models import Person


def started(cast: Cast) -> Filing:
    return workflow.start(cast.reporter, unit=cast.school, fund=cast.building, fiscal_year=2024)


def line(key: str, level1: str, level2: str, name: str, target: str, unit: str, weight: str) -> Indicator:
    return Indicator(
        key=key,
        level1=level1,
        level2=level2,
        name=name,
        operator=Operator.AT_LEAST,
        target=Quantity.of(target),
        unit=unit,
        weight=Quantity.of(weight),
        standard="按完成比例得分",
        basis="实施方案",
        source="验收报告",
    )


LINES = (
    line("k1", "产出指标", "数量指标", "改造教学楼栋数", "2", "栋", "20"),
    line("k2", "产出指标", "质量指标", "竣工验收合格率", "95", "%", "20"),
    line("k3", "产出指标", "时效指标", "工程按期完工率", "90", "%", "10"),
    line("k4", "效益指标", "社会效益指标", "受益学生人数", "2400", "人", "30"),
    line("k5", "满意度指标", "服务对象满意度指标", "师生满意度", "90", "%", "10"),
)


def sheet_of(filing: Filing) -> ProjectGoalSheet:
    sheet = filing.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    return sheet


def filled(cast: Cast) -> Filing:
    filing = started(cast)
    sheet = replace(
        sheet_of(filing),
        annual_goal="改造教学楼 2 栋，受益学生 2400 人，竣工验收合格率 95% 以上",
        period="2024年",
        phone="0731-20000001",
        indicators=LINES,
    )
    return workflow.save_draft(cast.reporter, filing, sheet, filing.revision)


def approved(cast: Cast) -> Filing:
    filing = filled(cast)
    assert filing.errors == 0, workflow.check(filing, filing.as_sheet())
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    return passed(cast, filing)


def passed(cast: Cast, filing: Filing) -> Filing:
    for person in (cast.reviewer, cast.department, cast.division, cast.performance):
        filing = workflow.approve(person, filing, filing.revision)
    return filing


def test_a_fund_goal_comes_prefilled(cast: Cast) -> None:
    filing = started(cast)
    sheet = sheet_of(filing)
    assert (sheet.header.unit_name, sheet.header.subject_name) == ("第一中学", "薄弱学校改造专项资金")
    assert (sheet.leader, sheet.attribute, sheet.taxonomy) == ("张填", "延续", "2021")
    assert sheet.funding.annual_total == Amount(Decimal("30000000"))
    assert sheet.funding.annual_fiscal == Amount(Decimal("30000000"))
    assert sheet.funding.annual_other == Amount(Decimal(0))
    assert (filing.amount, sheet.indicators) == (Decimal("30000000.00"), ())


def test_a_fund_without_a_budget_has_no_amount_instead_of_zero(cast: Cast) -> None:
    Person.objects.filter(pk=cast.reporter.pk).update(unit=cast.civil_bureau)
    person = Person.objects.get(pk=cast.reporter.pk)
    filing = workflow.start(person, unit=cast.civil_bureau, fund=cast.relief, fiscal_year=2024)
    assert isinstance(sheet_of(filing).funding.annual_total, Missing)
    assert filing.amount is None


def test_a_unit_goal_lists_its_funds_as_tasks(cast: Cast) -> None:
    filing = workflow.start(cast.reporter, unit=cast.school, fiscal_year=2024)
    sheet = filing.as_sheet()
    assert isinstance(sheet, UnitGoalSheet)
    assert [task.name for task in sheet.tasks] == ["薄弱学校改造专项资金"]
    assert str(sheet.tasks_total) == "3000"


def test_who_may_start(cast: Cast) -> None:
    for name in set(cast.people) - {"reporter"}:
        with pytest.raises(PermissionDenied):
            workflow.start(cast.people[name], unit=cast.school, fund=cast.building, fiscal_year=2024)
    with pytest.raises(PermissionDenied, match="不是本单位实施"):
        workflow.start(cast.reporter, unit=cast.school, fund=cast.clinics, fiscal_year=2024)


def test_last_years_lines_are_copied_only_when_asked_for(cast: Cast) -> None:
    before = approved(cast)
    Filing.objects.filter(pk=before.pk).update(fiscal_year=2023)
    filing = started(cast)
    assert sheet_of(filing).indicators == ()
    suggested = workflow.suggestion(filing)
    assert suggested is not None
    assert suggested.indicators == LINES
    filing = workflow.copy_last_year(cast.reporter, filing, filing.revision)
    assert sheet_of(filing).indicators == LINES
    assert sheet_of(filing).annual_goal == ""


def test_a_fund_that_moved_still_knows_its_goal_of_last_year(cast: Cast) -> None:
    before = approved(cast)
    Filing.objects.filter(pk=before.pk).update(fiscal_year=2023)
    cast.building.unit = cast.education_bureau
    cast.building.save()
    filing = workflow.start(
        cast.bureau_reporter, unit=cast.education_bureau, fund=cast.building, fiscal_year=2024
    )
    suggested = workflow.suggestion(filing)
    assert suggested is not None
    assert suggested.indicators == LINES


def test_there_may_be_nothing_to_copy(cast: Cast) -> None:
    filing = started(cast)
    with pytest.raises(Refused, match="2023 年没有已批复的目标"):
        workflow.copy_last_year(cast.reporter, filing, filing.revision)


def test_errors_are_counted_on_saving_and_bar_submission(cast: Cast) -> None:
    filing = filled(cast)
    assert filing.errors == 0
    wrong = replace(sheet_of(filing), indicators=(replace(LINES[0], weight=Quantity.of("19")), *LINES[1:]))
    filing = workflow.save_draft(cast.reporter, filing, wrong, filing.revision)
    assert filing.errors > 0
    with pytest.raises(Refused) as caught:
        workflow.submit(cast.reporter, filing, filing.revision)
    assert any("89" in finding.message for finding in caught.value.findings)


def test_a_mended_form_is_checked_again(cast: Cast) -> None:
    filing = filled(cast)
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    filing = workflow.return_for_revision(cast.reviewer, filing, filing.revision, "reporter", "改")
    filing = workflow.save_draft(
        cast.reporter, filing, replace(sheet_of(filing), indicators=()), filing.revision
    )
    with pytest.raises(Refused):
        workflow.submit(cast.reporter, filing, filing.revision)


def test_an_adjusted_target_keeps_the_old_one_with_date_and_reason(cast: Cast) -> None:
    filing = approved(cast)
    first = filing.approved
    filing = workflow.adjust(cast.reporter, filing, "中央补助调减", "天衡财预〔2024〕88号")
    changed = (replace(LINES[0], target=Quantity.of("1")), *LINES[1:])
    filing = workflow.save_draft(
        cast.reporter, filing, replace(sheet_of(filing), indicators=changed), filing.revision
    )
    assert sheet_of(filing).indicators[0].former == ()
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    filing = passed(cast, filing)
    kept = sheet_of(filing).indicators[0]
    assert kept.target == Quantity.of("1")
    assert [(old.target, old.reason) for old in kept.former] == [(Quantity.of("2"), "中央补助调减")]
    assert len(kept.former[0].replaced_on) == 10
    assert all(other.former == () for other in sheet_of(filing).indicators[1:])
    adjustment = Adjustment.objects.get()
    assert (adjustment.before, adjustment.after) == (first, filing.approved)
    assert (adjustment.changed_fields, filing.changes_since_approval) == (1, 1)
    assert adjustment.approved_at is not None


def test_a_second_adjustment_keeps_both_old_targets(cast: Cast) -> None:
    filing = approved(cast)
    for target, reason in (("1", "甲"), ("3", "乙")):
        filing = workflow.adjust(cast.performance, filing, reason)
        lines = sheet_of(filing).indicators
        # a careless editor drops the record: approval puts it back
        fresh = (replace(lines[0], target=Quantity.of(target), former=()), *lines[1:])
        filing = workflow.save_draft(
            cast.reporter, filing, replace(sheet_of(filing), indicators=fresh), filing.revision
        )
        filing = passed(cast, workflow.submit(cast.reporter, filing, filing.revision))
    former = sheet_of(filing).indicators[0].former
    assert [(str(old.target), old.reason) for old in former] == [("2", "甲"), ("1", "乙")]


def test_an_adjustment_given_up_leaves_no_open_request(cast: Cast) -> None:
    filing = workflow.adjust(cast.reporter, approved(cast), "甲")
    filing = workflow.abandon(cast.reporter, filing, filing.revision)
    assert filing.state == State.APPROVED
    assert not Adjustment.objects.exists()


def test_many_at_once_take_adjusted_goals_one_by_one(cast: Cast) -> None:
    filing = workflow.adjust(cast.reporter, approved(cast), "甲")
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    for person in (cast.reviewer, cast.department, cast.division):
        assert workflow.approve_many(person, [(filing.pk, filing.revision)])[0].ok
        filing.refresh_from_db()
    results = workflow.approve_many(cast.performance, [(filing.pk, filing.revision), (0, 1)])
    assert [(row.ok, row.message) for row in results] == [
        (True, "已批复"),
        (False, "没有这份表，或您无权查看"),
    ]
    assert Adjustment.objects.get().after is not None


def test_a_budget_that_moved_on_asks_for_an_adjustment(cast: Cast) -> None:
    filing = approved(cast)
    assert workflow.goals_to_adjust(cast.region, 2024) == []
    make_budget(cast.batch, cast.building, 2024, BudgetKind.ADJUSTMENT, "-1000000.00")
    found = workflow.goals_to_adjust(cast.region, 2024)
    assert [(item.filing.pk, item.amount, item.budget, item.gap) for item in found] == [
        (filing.pk, Decimal(30000000), Decimal(29000000), Decimal(-1000000))
    ]


# ── workbooks ─────────────────────────────────────────────────────────────────────────────────────────


def workbook(cast: Cast, filing: Filing, **changes: object) -> bytes:
    """The form taken out, changed offline, as a file."""
    base = filings.export_base(cast.reporter, filing)
    sheet = base.as_sheet()
    out = fill(sheet)
    if not changes:
        return out
    taken = take(out, "目标.xlsx", Form.PROJECT_GOAL).sheet
    return fill(replace(taken, **changes))


def test_what_goes_out_comes_back_in_unchanged(cast: Cast) -> None:
    filing = filled(cast)
    taken = take(workbook(cast, filing), "目标.xlsx", Form.PROJECT_GOAL)
    merge = workflow.take(cast.reporter, filing, taken)
    assert merge.cells == ()


def test_what_changed_on_both_sides_is_chosen_cell_by_cell(cast: Cast) -> None:
    filing = filled(cast)
    data = workbook(cast, filing, annual_goal="文件里的目标", leader="李文")
    filing = workflow.save_draft(
        cast.reporter, filing, replace(sheet_of(filing), annual_goal="网上的目标"), filing.revision
    )
    merge = workflow.take(cast.reporter, filing, take(data, "目标.xlsx", Form.PROJECT_GOAL))
    assert [(cell.field, cell.file) for cell in merge.clean] == [("leader", "李文")]
    conflict = merge.conflicts[0]
    assert (conflict.field, conflict.label) == ("annual_goal", "年度目标")
    assert (conflict.stored, conflict.file) == ("网上的目标", "文件里的目标")
    with pytest.raises(Unchosen, match="年度目标"):
        workflow.save_draft(cast.reporter, filing, merge.apply({}), merge.revision)
    saved = workflow.save_draft(cast.reporter, filing, merge.apply({"annual_goal": "stored"}), merge.revision)
    assert (sheet_of(saved).annual_goal, sheet_of(saved).leader) == ("网上的目标", "李文")
    with pytest.raises(Conflict):
        workflow.save_draft(cast.reporter, filing, merge.apply({"annual_goal": "file"}), merge.revision)


def test_lines_added_on_both_sides_are_both_kept(cast: Cast) -> None:
    filing = filled(cast)
    data = workbook(
        cast,
        filing,
        indicators=(*LINES, line("k6", "效益指标", "社会效益指标", "新增学位", "100", "个", "0")),
    )
    mine = (*LINES, line("k6", "产出指标", "数量指标", "改造操场", "1", "个", "0"))
    filing = workflow.save_draft(
        cast.reporter, filing, replace(sheet_of(filing), indicators=mine), filing.revision
    )
    merge = workflow.take(cast.reporter, filing, take(data, "目标.xlsx", Form.PROJECT_GOAL))
    assert merge.conflicts == []
    saved = workflow.save_draft(cast.reporter, filing, merge.apply({}), merge.revision)
    names = [item.name for item in sheet_of(saved).indicators]
    assert names[-2:] in (["改造操场", "新增学位"], ["新增学位", "改造操场"])


def test_another_units_or_years_workbook_is_refused(cast: Cast) -> None:
    filing = filled(cast)
    sheet = filings.export_base(cast.reporter, filing).as_sheet()
    for changes, words in (
        ({"unit_code": "361001", "unit_name": "卫生健康局本级"}, "卫生健康局本级"),
        ({"fiscal_year": 2023}, "2023 年度的表，本表是 2024 年度"),
        ({"subject_code": "999", "subject_name": "别的专项"}, "别的专项"),
    ):
        foreign = replace(sheet, header=replace(sheet.header, **changes))
        taken = take(fill(foreign), "目标.xlsx", Form.PROJECT_GOAL)
        with pytest.raises(Refused, match=words):
            workflow.take(cast.reporter, filing, taken)


def test_a_workbook_for_a_locked_form_is_kept_for_its_owner(cast: Cast) -> None:
    filing = approved(cast)
    taken = take(workbook(cast, filing), "目标.xlsx", Form.PROJECT_GOAL)
    with pytest.raises(Locked) as caught:
        workflow.take(cast.reporter, filing, taken)
    assert caught.value.mine is not None
    with pytest.raises(PermissionDenied):
        workflow.take(cast.stranger, filing, taken)


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.APPROVED])
def test_a_target_is_not_lowered_once_its_year_was_evaluated(cast: Cast, state: State) -> None:
    filing = approved(cast)
    evaluation = Filing.objects.get(pk=filing.pk)
    evaluation.pk, evaluation.form, evaluation.state = None, Form.PROJECT_EVALUATION, state
    evaluation.save()
    with pytest.raises(workflow.Evaluated, match="绩效自评已经报送，目标不能再调整"):
        workflow.adjust(cast.reporter, filing, "改低目标")
    assert Filing.objects.get(pk=filing.pk).state == State.APPROVED
    assert not Adjustment.objects.exists()
    Filing.objects.filter(pk=evaluation.pk).update(state=State.RETURNED, desk="reporter")
    assert workflow.adjust(cast.reporter, filing, "预算调减").is_adjusting
