"""The year's accounts of the example district: 121 units' tables from the ledger, and the region's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from jiheng.accounts import ledger, subjects
from jiheng.accounts.entering import ordered
from jiheng.accounts.kinds import Kind, kinds
from jiheng.accounts.ledger import Paid
from jiheng.accounts.models import Statement, StatementState, StatementVersion
from jiheng.demo import region_accounts
from jiheng.demo.account_cells import Cells, explained, printed, yuan
from jiheng.demo.places import WAN, District, moment
from jiheng.demo.three_public import apportioned, figures
from jiheng.projects.models import FundType
from jiheng.sheets import AccountTable, Amount, Quantity, account_json
from jiheng.units.models import Person, Unit

YEAR, LAST = 2024, 2023
ZERO = Decimal(0)
UNEXPLAINED = "天衡区第一中学"  # has still to write its reasons
ITEMS = ("abroad", "cars_bought", "cars_run", "reception")


def draw_up(district: District) -> int:
    """Writes all tables of 2024, and those of 2023 that are compared with; answers how many."""
    before = _three_public(district, LAST, {})
    now = _three_public(district, YEAR, before)
    shelf = Shelf(district)
    for unit in district.units:
        shelf.put(before[unit.pk], unit, LAST)
    by_unit = ledger.paid_by_unit(district.region, YEAR)
    whole: dict[str, list[AccountTable]] = defaultdict(list)
    for unit in district.units:
        for table in unit_tables(district, unit, by_unit[unit.pk], now[unit.pk]).values():
            shelf.put(table, unit, YEAR)
            whole[table.kind].append(table)
    whole[f"{LAST}"] = list(before.values())
    for year, table in region_accounts.tables(district, whole):
        shelf.put(table, None, year)
    return shelf.write()


class Shelf:
    """Collects tables and writes them in one go."""

    def __init__(self, district: District) -> None:
        self.district, self.rows = district, list[Statement]()

    def put(self, table: AccountTable, unit: Unit | None, year: int) -> None:
        person = self.district.reporters[unit.pk] if unit else self._desk(kinds()[table.kind])
        self.rows.append(
            Statement(
                region=self.district.region,
                unit=unit,
                fiscal_year=year,
                kind=table.kind,
                table=account_json(table),
                state=StatementState.CLOSED,
                revision=2,
                updated_by=person,
                updated_at=moment(year + 1, 2, 20, 15, 30),
            )
        )

    def _desk(self, kind: Kind) -> Person:
        return self.district.people[{"budget": "yusuan", "treasury": "guoku", "debt": "zhaiwu"}[kind.desk]]

    def write(self) -> int:
        Statement.objects.bulk_create(self.rows, batch_size=200)
        versions = [
            StatementVersion(
                statement=row,
                number=1,
                cause="定稿",
                table=row.table,
                state=StatementState.CLOSED,
                person=row.updated_by,
                at=row.updated_at,
            )
            for row in self.rows
            if row.unit is None
        ]
        StatementVersion.objects.bulk_create(versions, batch_size=200)
        return len(self.rows)


# ── 三公 ──────────────────────────────────────────────────────────────────────────────────────────────


def _three_public(
    district: District, year: int, before: Mapping[int, AccountTable]
) -> dict[int, AccountTable]:
    """Every unit's, from the ledger; budgets are shared out by what was spent, so that they come to a sum."""
    kind, by_unit = kinds()["three_public"], ledger.paid_by_unit(district.region, year)
    blanks = {unit.pk: kind.blank(district.region, year, unit) for unit in district.units}
    tables = {pk: ledger.fill(kind, blank, by_unit[pk]) for pk, blank in blanks.items()}
    changes: dict[int, Cells] = {pk: {} for pk in tables}
    for item, wan in figures()["budgets"][year].items():
        spent = {pk: yuan(table, item, "final") for pk, table in tables.items()}
        shares = apportioned(spent, wan * WAN) if any(spent.values()) else dict.fromkeys(spent, ZERO)
        for pk, share in shares.items():
            changes[pk][item, "budget"] = Amount(share)
    for pk, table in tables.items():
        cells = changes[pk]
        cells["cars", "budget"] = cells["cars_run", "budget"]
        total = sum((cells[item, "budget"].yuan for item in ITEMS), ZERO)
        cells["total", "budget"] = Amount(total)
        cells |= _counts(table)
        if pk in before:
            for row in before[pk].rows:
                cells[row.key, "last_final"] = before[pk].cell(row.key, "final")
                cells[row.key, "last_budget"] = before[pk].cell(row.key, "budget")
        tables[pk] = printed(table.with_cells(cells))
    told = {pk: explained(table) for pk, table in tables.items()}
    asked = next(unit.pk for unit in district.units if unit.name == UNEXPLAINED)
    return {pk: table if pk == asked else _said(table) for pk, table in told.items()}


def _said(table: AccountTable) -> AccountTable:
    """With a reason in every row that moved: the explanation of 三公 asks for each."""
    rows = []
    for row in table.rows:
        gap = yuan(table, row.key, "final") - yuan(table, row.key, "last_final")
        why = "按批准的计划增加了相应工作安排" if gap > 0 else "落实过紧日子要求，从严控制支出"
        rows.append(replace(row, reason=row.reason or (why if gap else "")))
    return replace(table, rows=tuple(rows))


def _counts(table: AccountTable) -> Cells:
    """Groups, cars and guests such as the amounts allow."""
    abroad = yuan(table, "abroad", "final") / WAN
    received, run = yuan(table, "reception", "final"), yuan(table, "cars_run", "final")
    batches = max(1, int(received / 900)) if received else 0
    counts = {
        "groups": 1 if abroad else 0,
        "travellers": int(abroad),
        "bought": 0,
        "held": max(1, int(run / 12_000)) if run else 0,
        "batches": batches,
        "guests": batches * 7,
    }
    return {(row, "final"): Quantity.of(str(count)) for row, count in counts.items()}


# ── T1–T9 of a unit ───────────────────────────────────────────────────────────────────────────────────


def unit_tables(
    district: District, unit: Unit, paid: Sequence[Paid], three_public: AccountTable
) -> dict[str, AccountTable]:
    """The nine tables of a unit: spending from the ledger, income from it and what is carried over."""
    named = kinds()
    blank = {name: kind.blank(district.region, YEAR, unit) for name, kind in named.items() if kind.of_units}
    tables = {name: ledger.fill(named[name], blank[name], paid) for name in ("t3", "t5", "t6", "t8", "t9")}
    opening = Decimal((unit.staff or 10) * 1_300)
    closing = (opening * 9 / 10).quantize(Decimal(1), ROUND_DOWN)
    tables["t8"] = _fund_income(tables["t8"])
    tables["t2"] = _income(named["t2"], blank["t2"], paid, closing - opening)
    tables["t4"] = _appropriations(named["t4"], blank["t4"], tables, opening, closing)
    tables["t1"] = _whole(named["t1"], blank["t1"], tables, opening, closing)
    tables["three_public"] = three_public
    tables["procurement"] = _procurement(blank["procurement"], tables["t6"])
    tables["operations"] = _operations(blank["operations"], tables["t6"], paid)
    return tables


def _procurement(table: AccountTable, basic: AccountTable) -> AccountTable:
    """A fifth of the running costs is bought by 政府采购, most of it from small and medium enterprises."""
    whole = (yuan(basic, "running", "final") / 5).quantize(Decimal(1), ROUND_DOWN) // 10 * 10
    parts = {"goods": whole * 6 / 10, "works": ZERO, "services": whole * 4 / 10}
    values = {"total": whole, **parts, "smes": whole * 8 / 10, "micro": whole * 5 / 10}
    return table.with_cells({(row, "final"): Amount(value) for row, value in values.items()})


def _operations(table: AccountTable, basic: AccountTable, paid: Sequence[Paid]) -> AccountTable:
    """机关运行经费 is the running costs; meetings and training from the ledger; no festivals."""
    values = {
        "office": yuan(basic, "running", "final"),
        "meetings": sum((one.amount for one in paid if one.economic == "30215"), ZERO),
        "training": sum((one.amount for one in paid if one.economic == "30216"), ZERO),
        "festivals": ZERO,
    }
    cells: Cells = {(row, "final"): Amount(value) for row, value in values.items()}
    cells |= {
        (row, "last_final"): Amount((value * 103 / 100).quantize(Decimal("0.01")))
        for row, value in values.items()
    }
    cells |= {("equipment", column): Quantity.of("0") for column in ("final", "last_final")}
    return table.with_cells(cells)


def _fund_income(table: AccountTable) -> AccountTable:
    changes: Cells = {}
    for row in table.rows:
        spent = yuan(table, row.key, "spent")
        changes[row.key, "income"] = changes[row.key, "spent"] = Amount(spent)
        changes[row.key, "opening"] = changes[row.key, "closing"] = Amount(ZERO)
    return table.with_cells(changes)


def _income(kind: Kind, table: AccountTable, paid: Iterable[Paid], carried: Decimal) -> AccountTable:
    """T2: each subject had what was spent under it; what is carried over more or less is 行政运行."""
    own: dict[str, Decimal] = defaultdict(lambda: ZERO)
    others: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in paid:
        side = others if one.fund_type == FundType.UNIT_FUND else own
        for code in (one.function[:3], one.function[:5], one.function[:7], "total"):
            side[code] += one.amount
    for code in ("201", "20103", "2010301", "total"):
        own[code] += carried
    codes = sorted({*own, *others} - {"total"})
    rows = [kind.open_row(subjects.name_of("function", code), code) for code in codes]
    table = replace(table, rows=ordered(kind, table.rows, rows))
    changes: Cells = {}
    for code in (*codes, "total"):
        key = code if code == "total" else f"c{code}"
        changes[key, "appropriation"] = Amount(own[code])
        changes[key, "other"] = Amount(others[code])
        changes[key, "total"] = Amount(own[code] + others[code])
    return table.with_cells(changes)


def _appropriations(
    kind: Kind, table: AccountTable, tables: Mapping[str, AccountTable], opening: Decimal, closing: Decimal
) -> AccountTable:
    """T4 by classes: 一般公共预算 from T5, 政府性基金 from T8."""
    classes = sorted({row.code for name in ("t5", "t8") for row in tables[name].rows if len(row.code) == 3})
    rows = [kind.open_row(subjects.name_of("function", code), code) for code in classes]
    table = replace(table, rows=ordered(kind, table.rows, rows))
    sums: dict[str, dict[str, Decimal]] = {
        f"c{code}": {"general": _of(tables["t5"], code, "total"), "fund": _of(tables["t8"], code, "spent")}
        for code in classes
    }
    general, fund = yuan(tables["t5"], "total", "total"), yuan(tables["t8"], "total", "spent")
    income = general + closing - opening
    sums |= {
        "out_year": {"general": general, "fund": fund},
        "in_year": {"general": income, "fund": fund},
        "opening": {"general": opening, "fund": ZERO},
        "closing": {"general": closing, "fund": ZERO},
        "in_total": {"general": income + opening, "fund": fund},
        "out_total": {"general": general + closing, "fund": fund},
    }
    changes: Cells = {}
    for key, values in sums.items():
        changes |= {(key, column): Amount(value) for column, value in values.items()}
        changes[key, "capital"] = Amount(ZERO)
        changes[key, "total"] = Amount(sum(values.values(), ZERO))
    return table.with_cells(changes)


def _whole(
    kind: Kind, table: AccountTable, tables: Mapping[str, AccountTable], opening: Decimal, closing: Decimal
) -> AccountTable:
    """T1 from the others."""
    classes = [row for row in tables["t3"].rows if len(row.code) == 3]
    rows = [kind.open_row(row.label, row.code) for row in classes]
    table = replace(table, rows=ordered(kind, table.rows, rows))
    out = yuan(tables["t3"], "total", "total")
    income = yuan(tables["t2"], "total", "total")
    values = {f"c{row.code}": yuan(tables["t3"], row.key, "total") for row in classes}
    values |= {
        "general": yuan(tables["t4"], "in_year", "general"),
        "fund": yuan(tables["t4"], "in_year", "fund"),
        "other": yuan(tables["t2"], "total", "other"),
        "in_year": income,
        "surplus_used": ZERO,
        "opening": opening,
        "in_total": income + opening,
        "out_year": out,
        "distributed": ZERO,
        "closing": closing,
        "out_total": out + closing,
    }
    values |= dict.fromkeys(("capital", "superior", "business", "operating", "affiliated"), ZERO)
    return table.with_cells({(key, "final"): Amount(value) for key, value in values.items()})


def _of(table: AccountTable, code: str, column: str) -> Decimal:
    return yuan(table, f"c{code}", column) if table.row(f"c{code}") else ZERO
