"""A unit writes a goal with suggested indicators, by keyboard and by mouse; the bureau merges two of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.web import filed
from tests.web.journeys.conftest import confirm

from jiheng.filings.models import Filing
from jiheng.library import contents, uses
from jiheng.library.models import Indicator, Use
from jiheng.library.uses import GoalLines
from jiheng.sheets import Operator, ProjectGoalSheet
from jiheng.units.models import Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]
NAME = '[name$="].name"]:not([type=hidden])'


def stored(filing: Filing) -> ProjectGoalSheet:
    sheet = Filing.objects.get(pk=filing.pk).as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    return sheet


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_contain_text("已保存")


def begun(window: Opened, cast: Cast) -> tuple[Page, Filing]:
    contents.load(cast.region)
    cast.building.function_code = cast.meals.function_code = "2050202"
    cast.building.save()
    cast.meals.save()
    lines = [line for line in filed.indicators() if line.unit == "%"]
    uses.note_goals(
        [
            GoalLines(
                unit=cast.education_bureau, fund=cast.meals, fiscal_year=2023, lines=lines, is_approved=True
            )
        ]
    )
    filing = filed.draft(cast)
    page = window(cast.reporter)
    page.goto(f"/filings/{filing.pk}/")
    return page, filing


def test_a_goal_is_written_with_suggested_indicators(window: Opened, cast: Cast) -> None:
    page, filing = begun(window, cast)
    box = page.locator("#suggest-box")

    page.click('[data-row-add="indicators"]')
    first = page.locator(NAME).first
    expect(box).to_be_visible()  # an empty name asks what similar projects used
    expect(box).to_contain_text("学生家长满意度")
    expect(box).to_contain_text("1 个同类项目用过")

    first.fill("校舍维修")
    expect(box).to_contain_text("校舍维修改造合格率")
    expect(first).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-activedescendant", "suggest-0")
    page.keyboard.press("Enter")
    expect(box).to_be_hidden()
    row = page.locator("tbody[data-row]").first
    expect(first).to_have_value("校舍维修改造合格率")
    expect(row.locator('[name$="].operator"]')).to_have_value("=")
    expect(row.locator('[name$="].unit"]')).to_have_value("%")
    expect(row.locator('[name$="].target"]')).to_have_value("100")
    expect(row.locator("select.select-level")).to_have_value("产出指标|质量指标")
    saved(page)

    page.click('[data-row-add="indicators"]')
    second = page.locator(NAME).nth(1)
    second.fill("家长")
    box.get_by_role("option").filter(has_text="学生家长满意度").click()
    expect(second).to_have_value("学生家长满意度")
    expect(page.locator('[name$="].target"]:not([type=hidden])').nth(1)).to_have_value("90")

    page.click('[data-row-add="indicators"]')
    third = page.locator(NAME).nth(2)
    third.fill("蓝鲸洄游天象")
    expect(box).to_contain_text("可以自己写")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(third).to_have_value("蓝鲸洄游天象")
    expect(page.locator("#save-state")).not_to_contain_text("正在")
    saved(page)
    lines = stored(filing).indicators
    assert [line.name for line in lines] == ["校舍维修改造合格率", "学生家长满意度", "蓝鲸洄游天象"]
    assert (lines[0].level2, lines[0].operator, str(lines[0].target)) == ("质量指标", Operator.EQUAL, "100")
    assert lines[1].level1 == "满意度指标"


def test_a_unit_without_a_network_writes_on(window: Opened, cast: Cast) -> None:
    page, _ = begun(window, cast)
    page.click('[data-row-add="indicators"]')
    expect(page.locator("#suggest-box")).to_be_visible()
    page.context.set_offline(True)
    page.locator(NAME).first.fill("没有网络也能写")
    page.wait_for_timeout(600)
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator(NAME).first).to_have_value("没有网络也能写")
    page.context.set_offline(False)
    saved(page)


def test_the_bureau_merges_two_of_one_meaning(window: Opened, cast: Cast) -> None:
    begun(window, cast)
    page = window(cast.performance)
    page.goto("/library/?text=家长满意度")
    page.get_by_role("link", name="学生家长满意度").click()
    expect(page.locator("main")).to_contain_text("用在哪里")
    kept = Indicator.objects.get(name="学生满意度")
    page.fill("#keep-reason", "同一个意思")
    page.fill("#keep-other", kept.code)
    page.get_by_role("button", name="并入另一个").click()
    confirm(page)
    page.wait_for_url(f"**/library/{kept.pk}/")
    expect(page.locator(".notice-success")).to_contain_text("使用记录随之转入")
    assert Use.objects.get(name="学生家长满意度").indicator == kept
    page.goto(f"/library/{Indicator.objects.get(name='学生家长满意度').pk}/")
    expect(page.locator(".notice-warning")).to_contain_text("已由 学生满意度 替代")
