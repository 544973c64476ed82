"""A publication straight into the database, for tests that ask what the public sees of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.core.files.base import ContentFile
from tests.cast import WHEN, Cast
from tests.publishing.years import made

from jiheng.audits.models import AuditedDocument, Submission
from jiheng.disclosure.models import Disclosure, DisclosureState, Publication
from jiheng.disclosure.record import PublicDepartment, PublicFile, PublicYear, to_json
from jiheng.units.models import Unit, Upload

PUBLISHED = datetime(2025, 10, 20, 2, 0, tzinfo=UTC)


def publish(cast: Cast) -> Publication:
    """天衡区2024 with the explanation of 第一中学, both with their Word files."""
    year = made(edition=1)
    _stored(cast, year.departments[0], cast.school)
    return _stored(cast, year, None)


def publish_again(cast: Cast) -> Publication:
    return _stored(cast, made(edition=2), None)


def withdraw(cast: Cast, publication: Publication) -> None:
    publication.withdrawn_by, publication.withdrawn_at = cast.budget, PUBLISHED + timedelta(days=14)
    publication.withdraw_reason = "核对转移支付"
    publication.save()
    Submission.objects.filter(pk=publication.submission_id).update(withdrawn_at=publication.withdrawn_at)


def _stored(cast: Cast, record: PublicYear | PublicDepartment, unit: Unit | None) -> Publication:
    word, pdf = _upload(cast, record.files[0]), None
    if isinstance(record, PublicYear):
        pdf = _upload(cast, record.files[2])
    document = AuditedDocument.objects.create(
        region=cast.region, unit=unit, title="说明", purpose="final_accounts", fiscal_year=2024, upload=word,
        uploaded_by=cast.budget, uploaded_at=WHEN,
    )  # fmt: skip
    sent = Submission.objects.create(
        document=document, sha256=word.sha256, sent_by=cast.budget, sent_at=PUBLISHED
    )
    disclosure, _ = Disclosure.objects.get_or_create(
        region=cast.region,
        unit=unit,
        fiscal_year=2024,
        defaults={"state": DisclosureState.PUBLISHED, "updated_by": cast.budget, "updated_at": PUBLISHED},
    )
    return Publication.objects.create(
        disclosure=disclosure,
        number=disclosure.publications.count() + 1,
        title="决算公开说明",
        record=to_json(record),
        sources="{}",
        word=word,
        pdf=pdf,
        sha256=word.sha256,
        policy_date=PUBLISHED.date(),
        policy_version="0" * 64,
        submission=sent,
        published_by=cast.budget,
        published_at=PUBLISHED,
    )


def _upload(cast: Cast, file: PublicFile) -> Upload:
    made = Upload(
        region_code=cast.region.pk, name=file.name, sha256=file.sha256, size=len(file.data),
        person=cast.budget, at=WHEN,
    )  # fmt: skip
    made.file.save(file.name, ContentFile(file.data), save=True)
    return made
