"""事前评估 as people do it: ask in, score blind, conclude; then the goal may be approved."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import Page, expect
from tests.assessment import rows
from tests.cast import Cast, make_window
from tests.panels.rows import second_expert
from tests.web.journeys.conftest import Opened, confirm

from jiheng.assessment.models import Assessment
from jiheng.filings.models import State
from jiheng.goals import workflow as goals
from jiheng.projects.models import Stage


def score(page: Page, points: str) -> None:
    """Fills every line of the first sheet that waits, and seals it."""
    page.click("text=评分表待填写封存 1 份")
    page.click("table.sheet a")
    lines = page.locator("input[name^=score-]")
    expect(lines).to_have_count(20)
    for place in range(20):
        lines.nth(place).fill(points)
    page.locator("input[name^=evidence-]").first.fill("申请书第1页")
    page.click("button[value=seal]")
    expect(page.locator("body")).to_contain_text("封存码")


def test_from_the_request_to_the_approved_goal(cast: Cast, window: Opened) -> None:
    second = second_expert(cast)
    make_window(cast.region, Stage.GOAL, rows.YEAR, date(2024, 1, 2), date(2024, 12, 31))
    made = rows.filled(cast)
    goal = rows.goal(cast)
    goal = goals.submit(cast.reporter, goal, goal.revision)
    for person in (cast.reviewer, cast.department, cast.division):
        goal = goals.approve(person, goal, goal.revision)

    unit = window(cast.reporter)
    unit.goto(f"/assessments/{made.pk}/")
    unit.fill("[name=need]", "在校生一千二百人，现有食堂只能容纳三百人")
    unit.click("button[value=submit]")
    expect(unit.locator("main")).to_contain_text("申请已报送")

    bureau = window(cast.performance)
    bureau.goto(f"/filings/{goal.pk}/")
    bureau.click("section#decide button:text-is('通过')")
    expect(bureau.locator("body")).to_contain_text("不得批复目标、安排预算")
    bureau.goto(f"/assessments/{made.pk}/")
    for expert in (cast.expert, second):
        bureau.check(f"input[name=experts][value='{expert.pk}']")
    bureau.click("text=开始评审")
    expect(bureau.locator("main")).to_contain_text("评审已开始")

    score(window(cast.expert), "4.25")
    bureau.reload()
    expect(bureau.locator("main")).not_to_contain_text("综合得分")
    score(window(second), "4")
    bureau.reload()
    expect(bureau.locator("main")).to_contain_text("综合得分 82.50 分")
    bureau.select_option("[name=verdict]", "支持")
    bureau.fill("#conclude_reason", "依据充分，财力可以承受")
    bureau.click("text=确认结论")
    confirm(bureau)
    expect(bureau.locator("h1")).to_contain_text("已结论")
    assert Assessment.objects.get(pk=made.pk).verdict == "支持"

    goal.refresh_from_db()
    goals.approve(cast.performance, goal, goal.revision)
    goal.refresh_from_db()
    assert goal.state == State.APPROVED
