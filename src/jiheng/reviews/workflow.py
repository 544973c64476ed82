"""四评 as it is worked on: scoring organised, remarks and problems written down, differences explained, the
combination confirmed. Raises panels' NotDone(field), Stale; every refusal is logged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from jiheng import policy as policies
from jiheng.findings.models import Source
from jiheng.findings.problems import ClueDraft, propose_many
from jiheng.panels import convening
from jiheng.panels.convening import LineDraft, PanelDraft, SeatDraft
from jiheng.panels.models import PanelKind, PanelState, SeatState
from jiheng.panels.outcomes import NotDone, refusals_logged
from jiheng.policy import Policy
from jiheng.reviews.access import is_theirs, parts_of, policy_of, readable
from jiheng.reviews.models import Difference, FourReview, ReviewFault, ReviewPart, ReviewRemark, ReviewState
from jiheng.reviews.moves import changed, held_row
from jiheng.reviews.picking import kinds_of
from jiheng.reviews.standing import Standing, as_json, standing_of, unexplained
from jiheng.sheets import Missing
from jiheng.units.models import Person, Role

_LABELS = {Role.AUDIT: "审计人员", Role.CONGRESS: "代表"}
_NUMERALS = "甲乙丙丁戊己庚辛壬癸"
_PANELS = {Role.AUDIT: PanelKind.AUDIT, Role.CONGRESS: PanelKind.CONGRESS}
HUNDRED = Decimal(100)


# ── scoring: who, until when ──────────────────────────────────────────────────────────────────────────


def convene(
    person: Person, part: ReviewPart, based_on: int, raters: Sequence[Person], due_on: date
) -> ReviewPart:
    """组织评分: seats the office's own people, each with a sheet of policy's scheme; they score blind to each
    other. `based_on` is the project's revision, as in every verb here."""
    with _held(person, part.review, based_on, ("组织四评评分", "convene")) as held:
        own = _own(person, part)
        if own.panel is not None and own.panel.state != PanelState.DISSOLVED:
            raise NotDone(f"“{own.name}”已经组织评分，不必重复组织")
        strangers = [rater.name for rater in raters if rater.role != own.by]
        if strangers:
            raise NotDone(
                f"{own.name}由{person.get_role_display()}的人员评分，不能由{'、'.join(strangers)}评分",
                "seats",
            )
        draft = PanelDraft(
            kind=_PANELS[Role(own.by)],
            subject=own.subject,
            title=f"{held.fund.name}（{held.fiscal_year}年）{own.name}",
            fiscal_year=held.fiscal_year,
            unit=held.unit,
            fund=held.fund,
            lines=scheme(policy_of(held), own.kind),
            due_on=due_on,
        )
        seats = [
            SeatDraft(person=rater, label=_label(Role(own.by), place)) for place, rater in enumerate(raters)
        ]
        own.panel = convening.convene(person, draft, seats)
        own.save(update_fields=["panel"])
        names = "、".join(rater.name for rater in raters)
        changed(person, held, "组织四评评分", {}, 评审=own.name, 评分人=names, 截止=due_on)
    return own


def dissolve(person: Person, part: ReviewPart, based_on: int, reason: str) -> ReviewPart:
    """撤销评审组 before it is opened, with a reason; the scores in it are never shown."""
    with _held(person, part.review, based_on, ("撤销四评评审组", "convene")) as held:
        own = _own(person, part)
        if own.panel is None:
            raise NotDone(f"“{own.name}”还没有组织评分", "reason")
        convening.dissolve(person, own.panel, own.panel.revision, reason)
        own.panel = None
        own.save(update_fields=["panel"])
        changed(person, held, "撤销四评评审组", {}, reason=reason.strip(), 评审=own.name)
    return own


def scheme(policy: Policy, kind: str) -> list[LineDraft]:
    """The lines of one review as a panel takes them. Raises NotDone where policy has none."""
    lines = [
        LineDraft(
            code=row["code"],
            group=row["group"],
            name=row["name"],
            full=Decimal(str(row["points"])),
            standard=row["standard"],
        )
        for row in policy.table("reviews.schemes")
        if row["kind"] == kind
    ]
    if not lines:
        raise NotDone("政策值 reviews.schemes 里没有这一评的评分表，请先补上", "due_on")
    return lines


def default_due(region: str) -> date:
    """The usual last day of scoring, from today."""
    today = timezone.localdate()
    return today + timedelta(days=policies.on(today, region).whole("reviews.review_days"))


# ── what people say ───────────────────────────────────────────────────────────────────────────────────


def remark(person: Person, part: ReviewPart, based_on: int, text: str) -> ReviewRemark:
    """评议发言 of who has sealed a sheet of this review."""
    with _held(person, part.review, based_on, ("评议发言", "remark")) as held:
        own = _own(person, part)
        if own.panel is None or not own.panel.seats.filter(person=person, state=SeatState.SEALED).exists():
            raise NotDone("封存自己的评分表以后才能发言，免得影响别人评分", "text")
        if not text.strip():
            raise NotDone("请写发言内容", "text")
        made = ReviewRemark.objects.create(part=own, text=text.strip(), person=person, at=timezone.now())
        changed(person, held, "评议发言", {}, 评审=own.name)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDraft:
    """A problem found; `kind` of policy's problems.kinds, `amount` in yuan or None."""

    kind: str
    title: str
    description: str
    amount: Decimal | None = None


def note_fault(person: Person, part: ReviewPart, based_on: int, draft: FaultDraft) -> ReviewFault:
    """写入发现的问题, of one's own review; it goes to the register when the combination is confirmed."""
    with _held(person, part.review, based_on, ("写入四评问题", "note")) as held:
        own = _own(person, part)
        known = policies.on(timezone.localdate(), held.region_id).table("problems.kinds")
        if draft.kind not in known:
            raise NotDone(f"请选择问题类别（{'、'.join(known)}）", "kind")
        for field, words in (("title", "问题"), ("description", "事实")):
            if not getattr(draft, field).strip():
                raise NotDone(f"请写{words}", field)
        if draft.amount is not None and draft.amount < 0:
            raise NotDone("涉及金额不能小于 0", "amount")
        made = ReviewFault.objects.create(
            part=own,
            kind=draft.kind,
            title=draft.title.strip(),
            description=draft.description.strip(),
            amount=draft.amount,
            person=person,
            at=timezone.now(),
        )
        changed(person, held, "写入四评问题", {}, 评审=own.name)
    return made


def remove_fault(person: Person, fault: ReviewFault, based_on: int) -> ReviewPart:
    """删除 a problem of one's own review."""
    with _held(person, fault.part.review, based_on, ("删除四评问题", "note")) as held:
        own = _own(person, fault.part)
        title = fault.title
        fault.delete()
        changed(person, held, "删除四评问题", {}, 评审=own.name, 问题=title)
    return own


def explain(
    person: Person, review: FourReview, based_on: int, pair: tuple[str, str], text: str
) -> Difference:
    """差异说明 of two reviews, both open to the person, by their kinds."""
    with _held(person, review, based_on, ("说明四评差异", "explain")) as held:
        parts = parts_of(held)
        order = [part.kind for part in parts]
        if pair[0] == pair[1] or not set(pair) <= readable(person, held, parts):
            raise Http404("没有这两项评审，或您现在不能看")
        if not text.strip():
            raise NotDone("请写差异的原因", "text")
        first, second = sorted(pair, key=order.index)
        facts = {"text": text.strip(), "person": person, "at": timezone.now()}
        made, _ = Difference.objects.update_or_create(review=held, first=first, second=second, defaults=facts)
        changed(person, held, "说明四评差异", {}, reason=text.strip())
    return made


# ── the combination ───────────────────────────────────────────────────────────────────────────────────


def confirm(person: Person, review: FourReview, based_on: int, opinion: str) -> FourReview:
    """合成确认 by the congress: frozen with every score, its source, steps and policy; what was found goes to
    the register as clues."""
    with _held(person, review, based_on, ("确认四评结果", "confirm")) as held:
        policy = policy_of(held)
        kinds_of(policy)
        standing = standing_of(held, readable(person, held, parts_of(held)))
        _complete(held, standing)
        if not opinion.strip():
            raise NotDone("确认四评结果须写评议意见", "opinion")
        whole = standing.combined
        values = {
            "state": ReviewState.CONFIRMED,
            "total": whole.total,
            "grade": whole.grade.value if whole.grade else "",
            "frozen": as_json(standing, policy),
            "policy_version": policy.version,
            "opinion": opinion.strip(),
            "confirmed_by": person,
            "confirmed_at": timezone.now(),
        }
        changed(person, held, "确认四评结果", values)
        propose_many(Source.FOUR_REVIEWS, clues_of(held), person)
    return held


def _complete(held: FourReview, standing: Standing) -> None:
    if standing.hidden:
        raise NotDone("人大评议启封以后才能合成确认", "opinion")
    if isinstance(standing.combined.total, Missing):
        raise NotDone(f"{standing.combined.total.note}，不能合成确认", "opinion")
    left = unexplained(held, standing)
    if left:
        words = "；".join(f"{pair.first}高出{pair.second} {pair.points} 分" for pair in left)
        raise NotDone(f"差异还没有说明：{words}", "opinion")


def clues_of(review: FourReview) -> list[ClueDraft]:
    """What the reviews found, as findings takes it."""
    rows = ReviewFault.objects.filter(part__review=review).select_related("part")
    return [
        ClueDraft(
            origin=f"review:{review.pk}:{row.pk}",
            kind=row.kind,
            title=row.title,
            description=f"{review.fiscal_year}年四评（{review.number}）{row.part.name}发现：{row.description}",
            unit=review.unit,
            fund=review.fund,
            fiscal_year=review.fiscal_year,
            amount=row.amount,
        )
        for row in rows
    ]


@contextmanager
def _held(person: Person, review: FourReview, based_on: int, about: tuple[str, str]) -> Iterator[FourReview]:
    """The project, locked, for the action in words and by its right; whatever stops the verb is logged."""
    words, action = about
    with refusals_logged(person, words, review, review.unit.name), transaction.atomic():
        yield held_row(person, review, based_on, action)


def _own(person: Person, part: ReviewPart) -> ReviewPart:
    """The review as it is now, if it is the person's office that carries it out."""
    own = ReviewPart.objects.select_related("panel").get(pk=part.pk)
    if not is_theirs(person, own):
        raise PermissionDenied(f"“{own.name}”不由{person.get_role_display()}办理")
    own.review = part.review
    return own


def _label(role: Role, place: int) -> str:
    return f"{_LABELS[role]}{_NUMERALS[place] if place < len(_NUMERALS) else place + 1}"
