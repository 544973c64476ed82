"""The door of the room: a document in, its report out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from jiheng.claims.changes import change_relations
from jiheng.claims.frames import Frame, Paragraph, paragraph
from jiheng.claims.report import Found, Kind, Outcome, Relation, Report
from jiheng.claims.scan import flat
from jiheng.claims.shares import share_relations
from jiheng.claims.sums import sum_relations
from jiheng.claims.verdicts import judge
from jiheng.policy import Policy
from jiheng.sheets import Block, BlockKind, Document, Severity

_PROSE = (BlockKind.PARAGRAPH, BlockKind.HEADING)


def check(document: Document, policy: Policy, *, year: int | None = None) -> Report:
    """Every relation of a document with its verdict, what was found, and the smallest repairs.

    `year` is the fiscal year the document is about; None derives it where the text says so. Deterministic, and
    linear in the length of the text.
    """
    text = flat(document.text)
    relations: list[Relation] = []
    earlier: list[Frame] = []
    count = 0
    for para in paragraphs(document, text):
        count += len(para.mentions)
        for frame in para.frames:
            relations += map(judge, change_relations(frame))
        relations += sum_relations(para)
        relations += share_relations(para, earlier)
        earlier += para.levels()
    numbered = _numbered(relations)
    return Report(document.name, document.sha256, document.text, count, numbered, tuple(_findings(numbered)), unread=document.unread)


def paragraphs(document: Document, text: str) -> Iterator[Paragraph]:
    """The prose of a document: blocks that go on with one list are read as one paragraph."""
    for start, end in _stretches(document.blocks, text):
        yield paragraph(text, start, end)


def _stretches(blocks: Iterable[Block], text: str) -> Iterator[tuple[int, int]]:
    start, end = -1, -1
    for block in blocks:
        if block.kind not in _PROSE:
            continue
        first = text[block.start : block.start + 6].lstrip()
        goes_on = (end >= 0 and text[:end].rstrip()[-1:] in ":：;；，,、") or (end >= 0 and block.kind is BlockKind.PARAGRAPH and _is_item(first))
        if goes_on and not text[end : block.start].strip():
            end = block.end
            continue
        if end >= 0:
            yield start, end
        start, end = block.start, block.end
    if end >= 0:
        yield start, end


def _is_item(first: str) -> bool:
    return first.startswith(("(1", "(2", "(3", "(4", "(5", "(6", "(7", "(8", "(9")) or first[:1] in "①②③④⑤⑥⑦⑧⑨"


def _numbered(relations: list[Relation]) -> tuple[Relation, ...]:
    ordered = sorted(relations, key=lambda r: (r.start, r.end, r.code))
    return tuple(replace(relation, id=f"R{number}") for number, relation in enumerate(ordered, 1))


def _findings(relations: Iterable[Relation]) -> Iterator[Found]:
    number = 0
    for relation in relations:
        if relation.verdict is Outcome.ERROR:
            severity = Severity.ERROR
        elif relation.verdict is Outcome.ROUNDING:
            severity = Severity.HINT
        else:
            continue
        number += 1
        stated = relation.operands[-1] if relation.operands else None
        yield Found(f"F{number}", relation.code, severity, relation.kind, stated.start if stated else relation.start,
                    stated.end if stated else relation.end, relation.message, relation.id)


__all__ = ["Kind", "check", "paragraphs"]
