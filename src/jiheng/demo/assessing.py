"""The example district's ex-ante assessments: from `assessments.yaml`, in every state, with sealed sheets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from jiheng.assessment import judging
from jiheng.assessment.models import AskKind, Assessment, AssessmentState, Option
from jiheng.assessment.report import by_dimension, report_word
from jiheng.demo import places, writing
from jiheng.demo.filed import Plan, Shelf
from jiheng.demo.places import District, moment
from jiheng.filings.models import Desk
from jiheng.panels.models import (
    Engagement,
    Mark,
    Panel,
    PanelKind,
    PanelLine,
    PanelState,
    Seat,
    SeatState,
)
from jiheng.panels.opened import opened
from jiheng.panels.sealing import digest_of
from jiheng.policy import Policy, on
from jiheng.projects import clearing
from jiheng.projects.budget import Budget
from jiheng.projects.clearing import Told
from jiheng.projects.models import ClearanceState, Fund, Project
from jiheng.scoring.assessing import IMPROVE, REFUSE, SUPPORT, verdict_of
from jiheng.sheets import Form, Taxonomy
from jiheng.units.models import LogEntry, Person, Unit, Upload

YEAR = 2025
WAN = Decimal(10_000)
ALWAYS = date(2099, 12, 31)  # the panels that are still out stay open, as the windows do
EXPERTS = ("zhuanjia", "zhuanjia2", "zhuanjia3")
VERDICTS = {"support": SUPPORT, "refuse": REFUSE, "improving": IMPROVE}
STATES = {
    "scored": AssessmentState.SCORING,
    "support": AssessmentState.CONCLUDED,
    "refuse": AssessmentState.CONCLUDED,
}
SETS = {
    "205": "building",
    "210": "health",
    "207": "culture",
    "214": "road",
    "213": "toilet",
    "216": "industry",
    "224": "safety",
}
PLAN = "分三步：一季度完成设计和采购，二、三季度实施，四季度验收并投入使用，由本单位分管负责人牵头。"
SOURCES = "全部申请区级一般公共预算，不举债；建成后的运行维护在本单位公用经费内安排。"


def assess(district: District) -> None:
    """Writes the funds that were proposed, their goal forms, assessments, panels and log."""
    shelf, book = Shelf(district), _Book(district)
    for number, row in enumerate(places.read("assessments.yaml")["assessments"], start=1):
        book.write(number, row, shelf)
    shelf.write()
    for assessment, row in book.concluded:
        book.conclude(assessment, row)
    LogEntry.objects.bulk_create(sorted(book.log, key=lambda entry: entry.at))
    people = [district.people[name] for name in EXPERTS]
    for person in people:
        person.engaged_until = ALWAYS
    Person.objects.bulk_update(people, ["engaged_until"])


@dataclass
class _Book:
    """What has been written so far."""

    district: District
    log: list[LogEntry] = field(default_factory=list)
    concluded: list[tuple[Assessment, dict[str, Any]]] = field(default_factory=list)
    serial: int = 0

    def write(self, number: int, row: dict[str, Any], shelf: Shelf) -> None:
        units = (unit for unit in self.district.units if unit.name.removesuffix("本级") == row["unit"])
        unit = next(units)
        fund = self._fund(number, row, unit)
        self._goal(row, fund, shelf)
        asked = self._day(row)
        state = row["state"]
        assessment = Assessment.objects.create(
            region=self.district.region,
            unit=unit,
            fund=fund,
            fiscal_year=YEAR,
            kind=AskKind(row["kind"]),
            state=STATES.get(state, state),
            amount=Decimal(row["amount"]) * WAN,
            whole_amount=Decimal(row.get("whole", row["amount"])) * WAN,
            until_year=row["until"],
            basis=row["basis"],
            need=row["need"],
            content=row["content"],
            plan="" if state == "draft" else PLAN,
            costing="；".join(_costing(option) for option in row["options"]),
            sources="" if state == "draft" else SOURCES,
            submitted_by=self.district.reporters[unit.pk] if asked else None,
            submitted_at=asked,
            return_reason=row.get("return", ""),
            **_placeholder(state, row),
        )
        Option.objects.bulk_create(
            _option(assessment, place, each) for place, each in enumerate(row["options"])
        )
        if asked is None:
            return
        reporter = self.district.reporters[unit.pk]
        self._told(assessment, "报送事前评估申请", asked, reporter)
        self._tell(assessment, ClearanceState.REQUIRED, "已申请，尚未结论")
        self._after(assessment, row, asked)

    def _after(self, assessment: Assessment, row: dict[str, Any], asked: datetime) -> None:
        bureau, state = self.district.people["jixiao"], row["state"]
        if state == "returned":
            self._told(assessment, "退回事前评估申请", asked + timedelta(days=2), bureau, row["return"])
        if state == "exempt":
            words = f"{row['ground']}：{row['reason']}"
            assessment.reason, assessment.concluded_by = words, bureau
            assessment.concluded_at = asked + timedelta(days=1)
            assessment.save()
            self._told(assessment, "免予事前评估", assessment.concluded_at, bureau, words)
            self._tell(assessment, ClearanceState.EXEMPT, words)
        if "scores" in row:
            self._convene(assessment, row, asked + timedelta(days=1))
        if state in VERDICTS:
            self.concluded.append((assessment, row))

    def _convene(self, assessment: Assessment, row: dict[str, Any], at: datetime) -> None:
        bureau = self.district.people["jixiao"]
        is_open = len(row["scores"]) == len(EXPERTS)
        due_on = (at + timedelta(days=10)).date() if is_open else ALWAYS
        panel = Panel.objects.create(
            region=self.district.region,
            kind=PanelKind.ASSESSMENT,
            subject=assessment.subject,
            title=str(assessment),
            fiscal_year=YEAR,
            unit=assessment.unit,
            fund=assessment.fund,
            due_on=due_on,
            least_sheets=3,
            convened_by=bureau,
            convened_role=bureau.role,
            convened_at=at,
        )
        scheme = judging.scheme(_policy(at))
        lines = PanelLine.objects.bulk_create(
            PanelLine(
                panel=panel,
                code=line.code,
                group=line.group,
                name=line.name,
                full=line.full,
                standard=line.standard,
                place=place,
            )
            for place, line in enumerate(scheme)
        )
        assessment.panel = panel
        assessment.save()
        self._told(assessment, "组织专家评审", at, bureau)
        for place, login in enumerate(EXPERTS):
            person = self.district.people[login]
            self._engage(person, panel, at)
            seat = Seat.objects.create(panel=panel, person=person, label=f"专家{'甲乙丙'[place]}")
            if place < len(row["scores"]):
                self._seal(seat, lines, row["scores"][place].split(), at + timedelta(days=3 + place))
        if is_open:
            panel.state, panel.opened_at = PanelState.OPENED, at + timedelta(days=5)
            panel.save()

    def _seal(self, seat: Seat, lines: list[PanelLine], points: list[str], at: datetime) -> None:
        Mark.objects.bulk_create(
            _mark(seat, line, points[place % len(points)]) for place, line in enumerate(lines)
        )
        seat.opinion = "项目总体符合规划，请单位按意见细化测算。"
        seat.total = sum((Decimal(points[place % len(points)]) for place in range(len(lines))), Decimal(0))
        # no secret in an example; elsewhere it is 128 random bits
        seat.salt = hashlib.sha256(f"demo {seat.pk}".encode()).hexdigest()[:32]
        seat.digest, seat.state, seat.sealed_at = digest_of(seat, seat.salt), SeatState.SEALED, at
        seat.save()
        words = {"席位": seat.label, "封存码": seat.digest}
        self._told(seat.panel, "封存评分", at, seat.person, after=words)

    def conclude(self, assessment: Assessment, row: dict[str, Any]) -> None:
        bureau, panel = self.district.people["jixiao"], assessment.panel
        assert panel is not None and panel.opened_at is not None
        at = panel.opened_at + timedelta(days=2)
        policy, found = _policy(at), opened(panel)
        vetoes = row.get("vetoes", [])
        rule = verdict_of(found.total, found.full, by_dimension(found), vetoes, policy)
        self.serial += 1
        assessment.vetoes, assessment.score, assessment.full = vetoes, found.total, found.full
        assessment.computed, assessment.steps = rule.verdict, list(rule.steps)
        assessment.verdict = VERDICTS[row["state"]]
        assessment.reason, assessment.advice = row["reason"], row["advice"]
        assessment.policy_date, assessment.policy_version = policy.date, policy.version
        assessment.concluded_by, assessment.concluded_at = bureau, at
        assessment.serial = self.serial
        number = judging.number_of(assessment)
        data = report_word(assessment, number)
        name = f"事前绩效评估报告 {number} {assessment.fund.name}.docx"
        assessment.report = self._kept(name, data, at, bureau)
        assessment.save()
        self._told(assessment, "作出评估结论", at, bureau, assessment.reason)
        self._tell(
            assessment,
            judging.NAMED_AFTER[assessment.verdict],
            f"{assessment.verdict}：{assessment.reason}",
        )
        if assessment.verdict == REFUSE:
            assessment.fund.until_year = assessment.fund.since_year - 1
            assessment.fund.save(update_fields=["until_year"])

    def _fund(self, number: int, row: dict[str, Any], unit: Unit) -> Fund:
        facts: dict[str, Any] = {
            "region": self.district.region,
            "unit": unit,
            "code": f"43029925T9{number:011}",
            "name": row["name"],
            "since_year": YEAR,
            "until_year": row["until"],
        }
        fund = Fund.objects.create(
            **facts,
            attribute="新增",
            period=f"{YEAR}—{row['until']}年",
            description=row["content"],
            function_code=row["function"],
        )
        Project.objects.create(**facts, fund=fund)
        self.district.sets[fund.pk] = SETS.get(row["function"][:3], "culture")
        return fund

    def _goal(self, row: dict[str, Any], fund: Fund, shelf: Shelf) -> None:
        amount = Decimal(row["amount"]) * WAN
        sheet = writing.project_goal(self.district, fund, YEAR, Taxonomy.Y2021, Budget(initial=amount))
        sheet = replace(sheet, annual_goal=f"{YEAR}年完成：{row['content']}{row['need']}通过实施得到缓解。")
        at = None if row["goal"] == "draft" else moment(2024, 11, 12)
        desk = None if at is None else Desk.PERFORMANCE
        shelf.put(Plan(Form.PROJECT_GOAL, fund.unit, fund, YEAR, sheet, at, desk, amount=amount))

    def _day(self, row: dict[str, Any]) -> datetime | None:
        if "day" not in row:
            return None
        month, day = row["day"].split("-")
        return moment(2024, int(month), int(day))

    def _engage(self, person: Person, panel: Panel, at: datetime) -> None:
        Engagement.objects.create(
            region=panel.region,
            person=person,
            subject=panel.subject,
            title=panel.title,
            unit=panel.unit,
            fund=panel.fund,
            since=at.date(),
            until=ALWAYS,
            made_by=panel.convened_by,
        )

    def _tell(self, assessment: Assessment, state: ClearanceState, reason: str) -> None:
        told = Told(
            fund=assessment.fund, fiscal_year=YEAR, state=state, reason=reason, origin=assessment.subject
        )
        clearing.tell(told)

    def _kept(self, name: str, data: bytes, at: datetime, person: Person) -> Upload:
        sha256 = hashlib.sha256(data).hexdigest()
        upload = Upload(
            region_code=self.district.region.pk,
            name=name,
            sha256=sha256,
            size=len(data),
            person=person,
            at=at,
        )
        upload.file.save(f"{sha256[:16]}.docx", ContentFile(data), save=True)
        return upload

    def _told(
        self,
        subject: Assessment | Panel,
        action: str,
        at: datetime,
        person: Person,
        reason: str = "",
        after: dict[str, str] | None = None,
    ) -> None:
        label = subject._meta.label_lower
        self.log.append(
            LogEntry(
                at=at,
                person=person,
                person_name=person.name,
                role=person.role,
                region_code=self.district.region.pk,
                unit_name=subject.unit.name,
                action=action,
                subject=label,
                subject_id=str(subject.pk),
                subject_name=str(subject)[:240],
                after=after or {},
                reason=reason,
            )
        )


def _policy(at: datetime) -> Policy:
    return on(at.date(), "430299000")


def _placeholder(state: str, row: dict[str, Any]) -> dict[str, str]:
    """What the database wants of a concluded one at once; the rest follows with the scores."""
    return {"verdict": VERDICTS[state], "reason": row["reason"]} if state in VERDICTS else {}


def _costing(option: list[Any]) -> str:
    name, wan, quantity, measure, *_ = option
    return f"{name}：{quantity}{measure}，共{wan}万元"


def _option(assessment: Assessment, place: int, row: list[Any]) -> Option:
    name, wan, quantity, measure, note, is_chosen = row
    return Option(
        assessment=assessment,
        name=name,
        amount=Decimal(wan) * WAN,
        quantity=Decimal(quantity),
        measure=measure,
        note=note,
        is_chosen=is_chosen,
        place=place,
    )


def _mark(seat: Seat, line: PanelLine, points: str) -> Mark:
    score = Decimal(points)
    reason = "" if score >= 4 else "材料说明不够，酌情扣分"
    evidence = "申请书和所附材料第2页" if score >= Decimal("4.5") else ""
    return Mark(seat=seat, line=line, score=score, reason=reason, evidence=evidence)
