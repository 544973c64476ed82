"""Payments pulled from the payment system's files (reference §8.3, §8.4) into the append-only ledger.

Rows become entries under a staged batch, in short transactions; publishing flips the batch. A row that is in
the books already is skipped; one whose voucher is there with other content takes the old entry back by a
correction and adds the new one. Nothing is ever changed or guessed: a row that names no unit or project of
the region is reported and stays out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from jiheng.documents.tables import Column, ColumnKind, Row
from jiheng.ledger import reconcile
from jiheng.ledger.models import Entry, EntryKind
from jiheng.projects.imports import FUND_TYPE_OF, Known, fund_type_of, wrong_year, year_of
from jiheng.sheets import plain
from jiheng.units.imports import Checked, ImportKind, Progress, Published, Wrong
from jiheng.units.models import Batch, BatchState, Person

CHUNK = 2000
KIND_OF = {str(kind.label): kind for kind in EntryKind if kind is not EntryKind.CORRECTION}
VOID_WORDS = {"是": True, "否": False, "1": True, "2": False}  # is_deleted: 1 是, 2 否

COLUMNS = (
    Column(
        "fiscal_year",
        "预算年度",
        ColumnKind.WHOLE,
        help="可空；填写时应与所选年度一致",
        aliases=("fiscal_year",),
    ),
    Column("voucher", "支付凭证号", required=True, width=24, aliases=("pay_cert_no", "凭证号")),
    Column("dated", "支付日期", ColumnKind.DATE, required=True, aliases=("xpay_date", "实际支付日期")),
    Column("unit", "单位代码", ColumnKind.CODE, required=True, aliases=("agency_code", "预算单位代码")),
    Column("project", "项目代码", ColumnKind.CODE, help="基本支出留空", width=26, aliases=("pro_code",)),
    Column(
        "amount", "金额", ColumnKind.YUAN, required=True, aliases=("xpay_amt", "实际支付金额", "支付金额")
    ),
    Column(
        "kind", "种类", ColumnKind.CHOICE, choices=tuple(KIND_OF), help="可空，空为支付；退回可写正数或负数"
    ),
    Column(
        "fund_type",
        "资金性质",
        ColumnKind.CHOICE,
        choices=tuple(FUND_TYPE_OF),
        help="可空，空为一般公共预算",
        aliases=("fund_type_code",),
    ),
    Column("function_code", "支出功能分类", ColumnKind.CODE, aliases=("exp_func_code",)),
    Column("economic_code", "部门经济分类", ColumnKind.CODE, aliases=("dep_bgt_eco_code",)),
    Column("payee", "收款人", width=28, aliases=("payee_acct_name",)),
    Column("summary", "摘要", width=36, aliases=("abstract", "use_des")),
    Column(
        "is_void",
        "是否作废",
        ColumnKind.CHOICE,
        choices=tuple(VOID_WORDS),
        help="可空；作废的凭证如已入账将冲回",
        aliases=("is_deleted",),
    ),
)

Key = tuple[str, str, str]  # kind, voucher, project code (or unit code for 基本支出)


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry that counts now, as far as a new row has to know it."""

    pk: int
    row_hash: str


# ── checking ──────────────────────────────────────────────────────────────────────────────────────────


def check(batch: Batch, rows: Sequence[Row]) -> Checked:
    """Codes known, dates in the year, signs as the kind has them, each voucher once a project."""
    known = Known.of(batch.region)
    wrong: list[Wrong] = []
    notes: list[str] = []
    first: dict[Key, Row] = {}
    for row in rows:
        values = row.values
        wrong += known.lost(row) + wrong_year(row, batch) + _wrong_values(row, batch)
        above = first.setdefault(_key(row), row)
        if above is not row:
            wrong.append(
                Wrong(row, "voucher", f"同一凭证号、同一项目已在第 {above.number} 行，请核对后合并为一行")
            )
        project = known.projects.get(values["project"] or "")
        unit = known.units.get(values["unit"])
        if project and unit and unit.pk not in (project.unit_id, project.fund.unit_id) and len(notes) < 50:
            notes.append(f"第 {row.number} 行：项目“{project.name}”不是“{unit.name}”的项目，请核对")
    return Checked(wrong, notes)


def _wrong_values(row: Row, batch: Batch) -> list[Wrong]:
    values, wrong = row.values, []
    kind = _kind(row)
    if values["dated"].year != batch.fiscal_year:
        wrong.append(Wrong(row, "dated", f"不在所选的 {batch.fiscal_year} 预算年度内，请核对"))
    if values["amount"] < 0 and kind is not EntryKind.REFUND:
        wrong.append(Wrong(row, "amount", f"{kind.label}金额不能为负；退回的款项请把种类写为“退回”"))
    for column, most in (("voucher", 60), ("function_code", 7), ("economic_code", 5)):
        if len(values[column] or "") > most:
            wrong.append(Wrong(row, column, f"超过 {most} 位，请核对"))
    return wrong


def _kind(row: Row) -> EntryKind:
    return KIND_OF[row.values["kind"]] if row.values["kind"] else EntryKind.PAYMENT


def _key(row: Row) -> Key:
    values = row.values
    return (_kind(row).value, values["voucher"], values["project"] or f"单位{values['unit']}")


def _amount(row: Row) -> Decimal:
    """Upstream writes refunds as positive amounts; here what comes back is negative."""
    amount: Decimal = row.values["amount"]
    return -abs(amount) if _kind(row) is EntryKind.REFUND else amount


def _hash(batch: Batch, row: Row) -> str:
    """The row's content, whatever file and line it stands in."""
    values = row.values
    parts = (
        *_key(row),
        str(batch.fiscal_year),
        values["unit"],
        values["dated"].isoformat(),
        plain(_amount(row)),
        fund_type_of(row),
        *(values[name] or "" for name in ("function_code", "economic_code", "payee", "summary")),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


# ── staging ───────────────────────────────────────────────────────────────────────────────────────────


def write(batch: Batch, rows: Sequence[Row], progress: Progress) -> dict[str, Any]:
    """Writes what the rows add to the books, a chunk a transaction; returns the reconciliation."""
    mark, known, standing = _mark(batch), Known.of(batch.region), _standing(batch)
    counts = {"新增": 0, "更正": 0, "作废冲回": 0, "已有": 0}
    for start in range(0, len(rows), CHUNK):
        fresh: list[Entry] = []
        outdated: dict[int, int] = {}  # entry to take back → row that says so
        for row in rows[start : start + CHUNK]:
            before, row_hash = standing.get(_key(row)), _hash(batch, row)
            is_void = VOID_WORDS.get(row.values["is_void"] or "", False)
            if before is not None and (is_void or before.row_hash != row_hash):
                outdated[before.pk] = row.number
            is_new = not is_void and (before is None or before.row_hash != row_hash)
            if is_new:
                fresh.append(_entry(batch, row, row_hash, known))
            counts[_word(is_new, is_outdated=before is not None and before.pk in outdated)] += 1
        with transaction.atomic():
            Entry.objects.bulk_create([*_taken_back(batch, outdated), *fresh])
        done = min(start + CHUNK, len(rows))
        progress(done, len(rows), f"已写入 {done} 行，共 {len(rows)} 行")
    return {"mark": mark, "counts": counts, **reconcile.of_rows(_told(rows, known))}


def _word(is_new: bool, *, is_outdated: bool) -> str:  # noqa: FBT001
    if is_new:
        return "更正" if is_outdated else "新增"
    return "作废冲回" if is_outdated else "已有"


def _standing(batch: Batch) -> dict[Key, Standing]:
    """The entries of the year that count: published, and taken back by no published correction."""
    published = Entry.objects.filter(
        region=batch.region_id, fiscal_year=year_of(batch), batch__state=BatchState.PUBLISHED
    )
    corrections = published.filter(kind=EntryKind.CORRECTION, corrects__isnull=False)
    gone = set(corrections.values_list("corrects_id", flat=True))
    rows = published.exclude(kind=EntryKind.CORRECTION).values_list(
        "pk", "row_hash", "kind", "voucher", "project__code", "unit__code"
    )
    return {
        (kind, voucher, project or f"单位{unit}"): Standing(pk, row_hash)
        for pk, row_hash, kind, voucher, project, unit in rows.iterator(chunk_size=5000)
        if pk not in gone
    }


def _entry(batch: Batch, row: Row, row_hash: str, known: Known) -> Entry:
    values = row.values
    return Entry(
        region=batch.region,
        fiscal_year=year_of(batch),
        unit=known.units[values["unit"]],
        fund=known.fund_of(row),
        project=known.projects.get(values["project"] or ""),
        kind=_kind(row),
        dated=values["dated"],
        amount=_amount(row),
        fund_type=fund_type_of(row),
        function_code=values["function_code"] or "",
        economic_code=values["economic_code"] or "",
        voucher=values["voucher"],
        payee=(values["payee"] or "")[:120],
        summary=(values["summary"] or "")[:240],
        batch=batch,
        row=row.number,
        row_hash=row_hash,
    )


def _taken_back(batch: Batch, outdated: dict[int, int]) -> Iterator[Entry]:
    """Corrections of entries, dated as these were, so that a sum until any day is that of the last state."""
    for before in Entry.objects.filter(pk__in=outdated):
        yield Entry(
            region=batch.region,
            fiscal_year=before.fiscal_year,
            unit_id=before.unit_id,
            fund_id=before.fund_id,
            project_id=before.project_id,
            kind=EntryKind.CORRECTION,
            dated=before.dated,
            amount=-before.amount,
            fund_type=before.fund_type,
            function_code=before.function_code,
            economic_code=before.economic_code,
            voucher=before.voucher,
            payee=before.payee,
            summary=f"冲回：{before.summary}"[:240],
            batch=batch,
            row=outdated[before.pk],
            row_hash=hashlib.sha256(f"correction of {before.pk}".encode()).hexdigest(),
            corrects=before,
        )


def _told(rows: Sequence[Row], known: Known) -> Iterator[tuple[str, Decimal]]:
    """What the file says, by fund: the side of the reconciliation that does not come from the books."""
    for row in rows:
        if not VOID_WORDS.get(row.values["is_void"] or "", False):
            fund = known.fund_of(row)
            yield (fund.name if fund else "基本支出"), _amount(row)


def clear(batch: Batch) -> None:
    """Removes what a batch that will never be published has written, a chunk a transaction."""
    while True:
        found = list(Entry.objects.filter(batch=batch).values_list("pk", flat=True)[:CHUNK])
        if not found:
            return
        with transaction.atomic():
            # the batch was never published, so nothing corrects its entries
            entries = Entry.objects.filter(pk__in=found, batch__state=BatchState.DISCARDED)
            if not entries._raw_delete(entries.db):
                return


# ── publishing ────────────────────────────────────────────────────────────────────────────────────────


def publish(person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """Refused if another pull came between: the comparison is stale then. The caller flips the batch."""
    if batch.preview["mark"] != _mark(batch):
        raise ValidationError("预览之后又有别的支付文件入库，请重新上传本文件以重新比对")
    return Published(batch.preview["counts"])


def _mark(batch: Batch) -> int:
    """How many pulls of the year were published: batches are never taken out again."""
    return Batch.objects.filter(
        region=batch.region_id, kind=batch.kind, fiscal_year=batch.fiscal_year, state=BatchState.PUBLISHED
    ).count()


PAYMENTS = ImportKind(
    name="payments",
    title="支付",
    action="import_payments",
    columns=COLUMNS,
    check=check,
    publish=publish,
    write=write,
    clear=clear,
    after=reconcile.of_batch,
    has_year=True,
    examples=(
        {
            "voucher": "ZF202403120001",
            "dated": date(2024, 3, 12),
            "unit": "105002",
            "project": "43029924T000000000001",
            "amount": Decimal("6000000.00"),
            "kind": "支付",
            "payee": "天衡市恒信建筑工程有限公司",
        },
    ),
)
