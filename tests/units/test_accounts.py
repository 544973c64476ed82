"""Logging in, passwords and accounts."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils import timezone
from tests.cast import PASSWORD, Cast

from jiheng.units import accounts
from jiheng.units.accounts import LoginRefused, PersonDraft
from jiheng.units.models import LogEntry, Person, Region, Role


def actions() -> list[str]:
    return list(LogEntry.objects.order_by("pk").values_list("action", flat=True))


def words(name: str, password: str) -> str:
    with pytest.raises(LoginRefused) as refused:
        accounts.authenticate_person(name, password)
    return str(refused.value)


def test_the_right_password_lets_in_and_is_logged_with_the_address(cast: Cast) -> None:
    assert accounts.authenticate_person("reporter", PASSWORD, "10.0.0.9") == cast.reporter
    entry = LogEntry.objects.get()
    assert (entry.action, entry.person, entry.address) == ("登录", cast.reporter, "10.0.0.9")


def test_nobody_learns_which_names_exist(cast: Cast) -> None:
    cast.stranger.is_active = False
    cast.stranger.save()
    assert words("reporter", "wrong") == words("nobody", "wrong") == words("stranger", PASSWORD)
    assert "15 分钟" in words("nobody", "wrong")


def test_five_wrong_passwords_lock_and_time_unlocks(cast: Cast) -> None:
    for _ in range(5):
        words("reporter", "wrong")
    assert actions() == ["登录失败"] * 4 + ["登录失败，账号锁定"]
    words("reporter", PASSWORD)
    assert len(actions()) == 5
    Person.objects.filter(pk=cast.reporter.pk).update(locked_until=timezone.now() - timedelta(seconds=1))
    words("reporter", "wrong")
    assert accounts.authenticate_person("reporter", PASSWORD).failed_logins == 0


def test_the_right_password_in_time_starts_the_count_anew(cast: Cast) -> None:
    for _ in range(2):
        for _ in range(4):
            words("reporter", "wrong")
        person = accounts.authenticate_person("reporter", PASSWORD)
        assert (person.failed_logins, person.locked_until) == (0, None)


def test_a_try_counts_before_the_password_is_looked_at(cast: Cast, monkeypatch) -> None:
    """Twenty tries at the same moment get five looks at the password, not twenty."""
    looks = []

    def look(person: Person, _: str) -> bool:
        looks.append(1)
        if len(looks) < 20:  # the others arrive while this one is being hashed
            words("reporter", "wrong")
        return False

    monkeypatch.setattr(Person, "check_password", look)
    words("reporter", "wrong")
    assert len(looks) == 5


def test_a_new_password_ends_the_initial_one(cast: Cast) -> None:
    cast.reporter.must_change_password = True
    accounts.change_password(cast.reporter, PASSWORD, "秋收起义在文家市 1927")
    cast.reporter.refresh_from_db()
    assert not cast.reporter.must_change_password
    assert cast.reporter.check_password("秋收起义在文家市 1927")
    assert actions() == ["修改初始密码"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", "long-enough-2024", "old"),
        (PASSWORD, PASSWORD, "new"),
        (PASSWORD, "short", "new"),
        (PASSWORD, "20240101202401", "new"),
    ],
)
def test_a_bad_new_password_is_refused(cast: Cast, old: str, new: str, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        accounts.change_password(cast.reporter, old, new)
    assert list(refused.value.message_dict) == [field]
    cast.reporter.refresh_from_db()
    assert cast.reporter.check_password(PASSWORD)
    assert actions() == []


def test_a_new_person_has_an_initial_password_to_change(cast: Cast) -> None:
    draft = PersonDraft(username="zhangsan", name="张三", role=Role.REPORTER, unit=cast.clinic)
    person, password = accounts.create_person(cast.admin, draft)
    person.refresh_from_db()
    assert person.must_change_password
    assert check_password(password, person.password)
    assert accounts.authenticate_person("zhangsan", password) == person
    entry = LogEntry.objects.get(action="新增人员")
    assert entry.after == {"姓名": "张三", "角色": "单位填报人", "所在": cast.clinic.name, "电话": ""}
    assert password not in str(entry.after)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"username": "a b"}, "username"),
        ({"username": "reporter"}, "username"),
        ({"name": " "}, "name"),
        ({"role": Role.DIVISION}, "division"),
        ({"role": Role.DEPARTMENT}, "department"),
        ({"role": Role.REVIEWER}, "unit"),
    ],
)
def test_an_impossible_person_is_refused(cast: Cast, given: dict, field: str) -> None:
    draft = PersonDraft(**({"username": "new", "name": "新人", "role": Role.BUDGET} | given))
    with pytest.raises(ValidationError) as refused:
        accounts.create_person(cast.admin, draft)
    assert list(refused.value.message_dict) == [field]
    assert actions() == []


def test_another_regions_unit_is_refused(cast: Cast) -> None:
    other = Region.objects.create(code="430298000", name="邻区")
    cast.admin.region = other
    draft = PersonDraft(username="new", name="新人", role=Role.REPORTER, unit=cast.school)
    with pytest.raises(ValidationError, match="不属于邻区"):
        accounts.create_person(cast.admin, draft)
    with pytest.raises(Http404):
        accounts.reset_password(cast.admin, cast.reporter.pk)


def test_a_reset_unlocks_and_gives_a_new_initial_password(cast: Cast) -> None:
    for _ in range(5):
        words("reporter", "wrong")
    password = accounts.reset_password(cast.admin, cast.reporter.pk)
    assert accounts.authenticate_person("reporter", password).must_change_password
    assert "重置密码" in actions()


def test_who_is_let_out_cannot_log_in_and_can_be_let_in_again(cast: Cast) -> None:
    accounts.deactivate(cast.admin, cast.reporter.pk, reason="调离")
    words("reporter", PASSWORD)
    entry = LogEntry.objects.get(action="停用人员")
    assert (entry.before, entry.after, entry.reason) == ({"启用": True}, {"启用": False}, "调离")
    accounts.set_active(cast.admin, cast.reporter.pk, is_active=True)
    assert accounts.authenticate_person("reporter", PASSWORD) == cast.reporter
    with pytest.raises(ValidationError, match="不能停用自己"):
        accounts.deactivate(cast.admin, cast.admin.pk)


def test_a_person_moves_to_another_place(cast: Cast) -> None:
    draft = PersonDraft(
        username="xx", name="张填", role=Role.DEPARTMENT, department=cast.health, unit=cast.school
    )
    moved = accounts.move_person(cast.admin, cast.reporter.pk, draft)
    assert (moved.username, moved.department, moved.unit) == ("reporter", cast.health, None)
    entry = LogEntry.objects.get()
    assert (entry.before["所在"], entry.after["所在"]) == ("第一中学", "卫生健康局")


@pytest.mark.parametrize("who", ["observer", "performance", "reporter"])
def test_only_the_administrator_manages_accounts(cast: Cast, who: str) -> None:
    actor = cast.people[who]
    draft = PersonDraft(username="new", name="新人", role=Role.BUDGET)
    for verb in (
        lambda: accounts.create_person(actor, draft),
        lambda: accounts.reset_password(actor, cast.reporter.pk),
        lambda: accounts.deactivate(actor, cast.reporter.pk),
        lambda: accounts.move_person(actor, cast.reporter.pk, draft),
    ):
        with pytest.raises(PermissionDenied):
            verb()
    assert actions() == []


def test_an_empty_installation_gets_an_administrator_and_a_region(db: None) -> None:
    admin, password = accounts.first_administrator("admin", "管理员")
    assert accounts.authenticate_person("admin", password).must_change_password
    with pytest.raises(ValidationError, match="已有系统管理员"):
        accounts.first_administrator("second", "第二人")
    with pytest.raises(ValidationError, match="6 位或 9 位"):
        accounts.found_region(admin, "43", "天衡区", "")
    region = accounts.found_region(admin, "430299", "天衡区", "")
    assert (region.bureau, Person.objects.get().region) == ("天衡区财政局", region)
    assert actions() == ["新增系统管理员", "登录", "建立区划"]


def test_a_unit_has_a_named_contact_at_the_bureau(cast: Cast) -> None:
    assert accounts.set_contacts(cast.performance, [cast.clinic.pk], cast.colleague.pk) == 1
    cast.clinic.refresh_from_db()
    assert cast.clinic.contact == cast.colleague
    entry = LogEntry.objects.get()
    assert (entry.before, entry.after) == ({"辅导联系人": None}, {"辅导联系人": "吴敏"})
    with pytest.raises(ValidationError, match="绩效股或业务股室"):
        accounts.set_contacts(cast.performance, [cast.clinic.pk], cast.reporter.pk)
    with pytest.raises(PermissionDenied):
        accounts.set_contacts(cast.observer, [cast.clinic.pk], None)
