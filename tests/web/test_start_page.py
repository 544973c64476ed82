"""起步清单: an empty installation leads its administrator from nothing to a running year."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.cast import Cast, make_person

from jiheng.units.models import LogEntry, Person, Region, Role

ClientOf = Callable[[Person], Client]


@pytest.mark.django_db
def test_an_empty_installation_begins_with_its_region(client_of: ClientOf) -> None:
    admin = make_person("admin", "管理员", Role.ADMIN)
    client = client_of(admin)
    assert client.get("/")["Location"] == "/start/"
    assert "建立区划" in client.get("/start/").content.decode()
    wrong = client.post("/start/region/", {"code": "43", "name": "天衡区"})
    assert wrong.status_code == 422
    assert "6 位或 9 位" in wrong.content.decode()
    client.post("/start/region/", {"code": "430299000", "name": "天衡区"})
    assert Region.objects.get().bureau == "天衡区财政局"
    assert LogEntry.objects.filter(action="建立区划").exists()
    page = client.get("/start/").content.decode()
    assert page.count("✓ 已完成") == 1
    assert page.index("现在做") > page.index("2　股室、主管部门和单位")
    assert client.get("/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/calendar/", "/questions/", "/policy/", "/account/", "/people/"])
def test_the_other_pages_bear_an_empty_installation(client_of: ClientOf, address: str) -> None:
    admin = make_person("admin", "管理员", Role.ADMIN)
    assert client_of(admin).get(address).status_code == 200


def test_a_running_year_has_every_step_done(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.admin).get("/start/").content.decode()
    assert page.count("✓ 已完成") == 8
    assert "现在做" not in page
