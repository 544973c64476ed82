"""What is public now: the record of a year, put together from the publications in force, with their files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import QuerySet
from django.utils import timezone

from jiheng.disclosure.models import Disclosure, Publication
from jiheng.disclosure.record import (
    PublicDepartment,
    PublicEdition,
    PublicFile,
    PublicYear,
    department_of_json,
    year_of_json,
)
from jiheng.units.models import Region, Upload


def public_year(region: Region, fiscal_year: int, *, with_files: bool = True) -> PublicYear | None:
    """The year as it is public: the region's explanations with those of the units that are public too. None
    while the region's are not public. `with_files` False leaves the bytes of files out. Three queries."""
    rows = list(_live(region).filter(disclosure__fiscal_year=fiscal_year))
    own = next((row for row in rows if row.disclosure.unit_id is None), None)
    if own is None:
        return None
    traces = _traces(region, fiscal_year)
    departments = tuple(
        _department(row, traces, with_files=with_files) for row in rows if row.disclosure.unit_id is not None
    )
    return replace(
        year_of_json(own.record),
        departments=departments,
        files=_files(own, with_files=with_files),
        trace=traces[own.disclosure_id],
    )


def public_departments(region: Region, fiscal_year: int) -> tuple[PublicDepartment, ...]:
    """The units' public explanations by unit code, also while the region's are not public; without bytes."""
    rows = _live(region).filter(disclosure__fiscal_year=fiscal_year, disclosure__unit__isnull=False)
    traces = _traces(region, fiscal_year)
    return tuple(_department(row, traces, with_files=False) for row in rows)


def public_years(region: Region) -> list[int]:
    """The fiscal years whose explanations are public, the latest first."""
    rows = _live(region).filter(disclosure__unit__isnull=True).order_by()
    return sorted(rows.values_list("disclosure__fiscal_year", flat=True), reverse=True)


def trace(region: Region, fiscal_year: int) -> tuple[PublicEdition, ...]:
    """Every publication of the region's explanations of a year, withdrawn ones too; empty where none was."""
    own = Disclosure.objects.filter(region=region, unit=None, fiscal_year=fiscal_year).first()
    return _traces(region, fiscal_year).get(own.pk, ()) if own is not None else ()


def _live(region: Region) -> QuerySet[Publication]:
    rows = Publication.objects.filter(disclosure__region=region, withdrawn_at=None)
    return rows.select_related("disclosure", "word", "pdf").order_by("disclosure__unit__code")


def _department(
    row: Publication, traces: dict[int, tuple[PublicEdition, ...]], *, with_files: bool
) -> PublicDepartment:
    files = _files(row, with_files=with_files)
    return replace(department_of_json(row.record), files=files, trace=traces[row.disclosure_id])


def _traces(region: Region, fiscal_year: int) -> dict[int, tuple[PublicEdition, ...]]:
    """Every publication of the year, withdrawn ones too, oldest first, by disclosure. One query."""
    rows = Publication.objects.filter(disclosure__region=region, disclosure__fiscal_year=fiscal_year)
    found: dict[int, list[PublicEdition]] = {}
    for row in rows.only(
        "disclosure_id", "number", "published_at", "sha256", "withdrawn_at", "withdraw_reason"
    ).order_by("number"):
        withdrawn = timezone.localdate(row.withdrawn_at) if row.withdrawn_at else None
        edition = PublicEdition(
            row.number, timezone.localdate(row.published_at), row.sha256, withdrawn, row.withdraw_reason
        )
        found.setdefault(row.disclosure_id, []).append(edition)
    return {pk: tuple(editions) for pk, editions in found.items()}


def _files(row: Publication, *, with_files: bool) -> tuple[PublicFile, ...]:
    sources = row.sources.encode()
    named: Sequence[tuple[str, Upload | None]] = (
        (f"{row.title}.docx", row.word),
        (f"{row.title}.pdf", row.pdf),
    )
    found = [
        PublicFile(name, upload.sha256, read(upload) if with_files else b"")
        for name, upload in named
        if upload is not None
    ]
    listed = PublicFile(
        f"{row.title}.sources.json", hashlib.sha256(sources).hexdigest(), sources if with_files else b""
    )
    return (found[0], listed, *found[1:])


def read(upload: Upload) -> bytes:
    """The stored bytes. Raises OSError where the file is gone."""
    with upload.file.open("rb") as file:
        data: bytes = file.read()
    return data
