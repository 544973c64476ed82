"""Equations within and between tables of the accounts: rows of data, run by one function.

    book = load(rows)                             the rows, as YAML gives them
    found = check(book, {"t1": table, "t2": …}, step)

A row of data:

    {code: K02, of: t1, total: in_total, parts: [in_year, "used_surplus?", opening]}

`total` and `parts` are `[-][table:]row[.column][?]`. Without a table it is `of`; without a column every
column of amounts of `of` is checked, each with itself. `?` marks a part that may be left empty. `*` is every
row in turn (`total: "*.total"`), `@open` every row that people added, `@open.收入` those of one side.
`op` is `=` (default), `<=`, `both` (two figures that are both there and not zero, or neither) or `rollup`: in
a table of codes each row is the sum of the rows one level below, and `total` the sum of the highest.
`unless_reason: true`: a reason written at the row settles it. `severity` is error unless said.

Amounts are compared as whole 分. A printed amount is an interval, half of its last digit to either side; who
prints coarser than `step` is taken at `step` (容差：同表同精度从严). Nothing is said of a figure that is
missing, and never which side is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from jiheng.rules.relation_words import FEN_IN_WAN, Place, Sides, message
from jiheng.sheets import AccountTable, Amount, Entered, Finding, Missing, Severity, is_money

LEVELS = (3, 5, 7)  # 类, 款, 项 of a code
OPERATORS = ("=", "<=", "both", "rollup")
_TERM = re.compile(r"(?P<sign>-?)(?:(?P<table>[\w/]+):)?(?P<row>[\w*@]+)(?:\.(?P<column>[^?]+))?(?P<may>\??)")


@dataclass(frozen=True, slots=True)
class Term:
    """One side's part: ± a row of a table, in a column."""

    sign: int
    table: str
    row: str
    column: str
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """One equation: total op Σ parts."""

    code: str
    op: str
    of: str
    total: Term
    parts: tuple[Term, ...]
    severity: Severity
    unless_reason: bool
    advice: str


@dataclass(eq=False)
class Book:
    """All relations, and what they come to in tables of a shape (kept, as 121 units have few shapes)."""

    relations: tuple[Relation, ...]
    bound: dict[Any, list[Bound]] = field(default_factory=dict, repr=False)


class Bound(NamedTuple):
    """A relation between figures by their place: total op Σ sign × part."""

    relation: Relation
    total: int
    parts: tuple[tuple[int, int, bool], ...]  # sign, place, may be left empty


class Gap(NamedTuple):
    """A relation that does not hold: both sides in 分, and whether a figure cut off would explain it."""

    bound: Bound
    total: int
    computed: int
    is_rounding: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """A relation that does not hold, with the cells it speaks of as (table, row, column)."""

    code: str
    severity: Severity
    message: str
    cells: tuple[tuple[str, str, str], ...]

    def finding(self, table: str) -> Finding:
        """The same at its first cell in one table: `rows[key].column`."""
        row, column = next((cell[1:] for cell in self.cells if cell[0] == table), ("", ""))
        return Finding(self.code, self.severity, self.message, f"rows[{row}].{column}" if row else "")


@dataclass(frozen=True, slots=True)
class Checked:
    """How many relations could be checked, and those that do not hold, errors first."""

    count: int
    broken: tuple[Broken, ...]


# ── the rows of data ──────────────────────────────────────────────────────────────────────────────────


def load(rows: Iterable[Mapping[str, Any]]) -> Book:
    """Raises ValueError for a row that cannot be understood."""
    return Book(tuple(_relation(row) for row in rows))


def _relation(row: Mapping[str, Any]) -> Relation:
    op = row.get("op", "=")
    if op not in OPERATORS or not {"code", "of", "total"} <= set(row):
        raise ValueError(f"relation {row}: code, of, total, and an op of {OPERATORS}")
    return Relation(
        code=row["code"],
        op=op,
        of=row["of"],
        total=_term(str(row["total"]), row["of"]),
        parts=tuple(_term(str(part), row["of"]) for part in row.get("parts", ())),
        severity=Severity(row.get("severity", "error")),
        unless_reason=row.get("unless_reason", False),
        advice=row.get("advice", ""),
    )


def _term(text: str, of: str) -> Term:
    found = _TERM.fullmatch(text)
    if not found:
        raise ValueError(f"“{text}” is no term: [-][table:]row[.column][?]")
    sign = -1 if found["sign"] else 1
    return Term(sign, found["table"] or of, found["row"], found["column"] or "", bool(found["may"]))


# ── which figures belong together ─────────────────────────────────────────────────────────────────────


class Figures:
    """The figures of some tables in one row: whole 分 (or millionths of a count), None where missing."""

    def __init__(self, tables: Mapping[str, AccountTable], step: Decimal) -> None:
        self.tables = tables
        self.start: dict[str, int] = {}
        self.values: list[int | None] = []
        self.steps: list[int] = []
        coarsest = int(step * FEN_IN_WAN)
        for name, table in tables.items():
            self.start[name] = len(self.values)
            for row in table.rows:
                for cell in row.cells:
                    value, width = _whole(cell, coarsest)
                    self.values.append(value)
                    self.steps.append(width)

    def shape(self) -> tuple[Any, ...]:
        """What decides which figures belong together: tables, rows and columns."""
        return tuple(
            (name, tuple(column.key for column in table.columns), tuple(_sign_of(row) for row in table.rows))
            for name, table in self.tables.items()
        )

    def cell(self, place: int) -> Place:
        """The cell of a place."""
        name = max((start, name) for name, start in self.start.items() if start <= place)[1]
        table = self.tables[name]
        row, column = divmod(place - self.start[name], len(table.columns))
        found = table.rows[row]
        return Place(name, table, found, table.columns[column], found.cells[column])


def _sign_of(row: Any) -> tuple[str, str, str, str, bool]:
    return row.key, row.code, row.side, row.unit, row.is_open


def _whole(cell: Entered, coarsest: int) -> tuple[int | None, int]:
    if isinstance(cell, Missing):
        return None, 0
    if not isinstance(cell, Amount):
        return int(cell.value.scaleb(6)), 0
    places = len(cell.typed.partition(".")[2])
    # what was not typed was summed up exactly
    width = min(10 ** (6 - places), coarsest) if cell.typed and places < 6 else 0
    return int(cell.yuan.scaleb(2)), width


def _bind(book: Book, figures: Figures) -> list[Bound]:
    shape = figures.shape()
    found = book.bound.get(shape)
    if found is None:
        layout = _Layout(figures)
        found = [bound for relation in book.relations for bound in layout.bound(relation)]
        if len(book.bound) > 2000:
            book.bound.clear()
        book.bound[shape] = found
    return found


class _Layout:
    """Where the rows and columns of some tables stand."""

    def __init__(self, figures: Figures) -> None:
        self.tables, self.start = figures.tables, figures.start
        self.rows = {
            name: {row.key: place for place, row in enumerate(table.rows)}
            for name, table in self.tables.items()
        }
        self.columns = {
            name: {column.key: place for place, column in enumerate(table.columns)}
            for name, table in self.tables.items()
        }

    def bound(self, relation: Relation) -> Iterator[Bound]:
        terms = (relation.total, *relation.parts)
        if relation.of not in self.tables or any(term.table not in self.tables for term in terms):
            return
        columns = [relation.total.column] if relation.total.column else self._amounts(relation)
        if relation.op == "rollup":
            yield from self._rollup(relation, self._amounts(relation))
            return
        rows = [relation.total.row]
        if relation.total.row == "*":
            rows = [row.key for row in self.tables[relation.total.table].rows]
        for row in rows:
            for column in columns:
                made = self._one(relation, row, column)
                if made is not None:
                    yield made

    def _amounts(self, relation: Relation) -> list[str]:
        table = self.tables[relation.of]
        return [column.key for column in table.columns if is_money(column.unit or table.unit)]

    def _one(self, relation: Relation, row: str, column: str) -> Bound | None:
        total = self.place(relation.total.table, row, column)
        if total is None:
            return None
        parts: list[tuple[int, int, bool]] = []
        for term in relation.parts:
            there = list(self._places(term, row, column))
            if not there and not term.is_optional:
                return None
            parts += [(term.sign, place, term.is_optional) for place in there]
        return Bound(relation, total, tuple(parts)) if parts else None

    def _places(self, term: Term, row: str, column: str) -> Iterator[int]:
        if term.row == "@open":  # the column of such a term is a side, or nothing
            for found in self.tables[term.table].rows:
                if found.is_open and term.column in ("", found.side):
                    place = self.place(term.table, found.key, column)
                    if place is not None:
                        yield place
            return
        place = self.place(term.table, row if term.row == "*" else term.row, term.column or column)
        if place is not None:
            yield place

    def place(self, table: str, row: str, column: str) -> int | None:
        at, across = self.rows[table].get(row), self.columns[table].get(column)
        if at is None or across is None:
            return None
        return self.start[table] + at * len(self.columns[table]) + across

    def _rollup(self, relation: Relation, columns: Sequence[str]) -> Iterator[Bound]:
        coded = [row for row in self.tables[relation.of].rows if row.code]
        known = {row.code for row in coded}
        below: dict[str, list[str]] = {}
        for row in coded:
            above = next((row.code[:n] for n in reversed(LEVELS) if n < len(row.code)), "")
            while above and above not in known:
                above = next((above[:n] for n in reversed(LEVELS) if n < len(above)), "")
            below.setdefault(above, []).append(row.key)
        keys = {row.code: row.key for row in coded}
        for above, children in below.items():
            total = keys[above] if above else relation.total.row
            for column in columns:
                place = self.place(relation.of, total, column)
                parts = [self.place(relation.of, child, column) for child in children]
                if place is not None and all(part is not None for part in parts):
                    there = tuple((1, part, True) for part in parts if part is not None)
                    yield Bound(relation, place, there)


# ── do they hold ──────────────────────────────────────────────────────────────────────────────────────


def gaps(bound: Iterable[Bound], values: Sequence[int | None], steps: Sequence[int]) -> tuple[int, list[Gap]]:
    """How many relations could be checked, and those that do not hold."""
    count, found = 0, []
    for one in bound:
        total = values[one.total]
        if total is None and one.relation.op != "both":
            continue
        computed = width = 0
        widest, there, is_whole = steps[one.total], False, True
        for sign, place, is_optional in one.parts:
            value = values[place]
            if value is None:
                is_whole = is_whole and is_optional
                continue
            there = True
            computed += value if sign > 0 else -value
            step = steps[place]
            if step:
                width += step
                widest = max(widest, step)
        if not there or not is_whole:
            continue
        count += 1
        width += steps[one.total]
        gap = (total or 0) - computed
        if one.relation.op == "both":
            if ((total or 0) > 0) != (computed > 0):
                found.append(Gap(one, total or 0, computed, is_rounding=False))
        elif (2 * gap > width) or (one.relation.op != "<=" and 2 * gap < -width):
            found.append(Gap(one, total or 0, computed, 2 * abs(gap) <= width + 2 * widest and gap != 0))
    return count, found


def check(book: Book, tables: Mapping[str, AccountTable], step: Decimal) -> Checked:
    """Every relation whose figures are there. `step` in 万元 (policy `checks.money_step`)."""
    figures = Figures(tables, step)
    count, found = gaps(_bind(book, figures), figures.values, figures.steps)
    broken = [_broken(figures, gap) for gap in found if not _is_explained(figures, gap)]
    rank = list(Severity)
    return Checked(count, tuple(sorted(broken, key=lambda one: rank.index(one.severity))))


def _is_explained(figures: Figures, gap: Gap) -> bool:
    if not gap.bound.relation.unless_reason:
        return False
    places = (gap.bound.total, *(place for _, place, _ in gap.bound.parts))
    return any(figures.cell(place).row.reason for place in places)


def _broken(figures: Figures, gap: Gap) -> Broken:
    relation, signs = gap.bound.relation, tuple(sign for sign, _, _ in gap.bound.parts)
    places = [figures.cell(place) for place in (gap.bound.total, *(part for _, part, _ in gap.bound.parts))]
    is_rounding = gap.is_rounding and relation.op in ("=", "rollup")
    sides = Sides(relation.op, gap.total, gap.computed, signs, is_rounding, relation.advice)
    return Broken(
        relation.code,
        Severity.HINT if is_rounding else relation.severity,
        message(sides, places),
        tuple((place.name, place.row.key, place.column.key) for place in places),
    )
