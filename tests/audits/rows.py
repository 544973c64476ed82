"""A checked document straight into the database, for tests that ask about answers and not about the check."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.utils import timezone
from tests.audits import papers
from tests.cast import WHEN, Cast

from jiheng import policy as policies
from jiheng.audits import checking
from jiheng.audits.models import AuditedDocument, AuditFinding, Submission
from jiheng.units import jobs
from jiheng.units.models import Upload


def document(cast: Cast) -> AuditedDocument:
    """第一中学's, with one error and one warning, both open."""
    data = papers.TEXT.encode()
    upload = Upload(
        region_code=cast.region.pk,
        name="说明.txt",
        sha256="2" * 64,
        size=len(data),
        person=cast.reporter,
        at=WHEN,
    )
    upload.file.save("x.txt", ContentFile(data), save=True)
    job = jobs.enqueue("check_document", cast.reporter, document=0)
    made = AuditedDocument.objects.create(
        region=cast.region,
        unit=cast.school,
        title="说明",
        purpose="final_accounts",
        fiscal_year=2024,
        upload=upload,
        uploaded_by=cast.reporter,
        uploaded_at=WHEN,
        job=job,
    )
    policy = policies.on(timezone.localdate(), cast.region.pk)
    checking.store(job, made, *papers.examine(data, upload.name, policy, 2024), policy)
    job.delete()
    return AuditedDocument.objects.get(pk=made.pk)


def finding(of: AuditedDocument) -> AuditFinding:
    return AuditFinding.objects.get(document=of, severity="error")


def sent(cast: Cast) -> AuditedDocument:
    made = document(cast)
    Submission.objects.create(document=made, sha256="2" * 64, sent_by=cast.reporter, sent_at=WHEN)
    return made
