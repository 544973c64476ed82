"""The board: the worst light wins, what is missing is said, and its queries don't grow with the units."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, make_budget, make_entry, make_fund
from tests.monitoring.papers import approved_goal, filled, passed, submitted

from jiheng.filings import workflow as filings
from jiheng.findings import corrections
from jiheng.findings.models import Correction
from jiheng.monitoring import workflow
from jiheng.monitoring.board import Board, BoardFilter, BoardRow, board
from jiheng.monitoring.todo import for_person as todo_for
from jiheng.projects.models import BudgetKind
from jiheng.sheets import Light
from jiheng.units.models import Person, Unit


def row_of(found: Board, unit: Unit) -> BoardRow:
    return next(row for row in found.rows if row.unit == unit.pk and row.fund is None)


def meals_submitted(cast: Cast, done: str) -> None:
    approved_goal(cast.education_bureau, cast.meals, 2024)
    reporter = cast.bureau_reporter
    filing = workflow.start(reporter, unit=cast.education_bureau, fund=cast.meals, fiscal_year=2024, month=6)
    sheet = filled(filing, done)
    money = tuple(replace(row, forecast=row.executed) for row in sheet.money)  # 60 of 860 万元 were cut
    filing = workflow.save_draft(reporter, filing, replace(sheet, money=money), filing.revision)
    workflow.submit(reporter, filing, filing.revision)


def test_a_unit_shows_its_worst_light_and_what_is_missing(cast: Cast) -> None:
    submitted(cast, done="45")
    found = board(cast.performance, cast.region, 2024)
    assert found.months == (6,)
    (cell,) = row_of(found, cast.school).cells
    assert (cell.money, cell.goal, cell.overall, cell.word) == (
        Light.YELLOW,
        Light.GREEN,
        Light.YELLOW,
        "黄",
    )
    assert (cell.filed, cell.due, cell.missing) == (1, 2, 1)  # the fund is in, the unit's own form is not
    assert cell.is_late
    (empty,) = row_of(found, cast.clinic).cells
    assert (empty.word, empty.overall, empty.filed, empty.due) == ("未报", None, 0, 2)
    assert found.counts == {6: {"未报": 4, "黄": 1}}


def test_drafts_are_not_filed(cast: Cast) -> None:
    filing = submitted(cast)
    workflow.withdraw(cast.reporter, filing, filing.revision)
    assert row_of(board(cast.performance, cast.region, 2024), cast.school).cells[0].word == "未报"


def test_what_is_opened_again_for_an_adjustment_was_filed(cast: Cast) -> None:
    filing = passed(submitted(cast), cast.reviewer, cast.department, cast.performance)
    filings.reopen(cast.performance, filing, "执行数有误")
    assert row_of(board(cast.performance, cast.region, 2024), cast.school).cells[0].filed == 1
    assert len(todo_for(cast.performance)) == 1


def test_drilling_shows_each_fund_with_its_form(cast: Cast) -> None:
    filing = submitted(cast)
    found = board(cast.performance, cast.region, 2024, "fund", BoardFilter(unit=cast.school.pk))
    assert [(row.name, row.cells[0].filing) for row in found.rows] == [
        ("第一中学", None),
        ("薄弱学校改造专项资金", filing.pk),
    ]


@pytest.mark.parametrize(
    ("name", "units"),
    [("performance", 5), ("observer", 5), ("division", 2), ("department", 2), ("stranger", 1)],
)
def test_everybody_sees_the_units_they_see_elsewhere(cast: Cast, name: str, units: int) -> None:
    assert len(board(cast.people[name], cast.region, 2024).rows) == units


def test_filters(cast: Cast) -> None:
    submitted(cast, done="45")
    asked = BoardFilter(division=cast.culture.pk)
    assert {row.name for row in board(cast.performance, cast.region, 2024, "unit", asked).rows} == {
        "教育局本级",
        "第一中学",
    }
    yellow = board(cast.performance, cast.region, 2024, "unit", BoardFilter(word="黄"))
    assert [row.name for row in yellow.rows] == ["第一中学"]
    asked = BoardFilter(department=cast.health.pk, word="未报")
    assert len(board(cast.performance, cast.region, 2024, "unit", asked).rows) == 2


def test_money_ahead_of_the_goals_is_listed_the_widest_gap_first(cast: Cast) -> None:
    make_entry(cast.batch, cast.building, date(2024, 6, 20), "16500000.00")  # 90% of 3000 万元
    submitted(cast, done="10")
    meals_submitted(cast, done="90")  # 400 of 860 万元 spent, goals further on than money
    found = board(cast.performance, cast.region, 2024)
    assert [(item.name, item.execution, item.progress) for item in found.ahead] == [
        ("薄弱学校改造专项资金", Decimal("90.00"), Decimal("55.00"))
    ]
    assert found.ahead[0].gap == Decimal("35.00")
    assert found.gap == Decimal(10)


def test_open_corrections_are_counted(cast: Cast) -> None:
    filing = submitted(cast)
    found = board(cast.performance, cast.region, 2024)
    cell = row_of(found, cast.school).cells[0]
    assert (cell.corrections, cell.to_correct) == (0, 1)  # 70% of the time gone by, below 80%
    draft = corrections.OrderDraft(
        cause="执行慢", measure="加快执行", requirement="8月底前完成支付", due_on=date(2099, 1, 1)
    )
    corrections.order(cast.performance, filing, draft)
    found = board(cast.performance, cast.region, 2024)
    cell = row_of(found, cast.school).cells[0]
    assert (cell.corrections, cell.to_correct) == (1, 0)
    Correction.objects.update(state="closed")
    cell = row_of(board(cast.performance, cast.region, 2024), cast.school).cells[0]
    assert (cell.corrections, cell.to_correct) == (0, 0)


def count_queries(person: Person, cast: Cast) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        board(person, cast.region, 2024, "fund")
    return len(captured)


def test_queries_do_not_grow_with_units_and_funds(cast: Cast) -> None:
    submitted(cast)
    before = count_queries(cast.performance, cast)
    for number in range(8):
        unit = Unit.objects.create(
            region=cast.region, department=cast.education, code=f"10510{number}", name=f"第{number}小学"
        )
        fund = make_fund(unit, f"10510{number}001", f"校舍维修{number}")
        make_budget(cast.batch, fund, 2024, BudgetKind.INITIAL, "100000.00")
    meals_submitted(cast, done="45")
    assert count_queries(cast.performance, cast) == before <= 6


def test_a_year_without_calendar_or_forms_is_an_empty_board(cast: Cast) -> None:
    found = board(cast.performance, cast.region, 2022)
    assert found.months == ()
    assert found.ahead == ()
    assert all(row.cells == () for row in found.rows)


def test_the_bureau_is_told_what_must_be_corrected(cast: Cast) -> None:
    filing = submitted(cast)
    for person in (cast.performance, cast.division):
        (todo,) = todo_for(person)
        assert (todo.title, todo.count, todo.params) == (
            "2024年截至6月监控须下达纠偏单 1 份",
            1,
            {"year": 2024, "month": 6, "to_correct": 1},
        )
    for person in (cast.other_division, cast.reporter, cast.observer):
        assert todo_for(person) == []
    draft = corrections.OrderDraft(
        cause="执行慢", measure="加快执行", requirement="8月底前完成支付", due_on=date(2099, 1, 1)
    )
    corrections.order(cast.performance, filing, draft)
    assert todo_for(cast.performance) == []


def test_nothing_must_be_corrected_where_all_is_well(cast: Cast) -> None:
    make_entry(cast.batch, cast.building, date(2024, 6, 20), "4500000.00")
    submitted(cast)
    assert todo_for(cast.performance) == []
