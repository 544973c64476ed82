"""Directions, rates and 持平 follow from exact figures; what is missing is not written and is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.wording.making import three_public

from jiheng import policy
from jiheng.sheets import NOT_REPORTED
from jiheng.wording import Item, Sourced, figures_in, reasons_needed, typed_figures
from jiheng.wording.phrases import Phrase, Style, because

WAN = Style("万元", 2, 2)


def sourced(wan: str | None, source: str = "") -> Sourced:
    return Sourced(NOT_REPORTED if wan is None else Decimal(wan) * 10_000, source)


def item(final: str | None, last: str | None = None, budget: str | None = None, reason: str = "") -> Item:
    return Item("x", "公务接待费", sourced(final, "a"), sourced(budget, "b"), sourced(last, "c"), reason)


def said(phrase: Phrase) -> str:
    return "".join(run.text for run in phrase)


@pytest.mark.parametrize(
    ("final", "last", "words"),
    [
        ("8", "10", "比上年决算数10.00万元减少2.00万元，下降20.00%"),
        ("10", "8", "比上年决算数8.00万元增加2.00万元，增长25.00%"),
        ("8", "8", "与上年决算数持平"),
        ("0", "0", "与上年决算数持平"),
        ("8", "0", "上年无此项"),
        ("0", "8", "比上年决算数8.00万元减少8.00万元，下降100%"),
        ("8.000001", "8", "与上年决算数基本持平"),
        ("800000.01", "800000", "比上年决算数800000.00万元增加0.01万元，增幅不足0.01%"),
        ("-8", "10", "比上年决算数10.00万元减少18.00万元，下降180.00%"),
        ("-8", "-10", "比上年决算数增加2.00万元（上年决算数为-10.00万元）"),
        ("8", None, ""),
        (None, "8", ""),
    ],
)
def test_against_last_year(final: str | None, last: str | None, words: str) -> None:
    assert said(WAN.against_last(item(final, last))) == words


def test_a_budget_of_nothing_has_no_rate() -> None:
    assert said(WAN.against_budget(item("8", budget="0"))) == "年初没有安排预算"
    assert said(WAN.completion(item("8", budget="0"))) == ""
    assert said(WAN.completion(item("8", budget="7"))) == "完成年初预算的114.29%"


def test_rounded_once_from_the_exact_amounts() -> None:
    """34.985 − 30.004 is 4.981, not 34.99 − 30.00."""
    assert "34.99万元" in said(WAN.money(sourced("34.985")))
    assert "增加4.98万元，增长16.60%" in said(WAN.against_last(item("34.985", "30.004")))


def test_what_is_not_nothing_is_never_printed_as_nothing() -> None:
    assert said(WAN.money(sourced("0.003"))) == "0.003万元"
    assert said(WAN.money(sourced("0"))) == "0万元"


@pytest.mark.parametrize(
    ("unit", "places", "printed"), [("亿元", 2, "1.23亿元"), ("元", 2, "123456789.00元")]
)
def test_the_unit_is_the_policy_s(unit: str, places: int, printed: str) -> None:
    assert said(Style(unit, places, 2).money(Sourced(Decimal(123456789)))) == printed


def test_a_derived_figure_knows_both_its_sources() -> None:
    figures = [run for run in WAN.against_last(item("8", "10")) if run.is_figure]
    assert [(run.sources, run.how) for run in figures] == [
        (("c",), ""),
        (("a", "c"), "差额"),
        (("a", "c"), "增减率"),
    ]
    assert figures[1].value == 20_000


def test_a_reason_is_said_once_and_only_of_what_moved() -> None:
    assert said(because(item("8", "10", reason="主要原因是厉行节约。"))) == "主要原因是厉行节约"
    assert said(because(item("8", "8", reason="厉行节约"))) == ""


def test_reasons_are_asked_where_a_figure_moved_beyond_the_bounds() -> None:
    facts = three_public()
    general = policy.on(date(2025, 6, 1))
    assert reasons_needed(facts, general) == ()
    silent = replace(facts, reception=replace(facts.reception, reason=" "))
    [asked] = reasons_needed(silent, general)
    assert asked.key == "reception"
    assert asked.question == (
        "公务接待费8.00万元，比上年决算数10.00万元减少2.00万元，下降20.00%，请写明增减变化的主要原因"
    )


def test_a_figure_typed_into_a_reason_is_pointed_at() -> None:
    facts = three_public()
    typed = replace(facts, reception=replace(facts.reception, reason="压减接待12批，少支出3.5万元"))
    assert [asked.key for asked in typed_figures(typed)] == ["reception"]
    assert "3.5万元" in typed_figures(typed)[0].question


@pytest.mark.parametrize(
    ("reason", "typed"),
    [
        ("减少 5.7 亿元", ("5.7 亿元",)),
        ("少支出３万，下降百分之十", ("３万", "百分之十")),
        ("压减三百万元", ("三百万元",)),
        ("2024年下半年压减接待12批，严格执行中央八项规定", ()),
    ],
)
def test_figures_typed_into_words(reason: str, typed: tuple[str, ...]) -> None:
    assert figures_in(reason) == typed
