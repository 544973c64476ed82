"""What people make of a hit: who sees and may do what, each verb logged, nothing over another's head."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import Http404
from django.utils import timezone
from tests.cast import Cast
from tests.flags import rows

from jiheng.findings import problems
from jiheng.findings.models import Clue, Source
from jiheng.findings.problems import ClueDraft
from jiheng.flags import access, listing, todo, workflow
from jiheng.flags.listing import HitFilter
from jiheng.flags.models import Hit, HitState, HitStep
from jiheng.flags.workflow import NotDone, Stale
from jiheng.units.models import LogEntry


def soon() -> date:
    return timezone.localdate() + timedelta(days=7)


def test_the_unit_sees_a_hit_once_it_is_asked_and_answers(cast: Cast) -> None:
    found = rows.hit(cast)
    assert not access.visible(cast.reporter).exists() and not access.visible(cast.department).exists()
    assert access.visible(cast.observer).filter(flag="F01").exists()
    asked = workflow.ask(cast.division, found, found.revision, "请说明", soon())
    assert access.hit_for(cast.reporter, asked.pk).state == HitState.ASKED
    [waiting] = todo.for_person(cast.reporter)
    assert (waiting.title, waiting.due_on, waiting.is_overdue) == ("2024年疑点待答复 1 条", soon(), False)
    told = workflow.answer(cast.reporter, asked, asked.revision, "成立日期登记有误，附更正通知书")
    assert told.state == HitState.ANSWERED
    assert [line.title for line in todo.for_person(cast.performance)][-1] == "2024年疑点答复待研判 1 条"
    assert [step.kind for step in HitStep.objects.order_by("pk")] == ["ask", "answer"]
    assert LogEntry.objects.get(action="疑点单位答复").reason == "成立日期登记有误，附更正通知书"


def test_a_hit_becomes_a_clue_once_and_no_problem_by_itself(cast: Cast) -> None:
    found = rows.hit(cast)
    done = workflow.make_clue(cast.performance, found, found.revision, "已调取工商档案，属实")
    clue = Clue.objects.get()
    assert done.clue == clue and done.state == HitState.CLUE
    assert clue.source == Source.RED_FLAG and clue.unit == cast.school and clue.amount == Decimal(860000)
    assert "已调取工商档案，属实" in clue.description and clue.problem is None
    assert list(problems.clues_for(cast.performance)) == [clue]
    with pytest.raises(Stale):
        workflow.make_clue(cast.performance, done, done.revision, "再来一次")
    assert Clue.objects.count() == 1


def test_dismissing_takes_a_reason_and_can_be_taken_back(cast: Cast) -> None:
    found = rows.hit(cast)
    with pytest.raises(NotDone, match="理由"):
        workflow.dismiss(cast.performance, found, found.revision, "  ")
    done = workflow.dismiss(cast.performance, found, found.revision, "更名，前身早已成立")
    assert done.state == HitState.DISMISSED and not done.has_changed
    back = workflow.reopen(cast.performance, done, done.revision, "审计又提到此事")
    assert back.state == HitState.OPEN and back.decided_hash == ""


def test_two_at_once_the_second_is_told(cast: Cast) -> None:
    found = rows.hit(cast)
    workflow.dismiss(cast.performance, found, found.revision, "一")
    with pytest.raises(Stale, match="已排除"):
        workflow.dismiss(cast.colleague, found, found.revision, "二")
    assert HitStep.objects.count() == 1


def test_strangers_get_nothing_and_who_may_not_is_refused_and_logged(cast: Cast) -> None:
    found = rows.hit(cast)
    for person in (cast.stranger, cast.other_division, cast.bureau_reporter, cast.reporter):
        with pytest.raises(Http404):
            workflow.dismiss(person, found, found.revision, "x")
    for person in (cast.observer, cast.budget):
        with pytest.raises(PermissionDenied):
            workflow.dismiss(person, found, found.revision, "x")
    assert LogEntry.objects.filter(action="排除被拒绝").count() == 2
    asked = workflow.ask(cast.performance, found, found.revision, "请说明", soon())
    with pytest.raises(PermissionDenied):
        workflow.answer(cast.department, asked, asked.revision, "代答")


def test_a_day_in_the_past_is_no_deadline(cast: Cast) -> None:
    found = rows.hit(cast)
    with pytest.raises(NotDone) as refused:
        workflow.ask(
            cast.performance, found, found.revision, "请说明", timezone.localdate() - timedelta(days=1)
        )
    assert refused.value.field == "due_on"


def test_steps_are_never_changed(cast: Cast) -> None:
    rows.dismissed(cast)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        HitStep.objects.update(text="改了")


def test_the_list_filters_by_state_flag_level_and_word(cast: Cast) -> None:
    rows.dismissed(cast)
    rows.keep(cast, "contracts", rows.CONTRACT | {"number": "HT-2", "signed": date(2024, 3, 7)})
    rows.run(cast)

    def keys(**asked: str) -> list[str]:
        wanted = HitFilter(fiscal_year=2024, flag="F01", **asked)
        return [hit.key for hit in listing.found(cast.performance, wanted)]

    assert keys() == ["HT-1", "HT-2"]
    assert keys(state="fresh") == ["HT-2"] and keys(state="dismissed") == ["HT-1"]
    assert keys(state="undecided") == ["HT-2"] and keys(state="gone") == [] and keys(state="changed") == []
    assert keys(level="低") == ["HT-2"] and keys(word="HT-1") == ["HT-1"]
    assert listing.by_flag(cast.performance, 2024)["F01"] == (2, 1)
    assert (
        len(
            next(
                iter(
                    listing.export_rows(
                        cast.performance, listing.found(cast.performance, HitFilter(fiscal_year=2024))
                    )
                )
            )
        )
        == 13
    )


def test_what_the_bureau_decided_is_its_own(cast: Cast) -> None:
    asked = rows.asked(cast)
    done = workflow.make_clue(cast.performance, asked, asked.revision, "与审计核对，属实")
    assert [step.kind for step in access.steps_for(cast.reporter, done)] == ["ask"]
    assert [step.kind for step in access.steps_for(cast.observer, done)] == ["ask", "clue"]
    assert access.state_for(cast.reporter, done) == "财政局研判中"
    wanted = HitFilter(fiscal_year=2024)
    told = str(list(listing.export_rows(cast.reporter, listing.found(cast.reporter, wanted))))
    assert "请说明签约时" in told and "与审计核对" not in told and "已转线索" not in told


def test_a_high_self_score_is_one_clue_with_evaluation_s_own(cast: Cast) -> None:
    found = rows.hit(cast)
    Hit.objects.filter(pk=found.pk).update(flag="F13", key="77")
    draft = ClueDraft(
        origin="score:77", kind="管理", title="高分", description="x", unit=cast.school, fiscal_year=2024
    )
    known = problems.propose(Source.SELF, draft)
    found.refresh_from_db()
    assert workflow.make_clue(cast.performance, found, found.revision, "属实").clue == known
