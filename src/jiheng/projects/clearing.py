"""安排条件: what money may not go to yet. The ex-ante assessment tells it downward; goals asks before it
approves, and the budget before a line comes in. Drafting a goal form is always free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from jiheng import policy as policies
from jiheng.figures import rounded
from jiheng.policy import Policy
from jiheng.projects import budget
from jiheng.projects.models import Clearance, ClearanceState, Fund
from jiheng.sheets import WAN, Missing, plain
from jiheng.units.models import Region

OPEN = (ClearanceState.CLEARED, ClearanceState.EXEMPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a higher room says of a fund in a year; `origin` is its own name of what it decided on."""

    fund: Fund
    fiscal_year: int
    state: ClearanceState
    reason: str
    origin: str


def tell(told: Told) -> Clearance:
    """Keeps what was decided last; part of the higher room's transaction, which logs it."""
    facts = {
        "state": told.state,
        "reason": told.reason,
        "origin": told.origin,
        "told_at": timezone.now(),
        "region": told.fund.region,
    }
    row, _ = Clearance.objects.update_or_create(fund=told.fund, fiscal_year=told.fiscal_year, defaults=facts)
    return row


def why_must(fund: Fund, amount: Decimal, before: Decimal | Missing, fiscal_year: int, policy: Policy) -> str:
    """Why policy wants the fund assessed before it gets `amount` yuan in the year, in Chinese; empty where it
    does not. `before` is last year's budget in yuan."""
    if fund.until_year < fiscal_year and policy.flag("assessment.expiring"):
        return f"项目已于 {fund.until_year} 年到期，拟继续安排"
    if fund.since_year >= fiscal_year:
        least = policy.decimal("assessment.new_from")
        is_large = amount >= least * WAN
        return f"新增项目，年度预算 {_wan(amount)} 万元，达到 {least} 万元" if is_large else ""
    if isinstance(before, Missing) or before <= 0:
        return ""
    raise_, by = amount - before, policy.decimal("assessment.raised_by")
    least = policy.decimal("assessment.raised_from")
    if raise_ * 100 >= before * by and raise_ >= least * WAN:
        share = rounded(raise_ * 100 / before, 2)
        return f"比上年预算 {_wan(before)} 万元增加 {_wan(raise_)} 万元、{share}%，达到 {by}% 和 {least} 万元"
    return ""


def blocked(region: Region, fiscal_year: int, amounts: Mapping[int, Decimal]) -> dict[int, str]:
    """The funds (by key, with what they are to have in the year, in yuan) that may get no approval and no
    budget line, each with the reason in Chinese. Some six queries, whatever their number."""
    rows = Clearance.objects.filter(region=region, fiscal_year=fiscal_year)
    rows = rows.filter(fund__in=list(amounts)) if len(amounts) <= budget.FEW else rows
    clearances = {row.fund_id: row for row in rows}
    asked = {pk: amount for pk, amount in amounts.items() if pk not in clearances}
    found = {
        pk: f"事前绩效评估{row.get_state_display()}（{row.reason}），不得批复目标、安排预算"
        for pk, row in clearances.items()
        if pk in amounts and row.state not in OPEN
    }
    return found | _unasked(region, fiscal_year, asked)


def _unasked(region: Region, fiscal_year: int, asked: Mapping[int, Decimal]) -> dict[int, str]:
    """Funds of which nobody has told anything: those that policy wants assessed."""
    if not asked:
        return {}
    policy = policies.on(max(date(fiscal_year, 1, 1), timezone.localdate()), region.pk)
    funds = Fund.objects.filter(region=region)
    funds = funds.filter(pk__in=list(asked)) if len(asked) <= budget.FEW else funds
    few = list(funds) if len(asked) <= budget.FEW else [fund for fund in funds if fund.pk in asked]
    before = budget.of_funds(region, fiscal_year - 1, few if len(few) <= budget.FEW else None)
    found = {}
    for fund in few:
        reason = why_must(fund, asked[fund.pk], before[fund.pk].revised, fiscal_year, policy)
        if reason:
            found[fund.pk] = f"{reason}，须先通过事前绩效评估，才能批复目标、安排预算"
    return found


def of_fund(fund: Fund, fiscal_year: int) -> Clearance | None:
    """What was told of a fund in a year."""
    return Clearance.objects.filter(fund=fund, fiscal_year=fiscal_year).first()


def _wan(yuan: Decimal) -> str:
    return plain(yuan / WAN)
