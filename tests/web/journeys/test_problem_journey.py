"""A problem is found, a notice goes out, the unit replies with evidence, the bureau verifies and closes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.findings.rows import PDF

from jiheng.findings.models import Evidence, Problem
from jiheng.units.models import LogEntry, Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]
TITLE = "施工合同签订日期早于中标单位成立日期"


def register(page: Page, cast: Cast) -> None:
    page.goto("/problems/")
    page.get_by_role("link", name="登记问题").first.click()
    page.select_option("[name=unit]", str(cast.school.pk))
    page.select_option("[name=fund]", str(cast.building.pk))
    page.select_option("[name=fiscal_year]", "2023")
    page.select_option("[name=source]", "four_reviews")
    page.select_option("[name=kind]", "管理")
    page.fill("[name=title]", TITLE)
    page.fill("[name=description]", "合同签订于2023年3月1日，天衡恒信建筑公司成立于2023年4月18日。")
    page.fill("[name=amount]", "389.78")
    page.fill("[name=requirement]", "完善合同手续，追究相关责任")
    page.get_by_role("button", name="登记", exact=True).click()


def test_a_problem_is_mended_and_closed(window: Opened, cast: Cast, tmp_path: Path) -> None:
    bureau = window(cast.performance)
    register(bureau, cast)
    expect(bureau.locator("dl.facts").first).to_contain_text("389.78 万元")
    bureau.get_by_role("link", name="下达整改通知书").click()
    bureau.get_by_role("button", name="下达", exact=True).click()
    expect(bureau.locator(".notice-success")).to_contain_text(re.compile(r"财绩改〔\d{4}〕1号 已下达"))
    with bureau.expect_download() as got:
        bureau.get_by_role("link", name="整改通知书 Word").click()
    assert Path(got.value.path()).read_bytes()[:2] == b"PK"

    unit = window(cast.reporter)
    unit.goto("/")
    unit.get_by_role("link", name="整改问题待回复 1 个").click()
    unit.get_by_role("link", name=TITLE).click()
    unit.fill("[name=measures]", "重新签订补充协议")
    proof = tmp_path / "补充协议.pdf"
    proof.write_bytes(PDF)
    unit.set_input_files("[name=file]", proof)
    unit.select_option("main [name=kind]", "合同协议")
    unit.fill("[name=page]", "第3页")
    unit.get_by_role("button", name="上传这份材料").click()
    expect(unit.locator("ul.files")).to_contain_text("补充协议")
    expect(unit.locator("[name=measures]")).to_have_value("重新签订补充协议")
    unit.fill("[name=result]", "已补签并备案")
    unit.get_by_role("button", name="报送整改回复").click()
    expect(unit.locator("h1")).to_contain_text("已回复")

    bureau.goto("/problems/?state=replied")
    bureau.get_by_role("link", name=TITLE).click()
    expect(bureau.locator("ul.files")).to_contain_text("第3页")
    bureau.fill("[name=opinion]", "协议属实")
    bureau.get_by_role("button", name="复核通过").click()
    expect(bureau.locator("h1")).to_contain_text("已复核")
    bureau.fill("[name=opinion]", "整改到位")
    bureau.get_by_role("button", name="销号").click()
    expect(bureau.locator("h1")).to_contain_text("已销号")
    assert (Problem.objects.get().state, Evidence.objects.count()) == ("closed", 1)
    assert LogEntry.objects.filter(subject="findings.problem", action="问题销号").exists()

    congress = window(cast.observer)
    congress.goto("/problems/?state=closed")
    congress.get_by_role("link", name=TITLE).click()
    expect(congress.locator("main")).to_contain_text("重新签订补充协议")
    expect(congress.locator("main textarea")).to_have_count(0)


def test_a_problem_on_a_phone_stays_within_the_screen(window: Opened, cast: Cast) -> None:
    page = window(cast.performance)
    register(page, cast)
    page.set_viewport_size({"width": 390, "height": 844})
    for address in (page.url, "/problems/", "/problems/clues/", "/problems/totals/", "/problems/new/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
