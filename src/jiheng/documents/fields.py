"""The fields of the forms by their Chinese labels: what a mark such as {{指标.三级指标}} stands for.

The labels are those of `sheets`, nothing is named twice. A mark may name a plain field, a keyed row
(`资金[total].年初预算数`), the repeating lines (`指标.得分`, `任务.任务名称`), or one choice to be ticked
(`指标.偏差原因[经费保障]`). 执行率 and 控制率 are printed but never read back.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jiheng.sheets import (
    SHEET_TYPES,
    Band,
    BasicData,
    Cause,
    Form,
    Funding,
    Header,
    Indicator,
    Likelihood,
    MoneyProgress,
    MoneyResult,
    Operator,
    Progress,
    Result,
    Sheet,
    SpendingControl,
    Task,
    Taxonomy,
)

MARK = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_PATH = re.compile(r"(?:(指标|任务|资金|经费)(?:\[(\w+)\])?\.)?([^\[\]]+)(?:\[([^\[\]]+)\])?")
ANY = "*"  # the key of a repeating line before it is known which


class Kind(StrEnum):
    TEXT = "text"
    LEVEL = "level"  # text that carries down through merged cells
    AMOUNT = "amount"
    QUANTITY = "quantity"
    WHOLE = "whole"
    CHOICE = "choice"
    CHOICES = "choices"
    TICK = "tick"
    TARGET = "target"  # operator, value and unit in one cell
    MEASURED = "measured"  # a value, or words and a band
    COMPUTED = "computed"  # printed, never read


CHOICES: dict[str, type[StrEnum]] = {
    "Operator": Operator,
    "Band | None": Band,
    "Likelihood | None": Likelihood,
    "tuple[Cause, ...]": Cause,
    "Taxonomy": Taxonomy,
}
_KINDS = {
    "str": Kind.TEXT,
    "int": Kind.WHOLE,
    "bool": Kind.CHOICE,
    "Amount | Missing": Kind.AMOUNT,
    "Quantity | Missing": Kind.QUANTITY,
    "tuple[Cause, ...]": Kind.CHOICES,
} | dict.fromkeys(("Operator", "Band | None", "Likelihood | None", "Taxonomy"), Kind.CHOICE)
_GROUPS: dict[str, type[Any]] = {"header": Header, "funding": Funding, "basic": BasicData}
COMPUTED = {
    "money.执行率": ("rate", "执行率"),
    "basic.在职人员控制率": ("staff_rate", "在职人员控制率"),
    "basic.规模控制率": ("building_rate", "规模控制率"),
    "basic.投资概算控制率": ("investment_rate", "投资概算控制率"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: its record ("header", "money[total]", "lines[*].indicator") and its name there."""

    group: str
    name: str
    kind: Kind
    label: str
    option: str = ""  # the choice that a TICK cell ticks

    @property
    def collection(self) -> str:
        """The tuple of repeating lines it belongs to, or "" for a single cell."""
        return self.group.partition("[*]")[0] if "[*]" in self.group else ""

    def path(self, key: str = "") -> str:
        group = self.group.replace("[*]", f"[{key}]", 1) if key else self.group
        return f"{group}.{self.name}" if group else self.name


class UnknownMark(KeyError):
    """A mark that names no field; the message is Chinese."""


def line_types(form: Form) -> dict[str, type[Any]]:
    """The repeating collections of a form and the records in them."""
    money: dict[str, type[Any]] = {"money": MoneyResult, "lines": Result}
    types: dict[Form, dict[str, type[Any]]] = {
        Form.PROJECT_GOAL: {"indicators": Indicator},
        Form.UNIT_GOAL: {"tasks": Task, "indicators": Indicator},
        Form.MONITORING: {"money": MoneyProgress, "lines": Progress},
        Form.PROJECT_EVALUATION: money,
        Form.UNIT_EVALUATION: money | {"basic.spending": SpendingControl},
    }
    return types[form]


@functools.cache
def resolve(form: Form, mark: str) -> Field:
    """The field that a mark's inner text names on this form. Raises UnknownMark."""
    match = _PATH.fullmatch(mark.strip())
    prefix, key, label, option = match.groups() if match else ("", "", mark, "")
    found = _known(form).get(f"{prefix}.{label}" if prefix else label)
    if found is None or (prefix in ("资金", "经费") and not key):
        close = difflib.get_close_matches(mark, [_written(name) for name in _known(form)], n=1, cutoff=0.5)
        hint = f"，是不是“{close[0]}”" if close else ""
        raise UnknownMark(f"“{{{{{mark}}}}}”不是《{form.heading}》的字段{hint}")
    if key:
        found = dataclasses.replace(found, group=found.group.replace("[*]", f"[{key}]", 1))
    return _with_option(found, option or "", mark) if option else found


def _with_option(found: Field, option: str, mark: str) -> Field:
    members = {"causes": Cause, "likelihood": Likelihood, "band": Band}.get(found.name)
    if members is None or option not in [member.value for member in members]:
        allowed = "、".join(member.value for member in members) if members else "无"
        raise UnknownMark(f"“{{{{{mark}}}}}”中的选项“{option}”不存在，可用的选项：{allowed}")
    return dataclasses.replace(found, kind=Kind.TICK, option=option)


def _written(name: str) -> str:
    return name.replace("资金.", "资金[total].").replace("经费.", "经费[three_public].")


@functools.cache
def _known(form: Form) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    sheet_type = SHEET_TYPES[form]
    for found in _plain("", sheet_type):
        fields[found.label] = found
    for item in dataclasses.fields(sheet_type):
        if item.name in _GROUPS:
            fields |= {found.label: found for found in _plain(item.name, _GROUPS[item.name])}
    prefixes = {
        "money": "资金",
        "basic.spending": "经费",
        "tasks": "任务",
        "lines": "指标",
        "indicators": "指标",
    }
    for collection, record in line_types(form).items():
        lines = list(_plain(f"{collection}[*]", record))
        if collection == "lines":
            lines = list(_plain("lines[*].indicator", Indicator)) + lines
        fields |= {f"{prefixes[collection]}.{found.label}": found for found in lines}
    for name, (attribute, label) in COMPUTED.items():
        if name.startswith("money.") and "money" in line_types(form):
            fields[f"资金.{label}"] = Field("money[*]", attribute, Kind.COMPUTED, label)
        elif name.startswith("basic.") and form is Form.UNIT_EVALUATION:
            fields[label] = Field("basic", attribute, Kind.COMPUTED, label)
    return fields


def _plain(group: str, record: type[Any]) -> Iterator[Field]:
    for item in dataclasses.fields(record):
        kind = _KINDS.get(str(item.type))
        if kind is None or "label" not in item.metadata:
            continue
        if record is Indicator and item.name == "target":
            kind = Kind.TARGET
        elif record in (Progress, Result) and item.name in ("actual", "forecast"):
            kind = Kind.MEASURED
        elif item.name in ("level1", "level2"):
            kind = Kind.LEVEL
        yield Field(group, item.name, kind, item.metadata["label"])


def required(form: Form) -> tuple[str, ...]:
    """The marks without which a blank makes no form."""
    common = ("预算年度", "指标.三级指标", "指标.指标值")
    return {
        Form.PROJECT_GOAL: (*common, "项目名称", "年度资金总额", "年度目标"),
        Form.UNIT_GOAL: (*common, "实施单位", "年度总体目标", "金额合计"),
        Form.MONITORING: (*common, "资金[total].年初预算数", "资金[total].执行数", "指标.执行情况"),
        Form.PROJECT_EVALUATION: (
            *common,
            "资金[total].全年预算数",
            "资金[total].全年执行数",
            "指标.实际完成值",
            "指标.得分",
        ),
        Form.UNIT_EVALUATION: (
            *common,
            "资金[total].全年预算数",
            "资金[total].全年执行数",
            "指标.实际完成值",
            "指标.得分",
        ),
    }[form]


def records(sheet: Sheet) -> dict[str, Any]:
    """Every record of a sheet by group: "", "header", "money[total]", "lines[k3].indicator" …"""
    found: dict[str, Any] = {"": sheet}
    for name in _GROUPS:
        if hasattr(sheet, name):
            found[name] = getattr(sheet, name)
    for collection in line_types(sheet.form):
        for line in lines_of(sheet, collection):
            found[f"{collection}[{line.key}]"] = line
            if collection == "lines":
                found[f"{collection}[{line.key}].indicator"] = line.indicator
    return found


def lines_of(sheet: Sheet, collection: str) -> tuple[Any, ...]:
    holder: Any = sheet
    for part in collection.split("."):
        holder = getattr(holder, part)
    return tuple(holder)
