"""Lists of forms: every subject of a stage and year with its form, or with none; many decided at once.

A room's list page asks `listed(request, forms, fiscal_year, month)` and renders jiheng/filing/list.html (or a
template that extends it) with `context`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from jiheng.filings.access import fills_for, visible, waiting_at_desk
from jiheng.filings.desks import DESK_ROLES, before
from jiheng.filings.models import Desk, Filing, State, state_in_words
from jiheng.projects import calendar
from jiheng.projects.models import Fund, Stage
from jiheng.sheets import Form
from jiheng.units import access
from jiheng.units.models import Person, Unit
from jiheng.web.shell import Pager, PersonRequest, paginate

NOT_FILED = "none"


@dataclass(frozen=True)
class Row:
    """One subject of a list: its unit, its fund (None: the unit as a whole), its form if there is one."""

    unit: Unit
    fund: Fund | None
    form: str
    filing: Filing | None
    is_late: bool
    is_mine: bool  # waits at the person's desk
    may_start: bool

    @property
    def name(self) -> str:
        return self.fund.name if self.fund else "整体支出"

    @property
    def amount(self) -> Decimal | None:
        return self.filing.amount if self.filing else None


@dataclass(frozen=True)
class Listed:
    """A list as its page shows it; `rows` are all that pass the filters, `pager` the page of them."""

    rows: list[Row]
    pager: Pager
    window: Any
    counts: Mapping[str, int]
    filters: Mapping[str, Any]
    holds_desk: bool
    is_unit: bool
    desks_before: tuple[Desk, ...]  # where the person may return what waits for them

    def context(self) -> dict[str, Any]:
        """For jiheng/filing/list.html."""
        return {
            "rows": self.pager.rows,
            "pager": self.pager,
            "window": self.window,
            "counts": self.counts,
            "filters": self.filters,
            "holds_desk": self.holds_desk,
            "may_tick": any(row.is_mine for row in self.pager.rows),
            "is_unit": self.is_unit,
            "desks_before": self.desks_before,
        }


def subjects(person: Person, fiscal_year: int) -> tuple[list[Unit], list[Fund]]:
    """The units that the person sees, and their funds of the year. Two queries."""
    units = list(
        access.units_for(person)
        .filter(since_year__lte=fiscal_year, until_year__gte=fiscal_year)
        .select_related("department__division")
        .order_by("code")
    )
    funds = list(
        Fund.objects.filter(
            unit__in=access.units_for(person), since_year__lte=fiscal_year, until_year__gte=fiscal_year
        ).order_by("unit__code", "code")
    )
    return units, funds


def filed(person: Person, forms: Sequence[Form], fiscal_year: int, month: int) -> QuerySet[Filing]:
    """The forms that are there, without their sheets."""
    found = visible(person).filter(form__in=list(forms), fiscal_year=fiscal_year, month=month)
    return found.defer("sheet", "returned_by").order_by()


def listed(
    request: PersonRequest,
    forms: tuple[Form, Form],
    stage: Stage,
    fiscal_year: int,
    month: int = 0,
    *,
    may_start: bool = True,
) -> Listed:
    """Every subject with its form; `forms` are the form of a unit and the form of a fund (twice the same
    for monitoring). The number of queries does not grow with the units."""
    person = request.user
    region = access.region_of(person)
    window = calendar.window(region, stage, fiscal_year, month)
    units, funds = subjects(person, fiscal_year)
    by_unit = {unit.pk: unit for unit in units}
    there = {(item.unit_id, item.fund_id): item for item in filed(person, forms, fiscal_year, month)}
    mine = set(
        waiting_at_desk(person).filter(fiscal_year=fiscal_year, month=month).values_list("pk", flat=True)
    )
    due = window.due_on if window else None

    def row(unit: Unit, fund: Fund | None) -> Row:
        form = forms[0] if fund is None else forms[1]
        filing = there.get((unit.pk, fund.pk if fund else None))
        if filing is not None:
            filing.unit = unit
            filing.fund = fund
        starts = may_start and filing is None and fills_for(person, unit.pk)
        return Row(
            unit, fund, form.value, filing, _is_late(filing, due), bool(filing and filing.pk in mine), starts
        )

    every = [row(unit, None) for unit in units]
    every += [row(by_unit[fund.unit_id], fund) for fund in funds if fund.unit_id in by_unit]
    holds_desk = person.role in DESK_ROLES.values()
    filters = _filters(request, units, forms, holds_desk=holds_desk, waiting=len(mine))
    rows = _passing(every, filters["chosen"])
    counts = {
        "total": len(every),
        "filed": sum(1 for item in every if item.filing and item.filing.submitted_at),
        "approved": sum(1 for item in every if item.filing and item.filing.approved_id),
        "mine": sum(1 for item in every if item.is_mine),
        "missing": sum(1 for item in every if item.filing is None or not item.filing.submitted_at),
    }
    return Listed(
        rows,
        paginate(request, rows),
        window,
        counts,
        filters,
        holds_desk,
        person.unit_id is not None,
        before(person, [form.value for form in forms]),
    )


def _is_late(filing: Filing | None, due: date | None) -> bool:
    if due is None:
        return False
    if filing is None or filing.submitted_at is None:
        return timezone.localdate() > due
    return timezone.localdate(filing.submitted_at) > due


def _filters(
    request: PersonRequest, units: list[Unit], forms: tuple[Form, Form], *, holds_desk: bool, waiting: int
) -> dict[str, Any]:
    """What the address asks for, and what there is to choose from."""
    names = ("state", "desk", "form", "division", "department", "unit", "text", "late", "errors")
    chosen = {name: request.GET.get(name, "").strip() for name in names}
    # who holds a desk first sees what waits there, unless the address says otherwise
    is_plain = not any(name in request.GET for name in names)
    if is_plain and holds_desk and waiting:
        chosen["desk"] = "mine"
    departments = {unit.department_id: unit.department for unit in units}
    divisions = {item.division_id: item.division for item in departments.values()}
    offered = dict.fromkeys(forms)
    return {
        "chosen": chosen,
        "states": [(NOT_FILED, "未填报")]
        + [(state.value, state_in_words(state, forms[0])) for state in State],
        "approved": state_in_words(State.APPROVED, forms[0]),
        "desks": [choice for choice in Desk.choices if choice[0] != Desk.REPORTER],
        "forms": [(form.value, form.heading) for form in offered] if len(offered) > 1 else [],
        "departments": sorted(departments.values(), key=lambda item: item.code)
        if len(departments) > 1
        else [],
        "divisions": sorted(divisions.values(), key=lambda item: item.code) if len(divisions) > 1 else [],
    }


def _offered(places: Iterable[Any]) -> list[Any]:
    """By code; nothing to choose where there is only one."""
    found = sorted(places, key=lambda item: str(item.code))
    return found if len(found) > 1 else []


def _desk(row: Row) -> str:
    filing = row.filing
    return filing.desk if filing is not None and filing.state == State.IN_REVIEW else ""


def _words(row: Row) -> str:
    return f"{row.name} {row.unit.name} {row.unit.code} {row.fund.code if row.fund else ''}"


TESTS: dict[str, Callable[[Row, str], bool]] = {
    "state": lambda row, wanted: (row.filing.state if row.filing else NOT_FILED) == wanted,
    "desk": lambda row, wanted: row.is_mine if wanted == "mine" else _desk(row) == wanted,
    "form": lambda row, wanted: row.form == wanted,
    "division": lambda row, wanted: str(row.unit.department.division_id) == wanted,
    "department": lambda row, wanted: str(row.unit.department_id) == wanted,
    "unit": lambda row, wanted: str(row.unit.pk) == wanted,
    "text": lambda row, wanted: all(word in _words(row) for word in wanted.split()),
    "late": lambda row, _: row.is_late,
    "errors": lambda row, _: row.filing is not None and row.filing.errors > 0,
}


def _passing(rows: list[Row], chosen: Mapping[str, str]) -> list[Row]:
    """The rows that pass every filter that was set."""
    tests = [(TESTS[name], wanted) for name, wanted in chosen.items() if wanted and wanted != "all"]
    return [row for row in rows if all(test(row, wanted) for test, wanted in tests)]
