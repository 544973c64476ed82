"""What the site's search looks through: every paragraph, table row, project and unit, as one script file.

A script and not JSON, because a page opened from a folder may not fetch anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from jiheng.disclosure.record import PublicDepartment, PublicResult, PublicYear
from jiheng.publishing import shown
from jiheng.sheets import AccountTable, Missing
from jiheng.wording import Paragraph, Part, Text

Entry = tuple[str, str, str, str]  # what it is, title, address from the site's root, the words


def entries(year: PublicYear) -> Iterator[Entry]:
    """In the order of the site."""
    for text in year.texts:
        yield from _paragraphs("说明", text.title, text, f"notes/{text.kind}.html")
    for table in year.tables:
        yield from _rows(table)
    for result in year.results:
        if not result.is_unit:
            yield _result(result)
    results = {result.unit_code: result for result in year.results if result.is_unit}
    units = {unit.unit_code: unit for unit in year.departments}
    for code, name in shown.named_units(year).items():
        yield from _unit(code, name, units.get(code), results.get(code))


def script(year: PublicYear) -> str:
    """The file that the search page loads."""
    rows = json.dumps(list(entries(year)), ensure_ascii=False, separators=(",", ":"))
    return f"window.jihengEntries = {rows};\n"


def _paragraphs(kind: str, title: str, text: Text, page: str) -> Iterator[Entry]:
    for number, block in enumerate(text.blocks):
        if isinstance(block, Paragraph):
            if block.part is not Part.TITLE:
                yield kind, title, f"{page}#p{number}", block.text
            continue
        for row in block.rows:
            yield kind, title, f"{page}#p{number}", " ".join(run.text for run in row if run.text)


def _rows(table: AccountTable) -> Iterator[Entry]:
    for row in table.rows:
        known = [
            f"{column.label} {shown.in_cell(cell)}"
            for column, cell in zip(table.columns, row.cells, strict=True)
            if not isinstance(cell, Missing)
        ]
        first = shown.place(row.key, table.columns[0].key)
        words = "　".join([f"{row.code} {row.label}".strip(), *known])
        yield "账表", table.title, f"tables/{table.kind}.html#{first}", words


def _result(result: PublicResult) -> Entry:
    page = f"projects/{shown.file_name(result.fund_code)}.html"
    told = [result.unit_name, result.goal, f"得分 {shown.points(result.score)}", result.grade]
    return "项目", result.fund_name, page, "　".join(part for part in told if part)


def _unit(
    code: str, name: str, unit: PublicDepartment | None, result: PublicResult | None
) -> Iterator[Entry]:
    page = f"units/{shown.file_name(code)}.html"
    goal = f"{result.goal}　得分 {shown.points(result.score)}　{result.grade}" if result else ""
    yield "单位", name, page, f"{code}　{goal}".strip()
    if unit is not None:
        yield from _paragraphs("单位说明", name, unit.text, page)
        for table in unit.tables:
            labels = "　".join(row.label for row in table.rows)
            yield "单位账表", f"{name} {table.title}", f"{page}#{table.kind}", labels
