"""目标调整: an adjusted target keeps the old one with date and reason; which goals the budget has left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from jiheng import policy
from jiheng.filings.models import Filing, State
from jiheng.goals.models import Adjustment
from jiheng.goals.prefill import total_of
from jiheng.projects import budget
from jiheng.rules.ties import same_money
from jiheng.sheets import (
    Amount,
    Form,
    FormerTarget,
    GoalSheet,
    Indicator,
    Missing,
    ProjectGoalSheet,
    UnitGoalSheet,
    differences,
)
from jiheng.units.models import Region, Unit


def with_former_targets(before: GoalSheet, after: GoalSheet, day: date, reason: str) -> GoalSheet:
    """`after` with each target that it replaces kept beside the new one. What was kept earlier stays,
    whatever the draft made of it; a line that was dropped remains in the version before."""
    olds = {line.key: line for line in before.indicators}
    return replace(
        after,
        indicators=tuple(_kept(olds.get(line.key), line, day, reason) for line in after.indicators),
    )


def _kept(old: Indicator | None, line: Indicator, day: date, reason: str) -> Indicator:
    if old is None:
        return replace(line, former=())
    was = (old.operator, old.target, old.target_text)
    if was == (line.operator, line.target, line.target_text):
        return replace(line, former=old.former)
    record = FormerTarget(
        operator=old.operator,
        target=old.target,
        target_text=old.target_text,
        replaced_on=day.isoformat(),
        reason=reason,
    )
    return replace(line, former=(*old.former, record))


def changed_fields(before: GoalSheet, after: GoalSheet) -> int:
    """How many fields one adjustment changed; the record of replaced targets is not itself a change."""
    return sum(1 for change in differences(before, after) if ".former" not in change.field)


def open_adjustment(filing: Filing) -> Adjustment | None:
    """The adjustment that is being drafted or reviewed."""
    found = Adjustment.objects.filter(filing=filing, after=None).select_related("before")
    return found.order_by("-at").first()


@dataclass(frozen=True, slots=True)
class ToAdjust:
    """An approved goal whose money is no longer the budget's; all three in yuan, gap = budget − goal."""

    filing: Filing
    amount: Decimal | Missing
    budget: Decimal
    gap: Decimal | Missing


def goals_to_adjust(region: Region, fiscal_year: int, units: QuerySet[Unit] | None = None) -> list[ToAdjust]:
    """In-year changes of the budget that a goal has not followed, by unit and fund; a form under adjustment
    is left out. A goal in 万元 agrees with a budget that it can be a printing of. Five queries at most."""
    found = Filing.objects.filter(
        region=region,
        fiscal_year=fiscal_year,
        form__in=[Form.PROJECT_GOAL, Form.UNIT_GOAL],
        state=State.APPROVED,
    )
    if units is not None:
        found = found.filter(unit__in=units)
    by_fund = budget.of_funds(region, fiscal_year)
    by_unit = budget.of_units(region, fiscal_year)
    values = policy.on(timezone.localdate(), region.code)
    result = []
    for filing in found.select_related("unit", "fund").order_by("unit__code", "fund__code"):
        decided = by_fund[filing.fund_id] if filing.fund_id else by_unit[filing.unit_id]
        revised = decided.revised
        if isinstance(revised, Missing) or filing.amount == revised:
            continue
        sheet = filing.as_sheet()
        assert isinstance(sheet, ProjectGoalSheet | UnitGoalSheet)
        total = total_of(sheet)
        if isinstance(total, Missing):
            result.append(ToAdjust(filing, total, revised, total))
        elif not same_money(total, Amount(revised), values):
            result.append(ToAdjust(filing, total.yuan, revised, revised - total.yuan))
    return result
