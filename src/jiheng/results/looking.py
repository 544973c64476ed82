"""结果应用 as it is looked at: under filters, added up, as a workbook, asked "what if", and followed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from jiheng import policy as policies
from jiheng.projects import budget
from jiheng.projects.models import Fund
from jiheng.results.facts import gather
from jiheng.results.models import Plan, Proposal
from jiheng.results.reckoning import Tally, add, reckon
from jiheng.results.workflow import bounds_of
from jiheng.scoring.results import Action, Proposed, Terms, changed, terms_of
from jiheng.sheets import Missing

ZERO = Decimal(0)
MOST_NAMED = 200  # funds of a what-if that are named
HEADINGS = (
    *("主管部门", "单位", "专项代码", "专项资金", "民生", "评价等级", "等级来源", "得分", "执行率（%）"),
    *(
        "结余（元）",
        "未销号问题",
        "逾期问题",
        "本年预算（元）",
        "建议",
        "建议下年预算（元）",
        "建议增减（元）",
    ),
    *("列入参考调整额", "测算过程", "决定", "决定下年预算（元）", "决定增减（元）", "决定理由", "决定人"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFilter:
    """What is looked for; empty means any. `state` is "waiting", "decided", "marked" or an action."""

    division: int | None = None
    department: int | None = None
    unit: int | None = None
    grade: str = ""
    state: str = ""
    word: str = ""


def found(rows: QuerySet[Proposal], wanted: ResultFilter) -> QuerySet[Proposal]:
    """The proposals looked for, in the order of units and funds."""
    exact = {
        "unit__department__division": wanted.division,
        "unit__department": wanted.department,
        "unit": wanted.unit,
        "grade": wanted.grade,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    asked = state_asked(wanted.state)
    for word in wanted.word.split():
        rows = rows.filter(Q(fund__name__icontains=word) | Q(fund__code=word) | Q(unit__name__icontains=word))
    rows = rows.filter(asked) if asked is not None else rows
    return rows.order_by("unit__code", "fund__code")


def state_asked(state: str) -> Q | None:
    """What a word of the filter means; None for none, or one that is not known."""
    words = {
        "waiting": Q(decided__isnull=True),
        "decided": Q(decided__isnull=False),
        "marked": Q(is_marked=True),
    }
    return words.get(state) or (Q(action=state) if state in set(Action) else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Money of some proposals in yuan, of those with a base: the base, proposed, decided, and what the marked
    ones are adjusted by (参考调整额: positive where money is taken away)."""

    name: str
    key: int
    count: int
    base: Decimal
    amount: Decimal
    decided_count: int
    decided_base: Decimal
    decided: Decimal
    marked: int
    marked_base: Decimal
    marked_amount: Decimal
    marked_decided: int
    marked_decided_base: Decimal
    marked_decided_amount: Decimal

    @property
    def change(self) -> Decimal:
        return self.amount - self.base

    @property
    def decided_change(self) -> Decimal:
        return self.decided - self.decided_base

    @property
    def adjusted(self) -> Decimal:
        """参考调整额 as proposed."""
        return self.marked_base - self.marked_amount

    @property
    def decided_adjusted(self) -> Decimal:
        """参考调整额 as decided."""
        return self.marked_decided_base - self.marked_decided_amount


def in_all(rows: QuerySet[Proposal]) -> Sums:
    """The sums of all of them. One query."""
    return _sums("合计", 0, rows.order_by().aggregate(**_COLUMNS))


def by(rows: QuerySet[Proposal], level: str) -> list[Sums]:
    """The sums by "division" or "department". One query."""
    path = "unit__department__division" if level == "division" else "unit__department"
    told = rows.order_by().values(key=F(path), name=F(f"{path}__name"), code=F(f"{path}__code"))
    ordered = told.annotate(**_COLUMNS).order_by("code")
    return [_sums(row["name"], row["key"], row) for row in ordered]


def _sums(name: str, key: int, row: Mapping[str, Any]) -> Sums:
    counts = ("count", "decided_count", "marked", "marked_decided")
    told: dict[str, Any] = {
        word.removeprefix("n_"): row[word] or (0 if word.removeprefix("n_") in counts else ZERO)
        for word in _COLUMNS
    }
    return Sums(name=name, key=key, **told)


_BASED = Q(base__isnull=False, amount__isnull=False)
_DECIDED = Q(base__isnull=False, decided__isnull=False)
_MARKED = Q(is_marked=True)
_COLUMNS: dict[str, Any] = {  # named apart from the model's own fields
    "n_count": Count("pk"),
    "n_base": Sum("base", filter=_BASED),
    "n_amount": Sum("amount", filter=_BASED),
    "n_decided_count": Count("pk", filter=Q(decided__isnull=False)),
    "n_decided_base": Sum("base", filter=_DECIDED),
    "n_decided": Sum("decided", filter=_DECIDED),
    "n_marked": Count("pk", filter=_MARKED),
    "n_marked_base": Sum("base", filter=_BASED & _MARKED),
    "n_marked_amount": Sum("amount", filter=_BASED & _MARKED),
    "n_marked_decided": Count("pk", filter=_DECIDED & _MARKED),
    "n_marked_decided_base": Sum("base", filter=_DECIDED & _MARKED),
    "n_marked_decided_amount": Sum("decided", filter=_DECIDED & _MARKED),
}


def export_rows(rows: QuerySet[Proposal]) -> Iterator[tuple[Any, ...]]:
    """The proposals under `HEADINGS`; what is missing is an empty cell. Read in pieces."""
    wide = rows.select_related("fund", "unit__department", "decided_by")
    for row in wide.iterator(chunk_size=1000):
        yield (
            row.unit.department.name,
            row.unit.name,
            row.fund.code,
            row.fund.name,
            "是" if row.is_livelihood else "否",
            row.grade,
            row.source,
            row.score,
            row.rate,
            row.idle,
            row.open_problems,
            row.overdue_problems,
            row.base,
            row.action,
            row.amount,
            _number(row.change),
            "是" if row.is_marked else "否",
            "；".join(f"{step['label']}：{step['text']}" for step in row.steps),
            row.decision,
            row.decided,
            _number(row.decided_change),
            row.reason,
            row.decided_by.name if row.decided_by else "",
        )


def _number(value: Decimal | Missing) -> Decimal | None:
    return None if isinstance(value, Missing) else value


# ── what if ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """What other rules would propose: sums before and after, by division, and the funds that differ."""

    before: Tally
    after: Tally
    divisions: tuple[tuple[Tally, Tally], ...]
    count: int  # of funds that differ
    differing: tuple[tuple[Fund, Proposed, Proposed], ...]  # the first of them, the largest difference first


def what_if(plan: Plan, values: Mapping[str, Decimal | bool]) -> Otherwise:
    """试算: the plan's proposals by today's rules and by changed ones, with the facts of now. Nothing is
    stored. Raises NotDone where the changed rules can't keep the plan's constraints."""
    facts = gather(plan.region, plan.score_year, plan.budget_year)
    bounds, terms = bounds_of(plan), terms_in_force(plan)
    now = reckon(facts, terms, bounds)
    then = reckon(facts, changed(terms, values), bounds)
    tallies: dict[int, tuple[Tally, Tally]] = {}
    whole = (Tally("合计"), Tally("合计"))
    differing: list[tuple[int, Proposed, Proposed]] = []
    for subject, _ in facts:
        fund, division = subject.fund, subject.division
        pair = tallies.setdefault(division, (Tally("", division), Tally("", division)))
        for tally, item in ((pair[0], now[fund]), (pair[1], then[fund])):
            add(tally, item, is_marked=fund in bounds.marked)
        for tally, item in zip(whole, (now[fund], then[fund]), strict=True):
            add(tally, item, is_marked=fund in bounds.marked)
        if now[fund].amount != then[fund].amount:
            differing.append((fund, now[fund], then[fund]))
    differing.sort(key=lambda row: -abs(_or_zero(row[2].amount) - _or_zero(row[1].amount)))
    shown = Fund.objects.select_related("unit").in_bulk([fund for fund, _, _ in differing[:MOST_NAMED]])
    return Otherwise(
        before=whole[0],
        after=whole[1],
        divisions=tuple(tallies.values()),
        count=len(differing),
        differing=tuple((shown[fund], was, other) for fund, was, other in differing[:MOST_NAMED]),
    )


def terms_in_force(plan: Plan) -> Terms:
    """The rules of today, as the next reckoning would use them."""
    return terms_of(policies.on(timezone.localdate(), plan.region_id))


def _or_zero(amount: Decimal | Missing) -> Decimal:
    return ZERO if isinstance(amount, Missing) else amount


# ── was it used? ──────────────────────────────────────────────────────────────────────────────────────


class Verdict(StrEnum):
    """What became of a decision in the budget it was made for."""

    USED = "已落实"
    PARTLY = "部分落实"
    UNUSED = "未落实"
    OTHER = "有出入"
    WAITING = "预算未下达"


@dataclass(frozen=True, slots=True)
class Followed:
    """A decision beside the budget as it was then given: `budgeted` 年初预算 of the year applied to."""

    proposal: Proposal
    budgeted: Decimal | Missing
    verdict: Verdict

    @property
    def difference(self) -> Decimal | Missing:
        """Budgeted less decided."""
        decided: Decimal | None = self.proposal.decided
        if isinstance(self.budgeted, Missing) or decided is None:
            return Missing()
        return self.budgeted - decided


def follow_up(plan: Plan, rows: QuerySet[Proposal]) -> list[Followed]:
    """跟踪: of each decided proposal, whether next year's budget lines say so. Three queries."""
    decided = list(rows.filter(decided__isnull=False).select_related("fund", "unit").defer("steps"))
    given = budget.of_funds(plan.region, plan.budget_year)
    return [_followed(row, given.get(row.fund_id, budget.NO_BUDGET).initial) for row in decided]


def _followed(row: Proposal, budgeted: Decimal | Missing) -> Followed:
    decided, base = row.decided, row.base
    if isinstance(budgeted, Missing):
        # nothing decided and nothing budgeted: that is how a cancelled fund is carried out
        return Followed(row, budgeted, Verdict.USED if decided == ZERO else Verdict.WAITING)
    if budgeted == decided:
        return Followed(row, budgeted, Verdict.USED)
    if base is None or decided is None or base == decided:
        return Followed(row, budgeted, Verdict.OTHER)
    moved, meant = budgeted - base, decided - base
    if moved == ZERO or (moved > 0) != (meant > 0):
        return Followed(row, budgeted, Verdict.UNUSED)
    return Followed(row, budgeted, Verdict.PARTLY if abs(moved) < abs(meant) else Verdict.OTHER)
