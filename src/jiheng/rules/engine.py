"""The registry of rules and the run: each rule is one function, and one that crashes stops nobody."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from jiheng.policy import Policy
from jiheng.sheets import (
    NOT_REPORTED,
    Amount,
    Finding,
    Form,
    Header,
    Missing,
    Operator,
    ProjectGoalSheet,
    Severity,
    Sheet,
    UnitGoalSheet,
)

PACKS = MappingProxyType(
    {
        "goals": (Form.PROJECT_GOAL, Form.UNIT_GOAL),
        "monitoring": (Form.MONITORING,),
        "evaluation": (Form.PROJECT_EVALUATION, Form.UNIT_EVALUATION),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """How an indicator of one name is written elsewhere, and what was approved under it before."""

    ways: tuple[tuple[Operator, str], ...] = ()  # direction and unit of measure: the library's, else others'
    told_by: str = ""  # whose ways these are
    times: int = 0  # on how many forms of others they stand; 0 where the library says so
    own: tuple[tuple[int, Decimal, str], ...] = ()  # the project's own: year, target, unit; latest first
    others: tuple[tuple[Decimal, str, int], ...] = ()  # of other units: target, unit, on how many forms


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a sheet does not know itself. A rule says nothing when what it needs is not here."""

    expected: Header | None = None  # whose form of which year it should be; empty fields are not compared
    budget: Amount | Missing = NOT_REPORTED  # approved annual budget of the fund or unit, 元
    revised_budget: Amount | Missing = NOT_REPORTED  # the same with its adjustments so far, 元
    fund_text: str = ""  # name and description of the fund, duties of the unit
    approved: ProjectGoalSheet | UnitGoalSheet | None = None  # the goal that monitoring and evaluation follow
    ledger_executed: Amount | Missing = NOT_REPORTED  # executed by the payments (自动取数), 元
    due_month_share: Decimal | Missing = NOT_REPORTED  # share of the year gone by, 0–1
    customs: Mapping[str, Custom] = field(default_factory=dict)  # by an indicator's name as typed


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule says; the engine puts the rule's code to it."""

    severity: Severity
    field: str
    message: str


def error(field: str, message: str) -> Remark:
    return Remark(Severity.ERROR, field, message)


def warning(field: str, message: str) -> Remark:
    return Remark(Severity.WARNING, field, message)


def hint(field: str, message: str) -> Remark:
    return Remark(Severity.HINT, field, message)


Check = Callable[[Any, Policy, Context], Iterable[Remark]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One official rule, in force from `since` to `until` (both included, None: open)."""

    code: str
    pack: str
    check: Check
    forms: tuple[Form, ...]
    since: date | None
    until: date | None

    def holds_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


_rules: dict[str, Rule] = {}
_sealed = False


def rule(
    code: str, *, pack: str, only: Form | None = None, since: date | None = None, until: date | None = None
) -> Callable[[Check], Check]:
    """Registers a function named rule_<code>. Raises RuntimeError after import, ValueError on a bad name."""

    def register(check: Check) -> Check:
        if _sealed:
            raise RuntimeError(f"the registry is closed: {code} comes too late")
        if code in _rules or getattr(check, "__name__", "") != f"rule_{code}":
            raise ValueError(f"{code}: taken, or its function is not named rule_{code}")
        _rules[code] = Rule(code, pack, check, PACKS[pack] if only is None else (only,), since, until)
        return check

    return register


def seal() -> None:
    """Closes the registry: called once, when every pack is imported."""
    global _sealed
    _sealed = True


def registered() -> tuple[Rule, ...]:
    """Every rule, by code."""
    return tuple(_rules[code] for code in sorted(_rules))


def run(pack: str, sheet: Sheet, policy: Policy, context: Context) -> list[Finding]:
    """Everything a pack has to say of a sheet, in form order. A crashing rule is a finding against itself.

    Raises KeyError for an unknown pack, ValueError for a sheet the pack does not know.
    """
    if sheet.form not in PACKS[pack]:
        raise ValueError(f"pack {pack} does not check {sheet.form}")
    chosen = (item for item in registered() if item.pack == pack and sheet.form in item.forms)
    return run_rules([item for item in chosen if item.holds_on(policy.date)], sheet, policy, context)


def run_rules(rules: Iterable[Rule], sheet: Sheet, policy: Policy, context: Context) -> list[Finding]:
    """What the given rules say, in form order."""
    findings = [finding for item in rules for finding in _try(item, sheet, policy, context)]
    order = {path: place for place, path in enumerate(_paths(sheet, ""))}
    return sorted(findings, key=lambda finding: (_place(finding.field, order), finding.code))


def _try(item: Rule, sheet: Sheet, policy: Policy, context: Context) -> list[Finding]:
    try:
        remarks = list(item.check(sheet, policy, context))
    except Exception as crash:  # noqa: BLE001 - whatever a rule does, the run goes on
        message = (
            f"检查规则 {item.code} 自身出错，本条未检查（{type(crash).__name__}：{crash}）；请告知系统管理员"
        )
        return [Finding(item.code, Severity.WARNING, message)]
    return [Finding(item.code, remark.severity, remark.message, remark.field) for remark in remarks]


def _place(field: str, order: dict[str, int]) -> int:
    """Where a field stands in the form; what speaks of the whole form, or an unknown field, comes first."""
    return order.get(field, order.get(re.sub(r"\.[^.\]]*$", "", field), -1))


def _paths(record: Any, path: str) -> Iterator[str]:
    for item in dataclasses.fields(record):
        value = getattr(record, item.name)
        here = f"{path}.{item.name}" if path else item.name
        yield here
        if isinstance(value, tuple):
            for line in value:
                if dataclasses.is_dataclass(line) and hasattr(line, "key"):
                    yield f"{here}[{line.key}]"
                    yield from _paths(line, f"{here}[{line.key}]")
        elif dataclasses.is_dataclass(value):
            yield from _paths(value, here)
