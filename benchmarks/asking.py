"""Execution by project × month × fund over payments by the million: `analytics.ask` against hand-written
DuckDB SQL and against pandas, in the same run; and how it grows with ten and a hundred times the rows.

The rows are drawn with the skew of real ledgers (a few projects have most of the payments, December is heavy)
and written as Parquet, in the layout of our own pulls with the fund beside the project. Each query runs in a
process of its own, by turns, with 4 GB of memory to spill beyond; the answers are compared to the cent. What
a process does once (loading libraries and policy) is not counted, on either side. pandas (in
.venv-peers/pandas, made if missing) gets as many rows as `--pandas` says, and so do we beside it. Run:
.venv/bin/python benchmarks/asking.py [--rows N] [--pandas N] [--times N] [--chart FILE.svg]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from decimal import Decimal
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import duckdb

from jiheng import policy
from jiheng.analytics import Choice, Filters, ask, source_at

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".venv-peers" / "pandas"
PROJECTS = 3_120
MEMORY = "4GB"
DAY = date(2024, 12, 31)
PART = 10_000_000  # rows of one file
DRAWN = """
SELECT {first} + i AS id, 'payment' AS kind, 'ZF' || ({first} + i) AS voucher,
  DATE '2024-01-01'
    + CAST(CASE WHEN random() < 0.15 THEN 335 + 31 * random() ELSE 366 * random() END AS INT) % 366 AS dated,
  lpad((number % 1200)::VARCHAR, 6, '0') AS unit, '43029924T' || lpad(number::VARCHAR, 12, '0') AS project,
  'Z' || lpad((number % 3000)::VARCHAR, 8, '0') AS fund,
  CAST(exp(6 + 3 * random() * random()) * 10 AS DECIMAL(18,2)) AS amount, '11' AS fund_type,
  '2050204' AS function_code, '30299' AS economic_code, '某公司' || (i % 5000) AS payee,
  '****1234' AS payee_mask, '货款' AS summary
FROM (SELECT i, CAST(floor({projects} * power(random(), 3)) AS INT) AS number FROM range({count}) rows(i))
"""
BY_HAND = """
SELECT fund, project, month(dated), sum(amount), count(*) FROM read_parquet('{files}', hive_partitioning=true)
WHERE fiscal_year = 2024 GROUP BY ALL
"""
PANDAS = """
import json, resource, sys, time
import pandas as pd
import pyarrow.parquet
start, spent = time.perf_counter(), time.process_time()
frame = pd.read_parquet(sys.argv[1], columns=["fund", "project", "dated", "amount"])
frame["month"] = pd.to_datetime(frame["dated"]).dt.month
frame["fen"] = (frame["amount"].astype("float64") * 100).round().astype("int64")
sums = frame.groupby(["fund", "project", "month"])["fen"].agg(["sum", "count"])
told = {"seconds": time.perf_counter() - start, "processor": time.process_time() - spent}
told["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(told | {"rows": len(sums), "fen": int(sums["sum"].sum())}))
"""


def write(folder: Path, rows: int) -> None:
    """That many payments, in files of at most `PART` rows."""
    place = folder / "region=430299000" / "fiscal_year=2024"
    place.mkdir(parents=True)
    with duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": False}) as con:
        con.execute("SELECT setseed(0.42)")
        for number, first in enumerate(range(0, rows, PART)):
            drawn = DRAWN.format(first=first, count=min(PART, rows - first), projects=PROJECTS)
            con.execute(f"COPY ({drawn}) TO '{place / f'batch-{number}.parquet'}' (FORMAT parquet)")


def ours(folder: Path) -> tuple[int, int]:
    answer = ask(
        "project_months", source_at(folder), policy.on(DAY), Filters(year=2024), Choice(memory=MEMORY)
    )
    return len(answer.rows), int(sum((row[3] for row in answer.rows), Decimal(0)).scaleb(2))


def by_hand(folder: Path) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as spill:
        limits = {"memory_limit": MEMORY, "temp_directory": spill, "preserve_insertion_order": False}
        with duckdb.connect(config=limits) as con:
            found = con.execute(BY_HAND.format(files=folder / "*" / "*" / "*.parquet")).fetchall()
    return len(found), int(sum((row[3] for row in found), Decimal(0)).scaleb(2))


def timed(name: str, folder: Path) -> dict[str, float]:
    """One query in a process of its own: seconds, rows, the sum in 分, peak memory in MB."""
    command = [sys.executable, __file__, "--one", name, str(folder)]
    if name == "pandas":
        command = [peer_python(), "-c", PANDAS, str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def one(name: str, folder: Path) -> None:
    policy.on(DAY)
    import_module("ibis.backends.sql.compilers")
    start, spent = time.perf_counter(), time.process_time()
    rows, fen = {"ours": ours, "by_hand": by_hand}[name](folder)
    found = {"seconds": time.perf_counter() - start, "processor": time.process_time() - spent}
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found | {"rows": rows, "fen": fen}))


def peer_python() -> str:
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", "pandas", "openpyxl", "pyarrow"], check=True
        )
    return str(python)


def compared(folder: Path, other: str, times: int) -> dict[str, float]:
    """Ours and a peer by turns: medians; the ratio says how often the peer takes our time."""
    runs = [(timed("ours", folder), timed(other, folder)) for _ in range(times)]
    for mine, peer in runs:
        if (mine["rows"], mine["fen"]) != (peer["rows"], peer["fen"]):
            raise SystemExit(f"the two do not agree: {mine} against {peer}")
    middle = statistics.median
    return {
        "ours": middle(mine["seconds"] for mine, _ in runs),
        "peer": middle(peer["seconds"] for _, peer in runs),
        "ratio": middle(peer["seconds"] / mine["seconds"] for mine, peer in runs),
        "ours_busy": middle(mine["processor"] for mine, _ in runs),
        "peer_busy": middle(peer["processor"] for _, peer in runs),
        "busy_ratio": middle(peer["processor"] / mine["processor"] for mine, peer in runs),
        "peak": max(mine["peak"] for mine, _ in runs),
        "peer_peak": max(peer["peak"] for _, peer in runs),
        "rows": runs[0][0]["rows"],
    }


def told(words: str, rows: int, found: dict[str, float], aim: str) -> None:
    print(f"{rows:>13,} payments → {found['rows']:,.0f} cells of project × month × fund")
    for name, mine, peer, ratio in (
        ("on the clock", "ours", "peer", "ratio"),
        ("of the processor", "ours_busy", "peer_busy", "busy_ratio"),
    ):
        both = f"jiheng {found[mine]:8.2f} s, {words} {found[peer]:8.2f} s"
        print(f"  {name:<16} {both}   {found[ratio]:.2f}× ({aim})")
    print(f"  peak memory      jiheng {found['peak']:,.0f} MB, {words} {found['peer_peak']:,.0f} MB")


WIDE, HIGH, EDGE = 560, 320, 56


def drawn(growth: list[tuple[int, float, float]]) -> str:
    """Seconds of processor over rows, both on logarithmic scales, with the slope between each two."""
    seconds = [found for _, *both in growth for found in both]
    low, high = math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))
    first, last = math.log10(growth[0][0]), math.log10(growth[-1][0])

    def at(rows: int, took: float) -> tuple[float, float]:
        across = (math.log10(rows) - first) / (last - first)
        up = (math.log10(took) - low) / (high - low)
        return EDGE + across * (WIDE - 2 * EDGE), HIGH - EDGE - up * (HIGH - 2 * EDGE)

    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif"'
        ' font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for power in range(low, high + 1):
        _, y = at(growth[0][0], 10.0**power)
        pieces.append(f'<path d="M{EDGE} {y:.1f}H{WIDE - EDGE}" stroke="#dde2e8"/>')
        pieces.append(f'<text x="{EDGE - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for rows, *_ in growth:
        x, _ = at(rows, 10.0**low)
        pieces.append(f'<text x="{x:.1f}" y="{HIGH - EDGE + 20}" text-anchor="middle">{rows:,}</text>')
    for side, name, colour in ((1, "jiheng", "#1d4f7c"), (2, "DuckDB by hand", "#c07a1c")):
        points = [at(one[0], float(one[side])) for one in growth]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        pieces.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        pieces += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
        pieces.append(f'<text x="{EDGE + 8}" y="{20 + 16 * side}" fill="{colour}">{name}</text>')
    for before, after in pairwise(growth):
        slope = math.log10(after[1] / before[1]) / math.log10(after[0] / before[0])
        (left, top), (right, bottom) = at(*before[:2]), at(*after[:2])
        middle = f'x="{(left + right) / 2:.1f}" y="{(top + bottom) / 2 + 26:.1f}"'
        pieces.append(f'<text {middle} fill="#1d4f7c">slope {slope:.2f}</text>')
    pieces.append(f'<text x="{WIDE / 2}" y="{HIGH - 10}" text-anchor="middle">payments</text></svg>')
    return "\n".join(pieces) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", nargs=2)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--pandas", type=int, default=5_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--chart", type=Path, help="an SVG of the growth, e.g. docs/growth.svg")
    asked = parser.parse_args()
    if asked.one:
        one(asked.one[0], Path(asked.one[1]))
        return
    sizes = sorted({max(1000, asked.rows // 100), max(1000, asked.rows // 10), asked.rows})
    needed = sum(sizes) * 40 + asked.pandas * 40
    if shutil.disk_usage(tempfile.gettempdir()).free < 3 * needed:
        raise SystemExit(
            f"needs about {needed / 1e9:.0f} GB of disk, three times that for safety; use --rows"
        )
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    growth: list[tuple[int, float, float]] = []
    with tempfile.TemporaryDirectory(prefix="jiheng-asking-") as place:
        for rows in sizes:
            folder = Path(place) / str(rows)
            write(folder, rows)
            found = compared(folder, "by_hand", asked.times)
            told("by hand", rows, found, "aim ≥ 0.77×: within 1.3 times its time")
            growth.append((rows, found["ours_busy"], found["peer_busy"]))
            shutil.rmtree(folder)
        folder = Path(place) / "pandas"
        write(folder, asked.pandas)
        told("pandas", asked.pandas, compared(folder, "pandas", asked.times), "aim ≥ 10×")
    for (few, short, _), (many, long, _) in pairwise(growth):
        print(f"{many / few:.0f} times the rows, {long / short:.1f} times the processor")
    if asked.chart:
        asked.chart.write_text(drawn(growth), encoding="utf-8")


if __name__ == "__main__":
    main()
