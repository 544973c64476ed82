"""Forms that leave as workbooks and come back: what each was taken from is kept, and what comes back is
compared with it and with what is stored by then."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from jiheng.documents.forms import Taken
from jiheng.filings import moves
from jiheng.filings.access import only_filed, require_edit, visible
from jiheng.filings.desks import EDITABLE
from jiheng.filings.merge import Merge, three_way
from jiheng.filings.models import Filing, Version
from jiheng.filings.outcomes import Locked, Refused
from jiheng.sheets import Finding, Header, Severity, Sheet, from_json, to_json
from jiheng.units import log
from jiheng.units.models import Person

CAUSE = "取表"
_UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")


def export_base(person: Person, filing: Filing) -> Version:
    """The version to fill a workbook from: the form as it stands, its revision in the header. Kept, once a
    revision, so that the base is known when the workbook comes back."""
    return export_bases(person, [filing])[filing.pk]


@transaction.atomic
def export_bases(person: Person, filings: Iterable[Filing]) -> dict[int, Version]:
    """`export_base` for many forms, by the form's pk; the number of queries does not grow with them.
    Raises PermissionDenied if the person does not see all of them."""
    pks = {filing.pk for filing in filings}
    seen = visible(person).filter(pk__in=pks).values("pk")
    found = Filing.objects.select_for_update(of=("self",)).filter(pk__in=seen)
    found = found.select_related("unit", "fund").order_by("pk")
    stored = [only_filed(person, filing) for filing in found]
    if len(stored) < len(pks):
        raise PermissionDenied("其中有您无权查看的表，不能导出")
    kept: dict[int, Version] = {}
    for version in Version.objects.filter(filing__in=pks, cause=CAUSE).order_by("number"):
        kept[version.filing_id] = version
    numbers = moves.last_numbers(stored)
    fresh = []
    for filing in stored:
        last = kept.get(filing.pk)
        if last is not None and last.sheet["header"]["revision"] == filing.revision:
            last.filing = filing
            continue
        sheet = with_revision(filing.sheet, filing.revision)
        number = numbers.get(filing.pk, 0) + 1
        fresh.append(moves.new_version(filing, CAUSE, person, moves.now(), number, sheet))
    kept |= {version.filing_id: version for version in Version.objects.bulk_create(fresh)}
    log.record_many(
        person,
        [
            log.LogDraft(
                action=CAUSE,
                subject=version.filing,
                after={"修订号": version.filing.revision},
                unit_name=version.filing.unit.name,
            )
            for version in fresh
        ],
    )
    return kept


def with_revision(sheet: dict[str, Any], revision: int) -> dict[str, Any]:
    """The stored sheet with the revision in its header."""
    return sheet | {"header": sheet["header"] | {"revision": revision}}


def base_of(filing: Filing, revision: int) -> Sheet | None:
    """The form as it was when a workbook of that revision was taken; None where nobody knows."""
    if revision == filing.revision:
        return filing.as_sheet()
    found = filing.versions.filter(cause=CAUSE, sheet__header__revision=revision).first()
    if found is not None:
        return from_json(filing.form, found.sheet)
    # a blank filled by hand says no revision: what was never touched since it was prefilled is its base
    return filing.as_sheet() if filing.revision == 1 else None


def take(person: Person, filing: Filing, taken: Taken) -> Merge:
    """What a filled workbook would change in the form, cell by cell. Raises PermissionDenied, Locked (with
    the sheet), and Refused with every finding and its place: a cell that cannot be read, another unit's,
    fund's, year's or kind of form, lines with the same key twice."""
    if any(finding.severity is Severity.ERROR for finding in taken.findings):
        raise Refused(taken.findings, filing)
    sheet = taken.sheet
    filing = Filing.objects.select_related("unit", "fund", "region").get(pk=filing.pk)
    require_edit(person, filing)
    stored, sheet = filing.as_sheet(), from_json(sheet.form, _storable(to_json(sheet)))
    findings = _strange(stored, sheet)
    if findings:
        raise Refused(findings, filing)
    if filing.state not in EDITABLE:
        raise Locked(filing, sheet)
    base = base_of(filing, sheet.header.revision)
    if base is not None:
        sheet = _apart(base, stored, sheet)
    return three_way(base, stored, sheet, filing.revision)


def _storable(part: Any) -> Any:
    """Without NUL and halves of surrogate pairs, which a workbook can hold and a database cannot."""
    if isinstance(part, str):
        return _UNSTORABLE.sub("", part)
    if isinstance(part, dict):
        return {key: _storable(inner) for key, inner in part.items()}
    return [_storable(inner) for inner in part] if isinstance(part, list) else part


def _apart(base: Sheet, stored: Sheet, sheet: Sheet) -> Sheet:
    """Lines that were added on both sides under one key are two: the workbook's gets a key of its own."""
    changed: dict[str, Any] = {}
    for item in dataclasses.fields(sheet):
        old, mine, theirs = (_lines(part, item.name) for part in (base, stored, sheet))
        both = [key for key in theirs if key in mine and key not in old and mine[key] != theirs[key]]
        if both:
            used = {*old, *mine, *theirs}
            spare = (key for key in (f"k{number}" for number in range(1, 10_000)) if key not in used)
            names = {key: next(spare) for key in both}
            changed[item.name] = tuple(
                dataclasses.replace(line, key=names.get(key, key)) for key, line in theirs.items()
            )
    return dataclasses.replace(sheet, **changed)


def _lines(sheet: Sheet, name: str) -> dict[str, Any]:
    lines = getattr(sheet, name)
    return {line.key: line for line in lines if hasattr(line, "key")} if isinstance(lines, tuple) else {}


def _strange(stored: Sheet, sheet: Sheet) -> list[Finding]:
    """Why this workbook cannot be this form's."""
    if stored.form is not sheet.form:
        text = f"这份文件是《{sheet.form.heading}》，本表是《{stored.form.heading}》，请选择对应表种的文件"
        return [_error("header", text)]
    mine, theirs = stored.header, sheet.header
    found = []
    if theirs.fiscal_year != mine.fiscal_year:
        text = f"这份文件是 {theirs.fiscal_year} 年度的表，本表是 {mine.fiscal_year} 年度，请选择本年度的文件"
        found.append(_error("header.fiscal_year", text))
    if theirs.month not in (0, mine.month):
        text = f"这份文件截至 {theirs.month} 月，本表截至 {mine.month} 月，请选择本月的文件"
        found.append(_error("header.month", text))
    found += _other(mine, theirs, "unit", "单位")
    found += _other(mine, theirs, "subject", "项目")
    if theirs.region and mine.region and theirs.region != mine.region:
        text = f"这份文件是区划 {theirs.region} 的表，本表是区划 {mine.region}，不能导入"
        found.append(_error("header.region", text))
    for item in dataclasses.fields(sheet):
        lines = getattr(sheet, item.name)
        keys = [line.key for line in lines if hasattr(line, "key")] if isinstance(lines, tuple) else []
        for key, times in Counter(keys).items():
            if times > 1:
                label = item.metadata["label"]
                text = f"“{label}”里行标识“{key}”出现 {times} 次，请不要复制隐藏的行标识，新增的行请留空"
                found.append(_error(f"{item.name}[{key}]", text))
    return found


def _other(mine: Header, theirs: Header, what: str, word: str) -> list[Finding]:
    """Codes decide where both sides have one, else names."""
    pairs = [
        (getattr(mine, f"{what}_{part}"), getattr(theirs, f"{what}_{part}")) for part in ("code", "name")
    ]
    compared = next((pair for pair in pairs if all(pair)), None)
    if compared is None or compared[0] == compared[1]:
        return []
    here, there = (" ".join(part for part in (pairs[0][side], pairs[1][side]) if part) for side in (0, 1))
    text = f"这份文件是{word}“{there}”的表，本表是{word}“{here}”，请选择对应{word}的文件"
    return [_error(f"header.{what}_code", text)]


def _error(field: str, message: str) -> Finding:
    return Finding("BS02", Severity.ERROR, message, field)
