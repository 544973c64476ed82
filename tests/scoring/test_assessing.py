"""事前绩效评估: verdicts against cases that a finance officer can read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from jiheng.policy import Policy
from jiheng.scoring.assessing import Dimension, verdict_of

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/scoring/assessing.yaml").read_text("utf8"))
NAMES = ("立项必要性", "投入经济性", "绩效目标合理性", "实施方案可行性", "筹资合规性")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["名称"])
def test_cases(case: dict[str, Any], policy_of: Callable[[dict[str, Any]], Policy]) -> None:
    points = dict.fromkeys(NAMES, 16) | case.get("维度", {})
    dimensions = [Dimension(name, Decimal(each), Decimal(20)) for name, each in points.items()]
    total, full = Decimal(str(case["得分"])), Decimal(str(case.get("满分", 100)))
    found = verdict_of(total, full, dimensions, case.get("否决", []), policy_of(case))
    assert found.verdict == case["结论"]
    assert case.get("算式", found.steps[-1]) == found.steps[-1]


def test_an_unknown_veto_is_a_mistake(policy_of: Callable[[dict[str, Any]], Policy]) -> None:
    with pytest.raises(ValueError, match="V9"):
        verdict_of(Decimal(90), Decimal(100), [], ["V9"], policy_of({}))


def test_the_scheme_adds_up(policy_of: Callable[[dict[str, Any]], Policy]) -> None:
    rows = policy_of({}).table("assessment.scheme")
    by_dimension: dict[str, int] = {}
    for row in rows:
        by_dimension[row["dimension"]] = by_dimension.get(row["dimension"], 0) + row["points"]
    assert by_dimension == dict.fromkeys(NAMES, 20)
    assert len({row["code"] for row in rows}) == len(rows) == 20
