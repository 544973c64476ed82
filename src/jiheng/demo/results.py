"""The example district's results: 2023's grades proposed for the budget of 2025; the eight projects of the
year come to a 参考调整额 of 2,400 万元, decided by the bureau; and what the budget then made of it."""

from __future__ import annotations

from decimal import Decimal

from jiheng.demo.places import District, moment
from jiheng.figures import rounded
from jiheng.projects.models import BudgetKind, BudgetLine, Fund, FundType
from jiheng.results import workflow
from jiheng.results.models import Plan, Proposal
from jiheng.sheets import WAN, plain

TARGET = 2400 * WAN
CHOSEN = 8
# the four of 四评 come first (department and fund), then the largest
NAMED = (
    ("201", "农村学校学生免费午餐专项"),
    ("401", "农村“厕所革命”专项"),
    ("503", "农村公路养护专项"),
    ("601", "产业发展扶持专项"),
)
REASON = "区政府常务会议研究同意：按财政重点绩效评价结果核减，列入参考调整额"
# of the eight, in order: how much of the decided change the budget of 2025 took over, in percent
TAKEN = (100, 100, 100, 50, 100, 0, 100, 100)


def decide(district: District) -> None:
    """Proposes all, decides the eight, and lets the budget lines of 2025 follow most of the decisions."""
    person = district.people["jixiao"]
    plan = workflow.propose(person, 2023)
    rows = _chosen(plan)
    workflow.mark(person, plan, plan.revision, [row.pk for row in rows], is_marked=True)
    plan.refresh_from_db()
    workflow.constrain(person, plan, plan.revision, target=TARGET, total=None, ceilings={})
    marked = plan.proposals.filter(is_marked=True)
    workflow.decide_many(person, plan, list(marked.values_list("pk", flat=True)), REASON)
    Plan.objects.filter(pk=plan.pk).update(proposed_at=moment(2024, 11, 12, 9))
    marked.update(decided_at=moment(2024, 11, 20, 15))
    order = {row.fund_id: place for place, row in enumerate(rows)}
    for row in marked.select_related("fund"):
        _budgeted(row, TAKEN[order[row.fund_id]])


def _chosen(plan: Plan) -> list[Proposal]:
    known = plan.proposals.filter(base__isnull=False, amount__gt=0)
    rows = sorted(
        known.select_related("fund__unit__department"), key=lambda row: (-(row.base or 0), row.fund.code)
    )
    first = [next(row for row in rows if _is_named(row.fund, *named)) for named in NAMED]
    return [*first, *(row for row in rows if row not in first)][:CHOSEN]


def _is_named(fund: Fund, department: str, name: str) -> bool:
    return fund.unit.department.code == department and fund.name.endswith(name)


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
