"""The questions: each is one Ibis expression over the ledger. Engines only add up; shares are Python's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis
from ibis.expr.types import Table, Value

from jiheng.analytics.answers import Filters, Terms
from jiheng.analytics.tables import CARRYOVER, MONEY, Ledger

Express = Callable[[Ledger, Filters, Terms], Table]
DECEMBER = 12
GENERAL = ("11", "一般公共预算", "")  # 资金性质; upstream leaves it empty where there is no other


@dataclass(frozen=True, slots=True)
class Question:
    """`by` are the dimensions of its rows, `shows` the columns after them in order, `chart` what a picture
    of it draws: a kind and the columns. `asks` is the question that the chart answers."""

    key: str
    title: str
    asks: str
    by: tuple[str, ...]
    shows: tuple[str, ...]
    express: Express
    chart: tuple[str, tuple[str, ...]] | None = None
    other_names: tuple[str, ...] = ()
    needs_budget: bool = False


def dimension(table: Table, name: str, digits: int) -> Value:
    """What the rows are grouped by: a column, a month, or the first digits of a class."""
    if name == "month":
        return table.dated.month().cast("int32")
    if name in ("function", "economic"):
        return table[f"{name}_code"].substr(0, digits)
    return table[name]


def executed(by: Sequence[str], *, with_budget: bool) -> Express:
    """Spent, and with the budget beside it where the dimension has one: both sides in one table, added up
    together, so that a fund without payments and one without budget stand there too."""

    def express(ledger: Ledger, filters: Filters, terms: Terms) -> Table:
        spent = _spending(ledger.payments, by, filters.digits)
        if not with_budget or ledger.budgets is None:
            found = spent.group_by(list(by)).agg(spent=spent.amount.sum(), payments=spent.count())
            return found.mutate(budget=ibis.null().cast(MONEY)) if with_budget else found
        moved = spent.select(
            *by, paid=spent.amount, planned=ibis.null().cast(MONEY), one=ibis.literal(1)
        ).union(_planning(ledger.budgets, by, filters.digits))
        return moved.group_by(list(by)).agg(
            spent=moved.paid.sum(), payments=moved.one.sum(), budget=moved.planned.sum()
        )

    return express


def _spending(payments: Table, by: Sequence[str], digits: int) -> Table:
    return payments.select(amount=payments.amount, **{name: dimension(payments, name, digits) for name in by})


def _planning(budgets: Table, by: Sequence[str], digits: int) -> Table:
    """Budget lines in the columns of payments; a year's budget belongs to no month: 0."""
    made = {
        name: ibis.literal(0).cast("int32") if name == "month" else dimension(budgets, name, digits)
        for name in by
    }
    return budgets.select(**made, paid=ibis.null().cast(MONEY), planned=budgets.amount, one=ibis.literal(0))


def _idle(ledger: Ledger, filters: Filters, terms: Terms) -> Table:
    """By fund and unit: budget, what was carried over, spent, the day of the latest payment."""
    by = ("unit", "fund")
    paid = ledger.payments
    moved = paid.select(
        *by,
        paid=paid.amount,
        planned=ibis.null().cast(MONEY),
        carried=ibis.null().cast(MONEY),
        # what comes back is no payment
        dated=ibis.ifelse(paid.amount > 0, paid.dated, ibis.null().cast("date")),
        one=ibis.literal(1),
    )
    if ledger.budgets is not None:
        lines = ledger.budgets
        moved = moved.union(
            lines.select(
                *by,
                paid=ibis.null().cast(MONEY),
                planned=lines.amount,
                carried=ibis.ifelse(lines.kind.isin(CARRYOVER), lines.amount, ibis.null().cast(MONEY)),
                dated=ibis.null().cast("date"),
                one=ibis.literal(0),
            )
        )
    return moved.group_by(list(by)).agg(
        spent=moved.paid.sum(),
        budget=moved.planned.sum(),
        carried=moved.carried.sum(),
        latest=moved.dated.max(),
        payments=moved.one.sum(),
    )


def _december(ledger: Ledger, filters: Filters, terms: Terms) -> Table:
    """By unit: the year, and what of it was paid in December."""
    paid = ledger.payments
    last = paid.dated.month() == DECEMBER
    return paid.group_by("unit").agg(
        spent=paid.amount.sum(),
        december=paid.amount.sum(where=last),
        payments=paid.count(),
        december_payments=last.sum(),
    )


def _three_public(by: Sequence[str]) -> Express:
    """The items that policy names by their class; general budget money only is what is published."""

    def express(ledger: Ledger, filters: Filters, terms: Terms) -> Table:
        paid = ledger.payments.filter(ledger.payments.economic_code.isin(tuple(terms.three_public)))
        paid = paid.filter(paid.fund_type.isin(GENERAL))
        others = [name for name in by if name != "economic"]
        kept = paid.select(*others, amount=paid.amount, economic=paid.economic_code)
        return kept.group_by(list(by)).agg(spent=kept.amount.sum(), payments=kept.count())

    return express


_RATE = ("budget", "spent", "rate", "balance", "payments")
_SPENT = ("spent", "share", "payments")

QUESTIONS: tuple[Question, ...] = (
    Question(
        "units",
        "按单位执行",
        "各单位花了多少，占全年预算多少？",
        ("unit",),
        _RATE,
        executed(("unit",), with_budget=True),
        ("bar", ("budget", "spent")),
        ("单位", "单位执行"),
    ),
    Question(
        "funds",
        "按专项执行",
        "各专项资金花了多少，占全年预算多少？",
        ("fund",),
        _RATE,
        executed(("fund",), with_budget=True),
        ("bar", ("budget", "spent")),
        ("专项", "专项执行"),
    ),
    Question(
        "projects",
        "按项目执行",
        "各项目花了多少，占全年预算多少？",
        ("fund", "project"),
        _RATE,
        executed(("fund", "project"), with_budget=True),
        ("bar", ("budget", "spent")),
        ("项目", "项目执行"),
    ),
    Question(
        "fund_types",
        "按资金性质",
        "各种来源的资金花了多少，占全年预算多少？",
        ("fund_type",),
        _RATE,
        executed(("fund_type",), with_budget=True),
        ("bar", ("budget", "spent")),
        ("资金性质", "资金来源"),
    ),
    Question(
        "functions",
        "按功能分类",
        "钱花在哪些功能上？",
        ("function",),
        _SPENT,
        executed(("function",), with_budget=False),
        ("bar", ("spent",)),
        ("功能分类", "支出功能分类"),
    ),
    Question(
        "economics",
        "按经济分类",
        "钱买了什么？",
        ("economic",),
        _SPENT,
        executed(("economic",), with_budget=False),
        ("bar", ("spent",)),
        ("经济分类", "部门经济分类"),
    ),
    Question(
        "months",
        "按月支出",
        "每个月花多少，累计赶不赶得上序时进度？",
        ("month",),
        ("spent", "share", "cumulative", "cumulative_rate", "time_share", "payments"),
        executed(("month",), with_budget=True),
        ("line", ("cumulative_rate", "time_share")),
        ("按月", "月份"),
    ),
    Question(
        "progress",
        "序时进度",
        "谁落后于序时进度？",
        ("unit",),
        ("budget", "spent", "rate", "time_share", "gap", "light", "payments"),
        executed(("unit",), with_budget=True),
        ("bar", ("rate", "time_share")),
        ("进度", "单位进度"),
        needs_budget=True,
    ),
    Question(
        "fund_progress",
        "专项序时进度",
        "哪些专项落后于序时进度？",
        ("fund",),
        ("budget", "spent", "rate", "time_share", "gap", "light", "payments"),
        executed(("fund",), with_budget=True),
        ("bar", ("rate", "time_share")),
        ("专项进度",),
        needs_budget=True,
    ),
    Question(
        "idle",
        "结转和闲置",
        "哪些钱结转下来没有花、哪些一直闲着？",
        ("unit", "fund"),
        (
            "budget",
            "carried",
            "spent",
            "balance",
            "balance_share",
            "carried_left",
            "latest",
            "days",
            "word",
            "payments",
        ),
        _idle,
        ("bar", ("balance", "carried_left")),
        ("结转", "闲置", "结转结余", "闲置资金"),
        needs_budget=True,
    ),
    Question(
        "december",
        "年底突击",
        "谁把钱留到了 12 月花？",
        ("unit",),
        (
            "spent",
            "december",
            "december_share",
            "before_average",
            "times",
            "word",
            "payments",
            "december_payments",
        ),
        _december,
        ("bar", ("december_share",)),
        ("突击花钱", "十二月", "12月"),
    ),
    Question(
        "three_public",
        "三公经费",
        "三公经费花在哪几项？",
        ("economic",),
        _SPENT,
        _three_public(("economic",)),
        ("bar", ("spent",)),
        ("三公",),
    ),
    Question(
        "unit_three_public",
        "单位三公经费",
        "哪些单位的三公经费花得多？",
        ("unit", "economic"),
        _SPENT,
        _three_public(("unit", "economic")),
        None,
        ("三公分单位",),
    ),
    Question(
        "project_months",
        "项目×月×专项",
        "每个项目每个月花了多少？",
        ("fund", "project", "month"),
        ("spent", "payments"),
        executed(("fund", "project", "month"), with_budget=False),
        None,
        ("项目按月",),
    ),
    Question(
        "regions",
        "按区划执行",
        "各区划花了多少，占全年预算多少？",
        ("region",),
        _RATE,
        executed(("region",), with_budget=True),
        ("bar", ("budget", "spent")),
        ("区划",),
    ),
)


def detailed(ledger: Ledger) -> Table:
    """The payments behind a figure, the latest first."""
    paid = ledger.payments
    columns = ("dated", "voucher", "unit", "fund", "project", "kind", "fund_type")
    more = ("function_code", "economic_code", "amount", "payee", "payee_mask", "summary")
    return paid.select(*columns, *more).order_by(
        paid.dated.desc(), paid.voucher, paid.unit, paid.project, paid.kind, paid.amount
    )
