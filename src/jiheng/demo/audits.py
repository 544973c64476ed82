"""Two drafts of the example district in the audit, with the kinds of mistakes that such drafts have."""

from __future__ import annotations

from typing import Any

from jiheng.audits import workflow
from jiheng.audits.checking import check_now
from jiheng.audits.models import Purpose
from jiheng.demo import places
from jiheng.demo.places import District, moment
from jiheng.documents.official import Paper
from jiheng.units.models import Person, Role


def hand_in(district: District) -> None:
    """The drafts as Word files, uploaded by whose they are and checked; what was found waits for people."""
    for row in places.read("audits.yaml")["documents"]:
        person = Person.objects.filter(region=district.region, role=Role(row["by"])).order_by("pk")[0]
        draft = workflow.UploadDraft(
            unit=person.unit_id, purpose=Purpose.FINAL_ACCOUNTS, fiscal_year=row["year"], title=row["title"]
        )
        check_now(workflow.upload(person, draft, row["file"], _word(row)))


def _word(row: dict[str, Any]) -> bytes:
    paper = Paper(row["title"], "天衡区", moment(2024, 8, 12).date())
    paper.title(row["title"])
    for paragraph in row["paragraphs"]:
        if paragraph.startswith("# "):
            paper.heading(paragraph.removeprefix("# "))
        else:
            paper.text(paragraph)
    return paper.save()
