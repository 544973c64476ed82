"""四评 by its verbs: who does what, what is refused and logged, what is frozen."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from tests.cast import Cast
from tests.reviews import rows
from tests.reviews.rows import confirmed, convened, deputy, explained, fresh, part, picked, scored, sealed

from jiheng.findings.models import Clue
from jiheng.panels.models import Panel, PanelState, Recusal
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.reviews import picking, todo, workflow
from jiheng.reviews.access import parts_of, readable
from jiheng.reviews.looking import eligible, facts_of, in_year
from jiheng.reviews.models import FourReview, ReviewState
from jiheng.reviews.standing import standing_of, unexplained
from jiheng.reviews.workflow import FaultDraft
from jiheng.sheets import Grade, Missing
from jiheng.units.models import LogEntry

FAULT = FaultDraft(kind="核算", title="台账不全", description="缺3份验收单", amount=Decimal("1200.50"))


def refused(action: str) -> str:
    """Why the last refusal of an action was, as it stands in the log."""
    entry = LogEntry.objects.filter(action=f"{action}被拒绝").order_by("pk").last()
    assert entry is not None
    return entry.reason


def test_the_four_come_to_one_score_with_its_steps_and_are_frozen(cast: Cast) -> None:
    review = confirmed(cast)
    assert (review.state, review.total, review.grade) == (ReviewState.CONFIRMED, Decimal("84.70"), "良")
    standing = standing_of(review)
    assert standing.combined.steps == ("95×10%＋85×40%＋80×20%＋84×30% = 84.70",)
    assert [part.taken.score for part in standing.parts] == [Decimal(n) for n in (95, 85, 80, 84)]
    assert [part.taken.page for part in standing.parts] == ["filing", "fiscal_one", "", ""]
    rows.fiscal_score(cast, "10.00", year=2025)
    assert standing_of(fresh(review)) == standing
    entry = LogEntry.objects.get(action="确认四评结果")
    assert entry.after["综合等级"] == "良"
    with pytest.raises(NotDone, match="已确认，不能再办理"):
        workflow.confirm(cast.congress, review, review.revision, "再来")
    assert "已确认" in refused("确认四评结果")


def test_until_then_the_taken_over_scores_are_fresh(cast: Cast) -> None:
    review = picked(cast)
    assert isinstance(standing_of(review).parts[0].taken.score, Missing)
    rows.own_score(cast)
    assert standing_of(review).parts[0].taken.score == Decimal("95.00")
    rows.fiscal_score(cast, "85.00")
    assert standing_of(review).parts[1].taken.score == Decimal("85.00")
    rows.fiscal_score(cast, "70.00", year=2025)
    assert standing_of(review).parts[1].taken.score == Decimal("70.00")
    rows.fiscal_score(cast, "10.00", year=2026, kind="department")  # 部门评价 is not the fiscal one
    rows.fiscal_score(cast, "10.00", year=2027, from_year=2024, to_year=2024)
    assert standing_of(review).parts[1].taken.score == Decimal("70.00")


def test_a_review_that_is_missing_is_not_zero(cast: Cast) -> None:
    rows.own_score(cast)
    review = picked(cast)
    standing = standing_of(review)
    assert isinstance(standing.combined.total, Missing)
    assert standing.combined.grade is None
    sealed(convened(cast, review, "audit"), cast.audit, "0.5")
    own = convened(cast, review, "congress")
    sealed(own, cast.congress, "0.8")
    sealed(own, deputy(cast), "0.8")
    with pytest.raises(NotDone, match="财政评价还没有得分"):
        workflow.confirm(cast.congress, fresh(review), fresh(review).revision, "同意")
    rows.fiscal_score(cast, "92.00")
    standing = standing_of(fresh(review))
    assert standing.combined.grade is Grade.FAIR
    assert standing.combined.steps[1] == "审计核查为“差”，综合等级由“良”降为“中”"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"reason": " "}, "须写明理由"),
        ({"funds": []}, "请勾选"),
        ({"fiscal_year": 2025}, "不能晚于"),
    ],
)
def test_a_pick_that_is_refused_and_logged(cast: Cast, said: dict[str, object], why: str) -> None:
    with pytest.raises(NotDone, match=why):
        picked(cast, **said)
    assert not FourReview.objects.exists()
    assert why in refused("四评选题")


def test_no_project_twice_unless_it_was_taken_off(cast: Cast) -> None:
    review = picked(cast)
    assert cast.building not in eligible(cast.congress, cast.region, 2023)
    with pytest.raises(NotDone, match="已列入四评（2024-01）"):
        picked(cast)
    with pytest.raises(NotDone, match="须写明理由"):
        picking.drop(cast.congress, review, review.revision, "")
    convened(cast, review, "audit")
    with pytest.raises(NotDone, match="正在评分"):
        picking.drop(cast.congress, fresh(review), fresh(review).revision, "改题")
    own = part(review, "audit")
    workflow.dissolve(cast.audit, own, fresh(review).revision, "人员变动")
    picking.drop(cast.congress, fresh(review), fresh(review).revision, "改题")
    assert picked(cast).serial == 2


def test_everybody_does_their_own_review_only(cast: Cast) -> None:
    review = picked(cast)
    for person, kind, error in (
        (cast.congress, "audit", PermissionDenied),
        (cast.audit, "congress", PermissionDenied),
        (cast.performance, "audit", PermissionDenied),
        (cast.reporter, "audit", PermissionDenied),
        (cast.stranger, "audit", Http404),
    ):
        with pytest.raises(error):
            workflow.convene(person, part(review, kind), review.revision, [person], rows.soon())
    with pytest.raises(NotDone, match="不能由任大评分"):
        workflow.convene(cast.audit, part(review, "audit"), review.revision, [cast.congress], rows.soon())
    with pytest.raises(PermissionDenied):
        picking.pick(cast.audit, picking.PickDraft(year=2024, fiscal_year=2023, funds=[1], reason="x"))
    own = convened(cast, review, "audit")
    assert own.panel is not None
    assert sum(line.full for line in own.panel.lines.all()) == 100
    with pytest.raises(NotDone, match="不必重复组织"):
        convened(cast, review, "audit")
    with pytest.raises(Stale):
        workflow.dissolve(cast.audit, own, 1, "人员变动")


def test_a_conflict_of_interest_and_a_late_sheet_are_refused(cast: Cast) -> None:
    review = picked(cast)
    reason = {"reason": "曾任该校校长", "declared_at": timezone.now()}
    barred = Recusal.objects.create(person=cast.audit, unit=cast.school, **reason)
    with pytest.raises(NotDone, match="已申明回避"):
        convened(cast, review, "audit")
    assert "已申明回避" in refused("组织四评评分")
    assert part(review, "audit").panel is None
    barred.delete()
    own = convened(cast, review, "audit")
    Panel.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(NotDone, match="截止"):
        sealed(own, cast.audit, "0.8")


def test_scores_are_hidden_until_all_are_in(cast: Cast) -> None:
    rows.own_score(cast)
    review = picked(cast)
    own = convened(cast, review, "congress")
    sealed(own, cast.congress, "0.8")
    assert isinstance(standing_of(review).parts[3].taken.score, Missing)
    assert Panel.objects.get().state == PanelState.SCORING
    sealed(own, deputy(cast), "0.9")
    assert standing_of(review).parts[3].taken.score == Decimal("85.00")
    entry = LogEntry.objects.filter(action="封存评分").first()
    assert entry is not None
    assert len(entry.after["封存码"]) == 64


def test_who_reads_what_before_their_own_is_open(cast: Cast) -> None:
    review = picked(cast)
    sealed(convened(cast, review, "audit"), cast.audit, "0.8")

    def reads(person: object) -> set[str]:
        return readable(person, fresh(review), parts_of(review))  # type: ignore[arg-type]

    assert reads(cast.congress) == {"self", "fiscal", "congress"}
    assert reads(cast.audit) == reads(cast.performance) == {"self", "fiscal", "audit", "congress"}
    for person in (cast.reporter, cast.department, cast.budget, cast.observer):
        assert reads(person) == set()
    standing = standing_of(fresh(review), reads(cast.congress))
    assert standing.hidden == ("审计核查",)
    assert isinstance(standing.parts[2].taken.score, Missing)
    with pytest.raises(Http404):
        workflow.explain(cast.congress, fresh(review), fresh(review).revision, ("self", "audit"), "原因")


def test_the_unit_reads_everything_once_it_is_confirmed(cast: Cast) -> None:
    before = scored(cast)
    (listed,) = in_year(cast.reporter, 2024)
    assert len(listed.standing.hidden) == 4
    for kind in ("fiscal", "audit", "congress"):
        workflow.explain(cast.audit, fresh(before), fresh(before).revision, ("self", kind), "自评偏高")
    workflow.confirm(cast.congress, fresh(before), fresh(before).revision, "同意")
    (listed,) = in_year(cast.reporter, 2024)
    assert not listed.standing.hidden
    assert listed.standing.combined.total == Decimal("84.70")
    assert not in_year(cast.stranger, 2024)


def test_big_differences_must_be_explained_and_a_decision_has_words(cast: Cast) -> None:
    review = scored(cast)
    assert len(unexplained(review, standing_of(review))) == 3
    with pytest.raises(NotDone, match=r"单位自评高出审计核查 15\.00 分"):
        workflow.confirm(cast.congress, review, review.revision, "同意")
    with pytest.raises(NotDone, match="请写差异的原因"):
        workflow.explain(cast.congress, review, review.revision, ("self", "audit"), " ")
    with pytest.raises(PermissionDenied):
        workflow.confirm(cast.audit, review, review.revision, "同意")
    assert review.state == ReviewState.OPEN


def test_an_opinion_is_asked_for(cast: Cast) -> None:
    review = explained(cast)
    with pytest.raises(NotDone, match="须写评议意见"):
        workflow.confirm(cast.congress, review, review.revision, "")


def test_remarks_after_sealing_and_problems_go_to_the_register(cast: Cast) -> None:
    review = picked(cast)
    own = convened(cast, review, "congress")
    with pytest.raises(NotDone, match="封存自己的评分表以后"):
        workflow.remark(cast.congress, own, fresh(review).revision, "管护要跟上")
    sealed(own, cast.congress, "0.8")
    made = workflow.remark(cast.congress, own, fresh(review).revision, "管护要跟上")
    assert made.person == cast.congress
    with pytest.raises(PermissionDenied):
        workflow.note_fault(cast.audit, own, fresh(review).revision, FAULT)
    fault = workflow.note_fault(cast.audit, part(review, "audit"), fresh(review).revision, FAULT)
    with pytest.raises(NotDone, match="问题类别"):
        bad = FaultDraft(kind="别的", title="x", description="y")
        workflow.note_fault(cast.audit, part(review, "audit"), fresh(review).revision, bad)
    workflow.remove_fault(cast.audit, fault, fresh(review).revision)
    assert not Clue.objects.exists()


def test_what_was_found_becomes_a_clue_when_confirmed(cast: Cast) -> None:
    review = explained(cast)
    workflow.note_fault(cast.audit, part(review, "audit"), review.revision, FAULT)
    workflow.confirm(cast.congress, fresh(review), fresh(review).revision, "同意")
    clue = Clue.objects.get()
    assert (clue.source, clue.amount, clue.fund) == ("four_reviews", Decimal("1200.50"), cast.building)


def test_what_waits_for_congress_and_audit(cast: Cast) -> None:
    review = picked(cast)
    assert [item.title for item in todo.for_person(cast.audit)] == ["四评项目待组织审计核查 1 项"]
    assert todo.for_person(cast.performance) == []
    review = fresh(review)
    sealed(convened(cast, review, "audit"), cast.audit, "0.8")
    own = convened(cast, review, "congress")
    sealed(own, cast.congress, "0.8")
    assert todo.for_person(cast.congress) == []
    sealed(own, deputy(cast), "0.8")
    assert [item.title for item in todo.for_person(cast.congress)] == ["四评结果待合成确认 1 项"]


def test_the_sheets_facts_are_the_books(cast: Cast) -> None:
    facts = facts_of(scored(cast))
    assert facts.revised == Decimal("47540000.00")
    assert facts.executed == Decimal("46040000.00")
    assert str(facts.rate).startswith("96.84")
    assert facts.goal == ""
    assert facts.lights == ()
