"""待办 of results: what waits for a decision, what is decided and not applied; shaped as `filings.todo`."""

from __future__ import annotations

from django.db.models import Count, Q

from jiheng.filings.todo import Todo
from jiheng.results.access import plans
from jiheng.results.models import PlanState
from jiheng.units.access import may
from jiheng.units.models import Person


def for_person(person: Person) -> list[Todo]:
    """One query, whatever the number of plans."""
    if not may(person, "decide_results"):
        return []
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
