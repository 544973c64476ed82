"""A checked explanation becomes a publication: the record, the files and the policy of the day."""

from __future__ import annotations

from django.utils import timezone

from jiheng.audits.models import Submission
from jiheng.disclosure.drafts import Draft
from jiheng.disclosure.models import Disclosure, Publication
from jiheng.disclosure.record import PublicDepartment, PublicYear, to_json
from jiheng.disclosure.results import results_of
from jiheng.units.models import Person
from jiheng.wording import Performance


def freeze(person: Person, held: Disclosure, draft: Draft, sent: Submission) -> Publication:
    """Stores the publication of a document that was just sent. Its word file is the one that was checked."""
    now, document = timezone.now(), sent.document
    number = held.publications.count() + 1
    return Publication.objects.create(
        disclosure=held,
        number=number,
        title=draft.title,
        record=to_json(_record(held, draft, number)),
        sources=held.sources,
        word=document.upload,
        pdf=held.pdf,
        sha256=document.upload.sha256,
        policy_date=timezone.localdate(now),
        policy_version=draft.policy.version,
        submission=sent,
        published_by=person,
        published_at=now,
    )


def _record(held: Disclosure, draft: Draft, number: int) -> PublicYear | PublicDepartment:
    day, basis = timezone.localdate(), draft.basis
    if held.unit is not None:
        return PublicDepartment(
            unit_code=held.unit.code,
            unit_name=held.unit.name,
            day=day,
            edition=number,
            text=draft.texts[0],
            tables=basis.published_tables,
            policy_version=draft.policy.version,
        )
    [told] = [one for one in draft.facts if isinstance(one, Performance)]
    return PublicYear(
        region=held.region.pk,
        region_name=held.region.name,
        fiscal_year=held.fiscal_year,
        title=draft.title,
        day=day,
        edition=number,
        bureau=held.region.bureau,
        policy_version=draft.policy.version,
        texts=draft.texts,
        reviewed=told.reviewed,
        tables=basis.published_tables,
        evaluated=told.evaluated,
        results=results_of(held.region, told.evaluated),
    )
