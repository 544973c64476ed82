"""From a file to its report: read, check, check every error again by other means."""

from __future__ import annotations

import gc
import hashlib
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from jiheng.auditing.telling import at_key
from jiheng.claims import Outcome, Relation, Report
from jiheng.documents.archive import DocumentError
from jiheng.policy import Policy
from jiheng.sheets import Document, Severity

CHUNK = 1024 * 1024


class Check(Protocol):
    """`claims.check`."""

    def __call__(self, document: Document, policy: Policy, *, year: int | None = None) -> Report: ...


@dataclass(frozen=True, slots=True)
class Steps:
    """The functions an audit goes through; processes get them by name, so each stands in a module."""

    read: Callable[[Path], Document]  # raises DocumentError
    place: Callable[[Document, int], str]
    check: Check
    confirms: Callable[[Relation], bool]  # whether the figures of an error really cannot hold together


def audited(path: Path, policy: Policy, year: int | None, steps: Steps) -> Report:
    """The report of one file under the name it was asked for; what went wrong is in its `error`.

    Never raises for what a file holds: the rest of a batch goes on.
    """
    try:
        report = checked(steps.read(path), policy, year, steps)
    except DocumentError as error:
        return unreadable(path, str(error))
    except OSError as error:
        return unreadable(path, f"读不到文件：请检查路径和权限（{error.strerror or error}）")
    except MemoryError:
        return unreadable(path, "内存不足，请拆分后再查")
    except Exception as error:  # noqa: BLE001 - one document's trouble is not the others'
        return unreadable(path, f"检查程序出错，请报告给维护者：{_told(error)}")
    return replace(report, document=shown(path))


def checked(document: Document, policy: Policy, year: int | None, steps: Steps) -> Report:
    """The report of a document that has been read, with the place of everything it names."""
    with _collector_paused():
        report = confirmed(steps.check(document, policy, year=year), steps.confirms)
        return replace(report, places=_places(report, document, steps.place))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Checking leaves no rings behind, and over a long text the collector takes half as long again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def shown(path: Path) -> str:
    """The path as it can be printed; a name that is no UTF-8 shows marks in its place."""
    return os.fsencode(path).decode("utf-8", "replace")


def unreadable(path: Path, reason: str) -> Report:
    """Named with its reason, and its hash where the bytes at least can be had."""
    return Report(shown(path), _hash(path), "", 0, error=reason)


def confirmed(report: Report, confirms: Callable[[Relation], bool]) -> Report:
    """Without the errors that the verifier does not share: precision comes first. They count as unknown."""
    doubtful = {
        relation.id
        for relation in report.relations
        if relation.verdict is Outcome.ERROR and not confirms(relation)
    }
    if not doubtful:
        return report
    dropped = {
        found.id
        for found in report.findings
        if found.relation in doubtful and found.severity is not Severity.HINT
    }
    repairs = (
        replace(repair, resolves=tuple(key for key in repair.resolves if key not in dropped))
        for repair in report.repairs
    )
    return replace(
        report,
        relations=tuple(
            _undecided(relation) if relation.id in doubtful else relation for relation in report.relations
        ),
        findings=tuple(found for found in report.findings if found.id not in dropped),
        repairs=tuple(repair for repair in repairs if repair.resolves),
    )


def _undecided(relation: Relation) -> Relation:
    note = f"{relation.message}（独立复核没有得出同样结论，未报告）"
    return relation._replace(verdict=Outcome.UNKNOWN, proof="", message=note)


def _places(report: Report, document: Document, place: Callable[[Document, int], str]) -> dict[str, str]:
    """Of every relation and finding, of every figure that a finding compares or a repair changes."""
    starts = {relation.id: relation.start for relation in report.relations}
    starts |= {found.id: found.start for found in report.findings}
    accused = {found.relation for found in report.findings}
    for relation in report.relations:
        if relation.id in accused:
            starts |= {at_key(operand.start): operand.start for operand in relation.operands}
    for repair in report.repairs:
        starts |= {at_key(edit.start): edit.start for edit in repair.edits}
    return {key: place(document, start) for key, start in starts.items()}


def _told(error: Exception) -> str:
    """What a maintainer needs first: the kind of error, what it says, the line it comes from."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} {error}（{Path(last.filename).name} 第 {last.lineno} 行）"


def _hash(path: Path) -> str:
    """sha256 of the file, read piece by piece; empty where nothing can be read."""
    digest = hashlib.sha256()
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()
