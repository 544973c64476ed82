"""The equations of the prescribed tables, K01–K54: rows of `relations.yaml`, run by one function.

A table is known by its title, rows and columns by their names. What is not found with certainty (two tables
of one title, a name that fits two rows) is no relation.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from jiheng.claims.binding import ONE, Draft, doubted, fit, holds, sum_of
from jiheng.claims.grid import Column, ColumnKind, Grid, Panel, Row
from jiheng.claims.report import Equation, Kind, Operand, Term
from jiheng.claims.table_layout import clean

RELATIONS = Path(__file__).with_name("relations.yaml")
_QUOTES = re.compile(r"[“”\"'《》]")


@dataclass(frozen=True, slots=True)
class _Place:
    """A figure found: where it stands in its table."""

    panel: Panel
    row: Row
    column: Column
    operand: Operand


@functools.cache
def relations() -> Mapping[str, Any]:
    """The file of relations, read once."""
    loaded: Mapping[str, Any] = yaml.safe_load(RELATIONS.read_text(encoding="utf-8"))
    return loaded


def kinds_of(title: str) -> list[str]:
    """The names (T1, debt …) of the prescribed tables that a title fits."""
    plain = _QUOTES.sub("", clean(title))
    return [
        name
        for name, known in relations()["tables"].items()
        if re.search(known["title"], plain) and not ("not" in known and re.search(known["not"], plain))
    ]


def code_of(title: str, direction: str, default: str) -> str:
    """What a relation that the table shows by itself is called in this table."""
    for kind in kinds_of(title):
        named = relations()["names"].get(kind, {})
        if direction in named:
            return str(named[direction])
    return default


def form_drafts(grids: Sequence[Grid]) -> list[Draft]:
    """Every prescribed relation whose tables, rows and columns are there."""
    tables: dict[str, list[Grid]] = {}
    for grid in grids:
        for kind in kinds_of(grid.title):
            tables.setdefault(kind, []).append(grid)
    drafts = [draft for relation in relations()["relations"] for draft in _drafts(relation, tables)]
    return [*drafts, *_two_sides(grids), *_limits(tables.get("debt", []))]


def _drafts(relation: Mapping[str, Any], tables: Mapping[str, list[Grid]]) -> Iterator[Draft]:
    terms = relation["terms"]
    names = {term["table"] for term in terms}
    if len(names) == 1:
        for grid in tables.get(terms[0]["table"], []):
            yield from _in_tables(relation, {terms[0]["table"]: grid})
    elif all(len(tables.get(name, [])) == 1 for name in names):
        yield from _in_tables(relation, {name: tables[name][0] for name in names})


def _in_tables(relation: Mapping[str, Any], tables: Mapping[str, Grid]) -> Iterator[Draft]:
    terms = relation["terms"]
    stated, others = terms[0], terms[1:]
    for total in _places(stated, tables[stated["table"]], each=relation.get("rows") == "each"):
        parts: list[tuple[Decimal, Operand]] = []
        for term in others:
            place = _beside(term, tables[term["table"]], total, same_row=relation.get("rows") == "each")
            if place is not None and place.operand.start != total.operand.start:
                parts.append((Decimal(term.get("sign", 1)), place.operand))
            elif not term.get("optional"):
                break
        else:
            if parts:
                yield _draft(relation, tables[stated["table"]].title, total, parts)


def _draft(
    relation: Mapping[str, Any], title: str, total: _Place, parts: Sequence[tuple[Decimal, Operand]]
) -> Draft:
    kind = Kind(relation["kind"])
    operands, equation = sum_of(total.operand, parts)
    if kind is Kind.LIMIT:
        equation = Equation(left=(Term(ONE, 0), Term(-ONE, 1)), at_most=True)
    where = f"表“{title}”“{total.row.label}”{relation['code']}"
    return Draft(relation["code"], kind, operands, equation, where, fit(operands, equation))


def _places(term: Mapping[str, Any], grid: Grid, *, each: bool) -> Iterator[_Place]:
    for panel in _panels(term, grid):
        rows = panel.rows if each or term.get("rows") == "each" else _rows(term, panel)
        for row in rows:
            for column in _columns(term, panel, row):
                if column.index in row.figures:
                    yield _Place(panel, row, column, row.figures[column.index])


def _beside(term: Mapping[str, Any], grid: Grid, total: _Place, *, same_row: bool) -> _Place | None:
    """The term's figure: in the total's own row, in its own column, or the one its names leave."""
    found: list[_Place] = []
    for panel in _panels(term, grid):
        rows = [total.row] if same_row else _rows(term, panel)
        for row in rows:
            columns = _columns(term, panel, row)
            if "column" not in term:
                columns = [column for column in columns if column.name == total.column.name] or (
                    columns if len(columns) == 1 else []
                )
            found += [
                _Place(panel, row, column, row.figures[column.index])
                for column in columns
                if column.index in row.figures
            ]
    return found[0] if len(found) == 1 else None


def _panels(term: Mapping[str, Any], grid: Grid) -> list[Panel]:
    side = term.get("side")
    if side is None:
        return grid.panels
    named = [panel for panel in grid.panels if side in panel.side]
    if named or len(grid.panels) != 2:
        return named
    return grid.panels[:1] if side == "收入" else grid.panels[1:]


def _rows(term: Mapping[str, Any], panel: Panel) -> list[Row]:
    if "code" in term:
        return [row for row in panel.rows if row.code == term["code"]]
    pattern = re.compile(term["row"])
    rows = [row for row in panel.rows if row.figures and pattern.fullmatch(_QUOTES.sub("", row.label))]
    if rows and "pick" in term:
        return [rows[0] if term["pick"] == "first" else rows[-1]]
    return rows if len(rows) == 1 else []


def _columns(term: Mapping[str, Any], panel: Panel, row: Row) -> list[Column]:
    amounts = [column for column in panel.columns if column.kind is ColumnKind.AMOUNT]
    wanted = term.get("column")
    if wanted is None:
        return amounts
    if wanted == "only":
        amounts = [column for column in amounts if column.index in row.figures]
        return amounts if len(amounts) == 1 else []
    return [column for column in amounts if re.fullmatch(wanted, column.name)][:1]


def _two_sides(grids: Sequence[Grid]) -> Iterator[Draft]:
    """K51: the grand total of a budget's revenue table is that of the expenditure table of the same name."""
    titles = Counter(_subject(grid) for grid in grids)
    sole = {title: grid for grid in grids if titles[title := _subject(grid)] == 1}
    for title, grid in sole.items():
        other = sole.get(title.replace("支出", "收入")) if title.count("支出") == 1 else None
        spent, earned = _grand(grid, "支出"), _grand(other, "收入") if other else None
        if other is None or spent is None or earned is None:
            continue
        drafts = []
        for column, paid, got in _same_columns(spent, earned):
            operands, equation = sum_of(paid, [(ONE, got)])
            where = f"表“{grid.title}”与“{other.title}”的总计“{column}”"
            drafts.append(Draft("K51", Kind.SAME_FACT, operands, equation, where, fit(operands, equation)))
        trusted = any(holds(draft.fit) for draft in drafts) or len(drafts) == 1
        yield from drafts if trusted else map(doubted, drafts)


def _subject(grid: Grid) -> str:
    return re.sub(r"^表?[\d一二三四五六七八九十-]+[、.:]?(?!年)", "", clean(grid.title))


def _same_columns(
    spent: tuple[Panel, Row], earned: tuple[Panel, Row]
) -> Iterator[tuple[str, Operand, Operand]]:
    for column in spent[0].columns:
        if column.kind is not ColumnKind.AMOUNT or re.search(r"增|减|比", column.name):
            continue
        same = [each for each in earned[0].columns if each.name == column.name]
        paid = spent[1].figures.get(column.index)
        got = earned[1].figures.get(same[0].index) if len(same) == 1 else None
        if paid is not None and got is not None:
            yield column.name, paid, got


def _grand(grid: Grid, side: str) -> tuple[Panel, Row] | None:
    pattern = re.compile(rf"({side}总计|各项{side}合计|总计)")
    found = [(panel, row) for panel in grid.panels for row in panel.rows if pattern.fullmatch(row.label)]
    return found[0] if len(found) == 1 else None


def _limits(grids: Sequence[Grid]) -> Iterator[Draft]:
    """K54/D2: the first row (the whole region) of a table of limits and balances."""
    for grid in grids:
        for panel in grid.panels:
            row = next((row for row in panel.rows if row.figures), None)
            if row is None:
                continue
            named = [(_debt(column.name), column) for column in panel.columns if column.index in row.figures]
            for name, pair in groupby(sorted(named, key=lambda one: one[0]), key=lambda one: one[0][0]):
                both = {kind: column for (_, kind), column in pair}
                if not name or set(both) != {"限额", "余额"}:
                    continue
                operands = (row.figures[both["余额"].index], row.figures[both["限额"].index])
                equation = Equation(left=(Term(ONE, 0), Term(-ONE, 1)), at_most=True)
                where = f"表“{grid.title}”“{row.label}”余额与限额"
                yield Draft("K54", Kind.LIMIT, operands, equation, where, fit(operands, equation))


def _debt(name: str) -> tuple[str, str]:
    """(what debt, 限额 or 余额) of a column's header; ("", "") for others."""
    found = re.search(r"限额|余额", name)
    if not found:
        return "", ""
    rest = re.sub(r"\(.*?\)|20\d\d年|末|执行数|决算数|预计", "", name.replace(found[0], "", 1))
    return rest or "债务", found[0]
