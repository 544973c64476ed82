"""What a person types or pastes, as cells of a table; what cannot be read keeps its text and is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from jiheng.accounts import subjects
from jiheng.accounts.kinds import Kind
from jiheng.figures import FigureError, amount_in_wan, quantity
from jiheng.sheets import (
    NOT_APPLICABLE,
    NOT_REPORTED,
    AccountRow,
    AccountTable,
    Entered,
    Finding,
    Missing,
    MissingReason,
    Severity,
    is_money,
    text_of_cell,
)

UNREAD = "TB01"
DASHES = ("—", "－", "-", "/", "不适用", "无")
MOST_ROWS = 600
LONGEST_LABEL, LONGEST_REASON = 120, 500
_KEY = re.compile(r"[a-z][A-Za-z0-9_]{0,39}")
_CODE = re.compile(r"\d{3}(\d{2}){0,2}")


def entered(text: str, unit: str) -> Entered:
    """One cell in its unit (万元, 人 …). What is no figure is Missing, with the text kept."""
    text = text.strip()
    if not text:
        return NOT_REPORTED
    if text in DASHES:
        return NOT_APPLICABLE
    try:
        return amount_in_wan(text) if is_money(unit) else quantity(text, unit)
    except FigureError:
        return Missing(MissingReason.NOT_REPORTED, text[:60])


def unread(table: AccountTable) -> list[Finding]:
    """Every cell whose text could not be read, with what to write instead."""
    found = []
    for row, column, cell in table.cells():
        if isinstance(cell, Missing) and cell.note:
            unit = table.unit_of(row, column)
            try:
                amount_in_wan(cell.note) if is_money(unit) else quantity(cell.note, unit)
            except FigureError as wrong:
                words = f"“{row.label}”的“{column.label}”：{wrong}"
                found.append(Finding(UNREAD, Severity.ERROR, words, f"rows[{row.key}].{column.key}"))
    return found


def typed(
    kind: Kind, table: AccountTable, sent: Mapping[str, str], opened: Sequence[str] | None
) -> AccountTable:
    """The table with what was sent laid over it: `c.row.column` cells, `r.row` reasons, `l.row` and `k.row`
    labels and codes of added rows; `opened` are the keys of the added rows in order, None to leave them."""
    if opened is not None and kind.open_code is not None:
        table = _with_open_rows(kind, table, sent, opened)
    rows = []
    for row in table.rows:
        cells = tuple(
            _changed(sent.get(f"c.{row.key}.{column.key}"), cell, table.unit_of(row, column))
            for column, cell in zip(table.columns, row.cells, strict=True)
        )
        reason = sent.get(f"r.{row.key}", row.reason).strip()[:LONGEST_REASON]
        rows.append(replace(row, cells=cells, reason=reason))
    return replace(table, rows=tuple(rows))


def _changed(text: str | None, cell: Entered, unit: str) -> Entered:
    return cell if text is None or text.strip() == text_of_cell(cell) else entered(text, unit)


def _with_open_rows(
    kind: Kind, table: AccountTable, sent: Mapping[str, str], opened: Sequence[str]
) -> AccountTable:
    """The added rows as listed: a row with a code has its key from it, so that tables know each other's."""
    there = {row.key: row for row in table.rows if row.is_open}
    fixed = [row for row in table.rows if not row.is_open]
    added: dict[str, AccountRow] = {}
    for key in list(dict.fromkeys(opened))[:MOST_ROWS]:
        row = there.get(key)
        if row is None and not _KEY.fullmatch(key):
            continue
        row = row or replace(kind.open_row(""), key=key)
        label = sent.get(f"l.{key}", row.label).strip()[:LONGEST_LABEL]
        code = sent.get(f"k.{key}", row.code).strip()
        code = code if kind.open_code and _CODE.fullmatch(code) else ""
        if code and not label:
            label = subjects.name_of(kind.open_code or "", code)
        fresh = kind.open_row(label, code)
        cells = tuple(
            _changed(sent.get(f"c.{key}.{column.key}"), cell, table.unit)
            for column, cell in zip(table.columns, row.cells, strict=True)
        )
        reason = sent.get(f"r.{key}", row.reason).strip()[:LONGEST_REASON]
        name = fresh.key if code and fresh.key not in added else key
        added[name] = replace(fresh, key=name, cells=cells, reason=reason)
    return replace(table, rows=ordered(kind, fixed, list(added.values())))


def ordered(kind: Kind, fixed: Sequence[AccountRow], added: Sequence[AccountRow]) -> tuple[AccountRow, ...]:
    """Added rows before the total they belong to; those with codes in the order of the codes."""
    if all(row.code for row in added):
        added = sorted(added, key=lambda row: row.code)
    keys = [row.key for row in fixed]
    place = keys.index(kind.open_before) if kind.open_before in keys else len(keys)
    return (*fixed[:place], *added, *fixed[place:])
