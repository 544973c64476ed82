"""A district in which there is nothing yet: every room answers, and nothing is made up."""

from __future__ import annotations

from datetime import date

import pytest
from tests.cast import Cast, make_person
from tests.monitoring.papers import approved_goal

from jiheng import policy
from jiheng.evaluation import watch
from jiheng.evaluation import workflow as evaluation
from jiheng.evaluation.scores import score_of
from jiheng.filings import todo
from jiheng.filings.models import Filing
from jiheng.findings import todo as corrections_todo
from jiheng.goals.workflow import goals_to_adjust
from jiheng.ledger import executed, reconcile
from jiheng.monitoring import todo as monitoring_todo
from jiheng.monitoring import workflow as monitoring
from jiheng.monitoring.board import board
from jiheng.monitoring.readings import reading_of
from jiheng.sheets import Missing, MonitoringSheet, ProjectEvaluationSheet
from jiheng.units.models import Person, Region, Role

YEAR = 2022  # of which the cast has neither budgets nor payments


def todos(person: Person) -> list[todo.Todo]:
    found = [*todo.for_person(person), *monitoring_todo.for_person(person)]
    return [*found, *corrections_todo.for_person(person)]


def test_an_empty_district(db: None) -> None:
    region = Region.objects.create(code="430298000", name="空白区")
    person = make_person("first", "首位", Role.PERFORMANCE, region=region)
    assert board(person, region, YEAR).rows == board(person, region, YEAR, by="fund").rows == ()
    assert watch.watchlist(person, region, YEAR).clusters == ()
    (whole,) = watch.distribution(person, region, YEAR)
    assert (whole.forms, whole.mean, whole.mean_reviewed) == (0, None, None)
    assert todos(person) == []
    assert executed.of_units(region, YEAR, date(YEAR, 6, 30)) == {}
    assert executed.pulled_until(region, YEAR) is None
    assert goals_to_adjust(region, YEAR) == reconcile.warnings(region, YEAR) == []
    values = policy.on(date(YEAR, 6, 30), region.pk)
    assert watch.rescore_preview(region, YEAR, values, values) == []


def test_a_person_without_a_region_has_nothing_to_do(db: None) -> None:
    assert todos(make_person("first", "首位", Role.ADMIN)) == []


def test_who_left_has_nothing_to_do(cast: Cast) -> None:
    for person in cast.people.values():
        person.is_active = False
        assert todos(person) == []


@pytest.fixture
def goal(cast: Cast) -> Filing:
    return approved_goal(cast.school, cast.building, YEAR)


@pytest.mark.usefixtures("goal")
def test_a_year_without_money_is_monitored_as_missing_not_as_zero(cast: Cast) -> None:
    filing = monitoring.start(cast.reporter, unit=cast.school, fund=cast.building, fiscal_year=YEAR, month=6)
    sheet = filing.as_sheet()
    assert isinstance(sheet, MonitoringSheet)
    assert all(isinstance(row.budget, Missing) and isinstance(row.executed, Missing) for row in sheet.money)
    assert filing.amount is None
    reading = reading_of(filing, sheet, monitoring.policy_of(filing))
    assert (reading.budget, reading.executed, reading.money_light) == (None, None, "")
    assert {"JK07"} <= {finding.code for finding in monitoring.check(filing, sheet)}


@pytest.mark.usefixtures("goal")
def test_a_year_without_money_is_evaluated_as_missing_not_as_zero(cast: Cast) -> None:
    filing = evaluation.start(cast.reporter, unit=cast.school, fund=cast.building, fiscal_year=YEAR)
    sheet = filing.as_sheet()
    assert isinstance(sheet, ProjectEvaluationSheet)
    figures = [figure for row in sheet.money for figure in (row.initial, row.revised, row.executed)]
    assert all(isinstance(figure, Missing) for figure in figures)
    kept = score_of(filing, sheet, evaluation.policy_of(filing))
    assert (kept.computed, kept.execution_rate, kept.grade) == (None, None, "")
