"""Forms as workbooks in pages: out, back in cell by cell, a zip of many, next year's blank."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.web import filed

from jiheng.documents import forms as official
from jiheng.filings.models import Filing, Template
from jiheng.goals import workflow
from jiheng.sheets import Form, ProjectGoalSheet
from jiheng.units import jobs
from jiheng.units.models import Job, JobState, LogEntry, Person

Clients = Callable[[Person], Client]


def taken_out(client: Client, filing: Filing) -> bytes:
    return client.get(reverse("filing_excel", args=[filing.pk])).content


def edited(data: bytes, **changes: str) -> bytes:
    """The workbook with some cells' whole text replaced, as a person would in Excel."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value in changes:
                    cell.value = changes[cell.value]
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sent_back(client: Client, filing: Filing, data: bytes, name: str = "填好.xlsx") -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post(reverse("filing_upload", args=[filing.pk]), {"file": file})


def lines(filing: Filing) -> list[str]:
    sheet = Filing.objects.get(pk=filing.pk).as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    return [line.name for line in sheet.indicators]


def test_what_goes_out_comes_back_unchanged(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    answer = sent_back(client, filing, taken_out(client, filing))
    assert "没有不同" in client.get(answer["Location"]).content.decode()
    assert LogEntry.objects.filter(action="上传文件").exists()


def test_a_cell_changed_on_both_sides_is_chosen(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    data = edited(taken_out(client, filing), 张填="王校长", 新增学位数量="新增公办学位数量")
    filing = workflow.save_draft(cast.reporter, filing, _with_leader(filing, "李校长"), filing.revision)
    page = sent_back(client, filing, data)["Location"]
    assert "两边都改过" in client.get(page).content.decode()
    unchosen = client.post(page, {"based_on": filing.revision})
    assert unchosen.status_code == 422
    assert lines(filing)[3] == "新增学位数量"
    client.post(page, {"based_on": filing.revision, "choice:leader": "file"})
    assert lines(filing)[3] == "新增公办学位数量"
    assert Filing.objects.get(pk=filing.pk).sheet["leader"] == "王校长"


def test_a_cell_that_cannot_be_read_refuses_the_file_with_its_place(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    book = openpyxl.load_workbook(io.BytesIO(taken_out(client, filing)))
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == 3000:
                cell.value = "3000万"
    stream = io.BytesIO()
    book.save(stream)
    answer = sent_back(client, filing, stream.getvalue())
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "单元格" in page
    assert "3000万" in page
    assert lines(filing) == [line[2] for line in filed.LINES]


@pytest.mark.parametrize(
    ("name", "data"), [("x.xlsx", b"not a workbook"), ("x.xlsx", b""), ("x.zip", b"PK\x03\x04broken")]
)
def test_a_broken_file_is_refused_in_words(cast: Cast, client_of: Clients, name: str, data: bytes) -> None:
    filing = filed.filled(cast)
    answer = sent_back(client_of(cast.reporter), filing, data, name)
    assert answer.status_code == 422
    assert "没有导入" in answer.content.decode()


def test_another_units_form_is_refused(cast: Cast, client_of: Clients) -> None:
    theirs = workflow.start(
        cast.bureau_reporter, unit=cast.education_bureau, fund=cast.meals, fiscal_year=2024
    )
    data = taken_out(client_of(cast.bureau_reporter), theirs)
    filing = filed.filled(cast)
    answer = sent_back(client_of(cast.reporter), filing, data)
    assert answer.status_code == 422
    assert "教育局本级" in answer.content.decode()


def meals(cast: Cast) -> Filing:
    """Another unit's form."""
    unit = cast.education_bureau
    return workflow.start(cast.bureau_reporter, unit=unit, fund=cast.meals, fiscal_year=2024)


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for name, data in files.items():
            out.writestr(name, data)
    return stream.getvalue()


def worked(client: Client, data: bytes, name: str = "全部.zip") -> tuple[Job, str]:
    answer = client.post(reverse("forms_upload"), {"file": SimpleUploadedFile(name, data)})
    assert jobs.work_once()
    return Job.objects.get(), client.get(answer["Location"]).content.decode()


def test_a_zip_of_forms_has_a_result_for_every_file(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    good = edited(taken_out(client, filing), 新增学位数量="新增公办学位数量")
    theirs = workflow.start(
        cast.bureau_reporter, unit=cast.education_bureau, fund=cast.meals, fiscal_year=2024
    )
    other = taken_out(client_of(cast.bureau_reporter), theirs)
    job, page = worked(client, zipped({"一.xlsx": good, "二.xlsx": other, "三.txt": b"?"}))
    assert job.state == JobState.DONE
    assert [item["state"] for item in job.result["files"]] == ["done", "wrong", "wrong"]
    assert "没有这份表" in page
    assert lines(filing)[3] == "新增公办学位数量"


def test_a_conflict_in_a_zip_waits_for_its_choice(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    data = edited(taken_out(client, filing), 张填="王校长")
    workflow.save_draft(cast.reporter, filing, _with_leader(filing, "李校长"), filing.revision)
    _, page = worked(client, zipped({"表/一.xlsx": data}))
    assert "逐处选择" in page
    address = page.partition('href="/filings/')[2].partition('"')[0].replace("&amp;", "&")
    assert "两边都改过" in client.get(f"/filings/{address}").content.decode()
    assert Filing.objects.get(pk=filing.pk).sheet["leader"] == "李校长"


def test_a_zip_that_cannot_be_read_fails_in_words(cast: Cast, client_of: Clients) -> None:
    job, page = worked(client_of(cast.reporter), b"PK\x03\x04broken")
    assert job.state == JobState.FAILED
    assert "已损坏" in page


def test_the_list_comes_out_as_one_zip(cast: Cast, client_of: Clients) -> None:
    filed.filled(cast)
    answer = client_of(cast.performance).get(reverse("goals_zip"), {"year": 2024, "desk": "all"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert [name.endswith(".xlsx") for name in archive.namelist()] == [True]


def test_many_forms_are_packed_by_the_worker(
    cast: Cast, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jiheng.web.filing_files.AT_ONCE", 0)
    filed.filled(cast)
    client = client_of(cast.performance)
    answer = client.get(reverse("goals_zip"), {"year": 2024, "desk": "all"})
    assert jobs.work_once()
    page = client.get(answer["Location"]).content.decode()
    assert "下载" in page
    assert f'<p class="crumbs"><a href="{reverse("goals")}">绩效目标</a>' in page
    Job.objects.update(params=Job.objects.get().params | {"list": "evaluation"})
    page = client.get(answer["Location"]).content.decode()
    assert f'<p class="crumbs"><a href="{reverse("evaluation")}">绩效自评</a>' in page
    data = client.get(reverse("forms_job_file", args=[Job.objects.get().pk])).content
    assert zipfile.is_zipfile(io.BytesIO(data))


def test_next_years_blank_is_uploaded_and_used(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    file = SimpleUploadedFile("2024版.xlsx", official.marked_blank(Form.PROJECT_GOAL))
    data = {"form": "project_goal", "fiscal_year": 2024, "file": file}
    assert client.post(reverse("template_upload"), data).status_code == 302
    assert "2024版.xlsx" in client.get(reverse("templates")).content.decode()
    assert LogEntry.objects.filter(action="上传表样").exists()
    filing, reporter = filed.filled(cast), client_of(cast.reporter)
    answer = sent_back(reporter, filing, taken_out(reporter, filing))
    assert "没有不同" in reporter.get(answer["Location"]).content.decode()
    client.post(reverse("template_remove", args=[Template.objects.get().pk]))
    assert not Template.objects.exists()


def test_a_blank_without_marks_is_refused_with_every_error(cast: Cast, client_of: Clients) -> None:
    file = SimpleUploadedFile("空.xlsx", official.blank(Form.PROJECT_GOAL))
    data = {"form": "project_goal", "fiscal_year": 2024, "file": file}
    answer = client_of(cast.performance).post(reverse("template_upload"), data)
    assert answer.status_code == 422
    assert not Template.objects.exists()


def _with_leader(filing: Filing, name: str) -> ProjectGoalSheet:
    return replace(filed.filled_sheet(filing), leader=name)
