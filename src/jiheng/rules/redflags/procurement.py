# ruff: noqa: N802 - a flag's number stands in its function's name
"""Procurement: one need cut into contracts below the limit (F09)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from jiheng.policy import Policy
from jiheng.rules.redflags.facts import Facts
from jiheng.rules.redflags.flagging import Hit, Level, flag, folded, money, shows
from jiheng.rules.redflags.records import Contract
from jiheng.sheets import WAN


@flag(
    "F09",
    "拆分合同规避采购",
    question="同一单位、同一供应商、同一品目短期内的几份合同，单份低于限额而合计达到限额吗？",
    guard="框架协议下的合同不计；已按公开招标等竞争方式采购的不计；采购类别不在限额标准里的不判",
    needs=("contracts",),
    kind="管理",
)
def flag_F09(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """化整为零: 政府采购法实施条例 §28; the limits are those of the region's 集中采购目录及标准."""
    limits = policy.table("flags.split.limits")
    competitive = set(policy.table("flags.split.competitive_methods"))
    days = policy.whole("flags.split.days")
    groups: dict[tuple[str, str, str, str], list[Contract]] = {}
    for contract in facts.contracts:
        is_open = any(method in contract.method for method in competitive)
        if contract.is_framework or is_open or contract.category not in limits:
            continue
        who = contract.code or folded(contract.party)
        same = (contract.unit, who, contract.category, folded(contract.item))
        groups.setdefault(same, []).append(contract)
    for same, contracts in groups.items():
        limit = Decimal(limits[same[2]]) * WAN
        small = sorted((one for one in contracts if one.amount < limit), key=lambda one: one.signed)
        found = together(small, limit, days)
        if not found:
            continue
        total = sum((one.amount for one in found), Decimal(0))
        last = found[-1]
        yield Hit(
            level=Level.HIGH,
            unit=last.unit,
            project=found[0].project if len({one.project for one in found}) == 1 else "",
            key="|".join((*same, str(found[0].signed.year))),
            subject=last.party,
            message=f"与“{last.party}”在 {found[0].signed} 至 {last.signed} 间签订"
            f"{last.item or last.category}合同 {len(found)} 份，{days} 天内合计达到限额 {money(limit)}，"
            f"单份均低于限额，共 {money(total)}",
            evidence=tuple(
                row for one in found for row in shows(one, "name", "signed", "amount", "item", "method")
            ),
            amount=total,
        )


def together(contracts: Sequence[Contract], limit: Decimal, days: int) -> list[Contract]:
    """Of contracts in order of signing: those within some span of days whose sum reaches the limit, two or
    more at a time."""
    taken: set[int] = set()
    first, total = 0, Decimal(0)
    for place, contract in enumerate(contracts):
        total += contract.amount
        while contracts[first].signed + timedelta(days=days) < contract.signed:
            total -= contracts[first].amount
            first += 1
        if total >= limit and place > first:
            taken |= set(range(first, place + 1))
    return [contracts[place] for place in sorted(taken)]
