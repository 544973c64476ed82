"""A disclosure is uploaded, read with its marks, answered for, and only then sent for publication."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.cast import Cast

from jiheng.audits.models import AuditedDocument, Disposition, Submission
from jiheng.units import jobs
from jiheng.units.models import Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]
# the parts are more than their total: 120 + 60 = 180
TEXT = """第一中学2024年度部门决算公开说明

一、收入支出总体情况

2024年度收入合计170万元，其中：财政拨款收入120万元，事业收入60万元。
2024年度支出合计180万元，其中：基本支出100万元，项目支出80万元。
"""


def uploaded(page: Page, folder: Path) -> None:
    file = folder / "第一中学决算说明.txt"
    file.write_text(TEXT, encoding="utf-8")
    page.goto("/audits/")
    page.set_input_files("[name=documents]", [str(file)])
    expect(page.locator("#chosen li")).to_have_text(re.compile("第一中学决算说明.txt"))
    page.select_option("[name=fiscal_year]", "2024")
    page.get_by_role("button", name="上传并检查").click()
    expect(page.locator(".notice-success")).to_contain_text("已上传 1 份")


def test_an_error_is_answered_before_it_goes_out(window: Opened, cast: Cast, tmp_path: Path) -> None:
    page = window(cast.reporter)
    uploaded(page, tmp_path)
    expect(page.locator("tr[id^=audit-]")).to_contain_text("待检查")
    jobs.work_once()
    expect(page.locator("tr[id^=audit-]")).to_contain_text("1 处错误待答复")  # the row asked by itself
    page.get_by_role("link", name="第一中学决算说明").click()

    clause = page.locator("mark.clause.is-error")
    expect(clause).to_have_count(1)
    finding = AuditedDocument.objects.get().findings.get(severity="error")
    assert clause.text_content() == finding.quote
    assert "170万元" in finding.quote
    for words in ("170万元", "120万元", "60万元"):
        expect(page.locator("a.fig.is-error", has_text=re.compile(f"^{words}$"))).to_have_count(1)
    expect(page.locator("a.fig.is-ok", has_text=re.compile("^180万元$"))).to_have_count(1)
    letter = clause.evaluate("mark => getComputedStyle(mark, '::after').content")
    assert "错" in letter, "never colour alone"

    figure = page.locator("a.fig.is-error", has_text="170万元")
    figure.focus()
    page.keyboard.press("Enter")  # a mark is a link: the keyboard opens it too
    panel = page.locator("#panel")
    expect(panel).to_contain_text("不能同时成立")
    expect(panel.locator(".sums")).to_contain_text("120万元")
    expect(panel.locator(".proposals ins").first).to_be_visible()
    expect(page.locator("mark.clause.is-on")).to_have_count(1)
    assert f"on={finding.number}" in page.url, "what is chosen stays in the address"

    page.get_by_role("link", name="送公开").click()
    page.get_by_role("button", name="送公开").click()
    expect(page.locator(".notice-error")).to_contain_text("还有 1 处错误没有答复")
    assert not Submission.objects.exists()

    page.locator("table").get_by_role("link", name=re.compile("170万元")).click()
    expect(page.locator("mark.clause.is-on")).to_be_in_viewport()
    page.get_by_role("button", name="不予采纳").click()
    expect(page.locator("#errors")).to_contain_text("不予采纳请写明理由")
    page.fill("[name=reason]", "其中10万元为上年结转，见附表")
    page.get_by_role("button", name="不予采纳").click()
    expect(page.locator(".notice-success")).to_contain_text("理由已记录")
    assert Disposition.objects.get().person == cast.reporter

    page.get_by_role("link", name="送公开").click()
    expect(page.locator("table").first).to_contain_text("其中10万元为上年结转")
    page.get_by_role("button", name="送公开").click()
    expect(page.locator(".notice-success").first).to_contain_text("已送公开")
    assert Submission.objects.get().answers[0]["person"] == cast.reporter.name


def test_on_a_phone_the_panel_does_not_hide_the_text(window: Opened, cast: Cast, tmp_path: Path) -> None:
    page = window(cast.reporter)
    page.set_viewport_size({"width": 390, "height": 844})
    uploaded(page, tmp_path)
    jobs.work_once()
    document = AuditedDocument.objects.get()
    page.goto(f"/audits/{document.pk}/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("a.fig.is-error").first.click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text("算一算")
    page.wait_for_function(  # what was clicked is scrolled above the panel
        """() => document.querySelector("a.fig.is-error").getBoundingClientRect().bottom
            <= document.getElementById("panel").getBoundingClientRect().top"""
    )
    box = panel.bounding_box()
    assert box is not None
    assert box["y"] >= 844 * 0.4
    panel.get_by_role("link", name="收起").click()
    expect(page.locator(".panel-one")).to_have_count(0)
