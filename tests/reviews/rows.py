"""第一中学's fund under 四评 of 2023: self-evaluation 95.00, fiscal 85.00, then audit and congress."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from tests.cast import WHEN, Cast, make_person
from tests.results.graded import graded

from jiheng.filings.models import Filing
from jiheng.fiscal.models import KeyEvaluation
from jiheng.panels import rating
from jiheng.panels.models import Seat
from jiheng.panels.rating import MarkDraft, SheetDraft
from jiheng.reviews import picking, workflow
from jiheng.reviews.models import FourReview, ReviewFault, ReviewPart
from jiheng.reviews.picking import PickDraft
from jiheng.reviews.workflow import FaultDraft
from jiheng.sheets import Header, ProjectEvaluationSheet, to_json
from jiheng.units.models import Person, Role


def soon(days: int = 7) -> date:
    return timezone.localdate() + timedelta(days=days)


def fresh(review: FourReview) -> FourReview:
    return FourReview.objects.select_related("unit", "fund", "region").get(pk=review.pk)


def own_score(cast: Cast, score: str = "95.00") -> None:
    kept = graded(cast, cast.building, "优", score)
    header = Header(fiscal_year=2023, unit_name=cast.school.name, subject_name=cast.building.name)
    Filing.objects.filter(pk=kept.filing_id).update(sheet=to_json(ProjectEvaluationSheet(header=header)))


def fiscal_score(cast: Cast, score: str = "85.00", **fields: Any) -> KeyEvaluation:
    values: dict[str, Any] = {
        "region": cast.region,
        "kind": "fiscal",
        "year": 2024,
        "serial": 1,
        "unit": cast.school,
        "fund": cast.building,
        "from_year": 2022,
        "to_year": 2023,
        "reason": "资金量大",
        "state": "confirmed",
        "picked_by": cast.performance,
        "picked_at": WHEN,
        "total": Decimal(score),
        "grade": "良",
        "policy_date": date(2024, 9, 1),
        "confirmed_at": WHEN,
    }
    return KeyEvaluation.objects.create(**(values | fields))


def picked(cast: Cast, **said: Any) -> FourReview:
    values: dict[str, Any] = {
        "year": 2024,
        "fiscal_year": 2023,
        "funds": [cast.building.pk],
        "reason": "代表集中反映，金额大",
    }
    return fresh(picking.pick(cast.congress, PickDraft(**(values | said)))[0])


def part(review: FourReview, kind: str) -> ReviewPart:
    found = ReviewPart.objects.select_related("panel").get(review=review, kind=kind)
    found.review = fresh(review)
    return found


def deputy(cast: Cast) -> Person:
    known = Person.objects.filter(username="deputy").first()
    return known or make_person("deputy", "代表甲", Role.CONGRESS, region=cast.region)


def convened(cast: Cast, review: FourReview, kind: str) -> ReviewPart:
    person, raters = (
        (cast.audit, [cast.audit]) if kind == "audit" else (cast.congress, [cast.congress, deputy(cast)])
    )
    review = fresh(review)
    workflow.convene(person, part(review, kind), review.revision, raters, soon())
    return part(review, kind)


def sealed(own: ReviewPart, person: Person, share: str) -> Seat:
    """Every line at a share of its full marks, and sealed."""
    seat = Seat.objects.select_related("panel__unit").get(panel=own.panel, person=person)
    assert own.panel is not None
    marks = [
        MarkDraft(code=line.code, score=line.full * Decimal(share), reason="见底稿", evidence="凭证第1页")
        for line in own.panel.lines.all()
    ]
    seat = rating.save_draft(person, seat, seat.revision, SheetDraft(marks=marks, opinion="总体较好"))
    return rating.seal(person, seat, seat.revision)


def scored(cast: Cast) -> FourReview:
    """All four in: 95, 85, 80 and 84; nothing explained."""
    own_score(cast)
    fiscal_score(cast)
    review = picked(cast)
    sealed(convened(cast, review, "audit"), cast.audit, "0.8")
    own = convened(cast, review, "congress")
    sealed(own, cast.congress, "0.82")
    sealed(own, deputy(cast), "0.86")
    return fresh(review)


def explained(cast: Cast) -> FourReview:
    """The three pairs of ten points and more, all with the self-evaluation."""
    review = scored(cast)
    for kind in ("fiscal", "audit", "congress"):
        workflow.explain(cast.congress, review, review.revision, (kind, "self"), "单位对效益自评偏高")
        review = fresh(review)
    return review


def confirmed(cast: Cast) -> FourReview:
    review = explained(cast)
    return fresh(workflow.confirm(cast.congress, review, review.revision, "同意综合等级"))


def noted(cast: Cast, own: ReviewPart) -> ReviewFault:
    fault = FaultDraft(kind="核算", title="台账不全", description="缺3份验收单", amount=Decimal("1200.50"))
    return workflow.note_fault(cast.audit, own, own.review.revision, fault)
