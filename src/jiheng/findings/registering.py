"""登记: a problem comes into the register, by hand, from a clue or from a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from jiheng.findings.likeness import recurs
from jiheng.findings.models import Clue, ClueState, Problem, Source
from jiheng.findings.moves import allowed, facts_of, held_row, log_move, policy_of, require_open
from jiheng.findings.outcomes import NotDone, refusals_logged
from jiheng.findings.problems import clue_for, held_clue
from jiheng.projects.models import Fund, Project
from jiheng.sheets import Missing
from jiheng.units import access
from jiheng.units.models import Person, Region


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDraft:
    """What a problem says; `unit`, `fund`, `project` are keys; `amount` in yuan, or why there is none."""

    unit: int
    fund: int | None = None
    project: int | None = None
    source: str
    kind: str
    title: str
    description: str
    requirement: str = ""
    amount: Decimal | Missing
    fiscal_year: int
    found_on: date


def register(person: Person, draft: ProblemDraft, clue: Clue | None = None) -> Problem:
    """登记, from a clue or by hand. Raises PermissionDenied, Http404 (another's unit), NotDone."""
    access.require(person, "register_problem")
    problem = Problem(region=access.region_of(person), registered_by=person, registered_at=timezone.now())
    _fill(person, problem, draft)
    if clue is not None:
        clue_for(person, clue.pk)
    with transaction.atomic():
        problem.recurs = recurs(problem)
        number(problem)
        problem.save(force_insert=True)
        if clue is not None:
            held = held_clue(clue)
            held.state, held.problem = ClueState.ACCEPTED, problem
            held.decided_by, held.decided_at = person, problem.registered_at
            held.save(update_fields=["state", "problem", "decided_by", "decided_at"])
        log_move(person, "登记问题", problem, before={})
    return problem


def amend(person: Person, problem: Problem, based_on: int, draft: ProblemDraft) -> Problem:
    """Changes what was registered, while it has not been issued."""
    with refusals_logged(person, "修改问题", problem):
        allowed(person, problem, "amend")
        with transaction.atomic():
            held = held_row(problem, based_on, "amend")
            before = facts_of(held)
            _fill(person, held, draft)
            held.recurs = recurs(held)
            held.revision += 1
            held.save()
            log_move(person, "修改问题", held, before=before)
    return held


def number(problem: Problem) -> None:
    """Gives a problem the next number of its year, inside the transaction that stores it."""
    Region.objects.select_for_update().get(pk=problem.region_id)  # two at once wait here
    problem.year = problem.found_on.year
    there = Problem.objects.filter(region=problem.region_id, year=problem.year)
    problem.serial = (there.aggregate(last=Max("serial"))["last"] or 0) + 1
    problem.number = f"{problem.year}-{problem.serial:04}"


def _fill(person: Person, problem: Problem, draft: ProblemDraft) -> None:
    problem.unit = access.unit_for(person, draft.unit)
    funds = Fund.objects.filter(unit=problem.unit)
    problem.fund = funds.filter(pk=draft.fund).first() if draft.fund else None
    projects = Project.objects.filter(fund=problem.fund)
    problem.project = projects.filter(pk=draft.project).first() if draft.project else None
    problem.source, problem.kind = draft.source, draft.kind
    problem.title, problem.description = draft.title.strip(), draft.description.strip()
    problem.requirement = draft.requirement.strip()
    problem.fiscal_year, problem.found_on = draft.fiscal_year, draft.found_on
    is_missing = isinstance(draft.amount, Missing)
    problem.amount = None if isinstance(draft.amount, Missing) else draft.amount
    problem.amount_missing = draft.amount.reason.value if isinstance(draft.amount, Missing) else ""
    kinds = policy_of(problem).table("problems.kinds")
    if not policy_of(problem).flag("closing.later_problems"):
        require_open(problem)
    for field, is_wrong, words in (
        ("fund", bool(draft.fund) and problem.fund is None, f"这个专项不属于{problem.unit.name}，请重新选择"),
        ("project", bool(draft.project) and problem.project is None, "这个项目不属于所选专项，请重新选择"),
        ("source", draft.source not in Source.values, "请选择问题来源"),
        ("kind", draft.kind not in kinds, f"请选择问题类别（{'、'.join(kinds)}）"),
        ("title", not problem.title, "请写明问题名称"),
        ("description", not problem.description, "请写明问题事实：时间、对象、金额、依据"),
        ("found_on", draft.found_on > timezone.localdate(), f"发现日期 {draft.found_on} 晚于今天，请核对"),
        ("fiscal_year", not 2000 <= draft.fiscal_year <= 2100, "预算年度应为四位年份"),
        ("amount", not is_missing and (problem.amount or 0) < 0, "涉及金额不能为负"),
    ):
        if is_wrong:
            raise NotDone(words, field)
