"""Last year beside this year: what changed, by how much, and where a reason has to be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from jiheng.accounts.kinds import Kind
from jiheng.figures import percent
from jiheng.policy import Policy
from jiheng.sheets import (
    WAN,
    AccountColumn,
    AccountRow,
    AccountTable,
    Entered,
    Finding,
    Missing,
    Severity,
    figure_of,
    is_money,
)

REASON = "ZB01"
FINAL, LAST = "final", "last_final"


@dataclass(frozen=True, slots=True)
class Moved:
    """One figure of this year and of last year. `change` is in yuan or the plain number; `rate` in percent,
    Missing where last year had nothing."""

    row: AccountRow
    column: AccountColumn
    unit: str
    now: Entered
    before: Entered
    change: Decimal | Missing
    rate: Decimal | Missing
    wants_reason: bool

    @property
    def size(self) -> Decimal | Missing:
        """How much it moved, without a sign: the direction says which way."""
        return self.change if isinstance(self.change, Missing) else abs(self.change)

    @property
    def direction(self) -> str:
        """增加, 减少, 持平; nothing where it cannot be said."""
        if isinstance(self.change, Missing):
            return ""
        return "增加" if self.change > 0 else "减少" if self.change < 0 else "持平"


def moved(kind: Kind, table: AccountTable, prior: Mapping[str, AccountTable], policy: Policy) -> list[Moved]:
    """Every figure beside last year's: from the table's own column, else from last year's table."""
    least = policy.decimal("accounts.reason.amount") * WAN
    share = policy.decimal("accounts.reason.percent")
    found = []
    for row, column, now, before in _pairs(table, prior.get(kind.name)):
        then, here = figure_of(before), figure_of(now)
        if then is None or here is None:
            found.append(
                Moved(
                    row,
                    column,
                    table.unit_of(row, column),
                    now,
                    before,
                    Missing(),
                    Missing(),
                    wants_reason=False,
                )
            )
            continue
        change = here - then
        rate = percent(change, then)
        is_far = isinstance(rate, Missing) or abs(rate) >= share
        unit = table.unit_of(row, column)
        wants = kind.wants_reasons and is_money(unit) and abs(change) >= least and is_far
        found.append(Moved(row, column, unit, now, before, change, rate, wants))
    return found


def _pairs(
    table: AccountTable, last: AccountTable | None
) -> Iterator[tuple[AccountRow, AccountColumn, Entered, Entered]]:
    keys = [column.key for column in table.columns]
    if FINAL in keys and LAST in keys:
        here, there = keys.index(FINAL), keys.index(LAST)
        for row in table.rows:
            yield row, table.columns[here], row.cells[here], row.cells[there]
        return
    for row, column, cell in table.cells():
        has = last is not None and column.key in [one.key for one in last.columns]
        before = last.cell(row.key, column.key) if last is not None and has else Missing()
        yield row, column, cell, before


def reasons_missing(found: list[Moved]) -> list[Finding]:
    """One finding a row that moved beyond the policy's threshold and says not why."""
    said: dict[str, Finding] = {}
    for one in found:
        if one.wants_reason and not one.row.reason.strip() and one.row.key not in said:
            words = f"“{one.row.label}”比上年{one.direction} {_wan(one.change)}{one.unit}"
            if not isinstance(one.rate, Missing):
                words += f"（{abs(one.rate):.2f}%）"
            message = f"{words}，请写明原因，公开时要用"
            field = f"rows[{one.row.key}].reason"
            said[one.row.key] = Finding(REASON, Severity.WARNING, message, field)
    return list(said.values())


def _wan(change: Decimal | Missing) -> str:
    return "" if isinstance(change, Missing) else f"{abs(change) / WAN:.2f}"
