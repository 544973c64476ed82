"""What a reviewer has typed and not sent yet: kept as they type, gone when their desk decides.

Nobody else sees it and it decides nothing, so it is not in the log: the opinion is, once it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction

from jiheng.filings import moves
from jiheng.filings.access import require_decide
from jiheng.filings.desks import holds
from jiheng.filings.models import Filing, OpinionDraft
from jiheng.units.models import Person


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the review as they stand on the page; `remarks` by the sheet's field."""

    opinion: str = ""
    reason: str = ""
    to_desk: str = ""
    remarks: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not any(text.strip() for text in (self.opinion, self.reason, *self.remarks.values()))


@transaction.atomic
def keep(person: Person, filing: Filing, typed: Typed) -> None:
    """In the place of what was kept; nothing typed keeps nothing. PermissionDenied, WrongDesk."""
    filing = moves.lock(filing.pk)
    require_decide(person, filing)
    moves.require_at_desk(holds(person, filing, filing.desk), filing)
    if typed.is_blank:
        OpinionDraft.objects.filter(filing=filing, person=person).delete()
        return
    OpinionDraft.objects.update_or_create(
        filing=filing,
        person=person,
        defaults={
            "desk": filing.desk,
            "opinion": typed.opinion,
            "reason": typed.reason,
            "to_desk": typed.to_desk,
            "remarks": dict(typed.remarks),
            "at": moves.now(),
        },
    )


def kept(person: Person, filing: Filing) -> Typed:
    """What this person typed at the desk that holds the form now."""
    found = OpinionDraft.objects.filter(filing=filing, person=person, desk=filing.desk).first()
    if found is None:
        return Typed()
    return Typed(found.opinion, found.reason, found.to_desk, found.remarks)


def forget(filings: Iterable[int], desk: str) -> None:
    """The desk has decided on these forms (by pk)."""
    OpinionDraft.objects.filter(filing__in=list(filings), desk=desk).delete()
