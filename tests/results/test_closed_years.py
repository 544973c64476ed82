"""What is of a closed year is refused with a clear sentence, in every room."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from tests.assessment import rows as assessment_rows
from tests.cast import Cast
from tests.findings import rows as problem_rows
from tests.fiscal import rows as fiscal_rows
from tests.flags import rows as flag_rows
from tests.results import graded
from tests.reviews import rows as review_rows

from jiheng.accounts import workflow as accounts
from jiheng.accounts.outcomes import NotKept
from jiheng.assessment import asking
from jiheng.assessment.models import AskKind
from jiheng.filings import workflow as filings
from jiheng.filings.outcomes import YearClosed
from jiheng.findings import workflow as problems
from jiheng.findings.outcomes import NotDone
from jiheng.fiscal import picking as fiscal_picking
from jiheng.flags import workflow as flags
from jiheng.flags.running import ask_run
from jiheng.flags.workflow import NotDone as FlagNotDone
from jiheng.goals import workflow as goals
from jiheng.panels.outcomes import NotDone as PanelNotDone
from jiheng.projects import years
from jiheng.projects.calendar import WindowDraft, set_window
from jiheng.projects.imports import publish_budgets
from jiheng.projects.models import ClosedYear, Stage
from jiheng.results import workflow as results
from jiheng.results.outcomes import NotDone as ResultNotDone
from jiheng.reviews import picking as review_picking
from jiheng.units.models import LogEntry

pytestmark = pytest.mark.django_db
SAYS = "已于 .* 结转关闭，内容不能再改"


def closed(cast: Cast, *wanted: tuple[int, str]) -> None:
    years.close(cast.performance, 2024, wanted)


def test_a_form_can_neither_be_saved_nor_submitted_nor_begun(cast: Cast) -> None:
    filing = goals.start(cast.reporter, unit=cast.school, fund=cast.building, fiscal_year=2024)
    closed(cast, (2024, "goal"))
    with pytest.raises(YearClosed, match=SAYS):
        goals.save_draft(cast.reporter, filing, filing.as_sheet(), filing.revision)
    with pytest.raises(YearClosed, match="绩效目标已于"):
        filings.submit(cast.reporter, filing, filing.revision)
    with pytest.raises(YearClosed, match=SAYS):
        goals.start(cast.reporter, unit=cast.school, fiscal_year=2024)
    filing.refresh_from_db()
    assert filing.revision == 1


def test_another_stage_and_another_year_stay_open(cast: Cast) -> None:
    closed(cast, (2024, "monitoring"), (2023, ""))
    assert goals.start(cast.reporter, unit=cast.school, fiscal_year=2024).pk
    assert years.why_closed(cast.region, 2023, Stage.EVALUATION)
    assert not years.why_closed(cast.region, 2024)


def test_approving_many_says_it_in_the_row(cast: Cast) -> None:
    filing = goals.start(cast.reporter, unit=cast.school, fiscal_year=2024)
    closed(cast, (2024, ""))
    [row] = filings.approve_many(cast.reviewer, [(filing.pk, filing.revision)])
    assert not row.ok


def test_no_problem_of_a_closed_year_is_registered_but_mending_goes_on(cast: Cast) -> None:
    problem = problem_rows.issued(cast)
    closed(cast, (2023, ""))
    with pytest.raises(NotDone, match=SAYS):
        problem_rows.registered(cast)
    assert problems.save_reply(cast.reporter, problem, problem.revision, problem_rows.REPLY)


def test_tables_windows_and_imports_are_refused(cast: Cast) -> None:
    closed(cast, (2023, ""))
    with pytest.raises(NotKept, match=SAYS):
        accounts.open_statement(cast.budget, "three_public", 2023)
    day = date(2025, 3, 1)
    draft = WindowDraft(
        work_year=2025,
        stage=Stage.EVALUATION,
        fiscal_year=2023,
        opens_on=day,
        due_on=day,
        closes_on=day,
    )
    with pytest.raises(ValidationError, match=SAYS):
        set_window(cast.performance, draft)
    cast.batch.fiscal_year = 2023
    with pytest.raises(ValidationError, match=SAYS):
        publish_budgets(cast.budget, cast.batch, [])


def test_evaluations_and_reviews_end_with_their_work_year(cast: Cast) -> None:
    evaluation = fiscal_rows.assigned(cast)
    year = evaluation.year
    review = review_rows.picked(cast)
    assert review.year == year
    years.close(cast.performance, year, [(year - 1, "")])
    for again in (
        lambda: fiscal_rows.mark(evaluation, evaluation.rows.first(), "1"),
        lambda: fiscal_picking.drop(cast.performance, evaluation, evaluation.revision, "不评了"),
        lambda: fiscal_rows.picked(cast, funds=(cast.meals.pk,)),
        lambda: review_rows.picked(cast, funds=(cast.meals.pk,)),
        lambda: review_picking.drop(cast.congress, review, review.revision, "不评了"),
    ):
        with pytest.raises(PanelNotDone, match=f"{year} 工作年度{SAYS}"):
            again()
    assert LogEntry.objects.filter(action__endswith="被拒绝").count() == 5


def test_an_assessment_ends_with_the_goals_of_its_year(cast: Cast) -> None:
    started = assessment_rows.started(cast)
    closed(cast, (assessment_rows.YEAR, "goal"))
    with pytest.raises(PanelNotDone, match=SAYS):
        asking.submit(cast.reporter, started, started.revision)
    with pytest.raises(PanelNotDone, match=SAYS):
        asking.start(cast.reporter, cast.building, assessment_rows.YEAR, AskKind.RAISED)


def test_no_flags_are_run_on_a_closed_year_but_its_hits_are_dealt_with(cast: Cast) -> None:
    hit = flag_rows.hit(cast)
    closed(cast, (hit.fiscal_year, ""))
    with pytest.raises(FlagNotDone, match=SAYS):
        ask_run(cast.performance, hit.fiscal_year)
    with pytest.raises(FlagNotDone, match=SAYS):
        flag_rows.run(cast)
    assert flags.dismiss(cast.performance, hit, hit.revision, "登记机关更正了成立日期").pk == hit.pk


def test_results_of_a_closed_year_are_neither_reckoned_nor_decided(cast: Cast) -> None:
    plan = graded.plan(cast)
    closed(cast, (plan.score_year, ""))
    with pytest.raises(ResultNotDone, match=SAYS):
        results.propose(cast.performance, plan.score_year)
    with pytest.raises(ResultNotDone, match=SAYS):
        results.decide_many(cast.performance, plan, None, "采纳测算建议")


def test_closing_twice_closes_once(cast: Cast) -> None:
    assert len(years.close(cast.performance, 2024, [(2023, ""), (2024, "goal")])) == 2
    assert years.close(cast.performance, 2024, [(2023, "")]) == []
    assert ClosedYear.objects.count() == 2
