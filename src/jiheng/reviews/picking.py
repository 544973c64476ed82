"""选题: which projects come under 四评, with a reason; and taking one off again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from jiheng import policy as policies
from jiheng.panels.models import PanelState
from jiheng.panels.outcomes import NotDone, refusals_logged
from jiheng.policy import Policy
from jiheng.projects import years
from jiheng.projects.access import fund_for
from jiheng.projects.models import Fund
from jiheng.reviews.access import parts_of
from jiheng.reviews.models import FourReview, ReviewPart, ReviewState
from jiheng.reviews.moves import changed, held_row
from jiheng.scoring.combining import ReviewKind, kinds
from jiheng.units import access, log
from jiheng.units.models import Person, Region

FIRST_YEAR, MOST = 2015, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PickDraft:
    """The funds picked in a work year, the fiscal year that is looked at, and why."""

    year: int
    fiscal_year: int
    funds: Sequence[int]
    reason: str


def pick(person: Person, draft: PickDraft) -> list[FourReview]:
    """选题. Kinds and weights are those of policy today. Raises NotDone, PermissionDenied, Http404."""
    region = access.region_of(person)
    with refusals_logged(person, "四评选题", region), transaction.atomic():
        access.require(person, "pick_review")
        if not 1 <= len(draft.funds) <= MOST:
            raise NotDone(f"请勾选四评项目（一次最多 {MOST} 个）", "funds")
        if not draft.reason.strip():
            raise NotDone("四评选题须写明理由", "reason")
        if not FIRST_YEAR <= draft.fiscal_year <= draft.year:
            raise NotDone(f"预算年度 {draft.fiscal_year} 有误：不能晚于工作年度 {draft.year}", "fiscal_year")
        if why := years.why_over(region, draft.year):
            raise NotDone(why)
        funds = [fund_for(person, pk) for pk in draft.funds]
        policy = policies.on(timezone.localdate(), region.pk)
        every = kinds_of(policy)
        Region.objects.select_for_update().get(pk=region.pk)
        _not_twice(draft, funds)
        made = [_made(person, draft, fund, policy) for fund in funds]
        ReviewPart.objects.bulk_create(
            ReviewPart(review=review, kind=kind.key, name=kind.name, by=kind.by, place=place)
            for review in made
            for place, kind in enumerate(every)
        )
    return made


def kinds_of(policy: Policy) -> tuple[ReviewKind, ...]:
    """The reviews of policy. Raises NotDone where their weights don't add to 100."""
    try:
        return kinds(policy)
    except ValueError as wrong:
        raise NotDone(str(wrong)) from wrong


def drop(person: Person, review: FourReview, based_on: int, reason: str) -> FourReview:
    """撤销, with a reason, before it is confirmed and while nobody scores."""
    with refusals_logged(person, "撤销四评项目", review, review.unit.name), transaction.atomic():
        held = held_row(person, review, based_on, "drop")
        if not reason.strip():
            raise NotDone("撤销四评项目须写明理由", "reason")
        busy = [part.name for part in parts_of(held) if part.panel and part.panel.state == PanelState.SCORING]
        if busy:
            raise NotDone(f"{'、'.join(busy)}正在评分，请先由组织的一方撤销评审组", "reason")
        changed(person, held, "撤销四评项目", {"state": ReviewState.DROPPED}, reason=reason.strip())
    return held


def _not_twice(draft: PickDraft, funds: Sequence[Fund]) -> None:
    there = FourReview.objects.filter(fund__in=funds, fiscal_year=draft.fiscal_year)
    found = there.exclude(state=ReviewState.DROPPED).select_related("fund").first()
    if found is not None:
        raise NotDone(
            f"“{found.fund.name}”{draft.fiscal_year}年已列入四评（{found.number}），不能重复", "funds"
        )


def _made(person: Person, draft: PickDraft, fund: Fund, policy: Policy) -> FourReview:
    there = FourReview.objects.filter(region=fund.region_id, year=draft.year)
    made = FourReview.objects.create(
        region_id=fund.region_id,
        year=draft.year,
        serial=(there.aggregate(last=Max("serial"))["last"] or 0) + 1,
        unit=fund.unit,
        fund=fund,
        fiscal_year=draft.fiscal_year,
        reason=draft.reason.strip(),
        policy_date=policy.date,
        picked_by=person,
        picked_at=timezone.now(),
    )
    facts = {"编号": made.number, "预算年度": made.fiscal_year}
    log.record(person, "四评选题", made, after=facts, reason=made.reason, unit_name=fund.unit.name)
    return made
