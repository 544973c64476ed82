"""Many files: which of a folder are documents, each audited in a process of its own kind, told in order."""

from __future__ import annotations

import gc
import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePath

from jiheng import policy
from jiheng.auditing import as_html
from jiheng.auditing.as_json import report_json
from jiheng.auditing.as_text import report_text
from jiheng.auditing.pipeline import Steps, audited, shown, unreadable
from jiheng.auditing.telling import Digest, counted, digest, worst
from jiheng.auditing.workers import ordered
from jiheng.claims import Kind, Outcome, Report
from jiheng.documents.reading.opening import ENDINGS
from jiheng.sheets import Severity

SECONDS = 300  # for one document; guards the machine, no policy


class Format(StrEnum):
    """What each document is made into."""

    TEXT = "text"
    COLOURED = "coloured"
    JSON = "json"
    HTML = "html"
    WORD = "docx"
    REPORT = "report"  # the record itself


@dataclass(frozen=True, slots=True)
class Settings:
    """What the processes are told. `overrides` is the folder of local policy, if there is one."""

    steps: Steps
    day: date
    format: Format = Format.REPORT
    year: int | None = None
    region: str = ""
    overrides: Path | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One document, as far as whoever asked needs it."""

    document: str
    error: str
    worst: Severity | None
    figures: int
    outcomes: Counter[tuple[Kind, Outcome]]
    seconds: float  # on the clock, for reading and checking
    line: str  # of the table at the top of a page
    body: str | Digest | Report


@dataclass(frozen=True, slots=True)
class Chosen:
    """Files to audit, how many others the folders held, and folders without any document."""

    files: tuple[str, ...]
    passed_over: int
    empty: tuple[str, ...]


def chosen(paths: Sequence[Path]) -> Chosen:
    """Files as named; of folders, by name and with all below them, what has a known ending. None twice."""
    files: dict[str, None] = {}
    passed_over, empty = 0, []
    for path in paths:
        if not path.is_dir():
            files[str(path)] = None
            continue
        found, others = _inside(path)
        passed_over += others
        files |= dict.fromkeys(found)
        if not found:
            empty.append(shown(path))
    return Chosen(tuple(files), passed_over, tuple(empty))


def _inside(folder: Path) -> tuple[list[str], int]:
    """Hidden files and the lock files of an office program are no documents."""
    found, others = [], 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if PurePath(name).suffix.lower() in ENDINGS and not name.startswith((".", "~$")):
                found.append(os.path.join(place, name))  # noqa: PTH118 - as given, “./” included
            else:
                others += 1
    return found, others


def audit_files(
    files: Sequence[str], settings: Settings, *, jobs: int = 1, seconds: int = SECONDS
) -> Generator[Told, None, None]:
    """Each file in the order given, from processes that may die or hang without harm to the others.

    Memory is bounded by the documents under way, not by how many there are. Raises WorkersFailed
    when no process can be made ready, for wrong local policy for instance.
    """
    failed = partial(_failed, settings)
    return ordered(partial(_prepared, settings), files, failed, jobs=jobs, seconds=seconds)


def _prepared(settings: Settings) -> Callable[[str], Told]:
    """In the process: policy is read once, and the collector looks less often, for a report has no rings."""
    if settings.overrides is not None:
        policy.use_overrides(settings.overrides)
    in_force = policy.on(settings.day, settings.region)
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)

    def work(file: str) -> Told:
        began = time.perf_counter()
        report = audited(Path(file), in_force, settings.year, settings.steps)
        return _told(report, settings.format, time.perf_counter() - began)

    return work


def _failed(settings: Settings, file: str, reason: str) -> Told:
    return _told(unreadable(Path(file), reason), settings.format, 0)


def _told(report: Report, wanted: Format, seconds: float) -> Told:
    return Told(
        report.document,
        report.error,
        worst(report.findings),
        counted(report).figures,
        Counter((relation.kind, relation.verdict) for relation in report.relations),
        seconds,
        as_html.line(report) if wanted is Format.HTML else "",
        _body(report, wanted),
    )


def _body(report: Report, wanted: Format) -> str | Digest | Report:
    if wanted is Format.JSON:
        return report_json(report)
    if wanted is Format.HTML:
        return as_html.section(report)
    if wanted is Format.WORD:
        return digest(report)
    if wanted is Format.REPORT:
        return report
    return report_text(report, coloured=wanted is Format.COLOURED)
