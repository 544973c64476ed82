"""How a checked text is drawn: nothing of it is lost, marks nest, parts cover it."""

from __future__ import annotations

import html
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from jiheng.claims.report import Found, Kind, Operand, Outcome, Relation, Report
from jiheng.sheets import Block, BlockKind, Cell, Severity
from jiheng.web.audit_text import PART, SHOWN, Marked, Pen, part_at, parts_of
from jiheng.web.audit_versions import changes, within

WORDS = "合计180万元<其中>基本&支出100"


def drawn(report: Report, blocks: tuple[Block, ...] = ()) -> str:
    marked = Marked(report, parts_of(report.text, blocks))
    return "".join(Pen(marked, part, SHOWN).draw() for part in marked.parts)


def found(number: int, start: int, end: int, severity: Severity = Severity.ERROR) -> Found:
    return Found(f"F{number}", "K01", severity, Kind.SUM, start, end, "不符")


def report(text: str, *findings: Found, relations: tuple[Relation, ...] = ()) -> Report:
    return Report("a", "0" * 64, text, 0, relations, findings)


def text_of(page: str) -> str:
    return html.unescape(re.sub("<[^>]+>", "", page))


spans = st.lists(
    st.tuples(st.integers(0, len(WORDS)), st.integers(0, len(WORDS)), st.sampled_from(list(Severity))),
    max_size=6,
)


@settings(deadline=None)
@given(spans, spans)
def test_marks_that_overlap_in_any_way_lose_no_word_and_nest(clauses, figures) -> None:
    findings = [
        found(number, min(a, b), max(a, b), severity) for number, (a, b, severity) in enumerate(clauses, 1)
    ]
    relations = tuple(
        Relation(
            f"R{number}",
            "K01",
            Kind.SUM,
            Outcome.OK,
            min(a, b),
            max(a, b),
            (Operand("", 0, "", min(a, b), max(a, b), 0),),  # type: ignore[arg-type]
        )
        for number, (a, b, _) in enumerate(figures, 1)
    )
    page = drawn(report(WORDS, *findings, relations=relations))
    assert text_of(page) == WORDS
    depth = []
    for closing, name in re.findall(r"<(/?)(mark|a|p)\b", page):
        if not closing:
            depth.append(name)
        else:
            assert depth.pop() == name
    assert not depth
    names = re.findall(r'id="([^"]+)"', page)
    assert len(names) == len(set(names))


def test_of_two_over_the_same_words_the_graver_is_inside() -> None:
    page = drawn(report(WORDS, found(1, 0, 4), found(2, 0, 4, Severity.HINT)))
    assert re.search(r'is-hint" id="f-F2"[^>]*><mark class="clause is-error" id="f-F1"', page)


def test_nothing_of_the_text_is_markup() -> None:
    page = drawn(
        report('<script>alert("1")</script>', Found("F1", "X", Severity.HINT, Kind.UNIT, 0, 5, '"><b>'))
    )
    assert "<script" not in page
    assert "<b>" not in page


def test_parts_cover_the_text_and_break_before_headings() -> None:
    lines = [f"{number}、标题" if number % 10 == 0 else "说明文字" * 60 for number in range(200)]
    text = "\n".join(lines)
    at, blocks = 0, []
    for number, line in enumerate(lines):
        kind = BlockKind.HEADING if number % 10 == 0 else BlockKind.PARAGRAPH
        blocks.append(Block(kind, at, at + len(line), number, level=1))
        at += len(line) + 1
    parts = parts_of(text, blocks)
    assert len(parts) > 3
    assert all(part.slices[0].kind is BlockKind.HEADING for part in parts)
    assert all(part.end - part.start < 2 * PART for part in parts)
    assert part_at(parts, len(text) - 1) == parts[-1].number
    assert part_at(parts, 0) == 1


def test_a_table_of_many_rows_and_a_text_without_any_break_are_cut() -> None:
    rows, at, cells = 3000, 0, []
    words = []
    for row in range(rows):
        for column, value in enumerate((f"项目{row}", "100.00")):
            cells.append(Cell(row, column, at, at + len(value)))
            words.append(value)
            at += len(value) + 1
    text = "\t".join(words) + "\n" + "说" * 30_000
    table = Block(BlockKind.TABLE, 0, at - 1, 1, title="支出表", unit="万元", cells=tuple(cells))
    parts = parts_of(text, (table, Block(BlockKind.PARAGRAPH, at, len(text))))
    assert all(part.end - part.start <= 2 * PART + 100 for part in parts)
    page = drawn(report(text), (table, Block(BlockKind.PARAGRAPH, at, len(text))))
    assert page.count("<tr>") == rows
    assert page.count("说") == 30_000
    assert "<caption>支出表　单位：万元</caption>" in page


def test_text_outside_every_block_is_drawn_too() -> None:
    page = drawn(report("前言正文后记"), (Block(BlockKind.PARAGRAPH, 2, 4),))
    assert text_of(page).replace("\n", "") == "前言正文后记"


def test_paragraphs_that_differ_are_paired_and_compared_within() -> None:
    before = ["一", "收入合计190万元", "中", "去掉的", "末"]
    after = ["一", "收入合计180万元", "中", "末", "新的"]
    pairs = changes(before, after)
    assert pairs == [("收入合计190万元", "收入合计180万元"), ("去掉的", None), (None, "新的")]
    shown = within(*pairs[0])
    assert (shown.before, shown.after) == ("收入合计<del>190</del>万元", "收入合计<ins>180</ins>万元")
    assert within("<b>", None).before == "<del>&lt;b&gt;</del>"
    assert changes(before, before) == []
    assert changes([], ["新"]) == [(None, "新")]


def test_thousands_of_equal_rows_are_compared() -> None:
    before, after = ["0　0"] * 6000 + ["末"], ["始"] + ["0　0"] * 6000 + ["尾"]
    assert sum(1 for old, new in changes(before, after) if old is None or new is None) <= 6002
