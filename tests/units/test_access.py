"""Who may do what, and whose units one sees."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from tests.cast import Cast

from jiheng.units import access
from jiheng.units.models import Role

ALL = {"教育局本级", "第一中学", "卫生健康局本级", "学林街道社区卫生服务中心", "民政局本级"}
SEEN = {
    "performance": ALL,
    "budget": ALL,
    "treasury": ALL,
    "debt": ALL,
    "admin": ALL,
    "observer": ALL,
    "congress": ALL,
    "audit": ALL,
    "expert": set(),
    "agency": set(),
    "division": {"教育局本级", "第一中学"},
    "other_division": {"卫生健康局本级", "学林街道社区卫生服务中心", "民政局本级"},
    "department": {"教育局本级", "第一中学"},
    "other_department": {"卫生健康局本级", "学林街道社区卫生服务中心"},
    "reporter": {"第一中学"},
    "reviewer": {"第一中学"},
    "bureau_reporter": {"教育局本级"},
    "stranger": {"卫生健康局本级"},
}
# 人大 and 审计 have reviews of their own (四评)
FOUR_REVIEWS = {"convene_panel", "pick_review", "convene_review", "note_review", "confirm_review"}


@pytest.mark.parametrize("who", SEEN)
def test_everybody_sees_their_own_units_only(cast: Cast, who: str) -> None:
    assert {unit.name for unit in access.units_for(cast.people[who])} == SEEN[who]


def test_a_stranger_is_told_that_there_is_no_such_unit(cast: Cast) -> None:
    assert access.unit_for(cast.department, cast.school.pk) == cast.school
    with pytest.raises(Http404, match="没有找到"):
        access.unit_for(cast.stranger, cast.school.pk)
    with pytest.raises(Http404, match="没有找到"):
        access.unit_for(cast.stranger, 0)


@pytest.mark.parametrize("who", sorted(SEEN))
def test_an_inactive_person_sees_and_does_nothing(cast: Cast, who: str) -> None:
    person = cast.people[who]
    person.is_active = False
    assert not access.units_for(person).exists()
    assert not [action for action in access.ROLES_FOR if access.may(person, action)]


def test_an_administrator_without_a_region_sees_nothing_yet(cast: Cast) -> None:
    cast.admin.region = None
    assert not access.units_for(cast.admin).exists()
    with pytest.raises(PermissionDenied, match="区划"):
        access.region_of(cast.admin)


@pytest.mark.parametrize("who", ["observer", "congress", "audit"])
def test_the_read_only_roles_may_read_the_log_and_nothing_else(cast: Cast, who: str) -> None:
    allowed = {action for action in access.ROLES_FOR if access.may(cast.people[who], action)}
    assert allowed - FOUR_REVIEWS == {"see_log"}
    assert who != "observer" or allowed == {"see_log"}
    with pytest.raises(PermissionDenied, match="没有此项权限"):
        access.require(cast.observer, "review")


def test_every_role_but_the_debt_office_and_the_readers_has_something_to_write() -> None:
    writers = {
        role
        for action, roles in access.ROLES_FOR.items()
        if action not in {"see_log"} | FOUR_REVIEWS
        for role in roles
    }
    assert set(Role) - writers - access.GUESTS == access.READERS


def test_an_action_nobody_heard_of_is_a_mistake_in_the_code(cast: Cast) -> None:
    with pytest.raises(KeyError):
        access.may(cast.performance, "dance")


def test_only_the_administrator_manages_people(cast: Cast) -> None:
    assert access.person_for(cast.admin, cast.stranger.pk) == cast.stranger
    with pytest.raises(Http404):
        access.person_for(cast.performance, cast.stranger.pk)
