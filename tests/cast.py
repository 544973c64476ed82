"""The cast: the same invented district, offices, people and money in all tests that use the database.

Work year 2024: goals and monitoring of fiscal year 2024, self-evaluation of 2023. The windows stay open
until 2099, so that a verb which asks for today's date finds them open; `due_on` lies in 2024.

Two offices that must never see each other's papers: 教育局 (with 第一中学) and 卫生健康局 (the stranger's).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from jiheng.ledger.models import Entry, EntryKind
from jiheng.projects.models import BudgetKind, BudgetLine, Fund, Project, Stage, Window
from jiheng.units.models import Batch, BatchState, Department, Division, Person, Region, Role, Unit

REGION_CODE = "430299000"
PASSWORD = "tianheng-2024"  # everybody's
WHEN = datetime(2024, 1, 8, 1, 0, tzinfo=UTC)
ALWAYS = date(2099, 12, 31)


@dataclass(frozen=True)
class Cast:
    region: Region
    batch: Batch
    # divisions 业务股室
    culture: Division
    social: Division
    # departments 主管部门 and their units
    education: Department
    health: Department
    civil: Department
    education_bureau: Unit
    school: Unit
    health_bureau: Unit
    clinic: Unit
    civil_bureau: Unit
    # the bureau
    performance: Person  # 绩效股, contact of every education unit
    colleague: Person  # 绩效股, the second reviewer at once
    division: Person  # 教科文股
    other_division: Person  # 社会保障股
    budget: Person  # 预算股
    treasury: Person  # 国库股
    debt: Person  # 债务办
    admin: Person
    observer: Person  # 人大/审计, read-only
    congress: Person  # 人大, reads like the observer
    audit: Person  # 审计, likewise
    expert: Person  # 评审专家: sees what they are engaged for, no unit by role
    agency: Person  # 第三方机构, likewise
    # the offices
    department: Person  # 教育局 as 主管部门
    other_department: Person  # 卫生健康局 as 主管部门
    reporter: Person  # 第一中学
    reviewer: Person  # 第一中学
    bureau_reporter: Person  # 教育局本级
    stranger: Person  # 卫生健康局本级
    # funds: `building` has two projects; `meals` is the education bureau's; the others the stranger's side
    building: Fund
    meals: Fund
    clinics: Fund
    relief: Fund
    building_projects: tuple[Project, Project]
    # the calendar
    goal_window: Window
    monitoring_window: Window  # cumulative to June 2024
    evaluation_window: Window  # of fiscal year 2023

    @property
    def units(self) -> tuple[Unit, ...]:
        return (self.education_bureau, self.school, self.health_bureau, self.clinic, self.civil_bureau)

    @property
    def funds(self) -> tuple[Fund, ...]:
        return (self.building, self.meals, self.clinics, self.relief)

    @property
    def people(self) -> dict[str, Person]:
        """Everybody by the name of their field."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Person)}


def make_person(username: str, name: str, role: Role, **places: Any) -> Person:
    """An active person who has already chosen a password (`PASSWORD`)."""
    return Person.objects.create(
        username=username,
        name=name,
        role=role,
        password=places.pop("password", None) or make_password(PASSWORD),
        must_change_password=places.pop("must_change_password", False),
        **places,
    )


def make_fund(unit: Unit, code: str, name: str, *projects: str, **fields: Any) -> Fund:
    """A fund of a unit with one project of its own name, or with those named."""
    fund = Fund.objects.create(region_id=unit.region_id, unit=unit, code=code, name=name, **fields)
    Project.objects.bulk_create(
        Project(
            region_id=unit.region_id,
            unit=unit,
            fund=fund,
            code=f"43029924T{code}{number:03}",  # 区划6 + 年2 + 类别1 + 流水12
            name=title,
        )
        for number, title in enumerate(projects or (name,), start=1)
    )
    return fund


def make_budget(batch: Batch, fund: Fund, fiscal_year: int, kind: BudgetKind, amount: str) -> BudgetLine:
    """One budget decision of a fund, in yuan."""
    number = BudgetLine.objects.count() + 1
    return BudgetLine.objects.create(
        region_id=fund.region_id,
        fiscal_year=fiscal_year,
        unit=fund.unit,
        fund=fund,
        project=fund.projects.order_by("code").first(),
        kind=kind,
        amount=Decimal(amount),
        document=f"天衡财预〔{fiscal_year}〕{number}号",
        decided_on=date(fiscal_year, 7 if kind == BudgetKind.ADJUSTMENT else 1, 15),
        batch=batch,
        row=number,
        row_hash=f"cast-budget-{number}",
    )


def make_entry(
    batch: Batch, fund: Fund, dated: date, amount: str, kind: EntryKind = EntryKind.PAYMENT
) -> Entry:
    """One movement of a fund's money, in yuan (a refund is negative), in the fiscal year of its date."""
    number = Entry.objects.count() + 1
    return Entry.objects.create(
        region_id=fund.region_id,
        fiscal_year=dated.year,
        unit=fund.unit,
        fund=fund,
        project=fund.projects.order_by("code").first(),
        kind=kind,
        dated=dated,
        amount=Decimal(amount),
        voucher=f"ZF{dated:%Y%m%d}{number:04}",
        payee="天衡市恒信建筑工程有限公司",
        summary=fund.name,
        batch=batch,
        row=number,
        row_hash=f"cast-entry-{number}",
    )


def make_window(
    region: Region, stage: Stage, fiscal_year: int, opens_on: date, due_on: date, month: int = 0
) -> Window:
    """A window of work year 2024 that never closes."""
    return Window.objects.create(
        region=region,
        work_year=2024,
        stage=stage,
        fiscal_year=fiscal_year,
        month=month,
        opens_on=opens_on,
        due_on=due_on,
        closes_on=ALWAYS,
    )


def make_cast() -> Cast:
    """Everybody and everything above, stored. About 60 rows."""
    region = Region.objects.create(code=REGION_CODE, name="天衡区", bureau="天衡区财政局", is_demo=False)
    places = _make_places(region)
    people = _make_people(region, places)
    for key in ("education_bureau", "school"):
        places[key].contact = people["performance"]
        places[key].save()
    batch = Batch.objects.create(
        region=region,
        kind="payments",
        fiscal_year=2024,
        sha256="0" * 64,
        state=BatchState.PUBLISHED,
        at=WHEN,
        published_at=WHEN,
        person=people["treasury"],
    )
    funds = {
        "building": make_fund(
            places["school"], "105002001", "薄弱学校改造专项资金", "第一中学教学楼改造", "第一中学运动场改造"
        ),
        "meals": make_fund(
            places["education_bureau"], "105001001", "义务教育营养改善计划补助", is_livelihood=True
        ),
        "clinics": make_fund(places["clinic"], "361002001", "基层医疗卫生机构能力提升专项资金"),
        "relief": make_fund(places["civil_bureau"], "354001001", "困难群众救助补助资金", is_livelihood=True),
    }
    _make_money(batch, funds)
    first, second = funds["building"].projects.order_by("code")
    return Cast(
        region=region,
        batch=batch,
        building_projects=(first, second),
        goal_window=make_window(region, Stage.GOAL, 2024, date(2024, 1, 2), date(2024, 3, 29)),
        monitoring_window=make_window(region, Stage.MONITORING, 2024, date(2024, 7, 1), date(2024, 7, 31), 6),
        evaluation_window=make_window(region, Stage.EVALUATION, 2023, date(2024, 2, 1), date(2024, 4, 30)),
        **places,
        **people,
        **funds,
    )


def _make_places(region: Region) -> dict[str, Any]:
    culture = Division.objects.create(region=region, code="jkw", name="教科文股")
    social = Division.objects.create(region=region, code="sb", name="社会保障股")
    made: dict[str, Any] = {"culture": culture, "social": social}
    for key, division, code, name in (
        ("education", culture, "105", "教育局"),
        ("health", social, "361", "卫生健康局"),
        ("civil", social, "354", "民政局"),
    ):
        made[key] = Department.objects.create(region=region, division=division, code=code, name=name)
    for key, department, code, name, posts, staff in (
        ("education_bureau", "education", "105001", "教育局本级", 42, 40),
        ("school", "education", "105002", "第一中学", 210, 203),
        ("health_bureau", "health", "361001", "卫生健康局本级", 36, 35),
        ("clinic", "health", "361002", "学林街道社区卫生服务中心", 58, 55),
        ("civil_bureau", "civil", "354001", "民政局本级", 24, None),
    ):
        made[key] = Unit.objects.create(
            region=region, department=made[department], code=code, name=name, posts=posts, staff=staff
        )
    return made


def _make_people(region: Region, places: dict[str, Any]) -> dict[str, Person]:
    rows: tuple[tuple[str, str, Role, dict[str, Any]], ...] = (
        ("performance", "周衡", Role.PERFORMANCE, {}),
        ("colleague", "吴敏", Role.PERFORMANCE, {}),
        ("division", "何文", Role.DIVISION, {"division": places["culture"]}),
        ("other_division", "谢安", Role.DIVISION, {"division": places["social"]}),
        ("budget", "罗静", Role.BUDGET, {}),
        ("treasury", "邓立", Role.TREASURY, {}),
        ("debt", "彭涛", Role.DEBT, {}),
        ("admin", "管理员", Role.ADMIN, {}),
        ("observer", "易监", Role.OBSERVER, {}),
        ("congress", "任大", Role.CONGRESS, {}),
        ("audit", "沈计", Role.AUDIT, {}),
        ("expert", "祝评", Role.EXPERT, {}),
        ("agency", "闻第", Role.AGENCY, {}),
        ("department", "陈教", Role.DEPARTMENT, {"department": places["education"]}),
        ("other_department", "刘卫", Role.DEPARTMENT, {"department": places["health"]}),
        ("reporter", "张填", Role.REPORTER, {"unit": places["school"]}),
        ("reviewer", "李审", Role.REVIEWER, {"unit": places["school"]}),
        (
            "bureau_reporter",
            "王芳",
            Role.REPORTER,
            {"unit": places["education_bureau"]},
        ),
        (
            "stranger",
            "赵客",
            Role.REPORTER,
            {"unit": places["health_bureau"]},
        ),
    )
    hashed = make_password(PASSWORD)
    return {
        key: make_person(key, name, role, region=region, password=hashed, **where)
        for key, name, role, where in rows
    }


def _make_money(batch: Batch, funds: dict[str, Fund]) -> None:
    """`building` 2023 is the well-known line: 4,604 万元 spent of 4,754 万元; `relief` 2024 has no budget."""
    for name, fiscal_year, initial, adjustment in (
        ("building", 2023, "45000000.00", "2540000.00"),
        ("building", 2024, "30000000.00", ""),
        ("meals", 2023, "8000000.00", ""),
        ("meals", 2024, "8600000.00", "-600000.00"),
        ("clinics", 2023, "3000000.00", ""),
        ("clinics", 2024, "3200000.00", ""),
        ("relief", 2023, "12000000.00", ""),
    ):
        make_budget(batch, funds[name], fiscal_year, BudgetKind.INITIAL, initial)
        if adjustment:
            make_budget(batch, funds[name], fiscal_year, BudgetKind.ADJUSTMENT, adjustment)
    for name, dated, amount in (
        ("building", date(2023, 5, 10), "20000000.00"),
        ("building", date(2023, 11, 20), "26040000.00"),
        ("building", date(2024, 3, 12), "6000000.00"),
        ("building", date(2024, 6, 18), "4500000.00"),
        ("building", date(2024, 8, 9), "5000000.00"),
        ("meals", date(2023, 9, 1), "8000000.00"),
        ("meals", date(2024, 4, 2), "4100000.00"),
        ("clinics", date(2023, 10, 8), "1500000.00"),
        ("clinics", date(2024, 5, 21), "300000.00"),
        ("relief", date(2023, 12, 1), "11999999.99"),
    ):
        make_entry(batch, funds[name], dated, amount)
    make_entry(batch, funds["meals"], date(2024, 5, 6), "-100000.00", EntryKind.REFUND)
