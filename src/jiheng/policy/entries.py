"""Reading policy files: YAML in, dated entries out, anything doubtful refused with the file and the place.

A file is a tree of groups (mappings) whose leaves are lists of dated entries. The path of a leaf is the
file's name and the keys joined by points: `scoring.execution.weight`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

STATUSES = ("已核", "待核")
REQUIRED = ("since", "value", "unit", "label", "document", "source", "status")
OPTIONAL = ("until", "choices", "note")
INHERITED = ("unit", "label", "choices", "note")


class PolicyError(Exception):
    """A policy file that cannot be trusted, or a question that it does not answer. The message is Chinese."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated value. `until` is its last day (None: still in force); `value` is frozen plain data."""

    path: str
    value: Any
    unit: str
    label: str
    document: str  # 文号, "" where none was seen (then it is 待核)
    source: str
    status: str  # 已核 / 待核
    since: date
    until: date | None = None
    choices: tuple[str, ...] = ()
    note: str = ""
    overridden_by: str = ""  # the region whose own file gives this value
    reason: str = ""  # why that region departs from the general value

    @property
    def is_verified(self) -> bool:
        return self.status == "已核"

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class _Loader(yaml.SafeLoader):
    """Decimals instead of floats; a key given twice is an error, not the last one winning."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in result:
            raise PolicyError(f"第{key_node.start_mark.line + 1}行：“{key}”写了两次，请删去一处")
        result[key] = loader.construct_object(value_node, deep=True)
    return result


def _decimal(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    number = Decimal(str(node.value).replace("_", ""))
    if not number.is_finite():
        raise PolicyError(f"第{node.start_mark.line + 1}行：“{node.value}”不是有限的数")
    return number


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)


def read_file(path: Path) -> dict[str, Any]:
    """The tree in a policy file. Raises PolicyError naming the file and line."""
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except PolicyError as error:
        raise PolicyError(f"政策文件 {path.name} {error}") from None
    except (yaml.YAMLError, ValueError, TypeError, ArithmeticError) as error:
        raise PolicyError(f"政策文件 {path.name} 读不了，请按 YAML 格式改正：{error}") from None
    if not isinstance(tree, dict) or not tree:
        raise PolicyError(f"政策文件 {path.name} 是空的，或最外层不是“名称: 内容”")
    return tree


def entries_of(tree: Mapping[str, Any], stem: str, where: str) -> dict[str, tuple[Entry, ...]]:
    """Every leaf of a general values file, by path, sorted by date. Raises PolicyError."""
    found: dict[str, tuple[Entry, ...]] = {}
    for path, rows in _leaves(tree, stem, where):
        entries = [_entry(row, path, where) for row in rows]
        found[path] = _in_order(entries, where)
    return found


def overrides_of(
    tree: Mapping[str, Any], region: str, general: Mapping[str, tuple[Entry, ...]], where: str
) -> dict[str, tuple[Entry, ...]]:
    """Every leaf of a region's own file, checked against the general value. Raises PolicyError."""
    found: dict[str, tuple[Entry, ...]] = {}
    for path, rows in _leaves(tree, "", where):
        if path not in general:
            raise PolicyError(f"{where}：没有“{path}”这项政策数据，不能覆盖；请核对名称")
        model = general[path][-1]
        entries = []
        for row in rows:
            reason = row.get("reason")
            if not isinstance(reason, str) or not reason.strip():
                raise PolicyError(f"{where}：“{path}”要写明 reason（本地改用此值的理由）")
            given = {key: value for key, value in row.items() if key != "reason"}
            inherited = {key: getattr(model, key) for key in INHERITED if key not in given}
            entry = replace(_entry(inherited | given, path, where), overridden_by=region, reason=reason)
            _same_kind(entry, model, where)
            entries.append(entry)
        found[path] = _in_order(entries, where)
    return found


def _leaves(node: Mapping[Any, Any], path: str, where: str) -> list[tuple[str, list[dict[str, Any]]]]:
    result: list[tuple[str, list[dict[str, Any]]]] = []
    for key, value in node.items():
        if not isinstance(key, str) or not key or "." in key:
            raise PolicyError(f"{where}：“{key}”不能作名称，名称要是文字（数字加引号）且不含点")
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            result += _leaves(value, here, where)
        elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            result.append((here, value))
        else:
            raise PolicyError(f"{where}：“{here}”下面要么是下一级，要么是带日期的取值列表")
    return result


def _entry(row: Mapping[str, Any], path: str, where: str) -> Entry:
    unknown = [str(key) for key in row if key not in REQUIRED + OPTIONAL]
    if unknown:
        raise PolicyError(f"{where}：“{path}”有不认识的栏目：{'、'.join(unknown)}")
    lacking = [key for key in REQUIRED if key not in row]
    if lacking:
        raise PolicyError(f"{where}：“{path}”缺少栏目：{'、'.join(lacking)}")
    for key in ("unit", "label", "document", "source", "status"):
        if not isinstance(row[key], str):
            raise PolicyError(f"{where}：“{path}”的 {key} 要是文字")
    if row["status"] not in STATUSES:
        raise PolicyError(f"{where}：“{path}”的 status 只能是 已核 或 待核，现为“{row['status']}”")
    if not row["label"] or not row["source"] or (row["status"] == "已核" and not row["document"]):
        raise PolicyError(f"{where}：“{path}”的名称、出处不能为空；已核的还要有文号")
    since, until = _day(row["since"], path, where), row.get("until")
    last = None if until is None else _day(until, path, where)
    if last is not None and last < since:
        raise PolicyError(f"{where}：“{path}”的止期 {last} 早于起期 {since}")
    choices = tuple(str(choice) for choice in row.get("choices", ()))
    if choices and row["value"] not in choices:
        raise PolicyError(f"{where}：“{path}”只能取 {'、'.join(choices)}，现为“{row['value']}”")
    words = {key: row[key] for key in ("unit", "label", "document", "source", "status")}
    value = _frozen(row["value"], path, where)
    return Entry(path, value, since=since, until=last, choices=choices, note=row.get("note", ""), **words)


def _in_order(entries: list[Entry], where: str) -> tuple[Entry, ...]:
    ordered = sorted(entries, key=lambda entry: entry.since)
    for earlier, later in pairwise(ordered):
        if earlier.until is None or earlier.until >= later.since:
            raise PolicyError(
                f"{where}：“{later.path}”有两段日期重叠：{earlier.since} 起的一段要在 {later.since} 前止"
            )
    return tuple(ordered)


def _day(value: Any, path: str, where: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise PolicyError(f"{where}：“{path}”的日期“{value}”要写成 2024-01-01 的样子")


def _frozen(value: Any, path: str, where: str) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item, path, where) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item, path, where) for item in value)
    if isinstance(value, bool | int | str | Decimal | date):
        return value
    raise PolicyError(f"{where}：“{path}”的取值不能为空，也不能是 {type(value).__name__}")


def kind_of(value: Any) -> str:
    """What a value is, in Chinese, so that a region cannot lay a word over a number."""
    if isinstance(value, bool):
        return "是否"
    if isinstance(value, int | Decimal):
        return "数"
    if isinstance(value, str):
        return "文字"
    return "列表" if isinstance(value, tuple) else "表"


def _same_kind(entry: Entry, model: Entry, where: str) -> None:
    if kind_of(entry.value) != kind_of(model.value):
        raise PolicyError(
            f"{where}：“{entry.path}”应是{kind_of(model.value)}，现为{kind_of(entry.value)}“{entry.value}”"
        )
    if entry.unit != model.unit:
        raise PolicyError(f"{where}：“{entry.path}”的单位应是“{model.unit}”，现为“{entry.unit}”")
