"""`ask`: a question over a ledger's files; `rows`: the payments behind a figure of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from jiheng.analytics import telling
from jiheng.analytics.answers import Answer, AskError, Cell, Column, Filters, Names, Rows, Terms
from jiheng.analytics.engines import Choice, Engine, opened
from jiheng.analytics.questions import QUESTIONS, Question, detailed
from jiheng.analytics.sources import NAMES, Source
from jiheng.analytics.tables import latest_day, latest_year, ledger, names_of
from jiheng.analytics.telling import Day
from jiheng.policy import Policy

MOST_ROWS = 1000
DETAILS = (
    Column("dated", "支付日期", "day"),
    Column("voucher", "凭证号", "code"),
    Column("unit", "单位代码", "code"),
    Column("fund", "专项代码", "code"),
    Column("project", "项目代码", "code"),
    Column("kind", "种类", "word"),
    Column("fund_type", "资金性质", "code"),
    Column("function_code", "功能分类", "code"),
    Column("economic_code", "经济分类", "code"),
    Column("amount", "金额", "money", "元"),
    Column("payee", "收款人", "name"),
    Column("payee_mask", "收款账号", "word"),
    Column("summary", "摘要", "name"),
)


def question(name: str) -> Question:
    """By its key, its Chinese title or another of its names. Raises AskError that lists what there is."""
    wanted = name.strip()
    for one in QUESTIONS:
        if wanted in (one.key, one.title, one.asks, *one.other_names):
            return one
    known = "、".join(f"{one.title}（{one.key}）" for one in QUESTIONS)
    raise AskError(f"没有“{name}”这个问题，可以问：{known}")


def terms_of(policy: Policy) -> Terms:
    """Where this policy draws the lines."""
    return Terms(
        red_below=policy.decimal("lights.execution.red_below"),
        yellow_below=policy.decimal("lights.execution.yellow_below"),
        idle_days=policy.whole("spending.idle.days_from"),
        idle_balance=policy.decimal("spending.idle.balance_from"),
        carryover_share=policy.decimal("spending.carryover.share_from"),
        december_share=policy.decimal("spending.december.share_from"),
        december_amount=policy.decimal("spending.december.amount_from"),
        three_public={
            str(code): str(words) for code, words in policy.table("spending.three_public.items").items()
        },
        version=policy.version,
    )


def ask(
    name: str,
    source: Source,
    policy: Policy,
    filters: Filters | None = None,
    engine: str | Choice | Engine = "duckdb",
) -> Answer:
    """Answers a question (a key or Chinese name of `QUESTIONS`) over a source's files, money in exact yuan.

    `policy` draws the lines (thresholds, lights). Without a year in the filters it is the source's latest;
    without a day, figures stand as of its latest payment. Raises AskError (Chinese): no such question,
    nothing to read, a column that lacks.
    """
    asked, terms = question(name), terms_of(policy)
    with opened(source, engine) as found:
        filters = _of_a_year(found, filters or Filters())
        day = _day(found, filters)
        tables = ledger(found, source, filters)
        if asked.needs_budget and tables.budgets is None:
            raise AskError(
                f"“{asked.title}”要有预算指标才能回答：请在来源文件夹里放上 budgets 开头的文件"
                "（栏目：单位代码、专项代码、指标种类、金额、日期）"
            )
        expression = asked.express(tables, filters, terms)
        raw = [name for name in expression.columns if name not in asked.by]
        expression = expression.select(*asked.by, *raw)
        records = found.rows(expression)
        sql = found.sql(expression)
        names = _names(found, source)
    return _told(asked, records, (*asked.by, *raw), _Known(filters, day, terms, names, sql))


def rows(
    source: Source,
    filters: Filters,
    start: int = 0,
    most: int = MOST_ROWS,
    engine: str | Choice | Engine = "duckdb",
) -> Rows:
    """The payments under the filters, the latest first: `most` of them from `start` on, and what all of them
    come to. `Answer.where(row)` says which filters stand behind a row."""
    with opened(source, engine) as found:
        filters = _of_a_year(found, filters)
        tables = ledger(found, source, filters)
        paid = tables.payments
        [(count, total)] = found.rows(paid.agg(count=paid.count(), total=paid.amount.sum()))
        expression = detailed(tables).limit(most, offset=start)
        listed = found.rows(expression)
        sql = found.sql(expression)
    return Rows(
        DETAILS,
        tuple(row[: len(DETAILS)] for row in listed),
        int(count),
        total or Decimal(0),
        (f"SQL：{_one_line(sql)}",),
    )


def behind(filters: Filters, where: Mapping[str, str]) -> Filters:
    """The filters of the payments behind a row, from those of its question."""
    changed: dict[str, Any] = dict(where)
    if "month" in changed:
        changed["month"] = int(changed["month"])
    return replace(filters, **changed)


# ── the parts of an answer ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Known:
    """What stands behind the rows of an answer."""

    filters: Filters
    day: Day
    terms: Terms
    names: Names | None
    sql: str


def _of_a_year(engine: Engine, filters: Filters) -> Filters:
    if filters.year is not None:
        return filters
    return replace(filters, year=filters.until.year if filters.until else latest_year(engine))


def _day(engine: Engine, filters: Filters) -> Day:
    """The day asked for; else that of the year's latest payment, of whatever unit."""
    year = filters.year or 0
    latest = latest_day(engine, year)
    if filters.until is not None:
        return Day(filters.until, year, latest is not None)
    return Day(latest or date(year or 1, 12, 31), year, latest is not None)


def _names(engine: Engine, source: Source) -> Names | None:
    """The names of codes: the source's own table, then whoever made the source."""
    if not source.has(NAMES):
        return source.names
    if ("words",) not in engine.kept:
        found = engine.rows(names_of(engine))
        engine.kept["words",] = {(str(sort), str(code)): str(name) for sort, code, name in found}
    known, more = engine.kept["words",], source.names
    return lambda sort, code: known.get((sort, code), "") or (more(sort, code) if more else "")


def _told(asked: Question, found: list[tuple[Any, ...]], keys: tuple[str, ...], known: _Known) -> Answer:
    names = known.names
    codes = {name: {row[place] for row in found} for place, name in enumerate(asked.by)}
    columns = telling.columns_of(asked, telling.named(asked, codes, names))
    if keys == tuple(column.key for column in columns):  # nothing to work out: the engine's rows as they are
        total: tuple[Cell, ...] | None = None
        listed: tuple[tuple[Cell, ...], ...] = tuple(sorted(found))
        count, unplanned = sum(row[-1] for row in found), 0
    else:
        records = [dict(zip(keys, row, strict=True)) for row in found]
        count = sum(int(row["payments"] or 0) for row in records)
        unplanned = sum(row.get("budget", 0) is None for row in records) if "budget" in asked.shows else 0
        records, sums = telling.worked_out(asked, records, known.day, known.terms)
        listed = tuple(telling.cells(columns, row, names) for row in records)
        total = telling.sums_row(columns, sums) if records else None
    return Answer(
        question=asked.key,
        title=asked.title,
        asks=asked.asks,
        columns=columns,
        rows=listed,
        total=total,
        notes=telling.notes(asked, known.filters, known.day, count, unplanned),
        steps=(*telling.steps(asked, known.terms, known.day), f"SQL：{_one_line(known.sql)}"),
        by=asked.by,
        chart=asked.chart,
        until=known.day.until if known.day.is_pulled else None,
    )


def _one_line(sql: str) -> str:
    return " ".join(sql.split())
