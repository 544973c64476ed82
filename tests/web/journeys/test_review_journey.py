"""四评 as people do it: picked, scored blind by audit and deputies, combined, confirmed, printed."""

from __future__ import annotations

import pypdfium2
from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.reviews import rows
from tests.web.journeys.conftest import Opened, confirm

from jiheng.reviews.models import FourReview


def organise(page: Page, names: list[str]) -> None:
    for name in names:
        page.get_by_label(name, exact=True).check()
    page.click("text=开始评分")
    expect(page.locator("main")).to_contain_text("评分已开始")


def score(page: Page, share: float) -> None:
    """Opens the sheet that waits, fills every line and seals it."""
    page.goto("/ratings/")
    page.locator("main table.sheet a").first.click()
    lines = page.locator("tr:has(input[name^=score-])")
    for place in range(lines.count()):
        full = float(lines.nth(place).locator("td.num").first.inner_text())
        lines.nth(place).locator("input[name^=score-]").fill(f"{full * share:g}")
    page.click("button[value=seal]")
    expect(page.locator("main")).to_contain_text("封存码")


def test_from_the_pick_to_the_printed_sheet(cast: Cast, window: Opened) -> None:
    rows.own_score(cast, "88.00")
    rows.fiscal_score(cast)
    deputy = rows.deputy(cast)
    congress, audit = window(cast.congress), window(cast.audit)
    congress.goto("/reviews/?work=2024")
    congress.locator("main").get_by_role("link", name="选题").first.click()
    congress.get_by_label(f"选定 {cast.building.name}").check()
    congress.fill("[name=reason]", "代表集中反映")
    congress.click("button:text-is('选定')")
    expect(congress.locator("main")).to_contain_text("已选定 1 个四评项目")
    congress.click(f"text={cast.building.name}")
    organise(congress, [deputy.name])

    audit.goto("/")
    audit.click("text=四评项目待组织审计核查 1 项")
    audit.click(f"text={cast.building.name}")
    organise(audit, [cast.audit.name])
    score(audit, 0.8)
    congress.reload()
    expect(congress.locator(".notice")).to_contain_text("审计核查")
    assert congress.locator("#total").count() == 0
    score(window(deputy), 0.84)
    congress.reload()
    expect(congress.locator("#total")).to_have_text("84")
    congress.fill("[name=opinion]", "同意，请抓紧整改")
    congress.click("text=确认四评结果")
    confirm(congress)
    expect(congress.locator("h1")).to_contain_text("已确认")
    assert FourReview.objects.get().grade == "良"

    congress.click("text=人大用单页")
    expect(congress.locator(".review-page")).to_contain_text("同意，请抓紧整改")
    printed = pypdfium2.PdfDocument(congress.pdf(prefer_css_page_size=True))
    assert len(printed) == 1
