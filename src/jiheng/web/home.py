"""工作台: what waits for me, what is open now, what is red."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng.filings.access import visible
from jiheng.filings.models import State
from jiheng.monitoring.models import Reading
from jiheng.projects.calendar import open_windows, state_on
from jiheng.projects.models import Window
from jiheng.sheets import Form, Light
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
    reds = _red(person, work_year(request))
    context = {
        "windows": [{"window": window, "state": state_on(window, today)} for window in found],
        "waiting": waiting_of(request),
        # a year that nobody has arranged yet: the checklist says what is missing
        "begins": not found
        and may(person, "import")
        and not Window.objects.filter(region=person.region).exists(),
        "reds": reds[:SHOWN_RED],
        "more_red": len(reds) > SHOWN_RED,
    }
    return render(request, "jiheng/home/home.html", context)


def _red(person: Person, fiscal_year: int) -> list[Reading]:
    """The first red forms of a year's monitoring, latest first, one more than is shown; of those the person
    sees. Found by number alone first, so that no row of a form is read for those that are not shown."""
    forms = visible(person).filter(fiscal_year=fiscal_year, form=Form.MONITORING).exclude(state=State.DRAFT)
    red = Reading.objects.filter(filing__in=forms, overall=Light.RED).order_by("-pk")
    first = Reading.objects.filter(pk__in=red.values("pk")[: SHOWN_RED + 1])
    found = first.select_related("filing__unit", "filing__fund").only(
        "money_light", "goal_light", "overall", "filing__month", "filing__unit__name", "filing__fund__name"
    )
    return list(found.order_by("-pk"))


urlpatterns: list[URLPattern] = [path("", home, name="home")]
