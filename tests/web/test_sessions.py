"""Sessions that end, change or never were: nobody keeps a right that was taken away."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.cast import PASSWORD, Cast
from tests.web import filed
from tests.web.filed import sent

from jiheng.filings.models import Filing, State
from jiheng.units import accounts
from jiheng.units.accounts import PersonDraft
from jiheng.units.models import Person, Role

Clients = Callable[[Person], Client]


def test_an_expired_session_goes_to_the_login_and_comes_back(cast: Cast, client_of: Clients) -> None:
    client, url = client_of(cast.reporter), reverse("goals") + "?state=draft"
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    answer = client.get(url)
    assert answer.status_code == 302
    assert "next=/goals/%3Fstate%3Ddraft" in answer["Location"]
    data = {"username": cast.reporter.username, "password": PASSWORD, "next": url}
    assert client.post(reverse("login"), data)["Location"] == url


def logged_in(person: Person) -> Client:
    client = Client()
    client.post(reverse("login"), {"username": person.username, "password": PASSWORD})
    return client


def was_there(client: Client, seconds_ago: int) -> None:
    session = client.session
    session["seen"] = int(time.time()) - seconds_ago
    session.save()


def test_who_has_been_away_for_long_is_logged_out_and_told(cast: Cast) -> None:
    client = logged_in(cast.reporter)
    was_there(client, settings.IDLE_SECONDS + 60)
    answer = client.get(reverse("goals"), follow=True)
    assert answer.redirect_chain[0][0].startswith(reverse("login"))
    assert "很久没有操作，已自动退出" in answer.content.decode()
    assert client.get(reverse("goals")).status_code == 302


def test_who_is_there_stays_and_is_written_down_now_and_then(cast: Cast) -> None:
    client = logged_in(cast.reporter)
    ends = client.session.get_expiry_date()
    was_there(client, settings.IDLE_SECONDS // 2)
    assert client.get(reverse("goals")).status_code == 200
    seen = client.session["seen"]
    assert time.time() - seen < 60
    was_there(client, settings.IDLE_SECONDS // 20)
    seen = client.session["seen"]
    client.get(reverse("goals"))
    assert client.session["seen"] == seen, "not at every page"
    assert client.session.get_expiry_date() == ends, "the login still ends at its hour"


def test_idleness_may_be_allowed(cast: Cast, settings: Any) -> None:
    settings.IDLE_SECONDS = 0
    client = logged_in(cast.reporter)
    was_there(client, 86_400)
    assert client.get(reverse("goals")).status_code == 200


def test_an_expired_session_saves_nothing_and_says_so_to_the_editor(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    Session.objects.all().delete()
    url = reverse("filing_save", args=[filing.pk])
    answer = client.post(url, sent(filing, leader="甲"), headers={"Accept": "application/json"})
    assert answer.status_code in (302, 401)
    assert Filing.objects.get(pk=filing.pk).revision == filing.revision


def test_a_session_lasts_a_working_day(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.reporter)
    client.get("/")
    assert client.session.get_expiry_age() <= settings.SESSION_COOKIE_AGE == 8 * 3600


def test_who_is_let_out_is_out_at_once(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    assert client.get(reverse("filing", args=[filing.pk])).status_code == 200
    accounts.deactivate(cast.admin, cast.reporter.pk, "调离")
    answer = client.post(reverse("filing_submit", args=[filing.pk]), sent(filing))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("login"))
    assert Filing.objects.get(pk=filing.pk).state == State.DRAFT


def test_a_new_role_counts_from_the_next_click(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    moved = PersonDraft(username="reporter", name="张填", role=Role.REPORTER, unit=cast.clinic)
    accounts.move_person(cast.admin, cast.reporter.pk, moved)
    assert client.get(reverse("filing", args=[filing.pk])).status_code == 404
    assert client.post(reverse("filing_submit", args=[filing.pk]), sent(filing)).status_code == 404
    read_only = PersonDraft(username="reporter", name="张填", role=Role.OBSERVER)
    accounts.move_person(cast.admin, cast.reporter.pk, read_only)
    assert client.get(reverse("filing", args=[filing.pk])).status_code in (200, 404)
    assert client.post(reverse("filing_submit", args=[filing.pk]), sent(filing)).status_code == 403
    assert Filing.objects.get(pk=filing.pk).state == State.DRAFT


def test_a_reset_password_ends_the_sessions_of_the_old_one(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.reporter)
    assert client.get("/").status_code == 200
    accounts.reset_password(cast.admin, cast.reporter.pk)
    assert client.get("/")["Location"].startswith(reverse("login"))


def test_five_wrong_passwords_lock_the_door_and_say_how_to_get_in(cast: Cast) -> None:
    client = Client()
    for _ in range(5):
        client.post(reverse("login"), {"username": cast.reporter.username, "password": "wrong"})
    data = {"username": cast.reporter.username, "password": PASSWORD}
    answer = client.post(reverse("login"), data)
    assert answer.status_code == 422
    assert "锁定 15 分钟" in answer.content.decode()
    accounts.reset_password(cast.admin, cast.reporter.pk)
    assert Person.objects.get(pk=cast.reporter.pk).locked_until is None


def test_the_login_leads_to_no_other_site(cast: Cast) -> None:
    for onward in ("//evil.example/", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example"):
        data = {"username": cast.reporter.username, "password": PASSWORD, "next": onward}
        assert Client().post(reverse("login"), data)["Location"] == "/"


def test_a_page_of_another_site_cannot_post(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.reporter)
    filing = filed.filled(cast)
    answer = client.post(reverse("filing_submit", args=[filing.pk]), sent(filing))
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()
    assert Filing.objects.get(pk=filing.pk).state == State.DRAFT
