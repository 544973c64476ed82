"""How figures are printed for the public, and where the cell behind a figure stands in the site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from jiheng.disclosure.record import PublicYear
from jiheng.figures import rounded
from jiheng.sheets import WAN, AccountTable, Amount, Entered, Missing, plain
from jiheng.wording import Run

NOTHING = "—"
_UNSAFE = re.compile(r"[^0-9A-Za-z_-]")
_CELL = re.compile(r"([^/]+)/(\d{4})/([^/]+)/(.+)\.([^.]+)")
_COUNT = re.compile(r"performance/(?:\d{4}/)?(\w+)(?:\.\d+)?")
_RESULT = re.compile(r"([^/]+)/\d{4}/results/(\w+)")


def in_cell(cell: Entered) -> str:
    """As printed in a table: 万元 as typed or with two decimals, others as typed; a dash for nothing."""
    if isinstance(cell, Missing):
        return NOTHING
    if isinstance(cell, Amount):
        return _grouped(cell.typed or f"{rounded(cell.in_wan, 2):f}")
    return _grouped(cell.typed or plain(cell.value))


def in_wan(yuan: Decimal | Missing) -> str:
    """Yuan in 万元 with two decimals."""
    return NOTHING if isinstance(yuan, Missing) else f"{rounded(yuan / WAN, 2):,f}"


def number(value: Decimal | None) -> str:
    """A value of a chart's table: counts whole, amounts with two decimals."""
    if value is None:
        return NOTHING
    return f"{value:,f}" if value == value.to_integral_value() else f"{rounded(value, 2):,f}"


def points(score: Decimal | Missing) -> str:
    """A score as it stands."""
    return NOTHING if isinstance(score, Missing) else plain(score)


def _grouped(text: str) -> str:
    """With commas, all digits kept: 13.40 stays 13.40."""
    try:
        return f"{Decimal(text):,f}"
    except InvalidOperation:
        return text


def file_name(code: str) -> str:
    """A code as the name of a file: letters, digits and hyphens, so that no code leads out of the folder."""
    return _UNSAFE.sub("-", code) or "-"


def place(row: str, column: str, kind: str = "") -> str:
    """The anchor of a cell; on a unit's page, where several tables stand, its kind leads."""
    return f"{kind}.{row}.{column}" if kind else f"{row}.{column}"


@dataclass(frozen=True, slots=True)
class Link:
    """Where a source stands, from the site's root; `href` is empty where it is not published."""

    href: str
    label: str


def named_units(year: PublicYear) -> dict[str, str]:
    """Every unit of which something is published, by code: with a result, a project or an explanation."""
    names = {result.unit_code: result.unit_name for result in year.results}
    names |= {unit.unit_code: unit.unit_name for unit in year.departments}
    return dict(sorted(names.items()))


class Sources:
    """Finds the published cell of a source id such as 430299000/2024/debt/closing.total, the name of a count
    of the year's work (performance/2024/units) or of a unit's results (105001/2024/results/goals).

    `names` gives these counts their names.
    """

    def __init__(self, year: PublicYear, names: Mapping[str, str]) -> None:
        self._year, self._names = year.fiscal_year, names
        self._tables = {
            (year.region, table.kind): (table, f"tables/{table.kind}.html#") for table in year.tables
        }
        self._has_reviewed, self._units = bool(year.reviewed), named_units(year)
        for unit in year.departments:
            for table in unit.tables:
                page = f"units/{file_name(unit.unit_code)}.html#{table.kind}."
                self._tables[unit.unit_code, table.kind] = (table, page)

    def of(self, source: str) -> Link:
        """The cell's address and name; only a name where the cell is not in this publication."""
        if read := _COUNT.fullmatch(source):
            href = "projects.html#reviewed" if read[1] == "reviewed" and self._has_reviewed else ""
            return Link(href, self._names.get(read[1], f"年度绩效管理工作 {read[1]}"))
        if read := _RESULT.fullmatch(source):
            href = f"units/{file_name(read[1])}.html" if read[1] in self._units else ""
            return Link(href, self._names.get(read[2], f"绩效结果 {read[2]}"))
        if (read := _CELL.fullmatch(source)) is None:
            return Link("", source)
        whose, year, kind, row, column = read.groups()
        table, page = self._tables.get((whose, kind), (None, ""))
        if table is None:
            return Link("", f"未公开的账表 {kind}（{year}年）")
        label = _label(table, row, column)
        is_there = table.row(row) is not None and column in {known.key for known in table.columns}
        if int(year) != self._year or not is_there:
            return Link("", f"{year}年{label}" if is_there else label)
        return Link(f"{page}{place(row, column)}", label)

    def behind(self, run: Run) -> tuple[Link, ...]:
        """Every source of a printed figure."""
        return tuple(self.of(source) for source in run.sources)


def _label(table: AccountTable, row: str, column: str) -> str:
    found = table.row(row)
    columns = {known.key: known.label for known in table.columns}
    return f"{table.title}：{found.label if found else row}，{columns.get(column, column)}"
