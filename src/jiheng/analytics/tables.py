"""The ledger as expressions: files of any known layout become tables of the standard columns.

What our own pulls store is taken as it stands; upstream files are trimmed, parsed and signed within the same
expression, after a first look has shown that every date and amount in them can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import BooleanValue, Table, Value

from jiheng.analytics.answers import AskError, Filters
from jiheng.analytics.engines import Engine
from jiheng.analytics.sources import BUDGETS, CALLED, COLUMNS, NAMES, PAYMENTS, PROJECTS, Source, match

MONEY = "decimal(18,2)"
_AMOUNT = r"^-?[0-9]{1,15}([.][0-9]{1,2})?$"
_DAY = r"^[12][0-9]{3}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
REFUNDS = ("refund", "退回")
NOBODY = "—"  # a unit that is none: who sees no unit sees nothing
VOID = ("1", "是", "true")
INITIAL = ("initial", "年初预算")
CARRYOVER = ("carryover", "上年结转")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Payments and budget lines under the filters, in standard columns; no budgets: `budgets` is None."""

    payments: Table
    budgets: Table | None


def ledger(engine: Engine, source: Source, filters: Filters) -> Ledger:
    """The source's tables under the filters. Raises AskError where a column lacks or cannot be read."""
    payments = _standard(engine, PAYMENTS)
    if source.has(PROJECTS):
        payments = _with_fund(payments, _standard(engine, PROJECTS))
    payments = _kept(payments, filters)
    if filters.until is not None:
        payments = payments.filter(payments.dated <= _day(filters.until))
    if filters.month is not None:
        payments = payments.filter(payments.dated.month() == filters.month)
    for name, begins in (("function_code", filters.function), ("economic_code", filters.economic)):
        if begins:
            payments = payments.filter(payments[name].startswith(begins))
    if filters.kind:
        payments = payments.filter(payments.kind == filters.kind)
    if not source.has(BUDGETS):
        return Ledger(payments, None)
    budgets = _kept(_standard(engine, BUDGETS), filters)
    if filters.until is not None:
        known = budgets.decided_on.isnull() | (budgets.decided_on <= _day(filters.until))
        budgets = budgets.filter(budgets.kind.isin(INITIAL) | known)
    return Ledger(payments, budgets)


def latest_year(engine: Engine) -> int | None:
    """The fiscal year of the latest payment; None where there is none."""
    payments = _standard(engine, PAYMENTS)
    [(latest,)] = engine.rows(payments.agg(latest=payments.fiscal_year.max()))
    return None if latest is None else int(latest)


def latest_day(engine: Engine, year: int) -> date | None:
    """The day of a fiscal year's latest payment; None where there is none."""
    if ("latest", year) not in engine.kept:
        payments = _standard(engine, PAYMENTS)
        payments = payments.filter(payments.fiscal_year == year)
        [(engine.kept["latest", year],)] = engine.rows(payments.agg(latest=payments.dated.max()))
    latest: date | None = engine.kept["latest", year]
    return latest


def names_of(engine: Engine) -> Table:
    """The table of names: sort, code, name."""
    return _standard(engine, NAMES).select("sort", "code", "name")


def _day(day: date) -> Value:
    return ibis.date(day.isoformat())


def _kept(table: Table, filters: Filters) -> Table:
    """What the filters leave of either table."""
    if filters.year is not None:
        table = table.filter(table.fiscal_year == filters.year)
    if filters.scope is not None:
        table = table.filter(table.unit.isin(filters.scope or (NOBODY,)))
    for name in ("region", "unit", "fund", "project", "fund_type"):
        wanted = getattr(filters, name)
        if wanted is not None:
            table = table.filter(table[name] == wanted)
    return table


def _with_fund(payments: Table, projects: Table) -> Table:
    """The fund of a payment that names only its project."""
    known = projects.select(known_project=projects.project, known_fund=projects.fund).distinct(
        on="known_project", keep="first"
    )
    joined = payments.left_join(known, payments.project == known.known_project)
    fund = ibis.ifelse(joined.fund == "", ibis.coalesce(joined.known_fund, ibis.literal("")), joined.fund)
    return joined.mutate(fund=fund).drop("known_project", "known_fund")


# ── standard columns ──────────────────────────────────────────────────────────────────────────────────


def _standard(engine: Engine, table: str) -> Table:
    if (table,) not in engine.kept:
        engine.kept[table,] = _read_as_standard(engine, table)
    return engine.kept[table,]


def _read_as_standard(engine: Engine, table: str) -> Table:
    there = engine.columns(table)
    found = match(table, there)
    raw = ibis.table({name: kind for name, kind in there.items() if name in found.values()}, name=table)
    _refuse_unreadable(engine, table, raw, found)
    made: dict[str, Value] = {}
    for column, (kind, _) in COLUMNS[table].items():
        if column == "fiscal_year":
            continue
        value = raw[found[column]] if column in found else None
        made[column] = _typed(value, kind)
    if table in (PAYMENTS, BUDGETS):
        made["amount"] = _signed(made, table, found)
        made["fiscal_year"] = _year(raw, made, found)
    result = raw.select(**made)
    if table == PAYMENTS and "is_void" in found:
        result = result.filter(~result.is_void.isin(VOID))
    return result.drop("is_void") if table == PAYMENTS else result


def _year(raw: Table, made: Mapping[str, Value], found: Mapping[str, str]) -> Value:
    if "fiscal_year" in found:
        return raw[found["fiscal_year"]].cast("int32")
    return (made["dated"] if "dated" in made else made["decided_on"]).year().cast("int32")


def _typed(value: Value | None, kind: str) -> Value:
    """A column as its standard type; one that the files do not have is empty text, or no date."""
    if value is None:
        return ibis.literal("") if kind == "string" else ibis.null().cast(kind)
    there = value.type()
    if kind == "string":
        return value.cast("string").fill_null("").strip() if not there.is_string() else value.fill_null("")
    if kind == "date":
        return _date(value) if there.is_string() else value if there.is_date() else value.cast("date")
    return value if there == dt.dtype(kind) else value.cast(kind)


def _plain_day(value: Value) -> Value:
    return (
        value.strip().replace("-", "").replace("/", "").replace("年", "").replace("月", "").replace("日", "")
    )


def _date(value: Value) -> Value:
    """2024-03-01, 20240301 and the 17 digits of upstream systems; an empty cell is no date."""
    day = _plain_day(value)
    parts = (day.substr(0, 4), day.substr(4, 2), day.substr(6, 2))
    text = parts[0].concat("-", parts[1], "-", parts[2])
    return ibis.ifelse(day.length() >= 8, text, ibis.null()).cast("date")


def _signed(made: Mapping[str, Value], table: str, found: Mapping[str, str]) -> Value:
    """What comes back is negative: upstream writes refunds as positive amounts, our own books do not."""
    amount = made["amount"]
    if table != PAYMENTS or found["amount"] == "amount" or "kind" not in found:
        return amount
    return ibis.ifelse(made["kind"].isin(REFUNDS), -amount.abs(), amount).cast(MONEY)


def _refuse_unreadable(engine: Engine, table: str, raw: Table, found: Mapping[str, str]) -> None:
    """A look at columns of text before they are relied on: no row is ever left out in silence."""
    wrong: dict[str, BooleanValue] = {}
    for column, name in found.items():
        kind, value = COLUMNS[table][column][0], raw[name]
        there = value.type()
        if kind == MONEY and there.is_floating():
            raise AskError(
                f"{CALLED[table]}文件的“{name}”是浮点数，分可能已经不准：请按两位小数（DECIMAL）或文字导出后再问"
            )
        if kind == MONEY and there.is_decimal() and (there.scale or 0) > 2:
            wrong[name] = value != value.round(2)
        elif there.is_string() and kind in (MONEY, "date"):
            text = value.strip() if kind == MONEY else _plain_day(value)
            fits = text.re_search(_AMOUNT if kind == MONEY else _DAY)
            may_lack = column == "decided_on"
            wrong[name] = ~fits.fill_null(False) & (text.fill_null("") != "" if may_lack else True)  # noqa: FBT003
        elif column in ("dated", "amount") and "payee_mask" not in found:
            # only what our own pulls wrote has masks, and they let no empty cell in
            wrong[name] = value.isnull()
    if not wrong:
        return
    counts = engine.rows(raw.agg(**{f"n{place}": flag.sum() for place, flag in enumerate(wrong.values())}))[0]
    for (name, flag), count in zip(wrong.items(), counts, strict=True):
        if count:
            [example] = engine.rows(raw.filter(flag).select(raw[name]).limit(1))
            words = "空着" if example[0] in (None, "") else f"如“{example[0]}”"
            raise AskError(
                f"{CALLED[table]}文件的“{name}”有 {int(count)} 行读不出来（{words}）："
                "日期应如 2024-03-01 或 20240301，金额应为元、最多两位小数、不带千分位；请改正后再问"
            )
