"""The example district in a browser: both 全覆盖 are full, by number and amount; eight of 312 are picked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.cast import PASSWORD

from jiheng.demo.build import build
from jiheng.units.models import Person

pytestmark = pytest.mark.browser


@pytest.fixture
def cast(chromium: Browser, transactional_db: None) -> None:
    """The people of these journeys are the example's own."""
    build()


def test_all_units_and_all_funds_are_covered_by_number_and_amount(
    window: Callable[[Person], Page],
) -> None:
    person = Person.objects.get(username="jixiao")
    person.set_password(PASSWORD)
    person.save()
    page = window(person)
    expect(page.locator("header")).to_contain_text("演示数据")
    for stage, year, month in [("goal", 2024, 0), ("evaluation", 2023, 0), ("monitoring", 2024, 7)]:
        page.goto(f"/coverage/?stage={stage}&year={year}&month={month}")
        glance = page.locator(".glance")
        expect(glance).to_contain_text("121 / 121")
        expect(glance).to_contain_text("312 / 312")
        filed, due = glance.locator("text=/^[\\d,.]+ \\/ [\\d,.]+$/").last.inner_text().split(" / ")
        assert filed == due
        assert len(due) > len("100,000.00") - 1
    page.goto("/coverage/?stage=monitoring&year=2024&month=10")
    expect(page.locator("#names")).not_to_contain_text("全部报送了")
    eight_are_picked(page)


def eight_are_picked(page: Page) -> None:
    """The first eight of the ranking, for one reason."""
    page.goto("/fiscal/ranking/?work=2025")
    boxes = page.locator("input[name=fund]")
    names = [str(boxes.nth(place).get_attribute("aria-label")).removeprefix("选定 ") for place in range(8)]
    for place in range(8):
        boxes.nth(place).check()
    page.fill("[name=reason]", "综合得分靠前，近三年没有评价")
    page.get_by_role("button", name="选定", exact=True).click()
    expect(page.locator(".notice-success")).to_contain_text("已选定 8 项重点评价")
    for name in names:
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
