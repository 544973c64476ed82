"""Relations: 10,000 sums over 70,000 facts, a million rows by seven rules, a unit's page, 15,000 units.

Run as `python benchmarks/relations.py`. The million rows lie in DuckDB as whole 分; beside our run stands the
bare query that only counts them.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from jiheng.rules import relations  # noqa: E402
from jiheng.rules.row_relations import Source, broken_rows, query, within_rows  # noqa: E402
from jiheng.sheets import AccountColumn, AccountRow, AccountTable, Amount, account_from_json  # noqa: E402

SUMS, PLANTED, ROWS, UNITS, SEED = 10_000, 118, 1_000_000, 15_000, 20241231
STEP = Decimal("0.01")
AGAIN = 5


def median_of(run: Callable[[], Any]) -> float:
    times = []
    for _ in range(AGAIN):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def wide(kind: str, rows: tuple[AccountRow, ...]) -> AccountTable:
    """A total and six parts."""
    names = [("total", "合计"), *((f"p{number}", f"分项{number}") for number in range(1, 7))]
    columns = tuple(AccountColumn(key, label) for key, label in names)
    return AccountTable(kind, "分项表", "430000000", 2024, columns, rows)


def sums() -> None:
    """70,000 facts, 10,000 sums of seven, 118 errors, with the whole report."""
    dice, rows, wrong = random.Random(SEED), [], set()
    planted = set(dice.sample(range(SUMS), PLANTED))
    for number in range(SUMS):
        parts = [dice.randint(0, 10**8) * 100 for _ in range(6)]
        total = sum(parts)
        if number in planted:
            total += dice.choice([-1, 1]) * dice.randint(1, 9) * 10 ** dice.randint(5, 9)
            wrong.add(f"r{number}")
        cells = tuple(
            Amount(Decimal(fen).scaleb(-2), f"{Decimal(fen).scaleb(-8):.4f}") for fen in (total, *parts)
        )
        rows.append(AccountRow(f"r{number}", f"项目{number}", cells))
    table = wide("wide", tuple(rows))
    terms = [f"*.p{number}" for number in range(1, 7)]
    book = relations.load([{"code": "K01", "of": "wide", "total": "*.total", "parts": terms}])

    def run() -> str:
        book.bound.clear()  # nothing is kept from the run before
        found = relations.check(book, {"wide": table}, STEP)
        return json.dumps([[one.code, one.message, one.cells] for one in found.broken], ensure_ascii=False)

    found = {cell[2][0][1] for cell in json.loads(run())}
    print(f"{SUMS:,} sums over {7 * SUMS:,} facts, report included: {median_of(run):.3f} s (aim 0.5 s)")
    print(f"  planted {PLANTED}, found {len(found)}, the same: {found == wrong}")


def million() -> None:
    """A million rows by seven rules: row ids, both sides, sentences."""
    try:
        import duckdb
    except ImportError:
        print("a million rows: duckdb is not installed")
        return
    connection = duckdb.connect()
    parts = ",".join(f"cast(hash(i,{n})%100000000 as bigint) p{n}" for n in range(1, 9))
    connection.execute(f"create table made as select i as id, {parts} from range({ROWS}) t(i)")
    totals = {f"t{n}": [f"p{n}", f"p{n + 1}"] for n in range(1, 8)}
    columns = ",".join(
        f"{' + '.join(terms)} + (case when hash(id,{n})%70000=0 then 1000000 else 0 end) as t{n}"
        for n, terms in enumerate(totals.values(), 1)
    )
    connection.execute(f"create table rows as select *, {columns} from made")
    book = relations.load(
        {"code": f"R{n}", "of": "wide", "total": f"*.{total}", "parts": [f"*.{part}" for part in terms]}
        for n, (total, terms) in enumerate(totals.items(), 1)
    )
    keys = [*totals, *(f"p{n}" for n in range(1, 9))]
    table = replace(wide("wide", ()), columns=tuple(AccountColumn(key, key) for key in keys))
    source = Source("rows", "id", width=1)
    bare = [
        query(relation, source).replace("select ", "select count(*) from (select ", 1) + ")"
        for relation in within_rows(book, "wide")
    ]
    found = broken_rows(connection.execute, book, table, source)
    ours = median_of(lambda: broken_rows(connection.execute, book, table, source))
    alone = median_of(lambda: [connection.execute(one).fetchall() for one in bare])
    print(
        f"{ROWS:,} rows × 7 rules: {ours:.3f} s with {len(found)} sentences (aim 0.1 s); bare {alone:.3f} s"
    )


def province(data: Path) -> None:
    """15,000 units: the tables of the example district's 121, as they are stored, over and over."""
    os.environ |= {"JIHENG_DATA": str(data), "DJANGO_SETTINGS_MODULE": "jiheng.config.settings"}
    import django

    django.setup()
    from jiheng.accounts.checking import findings_of
    from jiheng.accounts.kinds import book
    from jiheng.accounts.models import Statement

    stored: dict[int, dict[str, Any]] = {}
    rows = Statement.objects.filter(fiscal_year=2024, unit__isnull=False)
    for unit, kind, table in rows.values_list("unit_id", "kind", "table"):
        stored.setdefault(unit, {})[kind] = table
    units = list(stored.values())
    start, count, broken = time.perf_counter(), 0, 0
    for number in range(UNITS):
        tables = {kind: account_from_json(data) for kind, data in units[number % len(units)].items()}
        found = relations.check(book(), tables, STEP)
        count, broken = count + found.count, broken + len(found.broken)
    spent = time.perf_counter() - start
    print(f"{UNITS:,} units with nine tables each: {spent:.1f} s, {count:,} relations, {broken} do not hold")
    one = Statement.objects.filter(kind="t4", fiscal_year=2024, unit__isnull=False).select_related("region")[
        0
    ]
    region = Statement.objects.get(kind="three_public", fiscal_year=2024, unit__isnull=True)
    print(
        f"one unit's table with all it is compared with: {median_of(lambda: findings_of(one)) * 1000:.1f} ms"
    )
    print(f"the region's 三公 with the units' sums: {median_of(lambda: findings_of(region)) * 1000:.1f} ms")


def main() -> None:
    sums()
    million()
    import _district

    with tempfile.TemporaryDirectory() as folder:
        province(_district.copied(Path(folder)))


if __name__ == "__main__":
    main()
