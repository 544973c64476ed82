"""A unit files goals by typing, paste and Excel; a division returns one; fifty are approved at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from tests.cast import Cast, make_fund
from tests.web.filed import LINES, at_desk, draft, filled, filled_sheet
from tests.web.journeys.conftest import confirm

from jiheng.filings.models import Desk, Filing, State
from jiheng.goals import workflow
from jiheng.sheets import Missing, ProjectGoalSheet, Quantity
from jiheng.units.models import Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]
GOAL = "完成第一中学教学楼和运动场改造，竣工验收全部合格，新增学位四百五十个，缓解大班额。"


def field(page: Page, path: str) -> str:
    return f'[name="{path}"]:not([type=hidden])'


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_contain_text("已保存")


def stored(filing: Filing) -> ProjectGoalSheet:
    sheet = Filing.objects.get(pk=filing.pk).as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    return sheet


def begun(page: Page, cast: Cast) -> Filing:
    """From the list, by its button."""
    page.goto("/goals/?year=2024")
    page.locator("tr", has_text="薄弱学校改造").get_by_role("button", name="开始填报").click()
    page.wait_for_url("**/filings/*/")
    return Filing.objects.get(fund=cast.building)


def heads(page: Page) -> None:
    """What is not an indicator, typed."""
    page.select_option(field(page, "attribute"), "新增")
    page.fill(field(page, "period"), "2024年")
    page.fill(field(page, "leader"), "张填")
    page.fill(field(page, "phone"), "0399-2123456")
    for name, text in (("annual_total", "3000"), ("annual_fiscal", "3000"), ("annual_other", "0")):
        page.fill(field(page, f"funding.{name}"), text)
    page.fill(field(page, "annual_goal"), GOAL)


def test_a_unit_files_a_goal_by_typing(window: Opened, cast: Cast) -> None:
    page = window(cast.reporter)
    filing = begun(page, cast)
    heads(page)
    for number, (level1, level2, name, sign, target, unit, weight) in enumerate(LINES):
        page.click('[data-row-add="indicators"]')
        row = page.locator('[data-rows="indicators"] tbody').nth(number)
        row.locator("select.select-level").select_option(f"{level1}|{level2}")
        row.locator('[name$=".name"]').fill(name)
        row.locator('[name$=".operator"]').select_option(sign)
        row.locator('[name$=".target"]').fill(target)
        row.locator('[name$=".unit"]').fill(unit)
        row.locator('[name$=".weight"]').fill(weight)
    expect(page.locator("[data-sum-total]")).to_have_text("90")
    saved(page)
    assert [line.name for line in stored(filing).indicators] == [line[2] for line in LINES]
    page.get_by_role("button", name="报送").click()
    confirm(page)
    expect(page.locator(".notice-success")).to_contain_text("已报送")
    assert Filing.objects.get(pk=filing.pk).desk == Desk.UNIT


def test_a_unit_pastes_its_indicators_from_excel(window: Opened, cast: Cast) -> None:
    page = window(cast.reporter)
    filing = begun(page, cast)
    heads(page)
    block = "\n".join(
        "\t".join((level1, level2, name, f"{sign}{target}{unit}", weight))
        for level1, level2, name, sign, target, unit, weight in LINES
    )
    page.click('[data-row-add="indicators"]')
    page.locator('[name$=".name"]:not([type=hidden])').focus()
    page.evaluate(
        """text => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})); }""",
        block,
    )
    expect(page.locator("#notice-text")).to_contain_text("粘贴了 5 行")
    confirm(page)
    saved(page)
    lines = stored(filing).indicators
    assert [(line.level2, line.name, line.target_in_words, str(line.weight)) for line in lines] == [
        (level2, name, f"{sign}{target}{unit}", weight)
        for _, level2, name, sign, target, unit, weight in LINES
    ]
    page.get_by_role("button", name="报送").click()
    confirm(page)
    expect(page.locator(".notice-success")).to_contain_text("已报送")


def test_a_unit_fills_the_workbook_offline_and_sends_it_back(
    window: Opened, cast: Cast, tmp_path: Path
) -> None:
    filing = filled(cast)
    page = window(cast.reporter)
    page.goto(f"/filings/{filing.pk}/")
    with page.expect_download() as coming:
        page.get_by_role("link", name="下载 Excel").click()
    path = tmp_path / "form.xlsx"
    coming.value.save_as(path)
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == "新增学位数量":
                    cell.value = "新增公办学位数量"
    book.save(path)
    # meanwhile another field was changed here: both changes must stand
    changed = filled_sheet(filing)
    workflow.save_draft(cast.reporter, filing, replace(changed, leader="李校长"), filing.revision)
    page.goto(f"/filings/{filing.pk}/")
    page.set_input_files("[name=file]", path)
    page.get_by_role("button", name="传回").click()
    expect(page.locator("table.sheet")).to_contain_text("新增公办学位数量")
    page.get_by_role("button", name="按所选更新").click()
    expect(page.locator(".notice-success")).to_contain_text("更新")
    after = stored(filing)
    assert after.indicators[3].name == "新增公办学位数量"
    assert after.leader == "李校长"


def test_a_division_returns_and_the_mended_form_comes_straight_back(window: Opened, cast: Cast) -> None:
    filing = at_desk(cast, cast.reviewer, cast.department)
    page = window(cast.division)
    page.goto("/goals/?year=2024")
    page.get_by_role("link", name="审核", exact=True).click()
    page.locator('[data-opinion="indicators[k4].target"]').click()
    page.fill('[name="remark:indicators[k4].target"]', "学位数与立项批复不一致")
    page.fill("#reason", "请核对学位数")
    page.get_by_role("button", name="退回").click()
    expect(page.locator(".notice-success")).to_contain_text("已退回")

    unit = window(cast.reporter)
    unit.goto(f"/filings/{filing.pk}/")
    beside = unit.locator('[data-cell="indicators[k4].target"] .beside-remark')
    expect(beside).to_contain_text("学位数与立项批复不一致")
    unit.fill('[name="indicators[k4].target"]', "480")
    saved(unit)
    unit.get_by_role("button", name="报送").click()
    confirm(unit)
    expect(unit.locator(".notice-success")).to_contain_text("业务股室")
    now = Filing.objects.get(pk=filing.pk)
    assert (now.state, now.desk) == (State.IN_REVIEW, Desk.DIVISION)

    page.goto(f"/filings/{filing.pk}/")
    expect(page.locator('[data-cell="indicators[k4].target"] .was')).to_contain_text("450")
    page.get_by_role("button", name="通过", exact=True).click()
    expect(page.locator(".notice-success")).to_contain_text("绩效股")


def test_the_bureau_approves_fifty_at_once(window: Opened, cast: Cast) -> None:
    for number in range(50):
        fund = make_fund(cast.school, f"105002{number + 100}", f"校园安全提升专项 {number + 1}")
        filing = workflow.start(cast.reporter, unit=cast.school, fund=fund, fiscal_year=2024)
        filing = workflow.save_draft(cast.reporter, filing, filled_sheet(filing), filing.revision)
        Filing.objects.filter(pk=filing.pk).update(state=State.IN_REVIEW, desk=Desk.PERFORMANCE)
    page = window(cast.performance)
    page.goto("/goals/?year=2024")
    expect(page.locator("tbody input[name=rows]")).to_have_count(50)
    page.check("[data-check-all=rows]")
    page.get_by_role("button", name="通过所选").click()
    confirm(page)
    expect(page.locator(".purpose")).to_contain_text("通过 50 份")
    assert Filing.objects.filter(state=State.APPROVED).count() == 50


def test_a_stale_tab_loses_nothing(window: Opened, cast: Cast) -> None:
    filing = filled(cast)
    page = window(cast.reporter)
    page.goto(f"/filings/{filing.pk}/")
    sheet = filled_sheet(filing)
    workflow.save_draft(cast.reporter, filing, replace(sheet, leader="甲"), filing.revision)
    page.fill(field(page, "leader"), "乙")
    page.fill(field(page, "phone"), "0399-2999999")
    expect(page.locator("#conflict")).to_contain_text("别人先改了这份表")
    page.check('[name="choice:leader"][value=stored]')
    page.check('[name="choice:phone"][value=file]')
    page.get_by_role("button", name="按所选保存").click()
    expect(page.locator(".notice-success")).to_contain_text("已按所选内容保存")
    after = stored(filing)
    assert (after.leader, after.phone) == ("甲", "0399-2999999")


def test_without_a_network_the_text_stays_in_the_browser(window: Opened, cast: Cast) -> None:
    filing = draft(cast)
    page = window(cast.reporter)
    page.goto(f"/filings/{filing.pk}/")
    page.context.set_offline(True)
    page.fill(field(page, "annual_goal"), GOAL)
    expect(page.locator("#save-state")).to_contain_text("已存在本机")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    saved(page)
    assert stored(filing).annual_goal == GOAL


def test_rows_move_and_go_by_keyboard(window: Opened, cast: Cast) -> None:
    filing = filled(cast)
    page = window(cast.reporter)
    page.goto(f"/filings/{filing.pk}/")
    page.locator('[name="indicators[k1].name"]').focus()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Alt+Delete")
    confirm(page)
    saved(page)
    assert [line.key for line in stored(filing).indicators] == ["k2", "k1", "k4", "k5"]


def test_an_amount_typed_with_its_unit_is_told_beside_the_field_and_kept(window: Opened, cast: Cast) -> None:
    filing = filled(cast)
    page = window(cast.reporter)
    page.goto(f"/filings/{filing.pk}/")
    page.fill(field(page, "funding.annual_total"), "500万")
    expect(page.locator('[data-cell="funding.annual_total"] .beside-error')).to_contain_text("万元")
    page.reload()
    expect(page.locator(field(page, "funding.annual_total"))).to_have_value("500万")
    assert isinstance(stored(filing).funding.annual_total, Missing)
    page.fill(field(page, "funding.annual_total"), "3000")
    saved(page)
    assert not isinstance(stored(filing).funding.annual_total, Missing)
    assert stored(filing).indicators[0].weight == Quantity.of("20")
