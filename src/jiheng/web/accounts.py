"""决算账表: which tables there are for a year, of the region and of the units, and what does not add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from jiheng.accounts import access, workflow
from jiheng.accounts.checking import year_findings
from jiheng.accounts.kinds import Kind, kinds
from jiheng.accounts.models import Statement, StatementState
from jiheng.accounts.outcomes import NotKept
from jiheng.documents.archive import DocumentError
from jiheng.projects.models import Stage
from jiheng.rules.relations import Broken
from jiheng.units.access import region_of, units_for
from jiheng.units.models import Unit
from jiheng.web.shell import PersonRequest, fiscal_year, key_in, page, paginate, year_choices

ACCEPTED = (".xlsx", ".xls", ".docx", ".pdf", ".html")
STATE_COLOURS = {
    StatementState.DRAFT: "grey",
    StatementState.CHECKED: "blue",
    StatementState.CLOSED: "green",
}


@dataclass(frozen=True)
class Line:
    """One kind of table in a list: what is stored of it, and whether the person may begin it."""

    kind: Kind
    statement: Statement | None
    may_open: bool

    @property
    def colour(self) -> str:
        return STATE_COLOURS[StatementState(self.statement.state)] if self.statement else "grey"


def _groups(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.kind.group].append(line)
    return list(groups.items())


def _lines(request: PersonRequest, year: int, unit: Unit | None) -> list[Line]:
    rows = access.visible(request.user).filter(fiscal_year=year)
    rows = rows.filter(unit=unit) if unit is not None else rows.filter(unit__isnull=True)
    there = {row.kind: row for row in rows.select_related("updated_by")}
    return [
        Line(kind, there.get(kind.name), access.may_draw_up(request.user, kind, unit))
        for kind in kinds().values()
        if (kind.of_units if unit is not None else kind.of_region)
    ]


@page()
def accounts(request: PersonRequest) -> HttpResponse:
    """The year's tables: the region's by group, or one unit's; ?unit= chooses the unit."""
    year = fiscal_year(request, Stage.MONITORING)
    units = units_for(request.user).order_by("code")
    asked = key_in(request.GET.get("unit", ""))
    unit = units.filter(pk=asked).first() if asked is not None else None
    if unit is None and not access.sees_region(request.user):
        unit = units.first()
    lines = _lines(request, year, unit) if unit is not None or access.sees_region(request.user) else []
    context = {
        "year": year,
        "years": year_choices(year),
        "unit": unit,
        "sees_region": access.sees_region(request.user),
        "has_units": units.count() > 1,
        "groups": _groups(lines),
        "may_upload": any(line.may_open for line in lines),
        "accept": ",".join(ACCEPTED),
        "drawn": sum(line.statement is not None for line in lines),
        "count": len(lines),
    }
    return render(request, "jiheng/accounts/list.html", context)


@page()
def units(request: PersonRequest) -> HttpResponse:
    """Units × tables: who has drawn up what, and where errors stand."""
    year = fiscal_year(request, Stage.MONITORING)
    columns = [kind for kind in kinds().values() if kind.of_units]
    found = units_for(request.user).select_related("department").order_by("code")
    word = request.GET.get("word", "").strip()
    if word:
        found = found.filter(name__icontains=word)
    pager = paginate(request, found)
    stored = access.visible(request.user).filter(fiscal_year=year, unit__in=pager.rows)
    there = {
        (row.unit_id, row.kind): row
        for row in stored.only("pk", "unit_id", "kind", "state", "errors", "warnings")
    }
    rows = [(unit, [_cell(there.get((unit.pk, kind.name))) for kind in columns]) for unit in pager.rows]
    context = {"year": year, "years": year_choices(year), "columns": columns, "rows": rows, "pager": pager}
    return render(request, "jiheng/accounts/units.html", context | {"word": word})


def _cell(row: Statement | None) -> dict[str, Any] | None:
    if row is None:
        return None
    is_wrong = row.errors > 0
    words = f"错 {row.errors}" if is_wrong else row.get_state_display()
    return {
        "pk": row.pk,
        "words": words,
        "colour": "red" if is_wrong else STATE_COLOURS[StatementState(row.state)],
    }


@page()
def check(request: PersonRequest) -> HttpResponse:
    """All relations between the year's tables that do not hold: the region's own, or one unit's."""
    year = fiscal_year(request, Stage.MONITORING)
    asked = key_in(request.GET.get("unit", ""))
    unit = units_for(request.user).filter(pk=asked).first() if asked is not None else None
    if unit is None and not access.sees_region(request.user):
        unit = units_for(request.user).order_by("code").first()
        if unit is None:
            raise PermissionDenied("您没有可以核对的账表")
    checked = year_findings(region_of(request.user).pk, year, unit.pk if unit else None)
    rows = access.visible(request.user).filter(fiscal_year=year)
    rows = rows.filter(unit=unit) if unit is not None else rows.filter(unit__isnull=True)
    places = dict(rows.values_list("kind", "pk"))
    pager = paginate(request, [_told(one, places) for one in checked.broken])
    context = {
        "year": year,
        "years": year_choices(year),
        "unit": unit,
        "count": checked.count,
        "pager": pager,
    }
    return render(request, "jiheng/accounts/check.html", context)


def _told(one: Broken, places: dict[str, int]) -> dict[str, Any]:
    """A relation with the address of its first cell that can be opened."""
    ways = [
        {"pk": places[name], "field": f"rows[{row}].{column}", "title": kinds()[name].short}
        for name, row, column in one.cells
        if name in places
    ]
    return {"one": one, "ways": list({way["pk"]: way for way in ways}.values())}


@page("keep_accounts", methods=("POST",))
def begin(request: PersonRequest) -> HttpResponse:
    """Opens a table, made with last year's figures if it is not there yet."""
    year = request.POST.get("year", "")
    if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
        return redirect("accounts")
    unit = key_in(request.POST.get("unit", ""))
    made = workflow.open_statement(request.user, request.POST.get("kind", ""), int(year), unit)
    return redirect("statement", made.pk)


@page("keep_accounts", methods=("POST",))
def upload(request: PersonRequest) -> HttpResponse:
    """Fills every table of one file, all or none: each is found by its title."""
    year, file = request.POST.get("year", ""), request.FILES.get("file")
    unit = key_in(request.POST.get("unit", ""))
    if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
        return redirect("accounts")
    back = f"{reverse('accounts')}?year={year}" + (f"&unit={unit}" if unit is not None else "")
    if file is None or not str(file.name).lower().endswith(ACCEPTED):
        messages.error(request, f"请选择文件（{'、'.join(ACCEPTED)}）")
    elif (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        messages.error(request, f"文件超过 {settings.MAX_UPLOAD_BYTES // (1024 * 1024)} MB 的上限")
    else:
        try:
            taken = workflow.take_all(request.user, int(year), unit, str(file.name), file.read())
        except (NotKept, DocumentError) as refused:
            messages.error(request, str(refused))
        else:
            words = "、".join(f"{kinds()[one.kind].short} {len(one.cells)} 个数" for _, one in taken)
            messages.success(request, f"导入 {len(taken)} 张表：{words}；原来的内容各存一版")
            lost = [f"{kinds()[one.kind].short}：{label}" for _, one in taken for label in one.passed_over]
            if lost:
                messages.warning(request, f"没有对上的行：{'；'.join(lost[:20])}")
    return redirect(back)


urlpatterns: list[URLPattern] = [
    path("accounts/", accounts, name="accounts"),
    path("accounts/units/", units, name="accounts_units"),
    path("accounts/check/", check, name="accounts_check"),
    path("accounts/open/", begin, name="accounts_open"),
    path("accounts/upload/", upload, name="accounts_upload"),
]
