"""The region's own tables of the example district: sums of the units', and the figures of accounts.yaml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from jiheng.accounts import subjects
from jiheng.accounts.entering import ordered
from jiheng.accounts.gathering import added
from jiheng.accounts.kinds import book, kinds
from jiheng.demo.account_cells import ZERO, Cells, explained, printed, typed_cells, yuan
from jiheng.demo.places import WAN, District
from jiheng.demo.three_public import figures
from jiheng.sheets import AccountTable, Amount

YEAR, LAST = 2024, 2023
Units = Mapping[str, Sequence[AccountTable]]
THREE = ("final", "last_final", "budget")


def tables(district: District, units: Units) -> Iterator[tuple[int, AccountTable]]:
    """(fiscal year, table), those of last year first."""
    data = figures()
    yield LAST, _debt(district, LAST, data)
    yield LAST, _three_public(district, LAST, units[f"{LAST}"])
    made = [
        _three_public(district, YEAR, units["three_public"]),
        _transfers(district, data),
        *_special_transfers(district, data),
        _debt(district, YEAR, data),
        *_bonds(district, data),
        *_general(district, data, units),
        *_funds(district, data, units),
        *_capital(district, data),
        *_insurance(district, data),
    ]
    for table in made:
        yield YEAR, explained(printed(table))


def _blank(district: District, kind: str, year: int = YEAR) -> AccountTable:
    return kinds()[kind].blank(district.region, year)


def _opened(table: AccountTable, labels: Mapping[str, str]) -> AccountTable:
    """With rows added: {code or name: label}."""
    kind = kinds()[table.kind]
    coded = bool(kind.open_code)
    rows = [
        kind.open_row(label, code if coded else "", number)
        for number, (code, label) in enumerate(labels.items(), 1)
    ]
    return replace(table, rows=ordered(kind, table.rows, rows))


def _classes(table: AccountTable, codes: set[str]) -> AccountTable:
    return _opened(table, {code: subjects.name_of("function", code) for code in sorted(codes)})


def _summed(table: AccountTable) -> AccountTable:
    """Totals that are not filled in, by the relations within the table, from the innermost out."""
    for _ in range(3):
        changes: Cells = {}
        for relation in book().relations:
            inside = all(part.table == table.kind and part.row != "*" for part in relation.parts)
            if relation.of != table.kind or relation.op != "=" or not inside or relation.total.row == "*":
                continue
            for column in (
                [relation.total.column] if relation.total.column else [c.key for c in table.columns]
            ):
                parts = [
                    part.sign * yuan(table, row, column)
                    for part in relation.parts
                    for row in _rows(table, part.row)
                ]
                has_any = any(
                    isinstance(table.cell(row, column), Amount)
                    for part in relation.parts
                    for row in _rows(table, part.row)
                )
                total = table.cell(relation.total.row, column)
                if has_any and not (isinstance(total, Amount) and total.typed):
                    changes[relation.total.row, column] = Amount(sum(parts, ZERO))
        table = table.with_cells(changes)
    return table


def _rows(table: AccountTable, name: str) -> list[str]:
    return [row.key for row in table.rows if row.is_open] if name == "@open" else [name]


# ── 三公, transfers, debt ─────────────────────────────────────────────────────────────────────────────


def _three_public(district: District, year: int, units: Sequence[AccountTable]) -> AccountTable:
    """The sum of the units', in the round figures in which it is made public."""
    summed = added(units)
    assert summed is not None
    table = _blank(district, "three_public", year)
    cells: Cells = {(row.key, column.key): cell for row, column, cell in summed.cells()}
    for place, cell in cells.items():
        if isinstance(cell, Amount):
            cells[place] = Amount(cell.yuan, f"{cell.in_wan.normalize():f}")
    return explained(table.with_cells(cells))


def _transfers(district: District, data: Mapping[str, Any]) -> AccountTable:
    rows = {row: {"final": now, "last_final": before} for row, (now, before) in data["transfers"].items()}
    return _summed(_blank(district, "transfers").with_cells(typed_cells(rows)))


def _special_transfers(district: District, data: Mapping[str, Any]) -> Iterator[AccountTable]:
    kind = kinds()["transfers"]
    labels = {row.key: row.label for row in kind.rows if row.key.startswith("s_")}
    given = {labels[row]: now for row, (now, _) in data["transfers"].items() if row in labels}
    table = _opened(_blank(district, "special_transfers"), {label: label for label in given})
    rows = {f"k{number}": {"final": now} for number, now in enumerate(given.values(), 1)}
    yield _summed(table.with_cells(typed_cells(rows)))
    table = _opened(_blank(district, "f_transfers"), {"k1": "政府性基金专项转移支付收入"})
    now, before = data["f_from_above"]
    yield _summed(table.with_cells(typed_cells({"k1": {"final": now, "last_final": before}})))


def _debt(district: District, year: int, data: Mapping[str, Any]) -> AccountTable:
    rows = data["debt"][year]
    cells = typed_cells({row: {"general": one, "special": two} for row, (one, two) in rows.items()})
    table = _summed(_blank(district, "debt", year).with_cells(cells))
    changes: Cells = {
        (row.key, "total"): Amount(yuan(table, row.key, "general") + yuan(table, row.key, "special"))
        for row in table.rows
        if isinstance(table.cell(row.key, "general"), Amount)
    }
    given = data["reasons"]["debt"] if year == YEAR else {}
    made = tuple(replace(row, reason=given.get(row.key, "")) for row in table.with_cells(changes).rows)
    return printed(replace(table, rows=made))


def _bonds(district: District, data: Mapping[str, Any]) -> Iterator[AccountTable]:
    debt = data["debt"][YEAR]
    for name, place in (("debt_general", 0), ("debt_special", 1)):
        rows = {row: {"whole": debt[row][place]} for row in ("limit", "opening", "repaid")}
        issued = sum(Decimal(debt[row][place]) for row in ("new", "refinancing"))
        yield _summed(_blank(district, name).with_cells(typed_cells(rows | {"issued": {"whole": issued}})))
    kinds_of_bonds = {"new": "new", "refinancing": "refinancing", "repaid": "repaid", "interest": "interest"}
    rows = {
        f"{ours}_{sort}": {"whole": debt[row][place]}
        for row, ours in kinds_of_bonds.items()
        for place, sort in enumerate(("general", "special"))
    }
    yield _summed(_blank(district, "bonds").with_cells(typed_cells(rows)))
    for name in ("new_bonds", "refinancing_bonds"):
        given = data[name]
        table = _blank(district, name)
        keys = dict(zip(given, given, strict=True))
        if name == "new_bonds":
            table = _opened(table, {label: label for label in given})
            keys = {label: f"k{number}" for number, label in enumerate(given, 1)}
        rows = {
            keys[row]: {"general": one, "special": two, "total": one + two}
            for row, (one, two) in given.items()
        }
        yield _summed(table.with_cells(typed_cells(rows)))
    whole = _debt(district, YEAR, data)
    cells = {(sort, "final"): Amount(yuan(whole, "closing", sort)) for sort in ("general", "special")}
    yield _summed(_blank(district, "bond_balance").with_cells(dict(cells)))


# ── budgets ───────────────────────────────────────────────────────────────────────────────────────────


def _paid(units: Units, kind: str, column: str) -> dict[str, Decimal]:
    """What the units spent by classes of functions."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for table in units[kind]:
        for row in table.rows:
            if len(row.code) == 3:
                sums[row.code] += yuan(table, row.key, column)
    return sums


def _columns(now: Decimal, before: Decimal) -> dict[str, Amount]:
    """This year's and last year's figure, and a budget in whole 万元 near this year's."""
    budget = ((now * 98 / 100) / WAN).quantize(Decimal(1)) * WAN
    return {"final": Amount(now), "last_final": Amount(before), "budget": Amount(budget)}


def _put(rows: Mapping[str, Mapping[str, Amount]]) -> Cells:
    return {(row, column): cell for row, columns in rows.items() for column, cell in columns.items()}


def _given(pairs: Mapping[str, Sequence[int]]) -> dict[str, dict[str, Amount]]:
    return {row: _columns(Decimal(now) * WAN, Decimal(before) * WAN) for row, (now, before) in pairs.items()}


def _spending(paid: Mapping[str, Decimal], held: Mapping[str, Sequence[int]]) -> dict[str, dict[str, Amount]]:
    """By classes: what departments spent, and what the bureau spent itself."""
    rows = {}
    for code in {*paid, *held}:
        now, before = held.get(code, (0, 0))
        departments = paid.get(code, ZERO)
        last = (departments * 96 / 100).quantize(Decimal(1))
        rows[f"c{code}"] = _columns(departments + now * WAN, last + before * WAN)
    return rows


def _general(district: District, data: Mapping[str, Any], units: Units) -> Iterator[AccountTable]:
    transfers, debt = _transfers(district, data), data["debt"][YEAR]
    bonds = sum(Decimal(debt[row][0]) for row in ("new", "refinancing")) * WAN
    rows = _given(data["g_income"])
    # what comes from above and from bonds is not budgeted at first
    above = {name: Amount(yuan(transfers, "total", name)) for name in ("final", "last_final")}
    borrowed = {"final": Amount(bonds), "last_final": Amount(data["bonds_last_year"] * WAN)}
    rows |= {
        "from_above": above | {"budget": above["last_final"]},
        "bonds": borrowed | {"budget": Amount(ZERO)},
    }
    income = _summed(_blank(district, "g_income").with_cells(_put(rows)))
    spending = _spending(_paid(units, "t5", "total"), data["held_back"])
    codes = {row.removeprefix("c") for row in spending}
    own = _classes(_blank(district, "g_own"), codes).with_cells(_put(spending))
    yield _with_total(own, [f"c{code}" for code in codes])
    rows = spending | _given({"to_above": data["to_above"]})
    repaid = Decimal(debt["repaid"][0]) * WAN
    rows |= {"bonds": _columns(repaid, data["repaid_last_year"] * WAN)}
    yield from _both(income, _classes(_blank(district, "g_spending"), codes).with_cells(_put(rows)))
    basic = _paid(units, "t5", "basic")
    table = _classes(_blank(district, "g_basic"), {code for code in basic if basic[code]})
    rows = {f"c{code}": _two(value) for code, value in basic.items() if value}
    table = _with_total(table.with_cells(_put(rows)), list(rows))
    yield table
    people = sum((yuan(one, "people", "final") for one in units["t6"]), ZERO)
    running = sum((yuan(one, "running", "final") for one in units["t6"]), ZERO)
    sorts = _opened(_blank(district, "g_economic"), {"501": "机关工资福利支出", "502": "机关商品和服务支出"})
    changes = _put({"c501": _two(people), "c502": _two(running)})
    # one budget for both tables
    changes["c502", "budget"] = Amount(yuan(table, "total", "budget") - changes["c501", "budget"].yuan)
    yield _with_total(sorts.with_cells(changes), ["c501", "c502"])


def _two(value: Decimal) -> dict[str, Amount]:
    return {name: cell for name, cell in _columns(value, ZERO).items() if name != "last_final"}


def _with_total(table: AccountTable, rows: Sequence[str]) -> AccountTable:
    sums = {
        ("total", column.key): Amount(sum((yuan(table, row, column.key) for row in rows), ZERO))
        for column in table.columns
    }
    return table.with_cells(dict(sums))


def _both(income: AccountTable, spending: AccountTable) -> Iterator[AccountTable]:
    """Income and spending of one budget: what was left last year is carried into this one."""
    spent = yuan(_summed(spending), _grand(spending), "last_final")
    left = yuan(income, "total", "last_final") - spent
    income = _summed(income.with_cells({("carried", "final"): Amount(left)}))
    yield income
    yield _balanced(spending, income)


def _grand(table: AccountTable) -> str:
    return "grand" if table.row("grand") else "total"


def _balanced(spending: AccountTable, income: AccountTable) -> AccountTable:
    """What is left of the income is 年终结余."""
    table = _summed(spending)
    changes: Cells = {}
    for column in THREE:
        left = yuan(income, "total", column) - yuan(table, _grand(table), column)
        if left < 0:
            raise ValueError(f"{table.title} {column}: {left}")
        changes["closing", column] = Amount(left)
    return _summed(table.with_cells(changes))


def _funds(district: District, data: Mapping[str, Any], units: Units) -> Iterator[AccountTable]:
    labels = {label: label for label in data["f_income"]}
    rows = _given({f"k{number}": pair for number, pair in enumerate(data["f_income"].values(), 1)})
    rows |= _given({"carried": data["f_carried"], "from_above": data["f_from_above"]})
    bonds = sum(Decimal(data["debt"][YEAR][row][1]) for row in ("new", "refinancing")) * WAN
    rows["bonds"] = _columns(bonds, data["f_bonds_last_year"] * WAN)
    income = _summed(_opened(_blank(district, "f_income"), labels).with_cells(_put(rows)))
    spending = _spending(_paid(units, "t8", "spent"), data["f_held_back"])
    codes = {row.removeprefix("c") for row in spending}
    own = _classes(_blank(district, "f_own"), codes).with_cells(_put(spending))
    yield _with_total(own, list(spending))
    names = {f"{subjects.name_of('function', code)}": code for code in sorted(codes)}
    table = _opened(_blank(district, "f_spending"), {name: name for name in names})
    rows = {f"k{number}": spending[f"c{code}"] for number, code in enumerate(names.values(), 1)}
    yield from _both(income, table.with_cells(_put(rows)))


def _capital(district: District, data: Mapping[str, Any]) -> Iterator[AccountTable]:
    income = _opened(_blank(district, "c_income"), {label: label for label in data["c_income"]})
    rows = _given({f"k{number}": pair for number, pair in enumerate(data["c_income"].values(), 1)})
    income = _summed(income.with_cells(_put(rows)))
    yield income
    table = _opened(_blank(district, "c_spending"), {label: label for label in data["c_spending"]})
    rows = _given({f"k{number}": pair for number, pair in enumerate(data["c_spending"].values(), 1)})
    rows |= _given({"taken_out": data["c_taken_out"]})
    yield _balanced(table.with_cells(_put(rows)), income)


def _insurance(district: District, data: Mapping[str, Any]) -> Iterator[AccountTable]:
    funds = data["insurance"]
    rows = {
        f"k{number}": {"opening": a, "income": b, "spent": c, "closing": a + b - c}
        for number, (a, b, c) in enumerate(funds.values(), 1)
    }
    labels = {label: label for label in funds}
    table = _opened(_blank(district, "s_total"), labels).with_cells(typed_cells(rows))
    yield _with_total(table, list(rows))
    for kind, place in (("s_income", 1), ("s_spending", 2)):
        cells = {
            f"k{number}": _columns(Decimal(figures[place]) * WAN, Decimal(figures[place]) * WAN * 97 / 100)
            for number, figures in enumerate(funds.values(), 1)
        }
        yield _with_total(_opened(_blank(district, kind), labels).with_cells(_put(cells)), list(cells))
