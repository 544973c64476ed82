"""Open data: CSV tables described as a Frictionless data package, and the same year as JSON.

`cells.csv` holds every figure exactly, one a row, with the source id by which the explanations name it;
`tables/*.csv` are the tables as printed; `projects.csv`, `units.csv`, `figures.csv`, `reviewed.csv` and
`editions.csv` the rest. Money is in yuan wherever a column says 元, in the table's own unit in `tables/`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from jiheng.disclosure.record import PublicResult, PublicYear, to_json
from jiheng.documents.columns import harmless
from jiheng.publishing import shown
from jiheng.sheets import NOT_REPORTED, AccountTable, Entered, Missing, figure_of, is_money, plain

DESCRIPTOR = "datapackage.json"
Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name in the file, its kind in the table schema, what it means."""

    name: str
    title: str
    kind: str = "string"
    is_required: bool = False
    told: str = ""

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {"name": self.name, "title": self.title, "type": self.kind}
        if self.told:
            found["description"] = self.told
        if self.is_required:
            found["constraints"] = {"required": True}
        return found


@dataclass(frozen=True, slots=True)
class Resource:
    """A CSV file of the package. `refers`: its field, the resource it leads to, the field there."""

    name: str
    title: str
    path: str
    fields: tuple[Field, ...]
    rows: tuple[Row, ...]
    key: tuple[str, ...] = ()
    refers: tuple[tuple[str, str, str], ...] = ()

    def csv(self) -> bytes:
        """UTF-8 with a mark for Excel and WPS; text that would begin a formula is led by an apostrophe."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([field.name for field in self.fields])
        texts = [field.kind in ("string", "any") for field in self.fields]
        for row in self.rows:
            writer.writerow([harmless(cell) if text else cell for cell, text in zip(row, texts, strict=True)])
        return ("\ufeff" + out.getvalue()).encode()

    def described(self, data: bytes) -> dict[str, Any]:
        """The resource in datapackage.json."""
        schema: dict[str, Any] = {"fields": [field.schema() for field in self.fields], "missingValues": [""]}
        if self.key:
            schema["primaryKey"] = list(self.key)
        if self.refers:
            schema["foreignKeys"] = [
                {"fields": [field], "reference": {"resource": there, "fields": [key]}}
                for field, there, key in self.refers
            ]
        return {
            "name": self.name,
            "title": self.title,
            "path": self.path,
            "profile": "tabular-data-resource",
            "scheme": "file",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8-sig",
            "bytes": len(data),
            "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
            "schema": schema,
        }


def files(year: PublicYear) -> dict[str, bytes]:
    """The folder of open data: datapackage.json, the CSV files and JSON, by path."""
    found, described = {}, []
    for resource in resources(year):
        data = resource.csv()
        found[resource.path] = data
        described.append(resource.described(data))
    found[DESCRIPTOR] = _json(_package(year, described))
    found["year.json"] = to_json(replace(year, departments=())).encode()
    for unit in year.departments:
        found[f"departments/{shown.file_name(unit.unit_code)}.json"] = to_json(unit).encode()
    return found


def resources(year: PublicYear) -> list[Resource]:
    """Every CSV file that has rows."""
    found = [
        _cells("cells", "全区账表的每一个数", [(table, "") for table in year.tables]),
        _cells("unit_cells", "各单位账表的每一个数", _unit_tables(year)),
        _projects(year),
        _units(year),
        _figures(year),
        _reviewed(year),
        _editions(year),
        *(_as_printed(table) for table in year.tables),
    ]
    return [resource for resource in found if resource.rows]


def _package(year: PublicYear, described: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": f"jiheng-{year.region}-{year.fiscal_year}",
        "title": year.title,
        "profile": "tabular-data-package",
        "version": f"{year.edition}.0.0",
        "created": f"{year.day:%Y-%m-%d}T00:00:00+08:00",
        "contributors": [{"title": year.bureau, "role": "publisher"}],
        "resources": described,
    }


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


# ── cells ─────────────────────────────────────────────────────────────────────────────────────────────

CELLS = (
    Field(
        "source",
        "来源编号",
        is_required=True,
        told="区划或单位/年度/表/行.列，与说明中每个数字的来源编号一致",
    ),
    Field("unit_code", "单位编码", told="全区的表为空"),
    Field("table", "表", is_required=True),
    Field("table_title", "表名", is_required=True),
    Field("row", "行", is_required=True),
    Field("code", "科目编码"),
    Field("row_label", "行名", is_required=True),
    Field("column", "列", is_required=True),
    Field("column_label", "列名", is_required=True),
    Field("value", "数值", "number", told="金额为精确到分的元；没有数的为空"),
    Field("measure", "计量单位", is_required=True, told="元、人次、辆……"),
    Field("printed", "印出来的数", told="与公开的表一致，金额按该表的单位"),
    Field("missing", "没有数的原因", told="不适用、无法核实等；未报送的格不列出"),
)


def _unit_tables(year: PublicYear) -> Iterator[tuple[AccountTable, str]]:
    for unit in year.departments:
        yield from ((table, unit.unit_code) for table in unit.tables)


def _cells(name: str, title: str, tables: Iterable[tuple[AccountTable, str]]) -> Resource:
    rows: list[Row] = []
    for table, unit_code in tables:
        whose = unit_code or table.region
        for row, column, cell in table.cells():
            if cell == NOT_REPORTED:
                continue
            measure = table.unit_of(row, column)
            source = f"{whose}/{table.fiscal_year}/{table.kind}/{shown.place(row.key, column.key)}"
            where = (source, unit_code, table.kind, table.title, row.key, row.code, row.label, column.key)
            rows.append((*where, column.label, *_exact(cell, measure)))
    return Resource(name, title, f"{name}.csv", CELLS, tuple(rows), key=("source",))


def _exact(cell: Entered, measure: str) -> tuple[str, str, str, str]:
    """value, measure, printed, missing."""
    value = figure_of(cell)
    unit = "元" if is_money(measure) else measure
    if isinstance(cell, Missing) or value is None:
        return "", unit, "", str(cell)
    return plain(value), unit, _typed(cell), ""


def _typed(cell: Entered) -> str:
    """As printed, without commas."""
    return "" if isinstance(cell, Missing) else shown.in_cell(cell).replace(",", "")


def _as_printed(table: AccountTable) -> Resource:
    fields = [Field("row", "行", is_required=True), Field("code", "科目编码")]
    fields += [Field("label", "项目", is_required=True), Field("measure", "计量单位")]
    fields += [Field(column.key, column.label, "number") for column in table.columns]
    rows = []
    for row in table.rows:
        measure = row.unit or table.unit
        rows.append((row.key, row.code, row.label, measure, *(_typed(cell) for cell in row.cells)))
    path = f"tables/{table.kind}.csv"
    name = f"table-{table.kind.replace('_', '-')}"
    return Resource(name, table.title, path, tuple(fields), tuple(rows), key=("row",))


# ── results, figures, the trace ───────────────────────────────────────────────────────────────────────

MONEY = (Field("budget", "全年预算数（元）", "number"), Field("spent", "全年执行数（元）", "number"))
RESULT = (Field("score", "得分", "number", told="满分100"), Field("grade", "等级", told="优、良、中、差"))


def _projects(year: PublicYear) -> Resource:
    fields = (
        Field("fiscal_year", "预算年度", "integer", is_required=True),
        Field("project_code", "项目编码", is_required=True),
        Field("project", "项目名称", is_required=True),
        Field("unit_code", "单位编码", is_required=True),
        Field("unit", "单位", is_required=True),
        Field("goal", "绩效目标"),
        *MONEY,
        *RESULT,
    )
    rows = tuple(
        (str(one.fiscal_year), one.fund_code, one.fund_name, one.unit_code, one.unit_name, *_result(one))
        for one in year.results
        if not one.is_unit
    )
    refers = (("unit_code", "units", "unit_code"),)
    title = f"{year.evaluated}年项目绩效目标和评价结果"
    return Resource("projects", title, "projects.csv", fields, rows, ("project_code",), refers)


def _units(year: PublicYear) -> Resource:
    """Every unit that has anything published, even if it has no result of its own."""
    fields = (
        Field("unit_code", "单位编码", is_required=True),
        Field("unit", "单位", is_required=True),
        Field("goal", "整体支出绩效目标"),
        *MONEY,
        *RESULT,
        Field("note_published_on", "决算说明公开日期", "date"),
    )
    results = {one.unit_code: one for one in year.results if one.is_unit}
    days = {unit.unit_code: f"{unit.day:%Y-%m-%d}" for unit in year.departments}
    rows = []
    for code, name in shown.named_units(year).items():
        told = _result(results[code]) if code in results else ("",) * 5
        rows.append((code, name, *told, days.get(code, "")))
    return Resource("units", "单位和整体支出绩效", "units.csv", fields, tuple(rows), ("unit_code",))


def _result(one: PublicResult) -> tuple[str, ...]:
    return (one.goal, _number(one.budget), _number(one.spent), _number(one.score), one.grade)


def _number(value: Decimal | Missing) -> str:
    return "" if isinstance(value, Missing) else plain(value)


def _figures(year: PublicYear) -> Resource:
    fields = (
        Field("note", "说明", is_required=True),
        Field("number", "序号", "integer", is_required=True),
        Field("text", "印出来的数", is_required=True),
        Field("value", "精确值", "number", told="金额为元，百分比为百分数"),
        Field("how", "怎么来的", told="表内数、差额、增减率、占比、完成率、合计"),
        Field("sources", "来源编号", told="几个来源用空格隔开；见 cells.csv 的 source"),
    )
    rows = []
    for text in year.texts:
        for number, run in enumerate(text.figures(), 1):
            value = plain(run.value) if run.value is not None else ""
            how = run.how or "表内数"
            rows.append((text.kind, str(number), run.text, value, how, " ".join(run.sources)))
    title = "说明中的每一个数字和来源"
    return Resource("figures", title, "figures.csv", fields, tuple(rows), ("note", "number"))


def _reviewed(year: PublicYear) -> Resource:
    fields = (
        Field("number", "序号", "integer", is_required=True),
        Field("project", "项目名称", is_required=True),
        Field("department", "主管部门"),
        Field("years", "年度"),
        Field("amount", "金额（元）", "number"),
        *RESULT,
        Field("four_reviews", "人大“四评”项目", "boolean"),
    )
    rows = tuple(
        (
            str(number), one.project, one.department, one.years, _number(one.amount.value),
            _number(one.score.value), one.grade, "true" if one.is_four_reviews else "false",
        )
        for number, one in enumerate(year.reviewed, 1)
    )  # fmt: skip
    return Resource("reviewed", "财政重点绩效评价结果", "reviewed.csv", fields, rows, ("number",))


def _editions(year: PublicYear) -> Resource:
    fields = (
        Field("edition", "版次", "integer", is_required=True),
        Field("published_on", "公开日期", "date", is_required=True),
        Field("withdrawn_on", "撤回日期", "date"),
        Field("reason", "原因"),
        Field("word_sha256", "Word 文件的 SHA-256", is_required=True),
    )
    rows = tuple(
        (
            str(one.number), one.published_on.isoformat(),
            one.withdrawn_on.isoformat() if one.withdrawn_on else "", one.reason, one.word_sha256,
        )
        for one in year.trace
    )  # fmt: skip
    return Resource("editions", "公开、撤回和重新公开", "editions.csv", fields, rows, ("edition",))
