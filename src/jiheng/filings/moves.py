"""How a form's row changes: locked, only from the revision it was based on, with version, step and log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import F, Max
from django.utils import timezone

from jiheng.figures import rounded
from jiheng.filings.desks import Onward
from jiheng.filings.models import Desk, Filing, State, Step, Version
from jiheng.filings.outcomes import Conflict, WrongDesk, YearClosed
from jiheng.projects import calendar, years
from jiheng.sheets import Finding, Missing, Severity, Sheet, to_json
from jiheng.units import log
from jiheng.units.models import Person

NOBODY = {
    Desk.UNIT: "本单位没有启用的审核人，自动转下一环节",
    Desk.DEPARTMENT: "主管部门没有启用的审核人，自动转下一环节",
}


def lock(pk: int) -> Filing:
    """The form as stored now, its row held to the transaction's end (on SQLite the database is). Every verb
    that changes one form begins here: raises YearClosed once its year is."""
    found = Filing.objects.select_for_update(of=("self",))
    filing = found.select_related("region", "unit__department", "fund", "updated_by").get(pk=pk)
    if why := years.why_closed(filing.region_id, filing.fiscal_year, calendar.stage_of(filing.form)):
        raise YearClosed(f"“{filing}”：{why}", filing)
    return filing


def require_revision(filing: Filing, based_on: int, mine: Sheet | None = None) -> None:
    """Raises Conflict when the form is no longer what the person saw."""
    if filing.revision != based_on:
        raise Conflict(filing, mine, filing.as_sheet())


def require_at_desk(person_holds: bool, filing: Filing) -> None:  # noqa: FBT001
    """Raises WrongDesk unless the form is in review and at the person's desk."""
    if filing.state != State.IN_REVIEW or not person_holds:
        where = f"，在“{Desk(filing.desk).label}”环节" if filing.desk else ""
        raise WrongDesk(f"“{filing}”现为{filing.get_state_display()}{where}，不在您的环节，不能办理", filing)


def change(filing: Filing, person: Person, at: datetime, **fields: Any) -> Filing:
    """Writes the fields if the stored row still has the revision that `filing` was read with, and counts it
    up. Raises Conflict with what is stored when somebody came first."""
    fields |= {"updated_at": at, "updated_by": person}
    held = Filing.objects.filter(pk=filing.pk, revision=filing.revision)
    if not held.update(revision=F("revision") + 1, **fields):
        stored = Filing.objects.select_related("unit", "fund", "updated_by").get(pk=filing.pk)
        raise Conflict(stored, None, stored.as_sheet())
    filing.revision += 1
    for name, value in fields.items():
        setattr(filing, name, value)
    return filing


def fingerprint(sheet: dict[str, Any]) -> str:
    """sha256 of a stored sheet, whatever order its keys came back in."""
    text = json.dumps(sheet, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def last_numbers(filings: Iterable[Filing]) -> dict[int, int]:
    """The highest version number of each form, by its pk; one query."""
    rows = Version.objects.filter(filing__in=list(filings)).order_by()
    return dict(rows.values_list("filing_id").annotate(Max("number")))


def new_version(
    filing: Filing, cause: str, person: Person, at: datetime, number: int, sheet: dict[str, Any] | None = None
) -> Version:
    """A version of the form as it stands (or of the sheet given), not stored yet."""
    kept = filing.sheet if sheet is None else sheet
    return Version(
        filing=filing,
        number=number,
        cause=cause,
        sheet=kept,
        sha256=fingerprint(kept),
        person=person,
        at=at,
    )


def add_version(
    filing: Filing, cause: str, person: Person, at: datetime, sheet: dict[str, Any] | None = None
) -> Version:
    """Freezes the form as it stands. Call it while the row is held."""
    number = last_numbers([filing]).get(filing.pk, 0) + 1
    version = new_version(filing, cause, person, at, number, sheet)
    version.save(force_insert=True)
    return version


def new_steps(
    filing: Filing,
    action: str,
    person: Person,
    at: datetime,
    *,
    from_desk: str,
    onward: Onward,
    state: str,
    reason: str = "",
    version: Version | None = None,
) -> list[Step]:
    """The move itself, and one 自动通过 for each empty desk on the way; not stored yet."""
    stops = [from_desk, *onward.skipped, onward.desk or ""]
    steps = []
    for place, (start, end) in enumerate(pairwise(stops)):
        steps.append(
            Step(
                filing=filing,
                region_id=filing.region_id,
                at=at,
                person=person if place == 0 else None,
                action=action if place == 0 else "自动通过",
                from_desk=start,
                to_desk=end,
                state=state,
                reason=reason if place == 0 else NOBODY[Desk(start)],
                version=version,
            )
        )
    return steps


def add_steps(steps: Iterable[Step]) -> None:
    for step in steps:
        step.save(force_insert=True)


def standing(filing: Filing) -> dict[str, str]:
    """Where the form stands, for the log."""
    desk = Desk(filing.desk).label if filing.desk else ""
    return {"状态": filing.get_state_display(), "环节": desk, "修订号": str(filing.revision)}


def log_move(person: Person, action: str, filing: Filing, before: dict[str, str], reason: str = "") -> None:
    log.record(
        person,
        action,
        filing,
        before=before,
        after=standing(filing),
        reason=reason,
        unit_name=filing.unit.name,
    )


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many errors and warnings, as the form's row keeps them."""
    severities = [item.severity for item in findings]
    return {"errors": severities.count(Severity.ERROR), "warnings": severities.count(Severity.WARNING)}


def whole_fen(amount: Decimal | Missing) -> Decimal | None:
    """The amount as the row keeps it, for lists and sums; what was typed stays in the sheet."""
    return None if isinstance(amount, Missing) else rounded(amount, 2)


def stored(sheet: Sheet) -> dict[str, Any]:
    return to_json(sheet)


def now() -> datetime:
    return timezone.now()
