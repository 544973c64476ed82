"""What is kept of a monitoring form: its lights with their steps, by the policy of its month."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from jiheng import policy as policies
from jiheng.figures import rounded
from jiheng.filings.models import Filing
from jiheng.findings.proposals import proposed
from jiheng.monitoring.models import Reading
from jiheng.monitoring.prefill import TOTAL, month_end
from jiheng.policy import Policy
from jiheng.scoring import Lit, LitLine, goal_progress, lights
from jiheng.sheets import Amount, Light, Missing, MonitoringSheet


def policy_of(filing: Filing) -> Policy:
    """The values in force at the end of the month monitored: the same form always reads the same."""
    return policies.on(month_end(filing.fiscal_year, filing.month), filing.region_id)


def keep_reading(filing: Filing, sheet: MonitoringSheet) -> Reading:
    """Stores the lights of a submitted form, in the place of those it had."""
    reading = reading_of(filing, sheet, policy_of(filing))
    reading.pk = Reading.objects.filter(filing=filing).values_list("pk", flat=True).first()
    reading.save()
    return reading


def reading_of(filing: Filing, sheet: MonitoringSheet, policy: Policy) -> Reading:
    """The lights of a form by a policy, not stored yet."""
    lit, reached = lights(sheet, policy), goal_progress(sheet.lines)
    total = next((row for row in sheet.money if row.key == TOTAL), None)
    return Reading(
        filing=filing,
        budget=_fen(total.budget) if total else None,
        executed=_fen(total.executed) if total else None,
        goal_progress=None if reached is None else rounded(reached, 2),
        money_light=_word(lit.money.light),
        goal_light=_word(lit.goal),
        overall=_word(lit.overall),
        must_correct=proposed(sheet, lit.overall, policy, policy.date) is not None,
        lines=[_as_json(line) for line in _lines(lit)],
        policy_date=policy.date,
        policy_version=policy.version,
        read_at=timezone.now(),
    )


def _lines(lit: Lit) -> tuple[LitLine, ...]:
    return (lit.money, *lit.lines)


def _as_json(line: LitLine) -> dict[str, str]:
    return {"key": line.key, "light": _word(line.light), "step": line.step}


def _word(light: Light | None) -> str:
    return "" if light is None else light.value


def _fen(amount: Amount | Missing) -> Decimal | None:
    return None if isinstance(amount, Missing) else rounded(amount.yuan, 2)
