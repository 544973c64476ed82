"""决算公开: whose explanations of a year stand where, and all units' in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from jiheng.accounts.access import sees_region
from jiheng.disclosure import access, checking, workflow
from jiheng.disclosure.models import Disclosure, DisclosureState
from jiheng.projects.models import Stage
from jiheng.units.access import READERS, may, units_for
from jiheng.units.models import Unit
from jiheng.web.shell import PersonRequest, fiscal_year, key_in, page, paginate, year_choices

COLOURS = {
    DisclosureState.PREPARED: "grey",
    DisclosureState.CHECKED: "blue",
    DisclosureState.PUBLISHED: "green",
    DisclosureState.WITHDRAWN: "yellow",
}
STATES = {"none": "未编制", **dict(DisclosureState.choices)}


@dataclass(frozen=True)
class Line:
    """One unit in the list, and whether the person may begin its explanation."""

    unit: Unit
    disclosure: Disclosure | None
    may_open: bool

    @property
    def colour(self) -> str:
        return colour_of(self.disclosure) if self.disclosure else "grey"


def colour_of(disclosure: Disclosure) -> str:
    """The badge's colour of a state."""
    return COLOURS[DisclosureState(disclosure.state)]


@page()
def disclosures(request: PersonRequest) -> HttpResponse:
    """The year's explanations: the region's, and the units'; ?state= and ?word= choose units."""
    year, person = fiscal_year(request, Stage.MONITORING), request.user
    seen = access.visible(person).filter(fiscal_year=year)
    seen = seen.select_related("region", "unit", "document", "updated_by")
    there = {row.unit_id: row for row in seen}
    units = units_for(person).select_related("department").order_by("code")
    if person.role in READERS:
        units = units.filter(pk__in=[pk for pk in there if pk])
    word, state = request.GET.get("word", "").strip(), request.GET.get("state", "")
    if word:
        units = units.filter(name__icontains=word)
    lines = [Line(unit, there.get(unit.pk), access.may_prepare(person, unit)) for unit in units]
    counts = _counts(lines)
    if state in STATES:
        lines = [line for line in lines if _state(line) == state]
    own = there.get(None)
    context: dict[str, Any] = {
        "year": year,
        "years": year_choices(year),
        "own": own,
        "own_colour": colour_of(own) if own else "grey",
        "sees_region": sees_region(person),
        "may_open_own": access.may_prepare(person, None),
        "pager": paginate(request, lines),
        "word": word,
        "state": state,
        "counts": [(key, label, counts.get(key, 0)) for key, label in STATES.items()],
        "may_disclose_units": may(person, "disclose_units"),
        "checked": counts.get(DisclosureState.CHECKED.value, 0),
    }
    return render(request, "jiheng/disclosure/list.html", context)


def _state(line: Line) -> str:
    return str(line.disclosure.state) if line.disclosure is not None else "none"


def _counts(lines: list[Line]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        found[_state(line)] = found.get(_state(line), 0) + 1
    return found


@page("prepare_disclosure", methods=("POST",))
def begin(request: PersonRequest) -> HttpResponse:
    """Opens an explanation, made if it is not there yet."""
    year = _year(request)
    if year is None:
        return redirect("disclosures")
    made = workflow.open_disclosure(request.user, year, key_in(request.POST.get("unit", "")))
    return redirect("disclosure", made.pk)


@page("disclose_units", methods=("POST",))
def units(request: PersonRequest) -> HttpResponse:
    """All units in one go, left to the worker: generate and check, or publish what is checked."""
    year = _year(request)
    if year is None:
        return redirect("disclosures")
    publishing = request.POST.get("verb") == "publish"
    job = checking.ask_units(request.user, year, publishing=publishing)
    return redirect("disclosure_units_job", job.pk)


@page("disclose_units")
def units_job(request: PersonRequest, pk: int) -> HttpResponse:
    """How far all units are, and which of them could not be done, with why."""
    job = checking.units_job_for(request.user, pk)
    publishing = job.params["publishing"]
    context = {
        "job": job,
        "job_url": reverse("job", args=[job.pk]),
        "rest": job.result.get("rest", []),
        "year": job.params["year"],
        "title": "批量公开部门决算说明" if publishing else "批量生成和审核部门决算说明",
    }
    return render(request, "jiheng/disclosure/units_job.html", context)


def _year(request: PersonRequest) -> int | None:
    text = request.POST.get("year", "")
    is_year = text.isascii() and text.isdigit() and 2000 <= int(text) <= 2100
    return int(text) if is_year else None


urlpatterns: list[URLPattern] = [
    path("disclosure/", disclosures, name="disclosures"),
    path("disclosure/open/", begin, name="disclosure_open"),
    path("disclosure/units/", units, name="disclosure_units"),
    path("disclosure/units/<int:pk>/", units_job, name="disclosure_units_job"),
]
