"""The region's ledger as `analytics` asks it: entries of the database and stacked Parquet rows as one source.

Entries are append-only, so a Parquet copy of a year's entries holds until the next batch is published; which
copy counts, a mark says that a single query makes. Stacked rows stand in for the daily sums that the database
keeps of them.
"""

from __future__ import annotations

import csv
import hashlib
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db.models import Count, Max, QuerySet, Sum

from jiheng.analytics import BUDGETS, PAYMENTS, PROJECTS, Source
from jiheng.ledger import executed, stacks
from jiheng.ledger.models import Entry
from jiheng.projects import budget
from jiheng.projects.models import BudgetLine, Fund, Project
from jiheng.units.models import Region, Unit

KEPT_SECONDS = 600  # how long an old copy stays for who is reading it
TEXT, DAY, MONEY = "VARCHAR", "DATE", "DECIMAL(18,2)"
# column of the copy → where it comes from, its type
ENTRY = {
    "kind": ("kind", TEXT),
    "voucher": ("voucher", TEXT),
    "dated": ("dated", DAY),
    "unit": ("unit__code", TEXT),
    "fund": ("fund__code", TEXT),
    "project": ("project__code", TEXT),
    "amount": ("amount", MONEY),
    "fund_type": ("fund_type", TEXT),
    "function_code": ("function_code", TEXT),
    "economic_code": ("economic_code", TEXT),
    "payee": ("payee", TEXT),
    "payee_mask": ("payee_mask", TEXT),
    "summary": ("summary", TEXT),
}
LINE = {
    "unit": ("unit__code", TEXT),
    "fund": ("fund__code", TEXT),
    "project": ("project__code", TEXT),
    "kind": ("kind", TEXT),
    "fund_type": ("fund_type", TEXT),
    "amount": ("amount", MONEY),
    "decided_on": ("decided_on", DAY),
}
OWNER = {"project": ("code", TEXT), "fund": ("fund__code", TEXT)}


def source_of(region: Region, fiscal_year: int) -> Source:
    """A year of a region's payments and budget lines, of published batches only, and the names of its units,
    funds and projects. Writes a copy where the last one is out of date."""
    entries = executed.entries(region, fiscal_year)
    stacked = stacks.published(region.pk, fiscal_year)
    alone = entries.exclude(voucher=stacks.TALLY) if stacked else entries
    lines = budget.lines(region, fiscal_year)
    # partitioned like the stacks, so that both are one table
    folder = Path(settings.LEDGER_COPIES) / f"region={region.pk}" / f"fiscal_year={fiscal_year}"
    files: dict[str, tuple[Path, ...]] = {
        PAYMENTS: (_copy(folder, "entries", alone, ENTRY), *stacked),
        BUDGETS: (_copy(folder, "budgets", lines, LINE),),
    }
    if stacked:  # these rows name their project, not its fund
        owned = Project.objects.filter(region=region).order_by("code").values_list("code", "fund__code")
        files[PROJECTS] = (_written(folder, "projects", _digest(owned), owned, OWNER),)
    return Source(files, _names(region))


def _names(region: Region) -> Any:
    known = {
        sort: dict(model.objects.filter(region=region).values_list("code", "name"))
        for sort, model in (("unit", Unit), ("fund", Fund), ("project", Project))
    }
    known["region"] = {region.pk: region.name}
    return lambda sort, code: known.get(sort, {}).get(code, "")


def _copy(
    folder: Path,
    name: str,
    rows: QuerySet[Entry] | QuerySet[BudgetLine],
    columns: dict[str, tuple[str, str]],
) -> Path:
    """The copy of these rows that is up to date: nothing is ever altered, so how many there are, the latest,
    their sum and the latest publication say whether one is."""
    found = rows.order_by().aggregate(
        count=Count("pk"), last=Max("pk"), total=Sum("amount"), at=Max("batch__published_at")
    )
    fields = [field for field, _ in columns.values()]
    return _written(
        folder, name, _digest([found.values()]), rows.order_by("pk").values_list(*fields), columns
    )


def _digest(rows: Iterable[Iterable[Any]]) -> str:
    told = "\n".join("\x1f".join(str(cell) for cell in row) for row in rows)
    return hashlib.sha256(told.encode()).hexdigest()[:20]


def _written(
    folder: Path, name: str, mark: str, rows: QuerySet[Any, Any], columns: dict[str, tuple[str, str]]
) -> Path:
    path = folder / f"{name}-{mark}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as place:
            made = Path(place) / path.name
            _to_parquet(rows.iterator(chunk_size=5000), columns, made)
            made.replace(path)
        _forget(folder, name, path)
    return path


def _to_parquet(rows: Iterable[Sequence[Any]], columns: dict[str, tuple[str, str]], path: Path) -> None:
    listed = path.with_suffix(".csv")
    with listed.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            tuple("" if cell is None else cell for cell in row) for row in rows
        )
    types = ", ".join(f"'{name}': '{kind}'" for name, (_, kind) in columns.items())
    texts = ", ".join(f"'{name}'" for name, (_, kind) in columns.items() if kind == TEXT)
    quoted = str(path).replace("'", "''")
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT * FROM read_csv(?, header=false, delim=',', quote='\"', escape='\"',"
            f" auto_detect=false, force_not_null=[{texts}], columns={{{types}}}))"
            f" TO '{quoted}' (FORMAT parquet)",
            [str(listed)],
        )


def _forget(folder: Path, name: str, present: Path) -> None:
    """Old copies go, once nobody can be reading them any more."""
    before = time.time() - KEPT_SECONDS
    for path in folder.glob(f"{name}-*.parquet"):
        if path != present and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
