"""The cost of an audit: against finding the numbers alone, by length, by processes, over ten thousand texts.

The texts are consistent ones of `benchmarks/texts/`, put together to the length wanted.
Run: .venv/bin/python benchmarks/audit_speed.py [--files N]
"""

from __future__ import annotations

import argparse
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
    """By turns, so that what else the machine does falls on both."""
    raw = [text_of(CHARACTERS, seed) for seed in range(TEXTS)]
    documents = [document_of(text) for text in raw]
    report = audit_document(documents[0], POLICY)
    pairs = [
        (
            seconds(lambda: [audit_document(document, POLICY) for document in documents]),
            seconds(lambda: [document_of(text) for text in raw]),
            seconds(lambda: [NUMBER.findall(text) for text in raw]),
        )
        for _ in range(PAIRS)
    ]
    ours, opened, floor = (statistics.median(pair[side] for pair in pairs) for side in range(3))
    print(f"{TEXTS} extracted texts of {CHARACTERS:,} characters, of the processor, median of {PAIRS}")
    print(f"  the first has {report.figures} figures and {len(report.relations)} relations")
    print(f"  checking              {TEXTS / ours:8.0f} documents/s (aim ≥ {AIM_RATE})")
    print(f"  opening a .txt file   {TEXTS / opened:8.0f} documents/s")
    print(f"  re.findall of numbers {TEXTS / floor:8.0f} documents/s: checking costs {ours / floor:.0f}×")


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
