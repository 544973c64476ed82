"""Draws the pictures of the user guide into build/pictures/, from the example district in a real Chromium.

    .venv/bin/python scripts/pictures.py                     its own server, on its own data, gone afterwards
    .venv/bin/python scripts/pictures.py --server URL        a server that runs already (an example district)
    .venv/bin/python scripts/pictures.py 05 12               only these numbers

Each picture is one function named for what it shows; the guide's captions carry the same numbers. What the
browser complains of (script errors, refused requests) is printed, and the script ends with 1.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "pictures"
DESK, PHONE = (1366, 768), (390, 844)
PASSWORD = "tianheng-2024"  # of every example login, as `jiheng run` prints it
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Album:
    """One browser window a person, kept open; every complaint of the browser is kept too."""

    def __init__(self, browser: Browser, server: str) -> None:
        self.browser, self.server = browser, server
        self.windows: dict[tuple[str, tuple[int, int]], Page] = {}
        self.complaints: list[str] = []

    def window(self, who: str = "", size: tuple[int, int] = DESK) -> Page:
        """The person's window, logged in; "" for nobody."""
        if (who, size) not in self.windows:
            context = self.browser.new_context(
                viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"
            )
            page = self.windows[who, size] = context.new_page()
            page.set_default_timeout(15_000)
            page.on("console", lambda said: self._heard(page, said.type, said.text))
            page.on("pageerror", lambda error: self._heard(page, "error", str(error)))
            page.on("dialog", lambda dialog: dialog.accept())
            if who:
                page.goto(f"{self.server}/login/")
                page.fill("[name=username]", who)
                page.fill("[name=password]", PASSWORD)
                page.click("main button")
                page.wait_for_url(f"{self.server}/")
        return self.windows[who, size]

    def open(self, who: str, address: str, size: tuple[int, int] = DESK) -> Page:
        page = self.window(who, size)
        page.goto(self.server + address)
        return page

    def _heard(self, page: Page, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(f"{page.url}: {text}")


def first(page: Page, selector: str) -> str:
    """The address of the first link that fits, without the server."""
    found = page.locator(selector).first.get_attribute("href", timeout=10_000)
    assert found, f"nothing fits {selector} on {page.url}"
    return found


def agree(page: Page) -> None:
    """Answers 确定 where the page asks."""
    page.locator("#notice[open] button[value=ok]").click()


# ── one function a picture ────────────────────────────────────────────────────────────────────────────


def p01_登录(album: Album) -> Page:
    return album.open("", "/login/")


def p02_绩效股工作台(album: Album) -> Page:
    return album.open("jixiao", "/")


def p03_工作日历(album: Album) -> Page:
    return album.open("jixiao", "/calendar/")


def p04_布置工作(album: Album) -> Page:
    return album.open("jixiao", "/calendar/new/")


def p05_单位目标清单(album: Album) -> Page:
    return album.open("yizhong", "/goals/?year=2025")


def _goal(album: Album) -> Page:
    """The school's open goal form of 2025, begun if need be."""
    page = album.open("yizhong", "/goals/?year=2025")
    row = page.locator("tr", has_text="课后服务补助专项")
    if row.get_by_role("button", name="开始填报").count():
        row.get_by_role("button", name="开始填报").click()
    else:
        row.get_by_role("link").first.click()
    page.wait_for_selector("#sheet")
    return page


def p06_目标表填报(album: Album) -> Page:
    page = _goal(album)
    page.locator("[name=annual_goal]").fill("开展课后服务，覆盖全部有需求的学生，家长满意度达到 92%以上。")
    page.locator("[name=annual_goal]").blur()
    return page


def p07_从Excel粘贴(album: Album) -> Page:
    page = _goal(album)
    page.locator("[data-paste-open]").scroll_into_view_if_needed()
    page.locator("[data-paste-open]").click()
    page.wait_for_timeout(300)
    return page


def p08_机器检查(album: Album) -> Page:
    page = _goal(album)
    page.get_by_role("button", name="检查", exact=True).click()
    page.wait_for_selector("#findings .notice")
    return page


def p09_批量审核(album: Album) -> Page:
    page = album.open("jixiao", "/goals/?year=2025&desk=mine")
    for box in page.locator("input[name=rows]").all()[:6]:
        box.check()
    return page


def p10_审核意见(album: Album) -> Page:
    page = album.open("jixiao", "/goals/?year=2025&desk=mine&form=project_goal")
    page = album.open("jixiao", first(page, "td a[href^='/filings/']"))
    page.locator("#decide").scroll_into_view_if_needed()
    return page


def p11_历史与版本(album: Album) -> Page:
    page = album.open("jixiao", "/goals/?year=2024")
    changed = page.locator("td.num a[href$='/history/']")
    href = changed.first.get_attribute("href") if changed.count() else None
    return album.open("jixiao", href or first(page, "td a[href^='/filings/']") + "history/")


def p12_申请调整(album: Album) -> Page:
    page = album.open("yizhong", "/goals/?year=2024")
    page = album.open("yizhong", first(page, "td a[href^='/filings/']"))
    page.locator("#adjust-reason").scroll_into_view_if_needed()
    return page


def p13_监控看板(album: Album) -> Page:
    return album.open("jixiao", "/monitoring/")


def p14_监控表填报(album: Album) -> Page:
    page = album.open("yizhong", "/monitoring/forms/?year=2024&month=10&desk=all")
    page.get_by_role("link", name="继续填报").first.click()
    page.wait_for_selector("#sheet")
    return page


def p15_下达纠偏单(album: Album) -> Page:
    page = album.open("jixiao", "/monitoring/?by=fund&word=%E7%BA%A2")
    for href in [link.get_attribute("href") for link in page.locator("td a[href^='/filings/']").all()]:
        page = album.open("jixiao", href or "")
        if page.get_by_role("link", name="下达纠偏单").count():
            page.get_by_role("link", name="下达纠偏单").first.click()
            page.wait_for_selector("[name=requirement]")
            break
    return page


def p16_纠偏单复核(album: Album) -> Page:
    page = album.open("jixiao", "/corrections/?state=answered")
    return album.open("jixiao", first(page, "td.name a"))


def p17_自评表(album: Album) -> Page:
    page = album.open("jixiao", "/evaluation/?desk=all&form=project_evaluation")
    return album.open("jixiao", first(page, "td a[href^='/filings/']"))


def p18_为什么是这个分(album: Album) -> Page:
    page = album.open("jixiao", "/evaluation/?desk=all&form=project_evaluation")
    return album.open("jixiao", first(page, "td a[href$='/why/']"))


def p19_复核评分(album: Album) -> Page:
    page = album.open("jixiao", "/evaluation/?desk=all&form=project_evaluation")
    return album.open("jixiao", first(page, "td a[href$='/why/']").replace("/why/", "/review/"))


def p20_值得再看的自评(album: Album) -> Page:
    return album.open("jixiao", "/evaluation/watch/")


def p21_全覆盖(album: Album) -> Page:
    return album.open("jixiao", "/coverage/?stage=monitoring&year=2024&month=10")


def p22_核对Excel(album: Album) -> Page:
    """Both sides changed the same field since the workbook was taken."""
    page = _goal(album)
    address = page.url.removeprefix(album.server)
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载 Excel").click()
    book = openpyxl.load_workbook(io.BytesIO(taken.value.path().read_bytes()))
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and "家长满意度达到" in cell.value:
                cell.value = cell.value.replace("92%", "95%")
    filled = io.BytesIO()
    book.save(filled)
    page.locator("[name=annual_goal]").fill("开展课后服务，覆盖全部有需求的学生，家长满意度达到 90%以上。")
    page.get_by_role("button", name="保存草稿").click()
    page.wait_for_load_state()
    page = album.open("yizhong", address)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.locator("input[type=file]").set_input_files(
        [{"name": "课后服务目标表.xlsx", "mimeType": kind, "buffer": filled.getvalue()}]
    )
    page.get_by_role("button", name="传回").click()
    page.wait_for_url("**/merge/**")
    return page


def p23_导入预览(album: Album) -> Page:
    """A file with two wrong cells: a unit in the amount, a date that is none."""
    page = album.open("guoku", "/imports/payments/")
    lines = (
        "支付凭证号,支付日期,单位代码,项目代码,金额（元）,收款人,摘要",
        "2024110001,2024-11-04,101001,,12800.00,天衡区桂花打印社,印刷费",
        "2024110002,2024-11-31,101001,,5600.00,天衡区清源饮用水店,饮用水",
        "2024110003,2024-11-06,101001,,500万元,天衡区桂花打印社,材料印刷",
    )
    page.select_option("[name=fiscal_year]", "2024")
    page.locator("input[type=file]").set_input_files(
        [{"name": "11月支付.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}]
    )
    page.get_by_role("button", name="上传并预览").click()
    page.get_by_role("link", name="查看预览").click(timeout=60_000)
    page.wait_for_selector("#bad, .glance")
    return page


def p24_单位页(album: Album) -> Page:
    page = album.open("jixiao", "/units/?text=第一中学")
    return album.open("jixiao", first(page, "td.name a"))


def p25_专项页(album: Album) -> Page:
    page = album.open("jixiao", "/funds/?text=第一中学")
    return album.open("jixiao", first(page, "td.name a"))


def p26_执行率(album: Album) -> Page:
    return album.open("guoku", "/payments/execution/")


def p27_辅导问答(album: Album) -> Page:
    return album.open("jixiao", "/questions/")


def p28_政策(album: Album) -> Page:
    return album.open("jixiao", "/policy/")


def p29_表样(album: Album) -> Page:
    return album.open("jixiao", "/templates/")


def p30_起步清单(album: Album) -> Page:
    return album.open("admin", "/start/")


def p31_人员(album: Album) -> Page:
    return album.open("admin", "/people/")


def p32_操作日志(album: Album) -> Page:
    return album.open("renda", "/log/")


def p33_手机工作台(album: Album) -> Page:
    return album.open("yizhong", "/", PHONE)


def p34_手机填表(album: Album) -> Page:
    address = _goal(album).url.removeprefix(album.server)
    return album.open("yizhong", address, PHONE)


# a disclosure with two faults: parts above their total, 减少 beside 上升
DISCLOSURE = """天衡区第一中学2023年度部门决算公开说明

一、收入支出总体情况

2023年度收入合计1700.00万元，其中：财政拨款收入1200.00万元，事业收入600.00万元。
2023年度支出合计1800.00万元，比上年增加100.00万元，增长5.88%，其中：基本支出1000.00万元，项目支出800.00万元。

二、“三公”经费情况

2023年“三公”经费支出合计17.1万元，其中：因公出国（境）费0万元，公务用车购置费0万元，公务用车运行维护费15.8万元，
公务接待费1.3万元。公务接待费比上年减少0.5万元，上升27.78%。
"""


def _audited(album: Album) -> Page:
    """The school's list of documents, with one that has been checked."""
    page = album.open("yizhong", "/audits/")
    if not page.locator("tr[id^=audit-]", has_text="2023年度决算说明").count():
        file = {"name": "2023年度决算说明.txt", "mimeType": "text/plain", "buffer": DISCLOSURE.encode()}
        page.locator("[name=documents]").set_input_files([file])
        page.get_by_role("button", name="上传并检查").click()
    page.locator("tr[id^=audit-]:not([hx-get])", has_text="2023年度决算说明").wait_for(timeout=60_000)
    return page


def p35_文件审核(album: Album) -> Page:
    _audited(album)
    return album.open("yizhong", "/audits/")


def p36_核对一份文件(album: Album) -> Page:
    page = _audited(album)
    page.get_by_role("link", name="2023年度决算说明").first.click()
    page.locator("a.fig.is-error").first.click()
    page.wait_for_selector(".panel-one")
    return page


PICTURES: dict[str, Callable[[Album], Page]] = {
    name[1:]: made for name, made in list(globals().items()) if name[0] == "p" and name[1:3].isdigit()
}


# ── the server and the browser ────────────────────────────────────────────────────────────────────────


@contextmanager
def served() -> Iterator[str]:
    """The address of a server of our own on a fresh example district."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = {"JIHENG_DATA": folder, "JIHENG_PORT": str(port), "JIHENG_DEMO": "1"}
        command = [str(Path(sys.executable).with_name("jiheng")), "run"]
        server = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if server.poll() is not None:
            sys.exit(f"jiheng run ended with {server.returncode}")
        try:
            urllib.request.urlopen(f"{address}/login/", timeout=5)
        except (urllib.error.URLError, OSError):
            time.sleep(1)
        else:
            return
    sys.exit("jiheng run did not answer within four minutes")


def draw(server: str, wanted: list[str]) -> list[str]:
    """Draws the pictures; returns what the browser complained of."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--lang=zh-CN"],
            env=dict(os.environ) | {"LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8"},
        )
        album = Album(browser, server)
        for name, made in PICTURES.items():
            if not wanted or name[:2] in wanted:
                made(album).screenshot(path=OUT / f"图{name[:2]}-{name[3:]}.png")
                print(f"图{name[:2]}　{name[3:]}")
        browser.close()
    return album.complaints


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", help="two digits each; all if none")
    parser.add_argument("--server", help="address of an example district that is served already")
    asked = parser.parse_args()
    if asked.server:
        complaints = draw(asked.server.rstrip("/"), asked.numbers)
    else:
        with served() as server:
            complaints = draw(server, asked.numbers)
    for complaint in complaints:
        print(f"浏览器报错 {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
