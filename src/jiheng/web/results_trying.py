"""试算 of results: other rules in the address, the sums beside today's; nothing is stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from jiheng.results import looking
from jiheng.results.access import plan_for
from jiheng.results.models import Plan
from jiheng.results.outcomes import NotDone
from jiheng.sheets import Grade, plain
from jiheng.units.models import Division
from jiheng.web.shell import PersonRequest, page

# the rules that may be tried: name in `Terms`, label, is it a yes or no
TRIED = (
    *((f"grade_change.{grade.value}", f"等级为{grade.value}的调整幅度（%）", False) for grade in Grade),
    ("overdue_cut", "有逾期问题的另行调减（%）", False),
    ("execution_from", "执行率低于多少收回结余（%）", False),
    ("livelihood_floor", "民生保底（%）", False),
    ("most_rise", "优等级最多增加（%）", False),
    ("recovers_idle", "收回执行率低的结余", True),
    ("recovers_twice_carried", "收回连续两年结转", True),
)


class WhatIfForm(forms.Form):
    """The rules as they are, to be changed; a name's dot is a hyphen in the address."""

    def __init__(self, data: Any, plan: Plan) -> None:
        terms = looking.terms_in_force(plan)
        self.now: dict[str, Decimal | bool] = {}
        for name, _, _ in TRIED:
            first, _, grade = name.partition(".")
            self.now[name] = terms.grade_change[Grade(grade)] if grade else getattr(terms, first)
        shown = {name.replace(".", "-"): self._shown(name) for name, _, _ in TRIED}
        super().__init__({**shown, **{key: value for key, value in data.items() if value}} if data else None)
        for name, label, is_flag in TRIED:
            if is_flag:
                choices = [("1", "是"), ("0", "否")]
                field: forms.Field = forms.ChoiceField(label=label, choices=choices, required=False)
            else:
                field = forms.DecimalField(
                    label=label, min_value=-100, max_value=1000, decimal_places=2, required=False
                )
            field.initial = self._shown(name)
            self.fields[name.replace(".", "-")] = field

    def _shown(self, name: str) -> str:
        now = self.now[name]
        return str(int(now)) if isinstance(now, bool) else plain(now)

    def changed(self) -> dict[str, Decimal | bool]:
        """The rules that were given another value."""
        found: dict[str, Decimal | bool] = {}
        for name, _, is_flag in TRIED:
            said = self.cleaned_data.get(name.replace(".", "-"))
            if said in (None, ""):
                continue
            value: Decimal | bool = said == "1" if is_flag else Decimal(said or 0)
            if value != self.now[name]:
                found[name] = value
        return found


@page("decide_results")
def what_if(request: PersonRequest, pk: int) -> HttpResponse:
    """试算: other rules in the address, the sums beside today's; nothing is stored."""
    plan = plan_for(request.user, pk)
    form = WhatIfForm(request.GET or None, plan)
    context: dict[str, Any] = {"plan": plan, "form": form, "most": looking.MOST_NAMED}
    if form.is_valid():
        changed = form.changed()
        try:
            found = looking.what_if(plan, changed)
        except NotDone as refused:
            form.add_error(None, refused.message)
        else:
            names = dict(Division.objects.filter(region=plan.region_id).values_list("pk", "name"))
            labels = {name: label for name, label, _ in TRIED}
            context |= {
                "found": found,
                "divisions": [(names.get(was.key, ""), was, now) for was, now in found.divisions],
                "moved": found.differing,
                "changed": [labels[name] for name in changed],
            }
    return render(request, "jiheng/results/what_if.html", context, status=422 if form.errors else 200)


urlpatterns: list[URLPattern] = [
    path("results/<int:pk>/what-if/", what_if, name="results_what_if"),
]
