"""Tables of the accounts, as the room `accounts` lays them out, become facts; every figure has its source."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from jiheng import policy, wording
from jiheng.accounts.kinds import kinds
from jiheng.sheets import AccountTable, Amount, Quantity

POLICY = policy.on(date(2025, 6, 1))
WHOSE = wording.Whose("天衡区", 2024)


def table(kind: str, unit: str = "") -> AccountTable:
    """Every cell filled with an amount of its own."""
    found = kinds()[kind]
    blank = AccountTable(kind, found.title, "430299", 2024, found.columns, found.rows, unit_code=unit)
    changes = {}
    for number, (row, column, _) in enumerate(blank.cells(), 1):
        is_count = bool(row.unit)
        changes[row.key, column.key] = (
            Quantity(Decimal(number)) if is_count else Amount(Decimal(number * 10_000))
        )
    return blank.with_cells(changes)


def test_three_public_with_counts_and_sources() -> None:
    facts = wording.three_public_of(table("three_public"), WHOSE)
    assert facts.total.final.source == "430299/2024/three_public/total.final"
    assert facts.cars_run.last.known is not None
    assert facts.guests.known is not None
    text = wording.note(facts, POLICY)
    assert text.lacking == ()


def test_transfers_take_the_rows_right_below_each_group() -> None:
    facts = wording.transfers_of(table("transfers"), WHOSE)
    labels = [[part.label for part in group.parts] for group in facts.groups]
    assert "共同财政事权转移支付收入" in labels[1]
    assert "教育共同财政事权转移支付收入" not in labels[1]
    assert len(labels[0]) == 6
    assert wording.note(facts, POLICY).lacking == ()


def test_debt_with_what_new_bonds_were_for() -> None:
    uses = table("new_bonds")
    road = kinds()["new_bonds"].open_row("城区道路", number=1)
    uses = uses.with_row(replace(road, cells=(Amount(Decimal(0)), Amount(Decimal(10)), Amount(Decimal(10)))))
    facts = wording.debt_of(table("debt"), WHOSE, uses)
    assert [use.label for use in facts.uses] == ["城区道路"]
    assert facts.closing.total.source == "430299/2024/debt/closing.total"
    assert wording.note(facts, POLICY).lacking == ()


def test_a_department_s_tables_and_what_they_do_not_have() -> None:
    names = ("t1", "t3", "t4", "t5", "t6", "t8", "t9", "three_public", "procurement")
    tables = {name: table(name, "105001") for name in names}
    facts = wording.department_of(tables, tables, wording.Whose("区审计局", 2024))
    assert facts.in_total.last == facts.in_total.final
    assert len(facts.incomes) == 8
    assert facts.people.final.source == "105001/2024/t6/people.final"
    text = wording.note(facts, POLICY)
    assert set(text.lacking) >= {"机关运行经费支出情况", "一般性支出情况", "预算绩效情况"}
    assert "政府性基金预算收入支出决算情况说明" in text.plain


def test_what_the_nine_tables_do_not_have_comes_from_its_own() -> None:
    facts = wording.department_of({"operations": table("operations", "105001")}, {}, WHOSE)
    assert facts.office.final.source == "105001/2024/operations/office.final"
    assert facts.office.last.known is not None
    text = wording.note(facts, POLICY)
    assert not {"机关运行经费支出情况", "一般性支出情况", "国有资产占用情况"} & set(text.lacking)


def test_three_public_of_a_department_is_asked_about_as_the_region_s_is() -> None:
    own = table("three_public", "105001")
    tables = {"three_public": own.with_cells({("reception", "last_final"): Amount(Decimal(1))})}
    asked = wording.reasons_needed(wording.department_of(tables, {}, WHOSE), POLICY)
    assert "公务接待费" in [one.label for one in asked]


def test_no_table_at_all_writes_nothing_and_says_so() -> None:
    text = wording.note(wording.department_of({}, {}, wording.Whose("区审计局", 2024)), POLICY)
    assert text.plain == "区审计局2024年度部门决算情况说明"
    assert len(text.lacking) >= 14
