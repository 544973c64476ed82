"""Beside a checked text: the arithmetic of what is chosen, what else speaks of it, how it could be mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jiheng.auditing.marking import LEVELS, Level
from jiheng.auditing.telling import KINDS, Places, in_context, plainly
from jiheng.claims.report import Found, Kind, Relation, Repair
from jiheng.web.audit_text import OF_SEVERITY, Marked

MOST_OTHERS = 30
MOST_REPAIRS = 6
COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.HINT: "blue", Level.OK: "green"}


@dataclass(frozen=True)
class Figure:
    """A figure of a relation: as printed, where, and its link."""

    text: str
    place: str
    href: str


@dataclass(frozen=True)
class Other:
    """Another relation with one of the same figures."""

    words: str
    colour: str
    kind: str
    before: str
    quote: str
    after: str
    href: str


@dataclass(frozen=True)
class Proposal:
    """A repair in words: its edits in their context, what it resolves, what it breaks."""

    edits: list[tuple[str, str, str, str, str]]  # link, before, text, replacement, after
    resolves: list[tuple[str, str]]  # link, words
    breaks: list[tuple[str, str]]
    note: str


def chosen(marked: Marked, on: str) -> tuple[Found | None, Relation | None]:
    """What an address chooses: a finding with its relation, or a relation with its gravest finding."""
    found = marked.findings.get(on)
    relation = marked.relations.get(found.relation if found else on)
    if found is None and relation is not None and relation.id in marked.by_relation:
        found = marked.by_relation[relation.id][0]
    return found, relation


def facts(marked: Marked, found: Found | None, relation: Relation | None) -> dict[str, Any]:
    """What the panel says of a finding, a relation, or both (one of them is there)."""
    subject = found or relation
    assert subject is not None
    level = OF_SEVERITY[found.severity] if found else marked.levels[subject.id]
    words, tint = _named(level)
    places = Places(marked.report)
    return {
        "chosen": subject,
        "relation": relation,
        "level": level,
        "level_words": words,
        "tint": tint,
        "kind": KINDS[subject.kind],
        "quote": marked.report.text[subject.start : subject.end],
        "place": places.of(subject.id, subject.start),
        "href": marked.link(subject.id),
        "closing": marked.link("", subject.start),
        "figures": _figures(marked, relation, places) if relation else [],
        "sums": _sums(relation) if relation else [],
        "others": _others(marked, relation) if relation else [],
        "proposals": _proposals(marked, found.id) if found else [],
        "here": _here(marked, found) if found else [],
    }


def _named(level: Level) -> tuple[str, str]:
    """A level in words, and its colour."""
    return LEVELS[level], COLOURS.get(level, "grey")


def _here(marked: Marked, found: Found) -> list[tuple[str, str, str, str]]:
    """The other findings over the same words: level, colour, message, link."""
    return [
        (*_named(OF_SEVERITY[other.severity]), other.message, marked.link(other.id))
        for other in marked.report.findings
        if other is not found and other.start < found.end and other.end > found.start
    ]


def _figures(marked: Marked, relation: Relation, places: Places) -> list[Figure]:
    return [
        Figure(
            item.text,
            places.of(f"@{item.start}", item.start),
            marked.link(marked.subject_of(relation.id), item.start),
        )
        for item in relation.operands
    ]


def _sums(relation: Relation) -> list[tuple[str, str]]:
    """What is printed, what follows, what is between them: the arithmetic as lines."""
    lines = (
        ("原文", relation.stated),
        ("按其他数字算得", relation.computed),
        ("相差", relation.difference),
        ("四舍五入可解释", relation.tolerance),
    )
    return [(words, plainly(value)) for words, value in lines if value is not None]


def _others(marked: Marked, relation: Relation) -> list[Other]:
    """The relations that share a figure with this one, those that state the same fact first."""
    near = {key for item in relation.operands for key in marked.at.get(item.start, ()) if key != relation.id}
    text, made = marked.report.text, []
    ordered = sorted(
        near, key=lambda key: (marked.relations[key].kind is not Kind.SAME_FACT, marked.relations[key].start)
    )
    for key in ordered[:MOST_OTHERS]:
        other = marked.relations[key]
        level = marked.levels[key]
        before, quote, after = in_context(text, other.start, other.end)
        made.append(
            Other(
                *_named(level),
                KINDS[other.kind],
                before,
                quote,
                after,
                marked.link(marked.subject_of(key)),
            )
        )
    return made


def _proposals(marked: Marked, number: str) -> list[Proposal]:
    fitting = [repair for repair in marked.report.repairs if number in repair.resolves]
    return [_proposal(marked, repair) for repair in fitting[:MOST_REPAIRS]]


def _proposal(marked: Marked, repair: Repair) -> Proposal:
    text = marked.report.text
    edits = []
    for edit in repair.edits:
        before, _, after = in_context(text, edit.start, edit.end)
        href = f"?part={marked.part_of(edit.start)}#m-{edit.start}"
        edits.append((href, before, edit.text, edit.replacement, after))
    return Proposal(
        edits,
        _linked(marked, repair.resolves, marked.findings),
        _linked(marked, repair.breaks, marked.relations),
        repair.note,
    )


def _linked(marked: Marked, keys: Sequence[str], there: Mapping[str, Any]) -> list[tuple[str, str]]:
    text = marked.report.text
    return [
        (marked.link(key), in_context(text, there[key].start, there[key].end)[1])
        for key in keys
        if key in there
    ]
