"""The example district's results: 2023's grades proposed for the budget of 2025; the eight projects of the
year come to a 参考调整额 of 2,400 万元, decided by the bureau; and what the budget then made of it."""

from __future__ import annotations

from decimal import Decimal

from jiheng.demo.places import District, moment
from jiheng.figures import rounded
from jiheng.fiscal.models import KeyEvaluation
from jiheng.projects.models import BudgetKind, BudgetLine, FundType
from jiheng.results import workflow
from jiheng.results.models import Plan, Proposal
from jiheng.sheets import WAN, plain

TARGET = 2400 * WAN
WORK_YEAR = 2024  # its eight evaluations looked at 2023
REASON = "区政府常务会议研究同意：按财政重点绩效评价结果核减，列入参考调整额"
# of the eight, in order: how much of the decided change the budget of 2025 took over, in percent
TAKEN = (100, 100, 100, 50, 100, 0, 100, 100)


def decide(district: District) -> None:
    """Proposes all, decides the eight, and lets the budget lines of 2025 follow most of the decisions."""
    person = district.people["jixiao"]
    plan = workflow.propose(person, 2023)
    rows = _chosen(plan)
    unmarked = [row.pk for row in rows if not row.is_marked]
    workflow.mark(person, plan, plan.revision, unmarked, is_marked=True)
    plan.refresh_from_db()
    workflow.constrain(person, plan, plan.revision, target=TARGET, total=None, ceilings={})
    marked = plan.proposals.filter(is_marked=True)
    workflow.decide_many(person, plan, list(marked.values_list("pk", flat=True)), REASON)
    Plan.objects.filter(pk=plan.pk).update(proposed_at=moment(2024, 11, 12, 9))
    marked.update(decided_at=moment(2024, 11, 20, 15))
    order = {row.fund_id: place for place, row in enumerate(rows)}
    for row in marked.select_related("fund"):
        _budgeted(row, TAKEN[order.get(row.fund_id, 0)])


def _chosen(plan: Plan) -> list[Proposal]:
    """The funds of the year's evaluations in depth, in order of their numbers."""
    picked = KeyEvaluation.objects.filter(region=plan.region, year=WORK_YEAR, fund__isnull=False)
    funds = list(picked.order_by("serial").values_list("fund", flat=True))
    rows = {row.fund_id: row for row in plan.proposals.filter(base__isnull=False, fund__in=funds)}
    return [rows[fund] for fund in dict.fromkeys(funds) if fund in rows]


def _budgeted(row: Proposal, percent: int) -> None:
    """The fund's 年初预算 of 2025: last year's with so much of the decided change."""
    assert row.base is not None and row.decided is not None
    wanted = rounded(row.base + (row.decided - row.base) * percent / 100, 2)
    lines = BudgetLine.objects.filter(
        fund=row.fund, fiscal_year=row.plan.budget_year, kind=BudgetKind.INITIAL
    )
    others = sum(lines.filter(fund_type=FundType.UNIT_FUND).values_list("amount", flat=True), Decimal(0))
    main = lines.exclude(fund_type=FundType.UNIT_FUND)
    line = main.first()
    if line is not None and wanted > others:
        main.delete()  # a budget line never changes: another takes its place
        line.pk, line.amount = None, wanted - others
        line.typed = plain(line.amount / WAN)
        line.save(force_insert=True)
