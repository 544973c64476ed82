"""A real Chromium against a live server; each person of the cast gets a browser window of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.cast import PASSWORD, Cast, make_cast

from jiheng.units.models import Person

# what the browser writes when a page is refused or a journey cuts the network, and what htmx writes
# when a page is left while a suggestion is still on its way (a request that failed says sendError)
EXPECTED = ("status of 4", "ERR_INTERNET_DISCONNECTED", "htmx:sendAbort", "htmx:afterRequest")
Opened = Callable[[Person], Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium(django_db_setup: None) -> Iterator[Browser]:
    """One browser a file. Playwright's loop runs in this thread, where Django would refuse every query; it
    ends with the fixture, so that the tests after it are as they were."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def cast(chromium: Browser, transactional_db: None) -> Cast:
    return make_cast()


# nothing can be clicked before a page's scripts have run, however slow the machine: Playwright waits
PATIENT = """(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { pointer-events: none !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  addEventListener("DOMContentLoaded", () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  });
})()"""


@pytest.fixture
def window(chromium: Browser, live_server: Any, cast: Cast) -> Iterator[Opened]:
    """`window(cast.reporter)`: a logged-in page at 1366×768. An error on any page fails the test."""
    contexts, errors = [], []

    def opened(person: Person) -> Page:
        context = chromium.new_context(
            viewport={"width": 1366, "height": 768}, base_url=live_server.url, locale="zh-CN"
        )
        contexts.append(context)
        context.add_init_script(PATIENT)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                errors.append(message.text)
                if message.type == "error" and not any(words in message.text for words in EXPECTED)
                else None
            ),
        )
        page.goto("/login/")
        page.fill("[name=username]", person.username)
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        expect(page.locator(".top-person")).to_contain_text(person.name)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors, errors


def confirm(page: Page) -> None:
    """确定 in the page's own question."""
    page.click("#notice button[value=ok]")
