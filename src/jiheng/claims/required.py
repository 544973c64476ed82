"""What a published explanation must say and does not: required contents, by policy, kind of note by kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jiheng.claims.paper import Note, Paper, compiled, note_kinds, warning
from jiheng.claims.report import Found, Kind
from jiheng.sheets.document import BlockKind

_TOPIC = {"san_gong": "出国", "transfers": "转移支付", "debt": "债", "performance": "绩效"}


class _Said:
    """A text that is asked again and again for the same words; `beside` is another that they may stand in."""

    def __init__(self, text: str, beside: _Said | None = None) -> None:
        self._text, self._beside = text, beside
        self._known: dict[str, bool] = {}

    def has(self, words: str) -> bool:
        known = self._known.get(words)
        if known is None:
            known = self._known[words] = bool(compiled(words).search(self._text))
        return known or (self._beside is not None and self._beside.has(words))


def missing_contents(paper: Paper) -> Iterator[Found]:
    """QX11–QX45, 财预〔2016〕143号, 财预〔2018〕209号, 中发〔2018〕34号: contents of the four notes.

    A content counts as said wherever its words stand: in the note, or in a table on the same topic. Reports,
    bulletins and news pages are never asked. One warning for each content.
    """
    kinds = note_kinds(paper.policy)
    tables: dict[str, _Said] = {}
    for note in paper.notes:
        if note.kind not in tables:
            tables[note.kind] = _Said(_tables(paper, _TOPIC.get(note.kind, "")))
        said = _Said(paper.text[note.start : note.end], tables[note.kind])
        kind = kinds[note.kind]
        if not _applies(kind, said, note.heading.name):
            continue
        for content in kind["contents"]:
            asked = _applies(content, said, note.heading.name)
            lacking = _lacking(content, said, paper.year) if asked else ""
            if lacking:
                span = _place(paper, note, content)
                yield warning(content["code"], Kind.MISSING, span, f"{kind['name']}没有写明{lacking}")


def missing_tables(paper: Paper) -> Iterator[Found]:
    """QX51, 财预〔2016〕143号: explanations published together, and neither tables nor word of them."""
    rule = paper.policy.table("contents.whole_set")
    kinds = {note.kind for note in paper.notes}
    has_tables = any(block.kind is BlockKind.TABLE for block in paper.document.blocks)
    if len(kinds) < rule["notes"] or has_tables or paper.is_department:
        return
    if not any(compiled(word).search(paper.text) for word in rule["words"]):
        first = paper.notes[0].heading
        yield warning(
            rule["code"],
            Kind.MISSING,
            (first.start, first.end),
            f"{len(kinds)}份说明合在一起公开，没有{rule['name']}；已另行公开的，请注明名称和网址",
        )


def missing_sections(paper: Paper) -> Iterator[Found]:
    """QX61–QX74, 财预〔2016〕143号: the sections of the explanation of a department's final accounts.

    Only where enough of them are there to know it for such an explanation and not a cover or a page of links.
    """
    if not paper.is_department or paper.is_report:
        return
    rule = paper.policy.table("contents.department")
    names = [line.name for line in paper.prose if line.is_heading or line.level]
    said = _Said("\n".join(names))
    there = [row for row in rule["contents"] if _any(row["words"], said)]
    title = next((line for line in paper.opening if compiled(rule["heading"]).search(line.name)), None)
    if title is None or len(there) < rule["sections"] or "。" not in paper.text:
        return
    said = _Said(paper.text)
    for row in rule["contents"]:
        asked = _applies(row, said, title.name)
        lacking = _lacking(row, said, paper.year) if asked else ""
        if lacking:
            yield warning(
                row["code"], Kind.MISSING, (title.start, title.end), f"{rule['name']}没有写明{lacking}"
            )


def _applies(row: Mapping[str, Any], said: _Said, heading: str) -> bool:
    """Whether policy asks for this here: its `asked` words stand in the text, its `unless` words don't."""
    return (
        ("asked" not in row or said.has(row["asked"]))
        and ("asked_heading" not in row or bool(compiled(row["asked_heading"]).search(heading)))
        and ("unless" not in row or not said.has(row["unless"]))
    )


def _lacking(content: Mapping[str, Any], said: _Said, year: int | None) -> str:
    """What of this content is not said, in words; empty if all is."""
    if "each" in content:
        absent = [name for name, words in content["each"].items() if not said.has(words)]
        return f"{content['name']}：{'、'.join(absent)}" if absent else ""
    prior = str(year - 1) if year is not None else r"20\d\d"
    words = [word.replace("{prior}", prior) for word in content["words"]]
    return "" if _any(words, said) else str(content["name"])


def _any(words: list[str], said: _Said) -> bool:
    return any(said.has(word) for word in words)


def _tables(paper: Paper, topic: str) -> str:
    """The tables that speak of this topic, their titles included."""
    found = [
        block.title + "\n" + paper.text[block.start : block.end]
        for block in paper.document.blocks
        if block.kind is BlockKind.TABLE
    ]
    return "".join(f"\n{table}" for table in found if topic in table)


def _place(paper: Paper, note: Note, content: Mapping[str, Any]) -> tuple[int, int]:
    """The clause where the content would belong; the note's heading where policy names none."""
    if "at" in content:
        match = re.compile(content["at"]).search(paper.text, note.start, note.end)
        if match:
            return paper.clause(match.start())
    return note.heading.start, note.heading.end
