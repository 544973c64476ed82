"""Logging in and out, the first password, sessions that end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import PASSWORD, Cast

from jiheng.units.models import LogEntry, Person

ClientOf = Callable[[Person], Client]


def log_in(client: Client, password: str = PASSWORD, **more: str) -> object:
    return client.post("/login/", {"username": "reporter", "password": password, **more})


def test_logs_in_and_leads_to_the_first_page(cast: Cast, client: Client) -> None:
    answer = log_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert LogEntry.objects.filter(action="登录", person=cast.reporter, address="127.0.0.1").exists()


def test_leads_to_the_page_that_was_asked_for(cast: Cast, client: Client) -> None:
    asked = client.get("/coverage/?stage=goal")
    assert asked["Location"] == "/login/?next=/coverage/%3Fstage%3Dgoal"
    assert log_in(client, next="/coverage/?stage=goal")["Location"] == "/coverage/?stage=goal"


@pytest.mark.parametrize("away", ["https://example.org/", "//example.org/", "javascript:alert(1)"])
def test_never_leads_away(cast: Cast, client: Client, away: str) -> None:
    assert log_in(client, next=away)["Location"] == "/"


def test_a_wrong_password_says_what_to_do(cast: Cast, client: Client) -> None:
    answer = log_in(client, "wrong")
    assert answer.status_code == 422
    assert "登录名或密码不正确" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_five_wrong_passwords_lock_the_account(cast: Cast, client: Client) -> None:
    for _ in range(5):
        log_in(client, "wrong")
    assert log_in(client).status_code == 422


def test_an_initial_password_must_be_changed_first(cast: Cast, client: Client) -> None:
    Person.objects.filter(pk=cast.reporter.pk).update(must_change_password=True)
    log_in(client)
    assert client.get("/coverage/")["Location"] == reverse("change_password")
    page = client.get(reverse("change_password")).content.decode()
    assert "初始密码" in page
    new = {"old": PASSWORD, "new": "xin-mima-2024", "again": "xin-mima-2024"}
    assert client.post(reverse("change_password"), new)["Location"] == "/"
    assert client.get("/coverage/").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again", "says"),
    [
        ("wrong", "xin-mima-2024", "xin-mima-2024", "原密码不正确"),
        (PASSWORD, "xin-mima-2024", "xin-mima-2025", "两次输入的新密码不一致"),
        (PASSWORD, "short", "short", "10"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码与原密码相同"),
    ],
)
def test_a_refused_password_is_explained(
    cast: Cast, client_of: ClientOf, old: str, new: str, again: str, says: str
) -> None:
    answer = client_of(cast.reporter).post("/account/password/", {"old": old, "new": new, "again": again})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_logs_out_and_says_so_in_the_log(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.reporter)
    client.post("/logout/")
    assert client.get("/").status_code == 302
    assert LogEntry.objects.filter(action="退出", person=cast.reporter).count() == 1


def test_whoever_is_deactivated_is_out_at_once(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.reporter)
    Person.objects.filter(pk=cast.reporter.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_a_part_of_a_page_is_told_that_the_login_ended(cast: Cast, client: Client) -> None:
    answer = client.get("/coverage/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "本页内容仍在" in answer.content.decode()


def test_nothing_is_kept_by_the_browser_and_nothing_inline_runs(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.reporter).get("/account/")
    assert "no-store" in answer["Cache-Control"]
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_an_old_form_is_refused_in_chinese(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/login/", {"username": "reporter", "password": PASSWORD})
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()
