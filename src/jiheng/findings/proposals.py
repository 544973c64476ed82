"""What policy says must be corrected, in words that the bureau can take over into its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from jiheng.figures import rounded
from jiheng.policy import Policy
from jiheng.scoring import time_share
from jiheng.sheets import WAN, Amount, Light, Likelihood, MonitoringSheet, plain

FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft of an order: why it is due, which kinds of measure policy knows, by when an answer is usual."""

    causes: tuple[str, ...]
    measures: tuple[str, ...]
    due_on: date

    @property
    def cause(self) -> str:
        return "；".join(self.causes)


def proposed(sheet: MonitoringSheet, overall: Light | None, policy: Policy, day: date) -> Proposal | None:
    """The order that a monitoring form calls for on a day, None where policy asks for none.

    财预〔2019〕136号: execution behind its share of the year, a goal out of reach, a red light.
    """
    causes = (*_behind(sheet, policy), *_impossible(sheet, policy))
    if overall is Light.RED and policy.flag("monitoring.correction.red_overall"):
        causes = (*causes, f"截至{sheet.header.month}月综合灯为红")
    if not causes:
        return None
    measures = tuple(str(word) for word in policy.table("monitoring.correction.measures"))
    due_on = working_days_after(day, policy.whole("monitoring.correction.answer_days"))
    return Proposal(causes, measures, due_on)


def working_days_after(day: date, count: int) -> date:
    """The day so many Mondays to Fridays later; public holidays are not known here."""
    while count:
        day += timedelta(days=1)
        if day.weekday() <= FRIDAY:
            count -= 1
    return day


def _behind(sheet: MonitoringSheet, policy: Policy) -> tuple[str, ...]:
    total = next((row for row in sheet.money if row.key == "total"), None)
    if total is None or not isinstance(total.budget, Amount) or not isinstance(total.executed, Amount):
        return ()
    if total.budget.yuan <= Decimal(0):
        return ()
    share = time_share(total.executed.yuan, total.budget.yuan, sheet.header.month)
    least = policy.decimal("monitoring.correction.execution_below")
    if share >= least:
        return ()
    executed, budget = (rounded(amount.yuan / WAN, 2) for amount in (total.executed, total.budget))
    return (
        f"截至{sheet.header.month}月执行{executed:,f}万元、年初预算{budget:,f}万元，"
        f"为序时进度的{rounded(share, 2)}%，低于{plain(least)}%",
    )


def _impossible(sheet: MonitoringSheet, policy: Policy) -> tuple[str, ...]:
    lines = [line for line in sheet.lines if line.likelihood is Likelihood.IMPOSSIBLE]
    if not lines or len(lines) < policy.whole("monitoring.correction.impossible_from"):
        return ()
    names = "、".join(f"“{line.indicator.name}”" for line in lines)
    return (f"{names}完成目标可能性为“{Likelihood.IMPOSSIBLE}”",)
