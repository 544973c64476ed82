"""The verbs: it works · a stranger may not · read-only may not · it is logged · the second writer is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.cast import Cast
from tests.filings.forms import approved, edited, goal_sheet, opened, submitted

from jiheng import policy as policies
from jiheng.filings import history, moves, workflow
from jiheng.filings.models import Desk, Filing, Remark, State, Step, Version
from jiheng.filings.workflow import Conflict, Locked, OutOfWindow, Refused, RemarkDraft, WrongDesk
from jiheng.sheets import Finding, Form, Severity, UnitGoalSheet
from jiheng.units.models import LogEntry, Person, Role

ERROR = Finding("MB01", Severity.ERROR, "分值合计 99，应为 90 或 100", "indicators[k1].weight")
WARNING = Finding("MB02", Severity.WARNING, "满意度指标缺失")


def last_action() -> str:
    return LogEntry.objects.order_by("-pk")[0].action


def test_a_reporter_opens_a_form_once(cast: Cast) -> None:
    first = opened(cast)
    assert (first.state, first.desk, first.revision) == (State.DRAFT, Desk.REPORTER, 1)
    assert last_action() == "建立草稿"
    assert opened(cast).pk == first.pk
    assert LogEntry.objects.count() == 1


def test_nobody_else_opens_a_form(cast: Cast) -> None:
    for name, person in cast.people.items():
        if name != "reporter":
            with pytest.raises(PermissionDenied):
                opened(cast, person=person)
    assert not Filing.objects.exists()


def test_a_draft_is_saved_counted_up_and_logged_by_field(cast: Cast) -> None:
    filing = opened(cast)
    saved = workflow.save_draft(
        cast.reporter,
        filing,
        edited(filing, annual_goal="改造教学楼 3 栋"),
        filing.revision,
        findings=[ERROR, WARNING, WARNING],
    )
    assert (saved.revision, saved.errors, saved.warnings) == (2, 1, 2)
    entry = LogEntry.objects.order_by("-pk")[0]
    assert (entry.action, entry.unit_name) == ("保存草稿", "第一中学")
    assert entry.before == {"年度目标": "改造教学楼 2 栋"}
    assert entry.after == {"年度目标": "改造教学楼 3 栋"}


def test_saving_what_is_there_changes_nothing(cast: Cast) -> None:
    filing = opened(cast)
    saved = workflow.save_draft(cast.reporter, filing, filing.as_sheet(), 1, findings=[WARNING])
    assert (saved.revision, saved.warnings) == (1, 1)
    assert last_action() == "建立草稿"


def test_a_draft_keeps_its_own_header(cast: Cast) -> None:
    filing = opened(cast)
    foreign = goal_sheet(cast.clinics, "改造卫生院")
    saved = workflow.save_draft(cast.reporter, filing, foreign, 1)
    assert saved.as_sheet().header.unit_name == "第一中学"


def test_the_second_writer_is_told_and_both_sheets_are_kept(cast: Cast) -> None:
    filing = opened(cast)
    workflow.save_draft(cast.reporter, filing, edited(filing, annual_goal="甲"), 1)
    with pytest.raises(Conflict) as caught:
        workflow.save_draft(cast.reporter, filing, edited(filing, annual_goal="乙"), 1)
    assert caught.value.mine is not None
    assert caught.value.mine.annual_goal == "乙"  # type: ignore[union-attr]
    assert [(c.field, c.before, c.after) for c in caught.value.changes] == [("annual_goal", "甲", "乙")]
    assert "张填" in caught.value.message
    assert Filing.objects.get().as_sheet().annual_goal == "甲"  # type: ignore[union-attr]


def test_a_write_under_the_feet_of_a_verb_is_a_conflict(cast: Cast) -> None:
    """Even if the row changes between reading and writing, the conditional update notices."""
    filing = opened(cast)
    Filing.objects.filter(pk=filing.pk).update(revision=5)
    with pytest.raises(Conflict):
        moves.change(filing, cast.reporter, timezone.now(), state=State.APPROVED)
    assert Filing.objects.get().state == State.DRAFT


def test_a_stale_tab_submitting_after_approval_gets_a_conflict_with_its_sheet(cast: Cast) -> None:
    filing = approved(cast)
    with pytest.raises(Conflict) as caught:
        workflow.save_draft(cast.reporter, filing, goal_sheet(cast.building, "晚了"), 1)
    assert caught.value.mine == goal_sheet(cast.building, "晚了")


def test_what_is_in_review_or_approved_is_locked(cast: Cast) -> None:
    for filing in (submitted(cast), None):
        filing = filing or _approve_all(cast)
        with pytest.raises(Locked) as caught:
            workflow.save_draft(cast.reporter, filing, edited(filing, annual_goal="改"), filing.revision)
        assert caught.value.mine is not None
        with pytest.raises(Locked):
            workflow.submit(cast.reporter, filing, filing.revision)


def _approve_all(cast: Cast) -> Filing:
    filing = Filing.objects.get()
    for person in (cast.reviewer, cast.department, cast.division, cast.performance):
        filing = workflow.approve(person, filing, filing.revision)
    return filing


def test_submitting_walks_all_desks_of_policy_to_approval(cast: Cast) -> None:
    filing = approved(cast)
    assert filing.desk == ""
    assert filing.approved is not None
    assert filing.approved.cause == "批复"
    steps = [(s.action, s.from_desk, s.to_desk, s.state) for s in history.history(filing).steps]
    assert steps == [
        ("报送", "reporter", "unit", "in_review"),
        ("通过", "unit", "department", "in_review"),
        ("通过", "department", "division", "in_review"),
        ("通过", "division", "performance", "in_review"),
        ("批复", "performance", "", "approved"),
    ]
    actions = list(LogEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["建立草稿", "报送", "审核通过", "审核通过", "审核通过", "批复"]
    assert [version.cause for version in history.history(filing).versions] == ["报送", "批复"]


def test_an_approved_form_must_have_its_version(cast: Cast) -> None:
    filing = opened(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Filing.objects.filter(pk=filing.pk).update(state=State.APPROVED)


def test_an_error_bars_submission_and_a_warning_does_not(cast: Cast) -> None:
    filing = opened(cast)
    with pytest.raises(Refused) as caught:
        workflow.submit(cast.reporter, filing, 1, [WARNING, ERROR])
    assert "分值合计 99，应为 90 或 100" in caught.value.message
    assert caught.value.findings == [WARNING, ERROR]
    assert Filing.objects.get().state == State.DRAFT
    sent = workflow.submit(cast.reporter, filing, 1, [WARNING])
    assert (sent.state, sent.warnings) == (State.IN_REVIEW, 1)


def test_only_who_sits_at_the_desk_decides(cast: Cast) -> None:
    filing = submitted(cast)
    outsiders = set(cast.people) - {"reviewer", "department", "division", "performance", "colleague"}
    for name in outsiders:
        with pytest.raises(PermissionDenied):
            workflow.approve(cast.people[name], filing, filing.revision)
        with pytest.raises(PermissionDenied):
            workflow.return_for_revision(cast.people[name], filing, filing.revision, "reporter", "改")
    with pytest.raises(WrongDesk, match="单位审核"):
        workflow.approve(cast.performance, filing, filing.revision)
    assert Step.objects.count() == 1


def test_two_reviewers_at_once(cast: Cast) -> None:
    filing = submitted(cast)
    for person in (cast.reviewer, cast.department, cast.division):
        filing = workflow.approve(person, filing, filing.revision)
    seen = filing.revision
    workflow.approve(cast.performance, filing, seen)
    with pytest.raises(Conflict, match="周衡"):
        workflow.return_for_revision(cast.colleague, filing, seen, "reporter", "再看看")


def test_who_submitted_does_not_review(cast: Cast) -> None:
    filing = submitted(cast)
    Person.objects.filter(pk=cast.reporter.pk).update(role=Role.REVIEWER)
    turned = Person.objects.get(pk=cast.reporter.pk)
    with pytest.raises(PermissionDenied, match="自己报送"):
        workflow.approve(turned, filing, filing.revision)


def test_empty_desks_of_the_reporting_side_are_passed_over_with_a_step(cast: Cast) -> None:
    Person.objects.filter(role__in=[Role.REVIEWER, Role.DEPARTMENT, Role.DIVISION]).update(is_active=False)
    filing = submitted(cast)
    assert filing.desk == Desk.DIVISION  # a finance desk waits, empty or not
    steps = [(s.action, s.from_desk, s.to_desk, s.person_id) for s in Step.objects.order_by("pk")]
    assert steps == [
        ("报送", "reporter", "unit", cast.reporter.pk),
        ("自动通过", "unit", "department", None),
        ("自动通过", "department", "division", None),
    ]


def test_a_mended_form_comes_straight_back_through_nested_returns(cast: Cast) -> None:
    filing = submitted(cast)
    for person in (cast.reviewer, cast.department, cast.division):
        filing = workflow.approve(person, filing, filing.revision)
    remark = RemarkDraft("indicators[k1].target", "指标值", "与预算不符")
    filing = workflow.return_for_revision(
        cast.performance, filing, filing.revision, "department", "请核", [remark]
    )
    assert (filing.state, filing.desk, filing.returned_by) == (State.IN_REVIEW, "department", ["performance"])
    filing = workflow.return_for_revision(
        cast.department, filing, filing.revision, "reporter", "请改", [RemarkDraft("", "", "见电话")]
    )
    assert (filing.state, filing.returned_by) == (State.RETURNED, ["performance", "department"])
    filing = workflow.save_draft(cast.reporter, filing, edited(filing, annual_goal="改后"), filing.revision)
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    assert (filing.desk, filing.returned_by) == ("department", ["performance"])
    assert Remark.objects.filter(settled_at=None).count() == 2
    filing = workflow.approve(cast.department, filing, filing.revision)
    assert (filing.desk, filing.returned_by) == ("performance", [])
    assert list(Remark.objects.filter(settled_at=None).values_list("text", flat=True)) == ["与预算不符"]
    filing = workflow.approve(cast.performance, filing, filing.revision)
    assert filing.state == State.APPROVED
    assert not Remark.objects.filter(settled_at=None).exists()


def test_a_return_needs_a_reason_and_an_earlier_desk(cast: Cast) -> None:
    filing = submitted(cast)
    with pytest.raises(Refused, match="退回必须写明意见"):
        workflow.return_for_revision(cast.reviewer, filing, filing.revision, "reporter", "  ")
    for desk in ("unit", "department", "performance", "nowhere"):
        with pytest.raises(Refused, match="只能退回到前面的环节（填报人）"):
            workflow.return_for_revision(cast.reviewer, filing, filing.revision, desk, "改")
    filing = workflow.return_for_revision(cast.reviewer, filing, filing.revision, "reporter", "改")
    assert (filing.state, last_action()) == (State.RETURNED, "退回")


def test_many_are_returned_with_a_result_for_each(cast: Cast) -> None:
    filing = submitted(cast)
    other = opened(cast, cast.meals, cast.bureau_reporter)
    rows = [(filing.pk, filing.revision), (other.pk, 1), (999, 1)]
    results = workflow.return_many(cast.reviewer, rows, "reporter", "请改")
    assert [(row.pk, row.ok) for row in results] == [(filing.pk, True), (other.pk, False), (999, False)]
    assert "无权查看" in results[1].message  # exactly as for one that is not there


def test_a_reporter_takes_back_what_nobody_touched(cast: Cast) -> None:
    filing = submitted(cast)
    with pytest.raises(PermissionDenied):
        workflow.withdraw(cast.stranger, filing, filing.revision)
    filing = workflow.withdraw(cast.reporter, filing, filing.revision)
    assert (filing.state, filing.desk, filing.submitted_at) == (State.DRAFT, "reporter", None)
    assert last_action() == "撤回"
    filing = workflow.submit(cast.reporter, filing, filing.revision)
    filing = workflow.approve(cast.reviewer, filing, filing.revision)
    with pytest.raises(WrongDesk, match="不能撤回"):
        workflow.withdraw(cast.reporter, filing, filing.revision)


def test_a_mended_form_taken_back_still_knows_who_returned_it(cast: Cast) -> None:
    filing = workflow.approve(cast.reviewer, *_seen(submitted(cast)))
    filing = workflow.return_for_revision(cast.department, *_seen(filing), "reporter", "改")
    for _ in range(2):
        filing = workflow.submit(cast.reporter, *_seen(filing))
        filing = workflow.withdraw(cast.reporter, *_seen(filing))
    assert (filing.state, filing.returned_by) == (State.RETURNED, ["department"])
    assert filing.submitted_at is not None


def _seen(filing: Filing) -> tuple[Filing, int]:
    return filing, filing.revision


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    def set_today(day: date) -> None:
        monkeypatch.setattr(timezone, "localdate", lambda *_: day)

    return set_today


def test_forms_are_taken_only_in_their_window(cast: Cast, today: Any) -> None:
    window = cast.goal_window
    window.closes_on = date(2024, 4, 30)
    window.save()
    filing = opened(cast)
    today(window.opens_on - timedelta(days=1))
    with pytest.raises(OutOfWindow, match="从 2024-01-02 开始"):
        workflow.submit(cast.reporter, filing, 1)
    today(window.closes_on + timedelta(days=1))
    with pytest.raises(OutOfWindow, match="2024-04-30 关闭"):
        workflow.submit(cast.reporter, filing, 1)
    today(window.closes_on)  # late, but taken
    assert workflow.submit(cast.reporter, filing, 1).state == State.IN_REVIEW


def test_without_a_window_nothing_is_taken(cast: Cast) -> None:
    filing = opened(cast)
    cast.goal_window.delete()
    with pytest.raises(OutOfWindow, match="尚未布置"):
        workflow.submit(cast.reporter, filing, 1)


def test_what_the_bureau_returned_is_taken_after_closing_and_what_a_unit_returned_is_not(
    cast: Cast, today: Any
) -> None:
    cast.goal_window.closes_on = date(2024, 4, 30)
    cast.goal_window.save()
    today(date(2024, 4, 1))
    filing = workflow.return_for_revision(cast.reviewer, *_seen(submitted(cast)), "reporter", "改")
    today(date(2024, 5, 6))
    with pytest.raises(OutOfWindow):
        workflow.submit(cast.reporter, *_seen(filing))
    today(date(2024, 4, 2))
    filing = workflow.submit(cast.reporter, *_seen(filing))
    for person in (cast.reviewer, cast.department):
        filing = workflow.approve(person, *_seen(filing))
    filing = workflow.return_for_revision(cast.division, *_seen(filing), "reporter", "改")
    today(date(2024, 5, 6))
    assert workflow.submit(cast.reporter, *_seen(filing)).desk == Desk.DIVISION


def test_an_adjustment_keeps_the_approved_version_in_force_until_its_own_approval(cast: Cast) -> None:
    filing = approved(cast)
    first = filing.approved
    filing = workflow.reopen(cast.reporter, filing, "预算调减")
    assert (filing.state, filing.is_adjusting, filing.approved) == (State.DRAFT, True, first)
    sheet = edited(filing, annual_goal="改造教学楼 1 栋", period="2024年")
    filing = workflow.save_draft(cast.reporter, *_seen(filing)[:1], sheet, filing.revision)
    assert filing.changes_since_approval == 2
    filing = workflow.submit(cast.reporter, *_seen(filing))
    for person in (cast.reviewer, cast.department, cast.division, cast.performance):
        assert filing.approved == first
        filing = workflow.approve(person, *_seen(filing))
    assert filing.approved is not None
    assert (filing.approved.cause, filing.is_adjusting, filing.changes_since_approval) == ("调整", False, 2)
    labels = [change.label for change in history.compare(first, filing)]  # type: ignore[arg-type]
    assert labels == ["项目期", "年度目标"]


def test_changes_are_counted_from_the_first_approval_and_back_again_is_no_change(cast: Cast) -> None:
    filing = approved(cast)
    for goal, counted in (("甲", 1), ("改造教学楼 2 栋", 0)):
        filing = workflow.reopen(cast.performance, filing, "调整")
        filing = workflow.save_draft(cast.reporter, filing, edited(filing, annual_goal=goal), filing.revision)
        filing = workflow.submit(cast.reporter, *_seen(filing))
        for person in (cast.reviewer, cast.department, cast.division, cast.performance):
            filing = workflow.approve(person, *_seen(filing))
        assert filing.changes_since_approval == counted


def test_an_adjustment_given_up_leaves_the_version_in_force(cast: Cast) -> None:
    filing = workflow.reopen(cast.reporter, approved(cast), "调整")
    filing = workflow.save_draft(cast.reporter, filing, edited(filing, annual_goal="甲"), filing.revision)
    filing = workflow.abandon_adjustment(cast.reporter, *_seen(filing))
    assert (filing.state, filing.changes_since_approval) == (State.APPROVED, 0)
    assert filing.as_sheet().annual_goal == "改造教学楼 2 栋"  # type: ignore[union-attr]
    assert last_action() == "放弃调整"


def test_reopening_needs_an_approved_form_a_reason_and_the_right_person(cast: Cast) -> None:
    filing = submitted(cast)
    with pytest.raises(WrongDesk, match="只有批复后的表"):
        workflow.reopen(cast.reporter, filing, "调整")
    filing = _approve_all(cast)
    with pytest.raises(Refused, match="调整必须写明原因"):
        workflow.reopen(cast.reporter, filing, "")
    for name in set(cast.people) - {"reporter", "performance", "colleague"}:
        with pytest.raises(PermissionDenied):
            workflow.reopen(cast.people[name], filing, "调整")
    Filing.objects.filter(pk=filing.pk).update(form=Form.PROJECT_EVALUATION)
    with pytest.raises(PermissionDenied):
        workflow.reopen(cast.reporter, filing, "调整")


def test_versions_are_numbered_and_fingerprinted(cast: Cast) -> None:
    filing = approved(cast)
    one, two = Version.objects.order_by("number")
    assert (one.number, two.number) == (1, 2)
    assert one.sha256 == two.sha256 == moves.fingerprint(filing.sheet)


def test_a_desk_that_emptied_after_returning_the_form_does_not_hold_it_up(cast: Cast) -> None:
    filing = submitted(cast)
    filing = workflow.approve(cast.reviewer, *_seen(filing))
    filing = workflow.return_for_revision(cast.department, *_seen(filing), "unit", "请核")
    filing = workflow.return_for_revision(cast.reviewer, *_seen(filing), "reporter", "请改")
    Person.objects.filter(pk=cast.reviewer.pk).update(is_active=False)
    filing = workflow.submit(cast.reporter, *_seen(filing))
    assert (filing.desk, filing.returned_by) == (Desk.DEPARTMENT, [])
    assert list(Step.objects.order_by("pk").values_list("action", flat=True))[-2:] == ["报送", "自动通过"]


def test_nothing_is_returned_to_a_desk_without_people(cast: Cast) -> None:
    filing = workflow.approve(cast.reviewer, *_seen(submitted(cast)))
    Person.objects.filter(pk=cast.reviewer.pk).update(is_active=False)
    with pytest.raises(Refused, match="单位审核”环节没有启用的审核人"):
        workflow.return_for_revision(cast.department, *_seen(filing), "unit", "请核")
    assert workflow.return_for_revision(cast.department, *_seen(filing), "reporter", "改").returned_by


def _with_route(tmp_path: Path, *desks: Desk) -> None:
    """A county that lets goals pass only these desks."""
    value = ", ".join(desks)
    (tmp_path / "430299000.yaml").write_text(
        f"desks:\n  project_goal:\n      - {{since: 2020-01-01, value: [{value}],"
        ' document: "", source: 区定, status: 待核, reason: 简化环节}\n',
        encoding="utf-8",
    )
    policies.use_overrides(tmp_path)


@pytest.fixture
def _general_policy_again() -> Iterator[None]:
    yield
    policies.use_overrides(None)


@pytest.mark.usefixtures("_general_policy_again")
def test_the_last_desk_decides_even_if_it_returned_the_form_and_stands_empty(
    cast: Cast, tmp_path: Path
) -> None:
    _with_route(tmp_path, Desk.UNIT, Desk.DEPARTMENT)
    filing = workflow.approve(cast.reviewer, *_seen(submitted(cast)))
    filing = workflow.return_for_revision(cast.department, *_seen(filing), "reporter", "改")
    Person.objects.filter(pk=cast.department.pk).update(is_active=False)
    filing = workflow.submit(cast.reporter, *_seen(filing))
    assert (filing.state, filing.desk, filing.returned_by) == (State.IN_REVIEW, Desk.DEPARTMENT, [])


@pytest.mark.usefixtures("_general_policy_again")
def test_a_reviewer_does_not_approve_in_the_place_of_the_last_desk(cast: Cast, tmp_path: Path) -> None:
    _with_route(tmp_path, Desk.UNIT, Desk.DEPARTMENT)
    filing = workflow.approve(cast.reviewer, *_seen(submitted(cast)))
    filing = workflow.return_for_revision(cast.department, *_seen(filing), "unit", "请核")
    Person.objects.filter(pk=cast.department.pk).update(is_active=False)
    filing = workflow.approve(cast.reviewer, *_seen(filing))
    assert (filing.state, filing.desk) == (State.IN_REVIEW, Desk.DEPARTMENT)


@pytest.mark.usefixtures("_general_policy_again")
def test_a_desk_that_policy_dropped_still_takes_back_what_it_returned(cast: Cast, tmp_path: Path) -> None:
    filing = workflow.approve(cast.reviewer, *_seen(submitted(cast)))
    filing = workflow.return_for_revision(cast.department, *_seen(filing), "reporter", "改")
    _with_route(tmp_path, Desk.UNIT, Desk.PERFORMANCE)
    filing = workflow.submit(cast.reporter, *_seen(filing))
    assert filing.desk == Desk.DEPARTMENT
    assert workflow.approve(cast.department, *_seen(filing)).desk == Desk.PERFORMANCE


def test_a_fund_that_moved_brings_its_form_along(cast: Cast) -> None:
    filing = opened(cast)
    cast.building.unit = cast.education_bureau
    cast.building.save()
    moved = opened(cast, cast.building, cast.bureau_reporter)
    assert (moved.pk, moved.unit, moved.revision) == (filing.pk, cast.education_bureau, 2)
    header = moved.as_sheet().header
    assert (header.unit_code, header.unit_name) == ("105001", "教育局本级")
    entry = LogEntry.objects.order_by("-pk")[0]
    assert (entry.action, entry.before, entry.after) == (
        "移交报送",
        {"单位": "第一中学"},
        {"单位": "教育局本级"},
    )
    with pytest.raises(PermissionDenied):
        workflow.save_draft(cast.reporter, moved, edited(moved, annual_goal="甲"), moved.revision)
    assert opened(cast, cast.building, cast.bureau_reporter).revision == 2  # only once


def test_what_was_approved_of_a_moved_fund_stays_word_for_word(cast: Cast) -> None:
    filing = approved(cast)
    cast.building.unit = cast.education_bureau
    cast.building.save()
    moved = opened(cast, cast.building, cast.bureau_reporter)
    assert (moved.unit, moved.state) == (cast.education_bureau, State.APPROVED)
    assert moved.approved is not None
    assert moved.sheet == moved.approved.sheet == filing.sheet


def test_a_form_opened_again_in_another_work_year_takes_what_comes_in_either_window(
    cast: Cast, today: Any
) -> None:
    cast.goal_window.pk = None
    cast.goal_window.work_year, cast.goal_window.opens_on = 2025, date(2025, 1, 1)
    cast.goal_window.due_on = date(2025, 2, 1)
    cast.goal_window.save()
    today(date(2024, 3, 1))  # the first window is open, the later one not yet
    assert submitted(cast).state == State.IN_REVIEW


def test_another_forms_sheet_is_never_stored(cast: Cast) -> None:
    filing = opened(cast)
    strange = UnitGoalSheet(header=filing.as_sheet().header)
    with pytest.raises(TypeError):
        workflow.save_draft(cast.reporter, filing, strange, filing.revision)
    assert Filing.objects.get().revision == 1
