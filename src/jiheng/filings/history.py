"""What became of a form: its versions and steps, and what differs between any two of them."""

from __future__ import annotations

from dataclasses import dataclass

from jiheng.filings.models import Filing, Remark, Step, Version
from jiheng.sheets import Change, Sheet, differences


@dataclass(frozen=True, slots=True)
class History:
    """All of a form's versions (oldest first), steps (oldest first) and remarks (settled ones too)."""

    versions: tuple[Version, ...]
    steps: tuple[Step, ...]
    remarks: tuple[Remark, ...]


def history(filing: Filing) -> History:
    """Three queries, whatever the form has been through."""
    return History(
        tuple(filing.versions.select_related("person").order_by("number")),
        tuple(filing.steps.select_related("person", "version").order_by("at", "pk")),
        tuple(filing.remarks.select_related("person").order_by("at", "pk")),
    )


def compare(before: Version, after: Version | Filing) -> list[Change]:
    """Field by field from a version to another, or to the form as it stands now."""
    return differences(before.as_sheet(), after.as_sheet())


def count_changes(filing: Filing, sheet: Sheet) -> int:
    """批复后变动数: how many fields of `sheet` differ from the first approved version (cause 批复).

    A field is a leaf of `sheets.differences`: a line added or taken away counts each of its filled fields'
    paths. The record of replaced targets (`former`) is about changes and is not itself one. A target changed
    twice counts once; changed back, not at all. Without an approved version 0.
    """
    first = filing.versions.filter(cause="批复").order_by("number").first()
    if first is None:
        return 0
    first.filing = filing
    return sum(1 for change in differences(first.as_sheet(), sheet) if ".former" not in change.field)
