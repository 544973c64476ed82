"""工作台: what waits for me, what is open now, what is red."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng.filings.access import visible
from jiheng.monitoring.models import Reading
from jiheng.projects.calendar import open_windows, state_on
from jiheng.sheets import Light
from jiheng.units.access import may
from jiheng.units.models import Person
from jiheng.web.shell import PersonRequest, page, waiting_of, work_year

SHOWN_RED = 8


@page()
def home(request: PersonRequest) -> HttpResponse:
    """The first page after logging in; an administrator of an empty installation starts at the checklist."""
    person, today = request.user, timezone.localdate()
    if person.region_id is None and may(person, "manage_units"):
        return redirect("start")
    found = open_windows(person.region, today) if person.region else []
    reds = list(_red(person, work_year(request))[: SHOWN_RED + 1])
    context = {
        "windows": [{"window": window, "state": state_on(window, today)} for window in found],
        "waiting": waiting_of(request),
        "reds": reds[:SHOWN_RED],
        "more_red": len(reds) > SHOWN_RED,
    }
    return render(request, "jiheng/home/home.html", context)


def _red(person: Person, fiscal_year: int) -> QuerySet[Reading]:
    """The red forms of the year's monitoring, latest month first; of those the person sees."""
    forms = visible(person).filter(fiscal_year=fiscal_year, submitted_at__isnull=False)
    found = Reading.objects.filter(filing__in=forms, overall=Light.RED)
    found = found.select_related("filing__unit", "filing__fund").only(
        "money_light", "goal_light", "overall", "filing__month", "filing__unit__name", "filing__fund__name"
    )
    return found.order_by("-filing__month", "filing__unit__code", "filing__fund__code")


urlpatterns: list[URLPattern] = [path("", home, name="home")]
