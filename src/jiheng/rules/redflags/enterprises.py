# ruff: noqa: N802 - a flag's number stands in its function's name
"""Companies that were given land and support: not in production (F04), less tax than promised (F05)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from jiheng.figures import rounded
from jiheng.policy import Policy
from jiheng.rules.redflags.facts import Facts
from jiheng.rules.redflags.flagging import Hit, Level, by, days_between, flag, money, percentage, shows
from jiheng.sheets import WAN, Missing, plain


@flag(
    "F04",
    "未按约定竣工投产",
    question="约定的投产日期已过，而没有竣工、投产的凭证吗？",
    guard="有延期补充协议的看延期后的日期；任何一种政策认可的凭证都算；逾期不到宽限天数的不判",
    needs=("agreements",),
    also=("proofs",),
    kind="效益",
)
def flag_F04(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """The agreed day of production is past, and nothing shows that production began."""
    accepted = set(policy.table("flags.production.proofs"))
    grace = policy.whole("flags.production.grace_days")
    proofs = by(facts.proofs, "agreement")
    for agreement in facts.agreements:
        due = agreement.extended or agreement.due
        if due is None or days_between(due, facts.today) <= grace:
            continue
        there = [proof for proof in proofs.get(agreement.number, []) if proof.dated <= facts.today]
        if any(proof.kind in accepted for proof in there):
            continue
        late = days_between(due, facts.today)
        others = f"，只有{'、'.join(proof.kind for proof in there)}" if there else ""
        yield Hit(
            level=Level.MEDIUM,
            unit=agreement.unit,
            project=agreement.project,
            key=agreement.key,
            subject=agreement.party,
            message=f"“{agreement.party}”“{agreement.name}”约定 {due} 投产，"
            f"到 {facts.today} 已逾期 {late} 天，没有{'、'.join(sorted(accepted))}{others}",
            evidence=(
                *shows(agreement, "name", "party", "due", "extended"),
                *(row for proof in there for row in shows(proof, "kind", "dated")),
            ),
        )


@flag(
    "F05",
    "亩均税收低于约定",
    question="企业当年亩均税收低于协议承诺吗？",
    guard="免抵税额加回；达产期未满（承诺起算日期在当年 1 月 1 日之后）的不判；分期供地的按已供面积",
    needs=("agreements", "taxes"),
    kind="效益",
)
def flag_F05(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """Tax a 亩 below the promise: compared as tax < promise × area, so that nothing is rounded."""
    taxes = {tax.code: tax for tax in facts.taxes if tax.year == facts.fiscal_year}
    for agreement in facts.agreements:
        tax = taxes.get(agreement.code)
        area = agreement.area if isinstance(agreement.supplied, Missing) else agreement.supplied
        promise = agreement.tax_per_mu
        if tax is None or isinstance(area, Missing) or isinstance(promise, Missing) or area <= 0:
            continue
        if agreement.tax_from is not None and agreement.tax_from > date(facts.fiscal_year, 1, 1):
            continue
        exempted = Decimal(0) if isinstance(tax.exempted, Missing) else tax.exempted
        total, wanted = tax.paid + exempted, promise * area
        if total >= wanted:
            continue
        mu = money_a_mu(total, area)
        yield Hit(
            level=Level.HIGH,
            unit=agreement.unit,
            project=agreement.project,
            key=agreement.key,
            subject=agreement.party,
            message=f"“{agreement.party}”{facts.fiscal_year}年纳税 {money(total)}，用地 {plain(area)} 亩，"
            f"亩均 {mu}，约定 {plain(promise / WAN)} 万元，完成 {percentage(total, wanted)}，"
            f"差 {money(wanted - total)}",
            evidence=(
                *shows(agreement, "area", "supplied", "tax_per_mu", "tax_from"),
                *shows(tax, "paid", "exempted"),
            ),
            amount=wanted - total,
        )


def money_a_mu(total: Decimal, area: Decimal) -> str:
    """Tax a 亩 for a message, rounded to two places."""
    return f"{plain(rounded(total / WAN / area, 2))} 万元"
