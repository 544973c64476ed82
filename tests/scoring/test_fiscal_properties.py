"""What holds for any figures: points within their weight, flips that do flip, shrinkage between the means."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.scoring.conftest import DAY

from jiheng import policy
from jiheng.figures import rounded
from jiheng.scoring import grade
from jiheng.scoring.inflation import inflation
from jiheng.scoring.measures import MEASURES, measured
from jiheng.scoring.questionnaires import Asked, Survey, surveyed
from jiheng.scoring.ranking import CandidateFacts, five_years, ranked
from jiheng.scoring.schemes import SchemeLine, flips, rolled
from jiheng.sheets import NOT_REPORTED, Missing, Quantity

NOW = policy.on(DAY)
cents = st.integers(0, 10_000).map(lambda number: Decimal(number).scaleb(-2))
# many facts each: slow to draw on a busy machine
patient = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
facts = st.builds(
    CandidateFacts,
    key=st.integers(1, 10**6),
    amount=st.one_of(st.just(NOT_REPORTED), st.integers(0, 10**13).map(lambda fen: Decimal(fen).scaleb(-2))),
    is_livelihood=st.booleans(),
    red_lights=st.integers(0, 12),
    gap=st.one_of(st.just(NOT_REPORTED), cents.map(lambda gap: gap - 50)),
    since_year=st.integers(2000, 2024),
    last_evaluated=st.one_of(st.none(), st.integers(2015, 2024)),
    problems=st.integers(0, 9),
    concerns=st.integers(0, 9),
)


@patient
@given(st.lists(facts, unique_by=lambda item: item.key, max_size=10), st.randoms())
def test_points_stay_within_their_weight_and_the_order_does_not_depend_on_the_input(
    items: list[CandidateFacts], dice: object
) -> None:
    rows = ranked(items, 2024, NOW)
    for row in rows:
        assert 0 <= row.points <= 100
        assert all(isinstance(f.points, Missing) or 0 <= f.points <= f.weight for f in row.factors)
    dice.shuffle(items)  # type: ignore[attr-defined]
    assert ranked(items, 2024, NOW) == rows
    plan = five_years(rows, 2024, NOW)
    planned = [key for turn in plan for key in turn.keys]
    assert sorted(planned) == sorted(row.key for row in rows if row.is_key)


@patient
@given(st.lists(st.tuples(cents, st.integers(0, 100)), min_size=1, max_size=8))
def test_a_flip_flips_and_half_of_it_does_not(rows: list[tuple[Decimal, int]]) -> None:
    lines = tuple(
        SchemeLine(key=f"z{place}", level1="产出", level2="产出", level3=f"第{place}条", weight=weight)
        for place, (weight, _) in enumerate(rows)
    )
    scores: dict[str, Decimal | None] = {
        line.key: rounded(line.weight * share / 100, 2) for line, (_, share) in zip(lines, rows, strict=True)
    }
    whole = rolled(lines, scores, NOW)
    assert isinstance(whole.total, Decimal)
    for flip in flips(lines, scores, NOW):
        changed = scores[flip.key] + flip.change  # type: ignore[operator]
        line = next(line for line in lines if line.key == flip.key)
        assert 0 <= changed <= line.weight
        assert grade(whole.total + flip.change, NOW) is flip.becomes is not whole.grade
        one_cent_less = flip.change - Decimal("0.01").copy_sign(flip.change)
        assert grade(whole.total + one_cent_less, NOW) is whole.grade


@patient
@given(st.dictionaries(st.integers(1, 9), st.lists(cents.map(lambda gap: gap - 50), min_size=1, max_size=6)))
def test_shrinkage_stays_between_the_unit_and_all(gaps: dict[int, list[Decimal]]) -> None:
    every = [gap for unit in gaps.values() for gap in unit]
    for row in inflation(gaps, NOW):
        common, own = sum(every) / len(every), sum(gaps[row.key]) / row.count
        assert min(common, own) - Decimal("0.01") <= row.shrunk <= max(common, own) + Decimal("0.01")


@patient
@given(st.lists(st.lists(st.integers(0, 20), min_size=5, max_size=5), min_size=1, max_size=6))
def test_satisfaction_is_a_share_and_full_only_when_everybody_is_very_satisfied(
    counts: list[list[int]],
) -> None:
    questions = tuple(Asked(f"问题{place}", tuple(row)) for place, row in enumerate(counts))
    valid = max(max(sum(row) for row in counts), 1)
    found = surveyed(Survey(issued=valid, returned=valid, valid=valid, questions=questions), NOW)
    if isinstance(found.satisfaction, Missing):
        assert not any(sum(row) for row in counts)
        return
    assert 0 <= found.satisfaction <= 100
    assert (found.satisfaction == 100) >= (sum(row[0] for row in counts) == sum(map(sum, counts)))


@patient
@given(st.sampled_from(sorted(MEASURES)), cents, cents, cents)
def test_measured_points_stay_within_the_weight(
    formula: str, first: Decimal, second: Decimal, weight: Decimal
) -> None:
    found = measured(formula, Quantity(first), Quantity(second), weight, NOW)
    assert isinstance(found.score, Missing) or 0 <= found.score <= weight


@pytest.mark.parametrize("formula", sorted(MEASURES))
@pytest.mark.parametrize("figures", [("9" * 22, "0." + "0" * 20 + "1"), ("0." + "0" * 20 + "1", "9" * 22)])
def test_monstrous_figures_give_points_or_none(formula: str, figures: tuple[str, str]) -> None:
    first, second = (Quantity.of(text) for text in figures)
    found = measured(formula, first, second, Decimal(8), NOW)
    assert isinstance(found.score, Missing) or 0 <= found.score <= 8
    assert found.step
