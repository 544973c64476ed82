"""The suggestions under an indicator's name in the goal form: a list of options, and nothing stored."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from jiheng.filings.access import may_edit
from jiheng.goals import workflow
from jiheng.library.placing import place
from jiheng.library.suggesting import Suggestion, Wish, suggest
from jiheng.sheets import ProjectGoalSheet, UnitGoalSheet
from jiheng.web.goals import goal_for
from jiheng.web.shell import PersonRequest, page


@dataclass(frozen=True, slots=True)
class Option:
    """One suggestion as the box shows it; `level` as the form's own input has it."""

    told: Suggestion
    level: str


@page("file")
def goal_suggest(request: PersonRequest, pk: int) -> HttpResponse:
    """Options for what is typed (`text`) in a row of this second level (`level`), for who fills the form."""
    filing = goal_for(request, pk)
    if not may_edit(request.user, filing):
        raise Http404("这张表现在不能填写")
    sheet, policy = filing.as_sheet(), workflow.policy_of(filing)
    assert isinstance(sheet, ProjectGoalSheet | UnitGoalSheet)
    wish = Wish(
        region=filing.region,
        fiscal_year=filing.fiscal_year,
        text=request.GET.get("text", ""),
        project=filing.fund.name if filing.fund else "",
        function_code=filing.fund.function_code if filing.fund else "",
        subject=workflow.subject_of(filing),
        level2=request.GET.get("level", "").partition("|")[2],
        taken=[line.name for line in sheet.indicators],
    )
    options = [Option(told, "|".join(place(told.indicator.level2, sheet.taxonomy, policy)))
               for told in suggest(wish, policy)]  # fmt: skip
    context = {"options": [option for option in options if option.level != "|"], "text": wish.text.strip()}
    return render(request, "jiheng/library/suggestions.html", context)


urlpatterns: list[URLPattern] = [path("goals/<int:pk>/suggest/", goal_suggest, name="goal_suggest")]
