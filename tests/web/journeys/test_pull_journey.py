"""A messy file of the payment system: mapped by looking at it, pulled, and why 37 rows did not match."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.web.journeys.conftest import confirm

from jiheng.ledger.models import Entry
from jiheng.units import jobs
from jiheng.units.models import BatchState, Person

FIRST = "43029924T354001001001"
ACCOUNT = "6222021234567890123"


def messy(path: Path) -> Path:
    """GBK, a title, two header rows, odd names, 17-digit dates, amounts in 万元, subtotals; 37 lost rows."""
    lines = ["天衡区国库集中支付明细导出,,,,,,,", "凭证,,预算单位,,项目,收款人,,金额（万元）"]
    lines.append("凭证编号,实际支付日期,编码,名称,项目编码,名称,账号,")
    for number in range(1, 121):
        project = "43029924T999999999999" if number <= 30 else FIRST
        unit = "888001" if 30 < number <= 37 else "354001"
        day = f"2024{number % 12 + 1:02d}15101112345"
        lines.append(f'ZF{number:04d},{day},{unit},民政局,{project},某商行,{ACCOUNT},"1,000.50"')
        if number % 40 == 0:
            lines.append(",,小 计,,,,,40020")
    lines.append("合计,,,,,,,120060")
    path.write_text("\r\n".join(lines) + "\r\n", encoding="gbk")
    return path


def shot(page: Page, name: str) -> None:
    """A picture for whoever wants to look at the pages (JIHENG_SHOTS names a folder)."""
    folder = os.environ.get("JIHENG_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_messy_file_is_mapped_and_its_gaps_are_found(
    cast: Cast, window: Callable[[Person], Page], tmp_path: Path
) -> None:
    page = window(cast.treasury)
    page.goto("/imports/")
    page.get_by_role("link", name="上游文件取数").click()
    shot(page, "pulls")
    page.get_by_role("link", name="看着文件做映射").click()
    page.get_by_label("数据种类").select_option(label="支付")
    page.get_by_label("映射名称").fill("支付明细导出")
    page.get_by_label("预算年度").select_option("2024")
    page.get_by_label("上游文件").set_input_files(messy(tmp_path / "支付明细.csv"))
    page.get_by_role("button", name="看前几行，猜列").click()
    table = page.locator("#map")
    expect(table.get_by_label("支付凭证号取自")).to_have_value("凭证编号")
    expect(table.get_by_label("支付日期取自")).to_have_value("实际支付日期")
    assert ACCOUNT not in page.content()
    table.get_by_label("单位代码取自").select_option("编码")
    table.get_by_label("项目代码取自").select_option("项目编码")
    table.get_by_label("收款账号取自").select_option("账号")
    shot(page, "map")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, "map-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("button", name="保存映射并取数").click()
    page.wait_for_url("**/jobs/*/")
    assert jobs.work_once()
    page.get_by_role("link", name="查看预览").click()
    expect(page.get_by_text("跳过 4 行合计、小计")).to_be_attached()
    shot(page, "batch")
    page.get_by_role("link", name="对账差异（37）").click()
    groups = page.locator("#groups")
    expect(groups.get_by_role("row").filter(has_text="43029924T999999999999")).to_contain_text("30")
    expect(groups.get_by_role("row").filter(has_text="888001")).to_contain_text("7")
    shot(page, "differences")
    groups.get_by_role("link", name="43029924T999999999999").click()
    expect(page.locator("#rows tbody tr")).to_have_count(30)
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, "differences-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1366, "height": 768})
    with page.expect_download() as got:
        page.get_by_role("link", name="下载 Excel").click()
    assert got.value.suggested_filename == "对账差异.xlsx"
    page.go_back()
    page.go_back()
    page.get_by_role("button", name="只导入无误的 83 行").click()
    confirm(page)
    page.wait_for_url("**/jobs/*/")
    assert jobs.work_once()
    entries = Entry.objects.filter(batch__state=BatchState.PUBLISHED, voucher__startswith="ZF0")
    assert entries.count() == 83
    assert {str(entry.amount) for entry in entries} == {"10005000.00"}
    assert {entry.payee_mask for entry in entries} == {"****0123"}
