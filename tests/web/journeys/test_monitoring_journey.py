"""A month is monitored: a unit reports, a light is red, a correction is ordered, answered, closed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.monitoring.papers import approved_goal
from tests.web.journeys.conftest import confirm

from jiheng.filings.models import Filing
from jiheng.findings.models import Correction, CorrectionState
from jiheng.monitoring.models import Reading
from jiheng.units.models import Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]


def report(page: Page) -> None:
    """The month's form, as somebody types it who is far behind."""
    page.fill('[name="money[total].forecast"]', "2000")
    page.fill('[name="money[fiscal].forecast"]', "2000")
    page.fill('[name="money[other].forecast"]', "0")
    page.fill('[name="lines[k1].actual"]', "10")
    page.fill('[name="lines[k1].forecast"]', "60")
    page.select_option('[name="lines[k1].likelihood"]', "有可能")
    page.check('[name="lines[k1].causes"][value="其他"]')
    page.fill('[name="lines[k1].explanation"]', "施工图审查延后两个月，招标推迟到8月")
    page.fill('[name="lines[k2].actual"]', "部分改善")
    page.select_option('[name="lines[k2].band"]', "达成年度指标")
    page.fill('[name="lines[k2].forecast"]', "明显改善")
    page.select_option('[name="lines[k2].likelihood"]', "确定能")
    page.fill('[name="lines[k3].actual"]', "92")
    page.fill('[name="lines[k3].forecast"]', "92")
    page.select_option('[name="lines[k3].likelihood"]', "确定能")


def test_a_red_light_is_corrected(window: Opened, cast: Cast) -> None:
    approved_goal(cast.school, cast.building, 2024)
    unit = window(cast.reporter)
    unit.goto("/monitoring/")
    unit.get_by_role("link", name="填报监控表").click()
    unit.locator("tr", has_text="薄弱学校改造").get_by_role("button", name="开始填报").click()
    unit.wait_for_url("**/filings/*/")
    expect(unit.locator("table.lines").first).to_contain_text("1,050.00")  # the payments until June
    report(unit)
    unit.get_by_role("button", name="检查").click()
    line = unit.locator('[id="f-lines[k1]"]')
    expect(line.locator(".light-red")).to_have_text("红")
    expect(line).to_contain_text("10/(100÷12×6)×100 = 20.00")
    unit.get_by_role("button", name="报送").click()
    confirm(unit)
    expect(unit.locator(".notice-success").first).to_contain_text("已报送")
    filing = Filing.objects.get(form="monitoring")
    assert Reading.objects.get(filing=filing).overall == "红"

    bureau = window(cast.performance)
    bureau.goto("/monitoring/?by=fund&word=红")
    bureau.locator("table.board").get_by_role("link", name="红").first.click()
    bureau.get_by_role("link", name="下达纠偏单").click()
    expect(bureau.locator("[name=cause]")).to_have_value(re.compile("截至6月综合灯为红"))
    bureau.fill("[name=requirement]", "7月底前完成招标，倒排工期")
    bureau.get_by_role("button", name="下达").click()
    expect(bureau.locator(".notice-success")).to_contain_text("纠偏单已下达")

    unit.goto("/corrections/")
    unit.get_by_role("link", name="薄弱学校改造专项资金").click()
    unit.fill("[name=reply]", "7月20日已开标，8月1日进场")
    unit.get_by_role("button", name="回复整改情况").click()
    expect(unit.locator(".notice-success")).to_contain_text("已回复")

    bureau.goto("/corrections/?state=answered")
    bureau.get_by_role("link", name="薄弱学校改造专项资金").click()
    expect(bureau.locator("dl.facts")).to_contain_text("7月20日已开标")
    bureau.fill("[name=opinion]", "已按要求整改")
    bureau.get_by_role("button", name="销号").click()
    expect(bureau.locator("h1")).to_contain_text("已销号")
    assert Correction.objects.get().state == CorrectionState.CLOSED


def test_the_board_on_a_phone_keeps_its_first_column(window: Opened, cast: Cast) -> None:
    page = window(cast.performance)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/monitoring/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".sheet-box").first.evaluate("box => { box.scrollLeft = 200; }")
    first = page.locator("table.board tbody .first").first
    assert first.bounding_box()["x"] < 20
