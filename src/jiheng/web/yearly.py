"""一页看全年: for the leader, every figure a link to its page; for the public, without links. One A4."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import URLPattern, path, reverse

from jiheng.figures import rounded
from jiheng.results.glance import Figure, year_of
from jiheng.sheets import Missing, plain
from jiheng.units.access import BUREAU, WHOLE_REGION, region_of
from jiheng.web.shell import PersonRequest, kept_page, page, work_year, year_choices


@page()
def yearly(request: PersonRequest) -> HttpResponse:
    """The fiscal year asked for (?year=, else the one before the work year), last year's beside it."""
    year = _year(request)
    return kept_page(request, "jiheng/results/yearly.html", lambda: _drawn(request, year, is_public=False))


@page()
def yearly_public(request: PersonRequest) -> HttpResponse:
    """公开版: without links and without what is not decided; for the bureau's sections that see the whole
    region to print or to hand in for publication."""
    if request.user.role not in BUREAU & WHOLE_REGION:
        raise PermissionDenied("公开版由财政局编制，您可以看“一页看全年”")
    year = _year(request)
    return kept_page(request, "jiheng/results/yearly.html", lambda: _drawn(request, year, is_public=True))


def _year(request: PersonRequest) -> int:
    usual = work_year(request) - 1
    asked = request.GET.get("year", "")
    return int(asked) if asked.isascii() and asked.isdigit() and 2000 <= int(asked[:5]) <= 2100 else usual


def _drawn(request: PersonRequest, year: int, *, is_public: bool) -> dict[str, Any]:
    found = year_of(request.user, region_of(request.user), year, is_public=is_public)
    sections = [
        {
            "section": section,
            "lines": [
                {
                    "line": line,
                    "now": "" if is_public else _address(line.now),
                    "before": "" if is_public else _address(line.before),
                }
                for line in section.lines
            ],
        }
        for section in found.sections
    ]
    return {
        "year": year,
        "years": year_choices(year),
        "sections": sections,
        "divisions": [(row, _plain(row.rate), _plain(row.rate_before)) for row in found.divisions],
        "is_public": is_public,
        "may_publish": request.user.role in BUREAU & WHOLE_REGION,
    }


def _plain(rate: Decimal | Missing) -> str:
    """For the chart; nothing where there is no rate."""
    return "" if isinstance(rate, Missing) else plain(rounded(rate, 1))


def _address(figure: Figure) -> str:
    if not figure.url_name:
        return ""
    return f"{reverse(figure.url_name)}?{urlencode(figure.params)}"


urlpatterns: list[URLPattern] = [
    path("year/", yearly, name="yearly"),
    path("year/public/", yearly_public, name="yearly_public"),
]
