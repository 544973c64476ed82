"""K01–K54 on tables: each says what its case states, and nothing of tables that agree."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
import yaml
from tests.accounts.sets import CASES, STEP, good, said, tables

from jiheng.accounts.kinds import book, kinds
from jiheng.claims.table_forms import relations as relations_of_prints
from jiheng.rules import relations
from jiheng.sheets import Severity, account_from_json, account_json

ROWS = yaml.safe_load((CASES / "relations.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", ROWS, ids=lambda case: f"{case['code']} {case['name']}")
def test_a_relation_says_exactly_what_its_case_states(case):
    found = said(case["scope"], case["change"]).broken
    told = [f"{one.severity.value}: {one.message}" for one in found if one.code == case["code"]]
    assert told == case["expect"]


@pytest.mark.parametrize("scope", ["unit", "region"])
def test_of_tables_that_agree_nothing_is_said(scope: str) -> None:
    found = said(scope)
    assert found.broken == ()
    assert found.count > 100


def test_every_code_has_a_case_that_trips_it() -> None:
    assert {relation.code for relation in book().relations} == {
        case["code"] for case in ROWS if case["expect"]
    }


def test_every_term_names_a_row_and_a_column_that_are_there() -> None:
    lost = []
    for relation in book().relations:
        for term in (relation.total, *relation.parts):
            kind = kinds()[term.table.rpartition("/")[2]]
            has_row = term.row in {row.key for row in kind.rows} or term.row in ("*", "@open")
            is_code = kind.open_code is not None and re.fullmatch(r"c\d+", term.row)
            has_column = term.row == "@open" or term.column in {"", *(one.key for one in kind.columns)}
            lost += [] if (has_row or is_code) and has_column else [(relation.code, term)]
    assert lost == []


def test_what_a_printed_table_is_checked_by_an_entered_one_is_too() -> None:
    printed = {row["code"] for row in relations_of_prints()["relations"]}
    entered = {relation.code.partition("-")[0] for relation in book().relations}
    assert printed <= entered


def test_a_figure_that_is_cut_off_is_only_a_hint() -> None:
    found = said("unit", {"t6.running.final": "25.015"}).broken
    assert {one.severity for one in found if one.code == "K20"} == {Severity.HINT}


def test_the_finding_stands_at_the_table_s_own_cell() -> None:
    found = next(one for one in said("unit", {"t2.total.total": "102"}).broken if one.code == "K06")
    assert found.finding("t1").field == "rows[in_year].final"
    assert found.finding("t2").field == "rows[total].total"
    assert found.finding("t5").field == ""


def test_a_total_without_its_parts_is_not_judged() -> None:
    change = {f"three_public.{row}.final": None for row in ("abroad", "cars", "reception")}
    assert not [one for one in said("unit", change).broken if one.code == "K23"]


@pytest.mark.parametrize("scope", ["unit", "region"])
def test_a_table_comes_back_from_json_as_it_was(scope: str) -> None:
    for table in tables(scope).values():
        assert account_from_json(account_json(table)) == table


def test_a_row_of_data_that_makes_no_sense_is_refused() -> None:
    for row in (
        {"code": "K01", "of": "t1"},
        {"code": "K01", "of": "t1", "total": "a", "op": "≥"},
        {"code": "K01", "of": "t1", "total": "a b", "parts": ["c"]},
    ):
        with pytest.raises(ValueError, match=r"relation|term"):
            relations.load([row])


def test_amounts_beyond_a_float_are_added_exactly() -> None:
    made = tables("unit", {"three_public.total.final": "9007199254.740993"})
    change = {"three_public.abroad.final": "9007199249.740994"}
    made = tables("unit", {"three_public.total.final": "9007199254.740994", **change})
    assert not [one for one in relations.check(book(), made, STEP).broken if one.code == "K23"]
    assert relations.check(book(), made, Decimal("0.01")).count > 0


def test_there_are_tables_for_everything_that_is_made_public() -> None:
    named = kinds().values()
    assert sum(kind.of_region for kind in named) >= 26
    assert {"t1", "t2", "t3", "t4", "t5", "t6", "t8", "t9", "three_public"} <= {
        k.name for k in named if k.of_units
    }
    assert set(good()["region"]) >= {kind.name for kind in named if kind.of_region}
