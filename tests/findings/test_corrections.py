"""Corrections: ordered by the bureau, answered by the unit, closed or waived; verbs guarded and logged."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from tests.cast import Cast
from tests.monitoring.papers import saved, submitted

from jiheng.filings.outcomes import Stopped
from jiheng.findings import corrections
from jiheng.findings.corrections import NotAccepted, OrderDraft, Stale
from jiheng.findings.models import Correction, CorrectionState
from jiheng.findings.todo import for_person as todo_for
from jiheng.units.models import LogEntry

FAR = date(2099, 12, 31)


def draft(**fields) -> OrderDraft:
    said = {
        "cause": "截至6月执行率低于序时进度",
        "measure": "加快执行",
        "requirement": "8月底前完成支付",
        "due_on": FAR,
    }
    return OrderDraft(**(said | fields))


def ordered(cast: Cast) -> Correction:
    return corrections.order(cast.performance, submitted(cast), draft())


def answered(cast: Cast) -> Correction:
    correction = ordered(cast)
    return corrections.answer(cast.reporter, correction, correction.revision, "已支付 300 万元")


def logged(action: str) -> LogEntry:
    return LogEntry.objects.get(subject="findings.correction", action=action)


def test_order_answer_close(cast: Cast) -> None:
    correction = ordered(cast)
    assert (correction.state, correction.unit, correction.fund) == ("ordered", cast.school, cast.building)
    assert logged("下达纠偏").unit_name == "第一中学"
    correction = corrections.answer(cast.reviewer, correction, 1, "已支付 300 万元")
    assert (correction.state, correction.replied_by) == ("answered", cast.reviewer)
    correction = corrections.close(cast.division, correction, 2, "属实")
    assert (correction.state, correction.settled_by, correction.revision) == ("closed", cast.division, 3)
    assert logged("纠偏销号").before["state"] == "已回复"
    assert logged("纠偏销号").after["state"] == "已销号"


def test_an_answer_that_does_not_do_is_sent_back_and_kept_in_the_log(cast: Cast) -> None:
    correction = answered(cast)
    correction = corrections.reopen_answer(
        cast.performance, correction, correction.revision, "没有写完成时间"
    )
    assert correction.state == CorrectionState.ORDERED
    assert correction.opinion == "没有写完成时间"
    correction = corrections.answer(cast.reporter, correction, correction.revision, "8月20日前支付完毕")
    assert correction.reply == "8月20日前支付完毕"
    assert LogEntry.objects.filter(action="回复纠偏", after__reply="已支付 300 万元").exists()


def test_a_waiver_needs_a_reason(cast: Cast) -> None:
    correction = ordered(cast)
    with pytest.raises(NotAccepted, match="豁免请写明理由"):
        corrections.waive(cast.performance, correction, correction.revision, " ")
    waived = corrections.waive(cast.performance, correction, correction.revision, "项目已按文件取消")
    assert waived.state == CorrectionState.WAIVED
    assert logged("豁免纠偏").reason == "项目已按文件取消"


def test_only_one_is_open_on_a_form(cast: Cast) -> None:
    correction = ordered(cast)
    with pytest.raises(NotAccepted, match="已有一张未销号的纠偏单"):
        corrections.order(cast.performance, correction.filing, draft())
    corrections.waive(cast.performance, correction, correction.revision, "重新下达")
    assert corrections.order(cast.performance, correction.filing, draft()).state == "ordered"


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"cause": " "}, "cause", "请写明偏差情况"),
        ({"measure": "通报"}, "measure", "不在规定之列"),
        ({"requirement": ""}, "requirement", "请写明纠偏要求"),
        ({"due_on": date(2020, 1, 1)}, "due_on", "早于今天"),
    ],
)
def test_an_order_says_what_is_missing(cast: Cast, fields: dict, field: str, said: str) -> None:
    with pytest.raises(NotAccepted) as refused:
        corrections.order(cast.performance, submitted(cast), draft(**fields))
    (finding,) = refused.value.findings
    assert finding.field == field
    assert said in finding.message
    assert not Correction.objects.exists()


def test_only_a_submitted_monitoring_form_can_be_corrected(cast: Cast) -> None:
    with pytest.raises(NotAccepted, match="还没有报送"):
        corrections.order(cast.performance, saved(cast), draft())


def test_strangers_get_404_and_wrong_roles_403(cast: Cast) -> None:
    correction = answered(cast)
    revision = correction.revision
    for person in (cast.stranger, cast.other_department, cast.other_division):
        with pytest.raises(Http404):
            corrections.correction_for(person, correction.pk)
        with pytest.raises(Http404):
            corrections.answer(person, correction, revision, "x")
        with pytest.raises(Http404):
            corrections.close(person, correction, revision)
    for person in (cast.observer, cast.department, cast.reporter, cast.budget):
        assert corrections.correction_for(person, correction.pk) == correction
        for verb in (corrections.close, corrections.reopen_answer, corrections.waive):
            with pytest.raises(PermissionDenied):
                verb(person, correction, revision, "x")
        with pytest.raises(PermissionDenied):
            corrections.order(person, correction.filing, draft())
    for person in (cast.observer, cast.department, cast.performance):
        with pytest.raises(PermissionDenied):
            corrections.answer(person, correction, revision, "x")
    with pytest.raises(PermissionDenied):
        corrections.waive(cast.division, correction, revision, "只有绩效股可以豁免")
    correction.refresh_from_db()
    assert correction.state == CorrectionState.ANSWERED


def test_the_second_of_two_is_told(cast: Cast) -> None:
    correction = answered(cast)
    corrections.close(cast.performance, correction, correction.revision, "属实")
    with pytest.raises(Stale) as stale:
        corrections.reopen_answer(cast.colleague, correction, correction.revision, "不足")
    assert stale.value.correction.state == CorrectionState.CLOSED
    assert isinstance(stale.value, Stopped)
    assert "没有保存" in str(stale.value)


def test_a_verb_out_of_turn_is_refused(cast: Cast) -> None:
    correction = ordered(cast)
    with pytest.raises(NotAccepted, match="现为“已下达”，只有“已回复”的可以纠偏销号"):
        corrections.close(cast.performance, correction, correction.revision)
    with pytest.raises(NotAccepted, match="请写明整改情况"):
        corrections.answer(cast.reporter, correction, correction.revision, "")


def test_may_says_what_the_verbs_do(cast: Cast) -> None:
    correction = ordered(cast)
    assert corrections.may_answer(cast.reporter, correction)
    assert not corrections.may_answer(cast.stranger, correction)
    assert not corrections.may_settle(cast.performance, correction)
    assert corrections.may_waive(cast.performance, correction)
    assert not corrections.may_waive(cast.division, correction)
    correction = corrections.answer(cast.reporter, correction, correction.revision, "已支付")
    assert not corrections.may_answer(cast.reporter, correction)
    assert corrections.may_settle(cast.division, correction)


def test_open_ones_are_found_until_closed_or_waived(cast: Cast) -> None:
    correction = ordered(cast)
    ask = {"unit": cast.school, "fiscal_year": 2024}
    assert corrections.open_for(fund=cast.building, **ask) == [correction]
    assert corrections.open_for(fund=None, **ask) == []
    assert corrections.open_for(unit=cast.school, fund=cast.building, fiscal_year=2023) == []
    moved = {"unit": cast.education_bureau, "fund": cast.building, "fiscal_year": 2024}
    assert corrections.open_for(**moved) == [
        correction
    ]  # the fund changed hands, its correction did not close
    corrections.waive(cast.performance, correction, correction.revision, "已取消")
    assert corrections.open_for(fund=cast.building, **ask) == []


def test_overdue_is_an_unanswered_order_past_its_day(cast: Cast) -> None:
    correction = ordered(cast)
    assert not corrections.is_overdue(correction, FAR)
    assert corrections.is_overdue(correction, FAR + timedelta(days=1))
    correction = corrections.answer(cast.reporter, correction, correction.revision, "已支付")
    assert not corrections.is_overdue(correction, FAR + timedelta(days=1))


def test_todos_go_to_who_must_act(cast: Cast) -> None:
    correction = ordered(cast)
    for person in (cast.reporter, cast.reviewer):
        (todo,) = todo_for(person)
        assert (todo.title, todo.count, todo.due_on) == ("2024年纠偏单待回复 1 张", 1, FAR)
        assert not todo.is_overdue
    assert todo_for(cast.reporter, FAR + timedelta(days=1))[0].is_overdue
    for person in (cast.performance, cast.stranger, cast.department, cast.observer):
        assert todo_for(person) == []
    corrections.answer(cast.reporter, correction, correction.revision, "已支付")
    assert todo_for(cast.reporter) == []
    for person in (cast.performance, cast.division):
        assert [item.title for item in todo_for(person)] == ["2024年纠偏回复待复核 1 张"]
    assert todo_for(cast.other_division) == []
