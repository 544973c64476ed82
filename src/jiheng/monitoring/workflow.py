"""绩效运行监控 (财预〔2019〕136号): forms prefilled from goal, budget, payments; lights kept at submission.

The same verbs as every stage; each is one transaction and raises what `filings.workflow` raises.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from jiheng.filings import moves
from jiheng.filings import workflow as filings
from jiheng.filings.access import require_edit
from jiheng.filings.desks import EDITABLE
from jiheng.filings.models import Filing, State
from jiheng.filings.outcomes import Stopped
from jiheng.filings.workflow import (
    approve,
    approve_many,
    reopen,
    return_for_revision,
    return_many,
    take,
    withdraw,
)
from jiheng.findings.proposals import Proposal, proposed
from jiheng.monitoring.models import Reading
from jiheng.monitoring.prefill import (
    MONTHS,
    TOTAL,
    Subject,
    approved_goal,
    context_of,
    fresh_sheet,
    last_sheet,
    pulled_money,
    with_goal,
)
from jiheng.monitoring.readings import keep_reading, policy_of
from jiheng.projects.models import Fund
from jiheng.rules import run
from jiheng.scoring import lights
from jiheng.sheets import Amount, Finding, Form, Light, Missing, MonitoringSheet
from jiheng.units import access
from jiheng.units.models import Person, Unit

__all__ = [
    "NotReady",
    "abandon",
    "approve",
    "approve_many",
    "check",
    "keep_reading",
    "policy_of",
    "proposal_for",
    "refresh_money",
    "reopen",
    "return_for_revision",
    "return_many",
    "save_draft",
    "start",
    "submit",
    "take",
    "withdraw",
]


class NotReady(Stopped):
    """What the form stands on is not there yet; the message says what, and what to do."""


@transaction.atomic
def start(person: Person, *, unit: Unit, fund: Fund | None = None, fiscal_year: int, month: int) -> Filing:
    """The monitoring form of a fund (or of the unit as a whole) to the end of a month 1–12: the one that is
    there, else a new one. Raises NotReady while the goal is not approved."""
    unit = access.unit_for(person, unit.pk)
    if fund is not None and fund.unit_id != unit.pk:
        raise Http404("没有找到这个专项资金，或您无权查看")
    subject = Subject(unit=unit, fund=fund, fiscal_year=fiscal_year)
    there = subject.filings(Form.MONITORING).filter(month=month).first()
    sheet = cast("MonitoringSheet", there.as_sheet()) if there else _fresh(subject, month)
    return filings.open_filing(
        person,
        form=Form.MONITORING,
        fiscal_year=fiscal_year,
        unit=unit,
        fund=fund,
        month=month,
        sheet=sheet,
        amount=budget_of(sheet),
    )


def _fresh(subject: Subject, month: int) -> MonitoringSheet:
    nothing = Filing(
        form=Form.MONITORING,
        fiscal_year=subject.fiscal_year,
        month=month,
        unit=subject.unit,
        fund=subject.fund,
    )
    if not 1 <= month <= MONTHS:
        raise NotReady(f"监控截止月应为1至12，现为{month}", nothing)
    goal = approved_goal(subject)
    if goal is None:
        message = (
            f"“{subject.name}”{subject.fiscal_year}年的绩效目标还没有批复，不能填报执行监控；"
            f"请先报送{subject.goal_form.heading}，批复后再填"
        )
        raise NotReady(message, nothing)
    return fresh_sheet(subject, month, goal, last_sheet(subject, month))


def check(filing: Filing, sheet: MonitoringSheet) -> list[Finding]:
    """Everything the rules and the lights have to say of the sheet, each with its field."""
    subject, policy = Subject.of(filing), policy_of(filing)
    said = run("monitoring", sheet, policy, context_of(subject, filing.month))
    return said + list(lights(sheet, policy).warnings)


def save_draft(person: Person, filing: Filing, sheet: MonitoringSheet, based_on: int) -> Filing:
    """Stores the draft with the count of what is wrong in it."""
    said = check(filing, sheet)
    return filings.save_draft(person, filing, sheet, based_on, findings=said, amount=budget_of(sheet))


@transaction.atomic
def refresh_money(person: Person, filing: Filing, based_on: int) -> Filing:
    """重新取数, in a draft: budget and payments as the books have them now, and the goal as last adjusted."""
    filing = moves.lock(filing.pk)
    sheet, goal = _with_money(filing), approved_goal(Subject.of(filing))
    return save_draft(person, filing, with_goal(sheet, goal) if goal else sheet, based_on)


@transaction.atomic
def abandon(person: Person, filing: Filing, based_on: int) -> Filing:
    """放弃重填: a reopened form is again as it was approved, and so are its lights."""
    filing = filings.abandon_adjustment(person, filing, based_on)
    keep_reading(filing, cast("MonitoringSheet", filing.as_sheet()))
    return filing


@transaction.atomic
def submit(person: Person, filing: Filing, based_on: int) -> Filing:
    """Takes the payments once more, checks, submits; keeps the lights and the policy they were read by."""
    require_edit(person, filing)
    if filing.state in EDITABLE:
        moves.require_revision(moves.lock(filing.pk), based_on)
        filing = filings.save_draft(person, filing, _with_money(filing), based_on)
        based_on = filing.revision
    sheet = cast("MonitoringSheet", filing.as_sheet())
    filing = filings.submit(person, filing, based_on, check(filing, sheet))
    keep_reading(filing, sheet)
    return filing


def proposal_for(person: Person, filing: Filing) -> Proposal | None:
    """The order of correction that policy asks for on a submitted form, None where it asks for none."""
    if not access.may(person, "order_correction"):
        raise PermissionDenied("只有绩效股、业务股室可以下达纠偏单")
    reading = Reading.objects.filter(filing=filing).first()
    if reading is None or filing.state == State.DRAFT:
        return None
    overall = Light(reading.overall) if reading.overall else None
    sheet = cast("MonitoringSheet", filing.as_sheet())
    return proposed(sheet, overall, policy_of(filing), timezone.localdate())


def _with_money(filing: Filing) -> MonitoringSheet:
    sheet = cast("MonitoringSheet", filing.as_sheet())
    return replace(sheet, money=pulled_money(Subject.of(filing), filing.month, sheet.money))


def budget_of(sheet: MonitoringSheet) -> Decimal | Missing | None:
    """What a list shows of the form: 年初预算数 in yuan; None where it has no such row."""
    total = next((row.budget for row in sheet.money if row.key == TOTAL), None)
    return total.yuan if isinstance(total, Amount) else total
