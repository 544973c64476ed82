"""选定: which projects and units are evaluated in depth, with reasons; what people complain about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from jiheng import policy as policies
from jiheng.fiscal.candidates import candidates
from jiheng.fiscal.models import Concern, EvaluationKind, EvaluationState, KeyEvaluation, Span
from jiheng.fiscal.moves import changed, held_row
from jiheng.panels.outcomes import NotDone, refusals_logged
from jiheng.projects import budget, years
from jiheng.projects.access import fund_for
from jiheng.projects.models import Fund
from jiheng.scoring.ranking import Ranked
from jiheng.sheets import Missing
from jiheng.units import access, log
from jiheng.units.models import Person, Region, Role, Unit

FIRST_YEAR, MOST_YEARS = 2015, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PickDraft:
    """What is picked for a work year: funds, or units as a whole, with one reason; the fiscal years that the
    evaluation looks at."""

    year: int
    funds: Sequence[int] = ()
    units: Sequence[int] = ()
    kind: EvaluationKind = EvaluationKind.FISCAL
    span: Span = Span.ONGOING
    from_year: int
    to_year: int
    reason: str


def pick(person: Person, draft: PickDraft) -> list[KeyEvaluation]:
    """选定. Each fund keeps its points as they were. Raises NotDone, PermissionDenied, Http404."""
    region = access.region_of(person)
    with refusals_logged(person, "选定重点评价", region):
        access.require(person, "pick_evaluation")
        _check(person, draft)
        funds = [fund_for(person, pk) for pk in draft.funds]
        units = [access.unit_for(person, pk) for pk in draft.units]
        policy = policies.on(timezone.localdate(), region.pk)
        ranks: dict[int, tuple[Ranked, int]] = {}
        if funds:
            rows = candidates(person, draft.year, policy)
            ranks = {item.fund.pk: (item.rank, len(rows)) for item in rows}
        with transaction.atomic():
            Region.objects.select_for_update().get(pk=region.pk)
            _not_twice(draft, funds, units)
            made = [_made(person, draft, fund.unit, fund, ranks.get(fund.pk)) for fund in funds]
            made += [_made(person, draft, unit, None, None) for unit in units]
    return made


def drop(person: Person, evaluation: KeyEvaluation, based_on: int, reason: str) -> KeyEvaluation:
    """撤销, with a reason, before the result is confirmed."""
    with refusals_logged(person, "撤销重点评价", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "drop")
        if not reason.strip():
            raise NotDone("撤销重点评价须写明理由", "reason")
        changed(person, held, "撤销重点评价", {"state": EvaluationState.DROPPED}, reason=reason.strip())
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernDraft:
    """信访 and the like about a fund; `kind` of policy's fiscal.concern_kinds."""

    fund: int
    kind: str
    text: str
    received_on: date


def note_concern(person: Person, draft: ConcernDraft) -> Concern:
    """登记关注事项; it counts when candidates are ranked. Raises NotDone, PermissionDenied, Http404."""
    region = access.region_of(person)
    with refusals_logged(person, "登记关注事项", region):
        access.require(person, "pick_evaluation")
        fund = fund_for(person, draft.fund)
        kinds = policies.on(timezone.localdate(), region.pk).table("fiscal.concern_kinds")
        if draft.kind not in kinds:
            raise NotDone(f"请选择事项种类（{'、'.join(kinds)}）", "kind")
        if not draft.text.strip():
            raise NotDone("请写明事项内容", "text")
        if draft.received_on > timezone.localdate():
            raise NotDone(f"收到日期 {draft.received_on} 晚于今天，请核对", "received_on")
        with transaction.atomic():
            made = Concern.objects.create(
                region=region,
                fund=fund,
                kind=draft.kind,
                text=draft.text.strip(),
                received_on=draft.received_on,
                person=person,
                at=timezone.now(),
            )
            facts = {"专项资金": fund.name, "种类": made.kind, "内容": made.text}
            log.record(person, "登记关注事项", made, after=facts, unit_name=fund.unit.name)
    return made


def _check(person: Person, draft: PickDraft) -> None:
    if person.role == Role.DEPARTMENT and draft.kind != EvaluationKind.DEPARTMENT:
        raise PermissionDenied("主管部门只能选定部门评价，财政评价由财政局选定")
    if why := years.why_over(access.region_of(person), draft.year):
        raise NotDone(why)
    if not draft.funds and not draft.units:
        raise NotDone("请勾选要评价的项目或单位", "funds")
    if not draft.reason.strip():
        raise NotDone("选定重点评价须写明理由", "reason")
    if not FIRST_YEAR <= draft.from_year <= draft.to_year <= draft.year:
        raise NotDone(
            f"评价的预算年度 {draft.from_year}—{draft.to_year} 有误：起不晚于止，止不晚于评价年度", "to_year"
        )
    if draft.to_year - draft.from_year >= MOST_YEARS:
        raise NotDone(f"一次最多评价 {MOST_YEARS} 个预算年度", "from_year")


def _not_twice(draft: PickDraft, funds: Sequence[Fund], units: Sequence[Unit]) -> None:
    there = KeyEvaluation.objects.filter(year=draft.year).exclude(state=EvaluationState.DROPPED)
    twice = there.filter(fund__in=funds) | there.filter(fund=None, unit__in=units)
    found = twice.select_related("fund", "unit").first()
    if found is not None:
        raise NotDone(f"“{found.title}”{draft.year}年已选定（{found.number}），不能重复选定", "funds")


def _made(
    person: Person, draft: PickDraft, unit: Unit, fund: Fund | None, rank: tuple[Ranked, int] | None
) -> KeyEvaluation:
    there = KeyEvaluation.objects.filter(region=unit.region_id, year=draft.year)
    made = KeyEvaluation.objects.create(
        region_id=unit.region_id,
        kind=draft.kind,
        year=draft.year,
        serial=(there.aggregate(last=Max("serial"))["last"] or 0) + 1,
        unit=unit,
        fund=fund,
        from_year=draft.from_year,
        to_year=draft.to_year,
        amount=amount_of(unit, fund, range(draft.from_year, draft.to_year + 1)),
        span=draft.span,
        reason=draft.reason.strip(),
        ranking=as_kept(*rank) if rank else {},
        picked_by=person,
        picked_at=timezone.now(),
    )
    facts = {"编号": made.number, "评价方式": made.get_kind_display(), "评价年度": made.years}
    log.record(person, "选定重点评价", made, after=facts, reason=made.reason, unit_name=unit.name)
    return made


def amount_of(unit: Unit, fund: Fund | None, years: range) -> Decimal | None:
    """评价资金: 全年预算 of the fiscal years in yuan; None where none is known."""
    known = []
    for year in years:
        if fund is not None:
            found = budget.of_funds(unit.region, year, [fund])[fund.pk].revised
        else:
            found = budget.of_units(unit.region, year, [unit])[unit.pk].revised
        if not isinstance(found, Missing):
            known.append(found)
    return sum(known, Decimal(0)) if known else None


def as_kept(rank: Ranked, of: int) -> dict[str, Any]:
    """A candidate's points as they are kept with the evaluation."""
    return {
        "place": rank.place,
        "of": of,
        "points": str(rank.points),
        "must": rank.must,
        "factors": [[factor.label, factor.step] for factor in rank.factors],
    }
