# ruff: noqa: N802 - a flag's number stands in its function's name
"""Contracts: signed before the company was there (F01), paid otherwise than agreed (F08, F12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from jiheng.policy import Policy
from jiheng.rules.redflags.facts import Facts, Payment
from jiheng.rules.redflags.flagging import (
    Evidence,
    Hit,
    Level,
    by,
    days_between,
    flag,
    known_as,
    money,
    percentage,
    same_name,
    shows,
)
from jiheng.rules.redflags.records import Company, Contract, Invoice
from jiheng.sheets import Missing, plain


@flag(
    "F01",
    "签约早于企业成立",
    question="合同签订日期早于乙方成立日期吗？",
    guard="更名、个转企、合并承继的看前身成立日期；分公司看总公司成立日期；签订日期年月日颠倒后不早于成立的降为低",
    needs=("contracts", "companies"),
    kind="管理",
)
def flag_F01(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """A contract signed before the other party was founded: 四评 of the 厕所革命 fund found one."""
    companies = {company.code: company for company in facts.companies}
    for contract in facts.contracts:
        company = companies.get(contract.code)
        if company is None or contract.signed >= _there_since(company, companies):
            continue
        turned = _turned(contract.signed)
        is_slip = turned is not None and turned >= company.established
        early = days_between(contract.signed, company.established)
        words = (
            f"合同“{contract.name}”（{contract.number}）{contract.signed} 签订，"
            f"乙方“{contract.party}”{company.established} 才成立，早 {early} 天"
        )
        yield Hit(
            level=Level.LOW if is_slip else Level.HIGH,
            unit=contract.unit,
            project=contract.project,
            key=contract.key,
            subject=contract.party,
            message=words + ("；签订日期的月、日对调后不早于成立，请先核对是否录入有误" if is_slip else ""),
            evidence=(
                *shows(contract, "party", "signed", "amount"),
                *shows(company, "name", "established", "predecessor_established", "parent"),
            ),
            amount=contract.price,
        )


def _there_since(company: Company, companies: dict[str, Company]) -> date:
    """Since when a company, its predecessor or its head office could sign."""
    parent = companies.get(company.parent)
    days = [company.established, company.predecessor_established, parent.established if parent else None]
    return min(day for day in days if day is not None)


def _turned(day: date) -> date | None:
    """The day with month and day of month exchanged; None where there is no such day."""
    return date(day.year, day.day, day.month) if day.day <= 12 and day.day != day.month else None


@flag(
    "F08",
    "合同、发票、付款不符",
    question="付款超过合同价、收款人或开票方不是乙方、付款多于发票吗？",
    guard="变更后的合同价以补充协议为准，另留变更上限；曾用名、代付协议收款人视同乙方；"
    "未付的质保金、尾款（付款少于发票）不提示；约定的预付款不要求先有发票",
    needs=("contracts", "contract_payments", "payments"),
    also=("invoices", "companies"),
    kind="资金",
)
def flag_F08(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """合同、发票、付款 do not fit: 政府采购法 §49 allows additions up to 10%."""
    paid, invoices = paid_for(facts), by(facts.invoices, "contract")
    companies = {company.code: company for company in facts.companies}
    for contract in facts.contracts:
        payments = paid.get(contract.number, [])
        if not payments:
            continue
        company = companies.get(contract.code)
        total = sum((payment.amount for payment in payments), Decimal(0))
        told: list[tuple[Level, str, list[Evidence]]] = []
        limit = contract.price * (100 + policy.decimal("flags.contract.most_change")) / 100
        if total > limit:
            over = money(total - contract.price)
            words = f"已付 {money(total)}，合同价 {money(contract.price)}，超出 {over}"
            told.append((Level.HIGH, words, _paid(payments)))
        foreign = [payment for payment in payments if not _is_party(payment.payee, contract, company)]
        if foreign:
            names = "、".join(dict.fromkeys(payment.payee for payment in foreign))
            told.append((Level.HIGH, f"收款人“{names}”不是乙方“{contract.party}”", _paid(foreign)))
        told += _invoiced(contract, company, total, invoices.get(contract.number, []))
        if told:
            yield Hit(
                level=Level.HIGH if any(level is Level.HIGH for level, _, _ in told) else Level.MEDIUM,
                unit=contract.unit,
                project=contract.project,
                key=contract.key,
                subject=contract.party,
                message=f"合同“{contract.name}”（{contract.number}）"
                + "；".join(words for _, words, _ in told),
                evidence=(
                    *shows(contract, "party", "amount", "changed_amount", "other_payees"),
                    *dict.fromkeys(row for _, _, rows in told for row in rows),
                ),
                amount=total,
            )


def _invoiced(
    contract: Contract, company: Company | None, total: Decimal, invoices: list[Invoice]
) -> list[tuple[Level, str, list[Evidence]]]:
    """What does not fit between invoices and payments; nothing where no invoice is known."""
    if not invoices:
        return []
    told: list[tuple[Level, str, list[Evidence]]] = []
    foreign = [one for one in invoices if not _is_seller(one, contract, company)]
    rows = [row for one in invoices for row in shows(one, "seller", "code", "dated", "amount")]
    if foreign:
        names = "、".join(dict.fromkeys(one.seller for one in foreign))
        told.append((Level.HIGH, f"发票开票方“{names}”不是乙方“{contract.party}”", rows))
    prepaid = contract.prepaid
    ahead = Decimal(0) if isinstance(prepaid, Missing) else contract.price * prepaid / 100
    billed = sum((one.amount for one in invoices), Decimal(0))
    if total > billed + ahead:
        told.append(
            (
                Level.MEDIUM,
                f"已付 {money(total)}，发票合计 {money(billed)}，多付 {money(total - billed)}",
                rows,
            )
        )
    return told


def _is_party(payee: str, contract: Contract, company: Company | None) -> bool:
    allowed = (contract.party, *contract.other_payees)
    return not payee or any(same_name(payee, name) for name in allowed) or known_as(company, payee)


def _is_seller(invoice: Invoice, contract: Contract, company: Company | None) -> bool:
    if invoice.code and contract.code:
        return invoice.code == contract.code
    return same_name(invoice.seller, contract.party) or known_as(company, invoice.seller)


def _paid(payments: list[Payment]) -> list[Evidence]:
    return [row for payment in payments for row in shows(payment, "dated", "payee", "amount")]


def paid_for(facts: Facts) -> dict[str, list[Payment]]:
    """The payments of each contract, the first first."""
    vouchers = by(facts.payments, "voucher")
    found: dict[str, list[Payment]] = {}
    for link in facts.contract_payments:
        found.setdefault(link.contract, []).extend(vouchers.get(link.voucher, ()))
    return {
        number: sorted(payments, key=lambda payment: (payment.dated, payment.voucher))
        for number, payments in found.items()
    }


@flag(
    "F12",
    "预付款超过约定比例",
    question="首付款占合同价的比例超过约定吗？",
    guard="合同约定了预付比例的按约定；没有约定的按政策比例；验收后才付的不是预付；小额合同不判",
    needs=("contracts", "contract_payments", "payments"),
    kind="资金",
)
def flag_F12(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """The first payment is more than the contract's prepayment, or more than is usual without one."""
    usual = policy.decimal("flags.prepaid.usual_share")
    smallest = policy.decimal("flags.prepaid.amount_from") * 10_000
    paid = paid_for(facts)
    for contract in facts.contracts:
        payments = [payment for payment in paid.get(contract.number, []) if payment.amount > 0]
        if not payments or contract.price < smallest:
            continue
        first = payments[0]
        if contract.accepted is not None and contract.accepted <= first.dated:
            continue
        agreed = not isinstance(contract.prepaid, Missing)
        share = contract.prepaid if not isinstance(contract.prepaid, Missing) else usual
        if first.amount * 100 <= contract.price * share:
            continue
        basis = f"合同约定 {plain(share)}%" if agreed else f"合同没有约定，常见的不超过 {plain(share)}%"
        yield Hit(
            level=Level.MEDIUM,
            unit=contract.unit,
            project=contract.project,
            key=contract.key,
            subject=contract.party,
            message=f"合同“{contract.name}”（{contract.number}）验收前首付 {money(first.amount)}，"
            f"占合同价 {money(contract.price)} 的 {percentage(first.amount, contract.price)}；{basis}",
            evidence=(
                *shows(contract, "amount", "changed_amount", "prepaid", "accepted"),
                *shows(first, "dated", "payee", "amount"),
            ),
            amount=first.amount - contract.price * share / 100,
        )
