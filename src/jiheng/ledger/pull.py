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
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from jiheng.documents import mapping
from jiheng.documents.tables import Row
from jiheng.ledger import differences, payments, reconcile, stacks
from jiheng.ledger.models import Entry, EntryKind
from jiheng.ledger.payments import Key, amount_of, hash_of, key_of, kind_of, payee_of, sealed_of, summary_of
from jiheng.ledger.sifting import sift
from jiheng.projects import years
from jiheng.projects.imports import Known, fund_type_of, year_of
from jiheng.units.imports import SHOWN_NOTES, ImportKind, Progress, Published, as_cells, preview_of
from jiheng.units.models import Batch, BatchState, Person

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry that counts now, as far as a new row has to know it."""

    pk: int
    row_hash: str


# ── staging ───────────────────────────────────────────────────────────────────────────────────────────


def write(batch: Batch, rows: Sequence[Row], progress: Progress) -> dict[str, Any]:
    """Writes what the rows add to the books, a chunk a transaction; returns the reconciliation."""
    mark, known = _mark(batch), Known.of(batch.region)
    if stacks.is_large(batch, len(rows)):
        with stacks.opened() as con:
            stacks.load_rows(con, (_as_good(row) for row in rows))
            return {"mark": mark, **_stacked(con, batch, known)}
    standing = _standing(batch)
    counts = {"新增": 0, "更正": 0, "作废冲回": 0, "已有": 0}
    for start in range(0, len(rows), CHUNK):
        fresh: list[Entry] = []
        outdated: dict[int, int] = {}  # entry to take back → row that says so
        for row in rows[start : start + CHUNK]:
            before, row_hash = standing.get(key_of(row)), hash_of(batch, row)
            is_void = payments.is_void(row)
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
        kind=kind_of(row),
        dated=values["dated"],
        amount=amount_of(row),
        fund_type=fund_type_of(row),
        function_code=values["function_code"] or "",
        economic_code=values["economic_code"] or "",
        voucher=values["voucher"],
        payee=payee_of(row),
        payee_key=sealed_of(row)[0],
        payee_mask=sealed_of(row)[1],
        summary=summary_of(row),
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
            payee_key=before.payee_key,
            payee_mask=before.payee_mask,
            summary=f"冲回：{before.summary}"[:240],
            batch=batch,
            row=outdated[before.pk],
            row_hash=hashlib.sha256(f"correction of {before.pk}".encode()).hexdigest(),
            corrects=before,
        )


def _told(rows: Sequence[Row], known: Known) -> Iterator[tuple[str, Decimal]]:
    """What the file says, by fund: the side of the reconciliation that does not come from the books."""
    for row in rows:
        if not payments.is_void(row):
            fund = known.fund_of(row)
            yield (fund.name if fund else "基本支出"), amount_of(row)


def stack(batch: Batch, path: Path, progress: Progress) -> dict[str, Any]:
    """Stages an arrived file of any length: parted, compared with the books, written as Parquet and sums.
    Returns the preview."""
    if batch.upload is None:
        raise ValueError(f"batch {batch.pk} has no file")
    known, mark = Known.of(batch.region), _mark(batch)
    with stacks.opened() as con:
        progress(0, 3, "正在核对每一行")
        sifted = sift(con, batch, path, mapping.load(batch.upload.mapping), known)
        differences.keep(batch, sifted.bad, sifted.wrong)
        progress(1, 3, f"共 {sifted.rows} 行，正在与账上已有的比对并写入")
        told = _stacked(con, batch, known)
    progress(3, 3, f"已写入，共 {sifted.rows} 行")
    preview = preview_of(
        PAYMENTS,
        sifted.sample,
        [*sifted.bad, *as_cells(PAYMENTS, sifted.wrong, sifted.letters)],
        sifted.letters,
    )
    return {
        **preview,
        "good": sifted.good,
        "bad_count": sifted.bad_count,
        "notes": sifted.notes[:SHOWN_NOTES],
        "mark": mark,
        **told,
    }


def _stacked(con: Any, batch: Batch, known: Known) -> dict[str, Any]:
    """Writes table `good`; what the preview says of it."""
    written = stacks.write(con, batch, known)
    outdated = stacks.taken_back(con)
    numbers = list(outdated)
    for start in range(0, len(numbers), CHUNK):
        chunk = {pk: outdated[pk] for pk in numbers[start : start + CHUNK]}
        with transaction.atomic():
            Entry.objects.bulk_create(_taken_back(batch, chunk))
    total = sum((amount for _, _, amount in written.told), Decimal(0))
    by_fund = [[name, count, str(amount)] for name, count, amount in written.told]
    return {"counts": written.counts, "total": str(total), "by_fund": by_fund, "stacked": True}


def _as_good(row: Row) -> tuple[Any, ...]:
    """A checked row in the order of `stacks.GOOD`."""
    values = row.values
    return (
        row.number,
        kind_of(row).value,
        values["voucher"],
        values["dated"].isoformat(),
        values["unit"],
        values["project"] or "",
        format(amount_of(row), "f"),
        fund_type_of(row),
        values["function_code"] or "",
        values["economic_code"] or "",
        payee_of(row),
        summary_of(row),
        *sealed_of(row),
        payments.is_void(row),
    )


def clear(batch: Batch) -> None:
    """Removes what a batch that will never be published has written, a chunk a transaction."""
    stacks.remove(batch)
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
    if why := years.why_closed(batch.region_id, year_of(batch)):
        raise ValidationError(why)
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
    columns=payments.COLUMNS,
    check=payments.check,
    publish=publish,
    write=write,
    clear=clear,
    keep=differences.keep,
    after=differences.after,
    has_year=True,
    is_mappable=True,
    mapped=payments.PERSONAL_COLUMNS,
    is_large=stacks.is_large,
    stack=stack,
    examples=(payments.example(),),
)
