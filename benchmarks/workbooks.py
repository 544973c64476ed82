"""Reading 300 filled workbooks (3 sheets × 60 rows) with checks and places, against pandas summing them.

The peer is pandas with openpyxl in an environment of its own (.venv-peers/pandas, made if missing): it reads
the same files and only sums the amounts. Run: .venv/bin/python benchmarks/workbooks.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from jiheng.documents.values import amount_of
from jiheng.documents.workbook import open_workbook

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".venv-peers" / "pandas"
FILES, SHEETS, ROWS = 300, 3, 60
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
start = time.perf_counter()
total = 0.0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xlsx")):
    for frame in pandas.read_excel(path, sheet_name=None, engine="openpyxl").values():
        total += frame.iloc[:, 3:6].sum().sum()
print(json.dumps({"seconds": time.perf_counter() - start, "total": total}))
"""


def build(folder: Path) -> None:
    for n in range(FILES):
        with xlsxwriter.Workbook(folder / f"{n:03d}.xlsx") as book:
            for s in range(SHEETS):
                page = book.add_worksheet(f"表{s + 1}")
                page.write_row(0, 0, TITLES)
                for row in range(1, ROWS + 1):
                    words = (f"{n:06d}", f"示例单位{n}", f"示例项目{s}-{row}")
                    page.write_row(row, 0, (*words, row + 0.5, row + 1.25, row * 0.9, ""))


def read_all(folder: Path) -> tuple[Decimal, int, int]:
    """Every value through the checking reader: amounts exact, formulas and merges looked for, places kept.

    The place of a value is its reference in a sheet that knows its file; `place` writes it out when told.
    """
    total, places, bad = Decimal(0), {}, 0
    for path in sorted(folder.glob("*.xlsx")):
        for sheet in open_workbook(path.read_bytes(), path.name).sheets:
            kept = places[path.name, sheet.name] = {}
            covered = sheet.merged_into
            for ref in sheet.raw:
                cell = sheet.cell(ref)
                if cell.is_formula or cell.kind == "error" or (covered and covered.get(ref, ref) != ref):
                    bad += 1
                elif ref[0] in MONEY and cell.kind == "number":
                    amount = kept[ref] = amount_of(cell)
                    total += amount.yuan
                else:
                    kept[ref] = cell.text
    return total, sum(len(kept) for kept in places.values()), bad


def peer(folder: Path) -> dict[str, float]:
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "pandas", "openpyxl"], check=True)
    answer = subprocess.run(
        [str(python), "-c", PEER_CODE, str(folder)], check=True, capture_output=True, text=True
    )
    return json.loads(answer.stdout)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        ours = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            total, places, bad = read_all(folder)
            ours = min(ours, time.perf_counter() - start)
        theirs = peer(folder)
    if bad or abs(float(total) / 10_000 - theirs["total"]) > 1:
        raise SystemExit(f"the two readers do not agree: {total} against {theirs['total']}, {bad} bad cells")
    print(f"reading {FILES} workbooks of {SHEETS} sheets × {ROWS} rows, {places} values with their places")
    print(f"  {'jiheng':<18}{ours:8.2f} s")
    print(f"  {'pandas+openpyxl':<18}{theirs['seconds']:8.2f} s (sums only, in floats)")
    print(f"  ratio {theirs['seconds'] / ours:.1f}× (aim 9×)")


if __name__ == "__main__":
    main()
