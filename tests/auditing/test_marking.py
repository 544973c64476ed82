"""Pieces of the text: nothing lost, nothing doubled."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.auditing.made import TEXT, made

from jiheng.auditing import Level, marks, pieces
from jiheng.claims import Found, Kind, Operand, Outcome, Relation
from jiheng.sheets import Severity

spans = st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))).map(sorted)


@given(st.lists(spans, max_size=8), st.lists(spans, max_size=8))
def test_pieces_make_up_the_text(figures: list[list[int]], clauses: list[list[int]]) -> None:
    operands = tuple(
        Operand(TEXT[start:end], made().relations[0].operands[0].value, "元", start, end, 0)  # type: ignore[arg-type]
        for start, end in figures
    )
    relation = Relation("R1", "K01", Kind.SUM, Outcome.OK, 0, 1, operands=operands)
    findings = tuple(
        Found(f"F{number}", "K01", Severity.HINT, Kind.SUM, start, end, "")
        for number, (start, end) in enumerate(clauses)
    )
    report = replace(made(), relations=(relation,), findings=findings)
    cut = list(pieces(report))
    assert "".join(TEXT[piece.start : piece.end] for piece in cut) == TEXT
    for piece in cut:
        expected = {found.id for found in findings if found.start <= piece.start and piece.end <= found.end}
        assert {found.id for found in piece.clauses} == expected
    drawn = marks(report)
    assert all(one.end <= other.start for one, other in pairwise(drawn))


def test_a_figure_shows_the_gravest_of_what_it_takes_part_in() -> None:
    mark = next(mark for mark in marks(made()) if TEXT[mark.start : mark.end] == "12万元")
    assert mark.level is Level.ERROR
    assert mark.relations == ("R1", "R3")


def test_an_error_told_as_a_warning_is_yellow_and_a_rounding_hint_stays_grey() -> None:
    report = made()
    softer = replace(report.findings[1], severity=Severity.WARNING)
    assert marks(replace(report, findings=(softer,)))[0].level is Level.WARNING
    rounding = report.relations[0]._replace(verdict=Outcome.ROUNDING)
    hint = replace(softer, severity=Severity.HINT)
    assert marks(replace(report, relations=(rounding,), findings=(hint,)))[0].level is Level.ROUNDING
