"""What the bureau looks at twice: full-mark clusters, high scores on little spending, self against review;
how scores spread, and what another policy would make of them. Each answer takes one query."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, cast

from django.db.models import QuerySet
from django.utils import timezone

from jiheng import policy as policies
from jiheng.evaluation.models import Score
from jiheng.figures import percent, rounded
from jiheng.filings.access import visible
from jiheng.filings.models import Filing, State
from jiheng.policy import Policy
from jiheng.scoring import Scored, score
from jiheng.sheets import EvaluationSheet, Form, Grade, Missing, from_json
from jiheng.units.models import Person, Region, Unit

EVALUATIONS = (Form.PROJECT_EVALUATION, Form.UNIT_EVALUATION)
UNGRADED = "未定等级"
DIVISION = "filing__unit__department__division__name"
SHOWN = (
    "claimed",
    "computed",
    "reviewed",
    "execution_rate",
    "filing__form",
    "filing__unit__name",
    "filing__fund__name",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """满分聚集: a unit whose project forms all (or mostly, by policy) claim full marks; `share` in %."""

    unit: Unit
    scores: tuple[Score, ...]
    full: int
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist:
    """Only hints: nothing is deducted. `thresholds` are the policy's, to be shown beside the lists."""

    clusters: tuple[Cluster, ...]
    high_scores: tuple[Score, ...]  # 高分低执行
    differences: tuple[Score, ...]  # review far from self, the farthest first
    thresholds: dict[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One division's scores: forms by grade (review's where there is one), the means of totals."""

    division: str
    grades: dict[str, int]
    forms: int
    mean: Decimal | None
    mean_reviewed: Decimal | None


class _Told(NamedTuple):
    """What a spread is made of, one form."""

    division: str
    grade: str
    reviewed_grade: str
    computed: Decimal | None
    reviewed: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """A form that comes out otherwise under another policy."""

    filing: Filing
    before: Decimal | None
    after: Decimal | None
    grade_before: Grade | None
    grade_after: Grade | None

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def is_regraded(self) -> bool:
        return self.grade_before is not self.grade_after


def own_score(kept: Score) -> Decimal | None:
    """自评得分: as claimed, else as computed from what the unit reported."""
    own: Decimal | None = kept.computed if kept.claimed is None else kept.claimed
    return own


def difference_of(kept: Score) -> Decimal | None:
    """复核得分 − 自评得分."""
    own = own_score(kept)
    return None if kept.reviewed is None or own is None else kept.reviewed - own


def watchlist(person: Person, region: Region, fiscal_year: int) -> Watchlist:
    """The forms worth a second look, of those the person sees. One query."""
    policy = policies.on(timezone.localdate(), region.pk)
    seen = _scores(person, region, fiscal_year).select_related("filing__unit", "filing__fund")
    kept = list(seen.only(*SHOWN))  # neither steps nor sheets: they are long, and told elsewhere
    score_from = policy.decimal("watch.high_score.score_from")
    below = policy.decimal("watch.high_score.execution_below")
    apart = policy.decimal("watch.review.difference_from")
    high = [item for item in kept if _is_high(item, score_from, below)]
    far = [
        (abs(gap), item) for item in kept if (gap := difference_of(item)) is not None and abs(gap) >= apart
    ]
    return Watchlist(
        clusters=_clusters(kept, policy),
        high_scores=tuple(sorted(high, key=lambda item: item.execution_rate or Decimal(0))),
        differences=tuple(item for _, item in sorted(far, key=lambda pair: pair[0], reverse=True)),
        thresholds={
            entry.path: policy.decimal(entry.path)
            for entry in policy.values()
            if entry.path.startswith("watch.")
        },
    )


def distribution(person: Person, region: Region, fiscal_year: int, form: Form | None = None) -> list[Spread]:
    """Grades and means by division, the last row (合计) all of them. One query."""
    found = _scores(person, region, fiscal_year)
    if form is not None:
        found = found.filter(filing__form=form)
    by_division: dict[str, list[_Told]] = defaultdict(list)
    told = [
        _Told(*row) for row in found.values_list(DIVISION, "grade", "reviewed_grade", "computed", "reviewed")
    ]
    for item in told:
        by_division[item.division].append(item)
    return [*(_spread(name, items) for name, items in by_division.items()), _spread("合计", told)]


def rescore_preview(region: Region, fiscal_year: int, before: Policy, after: Policy) -> list[Rescored]:
    """Which filed forms would score differently under another policy; nothing is stored. One query."""
    filed = Filing.objects.filter(region=region, fiscal_year=fiscal_year, form__in=EVALUATIONS)
    filed = filed.exclude(state=State.DRAFT).select_related("unit", "fund").order_by("unit__code", "pk")
    changed = []
    for filing in filed.iterator(chunk_size=500):
        sheet = cast("EvaluationSheet", from_json(filing.form, filing.sheet))
        was, now = score(sheet, before), score(sheet, after)
        if (_total(was), was.grade) != (_total(now), now.grade):
            changed.append(
                Rescored(
                    filing=filing,
                    before=_total(was),
                    after=_total(now),
                    grade_before=was.grade,
                    grade_after=now.grade,
                )
            )
    return changed


def _scores(person: Person, region: Region, fiscal_year: int) -> QuerySet[Score]:
    """Scores of what was filed; a form taken back to draft has no say."""
    filed = visible(person).filter(region=region, fiscal_year=fiscal_year, form__in=EVALUATIONS)
    found = Score.objects.filter(filing__in=filed.exclude(state=State.DRAFT))
    return found.order_by(
        "filing__unit__department__division__code", "filing__unit__code", "filing__fund__code"
    )


def _is_high(kept: Score, score_from: Decimal, below: Decimal) -> bool:
    own = own_score(kept)
    return (
        own is not None
        and own >= score_from
        and kept.execution_rate is not None
        and kept.execution_rate < below
    )


def _clusters(kept: Iterable[Score], policy: Policy) -> tuple[Cluster, ...]:
    least = policy.whole("watch.full_mark.projects_from")
    share_from = policy.decimal("watch.full_mark.share_from")
    full_total = policy.decimal("scoring.total")
    by_unit: dict[int, list[Score]] = defaultdict(list)
    for item in kept:
        if item.filing.form == Form.PROJECT_EVALUATION:
            by_unit[item.filing.unit_id].append(item)
    clusters = []
    for items in by_unit.values():
        full = sum(own_score(item) == full_total for item in items)
        share = percent(Decimal(full), Decimal(len(items)))
        if len(items) >= least and not isinstance(share, Missing) and share >= share_from:
            clusters.append(
                Cluster(unit=items[0].filing.unit, scores=tuple(items), full=full, share=rounded(share, 2))
            )
    return tuple(clusters)


def _spread(name: str, items: list[_Told]) -> Spread:
    words = Counter(item.reviewed_grade or item.grade or UNGRADED for item in items)
    return Spread(
        division=name,
        grades={word: words[word] for word in (*(grade.value for grade in Grade), UNGRADED)},
        forms=len(items),
        mean=_mean(item.computed for item in items),
        mean_reviewed=_mean(item.reviewed for item in items),
    )


def _mean(totals: Iterable[Decimal | None]) -> Decimal | None:
    given = [total for total in totals if total is not None]
    return rounded(sum(given, Decimal(0)) / len(given), 2) if given else None


def _total(scored: Scored) -> Decimal | None:
    return None if isinstance(scored.total, Missing) else scored.total
