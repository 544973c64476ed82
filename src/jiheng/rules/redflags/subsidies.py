# ruff: noqa: N802 - a flag's number stands in its function's name
"""Grants: to companies not on the list (F02), without their papers (F03), twice or to the dead (F10)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from jiheng.policy import Policy
from jiheng.rules.redflags.facts import Facts
from jiheng.rules.redflags.flagging import Hit, Level, by, flag, money, shows
from jiheng.rules.redflags.records import Listed, Subsidy

_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")


@flag(
    "F02",
    "向未达规上企业发补贴",
    question="政策要求规模以上，而领取企业当年不在规上名录里吗？",
    guard="当年退库、次年入库的只作中疑点（名录时点）；总公司、集团在名录里的不判；已全额冲回的不判；"
    "没有当年名录的不判",
    needs=("subsidies", "items", "listed"),
    also=("companies",),
    kind="资金",
)
def flag_F02(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """A grant for 规上 enterprises to one that is not on the year's list."""
    items = {item.code: item for item in facts.items if item.for_listed}
    lists = {key: rows[0] for key, rows in by(facts.listed, "year", "code").items()}
    years = {row.year for row in facts.listed}
    parents = {company.code: company.parent for company in facts.companies if company.parent}
    for subsidy in standing(facts.subsidies):
        year = _year(subsidy)
        item = items.get(subsidy.item)
        if item is None or not subsidy.code or year not in years:
            continue
        row = lists.get((year, subsidy.code))
        is_in = row is not None and (row.withdrawn is None or row.withdrawn > date(year, 12, 31))
        if is_in or (year, parents.get(subsidy.code, "")) in lists:
            continue
        near = row or lists.get((year + 1, subsidy.code))
        yield Hit(
            level=Level.HIGH if near is None else Level.MEDIUM,
            unit=subsidy.unit,
            project=subsidy.project,
            key=subsidy.key,
            subject=subsidy.name,
            message=f"“{item.name}”要求规模以上企业，“{subsidy.name}”{_how(year, row, near)}，"
            f"已发 {money(subsidy.amount)}",
            evidence=(
                *shows(subsidy, "name", "code", "period", "amount", "paid"),
                *shows(item, "name", "for_listed"),
                *(shows(near, "name", "entered", "withdrawn") if near else ()),
            ),
            amount=subsidy.amount,
        )


def _how(year: int, row: Listed | None, near: Listed | None) -> str:
    if row is not None:
        return f"{year}年已退库（{row.withdrawn}）"
    if near is not None:
        return f"不在{year}年名录，{near.year}年才入库"
    return f"不在{year}年规上名录"


@flag(
    "F03",
    "奖补审核资料缺失",
    question="政策必备的审核资料缺失，或日期晚于发放吗？",
    guard="写明“不适用”理由的视同齐备；材料没有日期的只看有没有；已全额冲回的不判",
    needs=("subsidies", "items"),
    also=("materials",),
    kind="管理",
)
def flag_F03(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """Papers that the policy requires are lacking, or were made after the money went out."""
    items = {item.code: item for item in facts.items if item.materials}
    papers = by(facts.materials, "subsidy")
    for subsidy in standing(facts.subsidies):
        item = items.get(subsidy.item)
        if item is None:
            continue
        there = {paper.kind: paper for paper in papers.get(subsidy.number, [])}
        lacking = [kind for kind in item.materials if kind not in there]
        late = [
            paper
            for kind in item.materials
            if (paper := there.get(kind))
            and paper.dated
            and paper.dated > subsidy.paid
            and not paper.not_needed
        ]
        if not (lacking or late):
            continue
        told = [f"缺{'、'.join(lacking)}"] if lacking else []
        told += [f"{paper.kind}日期 {paper.dated} 晚于发放日期" for paper in late]
        yield Hit(
            level=Level.HIGH if late else Level.MEDIUM,
            unit=subsidy.unit,
            project=subsidy.project,
            key=subsidy.key,
            subject=subsidy.name,
            message=f"“{subsidy.name}”{subsidy.paid} 领取“{item.name}”{money(subsidy.amount)}："
            + "；".join(told),
            evidence=(
                *shows(subsidy, "name", "amount", "paid"),
                *shows(item, "materials"),
                *(row for paper in there.values() for row in shows(paper, "kind", "dated")),
            ),
            amount=subsidy.amount,
        )


@flag(
    "F10",
    "重复补贴、注销后仍发",
    question="同一对象同一事项同一期间领了不止一次，或死亡、注销后仍在发吗？",
    guard="更正冲回（负数）先与原发放相抵；政策允许同期多次的不判；只有姓名、没有证件和地址的不比；"
    "补发死亡、注销之前期间的不判",
    needs=("subsidies",),
    also=("items", "deaths", "companies"),
    kind="资金",
)
def flag_F10(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """The same grant twice for the same period; a grant for a time after death or dissolution."""
    items = {item.code: item for item in facts.items}
    alive = standing(facts.subsidies)
    for (item_code, period, who), rows in by(alive, "item", "period", "who").items():
        item = items.get(item_code)
        if len(rows) < 2 or (item is not None and item.may_repeat) or not _is_known(rows[0]):
            continue
        total = sum((row.amount for row in rows), Decimal(0))
        yield Hit(
            level=Level.HIGH,
            unit=rows[0].unit,
            project=rows[0].project,
            key=f"重复|{item_code}|{period}|{who}",
            subject=rows[0].name,
            message=f"“{rows[0].name}”{period} 期间“{item.name if item else item_code}”"
            f"发放 {len(rows)} 次，共 {money(total)}",
            evidence=tuple(r for row in rows for r in shows(row, "name", "code", "person", "amount", "paid")),
            amount=total - max(row.amount for row in rows),
        )
    gone = {death.person.partition(":")[0]: (death.died, death) for death in facts.deaths}
    closed = {one.code: (one.cancelled, one) for one in facts.companies if one.cancelled is not None}
    for row in alive:
        ended = gone.get(row.who) or closed.get(row.who)
        if ended is None or row.paid <= ended[0] or _begins(row) <= ended[0]:
            continue
        words = "死亡或注销户籍" if row.person else "注销"
        name = "died" if row.person else "cancelled"
        yield Hit(
            level=Level.HIGH,
            unit=row.unit,
            project=row.project,
            key=f"注销|{row.key}",
            subject=row.name,
            message=f"“{row.name}”{ended[0]} {words}，"
            f"{row.paid} 仍发放 {row.period} 期间的 {money(row.amount)}",
            evidence=(*shows(row, "name", "person", "period", "amount", "paid"), *shows(ended[1], name)),
            amount=row.amount,
        )


def standing(subsidies: Sequence[Subsidy]) -> list[Subsidy]:
    """The grants that were not taken back: a negative row cancels the latest one like it of its amount."""
    back: dict[tuple[str, ...], list[Decimal]] = {}
    for row in subsidies:
        if row.amount < 0:
            back.setdefault((row.item, row.period, row.who), []).append(-row.amount)
    kept = []
    for row in sorted(subsidies, key=lambda one: (one.paid, one.number), reverse=True):
        taken = back.get((row.item, row.period, row.who), [])
        if row.amount > 0 and row.amount in taken:
            taken.remove(row.amount)
        elif row.amount > 0:
            kept.append(row)
    return sorted(kept, key=lambda one: one.number)


def _is_known(subsidy: Subsidy) -> bool:
    """Whether more than a name says who it was: two people may bear one name."""
    return bool(subsidy.code or subsidy.person or subsidy.address)


def _year(subsidy: Subsidy) -> int:
    found = _PERIOD.fullmatch(subsidy.period)
    return int(found[1]) if found else subsidy.paid.year


def _begins(subsidy: Subsidy) -> date:
    """The first day of the period; where it cannot be read, the day of payment."""
    found = _PERIOD.fullmatch(subsidy.period)
    if found is None or not 1 <= int(found[2] or 1) <= 12:
        return subsidy.paid
    return date(int(found[1]), int(found[2] or 1), 1)
