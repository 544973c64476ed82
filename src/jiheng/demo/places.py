"""The district itself: departments, 121 units, their people, 312 funds with projects and budgets."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.contrib.auth.hashers import make_password

from jiheng.projects.models import BudgetKind, BudgetLine, Fund, FundType, Project, Window
from jiheng.units.models import Batch, BatchState, Department, Division, Person, Region, Role, Unit

PASSWORD = "tianheng-2024"
FUNDS = 312
YEARS = (2021, 2022, 2023, 2024, 2025)
BEIJING = ZoneInfo("Asia/Shanghai")
# departments whose units give all their projects full marks: the watch list finds them
FLATTERERS = ("803", "806")
WAN = Decimal(10_000)

# who can be logged in as, for the lines that `make run` prints; the department and unit are in EXAMPLE below
LOGINS = (
    ("jixiao", "绩效股：全区目标、监控、自评，批量审核"),
    ("jiaokewen", "教科文股：本股室归口单位的初审"),
    ("yusuan", "预算股：预算指标导入"),
    ("guoku", "国库股：支付数据导入"),
    ("zhaiwu", "债务办"),
    ("jiaoyuju", "区教育局（主管部门）：审核所属单位"),
    ("yizhong", "天衡区第一中学：填报人"),
    ("yizhong2", "天衡区第一中学：审核人"),
    ("admin", "系统管理员：人员、单位、日志"),
    ("renda", "人大：全区可看，四评选题、评议、确认"),
    ("shenji", "审计：全区可看，四评审计核查"),
    ("zhuanjia", "评审专家：只看受托评审的项目"),
    ("jigou", "第三方机构：只看受托评价的项目"),
)
BUREAU = (
    ("jixiao", Role.PERFORMANCE),
    ("jixiao2", Role.PERFORMANCE),
    ("jixiao3", Role.PERFORMANCE),
    ("yusuan", Role.BUDGET),
    ("guoku", Role.TREASURY),
    ("zhaiwu", Role.DEBT),
    ("admin", Role.ADMIN),
    ("renda", Role.CONGRESS),
    ("shenji", Role.AUDIT),
)
# people from outside: experts, an agency, a reader
OUTSIDERS = (
    ("zhuanjia", "祝思远", Role.EXPERT),
    ("zhuanjia2", "向以宁", Role.EXPERT),
    ("zhuanjia3", "容清和", Role.EXPERT),
    ("jigou", "闻若谷", Role.AGENCY),
    ("jigou2", "阮知行", Role.AGENCY),
    ("guancha", "于观澜", Role.OBSERVER),
    ("renda2", "贺明远", Role.CONGRESS),  # deputies, and a second auditor: they score under 四评
    ("renda3", "成以公", Role.CONGRESS),
    ("shenji2", "简清源", Role.AUDIT),
)


@dataclass
class District:
    """What has been built so far, for the parts that build on it."""

    random: random.Random
    region: Region
    batch: Batch
    units: list[Unit] = field(default_factory=list)
    kinds: dict[int, str] = field(default_factory=dict)  # unit id → kind of office
    funds: list[Fund] = field(default_factory=list)
    sets: dict[int, str] = field(default_factory=dict)  # fund id → indicator set
    typical: dict[int, int] = field(default_factory=dict)  # fund id → budget in 万元
    people: dict[str, Person] = field(default_factory=dict)  # login → person
    reporters: dict[int, Person] = field(default_factory=dict)  # unit id → reporter
    reviewers: dict[int, Person] = field(default_factory=dict)
    department_people: dict[int, Person] = field(default_factory=dict)
    division_people: dict[int, Person] = field(default_factory=dict)
    budgets: dict[tuple[int, int], Decimal] = field(default_factory=dict)  # (fund id, year) → revised yuan
    others: dict[tuple[int, int], Decimal] = field(default_factory=dict)  # of that, the unit's own money
    basic: dict[tuple[int, int], Decimal] = field(default_factory=dict)  # (unit id, year) → yuan


def read(name: str) -> dict[str, Any]:
    """One of this room's own YAML files."""
    text = resources.files("jiheng.demo").joinpath(name).read_text("utf8")
    return yaml.safe_load(text)  # type: ignore[no-any-return]


def moment(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """A time of day in the district."""
    return datetime(year, month, day, hour, minute, tzinfo=BEIJING)


def found(seed: int) -> District:
    """Makes region, units, people, funds, budgets and calendar; everything follows from the seed."""
    data = read("district.yaml")
    region = Region.objects.create(is_demo=True, **data["region"])
    batch = Batch.objects.create(
        region=region,
        kind="demo",
        sha256=hashlib.sha256(f"demo {seed}".encode()).hexdigest(),
        state=BatchState.PUBLISHED,
        at=moment(2021, 1, 4),
        published_at=moment(2021, 1, 4),
    )
    # not a secret: the district is the same wherever it is built
    district = District(random.Random(seed), region, batch)
    _offices(district, data)
    _people(district, data["people"])
    _funds(district, data)
    _budgets(district)
    _calendar(region, data["calendar"])
    return district


def _offices(district: District, data: dict[str, Any]) -> None:
    region, dice = district.region, district.random
    divisions = {
        code: Division(region=region, code=code, name=name) for code, name in data["divisions"].items()
    }
    Division.objects.bulk_create(divisions.values())
    size = {"school": (46, 160), "clinic": (28, 90), "street": (48, 92), "health": (40, 150)}
    for code, (name, division, kind, more) in data["departments"].items():
        department = Department.objects.create(
            region=region, division=divisions[division], code=code, name=name
        )
        offices = [(name, kind)] + [(unit, sort) for sort, units in more.items() for unit in units]
        for number, (unit_name, sort) in enumerate(offices, 1):
            posts = dice.randint(*size.get(sort, (9, 44)))
            unit = Unit(
                region=region,
                department=department,
                code=f"{code}{number:03}",
                name=unit_name if number > 1 or not more else f"{unit_name}本级",
                posts=posts,
                staff=max(posts - dice.randint(-1, 6), 4),
            )
            district.units.append(unit)
    Unit.objects.bulk_create(district.units)
    kinds = [
        sort
        for (_, _, kind, more) in data["departments"].values()
        for sort in [kind] + [sort for sort, units in more.items() for _ in units]
    ]
    district.kinds = {unit.pk: kind for unit, kind in zip(district.units, kinds, strict=True)}


def _people(district: District, names: dict[str, Any]) -> None:
    region, dice = district.region, district.random
    password = make_password(PASSWORD, salt="tianhengdemo")  # one hash for all: 300 would take half a minute

    def person(username: str, role: str, **where: Any) -> Person:
        name = dice.choice(names["surnames"]) + dice.choice(names["given"])
        phone = f"0399-2{dice.randint(100000, 999999)}"
        new = Person(
            username=username,
            name=name,
            role=role,
            region=region,
            phone=phone,
            must_change_password=False,
            **where,
        )
        new.password = password
        district.people[username] = new
        return new

    for username, role in BUREAU:
        person(username, role)
    for username, name, role in OUTSIDERS:  # named without dice: the rest of the district stays as it was
        district.people[username] = Person(
            username=username, name=name, role=role, region=region, must_change_password=False
        )
        district.people[username].password = password
    for division in Division.objects.filter(region=region).order_by("code"):
        username = "jiaokewen" if division.code == "02" else f"gushi{division.code}"
        district.division_people[division.pk] = person(username, Role.DIVISION, division=division)
    for department in Department.objects.filter(region=region).order_by("code"):
        username = "jiaoyuju" if department.code == "201" else f"bm{department.code}"
        district.department_people[department.pk] = person(username, Role.DEPARTMENT, department=department)
    for unit in district.units:
        named = unit.name == "天衡区第一中学"
        district.reporters[unit.pk] = person(
            "yizhong" if named else f"dw{unit.code}", Role.REPORTER, unit=unit
        )
        if named or dice.random() < 0.8:  # small offices have nobody else to review
            username = "yizhong2" if named else f"sh{unit.code}"
            district.reviewers[unit.pk] = person(username, Role.REVIEWER, unit=unit)
    Person.objects.bulk_create(district.people.values())
    contacts = [district.people[name] for name in ("jixiao", "jixiao2", "jixiao3")]
    for place, unit in enumerate(district.units):
        unit.contact = contacts[place % 3]
    Unit.objects.bulk_update(district.units, ["contact"])


def _funds(district: District, data: dict[str, Any]) -> None:
    wanted = [(unit, spec) for unit in district.units for spec in data["funds"][district.kinds[unit.pk]]]
    offices = [unit for unit in district.units if district.kinds[unit.pk] == "office"]
    place = 0
    while len(wanted) < FUNDS:
        wanted.append((offices[place % len(offices)], data["more_funds"][place % len(data["more_funds"])]))
        place += 1
    wanted = sorted(wanted[:FUNDS], key=lambda pair: pair[0].code)
    dice = district.random
    specs = []
    for number, (unit, spec) in enumerate(wanted, 1):
        name, kind, typical, function, livelihood = spec
        since = dice.choice([2015, 2018, 2020, 2021]) if dice.random() < 0.94 else 2022
        district.funds.append(
            Fund(
                region=district.region,
                unit=unit,
                code=f"430299{since % 100:02}T{number:012}",
                name=f"{unit.name.removesuffix('本级')}{name}",
                attribute="延续",
                period=f"{since}—2026年",
                description=f"用于{unit.name.removesuffix('本级')}{name.removesuffix('专项')}工作",
                function_code=function,
                is_livelihood=livelihood,
                since_year=since,
            )
        )
        share = {"office": 10, "school": 10, "clinic": 10, "street": 10}.get(district.kinds[unit.pk], 10)
        specs.append((kind, max(typical * dice.randint(share * 6, share * 14) // (share * 10), 6)))
    Fund.objects.bulk_create(district.funds)
    for fund, (kind, typical) in zip(district.funds, specs, strict=True):
        district.sets[fund.pk], district.typical[fund.pk] = kind, typical
    projects = []
    for fund in district.funds:
        parts = dice.choice([2, 2, 3, 4]) if dice.random() < 0.2 else 1
        for part in range(1, parts + 1):
            projects.append(
                Project(
                    fund=fund,
                    unit=fund.unit,
                    region=district.region,
                    code=fund.code if parts == 1 else f"{fund.code[:-4]}{part}{fund.code[-3:]}",
                    name=fund.name if parts == 1 else f"{fund.name}（{'一二三四'[part - 1]}期）",
                    since_year=fund.since_year,
                )
            )
    Project.objects.bulk_create(projects)


def _budgets(district: District) -> None:
    """年初 for every fund and unit, 结转 and 调整 for some; two funds a year were never given a budget."""
    dice, lines = district.random, []
    row = 0

    def line(year: int, kind: str, wan: Decimal, day: date, **where: Any) -> None:
        nonlocal row
        row += 1
        digest = hashlib.sha256(f"{year}|{kind}|{row}".encode()).hexdigest()
        lines.append(
            BudgetLine(
                region=district.region,
                fiscal_year=year,
                kind=kind,
                amount=wan * WAN,
                typed=str(wan),
                document=f"天衡财预〔{year}〕{row % 90 + 1}号",
                decided_on=day,
                batch=district.batch,
                row=row,
                row_hash=digest,
                **where,
            )
        )

    for year in YEARS:
        forgotten = {fund.pk for fund in dice.sample(district.funds, 2)} if year < 2023 else set()
        for fund in district.funds:
            if fund.since_year > year or fund.pk in forgotten:
                continue
            kind = FundType.GOVERNMENT_FUND if district.sets[fund.pk] == "housing" else FundType.GENERAL
            wan = (
                Decimal(district.typical[fund.pk] * dice.randint(88, 114)).scaleb(-2).quantize(Decimal("0.1"))
            )
            where = {"fund": fund, "unit": fund.unit, "fund_type": kind}
            line(year, BudgetKind.INITIAL, wan, date(year, 2, 18), **where)
            revised = wan
            if year < 2025 and dice.random() < 0.1:
                carried = (wan * dice.randint(3, 12) / 100).quantize(Decimal("0.01"))
                line(year, BudgetKind.CARRYOVER, carried, date(year, 2, 18), **where)
                revised += carried
            if year < 2025 and dice.random() < 0.18:
                change = (wan * dice.choice([-20, -10, -8, 5, 12, 25]) / 100).quantize(Decimal("0.01"))
                line(year, BudgetKind.ADJUSTMENT, change, date(year, dice.randint(6, 10), 15), **where)
                revised += change
            if dice.random() < 0.06:
                other = (wan * dice.randint(5, 20) / 100).quantize(Decimal("0.1"))
                line(
                    year,
                    BudgetKind.INITIAL,
                    other,
                    date(year, 2, 18),
                    **(where | {"fund_type": FundType.UNIT_FUND}),
                )
                revised += other
                district.others[fund.pk, year] = other * WAN
            district.budgets[fund.pk, year] = revised * WAN
        for unit in district.units:
            wan = Decimal((unit.staff or 10) * dice.randint(1080, 1560)).scaleb(-2).quantize(Decimal("0.01"))
            line(year, BudgetKind.INITIAL, wan, date(year, 2, 18), unit=unit)
            district.basic[unit.pk, year] = wan * WAN
    BudgetLine.objects.bulk_create(lines, batch_size=2000)


def _calendar(region: Region, windows: list[list[Any]]) -> None:
    """The work years 2023 and 2024. Windows stay open in the example, so that it can be tried at any time."""
    for work_year, stage, fiscal_year, month, opens, due, closes, note in windows:
        Window.objects.create(
            region=region,
            work_year=work_year,
            stage=stage,
            fiscal_year=fiscal_year,
            month=month,
            opens_on=opens,
            due_on=due,
            closes_on=closes,
            note=note,
        )
