"""Forms as workbooks: one out, a whole list as a zip, one back in cell by cell, hundreds back in as a job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.base import ContentFile
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from jiheng.documents import forms as official
from jiheng.documents.archive import DocumentError
from jiheng.filings import offline
from jiheng.filings.access import filing_for, visible
from jiheng.filings.merge import Merge, Unchosen
from jiheng.filings.models import Filing
from jiheng.filings.outcomes import Refused, Stopped
from jiheng.filings.templates import template_for
from jiheng.projects.models import Stage
from jiheng.sheets import Form, Header
from jiheng.units import jobs, receiving
from jiheng.units.models import Job, Person, Upload
from jiheng.web.exports import download
from jiheng.web.filing_list import listed
from jiheng.web.filing_pages import page_of
from jiheng.web.goals import FORMS_OF_STAGE
from jiheng.web.shell import PersonRequest, fiscal_year, page

AT_ONCE = 20
LISTS = {"goals": "绩效目标", "monitoring_forms": "监控表", "evaluation": "绩效自评"}


# ── out ───────────────────────────────────────────────────────────────────────────────────────────────


@page()
def excel(request: PersonRequest, pk: int) -> HttpResponse:
    """The form as the official workbook; it carries the revision it was taken from."""
    found = filing_for(request.user, pk)
    name, data = next(workbooks(request.user, [found]))
    return download(data, name)


def workbooks(person: Person, filings: list[Filing]) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of each; their bases are kept, so that what comes back can be merged."""
    bases = offline.export_bases(person, filings)
    for found in filings:
        version = bases[found.pk]
        version.filing = found
        template = template_for(found.region, found.form, found.fiscal_year)
        yield f"{file_name(found)}.xlsx", official.fill(version.as_sheet(), template)


def file_name(found: Filing) -> str:
    """主管部门排序用的单位代码在前; no character that a file system refuses."""
    subject = found.fund.name if found.fund else "整体"
    month = f"{found.month:02}月" if found.month else ""
    name = (
        f"{found.unit.code} {found.unit.name} {subject} {found.fiscal_year}{month}{Form(found.form).heading}"
    )
    return "".join(" " if char in '\\/:*?"<>|\r\n\t' else char for char in name)[:120]


@page()
def goals_zip(request: PersonRequest) -> HttpResponse:
    """Every goal form of the filtered list in one zip; more than 20 are packed by the worker."""
    year = fiscal_year(request, Stage.GOAL)
    rows = listed(request, FORMS_OF_STAGE, Stage.GOAL, year).rows
    return zip_of(request, [row.filing.pk for row in rows if row.filing], "goals", f"{year}年绩效目标")


def zip_of(request: PersonRequest, pks: list[int], list_name: str, title: str) -> HttpResponse:
    """For the list of any room: the forms as one zip, at once or by the worker."""
    if not pks:
        messages.warning(request, "当前筛选范围里没有已建立的表，没有可下载的内容")
        return redirect(list_name)
    if len(pks) > AT_ONCE:
        job = jobs.enqueue("zip_forms", request.user, pks=pks, title=title, list=list_name)
        return redirect("forms_job", pk=job.pk)
    data = official.pack(workbooks(request.user, _wanted(request.user, pks)))
    return download(data, f"{title}.zip", "application/zip")


def _wanted(person: Person, pks: Iterable[int]) -> list[Filing]:
    found = visible(person).filter(pk__in=list(pks)).select_related("region", "unit__department", "fund")
    return list(found.order_by("unit__code", "fund__code"))


def zip_job(job: Job) -> dict[str, Any]:
    """The worker's side of `zip_of`."""
    assert job.person is not None
    filings = _wanted(job.person, job.params["pks"])
    files = []
    for number, one in enumerate(workbooks(job.person, filings), start=1):
        files.append(one)
        jobs.progress(job, number, len(filings), f"正在填写第 {number} 份")
    name = f"{job.params['title']}.zip"
    job.output.save(f"{job.pk}.zip", ContentFile(official.pack(files)), save=False)
    return {"file": name, "message": f"共 {len(files)} 份，已打包"}


# ── in: one ───────────────────────────────────────────────────────────────────────────────────────────


def kept(request: PersonRequest) -> Upload:
    """The uploaded file, stored. Raises DocumentError when there is none or it is too large."""
    file = request.FILES.get("file")
    if file is None or not file.name:
        raise DocumentError("没有收到文件：请先选择填好的 Excel 文件")
    if not file.size:
        raise DocumentError(f"文件“{file.name}”是空的：请用 Excel 或 WPS 打开看看，填好保存后再传")
    if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        most = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
        raise DocumentError(f"文件“{file.name}”超过 {most} MB 的上限，请拆分后再传")
    return receiving.keep(request.user, file.name, file.read())


@page("file", methods=("POST",))
def upload_one(request: PersonRequest, pk: int) -> HttpResponse:
    """A filled workbook comes back: to the page that lists what it would change."""
    found = filing_for(request.user, pk)
    try:
        upload = kept(request)
        merge_of(request.user, found, upload)
    except (DocumentError, Refused) as wrong:
        return _refusal(request, found, wrong)
    return redirect("filing_merge", pk=pk, upload=upload.pk)


def content(upload: Upload, inside: str = "") -> tuple[str, bytes]:
    """A stored file, or one inside a stored zip. Raises Http404 where there is no such file."""
    if not upload.file:
        raise Http404("这个文件已不在，请重新上传")
    with upload.file.open("rb") as file:
        data: bytes = file.read()
    if not inside:
        return upload.name, data
    for name, one in official.take_zip(data, name=upload.name):
        if name == inside:
            return name, one
    raise Http404("压缩包里没有这个文件")


def merge_of(person: Person, found: Filing, upload: Upload, inside: str = "") -> Merge:
    """What the workbook would change. Raises DocumentError, Refused, Locked."""
    name, data = content(upload, inside)
    template = template_for(found.region, found.form, found.fiscal_year)
    taken = official.take(data, name, Form(found.form), template)
    result: Merge = page_of(found).room.take(person, found, taken)
    return result


@page("file", methods=("GET", "POST"))
def merge(request: PersonRequest, pk: int, upload: int) -> HttpResponse:
    """What the workbook changes, cell by cell; changed on both sides, a person chooses."""
    found = filing_for(request.user, pk)
    stored = Upload.objects.filter(pk=upload, person=request.user).first()
    if stored is None:
        raise Http404("没有找到这个文件，请重新上传")
    try:
        merged = merge_of(request.user, found, stored, request.GET.get("file", ""))
    except (DocumentError, Refused) as wrong:
        return _refusal(request, found, wrong)
    problem = ""
    if request.method == "POST":
        choices = {
            cell.field: request.POST[f"choice:{cell.field}"]
            for cell in merged.cells
            if request.POST.get(f"choice:{cell.field}") in ("stored", "file")
        }
        if request.POST.get("based_on") != str(merged.revision):
            problem = "选择期间表又有修改，下面是重新对照的结果，请再确认一次"
        else:
            try:
                sheet = merged.apply(choices)
                page_of(found).room.save_draft(request.user, found, sheet, merged.revision)
            except Unchosen as unchosen:
                problem = str(unchosen)
            else:
                messages.success(request, f"已按“{stored.name}”更新 {len(merged.cells)} 处")
                return redirect("filing", pk=pk)
    context = {"filing": found, "merge": merged, "upload": stored, "problem": problem}
    return render(request, "jiheng/filing/merge.html", context, status=422 if problem else 200)


def _refusal(request: PersonRequest, found: Filing, wrong: DocumentError | Refused) -> HttpResponse:
    findings = wrong.findings if isinstance(wrong, Refused) else []
    message = f"文件里有 {len(findings)} 处要改，逐处列在下面" if findings else str(wrong)
    context = {"filing": found, "findings": findings, "message": message}
    return render(request, "jiheng/filing/refused.html", context, status=422)


# ── in: hundreds ──────────────────────────────────────────────────────────────────────────────────────


@page("file", methods=("GET", "POST"))
def upload_many(request: PersonRequest) -> HttpResponse:
    """One workbook or a zip of hundreds: each finds its form by itself; a result for every file."""
    problem = ""
    if request.method == "POST":
        try:
            upload = kept(request)
        except DocumentError as wrong:
            problem = str(wrong)
        else:
            job = jobs.enqueue("take_forms", request.user, upload=upload.pk)
            return redirect("forms_job", pk=job.pk)
    return render(request, "jiheng/filing/upload.html", {"problem": problem}, status=422 if problem else 200)


@dataclass(frozen=True)
class FileResult:
    """What became of one file: "done", "choose" (conflicts wait for a choice) or "wrong"."""

    name: str
    state: str
    message: str
    filing: int = 0


def take_job(job: Job) -> dict[str, Any]:
    """The worker's side of `upload_many`. Each file is its own transaction; a file taken twice changes
    nothing the second time, so a job that was killed may run again."""
    person = job.person
    assert person is not None
    upload = Upload.objects.get(pk=job.params["upload"])
    name, data = content(upload)
    is_zip = name.lower().endswith(".zip")
    try:
        files = list(official.take_zip(data, name=name)) if is_zip else [(name, data)]
    except DocumentError as wrong:
        raise jobs.JobError(str(wrong)) from wrong
    results = []
    for number, (inside, one) in enumerate(files, start=1):
        results.append(_take_one(person, inside, one))
        jobs.progress(job, number, len(files), f"正在读取 {inside}")
    done = sum(1 for result in results if result.state == "done")
    return {
        "upload": upload.pk,
        "is_zip": is_zip,
        "files": [vars(result) for result in results],
        "message": f"共 {len(results)} 个文件，导入 {done} 个，另 {len(results) - done} 个见下表",
    }


def _take_one(person: Person, name: str, data: bytes) -> FileResult:
    try:
        form = official.read_any(data, name)
        first = official.take(data, name, form)
        found = _subject(person, form, first.header)
        if found is None:
            return FileResult(name, "wrong", _unknown(form, first.header))
        template = template_for(found.region, form, found.fiscal_year)
        taken = first if template == official.built_in(form) else official.take(data, name, form, template)
        merged = page_of(found).room.take(person, found, taken)
        if merged.conflicts:
            words = f"有 {len(merged.conflicts)} 处两边都改过，请逐处选择"
            return FileResult(name, "choose", words, found.pk)
        if merged.cells:
            page_of(found).room.save_draft(person, found, merged.apply({}), merged.revision)
        return FileResult(name, "done", f"更新 {len(merged.cells)} 处", found.pk)
    except DocumentError as wrong:
        return FileResult(name, "wrong", str(wrong))
    except Refused as refused:
        words = "；".join(f"{item.place or ''} {item.message}".strip() for item in refused.findings[:5])
        return FileResult(name, "wrong", words, refused.filing.pk)
    except Stopped as stopped:
        return FileResult(name, "wrong", stopped.message, stopped.filing.pk)


def _subject(person: Person, form: Form, header: Header) -> Filing | None:
    """The form that a workbook's header speaks of, among those the person fills in."""
    found = visible(person).filter(
        form=form, fiscal_year=header.fiscal_year, month=header.month, unit=person.unit_id
    )
    if form in (Form.PROJECT_GOAL, Form.PROJECT_EVALUATION) or header.subject_code:
        by_code = found.filter(fund__code=header.subject_code) if header.subject_code else found.none()
        found = by_code if by_code.exists() else found.filter(fund__name=header.subject_name)
    else:
        found = found.filter(fund=None)
    if header.unit_code:
        found = found.filter(unit__code=header.unit_code)
    elif header.unit_name:
        found = found.filter(unit__name=header.unit_name)
    return found.select_related("region", "unit__department", "fund").first()


def _unknown(form: Form, header: Header) -> str:
    whose = f"“{header.unit_name or header.unit_code or '（未写单位）'}”"
    subject = f"“{header.subject_name or header.subject_code}”" if header.subject_name else ""
    return (
        f"这是{whose}{subject} {header.fiscal_year} 年的《{form.heading}》，本单位没有这份表："
        "请核对单位、项目和年度；还没有开始填报的，先在列表里点“开始填报”"
    )


@page()
def forms_job(request: PersonRequest, pk: int) -> HttpResponse:
    """How far the work is, and its result: the zip to download, or a line for every file."""
    job = Job.objects.filter(pk=pk, person=request.user, kind__in=("zip_forms", "take_forms")).first()
    if job is None:
        raise Http404("没有找到这个任务，或不是您发起的")
    came_from = job.params.get("list", "")
    context = {
        "job": job,
        "running": ("queued", "running"),
        "list_name": came_from if came_from in LISTS else "jobs",
        "list_title": LISTS.get(came_from, "我的任务"),  # files that are sent belong to any list
    }
    return render(request, "jiheng/filing/job.html", context)


@page()
def forms_job_file(request: PersonRequest, pk: int) -> HttpResponseBase:
    """The zip that the worker packed."""
    job = Job.objects.filter(pk=pk, person=request.user, kind="zip_forms").first()
    if job is None or not job.output:
        raise Http404("没有找到这个文件")
    with job.output.open("rb") as file:
        return download(file.read(), job.result.get("file", "forms.zip"), "application/zip")


urlpatterns: list[URLPattern] = [
    path("filings/<int:pk>/excel/", excel, name="filing_excel"),
    path("filings/<int:pk>/upload/", upload_one, name="filing_upload"),
    path("filings/<int:pk>/merge/<int:upload>/", merge, name="filing_merge"),
    path("forms/upload/", upload_many, name="forms_upload"),
    path("forms/jobs/<int:pk>/", forms_job, name="forms_job"),
    path("forms/jobs/<int:pk>/file/", forms_job_file, name="forms_job_file"),
    path("goals/zip/", goals_zip, name="goals_zip"),
]
