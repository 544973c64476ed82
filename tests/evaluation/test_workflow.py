"""Self-evaluation: prefilled, scored with steps, barred by an open correction, frozen when confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, make_budget
from tests.evaluation.papers import (
    TOTAL,
    at_division,
    confirmed,
    filled,
    passed,
    saved,
    sheet_of,
    started,
    submitted,
)
from tests.monitoring.papers import INDICATORS, approved_goal

from jiheng import policy as policies
from jiheng.documents.forms import Taken
from jiheng.evaluation import workflow
from jiheng.evaluation.models import Score
from jiheng.evaluation.workflow import Barred, Frozen, NotReady
from jiheng.filings.models import Filing, State, Version
from jiheng.filings.outcomes import Conflict, Locked, Refused
from jiheng.filings.workflow import abandon_adjustment, reopen
from jiheng.findings import corrections
from jiheng.findings.models import Correction
from jiheng.policy import PolicyError
from jiheng.projects.models import BudgetKind, BudgetLine, FundType
from jiheng.sheets import (
    Amount,
    BasicData,
    Finding,
    Missing,
    Quantity,
    Severity,
    UnitEvaluationSheet,
    to_json,
)
from jiheng.units.models import LogEntry


def money(filing: Filing) -> dict[str, tuple[str, ...]]:
    return {
        row.key: tuple(str(amount) for amount in (row.initial, row.revised, row.executed))
        for row in sheet_of(filing).money
    }


# ── prefilling ────────────────────────────────────────────────────────────────────────────────────────


def test_a_form_starts_with_the_years_goal_and_money(cast: Cast) -> None:
    filing = started(cast)
    sheet = sheet_of(filing)
    assert filing.form == "project_evaluation"
    assert [line.indicator for line in sheet.lines] == list(INDICATORS)
    assert sheet.expected_goal == "改善办学条件"
    assert sheet.execution_weight == Quantity(Decimal(10))
    assert money(filing) == {
        "total": ("4500", "4754", "4604"),
        "fiscal": ("4500", "4754", "4604"),
        "carryover": ("0", "0", "0"),
        "other": ("0", "0", "0"),
    }
    assert isinstance(sheet.lines[0].claimed, Missing)


def test_a_goal_of_100_points_leaves_none_for_the_execution_rate(cast: Cast) -> None:
    first, *rest = INDICATORS
    whole = (replace(first, weight=Quantity.of("60")), *rest)
    approved_goal(cast.school, cast.building, 2023, indicators=whole)
    filing = started(cast)
    assert sheet_of(filing).execution_weight == Quantity(Decimal(0))
    assert not [found for found in workflow.check(filing, sheet_of(filing)) if found.code == "PJ14"]


def test_a_carry_over_leaves_its_payments_to_the_unit(cast: Cast) -> None:
    make_budget(cast.batch, cast.building, 2023, BudgetKind.CARRYOVER, "1000000.00")
    found = money(started(cast))
    assert found["total"] == ("4500", "4854", "4604")
    assert found["carryover"] == ("0", "100", "未报送")
    assert found["fiscal"] == ("4500", "4754", "未报送")


def test_a_units_form_is_split_by_income_and_by_spending(cast: Cast) -> None:
    for number, fund, kind, amount in (
        (1, None, FundType.GENERAL, "2000000.00"),
        (2, cast.building, FundType.UNIT_FUND, "500000.00"),
    ):
        BudgetLine.objects.create(
            region=cast.region,
            fiscal_year=2023,
            unit=cast.school,
            fund=fund,
            kind=BudgetKind.INITIAL,
            fund_type=kind,
            amount=Decimal(amount),
            decided_on=date(2023, 1, 15),
            batch=cast.batch,
            row=100 + number,
            row_hash=f"more-{number}",
        )
    approved_goal(cast.school, None, 2023)
    filing = workflow.start(cast.reporter, unit=cast.school, fiscal_year=2023)
    assert filing.form == "unit_evaluation"
    assert money(filing) == {
        "total": ("4750", "5004", "4604"),
        "general": ("4700", "4954", "4604"),
        "fund": ("0", "0", "0"),
        "special": ("0", "0", "0"),
        "other": ("50", "50", "0"),
        "basic": ("200", "200", "0"),
        "project": ("4550", "4804", "4604"),
    }


def test_basic_data_starts_from_the_unit_and_last_years_form(cast: Cast) -> None:
    approved_goal(cast.school, None, 2023)
    first = workflow.start(cast.reporter, unit=cast.school, fiscal_year=2023)
    basic = sheet_of(first).basic
    assert (basic.posts, basic.staff) == (Quantity(Decimal(210)), Quantity(Decimal(203)))
    assert basic.spending[0].label == "三公经费"
    assert isinstance(basic.spending[0].last_budget, Missing)
    spending = replace(basic.spending[0], budget=Amount.wan("63.46"), final=Amount.wan("44.29"))
    sheet = replace(sheet_of(first), basic=BasicData(spending=(spending,)))
    Filing.objects.filter(pk=first.pk).update(sheet=to_json(sheet))
    approved_goal(cast.school, None, 2024)
    second = sheet_of(workflow.start(cast.reporter, unit=cast.school, fiscal_year=2024))
    assert isinstance(second, UnitEvaluationSheet)
    assert str(second.basic.spending[0].last_budget) == "63.46"
    assert str(second.basic.spending[0].last_final) == "44.29"


def test_no_self_evaluation_without_a_goal(cast: Cast) -> None:
    with pytest.raises(NotReady, match="2023年没有批复的绩效目标"):
        workflow.start(cast.reporter, unit=cast.school, fund=cast.building, fiscal_year=2023)


def test_strangers_find_nothing_and_others_may_not_file(cast: Cast) -> None:
    filing = saved(cast)
    ask = {"unit": cast.school, "fund": cast.building, "fiscal_year": 2023}
    with pytest.raises(Http404):
        workflow.start(cast.stranger, **ask)
    for person in (cast.observer, cast.performance):
        with pytest.raises(PermissionDenied):
            workflow.start(person, **ask)
        with pytest.raises(PermissionDenied):
            workflow.submit(person, filing, filing.revision)


# ── scoring ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_submitted_form_keeps_its_score_with_every_step(cast: Cast) -> None:
    filing = submitted(cast)
    kept = Score.objects.get(filing=filing)
    assert (kept.computed, kept.claimed, kept.grade) == (Decimal(TOTAL), Decimal(TOTAL), "优")
    assert kept.execution_rate == Decimal("96.84")
    assert (kept.reviewed, kept.frozen_at) == (None, None)
    assert kept.steps[0] == {
        "key": "execution",
        "label": "预算执行率",
        "weight": "10",
        "score": "9.68",
        "claimed": "9.68",
        "step": "4604/4754×10 = 9.68",
    }
    assert kept.steps[1]["step"] == "95/100×50 = 47.50"
    # the values in force when the stage opened, the same for every unit
    assert kept.policy_date == cast.evaluation_window.opens_on
    assert kept.policy_version == policies.on(date(2024, 2, 1), cast.region.pk).version


def test_full_marks_where_less_is_due_are_refused_with_the_figure(cast: Cast) -> None:
    filing = saved(cast, claimed="50")
    with pytest.raises(Refused, match=r"自评50分，按填报数据应得47.50分"):
        workflow.submit(cast.reporter, filing, filing.revision)
    assert not Score.objects.exists()
    assert Filing.objects.get(pk=filing.pk).state == State.DRAFT


def test_weights_that_do_not_add_up_are_asked_about_not_scaled(cast: Cast) -> None:
    lines = (replace(INDICATORS[0], weight=Quantity.of("55")), *INDICATORS[1:])
    approved_goal(cast.school, cast.building, 2023, indicators=lines)
    filing = started(cast)
    assert sheet_of(filing).lines[0].indicator.weight == Quantity.of("55")
    said = workflow.check(filing, sheet_of(filing))
    assert any(item.code == "PJ14" and "＝105 分，应为 100 分" in item.message for item in said)


def test_a_stale_tab_loses_nothing(cast: Cast) -> None:
    filing = saved(cast)
    with pytest.raises(Conflict):
        workflow.save_draft(cast.reporter, filing, filled(filing, done="96"), filing.revision - 1)
    with pytest.raises(Conflict):
        workflow.submit(cast.reporter, filing, filing.revision - 1)
    assert sheet_of(Filing.objects.get(pk=filing.pk)).lines[0].actual == Quantity.of("95")


def test_every_verb_is_logged(cast: Cast) -> None:
    filing = confirmed(cast)
    found = LogEntry.objects.filter(subject="filings.filing", subject_id=str(filing.pk))
    assert {"建立草稿", "保存草稿", "报送", "审核通过", "批复", "确认得分"} <= set(
        found.values_list("action", flat=True)
    )
    assert found.get(action="确认得分").after["得分"] == TOTAL


# ── corrections ───────────────────────────────────────────────────────────────────────────────────────


def order(filing: Filing, cast: Cast, **fields: object) -> Correction:
    said = {
        "region": cast.region,
        "unit": cast.school,
        "fund": cast.building,
        "fiscal_year": 2023,
        "filing": filing,
        "cause": "执行慢",
        "measure": "加快执行",
        "requirement": "加快支付",
        "ordered_at": "2023-08-01T00:00:00Z",
        "due_on": date(2023, 8, 31),
    }
    return Correction.objects.create(**(said | fields))


def test_an_open_correction_bars_the_self_evaluation_by_name(cast: Cast) -> None:
    filing = saved(cast)
    correction = order(filing, cast)
    with pytest.raises(Barred, match=r"薄弱学校改造专项资金：加快执行.*已下达.*请先整改销号") as barred:
        workflow.submit(cast.reporter, filing, filing.revision)
    assert barred.value.corrections == [correction]
    corrections.answer(cast.reporter, correction, 1, "已支付")
    with pytest.raises(Barred, match="已回复"):
        workflow.submit(cast.reporter, filing, filing.revision)
    corrections.close(cast.performance, correction, 2)
    assert workflow.submit(cast.reporter, filing, filing.revision).state == State.IN_REVIEW


def test_an_order_is_dated_as_in_the_office(cast: Cast) -> None:
    filing = saved(cast)
    order(filing, cast, ordered_at="2023-07-31T16:30:00Z")  # half past midnight of 1 August here
    with pytest.raises(Barred, match="2023-08-01下达"):
        workflow.submit(cast.reporter, filing, filing.revision)


def test_a_goal_being_adjusted_bars_the_self_evaluation(cast: Cast) -> None:
    filing = saved(cast)
    goal = Filing.objects.get(form="project_goal", fund=filing.fund, fiscal_year=filing.fiscal_year)
    goal = reopen(cast.performance, goal, "预算调减")
    with pytest.raises(NotReady, match="正在调整（现在“填报人”环节）"):
        workflow.submit(cast.reporter, filing, filing.revision)
    abandon_adjustment(cast.performance, goal, goal.revision)
    assert workflow.submit(cast.reporter, filing, filing.revision).state == State.IN_REVIEW


def test_a_waived_one_lets_it_through(cast: Cast) -> None:
    filing = saved(cast)
    corrections.waive(cast.performance, order(filing, cast), 1, "项目已按文件取消")
    assert workflow.submit(cast.reporter, filing, filing.revision).state == State.IN_REVIEW


@pytest.mark.parametrize("other", [{"fiscal_year": 2024}, {"fund": None}])
def test_another_years_or_subjects_correction_bars_nothing(cast: Cast, other: dict) -> None:
    filing = saved(cast)
    order(filing, cast, **other)
    assert workflow.submit(cast.reporter, filing, filing.revision).state == State.IN_REVIEW


def test_a_county_may_let_it_pass(cast: Cast, tmp_path) -> None:
    (tmp_path / f"{cast.region.pk}.yaml").write_text(
        "monitoring:\n  correction:\n    bars_evaluation:\n"
        '      - {since: 2024-01-01, value: false, document: "", source: 区定,'
        " status: 待核, reason: 先评后改}\n",
        encoding="utf-8",
    )
    filing = saved(cast)
    order(filing, cast)
    policies.use_overrides(tmp_path)
    try:
        assert workflow.submit(cast.reporter, filing, filing.revision).state == State.IN_REVIEW
    finally:
        policies.use_overrides(None)


# ── freezing ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_last_desk_freezes_the_score_with_its_policy(cast: Cast) -> None:
    filing = passed(at_division(cast), cast.division)
    assert Score.objects.get().frozen_at is None
    filing = workflow.confirm(cast.performance, filing, filing.revision)
    kept = Score.objects.get()
    assert filing.state == State.APPROVED
    assert (kept.frozen_by, kept.computed) == (cast.performance, Decimal(TOTAL))
    assert kept.frozen_at is not None
    assert Version.objects.filter(filing=filing).count() == 2


def test_what_is_frozen_never_changes(cast: Cast) -> None:
    filing = confirmed(cast)
    before = Score.objects.values().get()
    with pytest.raises(Locked, match="得分已冻结"):
        reopen(cast.performance, filing, "另有他用")
    Filing.objects.filter(pk=filing.pk).update(state=State.DRAFT, desk="reporter")  # whatever happened to it
    with pytest.raises(Frozen, match=r"已于 .* 确认并冻结"):
        workflow.save_draft(
            cast.reporter, filing, filled(filing, done="99", claimed="49.50"), filing.revision
        )
    with pytest.raises(Frozen):
        workflow.submit(cast.reporter, filing, filing.revision)
    with pytest.raises(Frozen):
        workflow.refresh_money(cast.reporter, filing, filing.revision)
    assert Score.objects.values().get() == before


def test_the_database_itself_refuses_to_change_a_frozen_score(cast: Cast) -> None:
    submitted(cast)
    Score.objects.update(computed=Decimal("97.18"))  # not frozen yet
    Score.objects.update(frozen_at="2024-05-01T00:00:00Z")
    for change in ({"computed": Decimal(100)}, {"frozen_at": None}, {"steps": []}):
        with pytest.raises(IntegrityError, match="frozen score never changes"), transaction.atomic():
            Score.objects.update(**change)


def test_a_returned_form_is_scored_again(cast: Cast) -> None:
    filing = at_division(cast)
    filing = workflow.return_for_revision(cast.division, filing, filing.revision, "reporter", "完成数不符")
    sheet = filled(filing, done="90", claimed="45.00")
    filing = workflow.save_draft(cast.reporter, filing, sheet, filing.revision)
    workflow.submit(cast.reporter, filing, filing.revision)
    assert Score.objects.get().computed == Decimal("94.68")


def test_many_are_confirmed_at_once(cast: Cast) -> None:
    first = passed(at_division(cast), cast.division)
    results = workflow.approve_many(
        cast.performance, [(first.pk, first.revision), (first.pk + 1000, 1)], "同意"
    )
    assert [row.ok for row in results] == [True, False]
    assert Score.objects.get().frozen_by == cast.performance


def test_freezing_many_takes_a_fixed_number_of_queries(cast: Cast) -> None:
    filing = passed(at_division(cast), cast.division)
    with CaptureQueriesContext(connection) as captured:
        workflow.approve_many(cast.performance, [(filing.pk, filing.revision)])
    frozen = [item["sql"] for item in captured.captured_queries if "evaluation_score" in item["sql"]]
    assert len(frozen) == 2


def test_without_a_window_todays_values_score(cast: Cast) -> None:
    cast.evaluation_window.delete()
    filing = started(cast)
    assert workflow.policy_of(filing).region == cast.region.pk
    with pytest.raises(PolicyError):
        policies.on(date(1990, 1, 1)).decimal("scoring.execution.weight")


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
