"""复核: the bureau's scores beside the unit's, with the difference; and why a score is what it is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from tests.cast import Cast
from tests.evaluation.papers import TOTAL, at_division, confirmed, filled, passed, submitted

from jiheng import policy as policies
from jiheng.evaluation import workflow
from jiheng.evaluation.models import ReviewLine, Score
from jiheng.evaluation.review import ReviewDraft, explain, review, table
from jiheng.evaluation.workflow import Frozen
from jiheng.filings.models import Filing
from jiheng.filings.outcomes import Conflict, Refused, WrongDesk
from jiheng.units.models import LogEntry

LOWER = ReviewDraft(key="k1", score=Decimal("45.00"), actual="90", reason="实地核查 90 间完工")


def test_a_review_stands_beside_the_self_score_with_the_difference(cast: Cast) -> None:
    filing = at_division(cast)
    kept = review(cast.division, filing, filing.revision, [LOWER])
    assert (kept.reviewed, kept.reviewed_grade) == (Decimal("94.68"), "优")
    assert (kept.computed, kept.claimed) == (Decimal(TOTAL), Decimal(TOTAL))  # the unit's own stays
    execution, first, second, _ = table(filing)
    assert (first.own, first.difference, first.weight) == (Decimal("47.50"), Decimal("-2.50"), Decimal(50))
    assert first.review is not None
    assert (first.review.actual, first.review.person) == ("90", cast.division)
    assert (execution.step, execution.review, second.difference) == ("4604/4754×10 = 9.68", None, None)
    entry = LogEntry.objects.get(action="复核评分")
    assert (entry.after, entry.reason) == ({"改造教室": "45.00"}, "改造教室：实地核查 90 间完工")


def test_a_review_follows_the_policy_of_the_steps_it_stands_beside(cast: Cast, tmp_path) -> None:
    filing = at_division(cast)
    (tmp_path / f"{cast.region.pk}.yaml").write_text(
        "grades:\n  excellent:\n      - {since: 2024-03-01, value: 95,"
        ' document: "", source: 区定, status: 待核, reason: 从严}\n',
        encoding="utf-8",
    )
    cast.evaluation_window.opens_on = date(2024, 3, 15)  # moved after the form was scored
    cast.evaluation_window.save()
    policies.use_overrides(tmp_path)
    try:
        kept = review(cast.division, filing, filing.revision, [LOWER])
    finally:
        policies.use_overrides(None)
    assert (kept.policy_date, kept.reviewed, kept.reviewed_grade) == (
        date(2024, 2, 1),
        Decimal("94.68"),
        "优",
    )


def test_the_execution_rate_can_be_reviewed_and_a_review_taken_back(cast: Cast) -> None:
    filing = at_division(cast)
    changes = [ReviewDraft(key="execution", score=Decimal(9), reason="有 30 万元列支不属本项目"), LOWER]
    kept = review(cast.division, filing, filing.revision, changes)
    assert kept.reviewed == Decimal("94.00")
    filing = Filing.objects.get(pk=filing.pk)
    kept = review(cast.division, filing, filing.revision, [ReviewDraft(key="execution", score=None)])
    assert kept.reviewed == Decimal("94.68")
    filing = Filing.objects.get(pk=filing.pk)
    kept = review(cast.division, filing, filing.revision, [ReviewDraft(key="k1", score=None)])
    assert (kept.reviewed, kept.reviewed_grade) == (None, "")
    assert not ReviewLine.objects.exists()


def test_the_same_score_needs_no_reason_another_does(cast: Cast) -> None:
    filing = at_division(cast)
    kept = review(cast.division, filing, filing.revision, [ReviewDraft(key="k1", score=Decimal("47.50"))])
    assert kept.reviewed == Decimal(TOTAL)
    filing = Filing.objects.get(pk=filing.pk)
    with pytest.raises(Refused, match=r"与自评47.50分不同，请写明复核说明"):
        review(cast.division, filing, filing.revision, [ReviewDraft(key="k1", score=Decimal(45))])


@pytest.mark.parametrize(
    ("key", "score", "said"),
    [
        ("k1", "50.01", "应在0至分值（50）之间"),
        ("k1", "-0.01", "应在0至分值（50）之间"),
        ("k1", "47.505", "应是不超过两位小数的数字"),
        ("k1", "NaN", "应是不超过两位小数的数字"),
        ("k9", "1", "表中没有“k9”这一行"),
    ],
)
def test_a_score_out_of_place_is_refused_and_nothing_is_stored(
    cast: Cast, key: str, score: str, said: str
) -> None:
    filing = at_division(cast)
    drafts = [LOWER, ReviewDraft(key=key, score=Decimal(score), reason="复核")]
    with pytest.raises(Refused, match=said):
        review(cast.division, filing, filing.revision, drafts)
    assert not ReviewLine.objects.exists()
    assert Score.objects.get().reviewed is None


def test_strangers_get_404_and_wrong_roles_403(cast: Cast) -> None:
    filing = at_division(cast)
    for person in (cast.stranger, cast.other_division):
        with pytest.raises(Http404):
            review(person, filing, filing.revision, [LOWER])
    for person in (cast.observer, cast.reporter, cast.reviewer, cast.department, cast.budget):
        with pytest.raises(PermissionDenied):
            review(person, filing, filing.revision, [LOWER])


def test_two_reviewers_at_once(cast: Cast) -> None:
    filing = at_division(cast)
    review(cast.division, filing, filing.revision, [LOWER])
    with pytest.raises(Conflict):
        review(cast.performance, filing, filing.revision, [LOWER])


def test_only_at_a_finance_desk(cast: Cast) -> None:
    filing = submitted(cast)
    with pytest.raises(WrongDesk, match="报到业务股室、绩效股后才可以复核评分"):
        review(cast.division, filing, filing.revision, [LOWER])


def test_a_frozen_score_is_not_reviewed(cast: Cast) -> None:
    filing = confirmed(cast)
    with pytest.raises(Frozen):
        review(cast.performance, filing, filing.revision, [LOWER])


def test_the_review_stands_over_what_a_mended_form_scores(cast: Cast) -> None:
    filing = at_division(cast)
    review(cast.division, filing, filing.revision, [LOWER])
    filing = Filing.objects.get(pk=filing.pk)
    filing = workflow.return_for_revision(cast.division, filing, filing.revision, "reporter", "请更正")
    mended = filled(filing, done="90", claimed="45.00")
    filing = workflow.save_draft(cast.reporter, filing, mended, filing.revision)
    workflow.submit(cast.reporter, filing, filing.revision)
    kept = Score.objects.get()
    assert (kept.computed, kept.reviewed) == (Decimal("94.68"), Decimal("94.68"))


def test_a_frozen_score_explains_itself_and_runs_again_the_same(cast: Cast) -> None:
    filing = confirmed(cast)
    found = explain(filing)
    assert found is not None
    assert (found.is_frozen, found.is_same_policy, found.is_same_result) == (True, True, True)
    assert found.steps[1]["step"] == "95/100×50 = 47.50"
    assert found.rerun.total == Decimal(TOTAL)
    assert found.policy_date == cast.evaluation_window.opens_on


def test_an_explanation_says_when_policy_or_steps_are_no_longer_the_same(cast: Cast) -> None:
    filing = passed(at_division(cast), cast.division)
    kept = Score.objects.get()
    kept.policy_version = "0" * 64
    kept.steps[1]["score"] = "48.00"
    kept.save()
    filing = workflow.approve(cast.performance, filing, filing.revision)
    found = explain(filing)
    assert found is not None
    assert not found.is_same_policy
    assert not found.is_same_result
    assert found.differing == ("改造教室",)


def test_a_draft_has_nothing_to_explain(cast: Cast) -> None:
    filing = submitted(cast)
    Score.objects.all().delete()
    assert explain(filing) is None
    assert table(filing) == []
