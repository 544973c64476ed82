"""Tables of the accounts become the facts of an explanation; nothing is computed here.

A figure's source is whose/year/kind/row.column: 430299/2024/three_public/total.final.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jiheng.sheets import AccountRow, AccountTable, Missing, figure_of
from jiheng.wording.facts import (
    ABSENT,
    BondUse,
    Debt,
    Department,
    Group,
    Item,
    Sourced,
    Split,
    ThreePublic,
    Transfers,
    Whose,
)

Tables = Mapping[str, AccountTable]
_CLASS = 3  # digits of a 类 in 功能分类


def three_public_of(table: AccountTable, whose: Whose) -> ThreePublic:
    """From 财政拨款“三公”经费支出决算表, of the region or of a unit."""
    return ThreePublic(
        whose,
        total=_item(table, "total", "“三公”经费支出合计"),
        abroad=_item(table, "abroad"),
        cars=_item(table, "cars"),
        cars_bought=_item(table, "cars_bought"),
        cars_run=_item(table, "cars_run"),
        reception=_item(table, "reception"),
        groups=cell(table, "groups", "final"),
        travellers=cell(table, "travellers", "final"),
        bought=cell(table, "bought", "final"),
        held=cell(table, "held", "final"),
        batches=cell(table, "batches", "final"),
        guests=cell(table, "guests", "final"),
    )


def transfers_of(table: AccountTable, whose: Whose) -> Transfers:
    """From 一般公共预算税收返还和转移支付决算表: its three groups, each with the rows right below it."""
    groups = []
    for key in ("returned", "general", "special"):
        parts = tuple(_item(table, row.key) for row in _below(table, key) if not _is_empty(table, row))
        groups.append(Group(_item(table, key), parts))
    return Transfers(whose, _item(table, "total", "税收返还和转移支付"), tuple(groups))


def debt_of(table: AccountTable, whose: Whose, new_bonds: AccountTable | None = None) -> Debt:
    """From 地方政府债务限额、余额和发行还本付息情况表, and 新增地方政府债券使用情况表 for what was built."""
    uses = []
    if new_bonds is not None:
        opened = [row for row in new_bonds.rows if row.is_open]
        uses = [BondUse(row.label, cell(new_bonds, row.key, "total")) for row in opened]
    return Debt(
        whose,
        limit=_split(table, "limit"),
        opening=_split(table, "opening"),
        issued=_split(table, "issued"),
        new=_split(table, "new"),
        refinancing=_split(table, "refinancing"),
        repaid=_split(table, "repaid"),
        repaid_by_bonds=_split(table, "repaid_by_bonds"),
        repaid_by_budget=_split(table, "repaid_by_budget"),
        interest=_split(table, "interest"),
        closing=_split(table, "closing"),
        foreign=_split(table, "foreign"),
        written_off=_split(table, "written_off"),
        uses=tuple(uses),
    )


def department_of(tables: Tables, prior: Tables, whose: Whose) -> Department:
    """From a unit's final-account tables by kind (t1, t3 …), with last year's for comparison.

    Goals, scores and a person's words are in no table: `dataclasses.replace` adds them.
    """

    def item(kind: str, key: str, column: str, label: str) -> Item:
        table, before = tables.get(kind), prior.get(kind)
        row = table.row(key) if table else None
        final = cell(table, key, column) if table else ABSENT
        last = cell(before, key, column) if before else ABSENT
        return Item(f"{kind}.{key}", label, final, last=last, reason=row.reason if row else "")

    t1, t3, t5 = (tables.get(kind) for kind in ("t1", "t3", "t5"))
    incomes = [row for row in t1.rows if row.side == "收入" and not row.is_total] if t1 else []
    sources = [row for row in incomes if row.key not in ("surplus_used", "opening")]
    flows = [column for column in t3.columns if column.key != "total"] if t3 else []
    classes = [row for row in t5.rows if row.is_open and len(row.code) == _CLASS] if t5 else []
    fund = tables.get("t8")
    made = Department(
        whose,
        in_total=item("t1", "in_total", "final", "收入总计"),
        out_total=item("t1", "out_total", "final", "支出总计"),
        incomes=tuple(item("t1", row.key, "final", row.label) for row in sources),
        in_year=item("t1", "in_year", "final", "本年收入合计"),
        out_year=item("t1", "out_year", "final", "本年支出合计"),
        spending=tuple(item("t3", "total", column.key, column.label) for column in flows),
        fiscal_in=item("t4", "in_total", "total", "财政拨款收入总计"),
        fiscal_out=item("t4", "out_total", "total", "财政拨款支出总计"),
        general=item("t5", "total", "total", "一般公共预算财政拨款支出"),
        functions=tuple(item("t5", row.key, "total", row.label) for row in classes),
        basic=item("t6", "total", "final", "一般公共预算财政拨款基本支出"),
        people=item("t6", "people", "final", "人员经费"),
        running=item("t6", "running", "final", "公用经费"),
        three_public=_three_public_of(tables, whose),
        fund_opening=_of(fund, "total", "opening"),
        fund_income=_of(fund, "total", "income"),
        fund_spent=_of(fund, "total", "spent"),
        fund_closing=_of(fund, "total", "closing"),
        capital_spent=_of(tables.get("t9"), "total", "total"),
        procured=item("procurement", "total", "final", "政府采购支出"),
        procured_parts=tuple(
            item("procurement", key, "final", label)
            for key, label in (("goods", "货物支出"), ("works", "工程支出"), ("services", "服务支出"))
        ),
        to_smes=_of(tables.get("procurement"), "smes", "final"),
        to_micro=_of(tables.get("procurement"), "micro", "final"),
        vehicles=_of(tables.get("three_public"), "held", "final"),
        equipment=_of(tables.get("operations"), "equipment", "final"),
    )
    others = tables.get("operations")
    if others is None:
        return made
    return replace(
        made,
        office=_item(others, "office"),
        meetings=_item(others, "meetings"),
        training=_item(others, "training"),
        festivals=_item(others, "festivals"),
    )


def cell(table: AccountTable, row: str, column: str) -> Sourced:
    """A cell with its source; Missing stays Missing."""
    found = table.cell(row, column)
    source = f"{table.unit_code or table.region}/{table.fiscal_year}/{table.kind}/{row}.{column}"
    value = figure_of(found)
    if value is None:
        return Sourced(found if isinstance(found, Missing) else ABSENT.value, source)
    return Sourced(value, source)


def _of(table: AccountTable | None, row: str, column: str) -> Sourced:
    return cell(table, row, column) if table is not None else ABSENT


def _three_public_of(tables: Tables, whose: Whose) -> ThreePublic:
    table = tables.get("three_public")
    if table is not None:
        return three_public_of(table, whose)
    none = Item("total", "“三公”经费支出合计", ABSENT)
    return ThreePublic(whose, none, none, none, none, none, none)


def _item(table: AccountTable, key: str, label: str = "") -> Item:
    row = table.row(key)
    columns = {column.key for column in table.columns}
    budget, last = (
        cell(table, key, column) if column in columns else ABSENT for column in ("budget", "last_final")
    )
    shown = label or (row.label if row else key)
    return Item(key, shown, cell(table, key, "final"), budget, last, row.reason if row else "")


def _split(table: AccountTable, key: str) -> Split:
    row = table.row(key)
    general, special, total = (cell(table, key, column) for column in ("general", "special", "total"))
    return Split(key, row.label if row else key, general, special, total, row.reason if row else "")


def _below(table: AccountTable, key: str) -> Sequence[AccountRow]:
    """The rows one step below a row, up to the next of its own depth."""
    found: list[AccountRow] = []
    depth: int | None = None
    for row in table.rows:
        if row.key == key:
            depth = row.depth
        elif depth is not None:
            if row.depth <= depth:
                break
            if row.depth == depth + 1:
                found.append(row)
    return found


def _is_empty(table: AccountTable, row: AccountRow) -> bool:
    """Whether a row has neither this year's nor last year's figure."""
    cells = (table.cell(row.key, column.key) for column in table.columns)
    return all(isinstance(found, Missing) for found in cells)
