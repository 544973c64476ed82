"""The month's monitoring forms and the year's self-evaluations as one zip, as their lists are filtered."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import URLPattern, path

from jiheng.projects.models import Stage
from jiheng.web import evaluation, monitoring
from jiheng.web.filing_files import zip_of
from jiheng.web.filing_list import listed
from jiheng.web.shell import PersonRequest, fiscal_year, page


@page()
def monitoring_zip(request: PersonRequest) -> HttpResponse:
    """Every monitoring form of the filtered list."""
    year = fiscal_year(request, Stage.MONITORING)
    month = monitoring.month_of(request, monitoring.months_of(request, year))
    rows = listed(request, monitoring.FORMS_OF_STAGE, Stage.MONITORING, year, month).rows
    pks = [row.filing.pk for row in rows if row.filing]
    return zip_of(request, pks, "monitoring_forms", f"{year}年截至{month}月监控表")


@page()
def evaluation_zip(request: PersonRequest) -> HttpResponse:
    """Every self-evaluation of the filtered list."""
    year = fiscal_year(request, Stage.EVALUATION)
    rows = listed(request, evaluation.FORMS_OF_STAGE, Stage.EVALUATION, year).rows
    pks = [row.filing.pk for row in rows if row.filing]
    return zip_of(request, pks, "evaluation", f"{year}年绩效自评表")


urlpatterns: list[URLPattern] = [
    path("monitoring/zip/", monitoring_zip, name="monitoring_zip"),
    path("evaluation/zip/", evaluation_zip, name="evaluation_zip"),
]
