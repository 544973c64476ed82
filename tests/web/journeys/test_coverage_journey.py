"""两个全覆盖: all units and all funds, by number and by amount, until nobody is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.monitoring.papers import approved_goal

from jiheng.filings.models import Filing, State, Step
from jiheng.units.models import Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]


def approve_all(cast: Cast) -> None:
    """Every unit's and every fund's goal of 2024, approved a day ago."""
    for unit in cast.units:
        approved_goal(unit, None, 2024)
    for fund in cast.funds:
        approved_goal(fund.unit, fund, 2024)
    at = timezone.now() - timedelta(days=1)
    Step.objects.bulk_create(
        Step(filing=filing, region=cast.region, at=at, action=action, state=state)
        for filing in Filing.objects.all()
        for action, state in (("报送", State.IN_REVIEW), ("批复", State.APPROVED))
    )
    cache.clear()  # pages are kept until a log entry says that something changed; rows made here leave none


def test_coverage_grows_to_everybody_by_number_and_amount(window: Opened, cast: Cast) -> None:
    page = window(cast.performance)
    page.goto("/coverage/?stage=goal&year=2024")
    glance = page.locator(".glance")
    expect(glance).to_contain_text("0 / 5")
    expect(glance).to_contain_text("0 / 4")
    expect(page.locator("#names")).to_contain_text("未报送（9）")
    approve_all(cast)
    page.reload()
    expect(glance).to_contain_text("5 / 5")
    expect(glance).to_contain_text("4 / 4")
    expect(glance).to_contain_text("4,120.00 / 4,120.00")  # 3000 + 800 + 320 万元, relief has no budget
    expect(page.locator("main")).to_contain_text("全部报送了")
    page.goto("/coverage/?stage=goal&year=2024&day=2024-03-01")
    expect(glance).to_contain_text("0 / 5")  # as of any day


def test_a_unit_is_found_from_coverage_to_its_fund(window: Opened, cast: Cast) -> None:
    page = window(cast.observer)
    page.goto("/units/")
    page.get_by_role("link", name="第一中学").first.click()
    page.get_by_role("link", name="薄弱学校改造专项资金").first.click()
    expect(page.locator("h1")).to_contain_text("薄弱学校改造专项资金：2024年")
    page.locator("table", has_text="各月支出").get_by_role("link", name="6月").click()
    expect(page.locator("tr.sum")).to_contain_text("4,500,000")
