"""The cost of an audit: against finding the numbers alone, by length, by processes, over ten thousand texts.

The texts are consistent ones of `benchmarks/texts/`, put together to the length wanted: twice as dense with
figures as what is published (148 in 5,000 characters of prose of 41 real documents, counted 2026-11-24), so
they are also thinned to that density by sentences that say no figure.
Run: .venv/bin/python benchmarks/audit_speed.py [--files N]
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import texts

from jiheng import policy
from jiheng.auditing import audit_document
from jiheng.documents import reading
from jiheng.sheets import Document

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
CHARACTERS, TEXTS, PAIRS = 5_000, 40, 5
AIM_RATE, AIM_LARGE = 100, 20
LENGTHS = (250_000, 500_000, 1_000_000, 2_000_000)
CORES = len(os.sched_getaffinity(0))
POLICY = policy.on(date(2026, 1, 1))


# what published texts are made of between their figures
PLAIN = (
    "坚持党建引领，落实过紧日子要求，严控一般性支出，把有限的资金用在刀刃上。",
    "健全预算管理制度，加强部门协同，压实主体责任，推动各项政策落地见效。",
    "统筹存量和增量资源，优化支出结构，切实兜牢基层“三保”底线，防范化解债务风险。",
    "下一步将进一步提高站位，完善监督机制，主动接受人大和社会各界监督。",
)
REAL_DENSITY = 148  # figures in 5,000 characters


def thinned(text: str, figures: int) -> str:
    """The text with plain sentences between its lines, cut at its length, of about the real density."""
    plain, spread = itertools.cycle(PLAIN), figures / REAL_DENSITY - 1
    lines, owed = [], 0.0
    for line in text.splitlines():
        owed += len(line) * spread
        lines.append(line)
        while owed > len(PLAIN[0]) and line.endswith("。"):
            lines.append(next(plain))
            owed -= len(lines[-1])
    return "\n".join(lines)[: len(text)]


def text_of(characters: int, seed: int) -> str:
    """Consistent texts one after the other, cut at the length."""
    parts, length = [], 0
    for number in itertools.count(seed * 10_007):
        parts.append(texts.clean(number).text)
        length += len(parts[-1]) + 1
        if length >= characters:
            return "\n".join(parts)[:characters]
    raise AssertionError


def document_of(text: str) -> Document:
    return reading.read(text.encode(), "文稿.txt")


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def against_finding_numbers() -> None:
    """By turns, so that what else the machine does falls on both. The collector is set as in the processes
    of `jiheng audit` (auditing/batch.py), and as there no report is kept."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    dense = [text_of(CHARACTERS, seed) for seed in range(TEXTS)]
    counts = [audit_document(document_of(text), POLICY).figures for text in dense]
    real = [thinned(text, count) for text, count in zip(dense, counts, strict=True)]
    print(f"{TEXTS} extracted texts of {CHARACTERS:,} characters, of the processor, median of {PAIRS}")
    for name, raw in (("as dense as published", real), ("twice as dense", dense)):
        documents = [document_of(text) for text in raw]
        reports = [audit_document(document, POLICY) for document in documents]
        figures = statistics.mean(report.figures for report in reports)
        relations = statistics.mean(len(report.relations) for report in reports)
        del reports
        pairs = [
            (
                seconds(lambda documents=documents: each(documents)),
                seconds(lambda raw=raw: [document_of(text) for text in raw]),
                seconds(lambda raw=raw: [NUMBER.findall(text) for text in raw]),
            )
            for _ in range(PAIRS)
        ]
        ours, opened, floor = (statistics.median(pair[side] for pair in pairs) for side in range(3))
        print(f"  {name}: {figures:.0f} figures and {relations:.0f} relations a text")
        print(f"    checking              {TEXTS / ours:8.0f} documents/s (aim ≥ {AIM_RATE})")
        print(f"    opening a .txt file   {TEXTS / opened:8.0f} documents/s")
        print(
            f"    re.findall of numbers {TEXTS / floor:8.0f} documents/s: checking costs {ours / floor:.0f}×"
        )


def each(documents: list[Document]) -> None:
    for document in documents:
        audit_document(document, POLICY)


def by_length() -> None:
    print("\none text, of the processor, opening and checking")
    first = 0.0
    for length in LENGTHS:
        text = text_of(length, 1)
        took = seconds(lambda text=text: audit_document(document_of(text), POLICY))
        each = took / length
        first = first or each
        aim = f"; aim < {AIM_LARGE} s" if length == LENGTHS[-1] else ""
        print(f"  {length:>9,} characters {took:7.2f} s, {each / first:5.2f}× the first a character{aim}")
    line = text_of(300_000, 2).replace("。", "，").replace("\n", "")
    took = seconds(lambda: audit_document(document_of(line), POLICY))
    print(f"  {len(line):>9,} characters {took:7.2f} s without a full stop or a line break")


def folder_of(place: Path, files: int) -> Path:
    place.mkdir()
    kept = [text_of(CHARACTERS, seed).encode() for seed in range(TEXTS)]
    for number in range(files):
        (place / f"{number:05d}.txt").write_bytes(kept[number % TEXTS])
    return place


def command(folder: Path, jobs: int) -> tuple[float, float]:
    """Seconds on the clock and the most memory of any of its processes, in MB."""
    start = time.perf_counter()
    asked = [sys.executable, "-m", "jiheng.config.cli", "audit", str(folder), "--format", "json"]
    asked += ["--jobs", str(jobs), "--fail-on", "never"]
    process = subprocess.Popen(asked, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}")
    return time.perf_counter() - start, used.ru_maxrss / 1024


def over_a_folder(files: int) -> None:
    print("\njiheng audit FOLDER --format json, on the clock, start included")
    with tempfile.TemporaryDirectory() as name:
        few = max(files // 20, 1)
        small = folder_of(Path(name, "small"), few)
        alone, least = command(small, 1)
        print(f"  {few:>6,} texts, --jobs 1: {alone:7.1f} s, {few / alone:6.0f} documents/s")
        if CORES > 1:
            together, _ = command(small, CORES)
            print(
                f"  {few:>6,} texts, --jobs {CORES}: {together:7.1f} s, {few / together:6.0f} documents/s, "
                f"{alone / together:.2f}× of {CORES}"
            )
        took, most = command(folder_of(Path(name, "large"), files), CORES)
        print(f"  {files:>6,} texts, --jobs {CORES}: {took:7.1f} s, {files / took:6.0f} documents/s")
        print(f"  largest process: {least:.0f} MB for {few:,} texts, {most:.0f} MB for {files:,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    asked = parser.parse_args()
    against_finding_numbers()
    by_length()
    over_a_folder(asked.files)


if __name__ == "__main__":
    main()
