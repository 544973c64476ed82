"""Grades of the cast's funds for 2023, as if their self-evaluations were confirmed; and a plan."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.cast import WHEN, Cast

from jiheng.evaluation.models import Score
from jiheng.filings.models import Filing, State, Version
from jiheng.projects.models import Fund
from jiheng.results import workflow
from jiheng.results.models import Plan, Proposal
from jiheng.sheets import Form


def graded(cast: Cast, fund: Fund, grade: str, score: str, reviewed: str = "", regrade: str = "") -> Score:
    """A confirmed self-evaluation of 2023 with this outcome."""
    filing = Filing.objects.create(
        region=cast.region,
        form=Form.PROJECT_EVALUATION,
        fiscal_year=2023,
        unit=fund.unit,
        fund=fund,
        sheet={},
    )
    version = Version.objects.create(
        filing=filing, number=1, cause="批复", sheet={}, sha256="0" * 64, person=cast.performance, at=WHEN
    )
    Filing.objects.filter(pk=filing.pk).update(state=State.APPROVED, desk="", approved=version)
    return Score.objects.create(
        filing=filing,
        computed=Decimal(score),
        grade=grade,
        reviewed=Decimal(reviewed) if reviewed else None,
        reviewed_grade=regrade,
        policy_date=date(2024, 2, 1),
        policy_version="0" * 64,
        computed_at=WHEN,
        frozen_at=WHEN,
    )


def plan(cast: Cast) -> Plan:
    """Proposals for 2025: `building` 中 3,000万元 → 2,550; `meals` 优, kept at 860; `clinics` 良, half spent,
    320 → 170; `relief` has no base."""
    graded(cast, cast.building, "良", "85.00", "72.50", "中")
    graded(cast, cast.meals, "优", "95.00")
    graded(cast, cast.clinics, "良", "83.00")
    return workflow.propose(cast.performance, 2023)


def of(plan: Plan, fund: Fund) -> Proposal:
    return Proposal.objects.select_related("plan__region", "fund", "unit").get(plan=plan, fund=fund)


def decided_all(cast: Cast, made: Plan) -> Plan:
    """Every proposal decided as proposed; `relief`, which can't be reckoned, gets 1,200万元."""
    workflow.decide_many(cast.performance, made, None, "采纳测算建议")
    relief = of(made, cast.relief)
    workflow.decide(cast.performance, relief, relief.revision, Decimal(12_000_000), "按救助人数安排")
    return Plan.objects.get(pk=made.pk)


def applied(cast: Cast, made: Plan) -> Plan:
    made = decided_all(cast, made)
    return workflow.apply(cast.performance, made, made.revision, "天衡财绩〔2024〕12号")
