"""Cases of the red flags: tables under their Chinese titles, columns by theirs, as in a registry's file.

What a case does not need may be left out: 单位代码 is then 105002, another text （略）. Money is written with
its unit (86万元), days as 2024-03-01; several words with 、 between. `expect` lists “级别：提示”.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from jiheng.figures import parse
from jiheng.policy import on
from jiheng.rules import redflags
from jiheng.rules.redflags import BOOKS, REGISTRIES, Facts, Ran, Record, records

CASES = Path(__file__).parents[1] / "cases" / "rules"
TABLES = {record.TITLE: (name, record) for name, record in (REGISTRIES | BOOKS).items()}


@dataclass(frozen=True)
class FlagCase:
    rule: str
    name: str
    tables: dict[str, list[dict[str, Any]]]
    year: int
    today: date
    expect: list[str]


def flag_cases() -> list[FlagCase]:
    found = []
    for path in sorted(CASES.glob("F*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for item in content["cases"]:
            tables = content.get("given", {}) | {key: item[key] for key in item if key in TABLES}
            unknown = set(item) - set(TABLES) - {"name", "expect", "年度", "截至"}
            assert not unknown, f"{path.name} {item['name']}: {unknown}"
            year = item.get("年度", 2024)
            today = item.get("截至", date(year, 12, 31))
            found.append(FlagCase(content["rule"], item["name"], tables, year, today, item["expect"] or []))
    return found


def facts_of(case: FlagCase) -> Facts:
    rows: dict[str, Any] = {}
    for title, lines in case.tables.items():
        name, record = TABLES[title]
        rows[name] = tuple(row_of(record, line) for line in lines)
    return Facts(fiscal_year=case.year, today=case.today, **rows)


def ran(case: FlagCase) -> Ran:
    chosen = [flag for flag in redflags.flags() if flag.code == case.rule]
    return redflags.run(facts_of(case), on(case.today), chosen)


def row_of(record: type[Record], line: dict[str, Any]) -> Any:
    fields = {item.metadata["label"]: item for item in dataclasses.fields(record)}
    assert not set(line) - set(fields), f"{record.TITLE}: {set(line) - set(fields)}"
    values = {
        item.name: _value(item.metadata["kind"], line[label])
        for label, item in fields.items()
        if label in line
    }
    for label, item in fields.items():
        if item.metadata["must"] and label not in line and item.metadata["kind"] in ("text", "code"):
            values[item.name] = "105002" if label == "单位代码" else "（略）"
    return record(**values)


def _value(kind: str, value: Any) -> Any:
    if kind in (records.YUAN, records.WAN):
        figure = parse(str(value))
        assert figure.unit, f"{value}: 金额要写单位"
        return figure.value * figure.scale
    if kind in (records.PERCENT, records.NUMBER):
        return Decimal(str(value).rstrip("%"))
    if kind == records.LIST:
        return tuple(str(value).split("、"))
    if kind == records.YES:
        return bool(value)
    return value if kind in (records.DATE, records.WHOLE) else str(value)
