"""A fresh goal form: what the bureau already knows of the unit, the fund and the money stands in it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from jiheng.filings.models import Filing
from jiheng.policy import Policy
from jiheng.projects import budget
from jiheng.projects.budget import Budget
from jiheng.projects.models import Fund, FundType
from jiheng.sheets import (
    NOT_REPORTED,
    Amount,
    Form,
    Funding,
    GoalSheet,
    Header,
    Indicator,
    Missing,
    ProjectGoalSheet,
    Task,
    Taxonomy,
    UnitGoalSheet,
)
from jiheng.units.models import Person, Unit

# 财政拨款: the three budgets; 财政专户管理资金 and 单位资金 are 其他资金 on both goal forms
FISCAL = (FundType.GENERAL, FundType.GOVERNMENT_FUND, FundType.STATE_CAPITAL)


def form_of(fund: Fund | None) -> Form:
    """Which goal form a subject files: of a special fund, or of a whole unit."""
    return Form.UNIT_GOAL if fund is None else Form.PROJECT_GOAL


def fresh(person: Person, unit: Unit, fund: Fund | None, fiscal_year: int, policy: Policy) -> GoalSheet:
    """The prefilled sheet; `person` is the contact on it. Money is 全年预算 so far, Missing where none was
    decided."""
    header = header_of(unit, fund, fiscal_year)
    taxonomy = Taxonomy(policy.text("taxonomy.default"))
    if fund is None:
        return _unit_sheet(person, unit, header, taxonomy)
    total, fiscal, other = _amounts(budget.of_funds(unit.region, fiscal_year, [fund])[fund.pk])
    return ProjectGoalSheet(
        header=header,
        attribute=fund.attribute,
        period=fund.period,
        leader=person.name,
        phone=person.phone,
        funding=Funding(annual_total=total, annual_fiscal=fiscal, annual_other=other),
        taxonomy=taxonomy,
    )


def header_of(unit: Unit, fund: Fund | None, fiscal_year: int) -> Header:
    return Header(
        region=unit.region_id,
        fiscal_year=fiscal_year,
        department_code=unit.department.code,
        department_name=unit.department.name,
        unit_code=unit.code,
        unit_name=unit.name,
        subject_code=fund.code if fund else "",
        subject_name=fund.name if fund else "",
    )


def _unit_sheet(person: Person, unit: Unit, header: Header, taxonomy: Taxonomy) -> UnitGoalSheet:
    """基本支出 and each special fund of the unit as one task; the unit rewords and regroups them."""
    year = header.fiscal_year
    funds = list(Fund.objects.filter(unit=unit, since_year__lte=year, until_year__gte=year).order_by("code"))
    by_fund = budget.of_funds(unit.region, year, funds)
    whole = _amounts(budget.of_units(unit.region, year, [unit])[unit.pk])
    basic = _amounts(budget.basic_of_units(unit.region, year, [unit])[unit.pk])
    tasks = (
        [] if isinstance(basic[0], Missing) else [_task("basic", "保障机构正常运转（基本支出）", "", basic)]
    )
    tasks += [
        _task(f"f{fund.code}", fund.name, fund.description, _amounts(by_fund[fund.pk])) for fund in funds
    ]
    return UnitGoalSheet(
        header=header,
        tasks=tuple(tasks),
        tasks_total=whole[0],
        tasks_fiscal=whole[1],
        tasks_other=whole[2],
        leader=person.name,
        phone=person.phone,
        taxonomy=taxonomy,
    )


Amounts = tuple[Amount | Missing, Amount | Missing, Amount | Missing]


def _task(key: str, name: str, content: str, amounts: Amounts) -> Task:
    total, fiscal, other = amounts
    return Task(key=key, name=name, content=content, total=total, fiscal=fiscal, other=other)


def _amounts(decided: Budget) -> Amounts:
    """Total, 财政拨款, 其他资金 of a budget; all missing where nothing was decided."""
    total = decided.revised
    if isinstance(total, Missing):
        return NOT_REPORTED, NOT_REPORTED, NOT_REPORTED
    revised = [part.revised for code, part in decided.by_type.items() if code in FISCAL]
    fiscal = sum((part for part in revised if not isinstance(part, Missing)), Decimal(0))
    return Amount(total), Amount(fiscal), Amount(total - fiscal)


def last_year(unit: Unit, fund: Fund | None, fiscal_year: int) -> GoalSheet | None:
    """The approved goal of the year before, as it is in force; None where there is none."""
    goals = Filing.objects.filter(form=form_of(fund), fiscal_year=fiscal_year - 1).exclude(approved=None)
    of_subject = goals.filter(fund=fund) if fund else goals.filter(unit=unit, fund=None)
    found = of_subject.select_related("approved").first()
    if found is None or found.approved is None:
        return None
    found.approved.filing = found
    sheet = found.approved.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet | UnitGoalSheet)
    return sheet


def with_lines_of(sheet: GoalSheet, earlier: GoalSheet) -> GoalSheet:
    """The sheet with another year's indicators and their taxonomy, but without their adjustments."""
    lines: tuple[Indicator, ...] = tuple(replace(line, former=()) for line in earlier.indicators)
    return replace(sheet, indicators=lines, taxonomy=earlier.taxonomy)


def total_of(sheet: GoalSheet) -> Amount | Missing:
    """The money the goal is about."""
    return sheet.funding.annual_total if isinstance(sheet, ProjectGoalSheet) else sheet.tasks_total
