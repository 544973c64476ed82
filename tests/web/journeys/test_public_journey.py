"""Somebody without a login reads what was published, searches, takes the data away and validates it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect
from tests.cast import Cast
from tests.web.journeys.conftest import PATIENT
from tests.web.published import publish


def shot(page: Page, name: str) -> None:
    """A picture for whoever wants to look at the pages (JIHENG_SHOTS names a folder)."""
    if folder := os.environ.get("JIHENG_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_a_citizen_finds_a_figure_and_takes_the_data_away(
    cast: Cast, chromium: Browser, live_server: Any, tmp_path: Path
) -> None:
    publish(cast)
    errors: list[str] = []
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, base_url=live_server.url, locale="zh-CN"
    )
    context.add_init_script(PATIENT)
    page = context.new_page()
    page.set_default_timeout(8000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.goto("/login/")
    page.get_by_role("link", name="不登录，查看已公开的决算和绩效信息").click()
    page.get_by_role("link", name="2024年度").click()
    shot(page, "public-home-phone")
    page.get_by_role("searchbox", name="搜索全站").fill("债务 余额")
    page.get_by_role("button", name="搜索").click()
    page.get_by_label("范围").select_option("说明")
    page.locator("#found a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("关于地方政府债务情况的说明")
    page.get_by_role("link", name="113.00万元").click()
    expect(page.locator("td:target")).to_have_text("113")
    page.get_by_role("link", name="图解").click()
    expect(page.locator("figure.chart canvas").first).to_be_visible()
    page.get_by_role("link", name="下载", exact=True).click()
    with page.expect_download() as got:
        page.get_by_role("link", name="开放数据包").click()
    assert got.value.suggested_filename == "天衡区2024年开放数据.zip"
    with zipfile.ZipFile(got.value.path()) as archive:
        archive.extractall(tmp_path)
    context.close()
    frictionless = Path(sys.executable).with_name("frictionless")
    checked = subprocess.run(
        [frictionless, "validate", "datapackage.json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert not errors, errors
