"""The good tables of tests/cases/accounts/good.yaml, and the same with a few cells changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from jiheng.accounts.entering import entered, ordered
from jiheng.accounts.kinds import book, kinds
from jiheng.rules import relations
from jiheng.sheets import AccountTable

CASES = Path(__file__).parents[1] / "cases" / "accounts"
STEP = Decimal("0.01")


@dataclass(frozen=True)
class Place:
    """A region without a database."""

    pk: str = "430299000"


def good() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((CASES / "good.yaml").read_text(encoding="utf-8"))


def tables(scope: str, change: Mapping[str, Any] | None = None) -> dict[str, AccountTable]:
    """All tables of a unit or the region. Changes: `table.row.column: figure`, `table.row.reason: words`."""
    made = {name: _table(name, rows) for name, rows in good()[scope].items()}
    for path, figure in (change or {}).items():
        name, row, column = path.split(".")
        table = made[name]
        if column == "reason":
            rows = tuple(replace(one, reason=figure) if one.key == row else one for one in table.rows)
            made[name] = replace(table, rows=rows)
            continue
        found = table.row(row)
        assert found is not None, path
        unit = table.unit_of(found, table.columns[table.place(column)])
        made[name] = table.with_cells({(row, column): entered("" if figure is None else str(figure), unit)})
    return made


def _table(name: str, rows: Mapping[str, Any]) -> AccountTable:
    kind = kinds()[name.partition("/")[2] or name]
    table = kind.blank(Place(), 2024)  # type: ignore[arg-type]
    titles = {"prior": "2023年", "units": "各单位合计的"}
    table = replace(table, title=titles.get(name.partition("/")[0], "") + table.title)
    added = []
    for key in rows:
        if table.row(key) is None:
            code = key[1:] if key.startswith("c") else ""
            added.append(replace(kind.open_row(f"科目{code}" if code else "项目一", code), key=key))
    table = replace(table, rows=ordered(kind, table.rows, added))
    first = "final" if "final" in [column.key for column in table.columns] else ""
    cells = {}
    for key, figures in rows.items():
        row = table.row(key)
        assert row is not None
        given = figures if isinstance(figures, dict) else {first: figures}
        for column, figure in given.items():
            unit = table.unit_of(row, table.columns[table.place(column)])
            cells[key, column] = entered(str(figure), unit)
    return table.with_cells(cells)


def said(scope: str, change: Mapping[str, Any] | None = None) -> relations.Checked:
    return relations.check(book(), tables(scope, change), STEP)
