"""Reading PDF as a document (paragraphs, tables, offsets) against pdfplumber's words and tables.

The peer is pdfplumber in an environment of its own (.venv-peers/pdfplumber, made if missing): for each page
`extract_text` and `extract_tables`. Run: .venv/bin/python benchmarks/pdf_reading.py [FILE or FOLDER …];
without a path a made report of 60 pages, half of them tables, is read.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.documents.printed import Paper, pdf  # noqa: E402

from jiheng.documents.archive import DocumentError  # noqa: E402
from jiheng.documents.reading import read  # noqa: E402

PEER = ROOT / ".venv-peers" / "pdfplumber"
PAGES, PAIRS = 60, 3
PEER_CODE = """
import json, sys, time, pdfplumber
start, used, characters, cells = time.perf_counter(), time.process_time(), 0, 0
for path in sys.argv[1:]:
    try:
        with pdfplumber.open(path) as book:
            for page in book.pages:
                characters += len(page.extract_text())
                cells += sum(bool(cell) for table in page.extract_tables() for row in table for cell in row)
                page.close()
    except Exception as error:
        print(path, repr(error), file=sys.stderr)
print(json.dumps({"seconds": time.perf_counter() - start, "used": time.process_time() - used,
    "characters": characters, "cells": cells}))
"""


def report() -> bytes:
    """A budget report in two halves: prose of full pages, then tables of thirty rows."""
    chance, papers = random.Random(1), []
    for number in range(PAGES):
        paper = Paper()
        if number < PAGES // 2:
            for _ in range(4):
                figures = [chance.randint(10, 99_999) / 10 for _ in range(8)]
                paper.paragraph(
                    "，".join(f"第{n + 1}项支出完成{x}亿元" for n, x in enumerate(figures)) + "。"
                )
        else:
            rows = [(f"项目{n}", f"{chance.randint(1, 10**6):,}", f"{n}.5%") for n in range(30)]
            paper.text(200, paper.y - 10, f"表{number} 收支决算表")
            paper.table([("项目", "决算数", "增长"), *rows], widths=(200, 100, 100))
        paper.foot(number + 1)
        papers.append(paper)
    return pdf(papers)


def timed(paths: list[str]) -> dict[str, float]:
    wall, used, characters, cells = time.perf_counter(), time.process_time(), 0, 0
    for path in paths:
        try:
            document = read(path)
        except DocumentError as error:
            print(error, file=sys.stderr)
            continue
        characters += len(document.text)
        cells += sum(len(block.cells) for block in document.blocks)
    seconds, used = time.perf_counter() - wall, time.process_time() - used
    return {"seconds": seconds, "used": used, "characters": characters, "cells": cells}


def answer(command: list[str]) -> dict[str, float]:
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def peer() -> str:
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "pdfplumber>=0.11,<0.12"], check=True)
    return str(python)


def main() -> None:
    """Ours and the peer by turns, each in a process of its own; medians of the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "report.pdf"
        made.write_bytes(report())
        asked = [Path(argument) for argument in sys.argv[1:]] or [made]
        paths = [
            str(path) for one in asked for path in (sorted(one.rglob("*.pdf")) if one.is_dir() else [one])
        ]
        python, pairs = peer(), []
        for _ in range(PAIRS):
            mine = answer([sys.executable, __file__, "--read", *paths])
            pairs.append((mine, answer([python, "-c", PEER_CODE, *paths])))
    mine, other = pairs[0]
    print(
        f"reading {len(paths)} PDF: {mine['characters']:.0f} characters, {mine['cells']:.0f} cells of tables"
    )
    print(f"  the peer finds {other['characters']:.0f} characters, {other['cells']:.0f} cells")
    print(f"{'medians of ' + str(PAIRS) + ' pairs':<28}{'jiheng':>10}{'pdfplumber':>12}{'ratio':>9}")
    for title, key in (("on the clock", "seconds"), ("of the processor", "used")):
        ours, theirs = (statistics.median(pair[side][key] for pair in pairs) for side in (0, 1))
        ratio = statistics.median(pair[1][key] / pair[0][key] for pair in pairs)
        print(f"  {title:<26}{ours:8.2f} s{theirs:10.2f} s{ratio:8.1f}×")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(timed(sys.argv[2:])))
    else:
        main()
