"""Questions over ledger files: what is added up, what follows from it, what stands behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.analytics import ledgers

from jiheng import policy
from jiheng.analytics import QUESTIONS, Answer, AskError, Filters, Source, ask, behind, question, rows
from jiheng.sheets import Missing

POLICY = policy.on(date(2024, 12, 31))
YEAR = Filters(year=2024)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return ledgers.own(tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return ledgers.upstream(tmp_path_factory.mktemp("upstream"))


def cells(answer: Answer, key: str) -> list[Any]:
    return [row[answer.place(key)] for row in answer.rows]


def by(answer: Answer, code: str, key: str) -> Any:
    [row] = [row for row in answer.rows if code in row]
    return row[answer.place(key)]


def by_hand(where: str = "true") -> Decimal:
    with duckdb.connect() as con:
        found = con.execute(f"SELECT sum(amount) FROM ({ledgers.OWN}) WHERE {where}").fetchone()
    assert found
    return Decimal(found[0])


def test_units_with_budget_and_rate(own: Source) -> None:
    answer = ask("units", own, POLICY, YEAR)
    assert by(answer, "105001", "budget") == Decimal("2400000.20")
    spent = by_hand("unit = '105001'")
    assert by(answer, "105001", "spent") == spent
    assert by(answer, "105001", "rate") == spent / Decimal("2400000.20") * 100
    assert by(answer, "105000", "unit_name") == "第一中学"
    assert answer.total and answer.total[answer.place("spent")] == by_hand()
    # 105009 has a budget and no payment: 0, not missing; and money never is a float
    assert by(answer, "105009", "spent") == 0
    assert all(isinstance(value, Decimal | Missing) for value in cells(answer, "spent"))


def test_a_budget_that_is_not_there_is_missing_not_zero(own: Source) -> None:
    answer = ask("按专项执行", own, POLICY, replace(YEAR, unit="105003"))
    assert isinstance(by(answer, "F0", "budget"), Missing)
    assert isinstance(by(answer, "F0", "rate"), Missing)
    assert by(answer, "基本支出", "budget") == Decimal("2000000.00")
    assert any("没有预算指标" in note for note in answer.notes)


def test_figures_as_of_a_day(own: Source) -> None:
    answer = ask("units", own, POLICY, replace(YEAR, until=date(2024, 6, 30)))
    assert by(answer, "105001", "budget") == Decimal("2500000.20")  # the adjustment of July is not yet there
    assert by(answer, "105001", "spent") == by_hand("unit = '105001' AND dated <= DATE '2024-06-30'")
    assert answer.until == date(2024, 6, 30)


def test_the_fund_of_a_payment_comes_from_its_project(own: Source) -> None:
    answer = ask("funds", own, POLICY, YEAR)
    assert by(answer, "F1", "spent") == by_hand("project IN ('P1', 'P4')")
    assert by(answer, "基本支出", "spent") == by_hand("project = ''")


def test_classes_by_as_many_digits_as_asked(own: Source) -> None:
    assert set(cells(ask("functions", own, POLICY, YEAR), "function")) == {"205", "201", "212"}
    sections = ask("functions", own, POLICY, replace(YEAR, digits=5, function="205"))
    assert cells(sections, "function") == ["20502"]
    items = ask("economics", own, POLICY, replace(YEAR, digits=5))
    assert by(items, "30217", "spent") == by_hand("economic_code = '30217'")


def test_months_add_up_to_the_year(own: Source) -> None:
    answer = ask("按月", own, POLICY, YEAR)
    assert cells(answer, "month") == list(range(1, 13))
    assert cells(answer, "cumulative")[-1] == by_hand()
    assert by(answer, 12, "time_share") == 100
    assert by(answer, 3, "spent") == by_hand("month(dated) = 3")
    assert (
        answer.total
        and answer.total[answer.place("cumulative_rate")] == by_hand() / Decimal("10100000.35") * 100
    )


def test_progress_puts_who_is_behind_first(own: Source) -> None:
    answer = ask("progress", own, POLICY, replace(YEAR, until=date(2024, 6, 30)))
    gaps = [gap for gap in cells(answer, "gap") if not isinstance(gap, Missing)]
    assert gaps == sorted(gaps)
    assert cells(answer, "unit")[0] == "105009"
    assert by(answer, "105009", "light") == "红"
    assert by(answer, "105009", "gap") == -50


def test_idle_money_by_the_thresholds_of_policy(own: Source) -> None:
    answer = ask("闲置资金", own, POLICY, replace(YEAR, unit="105009"))
    [row] = answer.rows
    assert row[answer.place("word")] == "闲置、结余偏大"
    assert isinstance(row[answer.place("latest")], Missing)
    assert row[answer.place("days")] == 365  # from 1 January to 31 December of a leap year
    carried = ask("idle", own, POLICY, replace(YEAR, unit="105002", fund="F2", until=date(2024, 1, 31)))
    assert isinstance(carried.rows[0][carried.place("carried")], Missing)  # decided in February


def test_december_rush(own: Source) -> None:
    answer = ask("december", own, POLICY, YEAR)
    december = by_hand("month(dated) = 12 AND unit = '105001'")
    assert by(answer, "105001", "december") == december
    assert by(answer, "105001", "december_share") == december / by_hand("unit = '105001'") * 100
    early = ask("december", own, POLICY, replace(YEAR, until=date(2024, 11, 30)))
    assert any("还没有取到" in note for note in early.notes)
    assert set(cells(early, "word")) == {""}


def test_three_public_by_item_of_general_budget_money(own: Source) -> None:
    answer = ask("三公经费", own, POLICY, YEAR)
    assert set(cells(answer, "economic")) == {"30217", "30231", "30212"}
    assert by(answer, "30217", "spent") == by_hand("economic_code = '30217' AND fund_type = '11'")


@pytest.mark.parametrize(
    "name", ["units", "projects", "functions", "months", "three_public", "idle", "project_months"]
)
def test_the_payments_behind_a_row_come_to_its_figure(own: Source, name: str) -> None:
    answer = ask(name, own, POLICY, YEAR)
    for row in answer.rows[:4]:
        where = answer.where(row)
        filters = behind(YEAR, where)
        if name == "three_public":
            filters = replace(filters, fund_type="11")
        found = rows(own, filters, most=5)
        assert found.total == row[answer.place("spent")], where
        assert len(found.rows) == min(5, found.count)


def test_pages_of_payments_do_not_overlap(own: Source) -> None:
    first = rows(own, YEAR, 0, 50)
    second = rows(own, YEAR, 50, 50)
    assert first.count == 2000 and not set(first.rows) & set(second.rows)
    assert [row[0] for row in first.rows] == sorted((row[0] for row in first.rows), reverse=True)


def test_who_sees_some_units_sees_no_other(own: Source) -> None:
    answer = ask("units", own, POLICY, replace(YEAR, scope=("105001",)))
    assert cells(answer, "unit") == ["105001"]
    assert ask("units", own, POLICY, replace(YEAR, scope=())).rows == ()


def test_upstream_files_are_signed_and_parsed(upstream: Source) -> None:
    answer = ask("units", upstream, POLICY)
    assert by(answer, "105002", "spent") == Decimal("10000.15")  # the refund taken off, the void one left out
    assert by(answer, "105001", "spent") == Decimal("250.25")
    months = ask("months", upstream, POLICY)
    assert by(months, 7, "spent") == Decimal("-500.00")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("6000.105", "xpay_amt”有 1 行读不出来（如“6000.105”）"),
        ("六千元", "xpay_amt”有 1 行"),
        ("", "xpay_amt”有 1 行读不出来（空着）"),
    ],
)
def test_a_cell_that_cannot_be_read_stops_the_question(tmp_path: Path, cell: str, words: str) -> None:
    path = tmp_path / "payments.csv"
    path.write_text(ledgers.UPSTREAM.replace("6000.10", cell, 1), encoding="utf-8")
    with pytest.raises(AskError, match=words):
        ask("units", Source({"payments": (path,)}), POLICY)


def test_amounts_as_floats_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "payments.parquet"
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT '1' unit, DATE '2024-01-01' dated, 0.1::DOUBLE amount) TO '{path}'")
    with pytest.raises(AskError, match="浮点数"):
        ask("units", Source({"payments": (path,)}), POLICY)


def test_what_is_not_there_is_said_in_chinese(tmp_path: Path, upstream: Source) -> None:
    with pytest.raises(AskError, match="没有“谁最好”这个问题，可以问：按单位执行（units）"):
        question("谁最好")
    with pytest.raises(AskError, match="budgets"):
        ask("progress", upstream, POLICY)
    path = tmp_path / "payments.csv"
    path.write_text("凭证号,金额\n1,2.00\n", encoding="utf-8")
    with pytest.raises(AskError, match=r"缺少栏目：dated.*unit.*凭证号、金额"):
        ask("units", Source({"payments": (path,)}), POLICY)
    with pytest.raises(AskError, match="引擎"):
        ask("units", upstream, POLICY, engine="abacus")


def test_every_question_has_a_name_of_its_own() -> None:
    names = [name for one in QUESTIONS for name in (one.key, one.title, *one.other_names)]
    assert len(names) == len(set(names))
    assert all(one.asks.endswith("？") for one in QUESTIONS)


@pytest.mark.parametrize("name", [one.key for one in QUESTIONS])
def test_every_question_says_how_and_can_be_run_again(own: Source, name: str) -> None:
    answer = ask(name, own, POLICY, YEAR)
    assert answer.rows and answer.steps[-1].startswith("SQL：SELECT")
    assert all(len(row) == len(answer.columns) for row in answer.rows)
