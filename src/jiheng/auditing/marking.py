"""Which stretches of a document's text were checked, and how each came out: what a page draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from jiheng.claims import Found, Outcome, Relation, Report
from jiheng.sheets import Severity


class Level(StrEnum):
    """How a marked figure came out, gravest first."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"
    ROUNDING = "rounding"
    OK = "ok"
    UNKNOWN = "unknown"


LEVELS = {
    Level.ERROR: "错误",
    Level.WARNING: "警告",
    Level.HINT: "提示",
    Level.ROUNDING: "四舍五入",
    Level.OK: "成立",
    Level.UNKNOWN: "存疑未判",
}
_RANK = {level: rank for rank, level in enumerate(Level)}
_OF_SEVERITY = {
    Severity.ERROR: Level.ERROR,
    Severity.WARNING: Level.WARNING,
    Severity.HINT: Level.HINT,
}
_OF_OUTCOME = {
    Outcome.OK: Level.OK,
    Outcome.ROUNDING: Level.ROUNDING,
    Outcome.ERROR: Level.ERROR,
    Outcome.UNKNOWN: Level.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A checked figure or direction word; `relations` are the ids of what it takes part in, gravest first."""

    start: int
    end: int
    level: Level
    relations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text within which nothing begins or ends. `clauses` are the findings over it."""

    start: int
    end: int
    mark: Mark | None
    clauses: tuple[Found, ...]
    opening: tuple[Found, ...]  # findings whose clause begins here


def levels(report: Report) -> dict[str, Level]:
    """Of each relation: what its findings say of it, else its verdict."""
    found: dict[str, Level] = {}
    for finding in report.findings:
        level = _OF_SEVERITY[finding.severity]
        if finding.relation:
            found[finding.relation] = min(level, found.get(finding.relation, level), key=_RANK.__getitem__)
    return {relation.id: _level(relation, found.get(relation.id)) for relation in report.relations}


def _level(relation: Relation, said: Level | None) -> Level:
    if said is None or (said is Level.HINT and relation.verdict is Outcome.ROUNDING):
        return _OF_OUTCOME[relation.verdict]
    return said


def marks(report: Report) -> list[Mark]:
    """In the order of the text; none overlaps another."""
    level_of = levels(report)
    taking_part: dict[tuple[int, int], list[str]] = {}
    for relation in report.relations:
        spans = {(operand.start, operand.end) for operand in relation.operands}
        if level_of[relation.id] in (Level.ERROR, Level.WARNING):
            spans |= {(word.start, word.end) for word in relation.words}
        for span in spans:
            taking_part.setdefault(span, []).append(relation.id)
    drawn: list[Mark] = []
    for start, end in sorted(taking_part, key=lambda span: (span[0], -span[1])):
        if start < end and (not drawn or drawn[-1].end <= start):
            ids = sorted(taking_part[start, end], key=lambda key: _RANK[level_of[key]])
            drawn.append(Mark(start, end, level_of[ids[0]], tuple(ids)))
    return drawn


def pieces(report: Report) -> Iterator[Piece]:
    """The whole text, cut wherever a mark or the clause of a finding begins or ends."""
    drawn = marks(report)
    clauses = sorted(report.findings, key=lambda found: (found.start, found.end))
    cuts = {0, len(report.text)}
    cuts.update(edge for mark in drawn for edge in (mark.start, mark.end))
    cuts.update(edge for found in clauses for edge in (found.start, found.end))
    edges = sorted(cuts)
    coming, active, at = list(reversed(clauses)), list[Found](), 0
    for start, end in pairwise(edges):
        opening = []
        while coming and coming[-1].start == start:
            opening.append(coming.pop())
        active = [found for found in (*active, *opening) if found.end > start]
        while at < len(drawn) and drawn[at].end <= start:
            at += 1
        mark = drawn[at] if at < len(drawn) and drawn[at].start <= start else None
        yield Piece(start, end, mark, tuple(active), tuple(opening))
