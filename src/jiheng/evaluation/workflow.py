"""绩效自评 (财预〔2020〕10号): prefilled forms, scores with their steps, frozen when the last desk confirms.

The same verbs as every stage; each is one transaction and raises what `filings.workflow` raises.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import cast

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from jiheng import policy as policies
from jiheng.documents.forms import Taken
from jiheng.evaluation.prefill import context_of, evaluation_form, fresh_sheet, pulled_money, with_goal
from jiheng.evaluation.scores import Frozen, freeze, keep_score, policy_of, require_not_frozen
from jiheng.filings import moves
from jiheng.filings import workflow as filings
from jiheng.filings.access import require_edit
from jiheng.filings.desks import EDITABLE
from jiheng.filings.merge import Merge
from jiheng.filings.models import Desk, Filing, State
from jiheng.filings.outcomes import RowResult, Stopped
from jiheng.filings.workflow import return_for_revision, return_many, withdraw
from jiheng.findings.corrections import open_for
from jiheng.findings.models import Correction
from jiheng.monitoring.prefill import Subject, approved_goal
from jiheng.monitoring.workflow import NotReady
from jiheng.projects.models import Fund
from jiheng.rules import run
from jiheng.scoring import score
from jiheng.sheets import Amount, EvaluationSheet, Finding, Missing
from jiheng.units import access
from jiheng.units.models import Person, Unit

__all__ = [
    "Barred",
    "Frozen",
    "NotReady",
    "approve",
    "approve_many",
    "check",
    "confirm",
    "policy_of",
    "refresh_money",
    "return_for_revision",
    "return_many",
    "save_draft",
    "start",
    "submit",
    "take",
    "withdraw",
]


class Barred(Stopped):
    """An open correction bars the self-evaluation; `corrections` are those to close or waive."""

    def __init__(self, corrections: list[Correction], filing: Filing) -> None:
        self.corrections = corrections
        names = "；".join(
            f"{timezone.localdate(item.ordered_at)}下达的纠偏单“{item.fund or item.unit}：{item.measure}”"
            f"（{item.get_state_display()}，期限{item.due_on}）"
            for item in corrections
        )
        message = (
            f"“{filing}”还有未销号的纠偏单，不能报送自评：{names}；请先整改销号，或请绩效股写明理由予以豁免"
        )
        super().__init__(message, filing)


@transaction.atomic
def start(
    person: Person, *, unit: Unit, fund: Fund | None = None, fiscal_year: int, month: int = 0
) -> Filing:
    """The self-evaluation of a fund (or of the unit as a whole) for a fiscal year: the one that is there,
    else a new one. `month` is always 0. Raises NotReady where the year had no approved goal."""
    unit = access.unit_for(person, unit.pk)
    if fund is not None and fund.unit_id != unit.pk:
        raise Http404("没有找到这个专项资金，或您无权查看")
    subject = Subject(unit=unit, fund=fund, fiscal_year=fiscal_year)
    form = evaluation_form(subject)
    there = subject.filings(form).first()
    sheet = cast("EvaluationSheet", there.as_sheet()) if there else _fresh(subject)
    return filings.open_filing(
        person, form=form, fiscal_year=fiscal_year, unit=unit, fund=fund, sheet=sheet, amount=amount_of(sheet)
    )


def check(filing: Filing, sheet: EvaluationSheet) -> list[Finding]:
    """Everything the rules and the scoring have to say of the sheet, each with its field."""
    policy = policy_of(filing)
    said = run("evaluation", sheet, policy, context_of(Subject.of(filing)))
    return said + list(score(sheet, policy).findings)


def save_draft(person: Person, filing: Filing, sheet: EvaluationSheet, based_on: int) -> Filing:
    """Stores the draft with the count of what is wrong in it."""
    require_edit(person, filing)
    require_not_frozen(filing)
    said = check(filing, sheet)
    return filings.save_draft(person, filing, sheet, based_on, findings=said, amount=amount_of(sheet))


@transaction.atomic
def refresh_money(person: Person, filing: Filing, based_on: int) -> Filing:
    """重新取数, in a draft: budget and payments as the books have them now, and the goal as adjusted."""
    filing = moves.lock(filing.pk)
    sheet = _with_money(filing, cast("EvaluationSheet", filing.as_sheet()))
    goal = approved_goal(Subject.of(filing))
    return save_draft(person, filing, with_goal(sheet, goal) if goal else sheet, based_on)


def take(person: Person, filing: Filing, taken: Taken) -> Merge:
    """What a filled workbook would change in the draft, cell by cell; raises as `filings.take` does."""
    require_not_frozen(filing)
    return filings.take(person, filing, taken)


@transaction.atomic
def submit(person: Person, filing: Filing, based_on: int) -> Filing:
    """Takes the money once more, checks, submits, and keeps the score with its steps. Raises Barred while a
    correction of the year evaluated is open, unless policy lets it pass; NotReady while its goal is being
    adjusted."""
    require_edit(person, filing)
    require_not_frozen(filing)
    if filing.state in EDITABLE:
        filing = moves.lock(filing.pk)
        moves.require_revision(filing, based_on)
        _require_no_correction(filing)
        _require_settled_goal(filing)
        sheet = _with_money(filing, cast("EvaluationSheet", filing.as_sheet()))
        filing = filings.save_draft(person, filing, sheet, based_on, amount=amount_of(sheet))
        based_on = filing.revision
    sheet = cast("EvaluationSheet", filing.as_sheet())
    filing = filings.submit(person, filing, based_on, check(filing, sheet))
    keep_score(filing, sheet)
    return filing


@transaction.atomic
def approve(person: Person, filing: Filing, based_on: int, opinion: str = "") -> Filing:
    """On to the next desk; at the last one the score is confirmed 确认: frozen for good."""
    after = filings.approve(person, filing, based_on, opinion)
    if after.state == State.APPROVED:
        freeze(person, [after.pk])
    return after


confirm = approve


@transaction.atomic
def approve_many(person: Person, rows: Iterable[tuple[int, int]], opinion: str = "") -> list[RowResult]:
    """Approves each (pk, revision); what reached its last desk is frozen. A row that cannot be says why."""
    results = filings.approve_many(person, rows, opinion)
    freeze(person, [row.pk for row in results if row.ok])
    return results


def _fresh(subject: Subject) -> EvaluationSheet:
    form = evaluation_form(subject)
    nothing = Filing(
        form=form,
        fiscal_year=subject.fiscal_year,
        unit=subject.unit,
        fund=subject.fund,
        region=subject.unit.region,
    )
    goal = approved_goal(subject)
    if goal is None:
        message = (
            f"“{subject.name}”{subject.fiscal_year}年没有批复的绩效目标，无从自评；"
            f"请先补报{subject.goal_form.heading}，批复后再填"
        )
        raise NotReady(message, nothing)
    return fresh_sheet(subject, goal, policy_of(nothing))


def _with_money(filing: Filing, sheet: EvaluationSheet) -> EvaluationSheet:
    return replace(sheet, money=pulled_money(Subject.of(filing), sheet.money))


def _require_no_correction(filing: Filing) -> None:
    if not policies.on(timezone.localdate(), filing.region_id).flag("monitoring.correction.bars_evaluation"):
        return
    found = open_for(unit=filing.unit, fund=filing.fund, fiscal_year=filing.fiscal_year)
    if found:
        raise Barred(found, filing)


def _require_settled_goal(filing: Filing) -> None:
    """A goal that is being adjusted would be evaluated by targets that may not stand."""
    subject = Subject.of(filing)
    goal = subject.filings(subject.goal_form).filter(is_adjusting=True).first()
    if goal is not None:
        where = Desk(goal.desk).label
        raise NotReady(f"“{goal}”正在调整（现在“{where}”环节），请待调整批复，或放弃调整后再报送自评", filing)


def amount_of(sheet: EvaluationSheet) -> Decimal | Missing:
    """What a list shows of the form: 全年预算数."""
    total = next((row.revised for row in sheet.money if row.key == "total"), None)
    if total is None:
        return Missing()
    return total.yuan if isinstance(total, Amount) else total
