"""The Hunan rates beside the 基础数据表, with the figures of a published table."""

from __future__ import annotations

from decimal import Decimal

from tests.scoring.conftest import DAY

from jiheng import policy
from jiheng.scoring import UnitRate, unit_rates
from jiheng.scoring.unit_formulas import adjustment, completion, staff
from jiheng.sheets import (
    Amount,
    BasicData,
    Header,
    Missing,
    MoneyResult,
    Quantity,
    SpendingControl,
    UnitEvaluationSheet,
)

NOW = policy.on(DAY)


def rates(**basic: object) -> dict[str, UnitRate]:
    money = MoneyResult(
        key="total",
        initial=Amount.wan("1922.76"),
        revised=Amount.wan("2710.42"),
        executed=Amount.wan("2690.62"),
    )
    data = BasicData(posts=Quantity.of("143"), staff=Quantity.of("136"), **basic)  # type: ignore[arg-type]
    sheet = UnitEvaluationSheet(header=Header(fiscal_year=2023), money=(money,), basic=data)
    return {rate.key: rate for rate in unit_rates(sheet, NOW)}


def test_the_published_table_gives_its_published_points() -> None:
    three = SpendingControl(
        key="three_public",
        last_budget=Amount.wan("32"),
        last_final=Amount.wan("29.08"),
        budget=Amount.wan("63.46"),
        final=Amount.wan("44.29"),
    )
    found = rates(spending=(three,), adjustment=Amount.wan("767.86"))
    assert found["staff"].step == "136/143 = 95.10%，分值8，得 8.00"
    assert found["three_public_change"].step == "(63.46-32)/32 = 98.31%，分值8，得 0.00"
    assert found["adjustment"].step == "767.86/1922.76 = 39.94%，分值8，得 0.00"
    assert found["completion"].step.startswith("2690.62/2710.42 = 99.27%")
    assert found["three_public"].score == Decimal("8.00")


def test_what_is_not_reported_has_no_rate_and_no_points() -> None:
    found = rates()
    assert isinstance(found["three_public_change"].rate, Missing)
    assert isinstance(found["public_cost"].score, Missing)


def test_no_posts_cannot_be_divided_by() -> None:
    found = staff(Quantity.of("5"), Quantity.of("0"), NOW)
    assert isinstance(found.rate, Missing) and isinstance(found.score, Missing)


def test_points_fall_with_each_point_over() -> None:
    assert staff(Quantity.of("102"), Quantity.of("100"), NOW).score == Decimal("7.00")
    assert completion(Amount.wan("90"), Amount.wan("100"), NOW).score == Decimal("4.00")


def test_bands_of_the_control_rate_include_their_upper_ends() -> None:
    points = [
        str(adjustment(Amount.wan(added), Amount.wan("100"), NOW).score)
        for added in ("0", "10", "10.01", "30", "31")
    ]
    assert points == ["8.00", "6.00", "4.00", "2.00", "0.00"]
