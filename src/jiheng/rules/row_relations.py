"""The relations within a row, as SQL: for a province's rows in a file or a database, a million at a time.

    gaps = broken_rows(connection.execute, book, kind_table, Source("t5", key="id", width=1))

The same rows of data that `relations.check` runs (those whose every term is `*` of one table), over a source
with one column a column of the table, amounts in whole 分, NULL where missing. Plain SQL: DuckDB, SQLite and
PostgreSQL answer alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jiheng.rules.relations import Book, Relation
from jiheng.sheets import WAN, AccountTable, plain

_NAME = re.compile(r"[A-Za-z_]\w*")
Run = Callable[[str], Any]  # answers a cursor: iterable rows, or something with `fetchall`


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows are: a table's name, the column that names a row, and how many 分 rounding explains."""

    name: str
    key: str
    width: int = 0


@dataclass(frozen=True, slots=True)
class RowGap:
    """A row in which a relation does not hold: both sides in yuan, and the sentence about it."""

    code: str
    row: Any
    total: Decimal
    computed: Decimal
    message: str


def within_rows(book: Book, table: str) -> list[Relation]:
    """The relations whose every term is a column of the same row of one table."""
    return [
        relation
        for relation in book.relations
        if relation.of == table
        and relation.op in ("=", "<=")
        and all(term.table == table and term.row == "*" for term in (relation.total, *relation.parts))
    ]


def query(relation: Relation, source: Source) -> str:
    """The rows in which it does not hold: key, total, computed, and each part. Raises ValueError for a name
    that is no plain name."""
    parts = [part.column for part in relation.parts]
    for name in (source.name, source.key, relation.total.column, *parts):
        if not _NAME.fullmatch(name):
            raise ValueError(f"“{name}”不能用作列名")
    total = relation.total.column
    computed = "".join(
        f"{'-' if part.sign < 0 else '+'}"
        + (f"coalesce({part.column},0)" if part.is_optional else part.column)
        for part in relation.parts
    )
    gap = f"{total}-({computed})"
    apart = (
        f"{gap}>{source.width}" if relation.op == "<=" else f"({gap}>{source.width} or {gap}<-{source.width})"
    )
    there = " or ".join(f"{name} is not null" for name in parts)
    chosen = ",".join((source.key, total, computed, *parts))
    return f"select {chosen} from {source.name} where {apart} and ({there})"


def broken_rows(run: Run, book: Book, table: AccountTable, source: Source) -> list[RowGap]:
    """Every row and relation that does not hold. `table` gives kind and labels; it needs no rows."""
    labels = {column.key: column.label for column in table.columns}
    found: list[RowGap] = []
    for relation in within_rows(book, table.kind):
        for row, total, computed, *parts in _rows(run(query(relation, source))):
            words = _words(relation, labels, total, computed, parts)
            gap = RowGap(relation.code, row, _yuan(total), _yuan(computed), f"第 {row} 行{words}")
            found.append(gap)
    return found


def _rows(cursor: Any) -> list[Any]:
    return list(cursor.fetchall() if hasattr(cursor, "fetchall") else cursor)


def _words(relation: Relation, labels: dict[str, str], total: int, computed: int, parts: list[Any]) -> str:
    verb = "大于" if relation.op == "<=" else "应等于"
    written = " ".join(_parts(relation, labels, parts)).removeprefix("＋ ")
    apart = plain(abs(_wan(total - computed)))
    name = labels[relation.total.column]
    sides = f"“{name}” {plain(_wan(total))}万元，{verb} {written} ＝ {plain(_wan(computed))}万元"
    return f"{sides}，相差 {apart}万元"


def _parts(relation: Relation, labels: dict[str, str], parts: list[Any]) -> Iterator[str]:
    for part, value in zip(relation.parts, parts, strict=True):
        if value is not None:
            yield f"{'－' if part.sign < 0 else '＋'} “{labels[part.column]}” {plain(_wan(value))}"


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _wan(fen: int) -> Decimal:
    return Decimal(fen) / (100 * WAN)
