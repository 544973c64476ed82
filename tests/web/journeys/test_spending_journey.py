"""支出分析: how far a unit is, which payments that is, and taking them away as a file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.cast import Cast

from jiheng.units.models import Person


def test_execution_is_seen_drilled_into_and_downloaded(
    cast: Cast, window: Callable[[Person], Page], tmp_path: Path
) -> None:
    page = window(cast.treasury)
    page.goto("/?work=2024")
    page.get_by_role("link", name="支出分析").click()
    expect(page.get_by_role("heading", name="各单位花了多少，占全年预算多少？")).to_be_visible()
    expect(page.locator("#chart canvas")).to_be_visible()
    school = page.get_by_role("row").filter(has_text="第一中学")
    expect(school).to_contain_text("51.67%")
    school.get_by_role("link", name="第一中学").click()  # one step further in: its funds
    fund = page.get_by_role("row").filter(has_text="薄弱学校改造专项资金")
    fund.get_by_role("link", name="1,550.00").click()
    rows = page.locator("#rows tbody tr")
    expect(rows).to_have_count(4)  # the sum, and three payments
    expect(rows.first).to_contain_text("15,500,000.00")
    with page.expect_download() as got:
        page.get_by_role("link", name="下载 CSV").click()
    path = tmp_path / "rows.csv"
    got.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["金额（元）"] for row in csv.DictReader(file)] == [
            "5000000.00",
            "4500000.00",
            "6000000.00",
        ]
    page.go_back()
    page.get_by_role("link", name="序时进度", exact=True).click()
    expect(page.locator("h1")).to_contain_text("序时进度")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
