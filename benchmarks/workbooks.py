"""Reading 300 filled workbooks (3 sheets × 60 rows) with checks and places, against pandas summing them.

The peer is pandas with openpyxl in an environment of its own (.venv-peers/pandas, made if missing): it reads
the same files and only sums the amounts. Run: .venv/bin/python benchmarks/workbooks.py
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from jiheng.documents.values import amount_of
from jiheng.documents.workbook import open_workbook
from jiheng.sheets import Amount

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".venv-peers" / "pandas"
FILES, SHEETS, ROWS, PAIRS, RUNS = 300, 3, 60, 3, 5
TITLES = (
    "单位代码",
    "单位名称",
    "项目名称",
    "年初预算数（万元）",
    "全年预算数（万元）",
    "全年执行数（万元）",
    "备注",
)
MONEY = ("D", "E", "F")
PEER_CODE = """
import json, sys, time, pathlib, pandas
start, used = time.perf_counter(), time.process_time()
total = 0.0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xlsx")):
    for frame in pandas.read_excel(path, sheet_name=None, engine="openpyxl").values():
        total += frame.iloc[:, 3:6].sum().sum()
seconds, used = time.perf_counter() - start, time.process_time() - used
print(json.dumps({"seconds": seconds, "used": used, "total": total}))
"""


def build(folder: Path) -> None:
    for n in range(FILES):
        with xlsxwriter.Workbook(folder / f"{n:03d}.xlsx") as book:
            for s in range(SHEETS):
                page = book.add_worksheet(f"表{s + 1}")
                page.write_row(0, 0, TITLES)
                for row in range(1, ROWS + 1):
                    words = (f"{n:06d}", f"示例单位{n}", f"示例项目{s}-{row}")
                    money = (row + n * 7 + 0.5, row + n * 7 + 1.25, (row + n * 7) * 0.9)
                    page.write_row(row, 0, (*words, *money, ""))


def read_all(folder: Path) -> tuple[Decimal, int, int]:
    """Every value through the checking reader: amounts exact, formulas and merges looked for, places kept.

    The place of a value is its reference in a sheet that knows its file; `place` writes it out when told.
    Like the peer, one workbook is held at a time: its total stays, its cells go.
    """
    total, count, bad = Decimal(0), 0, 0
    for path in sorted(folder.glob("*.xlsx")):
        for sheet in open_workbook(path.read_bytes(), path.name).sheets:
            kept: dict[str, Amount | str] = {}
            covered = sheet.merged_into
            for cell in sheet.filled():
                ref, text, kind, is_formula = cell
                if is_formula or kind == "error" or (covered and covered.get(ref, ref) != ref):
                    bad += 1
                elif kind == "number" and ref[0] in MONEY:
                    amount = kept[ref] = amount_of(cell)
                    total += amount.yuan
                else:
                    kept[ref] = text
            count += len(kept)
    return total, count, bad


def ours(folder: Path) -> dict[str, float]:
    """In a process of its own, as the peer; the mean of some runs, the first and cold one among them."""
    return answer([sys.executable, __file__, "--read", str(folder)])


def peer(folder: Path) -> dict[str, float]:
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "pandas", "openpyxl"], check=True)
    return answer([str(python), "-c", PEER_CODE, str(folder)])


def answer(command: list[str]) -> dict[str, float]:
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def timed(folder: Path) -> dict[str, float]:
    wall, used = time.perf_counter(), time.process_time()
    for _ in range(RUNS):
        total, places, bad = read_all(folder)
    used, wall = time.process_time() - used, time.perf_counter() - wall
    if bad:
        raise SystemExit(f"{bad} cells are said to be bad in good workbooks")
    sums = float(total) / 10_000
    return {"seconds": wall / RUNS, "used": used / RUNS, "total": sums, "places": places}


def main() -> None:
    """Ours and the peer by turns, so that what else the machine does falls on both; medians of the ratios."""
    pairs = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        for _ in range(PAIRS):
            pairs.append((ours(folder), peer(folder)))
    mine, other = pairs[0]
    if abs(mine["total"] - other["total"]) > 1:
        raise SystemExit(f"the two readers do not agree: {mine['total']} against {other['total']}")
    print(f"reading {FILES} workbooks of {SHEETS} sheets × {ROWS} rows: {mine['places']} values and places")
    print(f"{'medians of ' + str(PAIRS) + ' pairs':<28}{'jiheng':>10}{'pandas':>10}{'ratio':>9}")
    for title, key in (("on the clock", "seconds"), ("of the processor", "used")):
        seconds, theirs = (statistics.median(pair[side][key] for pair in pairs) for side in (0, 1))
        ratio = statistics.median(pair[1][key] / pair[0][key] for pair in pairs)
        print(f"  {title:<26}{seconds:8.2f} s{theirs:8.2f} s{ratio:8.1f}× (aim 9×)")
    print("  the peer only sums the amounts, in floats, by pandas with openpyxl")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(timed(Path(sys.argv[2]))))
    else:
        main()
