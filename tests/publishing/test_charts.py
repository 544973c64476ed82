"""Charts say what the tables say; a gap stays a gap, and what is not there is not drawn."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.publishing.years import VENDORED, made

from jiheng.publishing import package
from jiheng.publishing.charts import Chart, charts
from jiheng.sheets import NOT_REPORTED, figure_of


def named() -> dict[str, Chart]:
    return {chart.key: chart for chart in charts(made())}


def test_debt_is_drawn_in_wan_yuan_from_its_table() -> None:
    chart = named()["debt"]
    [table] = [table for table in made().tables if table.kind == "debt"]
    assert chart.categories == ("债务限额", "年末债务余额")
    for series, column in zip(chart.series, ("general", "special"), strict=True):
        cells = [figure_of(table.cell(row, column)) for row in ("limit", "closing")]
        assert [value * 10_000 for value in series.values if value is not None] == cells


def test_a_missing_cell_is_a_gap_and_no_zero() -> None:
    year = made()
    [public] = [table for table in year.tables if table.kind == "three_public"]
    without = public.with_cells({("reception", "final"): NOT_REPORTED})
    [chart] = [one for one in charts(replace(year, tables=(without,))) if one.key == "three_public"]
    [final] = [series for series in chart.series if series.label == "决算数"]
    assert final.values[-1] is None


def test_grades_money_and_scores_are_counted_with_those_that_have_none() -> None:
    found = named()
    projects, units = found["grades"].series
    assert found["grades"].categories == ("优", "良", "中", "差", "未定等级")
    assert projects.values == (1, 0, 1, 0, 1)
    assert units.values == (1, 0, 0, 0, 0)
    assert found["money"].series[0].values == (420, 0, 0, 0, 1300)
    assert found["scores"].series[0].values == (0, 0, 1, 0, 0, 1)
    assert sum(found["scores"].series[1].values, Decimal(0)) == 1


def test_a_year_with_nothing_but_a_text_has_no_charts_and_still_its_pages() -> None:
    year = made()
    bare = replace(year, tables=(), results=(), reviewed=(), departments=(), texts=year.texts[:1])
    assert charts(bare) == ()
    files = package(bare, VENDORED)
    assert "没有可以画图的数" in files["charts.html"].decode()
    assert "data/cells.csv" not in files
    assert "未公开的账表" in files["notes/three_public.html"].decode()
