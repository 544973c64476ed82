"""The generator's own promises: consistent texts are consistent, faulty ones are not, nothing is shared."""

from __future__ import annotations

import ast
import random
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import texts
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import slips
from texts.accounts import COLUMNS, Draw, leaf
from texts.faults import CERTAIN
from texts.printing import REGIMES, nearest
from texts.truth import Figure, Relation, Text, possible

SOURCES = Path(texts.__file__).parent
SEEDS = st.integers(0, 2**40)
CALM = settings(max_examples=30, deadline=None)


def amount(number: str) -> Figure:
    return Figure("额", number, "亿元", 10**10, "亿元")


def rate(number: str) -> Figure:
    return Figure("率", number, "%", 1, "%")


def test_only_the_standard_library_is_imported() -> None:
    for path in SOURCES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in {"texts", *sys.stdlib_module_names}, f"{path.name}: {name}"


@CALM
@given(SEEDS)
def test_a_seed_always_gives_the_same_text(seed: int) -> None:
    assert texts.clean(seed).text == texts.clean(seed).text
    first, second = texts.faulty(seed), texts.faulty(seed)
    assert (first.text, first.fault.edit) == (second.text, second.fault.edit)


@settings(max_examples=120, deadline=None)
@given(SEEDS, st.sampled_from(texts.KINDS), st.sampled_from(REGIMES))
def test_a_clean_text_states_only_what_can_hold(seed: int, kind: str, regime: str) -> None:
    text = texts.clean(seed, kind, regime)
    assert text.relations
    for relation in text.relations:
        assert possible(relation), [f"{f.fact} {f.text}" for f in relation.figures()]
        for figure in relation.figures():
            if figure.fact != "一百":  # the whole of all shares is never printed
                start, end = text.spans[figure]
                assert text.text[start:end] == figure.text


@settings(max_examples=80, deadline=None)
@given(SEEDS, st.sampled_from(REGIMES))
def test_the_accounts_behind_a_clean_text_hold_exactly(seed: int, regime: str) -> None:
    text = texts.clean(seed, regime=regime)
    for figure, value in text.exact.items():
        low, high = figure.interval()
        assert low <= value <= high
        assert regime == "rounded" or figure.shown == value
    for relation in text.relations:
        if all(figure in text.exact for _, figure in relation.left + relation.base):
            _holds(relation, text)


def _holds(relation: Relation, text: Text) -> None:
    left = sum(coefficient * text.exact[figure] for coefficient, figure in relation.left)
    if relation.percent is None:
        assert left <= 0 if relation.at_most else left == 0
    elif not text.printed:
        base = sum(coefficient * text.exact[figure] for coefficient, figure in relation.base)
        low, high = relation.percent.interval()
        assert low <= Fraction(100 * left, base) <= high


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(texts.FAULTS), st.sampled_from(REGIMES))
def test_a_fault_is_one_edit_that_cannot_be_true(seed: int, kind: str, regime: str) -> None:
    planted = texts.faulty(seed, kind, regime)
    fault, edit, before = planted.fault, planted.fault.edit, planted.clean.text
    stop = edit.start + len(edit.old)
    assert before[edit.start : stop] == edit.old
    assert planted.text == before[: edit.start] + edit.new + before[stop:] != before
    assert fault.kind == kind
    assert fault.start <= edit.start <= edit.start + len(edit.new) <= fault.end <= len(planted.text)
    assert fault.start < fault.end
    for start, end, said in fault.figures:
        assert planted.text[start:end] == said
    if kind not in ("form", "direction"):
        assert fault.relation is not None
        assert fault.figures
    if fault.relation is not None:
        assert not possible(fault.relation, CERTAIN)
        printed = {said for _, _, said in fault.figures}
        assert {f.text for f in fault.relation.figures() if f.fact != "一百"} <= printed


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("kind", texts.FAULTS)
def test_every_kind_of_fault_can_be_planted(kind: str, regime: str) -> None:
    assert texts.faulty(11, kind, regime).clean.regime == regime


def test_a_turned_word_contradicts_its_sentence() -> None:
    for seed in range(20):
        edit = texts.faulty(seed, "direction").fault.edit
        assert slips.opposite(edit.old) == edit.new


def test_every_fault_of_form_can_be_planted() -> None:
    assert {texts.faulty(seed, "form").fault.note for seed in range(120)} == set(slips.FORM)


@pytest.mark.parametrize("kind", texts.KINDS)
def test_no_clean_text_has_what_the_faults_of_form_leave(kind: str) -> None:
    for seed in range(25):
        text = texts.clean(seed, kind).text
        for residue in (*slips.LEFT_OVER, "增加增加", "增长增长", "下降下降", "减少减少", "同比同比"):
            assert residue not in text
        assert ("见附件" in text) == ("附件：1." in text)


def test_what_rounding_explains_is_possible() -> None:
    now, before, less = amount("171"), amount("202"), amount("30")
    assert possible(Relation("difference", ((1, before), (-1, now), (-1, less))))
    assert not possible(Relation("difference", ((1, before), (-1, now), (-1, amount("27")))), CERTAIN)


def test_a_figure_used_twice_is_one_unknown() -> None:
    gap, now = amount("7.04"), amount("13.40")
    base = ((1, now), (1, gap))
    assert possible(Relation("percent_change", ((1, gap),), base, rate("34.44")))
    assert not possible(Relation("percent_change", ((1, gap),), base, rate("34.51")))
    zero = Relation("sum", ((1, gap), (-1, gap)))
    assert possible(zero)


@given(st.lists(st.integers(0, 10**13), min_size=2, max_size=6), st.integers(0, 4))
def test_rounded_parts_always_fit_their_rounded_total(parts: list[int], places: int) -> None:
    printed = [amount(nearest(Fraction(part, 10**10), places)) for part in parts]
    total = amount(nearest(Fraction(sum(parts), 10**10), places))
    assert possible(Relation("sum", (*((1, figure) for figure in printed), (-1, total))))
    far = Fraction(sum(parts), 10**10) + Fraction(2 * len(parts) + 3, 10**places)
    off = amount(nearest(far, places))
    assert not possible(Relation("sum", (*((1, figure) for figure in printed), (-1, off))), CERTAIN)


@pytest.mark.parametrize(
    ("value", "places", "printed"),
    [("2.5", 0, "3"), ("2.449", 1, "2.4"), ("-0.04", 1, "0.0"), ("-1.25", 1, "-1.3"), ("0.005", 2, "0.01")],
)
def test_halves_are_rounded_away_from_nought(value: str, places: int, printed: str) -> None:
    assert nearest(Fraction(value), places) == printed


@CALM
@given(SEEDS)
def test_a_part_of_the_place_has_no_more_than_the_whole(seed: int) -> None:
    draw = Draw(random.Random(seed), 10_000)
    shape = ("合计", [("甲", [leaf("子"), leaf("丑")]), leaf("乙")])
    whole = draw.tree(shape, draw.size(1_000_000, 900_000_000), nil=0.2)
    for small, large in zip(draw.within(whole).walk(), whole.walk(), strict=True):
        for column in COLUMNS:
            assert 0 <= getattr(small, column) <= getattr(large, column)
