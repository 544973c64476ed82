"""The year of performance management: counts from the stages, key projects from their evaluations."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.cast import WHEN, Cast
from tests.disclosure.made import DAY, WORDS, YEAR, year_done
from tests.reviews import rows as review_rows

from jiheng import policy, wording
from jiheng.disclosure.words import Words
from jiheng.disclosure.yearly import SOURCES, performance_of
from jiheng.fiscal.models import EvaluationKind, EvaluationState, KeyEvaluation
from jiheng.results.models import Plan, Proposal
from jiheng.reviews.models import FourReview
from jiheng.units.models import Person

pytestmark = pytest.mark.django_db


def evaluated(cast: Cast, serial: int, state: EvaluationState) -> KeyEvaluation:
    return KeyEvaluation.objects.create(
        region=cast.region,
        kind=EvaluationKind.FISCAL,
        year=YEAR,
        serial=serial,
        unit=cast.school,
        fund=cast.funds[serial - 1],
        from_year=2022,
        to_year=2023,
        amount=Decimal(12_000_000),
        reason="资金量大",
        state=state,
        picked_by=cast.performance,
        picked_at=WHEN,
        total=Decimal("86.50"),
        grade="良",
        policy_date=DAY,
    )


def decided(cast: Cast, person: Person) -> None:
    plan = Plan.objects.create(
        region=cast.region,
        score_year=YEAR - 1,
        budget_year=YEAR + 1,
        policy_date=DAY,
        policy_version="0" * 64,
        proposed_by=person,
        proposed_at=WHEN,
    )
    for fund, after in ((cast.building, "28000000"), (cast.meals, None)):
        Proposal.objects.create(
            plan=plan,
            region=cast.region,
            fund=fund,
            unit=fund.unit,
            is_marked=True,
            base=Decimal(30_000_000),
            action="核减",
            decided=Decimal(after) if after else None,
            reason="按评价结果核减" if after else "",
        )


def test_nothing_done_yet_is_missing_not_zero(cast: Cast) -> None:
    facts = performance_of(cast.region, YEAR, Words())
    assert facts.departments.known == 5
    for figure in (facts.department_goals, facts.monitored, facts.self_evaluated, facts.linked_amount):
        assert figure.known is None
    assert facts.problems_found.known is None


def test_counts_come_from_the_stages(cast: Cast) -> None:
    year_done(cast)
    facts = performance_of(cast.region, YEAR, WORDS)
    assert facts.evaluated == 2023
    known = [
        (facts.department_goals, 5),
        (facts.fund_goals, 4),
        (facts.monitored, 4),
        (facts.green, 2),
        (facts.yellow, 1),
        (facts.red, 1),
        (facts.self_evaluated, 5),
        (facts.self_evaluated_projects, 4),
        (facts.problems_found, 2),
        (facts.problems_closed, 1),
        (facts.linked_amount, 24_000_000),
    ]
    assert [figure.known for figure, _ in known] == [value for _, value in known]
    names = {figure.source.split("/")[2] for figure, _ in known}
    assert names <= set(SOURCES)


def test_key_projects_are_the_confirmed_ones_and_money_is_what_was_decided(cast: Cast) -> None:
    year_done(cast)
    sure = evaluated(cast, 1, EvaluationState.CONFIRMED)
    evaluated(cast, 2, EvaluationState.WORKING)
    decided(cast, cast.performance)
    facts = performance_of(cast.region, YEAR, Words(four=(sure.pk,), linked="1"))
    [line] = facts.reviewed
    assert (line.project, line.department, line.years, line.grade, line.is_four_reviews) == (
        cast.building.name,
        "教育局",
        "2022—2023年",
        "良",
        True,
    )
    assert facts.linked_amount.known == 2_000_000
    assert not performance_of(cast.region, YEAR, Words()).reviewed[0].is_four_reviews  # nobody said so
    review = review_rows.fresh(review_rows.picked(cast, year=YEAR, fiscal_year=YEAR - 1))
    FourReview.objects.filter(pk=review.pk).update(
        state="confirmed", total=86, grade="良", opinion="同意", confirmed_at=WHEN
    )
    assert performance_of(cast.region, YEAR, Words()).reviewed[0].is_four_reviews  # the room knows
    text = wording.note(facts, policy.on(DAY)).plain
    assert "开展财政重点绩效评价项目1个，评价金额1200.00万元" in text
    assert "评价结果应用涉及预算资金200.00万元" in text
