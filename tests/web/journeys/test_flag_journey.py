"""A registry comes in by file, the flags run, one hit is dismissed, another becomes a problem."""

from __future__ import annotations

import os
from collections.abc import Callable

from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.flags import rows

from jiheng.findings.models import Problem, Source
from jiheng.flags.models import Hit, HitState
from jiheng.units import jobs
from jiheng.units.models import Person

HEADER = "合同编号,单位代码,合同名称,乙方,乙方统一社会信用代码,签订日期,合同价（元）"
CONTRACTS = [
    f"HT-1,105002,运动场改造,清源环境工程有限公司,{rows.CODE},2024-03-15,860000",
    f"HT-2,105002,食堂改造,清源环境工程有限公司,{rows.CODE},2024-05-20,420000",
    f"HT-3,105002,围墙修缮,清源环境工程有限公司,{rows.CODE},2024-09-01,90000",
]


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("JIHENG_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_from_a_registry_file_to_a_problem(cast: Cast, window: Callable[[Person], Page]) -> None:
    rows.keep(cast, "companies", rows.COMPANY)
    page = window(cast.performance)
    page.goto("/flags/?year=2024")
    page.get_by_role("link", name="规则和登记簿").first.click()
    page.get_by_role("row").filter(has_text="F12 F14").get_by_role("link", name="导入").click()
    text = "\n".join([HEADER, *CONTRACTS]) + "\n"
    page.get_by_label("文件").set_input_files(
        {"name": "合同.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="上传并预览").click()
    page.wait_for_url("**/jobs/*/")
    assert jobs.work_once()
    page.get_by_role("link", name="查看预览").click()
    page.get_by_role("button", name="全部入库（3 行）").click()
    page.wait_for_url("**/jobs/*/")
    assert jobs.work_once()

    page.goto("/flags/?year=2024")
    page.get_by_role("button", name="开始核查").click()
    page.wait_for_url("**/jobs/*/")
    assert jobs.work_once()
    page.get_by_role("link", name="查看结果").click()
    hits = page.locator("tbody tr").filter(has_text="签约早于企业成立")
    expect(hits).to_have_count(2)
    shot(page, "flags")

    hits.filter(has_text="HT-2").get_by_role("link").first.click()
    expect(page.get_by_text("个转企、合并承继的看前身成立日期")).to_be_visible()
    page.get_by_role("link", name="HT-2").click()
    expect(page.get_by_text("合同.csv 第 3 行")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="排除").click()
    expect(page.locator("#errors")).to_contain_text("排除请写明理由")
    page.get_by_label("排除的理由").fill("前身为个体工商户，2015年成立，已核工商档案")
    page.get_by_role("button", name="排除").click()
    expect(page.locator("h1")).to_contain_text("已排除")

    page.get_by_role("link", name="疑点核查").last.click()
    page.locator("tbody tr").filter(has_text="HT-1").get_by_role("link").first.click()
    page.get_by_label("核查情况").fill("已调取工商档案，签约时乙方尚未成立")
    page.get_by_role("button", name="转为线索").click()
    shot(page, "flag-clue")
    page.get_by_role("link", name="认定为问题").click()
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url("**/problems/*/")
    problem = Problem.objects.get()
    assert problem.source == Source.RED_FLAG and "HT-1" in problem.description
    states = dict(Hit.objects.filter(flag="F01").values_list("key", "state"))
    assert states == {"HT-1": HitState.CLUE, "HT-2": HitState.DISMISSED}
