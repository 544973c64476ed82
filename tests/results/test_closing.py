"""The end of a year: what is still open, closed once, the next one opened."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from tests.cast import Cast, make_budget
from tests.findings import rows as problem_rows
from tests.monitoring.papers import approved_goal
from tests.results.graded import applied, plan

from jiheng.filings.models import Filing, State
from jiheng.goals import workflow as goals
from jiheng.projects import budget, years
from jiheng.projects.models import BudgetKind, BudgetLine, Fund, Window
from jiheng.results import closing, todo
from jiheng.results.models import Rollover
from jiheng.results.open_items import scope, still_open
from jiheng.results.outcomes import NotDone
from jiheng.units.jobs import work_once
from jiheng.units.models import LogEntry

pytestmark = pytest.mark.django_db
TYPED = "关闭2023年"


@pytest.fixture
def ready(cast: Cast) -> Cast:
    """The results of 2023 are applied: nothing blocks."""
    applied(cast, plan(cast))
    return cast


def close(cast: Cast) -> Rollover:
    return closing.close(cast.performance, 2024, TYPED)


def test_the_check_list_names_what_is_open(cast: Cast) -> None:
    problem = problem_rows.issued(cast)
    goals.start(cast.reporter, unit=cast.school, fund=cast.building, fiscal_year=2024)
    found = {item.title: item for item in still_open(cast.region, 2024)}
    assert found["2023年评价结果还没有测算和应用"].blocks
    assert found["2023年的问题没有销号"].names == (str(problem),)
    assert found["2024年绩效目标没有报送或退回未改"].names == (cast.building.name,)
    missing = found["2024年绩效目标没有填报"]
    assert (missing.count, missing.blocks) == (8, False)
    assert cast.meals.name in missing.names


def test_what_blocks_is_refused_and_logged(cast: Cast) -> None:
    with pytest.raises(NotDone, match="还不能关闭：2023年评价结果还没有测算和应用"):
        closing.ask_to_close(cast.performance, 2024, TYPED)
    assert LogEntry.objects.filter(action="年度结转被拒绝").count() == 1
    assert not years.why_closed(cast.region, 2023)


@pytest.mark.parametrize("typed", ["", "关闭2024年", "关闭 2023 年"])
def test_the_words_must_be_typed_as_they_stand(ready: Cast, typed: str) -> None:
    with pytest.raises(NotDone, match="原样输入“关闭2023年”"):
        closing.ask_to_close(ready.performance, 2024, typed)


def test_only_the_performance_section_closes(ready: Cast) -> None:
    with pytest.raises(PermissionDenied):
        closing.close(ready.budget, 2024, TYPED)


def test_the_year_is_closed_and_the_next_one_open(ready: Cast) -> None:
    done = close(ready)
    assert scope(ready.region, 2024) == [(2023, ""), (2024, "goal"), (2024, "monitoring")]
    assert all(years.why_closed(ready.region, year, stage) for year, stage in scope(ready.region, 2024))
    assert not years.why_closed(ready.region, 2024, "evaluation")
    windows = Window.objects.filter(region=ready.region, work_year=2025)
    assert set(windows.values_list("stage", "fiscal_year", "month")) == {
        ("goal", 2025, 0),
        ("monitoring", 2025, 6),
        ("evaluation", 2024, 0),
    }
    assert windows.get(stage="goal").due_on == date(2025, 3, 29)
    assert windows.get(stage="goal").closes_on == date(2099, 12, 31)
    assert done.counts["工作安排（项）"] == 3


def test_unspent_money_is_carried_over_by_kind_of_money(ready: Cast) -> None:
    make_budget(ready.batch, ready.clinics, 2025, BudgetKind.CARRYOVER, "1.00")
    Fund.objects.filter(pk=ready.meals.pk).update(until_year=2024)
    done = close(ready)
    found = budget.of_funds(ready.region, 2025)
    # 3000 planned, 1550 paid; the clinics' is there already, the meals end, relief has no budget of 2024
    assert found[ready.building.pk].carryover == Decimal("14500000.00")
    assert found[ready.clinics.pk].carryover == 1
    assert BudgetLine.objects.filter(fiscal_year=2025, kind=BudgetKind.CARRYOVER).count() == 2
    assert done.counts["结转金额（万元）"] == "1450"
    assert done.counts["到期专项结余（万元）"] == "400"


def test_goals_of_the_next_year_begin_as_drafts(ready: Cast) -> None:
    approved_goal(ready.school, ready.building, 2024)
    approved_goal(ready.education_bureau, ready.meals, 2024)
    Fund.objects.filter(pk=ready.meals.pk).update(until_year=2024)
    done = close(ready)
    [draft] = Filing.objects.filter(fiscal_year=2025)
    assert (draft.fund, draft.state, done.counts["目标草稿（份）"]) == (ready.building, State.DRAFT, 1)
    old = Filing.objects.get(fund=ready.building, fiscal_year=2024, form="project_goal").as_sheet()
    assert draft.as_sheet().indicators == old.indicators
    saved = goals.save_draft(ready.reporter, draft, draft.as_sheet(), draft.revision)
    assert saved.pk == draft.pk


def test_closing_again_changes_nothing(ready: Cast) -> None:
    done = close(ready)
    before = (Filing.objects.count(), BudgetLine.objects.count(), Window.objects.count())
    assert close(ready).pk == done.pk
    assert (Filing.objects.count(), BudgetLine.objects.count(), Window.objects.count()) == before
    assert Rollover.objects.count() == 1


def test_a_failure_leaves_nothing_half_done(ready: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> int:
        raise RuntimeError("disk full")

    monkeypatch.setattr(closing.copying, "keep", fails)
    with pytest.raises(RuntimeError):
        close(ready)
    assert not years.why_closed(ready.region, 2023)
    assert not Window.objects.filter(work_year=2025).exists()


def test_the_worker_closes(ready: Cast) -> None:
    job = closing.ask_to_close(ready.performance, 2024, TYPED)
    assert work_once()
    job.refresh_from_db()
    assert job.state == "done", job.message
    assert "2024工作年度结转" in job.result["message"]


def test_a_year_that_is_over_waits_to_be_closed(ready: Cast) -> None:
    assert "2024工作年度待结转" in [item.title for item in todo.for_person(ready.performance)]
    close(ready)
    # the next one's calendar is there now, and may be over too
    assert "2024工作年度待结转" not in [item.title for item in todo.for_person(ready.performance)]
