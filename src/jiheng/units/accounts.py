"""Accounts: logging in, passwords, and who is let in at all."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.http import Http404
from django.utils import timezone

from jiheng.units import log
from jiheng.units.access import GUESTS, UNIT_PEOPLE, people_for, region_of, require, units_for
from jiheng.units.models import Department, Division, Person, Region, Role, Unit

# No 0/O, 1/l/I: an initial password is read from paper.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
PLACE_TITLES = {"division": "业务股室", "department": "主管部门", "unit": "单位"}
USERNAME = re.compile(r"[A-Za-z0-9_.@\-\u4e00-\u9fff]{2,60}")


class LoginRefused(Exception):
    """Why nobody was let in, in Chinese; the same words whether or not there is such a login name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDraft:
    """A person to be let in; the role says which of division, department and unit it needs.
    An expert's unit is where they work, so that they don't judge their own (回避)."""

    username: str
    name: str
    role: Role
    division: Division | None = None
    department: Department | None = None
    unit: Unit | None = None
    phone: str = ""


def authenticate_person(username: str, password: str, address: str | None = None) -> Person:
    """The active person with this login name and password. Raises LoginRefused with what to do.

    Each try is counted before the password is looked at, so that tries at the same moment cannot get past
    the lock (`LOCK_AFTER_FAILURES`, `LOCK_MINUTES`); an unknown name takes as long as a wrong password.
    """
    with _calling_from(address):
        person = Person.objects.filter(username=username.strip()).first()
        if person is None or not person.is_active or not _count_try(person):
            make_password(password)
            raise LoginRefused(_refusal())
        if not person.check_password(password):
            person.refresh_from_db()
            is_locked = person.locked_until is not None
            log.record(person, "登录失败，账号锁定" if is_locked else "登录失败", person)
            raise LoginRefused(_refusal())
        if is_engagement_over(person):
            reason = f"受托期已于 {person.engaged_until} 届满，不能再登录；确需继续请联系绩效股延期"
            log.record(person, "登录被拒绝", person, reason=reason)
            raise LoginRefused(reason)
        Person.objects.filter(pk=person.pk).update(failed_logins=0, locked_until=None)
        log.record(person, "登录", person)
        person.refresh_from_db()
        return person


def is_engagement_over(person: Person) -> bool:
    """Whether somebody from outside is engaged for nothing any more. Who was never engaged may log in, and
    sees nothing."""
    until = person.engaged_until
    return person.role in GUESTS and until is not None and until < timezone.localdate()


@contextmanager
def _calling_from(address: str | None) -> Iterator[None]:
    token = log.caller_address.set(address or log.caller_address.get())
    try:
        yield
    finally:
        log.caller_address.reset(token)


def _count_try(person: Person) -> bool:
    """False while locked; else counts, and locks ahead should this last try fail. Safe in parallel."""
    now, most = timezone.now(), settings.LOCK_AFTER_FAILURES
    row = Person.objects.filter(pk=person.pk)
    row.filter(locked_until__lte=now).update(failed_logins=0, locked_until=None)
    until = Value(now + timedelta(minutes=settings.LOCK_MINUTES))
    return (
        row.filter(locked_until=None).update(
            failed_logins=F("failed_logins") + 1,
            locked_until=Case(When(failed_logins__gte=most - 1, then=until), default=Value(None)),
        )
        == 1
    )


def _refusal() -> str:
    return (
        "登录名或密码不正确，或账号已锁定、停用。请核对后重试；"
        f"连续输错 {settings.LOCK_AFTER_FAILURES} 次锁定 {settings.LOCK_MINUTES} 分钟，"
        "忘记密码请联系本单位系统管理员重置"
    )


def change_password(person: Person, old: str, new: str) -> None:
    """A person's own new password, which ends the initial one. Raises ValidationError by field."""
    if not person.is_active:
        raise PermissionDenied("账号已停用")
    if not person.check_password(old):
        raise ValidationError({"old": "原密码不正确，请重新输入"})
    if old == new:
        raise ValidationError({"new": "新密码与原密码相同，请另设一个"})
    try:
        validate_password(new, person)
    except ValidationError as refused:
        raise ValidationError({"new": refused.messages}) from refused
    with transaction.atomic():
        was_initial = person.must_change_password
        person.set_password(new)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        log.record(person, "修改初始密码" if was_initial else "修改密码", person)


def create_person(actor: Person, draft: PersonDraft) -> tuple[Person, str]:
    """A new person and the initial password, which is shown this once. Raises ValidationError by field."""
    require(actor, "manage_people")
    region = region_of(actor)
    check_draft(draft, region)
    password = initial_password()
    person = person_of(draft, region)
    person.password = make_password(password)
    with transaction.atomic():
        if Person.objects.filter(username=draft.username).exists():
            raise ValidationError({"username": f"登录名“{draft.username}”已有人使用，请另取一个"})
        person.save(force_insert=True)
        log.record(actor, "新增人员", person, after=placed(person))
    return person, password


def reset_password(actor: Person, pk: int) -> str:
    """A new initial password, shown this once; the person is unlocked and must change it."""
    require(actor, "manage_people")
    password = initial_password()
    with transaction.atomic():
        person = _managed(actor, pk)
        person.set_password(password)
        person.must_change_password, person.failed_logins, person.locked_until = True, 0, None
        person.save(update_fields=["password", "must_change_password", "failed_logins", "locked_until"])
        log.record(actor, "重置密码", person)
    return password


def set_active(actor: Person, pk: int, *, is_active: bool, reason: str = "") -> Person:
    """Lets a person in again, or out; nobody is deleted. Raises ValidationError for one's own account."""
    require(actor, "manage_people")
    with transaction.atomic():
        person = _managed(actor, pk)
        if person.pk == actor.pk and not is_active:
            raise ValidationError("不能停用自己的账号，请由另一位系统管理员办理")
        before = {"启用": person.is_active}
        person.is_active = is_active
        person.save(update_fields=["is_active"])
        action = "启用人员" if is_active else "停用人员"
        log.record(actor, action, person, before=before, after={"启用": is_active}, reason=reason)
    return person


def deactivate(actor: Person, pk: int, reason: str = "") -> Person:
    """`set_active(…, is_active=False)`."""
    return set_active(actor, pk, is_active=False, reason=reason)


def move_person(actor: Person, pk: int, draft: PersonDraft) -> Person:
    """Another name, role, place or phone; the login name stays. Raises ValidationError by field."""
    require(actor, "manage_people")
    region = region_of(actor)
    with transaction.atomic():
        person = _managed(actor, pk)
        if person.pk == actor.pk and draft.role is not Role.ADMIN:
            raise ValidationError({"role": "不能改变自己的角色，请由另一位系统管理员办理"})
        check_draft(draft, region)
        before = placed(person)
        person.name, person.role, person.phone = draft.name, draft.role, draft.phone
        person.division, person.department, person.unit = _places(draft)
        person.save(update_fields=["name", "role", "phone", "division", "department", "unit"])
        log.record(actor, "修改人员", person, before=before, after=placed(person))
    return person


def found_region(actor: Person, code: str, name: str, bureau: str) -> Region:
    """The first step of an empty installation: its region. Raises ValidationError by field."""
    require(actor, "manage_units")
    if actor.region_id:
        raise ValidationError("本系统已建立区划，不需要再建")
    if not re.fullmatch(r"\d{6}(\d{3})?", code):
        raise ValidationError({"code": f"财政区划代码应为 6 位或 9 位数字，现为“{code}”"})
    if not name.strip():
        raise ValidationError({"name": "区划名称不能为空，请填写全称，如“天衡区”"})
    if Region.objects.filter(pk=code).exists():
        raise ValidationError({"code": f"区划 {code} 已经建立，请由该区划的系统管理员为您开户"})
    with transaction.atomic():
        region = Region.objects.create(code=code, name=name.strip(), bureau=bureau.strip() or f"{name}财政局")
        actor.region = region
        actor.save(update_fields=["region"])
        log.record(actor, "建立区划", region, after={"代码": code, "名称": region.name})
    return region


def first_administrator(username: str, name: str) -> tuple[Person, str]:
    """For the command line of an empty installation: an administrator and the initial password.
    Raises ValidationError when there already is one."""
    with transaction.atomic():
        if Person.objects.filter(role=Role.ADMIN, is_active=True).exists():
            raise ValidationError("已有系统管理员，请由其新增人员")
        password = initial_password()
        person = Person(username=username, name=name, role=Role.ADMIN, password=make_password(password))
        person.full_clean(exclude=["password"])
        person.save(force_insert=True)
        log.record(None, "新增系统管理员", person)
    return person, password


def mentors_of(region: Region) -> QuerySet[Person]:
    """Who can be a unit's contact at the bureau: the active people of 绩效股 and the divisions."""
    found = Person.objects.filter(region=region, is_active=True, role__in=[Role.PERFORMANCE, Role.DIVISION])
    return found.select_related("division").order_by("role", "username")


def set_contacts(actor: Person, unit_pks: Iterable[int], contact_pk: int | None) -> int:
    """一对一辅导: names the contact of several units at once (None: nobody); how many changed.
    Raises Http404 if one of them is a stranger's, ValidationError for who can be no contact."""
    require(actor, "assign_contacts")
    pks = set(unit_pks)
    contact = None if contact_pk is None else mentors_of(region_of(actor)).filter(pk=contact_pk).first()
    if contact_pk is not None and contact is None:
        raise ValidationError({"contact": "辅导联系人应为本区绩效股或业务股室的在岗人员，请重新选择"})
    with transaction.atomic():
        found = units_for(actor).filter(pk__in=pks).select_related("contact").order_by("pk")
        units = list(found.select_for_update(of=("self",)))
        if len(units) < len(pks):
            raise Http404("没有找到其中的单位，或您无权查看")
        changed = [unit for unit in units if unit.contact != contact]
        after = {"辅导联系人": contact}
        drafts = [
            log.LogDraft(
                action="指定辅导联系人", subject=unit, before={"辅导联系人": unit.contact}, after=after
            )
            for unit in changed
        ]
        Unit.objects.filter(pk__in=[unit.pk for unit in changed]).update(contact=contact)
        log.record_many(actor, drafts)
    return len(changed)


def initial_password() -> str:
    """Three groups that can be read aloud, longer where the installation asks for more."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(3))


def person_of(draft: PersonDraft, region: Region) -> Person:
    """The unsaved person, without a password, at the place its role needs and no other."""
    division, department, unit = _places(draft)
    return Person(
        username=draft.username,
        name=draft.name,
        role=draft.role,
        region=region,
        division=division,
        department=department,
        unit=unit,
        phone=draft.phone,
    )


def check_draft(draft: PersonDraft, region: Region) -> None:
    """Raises ValidationError by field when the draft is no possible person of the region."""
    errors: dict[str, str] = {}
    if not USERNAME.fullmatch(draft.username):
        errors["username"] = f"登录名应为 2 至 60 位字母、数字、汉字或 _ . @ -，现为“{draft.username}”"
    if not draft.name.strip():
        errors["name"] = "姓名不能为空"
    for field, role_needs, place in (
        ("division", draft.role is Role.DIVISION, draft.division),
        ("department", draft.role is Role.DEPARTMENT, draft.department),
        ("unit", draft.role in UNIT_PEOPLE, draft.unit),
    ):
        if place is None and not role_needs:
            continue
        if place is None:
            errors[field] = f"角色为“{draft.role.label}”的人员须填写{PLACE_TITLES[field]}"
        elif place.region_id != region.pk:
            errors[field] = f"“{place}”不属于{region}，请选择本区的"
    if errors:
        raise ValidationError(errors)


def placed(person: Person) -> dict[str, object]:
    """What the log keeps of a person."""
    place = person.unit or person.department or person.division
    return {"姓名": person.name, "角色": Role(person.role).label, "所在": place, "电话": person.phone}


def _places(draft: PersonDraft) -> tuple[Division | None, Department | None, Unit | None]:
    return (
        draft.division if draft.role is Role.DIVISION else None,
        draft.department if draft.role is Role.DEPARTMENT else None,
        draft.unit if draft.role in UNIT_PEOPLE | {Role.EXPERT} else None,
    )


def _managed(actor: Person, pk: int) -> Person:
    found = people_for(actor).select_for_update().filter(pk=pk).first()
    if found is None:
        raise Http404("没有找到这个人员，或您无权管理")
    return found
