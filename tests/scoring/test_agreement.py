"""Kendall's W against cases worked by hand, and who stands apart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from jiheng.scoring.agreement import kendall_w, standing_apart

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/scoring/agreement.yaml").read_text("utf8"))


def exact(values: list[Any]) -> list[Decimal]:
    return [Decimal(str(value)) for value in values]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["名称"])
def test_cases(case: dict[str, Any]) -> None:
    found = kendall_w([exact(row) for row in case["得分"]], exact(case["满分"]))
    if "没有" in case:
        assert str(found.w) == case["没有"]
    else:
        assert found.w == Decimal(str(case["W"]))
        assert case.get("算式", found.steps[-1]) == found.steps[-1]


def test_a_sheet_with_a_line_left_out_is_a_mistake_in_the_code() -> None:
    with pytest.raises(ValueError, match="every line"):
        kendall_w([[Decimal(1)], [Decimal(1), Decimal(2)]], [Decimal(10)])


def test_standing_apart_needs_three_and_more_than_the_share() -> None:
    two = {"甲": Decimal(90), "乙": Decimal(10)}
    assert standing_apart(two, Decimal(100), Decimal(20)) == []
    three = {"甲": Decimal(80), "乙": Decimal(78), "丙": Decimal(50)}
    [apart] = standing_apart(three, Decimal(100), Decimal(20))
    assert (apart.rater, apart.middle) == ("丙", Decimal(78))
    assert standing_apart(three, Decimal(100), Decimal(28)) == []
