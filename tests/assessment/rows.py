"""Assessments of the cast: the school asks for a new canteen in 2025, at every step through the verbs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from tests.cast import Cast
from tests.panels.rows import second_expert
from tests.web import filed

from jiheng.assessment import alike, asking, judging
from jiheng.assessment.asking import FileDraft, OptionDraft
from jiheng.assessment.judging import Conclusion
from jiheng.assessment.models import AskKind, Assessment
from jiheng.filings.models import Filing
from jiheng.goals import workflow as goals
from jiheng.panels import rating
from jiheng.panels.convening import SeatDraft
from jiheng.panels.models import Panel, Seat
from jiheng.panels.rating import MarkDraft, SheetDraft
from jiheng.projects.models import Fund
from jiheng.projects.proposing import Proposal, propose
from jiheng.sheets import Amount, ProjectGoalSheet
from jiheng.units.models import Person

YEAR = 2025
NAME = "学生食堂新建项目"
TEXTS = {
    "basis": "区委常委会会议纪要〔2024〕8号明确建设。",
    "need": "现有食堂只能容纳三百人，在校生一千二百人分四批就餐。",
    "content": "新建学生食堂一栋，建筑面积2000平方米。",
    "plan": "2025年3月开工，8月竣工，9月投入使用。",
    "costing": "按每平方米2800元测算，共560万元。",
    "sources": "区级一般公共预算安排，不举债。",
}
OPTIONS = (
    OptionDraft(
        name="新建框架结构食堂",
        amount=Decimal("5600000"),
        quantity=Decimal("2000"),
        measure="平方米",
        note="一次到位",
        is_chosen=True,
    ),
    OptionDraft(name="改造旧仓库", amount=Decimal("3300000"), quantity=Decimal("1100"), measure="平方米"),
)


def fund_of(cast: Cast) -> Fund:
    alike.forget()
    known = Fund.objects.filter(name=NAME).first()
    wanted = Proposal(name=NAME, since_year=YEAR, until_year=2026, description="新建学生食堂")
    return known or propose(cast.reporter, cast.school, wanted)


def started(cast: Cast) -> Assessment:
    return asking.start(cast.reporter, fund_of(cast), YEAR, AskKind.NEW)


def goal(cast: Cast) -> Filing:
    """The goal form of the same fund and year, with indicators."""
    filing = goals.start(cast.reporter, unit=cast.school, fund=fund_of(cast), fiscal_year=YEAR)
    sheet = filing.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    money = Amount.wan("560")
    sheet = replace(
        sheet,
        funding=replace(sheet.funding, annual_total=money, annual_fiscal=money, annual_other=Amount.wan("0")),
        annual_goal="建成学生食堂一栋，解决一千二百名学生分批就餐问题，竣工验收全部合格。",
        indicators=filed.indicators(),
        period="2025年",
        leader="张填",
        phone="0399-2123456",
    )
    return goals.save_draft(cast.reporter, filing, sheet, filing.revision)


def file(**changes: object) -> FileDraft:
    draft = FileDraft(
        amount=Decimal("5600000"),
        whole_amount=Decimal("5600000"),
        until_year=2026,
        texts=TEXTS,
        options=OPTIONS,
    )
    return replace(draft, **changes)  # type: ignore[arg-type]


def filled(cast: Cast) -> Assessment:
    made = started(cast)
    return asking.save_draft(cast.reporter, made, made.revision, file())


def submitted(cast: Cast) -> Assessment:
    goal(cast)
    made = filled(cast)
    return asking.submit(cast.reporter, made, made.revision)


def experts(cast: Cast) -> list[Person]:
    return [cast.expert, second_expert(cast)]


def assigned(cast: Cast) -> Assessment:
    made = submitted(cast)
    seats = [SeatDraft(person=person) for person in experts(cast)]
    due = timezone.localdate() + timedelta(days=7)
    return judging.assign(cast.performance, made, made.revision, seats, due)


def score(panel: Panel, person: Person, points: str) -> Seat:
    """Seals a sheet with the same points on every line."""
    seat = Seat.objects.select_related("panel__unit").get(panel=panel, person=person)
    marks = [
        MarkDraft(code=line.code, score=Decimal(points), reason="见评审记录", evidence="申请书第3页")
        for line in panel.lines.all()
    ]
    seat = rating.save_draft(person, seat, seat.revision, SheetDraft(marks=marks, opinion="总体可行"))
    return rating.seal(person, seat, seat.revision)


def scored(cast: Cast, points: str = "4.5") -> Assessment:
    made = assigned(cast)
    assert made.panel is not None
    for person in experts(cast):
        score(made.panel, person, points)
    return Assessment.objects.select_related("unit", "fund", "panel", "region").get(pk=made.pk)


def concluded(cast: Cast, verdict: str = "支持", points: str = "4.5") -> Assessment:
    made = scored(cast, points)
    said = Conclusion(verdict=verdict, reason="专家评分一致，符合规划和财力", advice="落实管护经费")
    return judging.conclude(cast.performance, made, made.revision, said)
