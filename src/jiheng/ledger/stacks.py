"""Payments by the million: rows live as Parquet, by region and year, what they add up to in the books' table.

The same checks, the same outcome as `pull` has for fewer rows: SQL sees which rows are fine, and the rest go
through the very functions that `pull` uses. A batch's rows stand in one file; which files count, the database
says (their batches are published), so nothing half-pulled is ever seen, and nothing is ever changed.
"""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db import connection, transaction

from jiheng.documents.arrival import open_duck
from jiheng.ledger.models import Entry, EntryKind
from jiheng.projects.imports import Known, year_of
from jiheng.units.models import Batch, BatchState, Region

CHUNK = 20_000
ROW_SPAN = 10_000_000_000  # of a batch: row ids are batch × this + row
FIELDS = {  # of a stacked row, in the file's order
    "id": "BIGINT",
    "kind": "VARCHAR",
    "voucher": "VARCHAR",
    "dated": "DATE",
    "unit": "VARCHAR",
    "project": "VARCHAR",
    "amount": "DECIMAL(18,2)",
    "fund_type": "VARCHAR",
    "function_code": "VARCHAR",
    "economic_code": "VARCHAR",
    "payee": "VARCHAR",
    "summary": "VARCHAR",
    "payee_key": "VARCHAR",
    "payee_mask": "VARCHAR",
    "corrects": "BIGINT",  # the id of the row that this one takes back
}
_KEY = "kind || chr(31) || voucher || chr(31) || CASE WHEN project = '' THEN '单位' || unit ELSE project END"


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch adds: counts in words, and the totals by fund that the preview shows."""

    counts: dict[str, int]
    told: list[tuple[str, int, Decimal]]


def folder_of(region: str, fiscal_year: int) -> Path:
    """Where a region's year stands, as Hive partitions, so that any engine reads it as one table."""
    return Path(settings.STACKS) / f"region={region}" / f"fiscal_year={fiscal_year}"


def path_of(batch: Batch) -> Path:
    return folder_of(batch.region_id, batch.fiscal_year or 0) / f"batch-{batch.pk}.parquet"


def published(region: str, fiscal_year: int) -> list[Path]:
    """The files that count: those of published batches."""
    batches = Batch.objects.filter(
        region=region, fiscal_year=fiscal_year, kind="payments", state=BatchState.PUBLISHED
    )
    numbers = set(batches.values_list("pk", flat=True))
    found = folder_of(region, fiscal_year).glob("batch-*.parquet")
    return sorted(path for path in found if int(path.stem.removeprefix("batch-")) in numbers)


def is_large(batch: Batch, count: int) -> bool:
    """Whether a pull goes to Parquet: beyond the database's comfort, or into a year that has such rows."""
    if count > settings.COMFORT_ROWS:
        return True
    return bool(published(batch.region_id, batch.fiscal_year or 0))


def rows(
    region: Region, fiscal_year: int, until: date, *, most: int = 200, **only: str
) -> list[dict[str, Any]]:
    """The stacked rows behind an amount, the latest first: `project=`, `unit=`, `voucher=` by their codes."""
    files = published(region.pk, fiscal_year)
    if not files:
        return []
    known = {name: value for name, value in only.items() if name in FIELDS}
    where = " AND ".join(["dated <= $until", *(f"{name} = ${name}" for name in known)])
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT * FROM read_parquet($files) WHERE {where} ORDER BY dated DESC, id LIMIT {int(most)}",
            {"files": [str(path) for path in files], "until": until, **known},
        )
        names = [part[0] for part in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database for one pull; what does not fit in memory spills beside the data and is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="jiheng-stack-") as folder:
        con = open_duck(Path(folder))
        try:
            yield con
        finally:
            con.close()


def load_rows(con: duckdb.DuckDBPyConnection, rows: Iterable[Sequence[Any]]) -> None:
    """Table `good` from rows that Python has: the columns of `GOOD`, in their order."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
        file.flush()
        types = ", ".join(f"'{name}': '{kind}'" for name, kind in GOOD.items())
        con.execute(
            f"CREATE OR REPLACE TABLE good AS SELECT * FROM read_csv(?, header=false, delim=',', quote='\"',"
            f" escape='\"', auto_detect=false, parallel=false, force_not_null={_texts(GOOD)},"
            f" columns={{{types}}})",
            [file.name],
        )


GOOD = {"row": "BIGINT"} | {name: kind for name, kind in FIELDS.items() if name not in ("id", "corrects")}
GOOD |= {"is_void": "BOOLEAN"}


def _texts(columns: dict[str, str]) -> str:
    return "[" + ", ".join(f"'{name}'" for name, kind in columns.items() if kind == "VARCHAR") + "]"


def write(con: duckdb.DuckDBPyConnection, batch: Batch, known: Known) -> Written:
    """From table `good`: the rows that the books lack into the batch's file, what they add up to into the
    entries, in short transactions; entries of earlier, smaller pulls are taken back as `pull` does."""
    _standing(con, batch)
    first = batch.pk * ROW_SPAN
    # what the books do not know by its key is new without being hashed
    differs = f"CASE WHEN standing.key IS NULL THEN FALSE ELSE standing.hash <> {_hash_sql(batch)} END"
    con.execute(
        "CREATE OR REPLACE TABLE change AS SELECT row, id, pk,"
        " is_known AND (is_void OR differs) AS is_outdated,"
        " NOT is_void AND (differs OR NOT is_known) AS is_new FROM (SELECT good.row, is_void, standing.id,"
        f" standing.pk, standing.key IS NOT NULL AS is_known, {differs} AS differs"
        f" FROM good LEFT JOIN standing ON standing.key = ({_KEY}))"
    )
    counts = _counts(con)
    path = path_of(batch)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    names = [name for name in FIELDS if name not in ("id", "corrects")]
    con.execute(
        f"CREATE OR REPLACE VIEW added AS SELECT {first} + good.row AS id, {', '.join(names)},"
        " NULL::BIGINT AS corrects FROM good JOIN change USING (row) WHERE is_new"
        f" UNION ALL BY NAME SELECT {first} + {ROW_SPAN // 2} + change.row AS id,"
        f" '{EntryKind.CORRECTION}' AS kind, voucher, dated, unit, project, -amount AS amount,"
        " fund_type, function_code, economic_code, payee,"
        " left('冲回：' || summary, 240) AS summary, payee_key, payee_mask, stood.id AS corrects"
        " FROM stood JOIN change ON change.id = stood.id WHERE is_outdated AND change.pk IS NULL"
    )
    try:
        con.execute(f"COPY (SELECT {', '.join(FIELDS)} FROM added) TO '{_quoted(partial)}' (FORMAT parquet)")
        con.execute(f"CREATE OR REPLACE VIEW added AS SELECT * FROM read_parquet('{_quoted(partial)}')")
        _tally(con, batch, known)
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return Written(counts, _told(con, known))


def taken_back(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Entries of the database that this batch takes back: entry → row that says so."""
    found = con.execute("SELECT pk, row FROM change WHERE is_outdated AND pk IS NOT NULL").fetchall()
    return dict(found)


def remove(batch: Batch) -> None:
    """Lets the file of a batch go that will never be published."""
    if batch.fiscal_year:
        path_of(batch).unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    found = con.execute(
        "SELECT count(*) FILTER (is_new AND NOT is_outdated), count(*) FILTER (is_new AND is_outdated),"
        " count(*) FILTER (is_outdated AND NOT is_new), count(*) FILTER (NOT is_new AND NOT is_outdated)"
        " FROM change"
    ).fetchone() or (0, 0, 0, 0)
    return dict(zip(("新增", "更正", "作废冲回", "已有"), map(int, found), strict=True))


def _hash_sql(batch: Batch) -> str:
    """SQL for `pull._hash`: what a row says, whatever file and line it stands in."""
    amount = "CAST(amount AS VARCHAR)"
    trimmed = f"CASE WHEN contains({amount}, '.') THEN rtrim(rtrim({amount}, '0'), '.') ELSE {amount} END"
    parts = ["kind", "voucher", "CASE WHEN project = '' THEN '单位' || unit ELSE project END"]
    parts += [f"'{batch.fiscal_year}'", "unit", "strftime(dated, '%Y-%m-%d')", trimmed, "fund_type"]
    parts += ["function_code", "economic_code", "payee", "summary"]
    key = "CASE WHEN payee_key = '' THEN '' ELSE chr(31) || payee_key END"
    return f"sha256({' || chr(31) || '.join(parts)} || {key})"


def _standing(con: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    """View `stood`, the stacked rows that count now, and table `standing`, these and the entries by key."""
    files = [str(path) for path in published(batch.region_id, batch.fiscal_year or 0)]
    empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in FIELDS.items())
    if files:
        con.execute("CREATE OR REPLACE TABLE stacked AS SELECT * FROM read_parquet(?)", [files])
    else:
        con.execute(f"CREATE OR REPLACE TABLE stacked AS SELECT {empty} LIMIT 0")
    con.execute(
        "CREATE OR REPLACE VIEW stood AS SELECT * FROM stacked WHERE kind <> 'correction' AND id NOT IN"
        " (SELECT corrects FROM stacked WHERE corrects IS NOT NULL)"
    )
    con.execute(
        f"CREATE OR REPLACE TABLE standing AS SELECT {_KEY} AS key, {_hash_sql(batch)} AS hash, id,"
        " NULL::BIGINT AS pk FROM stood"
    )
    entries = Entry.objects.filter(
        region=batch.region_id, fiscal_year=year_of(batch), batch__state=BatchState.PUBLISHED, rows=1
    )
    gone = set(
        entries.filter(kind=EntryKind.CORRECTION, corrects__isnull=False).values_list(
            "corrects_id", flat=True
        )
    )
    alone = entries.exclude(kind=EntryKind.CORRECTION).exclude(voucher=TALLY)
    listed = alone.values_list("kind", "voucher", "project__code", "unit__code", "row_hash", "pk")
    keys: list[str] = []
    hashes: list[str] = []
    numbers: list[int] = []
    for kind, voucher, project, unit, row_hash, pk in listed.iterator(chunk_size=5000):
        if pk not in gone:
            keys.append("\x1f".join((kind, voucher, project or f"单位{unit}")))
            hashes.append(row_hash)
            numbers.append(pk)
    con.execute(
        "INSERT INTO standing SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), NULL, unnest(?::BIGINT[])",
        [keys, hashes, numbers],
    )


TALLY = "汇总"


def _tally(con: duckdb.DuckDBPyConnection, batch: Batch, known: Known) -> None:
    """What the added rows come to by day, unit, project, kind and class, as entries of the batch."""
    same = ", ".join(
        f"CASE WHEN min({name}) = max({name}) THEN min({name}) ELSE '' END"
        for name in ("function_code", "economic_code")
    )
    sums = con.execute(
        f"SELECT unit, project, kind, dated, fund_type, sum(amount), count(*),"
        f" min(id) - {batch.pk * ROW_SPAN}, {same} FROM added"
        " GROUP BY unit, project, kind, dated, fund_type ORDER BY dated, unit, project"
    )
    names: tuple[str, ...] = (
        "region_id",
        "fiscal_year",
        "unit_id",
        "fund_id",
        "project_id",
        "kind",
        "dated",
        "amount",
    )
    names += ("fund_type", "function_code", "economic_code", "voucher", "payee", "payee_key", "payee_mask")
    names += ("summary", "rows", "batch_id", "row", "row_hash", "corrects_id")
    table = Entry._meta.db_table
    marks = ", ".join(["%s"] * len(names))
    columns = ", ".join(f'"{name}"' for name in names)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
    while chunk := sums.fetchmany(CHUNK):
        made = [_tallied(found, batch, known) for found in chunk]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(statement, made)


def _tallied(found: tuple[Any, ...], batch: Batch, known: Known) -> tuple[Any, ...]:
    unit, project, kind, dated, fund_type, amount, count, row, function_code, economic_code = found
    owner = known.projects.get(project)
    return (
        batch.region_id,
        batch.fiscal_year,
        known.units[unit].pk,
        owner.fund_id if owner else None,
        owner.pk if owner else None,
        kind,
        dated,
        int(amount.scaleb(2)),
        fund_type,
        function_code,
        economic_code,
        TALLY,
        "",
        "",
        "",
        f"当日 {count} 笔合计，逐笔明细另存",
        count,
        batch.pk,
        row % (ROW_SPAN // 2),
        hashlib.sha256(f"{batch.pk} {dated} {unit} {project} {kind} {fund_type}".encode()).hexdigest(),
        None,
    )


def _told(con: duckdb.DuckDBPyConnection, known: Known) -> list[tuple[str, int, Decimal]]:
    """What the file says, by fund."""
    sums: dict[str, tuple[int, Decimal]] = {}
    found = con.execute(
        "SELECT project, count(*), sum(amount) FROM good WHERE NOT is_void GROUP BY project"
    ).fetchall()
    for project, count, amount in found:
        owner = known.projects.get(project)
        name = owner.fund.name if owner else "基本支出"
        before = sums.get(name, (0, Decimal(0)))
        sums[name] = (before[0] + count, before[1] + amount)
    return [(name, *sums[name]) for name in sorted(sums, key=lambda name: -sums[name][1])]
