"""对账差异: what a pull could not settle by itself, kept one by one, so that each can be mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from jiheng.documents.tables import BadCell
from jiheng.ledger import executed, reconcile
from jiheng.ledger.models import Difference, DifferenceKind, Entry
from jiheng.projects import budget
from jiheng.projects.models import Fund, FundType
from jiheng.sheets import Missing, plain
from jiheng.units.imports import Wrong
from jiheng.units.models import Batch

MOST = 50_000
CHUNK = 5_000
_KIND_OF_COLUMN = {
    "unit": DifferenceKind.UNIT,
    "project": DifferenceKind.PROJECT,
    "fund": DifferenceKind.PROJECT,
    "voucher": DifferenceKind.VOUCHER,
    "fiscal_year": DifferenceKind.YEAR,
    "dated": DifferenceKind.YEAR,
}


@dataclass(frozen=True, slots=True)
class Group:
    """Differences of one kind about one code: how many rows, how much money."""

    kind: str
    label: str
    code: str
    name: str
    rows: int
    amount: Decimal | None
    words: str


def keep(batch: Batch, bad: Sequence[BadCell], wrong: Sequence[Wrong]) -> None:
    """Writes down what staging found wrong, up to a cap; what an earlier reading of the batch found goes."""
    Difference.objects.filter(batch=batch).delete()
    found = [_of_wrong(batch, one) for one in wrong[:MOST]]
    found += [
        Difference(
            batch=batch,
            kind=DifferenceKind.CELL,
            row=cell.row,
            code=cell.column[:60],
            name=cell.value[:160],
            words=cell.reason[:400],
        )
        for cell in bad[: MOST - len(found)]
    ]
    Difference.objects.bulk_create(found, batch_size=CHUNK)


def _of_wrong(batch: Batch, one: Wrong) -> Difference:
    values, value = one.row.values, one.row.values.get(one.column)
    kind = _KIND_OF_COLUMN.get(one.column, DifferenceKind.CELL)
    if one.column == "voucher" and "超过" in one.reason:
        kind = DifferenceKind.CELL
    return Difference(
        batch=batch,
        kind=kind,
        row=one.row.number,
        code="" if value is None else (plain(value) if isinstance(value, Decimal) else str(value))[:60],
        name=(values.get("summary") or values.get("payee") or "")[:160],
        amount=values.get("amount"),
        words=one.reason[:400],
    )


def after(batch: Batch) -> list[str]:
    """Adds what a published batch leaves to be settled with its funds' budgets; in sentences for the page."""
    told = reconcile.of_batch(batch)
    Difference.objects.filter(batch=batch, row=0).delete()
    Difference.objects.bulk_create(_of_funds(batch))
    return told


def _of_funds(batch: Batch) -> list[Difference]:
    if batch.fiscal_year is None:
        return []
    touched = (
        Entry.objects.filter(batch=batch, fund__isnull=False).values_list("fund_id", flat=True).distinct()
    )
    funds = list(Fund.objects.filter(pk__in=set(touched)).order_by("code"))
    spent = executed.of_funds(batch.region, batch.fiscal_year, date(batch.fiscal_year, 12, 31), funds)
    planned = budget.of_funds(batch.region, batch.fiscal_year, funds)
    found: list[Difference] = []
    for fund in funds:
        total, plan = spent[fund.pk].total, planned[fund.pk]
        if isinstance(total, Missing):
            continue
        one = _of_fund(total, plan.revised)
        if one is not None:
            kind, amount, words = one
            found.append(_about(batch, fund, kind, amount, words))
        elif not isinstance(plan.revised, Missing):
            found += _of_types(batch, fund, spent[fund.pk].by_type, plan)
    return found


def _of_fund(total: Decimal, revised: Decimal | Missing) -> tuple[DifferenceKind, Decimal, str] | None:
    if total < 0:
        return DifferenceKind.REFUND, total, f"退回比支付多 {-total:,.2f} 元，请与国库核对"
    if isinstance(revised, Missing):
        return (DifferenceKind.UNPLANNED, total, "已有支付而没有预算，请补取预算指标") if total else None
    if total > revised:
        over = total - revised
        return (
            DifferenceKind.OVER,
            over,
            f"支付 {total:,.2f} 元，全年预算 {revised:,.2f} 元，余额 −{over:,.2f} 元，请核对调整指标",
        )
    return None


def _of_types(batch: Batch, fund: Fund, by_type: Any, plan: budget.Budget) -> list[Difference]:
    """The fund is within its budget, yet one 资金性质 of it is not: paid from the wrong money."""
    found = []
    for code, amount in sorted(by_type.items()):
        decided = plan.by_type[code].revised if code in plan.by_type else Decimal(0)
        if not isinstance(decided, Missing) and amount > decided:
            label = FundType(code).label if code in FundType.values else code
            words = (
                f"{label}支付 {amount:,.2f} 元，该性质的预算 {decided:,.2f} 元，"
                f"余额 −{amount - decided:,.2f} 元，请核对资金性质"
            )
            found.append(_about(batch, fund, DifferenceKind.NEGATIVE, amount - decided, words))
    return found


def _about(batch: Batch, fund: Fund, kind: DifferenceKind, amount: Decimal, words: str) -> Difference:
    return Difference(
        batch=batch, kind=kind, code=fund.code, name=fund.name[:160], amount=amount, words=words[:400]
    )


def of_batch(batch: Batch, kind: str = "", code: str = "") -> QuerySet[Difference]:
    """The differences of a batch, of one kind or about one code."""
    found = Difference.objects.filter(batch=batch)
    if kind:
        found = found.filter(kind=kind)
    return found.filter(code=code) if code else found


def groups(batch: Batch) -> list[Group]:
    """By kind and code, the most rows first: 37 rows that name one unknown project are one thing to mend."""
    found = Difference.objects.filter(batch=batch).order_by()
    sums = found.values_list("kind", "code").annotate(Count("pk"), Sum("amount"))
    some = {(one.kind, one.code): one for one in found[:MOST]}
    order = {kind: place for place, kind in enumerate(DifferenceKind.values)}
    listed = [
        Group(
            kind,
            DifferenceKind(kind).label,
            code,
            some[kind, code].name if kind not in ("cell",) and some[kind, code].row == 0 else "",
            count,
            amount,
            some[kind, code].words,
        )
        for kind, code, count, amount in sums
        if (kind, code) in some
    ]
    return sorted(listed, key=lambda one: (order[one.kind], -one.rows, one.code))
