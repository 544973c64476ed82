"""Random closed tables that hold together, with every edge of `drawn_accounts`: what a disclosure is made of.

A seed gives the same tables every time. Needs Django's settings, as kinds of tables are the room's own.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from drawn_accounts import REASONS, SPECIAL, Draw

from jiheng.accounts.kinds import Kind, kinds
from jiheng.disclosure.bases import Basis
from jiheng.sheets import AccountTable, Amount, Entered, Quantity
from jiheng.units.models import Region, Unit
from jiheng.wording import Whose

FEN = Decimal("0.01")
COMPARED = ("budget", "final", "last_final")
FUNCTIONS = {"201": "一般公共服务支出", "205": "教育支出", "208": "社会保障和就业支出", "213": "农林水支出"}
USES = ("农村公路", "产业园区标准厂房", "老旧小区改造", "城乡供水")
Cells = dict[tuple[str, str], Entered]


class Tables:
    """The tables of one region and one unit; `facts` draws the year of performance management too."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.facts = Draw(seed)
        self.year = self.facts.whose.year
        self.region = Region(pk="430299000", name="天衡区")
        self.unit = Unit(region=self.region, code="105001", name="区审计局")

    def of_region(self) -> Basis:
        made = {"three_public": self._three_public(None), "transfers": self._transfers()}
        made |= self._debts()
        return self._basis(None, made)

    def of_unit(self) -> Basis:
        """What t1 … t9 say of one another holds; last year's tables now and then lack."""
        made, prior = self._departmental(), self._departmental() if self._random.random() < 0.7 else {}
        basis = self._basis(self.unit, made)
        return replace(basis, prior=prior)

    def _basis(self, unit: Unit | None, made: Mapping[str, AccountTable]) -> Basis:
        whose = Whose(unit.name if unit else self.region.name, self.year)
        explained = {name: self._explained(table) for name, table in made.items()}
        return Basis(self.region, unit, whose, explained, {}, frozenset(made))

    def _explained(self, table: AccountTable) -> AccountTable:
        why = SPECIAL if table.kind == "debt" else self._random.choice(REASONS)
        return replace(table, rows=tuple(replace(row, reason=why) for row in table.rows))

    def _yuan(self, most: int) -> Decimal:
        if self._random.random() < 0.12:
            return Decimal(0)
        return Decimal(self._random.randint(0, most * 100)) * FEN

    def _three(self, most: int) -> list[Decimal]:
        """Budget, outturn and last year's: often near, at times the same, or nothing before."""
        final = self._yuan(most)
        draw = self._random.random()
        last = final if draw < 0.15 else Decimal(0) if draw < 0.25 else final + FEN if draw < 0.3 else None
        return [self._yuan(most), final, self._yuan(most) if last is None else last]

    def _blank(self, name: str, unit: Unit | None = None) -> tuple[Kind, AccountTable]:
        kind = kinds()[name]
        return kind, kind.blank(self.region, self.year, unit)

    def _three_public(self, unit: Unit | None) -> AccountTable:
        _, table = self._blank("three_public", unit)
        most = 40_000 if unit else 3_000_000
        rows = {row: self._three(most) for row in ("abroad", "cars_bought", "cars_run", "reception")}
        rows["cars"] = _added(rows["cars_bought"], rows["cars_run"])
        rows["total"] = _added(rows["abroad"], rows["cars"], rows["reception"])
        cells = _cells(rows)
        for row in ("groups", "travellers", "bought", "held", "batches", "guests"):
            cells[row, "final"] = Quantity(Decimal(self._random.randint(0, 900)))
        return table.with_cells(cells)

    def _transfers(self) -> AccountTable:
        """Leaves are drawn, all that is above them is summed up."""
        _, table = self._blank("transfers")
        drawn: dict[str, list[Decimal]] = {}
        for row in table.rows:
            if not row.is_total and self._random.random() < 0.4:
                drawn[row.key] = self._three(900_000_000)
        for depth in (2, 1, 0):
            for place, row in enumerate(table.rows):
                if row.is_total and row.depth == depth:
                    below = []
                    for other in table.rows[place + 1 :]:
                        if other.depth <= depth:
                            break
                        if other.depth == depth + 1 and other.key in drawn:
                            below.append(drawn[other.key])
                    drawn[row.key] = _added(*below) if below else [Decimal(0)] * 3
        return table.with_cells(_cells(drawn))

    def _debts(self) -> dict[str, AccountTable]:
        _, table = self._blank("debt")
        facts = self.facts.debt()
        cells: Cells = {}
        for row in table.rows:
            split = getattr(facts, row.key)
            for column in ("general", "special", "total"):
                value = getattr(split, column).known
                if value is not None:
                    cells[row.key, column] = Amount(value)
        kind, uses = self._blank("new_bonds")
        new = facts.new.total.known or Decimal(0)
        for number, share in enumerate(self.facts.parts_of(new, self._random.randint(1, len(USES))), 1):
            row = kind.open_row(USES[number - 1], number=number)
            uses = uses.with_row(
                replace(row, cells=(Amount(Decimal(0)), Amount(share), Amount(share))), "total"
            )
        return {"debt": table.with_cells(cells), "new_bonds": uses}

    # ── a unit ────────────────────────────────────────────────────────────────────────────────────────

    def _departmental(self) -> dict[str, AccountTable]:
        people, running = self._yuan(20_000_000), self._yuan(5_000_000)
        basic, project = people + running, self._yuan(30_000_000)
        fund, general = self._yuan(5_000_000), people + running + project
        opening = self._yuan(2_000_000)
        parts = self.facts.parts_of(general, self._random.randint(1, len(FUNCTIONS)))
        classes = dict(zip(FUNCTIONS, parts, strict=False))
        income = general + fund
        made = {
            "t1": self._t1(income, fund, opening),
            "t3": self._filled("t3", {"total": {"total": income, "basic": basic, "project": project + fund}}),
            "t5": self._t5(classes, general),
            "t6": self._filled("t6", {"people": people, "running": running, "total": basic}),
            "t8": self._filled(
                "t8",
                {
                    "total": dict(
                        zip(("opening", "income", "spent", "closing"), (0, fund, fund, 0), strict=True)
                    )
                },
            ),
            "t9": self._filled("t9", {"total": {"total": 0}}),
            "three_public": self._three_public(self.unit),
            "procurement": self._procurement(),
            "operations": self._operations(running),
        }
        whole = {"general": general, "fund": fund, "total": income}
        left = {"general": opening, "fund": 0, "total": opening}
        both = {name: whole[name] + left[name] for name in whole}
        rows = {"in_year": whole, "opening": left, "in_total": both}
        made["t4"] = self._filled("t4", rows | {"out_year": whole, "closing": left, "out_total": both})
        return made

    def _t1(self, income: Decimal, fund: Decimal, opening: Decimal) -> AccountTable:
        rows = {"general": income - fund, "fund": fund, "in_year": income, "opening": opening}
        rows |= {"in_total": income + opening, "out_year": income, "closing": opening}
        return self._filled("t1", rows | {"out_total": income + opening, "other": Decimal(0)})

    def _t5(self, classes: Mapping[str, Decimal], general: Decimal) -> AccountTable:
        kind, table = self._blank("t5", self.unit)
        for code, amount in classes.items():
            row = kind.open_row(FUNCTIONS[code], code)
            table = table.with_row(row, "total").with_cells({(row.key, "total"): Amount(amount)})
        return table.with_cells({("total", "total"): Amount(general)})

    def _procurement(self) -> AccountTable:
        parts = [self._yuan(3_000_000) for _ in range(3)]
        whole = sum(parts, Decimal(0))
        smes = (whole * self._random.randint(0, 100) / 100).quantize(FEN)
        micro = (smes * self._random.randint(0, 100) / 100).quantize(FEN)
        rows = dict(zip(("goods", "works", "services"), parts, strict=True))
        return self._filled("procurement", rows | {"total": whole, "smes": smes, "micro": micro})

    def _operations(self, running: Decimal) -> AccountTable:
        _, table = self._blank("operations", self.unit)
        rows = {row: self._three(200_000) for row in ("meetings", "training", "festivals")}
        rows["office"] = [running, running, self._yuan(5_000_000)]
        cells = {place: cell for place, cell in _cells(rows).items() if place[1] != "budget"}
        cells["equipment", "final"] = Quantity(Decimal(self._random.randint(0, 9)))
        return table.with_cells(cells)

    def _filled(self, name: str, rows: Mapping[str, Decimal | Mapping[str, Decimal | int]]) -> AccountTable:
        _, table = self._blank(name, self.unit)
        cells: Cells = {}
        for row, given in rows.items():
            columns = given if isinstance(given, Mapping) else {table.columns[0].key: given}
            cells |= {(row, column): Amount(Decimal(value)) for column, value in columns.items()}
        return table.with_cells(cells)


def _added(*rows: list[Decimal]) -> list[Decimal]:
    return [sum(column, Decimal(0)) for column in zip(*rows, strict=True)]


def _cells(rows: Mapping[str, list[Decimal]]) -> Cells:
    return {
        (row, column): Amount(value)
        for row, values in rows.items()
        for column, value in zip(COMPARED, values, strict=True)
    }
