"""Tables of the accounts for tests: opened by who may, with some figures."""

from __future__ import annotations

from typing import Any

from tests.cast import Cast

from jiheng.accounts import workflow
from jiheng.accounts.entering import typed
from jiheng.accounts.kinds import kinds
from jiheng.accounts.models import Statement
from jiheng.units.models import Person

GOOD = {
    "total": "171",
    "abroad": "5",
    "cars": "158",
    "cars_bought": "0",
    "cars_run": "158",
    "reception": "8",
}
COUNTS = {"groups": "1", "travellers": "2", "bought": "0", "held": "40", "batches": "90", "guests": "700"}


def opened(person: Person, kind: str = "three_public", year: int = 2024, unit: Any = None) -> Statement:
    return workflow.open_statement(person, kind, year, unit.pk if unit else None)


def filled(
    person: Person, statement: Statement, cells: dict[str, str], rows: list[str] | None = None
) -> Statement:
    """The cells as `row.column`, labels and codes as `l.row` and `k.row`, reasons as `r.row`."""
    sent = {name if name[:2] in ("l.", "k.", "r.") else f"c.{name}": text for name, text in cells.items()}
    table = typed(kinds()[statement.kind], statement.as_table(), sent, rows)
    return workflow.save_draft(person, statement, table, statement.revision)[0]


def three_public(values: dict[str, str] | None = None, column: str = "final") -> dict[str, str]:
    """What is typed of 三公: the good figures, in both columns, with changes of one."""
    cells = {f"{row}.{name}": text for name in ("budget", "final") for row, text in GOOD.items()}
    cells |= {f"{row}.final": text for row, text in COUNTS.items()}
    return cells | {f"{row}.{column}": text for row, text in (values or {}).items()}


def of_school(cast: Cast) -> Statement:
    """三公 of 第一中学, in draft."""
    made = opened(cast.reporter, unit=cast.school)
    return filled(cast.reporter, made, three_public())


def of_region(cast: Cast) -> Statement:
    """三公 of the region, in draft."""
    return filled(cast.budget, opened(cast.budget), three_public())


def checked(cast: Cast) -> Statement:
    """三公 of 第一中学, 已核对."""
    made = of_school(cast)
    return workflow.check(cast.reporter, made, made.revision)
