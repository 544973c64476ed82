"""绩效目标: the goal form of a unit or a special fund, from prefilled draft to approval and adjustment.

The verbs are those of `filings`, with the machine checks (财预〔2015〕88号 review practice; pack "goals") run
whenever a draft is stored or submitted. They raise what the filings verbs raise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from jiheng import policy as policies
from jiheng import rules
from jiheng.filings import workflow as filings
from jiheng.filings.access import visible
from jiheng.filings.models import Desk, Filing, State
from jiheng.filings.outcomes import RowResult, Stopped, refused
from jiheng.filings.workflow import return_for_revision, return_many, take, withdraw
from jiheng.goals.adjusting import changed_fields, goals_to_adjust, open_adjustment, with_former_targets
from jiheng.goals.models import Adjustment
from jiheng.goals.prefill import form_of, fresh, last_year, total_of, with_lines_of
from jiheng.library import history, uses
from jiheng.policy import Policy
from jiheng.projects import budget, calendar, clearing
from jiheng.projects.models import Fund, Stage
from jiheng.sheets import (
    Amount,
    Finding,
    Form,
    GoalSheet,
    Missing,
    ProjectGoalSheet,
    Sheet,
    UnitGoalSheet,
)
from jiheng.units.models import Person, Region, Unit

__all__ = [
    "Evaluated",
    "NotCleared",
    "abandon",
    "adjust",
    "approve",
    "approve_many",
    "check",
    "copy_last_year",
    "goals_to_adjust",
    "policy_of",
    "return_for_revision",
    "return_many",
    "save_draft",
    "start",
    "submit",
    "suggestion",
    "take",
    "withdraw",
]


class NotCleared(Stopped):
    """The project's ex-ante assessment was not passed: it gets no approval (drafting stays free)."""


class Evaluated(Stopped):
    """The goal was self-evaluated already: its targets are past changing."""


def start(
    person: Person,
    *,
    unit: Unit,
    fund: Fund | None = None,
    fiscal_year: int,
    month: int = 0,
    copy_last_year: bool = False,
) -> Filing:
    """The goal form of this subject and year: the one there is, else a prefilled draft; with last year's
    approved indicators only when asked. `month` stays 0. The unit's reporter only."""
    if month:
        raise ValueError("a goal is of a year, not of a month")
    policy = policy_for(unit.region, fiscal_year)
    sheet = fresh(person, unit, fund, fiscal_year, policy)
    earlier = last_year(unit, fund, fiscal_year) if copy_last_year else None
    if earlier is not None:
        sheet = with_lines_of(sheet, earlier)
    total = total_of(sheet)
    return filings.open_filing(
        person,
        form=form_of(fund),
        fiscal_year=fiscal_year,
        unit=unit,
        fund=fund,
        sheet=sheet,
        amount=total if isinstance(total, Missing) else total.yuan,
    )


def policy_of(filing: Filing) -> Policy:
    """The values a goal is checked by: those in force when its stage opened, so that it always reads the
    same; without a window, those of the year's first day."""
    return policy_for(filing.region, filing.fiscal_year)


def policy_for(region: Region, fiscal_year: int) -> Policy:
    """`policy_of` for a form that is not there yet."""
    window = calendar.window(region, Stage.GOAL, fiscal_year)
    return policies.on(window.opens_on if window else date(fiscal_year, 1, 1), region.code)


def check(filing: Filing, sheet: Sheet) -> list[Finding]:
    """What the machine has to say of a goal sheet, each with its field; against the budget as it is now."""
    goal = _goal(sheet)
    region, year = filing.region, filing.fiscal_year
    if filing.fund is not None:
        decided = budget.of_funds(region, year, [filing.fund])[filing.fund.pk].revised
        words = f"{filing.fund.name} {filing.fund.description}".strip()
    else:
        decided = budget.of_units(region, year, [filing.unit])[filing.unit.pk].revised
        words = filing.unit.name
    context = rules.Context(
        expected=replace(filing.as_sheet().header, revision=0),
        budget=decided if isinstance(decided, Missing) else Amount(decided),
        fund_text=words,
        customs=history.customs(region.pk, subject_of(filing), year, (line.name for line in goal.indicators)),
    )
    return rules.run("goals", goal, policy_of(filing), context)


def save_draft(person: Person, filing: Filing, sheet: Sheet, based_on: int) -> Filing:
    """Stores the draft with the count of its errors and warnings and the money it is about."""
    goal = _goal(sheet)
    total = total_of(goal)
    return filings.save_draft(
        person,
        filing,
        goal,
        based_on,
        findings=check(filing, goal),
        amount=total if isinstance(total, Missing) else total.yuan,
    )


def suggestion(filing: Filing) -> GoalSheet | None:
    """Last year's approved goal of the same subject, to copy from."""
    return last_year(filing.unit, filing.fund, filing.fiscal_year)


def copy_last_year(person: Person, filing: Filing, based_on: int) -> Filing:
    """Replaces the draft's indicators by last year's approved ones. Refused where there are none."""
    earlier = suggestion(filing)
    if earlier is None:
        raise refused(
            filing, "indicators", f"{filing.fiscal_year - 1} 年没有已批复的目标可供复制，请直接填写"
        )
    return save_draft(person, filing, with_lines_of(_goal(filing.as_sheet()), earlier), based_on)


@transaction.atomic
def submit(person: Person, filing: Filing, based_on: int) -> Filing:
    """Runs the checks on what is stored, then files it; the library is told which indicators it uses. Raises
    Refused with the findings on an error."""
    stored = Filing.objects.select_related("region", "unit", "fund").get(pk=filing.pk)
    result = filings.submit(person, filing, based_on, check(stored, stored.as_sheet()))
    if not stored.is_adjusting:  # until it is approved, an adjusted goal's targets are the old ones
        _tell_library(stored, is_approved=False)
    return result


def subject_of(filing: Filing) -> str:
    """Whose lines these are, as the library names them."""
    return uses.subject_of(filing.unit_id, filing.fund_id)


def _tell_library(filing: Filing, *, is_approved: bool) -> None:
    lines = _goal(filing.as_sheet()).indicators
    told = uses.GoalLines(
        unit=filing.unit,
        fund=filing.fund,
        fiscal_year=filing.fiscal_year,
        lines=lines,
        is_approved=is_approved,
    )
    uses.note_goals([told])


def _approved(filing: Filing) -> None:
    """The library counts the targets of an approved goal as history."""
    if filing.state == State.APPROVED:
        uses.approve(filing.region, filing.fiscal_year, [subject_of(filing)])


@transaction.atomic
def approve(person: Person, filing: Filing, based_on: int, opinion: str = "") -> Filing:
    """On to the next desk. At the last one, an adjusted goal keeps each replaced target with date and reason,
    and the adjustment knows its version."""
    stored = Filing.objects.select_for_update(of=("self",)).select_related("approved").get(pk=filing.pk)
    blocked = _blocked([stored]).get(stored.pk)
    if not stored.is_adjusting or stored.approved is None:
        passed = filings.approve(person, filing, based_on, opinion)
        _require_cleared(passed, blocked)
        _approved(passed)
        return passed
    adjustment = open_adjustment(stored)
    before = _goal(stored.approved.as_sheet())
    reason = adjustment.reason if adjustment else _reason_of_reopening(stored)
    after = with_former_targets(before, _goal(stored.as_sheet()), timezone.localdate(), reason)
    result = filings.approve(person, filing, based_on, opinion, completed=after)
    _require_cleared(result, blocked)
    if result.state == State.APPROVED:
        _tell_library(result, is_approved=True)
    if result.state == State.APPROVED and adjustment is not None:
        adjustment.after = result.approved
        adjustment.approved_at = result.approved_at
        adjustment.changed_fields = changed_fields(before, after)
        adjustment.save(update_fields=["after", "approved_at", "changed_fields"])
    return result


def _blocked(found: Iterable[Filing]) -> dict[int, str]:
    """Which goal forms of funds may not be approved, with the reason; a handful of queries a year."""
    years: dict[tuple[str, int], dict[int, Filing]] = {}
    for filing in found:
        if filing.fund_id is not None:
            years.setdefault((filing.region_id, filing.fiscal_year), {})[filing.fund_id] = filing
    reasons = {}
    for (_, year), by_fund in years.items():
        amounts = {pk: filing.amount or Decimal(0) for pk, filing in by_fund.items()}
        region = next(iter(by_fund.values())).region
        for pk, reason in clearing.blocked(region, year, amounts).items():
            reasons[by_fund[pk].pk] = reason
    return reasons


def _require_cleared(result: Filing, blocked: str | None) -> None:
    """Undoes an approval at the last desk; the desks before may say what they like."""
    if result.state == State.APPROVED and blocked:
        raise NotCleared(f"“{result}”：{blocked}", result)


def _reason_of_reopening(filing: Filing) -> str:
    """For a form that the bureau itself reopened."""
    step = filing.steps.filter(action="申请调整").order_by("-at", "-pk").first()
    return step.reason if step else ""


@transaction.atomic
def approve_many(person: Person, rows: Iterable[tuple[int, int]], opinion: str = "") -> list[RowResult]:
    """Approves each (pk, revision) with a result for each, in a handful of queries; adjusted goals go one by
    one, because each keeps its replaced targets."""
    wanted = dict(rows)
    adjusting = Filing.objects.filter(pk__in=list(wanted), is_adjusting=True).select_related("unit", "fund")
    results: dict[int, RowResult] = {}
    for filing in adjusting:
        try:
            done = approve(person, filing, wanted[filing.pk], opinion)
        except PermissionDenied:
            results[filing.pk] = RowResult(filing.pk, ok=False, message="您不是这份表的审核人")
        except Stopped as stopped:
            results[filing.pk] = RowResult(filing.pk, ok=False, message=stopped.message)
        else:
            where = f"已转“{done.get_desk_display()}”" if done.desk else "已批复"
            results[filing.pk] = RowResult(filing.pk, ok=True, message=where)
    results |= _not_cleared(person, [pk for pk in wanted if pk not in results])
    rest = [(pk, revision) for pk, revision in wanted.items() if pk not in results]
    results |= {result.pk: result for result in filings.approve_many(person, rest, opinion)}
    _approved_many([result.pk for result in results.values() if result.ok])
    return [results[pk] for pk in wanted]


def _not_cleared(person: Person, pks: list[int]) -> dict[int, RowResult]:
    """Those of the forms at the last desk whose project has not passed its assessment."""
    found = visible(person).filter(pk__in=pks, desk=Desk.PERFORMANCE, fund__isnull=False)
    blocked = _blocked(found.select_related("region").defer("sheet"))
    return {pk: RowResult(pk, ok=False, message=reason) for pk, reason in blocked.items()}


def _approved_many(pks: list[int]) -> None:
    """As `_approved`, one statement a year."""
    done = Filing.objects.filter(pk__in=pks, state=State.APPROVED, is_adjusting=False)
    by_year: dict[tuple[str, int], list[str]] = {}
    for region, year, unit, fund in done.values_list("region", "fiscal_year", "unit", "fund"):
        by_year.setdefault((region, year), []).append(uses.subject_of(unit, fund))
    for (region, year), subjects in by_year.items():
        uses.approve(region, year, subjects)


@transaction.atomic
def adjust(
    person: Person, filing: Filing, reason: str, document: str = "", based_on: int | None = None
) -> Filing:
    """Opens an approved goal for an adjustment; `document` is the 文号 it rests on. The approved version
    stays in force until the adjusted one has passed all desks. Raises Evaluated once the year's
    self-evaluation was submitted: its score stands on this goal."""
    _require_not_evaluated(filing)
    result = filings.reopen(person, filing, reason, based_on)
    assert result.approved is not None  # the database holds that what was approved has its version
    Adjustment.objects.create(
        filing=result,
        before=result.approved,
        reason=reason.strip(),
        document=document.strip(),
        person=person,
        at=timezone.now(),
    )
    return result


def _require_not_evaluated(filing: Filing) -> None:
    form = Form.PROJECT_EVALUATION if filing.fund_id else Form.UNIT_EVALUATION
    found = Filing.objects.filter(form=form, fiscal_year=filing.fiscal_year)
    found = found.filter(fund=filing.fund_id) if filing.fund_id else found.filter(unit=filing.unit_id)
    if found.filter(state__in=[State.IN_REVIEW, State.APPROVED]).exists():
        raise Evaluated(
            f"“{filing}”对应的绩效自评已经报送，目标不能再调整；确需调整的请先由审核人退回自评表", filing
        )


@transaction.atomic
def abandon(person: Person, filing: Filing, based_on: int) -> Filing:
    """Gives an adjustment up before it is submitted; the step and the log keep that it was asked for."""
    result = filings.abandon_adjustment(person, filing, based_on)
    Adjustment.objects.filter(filing=result, after=None).delete()
    return result


def _goal(sheet: Sheet) -> GoalSheet:
    if not isinstance(sheet, ProjectGoalSheet | UnitGoalSheet):
        raise TypeError(f"{sheet.form} is no goal form")
    return sheet
