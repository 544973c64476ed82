"""Sheets as inputs and back: nothing changes that nobody typed, and nothing typed is lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from tests.sheets.strategies import SHEETS

from jiheng.sheets import (
    NOT_APPLICABLE,
    NOT_REPORTED,
    Amount,
    Header,
    Indicator,
    Missing,
    Operator,
    ProjectGoalSheet,
    Quantity,
    Sheet,
    Task,
    UnitGoalSheet,
)
from jiheng.web.forms import bind, collections, inputs, patterns, unread

HEADER = Header(fiscal_year=2024)
LINE = Indicator(key="k1", level1="产出指标", level2="数量指标", name="培训人数", unit="人")
SHEET = ProjectGoalSheet(header=HEADER, indicators=(LINE, replace(LINE, key="k2")))


def has_unique_keys(sheet: Sheet) -> bool:
    """As every stored form has: a key is one printable word."""
    return all(
        len(keys) == len(set(keys)) and all(key.isprintable() and key for key in keys)
        for _, keys in collections(sheet)
    )


@given(SHEETS.filter(has_unique_keys))
def test_a_page_sent_back_untouched_changes_nothing(sheet: Sheet) -> None:
    bound = bind(sheet, inputs(sheet))
    assert bound.sheet == sheet


@given(SHEETS.filter(has_unique_keys))
def test_a_browser_that_sends_crlf_changes_nothing(sheet: Sheet) -> None:
    sent = {
        path: [re.sub(r"\r\n|\r|\n", "\r\n", text) for text in values]
        for path, values in inputs(sheet).items()
    }
    assert bind(sheet, sent).sheet == sheet


def one(**fields: list[str]) -> tuple[Indicator, tuple[str, ...]]:
    bound = bind(SHEET, {f"indicators[k1].{name}": value for name, value in fields.items()})
    assert isinstance(bound.sheet, ProjectGoalSheet)
    return bound.sheet.indicators[0], tuple(item.field for item in bound.problems)


def test_what_was_not_sent_stays() -> None:
    line, _ = one(name=["参训教师人数"])
    assert line == replace(LINE, name="参训教师人数")


@pytest.mark.parametrize(
    ("text", "operator", "value", "unit"),
    [
        ("1,200", Operator.AT_LEAST, "1200", "人"),
        ("１２００", Operator.AT_LEAST, "1200", "人"),
        ("≥95%", Operator.AT_LEAST, "95", "%"),
        ("不超过 30天", Operator.AT_MOST, "30", "天"),
        ("1200人", Operator.AT_LEAST, "1200", "人"),
    ],
)
def test_a_target_as_officials_type_it(text: str, operator: Operator, value: str, unit: str) -> None:
    line, problems = one(target=[text])
    assert (line.operator, str(line.target), line.unit, problems) == (operator, value, unit, ())


def test_a_target_that_cannot_be_read_is_kept_and_told() -> None:
    line, problems = one(target=["很多"])
    assert (line.target, line.target_text, problems) == (NOT_REPORTED, "很多", ("indicators[k1].target",))
    assert inputs(replace(SHEET, indicators=(line,)))["indicators[k1].target"] == ["很多"]


def test_a_qualitative_target_keeps_its_words() -> None:
    line, problems = one(operator=["定性"], target=["显著改善"])
    assert (line.operator, line.target, line.target_text) == (
        Operator.QUALITATIVE,
        NOT_APPLICABLE,
        "显著改善",
    )
    assert problems == ()


def test_both_levels_come_from_one_input() -> None:
    line, _ = one(level=["效益指标|社会效益指标"])
    assert (line.level1, line.level2) == ("效益指标", "社会效益指标")


def test_a_level_with_the_separator_in_it_stays_as_it_is() -> None:
    sheet = replace(SHEET, indicators=(replace(LINE, level1="|产出", level2="数|量"),))
    assert bind(sheet, inputs(sheet)).sheet == sheet


def test_an_amount_with_a_unit_is_kept_and_told_until_it_is_mended() -> None:
    bound = bind(SHEET, {"funding.annual_total": ["500万"]})
    assert isinstance(bound.sheet, ProjectGoalSheet)
    assert bound.sheet.funding.annual_total == Missing(note="500万")
    assert [item.field for item in bound.problems] == ["funding.annual_total"]
    assert "500" in bound.problems[0].message
    assert [item.field for item in unread(bound.sheet)] == ["funding.annual_total"]
    mended = bind(bound.sheet, {"funding.annual_total": ["500.00"]})
    assert isinstance(mended.sheet, ProjectGoalSheet)
    assert mended.sheet.funding.annual_total == Amount.wan("500.00")
    assert unread(mended.sheet) == []


def test_rows_are_added_moved_and_removed_by_their_keys() -> None:
    sent = {"indicators[]": ["", "new1", "k2"], "indicators[new1].name": ["新增"]}
    bound = bind(SHEET, sent)
    assert isinstance(bound.sheet, ProjectGoalSheet)
    assert [(line.key, line.name) for line in bound.sheet.indicators] == [
        ("new1", "新增"),
        ("k2", "培训人数"),
    ]
    emptied = bind(SHEET, {"indicators[]": [""]})
    assert isinstance(emptied.sheet, ProjectGoalSheet)
    assert emptied.sheet.indicators == ()


def test_a_page_changes_only_what_it_may() -> None:
    sheet = UnitGoalSheet(header=HEADER, tasks=(Task(key="t1", name="任务"),))
    sent = {
        "tasks[]": [""],
        "tasks[t1].name": ["改"],
        "tasks[t1].content": ["内容"],
        "header.unit_name": ["他人"],
    }
    bound = bind(sheet, sent, editable={"tasks[].content"}, rows=())
    assert bound.sheet == replace(sheet, tasks=(Task(key="t1", name="任务", content="内容"),))


def test_a_strange_key_makes_no_row() -> None:
    bound = bind(SHEET, {"indicators[]": ["", "k1", "k1", '"><script>', "k" * 99]})
    assert isinstance(bound.sheet, ProjectGoalSheet)
    assert [line.key for line in bound.sheet.indicators] == ["k1"]


def test_patterns_name_every_leaf() -> None:
    found = patterns(ProjectGoalSheet)
    assert {"funding.annual_total", "indicators[].level", "indicators[].target", "attribute"} <= found
    assert "header.unit_name" not in found
    assert Quantity.of("1")
