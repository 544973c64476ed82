"""Bulk import: a file is kept, read and checked into a batch with a preview; publishing it is a second step.

What is imported stands with its room (`units.rosters`, `projects.imports`, `ledger.pull`) as an `ImportKind`;
`settings.IMPORTS` names them all. The same file twice changes nothing. A file with bad cells imports nothing,
or only its good rows when that is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from jiheng.documents import arrival, mapped, mapping, tables
from jiheng.documents.archive import DocumentError
from jiheng.documents.tables import BadCell, Column, ColumnKind, Row, TableRead
from jiheng.figures import rounded
from jiheng.sheets import plain
from jiheng.units import jobs, log
from jiheng.units.access import region_of, require
from jiheng.units.kinds import (
    Checked,
    ImportKind,
    Progress,
    Published,
    Wrong,
    columns_of,
    kind,
    kinds,
    kinds_for,
)
from jiheng.units.models import Batch, BatchState, Job, Person, Region, Upload
from jiheng.units.receiving import receive, receive_mapped

__all__ = [
    "Checked",
    "ImportKind",
    "Progress",
    "Published",
    "Wrong",
    "ask_publish",
    "ask_stage",
    "ask_stage_kept",
    "batch_for",
    "batches_for",
    "columns_of",
    "discard",
    "in_words",
    "kind",
    "kinds",
    "kinds_for",
    "publish",
    "receive",
    "receive_mapped",
    "repeated",
    "stage",
    "take_output",
    "template",
]

SHOWN_BAD = 500
SHOWN_NOTES = 200
SHOWN_ROWS = 20


def template(person: Person, name: str) -> bytes:
    """The blank workbook of a kind. Raises PermissionDenied."""
    found = kind(name)
    require(person, found.action)
    return tables.template(found.columns, f"{found.title}导入模板", found.examples)


def batches_for(person: Person) -> QuerySet[Batch]:
    """The region's batches of the kinds that this person may import, newest first."""
    names = [found.name for found in kinds_for(person)]
    batches = Batch.objects.filter(region_id=person.region_id or "", kind__in=names)
    return batches.select_related("upload", "person").order_by("-at", "-pk")


def batch_for(person: Person, pk: int) -> Batch:
    """Raises Http404 for strangers and for who may not import this kind."""
    batch = batches_for(person).filter(pk=pk).first()
    if batch is None:
        raise Http404("没有找到这个导入批次，或您无权查看")
    return batch


# ── in two steps ──────────────────────────────────────────────────────────────────────────────────────


def stage(
    person: Person,
    name: str,
    upload: Upload,
    fiscal_year: int | None = None,
    progress: Progress = lambda done, total, words: None,
) -> Batch:
    """Reads and checks a kept file into a batch with its preview; what was staged of it before is discarded.

    A file that was already published comes back as that published batch: nothing is done again.
    Raises PermissionDenied, Http404 (another region's file), ValidationError (no year; no such table).
    """
    found, region = kind(name), region_of(person)
    require(person, found.action)
    if upload.region_code != region.pk:
        raise Http404("没有找到这个文件，或您无权使用")
    if found.has_year and not (fiscal_year and 2000 <= fiscal_year <= 2100):
        raise ValidationError({"fiscal_year": "请选择这份文件所属的预算年度"})
    fiscal_year = fiscal_year if found.has_year else None
    same = Batch.objects.filter(region=region, kind=name, sha256=upload.sha256, fiscal_year=fiscal_year)
    same = same.select_related("upload")
    for earlier in same.filter(state=BatchState.PUBLISHED).order_by("-pk"):
        if not earlier.preview.get("left_out") and _mapping_of(earlier) == upload.mapping:
            return earlier
    for leftover in same.filter(state=BatchState.STAGED):
        _drop(found, leftover)
    batch = Batch.objects.create(
        region=region,
        kind=name,
        fiscal_year=fiscal_year,
        upload=upload,
        sha256=upload.sha256,
        person=person,
        at=timezone.now(),
        preview={"ready": False},
    )
    progress(0, 0, f"正在读取“{upload.name}”")
    try:
        batch.preview, batch.rows = _staged(found, batch, upload, progress)
    except BaseException:
        _drop(found, batch)
        raise
    preview = batch.preview
    if not Batch.objects.filter(pk=batch.pk, state=BatchState.STAGED).update(
        preview=preview, rows=batch.rows
    ):
        _drop(found, batch)
        raise ValidationError("同一文件刚刚又上传了一次，本次读取已放弃，请看最新的批次")
    return batch


def _mapping_of(batch: Batch) -> str:
    return batch.upload.mapping if batch.upload else ""


def _staged(
    found: ImportKind, batch: Batch, upload: Upload, progress: Progress
) -> tuple[dict[str, Any], int]:
    """The preview and the number of rows; a ledger's rows are in its tables then, or in files of its own."""
    if upload.mapping and found.stack is not None and found.is_large is not None:
        path = Path(upload.file.path)
        count = arrival.count_of(path)
        if found.is_large(batch, count):
            return found.stack(batch, path, progress), count
    read = _read(found, upload)
    rows, preview = _checked(found, batch, read)
    if found.write is not None:
        preview |= found.write(batch, rows, progress)
    return preview, read.row_count


def publish(person: Person, pk: int, *, good_rows_only: bool = False) -> tuple[Batch, Published]:
    """Takes a staged batch into the books, in one short transaction. Publishing it again changes nothing.

    Raises Http404 for strangers, PermissionDenied, ValidationError when rows are bad and were not waived,
    or when the batch was discarded.
    """
    batch = batch_for(person, pk)
    found = kind(batch.kind)
    require(person, found.action)
    read = _read(found, batch.upload) if found.write is None and batch.upload is not None else None
    if read is not None and found.prepare is not None:
        found.prepare(read.rows)
    with transaction.atomic():
        # the region's row keeps two imports apart, whatever they import
        Region.objects.select_for_update().get(pk=batch.region_id)
        batch = Batch.objects.select_for_update().get(pk=pk)
        if batch.state == BatchState.PUBLISHED:
            return batch, Published()
        if batch.state != BatchState.STAGED or not batch.preview.get("ready"):
            raise ValidationError("这个批次已放弃或尚未读完，请重新上传文件")
        rows: Sequence[Row] = ()
        batch.person = person
        if read is not None:  # the database may have changed since the preview
            rows, batch.preview = _checked(found, batch, read)
        bad = batch.preview["bad_count"]
        if bad and not good_rows_only:
            raise ValidationError(
                f"文件中有 {bad} 处错误，未导入任何数据：请按清单修改后重新上传，或选择“只导入无误的行”"
            )
        if not batch.preview["good"]:
            raise ValidationError("没有一行可以导入，请按清单修改后重新上传")
        done = found.publish(person, batch, rows)
        now = timezone.now()
        batch.state, batch.published_at = BatchState.PUBLISHED, now
        left_out = batch.rows - batch.preview["good"]
        batch.preview |= {"counts": dict(done.counts), "left_out": left_out, "after": list(done.notes)}
        batch.save(update_fields=["state", "published_at", "preview", "person"])
        file_name = batch.upload.name if batch.upload else ""
        after = {"文件": file_name, "未导入行数": left_out, **done.counts}
        log.record(person, f"导入{found.title}", batch, after=after)
    if found.after is not None:
        batch.preview["after"] = [*done.notes, *found.after(batch)]
        batch.save(update_fields=["preview"])
    return batch, done


def discard(person: Person, pk: int) -> Batch:
    """Lets a staged batch go; the file is kept. Raises Http404, ValidationError for one already published."""
    batch = batch_for(person, pk)
    found = kind(batch.kind)
    require(person, found.action)
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=pk)
        if batch.state == BatchState.PUBLISHED:
            raise ValidationError("这个批次已入库，不能放弃；如有错误请导入更正后的文件")
        if batch.state == BatchState.STAGED:
            log.record(person, f"放弃导入{found.title}", batch)
            batch.state = BatchState.DISCARDED
            batch.save(update_fields=["state"])
    if found.clear is not None:
        found.clear(batch)
    return batch


def _drop(found: ImportKind, leftover: Batch) -> None:
    Batch.objects.filter(pk=leftover.pk).update(state=BatchState.DISCARDED)
    if found.clear is not None:
        found.clear(leftover)


def _read(found: ImportKind, upload: Upload | None) -> TableRead:
    if upload is None:
        raise ValidationError("这个批次没有文件，请重新上传")
    if upload.mapping:
        wanted = mapping.load(upload.mapping)
        return mapped.table(Path(upload.file.path), upload.name, columns_of(found), wanted)
    with upload.file.open("rb") as file:
        data = file.read()
    try:
        return tables.read(data, upload.name, found.columns)
    except DocumentError as error:
        raise ValidationError(str(error)) from error


def _checked(found: ImportKind, batch: Batch, read: TableRead) -> tuple[list[Row], dict[str, Any]]:
    """The good rows, and the preview of all."""
    checked = found.check(batch, read.rows)
    spoiled = {wrong.row.number for wrong in checked.wrong}
    good = [row for row in read.rows if row.number not in spoiled]
    if found.keep is not None:
        found.keep(batch, read.bad, checked.wrong)
    bad = [*read.bad, *as_cells(found, checked.wrong, read.letters)]
    preview = preview_of(found, good[:SHOWN_ROWS], bad, read.letters) | {
        "good": len(good),
        "bad_count": max(read.bad_count, len(read.bad)) + len(checked.wrong),
        "notes": [*read.notes, *checked.notes][:SHOWN_NOTES],
    }
    return good, preview


def as_cells(found: ImportKind, wrongs: Sequence[Wrong], letters: Mapping[str, str]) -> list[BadCell]:
    """What a check found, as the list of bad cells has it."""
    titles = {column.name: column.title for column in columns_of(found)}
    return [
        BadCell(
            wrong.row.number,
            titles[wrong.column],
            letters.get(wrong.column, ""),
            _shown(wrong.row.values.get(wrong.column)),
            wrong.reason,
        )
        for wrong in wrongs
    ]


def _shown(value: Any) -> str:
    return "" if value is None else (plain(value) if isinstance(value, Decimal) else str(value))[:60]


def preview_of(
    found: ImportKind, sample: Sequence[Row], bad: Sequence[BadCell], letters: Mapping[str, str]
) -> dict[str, Any]:
    """What the page shows of a staged batch, apart from its counts."""
    shown = [*found.columns, *(column for column in found.mapped if column.name in letters)]
    return {
        "ready": True,
        "bad": [
            {"row": cell.row, "column": cell.column, "letter": cell.letter}
            | {"value": cell.value, "reason": cell.reason}
            for cell in sorted(bad, key=lambda cell: (cell.row, cell.letter))[:SHOWN_BAD]
        ],
        "columns": [column.heading for column in shown],
        "sample": [[in_cell(row.values[column.name], column) for column in shown] for row in sample],
    }


def in_cell(value: Any, column: Column) -> str:
    """A cell of the preview; amounts as the page's sums have them, sealed numbers by their mask."""
    if column.is_personal and value:
        return str(value).partition(":")[2]
    if isinstance(value, Decimal) and column.kind == ColumnKind.YUAN:
        return f"{rounded(value, 2):,f}"
    return "" if value is None else str(value)


def repeated(rows: Sequence[Row], column: str, words: str) -> list[Wrong]:
    """The rows whose value in a column stands in the file more than once, each named with the others."""
    times = Counter(row.values[column] for row in rows if row.values[column] is not None)
    first: dict[Any, int] = {}
    wrong = []
    for row in rows:
        value = row.values[column]
        if value is not None and times[value] > 1:
            if value in first:
                wrong.append(Wrong(row, column, f"{words}与第 {first[value]} 行重复，请核对后只留一行"))
            first.setdefault(value, row.number)
    return wrong


# ── as jobs ───────────────────────────────────────────────────────────────────────────────────────────


def ask_stage(person: Person, name: str, file_name: str, data: bytes, fiscal_year: int | None = None) -> Job:
    """Keeps the file and leaves the rest to the worker; the job's result names the batch."""
    return ask_stage_kept(person, name, receive(person, name, file_name, data), fiscal_year)


def ask_stage_kept(person: Person, name: str, upload: Upload, fiscal_year: int | None = None) -> Job:
    """The same for a file that arrived already, by `receive` or `receive_mapped`."""
    return jobs.enqueue("stage_import", person, import_kind=name, upload=upload.pk, fiscal_year=fiscal_year)


def ask_publish(person: Person, pk: int, *, good_rows_only: bool = False) -> Job:
    """Leaves publishing to the worker. Raises Http404 for strangers."""
    batch = batch_for(person, pk)
    return jobs.enqueue("publish_import", person, batch=batch.pk, good_rows_only=good_rows_only)


def stage_job(job: Job) -> dict[str, Any]:
    """The worker's side of `ask_stage`."""
    person, params = _asker(job), job.params
    upload = Upload.objects.get(pk=params["upload"])

    def tell(done: int, total: int, words: str) -> None:
        jobs.progress(job, done, total, words)

    try:
        batch = stage(person, params["import_kind"], upload, params.get("fiscal_year"), tell)
    except ValidationError as error:
        raise jobs.JobError("；".join(error.messages)) from error
    return {"batch": batch.pk, "is_repeat": batch.state == BatchState.PUBLISHED, "message": in_words(batch)}


def publish_job(job: Job) -> dict[str, Any]:
    """The worker's side of `ask_publish`; a file to be given out once becomes the job's output."""
    person, params = _asker(job), job.params
    try:
        batch, done = publish(person, params["batch"], good_rows_only=params.get("good_rows_only", False))
    except ValidationError as error:
        raise jobs.JobError("；".join(error.messages)) from error
    if done.download:
        job.output.save(f"{job.pk}-{done.download_name}", ContentFile(done.download), save=False)
    return {"batch": batch.pk, "message": in_words(batch), "download_name": done.download_name}


def take_output(person: Person, job_pk: int) -> tuple[str, bytes]:
    """The file that a publishing job gives out once: its name and content, deleted as it is handed over.
    Raises Http404 for anybody but the person who asked for the job, and the second time."""
    with transaction.atomic():
        mine = Job.objects.select_for_update().filter(pk=job_pk, person=person, kind="publish_import")
        job = mine.first()
        if job is None or not job.output:
            raise Http404("文件已领取，或不是由您导入；初始密码如有遗失请逐个重置")
        with job.output.open("rb") as file:
            data: bytes = file.read()
        stored = job.output.name or ""
        log.record(person, "领取初始密码", job)
        storage = job.output.storage
        job.output = ""
        job.save(update_fields=["output"])
        transaction.on_commit(lambda: storage.delete(stored))
    return job.result.get("download_name") or "结果.xlsx", data


def in_words(batch: Batch) -> str:
    """How a batch stands, in one sentence."""
    title = kind(batch.kind).title
    if batch.state == BatchState.DISCARDED:
        return f"{title}：已放弃"
    preview = batch.preview
    if batch.state == BatchState.PUBLISHED and batch.published_at is not None:
        at = timezone.localtime(batch.published_at).strftime("%Y年%m月%d日 %H:%M")
        counts = "，".join(f"{words} {number} 行" for words, number in preview.get("counts", {}).items())
        left_out = preview.get("left_out", 0)
        rest = f"；{left_out} 行有误未导入" if left_out else ""
        return (
            f"这份{title}文件已于 {at} 入库（{counts or '没有变化'}{rest}），同一文件再次导入不会改变任何数据"
        )
    if preview.get("bad_count"):
        return f"{title}：{preview['good']} 行无误，另有 {preview['bad_count']} 处错误，尚未入库"
    return f"{title}：{preview.get('good', 0)} 行全部无误，尚未入库"


def _asker(job: Job) -> Person:
    if job.person is None:
        raise jobs.JobError("任务没有发起人，不能导入，请重新上传")
    return Person.objects.get(pk=job.person.pk)
