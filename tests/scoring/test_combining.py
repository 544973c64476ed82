"""四评 combined: the case file, and that a turn turns the grade while 0.01 less does not."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.scoring.conftest import DAY, Case
from tests.scoring.test_scoring_cases import cases

from jiheng import policy
from jiheng.figures import rounded
from jiheng.scoring import grade
from jiheng.scoring.combining import Turn, combined, kinds
from jiheng.sheets import Grade, Missing

NOW = policy.on(DAY)
KEYS = ("self", "fiscal", "audit", "congress")
ORDER = list(Grade)
scores = st.integers(0, 10_000).map(lambda number: Decimal(number).scaleb(-2))


@pytest.mark.parametrize("case", cases("combining"))
def test_the_reviews_come_to_what_the_case_says(case: Case) -> None:
    found = combined({key: Decimal(score) for key, score in case["得分"].items()}, NOW)
    total = "缺" if isinstance(found.total, Missing) else str(found.total)
    assert [total, found.grade.value if found.grade else ""] == case["综合"]
    assert list(found.steps) == case["算式"]
    assert [[turn.name, str(turn.change), turn.grade.value] for turn in found.turns] == case["转折"]
    assert found.is_steady is (case["稳健"] == "true")
    told = [[pair.first, pair.second, str(pair.points)] for pair in found.apart if pair.tells]
    assert told == case["要说明"]


def turned(given_scores: dict[str, Decimal], turn: Turn, change: Decimal) -> Grade:
    """The grade with one weight changed and the others in proportion, worked out anew."""
    every = kinds(NOW)
    own = next(kind for kind in every if kind.name == turn.name)
    rest = Fraction(100 - own.weight - change) / Fraction(100 - own.weight)
    weights = {
        kind.key: Fraction(own.weight + change) if kind is own else Fraction(kind.weight) * rest
        for kind in every
    }
    total = sum((weights[key] * Fraction(score) for key, score in given_scores.items()), Fraction(0)) / 100
    found = grade(rounded(Decimal(total.numerator) / Decimal(total.denominator), 2), NOW)
    assert found is not None
    is_poor = any(grade(score, NOW) is Grade.POOR for score in given_scores.values())
    return max(found, Grade.FAIR, key=ORDER.index) if is_poor else found


@settings(max_examples=80, deadline=None)
@given(st.lists(scores, min_size=4, max_size=4))
def test_a_turn_turns_the_grade_and_a_little_less_does_not(points: list[Decimal]) -> None:
    typed = dict(zip(KEYS, points, strict=True))
    found = combined(typed, NOW)
    for turn in found.turns:
        less = turn.change - Decimal("0.01").copy_sign(turn.change)
        assert turned(typed, turn, turn.change) is turn.grade is not found.grade
        assert turned(typed, turn, less) is found.grade
    changes = [abs(turn.change) for turn in found.turns]
    assert changes == sorted(changes)
    assert found.is_steady is (not changes or changes[0] > NOW.decimal("reviews.steady"))


@given(st.lists(scores, min_size=4, max_size=4), st.sampled_from(KEYS))
def test_without_one_review_there_is_no_total(points: list[Decimal], key: str) -> None:
    typed: dict[str, Decimal | Missing] = dict(zip(KEYS, points, strict=True))
    typed[key] = Missing()
    found = combined(typed, NOW)
    assert isinstance(found.total, Missing)
    assert found.grade is None
    assert not found.turns
