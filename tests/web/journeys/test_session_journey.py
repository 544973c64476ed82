"""A session that ends while somebody types: the page says so, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect
from tests.cast import PASSWORD, Cast
from tests.web import filed

from jiheng.filings.models import Filing
from jiheng.units.models import Person

pytestmark = pytest.mark.browser


def test_after_logging_in_elsewhere_the_old_window_saves(
    window: Callable[[Person], Page], cast: Cast
) -> None:
    filing = filed.filled(cast)
    page = window(cast.reporter)
    page.goto(f"/filings/{filing.pk}/")
    Session.objects.all().delete()
    page.fill('[name="leader"]', "新负责人")
    expect(page.locator("#save-state")).to_contain_text("登录已过期")
    other = page.context.new_page()
    other.goto("/login/")
    other.fill("[name=username]", cast.reporter.username)
    other.fill("[name=password]", PASSWORD)
    other.click("main button")
    expect(other.locator(".top-person")).to_contain_text(cast.reporter.name)
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator(".notice-success")).to_contain_text("草稿已保存")
    assert Filing.objects.get(pk=filing.pk).sheet["leader"] == "新负责人"
