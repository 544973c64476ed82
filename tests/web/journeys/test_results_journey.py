"""Results are proposed, tried, decided to the target and applied; the year is closed, the next one opened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.results.graded import graded
from tests.web.journeys.conftest import confirm

from jiheng.projects import years
from jiheng.projects.models import Window
from jiheng.results.models import Plan, PlanState, Proposal
from jiheng.units.jobs import work_once
from jiheng.units.models import Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]


def test_results_are_decided_and_the_year_is_closed(window: Opened, cast: Cast) -> None:
    graded(cast, cast.building, "良", "85.00", "72.50", "中")
    graded(cast, cast.meals, "优", "95.00")
    graded(cast, cast.clinics, "良", "83.00")
    page = window(cast.performance)
    page.goto("/results/")
    page.select_option("[name=score_year]", "2023")
    page.get_by_role("button", name="测算").click()
    page.wait_for_url("**/jobs/*/")
    assert work_once()
    page.get_by_role("link", name="查看结果").click()
    expect(page.locator("h1")).to_contain_text("2025年预算")

    page.get_by_role("link", name="试算").click()
    page.fill("[name='grade_change-中']", "-30")
    page.get_by_role("button", name="试算").click()
    expect(page.locator(".notice")).to_contain_text("没有保存")
    expect(page.locator("#g-after")).to_have_text("3,130.00")
    assert Proposal.objects.get(fund=cast.building).amount == 25_500_000

    page.goto("/results/")
    page.get_by_label(cast.building.name).check()
    page.get_by_role("button", name="所选列入参考调整额").click()
    expect(page.locator("#g-count")).to_have_text("1")
    page.get_by_role("link", name="设约束").click()
    page.fill("[name=target]", "2400")
    page.get_by_role("button", name="保存并重新测算").click()
    expect(page.locator("#g-adjusted")).to_have_text("2,400.00")
    page.get_by_role("button", name="采纳全部未决定的").click()
    confirm(page)
    expect(page.locator("main")).to_contain_text("决定必须写明理由")
    page.goto("/results/")
    page.fill("[name=reason]", "区政府常务会议研究同意")
    page.get_by_role("button", name="采纳全部未决定的").click()
    confirm(page)
    expect(page.locator(".notice-success")).to_contain_text("已按建议决定 3 个专项")
    page.get_by_role("link", name=cast.relief.name).click()
    page.fill("[name=amount]", "1200")
    page.fill("[name=reason]", "按救助人数安排")
    page.get_by_role("button", name="决定", exact=True).click()
    page.goto("/results/")
    page.fill("[name=document]", "天衡财绩〔2024〕12号")
    page.get_by_role("button", name="应用", exact=True).click()
    confirm(page)
    expect(page.locator("h1")).to_contain_text("已应用")
    assert Plan.objects.get().state == PlanState.APPLIED

    page.goto("/year-end/?work=2024")
    page.fill("[name=typed]", "关闭2023年")
    page.get_by_role("button", name="结转", exact=True).click()
    page.wait_for_url("**/jobs/*/")
    assert work_once()
    page.get_by_role("link", name="查看结果").click()
    expect(page.locator("h1")).to_contain_text("已结转")
    assert years.why_closed(cast.region, 2023)
    assert Window.objects.filter(work_year=2025).count() == 3
