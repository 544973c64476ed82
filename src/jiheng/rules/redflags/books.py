# ruff: noqa: N802 - a flag's number stands in its function's name
"""The books: the wrong class (F06), money that lies idle or rushes out (F11), handed down late (F15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jiheng.policy import Policy
from jiheng.rules.redflags.facts import Facts, Payment
from jiheng.rules.redflags.flagging import Hit, Level, days_between, flag, money, percentage, shows
from jiheng.sheets import WAN


@dataclass(frozen=True, slots=True)
class Usage:
    """One line of the dictionary: payments whose summary has one of `words` belong under `codes`."""

    name: str
    words: tuple[str, ...]
    codes: tuple[str, ...]
    unless: tuple[str, ...]  # words that make it something else
    amount_from: Decimal

    def is_broken_by(self, payment: Payment) -> bool:
        said, code = payment.summary, payment.economic_code
        return (
            bool(code)
            and payment.amount > 0
            and payment.amount >= self.amount_from
            and any(word in said for word in self.words)
            and not any(word in said for word in self.unless)
            and not code.startswith(self.codes)
        )


def dictionary(policy: Policy) -> tuple[Usage, ...]:
    """The dictionary of uses in force."""
    return tuple(_usage(name, told) for name, told in policy.table("flags.accounting.dictionary").items())


def _usage(name: str, told: Mapping[str, Any]) -> Usage:
    least = Decimal(told.get("起算", 0)) * WAN
    codes = tuple(str(code) for code in told["科目"])
    return Usage(name, tuple(told["词"]), codes, tuple(told.get("除外", ())), least)


def words_of(policy: Policy) -> tuple[str, ...]:
    """Every word that F06 looks for: payments without any need not be read."""
    return tuple(dict.fromkeys(word for usage in dictionary(policy) for word in usage.words))


@flag(
    "F06",
    "会计核算不准确",
    question="支付用途与所列经济分类不符，或项目支出列了基本支出的人员经费吗？",
    guard="摘要里有维修、租赁、保险等排除词的不判；没有填经济分类的不判；退款不判；命中后由人核对原始凭证",
    needs=("payments",),
    kind="核算",
)
def flag_F06(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """The summary says one thing and the class another (政府收支分类科目); a project paid for 工资福利."""
    salaries = tuple(str(code) for code in policy.table("flags.accounting.never_of_projects"))
    uses = dictionary(policy)
    groups: dict[tuple[str, str, str], list[Payment]] = {}
    for payment in (one for one in facts.payments if one.dated.year == facts.fiscal_year):
        where = payment.unit, payment.project
        for usage in uses:
            if usage.is_broken_by(payment):
                groups.setdefault((*where, usage.name), []).append(payment)
        if payment.project and payment.amount > 0 and payment.economic_code.startswith(salaries):
            groups.setdefault((*where, "项目支出列人员经费"), []).append(payment)
    right = {usage.name: "、".join(usage.codes) for usage in uses}
    for (unit, project, name), rows in groups.items():
        total = sum((row.amount for row in rows), Decimal(0))
        codes = "、".join(sorted({row.economic_code for row in rows}))
        says = f"应列 {right[name]}" if name in right else "项目支出不列工资福利支出"
        yield Hit(
            level=Level.MEDIUM,
            unit=unit,
            project=project,
            key=f"{unit}|{project}|{name}",
            subject=name,
            message=f"{name}：{len(rows)} 笔、{money(total)}列在 {codes}，{says}；"
            f"如 {rows[0].dated}“{rows[0].summary}”{money(rows[0].amount)}",
            evidence=tuple(
                r for row in rows for r in shows(row, "dated", "summary", "economic_code", "amount")
            ),
            amount=total,
        )


@flag(
    "F11",
    "资金沉淀、突击花钱",
    question="资金到位已久分文未付，或 12 月支付占全年的比例过高吗？",
    guard="年末才下达的指标从 12 月支付里减去再比；全年支付不到起算金额的不判；刚下达的指标不算到位已久",
    needs=("fund_money",),
    kind="资金",
)
def flag_F11(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """Idle: handed down long ago, nothing paid. Rush: too much of the year's payments in December."""
    days = policy.whole("flags.idle.days")
    share = policy.decimal("flags.rush.december_share")
    smallest = policy.decimal("flags.rush.amount_from") * WAN
    for fund in facts.fund_money:
        names = ("arrived_early", "arrived_late", "paid", "paid_in_december")
        if fund.arrived_early > 0 and fund.paid <= 0:
            yield Hit(
                level=Level.MEDIUM,
                unit=fund.unit,
                project=fund.fund,
                key=f"沉淀|{fund.fund}",
                subject=fund.name,
                message=f"“{fund.name}”{money(fund.arrived_early)}到位超过 {days} 天，"
                f"到 {facts.today} 分文未付",
                evidence=tuple(shows(fund, *names)),
                amount=fund.arrived_early,
            )
        rushed = fund.paid_in_december - max(fund.arrived_late, Decimal(0))
        if fund.paid >= smallest and fund.paid > 0 and rushed * 100 > fund.paid * share:
            late = f"（已减去年末下达的 {money(fund.arrived_late)}）" if fund.arrived_late > 0 else ""
            yield Hit(
                level=Level.LOW,
                unit=fund.unit,
                project=fund.fund,
                key=f"突击|{fund.fund}",
                subject=fund.name,
                message=f"“{fund.name}”12 月支付 {money(rushed)}{late}，占全年 {money(fund.paid)} 的 "
                f"{percentage(rushed, fund.paid)}",
                evidence=tuple(shows(fund, *names)),
                amount=rushed,
            )


@flag(
    "F15",
    "转移支付下达超时",
    question="收到上级转移支付后超过规定天数才下达，或还没有下达吗？",
    guard="上级提前下达的下年数不判；当天下达的不算超时；还没有到期限的不判",
    needs=("transfers",),
    kind="管理",
)
def flag_F15(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """预算法 §52: within 30 days of receiving a transfer it is formally handed down."""
    most = policy.whole("flags.transfers.days")
    for transfer in facts.transfers:
        ended = transfer.handed_down or facts.today
        taken = days_between(transfer.received, ended)
        if transfer.is_advance or taken <= most:
            continue
        how = (
            f"{ended} 下达，用了 {taken} 天" if transfer.handed_down else f"到 {ended} 已 {taken} 天没有下达"
        )
        yield Hit(
            level=Level.MEDIUM,
            unit=transfer.unit,
            project=transfer.project,
            key=transfer.key,
            subject=transfer.document,
            message=f"{transfer.document} {money(transfer.amount)}，{transfer.received} 收到，{how}，"
            f"规定 {most} 天以内",
            evidence=tuple(shows(transfer, "received", "handed_down", "local_document", "amount")),
            amount=transfer.amount,
        )
