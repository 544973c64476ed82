"""Many forms decided at once, with an answer for each; where 待办 leads to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, URLPattern, path, reverse

from jiheng.filings import workflow as filings
from jiheng.filings.access import visible
from jiheng.filings.models import Desk
from jiheng.filings.outcomes import RowResult
from jiheng.projects.calendar import stage_of
from jiheng.projects.models import Stage
from jiheng.sheets import Form
from jiheng.web.filing_pages import PAGES
from jiheng.web.shell import PersonRequest, key_in, page

LISTS = {Stage.GOAL: "goals", Stage.MONITORING: "monitoring_forms", Stage.EVALUATION: "evaluation"}


@page("review", methods=("POST",))
def bulk(request: PersonRequest) -> HttpResponse:
    """Approves or returns each ticked row (`rows` = "pk:revision"); what cannot be done says why."""
    rows = _rows(request.POST.getlist("rows"))
    back = _back(request)
    opinion = request.POST.get("opinion", "").strip()[:4000]
    is_return = request.POST.get("action") == "return"
    if not rows:
        messages.warning(request, "还没有选择表：请勾选要办理的行")
        return redirect(back)
    if is_return and not opinion:
        messages.warning(request, "退回必须写明意见：请在“意见”里写明要改什么，再点“退回所选”")
        return redirect(back)
    known = {
        item.pk: item for item in visible(request.user).filter(pk__in=rows).select_related("unit", "fund")
    }
    results = _returned(request, rows, opinion) if is_return else _approved(request, rows, known, opinion)
    told = [{"result": result, "filing": known.get(result.pk)} for result in results]
    context = {
        "verb": "退回" if is_return else "通过",
        "done": sum(1 for result in results if result.ok),
        "passed": [row for row in told if row["result"].ok],  # type: ignore[union-attr]
        "failed": [row for row in told if not row["result"].ok],  # type: ignore[union-attr]
        "back": back,
    }
    return render(request, "jiheng/filing/bulk.html", context)


def _rows(texts: list[str]) -> dict[int, int]:
    pairs = (text.partition(":") for text in texts)
    keys = ((key_in(pk), key_in(revision)) for pk, _, revision in pairs)
    return {pk: revision for pk, revision in keys if pk is not None and revision is not None}


def _returned(request: PersonRequest, rows: dict[int, int], reason: str) -> list[RowResult]:
    to_desk = request.POST.get("to_desk") or Desk.REPORTER
    return filings.return_many(request.user, rows.items(), to_desk, reason)


def _approved(
    request: PersonRequest, rows: dict[int, int], known: dict[int, Any], opinion: str
) -> list[RowResult]:
    """By the verb of each room; strangers' forms go to the first room, which refuses them."""
    rooms: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    first = next(iter(PAGES.values())).room
    for pk, revision in rows.items():
        declared = PAGES.get(Form(known[pk].form)) if pk in known else None
        rooms[declared.room if declared else first].append((pk, revision))
    results: dict[int, RowResult] = {}
    for room, asked in rooms.items():
        results |= {result.pk: result for result in room.approve_many(request.user, asked, opinion)}
    return [results[pk] for pk in rows]


def _back(request: PersonRequest) -> str:
    """The list that the rows were ticked in, with its filters."""
    name = request.POST.get("list", "")
    if name not in LISTS.values():
        name = LISTS[Stage.GOAL]
    kept = QueryDict(request.POST.get("query", "")[:2000])
    return f"{reverse(name)}?{kept.urlencode()}" if kept else reverse(name)


@page()
def to_list(request: PersonRequest) -> HttpResponseRedirect:
    """From a line of 待办 (`form` or `stage`, `year`, `month`, `state`) to the list that it speaks of."""
    form, stage = request.GET.get("form", ""), request.GET.get("stage", "")
    if form in [item.value for item in Form]:
        stage = stage_of(form).value
    wanted = {name: request.GET[name] for name in ("form", "year", "month", "state") if request.GET.get(name)}
    if request.resolver_match and request.resolver_match.url_name == "review":
        wanted["desk"] = "mine"
    else:
        wanted.setdefault("desk", "all")
    try:
        name = LISTS[Stage(stage)] if stage in Stage.values else LISTS[Stage.GOAL]
        return redirect(f"{reverse(name)}?{urlencode(wanted)}")
    except NoReverseMatch:
        raise Http404("这个阶段还没有页面") from None


urlpatterns: list[URLPattern] = [
    path("filings/bulk/", bulk, name="filing_bulk"),
    path("review/", to_list, name="review"),
    path("mine/", to_list, name="my_forms"),
]
