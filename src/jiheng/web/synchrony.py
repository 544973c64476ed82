"""目标批复 and 三同步: the bureau's answer to units on their goals, and both series of dates side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.base import ContentFile
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from jiheng import policy as policies
from jiheng.documents import forms as official
from jiheng.goals import replying, synchrony
from jiheng.goals.models import GoalReply
from jiheng.goals.reply_word import reply_word
from jiheng.goals.synchrony import STEPS, Row, Verdict
from jiheng.projects.access import units_in
from jiheng.projects.models import Stage
from jiheng.units import jobs
from jiheng.units.access import may, region_of, units_for
from jiheng.units.models import Job, JobState
from jiheng.web.exports import as_xlsx, download
from jiheng.web.filing_files import AT_ONCE
from jiheng.web.jobs import job_for
from jiheng.web.shell import (
    PersonRequest,
    fiscal_year,
    key_field,
    key_in,
    page,
    paginate,
    year_choices,
)
from jiheng.web.units import divisions_for

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LISTS = {"exceptions": "不同步", "all": "全部", "together": "三项都同步"}
SIDES = {"": "整体和项目", "unit": "部门整体", "fund": "专项资金"}


# ── 目标批复 ──────────────────────────────────────────────────────────────────────────────────────────


class DayForm(forms.Form):
    day = forms.DateField(
        error_messages={"required": "请填写日期", "invalid": "日期应写成 2024-01-28 的样子"}
    )
    where = forms.CharField(max_length=replying.LONGEST_WHERE, required=False)


@page()
def replies(request: PersonRequest) -> HttpResponse:
    """待批复 by unit, and the replies issued; a unit sees its own."""
    year = fiscal_year(request, Stage.GOAL)
    region = region_of(request.user)
    issued = replying.visible(request.user, year)
    may_reply = may(request.user, "reply_goals")
    waiting = replying.ready(region, year, units_for(request.user)) if may_reply else []
    shown = request.GET.get("list")
    if shown not in ("ready", "issued"):
        shown = "ready" if waiting else "issued"
    pager = paginate(request, waiting if shown == "ready" else issued)
    context = {
        "year": year,
        "years": year_choices(year),
        "shown": shown,
        "pager": pager,
        "counts": {"ready": len(waiting), "issued": issued.count()},
        "published": issued.filter(published_on__isnull=False).count(),
        "may_reply": may_reply,
        "today": timezone.localdate(),
    }
    return render(request, "jiheng/goals/replies.html", context)


@page("reply_goals", methods=("POST",))
def issue(request: PersonRequest) -> HttpResponse:
    """批复 for every unit that was ticked, or for all that wait."""
    year = fiscal_year(request, Stage.GOAL)
    form = DayForm(request.POST)
    if not form.is_valid():
        return _back(request, year, "ready", _first_wrong(form))
    chosen = _keys(request, "unit")
    if request.POST.get("all") == "1":
        region = region_of(request.user)
        chosen = [item.unit.pk for item in replying.ready(region, year, units_for(request.user))]
    try:
        results = replying.issue(request.user, year, chosen, form.cleaned_data["day"])
    except replying.NotReplied as why:
        return _back(request, year, "ready", why.message)
    done = sum(result.ok for result in results)
    for result in results:
        if not result.ok:
            messages.warning(request, result.message)
    return _back(request, year, "issued", "", f"已批复 {done} 个单位，可以下载 Word 或打包下载")


@page("reply_goals", methods=("POST",))
def publish(request: PersonRequest) -> HttpResponse:
    """Notes when and where the goals of the ticked replies (or of all) were made public."""
    year = fiscal_year(request, Stage.GOAL)
    form = DayForm(request.POST)
    if not form.is_valid():
        return _back(request, year, "issued", _first_wrong(form))
    chosen = _keys(request, "reply")
    if request.POST.get("all") == "1":
        waiting = replying.visible(request.user, year).filter(published_on__isnull=True)
        chosen = list(waiting.values_list("pk", flat=True))
    try:
        done = replying.publish(request.user, chosen, form.cleaned_data["day"], form.cleaned_data["where"])
    except replying.NotReplied as why:
        return _back(request, year, "issued", why.message)
    return _back(request, year, "issued", "", f"已登记 {done} 份批复的目标公开日期")


def _first_wrong(form: forms.Form) -> str:
    return str(next(iter(form.errors.values()))[0])


def _keys(request: PersonRequest, name: str) -> list[int]:
    return [key for text in request.POST.getlist(name) if (key := key_in(text)) is not None]


def _back(request: PersonRequest, year: int, shown: str, wrong: str, done: str = "") -> HttpResponse:
    if wrong:
        messages.error(request, wrong)
    if done:
        messages.success(request, done)
    return redirect(f"{reverse('goal_replies')}?year={year}&list={shown}")


@page()
def word(request: PersonRequest, pk: int) -> HttpResponse:
    """One reply as a Word file."""
    reply = replying.reply_for(request.user, pk)
    return download(reply_word(reply), f"{_file_name(reply)}.docx", DOCX)


def _file_name(reply: GoalReply) -> str:
    return f"{reply.unit.code} {reply.unit.name} 绩效目标批复 {reply.number}"


@page()
def words(request: PersonRequest) -> HttpResponse:
    """Every reply of the year in one zip; more than 20 are packed by the worker."""
    year = fiscal_year(request, Stage.GOAL)
    found = replying.visible(request.user, year).order_by("unit__code", "serial")
    if not found:
        return _back(request, year, "issued", "还没有批复，没有可下载的内容")
    if len(found) > AT_ONCE:
        job = jobs.enqueue("zip_replies", request.user, fiscal_year=year)
        return redirect("job", pk=job.pk)
    return download(official.pack(_files(found)), f"{year}年绩效目标批复.zip", "application/zip")


def _files(found: Any) -> Iterator[tuple[str, bytes]]:
    for reply in found:
        yield f"{_file_name(reply)}.docx", reply_word(reply)


def zip_job(job: Job) -> dict[str, Any]:
    """The worker's side of `words`."""
    assert job.person is not None
    year = job.params["fiscal_year"]
    found = replying.visible(job.person, year).order_by("unit__code", "serial")
    total, files = found.count(), []
    for number, one in enumerate(_files(found), start=1):
        files.append(one)
        jobs.progress(job, number, total, f"正在写第 {number} 份")
    job.output.save(f"{job.pk}.zip", ContentFile(official.pack(files)), save=False)
    return {"file": f"{year}年绩效目标批复.zip", "message": f"共 {len(files)} 份批复，已打包"}


@page()
def zip_file(request: PersonRequest, pk: int) -> HttpResponse:
    """What the worker packed, for the person who asked."""
    job = job_for(request.user, pk)
    if job.kind != "zip_replies" or job.state != JobState.DONE or not job.output:
        raise Http404("没有找到这个打包文件，请重新打包")
    with job.output.open("rb") as file:
        return download(file.read(), job.result["file"], "application/zip")


# ── 三同步 ────────────────────────────────────────────────────────────────────────────────────────────


class FilterForm(forms.Form):
    division = key_field()


def _compared(request: PersonRequest, year: int) -> tuple[list[Row], int]:
    region = region_of(request.user)
    tolerance = policies.on(timezone.localdate(), region.pk).whole("goals.synchrony_days")
    units = units_for(request.user) & units_in(region, year)
    form = FilterForm(request.GET)
    if form.is_valid() and form.cleaned_data["division"]:
        units = units.filter(department__division=form.cleaned_data["division"])
    rows = synchrony.compared(region, year, units, tolerance)
    side = request.GET.get("side", "")
    if side in ("unit", "fund"):
        rows = [row for row in rows if (row.fund is not None) == (side == "fund")]
    return rows, tolerance


@page()
def synchrony_page(request: PersonRequest) -> HttpResponse:
    """Both series of dates of every unit and fund; who is not together, and by how much."""
    year = fiscal_year(request, Stage.GOAL)
    rows, tolerance = _compared(request, year)
    shown = request.GET.get("list", "exceptions")
    shown = shown if shown in LISTS else "exceptions"
    takes = {"exceptions": lambda row: row.is_exception, "together": lambda row: row.is_together}
    listed = [row for row in rows if shown == "all" or takes[shown](row)]
    context = {
        "year": year,
        "years": year_choices(year),
        "tolerance": tolerance,
        "pager": paginate(request, listed),
        "shown": shown,
        "lists": LISTS,
        "counts": {
            "exceptions": sum(row.is_exception for row in rows),
            "together": sum(row.is_together for row in rows),
            "all": len(rows),
        },
        "steps": [
            (name, Counter(row.steps[place].verdict for row in rows)) for place, name in enumerate(STEPS)
        ],
        "verdicts": list(Verdict),
        "sides": SIDES,
        "side": request.GET.get("side", ""),
        "divisions": divisions_for(request.user),
        "division": request.GET.get("division", ""),
        "may_import": may(request.user, "import_budgets"),
        "has_budget_dates": any(step.budget for row in rows for step in row.steps),
    }
    return render(request, "jiheng/goals/synchrony.html", context)


HEADINGS = (
    *("业务股室", "主管部门", "单位", "对象"),
    *(f"{name}：{what}" for name in STEPS for what in ("目标日期", "预算日期", "相差天数", "结论")),
)


@page()
def synchrony_xlsx(request: PersonRequest) -> HttpResponseBase:
    """The whole comparison as a workbook, as it is filtered."""
    year = fiscal_year(request, Stage.GOAL)
    rows, tolerance = _compared(request, year)
    cells = (
        (
            row.unit.department.division.name,
            row.unit.department.name,
            row.unit.name,
            row.name,
            *(
                cell
                for step in row.steps
                for cell in (
                    step.goal.isoformat() if step.goal else "",
                    step.budget.isoformat() if step.budget else "",
                    "" if step.days is None else step.days,
                    str(step.verdict),
                )
            ),
        )
        for row in rows
    )
    title = f"{year}年绩效目标与预算三同步对照（相差不超过 {tolerance} 天算同步）"
    return as_xlsx("三同步", HEADINGS, cells, title=title)


urlpatterns: list[URLPattern] = [
    path("goals/replies/", replies, name="goal_replies"),
    path("goals/replies/issue/", issue, name="goal_replies_issue"),
    path("goals/replies/publish/", publish, name="goal_replies_publish"),
    path("goals/replies/<int:pk>.docx", word, name="goal_reply_word"),
    path("goals/replies/all.zip", words, name="goal_replies_zip"),
    path("goals/replies/zip/<int:pk>/", zip_file, name="goal_replies_file"),
    path("synchrony/", synchrony_page, name="synchrony"),
    path("synchrony/all.xlsx", synchrony_xlsx, name="synchrony_xlsx"),
]
