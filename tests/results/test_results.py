"""Proposing, constraining, deciding, applying once, and following up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, make_budget, make_fund
from tests.findings import rows as problem_rows
from tests.fiscal import rows as fiscal_rows
from tests.results.graded import applied, decided_all, graded, of, plan
from tests.reviews import rows as review_rows

from jiheng.findings.models import Problem
from jiheng.projects.models import BudgetKind
from jiheng.results import looking, todo, workflow
from jiheng.results.access import plan_for, plans, visible
from jiheng.results.facts import gather
from jiheng.results.looking import ResultFilter, Verdict
from jiheng.results.models import Plan, PlanState, Proposal
from jiheng.results.outcomes import NotDone
from jiheng.sheets import Grade, Missing
from jiheng.units.jobs import work_once
from jiheng.units.models import LogEntry

pytestmark = pytest.mark.django_db
WAN = Decimal(10_000)


def last(action: str) -> LogEntry:
    found = LogEntry.objects.filter(action=action).order_by("pk").last()
    assert found is not None, action
    return found


def test_every_fund_is_proposed_something_with_its_steps(cast: Cast) -> None:
    made = plan(cast)
    assert (made.score_year, made.base_year, made.budget_year) == (2023, 2024, 2025)
    building = of(made, cast.building)
    assert (building.grade, building.source, building.score) == ("中", "自评复核", Decimal("72.50"))
    assert (building.action, building.amount) == ("压减", 2550 * WAN)
    assert building.steps[1]["text"] == "自评复核（72.5 分）为中：3000 万元×(1−15%) = 2550 万元"
    assert (of(made, cast.meals).action, of(made, cast.meals).amount) == ("保持", 860 * WAN)
    clinics = of(made, cast.clinics)
    assert (clinics.action, clinics.amount, clinics.rate, clinics.idle) == ("收回", 170 * WAN, 50, 150 * WAN)
    relief = of(made, cast.relief)
    assert (relief.action, relief.amount, relief.base) == ("无法测算", None, None)
    assert isinstance(relief.change, Missing)
    assert last("测算结果应用").after["专项"] == 4


def test_an_overdue_problem_of_the_fund_cuts(cast: Cast) -> None:
    problem = problem_rows.issued(cast)
    Problem.objects.filter(pk=problem.pk).update(due_on=date(2024, 7, 1))
    standing = {subject.fund: standing for subject, standing in gather(cast.region, 2023, 2025)}[
        cast.building.pk
    ]
    assert (standing.open_problems, standing.overdue_problems) == (1, 1)


def test_what_is_not_confirmed_gives_no_grade(cast: Cast) -> None:
    kept = graded(cast, cast.meals, "优", "95.00")
    type(kept.filing).objects.filter(pk=kept.filing_id).update(state="in_review")
    standings = {subject.fund: standing for subject, standing in gather(cast.region, 2023, 2025)}
    assert standings[cast.meals.pk].grade is None


def test_a_confirmed_fiscal_evaluation_counts_before_the_unit_s_own(cast: Cast) -> None:
    graded(cast, cast.building, "优", "97.18")
    evaluation = fiscal_rows.confirmed(cast)
    standings = {subject.fund: standing for subject, standing in gather(cast.region, 2023, 2025)}
    found = standings[cast.building.pk]
    assert (found.source, found.grade, found.score) == ("财政评价", Grade(evaluation.grade), evaluation.total)
    made = workflow.propose(cast.performance, 2023)
    assert list(made.proposals.filter(is_marked=True).values_list("fund", flat=True)) == [cast.building.pk]


def test_confirmed_four_reviews_count_before_all_others(cast: Cast) -> None:
    review = review_rows.confirmed(cast)
    standings = {subject.fund: standing for subject, standing in gather(cast.region, 2023, 2025)}
    found = standings[cast.building.pk]
    assert (found.source, found.grade, found.score) == ("四评", Grade(review.grade), review.total)
    made = workflow.propose(cast.performance, 2023)  # whoever was evaluated in depth is marked
    assert list(made.proposals.filter(is_marked=True).values_list("fund", flat=True)) == [cast.building.pk]


def test_the_number_of_queries_does_not_grow_with_funds(cast: Cast) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        gather(cast.region, 2023, 2025)
    for number in range(5):
        make_fund(cast.school, f"10500210{number}", f"专项{number}")
    with CaptureQueriesContext(connection) as many:
        gather(cast.region, 2023, 2025)
    assert len(many) == len(few) <= 11


def test_the_worker_proposes(cast: Cast) -> None:
    job = workflow.ask_to_propose(cast.performance, 2023)
    assert work_once()
    job.refresh_from_db()
    assert job.state == "done", job.message
    assert Plan.objects.get().pk == job.result["plan"]


def test_proposed_again_what_was_decided_stays(cast: Cast) -> None:
    made = plan(cast)
    meals = of(made, cast.meals)
    workflow.decide(cast.performance, meals, meals.revision, 800 * WAN, "按在校生数核定")
    make_budget(cast.batch, cast.clinics, 2024, BudgetKind.INITIAL, "100000.00")
    again = workflow.propose(cast.performance, 2023)
    assert again.pk == made.pk
    assert of(again, cast.meals).decided == 800 * WAN
    assert of(again, cast.clinics).amount == 180 * WAN
    assert Proposal.objects.count() == 4


# ── constraints ───────────────────────────────────────────────────────────────────────────────────────


def constrained(cast: Cast, made: Plan, **said: object) -> Plan:
    values = {"target": None, "total": None, "ceilings": {}} | said
    return workflow.constrain(cast.performance, made, made.revision, **values)  # type: ignore[arg-type]


def marked(cast: Cast, made: Plan, *funds: object) -> Plan:
    pks = [of(made, fund).pk for fund in funds]  # type: ignore[arg-type]
    workflow.mark(cast.performance, made, made.revision, pks, is_marked=True)
    return Plan.objects.get(pk=made.pk)


def test_the_marked_funds_come_to_the_target_to_the_fen(cast: Cast) -> None:
    made = marked(cast, plan(cast), cast.building, cast.clinics)
    made = constrained(cast, made, target=Decimal("7000000.01"))
    sums = looking.in_all(visible(cast.performance))
    assert sums.adjusted == Decimal("7000000.01")
    building = of(made, cast.building)
    assert building.steps[-1]["label"] == "参考调整额"
    assert of(made, cast.meals).amount == 860 * WAN


def test_a_target_out_of_reach_says_what_can_be_reached(cast: Cast) -> None:
    made = marked(cast, plan(cast), cast.building)
    with pytest.raises(NotDone, match="能调的只有 0 万元 至 3000 万元") as refused:
        constrained(cast, made, target=4000 * WAN)
    assert refused.value.field == "target"
    assert "做不到" in last("设定约束被拒绝").reason
    made.refresh_from_db()
    assert made.target is None


def test_a_target_needs_marked_funds(cast: Cast) -> None:
    with pytest.raises(NotDone, match="还没有列入"):
        constrained(cast, plan(cast), target=WAN)


def test_ceiling_total_and_livelihood_floor_hold_together(cast: Cast) -> None:
    made = constrained(cast, plan(cast), total=3300 * WAN, ceilings={cast.culture.pk: 3150 * WAN})
    sums = {row.name: row.amount for row in looking.by(visible(cast.performance), "division")}
    assert sums["教科文股"] <= 3150 * WAN
    assert sum(sums.values()) == 3300 * WAN
    assert of(made, cast.meals).amount >= 860 * WAN * 9 / 10
    with pytest.raises(NotDone, match=r"股室控制数 .*做不到"):
        constrained(cast, made, ceilings={cast.culture.pk: WAN})


# ── deciding ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_needs_a_reason_and_is_logged_either_way(cast: Cast) -> None:
    row = of(plan(cast), cast.building)
    with pytest.raises(NotDone, match="必须写明理由"):
        workflow.decide(cast.performance, row, row.revision, None, "  ")
    assert last("决定结果应用被拒绝").subject_id == str(row.pk)
    done = workflow.decide(cast.performance, row, row.revision, 2400 * WAN, "效益未达预期")
    assert (done.decision, done.decided_change) == ("压减", -600 * WAN)
    assert last("决定结果应用").after["决定下年预算"] == "24000000"
    with pytest.raises(NotDone, match="已被他人办理"):
        workflow.decide(cast.performance, done, row.revision, None, "再来一次")
    with pytest.raises(NotDone, match="已经决定过"):
        workflow.decide(cast.performance, done, done.revision, None, "再来一次")


@pytest.mark.parametrize("amount", [Decimal(-1), Decimal("1.005")])
def test_an_impossible_amount_is_refused(cast: Cast, amount: Decimal) -> None:
    row = of(plan(cast), cast.building)
    with pytest.raises(NotDone, match="最多精确到分"):
        workflow.decide(cast.performance, row, row.revision, amount, "理由")


def test_many_are_decided_as_proposed_for_one_reason(cast: Cast) -> None:
    made = plan(cast)
    with pytest.raises(NotDone, match="必须写明理由"):
        workflow.decide_many(cast.performance, made, None, "")
    chosen = [of(made, fund).pk for fund in (cast.building, cast.relief)]
    assert workflow.decide_many(cast.performance, made, chosen, "采纳测算建议") == (1, 1)
    building = of(made, cast.building)
    assert (building.decided, building.decision, building.reason) == (2550 * WAN, "压减", "采纳测算建议")
    assert last("决定结果应用").subject_id == str(building.pk)


def test_a_decision_can_be_taken_back_with_a_reason(cast: Cast) -> None:
    row = of(plan(cast), cast.meals)
    row = workflow.decide(cast.performance, row, row.revision, None, "采纳")
    with pytest.raises(NotDone, match="撤销决定必须写明理由"):
        workflow.revoke(cast.performance, row, row.revision, "")
    row = workflow.revoke(cast.performance, row, row.revision, "区长办公会要求重议")
    assert (row.decided, row.reason) == (None, "")


def test_only_the_performance_section_decides_and_others_see_it_once_applied(cast: Cast) -> None:
    made = plan(cast)
    row = of(made, cast.meals)
    with pytest.raises(PermissionDenied):
        workflow.decide(cast.budget, row, row.revision, None, "预算股决定")
    with pytest.raises(Http404):
        plan_for(cast.reporter, made.pk)
    assert set(visible(cast.division).values_list("fund", flat=True)) == {cast.building.pk, cast.meals.pk}
    applied(cast, made)
    assert list(visible(cast.reporter).values_list("fund", flat=True)) == [cast.building.pk]
    assert plans(cast.observer).exists() and not plans(cast.expert).exists()


# ── applying ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_result_is_applied_once(cast: Cast) -> None:
    made = plan(cast)
    with pytest.raises(NotDone, match="还有 4 个专项没有决定"):
        workflow.apply(cast.performance, made, made.revision, "天衡财绩〔2024〕12号")
    done = applied(cast, made)
    assert done.state == PlanState.APPLIED
    with pytest.raises(NotDone, match="不能再次应用"):
        workflow.apply(cast.performance, done, done.revision, "天衡财绩〔2024〕13号")
    assert "不能再次应用" in last("应用评价结果被拒绝").reason
    for verb in (
        lambda: workflow.propose(cast.performance, 2023),
        lambda: constrained(cast, done, target=WAN),
        lambda: workflow.revoke(cast.performance, of(done, cast.meals), 2, "改"),
    ):
        with pytest.raises(NotDone, match="不能再次应用"):
            verb()


def test_decisions_that_miss_the_target_are_not_applied(cast: Cast) -> None:
    made = constrained(cast, marked(cast, plan(cast), cast.building), target=500 * WAN)
    building = of(made, cast.building)
    workflow.decide(cast.performance, building, building.revision, 2600 * WAN, "少减一些")
    made = decided_all(cast, made)
    with pytest.raises(NotDone, match="参考调整额是 400 万元，不等于目标 500 万元"):
        workflow.apply(cast.performance, made, made.revision, "天衡财绩〔2024〕12号")


def test_the_follow_up_compares_decisions_with_budget_lines(cast: Cast) -> None:
    done = applied(cast, plan(cast))
    make_budget(cast.batch, cast.building, 2025, BudgetKind.INITIAL, "25500000.00")
    make_budget(cast.batch, cast.clinics, 2025, BudgetKind.INITIAL, "3200000.00")
    make_budget(cast.batch, cast.relief, 2025, BudgetKind.INITIAL, "12500000.00")
    found = {item.proposal.fund: item for item in looking.follow_up(done, visible(cast.performance))}
    assert found[cast.building].verdict is Verdict.USED
    assert found[cast.clinics].verdict is Verdict.UNUSED
    assert found[cast.clinics].difference == 150 * WAN
    assert found[cast.relief].verdict is Verdict.OTHER
    assert found[cast.meals].verdict is Verdict.WAITING


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_what_if_moves_the_sum_and_stores_nothing(cast: Cast) -> None:
    made = plan(cast)
    before = list(Proposal.objects.order_by("pk").values())
    found = looking.what_if(made, {"grade_change.中": Decimal(-30)})
    assert found.after.amount - found.before.amount == -450 * WAN
    assert [fund for fund, _, _ in found.differing] == [cast.building]
    assert list(Proposal.objects.order_by("pk").values()) == before


def test_filters_and_sums_agree(cast: Cast) -> None:
    plan(cast)
    rows = visible(cast.performance)
    cut = looking.found(rows, ResultFilter(state="压减"))
    assert [row.fund for row in cut] == [cast.building]
    whole, parts = looking.in_all(rows), looking.by(rows, "department")
    assert whole.base == sum(part.base for part in parts) == 4180 * WAN
    assert whole.change == -600 * WAN
    assert len(list(looking.export_rows(rows))) == whole.count == 4


def test_what_waits_for_the_performance_section(cast: Cast) -> None:
    made = plan(cast)
    item, year_end = todo.for_person(cast.performance)
    assert (item.title, item.count) == ("2025年结果应用建议待决定 4 项", 4)
    assert year_end.url_name == "year_end"
    decided_all(cast, made)
    item, _ = todo.for_person(cast.performance)
    assert "待应用" in item.title
    assert todo.for_person(cast.budget) == []
