"""What a self-evaluation starts from: the goal of its year, the year's money, last year's 基础数据表."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple, cast

from jiheng.ledger import executed as ledger
from jiheng.ledger.executed import Executed
from jiheng.monitoring.prefill import Subject, approved_goal, month_end
from jiheng.policy import Policy
from jiheng.projects import budget as budgets
from jiheng.projects.budget import NO_BUDGET, Budget
from jiheng.projects.models import FundType
from jiheng.rules import Context
from jiheng.sheets import (
    NOT_REPORTED,
    Amount,
    BasicData,
    EvaluationSheet,
    Form,
    GoalSheet,
    Missing,
    MoneyResult,
    ProjectEvaluationSheet,
    Quantity,
    Result,
    SpendingControl,
    UnitEvaluationSheet,
)

DECEMBER = 12
PROJECT_ROWS = {
    "total": "年度资金总额",
    "fiscal": "其中：当年财政拨款",
    "carryover": "上年结转资金",
    "other": "其他资金",
}
UNIT_ROWS = {
    "total": "年度资金总额",
    "general": "一般公共预算",
    "fund": "政府性基金拨款",
    "special": "纳入专户管理的非税收入拨款",
    "other": "其他资金",
    "basic": "基本支出",
    "project": "项目支出",
}
SPENDING_ROWS = {
    "three_public": "三公经费",
    "vehicles": "公务用车购置和维护经费",
    "vehicle_purchase": "公车购置",
    "vehicle_running": "公车运行维护",
    "abroad": "出国经费",
    "reception": "公务接待",
    "project": "项目支出",
    "project_work": "业务工作专项",
    "project_running": "运行维护专项",
    "public": "公用经费",
    "office": "办公经费",
    "utilities": "水费、电费、差旅费",
    "meetings": "会议费、培训费",
}
# 其他资金 of a project form: what is no fiscal appropriation
NOT_FISCAL = (FundType.SPECIAL_ACCOUNT, FundType.UNIT_FUND)
UNIT_TYPES = {
    "general": (FundType.GENERAL,),
    "fund": (FundType.GOVERNMENT_FUND,),
    "special": (FundType.SPECIAL_ACCOUNT,),
    "other": (FundType.STATE_CAPITAL, FundType.UNIT_FUND),
}

Figure = Decimal | Missing

# 自评表 adds to 100 (财预〔2020〕10号); a goal form adds to 90, or to 100 without the execution rate
FULL_MARKS = Decimal(100)


class Money(NamedTuple):
    """One row's three amounts in yuan: 年初预算数, 全年预算数, 全年执行数."""

    initial: Figure
    revised: Figure
    executed: Figure


def fresh_sheet(subject: Subject, goal: GoalSheet, policy: Policy) -> EvaluationSheet:
    """A new form: goal and money filled in, results and scores open. The weights are the goal's own; the
    execution rate's is policy's, unless the goal's lines take the whole 100 points already: then it is shown
    without points. Where they don't add up the check asks, nothing is scaled in silence."""
    common: dict[str, Any] = {
        "header": subject.header(),
        "money": pulled_money(subject),
        "execution_weight": _execution_weight(goal, policy),
        "expected_goal": goal.annual_goal,
        "taxonomy": goal.taxonomy,
        "lines": tuple(Result(key=item.key, indicator=item) for item in goal.indicators),
        "leader": goal.leader,
        "phone": goal.phone,
    }
    if subject.fund:
        return ProjectEvaluationSheet(**common)
    return UnitEvaluationSheet(**common, basic=basic_data(subject))


def _execution_weight(goal: GoalSheet, policy: Policy) -> Quantity:
    weights = [line.weight.value for line in goal.indicators if isinstance(line.weight, Quantity)]
    takes_all = len(weights) == len(goal.indicators) and sum(weights) == FULL_MARKS
    return Quantity(Decimal(0) if takes_all else policy.decimal("scoring.execution.weight"))


def with_goal(sheet: EvaluationSheet, goal: GoalSheet) -> EvaluationSheet:
    """The form over the goal in force, for a goal adjusted since: what was reported stays with its line."""
    told = {line.key: line for line in sheet.lines}
    lines = tuple(
        replace(told.get(item.key, Result(key=item.key, indicator=item)), indicator=item)
        for item in goal.indicators
    )
    return replace(sheet, expected_goal=goal.annual_goal, taxonomy=goal.taxonomy, lines=lines)


def evaluation_form(subject: Subject) -> Form:
    return Form.PROJECT_EVALUATION if subject.fund else Form.UNIT_EVALUATION


def pulled_money(subject: Subject, typed: Iterable[MoneyResult] = ()) -> tuple[MoneyResult, ...]:
    """自动取数 at year end. What the books don't know stays as typed."""
    given = {row.key: row for row in typed}
    labels, known = (
        (PROJECT_ROWS, _project_money(subject)) if subject.fund else (UNIT_ROWS, _unit_money(subject))
    )
    return tuple(
        _laid_over(replace(given.get(key, MoneyResult(key=key)), label=label), known[key])
        for key, label in labels.items()
    )


def basic_data(subject: Subject) -> BasicData:
    """基础数据表: posts and staff from the unit, last year's columns from last year's form, the adjustment of
    basic spending from the budget."""
    unit, year = subject.unit, subject.fiscal_year
    last = _last_basic(subject)
    spent = {row.key: row for row in last.spending} if last else {}
    adjusted = budgets.basic_of_units(unit.region, year, [unit])[unit.pk].adjusted
    return BasicData(
        posts=NOT_REPORTED if unit.posts is None else Quantity(Decimal(unit.posts)),
        staff=NOT_REPORTED if unit.staff is None else Quantity(Decimal(unit.staff)),
        spending=tuple(
            SpendingControl(key=key, label=label)
            if (before := spent.get(key)) is None
            else SpendingControl(key=key, label=label, last_budget=before.budget, last_final=before.final)
            for key, label in SPENDING_ROWS.items()
        ),
        adjustment=adjusted if isinstance(adjusted, Missing) else Amount(adjusted),
    )


def context_of(subject: Subject) -> Context:
    """What the rules need to know of a self-evaluation beyond the form."""
    known = (_project_money(subject) if subject.fund else _unit_money(subject))["total"]
    return Context(
        expected=subject.header(),
        budget=_amount(known.revised, NOT_REPORTED),
        fund_text=f"{subject.fund.name} {subject.fund.description}" if subject.fund else "",
        approved=approved_goal(subject),
        ledger_executed=_amount(known.executed, NOT_REPORTED),
        due_month_share=Decimal(1),
    )


def _last_basic(subject: Subject) -> BasicData | None:
    last = replace(subject, fiscal_year=subject.fiscal_year - 1)
    filing = last.filings(Form.UNIT_EVALUATION).first()
    return None if filing is None else cast("UnitEvaluationSheet", filing.as_sheet()).basic


def _project_money(subject: Subject) -> Mapping[str, Money]:
    """Payments don't tell which year's money was spent: with a carry-over, the unit says."""
    fund, year = subject.fund, subject.fiscal_year
    assert fund is not None
    region = subject.unit.region
    budget = budgets.of_funds(region, year, [fund])[fund.pk]
    paid = ledger.of_funds(region, year, month_end(year, DECEMBER), [fund])[fund.pk]
    total = Money(budget.initial, budget.revised, paid.total)
    other = _of_types(budget, paid, NOT_FISCAL)
    other = other._replace(revised=_less(other.revised, _carried(budget, NOT_FISCAL)))
    carried = _or_zero(budget.carryover, budget.revised)
    is_split = not isinstance(carried, Missing) and carried != 0
    spent = NOT_REPORTED if is_split else _or_zero(NOT_REPORTED, paid.total)
    carryover = Money(_or_zero(NOT_REPORTED, budget.initial), carried, spent)
    fiscal = Money(*(_less(_less(a, b), c) for a, b, c in zip(total, other, carryover, strict=True)))
    return {"total": total, "fiscal": fiscal, "carryover": carryover, "other": other}


def _unit_money(subject: Subject) -> Mapping[str, Money]:
    unit, year = subject.unit, subject.fiscal_year
    until = month_end(year, DECEMBER)
    budget = budgets.of_units(unit.region, year, [unit])[unit.pk]
    paid = ledger.of_units(unit.region, year, until, [unit])[unit.pk]
    basic_budget = budgets.basic_of_units(unit.region, year, [unit])[unit.pk]
    basic_paid = ledger.basic_of_units(unit.region, year, until, [unit])[unit.pk]
    total = Money(budget.initial, budget.revised, paid.total)
    basic = Money(
        _or_zero(basic_budget.initial, total.initial),
        _or_zero(basic_budget.revised, total.revised),
        _or_zero(basic_paid.total, total.executed),
    )
    rows = {key: _of_types(budget, paid, types) for key, types in UNIT_TYPES.items()}
    project = Money(*(_less(whole, part) for whole, part in zip(total, basic, strict=True)))
    return {"total": total, **rows, "basic": basic, "project": project}


def _of_types(budget: Budget, paid: Executed, types: Iterable[str]) -> Money:
    """The rows of some 资金性质, added up: nothing decided there, out of a total that was decided, is 0."""
    chosen = [budget.by_type.get(code, NO_BUDGET) for code in types]
    return Money(
        _sum((part.initial for part in chosen), budget.initial),
        _sum((part.revised for part in chosen), budget.revised),
        _sum((paid.by_type.get(code, Decimal(0)) for code in types), paid.total),
    )


def _carried(budget: Budget, types: Iterable[str]) -> Figure:
    return _sum((budget.by_type.get(code, NO_BUDGET).carryover for code in types), budget.revised)


def _sum(parts: Iterable[Figure], total: Figure) -> Figure:
    if isinstance(total, Missing):
        return total
    return sum((part for part in parts if not isinstance(part, Missing)), Decimal(0))


def _or_zero(part: Figure, total: Figure) -> Figure:
    return Decimal(0) if isinstance(part, Missing) and not isinstance(total, Missing) else part


def _less(whole: Figure, part: Figure) -> Figure:
    if isinstance(whole, Missing):
        return whole
    return part if isinstance(part, Missing) else whole - part


def _laid_over(row: MoneyResult, known: Money) -> MoneyResult:
    return replace(
        row,
        initial=_amount(known.initial, row.initial),
        revised=_amount(known.revised, row.revised),
        executed=_amount(known.executed, row.executed),
    )


def _amount(known: Figure, typed: Amount | Missing) -> Amount | Missing:
    return typed if isinstance(known, Missing) else Amount(known)
