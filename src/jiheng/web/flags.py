"""疑点: the list with its filters, the run, the flags themselves with what they look at; the workbook."""

from __future__ import annotations

import dataclasses
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from jiheng import policy as policies
from jiheng.flags import listing, running
from jiheng.flags.access import sees_all, state_for, visible
from jiheng.flags.listing import LEVELS, TITLES, HitFilter
from jiheng.flags.models import FlagRun, Hit, HitState
from jiheng.flags.workflow import FLAGS, NotDone
from jiheng.ledger import registries
from jiheng.policy import Entry, Policy, in_words
from jiheng.projects.models import Fund, Stage
from jiheng.rules.redflags import BOOKS, REGISTRIES
from jiheng.units import log
from jiheng.units.access import may, region_of, units_for
from jiheng.units.models import Person
from jiheng.web.exports import as_xlsx
from jiheng.web.shell import (
    PersonRequest,
    fiscal_year,
    key_field,
    page,
    paginate,
    year_choices,
)

STATE_COLOURS = {
    HitState.OPEN: "yellow",
    HitState.ASKED: "blue",
    HitState.ANSWERED: "accent",
    HitState.DISMISSED: "grey",
    HitState.CLUE: "red",
}
LEVEL_COLOURS = {"高": "red", "中": "yellow", "低": "grey"}
TABS = (
    ("", "全部"),
    ("undecided", "待办"),
    ("fresh", "本次新增"),
    *((state.value, state.label) for state in HitState if state is not HitState.OPEN),
    ("changed", "办理后有变化"),
    ("gone", "已消失"),
)
ASKED_TABS = ("", HitState.ASKED.value, HitState.ANSWERED.value)  # of who sees only what was asked
TITLE_OF = {name: record.TITLE for name, record in (REGISTRIES | BOOKS).items()}
# thresholds that a flag shares with another stage
SHARED = {"F13": "watch.high_score."}


class FilterForm(forms.Form):
    flag = forms.ChoiceField(choices=[(code, code) for code in FLAGS], required=False)
    unit = key_field()
    fund = key_field()
    level = forms.ChoiceField(choices=[(level, level) for level in LEVELS], required=False)
    state = forms.ChoiceField(choices=[*TABS, ("open", "待核")], required=False)
    word = forms.CharField(max_length=60, required=False)


def _wanted(request: PersonRequest) -> HitFilter:
    form = FilterForm(request.GET)
    form.is_valid()
    said = {name: value for name, value in form.cleaned_data.items() if value}
    return HitFilter(fiscal_year=fiscal_year(request, Stage.EVALUATION), **said)


@page()
def flags(request: PersonRequest) -> HttpResponse:
    """The year's hits that the person sees, under filters that stay in the address."""
    wanted, person = _wanted(request), request.user
    pager = paginate(request, listing.found(person, wanted))
    everything = listing.without_state(person, wanted)
    units = units_for(person).filter(pk__in=visible(person).order_by().values("unit")).order_by("code")
    sees, region = sees_all(person), person.region
    last = running.latest(region, wanted.fiscal_year) if sees and region else None
    context = {
        "wanted": wanted,
        "pager": pager,
        "rows": [row_of(person, hit) for hit in pager.rows],
        "tabs": [
            (value, label, everything.filter(listing.state_asked(person, value)).count())
            for value, label in TABS
            if sees or value in ASKED_TABS
        ],
        "years": year_choices(wanted.fiscal_year),
        "flags": TITLES.items(),
        "levels": LEVELS,
        "units": units if person.unit_id is None else [],
        "fund": Fund.objects.filter(pk=wanted.fund, unit__in=units_for(person)).first()
        if wanted.fund
        else None,
        "run": last,
        "told": running.in_words(last) if last else "",
        "lacking": _lacking(last),
        "sees_runs": sees,
        "may_run": may(person, "run_flags"),
    }
    return render(request, "jiheng/flags/list.html", context)


def row_of(person: Person, hit: Hit) -> dict[str, Any]:
    """A hit with its title, and its state as the person may know it, with their colours."""
    words = state_for(person, hit)
    return {
        "hit": hit,
        "title": TITLES[hit.flag],
        "state": words,
        "state_colour": STATE_COLOURS[HitState(hit.state)] if words in HitState.labels else "grey",
        "level_colour": LEVEL_COLOURS.get(hit.level, "grey"),
    }


def _lacking(last: FlagRun | None) -> list[tuple[str, str, str]]:
    """The flags that a run left out: code, title, and which tables were empty."""
    if last is None:
        return []
    return [
        (code, TITLES[code], "、".join(TITLE_OF[name] for name in names))
        for code, names in sorted(last.left_out.items())
        if code in TITLES
    ]


@page("run_flags", methods=("POST",))
def run(request: PersonRequest) -> HttpResponseBase:
    """开始核查: the worker does it; the job's page leads back to the list."""
    year = fiscal_year(request, Stage.EVALUATION)
    asked = request.POST.get("year", "")
    if asked.isascii() and asked.isdigit() and 2000 <= int(asked[:4]) <= 2100 and len(asked) == 4:
        year = int(asked)
    try:
        job = running.ask_run(request.user, year)
    except NotDone as refused:
        messages.error(request, refused.message)
        return redirect("flags")
    if job.person_id != request.user.pk:
        messages.info(request, f"{year}年的疑点核查已由同事发起，正在排队，请稍后刷新")
        return redirect("flags")
    return redirect("job", job.pk)


@page()
def export(request: PersonRequest) -> HttpResponseBase:
    """What the filters show, as a workbook; that too is logged."""
    wanted = _wanted(request)
    found = listing.found(request.user, wanted)
    count = found.count()
    log.record(request.user, "导出疑点", request.user, after={"年度": wanted.fiscal_year, "行数": count})
    title = f"{region_of(request.user).name}{wanted.fiscal_year}年疑点清单（{timezone.localdate()}）"
    return as_xlsx("疑点清单", listing.HEADINGS, listing.export_rows(request.user, found), title=title)


@page()
def rules(request: PersonRequest) -> HttpResponse:
    """The sixteen flags: what each asks, its guard, its thresholds, what it looks at and how much of that
    there is."""
    year = fiscal_year(request, Stage.EVALUATION)
    region = region_of(request.user)
    policy = policies.on(timezone.localdate(), region.pk)
    counted = registries.counted(region)
    hits = listing.by_flag(request.user, year)
    found = [
        {
            "flag": flag,
            "thresholds": thresholds(policy, flag.code),
            "needs": [(TITLE_OF[name], counted.get(name)) for name in (*flag.needs, *flag.also)],
            "hits": hits.get(flag.code, (0, 0)),
        }
        for flag in FLAGS.values()
    ]
    kinds = [
        {
            "name": f"registry_{name}",
            "title": record.TITLE,
            "count": counted[name],
            "is_sealed": any(item.metadata["personal"] for item in dataclasses.fields(record)),
            "flags": [flag.code for flag in FLAGS.values() if name in (*flag.needs, *flag.also)],
        }
        for name, record in REGISTRIES.items()
    ]
    may_import = may(request.user, "import_registries")
    context = {"found": found, "kinds": kinds, "year": year, "may_import": may_import}
    return render(request, "jiheng/flags/rules.html", context)


def thresholds(policy: Policy, code: str) -> list[dict[str, Any]]:
    """The policy values that a flag goes by, in words."""
    shared = SHARED.get(code)

    def is_mine(entry: Entry) -> bool:
        return entry.label.startswith(f"{code} ") or (shared is not None and entry.path.startswith(shared))

    return [
        {
            "label": entry.label.removeprefix(f"{code} "),
            "value": in_words(entry.value),
            "unit": entry.unit,
            "source": entry.source,
            "status": entry.status,
        }
        for entry in policy.values()
        if is_mine(entry)
    ]


urlpatterns: list[URLPattern] = [
    path("flags/", flags, name="flags"),
    path("flags/run/", run, name="flags_run"),
    path("flags/export/", export, name="flags_xlsx"),
    path("flags/rules/", rules, name="flag_rules"),
]
