"""What holds for every figure: 0 ≤ score ≤ weight, more is never less, two decimals, never a float."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scoring.conftest import DAY, evaluation

from jiheng import policy
from jiheng.scoring import score
from jiheng.scoring.formulas import Term, at_least, at_most, equal
from jiheng.sheets import Indicator, Missing, Operator, Quantity, Result

NUMERIC = [operator for operator in Operator if operator is not Operator.QUALITATIVE]
figures = st.decimals(min_value=-(10**9), max_value=10**12, places=4)
positive = st.decimals(min_value=Decimal("0.01"), max_value=10**9, places=2)
weights = st.decimals(min_value=0, max_value=100, places=2)


def scored_value(operator: Operator, actual: Decimal, target: Decimal, weight: Decimal) -> Decimal | Missing:
    indicator = Indicator(
        key="k1", name="某项", operator=operator, target=Quantity(target), weight=Quantity(weight)
    )
    sheet = evaluation([])
    line = Result(key="k1", indicator=indicator, actual=Quantity(actual))
    return score(type(sheet)(header=sheet.header, lines=(line,)), policy.on(DAY)).lines[0].score


@given(st.sampled_from(NUMERIC), figures, figures, weights)
def test_a_score_lies_within_its_weight_and_has_two_decimals(
    operator: Operator, actual: Decimal, target: Decimal, weight: Decimal
) -> None:
    value = scored_value(operator, actual, target, weight)
    if isinstance(value, Missing):
        assert target < 0
        return
    assert type(value) is Decimal
    assert 0 <= value <= weight
    assert value.as_tuple().exponent == -2


@given(figures, figures, positive, weights)
def test_more_of_a_rising_indicator_is_never_less(
    a: Decimal, b: Decimal, target: Decimal, w: Decimal
) -> None:
    low, high = (scored_value(Operator.AT_LEAST, x, target, w) for x in sorted((a, b)))
    assert not isinstance(low, Missing) and not isinstance(high, Missing)
    assert low <= high


@given(figures, figures, positive, weights)
def test_more_of_a_falling_indicator_is_never_more(
    a: Decimal, b: Decimal, target: Decimal, w: Decimal
) -> None:
    low, high = (scored_value(Operator.AT_MOST, x, target, w) for x in sorted((a, b)))
    assert not isinstance(low, Missing) and not isinstance(high, Missing)
    assert low >= high


@pytest.mark.parametrize("method", ["linear_to_double", "ratio", "zero"])
@given(actual=figures, target=figures, weight=weights)
def test_every_negative_variant_stays_within_the_weight(
    method: str, actual: Decimal, target: Decimal, weight: Decimal
) -> None:
    value = at_most(*(Term(x, str(x)) for x in (actual, target, weight)), method).value
    assert value is None or 0 <= value <= weight


@pytest.mark.parametrize("method", ["at_least_full", "proportional_deviation"])
@given(actual=figures, target=figures, weight=weights)
def test_every_equality_variant_stays_within_the_weight(
    method: str, actual: Decimal, target: Decimal, weight: Decimal
) -> None:
    value = equal(*(Term(x, str(x)) for x in (actual, target, weight)), method).value
    assert value is None or 0 <= value <= weight


@given(positive, weights)
def test_a_reached_target_earns_the_whole_weight(target: Decimal, weight: Decimal) -> None:
    term = Term(target, str(target))
    full = Term(weight, str(weight))
    assert at_least(term, term, full, "zero_only").value == weight
    assert at_most(term, term, full, "linear_to_double").value == weight
