"""What a monitoring form starts from: the approved goal, budget, payments, and what was said last month."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import cast

from django.db.models import QuerySet

from jiheng.filings.models import Filing
from jiheng.goals.prefill import form_of, header_of
from jiheng.ledger import executed as ledger
from jiheng.projects import budget as budgets
from jiheng.projects.budget import Budget
from jiheng.projects.models import Fund, FundType
from jiheng.rules import Context
from jiheng.sheets import (
    NOT_REPORTED,
    Amount,
    Form,
    GoalSheet,
    Header,
    Missing,
    MoneyProgress,
    MonitoringSheet,
    Progress,
    from_json,
)
from jiheng.units.models import Unit

MONTHS = 12
TOTAL, FISCAL, OTHER = "total", "fiscal", "other"
LABELS = {TOTAL: "年度资金总额", FISCAL: "其中：本年一般公共预算拨款", OTHER: "其他资金"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose form: a fund's, or (fund None) a unit's as a whole. `unit` comes with its department."""

    unit: Unit
    fund: Fund | None
    fiscal_year: int

    @classmethod
    def of(cls, filing: Filing) -> Subject:
        return cls(unit=filing.unit, fund=filing.fund, fiscal_year=filing.fiscal_year)

    @property
    def name(self) -> str:
        return self.fund.name if self.fund else self.unit.name

    @property
    def goal_form(self) -> Form:
        return form_of(self.fund)

    def filings(self, form: Form) -> QuerySet[Filing]:
        """The subject's own forms of one kind and of this fiscal year."""
        found = Filing.objects.filter(form=form, fiscal_year=self.fiscal_year)
        return found.filter(fund=self.fund) if self.fund else found.filter(fund=None, unit=self.unit)

    def header(self, month: int = 0) -> Header:
        return replace(header_of(self.unit, self.fund, self.fiscal_year), month=month)


def month_end(fiscal_year: int, month: int) -> date:
    """The last day of a month: until when payments count, and whose policy the lights are read by."""
    return date(fiscal_year, month, calendar.monthrange(fiscal_year, month)[1])


def approved_goal(subject: Subject) -> GoalSheet | None:
    """The approved goal in force, as last adjusted; None where there is none."""
    found = subject.filings(subject.goal_form)
    filing = found.exclude(approved=None).select_related("approved").first()
    if filing is None or filing.approved is None:
        return None
    return cast("GoalSheet", from_json(filing.form, filing.approved.sheet))


def fresh_sheet(
    subject: Subject, month: int, goal: GoalSheet, last: MonitoringSheet | None
) -> MonitoringSheet:
    """A new form; what the unit said on its last one stands as a starting point, its figures don't."""
    said = {line.key: line for line in last.lines} if last else {}
    forecasts = [MoneyProgress(key=row.key, forecast=row.forecast) for row in last.money] if last else []
    return MonitoringSheet(
        header=subject.header(month),
        money=pulled_money(subject, month, forecasts),
        annual_goal=goal.annual_goal,
        taxonomy=goal.taxonomy,
        lines=tuple(
            Progress(key=indicator.key, indicator=indicator)
            if (before := said.get(indicator.key)) is None
            else replace(before, indicator=indicator, actual=NOT_REPORTED, actual_text="", band=None)
            for indicator in goal.indicators
        ),
    )


def with_goal(sheet: MonitoringSheet, goal: GoalSheet) -> MonitoringSheet:
    """The form over the goal in force, for a goal adjusted since: what was reported stays with its line."""
    told = {line.key: line for line in sheet.lines}
    lines = tuple(
        replace(told.get(item.key, Progress(key=item.key, indicator=item)), indicator=item)
        for item in goal.indicators
    )
    return replace(sheet, annual_goal=goal.annual_goal, taxonomy=goal.taxonomy, lines=lines)


def last_sheet(subject: Subject, month: int) -> MonitoringSheet | None:
    """The subject's latest monitoring form before a month of the same year."""
    filing = subject.filings(Form.MONITORING).filter(month__lt=month).order_by("-month").first()
    return None if filing is None else cast("MonitoringSheet", filing.as_sheet())


def pulled_money(
    subject: Subject, month: int, typed: Iterable[MoneyProgress] = ()
) -> tuple[MoneyProgress, ...]:
    """自动取数: 年初预算 and the payments until the month's end. What the books don't know stays as typed,
    and so does every forecast, which only the unit can give."""
    given = {row.key: row for row in typed}
    budget, executed = initial_budget(subject), paid(subject, month)
    rows = []
    for key, label in LABELS.items():
        row = given.get(key, MoneyProgress(key=key))
        rows.append(
            replace(
                row,
                label=label,
                budget=row.budget if isinstance(budget[key], Missing) else budget[key],
                executed=row.executed if isinstance(executed[key], Missing) else executed[key],
            )
        )
    return tuple(rows)


def initial_budget(subject: Subject) -> Mapping[str, Amount | Missing]:
    """年初预算数 by row of the form."""
    found = _budget(subject)
    general = found.by_type.get(FundType.GENERAL)
    return _rows(found.initial, general.initial if general else Decimal(0))


def _budget(subject: Subject) -> Budget:
    region, year = subject.unit.region, subject.fiscal_year
    if subject.fund:
        return budgets.of_funds(region, year, [subject.fund])[subject.fund.pk]
    return budgets.of_units(region, year, [subject.unit])[subject.unit.pk]


def paid(subject: Subject, month: int) -> Mapping[str, Amount | Missing]:
    """执行数 until the month's end by row of the form; Missing before the year's payments were pulled."""
    region, year, until = subject.unit.region, subject.fiscal_year, month_end(subject.fiscal_year, month)
    if subject.fund:
        found = ledger.of_funds(region, year, until, [subject.fund])[subject.fund.pk]
    else:
        found = ledger.of_units(region, year, until, [subject.unit])[subject.unit.pk]
    return _rows(found.total, found.by_type.get(FundType.GENERAL, Decimal(0)))


def context_of(subject: Subject, month: int) -> Context:
    """What the rules need to know of a monitoring form beyond the form."""
    decided = _budget(subject)
    return Context(
        expected=subject.header(month),
        budget=_rows(decided.initial, Decimal(0))[TOTAL],
        revised_budget=_rows(decided.revised, Decimal(0))[TOTAL],
        fund_text=f"{subject.fund.name} {subject.fund.description}" if subject.fund else "",
        approved=approved_goal(subject),
        ledger_executed=paid(subject, month)[TOTAL],
        due_month_share=Decimal(month) / MONTHS,
    )


def _rows(total: Decimal | Missing, general: Decimal | Missing) -> dict[str, Amount | Missing]:
    """Nothing decided in general appropriations, out of a total that was, is nothing: 0."""
    if isinstance(total, Missing):
        return dict.fromkeys(LABELS, total)
    fiscal = Decimal(0) if isinstance(general, Missing) else general
    return {TOTAL: Amount(total), FISCAL: Amount(fiscal), OTHER: Amount(total - fiscal)}
