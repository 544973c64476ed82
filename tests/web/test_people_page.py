"""人员: let in, moved, given a new password, let out."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client
from tests.cast import Cast, make_person

from jiheng.units.access import units_for
from jiheng.units.models import LogEntry, Person, Region, Role

ClientOf = Callable[[Person], Client]


def test_a_new_person_and_the_password_shown_once(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.admin)
    draft = {"username": "zhongtian", "name": "钟田", "role": "reporter", "unit": cast.clinic.pk}
    page = client.post("/people/new/", draft).content.decode()
    [password] = re.findall(r'id="secret">([^<]+)<', page)
    person = Person.objects.get(username="zhongtian")
    assert person.check_password(password)
    assert person.must_change_password
    assert person.unit == cast.clinic
    assert password not in client.get("/people/").content.decode()
    assert password not in str(list(LogEntry.objects.values()))


def test_a_reporter_needs_a_unit(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.admin).post("/people/new/", {"username": "ab", "name": "甲", "role": "reporter"})
    assert answer.status_code == 422
    assert "须填写单位" in answer.content.decode()


def test_an_expert_is_let_in_with_the_unit_they_work_at(cast: Cast, client_of: ClientOf) -> None:
    draft = {"username": "zhuanjia9", "name": "祝九", "role": "expert", "unit": cast.clinic.pk}
    assert client_of(cast.admin).post("/people/new/", draft).status_code == 200
    made = Person.objects.get(username="zhuanjia9")
    assert (made.role, made.unit) == (Role.EXPERT, cast.clinic)
    assert not units_for(made).exists()


def test_moves_a_person_and_keeps_the_login_name(cast: Cast, client_of: ClientOf) -> None:
    draft = {"username": "other", "name": "张填报", "role": "reviewer", "unit": cast.clinic.pk}
    client_of(cast.admin).post(f"/people/{cast.reporter.pk}/", draft)
    moved = Person.objects.get(pk=cast.reporter.pk)
    assert (moved.username, moved.name, moved.role, moved.unit) == (
        "reporter",
        "张填报",
        Role.REVIEWER,
        cast.clinic,
    )


def test_a_new_password_unlocks(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.admin).post(f"/people/{cast.reporter.pk}/password/").content.decode()
    [password] = re.findall(r'id="secret">([^<]+)<', page)
    assert Person.objects.get(pk=cast.reporter.pk).check_password(password)


def test_lets_out_and_in_again(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.admin)
    client.post(f"/people/{cast.reporter.pk}/active/", {"active": "0"})
    assert not Person.objects.get(pk=cast.reporter.pk).is_active
    assert "张填" not in client.get("/people/?text=张填").content.decode().partition("<table")[2]
    assert "停用" in client.get("/people/?text=张填&off=1").content.decode()
    client.post(f"/people/{cast.reporter.pk}/active/", {"active": "1"})
    assert Person.objects.get(pk=cast.reporter.pk).is_active


def test_nobody_lets_himself_out(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.admin)
    client.post(f"/people/{cast.admin.pk}/active/", {"active": "0"})
    assert "不能停用自己的账号" in client.get("/people/").content.decode()


def test_another_region_is_not_there(cast: Cast, client_of: ClientOf) -> None:
    other = Region.objects.create(code="430298000", name="地衡区")
    foreign = make_person("foreign", "外区", Role.OBSERVER, region=other)
    client = client_of(cast.admin)
    assert client.get(f"/people/{foreign.pk}/").status_code == 404
    assert client.post(f"/people/{foreign.pk}/active/", {"active": "0"}).status_code == 404
    assert "外区" not in client.get("/people/").content.decode()


def test_finds_by_unit_and_role(cast: Cast, client_of: ClientOf) -> None:
    table = client_of(cast.admin).get("/people/?text=第一中学&role=reviewer").content.decode()
    assert "李审" in table
    assert "张填" not in table
