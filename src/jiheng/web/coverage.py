"""全覆盖: who has filed what as of any day, all units and all funds, by number and amount; whom to remind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng.filings import coverage as filed
from jiheng.filings.coverage import Coverage, Row, Tally
from jiheng.filings.models import Desk, State, state_in_words
from jiheng.projects.calendar import open_windows
from jiheng.projects.models import Stage, Window
from jiheng.units import log
from jiheng.units.access import may, region_of, units_for
from jiheng.web.exports import as_xlsx
from jiheng.web.shell import PersonRequest, fiscal_year, kept_page, key_field, page, paginate, year_choices

LISTS = {"missing": "未报送", "late": "逾期报送", "all": "全部"}


class CoverageForm(forms.Form):
    stage = forms.ChoiceField(choices=Stage.choices, required=False)
    month = forms.IntegerField(min_value=0, max_value=12, required=False)
    day = forms.DateField(required=False)
    division = key_field()
    department = key_field()
    unit = key_field()


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    stage: Stage
    year: int
    month: int
    months: list[int]
    day: date
    division: int | None
    department: int | None
    unit: int | None

    @property
    def level(self) -> str:
        return "单位" if self.department or self.unit else "主管部门" if self.division else "业务股室"

    def takes(self, row: Row) -> bool:
        """Whether the row is in the division, department or unit asked for."""
        unit = row.unit
        return (
            (self.division is None or unit.department.division_id == self.division)
            and (self.department is None or unit.department_id == self.department)
            and (self.unit is None or unit.pk == self.unit)
        )


@dataclass
class Group:
    """One line of the table: a division, department or unit, with both sides; `query` drills into it."""

    name: str
    order: str
    query: str
    units: Tally = field(default_factory=Tally)
    funds: Tally = field(default_factory=Tally)


def _asked(request: PersonRequest) -> Asked:
    form = CoverageForm(request.GET)
    form.is_valid()
    given = form.cleaned_data
    today = timezone.localdate()
    stage = Stage(given["stage"]) if given.get("stage") else _present_stage(request, today)
    year = fiscal_year(request, stage)
    months = _months(request, year) if stage == Stage.MONITORING else []
    month = given.get("month") or (months[-1] if months else 0)
    return Asked(
        stage=stage,
        year=year,
        month=month if stage == Stage.MONITORING else 0,
        months=months,
        day=given.get("day") or today,
        division=given.get("division"),
        department=given.get("department"),
        unit=given.get("unit"),
    )


def _present_stage(request: PersonRequest, today: date) -> Stage:
    """The stage that is open now and due next; goals where nothing is open."""
    windows = open_windows(request.user.region, today) if request.user.region else []
    next_due = [window for window in windows if window.due_on >= today] or windows[-1:]
    return Stage(next_due[0].stage) if next_due else Stage.GOAL


def _months(request: PersonRequest, year: int) -> list[int]:
    found = Window.objects.filter(
        region_id=request.user.region_id or "", stage=Stage.MONITORING, fiscal_year=year
    )
    return list(found.order_by("month").values_list("month", flat=True).distinct())


def _as_of(request: PersonRequest, asked: Asked) -> Coverage:
    region = region_of(request.user)
    return filed.as_of(region, asked.stage, asked.year, asked.month, asked.day, units_for(request.user))


@page()
def coverage(request: PersonRequest) -> HttpResponse:
    """Both 全覆盖 of a stage, by division, department or unit, and the names of the missing."""
    asked = _asked(request)
    return kept_page(request, "jiheng/coverage/coverage.html", lambda: _coverage(request, asked))


def _coverage(request: PersonRequest, asked: Asked) -> dict[str, Any]:
    found = _as_of(request, asked)
    units = [row for row in found.units.rows if asked.takes(row)]
    funds = [row for row in found.funds.rows if asked.takes(row)]
    shown = request.GET.get("list") if request.GET.get("list") in LISTS else "missing"
    rows = [row for row in (*units, *funds) if _is_listed(row, str(shown))]
    total = Group("合计", "", "")
    for row in units:
        total.units.add(row)
    for row in funds:
        total.funds.add(row)
    context: dict[str, Any] = {
        "asked": asked,
        "coverage": found,
        "total": total,
        "groups": _grouped(asked, units, funds),
        "lists": LISTS,
        "shown": shown,
        "pager": paginate(request, rows),
        "stages": Stage.choices,
        "years": year_choices(asked.year),
        "crumbs": _crumbs(asked, units),
        "may_remind": may(request.user, "remind"),
        "states": {state.value: state_in_words(state, filed.UNIT_FORMS[asked.stage]) for state in State}
        | {"": "未填"},
        "approved": state_in_words(State.APPROVED, filed.UNIT_FORMS[asked.stage]),
        "desks": dict(Desk.choices),
    }
    if context["may_remind"]:
        context["reminder"] = filed.reminder_text(_narrowed(found, asked))
    return context


@page("remind")
def export(request: PersonRequest) -> HttpResponseBase:
    """催报名单 as a workbook: the missing, whom to call, until when."""
    asked = _asked(request)
    found = _narrowed(_as_of(request, asked), asked)
    rows = filed.reminder_rows(found)
    log.record(request.user, "导出催报名单", request.user, after={"行数": len(rows)})
    month = f"截至{asked.month}月" if asked.month else ""
    title = f"{asked.year}年{asked.stage.label}{month}催报名单（{asked.day}）"
    return as_xlsx("催报名单", filed.REMINDER_HEADINGS, rows, title=title)


def _narrowed(found: Coverage, asked: Asked) -> Coverage:
    """Only the division, department or unit asked for."""
    return Coverage(
        region=found.region,
        stage=found.stage,
        fiscal_year=found.fiscal_year,
        month=found.month,
        day=found.day,
        window=found.window,
        units=filed.Side(tuple(row for row in found.units.rows if asked.takes(row))),
        funds=filed.Side(tuple(row for row in found.funds.rows if asked.takes(row))),
    )


def _is_listed(row: Row, shown: str) -> bool:
    return shown == "all" or (row.is_late if shown == "late" else row.is_missing)


def _grouped(asked: Asked, units: Iterable[Row], funds: Iterable[Row]) -> list[Group]:
    """The lines one level below what is asked for."""
    key: Callable[[Row], Any] = {
        "业务股室": lambda row: row.unit.department.division,
        "主管部门": lambda row: row.unit.department,
        "单位": lambda row: row.unit,
    }[asked.level]
    name = {"业务股室": "division", "主管部门": "department", "单位": "unit"}[asked.level]
    groups: dict[int, Group] = {}
    for rows, side in ((units, "units"), (funds, "funds")):
        for row in rows:
            at = key(row)
            group = groups.setdefault(at.pk, Group(at.name, at.code, f"{name}={at.pk}"))
            tally: Tally = getattr(group, side)
            tally.add(row)
    return sorted(groups.values(), key=lambda group: group.order)


def _crumbs(asked: Asked, units: list[Row]) -> list[tuple[str, str]]:
    """The way back up: (name, parameter to take away)."""
    if not units or not (asked.division or asked.department or asked.unit):
        return []
    unit = units[0].unit
    crumbs = [(unit.department.division.name, "division")] if asked.division else []
    if asked.department:
        crumbs.append((unit.department.name, "department"))
    if asked.unit:
        crumbs.append((unit.name, "unit"))
    return crumbs


urlpatterns: list[URLPattern] = [
    path("coverage/", coverage, name="coverage"),
    path("coverage/export.xlsx", export, name="coverage_xlsx"),
]
