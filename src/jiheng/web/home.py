"""工作台: what waits for me, what is open now, what is red."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng.filings.access import visible
from jiheng.filings.models import State
from jiheng.projects.calendar import WindowState, open_windows, stage_of, state_on
from jiheng.projects.models import Window
from jiheng.sheets import Form, Light
from jiheng.units.access import GUESTS, may
from jiheng.units.models import Person
from jiheng.web.shell import PersonRequest, page, work_year
from jiheng.web.waiting import Waiting, kept, of_request

SHOWN_RED = 8


@page(guests=True)
def home(request: PersonRequest) -> HttpResponse:
    """The first page after logging in; an administrator of an empty installation starts at the checklist."""
    person, today = request.user, timezone.localdate()
    if person.region_id is None and may(person, "manage_units"):
        return redirect("start")
    # the stages are no business of people from outside
    found = [] if person.role in GUESTS else kept(request, "windows", lambda: _open(person, today))
    year = work_year(request)
    reds = kept(request, f"red.{year}", lambda: _red(person, year))
    waiting = of_request(request)
    behind = _behind(waiting)
    context = {
        "windows": [_facts(window, today, behind) for window in found],
        "waiting": waiting,
        "is_guest": person.role in GUESTS,
        # a year that nobody has arranged yet: the checklist says what is missing
        "begins": not found
        and may(person, "import")
        and not Window.objects.filter(region=person.region).exists(),
        "reds": reds[:SHOWN_RED],
        "more_red": len(reds) > SHOWN_RED,
    }
    return render(request, "jiheng/home/home.html", context)


def _behind(waiting: list[Waiting]) -> set[tuple[str, int, int]]:
    """The stages, with year and month, in which the person still has something to file."""
    found = set()
    for params in (line.item.params for line in waiting if line.item.kind in ("file", "returned")):
        stage = params["stage"] if "stage" in params else stage_of(params["form"])
        found.add((str(stage), params["year"], params["month"]))
    return found


def _facts(window: Window, today: date, behind: set[tuple[str, int, int]]) -> dict[str, Any]:
    """A window with how it stands; past its date it is 已逾期 only for who has something to file in it."""
    state = state_on(window, today)
    is_behind = (window.stage, window.fiscal_year, window.month) in behind
    return {
        "window": window,
        "state": state,
        "is_past": state is WindowState.OVERDUE and not is_behind,
    }


def _open(person: Person, today: date) -> list[Window]:
    return list(open_windows(person.region, today)) if person.region else []


def _red(person: Person, fiscal_year: int) -> list[Any]:
    """The first red forms of a year's monitoring, latest first, one more than is shown; of those the person
    sees. As plain values: the page shows names, and no row of a form is read."""
    forms = visible(person).filter(fiscal_year=fiscal_year, form=Form.MONITORING, reading__overall=Light.RED)
    shown = forms.exclude(state=State.DRAFT).values(
        "pk",
        "month",
        unit_name=F("unit__name"),
        fund_name=F("fund__name"),
        money=F("reading__money_light"),
        goal=F("reading__goal_light"),
        overall=F("reading__overall"),
    )
    return list(shown.order_by("-reading__pk")[: SHOWN_RED + 1])


urlpatterns: list[URLPattern] = [path("", home, name="home")]
