"""事前绩效评估 from the request to the verdict, and what it allows and forbids."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import docx
import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from tests.assessment import rows
from tests.cast import Cast, make_fund, make_person, make_window
from tests.library import rows as library_rows

from jiheng.assessment import alike, asking, judging, todo
from jiheng.assessment.access import assessment_for, sees_scores, visible
from jiheng.assessment.alike import overlaps, share
from jiheng.assessment.asking import OptionDraft
from jiheng.assessment.comparing import compared, per_one
from jiheng.assessment.judging import Conclusion, number_of
from jiheng.assessment.models import AskKind, AssessmentState
from jiheng.filings.models import State
from jiheng.goals import workflow as goals
from jiheng.library.workflow import StandardDraft
from jiheng.panels.convening import SeatDraft
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.projects import clearing
from jiheng.projects.models import ClearanceState, Fund, Stage
from jiheng.sheets import Missing
from jiheng.units.models import LogEntry, Role


def test_a_request_says_what_it_lacks(cast: Cast) -> None:
    made = rows.started(cast)
    with pytest.raises(NotDone) as stopped:
        asking.submit(cast.reporter, made, made.revision)
    for words in ("申请年度资金", "立项依据", "比选方案至少 2 个", "推荐方案", "绩效目标申报表"):
        assert words in stopped.value.message
    assert LogEntry.objects.filter(action="报送事前评估申请被拒绝").exists()


def test_asking_in_lets_the_goal_be_drafted_but_not_approved(cast: Cast) -> None:
    made = rows.submitted(cast)
    assert made.state == AssessmentState.SUBMITTED
    clearance = clearing.of_fund(made.fund, rows.YEAR)
    assert clearance is not None
    assert clearance.state == ClearanceState.REQUIRED
    filing = rows.goal(cast)  # still the reporter's to write
    assert filing.state == State.DRAFT
    amounts = {made.fund_id: Decimal(1)}
    assert "尚未通过" in clearing.blocked(cast.region, rows.YEAR, amounts)[made.fund_id]
    asking.withdraw(cast.reporter, made, made.revision)
    with pytest.raises(NotDone, match="只有“待受理”的"):
        made.refresh_from_db()
        asking.withdraw(cast.reporter, made, made.revision)


def test_experts_score_blind_and_the_rule_proposes(cast: Cast) -> None:
    made = rows.assigned(cast)
    assert made.panel is not None
    assert assessment_for(cast.expert, made.pk) == made
    with pytest.raises(Http404):
        assessment_for(cast.agency, made.pk)
    said = Conclusion(verdict="支持", reason="可以")
    with pytest.raises(NotDone, match="启封以后才能看到"):
        judging.conclude(cast.performance, made, made.revision, said)
    rows.score(made.panel, cast.expert, "4.5")
    assert not sees_scores(cast.performance, made)
    rows.score(made.panel, rows.second_expert(cast), "4.25")
    made = assessment_for(cast.performance, made.pk)
    assert made.stage == "待结论"
    assert [line.title for line in todo.for_person(cast.performance)] == ["2025年评分已启封，待作结论 1 项"]
    assert not sees_scores(cast.reporter, made)
    rule = judging.proposed(made, [], judging._policy(made))
    assert rule.steps == ("得分 87.50，满分 100.00，得分率 87.50%，按分数线为“支持”",)


def test_supported_clears_the_goal_and_the_report_tells_the_same_figures(cast: Cast) -> None:
    made = rows.concluded(cast)
    assert (made.state, made.score, made.computed) == (AssessmentState.CONCLUDED, Decimal(90), "支持")
    clearance = clearing.of_fund(made.fund, rows.YEAR)
    assert clearance is not None
    assert clearance.state == ClearanceState.CLEARED
    assert not clearing.blocked(cast.region, rows.YEAR, {made.fund_id: Decimal("5600000")})
    make_window(cast.region, Stage.GOAL, rows.YEAR, date(2024, 1, 2), date(2024, 12, 31))
    filing = rows.goal(cast)
    filing = goals.submit(cast.reporter, filing, filing.revision)
    for person in (cast.reviewer, cast.department, cast.division, cast.performance):
        filing = goals.approve(person, filing, filing.revision)
    assert filing.state == State.APPROVED
    assert made.report is not None
    with made.report.file.open("rb") as held:
        paper = docx.Document(io.BytesIO(held.read()))
    text = "\n".join(line.text for line in paper.paragraphs)
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    year = timezone.localdate().year
    assert number_of(made) == f"财绩评〔{year}〕1号"
    for words in (number_of(made), "综合得分 90.00 分（满分 100.00 分）", "评估结论：支持", "560.00万元"):
        assert words in text
    assert "2,800.00" in cells
    assert "专家甲4.50、专家乙4.50" in cells


def test_refused_means_no_money_and_a_proposed_fund_lives_in_no_year(cast: Cast) -> None:
    made = rows.concluded(cast, "不予支持", "2")
    assert made.computed == "不予支持"
    assert Fund.objects.get(pk=made.fund_id).until_year == rows.YEAR - 1
    reason = clearing.blocked(cast.region, rows.YEAR, {made.fund_id: Decimal(1)})[made.fund_id]
    assert "不予支持" in reason


def test_to_be_improved_waits_until_somebody_has_looked(cast: Cast) -> None:
    made = rows.scored(cast, "3.5")
    bare = Conclusion(verdict="调整完善后支持", reason="测算依据不足")
    with pytest.raises(NotDone, match="须写明要调整完善什么"):
        judging.conclude(cast.performance, made, made.revision, bare)
    said = Conclusion(verdict="调整完善后支持", reason="测算依据不足", advice="补充单价询价材料")
    made = judging.conclude(cast.performance, made, made.revision, said)
    amounts = {made.fund_id: Decimal(1)}
    assert clearing.blocked(cast.region, rows.YEAR, amounts)
    with pytest.raises(NotDone, match="请写明核对了什么"):
        judging.accept_improved(cast.performance, made, made.revision, "")
    made = judging.accept_improved(cast.performance, made, made.revision, "已补三家询价单")
    assert made.state == AssessmentState.CONCLUDED
    assert not clearing.blocked(cast.region, rows.YEAR, amounts)


def test_a_veto_refuses_whatever_the_points_and_departing_needs_a_full_reason(cast: Cast) -> None:
    made = rows.scored(cast, "5")
    said = Conclusion(verdict="支持", reason="可以", vetoes=["V1"])
    with pytest.raises(NotDone, match="与按规则的结论“不予支持”不同"):
        judging.conclude(cast.performance, made, made.revision, said)
    with pytest.raises(NotDone, match="没有这一项"):
        judging.conclude(
            cast.performance, made, made.revision, Conclusion(verdict="支持", reason="可以", vetoes=["V7"])
        )
    with pytest.raises(NotDone, match="须写明理由"):
        judging.conclude(cast.performance, made, made.revision, Conclusion(verdict="支持", reason=" "))
    done = judging.conclude(
        cast.performance,
        made,
        made.revision,
        Conclusion(verdict="不予支持", reason="没有依据", vetoes=["V1"]),
    )
    assert done.steps[-1] == "一票否决：没有政策依据，结论为“不予支持”"
    assert LogEntry.objects.filter(action="作出评估结论被拒绝").count() == 3


def test_exempt_only_on_a_ground_of_policy(cast: Cast) -> None:
    made = rows.started(cast)
    with pytest.raises(NotDone, match="免评情形只能是"):
        judging.exempt(cast.performance, made, made.revision, "领导要求", "电话")
    with pytest.raises(NotDone, match="须写明依据"):
        judging.exempt(cast.performance, made, made.revision, "应急救灾", "")
    made = judging.exempt(cast.performance, made, made.revision, "应急救灾", "湘财建〔2024〕9号")
    assert not clearing.blocked(cast.region, rows.YEAR, {made.fund_id: Decimal("5600000")})


def test_expiring_goes_on_until_the_year_that_was_asked_for(cast: Cast) -> None:
    fund = make_fund(cast.school, "105002077", "校舍维修专项", until_year=2024)
    with pytest.raises(NotDone, match="不是新增项目"):
        asking.start(cast.reporter, fund, 2025, AskKind.NEW)
    made = asking.start(cast.reporter, fund, 2025, AskKind.EXPIRING)
    made = asking.save_draft(cast.reporter, made, made.revision, rows.file(until_year=2027))
    judging.exempt(cast.performance, made, made.revision, "应急救灾", "湘财建〔2024〕9号")
    assert Fund.objects.get(pk=fund.pk).until_year == 2027


def test_who_may_what(cast: Cast) -> None:
    made = rows.submitted(cast)
    for person in (cast.division, cast.reporter, cast.admin):
        with pytest.raises(PermissionDenied):
            judging.send_back(person, made, made.revision, "补充")
    with pytest.raises(PermissionDenied):
        asking.start(cast.stranger, made.fund, rows.YEAR, AskKind.NEW)
    with pytest.raises(Http404):
        assessment_for(cast.stranger, made.pk)
    assert visible(cast.observer).get() == made
    made = judging.send_back(cast.performance, made, made.revision, "补充测算依据")
    assert not visible(cast.congress).exists()
    with pytest.raises(Stale):
        asking.save_draft(cast.reporter, made, made.revision - 1, rows.file())
    assert [line.count for line in todo.for_person(cast.reporter)] == [1]


def test_an_expert_of_the_same_unit_is_refused_and_nothing_moves(cast: Cast) -> None:
    made = rows.submitted(cast)
    teacher = make_person("teacher", "校内", Role.EXPERT, region=cast.region, unit=cast.school)
    due = timezone.localdate() + timedelta(days=3)
    with pytest.raises(NotDone, match="应当回避"):
        judging.assign(cast.performance, made, made.revision, [SeatDraft(person=teacher)], due)
    made.refresh_from_db()
    assert made.state == AssessmentState.SUBMITTED
    assert LogEntry.objects.filter(action="组织专家评审被拒绝").exists()


def test_impossible_figures_are_refused(cast: Cast) -> None:
    made = rows.started(cast)
    for changes, words in (
        ({"amount": Decimal(0)}, "应大于 0"),
        ({"whole_amount": Decimal(1)}, "小于申请年度资金"),
        ({"options": [OptionDraft(name="甲", amount=Decimal(-1))]}, "不能为负"),
    ):
        with pytest.raises(NotDone, match=words):
            asking.save_draft(cast.reporter, made, made.revision, rows.file(**changes))


def test_materials_are_documents_and_each_once(cast: Cast) -> None:
    made = rows.started(cast)
    data = b"%PDF-1.4 note"
    asking.attach(cast.reporter, made, made.revision, "会议纪要.pdf", data)
    made.refresh_from_db()
    for name, content, words in (
        ("会议纪要.pdf", data, "完全相同"),
        ("x.exe", b"MZ", "不是可用的文件类型"),
        ("y.pdf", b"", "是空的"),
    ):
        with pytest.raises(NotDone, match=words):
            asking.attach(cast.reporter, made, made.revision, name, content)
    asking.detach(cast.reporter, made.materials.get(), made.revision)
    assert not made.materials.exists()


def test_unit_costs_stand_beside_standards_and_peers(cast: Cast) -> None:
    wanted = StandardDraft(
        name="学生食堂建设单价", sector="教育", operator="≤", unit="万元/平方米", typed="0.25"
    )
    library_rows.standard(cast, wanted)
    made = rows.filled(cast)
    first, second = compared(made)
    assert (first.cost, first.step) == (Decimal("2800.00"), "560万元÷2000平方米＝2,800.00元/平方米")
    [beside] = first.standards
    assert (beside.value, beside.says, beside.is_over) == (Decimal(2500), "突破标准", True)
    assert second.cost == Decimal("3000.00")
    empty = [OptionDraft(name="甲", amount=Decimal(1), quantity=Decimal(0), measure="个")]
    made = asking.save_draft(cast.reporter, made, made.revision, rows.file(options=empty))
    [row] = compared(made)
    assert isinstance(row.cost, Missing)
    assert per_one("元/生·天") == (1, "生·天")
    assert per_one("万元") is None


def test_overlaps_say_why(cast: Cast) -> None:
    make_fund(cast.clinic, "361002099", "食堂新建工程专项资金", description="新建职工食堂")
    alike.forget()
    made = rows.filled(cast)
    [found] = overlaps(made, 30)
    assert found.fund.code == "361002099"
    assert "食堂新建" in found.reasons[0]
    assert share("厕所改造", "厕所改造") == 100
    assert share("", "厕所") == 0
