"""The four notes: a reason is edited, a typed figure refused; checked, published, a figure traced."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.disclosure.made import YEAR, of_region

from jiheng.disclosure.models import Publication
from jiheng.documents import office
from jiheng.units import jobs
from jiheng.units.models import Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]


def _no_office(*_: object) -> bytes:
    raise office.NoOffice


def test_four_notes_are_made_checked_and_published(
    cast: Cast, window: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "converted", _no_office)  # page numbers and PDF: tests/wording
    made = of_region(cast)
    page = window(cast.performance)
    page.goto(f"/disclosure/?year={YEAR}")
    page.get_by_role("link", name="打开").first.click()
    expect(page.locator("h1")).to_contain_text("编制中")

    page.get_by_role("link", name="增减原因").click()
    reason = page.get_by_label("税收返还和转移支付增减的主要原因")
    reason.fill("上级补助增加3.5万元")
    page.get_by_role("button", name="保存原因").click()
    expect(page.locator(".notice-error")).to_contain_text("数只能来自账表")
    expect(reason).to_have_value("上级补助增加3.5万元")  # nothing typed is lost
    reason.fill("上级补助增加")
    page.get_by_role("button", name="保存原因").click()
    expect(page.locator(".notice-success")).to_contain_text("原因已保存")

    page.get_by_role("link", name="正文", exact=True).click()
    expect(page.locator(".paper")).to_contain_text("增减变化的主要原因是上级补助增加")
    page.get_by_role("button", name="生成并审核").click()
    expect(page.locator(".job")).to_contain_text("正在生成和审核")
    assert jobs.work_once()
    expect(page.locator(".notice-success")).to_contain_text("审核通过")  # the page asked by itself
    page.get_by_role("button", name="公开", exact=True).click()
    page.get_by_role("button", name="确定公开").click()
    expect(page.locator("h1")).to_contain_text("已公开")

    page.locator(".paper a.fig", has_text="2.00万元").first.click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text("公务接待费·决算数")
    panel.get_by_role("link", name="打开账表这一格").click()
    expect(page.locator("h1")).to_contain_text("“三公”经费支出决算表")
    assert Publication.objects.get().disclosure_id == made.pk
