"""The kinds of tables, as data: `tables/*.yaml` says what each is called, and its rows and columns.

kind = kinds()["three_public"];  kind.blank(region, 2024, unit)
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from jiheng.rules import relations
from jiheng.sheets import NOT_REPORTED, AccountColumn, AccountRow, AccountTable
from jiheng.units.models import Region, Unit

TABLES = Path(__file__).with_name("tables")
FILES = ("three_public", "transfers", "debt", "government", "departmental")
RELATIONS = "relations"
_QUOTES = re.compile(r"[“”\"'《》]")
_WIDE = str.maketrans("（）　", "() ")


@dataclass(frozen=True, slots=True)
class Ledger:
    """How a table is summed from the ledger: rows by 功能分类, 经济分类, or as the rows themselves say."""

    by: str  # function, economic, rows
    columns: Mapping[str, str]  # column key → basic, project or all
    fund_types: tuple[str, ...] = ()  # 资金性质; none means every one
    sum: str = ""  # the column that is the sum of `columns`
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # row → beginnings of codes
    rest: tuple[str, ...] = ()  # row, whole, part: row = whole − part


@dataclass(frozen=True, slots=True)
class Also:
    """A printed row that is a cell of ours: the nth row of a side whose label fits, in its one figure."""

    side: str
    pattern: re.Pattern[str]
    nth: int
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of table. `desk` says who draws up the region's: budget, treasury, debt."""

    name: str
    title: str
    short: str
    group: str
    desk: str
    of_region: bool
    of_units: bool
    columns: tuple[AccountColumn, ...]
    rows: tuple[AccountRow, ...]
    title_pattern: re.Pattern[str]
    title_not: re.Pattern[str] | None
    row_patterns: Mapping[str, re.Pattern[str]]
    column_patterns: Mapping[str, re.Pattern[str]]
    economic: Mapping[str, tuple[str, ...]]  # row → 部门经济分类 that it sums
    open_code: str | None = None  # what codes added rows have; None: no rows can be added
    open_side: str = ""
    open_before: str = ""
    ledger: Ledger | None = None
    is_sideways: bool = False  # officially the rows are columns
    wants_reasons: bool = False
    may_be_empty: str = ""  # what an empty table says
    must_fill: tuple[str, ...] = ()  # columns in which 0 is written out
    also: tuple[Also, ...] = ()

    def blank(self, region: Region, fiscal_year: int, unit: Unit | None = None) -> AccountTable:
        """The table with nothing in it; rows that can be added come before the totals."""
        return AccountTable(
            kind=self.name,
            title=self.title,
            region=region.pk,
            fiscal_year=fiscal_year,
            columns=self.columns,
            rows=self.rows,
            unit_code=unit.code if unit else "",
            unit_name=unit.name if unit else "",
        )

    def fits(self, title: str) -> bool:
        """Whether a printed table with this title is of this kind: by name, never by number."""
        plain = folded(title)
        refused = self.title_not is not None and self.title_not.search(plain)
        return bool(self.title_pattern.search(plain)) and not refused

    def open_row(self, label: str, code: str = "", number: int = 0) -> AccountRow:
        """A row to add: its key follows from its code, or from its number."""
        key = f"c{code}" if code else f"k{number}"
        empty = (NOT_REPORTED,) * len(self.columns)
        depth = {3: 0, 5: 1, 7: 2}.get(len(code), 0)
        return AccountRow(key, label, empty, code=code, depth=depth, side=self.open_side, is_open=True)


def folded(text: str) -> str:
    """A title or label for comparing: plain brackets, no quotes, no blanks, no leading 其中."""
    return re.sub(r"\s+|^其中[:：]?", "", _QUOTES.sub("", text.translate(_WIDE)))


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its name, in the order in which they are shown. Raises ValueError for wrong data."""
    found: dict[str, Kind] = {}
    for file in FILES:
        read = yaml.safe_load((TABLES / f"{file}.yaml").read_text(encoding="utf-8"))
        for name, data in read.items():
            if name in found:
                raise ValueError(f"{name} stands in two files")
            found[name] = _kind(name, data)
    return found


@functools.cache
def book() -> relations.Book:
    """The relations within and between the tables."""
    return relations.load(yaml.safe_load((TABLES / f"{RELATIONS}.yaml").read_text(encoding="utf-8")))


def _kind(name: str, data: Mapping[str, Any]) -> Kind:
    columns = tuple(AccountColumn(key, label) for key, label, *_ in data["columns"])
    rows, row_patterns, economic = [], {}, {}
    for key, label, *rest in data["rows"]:
        more = rest[0] if rest else {}
        rows.append(
            AccountRow(
                key,
                label,
                (NOT_REPORTED,) * len(columns),
                code=str(more.get("code", "")),
                depth=more.get("depth", 0),
                side=more.get("side", ""),
                unit=more.get("unit", ""),
                is_total=more.get("total", False),
            )
        )
        row_patterns[key] = _pattern(more.get("match"), label)
        if "economic" in more:
            economic[key] = tuple(more["economic"])
    opened = data.get("open")
    return Kind(
        name=name,
        title=data["title"],
        short=data["short"],
        group=data["group"],
        desk=data["desk"],
        of_region="region" in data["scope"],
        of_units="unit" in data["scope"],
        columns=columns,
        rows=tuple(rows),
        title_pattern=re.compile(data["match"]),
        title_not=re.compile(data["not"]) if "not" in data else None,
        row_patterns=row_patterns,
        column_patterns={
            key: _pattern((rest[0] if rest else {}).get("match"), f".*{re.escape(label)}", is_pattern=True)
            for key, label, *rest in data["columns"]
        },
        economic=economic,
        open_code=opened["code"] if opened else None,
        open_side=opened.get("side", "") if opened else "",
        open_before=opened.get("before", "total") if opened else "",
        ledger=_ledger(data["ledger"]) if "ledger" in data else None,
        is_sideways=data.get("sideways", False),
        wants_reasons=data.get("reasons", False),
        may_be_empty=data.get("may_be_empty", ""),
        must_fill=tuple(data.get("must_fill", ())),
        also=tuple(
            Also(one["side"], re.compile(one["match"]), one["nth"], *one["cell"])
            for one in data.get("also", ())
        ),
    )


def _pattern(given: str | None, label: str, *, is_pattern: bool = False) -> re.Pattern[str]:
    return re.compile(given if given is not None else label if is_pattern else re.escape(folded(label)))


def _ledger(data: Mapping[str, Any]) -> Ledger:
    return Ledger(
        by=data["by"],
        columns=data["columns"],
        fund_types=tuple(data.get("fund_types", ())),
        sum=data.get("sum", ""),
        sums={row: tuple(codes) for row, codes in data.get("sums", {}).items()},
        rest=tuple(data.get("rest", ())),
    )
