"""What is wrong with a table: what cannot be read, what does not add up, what is not filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jiheng import policy
from jiheng.accounts import entering, gathering
from jiheng.accounts.comparing import moved, reasons_missing
from jiheng.accounts.gathering import PRIOR
from jiheng.accounts.kinds import Kind, book, kinds
from jiheng.accounts.models import Statement
from jiheng.policy import Policy
from jiheng.rules import relations
from jiheng.sheets import AccountTable, Finding, Missing, Severity, is_money

EMPTY = "K29"
_RANK = list(Severity)


@dataclass(frozen=True, slots=True)
class Said:
    """Everything said of a table, errors first, and how many relations could be checked."""

    findings: list[Finding]
    relations: int

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)


def policy_of(region: str, fiscal_year: int) -> Policy:
    """The policy of the year's last day: what the accounts of the year are drawn up by."""
    return policy.on(date(fiscal_year, 12, 31), region)


def findings_of(statement: Statement, table: AccountTable | None = None) -> Said:
    """What is said of a stored table, or of the same table as it is being typed."""
    here = statement.as_table() if table is None else table
    tables = gathering.around(statement, here)
    return said_of(kinds()[statement.kind], tables, policy_of(statement.region_id, statement.fiscal_year))


def said_of(kind: Kind, tables: Mapping[str, AccountTable], book_of_policy: Policy) -> Said:
    """What is said of one of some tables, by the relations in which it stands and by itself."""
    table = tables[kind.name]
    checked = relations.check(book(), tables, book_of_policy.decimal("checks.money_step"))
    found = [*entering.unread(table), *_empty(kind, table)]
    found += [
        one.finding(kind.name) for one in checked.broken if any(name == kind.name for name, _, _ in one.cells)
    ]
    last = {name.removeprefix(PRIOR): one for name, one in tables.items() if name.startswith(PRIOR)}
    found += reasons_missing(moved(kind, table, last, book_of_policy))
    found.sort(key=lambda finding: _RANK.index(finding.severity))
    return Said(found, checked.count)


def year_findings(region: str, fiscal_year: int, unit: int | None = None) -> relations.Checked:
    """All relations between the tables of the region, or of one unit, for a year."""
    step = policy_of(region, fiscal_year).decimal("checks.money_step")
    return relations.check(book(), gathering.of_year(region, fiscal_year, unit), step)


def _empty(kind: Kind, table: AccountTable) -> list[Finding]:
    """K29: an empty table says why; a total is written; where nothing happened 0 is written, not a blank."""
    there = [cell for _, _, cell in table.cells() if not isinstance(cell, Missing) or cell.note]
    if not there:
        if kind.may_be_empty:
            words = f"整张表没有数。确实没有的可以空着，公开时写明“{kind.may_be_empty}”"
            return [Finding(EMPTY, Severity.HINT, words)]
        return [Finding(EMPTY, Severity.ERROR, "整张表还没有填数")]
    found = []
    for place, column in enumerate(table.columns):
        cells = [(row, row.cells[place]) for row in table.rows if is_money(table.unit_of(row, column))]
        filled = any(not isinstance(cell, Missing) for _, cell in cells)
        for row, cell in cells:
            if not isinstance(cell, Missing) or cell.note:
                continue
            field = f"rows[{row.key}].{column.key}"
            if column.key in kind.must_fill:
                words = f"“{row.label}”的“{column.label}”没有填；没有发生的要写 0，不能空着"
                found.append(Finding(EMPTY, Severity.WARNING, words, field))
            elif row.key == "total" and row.is_total and filled:
                words = f"“{row.label}”的“{column.label}”没有填"
                found.append(Finding(EMPTY, Severity.WARNING, words, field))
    return found
