"""How a project's reviews stand: each with its score and where it comes from, and what they come to.

Until the combination is confirmed the scores are read from their rooms; then they are frozen copies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from jiheng.evaluation.models import Score
from jiheng.evaluation.watch import own_score
from jiheng.figures import rounded
from jiheng.filings.models import State
from jiheng.fiscal.models import EvaluationKind, EvaluationState, KeyEvaluation
from jiheng.panels.models import PanelState
from jiheng.panels.opened import opened
from jiheng.policy import Policy
from jiheng.reviews.access import parts_of, policy_of
from jiheng.reviews.models import FourReview, ReviewPart, ReviewState
from jiheng.scoring.combining import Apart, Combined, Turn, combined, kinds
from jiheng.scoring.totals import grade
from jiheng.sheets import Form, Grade, Missing, MissingReason

HUNDRED = Decimal(100)
HIDDEN = Missing(MissingReason.NOT_REPORTED, "现在不能看")


@dataclass(frozen=True, slots=True)
class Taken:
    """A score as it was taken over: 分 of 100, where it comes from in words, and the page that shows it
    (a url name and a key, or none)."""

    score: Decimal | Missing
    source: str
    page: str = ""
    key: int = 0
    raters: int = 0


@dataclass(frozen=True, slots=True)
class StandingPart:
    """One review beside the others."""

    pk: int
    kind: str
    name: str
    weight: Decimal
    by: str
    taken: Taken
    grade: str


@dataclass(frozen=True, slots=True)
class Standing:
    """All reviews, what they come to, and which pairs lie too far apart and are not explained."""

    parts: tuple[StandingPart, ...]
    combined: Combined
    hidden: tuple[str, ...]  # the names of the reviews that may not be read now

    @property
    def is_whole(self) -> bool:
        """Every review has its score, and all may be read."""
        return not self.hidden and not isinstance(self.combined.total, Missing)


def standing_of(review: FourReview, readable: Collection[str] | None = None) -> Standing:
    """The reviews as they stand; those not `readable` (None: all are) without their score. Frozen once
    confirmed. Raises PolicyError, and ValueError for weights that do not add to 100."""
    if review.state == ReviewState.CONFIRMED:
        return _kept(review.frozen)
    policy = policy_of(review)
    weights = {kind.key: kind.weight for kind in kinds(policy)}
    found, hidden, scores = [], [], dict[str, Decimal | Missing]()
    for part in parts_of(review):
        if readable is not None and part.kind not in readable:
            hidden.append(part.name)
            taken = Taken(HIDDEN, "自己的评审启封、或者合成确认以后才能看")
        else:
            taken = taken_over(part, review)
        scores[part.kind] = taken.score
        word = grade(taken.score, policy)
        found.append(
            StandingPart(
                pk=part.pk,
                kind=part.kind,
                name=part.name,
                weight=weights.get(part.kind, Decimal(0)),
                by=part.by,
                taken=taken,
                grade=word.value if word else "",
            )
        )
    return Standing(tuple(found), combined(scores, policy), tuple(hidden))


def taken_over(part: ReviewPart, review: FourReview) -> Taken:
    """A review's score from the room that it is done in."""
    if part.by == "self":
        return _own(review)
    return _fiscal(review) if part.by == "fiscal" else _scored(part)


def unexplained(review: FourReview, standing: Standing) -> list[Apart]:
    """The pairs that policy wants explained and nobody has."""
    names = {part.kind: part.name for part in standing.parts}
    told = {frozenset((names[row.first], names[row.second])) for row in review.differences.all()}
    return [
        pair
        for pair in standing.combined.apart
        if pair.tells and frozenset((pair.first, pair.second)) not in told
    ]


def as_json(standing: Standing, policy: Policy) -> dict[str, Any]:
    """As it is frozen."""
    whole = standing.combined
    return {
        "parts": [
            {
                "pk": part.pk,
                "kind": part.kind,
                "name": part.name,
                "weight": str(part.weight),
                "by": part.by,
                "grade": part.grade,
                "score": None if isinstance(part.taken.score, Missing) else str(part.taken.score),
                "source": part.taken.source,
                "page": part.taken.page,
                "key": part.taken.key,
                "raters": part.taken.raters,
            }
            for part in standing.parts
        ],
        "total": str(whole.total),
        "grade": whole.grade.value if whole.grade else "",
        "steps": list(whole.steps),
        "apart": [[pair.first, pair.second, str(pair.points), pair.tells] for pair in whole.apart],
        "turns": [[turn.name, str(turn.change), turn.grade.value] for turn in whole.turns],
        "is_steady": whole.is_steady,
        "policy": {"date": str(policy.date), "version": policy.version},
    }


def _kept(kept: dict[str, Any]) -> Standing:
    parts = tuple(
        StandingPart(
            pk=row["pk"],
            kind=row["kind"],
            name=row["name"],
            weight=Decimal(row["weight"]),
            by=row["by"],
            taken=Taken(Decimal(row["score"]), row["source"], row["page"], row["key"], row["raters"]),
            grade=row["grade"],
        )
        for row in kept["parts"]
    )
    whole = Combined(
        total=Decimal(kept["total"]),
        grade=Grade(kept["grade"]),
        steps=tuple(kept["steps"]),
        apart=tuple(Apart(one, other, Decimal(gap), tells) for one, other, gap, tells in kept["apart"]),
        turns=tuple(Turn(name, Decimal(change), Grade(word)) for name, change, word in kept["turns"]),
        is_steady=kept["is_steady"],
    )
    return Standing(parts, whole, ())


def _own(review: FourReview) -> Taken:
    """The confirmed self-evaluation of the fund and year, as the unit scored itself."""
    found = Score.objects.filter(
        filing__form=Form.PROJECT_EVALUATION,
        filing__fund=review.fund_id,
        filing__fiscal_year=review.fiscal_year,
        filing__state=State.APPROVED,
        frozen_at__isnull=False,
    )
    kept = found.select_related("filing").first()
    score = own_score(kept) if kept else None
    if kept is None or score is None:
        return Taken(_none("单位自评还没有确认"), f"{review.fiscal_year}年项目自评表还没有确认")
    day = timezone.localdate(kept.frozen_at)
    reviewed = f"，财政局复核 {kept.reviewed} 分" if kept.reviewed is not None else ""
    return Taken(score, f"{review.fiscal_year}年项目自评表，{day} 确认{reviewed}", "filing", kept.filing_id)


def _fiscal(review: FourReview) -> Taken:
    """The latest confirmed 财政评价 that looked at the fiscal year."""
    found = KeyEvaluation.objects.filter(
        fund=review.fund_id,
        kind=EvaluationKind.FISCAL,
        state=EvaluationState.CONFIRMED,
        from_year__lte=review.fiscal_year,
        to_year__gte=review.fiscal_year,
    )
    row = found.defer("frozen", "narrative").order_by("year", "serial").last()
    if row is None or row.total is None:
        return Taken(_none("财政评价还没有确认"), "财政评价还没有确认")
    day = timezone.localdate(row.confirmed_at)
    return Taken(row.total, f"财政评价 {row.number}（评价{row.years}），{day} 确认", "fiscal_one", row.pk)


def _scored(part: ReviewPart) -> Taken:
    panel = part.panel
    if panel is None:
        return Taken(_none("还没有组织评分"), "还没有组织评分")
    if panel.state != PanelState.OPENED:
        return Taken(_none("还没有启封"), f"评分中，{panel.due_on} 截止，全部封存后启封")
    found = opened(panel)
    score = rounded(found.total * HUNDRED / found.full, 2)
    day = timezone.localdate(panel.opened_at)
    words = f"{len(found.sheets)} 人评分，{day} 启封：{found.step}"
    if found.full != HUNDRED:
        words += f"，满分 {found.full}，折算为 {score}"
    return Taken(score, words, raters=len(found.sheets))


def _none(words: str) -> Missing:
    return Missing(MissingReason.NOT_REPORTED, words)
