"""待办 of results: what waits for a decision, what is decided and not applied; shaped as `filings.todo`."""

from __future__ import annotations

from django.db.models import Count, Q
from django.utils import timezone

from jiheng.filings.todo import Todo
from jiheng.results.access import plans
from jiheng.results.models import PlanState, Rollover
from jiheng.results.open_items import latest_work_year
from jiheng.units.access import may
from jiheng.units.models import Person


def for_person(person: Person) -> list[Todo]:
    """Three queries, whatever the number of plans."""
    if not may(person, "decide_results"):
        return []
    return [*_results(person), *_year_end(person)]


def _year_end(person: Person) -> list[Todo]:
    """A work year that is over and not closed."""
    if person.region is None or not may(person, "close_year"):
        return []
    year = latest_work_year(person.region)
    if year is None or year >= timezone.localdate().year:
        return []
    if Rollover.objects.filter(region=person.region, work_year=year).exists():
        return []
    return [Todo("close_year", f"{year}工作年度待结转", 1, "year_end", {"work": year})]


def _results(person: Person) -> list[Todo]:
    waiting = Count("proposals", filter=Q(proposals__decided__isnull=True))
    found = []
    for plan in plans(person).filter(state=PlanState.OPEN).annotate(waiting=waiting):
        params: dict[str, object] = {"year": plan.budget_year}
        if plan.waiting:
            title = f"{plan.budget_year}年结果应用建议待决定 {plan.waiting} 项"
            params["state"] = "waiting"
            found.append(Todo("decide_results", title, plan.waiting, "results", params))
        else:
            title = f"{plan.budget_year}年结果应用方案已全部决定，待应用"
            found.append(Todo("apply_results", title, 1, "results", params))
    return found
