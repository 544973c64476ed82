"""Reconciling after a pull: what the file said against what the books say, and which funds need a look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from jiheng.ledger import executed
from jiheng.ledger.models import Entry
from jiheng.projects import budget
from jiheng.projects.models import Fund
from jiheng.sheets import Missing
from jiheng.units.models import Batch, Region

MOST_WARNINGS = 200


def of_rows(told: Iterable[tuple[str, Decimal]]) -> dict[str, Any]:
    """A file's total and its totals by fund (yuan, as text, the largest first), for the preview."""
    sums: dict[str, Decimal] = {}
    rows: dict[str, int] = {}
    for name, amount in told:
        sums[name] = sums.get(name, Decimal(0)) + amount
        rows[name] = rows.get(name, 0) + 1
    by_fund = [[name, rows[name], str(sums[name])] for name in sorted(sums, key=lambda name: -sums[name])]
    return {"total": str(sum(sums.values(), Decimal(0))), "by_fund": by_fund}


def of_batch(batch: Batch) -> list[str]:
    """The warnings on the funds that a published batch has touched."""
    if batch.fiscal_year is None:
        return []
    touched = Entry.objects.filter(batch=batch, fund__isnull=False).values_list("fund_id", flat=True)
    return warnings(batch.region, batch.fiscal_year, set(touched.distinct()))


def warnings(region: Region, fiscal_year: int, funds: set[int] | None = None) -> list[str]:
    """Funds spent above their 全年预算, without any, or below zero, in Chinese (reference §8.4)."""
    found = Fund.objects.filter(region=region)
    if funds is not None:
        found = found.filter(pk__in=funds)
    rows = list(found.order_by("code"))
    spent = executed.of_funds(region, fiscal_year, date(fiscal_year, 12, 31), rows)
    planned = budget.of_funds(region, fiscal_year, rows)
    told = []
    for fund in rows:
        total, revised = spent[fund.pk].total, planned[fund.pk].revised
        if isinstance(total, Missing):
            continue
        name = f"{fund.code}“{fund.name}”"
        if total < 0:
            told.append(f"{name}：执行数为负（{total:,.2f} 元），退回多于支付，请与国库核对")
        elif isinstance(revised, Missing):
            if total:
                told.append(f"{name}：已支付 {total:,.2f} 元，但没有 {fiscal_year} 年预算，请补导预算指标")
        elif total > revised:
            over = total - revised
            told.append(
                f"{name}：执行数 {total:,.2f} 元超出全年预算 {revised:,.2f} 元，"
                f"多 {over:,.2f} 元，请核对调整指标"
            )
    return told[:MOST_WARNINGS]
