"""Who sees which project under 四评, which of its reviews, and may do what. Strangers get 404.

What a reviewer reads of the others before their own review is opened is policy (`reviews.reads`); whoever
has no line there, the unit first of all, reads everything once the congress has confirmed."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from jiheng import policy as policies
from jiheng.panels.models import PanelState
from jiheng.policy import Policy
from jiheng.reviews.models import FourReview, ReviewPart, ReviewState
from jiheng.units import access
from jiheng.units.models import Person, Role

# what may be done while a project is under review, and the right that it takes
RIGHTS = {
    "convene": "convene_review",
    "remark": "convene_review",
    "note": "note_review",
    "explain": "note_review",
    "confirm": "confirm_review",
    "drop": "pick_review",
}


def visible(person: Person) -> QuerySet[FourReview]:
    """The projects that a person sees, as their role sees the units."""
    if not person.is_active or not person.region_id:
        return FourReview.objects.none()
    return FourReview.objects.filter(unit__in=access.units_for(person))


def review_for(person: Person, pk: int) -> FourReview:
    """One project with its unit and fund. Raises Http404 for strangers."""
    rows = visible(person).select_related("region", "unit__department", "fund", "picked_by", "confirmed_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("没有找到这个四评项目，或您无权查看")
    return found


def part_for(person: Person, pk: int) -> ReviewPart:
    """One review of a project. Raises Http404 for strangers."""
    found = ReviewPart.objects.filter(pk=pk, review__in=visible(person)).select_related("panel").first()
    if found is None:
        raise Http404("没有找到这项评审，或您无权查看")
    found.review = review_for(person, found.review_id)
    return found


def parts_of(review: FourReview) -> list[ReviewPart]:
    """The reviews in order."""
    return list(review.parts.select_related("panel"))


def may(person: Person, action: str, review: FourReview) -> bool:
    """Whether the person may do this with the project as it stands (a key of `RIGHTS`)."""
    return review.state == ReviewState.OPEN and access.may(person, RIGHTS[action])


def is_theirs(person: Person, part: ReviewPart) -> bool:
    """Whether the person's office carries out this review: 人大评议 the congress, 审计核查 audit, the
    fiscal one the bureau."""
    return part.by == person.role or (part.by == "fiscal" and person.role == Role.PERFORMANCE)


def readable(person: Person, review: FourReview, parts: list[ReviewPart]) -> set[str]:
    """The kinds of review whose results the person reads now."""
    every = {part.kind for part in parts}
    if review.state == ReviewState.CONFIRMED:
        return every
    own = [part for part in parts if part.by == person.role]
    if own and all(part.panel is not None and part.panel.state == PanelState.OPENED for part in own):
        return every
    rows = policy_of(review).table("reviews.reads")
    told = {kind for row in rows if row["role"] == person.role for kind in row["kinds"]}
    return every & (told | {part.kind for part in own})


def policy_of(review: FourReview) -> Policy:
    """The values of the day on which the project was picked."""
    return policies.on(review.policy_date, review.region_id)
