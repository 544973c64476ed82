"""自评复核: the bureau's own values and scores beside the unit's, and why a score is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from jiheng import policy as policies
from jiheng.evaluation.models import ReviewLine, Score
from jiheng.evaluation.scores import require_not_frozen, reviewed_of, reviews_of, steps_of
from jiheng.figures import rounded
from jiheng.filings import moves
from jiheng.filings.access import filing_for
from jiheng.filings.models import Desk, Filing, State
from jiheng.filings.outcomes import Refused, WrongDesk
from jiheng.scoring import Scored, ScoredLine, score
from jiheng.sheets import EvaluationSheet, Finding, Missing, Quantity, Severity, from_json, plain
from jiheng.units import access, log
from jiheng.units.models import Person

EXECUTION = "execution"
FINANCE_DESKS = (Desk.DIVISION, Desk.PERFORMANCE)
PLACES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDraft:
    """The bureau's view of one line: its key ("execution" for 预算执行率); `score` None takes it back."""

    key: str
    score: Decimal | None
    actual: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """One line of the 复核表: self beside review; `difference` is review − self, None where either lacks."""

    key: str
    label: str
    weight: Decimal | None
    own: Decimal | None  # the score as claimed, else as computed
    step: str
    review: ReviewLine | None

    @property
    def difference(self) -> Decimal | None:
        return None if self.review is None or self.own is None else self.review.score - self.own


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a score is what it is: the kept steps, and the same sheet scored again by the same day's policy."""

    policy_date: date
    policy_version: str
    is_frozen: bool
    steps: list[dict[str, Any]]
    rerun: Scored
    is_same_policy: bool  # the values in force that day are still written as they were
    is_same_result: bool
    differing: tuple[str, ...]  # labels of the lines that come out otherwise


@transaction.atomic
def review(person: Person, filing: Filing, based_on: int, drafts: Iterable[ReviewDraft]) -> Score:
    """Stores the bureau's scores of some lines and the reviewed total, while the form is at a finance desk.
    A score lies between 0 and the line's weight; one that differs from the unit's needs a reason."""
    filing_for(person, filing.pk)
    access.require(person, "score")
    filing = moves.lock(filing.pk)
    require_not_frozen(filing)
    moves.require_revision(filing, based_on)
    if filing.state != State.IN_REVIEW or filing.desk not in FINANCE_DESKS:
        message = f"“{filing}”现为{filing.get_state_display()}，报到业务股室、绩效股后才可以复核评分"
        raise WrongDesk(message, filing)
    kept = Score.objects.select_for_update().get(filing=filing)
    # the policy of the steps that the reviewer saw, though the calendar may have moved since
    policy = policies.on(kept.policy_date, filing.region_id)
    sheet = cast("EvaluationSheet", filing.as_sheet())
    scored = score(sheet, policy)
    drafts = list(drafts)
    said = _said(drafts, scored, sheet)
    if said:
        raise Refused(said, filing)
    before = reviews_of(filing)
    _store(person, filing, drafts)
    reviews = reviews_of(filing)
    kept.reviewed, kept.reviewed_grade = reviewed_of(scored, reviews, policy)
    kept.save(update_fields=["reviewed", "reviewed_grade"])
    moves.change(filing, person, timezone.now())
    _log(person, filing, scored, before, reviews, drafts)
    kept.filing = filing
    return kept


def table(filing: Filing) -> list[Reviewed]:
    """自评复核表: every line with both scores, execution first. Two queries."""
    kept = Score.objects.filter(filing=filing).first()
    reviews = {line.key: line for line in ReviewLine.objects.filter(filing=filing).select_related("person")}
    return [
        Reviewed(
            key=step["key"],
            label=step["label"],
            weight=_number(step["weight"]),
            own=_number(step["score"] if step["claimed"] is None else step["claimed"]),
            step=step["step"],
            review=reviews.get(step["key"]),
        )
        for step in (kept.steps if kept else [])
    ]


def explain(filing: Filing) -> Explanation | None:
    """The score's steps, and whether the frozen sheet scored again under that day's policy gives the same;
    None before the form was submitted."""
    kept = Score.objects.filter(filing=filing).first()
    if kept is None:
        return None
    policy = policies.on(kept.policy_date, filing.region_id)
    sheet = _scored_sheet(filing)
    rerun = score(sheet, policy)
    again = steps_of(rerun, sheet)
    differing = tuple(
        was["label"] for was, now in zip(kept.steps, again, strict=False) if not _same(was, now)
    )
    total = None if isinstance(rerun.total, Missing) else rerun.total
    return Explanation(
        policy_date=kept.policy_date,
        policy_version=kept.policy_version,
        is_frozen=kept.frozen_at is not None,
        steps=kept.steps,
        rerun=rerun,
        is_same_policy=policy.version == kept.policy_version,
        is_same_result=not differing and len(again) == len(kept.steps) and total == kept.computed,
        differing=differing,
    )


def _same(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return all(_number(was[name]) == _number(now[name]) for name in ("weight", "score")) and (
        was["step"] == now["step"]
    )


def _scored_sheet(filing: Filing) -> EvaluationSheet:
    """The sheet the score was computed from: the confirmed version, else the last one submitted."""
    version = filing.approved or filing.versions.filter(cause="报送").order_by("-number").first()
    return cast("EvaluationSheet", from_json(filing.form, version.sheet) if version else filing.as_sheet())


def _said(drafts: list[ReviewDraft], scored: Scored, sheet: EvaluationSheet) -> list[Finding]:
    known = {line.key: line for line in (scored.execution, *scored.lines)}
    claims = {line.key: line.claimed for line in sheet.lines} | {EXECUTION: sheet.execution_claimed}
    said = []
    for draft in drafts:
        line = known.get(draft.key)
        if line is None:
            said.append(_error(f"表中没有“{draft.key}”这一行，请刷新后重新复核", draft.key))
        elif draft.score is not None:
            said += _said_of_score(draft, draft.score, line, claims[draft.key])
    return said


def _said_of_score(
    draft: ReviewDraft, given: Decimal, line: ScoredLine, claimed: Quantity | Missing
) -> list[Finding]:
    if not given.is_finite() or rounded(given, PLACES) != given:
        return [_error(f"“{line.label}”的复核得分“{given}”应是不超过两位小数的数字", draft.key)]
    if isinstance(line.weight, Missing) or not 0 <= given <= line.weight:
        most = "未填" if isinstance(line.weight, Missing) else plain(line.weight)
        return [_error(f"“{line.label}”的复核得分{given}应在0至分值（{most}）之间", draft.key)]
    own = claimed.value if isinstance(claimed, Quantity) else line.score
    if (given != own or given != line.score) and not draft.reason.strip():
        said = f"与自评{own}分、系统{line.score}分不同" if own != line.score else f"与自评{own}分不同"
        return [_error(f"“{line.label}”的复核得分{given}{said}，请写明复核说明", draft.key)]
    return []


def _store(person: Person, filing: Filing, drafts: list[ReviewDraft]) -> None:
    taken_back = [draft.key for draft in drafts if draft.score is None]
    ReviewLine.objects.filter(filing=filing, key__in=taken_back).delete()
    at = timezone.now()
    ReviewLine.objects.bulk_create(
        [
            ReviewLine(
                filing=filing,
                key=draft.key,
                actual=draft.actual.strip(),
                score=draft.score,
                reason=draft.reason.strip(),
                person=person,
                at=at,
            )
            for draft in drafts
            if draft.score is not None
        ],
        update_conflicts=True,
        unique_fields=["filing", "key"],
        update_fields=["actual", "score", "reason", "person", "at"],
    )


def _log(
    person: Person,
    filing: Filing,
    scored: Scored,
    before: Mapping[str, Decimal],
    after: Mapping[str, Decimal],
    drafts: list[ReviewDraft],
) -> None:
    labels = {line.key: line.label for line in (scored.execution, *scored.lines)}
    changed = [key for key in labels if before.get(key) != after.get(key)]
    log.record(
        person,
        "复核评分",
        filing,
        before={labels[key]: before.get(key) for key in changed},
        after={labels[key]: after.get(key) for key in changed},
        reason="；".join(
            f"{labels[draft.key]}：{draft.reason.strip()}" for draft in drafts if draft.reason.strip()
        ),
        unit_name=filing.unit.name,
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _error(message: str, key: str) -> Finding:
    field = "execution_claimed" if key == EXECUTION else f"lines[{key}].claimed"
    return Finding("FH01", Severity.ERROR, message, field)
