"""What is kept of a form's score: computed by its stage's policy, reviewed by the bureau, then frozen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.utils import timezone

from jiheng import policy as policies
from jiheng.evaluation.models import ReviewLine, Score
from jiheng.figures import percent, rounded
from jiheng.filings.models import Filing, State
from jiheng.filings.outcomes import Stopped
from jiheng.library import uses
from jiheng.policy import Policy
from jiheng.projects import calendar
from jiheng.projects.models import Stage
from jiheng.scoring import Scored, ScoredLine, grade, score, total_of
from jiheng.sheets import Amount, EvaluationSheet, Missing, Quantity
from jiheng.units import log
from jiheng.units.models import Person, Region


class Frozen(Stopped):
    """The score was confirmed and never changes again."""

    def __init__(self, kept: Score) -> None:
        on = timezone.localtime(kept.frozen_at).date() if kept.frozen_at else ""
        super().__init__(f"“{kept.filing}”的得分已于 {on} 确认并冻结，不能再改", kept.filing)


def policy_of(filing: Filing) -> Policy:
    """The values a form is scored by: those of the day its score was computed by; before that, those in force
    when the stage opened, the same for everybody; without a window, today's."""
    kept = Score.objects.filter(filing=filing).exclude(frozen_at=None).first() if filing.pk else None
    return policies.on(kept.policy_date if kept else _policy_day(filing), filing.region_id)


def steps_of(scored: Scored, sheet: EvaluationSheet) -> list[dict[str, Any]]:
    """The score's steps as kept: execution first; figures as text, null where there is none."""
    claims = {line.key: line.claimed for line in sheet.lines} | {"execution": sheet.execution_claimed}
    return [_step(line, claims.get(line.key, Missing())) for line in (scored.execution, *scored.lines)]


def _policy_day(filing: Filing) -> date:
    window = calendar.window(filing.region, Stage.EVALUATION, filing.fiscal_year)
    return window.opens_on if window else timezone.localdate()


def require_not_frozen(filing: Filing) -> None:
    kept = Score.objects.filter(filing=filing).exclude(frozen_at=None).select_related("filing").first()
    if kept is not None:
        raise Frozen(kept)


def keep_score(filing: Filing, sheet: EvaluationSheet) -> Score:
    """Stores the score of a submitted form, in the place of the one it had; the bureau's reviews stand."""
    kept = score_of(filing, sheet, policy_of(filing), reviews_of(filing))
    kept.pk = Score.objects.filter(filing=filing).values_list("pk", flat=True).first()
    kept.save()
    return kept


def score_of(
    filing: Filing, sheet: EvaluationSheet, policy: Policy, reviews: Mapping[str, Decimal] | None = None
) -> Score:
    """The score of a form by a policy, with reviews by line laid over it; not stored yet."""
    scored = score(sheet, policy)
    total = next((row for row in sheet.money if row.key == "total"), None)
    rate = percent(_yuan(total.executed), _yuan(total.revised)) if total else Missing()
    reviewed, reviewed_grade = reviewed_of(scored, reviews or {}, policy)
    return Score(
        filing=filing,
        computed=_stored(scored.total),
        claimed=_stored(_claimed(sheet)),
        reviewed=reviewed,
        execution_rate=_stored(rate),
        grade=scored.grade.value if scored.grade else "",
        reviewed_grade=reviewed_grade,
        steps=steps_of(scored, sheet),
        policy_date=policy.date,
        policy_version=policy.version,
        computed_at=timezone.now(),
    )


def reviews_of(filing: Filing) -> dict[str, Decimal]:
    """The bureau's scores by line."""
    return dict(ReviewLine.objects.filter(filing=filing).values_list("key", "score"))


def reviewed_of(scored: Scored, reviews: Mapping[str, Decimal], policy: Policy) -> tuple[Decimal | None, str]:
    """复核得分 and its grade: the bureau's score where it gave one, else the computed one; nothing before a
    line was reviewed, or while one has no score at all."""
    if not reviews:
        return None, ""
    execution, *lines = (
        replace(line, score=reviews.get(line.key, line.score)) for line in (scored.execution, *scored.lines)
    )
    total = total_of(execution, tuple(lines), policy)
    found = grade(total, policy)
    return _stored(total), found.value if found else ""


def freeze(person: Person, pks: list[int]) -> None:
    """确认: keeps scores as they stand, with policy date and version; one update, whatever the number."""
    fresh = Score.objects.filter(filing__in=pks, filing__state=State.APPROVED, frozen_at=None)
    kept = list(fresh.select_related("filing__unit", "filing__fund", "filing__region"))
    if not kept:
        return
    tell_library(kept)
    Score.objects.filter(pk__in=[item.pk for item in kept]).update(frozen_at=timezone.now(), frozen_by=person)
    log.record_many(
        person,
        [
            log.LogDraft(
                action="确认得分",
                subject=item.filing,
                after={"得分": item.computed, "复核得分": item.reviewed, "政策版本": item.policy_version},
                unit_name=item.filing.unit.name,
            )
            for item in kept
        ],
    )


def tell_library(scores: Sequence[Score]) -> None:
    """What came of each indicator, with the bureau's points where it gave some: told to the library when the
    score is confirmed."""
    reviews: dict[int, dict[str, Decimal]] = defaultdict(dict)
    lines = ReviewLine.objects.filter(filing__in=[item.filing_id for item in scores])
    for pk, key, points in lines.values_list("filing", "key", "score"):
        reviews[pk][key] = points
    by_year: dict[tuple[Region, int], dict[str, list[uses.Outcome]]] = defaultdict(dict)
    for item in scores:
        filing = item.filing
        subject = uses.subject_of(filing.unit_id, filing.fund_id)
        told = _outcomes(item, reviews[filing.pk])
        by_year[filing.region, filing.fiscal_year][subject] = told
    for (region, year), outcomes in by_year.items():
        uses.note_results(region, year, outcomes)


def _outcomes(kept: Score, reviews: Mapping[str, Decimal]) -> list[uses.Outcome]:
    sheet = cast("EvaluationSheet", kept.filing.as_sheet())
    points = {step["key"]: step for step in kept.steps}
    told = []
    for line in sheet.lines:
        step = points.get(line.key, {})
        weight, computed = step.get("weight"), step.get("score")
        told.append(
            uses.Outcome(
                key=line.key,
                actual=line.actual,
                actual_words=line.actual_text,
                weight=None if weight is None else Decimal(weight),
                score=_points(reviews.get(line.key), computed),
            )
        )
    return told


def _points(reviewed: Decimal | None, computed: str | None) -> Decimal | None:
    if reviewed is not None:
        return reviewed
    return None if computed is None else rounded(Decimal(computed), 2)


def _step(line: ScoredLine, claimed: Quantity | Missing) -> dict[str, Any]:
    return {
        "key": line.key,
        "label": line.label,
        "weight": _text(line.weight),
        "score": _text(line.score),
        "claimed": _text(claimed.value if isinstance(claimed, Quantity) else claimed),
        "step": line.step,
    }


def _text(value: Decimal | Missing) -> str | None:
    return None if isinstance(value, Missing) else str(value)


def _stored(value: Decimal | Missing) -> Decimal | None:
    return None if isinstance(value, Missing) else rounded(value, 2)


def _claimed(sheet: EvaluationSheet) -> Decimal | Missing:
    total = sheet.total_claimed
    return total.value if isinstance(total, Quantity) else total


def _yuan(amount: Amount | Missing) -> Decimal | Missing:
    return amount.yuan if isinstance(amount, Amount) else amount
