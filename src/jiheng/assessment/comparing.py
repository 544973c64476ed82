"""单位成本: budget ÷ quantity of each option, laid beside the library's standards and what others paid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from django.utils import timezone

from jiheng import policy as policies
from jiheng.assessment.alike import core, share
from jiheng.assessment.models import EDITABLE, Assessment, Option
from jiheng.figures import rounded
from jiheng.library.models import Standard, Status, Use
from jiheng.library.wording import folded
from jiheng.sheets import WAN, Missing, MissingReason, Operator, plain

UNITS = {"元": Decimal(1), "万元": WAN, "亿元": WAN * WAN}
_PER = re.compile(r"(元|万元|亿元)[/／](.+)")
MOST = 6


@dataclass(frozen=True, slots=True)
class Beside:
    """Something to compare with: where it is from, its yuan for one, and what the comparison says."""

    source: str
    value: Decimal
    words: str  # as it stands there: ≤3000元/平方米
    says: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """An option with its unit cost in yuan (two decimals), the step, standards and peers beside it."""

    option: Option
    cost: Decimal | Missing
    step: str
    standards: tuple[Beside, ...]
    peers: tuple[Beside, ...]
    middle: Decimal | None  # of the peers


def compared(assessment: Assessment) -> list[Compared]:
    """Every option of an assessment, in order. A handful of queries."""
    day = assessment.policy_date or timezone.localdate()
    least = policies.on(day, assessment.region_id).whole("assessment.standard_like_from")
    options = list(assessment.options.all())
    standards = list(Standard.objects.filter(region=assessment.region_id, status=Status.ACTIVE))
    peers = _other_options(assessment)
    uses = _uses(assessment, {option.measure for option in options})
    return [_one(assessment, option, least, standards, [*peers, *uses]) for option in options]


def unit_cost(option: Option) -> tuple[Decimal | Missing, str]:
    """Yuan for one, rounded once, with its step; Missing where amount or quantity is not there or 0."""
    amount, quantity = option.money, option.quantity
    if amount is None or quantity is None:
        return Missing(MissingReason.NOT_REPORTED, "没有填投入或数量"), "没有填投入或数量，不能算单位成本"
    if quantity == 0:
        return Missing(MissingReason.NOT_COMPUTABLE, "数量为0"), "数量为 0，不能算单位成本"
    cost = rounded(amount / quantity, 2)
    step = f"{plain(amount / WAN)}万元÷{plain(quantity)}{option.measure}＝{cost:,}元/{option.measure}"
    return cost, step


def per_one(unit: str) -> tuple[Decimal, str] | None:
    """How many yuan the unit is, and of what: 万元/座 → (10000, 座); None for any other unit."""
    found = _PER.fullmatch(unit.strip())
    return (UNITS[found[1]], found[2].strip()) if found else None


def _one(
    assessment: Assessment,
    option: Option,
    least: int,
    standards: list[Standard],
    peers: list[tuple[str, str, str, Decimal]],
) -> Compared:
    cost, step = unit_cost(option)
    if isinstance(cost, Missing):
        return Compared(option, cost, step, (), (), None)
    name = core(assessment.fund.name, assessment.unit.name) + folded(option.name)
    code = assessment.fund.function_code
    fitting = [
        row
        for row in standards
        if (per := per_one(row.unit)) is not None
        and per[1] == option.measure
        and share(name, row.folded) >= (least // 2 if _same_function(code, row.function_codes) else least)
    ]
    beside = [
        _peer(source, words, value, cost)
        for source, words, measure, value in peers
        if measure == option.measure and share(name, folded(words)) >= least
    ][:MOST]
    middle = median(row.value for row in beside) if beside else None
    return Compared(
        option, cost, step, tuple(_standard(row, cost) for row in fitting[:MOST]), tuple(beside), middle
    )


def _same_function(code: str, prefixes: str) -> bool:
    return bool(code) and any(len(prefix) >= 5 and code.startswith(prefix) for prefix in prefixes.split())


def _standard(row: Standard, cost: Decimal) -> Beside:
    per = per_one(row.unit)
    assert per is not None
    value = row.value * per[0]
    words = f"{row.operator}{row.typed or plain(row.value)}{row.unit}"
    is_over = row.operator in (Operator.AT_MOST, Operator.LESS_THAN, Operator.EQUAL) and cost > value
    is_under = row.operator in (Operator.AT_LEAST, Operator.MORE_THAN) and cost < value
    says = "突破标准" if is_over else "低于投入下限" if is_under else "符合标准"
    where = "、".join(part for part in (row.place, f"{row.year}年" if row.year else "") if part)
    return Beside(f"{row.name}（{where}）" if where else row.name, value, words, says, is_over or is_under)


def _peer(source: str, words: str, value: Decimal, cost: Decimal) -> Beside:
    gap = rounded((cost - value) * 100 / value, 2) if value else None
    says = "无法比较" if gap is None else "相同" if gap == 0 else f"{'高' if gap > 0 else '低'} {abs(gap)}%"
    return Beside(source, value, words, says, gap is not None and gap > 0)


def _other_options(assessment: Assessment) -> list[tuple[str, str, str, Decimal]]:
    rows = Option.objects.filter(assessment__region=assessment.region_id, is_chosen=True)
    rows = rows.exclude(assessment=assessment).exclude(assessment__state__in=EDITABLE)
    found = []
    for row in rows.select_related("assessment__fund", "assessment__unit").order_by("-pk")[:500]:
        cost, _ = unit_cost(row)
        if isinstance(cost, Decimal):
            other = row.assessment
            source = f"{other.fiscal_year}年申请：{other.unit.name}"
            words = core(other.fund.name, other.unit.name) + row.name
            found.append((source, words, row.measure, cost))
    return found


def _uses(assessment: Assessment, measures: set[str]) -> list[tuple[str, str, str, Decimal]]:
    """Costs for one in other units' approved goals of the last years."""
    wanted = [f"{money}/{measure}" for money in UNITS for measure in measures if measure]
    rows = Use.objects.filter(
        region=assessment.region_id, is_approved=True, measure__in=wanted, target__isnull=False
    )
    rows = rows.exclude(unit=assessment.unit_id).filter(fiscal_year__lt=assessment.fiscal_year)
    found = []
    for row in rows.select_related("unit").order_by("-fiscal_year", "pk")[:500]:
        per = per_one(row.measure)
        if per is not None and row.target is not None:
            source = f"{row.fiscal_year}年目标：{row.unit.name}“{row.name}”"
            found.append((source, row.name, per[1], row.target * per[0]))
    return found
