"""Every address stands in the table, and answers each person as the table says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse
from tests.cast import Cast
from tests.web.permissions import TABLE, Line

from jiheng.units.models import Person
from jiheng.web import waiting
from jiheng.web.urls import urlpatterns

# what a strict Content-Security-Policy would block, and a careless template writes
INLINE = re.compile(
    rb"<[^>]*\sstyle=|<[^>]*\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:|https?://(?!127)[^\s\"<]*\.(?:js|css)"
)


@pytest.fixture(autouse=True)
def _nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is tested on the first page; asked by every page it would take half the time."""
    monkeypatch.setattr(waiting, "for_person", lambda person: [])


def test_every_address_stands_in_the_table() -> None:
    listed = {line.name for line in TABLE}
    served = {pattern.name for pattern in urlpatterns}
    assert served == listed, f"not in the table: {served - listed}; not served: {listed - served}"


def test_every_view_is_guarded() -> None:
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        assert getattr(pattern.callback, "is_page", False), f"{pattern.name} has no @page"
        public = getattr(pattern.callback, "is_public", False)
        assert public == any(line.public for line in TABLE if line.name == pattern.name), pattern.name


def ask(client: Client, line: Line, url: str) -> HttpResponse:
    """The request inside a savepoint that is rolled back, so that the next person finds nothing changed."""
    with transaction.atomic():
        answer = client.get(url, line.data) if line.method == "get" else client.post(url, line.data)
        if answer.streaming:
            assert b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.method} {line.name}")
def test_the_table(line: Line, cast: Cast, client_of: Callable[[Person], Client]) -> None:
    url = reverse(line.name, args=line.args(cast))
    wrong = []
    for who, person in cast.people.items():
        answer = ask(client_of(person), line, url)
        if answer.status_code not in line.answer(who):
            wrong.append(f"{who}: {answer.status_code}, expected {line.answer(who)}")
        if answer.get("Content-Type", "").startswith("text/html") and not answer.streaming:
            found = INLINE.search(answer.content)
            assert found is None, f"{url} has inline {found.group(0)!r}"
    assert not wrong, f"{line.method} {url}: " + "; ".join(wrong)
    if not line.public:
        answer = ask(Client(), line, url)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("login"))


@pytest.mark.parametrize(
    "line", [line for line in TABLE if line.method == "post"], ids=lambda line: f"get {line.name}"
)
def test_a_write_page_refuses_get(line: Line, cast: Cast, client_of: Callable[[Person], Client]) -> None:
    reads_too = any(other.name == line.name and other.method == "get" for other in TABLE)
    answer = client_of(cast.performance).get(reverse(line.name, args=line.args(cast)))
    assert (answer.status_code != 405) == reads_too
