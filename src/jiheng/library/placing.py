"""Where an indicator stands on a form: the two levels of the framework that the form is written in."""

from __future__ import annotations

from jiheng.policy import Policy
from jiheng.sheets import Taxonomy


def place(level2: str, taxonomy: Taxonomy, policy: Policy) -> tuple[str, str]:
    """First and second level of an indicator kept under `level2`. Only cost moves: a first level of its own
    since 财预〔2021〕101号, under 产出 before. Both empty for a level that neither framework knows."""
    frame = policy.table(f"taxonomy.{taxonomy.value}")
    for level1, below in frame.items():
        if level2 in below:
            return level1, level2
    costs = policy.table("goals.cost_levels")
    if level2 in costs:
        for level1, below in frame.items():
            for other in below:
                if level1 in costs or other in costs:
                    return level1, other
    return "", ""


def levels(policy: Policy) -> list[str]:
    """The second levels an indicator of the library may stand under: the newer framework's."""
    frame = policy.table(f"taxonomy.{Taxonomy.Y2021.value}")
    return [level2 for below in frame.values() for level2 in below]
