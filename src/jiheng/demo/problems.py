"""The example district's problems: from `problems.yaml`, in every state, some overdue, some coming back."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from jiheng.demo import places
from jiheng.demo.places import BEIJING, District
from jiheng.documents.official import Paper
from jiheng.findings.likeness import recurs
from jiheng.findings.models import Check, Evidence, Notice, Problem, ProblemState, Reply, Verdict
from jiheng.findings.notices import notice_word
from jiheng.findings.registering import number
from jiheng.policy import on
from jiheng.units.models import LogEntry, Person, Unit, Upload

# what a step of the file leads to, how the log calls it
_JUDGED = {
    "return": (ProblemState.RETURNED, Verdict.RETURNED, "退回整改"),
    "verify": (ProblemState.VERIFIED, Verdict.VERIFIED, "复核整改情况"),
    "close": (ProblemState.CLOSED, Verdict.CLOSED, "问题销号"),
    "reopen": (ProblemState.REOPENED, Verdict.REOPENED, "重新打开问题"),
}


def find(district: District) -> None:
    """Writes the district's problems with notices, replies, files, checks and log."""
    rows = sorted(places.read("problems.yaml")["problems"], key=lambda row: row["found"])
    book = _Register(district)
    for row in rows:
        book.register(row)
    book.issue()
    for problem, row in book.rows:
        for step in row["steps"][1:]:
            book.move(problem, step)
        problem.save()
    LogEntry.objects.bulk_create(sorted(book.log, key=lambda entry: entry.at))


@dataclass
class _Register:
    """What has been written so far."""

    district: District
    rows: list[tuple[Problem, dict[str, Any]]] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    files: dict[str, Upload] = field(default_factory=dict)  # the same name is the same file

    def register(self, row: dict[str, Any]) -> None:
        unit = next(unit for unit in self.district.units if unit.code == row["unit"])
        funds = (fund for fund in self.district.funds if fund.unit_id == unit.pk and row["fund"] in fund.name)
        amount = row.get("amount")
        problem = Problem(
            region=self.district.region,
            unit=unit,
            fund=next(funds) if row["fund"] else None,
            fiscal_year=row["year"],
            source=row["source"],
            kind=row["kind"],
            title=row["title"],
            description=row["description"],
            requirement=row.get("requirement", ""),
            amount=None if amount is None else Decimal(amount),
            amount_missing=row.get("amount_missing", ""),
            found_on=row["found"],
            registered_by=self.district.people["jixiao"],
            registered_at=_at(row["found"], 9),
        )
        problem.recurs = recurs(problem)
        number(problem)
        problem.save()
        self._told(problem, "登记问题", row["found"], self.district.people["jixiao"], hour=9)
        self.rows.append((problem, row))

    def issue(self) -> None:
        """One notice for the problems of one unit on one day, as a bureau writes them."""
        together: dict[tuple[date, int, date], list[Problem]] = defaultdict(list)
        for problem, row in self.rows:
            if row["steps"]:
                together[row["steps"][0][0], problem.unit_id, row["due"]].append(problem)
        serials: dict[int, int] = defaultdict(int)
        for (day, _, due), problems in sorted(together.items(), key=lambda item: item[0]):
            serials[day.year] += 1
            self._notice(problems, day, due, serials[day.year])

    def _notice(self, problems: list[Problem], day: date, due: date, serial: int) -> None:
        unit, person = problems[0].unit, self.district.people["jixiao"]
        prefix = on(day, self.district.region.pk).text("problems.notice_prefix")
        notice = Notice(
            region=self.district.region,
            unit=unit,
            year=day.year,
            serial=serial,
            number=f"{prefix}〔{day.year}〕{serial}号",
            issued_by=person,
            issued_on=day,
            due_on=due,
        )
        name = f"整改通知书 {notice.number} {unit.name}.docx"
        notice.upload = self._kept(name, notice_word(notice, problems), day, person)
        notice.save()
        for problem in problems:
            problem.notice, problem.due_on, problem.issued_at = notice, due, _at(day, 10)
            problem.state = ProblemState.ISSUED
            self._told(problem, "下达整改通知书", day, person, notice.number)

    def move(self, problem: Problem, step: list[Any]) -> None:
        day, verb, said, *more = step
        problem.revision += 1
        if verb == "reply":
            self._reply(problem, day, said, more[0], more[1])
            return
        state, verdict, action = _JUDGED[verb]
        person = self.district.people["jixiao"]
        problem.state = state
        problem.closed_at = _at(day, 15) if state == ProblemState.CLOSED else None
        if verb == "reopen":
            problem.due_on = more[0]
        Check.objects.create(problem=problem, verdict=verdict, opinion=said, person=person, at=_at(day, 15))
        self._told(problem, action, day, person, said, hour=15)

    def _reply(
        self, problem: Problem, day: date, measures: str, result: str, papers: list[list[Any]]
    ) -> None:
        person = self.district.reporters[problem.unit_id]
        reply = Reply.objects.create(
            problem=problem, measures=measures, result=result, person=person, sent_at=_at(day, 14)
        )
        for name, kind, page, dated in papers:
            upload = self._paper(problem.unit, name, dated, day, person)
            Evidence.objects.create(
                problem=problem,
                reply=reply,
                upload=upload,
                sha256=upload.sha256,
                name=name,
                kind=kind,
                page=page,
                dated=dated,
                made_on=dated,
                person=person,
                at=_at(day, 13),
            )
        problem.state = ProblemState.REPLIED
        self._told(problem, "回复整改情况", day, person, hour=14)

    def _paper(self, unit: Unit, name: str, dated: date, day: date, person: Person) -> Upload:
        """A short paper of the example; asked for again under the same name, it is the same file."""
        if name not in self.files:
            paper = Paper(name, unit.name, dated)
            paper.title(name)
            paper.text("本文件为演示区的示例佐证材料，内容、单位和人员均为虚构。")
            paper.signature(unit.name, dated)
            self.files[name] = self._kept(f"{name}.docx", paper.save(), day, person)
        return self.files[name]

    def _kept(self, name: str, data: bytes, day: date, person: Person) -> Upload:
        sha256 = hashlib.sha256(data).hexdigest()
        upload = Upload(
            region_code=self.district.region.pk,
            name=name,
            sha256=sha256,
            size=len(data),
            person=person,
            at=_at(day, 10) + timedelta(minutes=5),
        )
        upload.file.save(f"{sha256[:16]}.docx", ContentFile(data), save=True)
        return upload

    def _told(
        self, problem: Problem, action: str, day: date, person: Person, reason: str = "", hour: int = 10
    ) -> None:
        self.log.append(
            LogEntry(
                at=_at(day, hour),
                person=person,
                person_name=person.name,
                role=person.role,
                region_code=self.district.region.pk,
                unit_name=problem.unit.name,
                action=action,
                subject="findings.problem",
                subject_id=str(problem.pk),
                subject_name=str(problem)[:240],
                after={"状态": problem.get_state_display()},
                reason=reason,
            )
        )


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), BEIJING)
