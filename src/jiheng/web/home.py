"""工作台: what waits for me, what is open now, what is red."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng.projects.calendar import open_windows, state_on
from jiheng.web.shell import PersonRequest, page


@page()
def home(request: PersonRequest) -> HttpResponse:
    """The first page after logging in."""
    today = timezone.localdate()
    found = open_windows(request.user.region, today) if request.user.region else []
    windows = [{"window": window, "state": state_on(window, today)} for window in found]
    return render(request, "jiheng/home/home.html", {"windows": windows, "today": today})


urlpatterns: list[URLPattern] = [path("", home, name="home")]
