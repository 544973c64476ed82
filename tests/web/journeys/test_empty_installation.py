"""From nothing to an approved goal: what a new administrator and the first unit do, page by page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.filed import LINES
from tests.web.journeys.conftest import PATIENT, confirm

from jiheng.filings.models import Filing, State
from jiheng.units import accounts, jobs
from jiheng.units.models import Person, Role

pytestmark = pytest.mark.browser
CHOSEN = "Tianheng-2026"
YEAR = date.today().year  # noqa: DTZ011
UNITS = [
    {
        "业务股室": "教科文股",
        "主管部门代码": "105",
        "主管部门名称": "教育局",
        "单位代码": code,
        "单位名称": name,
    }
    for code, name in (("105001", "教育局本级"), ("105002", "第一中学"))
]
PEOPLE = [
    {"登录名": "jixiao", "姓名": "周衡", "角色": "绩效股"},
    {"登录名": "gushi", "姓名": "何文", "角色": "业务股室", "业务股室": "教科文股"},
    {"登录名": "jiaoyu", "姓名": "陈教", "角色": "主管部门", "主管部门代码": "105"},
    {"登录名": "tianbao", "姓名": "张填", "角色": "单位填报人", "单位代码": "105002"},
    {"登录名": "shenhe", "姓名": "李审", "角色": "单位审核人", "单位代码": "105002"},
]
FUND, PROJECT = "105002001", "43029926T105002001001"
FUNDS = [
    {"专项代码": FUND, "专项名称": "薄弱学校改造专项资金", "单位代码": "105002", "项目属性": "新增"}
    | {"项目代码": PROJECT, "项目名称": "教学楼改造"}
]
BUDGETS = [
    {"单位代码": "105002", "专项代码": FUND, "指标种类": "年初预算", "金额": 30_000_000}
    | {"日期": date(YEAR, 1, 15)}
]
PAYMENTS = [
    {"支付凭证号": "ZF001", "支付日期": date(YEAR, 1, 20), "单位代码": "105002", "项目代码": PROJECT}
    | {"金额": 6_000_000}
]


@pytest.fixture
def browser_of(chromium: Browser, live_server: Any, transactional_db: None) -> Iterator[Callable[[], Page]]:
    """A window of one's own in which nobody is logged in; an error of a page's script fails the test."""
    contexts, errors = [], []

    def opened() -> Page:
        size = {"width": 1366, "height": 768}
        context = chromium.new_context(viewport=size, base_url=live_server.url, locale="zh-CN")  # type: ignore[arg-type]
        contexts.append(context)
        context.add_init_script(PATIENT)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors, errors


def enter(page: Page, username: str, password: str) -> Page:
    """The first login: nothing opens before the initial password is changed."""
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("main button")
    page.goto("/units/")
    expect(page.locator("main")).to_contain_text("初始密码")
    page.fill("[name=old]", password)
    page.fill("[name=new]", CHOSEN)
    page.fill("[name=again]", CHOSEN)
    page.get_by_role("button", name="保存新密码").click()
    expect(page.locator("main")).to_contain_text("密码已修改")
    return page


def bring_in(page: Page, step: str, rows: list[dict[str, Any]], path: Path) -> None:
    """One step of the checklist: its template, filled in, uploaded, looked at, published."""
    page.goto("/start/")
    line = page.locator(".checklist li", has_text=step)
    with page.expect_download() as coming:
        line.get_by_role("link", name="下载模板").click()
    coming.value.save_as(path)
    book = openpyxl.load_workbook(path)
    table = book.worksheets[0]
    letters = {re.sub("（.*）", "", str(cell.value)): cell.column_letter for cell in table[1]}
    for number, row in enumerate(rows, start=2):
        for title, value in row.items():
            table[f"{letters[title]}{number}"] = value
    book.save(path)
    line.get_by_role("link", name="去导入").click()
    page.set_input_files("[name=file]", path)
    page.get_by_role("button", name="上传并预览").click()
    jobs.work_once()
    page.get_by_role("link", name="查看预览").click()
    page.get_by_role("button", name=re.compile("全部入库")).click()
    jobs.work_once()
    expect(page.get_by_role("link", name="查看导入结果")).to_be_visible()


def passwords(page: Page, path: Path) -> dict[str, str]:
    """领取: the list of initial passwords, given out once."""
    with page.expect_download() as coming:
        page.get_by_role("button", name="领取初始密码表").click()
        confirm(page)
    coming.value.save_as(path)
    rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=3, values_only=True)
    return {str(row[0]): str(row[3]) for row in rows}


def open_stage(page: Page) -> None:
    page.goto("/start/")
    page.get_by_role("link", name="去布置").click()
    page.locator("main").get_by_role("link", name="布置工作").first.click()
    page.select_option("[name=stage]", "goal")
    page.fill("[name=opens_on]", f"{YEAR}-01-01")
    page.fill("[name=due_on]", f"{YEAR}-12-31")
    page.fill("[name=closes_on]", f"{YEAR + 1}-12-31")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("开放中")


def coach(page: Page) -> None:
    """Every unit gets its contact at once."""
    page.goto("/start/")
    page.get_by_role("link", name="去指定").click()
    page.check("[data-check-all=rows]")
    page.select_option("[name=contact]", label="周衡（绩效股）")
    page.get_by_role("button", name="指定", exact=True).click()
    expect(page.locator("main")).to_contain_text("改了 2 个")


def file_goal(page: Page) -> None:
    page.goto("/")
    page.locator("main table a").first.click()  # 待办
    page.locator("tr", has_text="薄弱学校改造").get_by_role("button", name="开始填报").click()
    expect(page.locator('[name="funding.annual_total"]')).to_have_value("3000")
    page.fill("[name=period]", f"{YEAR}年")
    page.fill("[name=phone]", "0399-2123456")
    page.fill(
        "[name=annual_goal]", "完成第一中学教学楼改造，竣工验收全部合格，新增学位四百五十个，缓解大班额。"
    )
    for number, (level1, level2, name, sign, target, unit, weight) in enumerate(LINES):
        page.click('[data-row-add="indicators"]')
        row = page.locator('[data-rows="indicators"] tbody').nth(number)
        row.locator("select.select-level").select_option(f"{level1}|{level2}")
        row.locator('[name$=".operator"]').select_option(sign)
        for field, text in (("name", name), ("target", target), ("unit", unit), ("weight", weight)):
            row.locator(f'[name$=".{field}"]').fill(text)
    page.get_by_role("button", name="报送").click()
    confirm(page)
    expect(page.locator(".notice-success")).to_contain_text("已报送")


def pass_on(page: Page) -> None:
    """From 待办 to the form, and on to the next desk."""
    page.goto("/")
    page.locator("main table a").first.click()
    page.get_by_role("link", name="审核", exact=True).first.click()
    page.get_by_role("button", name="通过", exact=True).click()


def test_from_nothing_to_an_approved_goal(browser_of: Callable[[], Page], tmp_path: Path) -> None:
    _, initial = accounts.first_administrator("guanli", "管理员")
    admin = browser_of()
    enter(admin, "guanli", initial)
    admin.goto("/units/")
    expect(admin.locator("main")).to_contain_text(
        "起步清单"
    )  # before there is a region, every way leads there
    admin.goto("/")
    admin.fill("[name=code]", "430299000")
    admin.fill("[name=name]", "天衡区")
    admin.get_by_role("button", name="建立区划").click()
    bring_in(admin, "主管部门和单位", UNITS, tmp_path / "单位.xlsx")
    bring_in(admin, "人员", PEOPLE, tmp_path / "人员.xlsx")
    given = passwords(admin, tmp_path / "密码.xlsx")
    assert set(given) == {row["登录名"] for row in PEOPLE}
    admin.goto("/start/")
    expect(admin.locator(".checklist")).to_contain_text("请用绩效股、预算股的账号登录办理")

    bureau = enter(browser_of(), "jixiao", given["jixiao"])
    bureau.get_by_role("link", name="看起步清单").click()
    bring_in(bureau, "专项资金和项目", FUNDS, tmp_path / "专项.xlsx")
    bring_in(bureau, "预算指标", BUDGETS, tmp_path / "预算.xlsx")
    bring_in(bureau, "支付明细", PAYMENTS, tmp_path / "支付.xlsx")
    coach(bureau)
    open_stage(bureau)
    bureau.goto("/start/")
    expect(bureau.locator(".checklist")).not_to_contain_text("现在做")

    file_goal(enter(browser_of(), "tianbao", given["tianbao"]))
    for username in ("shenhe", "jiaoyu", "gushi"):
        pass_on(enter(browser_of(), username, given[username]))
    pass_on(bureau)
    expect(bureau.locator(".notice-success")).to_contain_text("已批复")
    filing = Filing.objects.get()
    assert filing.state == State.APPROVED
    assert filing.unit.contact == Person.objects.get(role=Role.PERFORMANCE)
