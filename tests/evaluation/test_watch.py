"""The watchlist and its thresholds, the spread of grades, what another policy would make of forms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, make_fund
from tests.evaluation.papers import at_division, submitted

from jiheng import policy as policies
from jiheng.evaluation.models import Score
from jiheng.evaluation.watch import (
    difference_of,
    distribution,
    rescore_preview,
    watchlist,
)
from jiheng.filings.models import Filing, State
from jiheng.projects.models import Fund
from jiheng.sheets import Form, Grade
from jiheng.units.models import Unit


def scored(unit: Unit, number: int, state: str = State.IN_REVIEW, **fields: Any) -> Score:
    """A filed self-evaluation of a new fund with this score."""
    fund: Fund = make_fund(unit, f"{unit.code}9{number:02}", f"专项{number}")
    filing = Filing.objects.create(
        region_id=unit.region_id,
        form=Form.PROJECT_EVALUATION,
        fiscal_year=2023,
        unit=unit,
        fund=fund,
        state=state,
        sheet={},
    )
    said = {
        "computed": Decimal(100),
        "claimed": Decimal(100),
        "execution_rate": Decimal(100),
        "grade": "优",
        "policy_date": date(2024, 2, 1),
        "policy_version": "0" * 64,
        "computed_at": timezone.now(),
    }
    return Score.objects.create(filing=filing, **(said | fields))


def watched(cast: Cast):
    return watchlist(cast.performance, cast.region, 2023)


def test_five_forms_with_full_marks_are_a_cluster_four_are_not(cast: Cast) -> None:
    for number in range(4):
        scored(cast.school, number)
        scored(cast.clinic, number)
    assert watched(cast).clusters == ()
    scored(cast.school, 4)
    (cluster,) = watched(cast).clusters
    assert (cluster.unit, cluster.full, cluster.share, len(cluster.scores)) == (
        cast.school,
        5,
        Decimal("100.00"),
        5,
    )


def test_one_honest_form_breaks_the_cluster(cast: Cast) -> None:
    for number in range(5):
        scored(cast.school, number)
    scored(cast.school, 5, claimed=Decimal("99.99"))
    assert watched(cast).clusters == ()


@pytest.mark.parametrize(
    ("claimed", "rate", "is_listed"),
    [("90", "59.99", True), ("90", "60", False), ("89.99", "59.99", False), ("100", None, False)],
)
def test_a_high_score_on_little_spending(cast: Cast, claimed: str, rate: str | None, is_listed: bool) -> None:
    scored(cast.school, 0, claimed=Decimal(claimed), execution_rate=None if rate is None else Decimal(rate))
    assert bool(watched(cast).high_scores) is is_listed


def test_reviews_far_from_the_self_score_the_farthest_first(cast: Cast) -> None:
    near = scored(cast.school, 0, reviewed=Decimal("95.01"))
    far = scored(cast.school, 1, reviewed=Decimal("80"))
    edge = scored(cast.school, 2, reviewed=Decimal("95"))
    scored(cast.school, 3)
    assert list(watched(cast).differences) == [far, edge]
    assert difference_of(near) == Decimal("-4.99")
    assert watched(cast).thresholds["watch.review.difference_from"] == Decimal(5)


def test_drafts_and_other_years_have_no_say(cast: Cast) -> None:
    scored(cast.school, 0, state=State.DRAFT, execution_rate=Decimal(1))
    assert watched(cast).high_scores == ()
    assert watchlist(cast.performance, cast.region, 2022).high_scores == ()


def test_everybody_sees_only_their_own(cast: Cast) -> None:
    scored(cast.school, 0, execution_rate=Decimal(1))
    for name, seen in (("division", 1), ("other_division", 0), ("stranger", 0), ("department", 1)):
        assert len(watchlist(cast.people[name], cast.region, 2023).high_scores) == seen


def test_grades_by_division_the_reviews_first(cast: Cast) -> None:
    scored(cast.school, 0)
    scored(cast.school, 1, computed=Decimal("85.55"), grade="良", reviewed=Decimal("75"), reviewed_grade="中")
    scored(cast.clinic, 2, computed=None, grade="")
    culture, social, whole = distribution(cast.performance, cast.region, 2023)
    assert (culture.division, culture.forms, culture.mean) == ("教科文股", 2, Decimal("92.78"))
    assert culture.grades == {"优": 1, "良": 0, "中": 1, "差": 0, "未定等级": 0}
    assert culture.mean_reviewed == Decimal("75.00")
    assert (social.grades["未定等级"], social.mean) == (1, None)
    assert (whole.division, whole.forms) == ("合计", 3)
    assert distribution(cast.performance, cast.region, 2023, Form.UNIT_EVALUATION)[-1].forms == 0


def test_queries_do_not_grow_with_forms(cast: Cast) -> None:
    for number in range(10):
        scored(cast.school, number)
        scored(cast.clinic, number, reviewed=Decimal(50))
    for ask in (watchlist, distribution):
        with CaptureQueriesContext(connection) as captured:
            found = ask(cast.performance, cast.region, 2023)
            assert found
        assert len(captured) == 1
    for item in watched(cast).clusters[0].scores:
        assert str(item.filing)


def test_what_another_policy_would_make_of_filed_forms(cast: Cast, tmp_path) -> None:
    filing = submitted(cast)
    (tmp_path / f"{cast.region.pk}.yaml").write_text(
        "grades:\n  excellent:\n    - {since: 2024-01-01, value: 98, document: '', source: 区定,"
        " status: 待核, reason: 从严}\n"
        "scoring:\n  execution:\n    weight:\n      - {since: 2024-01-01, value: 20, document: '',"
        " source: 区定, status: 待核, reason: 从严}\n",
        encoding="utf-8",
    )
    day = date(2024, 2, 1)
    before = policies.on(day, cast.region.pk)
    after = policies.load(overrides_dir=tmp_path).on(day, cast.region.pk)
    (changed,) = rescore_preview(cast.region, 2023, before, after)
    # the form states its own weight of the execution rate, so only the grade moves
    assert (changed.filing, changed.before, changed.after) == (filing, Decimal("97.18"), Decimal("97.18"))
    assert (changed.grade_before, changed.grade_after) == (Grade.EXCELLENT, Grade.GOOD)
    assert (changed.is_regraded, changed.difference) == (True, Decimal(0))
    assert rescore_preview(cast.region, 2023, before, before) == []
    assert Score.objects.get().grade == "优"


def test_a_preview_takes_one_query(cast: Cast) -> None:
    at_division(cast)
    policy = policies.on(date(2024, 2, 1), cast.region.pk)
    with CaptureQueriesContext(connection) as captured:
        rescore_preview(cast.region, 2023, policy, policy)
    assert len(captured) == 1
