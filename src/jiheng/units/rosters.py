"""Units and people in a file: 单位 with their departments and divisions, 人员 with their roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError

from jiheng.documents import tables
from jiheng.documents.tables import Column, ColumnKind, Row
from jiheng.units import accounts, log
from jiheng.units.accounts import PersonDraft
from jiheng.units.imports import Checked, ImportKind, Published, Wrong, repeated
from jiheng.units.models import Batch, Department, Division, Person, Region, Role, Unit

UNIT_COLUMNS = (
    Column("division_name", "业务股室", required=True, help="归口的财政业务股室，没有的会新建"),
    Column("division_code", "股室代码", ColumnKind.CODE, help="可空；新建股室时使用"),
    Column("department_code", "主管部门代码", ColumnKind.CODE, required=True),
    Column("department_name", "主管部门名称", required=True, width=30),
    Column("code", "单位代码", ColumnKind.CODE, required=True, aliases=("agency_code",)),
    Column("name", "单位名称", required=True, width=30, aliases=("agency_name",)),
    Column("posts", "编制数", ColumnKind.WHOLE),
    Column("staff", "在职人数", ColumnKind.WHOLE),
    Column("since_year", "起始年度", ColumnKind.WHOLE, help="可空；四位年份，此前年度不计入全覆盖"),
    Column("until_year", "截止年度", ColumnKind.WHOLE, help="可空；撤并单位填最后一个年度"),
)
PERSON_COLUMNS = (
    Column("username", "登录名", required=True),
    Column("name", "姓名", required=True),
    Column("role", "角色", ColumnKind.CHOICE, required=True, choices=tuple(str(role.label) for role in Role)),
    Column("division", "业务股室", help="角色为业务股室的填写股室名称"),
    Column("department", "主管部门代码", ColumnKind.CODE, help="角色为主管部门的填写"),
    Column("unit", "单位代码", ColumnKind.CODE, help="单位填报人、单位审核人填写"),
    Column("phone", "电话"),
)
PASSWORD_COLUMNS = (
    Column("username", "登录名"),
    Column("name", "姓名"),
    Column("place", "所在", width=30),
    Column("password", "初始密码", width=24),
)
ROLE_OF = {str(role.label): role for role in Role}


# ── 单位 ──────────────────────────────────────────────────────────────────────────────────────────────


def check_units(batch: Batch, rows: Sequence[Row]) -> Checked:
    """Codes once each, a department one name and one division, years in order."""
    wrong = repeated(rows, "code", "单位代码")
    departments: dict[str, Row] = {}
    for row in rows:
        values = row.values
        first = departments.setdefault(values["department_code"], row)
        for column, words in (("department_name", "名称"), ("division_name", "业务股室")):
            if values[column] != first.values[column]:
                reason = f"主管部门 {values['department_code']} 在第 {first.number} 行的{words}是"
                wrong.append(Wrong(row, column, f"{reason}“{first.values[column]}”，请统一"))
        wrong += _wrong_years(row)
    known = set(Unit.objects.filter(region=batch.region_id).values_list("code", flat=True))
    absent = known - {row.values["code"] for row in rows}
    notes = [f"系统中另有 {len(absent)} 个单位不在本文件内，保持不变"] if absent and known else []
    return Checked(wrong, notes)


def _wrong_years(row: Row) -> list[Wrong]:
    since, until = row.values["since_year"], row.values["until_year"]
    wrong = [
        Wrong(row, column, "应为四位年份（2000 至 2100），没有可留空")
        for column, year in (("since_year", since), ("until_year", until))
        if year is not None and not 2000 <= year <= 2100
    ]
    if not wrong and since is not None and until is not None and until < since:
        wrong.append(Wrong(row, "until_year", f"早于起始年度 {since}，请核对"))
    wrong += [
        Wrong(row, column, "人数不能为负") for column in ("posts", "staff") if (row.values[column] or 0) < 0
    ]
    return wrong


def publish_units(person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """Adds what is new and changes what differs; what the file leaves empty stays as it was."""
    region = batch.region
    departments = _departments(person, region, rows)
    known = {unit.code: unit for unit in Unit.objects.filter(region=region)}
    new, changed, drafts = [], [], []
    for row in rows:
        values = row.values
        fields: dict[str, Any] = {
            "name": values["name"],
            "department": departments[values["department_code"]],
        }
        fields |= {
            name: values[name]
            for name in ("posts", "staff", "since_year", "until_year")
            if values[name] is not None
        }
        unit = known.get(values["code"])
        if unit is None:
            new.append(Unit(region=region, code=values["code"], **fields))
            continue
        before = {name: getattr(unit, name) for name in fields if getattr(unit, name) != fields[name]}
        if before:
            for name in before:
                setattr(unit, name, fields[name])
            changed.append(unit)
            after = {name: fields[name] for name in before}
            drafts.append(log.LogDraft(action="修改单位", subject=unit, before=before, after=after))
    Unit.objects.bulk_create(new, batch_size=500)
    names = ["name", "department", "posts", "staff", "since_year", "until_year"]
    Unit.objects.bulk_update(changed, names, batch_size=500)
    drafts += [
        log.LogDraft(action="新增单位", subject=unit, after={"代码": unit.code, "名称": unit.name})
        for unit in new
    ]
    log.record_many(person, drafts)
    same = len(rows) - len(new) - len(changed)
    return Published({"新增": len(new), "修改": len(changed), "无变化": same})


def _departments(person: Person, region: Region, rows: Sequence[Row]) -> dict[str, Department]:
    divisions = {division.name: division for division in Division.objects.filter(region=region)}
    codes = {division.code for division in divisions.values()}
    departments = {found.code: found for found in Department.objects.filter(region=region)}
    for row in rows:
        values = row.values
        name = values["division_name"]
        if name not in divisions:
            code = values["division_code"] or ""
            if not code or code in codes:
                code = next(f"{n:02}" for n in range(1, 1000) if f"{n:02}" not in codes)
            codes.add(code)
            divisions[name] = Division.objects.create(region=region, code=code[:10], name=name)
            log.record(person, "新增业务股室", divisions[name], after={"代码": code})
        wanted = {"name": values["department_name"], "division": divisions[name]}
        found = departments.get(values["department_code"])
        if found is None:
            found = Department.objects.create(region=region, code=values["department_code"], **wanted)
            departments[found.code] = found
            log.record(person, "新增主管部门", found, after={"代码": found.code})
        elif (found.name, found.division_id) != (wanted["name"], divisions[name].pk):
            before = {"名称": found.name, "业务股室": str(found.division)}
            found.name, found.division = values["department_name"], divisions[name]
            found.save(update_fields=["name", "division"])
            log.record(
                person, "修改主管部门", found, before=before, after={"名称": found.name, "业务股室": name}
            )
    return departments


# ── 人员 ──────────────────────────────────────────────────────────────────────────────────────────────


def check_people(batch: Batch, rows: Sequence[Row]) -> Checked:
    """Login names once each and free, and at the place that the role needs."""
    wrong = repeated(rows, "username", "登录名")
    names = [row.values["username"] for row in rows]
    taken = {found.username: found for found in Person.objects.filter(username__in=names)}
    places = _places(batch.region)
    for row in rows:
        found = taken.get(row.values["username"])
        if found is not None and found.region_id != batch.region_id:
            wrong.append(Wrong(row, "username", "已有人使用，请另取一个"))
        elif found is not None and found.pk == batch.person_id and found.role != ROLE_OF[row.values["role"]]:
            wrong.append(Wrong(row, "role", "不能改变自己的角色，请由另一位系统管理员办理"))
        lost = [
            Wrong(row, column, f"系统中没有这个{words}，请先导入单位或核对")
            for column, words in (
                ("division", "业务股室"),
                ("department", "主管部门代码"),
                ("unit", "单位代码"),
            )
            if row.values[column] and row.values[column] not in places[column]
        ]
        wrong += lost
        if lost:
            continue
        try:
            accounts.check_draft(_draft(row, places), batch.region)
        except ValidationError as refused:
            wrong += [Wrong(row, column, words[0]) for column, words in refused.message_dict.items()]
    return Checked(
        wrong, [f"{len(taken)} 人已在系统中，只更新姓名、角色、所在和电话，密码不变"] if taken else []
    )


def _places(region: Region) -> dict[str, dict[str, Any]]:
    return {
        "division": {found.name: found for found in Division.objects.filter(region=region)},
        "department": {found.code: found for found in Department.objects.filter(region=region)},
        "unit": {found.code: found for found in Unit.objects.filter(region=region)},
    }


def _draft(row: Row, places: dict[str, dict[str, Any]]) -> PersonDraft:
    values = row.values
    return PersonDraft(
        username=values["username"],
        name=values["name"],
        role=ROLE_OF[values["role"]],
        division=places["division"].get(values["division"]),
        department=places["department"].get(values["department"]),
        unit=places["unit"].get(values["unit"]),
        phone=(values["phone"] or "")[:30],
    )


def prepare_people(rows: Sequence[Row]) -> None:
    """Gives each row of a new person an initial password and its slow hash, before any lock is taken."""
    names = [row.values["username"] for row in rows]
    known = set(Person.objects.filter(username__in=names).values_list("username", flat=True))
    for row in rows:
        if row.values["username"] not in known:
            password = accounts.initial_password()
            row.values["password"], row.values["hash"] = password, make_password(password)


def publish_people(actor: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """Lets the new in, each with a random initial password in a list that is given out once."""
    places = _places(batch.region)
    known = {found.username: found for found in Person.objects.filter(region=batch.region)}
    new: list[tuple[Person, str]] = []
    changed, drafts = 0, []
    for row in rows:
        draft = _draft(row, places)
        fresh = accounts.person_of(draft, batch.region)
        found = known.get(draft.username)
        if found is None:
            fresh.password = row.values["hash"]
            new.append((fresh, row.values["password"]))
            continue
        before, after = accounts.placed(found), accounts.placed(fresh)
        if before != after:
            changed += 1
            found.name, found.role, found.phone = fresh.name, fresh.role, fresh.phone
            found.division, found.department, found.unit = fresh.division, fresh.department, fresh.unit
            found.save(update_fields=["name", "role", "phone", "division", "department", "unit"])
            drafts.append(log.LogDraft(action="修改人员", subject=found, before=before, after=after))
    Person.objects.bulk_create([fresh for fresh, _ in new], batch_size=500)
    drafts += [
        log.LogDraft(action="新增人员", subject=fresh, after=accounts.placed(fresh)) for fresh, _ in new
    ]
    log.record_many(actor, drafts)
    counts = {"新增": len(new), "修改": changed, "无变化": len(rows) - len(new) - changed}
    return Published(counts, download=_passwords(new), download_name="初始密码.xlsx" if new else "")


def _passwords(new: Sequence[tuple[Person, str]]) -> bytes:
    rows = [
        {
            "username": fresh.username,
            "name": fresh.name,
            "place": str(fresh.unit or fresh.department or fresh.division or Role(fresh.role).label),
            "password": password,
        }
        for fresh, password in new
    ]
    return tables.write(PASSWORD_COLUMNS, rows, "初始密码（首次登录须修改）") if rows else b""


UNITS = ImportKind(
    name="units",
    title="单位",
    action="import_units",
    columns=UNIT_COLUMNS,
    check=check_units,
    publish=publish_units,
    examples=(
        {
            "division_name": "教科文股",
            "department_code": "105",
            "department_name": "教育局",
            "code": "105002",
            "name": "第一中学",
            "posts": 210,
            "staff": 203,
        },
    ),
)
PEOPLE = ImportKind(
    name="people",
    title="人员",
    action="import_people",
    columns=PERSON_COLUMNS,
    check=check_people,
    publish=publish_people,
    prepare=prepare_people,
    examples=(
        {"username": "yizhong01", "name": "张三", "role": "单位填报人", "unit": "105002"},
        {"username": "jiaoyu01", "name": "李四", "role": "主管部门", "department": "105"},
    ),
)
