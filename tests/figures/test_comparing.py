from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiheng.figures import (
    FigureError,
    Verdict,
    adds_up,
    agree,
    amount_in_wan,
    figure_of,
    interval,
    parse,
    percent,
    rounded,
)
from jiheng.sheets import NOT_REPORTED, Missing, MissingReason

DECIMALS = st.decimals(min_value=-(10**9), max_value=10**9, places=4)


def test_a_printed_number_is_an_interval():
    assert interval(parse("13.40亿元")) == (Decimal("1339500000"), Decimal("1340500000"))
    assert interval(parse("13.40元")) == (Decimal("13.40"), Decimal("13.40"))


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ("188620万元", "18.862亿元", Verdict.OK),
        ("188620万元", "18.86亿元", Verdict.OK),
        ("18.87亿元", "188620万元", Verdict.ROUNDING),  # 18.862 rounded up instead of off
        ("18.88亿元", "188620万元", Verdict.ERROR),
        ("500元", "500.01元", Verdict.ERROR),
    ],
)
def test_two_printings_agree_when_their_intervals_meet(a, b, verdict):
    assert agree(parse(a), parse(b)) is verdict
    assert agree(parse(b), parse(a)) is verdict


def test_percent_and_percentage_points_are_not_compared():
    with pytest.raises(FigureError) as caught:
        agree(parse("5%"), parse("5个百分点"))
    assert str(caught.value) == "单位不同，不能比较：“5%”、“5个百分点”"


def test_sums_of_the_reference():
    wrong = adds_up(parse("27.54亿元"), [parse("1.3亿元"), parse("13.40亿元"), parse("7.39亿元")])
    assert (wrong.verdict, wrong.difference, wrong.tolerance) == (
        Verdict.ERROR,
        Decimal("5.45"),
        Decimal("0.065"),
    )
    near = adds_up(parse("30亿元"), [parse("202亿元"), parse("-171亿元")])
    assert (near.verdict, near.computed, near.tolerance) == (Verdict.OK, Decimal(31), Decimal("1.5"))
    cut = adds_up(parse("33亿元"), [parse("202亿元"), parse("-171亿元")])
    assert cut.verdict is Verdict.ROUNDING
    assert adds_up(parse("34亿元"), [parse("202亿元"), parse("-171亿元")]).verdict is Verdict.ERROR


@given(st.lists(DECIMALS, min_size=1, max_size=6), st.integers(0, 4))
def test_rounded_parts_of_a_rounded_total_always_add_up(parts, places):
    total = parse(f"{rounded(sum(parts, Decimal(0)), places)}万元")
    assert adds_up(total, [parse(f"{rounded(part, places)}万元") for part in parts]).verdict is Verdict.OK


@given(DECIMALS, st.integers(0, 3), st.integers(0, 3))
def test_two_roundings_of_one_number_agree(value, a, b):
    assert agree(parse(f"{rounded(value, a)}亿元"), parse(f"{rounded(value, b)}亿元")) is Verdict.OK


def test_typed_amounts_have_a_precision_and_computed_ones_are_exact():
    assert figure_of(amount_in_wan("13.40")).step == Decimal("0.01")
    assert figure_of(type(amount_in_wan("1"))(Decimal(1))).step == 0


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("2.675", 2, "2.68"),
        ("-2.675", 2, "-2.68"),
        ("89.995", 2, "90.00"),
        ("89.994", 2, "89.99"),
        ("0.5", 0, "1"),
    ],
)
def test_rounding_is_half_up(value, places, expected):
    assert str(rounded(Decimal(value), places)) == expected


@given(DECIMALS, st.integers(0, 3))
def test_rounding_moves_a_value_by_at_most_half_a_step(value, places):
    assert abs(rounded(value, places) - value) <= Decimal(1).scaleb(-places) / 2


def test_percent_of_nothing_is_missing_and_never_zero():
    assert percent(Decimal("412.35"), Decimal(500)) == Decimal("82.47")
    assert percent(Decimal(0), Decimal(500)) == 0
    assert percent(NOT_REPORTED, Decimal(1)) is NOT_REPORTED
    nothing = percent(Decimal(1), Decimal(0))
    assert isinstance(nothing, Missing)
    assert nothing.reason is MissingReason.NOT_COMPUTABLE
