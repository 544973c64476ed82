"""Three ways into one: all from the file gives the file, all from the store gives the store."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiheng.filings.merge import Side, Unchosen, three_way
from jiheng.sheets import (
    NOT_REPORTED,
    Amount,
    Funding,
    Header,
    Indicator,
    Missing,
    MonitoringSheet,
    Progress,
    ProjectGoalSheet,
    Quantity,
)

HEADER = Header(fiscal_year=2024, unit_code="105002", unit_name="第一中学")
words = st.sampled_from(["", "甲", "乙", "丙"])
quantities: st.SearchStrategy[Quantity | Missing] = st.sampled_from(
    [NOT_REPORTED, Quantity.of("2"), Quantity.of("2.0"), Quantity(Decimal(2))]
)
amounts: st.SearchStrategy[Amount | Missing] = st.sampled_from(
    [NOT_REPORTED, Amount.wan("13.4"), Amount.wan("13.40")]
)
indicators = st.builds(
    Indicator, key=st.sampled_from(["k1", "k2", "k3", "k4"]), name=words, target=quantities, note=words
)
lines = st.lists(indicators, max_size=4, unique_by=lambda line: line.key).map(tuple)
sheets = st.builds(
    ProjectGoalSheet,
    header=st.just(HEADER),
    annual_goal=words,
    leader=words,
    funding=st.builds(Funding, annual_total=amounts, annual_other=amounts),
    indicators=lines,
)


@st.composite
def monitoring(draw: st.DrawFn) -> MonitoringSheet:
    progress = (Progress(key=line.key, indicator=line, actual=draw(quantities)) for line in draw(lines))
    return MonitoringSheet(header=HEADER, lines=tuple(progress))


monitored = monitoring()


@given(st.none() | sheets, sheets, sheets)
def test_all_from_one_side_is_that_side(
    base: ProjectGoalSheet | None, stored: ProjectGoalSheet, file: ProjectGoalSheet
) -> None:
    merge = three_way(base, stored, file, 3)
    assert merge.apply({cell.field: "file" for cell in merge.cells}) == file
    assert merge.apply({cell.field: "stored" for cell in merge.cells}) == stored


@given(monitored, monitored, monitored)
def test_nested_lines_too(base: MonitoringSheet, stored: MonitoringSheet, file: MonitoringSheet) -> None:
    merge = three_way(base, stored, file, 3)
    assert merge.apply({cell.field: "file" for cell in merge.cells}) == file
    assert merge.apply({cell.field: "stored" for cell in merge.cells}) == stored


@given(sheets, sheets)
def test_what_only_one_side_changed_is_taken_from_it(a: ProjectGoalSheet, b: ProjectGoalSheet) -> None:
    assert three_way(a, a, b, 3).apply({}) == b
    assert three_way(a, b, a, 3).apply({}) == b
    assert three_way(a, b, b, 3).cells == ()


def sheet(goal: str = "", *keys: str) -> ProjectGoalSheet:
    return ProjectGoalSheet(
        header=HEADER, annual_goal=goal, indicators=tuple(Indicator(key=key, name=key) for key in keys)
    )


def test_a_line_deleted_here_and_changed_there_is_a_conflict() -> None:
    base = sheet("", "k1", "k2")
    changed = replace(base, indicators=(base.indicators[0], replace(base.indicators[1], note="改")))
    merge = three_way(base, sheet("", "k1"), changed, 3)
    (cell,) = merge.conflicts
    assert (cell.field, cell.stored, cell.file) == ("indicators[k2]", None, "k2")
    assert merge.apply({"indicators[k2]": "file"}) == changed
    with pytest.raises(Unchosen):
        merge.apply({})


def test_moved_lines_are_one_cell() -> None:
    base = sheet("", "k1", "k2", "k3")
    merge = three_way(base, sheet("新", "k1", "k2", "k3"), sheet("", "k3", "k1", "k2"), 3)
    assert [(cell.field, cell.side) for cell in merge.cells] == [
        ("annual_goal", Side.STORED),
        ("indicators[]", Side.FILE),
    ]
    merged = merge.apply({})
    assert merged == sheet("新", "k3", "k1", "k2")


def test_lines_added_on_both_sides_keep_their_places() -> None:
    base = sheet("", "k1", "k2")
    merge = three_way(base, sheet("", "k1", "k5", "k2"), sheet("", "k1", "k2", "k7"), 3)
    assert merge.conflicts == []
    assert merge.apply({}) == sheet("", "k1", "k5", "k2", "k7")


def test_without_a_base_a_filled_side_wins_over_a_blank_one() -> None:
    merge = three_way(None, sheet("", "k1"), sheet("新", "k1"), 3)
    assert merge.apply({}) == sheet("新", "k1")
    assert three_way(None, sheet("旧"), sheet("新"), 3).conflicts[0].field == "annual_goal"


def test_another_form_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="cannot be merged"):
        three_way(None, sheet(), MonitoringSheet(header=HEADER), 3)
