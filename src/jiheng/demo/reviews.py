"""The example district's 四评 of 2024: three projects confirmed, the fourth still open at 人大评议."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from jiheng import policy as policies
from jiheng.demo import places
from jiheng.demo.places import District, moment
from jiheng.figures import rounded
from jiheng.findings.models import Source
from jiheng.findings.problems import propose_many
from jiheng.panels.models import Mark, Panel, PanelLine, PanelState, Seat, SeatState
from jiheng.panels.sealing import digest_of
from jiheng.reviews.models import Difference, FourReview, ReviewFault, ReviewPart, ReviewRemark, ReviewState
from jiheng.reviews.standing import as_json, standing_of, unexplained
from jiheng.reviews.workflow import clues_of, scheme
from jiheng.scoring.combining import kinds
from jiheng.sheets import Missing
from jiheng.units.models import LogEntry, Person

WORK, FISCAL = 2024, 2023
ALWAYS = date(2099, 12, 31)
PICKED, OPENED, CONFIRMED = moment(2024, 9, 24), moment(2024, 10, 21), moment(2024, 11, 6)
LABELS = {"audit": "审计人员", "congress": "代表"}


def review(district: District) -> None:
    """Writes the projects with panels, sealed sheets, what was said and found, and the log."""
    data = places.read("reviews.yaml")
    log: list[LogEntry] = []
    for serial, row in enumerate(data["reviews"], start=1):
        _Book(district, data, log).one(serial, row)
    LogEntry.objects.bulk_create(sorted(log, key=lambda entry: entry.at))


@dataclass
class _Book:
    district: District
    data: dict[str, Any]
    log: list[LogEntry]

    def one(self, serial: int, row: list[Any]) -> None:
        code, name, *rates = row
        unit = next(unit for unit in self.district.units if unit.code == code)
        fund = next(fund for fund in self.district.funds if fund.unit_id == unit.pk and name in fund.name)
        made = FourReview.objects.create(
            region=self.district.region,
            year=WORK,
            serial=serial,
            unit=unit,
            fund=fund,
            fiscal_year=FISCAL,
            reason=self.data["reasons"][serial % 2],
            policy_date=PICKED.date(),
            picked_by=self.district.people["renda"],
            picked_at=PICKED,
        )
        self.told(made, "四评选题", "renda", 0)
        policy = policies.on(made.policy_date, self.district.region.pk)
        parts = ReviewPart.objects.bulk_create(
            ReviewPart(review=made, kind=kind.key, name=kind.name, by=kind.by, place=place)
            for place, kind in enumerate(kinds(policy))
        )
        for part, shares in zip((part for part in parts if part.by in LABELS), rates, strict=True):
            self.panel(part, shares)
        audit = next(part for part in parts if part.by == "audit")
        kind, title, words, amount = self.data["faults"][name]
        ReviewFault.objects.create(
            part=audit,
            kind=kind,
            title=title,
            description=words,
            amount=Decimal(amount) if amount else None,
            person=self.district.people["shenji"],
            at=OPENED,
        )
        if 0 not in rates[1]:
            self.confirm(made)

    def panel(self, part: ReviewPart, shares: list[int]) -> None:
        """A review scored by its people, each rate a sheet; one of 0 is not written yet: all stay shut."""
        made, is_open = part.review, 0 not in shares
        people = [self.district.people[login] for login in self.data["raters"][part.by]]
        panel = Panel.objects.create(
            region=made.region,
            kind=part.by,
            subject=part.subject,
            title=f"{made.fund.name}（{FISCAL}年）{part.name}",
            fiscal_year=FISCAL,
            unit=made.unit,
            fund=made.fund,
            due_on=date(2024, 10, 31) if is_open else ALWAYS,
            least_sheets=len(shares),
            state=PanelState.OPENED if is_open else PanelState.SCORING,
            convened_by=people[-1] if part.by == "congress" else people[0],
            convened_role=part.by,
            convened_at=PICKED + timedelta(days=2),
            opened_at=OPENED if is_open else None,
        )
        drafts = scheme(policies.on(made.policy_date, made.region_id), part.kind)
        lines = PanelLine.objects.bulk_create(
            PanelLine(
                panel=panel,
                code=line.code,
                group=line.group,
                name=line.name,
                full=line.full,
                standard=line.standard,
                place=place,
            )
            for place, line in enumerate(drafts)
        )
        for place, (person, share) in enumerate(zip(people, shares, strict=True)):
            self.seat((panel, lines), person, place, share)
        part.panel = panel
        part.save(update_fields=["panel"])
        self.told(made, "组织四评评分", panel.convened_by.username, 2)
        if part.by == "congress" and is_open:
            ReviewRemark.objects.bulk_create(
                ReviewRemark(part=part, text=text, person=person, at=OPENED)
                for text, person in zip(self.data["remarks"], people[:2], strict=True)
            )

    def seat(self, panel: tuple[Panel, list[PanelLine]], person: Person, place: int, share: int) -> None:
        held, lines = panel
        seat = Seat.objects.create(
            panel=held, person=person, label=f"{LABELS[held.kind]}{'甲乙丙'[place]}", organisation=""
        )
        if not share:
            return
        Mark.objects.bulk_create(
            Mark(
                seat=seat,
                line=line,
                score=rounded(line.full * (share + number % 3 - 1) / 100, 1),
                reason="个别环节不到位" if share < 90 else "",
                evidence="现场查看记录和抽查凭证",
            )
            for number, line in enumerate(lines)
        )
        seat.opinion = self.data["opinions"][place % 2]
        seat.total = sum((mark.score for mark in seat.marks.all()), Decimal(0))
        seat.salt = hashlib.sha256(f"{held.subject}:{place}".encode()).hexdigest()[:32]
        seat.digest = digest_of(seat, seat.salt)
        seat.state, seat.sealed_at = SeatState.SEALED, OPENED - timedelta(days=3 - place)
        seat.save()

    def confirm(self, made: FourReview) -> None:
        standing = standing_of(made)
        keys = {part.name: part.kind for part in standing.parts}
        order = list(keys.values())
        for pair in unexplained(made, standing):
            first, second = sorted((keys[pair.first], keys[pair.second]), key=order.index)
            Difference.objects.create(
                review=made,
                first=first,
                second=second,
                text=self.data["explanation"],
                person=self.district.people["shenji"],
                at=OPENED + timedelta(days=3),
            )
        whole = standing.combined
        assert not isinstance(whole.total, Missing)
        assert whole.grade is not None
        policy = policies.on(made.policy_date, made.region_id)
        made.state, made.total, made.grade = ReviewState.CONFIRMED, whole.total, whole.grade.value
        made.frozen, made.policy_version = as_json(standing, policy), policy.version
        made.opinion, made.confirmed_by = self.data["opinion"], self.district.people["renda"]
        made.confirmed_at = CONFIRMED
        made.save()
        self.told(made, "确认四评结果", "renda", 43)
        propose_many(Source.FOUR_REVIEWS, clues_of(made))

    def told(self, made: FourReview, action: str, login: str, days: int) -> None:
        person = self.district.people[login]
        self.log.append(
            LogEntry(
                at=PICKED + timedelta(days=days),
                person=person,
                person_name=person.name,
                role=person.role,
                region_code=self.district.region.pk,
                unit_name=made.unit.name,
                action=action,
                subject="reviews.fourreview",
                subject_id=str(made.pk),
                subject_name=str(made),
                reason=made.reason if days == 0 else "",
            )
        )
