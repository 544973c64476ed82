"""Audits a folder of documents and prints what was checked: by document, by kind, and every error in full.

Run: .venv/bin/python scripts/corpus.py FOLDER [--jobs N] [--year Y] [--silent]
"""

from __future__ import annotations

import argparse
import sys
import time
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

from jiheng.auditing import REAL, Settings, Told, audit_files, chosen
from jiheng.auditing.telling import rows
from jiheng.claims import Kind, Outcome, Report
from jiheng.sheets import Severity

OUTCOMES = tuple(Outcome)
NAME = 44


def main() -> int:
    asked = arguments()
    files = chosen([asked.folder]).files
    began, settings = time.perf_counter(), Settings(REAL, date.today(), year=asked.year)
    print(heading("document", "figures", *OUTCOMES, "err", "warn", "hint", "seconds"))
    told, grave = [], []
    for answer in audit_files(files, settings, jobs=asked.jobs):
        print(line(answer), flush=True)
        grave += alarms(answer)
        told.append(replace(answer, body=""))  # the counts; a thousand texts would not fit
    took = time.perf_counter() - began
    by_kind(told)
    unreadable = [answer for answer in told if answer.error]
    relations = sum(answer.outcomes.total() for answer in told)
    figures = sum(answer.figures for answer in told)
    print(
        f"\n{len(told)} documents, {len(unreadable)} unreadable; {figures} figures, {relations} relations; "
        f"{took:.1f} s on the clock with {asked.jobs} processes, "
        f"{sum(answer.seconds for answer in told):.1f} s of single documents"
    )
    for answer in unreadable:
        print(f"unreadable: {answer.document}: {answer.error}")
    if not asked.silent:
        print("\n".join(grave))
    return 2 if unreadable or not told else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--year", type=int)
    parser.add_argument("--silent", action="store_true", help="no errors and warnings in full")
    return parser.parse_args()


def fitted(name: str) -> str:
    """To a fixed width on screen, where a Chinese character takes two columns; long names keep their end."""
    width = 0
    for at in range(len(name) - 1, -1, -1):
        width += 2 if unicodedata.east_asian_width(name[at]) in "WF" else 1
        if width > NAME:
            return "…" + fitted(name[at + 2 :])[: NAME - 1]
    return name + " " * (NAME - width)


def heading(name: str, *columns: str) -> str:
    return fitted(name) + "".join(f"{column:>10}" for column in columns)


def line(answer: Told) -> str:
    by_outcome: Counter[Outcome] = Counter()
    for (_, outcome), count in answer.outcomes.items():
        by_outcome[outcome] += count
    severities = Counter(found.severity for found in report_of(answer).findings)
    numbers = [answer.figures, *(by_outcome[outcome] for outcome in OUTCOMES)]
    numbers += [severities[key] for key in (Severity.ERROR, Severity.WARNING, Severity.HINT)]
    return (
        fitted(answer.document) + "".join(f"{number:>10}" for number in numbers) + f"{answer.seconds:>10.2f}"
    )


def by_kind(told: list[Told]) -> None:
    together: Counter[tuple[Kind, Outcome]] = Counter()
    for answer in told:
        together += answer.outcomes
    print("\n" + heading("kind", *OUTCOMES, "all"))
    for kind in Kind:
        counts = [together[kind, outcome] for outcome in OUTCOMES]
        if any(counts):
            print(heading(str(kind), *map(str, counts), str(sum(counts))))
    totals = [sum(together[kind, outcome] for kind in Kind) for outcome in OUTCOMES]
    print(heading("all", *map(str, totals), str(sum(totals))))


def alarms(answer: Told) -> list[str]:
    """Errors and warnings in full."""
    told = []
    for row in rows(report_of(answer)):
        if row.found.severity is not Severity.HINT:
            told.append(f"  {row.severity} {row.found.code} {row.kind}（{row.place}）{row.context}")
            told.append(f"      {row.found.message}")
            told += [f"      {row.proof}"] if row.proof else []
    return [f"\n{answer.document}", *told] if told else []


def report_of(answer: Told) -> Report:
    assert isinstance(answer.body, Report)
    return answer.body


if __name__ == "__main__":
    sys.exit(main())
