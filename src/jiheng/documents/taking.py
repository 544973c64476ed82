"""Sheets in: a filled workbook back to a sheet, findings for what is odd, and the place of every value.

What is visible wins. A cell that still says what was written into it keeps the exact value it was written
from (13.40 stays 13.40, fields without a cell come home too); a changed or hand-filled cell is read.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from jiheng.documents import values
from jiheng.documents.archive import LIMITS, DocumentError, Limits
from jiheng.documents.cells import column_number
from jiheng.documents.fields import Field, Kind, line_types, lines_of, records
from jiheng.documents.filling import pattern_shown
from jiheng.documents.matching import Fitted, fit, match_pattern
from jiheng.documents.template import SNAPSHOT_SHEET, Block, FormTemplate, Pattern, built_in
from jiheng.documents.workbook import Cell, Workbook, Worksheet, open_workbook
from jiheng.sheets import (
    SHEET_TYPES,
    Cause,
    Finding,
    Form,
    Header,
    Indicator,
    Likelihood,
    Missing,
    Place,
    Severity,
    Sheet,
    Taxonomy,
    from_json,
)

MOST_FINDINGS = 300


@dataclass(frozen=True, slots=True)
class Taken:
    """What a workbook held. `is_returned` says that it came from `fill`, so header and keys are ours."""

    sheet: Sheet
    findings: tuple[Finding, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    is_returned: bool = False

    @property
    def header(self) -> Header:
        return self.sheet.header


class _Draft:
    """A sheet being read: the sheet it was filled from (or none), and what the cells say instead."""

    def __init__(self, form: Form, before: Sheet | None, book: Workbook, template: FormTemplate) -> None:
        self.form, self.template, self.book = form, template, book
        self.before = before if before is not None else _empty(form)
        self.records = records(self.before)
        self.edits: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, list[str]] = {}
        self.findings: list[Finding] = []
        self.places: dict[str, Place] = {}

    def tell(self, code: str, severity: Severity, message: str, path: str, place: Place | None) -> None:
        if len(self.findings) < MOST_FINDINGS:
            where = f"{place.column}{place.row}：" if place and place.row else ""
            self.findings.append(Finding(code, severity, where + message, path, place))

    def record(self, group: str) -> Any:
        """The record of a group; one that was not there yet is a blank one."""
        found = self.records.get(group)
        if found is None:
            found = self.records[group] = _blank(self.form, group)
        return found


def take(
    data: bytes, name: str, form: Form, template: FormTemplate | None = None, limits: Limits = LIMITS
) -> Taken:
    """A filled workbook as a sheet.

    Empty cells give Missing(未报送), “—” and “不适用” Missing(不适用); nothing is guessed. Raises
    DocumentError if the file cannot be read or is not this form; what can be read but is wrong is a finding.
    Whether it is the right unit, year and revision is for the caller to see in `Taken.header`.
    """
    return take_book(open_workbook(data, name, limits), form, template)


def take_book(book: Workbook, form: Form, template: FormTemplate | None = None) -> Taken:
    """`take` for an opened workbook."""
    form = Form(form)
    template = template or built_in(form)
    fitted = fit(book, template)
    before, damaged = _snapshot(book, form)
    draft = _Draft(form, before, book, template)
    draft.findings += [finding for one in fitted for finding in one.findings]
    if damaged:
        draft.tell("WD10", Severity.WARNING, damaged, "", None)
    for one in fitted:
        for ref, pattern in one.map.singles.items():
            _single(draft, one, ref, pattern)
        for block in one.map.blocks:
            _lines(draft, one, block)
    sheet = _assembled(draft, is_returned=before is not None)
    if not sheet.header.fiscal_year:
        draft.tell(
            "WD11",
            Severity.ERROR,
            "没有读到预算年度：请在标题下写明，如“（2024年度）”",
            "header.fiscal_year",
            None,
        )
    return Taken(sheet, tuple(draft.findings), draft.places, before is not None)


def _snapshot(book: Workbook, form: Form) -> tuple[Sheet | None, str]:
    hidden = book.named(SNAPSHOT_SHEET)
    if hidden is None:
        return None, ""
    held = hidden.text("B2")
    if not held:
        return None, ""  # a blank, filled by hand
    if held != form.value:
        known = held in [item.value for item in Form]
        what = f"《{Form(held).heading}》" if known else "别的表"
        raise DocumentError(f"文件“{book.name}”是{what}，这里要的是《{form.heading}》，请核对后再传")
    text = "".join(hidden.text(f"B{row}") for row in range(4, hidden.last_row + 1))
    try:
        return from_json(form, json.loads(text)), ""
    except (ValueError, ValidationError, RecursionError):
        return None, "取表时的记录已损坏，只按表面所见读取；没有单元格的内容（如评分标准）须在系统中核对"


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────────


def _single(draft: _Draft, one: Fitted, ref: str, pattern: Pattern) -> None:
    at = one.moved(ref)
    cell = one.sheet.cell(at)
    found = [part for part in pattern if isinstance(part, Field) and part.kind is not Kind.COMPUTED]
    if not found:
        return
    for part in found:
        draft.places.setdefault(part.path(), one.sheet.place(at))
    was = pattern_shown(pattern, draft.records, draft.template.separate)
    swallowed = one.sheet.merged_into.get(at, at) != at
    if values.is_same(was, cell) and not cell.is_formula and not swallowed:
        return
    if len(pattern) == 1:
        _put(draft, found[0], found[0].group, cell, one.sheet)
        return
    texts = match_pattern(pattern, cell.text)
    if texts is None:
        if cell.text.strip() and found[0].kind is Kind.TEXT:
            _put(draft, found[0], found[0].group, cell, one.sheet)
        return
    for part, text in zip(found, texts, strict=True):
        _put(draft, part, part.group, cell._replace(text=text, kind="text"), one.sheet)


def _put(draft: _Draft, found: Field, group: str, cell: Cell, sheet: Worksheet) -> None:
    """Reads one changed cell into the draft."""
    path = f"{group}.{found.name}" if group else found.name
    place = sheet.place(cell.ref)

    def tell(code: str, severity: Severity, message: str) -> None:
        draft.tell(code, severity, message, path, place)

    owner = sheet.merged_into.get(cell.ref, cell.ref)
    if owner != cell.ref and found.kind is not Kind.LEVEL:
        tell("WD06", Severity.ERROR, f"这一格被并进了 {owner}，读不到“{found.label}”：请取消合并后在本格填写")
        return
    if cell.is_formula:
        tell(
            "WD02",
            Severity.ERROR,
            f"“{found.label}”是公式，导入只收数值：请复制本格，用“选择性粘贴—数值”贴回后再传；"
            "要写等号开头的指标值，先打一个英文单引号，如 '=100%",
        )
    if cell.kind == "error":
        tell("WD02", Severity.ERROR, f"“{found.label}”是错误值“{cell.text}”：请改成正确的数值后再传")
        return
    before = draft.record(group)
    spot = values.Spot(found, before, draft.template.separate, tell)
    updates = values.read(spot, cell)
    if found.kind is Kind.TICK:
        _tick(draft, group, found, ticked=bool(updates[found.name]), before=before, tell=tell)
        return
    draft.edits.setdefault(group, {}).update(updates)


def _tick(draft: _Draft, group: str, found: Field, *, ticked: bool, before: Any, tell: Any) -> None:
    edits = draft.edits.setdefault(group, {})
    now = edits.get(found.name, getattr(before, found.name))
    if found.name == "causes":
        chosen = [item for item in now if item.value != found.option] + (
            [Cause(found.option)] if ticked else []
        )
        edits[found.name] = tuple(item for item in Cause if item in chosen)
    elif ticked:
        earlier = edits.get(found.name)
        if earlier is not None and earlier.value != found.option:
            tell(
                "WD08",
                Severity.ERROR,
                f"“{found.label}”打了两个勾（{earlier.value}、{found.option}），请只留一个",
            )
        edits[found.name] = type(now)(found.option) if now is not None else Likelihood(found.option)
    elif now is not None and now.value == found.option:
        edits[found.name] = None


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────────


def _lines(draft: _Draft, one: Fitted, block: Block) -> None:
    first, last = one.block_rows(block)
    own = {line.key: line for line in lines_of(draft.before, block.collection)}
    rows = [row for row in range(first, last + 1) if _is_line(one, block, row, own)]
    keys = _keys(draft, one, block, rows, own)
    above: dict[str, str] = {}
    for row, key in zip(rows, keys, strict=True):
        _line(draft, one, block, row, key, above)
    draft.keys[block.collection] = keys


def _is_line(one: Fitted, block: Block, row: int, own: dict[str, Any]) -> bool:
    """A row is a line if anything stands in it, or if it went out with nothing in it."""
    for column, found in block.columns:
        cell = one.sheet.raw.get(f"{column}{row}")
        if cell is not None and found.kind is not Kind.COMPUTED and one.sheet.text(f"{column}{row}").strip():
            return True
    line = own.get(one.sheet.text(f"{one.map.key_column}{row}"))
    if line is None:
        return False
    inner = getattr(line, "indicator", line)
    for _, found in block.columns:
        record = inner if found.group.endswith(".indicator") else line
        if (
            found.kind not in (Kind.COMPUTED, Kind.LEVEL)
            and values.shown(found, record, frozenset()).text.strip()
        ):
            return False  # it had something and is empty now: the unit cleared the row
    return True


def _keys(draft: _Draft, one: Fitted, block: Block, rows: list[int], own: dict[str, Any]) -> list[str]:
    """Each row's key: the hidden one, else that of a line of the same name, else a new one."""
    name_column = next((c for c, f in block.columns if f.name == "name"), "")
    keys = [one.sheet.text(f"{one.map.key_column}{row}") for row in rows]
    used: set[str] = set()
    for index, key in enumerate(keys):
        if key in used or key not in own:
            keys[index] = ""
        used.add(key)
    by_name: dict[str, list[str]] = {}
    for key, line in own.items():
        by_name.setdefault(getattr(line, "indicator", line).name.strip(), []).append(key)
    used = {key for key in keys if key}
    number = 0
    for index, row in enumerate(rows):
        if keys[index]:
            continue
        name = one.sheet.text(f"{name_column}{row}").strip() if name_column else ""
        same = [key for key in by_name.get(name, []) if key not in used] if name else []
        if same:
            keys[index] = same[0]
        while not keys[index]:
            number += 1
            if f"k{number}" not in used and f"k{number}" not in own:
                keys[index] = f"k{number}"
        used.add(keys[index])
    return keys


def _line(draft: _Draft, one: Fitted, block: Block, row: int, key: str, above: dict[str, str]) -> None:
    for column, found in _in_reading_order(block.columns):
        if found.kind is Kind.COMPUTED:
            continue
        ref = f"{column}{row}"
        group = found.group.replace("[*]", f"[{key}]", 1)
        record = draft.record(group)
        draft.places[found.path(key)] = one.sheet.place(ref)
        cell = one.sheet.cell(ref)
        owner = one.sheet.merged_into.get(ref, ref)
        if found.kind is Kind.LEVEL and owner != ref:
            cell = one.sheet.cell(owner)
        was = values.shown(found, record, draft.template.separate)
        if (
            found.kind is Kind.LEVEL
            and not cell.text.strip()
            and (was.text.strip() or f"{group}" not in _known(draft))
        ):
            cell = cell._replace(text=above.get(found.name, ""), kind="text")
        if found.kind is Kind.LEVEL:
            if found.name == "level1" and above.get("level1") != cell.text:
                above.pop("level2", None)
            above[found.name] = cell.text
        if found.kind is Kind.MEASURED:
            record = dataclasses.replace(record, indicator=_indicator_now(draft, key))
            draft.records[group] = record
        swallowed = owner != ref and found.kind is not Kind.LEVEL
        if not values.is_same(was, cell) or cell.is_formula or swallowed:
            _put(draft, found, group, cell, one.sheet)


def _in_reading_order(columns: tuple[tuple[str, Field], ...]) -> list[tuple[str, Field]]:
    """The target before what is measured against it, wherever their columns stand."""
    return sorted(columns, key=lambda item: (item[1].kind is Kind.MEASURED, column_number(item[0])))


def _known(draft: _Draft) -> dict[str, Any]:
    return records(draft.before)


def _indicator_now(draft: _Draft, key: str) -> Indicator:
    group = f"lines[{key}].indicator"
    inner: Indicator = draft.record(group)
    return dataclasses.replace(inner, **draft.edits.get(group, {}))


# ── assembling ────────────────────────────────────────────────────────────────────────────────────────


def _empty(form: Form) -> Sheet:
    return SHEET_TYPES[form](header=Header(fiscal_year=0))


def _blank(form: Form, group: str) -> Any:
    collection, _, rest = group.partition("[")
    key = rest.partition("]")[0]
    if group.endswith(".indicator"):
        return Indicator(key=key)
    record = line_types(form)[collection]
    return record(key=key, indicator=Indicator(key=key)) if collection == "lines" else record(key=key)


def _assembled(draft: _Draft, *, is_returned: bool) -> Sheet:
    sheet: Any = draft.before
    changes: dict[str, Any] = dict(draft.edits.get("", {}))
    for name in ("header", "funding", "basic"):
        if name in draft.edits:
            changes[name] = dataclasses.replace(getattr(sheet, name), **draft.edits[name])
    for collection in line_types(draft.form):
        if collection in draft.keys:
            lines = tuple(_built(draft, collection, key) for key in draft.keys[collection])
        else:
            lines = _fixed(draft, collection, is_returned=is_returned)
        if collection == "basic.spending":
            changes["basic"] = dataclasses.replace(changes.get("basic", sheet.basic), spending=lines)
        else:
            changes[collection] = lines
    if not is_returned:
        changes.setdefault("taxonomy", _taxonomy(changes.get("indicators") or changes.get("lines") or ()))
    return dataclasses.replace(sheet, **changes)  # type: ignore[no-any-return]


def _built(draft: _Draft, collection: str, key: str) -> Any:
    group = f"{collection}[{key}]"
    changes = dict(draft.edits.get(group, {}))
    if collection == "lines":
        changes["indicator"] = _indicator_now(draft, key)
    return dataclasses.replace(draft.record(group), **changes)


def _fixed(draft: _Draft, collection: str, *, is_returned: bool) -> tuple[Any, ...]:
    """Rows that the form prints by name (年度资金总额 …): those that went out, then those filled in since."""
    labels = {
        g: label
        for m in draft.template.sheets
        for g, label in m.row_labels.items()
        if g.startswith(f"{collection}[")
    }
    there = [f"{collection}[{line.key}]" for line in lines_of(draft.before, collection)]
    lines = []
    for group in [*there, *(g for g in labels if g not in there)]:
        edits = draft.edits.get(group, {})
        if group in there:
            lines.append(dataclasses.replace(draft.records[group], **edits))
        elif not is_returned or any(not isinstance(value, Missing) for value in edits.values()):
            lines.append(dataclasses.replace(_blank(draft.form, group), label=labels[group], **edits))
    return tuple(lines)


def _taxonomy(lines: tuple[Any, ...]) -> Taxonomy:
    """Which framework a hand-made form is in: 成本 stands in the second level only in that of 2015."""
    inner = [getattr(line, "indicator", line) for line in lines]
    if any("成本" in item.level1 for item in inner):
        return Taxonomy.Y2021
    second = re.compile(r"^(产出)?成本(指标)?$")
    return Taxonomy.Y2015 if any(second.match(item.level2) for item in inner) else Taxonomy.Y2021
