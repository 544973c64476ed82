"""Imports in pages: upload, progress, preview with each bad cell, publish, discard; and the list of jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.cast import Cast

from jiheng.ledger.models import Entry
from jiheng.units import jobs
from jiheng.units.models import Batch, BatchState, Job, LogEntry, Person

Clients = Callable[[Person], Client]

HEAD = "支付凭证号,支付日期,单位代码,项目代码,金额\n"
GOOD = "ZF900,2024-09-02,105002,43029924T105002001001,1200000.00\n"
BAD = "ZF901,2024-09-03,105002,43029924T105002001001,一百万\n"


def file(text: str, name: str = "支付9月.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def paid(voucher: str) -> bool:
    """Whether the books know it: what is only staged does not count."""
    return Entry.objects.filter(voucher=voucher, batch__state=BatchState.PUBLISHED).exists()


def sent(client: Client, text: str) -> Batch:
    """Uploads and lets the worker read it; the batch."""
    data = {"fiscal_year": 2024, "file": file(text)}
    answer = client.post(reverse("import_upload", args=["payments"]), data)
    assert answer.status_code == 302
    assert jobs.work_once()
    job = Job.objects.latest("pk")
    assert answer["Location"] == reverse("job", args=[job.pk])
    assert job.state == "done", job.message
    return Batch.objects.get(pk=job.result["batch"])


def test_a_good_file_is_previewed_then_published(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.treasury)
    batch = sent(client, HEAD + GOOD)
    page = client.get(reverse("import_batch", args=[batch.pk])).content.decode()
    assert "全部入库" in page
    assert "ZF900" in page
    assert page.count("1,200,000.00") == 3, "in the row, in its fund and in the sum of the file"
    assert "金额（元）" in page
    assert client.post(reverse("import_publish", args=[batch.pk])).status_code == 302
    assert jobs.work_once()
    assert paid("ZF900")
    after = client.get(reverse("import_batch", args=[batch.pk])).content.decode()
    assert "已入库" in after
    assert LogEntry.objects.filter(action="导入支付").exists()


def test_a_bad_cell_is_named_and_only_good_rows_come_in_when_asked(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.treasury)
    batch = sent(client, HEAD + GOOD + BAD)
    page = client.get(reverse("import_batch", args=[batch.pk])).content.decode()
    assert "一百万" in page
    assert "全部入库" not in page
    assert "只导入无误的" in page
    bad = client.get(reverse("import_bad", args=[batch.pk]))
    assert b"".join(bad.streaming_content)[:2] == b"PK"
    client.post(reverse("import_publish", args=[batch.pk]))
    jobs.work_once()
    assert not paid("ZF900")  # without the waiver nothing comes in
    client.post(reverse("import_publish", args=[batch.pk]), {"good_rows_only": "1"})
    jobs.work_once()
    assert paid("ZF900")
    assert not paid("ZF901")


def test_the_same_file_twice_says_so(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.treasury)
    batch = sent(client, HEAD + GOOD)
    client.post(reverse("import_publish", args=[batch.pk]))
    jobs.work_once()
    assert sent(client, HEAD + GOOD).pk == batch.pk
    page = client.get(reverse("import_batch", args=[batch.pk])).content.decode()
    assert "同一文件再次导入不会改变任何数据" in page


def test_a_batch_can_be_let_go(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.treasury)
    batch = sent(client, HEAD + GOOD)
    assert client.post(reverse("import_discard", args=[batch.pk])).status_code == 302
    batch.refresh_from_db()
    assert batch.state == BatchState.DISCARDED
    assert not paid("ZF900")
    assert LogEntry.objects.filter(action="放弃导入支付").exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"fiscal_year": 2024}, "请选择要导入的文件"),
        ({"fiscal_year": 2024, "file": file("x", "说明.docx")}, "不是能读取的文件类型"),
        ({"fiscal_year": 2024, "file": file("")}, "文件是空的"),
        ({"file": file(HEAD + GOOD)}, "预算年度"),
    ],
)
def test_what_cannot_be_taken_is_said(
    cast: Cast, client_of: Clients, data: dict[str, Any], said: str
) -> None:
    answer = client_of(cast.treasury).post(reverse("import_upload", args=["payments"]), data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Job.objects.exists()


def test_a_file_over_the_limit_is_refused(cast: Cast, client_of: Clients, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    data = {"fiscal_year": 2024, "file": file(HEAD + GOOD)}
    answer = client_of(cast.treasury).post(reverse("import_upload", args=["payments"]), data)
    assert answer.status_code == 422
    assert "上限" in answer.content.decode()


def test_a_job_is_left_and_come_back_to(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.treasury)
    client.post(reverse("import_upload", args=["payments"]), {"fiscal_year": 2024, "file": file(HEAD + GOOD)})
    job = Job.objects.get()
    part = client.get(reverse("job", args=[job.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "hx-get" in part  # it asks again
    assert jobs.work_once()
    done = client.get(reverse("job", args=[job.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in done
    assert reverse("import_batch", args=[Batch.objects.latest("pk").pk]) in done
    assert "读取导入文件：支付" in client.get(reverse("jobs")).content.decode()


def test_others_do_not_see_my_job_but_an_administrator_does(cast: Cast, client_of: Clients) -> None:
    Job.objects.create(kind="stage_import", person=cast.treasury)
    assert "读取导入文件" not in client_of(cast.performance).get(reverse("jobs"), {"all": 1}).content.decode()
    assert "读取导入文件" in client_of(cast.admin).get(reverse("jobs"), {"all": 1}).content.decode()


def test_a_file_without_the_columns_says_which(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.treasury)
    data = {"fiscal_year": 2024, "file": file("甲,乙\n1,2\n")}
    client.post(reverse("import_upload", args=["payments"]), data)
    assert jobs.work_once()
    job = Job.objects.get()
    page = client.get(reverse("job", args=[job.pk])).content.decode()
    shown = page
    if job.state == "done":
        shown = client.get(reverse("import_batch", args=[job.result["batch"]])).content.decode()
    assert "支付凭证号" in shown
    assert "全部入库" not in shown
