"""三公 typed and pasted on the grid: a wrong total is told beside its cell, mended, checked; two windows."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from tests.accounts.made import of_school
from tests.cast import Cast
from tests.web.journeys.conftest import Opened

from jiheng.accounts.models import Statement

PASTE = """([row, column, text]) => {
  const field = document.querySelector(`[name="c.${row}.${column}"]`);
  field.focus();
  const data = new DataTransfer();
  data.setData("text/plain", text);
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_contain_text("已保存")


def test_a_wrong_total_of_three_public_is_told(cast: Cast, window: Opened) -> None:
    page = window(cast.reporter)
    page.goto("/accounts/?year=2024")
    page.locator("tr", has_text="三公").get_by_role("button", name="开始填写").click()
    expect(page.locator('[name="c.total.budget"]')).to_be_visible()
    page.wait_for_load_state("load")  # a paste needs the scripts, which come after the page
    block = "202\t172\n10\t5\n177\t158\n0\t0\n177\t158\n15\t8"
    page.evaluate(PASTE, ["total", "budget", block])
    saved(page)
    cell = page.locator('[data-said="total"]')
    expect(cell).to_contain_text("172万元，应等于")
    expect(cell).to_contain_text("相差 1万元")
    expect(page.locator("#said-count")).to_contain_text("错误 1")
    page.locator("#said a", has_text="172万元").first.click()
    expect(page.locator('[name="c.total.final"]')).to_be_focused()
    page.get_by_role("button", name="核对通过").click()
    expect(page.locator(".notice-error")).to_contain_text("改正后才能核对通过")
    page.fill('[name="c.total.final"]', "171")
    page.press('[name="c.total.final"]', "ArrowDown")
    expect(page.locator('[name="c.abroad.final"]')).to_be_focused()
    saved(page)
    expect(page.locator("#said-count")).not_to_contain_text("错误")
    page.get_by_role("button", name="核对通过").click()
    expect(page.locator("h1")).to_contain_text("已核对")
    assert str(Statement.objects.get().as_table().cell("total", "final")) == "171"


def test_two_windows_on_one_table(cast: Cast, window: Opened) -> None:
    made = of_school(cast)
    first, second = window(cast.reporter), window(cast.reviewer)
    for page in (first, second):
        page.goto(f"/accounts/{made.pk}/")
    second.fill('[name="c.reception.final"]', "9")
    saved(second)
    first.fill('[name="c.reception.final"]', "7")
    expect(first.locator("#conflict")).to_contain_text("公务接待费·决算数")
    first.get_by_role("button", name="以我填的为准保存").click()
    saved(first)
    assert str(Statement.objects.get().as_table().cell("reception", "final")) == "7"


def test_a_row_is_added_by_its_code(cast: Cast, window: Opened) -> None:
    page = window(cast.reporter)
    page.goto("/accounts/?year=2024")
    page.locator("tr", has_text="一般公共预算财政拨款支出决算表").get_by_role("button").click()
    page.get_by_role("button", name="加一行").click()
    page.locator("[data-code]").fill("205")
    page.locator("[data-code]").press("Tab")
    page.fill('[name="c.c205.total"]', "12.50")
    saved(page)
    page.reload()
    expect(page.locator('[name="l.c205"]')).to_have_value("教育支出")
    expect(page.locator('[name="c.c205.total"]')).to_have_value("12.50")
