"""From picking to the frozen result; what is refused, with its reason, and logged."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import docx
import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from tests.cast import Cast
from tests.fiscal.rows import (
    assigned,
    confirmed,
    fresh,
    mark,
    picked,
    proof,
    proven,
    questionnaire,
    reviewed,
    scored,
    soon,
    submitted,
)

from jiheng import policy
from jiheng.findings.models import Clue
from jiheng.fiscal import looking, papers, picking, reviewing, todo, workflow
from jiheng.fiscal.access import evaluation_for, visible
from jiheng.fiscal.candidates import candidates, covered
from jiheng.fiscal.models import KeyEvaluation, SchemeRow
from jiheng.fiscal.picking import ConcernDraft, PickDraft
from jiheng.fiscal.report import report_word
from jiheng.fiscal.standing import points, standing_of
from jiheng.fiscal.workflow import Charge, Marking
from jiheng.panels.models import Engagement
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.units.models import LogEntry, Person

pytestmark = pytest.mark.django_db


def refused(action: str) -> LogEntry:
    return LogEntry.objects.filter(action=f"{action}被拒绝").latest("pk")


def row_of(evaluation: KeyEvaluation, name: str) -> SchemeRow:
    return SchemeRow.objects.get(evaluation=evaluation, level3=name)


# ── candidates and picking ────────────────────────────────────────────────────────────────────────────


def test_candidates_are_ranked_with_points_and_steps(cast: Cast) -> None:
    concern = ConcernDraft(
        fund=cast.meals.pk, kind="信访投诉", text="食堂饭菜质量", received_on=date(2024, 3, 1)
    )
    picking.note_concern(cast.performance, concern)
    rows = candidates(cast.performance, 2024, policy.on(date(2024, 6, 1)))
    by_fund = {item.fund.pk: item.rank for item in rows}
    assert set(by_fund) == {fund.pk for fund in cast.funds}
    steps = {factor.label: factor.step for factor in by_fund[cast.meals.pk].factors}
    assert steps["民生"] == "民生项目，得 20"
    assert steps["问题和信访"] == "1件×5 = 5"
    assert [item.fund.pk for item in candidates(cast.division, 2024, policy.on(date(2024, 6, 1)))] == [
        item.fund.pk for item in rows if item.fund.unit.department.division_id == cast.culture.pk
    ]


def test_a_pick_keeps_its_points_and_reason(cast: Cast) -> None:
    made = picked(cast)
    assert (made.number, made.years, made.state) == ("2024-01", "2023年", "planned")
    assert made.ranking["factors"][1] == ["民生", "不是民生项目，得 0"]
    assert LogEntry.objects.get(action="选定重点评价").reason == "资金量大、社会关注度高"
    again = {
        item.fund.pk: item.picked for item in candidates(cast.performance, 2024, policy.on(date(2024, 6, 1)))
    }
    assert again[cast.building.pk] == made


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"reason": " "}, "须写明理由"),
        ({"funds": []}, "请勾选"),
        ({"from_year": 2023, "to_year": 2022}, "预算年度 2023—2022 有误"),
        ({"from_year": 2018}, "最多评价 5 个预算年度"),
    ],
)
def test_a_pick_without_reason_or_years_is_refused_and_logged(
    cast: Cast, wrong: dict[str, object], words: str
) -> None:
    with pytest.raises(NotDone, match=words):
        picked(cast, **wrong)
    assert words in refused("选定重点评价").reason
    assert not KeyEvaluation.objects.exists()


def test_nothing_is_picked_twice_and_a_department_picks_only_its_own(cast: Cast) -> None:
    picked(cast)
    with pytest.raises(NotDone, match="已选定"):
        picked(cast)
    draft = PickDraft(year=2024, funds=[cast.meals.pk], from_year=2023, to_year=2023, reason="部门重点")
    with pytest.raises(PermissionDenied):
        picking.pick(cast.department, draft)
    own = {"year": 2024, "from_year": 2023, "to_year": 2023, "reason": "部门重点", "kind": "department"}
    assert picking.pick(cast.department, PickDraft(funds=[cast.meals.pk], **own))  # type: ignore[arg-type]
    with pytest.raises(Http404):
        picking.pick(cast.department, PickDraft(funds=[cast.clinics.pk], **own))  # type: ignore[arg-type]


def test_the_plan_counts_key_projects_and_those_done(cast: Cast) -> None:
    before = covered(cast.performance, 2024, policy.on(date(2024, 6, 1)))
    picked(cast)
    plan, done, keys = covered(cast.performance, 2024, policy.on(date(2024, 6, 1)))
    assert len(plan) == 5
    assert keys == before[2]
    assert done == before[1] + (1 if any(c.rank.is_key for turn in plan for c in turn.candidates) else 0)


# ── who does it ───────────────────────────────────────────────────────────────────────────────────────


def test_an_agency_sees_its_engagement_until_its_date(cast: Cast) -> None:
    evaluation = assigned(cast)
    assert evaluation.rows.count() == 17
    assert [item.pk for item in visible(cast.agency)] == [evaluation.pk]
    assert evaluation_for(cast.agency, evaluation.pk).scorer == cast.agency
    assert not visible(cast.expert).exists()
    with pytest.raises(Http404):
        evaluation_for(cast.expert, evaluation.pk)
    yesterday = timezone.localdate() - timedelta(days=1)
    Engagement.objects.update(since=yesterday - timedelta(days=9), until=yesterday)
    with pytest.raises(NotDone, match="届满"):
        evaluation_for(cast.agency, evaluation.pk)
    assert "届满" in refused("查看重点评价").reason
    row = row_of(evaluation, "立项依据充分性")
    with pytest.raises(NotDone, match="届满"):
        mark(evaluation, row, "1", basis="无")


def test_who_works_for_the_unit_is_not_charged_with_it(cast: Cast) -> None:
    evaluation = fresh(picked(cast))
    Person.objects.filter(pk=cast.expert.pk).update(unit=cast.school)
    charge = Charge(scorer=Person.objects.get(pk=cast.expert.pk), due_on=soon())
    with pytest.raises(NotDone, match="应当回避"):
        workflow.assign(cast.performance, evaluation, evaluation.revision, charge)
    assert "应当回避" in refused("布置重点评价").reason
    late = Charge(scorer=cast.agency, due_on=date(2024, 1, 1))
    with pytest.raises(NotDone, match="早于今天"):
        workflow.assign(cast.performance, evaluation, evaluation.revision, late)


# ── scoring ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_line_with_figures_is_computed(cast: Cast) -> None:
    evaluation = proven(assigned(cast))
    row = row_of(evaluation, "实际完成率")
    mark(evaluation, row, first="18", second="20")
    row.refresh_from_db()
    assert (row.score, row.step) == (Decimal("9.00"), "18/20 = 90.00%，分值10，得 9.00")
    evaluation = fresh(evaluation)
    with pytest.raises(NotDone, match="与按数据计算的"):
        mark(evaluation, row, "10", first="18", second="20")
    with pytest.raises(NotDone, match="有扣分，请写明评分依据"):
        mark(evaluation, row_of(evaluation, "立项依据充分性"), "3")
    with pytest.raises(NotDone, match="应在0到4分之间"):
        mark(evaluation, row_of(evaluation, "立项依据充分性"), "4.5")


def test_no_evidence_no_high_score(cast: Cast) -> None:
    evaluation = assigned(cast)
    row = row_of(evaluation, "实际完成率")
    with pytest.raises(NotDone, match="还没有佐证材料，得分不能超过分值的60%（6分）"):
        mark(evaluation, row, first="18", second="20")
    assert "佐证材料" in refused("评价打分").reason
    mark(evaluation, row, first="12", second="20")
    row.refresh_from_db()
    assert row.score == Decimal("6.00")


def test_after_the_deadline_nothing_is_scored_until_it_is_extended(cast: Cast) -> None:
    evaluation = assigned(cast, scorer=cast.division)
    KeyEvaluation.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    evaluation = fresh(evaluation)
    row = row_of(evaluation, "实际完成率")
    with pytest.raises(NotDone, match="已过，不能再打分"):
        mark(evaluation, row, first="12", second="20")
    assert "已过" in refused("评价打分").reason
    with pytest.raises(NotDone, match="须写明理由"):
        workflow.extend(cast.performance, evaluation, evaluation.revision, soon(), "")
    evaluation = fresh(workflow.extend(cast.performance, evaluation, evaluation.revision, soon(), "资料补充"))
    mark(evaluation, row, first="12", second="20")


def test_two_people_do_not_score_one_sheet(cast: Cast) -> None:
    evaluation = assigned(cast)
    row = row_of(evaluation, "实际完成率")
    with pytest.raises(NotDone, match="一份评分表只由一人评"):
        workflow.score_row(
            cast.performance, evaluation, evaluation.revision, row.key, Marking(first="1", second="2")
        )
    assert "一人评" in refused("评价打分").reason
    stale = evaluation.revision
    mark(evaluation, row, first="12", second="20")
    with pytest.raises(Stale):
        workflow.score_row(cast.agency, evaluation, stale, row.key, Marking(first="1", second="2"))


def test_a_scheme_whose_weights_are_off_is_refused(cast: Cast) -> None:
    evaluation = assigned(cast)
    lines = list(workflow.lines_of(list(evaluation.rows.order_by("place"))))
    with pytest.raises(NotDone, match="权重合计96分，应为100分，还差4分"):
        workflow.save_scheme(cast.agency, evaluation, evaluation.revision, lines[1:])
    assert evaluation.rows.count() == 17
    moved = [workflow.replace(lines[0], weight=Decimal(1)), *lines[1:]]
    moved[-1] = workflow.replace(moved[-1], weight=moved[-1].weight + 3)
    workflow.save_scheme(cast.agency, evaluation, evaluation.revision, moved)
    assert row_of(evaluation, "立项依据充分性").weight == 1


def test_the_same_file_proves_several_lines_and_is_kept_once(cast: Cast) -> None:
    evaluation = proven(assigned(cast))
    assert (evaluation.proofs.count(), standing_of(evaluation).bare) == (1, ())
    with pytest.raises(NotDone, match="不必再传"):
        papers.attach(cast.agency, evaluation, evaluation.revision, proof("z1"))
    with pytest.raises(NotDone, match="第几页"):
        papers.attach(cast.agency, evaluation, evaluation.revision, proof("z1", page=""))
    with pytest.raises(NotDone, match="内容与扩展名不符"):
        papers.attach(cast.agency, evaluation, evaluation.revision, proof("z1", data=b"MZ"))


def test_a_questionnaire_that_cannot_be_is_refused(cast: Cast) -> None:
    evaluation = assigned(cast)
    with pytest.raises(NotDone, match="多于发放的120份"):
        papers.add_questionnaire(
            cast.agency, evaluation, evaluation.revision, questionnaire(returned=130, valid=130)
        )
    papers.add_questionnaire(cast.agency, evaluation, evaluation.revision, questionnaire())
    (survey,) = standing_of(evaluation).surveys
    assert (points(survey.satisfaction), survey.step) == (
        "84.50",
        "1个问题共100个回答，折算8450/100 = 84.50%",
    )


def test_unfinished_is_not_handed_in(cast: Cast) -> None:
    evaluation = proven(assigned(cast))
    with pytest.raises(NotDone, match="还有 17 条指标没有得分"):
        workflow.submit(cast.agency, evaluation, evaluation.revision)


# ── review, comments, confirmation ────────────────────────────────────────────────────────────────────


def test_the_unit_sees_the_result_only_after_the_first_review_and_comments_on_it(cast: Cast) -> None:
    evaluation = submitted(cast)
    with pytest.raises(NotDone, match="只有“复核中”的可以"):
        reviewing.comment(cast.reporter, evaluation, evaluation.revision, "有意见")
    evaluation = fresh(reviewing.pass_first(cast.division, evaluation, evaluation.revision))
    evaluation = fresh(reviewing.comment(cast.reporter, evaluation, evaluation.revision, "请核实产出数"))
    with pytest.raises(NotDone, match="还有 1 条单位反馈意见没有处理"):
        reviewing.confirm(cast.performance, evaluation, evaluation.revision)
    row = evaluation.comments.get()
    evaluation = fresh(reviewing.answer(cast.performance, evaluation, evaluation.revision, row.pk, "已核实"))
    evaluation = reviewing.confirm(cast.performance, evaluation, evaluation.revision)
    assert evaluation.state == "confirmed"
    with pytest.raises(Http404):
        evaluation_for(cast.stranger, evaluation.pk)


def test_nobody_reviews_their_own_scores_nor_both_levels(cast: Cast) -> None:
    evaluation = submitted(cast)
    evaluation = fresh(reviewing.pass_first(cast.performance, evaluation, evaluation.revision))
    with pytest.raises(NotDone, match="由两个人办理"):
        reviewing.confirm(cast.performance, evaluation, evaluation.revision)
    with pytest.raises(NotDone, match="退回须写明"):
        reviewing.send_back(cast.colleague, evaluation, evaluation.revision, "")
    evaluation = fresh(reviewing.send_back(cast.colleague, evaluation, evaluation.revision, "补充验收资料"))
    assert evaluation.state == "returned"
    SchemeRow.objects.filter(evaluation=evaluation).update(scored_by=cast.division)
    evaluation = fresh(workflow.submit(cast.agency, evaluation, evaluation.revision))
    with pytest.raises(NotDone, match="不能审核自己的评分"):
        reviewing.pass_first(cast.division, evaluation, evaluation.revision)


def test_a_confirmed_result_is_frozen_reported_and_told_to_findings(cast: Cast) -> None:
    evaluation = confirmed(cast)
    assert (evaluation.total, evaluation.grade) == (Decimal("85.00"), "良")
    assert evaluation.policy_version == policy.on(timezone.localdate(), cast.region.pk).version
    before = standing_of(evaluation)
    SchemeRow.objects.filter(evaluation=evaluation).update(score=0)
    assert standing_of(fresh(evaluation)) == before
    with pytest.raises(NotDone, match="只有“评价中、退回修改”的可以"):
        mark(evaluation, row_of(evaluation, "实际完成率"), "1", basis="改")
    clue = Clue.objects.get()
    assert (clue.get_source_display(), clue.title, clue.amount) == (
        "财政评价",
        "验收资料不全",
        Decimal("120000.00"),
    )
    assert looking.of_funds(cast.region, 2023)[cast.building.pk] == evaluation


def test_every_figure_of_the_report_is_the_page_s(cast: Cast) -> None:
    evaluation = confirmed(cast)
    told = standing_of(evaluation)
    assert evaluation.report is not None
    with evaluation.report.file.open("rb") as held:
        paper = docx.Document(io.BytesIO(held.read()))
    text = "\n".join(line.text for line in paper.paragraphs)
    assert f"评价得分{points(told.total)}分，等级为“{told.grade}”" in text
    for heading in (
        "一、基本情况",
        "二、评价工作开展情况",
        "三、综合评价情况及评价结论",
        "四、绩效评价指标分析",
        "五、主要经验及做法、存在的问题及原因分析",
        "六、有关建议",
        "七、其他需要说明的问题",
    ):
        assert heading in text
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in paper.tables]
    levels = next(table for table in tables if table[0][0] == "一级指标")
    assert [row[:4] for row in levels[1:-1]] == [
        [level.name, f"{level.weight.normalize():f}", points(level.score), points(level.rate)]
        for level in told.levels
    ]
    lines = next(table for table in tables if table[0][2] == "三级指标")
    assert [row[4] for row in lines[1:]] == [*(points(line.score) for line in told.lines), points(told.total)]
    assert report_word(evaluation)[:2] == b"PK"


def test_the_unit_as_a_whole_goes_by_the_hunan_scheme(cast: Cast) -> None:
    evaluation = assigned(cast, funds=[], units=[cast.school.pk])
    assert evaluation.title == "第一中学部门整体支出"
    row = row_of(evaluation, "三公经费变动率")
    papers.attach(cast.agency, evaluation, evaluation.revision, proof(row.key))
    evaluation = fresh(evaluation)
    mark(evaluation, row, first="63.46", second="32")
    row.refresh_from_db()
    assert (row.score, row.step) == (Decimal("0.00"), "(63.46-32)/32 = 98.31%，分值8，得 0.00")


def test_what_waits_stands_in_the_todo_of_whom_it_waits_for(cast: Cast) -> None:
    def lines(person: Person) -> list[str]:
        return [item.title for item in todo.for_person(person)]

    evaluation = fresh(picked(cast))
    assert lines(cast.performance) == ["2024年重点评价待布置 1 项"]
    charge = Charge(scorer=cast.agency, due_on=soon())
    workflow.assign(cast.performance, evaluation, evaluation.revision, charge)
    assert lines(cast.agency) == ["2024年重点评价待完成 1 项"]
    assert lines(cast.performance) == lines(cast.reporter) == lines(cast.observer) == []
    KeyEvaluation.objects.update(state="first")
    assert lines(cast.division) == ["2024年评价结果待初审 1 项"]
    assert lines(cast.other_division) == []
    KeyEvaluation.objects.update(state="second")
    assert lines(cast.performance) == ["2024年评价结果待复核确认 1 项"]
    assert lines(cast.reporter) == ["2024年评价结果可反馈意见 1 项"]


def test_a_dropped_evaluation_says_why_and_can_be_picked_again(cast: Cast) -> None:
    evaluation = fresh(picked(cast))
    with pytest.raises(NotDone, match="须写明理由"):
        picking.drop(cast.performance, evaluation, evaluation.revision, "")
    picking.drop(cast.performance, evaluation, evaluation.revision, "项目并入其他专项")
    assert picked(cast).number == "2024-02"


def test_self_praise_is_drawn_to_the_mean_of_all(cast: Cast) -> None:
    evaluation = confirmed(cast)
    KeyEvaluation.objects.filter(pk=evaluation.pk).update(self_score=Decimal("97.50"))
    (found,) = looking.inflated(cast.performance, 2024, policy.on(date(2024, 6, 1)))
    assert (found.unit, found.row.mean, found.row.count) == (cast.school, Decimal("12.50"), 1)


def test_readers_see_confirmed_results_alone(cast: Cast) -> None:
    evaluation = reviewed(cast)
    assert not visible(cast.observer).exists()
    reviewing.confirm(cast.performance, evaluation, evaluation.revision)
    assert visible(cast.observer).exists()


def test_scores_of_a_sheet_scored_through_its_verbs_add_up(cast: Cast) -> None:
    told = standing_of(scored(cast))
    assert told.total == sum(line.score for line in told.lines if line.score is not None)
    assert told.step.endswith("= 85.00")
    assert told.flips[0].startswith("“")
