"""Funds with their projects, and budgets, by file."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from tests.cast import Cast
from tests.units.test_imports import sheet, staged

from jiheng.projects import budget
from jiheng.projects.models import BudgetDates, BudgetLine, Fund, Project
from jiheng.units import imports
from jiheng.units.models import LogEntry, Person

FUNDS = ("专项代码", "专项名称", "单位代码", "民生项目", "项目代码", "项目名称", "项目单位代码")
NEW = [
    ("105002009", "校园安防专项", "105002", "是", "P1", "校门改造", ""),
    ("105002009", "校园安防专项", "105002", "是", "P2", "监控改造", "105001"),
    ("105002001", "薄弱学校改造专项资金（二期）", "105002", "", "", "", ""),
]
BUDGETS = ("单位代码", "专项代码", "项目代码", "指标种类", "资金性质", "金额（元）", "指标文号", "日期")


def published(person: Person, kind: str, data: bytes, year: int | None = None) -> imports.Published:
    return imports.publish(person, staged(person, kind, data, year).pk)[1]


def test_a_fund_comes_with_its_projects(cast: Cast) -> None:
    done = published(cast.budget, "funds", sheet(FUNDS, NEW))
    assert done.counts == {"新增专项": 1, "修改专项": 1, "新增项目": 2, "修改项目": 0}
    fund = Fund.objects.get(code="105002009")
    assert (fund.unit, fund.is_livelihood, fund.projects.count()) == (cast.school, True, 2)
    assert Project.objects.get(code="P2").unit == cast.education_bureau
    changed = LogEntry.objects.get(action="修改专项")
    assert changed.before == {"name": "薄弱学校改造专项资金"}
    assert changed.unit_name == "第一中学"


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("105002009", "校园安防专项", "105002", "", "P1", "又一个", ""), "项目代码", "与第 2 行重复"),
        (("105002009", "另一个名称", "105002", "", "P3", "三", ""), "专项名称", "“校园安防专项”，请统一"),
        (("105002009", "校园安防专项", "105001", "", "P3", "三", ""), "单位代码", "“105002”，请统一"),
        (("105002009", "校园安防专项", "105002", "", "", "", ""), "项目代码", "写明另一个项目"),
        (("105002010", "新专项", "999", "", "P3", "三", ""), "单位代码", "没有这个单位"),
        (("105002010", "新专项", "105002", "", "P3", "", ""), "项目名称", "同时填写"),
        (
            ("105002010", "新专项", "105002", "", "43029924T105001001001", "三", ""),
            "项目代码",
            "属于专项 105001001",
        ),
    ],
)
def test_what_cannot_be_is_named(cast: Cast, row: tuple, column: str, words: str) -> None:
    batch = staged(cast.budget, "funds", sheet(FUNDS, [*NEW[:2], row]))
    (cell,) = batch.preview["bad"]
    assert (cell["row"], cell["column"]) == (4, column)
    assert words in cell["reason"]


def test_budgets_add_up_and_overlapping_files_count_once(cast: Cast) -> None:
    rows = [
        ("354001", "354001001", "", "年初预算", "", "12,000,000.00", "天衡财预〔2024〕1号", "2024-01-15"),
        (
            "354001",
            "354001001",
            "",
            "年中调整",
            "一般公共预算",
            "-500000.5",
            "天衡财预〔2024〕9号",
            "2024/6/1",
        ),
        ("354001", "", "", "年初预算", "3", "100", "", "20240115"),
    ]
    assert published(cast.budget, "budgets", sheet(BUDGETS, rows), 2024).counts == {"新增": 3, "已有": 0}
    later = [*rows, ("354001", "354001001", "", "上年结转", "", "0.5", "", "2024-01-20")]
    assert published(cast.budget, "budgets", sheet(BUDGETS, later), 2024).counts == {"新增": 1, "已有": 3}
    found = budget.of_funds(cast.region, 2024, [cast.relief])[cast.relief.pk]
    assert found.revised == Decimal("11500000.00")
    assert budget.basic_of_units(cast.region, 2024)[cast.civil_bureau.pk].by_type["3"].initial == Decimal(100)
    assert BudgetLine.objects.filter(row=2, fund=cast.relief, typed="1200").exists()


def test_a_budget_in_wan_is_not_taken_for_yuan(cast: Cast) -> None:
    in_wan = tuple(word.replace("元", "万元") for word in BUDGETS)
    row = ("354001", "354001001", "", "年初预算", "", "1200", "", "2024-01-15")
    batch = staged(cast.budget, "budgets", sheet(in_wan, [row]), 2024)
    assert "缺少这一列" in batch.preview["bad"][0]["reason"]
    typed = ("354001", "354001001", "", "年初预算", "", "1200万元", "", "2024-01-15")
    batch = staged(cast.budget, "budgets", sheet(BUDGETS, [typed]), 2024)
    assert "12000000" in batch.preview["bad"][0]["reason"]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("999", "", "", "年初预算", "", "1", "", "2024-01-15"), "单位代码", "没有这个单位"),
        (("354001", "999", "", "年初预算", "", "1", "", "2024-01-15"), "专项代码", "没有这个专项"),
        (("354001", "", "999", "年初预算", "", "1", "", "2024-01-15"), "项目代码", "没有这个项目"),
        (
            ("354001", "354001001", "43029924T105001001001", "年初预算", "", "1", "", "2024-01-15"),
            "项目代码",
            "属于专项 105001001",
        ),
        (("354001", "", "", "年初预算", "", "-1", "", "2024-01-15"), "金额", "年中调整"),
        (("354001", "", "", "年初预算", "", "五百万", "", "2024-13-15"), "日期", "没有这一天"),
    ],
)
def test_a_bad_budget_is_named(cast: Cast, row: tuple, column: str, words: str) -> None:
    batch = staged(cast.budget, "budgets", sheet(BUDGETS, [row]), 2024)
    told = {cell["column"]: cell["reason"] for cell in batch.preview["bad"]}
    assert words in told[column]
    with pytest.raises(ValidationError):
        imports.publish(cast.budget, batch.pk)


def test_a_budget_file_needs_its_year(cast: Cast) -> None:
    row = ("354001", "", "", "年初预算", "", "1", "", "2024-01-15")
    with pytest.raises(ValidationError, match="预算年度"):
        staged(cast.budget, "budgets", sheet(BUDGETS, [row]))
    dated = staged(cast.budget, "budgets", sheet(("预算年度", *BUDGETS), [("2023", *row)]), 2024)
    assert "2024" in dated.preview["bad"][0]["reason"]


@pytest.mark.parametrize("who", ["observer", "reporter", "treasury", "admin"])
def test_who_may_not_may_not(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        staged(cast.people[who], "budgets", b"x", 2024)


DATES = ("单位代码", "专项代码", "预算申报日期", "预算批复日期", "预算公开日期", "批复文号")


def test_dates_of_the_budget_fill_in_one_after_the_other(cast: Cast) -> None:
    first = [("105002", "", "2023-10-20", "", "", ""), ("105002", "105002001", "2023-11-01", "", "", "")]
    assert published(cast.budget, "budget_dates", sheet(DATES, first), 2024).counts["新增"] == 2
    later = [("105002", "", "", "2024-01-28", "2024-02-16", "天衡财预〔2024〕3号")]
    assert published(cast.budget, "budget_dates", sheet(DATES, later), 2024).counts["修改"] == 1
    found = BudgetDates.objects.get(fund=None)
    assert (found.submitted_on, found.approved_on) == (date(2023, 10, 20), date(2024, 1, 28))
    assert LogEntry.objects.get(action="更改预算日期").before == {
        "approved_on": None,
        "published_on": None,
        "document": "",
    }


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("105002", "", "", "", "", "文号"), "预算申报日期", "至少填一个"),
        (("105002", "", "2024-02-01", "2024-01-28", "", ""), "预算批复日期", "早于预算申报日期"),
        (("105001", "105002001", "2024-02-01", "", "", ""), "专项代码", "没有这个专项"),
        (("999", "", "2024-02-01", "", "", ""), "单位代码", "没有这个单位"),
    ],
)
def test_dates_that_cannot_be_are_named(cast: Cast, row: tuple, column: str, words: str) -> None:
    batch = staged(cast.budget, "budget_dates", sheet(DATES, [row]), 2024)
    (cell,) = batch.preview["bad"]
    assert cell["column"] == column
    assert words in cell["reason"]
