"""支付明细 and 执行率: what was spent, row by row, and how far each unit or fund is."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from jiheng.figures import percent
from jiheng.ledger import executed
from jiheng.ledger.models import Entry, EntryKind
from jiheng.projects import budget
from jiheng.projects.access import funds_for
from jiheng.projects.models import Fund, Project, Stage
from jiheng.sheets import WAN, Missing
from jiheng.units import log
from jiheng.units.access import WHOLE_REGION, region_of, units_for
from jiheng.units.models import Division, Unit
from jiheng.web.exports import as_csv, as_xlsx
from jiheng.web.shell import PersonRequest, fiscal_year, kept_page, key_field, page, paginate, year_choices

MONTHS = 12
HEADINGS = (
    "支付日期",
    "凭证号",
    "单位",
    "专项资金",
    "项目",
    "种类",
    "资金性质",
    "金额（元）",
    "收款人",
    "摘要",
    "来源文件",
    "行",
)


class PaymentForm(forms.Form):
    unit = key_field()
    fund = key_field()
    project = key_field()
    month = forms.IntegerField(min_value=1, max_value=12, required=False)
    until = forms.IntegerField(min_value=1, max_value=12, required=False)
    kind = forms.ChoiceField(choices=EntryKind.choices, required=False)
    text = forms.CharField(max_length=60, required=False)


def _found(request: PersonRequest) -> tuple[QuerySet[Entry], dict[str, Any], int]:
    """The entries that the address asks for, of what the person sees."""
    year = fiscal_year(request, Stage.MONITORING)
    form = PaymentForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    found = executed.entries(region_of(request.user), year)
    if request.user.role not in WHOLE_REGION:  # who sees the whole region needs no look at the units
        found = found.filter(unit__in=units_for(request.user))
    for name in ("unit", "fund", "project", "kind"):
        if asked.get(name):
            found = found.filter(**{name: asked[name]})
    if asked.get("month"):
        found = found.filter(dated__month=asked["month"])
    if asked.get("until"):
        last = calendar.monthrange(year, asked["until"])[1]
        found = found.filter(dated__lte=date(year, asked["until"], last))
    for word in asked.get("text", "").split():
        found = found.filter(
            Q(summary__icontains=word)
            | Q(payee__icontains=word)
            | Q(voucher__icontains=word)
            | Q(project__name__icontains=word)
        )
    found = found.select_related("unit", "fund", "project", "batch__upload")
    return found.order_by("-dated", "-pk"), asked, year


@page()
def payments(request: PersonRequest) -> HttpResponse:
    """Every movement of money, newest first, with the file and row it came from."""
    found, asked, year = _found(request)
    return kept_page(request, "jiheng/ledger/payments.html", lambda: _payments(request, found, asked, year))


def _payments(
    request: PersonRequest, found: QuerySet[Entry], asked: dict[str, Any], year: int
) -> dict[str, Any]:
    return {
        "pager": paginate(request, found),
        "total": found.order_by().aggregate(total=Sum("amount"))["total"],
        "asked": asked,
        "year": year,
        "years": year_choices(year),
        "months": range(1, MONTHS + 1),
        "kinds": EntryKind.choices,
        "units": units_for(request.user).only("name", "code"),
        "fund": funds_for(request.user).filter(pk=asked.get("fund") or 0).first(),
        "project": _project(request, asked.get("project")),
        "until": executed.pulled_until(region_of(request.user), year),
    }


def _project(request: PersonRequest, pk: int | None) -> Project | None:
    return Project.objects.filter(pk=pk or 0, unit__in=units_for(request.user)).first()


@page()
def export(request: PersonRequest, kind: str) -> HttpResponseBase:
    """What the filters found, as Excel or CSV, read in pieces; that too is logged."""
    found, _, year = _found(request)
    log.record(
        request.user, "导出支付明细", request.user, after={"年度": year, "行数": found.count(), "格式": kind}
    )
    name = f"支付明细{year}"
    return (as_csv if kind == "csv" else as_xlsx)(name, HEADINGS, _rows(found))


def _rows(found: QuerySet[Entry]) -> Iterator[tuple[Any, ...]]:
    for entry in found.iterator(chunk_size=2000):
        yield (
            entry.dated.isoformat(),
            entry.voucher,
            entry.unit.name,
            entry.fund.name if entry.fund else "基本支出",
            entry.project.name if entry.project else "",
            entry.get_kind_display(),
            entry.get_fund_type_display(),
            entry.amount,
            entry.payee,
            entry.summary,
            entry.batch.upload.name if entry.batch.upload else "",
            entry.row,
        )


# ── 执行率 ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Spending:
    """How far a unit or fund is at a month's end: yuan, `rate` and `gap` (to the month's share) in %."""

    code: str
    name: str
    unit_name: str
    href: str
    payments: str
    budget: Decimal | Missing
    executed: Decimal | Missing
    share: Decimal

    @property
    def rate(self) -> Decimal | Missing:
        return percent(self.executed, self.budget)

    @property
    def gap(self) -> Decimal | Missing:
        return self.rate if isinstance(self.rate, Missing) else self.rate - self.share


class ExecutionForm(forms.Form):
    by = forms.ChoiceField(choices=[("unit", "单位"), ("fund", "专项资金")], required=False)
    month = forms.IntegerField(min_value=1, max_value=12, required=False)
    division = key_field()
    order = forms.ChoiceField(choices=[("gap", ""), ("code", "")], required=False)


def _spending(request: PersonRequest) -> tuple[list[Spending], dict[str, Any], int, int]:
    region, year = region_of(request.user), fiscal_year(request, Stage.MONITORING)
    form = ExecutionForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    latest = executed.pulled_until(region, year) or timezone.localdate()
    month = asked.get("month") or (latest.month if latest.year == year else MONTHS)
    until = date(year, month, calendar.monthrange(year, month)[1])
    share = Decimal(month) / MONTHS * 100
    units = units_for(request.user).filter(since_year__lte=year, until_year__gte=year)
    if asked.get("division"):
        units = units.filter(department__division=asked["division"])
    subjects: list[Fund] | list[Unit]
    if asked.get("by") == "fund":
        seen = funds_for(request.user).filter(unit__in=units, since_year__lte=year, until_year__gte=year)
        subjects = list(seen.select_related("unit"))
        planned = budget.of_funds(region, year, subjects)
        spent = executed.of_funds(region, year, until, subjects)
    else:
        subjects = list(units)
        planned = budget.of_units(region, year, subjects)
        spent = executed.of_units(region, year, until, subjects)
    rows = [
        _one(subject, year, month, planned[subject.pk].revised, spent[subject.pk].total, share)
        for subject in subjects
    ]
    if asked.get("order") != "code":
        rows.sort(
            key=lambda row: (
                isinstance(row.gap, Missing),
                Decimal(0) if isinstance(row.gap, Missing) else row.gap,
            )
        )
    return rows, asked, year, month


def _one(
    subject: Fund | Unit,
    year: int,
    month: int,
    planned: Decimal | Missing,
    spent: Decimal | Missing,
    share: Decimal,
) -> Spending:
    kind = "fund" if isinstance(subject, Fund) else "unit"
    return Spending(
        code=subject.code,
        name=subject.name,
        unit_name=subject.unit.name if isinstance(subject, Fund) else "",
        href=reverse(kind, args=[subject.pk]),
        payments=f"{reverse('payments')}?year={year}&{kind}={subject.pk}&until={month}",
        budget=planned,
        executed=spent,
        share=share,
    )


@page()
def execution(request: PersonRequest) -> HttpResponse:
    """Execution rates by unit or fund against the month's share of the year, those furthest behind first."""
    fiscal_year(request, Stage.MONITORING)
    return kept_page(request, "jiheng/ledger/execution.html", lambda: _execution(request))


def _execution(request: PersonRequest) -> dict[str, Any]:
    rows, asked, year, month = _spending(request)
    planned = sum((row.budget for row in rows if not isinstance(row.budget, Missing)), Decimal(0))
    spent = sum((row.executed for row in rows if not isinstance(row.executed, Missing)), Decimal(0))
    return {
        "pager": paginate(request, rows),
        "asked": asked,
        "by_fund": asked.get("by") == "fund",
        "year": year,
        "years": year_choices(year),
        "month": month,
        "months": range(1, MONTHS + 1),
        "divisions": Division.objects.filter(department__unit__in=units_for(request.user))
        .distinct()
        .order_by("code"),
        "planned": planned,
        "spent": spent,
        "rate": percent(spent, planned),
        "share": Decimal(month) / MONTHS * 100,
    }


@page()
def execution_xlsx(request: PersonRequest) -> HttpResponseBase:
    """The same table as Excel."""
    rows, _, year, month = _spending(request)
    headings = ("代码", "名称", "单位", "全年预算数（万元）", "执行数（万元）", "执行率（%）", "与序时进度差")

    def told(value: Decimal | Missing, scale: Decimal = Decimal(1)) -> Any:
        return str(value) if isinstance(value, Missing) else round(value / scale, 2)

    table = (
        (
            row.code,
            row.name,
            row.unit_name,
            told(row.budget, WAN),
            told(row.executed, WAN),
            told(row.rate),
            told(row.gap),
        )
        for row in rows
    )
    return as_xlsx(f"执行率{year}年{month}月", headings, table, title=f"{year}年截至{month}月预算执行率")


urlpatterns: list[URLPattern] = [
    path("payments/", payments, name="payments"),
    path("payments/export.csv", export, {"kind": "csv"}, name="payments_csv"),
    path("payments/export.xlsx", export, {"kind": "xlsx"}, name="payments_xlsx"),
    path("payments/execution/", execution, name="execution"),
    path("payments/execution.xlsx", execution_xlsx, name="execution_xlsx"),
]
