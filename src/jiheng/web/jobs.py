"""任务: long work that a person asked for; can be left and come back to."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from jiheng.units.access import may
from jiheng.units.imports import kinds, take_output
from jiheng.units.models import Job, JobState, Person
from jiheng.web.exports import XLSX
from jiheng.web.shell import PersonRequest, is_htmx, page, paginate

TITLES = {
    "stage_import": "读取导入文件",
    "publish_import": "导入入库",
    "zip_forms": "打包下载表",
    "take_forms": "批量上传表",
    "zip_replies": "打包下载批复",
    "check_document": "检查文件",
    "run_flags": "疑点核查",
    "check_disclosure": "生成并审核公开说明",
    "disclose_units": "批量办理部门决算说明",
    "propose_results": "结果应用测算",
    "close_year": "年度结转",
}
OF_FORMS = ("zip_forms", "take_forms")  # these have a page of their own for their result
RUNNING = (JobState.QUEUED, JobState.RUNNING)
COLOURS = {
    JobState.QUEUED: "grey",
    JobState.RUNNING: "accent",
    JobState.DONE: "green",
    JobState.FAILED: "red",
}


def jobs_for(person: Person, *, everybody: bool = False) -> QuerySet[Job]:
    """A person's own jobs, newest first; an administrator may see all of the region."""
    found = Job.objects.select_related("person").order_by("-created_at", "-pk")
    if everybody and may(person, "manage_people"):
        return found.filter(person__region=person.region_id)
    return found.filter(person=person)


def job_for(person: Person, pk: int) -> Job:
    """Raises Http404 for other people's jobs, except to an administrator."""
    found = jobs_for(person, everybody=True).filter(pk=pk).first()
    if found is None:
        raise Http404("没有找到这个任务，或不是您发起的")
    return found


@page()
def jobs(request: PersonRequest) -> HttpResponse:
    """My long work (an administrator: everybody's), with how far it is and where its result is."""
    may_see_all = may(request.user, "manage_people")
    everybody = may_see_all and request.GET.get("all") == "1"
    pager = paginate(request, jobs_for(request.user, everybody=everybody))
    rows = [facts_of(job, request.user) for job in pager.rows]
    is_running = any(job.state in RUNNING for job in pager.rows)
    context = {"pager": pager, "rows": rows, "may_see_all": may_see_all, "everybody": everybody}
    return render(request, "jiheng/jobs/list.html", context | {"is_running": is_running})


@page()
def job(request: PersonRequest, pk: int) -> HttpResponse:
    """One job; the part that htmx asks for again every second while it runs."""
    found = job_for(request.user, pk)
    name = "jiheng/jobs/part.html" if is_htmx(request) else "jiheng/jobs/one.html"
    return render(request, name, facts_of(found, request.user))


@page("import", methods=("POST",))
def take(request: PersonRequest, pk: int) -> HttpResponse:
    """领取: the file of initial passwords, given out once and to nobody else."""
    name, data = take_output(request.user, pk)
    answer = HttpResponse(data, content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


def facts_of(found: Job, person: Person) -> dict[str, Any]:
    """What a page shows of a job: its title, state, where the result is, whether a file waits."""
    is_mine = found.person_id == person.pk
    return {
        "job": found,
        "title": _title(found),
        "colour": COLOURS[JobState(found.state)],
        "is_running": found.state in RUNNING,
        "job_url": reverse("job", args=[found.pk]),
        "result_url": _result(found) if is_mine and found.state == JobState.DONE else "",
        "message": found.result.get("message") or found.message,
        "has_file": bool(found.output) and is_mine and found.kind == "publish_import",
    }


def _result(found: Job) -> str:
    if found.kind in OF_FORMS:
        return reverse("forms_job", args=[found.pk])
    if found.kind == "check_document":
        return reverse("audit", args=[found.params["document"]])
    if found.kind == "propose_results":
        return reverse("results")
    if found.kind == "close_year":
        return f"{reverse('year_end')}?work={found.params['work_year']}"
    if found.kind == "check_disclosure":
        return reverse("disclosure", args=[found.params["disclosure"]])
    if found.kind == "disclose_units":
        return reverse("disclosure_units_job", args=[found.pk])
    if found.kind == "zip_replies":
        return reverse("goal_replies_file", args=[found.pk])
    if found.kind == "run_flags":
        return f"{reverse('flags')}?year={found.params['fiscal_year']}"
    batch = found.result.get("batch")
    return reverse("import_batch", args=[batch]) if batch else ""


def _title(found: Job) -> str:
    title = TITLES.get(found.kind, found.kind)
    kind = kinds().get(str(found.params.get("import_kind", "")))
    return f"{title}：{kind.title}" if kind else title


urlpatterns: list[URLPattern] = [
    path("jobs/", jobs, name="jobs"),
    path("jobs/<int:pk>/", job, name="job"),
    path("jobs/<int:pk>/file/", take, name="job_file"),
]
