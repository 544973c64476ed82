"""年度结转: the check list before a work year is closed, the typed confirmation, and what was done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from jiheng.projects.models import ClosedYear
from jiheng.results import closing
from jiheng.results.models import Rollover
from jiheng.results.open_items import SHOWN, scope, still_open
from jiheng.results.outcomes import NotDone
from jiheng.units.access import region_of
from jiheng.web.shell import PersonRequest, page, posted, work_year


class CloseForm(forms.Form):
    typed = forms.CharField(label="确认", max_length=20, required=False, strip=True)


@page("close_year", methods=("GET", "POST"))
def year_end(request: PersonRequest) -> HttpResponseBase:
    """What is still open, by name; typed words close the year, by the worker."""
    region, year = region_of(request.user), work_year(request)
    form = CloseForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            job = closing.ask_to_close(request.user, year, form.cleaned_data["typed"])
        except NotDone as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, "已开始结转，可以离开这一页")
            return redirect("job", job.pk)
    return _shown(request, form, year, region)


def _shown(request: PersonRequest, form: forms.Form, year: int, region: Any) -> HttpResponse:
    done = Rollover.objects.filter(region=region, work_year=year).select_related("person").first()
    items = [] if done else still_open(region, year)
    context = {
        "form": form,
        "year": year,
        "done": done,
        "rows": [{"item": item, "href": _address(item)} for item in items],
        "blocks": sum(item.blocks for item in items),
        "shown": SHOWN,
        "to_type": closing.words_to_type(year),
        "closes": [
            str(ClosedYear(fiscal_year=fiscal_year, stage=stage))
            for fiscal_year, stage in scope(region, year)
        ],
        "past": Rollover.objects.filter(region=region).select_related("person").order_by("-work_year"),
    }
    status = 422 if form.errors else 200
    return render(request, "jiheng/results/year_end.html", context, status=status)


def _address(item: Any) -> str:
    query = "&".join(f"{name}={value}" for name, value in item.params.items())
    return f"{reverse(item.url_name)}{'?' if query else ''}{query}"


urlpatterns: list[URLPattern] = [path("year-end/", year_end, name="year_end")]
