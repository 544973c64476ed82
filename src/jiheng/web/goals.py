"""绩效目标: the list, and what only goals have: last year's lines, two taxonomies, adjustments, paste."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from jiheng.filings.access import filing_for, fills_for
from jiheng.filings.models import Filing, State
from jiheng.goals import workflow
from jiheng.policy import Policy
from jiheng.projects.access import fund_for
from jiheng.projects.models import Fund, Stage
from jiheng.sheets import WAN, Form, Indicator, ProjectGoalSheet, Quantity, Taxonomy, UnitGoalSheet
from jiheng.units import access
from jiheng.web import exports, goal_paste
from jiheng.web.filing import FormPage, SheetView, based_on, store
from jiheng.web.filing_list import Row, listed
from jiheng.web.forms import patterns
from jiheng.web.shell import PersonRequest, fiscal_year, kept_page, key_in, page, year_choices

HEADINGS = (
    *("表", "主管部门", "单位", "项目", "状态", "金额（万元）", "错误", "警告", "首次报送", "是否逾期"),
    "批复后变动",
)
FORMS_OF_STAGE = (Form.UNIT_GOAL, Form.PROJECT_GOAL)


def extras(request: PersonRequest, filing: Filing, view: SheetView) -> dict[str, Any]:
    """The weights policy asks for, who may adjust, whether last year's goal can be copied."""
    sheet = view.sheet
    assert isinstance(sheet, ProjectGoalSheet | UnitGoalSheet)
    policy = workflow.policy_of(filing)
    is_approved = filing.state == State.APPROVED
    may_adjust = is_approved and (
        access.may(request.user, "reopen") or fills_for(request.user, filing.unit_id)
    )
    return {
        "paste_url": reverse("goal_paste", args=[filing.pk]),
        "suggest_url": reverse("goal_suggest", args=[filing.pk]),
        "weights": weights_by_level(sheet.indicators, view.frame),
        "weights_total": sum(
            (line.weight.value for line in sheet.indicators if isinstance(line.weight, Quantity)), start=0
        ),
        "weights_allowed": policy.table("weights.goal_totals"),
        "weight_sets": [
            item for item in policy.table("weights.sets") if item["taxonomy"] == sheet.taxonomy.value
        ],
        "other_taxonomies": [item for item in Taxonomy if item is not sheet.taxonomy],
        "may_adjust": may_adjust,
        "may_abandon": filing.is_adjusting
        and filing.state in (State.DRAFT, State.RETURNED)
        and (access.may(request.user, "reopen") or fills_for(request.user, filing.unit_id)),
        "has_last_year": view.is_editing and workflow.suggestion(filing) is not None,
        "adjustments": list(filing.adjustments.select_related("person").order_by("at")),
    }


def weights_by_level(lines: tuple[Indicator, ...], frame: Any) -> list[tuple[str, Any]]:
    """The sum of weights of each first level that policy knows, and of those that it does not."""
    levels = dict.fromkeys([*frame, *(line.level1 for line in lines)])
    return [
        (
            level,
            sum(
                (
                    line.weight.value
                    for line in lines
                    if line.level1 == level and isinstance(line.weight, Quantity)
                ),
                start=0,
            ),
        )
        for level in levels
        if level
    ]


FORMS = (
    FormPage(
        form=Form.PROJECT_GOAL,
        room=workflow,
        body="jiheng/goals/project.html",
        list_name="goals",
        editable=patterns(ProjectGoalSheet) - {"taxonomy"},
        rows=frozenset({"indicators"}),
        more=extras,
        actions="jiheng/goals/actions.html",
    ),
    FormPage(
        form=Form.UNIT_GOAL,
        room=workflow,
        body="jiheng/goals/unit.html",
        list_name="goals",
        editable=patterns(UnitGoalSheet) - {"taxonomy"},
        rows=frozenset({"indicators", "tasks"}),
        more=extras,
        actions="jiheng/goals/actions.html",
    ),
)
BY_FORM = {declared.form.value: declared for declared in FORMS}


# ── the list ──────────────────────────────────────────────────────────────────────────────────────────


@page()
def goals(request: PersonRequest) -> HttpResponse:
    """Every unit and fund with its goal form: filed or not, at which desk, with what errors."""
    year = fiscal_year(request, Stage.GOAL)
    return kept_page(request, "jiheng/goals/list.html", lambda: _listed(request, year))


def _listed(request: PersonRequest, year: int) -> dict[str, Any]:
    found = listed(request, FORMS_OF_STAGE, Stage.GOAL, year)
    return {
        "year": year,
        "years": year_choices(year),
        "start_name": "goal_start",
        "export_name": "goals_export",
        "zip_name": "goals_zip",
        "list_name": "goals",
        **found.context(),
    }


@page()
def export(request: PersonRequest) -> HttpResponseBase:
    """The list as it is filtered, as a workbook."""
    year = fiscal_year(request, Stage.GOAL)
    found = listed(request, FORMS_OF_STAGE, Stage.GOAL, year)
    rows = [_exported(row) for row in found.rows]
    return exports.as_xlsx(f"{year}年绩效目标", HEADINGS, rows)


def _exported(row: Row) -> tuple[Any, ...]:
    subject = (
        Form(row.form).heading,
        row.unit.department.name,
        row.unit.name,
        row.fund.name if row.fund else "",
    )
    late, filing = "逾期" if row.is_late else "", row.filing
    if filing is None:
        return (*subject, "未填报", None, None, None, "", late, None)
    is_at_desk = filing.state == State.IN_REVIEW
    return (
        *subject,
        filing.get_desk_display() if is_at_desk else filing.get_state_display(),
        None if filing.amount is None else filing.amount / WAN,
        filing.errors,
        filing.warnings,
        f"{timezone.localdate(filing.submitted_at)}" if filing.submitted_at else "",
        late,
        filing.changes_since_approval,
    )


@page("file", methods=("POST",))
def start(request: PersonRequest) -> HttpResponseRedirect:
    """开始填报: the goal form of the unit itself, or of a fund (`fund`), prefilled."""
    year = fiscal_year(request, Stage.GOAL)
    unit = request.user.unit
    if unit is None:
        raise Http404("您的账号没有所属单位")
    key = key_in(request.POST.get("fund", ""))
    fund: Fund | None = fund_for(request.user, key) if key else None
    filing = workflow.start(request.user, unit=unit, fund=fund, fiscal_year=year)
    return redirect("filing", pk=filing.pk)


# ── one goal ──────────────────────────────────────────────────────────────────────────────────────────


def goal_for(request: PersonRequest, pk: int) -> Filing:
    """A goal form that the person may see. Raises Http404 for other forms too."""
    found = filing_for(request.user, pk)
    if found.form not in BY_FORM:
        raise Http404("这不是绩效目标表")
    return found


@page("file", methods=("POST",))
def copy_last_year(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """Saves, then replaces the indicators by last year's approved ones."""
    found = goal_for(request, pk)
    after = store(request, found, BY_FORM[found.form])
    workflow.copy_last_year(request.user, after, after.revision)
    messages.success(request, f"已复制 {found.fiscal_year - 1} 年批复的指标，请按今年情况修改指标值")
    return redirect("filing", pk=pk)


@page("file", methods=("POST",))
def switch_taxonomy(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """Saves, then writes the whole form in the other framework: cost moves, nothing is dropped."""
    found = goal_for(request, pk)
    after = store(request, found, BY_FORM[found.form])
    sheet = after.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet | UnitGoalSheet)
    wanted = next(item for item in Taxonomy if item is not sheet.taxonomy)
    lines = in_taxonomy(sheet.indicators, wanted, workflow.policy_of(after))
    moved = sum(1 for old, new in zip(sheet.indicators, lines, strict=True) if old != new)
    workflow.save_draft(
        request.user, after, replace(sheet, taxonomy=wanted, indicators=lines), after.revision
    )
    messages.success(request, f"已换为 {wanted.value} 版指标分类，{moved} 条成本指标随之改换位置，请核对分值")
    return redirect("filing", pk=pk)


def in_taxonomy(lines: tuple[Indicator, ...], taxonomy: Taxonomy, policy: Policy) -> tuple[Indicator, ...]:
    """The lines under the levels of another framework. Only cost stands elsewhere: a first level of its own
    since 财预〔2021〕101号, under 产出 before. What neither framework knows stays for the checks to name."""
    frame, costs = policy.table(f"taxonomy.{taxonomy.value}"), policy.table("goals.cost_levels")
    place = next(
        (
            (level1, level1_or_2)
            for level1, below in frame.items()
            for level1_or_2 in below
            if level1 in costs or level1_or_2 in costs
        ),
        None,
    )

    def moved(line: Indicator) -> Indicator:
        if line.level2 in frame.get(line.level1, ()) or place is None:
            return line
        if line.level1 in costs or line.level2 in costs:
            return replace(line, level1=place[0], level2=place[1])
        return line

    return tuple(moved(line) for line in lines)


@page("file", methods=("POST",))
def paste(request: PersonRequest, pk: int) -> JsonResponse:
    """A block of cells copied in Excel (`text`, pasted at `column`) as rows of inputs; nothing is stored."""
    found = goal_for(request, pk)
    sheet = found.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet | UnitGoalSheet)
    policy = workflow.policy_of(found)
    rows = goal_paste.read(
        request.POST.get("text", ""), request.POST.get("column", ""), sheet.taxonomy, policy
    )
    return JsonResponse(
        {"rows": [{"cells": row.cells, "problems": row.problems} for row in rows.rows], "note": rows.note}
    )


@page(methods=("POST",))
def adjust(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """目标调整: an approved goal is opened with a reason and the document it rests on."""
    found = goal_for(request, pk)
    reason, document = request.POST.get("reason", "")[:4000], request.POST.get("document", "")[:100]
    workflow.adjust(request.user, found, reason, document, based_on(request))
    messages.success(request, "已开始调整：批复版本继续有效，调整表修改后请重新报送")
    return redirect("filing", pk=pk)


@page(methods=("POST",))
def abandon(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """放弃调整: the form is again the version in force."""
    found = goal_for(request, pk)
    workflow.abandon(request.user, found, based_on(request))
    messages.success(request, "已放弃调整，恢复批复版本")
    return redirect("filing", pk=pk)


urlpatterns: list[URLPattern] = [
    path("goals/", goals, name="goals"),
    path("goals/export/", export, name="goals_export"),
    path("goals/start/", start, name="goal_start"),
    path("goals/<int:pk>/copy/", copy_last_year, name="goal_copy"),
    path("goals/<int:pk>/taxonomy/", switch_taxonomy, name="goal_taxonomy"),
    path("goals/<int:pk>/paste/", paste, name="goal_paste"),
    path("goals/<int:pk>/adjust/", adjust, name="goal_adjust"),
    path("goals/<int:pk>/abandon/", abandon, name="goal_abandon"),
]
