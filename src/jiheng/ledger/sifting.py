"""An arrived payments file of any length, parted by SQL into what is fine and what is wrong and why.

A cell in the plain form (a code, an amount in digits, a day in eight) is taken by SQL as it stands; every
other text goes, once for all its rows, through the reader that small pulls use; a row that SQL suspects goes
through the checks that small pulls use. So both say the same of the same file, in the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from jiheng.documents import mapped
from jiheng.documents.arrival import meta_of
from jiheng.documents.columns import Column, ColumnKind, without_control
from jiheng.documents.mapping import Bound, SourceMapping, bind
from jiheng.documents.sources import WIDE
from jiheng.documents.tables import BadCell, Row
from jiheng.ledger import payments
from jiheng.ledger.models import EntryKind
from jiheng.projects.imports import FUND_TYPE_OF, Known
from jiheng.sheets import Place, plain
from jiheng.units.imports import Wrong
from jiheng.units.models import Batch

MOST_TOLD = 20_000  # wrong cells and rows told one by one; all are counted
_TYPES = {ColumnKind.DATE: "DATE", ColumnKind.YUAN: "DECIMAL(18,2)", ColumnKind.WHOLE: "INTEGER"}
_DAY = "try_strptime(left({x}, 8), '%Y%m%d')"
_PLAIN = {  # what SQL takes by itself: the condition, and the value
    ColumnKind.CODE: (r"regexp_full_match({x}, '[0-9A-Za-z_.\-]+')", "{x}"),
    ColumnKind.TEXT: (
        r"{x} <> '' AND NOT regexp_matches({x}, '^[\s\p{{Z}}]|[\s\p{{Z}}]$|[\x00-\x1f\x7f\x{{85}}]')",
        "{x}",
    ),
    ColumnKind.YUAN: (
        r"regexp_full_match({x}, '-?[0-9]{{1,13}}(\.[0-9]{{1,2}})?')",
        "CAST({x} AS DECIMAL(18,2))",
    ),
    ColumnKind.DATE: (
        r"regexp_full_match({x}, '[0-9]{{8}}([0-9]{{6}}([0-9]{{3}})?)?') AND " f"{_DAY} IS NOT NULL",
        f"{_DAY}::DATE",
    ),
}
_WAN = (
    r"regexp_full_match({x}, '-?[0-9]{{1,9}}(\.[0-9]{{1,6}})?')",
    "CAST(CAST({x} AS DECIMAL(18,6)) * 10000 AS DECIMAL(18,2))",
)


@dataclass(slots=True)
class Sifted:
    """What was found: `bad` and `wrong` up to a cap, `bad_count` in all; the good rows are table `good`."""

    rows: int
    good: int
    bad: list[BadCell]
    wrong: list[Wrong]
    bad_count: int
    notes: list[str]
    letters: dict[str, str]
    sample: list[Row] = field(default_factory=list)


def sift(
    con: duckdb.DuckDBPyConnection, batch: Batch, path: Path, mapping: SourceMapping, known: Known
) -> Sifted:
    """Table `typed` with a value for each column, then table `good` (`stacks.GOOD`) of the rows to write."""
    columns = (*payments.COLUMNS, *payments.PERSONAL_COLUMNS)
    meta, bound = meta_of(path), {one.column.name: one for one in bind(mapping, columns)}
    con.execute(
        f"CREATE VIEW arrived AS SELECT * FROM read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"
    )
    _type(con, columns, bound, meta, mapping)
    bad, bad_count = _bad_cells(con, bound, meta)
    file = batch.upload.name if batch.upload else ""
    _suspect(con, batch, known)
    wrong = [
        found
        for row in _rows(con, "row IN (FROM suspect)", columns, file)
        for found in payments.wrong_of(row, batch, known)
    ]
    wrong += _repeated(con, columns, file)
    _good(con)
    count = _number(con, "SELECT count(*) FROM typed")
    good = _number(con, "SELECT count(*) FROM good")
    found = _number(con, "SELECT coalesce(sum(number), 0) FROM suspects") + _number(
        con, "SELECT count(*) FROM repeats"
    )
    return Sifted(
        count,
        good,
        bad,
        sorted(wrong, key=lambda one: one.row.number)[:MOST_TOLD],
        bad_count + found,
        _notes(con, batch, meta, known, is_sound=not bad_count),
        meta["letters"],
        list(_rows(con, "row IN (SELECT row FROM good ORDER BY row LIMIT 20)", columns, file)),
    )


def _number(con: duckdb.DuckDBPyConnection, question: str, *values: Any) -> int:
    (found,) = con.execute(question, list(values)).fetchone() or (0,)
    return int(found)


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────────


def _type(
    con: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    bound: dict[str, Bound],
    meta: dict[str, Any],
    mapping: SourceMapping,
) -> None:
    cells, joins, reasons = ["arrived.row AS row"], ["arrived"], ["FALSE"]
    for column in columns:
        name, kind = column.name, _TYPES.get(ColumnKind(column.kind), "VARCHAR")
        one = bound.get(name)
        if one is None:
            cells.append(f"NULL::{kind} AS {name}")
            continue
        letter = _letter(name, meta)
        fast, value = _plain(one, meta, letter)
        if _read_rest(con, one, meta, fast, letter):
            joins.append(
                f"LEFT JOIN by_{name} ON by_{name}.before = coalesce(arrived.{name}, '')"
                f" AND by_{name}.letter = {letter} AND NOT {fast}"
            )
            cells.append(f"CASE WHEN {fast} THEN {value} ELSE CAST(by_{name}.after AS {kind}) END AS {name}")
            reasons.append(f"by_{name}.reason IS NOT NULL")
        else:
            cells.append(f"{value} AS {name}")
    con.execute(
        f"CREATE TABLE typed AS SELECT {', '.join(cells)}, {' OR '.join(reasons)} AS is_bad"
        f" FROM {' '.join(joins)}"
    )
    if mapping.negative_is_refund:
        con.execute("UPDATE typed SET kind = '退回' WHERE amount < 0 AND NOT is_bad")


def _letter(name: str, meta: dict[str, Any]) -> str:
    """SQL for what a cell was: all text, unless the arrived row says otherwise."""
    if name not in meta["order"]:
        return "'t'"
    place = meta["order"].index(name) + 1
    return f"CASE WHEN kinds IS NULL THEN 't' ELSE substr(kinds, {place}, 1) END"


def _plain(one: Bound, meta: dict[str, Any], letter: str) -> tuple[str, str]:
    """SQL for whether a cell is plain, and for its value then."""
    name, source, kind = one.column.name, one.source, ColumnKind(one.column.kind)
    found = _WAN if kind == ColumnKind.YUAN and meta["units"].get(name) == "万元" else _PLAIN.get(kind)
    odd_dates = kind == ColumnKind.DATE and source.dates not in ("auto", "digits")
    if found is None or source.codes or odd_dates or name not in meta["order"]:
        return "FALSE", "NULL"
    x = f"arrived.{name}"
    letters = "('t', 'n')" if kind == ColumnKind.YUAN else "('t')"
    return f"coalesce(({found[0].format(x=x)}) AND ({letter}) IN {letters}, FALSE)", found[1].format(x=x)


def _read_rest(
    con: duckdb.DuckDBPyConnection, one: Bound, meta: dict[str, Any], fast: str, letter: str
) -> bool:
    """Table `by_<column>`: the texts that are not plain, each with its value or the reason of its lack."""
    name = one.column.name
    read = mapped.reader(one, meta["units"].get(name, ""))
    found = con.execute(f"SELECT DISTINCT coalesce({name}, ''), {letter} FROM arrived WHERE NOT {fast}")
    told: tuple[list[str | None], ...] = ([], [], [], [])
    while chunk := found.fetchmany(20_000):
        for before, kind in chunk:
            value, reason = _outcome(read, before, kind)
            for part, item in zip(told, (before, kind, value, reason), strict=True):
                part.append(item)
    lists = ", ".join(f"unnest(?::VARCHAR[]) AS {part}" for part in ("before", "letter", "after", "reason"))
    con.execute(f"CREATE OR REPLACE TABLE by_{name} AS SELECT {lists}", list(told))
    return bool(told[0])


def _outcome(read: mapped.Reader, text: str, letter: str) -> tuple[str | None, str | None]:
    try:
        value = read(text, letter)
    except ValueError as error:
        return None, str(error)
    if value is None:
        return None, None
    if isinstance(value, Decimal):
        return plain(value), None
    return (value.isoformat() if isinstance(value, date) else str(value)), None


def _bad_cells(
    con: duckdb.DuckDBPyConnection, bound: dict[str, Bound], meta: dict[str, Any]
) -> tuple[list[BadCell], int]:
    told: list[BadCell] = []
    count = 0
    first = meta["order"][0]
    made = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for name, one in bound.items():
        if f"by_{name}" not in made or not _number(
            con, f"SELECT count(*) FROM by_{name} WHERE reason IS NOT NULL"
        ):
            continue
        letter = _letter(name, meta)
        fast, _ = _plain(one, meta, letter)
        # a row with too many cells is told once
        once = "" if name == first else f" AND {letter} <> '{WIDE}'"
        where = (
            f"FROM arrived JOIN by_{name} AS by_it ON by_it.before = coalesce(arrived.{name}, '')"
            f" AND by_it.letter = {letter} WHERE by_it.reason IS NOT NULL AND NOT {fast}{once}"
        )
        count += _number(con, f"SELECT count(*) {where}")
        title, place = mapped.shown_title(one, meta), meta["letters"].get(name, "")
        for row, text, reason in con.execute(
            f"SELECT row, arrived.{name}, reason {where} ORDER BY row LIMIT {MOST_TOLD}"
        ).fetchall():
            told.append(BadCell(row, title, place, without_control((text or "").strip()[:60]), reason))
    return sorted(told, key=lambda cell: (cell.row, cell.letter))[:MOST_TOLD], count


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────


def _suspect(con: duckdb.DuckDBPyConnection, batch: Batch, known: Known) -> None:
    """`suspects`: rows with how many things the checks will say of them; `repeats`: vouchers seen above."""
    for name, codes in (("known_units", known.units), ("known_projects", known.projects)):
        con.execute(f"CREATE TABLE {name} AS SELECT unnest(?::VARCHAR[]) AS code", [list(codes)])
    tests = [
        "unit NOT IN (SELECT code FROM known_units)",
        "coalesce(project, '') <> '' AND project NOT IN (SELECT code FROM known_projects)",
        f"coalesce(fiscal_year, {batch.fiscal_year}) <> {batch.fiscal_year}",
        f"year(dated) <> {batch.fiscal_year}",
        "amount < 0 AND coalesce(kind, '') <> '退回'",
        *(f"length(coalesce({name}, '')) > {most}" for name, most in payments.LONGEST.items()),
    ]
    number = " + ".join(f"CAST(coalesce({test}, FALSE) AS INTEGER)" for test in tests)
    con.execute(
        f"CREATE TABLE suspects AS SELECT * FROM (SELECT row, {number} AS number FROM typed WHERE NOT is_bad)"
        " WHERE number > 0"
    )
    con.execute(f"CREATE TABLE suspect AS SELECT row FROM suspects ORDER BY row LIMIT {MOST_TOLD}")
    key = (
        "coalesce(kind, '支付') || chr(31) || voucher || chr(31) ||"
        " CASE WHEN coalesce(project, '') = '' THEN '单位' || unit ELSE project END"
    )
    con.execute(
        f"CREATE TABLE repeats AS SELECT row, first FROM"
        f" (SELECT row, min(row) OVER (PARTITION BY {key}) AS first FROM typed WHERE NOT is_bad"
        f" AND {key} IN (SELECT {key} FROM typed WHERE NOT is_bad GROUP BY 1"
        " HAVING count(*) > 1)) WHERE row > first"
    )


def _repeated(con: duckdb.DuckDBPyConnection, columns: Sequence[Column], file: str) -> list[Wrong]:
    above = dict(con.execute(f"SELECT row, first FROM repeats ORDER BY row LIMIT {MOST_TOLD}").fetchall())
    rows = _rows(con, f"row IN (SELECT row FROM repeats ORDER BY row LIMIT {MOST_TOLD})", columns, file)
    return [payments.repeated_voucher(row, above[row.number]) for row in rows]


def _rows(con: duckdb.DuckDBPyConnection, where: str, columns: Sequence[Column], file: str) -> list[Row]:
    names = [column.name for column in columns]
    found = con.execute(f"SELECT row, {', '.join(names)} FROM typed WHERE {where} ORDER BY row").fetchall()
    return [Row(row, dict(zip(names, values, strict=True)), Place(file, "", row)) for row, *values in found]


def _cases(name: str, codes: dict[str, str], default: str) -> str:
    whens = " ".join(f"WHEN '{word}' THEN '{code}'" for word, code in codes.items())
    return f"CASE coalesce({name}, '') {whens} ELSE '{default}' END"


def _good(con: duckdb.DuckDBPyConnection) -> None:
    """Table `good` in the words of the books: what `payments.amount_of`, `kind_of` … say of a row."""
    kinds = {word: kind.value for word, kind in payments.KIND_OF.items()}
    sealed = "coalesce(nullif(payee_id, ''), payee_account, '')"
    void = ", ".join(f"'{word}'" for word, is_void in payments.VOID_WORDS.items() if is_void)
    con.execute(
        f"CREATE TABLE good AS SELECT row, {_cases('kind', kinds, EntryKind.PAYMENT.value)} AS kind, voucher,"
        " dated, unit, coalesce(project, '') AS project,"
        " CASE WHEN kind = '退回' THEN -abs(amount) ELSE amount END AS amount,"
        f" {_cases('fund_type', FUND_TYPE_OF, '11')} AS fund_type,"
        " coalesce(function_code, '') AS function_code, coalesce(economic_code, '') AS economic_code,"
        " left(coalesce(payee, ''), 120) AS payee, left(coalesce(summary, ''), 240) AS summary,"
        f" split_part({sealed}, ':', 1) AS payee_key, split_part({sealed}, ':', 2) AS payee_mask,"
        f" coalesce(is_void, '') IN ({void}) AS is_void FROM typed"
        " WHERE NOT is_bad AND row NOT IN (SELECT row FROM suspects) AND row NOT IN (SELECT row FROM repeats)"
    )


def _notes(
    con: duckdb.DuckDBPyConnection, batch: Batch, meta: dict[str, Any], known: Known, *, is_sound: bool
) -> list[str]:
    notes = mapped.left_out(meta)
    (total,) = con.execute("SELECT coalesce(sum(amount), 0) FROM typed").fetchone() or (Decimal(0),)
    if is_sound:
        notes += mapped.wrong_totals(meta, total)
    rows = _number(con, "SELECT count(*) FROM typed WHERE NOT is_bad")
    other = _number(
        con, "SELECT count(*) FROM typed WHERE NOT is_bad AND year(dated) <> ?", batch.fiscal_year
    )
    notes += payments.other_year(other, rows, batch)
    pairs = con.execute("SELECT DISTINCT unit, project FROM typed WHERE NOT is_bad").fetchall()
    strange = [pair for pair in pairs if payments.foreign(0, pair[0], pair[1], known)]
    if strange:
        con.execute(
            "CREATE TABLE strange AS SELECT unnest(?::VARCHAR[]) AS unit, unnest(?::VARCHAR[]) AS project",
            [[unit for unit, _ in strange], [project for _, project in strange]],
        )
        found = con.execute(
            "SELECT row, unit, project FROM typed JOIN strange USING (unit, project) WHERE NOT is_bad"
            f" ORDER BY row LIMIT {payments.MOST_NOTES}"
        ).fetchall()
        notes += [payments.foreign(row, unit, project, known) for row, unit, project in found]
    return notes
