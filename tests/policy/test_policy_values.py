"""The values themselves: what the rooms rely on, and what the official tables add up to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from jiheng import policy
from jiheng.sheets import Band, Form, Light, Taxonomy

NOW = policy.on(date(2024, 3, 1))


def test_default_weights_add_up_to_ninety_and_with_execution_to_a_hundred() -> None:
    for row in NOW.table("weights.sets"):
        assert sum(row["level1"].values()) in NOW.table("weights.goal_totals"), row["name"]
        assert sum(row["level1"].values()) + row["execution"] == NOW.whole("weights.evaluation_total")


@pytest.mark.parametrize("taxonomy", list(Taxonomy))
def test_weights_name_first_levels_of_their_own_taxonomy(taxonomy: Taxonomy) -> None:
    levels = NOW.table(f"taxonomy.{taxonomy.value}")
    mine = [row for row in NOW.table("weights.sets") if row["taxonomy"] == taxonomy.value]
    assert mine
    assert all(set(row["level1"]) <= set(levels) for row in mine)


def test_cost_is_a_second_level_in_2015_and_a_first_level_in_2021() -> None:
    assert "成本指标" in NOW.table("taxonomy.2015")["产出指标"]
    assert "成本指标" in NOW.table("taxonomy.2021")
    assert "成本指标" not in NOW.table("taxonomy.2021")["产出指标"]


def test_old_local_words_lead_to_official_ones() -> None:
    frameworks = [NOW.table(f"taxonomy.{taxonomy.value}") for taxonomy in Taxonomy]
    first = {level for framework in frameworks for level in framework}
    second = {level for framework in frameworks for levels in framework.values() for level in levels}
    assert set(NOW.table("taxonomy.aliases_level1").values()) <= first
    assert set(NOW.table("taxonomy.aliases_level2").values()) <= second
    assert not set(NOW.table("taxonomy.aliases_level1")) & first


def test_bands_cover_the_whole_weight_without_a_gap() -> None:
    rows = NOW.table("scoring.qualitative.bands")
    assert [row["band"] for row in rows] == [band.value for band in Band]
    for upper, lower in pairwise(rows):
        assert upper["from"] == lower["to"]
        assert upper["from_included"] is not lower["to_included"]
    assert (rows[0]["to"], rows[-1]["from"]) == (100, 0)


def test_every_form_has_its_desks() -> None:
    known = {"unit", "department", "division", "performance"}
    for form in Form:
        desks = NOW.table(f"desks.{form.value}")
        assert desks and set(desks) <= known and len(set(desks)) == len(desks)
        assert desks[-1] == "performance"


def test_lights_are_lights() -> None:
    assert [Light(word) for word in NOW.table("lights.worst_first")] == [
        Light.RED,
        Light.YELLOW,
        Light.GREEN,
        Light.BLUE,
    ]
    assert set(NOW.table("lights.qualitative")) == {band.value for band in Band}
    assert NOW.flag("lights.warning.enabled") is False


def test_grades_fall() -> None:
    bounds = [NOW.decimal(f"grades.{name}") for name in ("excellent", "good", "fair")]
    assert bounds == [Decimal(90), Decimal(80), Decimal(60)]
