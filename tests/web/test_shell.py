"""What every page stands in: figures as printed, lists cut into pages, refusals as pages."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client, RequestFactory
from tests.cast import Cast

from jiheng.filings.models import Filing
from jiheng.filings.outcomes import Conflict, Locked, Refused
from jiheng.sheets import (
    Amount,
    Finding,
    Form,
    Header,
    Missing,
    MissingReason,
    Quantity,
    Severity,
    UnitGoalSheet,
)
from jiheng.units.models import Person, Role
from jiheng.web.middleware import GuardMiddleware
from jiheng.web.shell import NAV, here_of, navigation, paginate
from jiheng.web.templatetags.jiheng import cut, figure, light_badge, percent, thousands, wan, yuan

ClientOf = Callable[[Person], Client]
NOT_FOUND = Missing(MissingReason.UNVERIFIABLE)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Amount.wan("13.40"), "13.40"),
        (Amount.wan("-1234567.8"), "-1,234,567.8"),
        (Amount(Decimal("12345600")), "1,234.56"),
        (Decimal("2400000000"), "240,000.00"),
        (Decimal("0"), "0.00"),
        (Decimal("-50"), '<span title="-50 元">-0.01</span>'),
        (Decimal("1234567.89"), '<span title="1,234,567.89 元">123.46</span>'),
        (NOT_FOUND, '<span class="missing" title="无法核实">—</span>'),
        (None, '<span class="missing" title="没有数据">—</span>'),
    ],
)
def test_money_in_wan(value: Any, shown: str) -> None:
    assert wan(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("9072"), "9,072.00"),
        (Decimal("6565.5"), "6,565.50"),
        (Decimal("-100000"), "-100,000.00"),
        ("12800.00", "12,800.00"),
        ("不是金额", "不是金额"),
    ],
)
def test_money_in_yuan(value: Any, shown: str) -> None:
    assert yuan(value) == shown


def test_no_money_is_no_zero() -> None:
    assert "0" not in yuan(None)
    assert "0" not in yuan(Missing(MissingReason.NOT_REPORTED))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Quantity.of("4754.0"), "4,754.0"),
        (Decimal("1E+4"), "10,000"),
        (Decimal("3.1400"), "3.14"),
        (98602, "98,602"),
        (NOT_FOUND, '<span class="missing" title="无法核实">—</span>'),
    ],
)
def test_other_figures(value: Any, shown: str) -> None:
    assert figure(value) == shown


def test_small_words() -> None:
    assert percent(Decimal("96.8445")) == "96.84%"
    assert percent(NOT_FOUND) == '<span class="missing" title="无法核实">—</span>'
    assert thousands("万元") == "万元"
    assert light_badge("红") == '<span class="light light-red">红</span>'
    assert cut("<b>") == '<span class="cut" title="&lt;b&gt;">&lt;b&gt;</span>'


def test_pages_keep_the_filters() -> None:
    request = RequestFactory().get("/?text=甲&page=2&size=100")
    pager = paginate(request, list(range(250)))
    assert (pager.number, pager.first, pager.last, pager.total) == (2, 101, 200, 250)
    template = Template("{% load jiheng %}{% query page=3 %} {% query size=50 %} {% query text=None %}")
    shown = template.render(Context({"request": request}))
    assert shown == "?text=%E7%94%B2&amp;size=100&amp;page=3 ?text=%E7%94%B2&amp;size=50 ?size=100"


@pytest.mark.parametrize("asked", ["?page=0", "?page=999", "?page=x&size=7", "?page=-1"])
def test_a_wrong_page_number_is_no_error(asked: str) -> None:
    assert paginate(RequestFactory().get(f"/{asked}"), list(range(120))).size == 50


def request_of(person: Person | AnonymousUser) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user, request.session = person, SessionStore()  # type: ignore[attr-defined]
    return request


def refusal(person: Person, error: Exception) -> tuple[int, str]:
    answer = GuardMiddleware(lambda _: None).process_exception(request_of(person), error)  # type: ignore[arg-type, return-value]
    assert answer is not None
    return answer.status_code, answer.content.decode()


def test_refusals_become_pages_that_say_what_to_do(cast: Cast) -> None:
    filing = Filing(
        form=Form.UNIT_GOAL, fiscal_year=2024, unit=cast.school, updated_by=cast.colleague, desk="unit"
    )
    status, page = refusal(cast.performance, Locked(filing))
    assert (status, "暂不能修改" in page) == (409, True)
    wrong = Finding("MB01", Severity.ERROR, "分值合计应为100，现为99", field="indicators")
    status, page = refusal(cast.reporter, Refused([wrong], filing))
    assert status == 422
    assert '<a href="#f-indicators">分值合计应为100，现为99</a>' in page


def test_a_conflict_shows_both_sides(cast: Cast) -> None:
    sheet = _goal_sheet("甲")
    filing = Filing(form=Form.UNIT_GOAL, fiscal_year=2024, unit=cast.school, updated_by=cast.colleague)
    status, page = refusal(cast.reporter, Conflict(filing, _goal_sheet("乙"), sheet))
    assert status == 409
    assert "<td>甲</td><td>乙</td>" in page


def _goal_sheet(leader: str) -> Any:
    return UnitGoalSheet(header=Header(fiscal_year=2024), leader=leader)


def test_any_other_error_is_left_to_the_log(cast: Cast) -> None:
    guard = GuardMiddleware(lambda _: None)  # type: ignore[arg-type, return-value]
    assert guard.process_exception(request_of(cast.reporter), KeyError("x")) is None


def test_navigation_shows_what_a_role_may_open(cast: Cast) -> None:
    def names(person: Person) -> set[str]:
        return {line["name"] for group in navigation(Role(person.role), "log") for line in group["lines"]}

    assert "people" not in names(cast.performance)
    assert "people" in names(cast.admin)
    assert "log" not in names(cast.reporter)
    assert {"home", "coverage", "calendar", "policy", "questions"} <= names(cast.reporter)


def test_navigation_marks_one_line() -> None:
    for _, items in NAV:
        assert len({item.name for item in items}) == len(items)
    groups = navigation(Role.ADMIN, here_of("/log/export.csv"))
    marked = [line["name"] for group in groups for line in group["lines"] if line["here"]]
    assert marked == ["log"]


@pytest.mark.parametrize("role", Role.values)
def test_the_scope_is_said_in_words(cast: Cast, client_of: ClientOf, role: str) -> None:
    person = next(person for person in cast.people.values() if person.role == role)
    page = client_of(person).get("/account/").content.decode()
    expected = {
        "reporter": "第一中学",
        "reviewer": "第一中学",
        "department": "教育局所属单位",
        "division": "教科文股归口单位",
        "expert": "受托评审的项目",
        "agency": "受托评审的项目",
    }
    assert f'class="top-scope" title="{expected.get(role, "天衡区全部单位")}"' in page


def test_a_page_that_is_not_there(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.reporter).get("/nothing/")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.content.decode()
    assert client_of(cast.reporter).put("/calendar/").status_code == 405
