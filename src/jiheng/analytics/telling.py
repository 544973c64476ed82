"""From sums to answers: rates, shares, lights and words of each row, exact, from what the engine added up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any

from jiheng.analytics.answers import Cell, Column, Filters, Names, Terms
from jiheng.analytics.questions import DECEMBER, Question
from jiheng.analytics.sources import WORDS
from jiheng.figures import percent
from jiheng.scoring import time_share
from jiheng.sheets import NOT_REPORTED, Light, Missing, MissingReason

MONTHS = 12
HUNDRED = Decimal(100)
NO_BUDGET = Missing(MissingReason.NOT_REPORTED, "没有预算指标")
NOT_COMPUTABLE = MissingReason.NOT_COMPUTABLE
BASIC = "基本支出"
Record = dict[str, Any]

# dimension → titles of its code and its name
DIMENSIONS: Mapping[str, tuple[str, str]] = {
    "region": ("区划代码", "区划"),
    "unit": ("单位代码", "单位"),
    "fund": ("专项代码", "专项资金"),
    "project": ("项目代码", "项目"),
    "fund_type": ("资金性质代码", "资金性质"),
    "function": ("功能分类编码", "支出功能分类"),
    "economic": ("经济分类编码", "部门经济分类"),
    "month": ("月份", ""),
}
YUAN, PERCENT, POINTS, COUNT = "元", "%", "百分点", "笔"
COLUMNS: Mapping[str, Column] = {
    column.key: column
    for column in (
        Column("budget", "全年预算", "money", YUAN),
        Column("spent", "执行数", "money", YUAN),
        Column("rate", "执行率", "percent", PERCENT),
        Column("balance", "未支出", "money", YUAN),
        Column("balance_share", "未支出占预算", "percent", PERCENT),
        Column("share", "占合计", "percent", PERCENT),
        Column("cumulative", "累计执行", "money", YUAN),
        Column("cumulative_rate", "累计执行率", "percent", PERCENT),
        Column("time_share", "序时进度", "percent", PERCENT),
        Column("gap", "比序时进度", "points", POINTS),
        Column("light", "灯", "word"),
        Column("carried", "上年结转", "money", YUAN),
        Column("carried_left", "结转未花完", "money", YUAN),
        Column("latest", "最近支付", "day"),
        Column("days", "已有天数", "count", "天"),
        Column("december", "12月支出", "money", YUAN),
        Column("december_share", "12月占全年", "percent", PERCENT),
        Column("before_average", "前11个月月均", "money", YUAN),
        Column("times", "12月为月均的倍数", "times", "倍"),
        Column("december_payments", "12月笔数", "count", COUNT),
        Column("word", "提示", "word"),
        Column("payments", "笔数", "count", COUNT),
    )
}
ADDED = ("budget", "spent", "carried", "carried_left", "december", "payments", "december_payments")


@dataclass(frozen=True, slots=True)
class Day:
    """What the figures stand on: the day as of which, the fiscal year, whether anything was pulled."""

    until: date
    year: int
    is_pulled: bool

    @property
    def month(self) -> int:
        """How many months of the fiscal year are over, the present one counted: 1 to 12."""
        return MONTHS if self.until.year > self.year else max(1, self.until.month)


# ── one row ───────────────────────────────────────────────────────────────────────────────────────────


def complete(record: Record, day: Day, terms: Terms, spent_in_all: Decimal) -> Record:
    """A row of sums with everything that follows from them."""
    made = dict(record)
    nothing: Decimal | Missing = Decimal(0) if day.is_pulled else NOT_REPORTED
    for name in ("spent", "december"):
        if name in made and made[name] is None:
            made[name] = nothing
    for name in ("budget", "carried"):
        if name in made and made[name] is None:
            made[name] = NO_BUDGET
    spent, budget = made["spent"], made.get("budget", NO_BUDGET)
    made["rate"] = percent(spent, budget)
    made["balance"] = _less(budget, spent)
    made["balance_share"] = percent(made["balance"], budget)
    made["share"] = percent(spent, spent_in_all)
    share = Decimal(day.month) / MONTHS * HUNDRED
    made["time_share"] = share
    made["gap"] = made["rate"] if isinstance(made["rate"], Missing) else made["rate"] - share
    made["light"] = _light(spent, budget, day.month, terms)
    if "carried" in made:
        _complete_idle(made, day, terms)
    if "december" in made:
        _complete_december(made, terms)
    return made


def _less(whole: Decimal | Missing, part: Decimal | Missing) -> Decimal | Missing:
    if isinstance(whole, Missing):
        return whole
    return part if isinstance(part, Missing) else whole - part


def _light(spent: Decimal | Missing, budget: Decimal | Missing, month: int, terms: Terms) -> str:
    """The light of monitoring's own rule: 执行率与序时进度之比."""
    if isinstance(spent, Missing) or isinstance(budget, Missing) or budget <= 0:
        return ""
    ratio = time_share(spent, budget, month)
    if ratio < terms.red_below:
        return Light.RED.value
    return Light.YELLOW.value if ratio < terms.yellow_below else Light.GREEN.value


def _complete_idle(made: Record, day: Day, terms: Terms) -> None:
    spent, carried, balance = made["spent"], made["carried"], made["balance"]
    left = _less(carried, spent)
    made["carried_left"] = left if isinstance(left, Missing) else max(left, Decimal(0))
    made["days"] = (day.until - (made["latest"] or date(day.year, 1, 1))).days
    made["latest"] = made["latest"] or Missing(MissingReason.NOT_APPLICABLE, "没有支付过")
    words = []
    if not isinstance(balance, Missing) and balance >= terms.idle_balance:
        if made["days"] >= terms.idle_days:
            words.append("闲置")
        share = made["balance_share"]
        if not isinstance(share, Missing) and share >= terms.carryover_share:
            words.append("结余偏大")
    if not isinstance(made["carried_left"], Missing) and made["carried_left"] > 0:
        words.append("结转未花完")
    made["word"] = "、".join(words)


def _complete_december(made: Record, terms: Terms) -> None:
    spent, december = made["spent"], made["december"]
    made["december_share"] = percent(december, spent)
    before = _less(spent, december)
    made["before_average"] = before if isinstance(before, Missing) else before / (DECEMBER - 1)
    times = percent(december, made["before_average"])
    made["times"] = times if isinstance(times, Missing) else times / HUNDRED
    share = made["december_share"]
    is_rush = not isinstance(share, Missing) and share >= terms.december_share
    made["word"] = "年底突击" if is_rush and december >= terms.december_amount else ""


def worked_out(asked: Question, records: list[Record], day: Day, terms: Terms) -> tuple[list[Record], Record]:
    """Every row with what follows from its sums, in the order of the question; and the row of sums."""
    spent = _sum(row["spent"] for row in records)
    whole = spent if isinstance(spent, Decimal) else Decimal(0)
    made = [complete(row, day, terms, whole) for row in records]
    budget: Decimal | Missing = NO_BUDGET
    if asked.key == "months":
        made, budget = months(made)
    made = in_order(asked, made)
    sums = total_of(made, day, terms)
    if asked.key == "months":
        sums |= {"cumulative": sums["spent"], "cumulative_rate": percent(sums["spent"], budget)}
    return made, sums


# ── all rows ──────────────────────────────────────────────────────────────────────────────────────────


def months(records: list[Record]) -> tuple[list[Record], Decimal | Missing]:
    """The months in order with what has come together until each, and the year's budget (month 0)."""
    budget = next((row["budget"] for row in records if row["month"] == 0), NO_BUDGET)
    there = sorted((row for row in records if row["month"]), key=lambda row: row["month"])
    for row, cumulative in zip(there, accumulate(row["spent"] for row in there), strict=True):
        row |= {"cumulative": cumulative, "cumulative_rate": percent(cumulative, budget)}
        row["time_share"] = Decimal(row["month"]) / MONTHS * HUNDRED
    return there, budget


def in_order(question: Question, records: list[Record]) -> list[Record]:
    """The rows that the question is after come first."""
    if question.key == "months":
        return records
    key: Callable[[Record], tuple[Any, ...]]
    if "gap" in question.shows:
        key = lambda row: (isinstance(row["gap"], Missing), _number(row["gap"]))  # noqa: E731
    elif question.key == "idle":
        key = lambda row: (not row["word"], -_number(row["balance"]))  # noqa: E731
    elif question.key == "december":
        key = lambda row: (not row["word"], -_number(row["december_share"]))  # noqa: E731
    else:
        key = lambda row: (-_number(row["spent"]),)  # noqa: E731
    return sorted(records, key=lambda row: (*key(row), *(str(row[name]) for name in question.by)))


def _number(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def total_of(records: Sequence[Record], day: Day, terms: Terms) -> Record:
    """The row of sums: what adds up is added, what follows is worked out anew."""
    made: Record = {name: _sum(row.get(name) for row in records) for name in ADDED}
    made = {name: value for name, value in made.items() if any(name in row for row in records[:1])}
    spent = made.get("spent", Decimal(0))
    made.setdefault("spent", spent)
    budget = made.get("budget", NO_BUDGET)
    made["rate"] = percent(spent, budget)
    made["balance"] = _less(budget, spent)
    made["balance_share"] = percent(made["balance"], budget)
    made["share"] = percent(spent, spent)
    made["time_share"] = Decimal(day.month) / MONTHS * HUNDRED
    made["gap"] = made["rate"] if isinstance(made["rate"], Missing) else made["rate"] - made["time_share"]
    made["light"] = _light(spent, budget, day.month, terms)
    if "december" in made:
        _complete_december(made, terms)
    return made


def _sum(values: Any) -> Any:
    known = [value for value in values if value is not None and not isinstance(value, Missing)]
    return sum(known[1:], known[0]) if known else NO_BUDGET


def columns_of(question: Question, named: set[str]) -> tuple[Column, ...]:
    """The columns of an answer: each dimension's code, its name where names are known, the figures."""
    made: list[Column] = []
    for name in question.by:
        code, words = DIMENSIONS[name]
        made.append(Column(name, code, "count" if name == "month" else "code"))
        if name in named:
            made.append(Column(f"{name}_name", words, "name"))
    return (*made, *(COLUMNS[name] for name in question.shows))


def cells(columns: Sequence[Column], record: Record, names: Names | None) -> tuple[Cell, ...]:
    """A row as the columns have it."""
    made: list[Cell] = []
    for column in columns:
        if column.kind == "name":
            dimension = column.key.removesuffix("_name")
            made.append(name_of(dimension, record[dimension], names or _nobody))
        else:
            value = record.get(column.key, "")
            made.append("" if value is None else value)
    return tuple(made)


def sums_row(columns: Sequence[Column], sums: Record) -> tuple[Cell, ...]:
    """The row of sums: its codes and names are empty."""
    return tuple(sums.get(column.key, "") for column in columns)


def _nobody(sort: str, code: str) -> str:
    """Names of no code."""
    return ""


def name_of(dimension: str, code: str, names: Names) -> str:
    if not code and dimension in ("fund", "project"):
        return BASIC
    return names(dimension, code) or WORDS.get(dimension, {}).get(code, code)


def named(asked: Question, codes: Mapping[str, set[str]], names: Names | None) -> set[str]:
    """Which dimensions have a column of names: where at least one is known."""
    know = names or _nobody
    return {
        name
        for name in asked.by
        if name != "month" and any(name_of(name, code, know) != code for code in codes[name])
    }


# ── what stands beside the rows ───────────────────────────────────────────────────────────────────────


def notes(asked: Question, filters: Filters, day: Day, count: int, unplanned: int) -> tuple[str, ...]:
    """What a reader has to know of these figures."""
    if not day.is_pulled:
        return (f"{day.year} 年没有支付数据，执行数视为未报送",)
    made = [f"{day.year} 年，截至 {day.until.isoformat()}，{count:,} 笔支付"]
    if filters.scope is not None:
        made.append("只含您能看到的单位")
    if unplanned and asked.key != "months":
        made.append(f"有 {unplanned} 行没有预算指标，合计的执行率把它们的执行数也算在内")
    if asked.key == "december" and (day.until.year, day.until.month) < (day.year, DECEMBER):
        made.append("12 月的支付还没有取到，现在看不出年底突击")
    if asked.key == "three_public" or asked.key == "unit_three_public":
        made.append("按支付的部门经济分类归集、一般公共预算资金；公布的三公经费以决算账表为准")
    if asked.key == "idle":
        made.append("未支出 = 全年预算 − 执行数；上年结转先于当年预算使用")
    return tuple(made)


def steps(asked: Question, terms: Terms, day: Day) -> tuple[str, ...]:
    """How the figures came about, for who has to explain them."""
    made = [
        "执行数 = Σ支付 + Σ实拨 + Σ单位资金支付 − Σ退回，扣除更正冲回，"
        f"支付日期不晚于 {day.until.isoformat()}"
    ]
    if "budget" in asked.shows or asked.key == "months":
        made.append("全年预算 = 年初预算 + 截至当日已下达的年中调整 + 上年结转；执行率 = 执行数 ÷ 全年预算")
    if "time_share" in asked.shows:
        made.append(f"序时进度 = {day.month} ÷ 12")
    if "light" in asked.shows:
        made.append(
            f"灯：执行率 ÷ 序时进度低于 {terms.red_below}% 为红，低于 {terms.yellow_below}% 为黄"
            "（政策 lights.execution）"
        )
    if asked.key == "idle":
        made.append(
            f"闲置：{terms.idle_days} 天以上没有支付、未支出 {terms.idle_balance:,} 元以上；"
            f"结余偏大：未支出占预算 {terms.carryover_share}% 以上（政策 spending.idle、spending.carryover）"
        )
    if asked.key == "december":
        made.append(
            f"年底突击：12 月占全年 {terms.december_share}% 以上、{terms.december_amount:,} 元以上"
            "（政策 spending.december）"
        )
    if asked.key in ("three_public", "unit_three_public"):
        items = "、".join(f"{code} {words}" for code, words in terms.three_public.items())
        made.append(f"三公科目：{items}（政策 spending.three_public）")
    return tuple(made)
