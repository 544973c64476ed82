"""A unit evaluates itself, each line is scored with its steps, the bureau reviews, the score is frozen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.evaluation.papers import at_division
from tests.monitoring.papers import approved_goal
from tests.web.journeys.conftest import confirm

from jiheng.evaluation.models import Score
from jiheng.filings.models import Filing, State
from jiheng.units.models import Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]


def report(page: Page) -> None:
    """Everything but the scores, as the unit types it."""
    page.fill('[name="leader"]', "张填")
    page.fill('[name="phone"]', "0399-2123456")
    page.fill('[name="actual_goal"]', "改造教室95间，办学条件明显改善")
    page.fill('[name="execution_reason"]', "质保金按合同留待下年支付")
    page.fill('[name="lines[k1].actual"]', "95")
    page.fill('[name="lines[k1].reason"]', "5间因管线迁改延后，已列入下年计划")
    page.fill('[name="lines[k1].evidence"]', "竣工验收单")
    page.fill('[name="lines[k2].actual"]', "明显改善")
    page.select_option('[name="lines[k2].band"]', "达成年度指标")
    page.fill('[name="lines[k2].claimed"]', "30")
    page.fill('[name="lines[k2].evidence"]', "现场照片")
    page.fill('[name="lines[k3].actual"]', "92")
    page.fill('[name="lines[k3].evidence"]', "问卷汇总")


def test_a_unit_is_scored_line_by_line(window: Opened, cast: Cast) -> None:
    approved_goal(cast.school, cast.building, 2023)
    page = window(cast.reporter)
    page.goto("/evaluation/?year=2023")
    page.locator("tr", has_text="薄弱学校改造").get_by_role("button", name="开始填报").click()
    page.wait_for_url("**/filings/*/")
    expect(page.locator("#f-execution")).to_contain_text("4604/4754×10 = 9.68")
    report(page)
    page.get_by_role("button", name="按计分过程填入得分").click()
    expect(page.locator(".notice-success")).to_contain_text("已按计分过程填入得分")
    expect(page.locator('[name="lines[k1].claimed"]')).to_have_value("47.5")
    expect(page.locator('[id="f-lines[k1]"]')).to_contain_text("95/100×50 = 47.50")
    expect(page.locator('[name="total_claimed"]')).to_have_value("97.18")
    page.get_by_role("button", name="报送").click()
    confirm(page)
    expect(page.locator(".notice-success").first).to_contain_text("已报送")
    assert str(Score.objects.get().computed) == "97.18"


def test_a_score_is_reviewed_and_frozen(window: Opened, cast: Cast) -> None:
    filing = at_division(cast)
    division = window(cast.division)
    division.goto(f"/filings/{filing.pk}/")
    division.get_by_role("link", name="复核评分").click()
    division.get_by_label("改造教室 复核得分").fill("45")
    division.get_by_role("button", name="保存复核评分").click()
    expect(division.locator(".notice-error")).to_contain_text("请写明复核说明")
    division.get_by_label("改造教室 复核说明").fill("实地核查90间完工")
    division.get_by_role("button", name="保存复核评分").click()
    expect(division.locator(".glance")).to_contain_text("94.68")
    expect(division.locator("tr", has_text="改造教室")).to_contain_text("-2.50")
    division.get_by_role("link", name="去通过或退回").click()
    division.get_by_role("button", name="通过", exact=True).click()
    expect(division.locator(".notice-success")).to_contain_text("绩效股")

    bureau = window(cast.performance)
    bureau.goto(f"/filings/{filing.pk}/")
    bureau.get_by_role("button", name="通过", exact=True).click()
    expect(bureau.locator(".notice-success")).to_be_visible()
    assert Filing.objects.get(pk=filing.pk).state == State.APPROVED
    bureau.goto(f"/filings/{filing.pk}/")
    expect(bureau.locator("main")).to_contain_text("得分已确认并冻结")
    bureau.get_by_role("link", name="为什么是这个分").first.click()
    expect(bureau.locator(".notice-success")).to_contain_text("今天重算结果完全相同")
    expect(bureau.locator("table.sheet")).to_contain_text("4604/4754×10 = 9.68")
