"""Relations within rows, asked of a database: the same as of the tables one by one."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from decimal import Decimal

import pytest
from tests.accounts.sets import STEP, Place

from jiheng.accounts.kinds import book, kinds
from jiheng.rules import relations
from jiheng.rules.row_relations import Source, broken_rows, query, within_rows
from jiheng.sheets import Amount, Missing


def test_a_database_finds_what_the_tables_find() -> None:
    kind, dice = kinds()["t3"], random.Random(7)
    table = kind.blank(Place(), 2024)  # type: ignore[arg-type]
    names = [column.key for column in kind.columns]
    rows, stored = [], []
    for number in range(300):
        parts = [dice.choice([None, 0, dice.randint(1, 10**9)]) for _ in names[1:]]
        total = sum(part or 0 for part in parts) + dice.choice([0, 0, 0, 1, -1, 5000])
        cells = tuple(
            Missing() if fen is None else Amount(Decimal(fen).scaleb(-2)) for fen in (total, *parts)
        )
        rows.append(replace(kind.open_row(f"行{number}"), key=f"k{number}", cells=cells))
        stored.append((f"k{number}", total, *parts))
    checked = relations.check(book(), {"t3": replace(table, rows=tuple(rows))}, STEP)
    with sqlite3.connect(":memory:") as database:
        database.execute(f"create table rows (id text, {', '.join(names)})")
        database.executemany(f"insert into rows values ({','.join('?' * (len(names) + 1))})", stored)
        found = broken_rows(database.execute, book(), table, Source("rows", "id"))
    database.close()
    expected = {one.cells[0][1] for one in checked.broken if one.code == "K10"}
    assert {gap.row for gap in found} == expected
    assert len(expected) > 50


def test_both_sides_the_parts_and_the_difference_are_named() -> None:
    table = kinds()["t5"].blank(Place(), 2024)  # type: ignore[arg-type]
    found = broken_rows(
        lambda _: [(7, 1_500_000, 1_000_000, 400_000, 600_000)], book(), table, Source("t", "id")
    )
    assert [(gap.code, gap.row, gap.total, gap.computed) for gap in found] == [
        ("K18", 7, Decimal("15000.00"), Decimal("10000.00"))
    ]
    assert found[0].message == (
        "第 7 行“本年支出合计” 1.5万元，应等于 “基本支出” 0.4 ＋ “项目支出” 0.6 ＝ 1万元，相差 0.5万元"
    )


def test_only_plain_names_reach_the_database() -> None:
    relation = within_rows(book(), "t5")[0]
    with pytest.raises(ValueError, match="列名"):
        query(relation, Source("t; drop table t", "id"))
