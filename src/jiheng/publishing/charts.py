"""The charts of a year: 三公, transfers, debt, goals and results; each is drawn from the table below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jiheng.disclosure.record import PublicResult, PublicYear
from jiheng.sheets import WAN, AccountTable, Grade, Missing, figure_of

MOST_BARS = 10
UNGRADED = "未定等级"
BANDS = (
    (0, "60分以下"),
    (60, "60—70分"),
    (70, "70—80分"),
    (80, "80—90分"),
    (90, "90—95分"),
    (95, "95分及以上"),
)


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart; a value that is not there leaves a gap."""

    label: str
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind`: bars side by side, stacked, or lying (rows). `href` leads to the table it is taken from."""

    key: str
    group: str
    title: str
    kind: str
    unit: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    href: str


def charts(year: PublicYear) -> tuple[Chart, ...]:
    """Every chart for which the year has figures."""
    tables = {table.kind: table for table in year.tables}
    found: list[Chart | None] = []
    if "three_public" in tables:
        found.append(_three_public(tables["three_public"]))
    if "transfers" in tables:
        found += [_groups(tables["transfers"]), _largest(tables["transfers"])]
    if "debt" in tables:
        found += [_stock(tables["debt"]), _flow(tables["debt"])]
    results = [result for result in year.results if not result.is_unit]
    units = [result for result in year.results if result.is_unit]
    found += [_grades(year, results, units), _money(year, results), _scores(year, results, units)]
    return tuple(chart for chart in found if chart is not None and _has_figures(chart))


def _has_figures(chart: Chart) -> bool:
    return any(value is not None for series in chart.series for value in series.values)


def _cells(table: AccountTable, column: str, rows: Iterable[str]) -> tuple[Decimal | None, ...]:
    """In 万元; None where the table has no such figure."""
    found = [figure_of(table.cell(row, column)) for row in rows]
    return tuple(None if value is None else value / WAN for value in found)


def _labels(table: AccountTable, rows: Sequence[str]) -> tuple[str, ...]:
    found = [table.row(row) for row in rows]
    return tuple(row.label if row else key for key, row in zip(rows, found, strict=True))


def _by_column(table: AccountTable, rows: Sequence[str], columns: Sequence[str]) -> tuple[Series, ...]:
    named = {column.key: column.label for column in table.columns}
    series = (Series(named[key], _cells(table, key, rows)) for key in columns if key in named)
    return tuple(one for one in series if any(value is not None for value in one.values))


def _of_table(
    table: AccountTable, key: str, title: str, rows: Sequence[str], columns: Sequence[str]
) -> Chart:
    series = _by_column(table, rows, columns)
    return Chart(
        key, table.kind, title, "bars", "万元", _labels(table, rows), series, f"tables/{table.kind}.html"
    )


def _three_public(table: AccountTable) -> Chart:
    rows = ("abroad", "cars_bought", "cars_run", "reception")
    return _of_table(
        table, "three_public", "“三公”经费：预算、决算和上年", rows, ("budget", "final", "last_final")
    )


def _groups(table: AccountTable) -> Chart:
    rows = ("returned", "general", "special")
    title = "税收返还和转移支付：本年与上年"
    return _of_table(table, "transfers", title, rows, ("final", "last_final"))


def _largest(table: AccountTable) -> Chart:
    """The largest single items: rows that are no sum of others."""
    leaves = [row.key for row in table.rows if not row.is_total]
    amounts = {key: figure_of(table.cell(key, "final")) for key in leaves}
    known = [(value, key) for key, value in amounts.items() if value is not None and value > 0]
    keys = [key for _, key in sorted(known, key=lambda one: -one[0])[:MOST_BARS]]
    series = _by_column(table, keys, ("final",))
    title = f"转移支付金额最大的{len(keys)}项"
    return Chart(
        "transfers_largest", "transfers", title, "rows", "万元", _labels(table, keys), series,
        "tables/transfers.html",
    )  # fmt: skip


def _stock(table: AccountTable) -> Chart:
    rows = ("limit", "closing")
    series = _by_column(table, rows, ("general", "special"))
    return Chart(
        "debt", "debt", "政府债务：限额与年末余额", "stacked", "万元", _labels(table, rows), series,
        "tables/debt.html",
    )  # fmt: skip


def _flow(table: AccountTable) -> Chart:
    rows = ("opening", "new", "refinancing", "repaid", "interest", "closing")
    series = _by_column(table, rows, ("general", "special"))
    return Chart(
        "debt_flow", "debt", "政府债务：一年的变动", "stacked", "万元", _labels(table, rows), series,
        "tables/debt.html",
    )  # fmt: skip


# ── goals and results ─────────────────────────────────────────────────────────────────────────────────


def _graded(results: Iterable[PublicResult], grade: str) -> list[PublicResult]:
    return [result for result in results if (result.grade or UNGRADED) == grade]


def _steps(results: Iterable[PublicResult]) -> tuple[str, ...]:
    """优 良 中 差, and 未定等级 where there are such."""
    grades = [grade.value for grade in Grade]
    return (*grades, UNGRADED) if any(not result.grade for result in results) else tuple(grades)


def _grades(year: PublicYear, funds: list[PublicResult], units: list[PublicResult]) -> Chart | None:
    if not funds and not units:
        return None
    steps = _steps([*funds, *units])
    series = [
        Series(label, tuple(Decimal(len(_graded(results, step))) for step in steps))
        for label, results in (("项目", funds), ("单位整体支出", units))
        if results
    ]
    title = f"{year.evaluated}年支出绩效评价等级"
    return Chart("grades", "results", title, "bars", "个", steps, tuple(series), "projects.html")


def _money(year: PublicYear, funds: list[PublicResult]) -> Chart | None:
    """全年预算数 of the projects by grade; projects without a budget figure are left out of the sum."""
    if not funds:
        return None
    steps = _steps(funds)
    sums = []
    for step in steps:
        known = [one.budget for one in _graded(funds, step) if not isinstance(one.budget, Missing)]
        sums.append(sum(known, Decimal(0)) / WAN)
    title = f"{year.evaluated}年各等级项目的预算金额"
    return Chart(
        "money",
        "results",
        title,
        "bars",
        "万元",
        steps,
        (Series("全年预算数", tuple(sums)),),
        "projects.html",
    )


def _scores(year: PublicYear, funds: list[PublicResult], units: list[PublicResult]) -> Chart | None:
    series = []
    for label, results in (("项目", funds), ("单位整体支出", units)):
        known = [result.score for result in results if not isinstance(result.score, Missing)]
        if known:
            series.append(Series(label, _banded(known)))
    if not series:
        return None
    labels = tuple(label for _, label in BANDS)
    title = f"{year.evaluated}年支出绩效评价得分分布"
    return Chart("scores", "results", title, "bars", "个", labels, tuple(series), "projects.html")


def _banded(scores: Sequence[Decimal]) -> tuple[Decimal, ...]:
    floors = [Decimal(floor) for floor, _ in BANDS]
    above = [sum(1 for score in scores if score >= floor) for floor in floors]
    return tuple(Decimal(more - less) for more, less in zip(above, [*above[1:], 0], strict=True))
