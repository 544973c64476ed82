"""Rule cases: a correct form, and for each rule the few fields that a case changes in it.

A path is the one findings use: `funding.annual_total`, `indicators[k3].weight`. A value `删除` takes away a
line or field; `indicators[新]: {…}` adds a line. Amounts and quantities are written as typed.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from jiheng.policy import on
from jiheng.rules import Context, Custom, run
from jiheng.sheets import (
    NOT_REPORTED,
    Amount,
    Finding,
    Form,
    Header,
    Operator,
    ProjectGoalSheet,
    Quantity,
    UnitGoalSheet,
    from_json,
)

CASES = Path(__file__).parents[1] / "cases" / "rules"
MONEY = re.compile(
    r"(annual|midterm|tasks)_(total|fiscal|other)|total|fiscal|other|initial|revised|executed|forecast"
    r"|budget|final|last_budget|last_final|ledger_executed"
)
NUMBER = re.compile(r"target|weight|actual|claimed|posts|staff|execution_(weight|claimed)|total_claimed")


@dataclass(frozen=True)
class Case:
    rule: str
    name: str
    form: Form
    change: dict[str, Any]
    context: dict[str, Any]
    expect: list[dict[str, str]]


def cases() -> list[Case]:
    found = []
    for path in sorted(CASES.glob("[!F]*.yaml")):  # red flags have no form: flag_cases.py
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for item in content["cases"]:
            form = Form(item.get("form", content["form"]))
            found.append(
                Case(
                    content["rule"],
                    item["name"],
                    form,
                    item.get("change", {}),
                    item.get("context", {}),
                    item["expect"],
                )
            )
    return found


def findings_of(pack: str, form: Form, change: dict[str, Any], context: dict[str, Any]) -> list[Finding]:
    """What a pack says of the correct form of this kind with these changes."""
    good = yaml.safe_load((CASES / "good" / f"{form.value}.yaml").read_text(encoding="utf-8"))
    sheet = copy.deepcopy(good["sheet"])
    for path, value in change.items():
        _set(sheet, path, copy.deepcopy(value))
    told = _context(good["sheet"], good["context"] | context)
    return run(pack, from_json(form, _typed(sheet)), on(good["date"]), told)


def _context(good: dict[str, Any], given: dict[str, Any]) -> Context:
    approved: ProjectGoalSheet | UnitGoalSheet | None = None
    if given.get("approved"):
        lines = [_typed(line["indicator"]) for line in good["lines"]]
        kind = given["approved"]["form"]
        goal = {"header": good["header"], "taxonomy": good["taxonomy"], "indicators": lines}
        goal["annual_goal"] = given["approved"].get("annual_goal", "")
        approved = from_json(kind, goal)
    money = {
        name: Amount.wan(given[name]) if given.get(name) else NOT_REPORTED
        for name in ("budget", "revised_budget", "ledger_executed")
    }
    share = given.get("due_month_share")
    return Context(
        expected=Header(**given["expected"]) if given.get("expected") else None,
        fund_text=given.get("fund_text", ""),
        approved=approved,
        due_month_share=Decimal(share) if share else NOT_REPORTED,
        customs={name: _custom(told) for name, told in given.get("customs", {}).items()},
        **money,
    )


def _custom(told: dict[str, Any]) -> Custom:
    """ways: [[符号, 单位]], told_by, times; own: [[年, 值, 单位]]; others: [[值, 单位, 张数]]."""
    return Custom(
        ways=tuple((Operator(operator), unit) for operator, unit in told.get("ways", [])),
        told_by=told.get("told_by", ""),
        times=told.get("times", 0),
        own=tuple((year, Decimal(value), unit) for year, value, unit in told.get("own", [])),
        others=tuple((Decimal(value), unit, times) for value, unit, times in told.get("others", [])),
    )


def _typed(value: Any, name: str = "") -> Any:
    """Typed figures as the JSON of sheets: amounts in exact yuan beside what was typed."""
    if isinstance(value, dict):  # a line's forecast is a number, a money row's is an amount
        is_line = "indicator" in value
        return {
            key: _typed(item, "actual" if is_line and key == "forecast" else key)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_typed(item, name) for item in value]
    if MONEY.fullmatch(name) and isinstance(value, str):
        return {"yuan": str(Amount.wan(value).yuan), "typed": value}
    if NUMBER.fullmatch(name) and isinstance(value, str):
        return {"value": str(Quantity.of(value).value), "typed": value}
    return value


def _set(sheet: dict[str, Any], path: str, value: Any) -> None:
    steps = re.findall(r"([a-z_0-9]+)(?:\[([^\]]+)\])?", path)
    here: Any = sheet
    for place, (name, key) in enumerate(steps):
        last = place == len(steps) - 1
        if not key:
            if last and value == "删除":
                here.pop(name, None)
            elif last:
                here[name] = value
            else:
                here = here.setdefault(name, {})
            continue
        lines = here.setdefault(name, [])
        if last and key == "新":
            lines.append(value)
        elif last:
            lines[:] = [line for line in lines if line["key"] != key]
        else:
            here = next(line for line in lines if line["key"] == key)
