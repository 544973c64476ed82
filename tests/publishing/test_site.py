"""The public site in a real Chromium, opened from a folder: search, charts, accessibility, phone, paper."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.publishing.years import made

from jiheng.publishing import Vendored, keep, package

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
ECHARTS = ROOT / "build" / "vendor" / "echarts"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (
    "index.html", "notes/performance.html", "tables/debt.html", "charts.html", "projects.html",
    "search.html?q=接待", "downloads.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("public") / "site"
    vendored = Vendored((ECHARTS / "echarts.min.js").read_bytes(), (ECHARTS / "LICENSE").read_bytes())
    keep(package(made(), vendored), folder)
    return folder.as_uri()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page on which any error fails the test."""
    errors: list[str] = []
    opened = chromium.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    yield opened
    opened.close()
    assert not errors, errors


def shot(page: Page, name: str) -> None:
    """A picture for whoever wants to look at the pages (JIHENG_SHOTS names a folder)."""
    if folder := os.environ.get("JIHENG_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_every_page_is_accessible_and_fits_a_phone(site: str, page: Page) -> None:
    rules = AXE.read_text(encoding="utf-8")
    asked = {"runOnly": RULES, "preload": False, "resultTypes": ["violations"]}
    for path in PAGES:
        page.goto(f"{site}/{path}")
        page.evaluate(rules)
        found = page.evaluate("asked => axe.run(asked)", asked)["violations"]
        assert not [(one["id"], one["nodes"][0]["html"]) for one in found], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{site}/units/105001.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366


def test_search_charts_and_sources_work_without_a_server(site: str, page: Page) -> None:
    page.goto(f"{site}/index.html")
    page.get_by_role("searchbox", name="搜索全站").fill("营养 学生")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text("找到 1 处")
    expect(page.locator("#found mark").first).to_have_text("营养")
    shot(page, "public-search-phone")
    page.get_by_role("link", name="营养改善计划").click()
    expect(page.locator(".goal")).to_have_text("让 4754 名学生吃好")
    page.goto(f"{site}/notes/debt.html")
    page.get_by_role("link", name="113.00万元").click()
    expect(page.locator("td:target")).to_have_text("113")
    page.goto(f"{site}/charts.html")
    charts = page.locator("figure.chart")
    expect(charts.locator("canvas")).to_have_count(charts.count())
    assert charts.count() == 8
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(charts.first.get_by_role("cell", name="3", exact=True).first).to_be_visible()
    page.emulate_media(media="screen")
    page.goto(f"{site}/projects.html")
    page.get_by_label("等级").select_option("优")
    expect(page.locator("#projects tbody tr:visible")).to_have_count(1)
    page.keyboard.press("Tab")
    page.goto(f"{site}/index.html")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
