"""运行监控: the board of lights by unit or fund and month, and what is peculiar to the monitoring form."""

from __future__ import annotations

from typing import Any, Literal, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from jiheng.filings.access import filing_for, fills_for, visible
from jiheng.filings.desks import EDITABLE
from jiheng.filings.models import Filing, State
from jiheng.findings.models import Correction
from jiheng.monitoring import workflow
from jiheng.monitoring.board import UNFILED, UNLIT, BoardFilter, board
from jiheng.monitoring.models import Reading
from jiheng.projects.access import fund_for
from jiheng.projects.models import Stage, Window
from jiheng.scoring import lights
from jiheng.sheets import Form, Light, MonitoringSheet
from jiheng.units.access import may, region_of, units_for
from jiheng.web.corrections import MOST_TEXT, may_order
from jiheng.web.filing import FormPage, SheetView, based_on, store
from jiheng.web.filing_list import listed
from jiheng.web.forms import patterns
from jiheng.web.shell import (
    PersonRequest,
    fiscal_year,
    kept_page,
    key_field,
    key_in,
    page,
    paginate,
    year_choices,
)
from jiheng.web.units import divisions_for

WORDS = (*(light.value for light in Light), UNLIT, UNFILED)
WORD_COLOURS = {"红": "red", "黄": "yellow", "绿": "green", "蓝": "blue"}
FORMS_OF_STAGE = (Form.MONITORING, Form.MONITORING)


def extras(request: PersonRequest, filing: Filing, view: SheetView) -> dict[str, Any]:
    """The lights of the sheet as it stands, each with its step; corrections; whether one may be ordered."""
    sheet = cast(MonitoringSheet, view.sheet)
    lit = lights(sheet, workflow.policy_of(filing))
    steps = {f"lines[{line.key}]": line for line in lit.lines}
    orders = may_order(request, filing)
    query = f"?year={filing.fiscal_year}&until={filing.month}"
    subject = f"&fund={filing.fund_id}" if filing.fund_id else f"&unit={filing.unit_id}"
    return {
        "lit": lit,
        "steps": steps,
        "payments_href": f"{reverse('payments')}{query}{subject}",
        "corrections": Correction.objects.filter(filing=filing).order_by("-ordered_at"),
        "may_order": orders,
        "proposal": workflow.proposal_for(request.user, filing) if orders else None,
        "reading": Reading.objects.filter(filing=filing).first(),
        "may_reopen": filing.state == State.APPROVED and may(request.user, "reopen"),
        "may_abandon": filing.is_adjusting
        and filing.state in EDITABLE
        and (may(request.user, "reopen") or fills_for(request.user, filing.unit_id)),
    }


FORMS = (
    FormPage(
        form=Form.MONITORING,
        room=workflow,
        body="jiheng/monitoring/form.html",
        list_name="monitoring_forms",
        editable=frozenset(
            {
                "money[].forecast",
                *(
                    name
                    for name in patterns(MonitoringSheet)
                    if name.startswith("lines[].") and "indicator" not in name
                ),
            }
        ),
        more=extras,
        actions="jiheng/monitoring/actions.html",
    ),
)


# ── the board ─────────────────────────────────────────────────────────────────────────────────────────


class BoardForm(forms.Form):
    by = forms.ChoiceField(choices=[("unit", "单位"), ("fund", "专项资金")], required=False)
    division = key_field()
    department = key_field()
    unit = key_field()
    word = forms.ChoiceField(choices=[(word, word) for word in WORDS], required=False)
    text = forms.CharField(max_length=60, required=False)
    month = forms.IntegerField(min_value=1, max_value=12, required=False)


@page()
def monitoring(request: PersonRequest) -> HttpResponse:
    """看板: lights by unit or fund and month; who is behind; where money runs ahead of the goals."""
    year = fiscal_year(request, Stage.MONITORING)
    return kept_page(request, "jiheng/monitoring/board.html", lambda: _board(request, year))


def _board(request: PersonRequest, year: int) -> dict[str, Any]:
    form = BoardForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    by: Literal["unit", "fund"] = "fund" if asked.get("by") == "fund" else "unit"
    wanted = BoardFilter(
        division=asked.get("division"), department=asked.get("department"), unit=asked.get("unit")
    )
    found = board(request.user, region_of(request.user), year, by, wanted)
    month = (
        asked["month"] if asked.get("month") in found.months else (found.months[-1] if found.months else 0)
    )
    place = found.months.index(month) if month else 0
    rows = [
        row
        for row in found.rows
        if all(word in f"{row.code} {row.name} {row.unit_name}" for word in asked.get("text", "").split())
        and (not asked.get("word") or (row.cells and row.cells[place].word == asked["word"]))
    ]
    counts = found.counts.get(month, {})
    behind = [row for row in found.rows if row.cells and row.cells[place].missing]
    return {
        "board": found,
        "by": by,
        "asked": asked,
        "year": year,
        "years": year_choices(year),
        "month": month,
        "pager": paginate(request, rows),
        "words": [
            {"word": word, "count": counts.get(word, 0), "colour": WORD_COLOURS.get(word, "grey")}
            for word in WORDS
        ],
        "behind": sorted(behind, key=lambda row: -row.cells[place].missing)[:20],
        "behind_count": len(behind),
        "place": place,
        "divisions": divisions_for(request.user),
        "unit": units_for(request.user).filter(pk=asked.get("unit") or 0).first(),
        "fills": may(request.user, "file"),
        "to_correct": _to_correct(request, year, month, wanted),
    }


def _to_correct(request: PersonRequest, year: int, month: int, asked: BoardFilter) -> list[Filing]:
    """Forms of a month on which policy asks for a correction that nobody ordered, for who orders them."""
    if not may(request.user, "order_correction"):
        return []
    found = visible(request.user).filter(form=Form.MONITORING, fiscal_year=year, month=month)
    found = found.filter(reading__must_correct=True, corrections__isnull=True).exclude(state=State.DRAFT)
    if asked.division is not None:
        found = found.filter(unit__department__division=asked.division)
    if asked.unit is not None:
        found = found.filter(unit=asked.unit)
    return list(found.select_related("unit", "fund", "reading").defer("sheet", "reading__lines"))


# ── the month's forms ─────────────────────────────────────────────────────────────────────────────────


def months_of(request: PersonRequest, year: int) -> list[int]:
    """The months that the calendar assigns."""
    found = Window.objects.filter(region=region_of(request.user), stage=Stage.MONITORING, fiscal_year=year)
    return list(found.order_by("month").values_list("month", flat=True).distinct())


def month_of(request: PersonRequest, months: list[int]) -> int:
    """The month asked for, else the calendar's latest; 0 where none is assigned."""
    text = request.POST.get("month", "") or request.GET.get("month", "")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
    return asked if 1 <= asked <= 12 else (months[-1] if months else 0)


@page()
def forms_of_month(request: PersonRequest) -> HttpResponse:
    """Every unit and fund with its form of a month: to fill in, or to decide many at once."""
    year = fiscal_year(request, Stage.MONITORING)
    return kept_page(request, "jiheng/monitoring/list.html", lambda: _listed(request, year))


def _listed(request: PersonRequest, year: int) -> dict[str, Any]:
    months = months_of(request, year)
    month = month_of(request, months)
    found = listed(request, FORMS_OF_STAGE, Stage.MONITORING, year, month, may_start=bool(month))
    return {
        "year": year,
        "years": year_choices(year),
        "month": month,
        "months": months,
        "start_name": "monitoring_start",
        "list_name": "monitoring_forms",
        **found.context(),
    }


@page("file", methods=("POST",))
def start(request: PersonRequest) -> HttpResponseRedirect:
    """开始填报: the month's form of the unit itself or of a fund (`fund`), money already pulled."""
    unit = request.user.unit
    if unit is None:
        raise Http404("您的账号没有所属单位")
    year = fiscal_year(request, Stage.MONITORING)
    key = key_in(request.POST.get("fund", ""))
    fund = fund_for(request.user, key) if key else None
    month = month_of(request, months_of(request, year))
    filing = workflow.start(request.user, unit=unit, fund=fund, fiscal_year=year, month=month)
    return redirect("filing", pk=filing.pk)


@page("file", methods=("POST",))
def refresh(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """Saves, then 重新取数: budget and payments as the books have them now, and the goal as last adjusted."""
    filing = filing_for(request.user, pk)
    if filing.form != Form.MONITORING:
        raise Http404("这不是监控表")
    after = store(request, filing, FORMS[0])
    workflow.refresh_money(request.user, after, after.revision)
    messages.success(request, "已重新取数：预算、支付和目标都是最新的")
    return redirect("filing", pk=pk)


@page(methods=("POST",))
def reopen(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """重新打开: an approved form goes back to its reporter, with a reason; its version stays in force."""
    filing = filing_for(request.user, pk)
    if filing.form != Form.MONITORING:
        raise Http404("这不是监控表")
    reason = request.POST.get("reason", "").strip()[:MOST_TEXT]
    workflow.reopen(request.user, filing, reason, based_on(request))
    messages.success(request, "已重新打开：原版本继续有效，单位修改后请重新报送")
    return redirect("filing", pk=pk)


@page(methods=("POST",))
def abandon(request: PersonRequest, pk: int) -> HttpResponseRedirect:
    """放弃重填: a reopened form is again what was approved."""
    filing = filing_for(request.user, pk)
    if filing.form != Form.MONITORING:
        raise Http404("这不是监控表")
    workflow.abandon(request.user, filing, based_on(request))
    messages.success(request, "已放弃重填，恢复审核通过的版本")
    return redirect("filing", pk=pk)


urlpatterns: list[URLPattern] = [
    path("monitoring/", monitoring, name="monitoring"),
    path("monitoring/forms/", forms_of_month, name="monitoring_forms"),
    path("monitoring/start/", start, name="monitoring_start"),
    path("monitoring/<int:pk>/refresh/", refresh, name="monitoring_refresh"),
    path("monitoring/<int:pk>/reopen/", reopen, name="monitoring_reopen"),
    path("monitoring/<int:pk>/abandon/", abandon, name="monitoring_abandon"),
]
