"""起步清单: leads a new administrator from nothing to a running year, each step with its template."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, URLPattern, path, reverse

from jiheng.ledger.models import Entry
from jiheng.library import contents
from jiheng.projects.models import BudgetLine, Fund, Window
from jiheng.units.access import ROLES_FOR, may
from jiheng.units.accounts import found_region
from jiheng.units.models import Person, Role, Unit
from jiheng.web.shell import PersonRequest, page, posted


class RegionForm(forms.Form):
    code = forms.CharField(label="财政区划代码", max_length=9, help_text="6 位或 9 位数字，如 430299000")
    name = forms.CharField(label="区划名称", max_length=60, help_text="如“天衡区”")
    bureau = forms.CharField(
        label="财政部门名称", max_length=60, required=False, help_text="不填则为“区划名称＋财政局”"
    )


@dataclass(frozen=True)
class Step:
    """One step: how far it is, who does it, and where its page and template are."""

    title: str
    advice: str
    count: int
    counted: str
    href: str
    template: str
    may: bool
    verb: str  # what the button says
    doers: str  # the roles that can do it

    @property
    def is_done(self) -> bool:
        return self.count > 0


def _address(name: str, *args: object) -> str:
    """A page's address, or nothing while the page is not there."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _doers(action: str) -> str:
    """The roles that may, in words, for who may not."""
    return "、".join(str(role.label) for role in Role if role in ROLES_FOR[action])


def _import_step(person: Person, kind: str, title: str, advice: str, count: int, counted: str) -> Step:
    imports = _address("imports")
    action = f"import_{kind}"
    return Step(
        title=title,
        advice=advice,
        count=count,
        counted=counted,
        href=f"{imports}?kind={kind}" if imports else "",
        template=_address("import_template", kind),
        may=may(person, action),
        verb="去导入",
        doers=_doers(action),
    )


def steps_for(person: Person) -> list[Step]:
    """The steps after the region, with what is there already."""
    here = {"region_id": person.region_id}
    people = Person.objects.filter(is_active=True, role=Role.REPORTER, **here).count()
    return [
        _import_step(
            person,
            "units",
            "股室、主管部门和单位",
            "一行一个预算单位，写明主管部门和归口股室。",
            Unit.objects.filter(**here).count(),
            "个单位",
        ),
        _import_step(
            person,
            "people",
            "人员",
            "各单位填报人、审核人，局里各股室的人；没有绩效股的账号，后面几步没有人能办。初始密码导入后发给本人。",
            people,
            "个单位填报人",
        ),
        _import_step(
            person,
            "funds",
            "专项资金和项目",
            "一个专项可有几个项目；项目支出的表按专项填报。",
            Fund.objects.filter(**here).count(),
            "个专项",
        ),
        _import_step(
            person,
            "budgets",
            "预算指标",
            "年初预算、年中调整、上年结转；没有专项的是基本支出。",
            BudgetLine.objects.filter(**here).count(),
            "条预算指标",
        ),
        _import_step(
            person,
            "payments",
            "支付明细",
            "从国库支付系统导出；同一个文件导两次不会重复。",
            Entry.objects.filter(**here).count(),
            "笔支付",
        ),
        Step(
            title="辅导联系人",
            advice="一对一辅导：给每个单位指定局里的联系人，单位填表时的提问转给他。在单位列表里成批勾选。",
            count=Unit.objects.filter(contact__isnull=False, **here).count(),
            counted="个单位已指定",
            href=reverse("units"),
            template="",
            may=may(person, "assign_contacts"),
            verb="去指定",
            doers=_doers("assign_contacts"),
        ),
        Step(
            title="工作日历",
            advice="开放绩效目标、运行监控、绩效自评各阶段，单位就能开始填报。",
            count=Window.objects.filter(**here).count(),
            counted="项安排",
            href=reverse("calendar"),
            template="",
            may=may(person, "assign_calendar"),
            verb="去布置",
            doers=_doers("assign_calendar"),
        ),
    ]


@page("import")
def start(request: PersonRequest) -> HttpResponse:
    """The checklist; where there is no region yet, only the first step is open."""
    steps = steps_for(request.user) if request.user.region_id else []
    waits = next((number for number, step in enumerate(steps, start=2) if not step.is_done), 0)
    context = {
        "steps": list(enumerate(steps, start=2)),
        "waits": waits,
        "form": RegionForm(),
        "may_found": may(request.user, "manage_units"),
    }
    return render(request, "jiheng/start/start.html", context)


@page("manage_units", methods=("POST",))
def new_region(request: PersonRequest) -> HttpResponse:
    """建立区划: the first step."""
    form = RegionForm(posted(request))
    if form.is_valid():
        try:
            region = found_region(request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            contents.load(region)
            messages.success(request, f"{region.name}已建立，指标库已载入首批指标；接着导入单位")
            return redirect("start")
    context = {"steps": [], "form": form, "may_found": True, "waits": 0}
    return render(request, "jiheng/start/start.html", context, status=422)


urlpatterns: list[URLPattern] = [
    path("start/", start, name="start"),
    path("start/region/", new_region, name="start_region"),
]
