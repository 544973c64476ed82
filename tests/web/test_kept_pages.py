"""Pages that are drawn once until somebody changes something: fresh after a change, safe to post from."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cast import Cast
from tests.monitoring.papers import submitted

from jiheng.units import log
from jiheng.units.models import Person

Clients = Callable[[Person], Client]
PAGES = (
    "goals",
    "monitoring",
    "monitoring_forms",
    "evaluation",
    "evaluation_watch",
    "coverage",
    "payments",
    "execution",
    "corrections",
)
MOST_QUERIES = 5  # session, person, latest log entry; of coverage also what is open, and its months


def shown(client: Client, name: str, query: str = "") -> str:
    answer = client.get(reverse(name) + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_once_until_a_change_is_logged(name: str, cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    shown(client, name)
    with CaptureQueriesContext(connection) as asked:
        shown(client, name)
    assert len(asked) <= MOST_QUERIES
    log.record(cast.performance, "试记", cast.school)
    with CaptureQueriesContext(connection) as asked_anew:
        shown(client, name)
    assert len(asked_anew) > len(asked)


def test_what_somebody_filed_is_there_at_once(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    before = shown(client, "monitoring", "?year=2024&by=fund")
    submitted(cast, "10")
    after = shown(client, "monitoring", "?year=2024&by=fund")
    assert "light-red" in after.partition("<tbody>")[2]
    assert "light-red" not in before.partition("<tbody>")[2]


def test_every_answer_has_a_token_of_its_own_window(cast: Cast) -> None:
    for _ in range(2):  # the second window is shown the page drawn for the first
        window = Client(enforce_csrf_checks=True)
        window.force_login(cast.performance)
        (token, *others) = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', shown(window, "goals"))
        assert set(others) <= {token}
        sent = window.post(reverse("filing_bulk"), {"csrfmiddlewaretoken": token, "list": "goals"})
        assert sent.status_code != 403
        assert window.post(reverse("filing_bulk"), {"list": "goals"}).status_code == 403


def test_two_people_never_share_a_page(cast: Cast, client_of: Clients) -> None:
    assert "第一中学" in shown(client_of(cast.performance), "coverage", "?list=all")
    assert "第一中学" not in shown(client_of(cast.stranger), "coverage", "?list=all")


def test_a_kept_page_still_moves_the_session_to_its_year(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    for _ in range(2):
        assert "2023年绩效目标" in shown(client, "goals", "?year=2023")
        assert "2023年绩效目标" in shown(client, "goals")
        assert "2024年绩效目标" in shown(client, "goals", "?year=2024")
        assert "2024年绩效目标" in shown(client, "goals")


def test_what_is_told_once_is_not_kept(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    shown(client, "goals")
    client.post(reverse("filing_bulk"), {"list": "goals", "action": "approve"})
    assert 'class="notice notice-' in shown(client, "goals")
    assert 'class="notice notice-' not in shown(client, "goals")
