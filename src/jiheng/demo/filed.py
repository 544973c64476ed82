"""Forms on their way: filings with versions, steps, remarks and log entries, written in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from jiheng.demo.places import District
from jiheng.filings.models import Desk, Filing, Remark, State, Step, Version, state_in_words
from jiheng.filings.moves import fingerprint
from jiheng.projects.models import Fund
from jiheng.sheets import Form, Sheet, to_json
from jiheng.units.models import LogEntry, Person, Unit

ROUTE = (Desk.UNIT, Desk.DEPARTMENT, Desk.DIVISION, Desk.PERFORMANCE)
MONITORING_ROUTE = (Desk.UNIT, Desk.DEPARTMENT, Desk.PERFORMANCE)


@dataclass
class Plan:
    """How far one form has come, and when it was handed in."""

    form: Form
    unit: Unit
    fund: Fund | None
    year: int
    sheet: Sheet
    submitted: datetime | None  # None: still a draft
    stands: Desk | None  # the desk it stands at; None: approved (or a draft)
    month: int = 0
    amount: Decimal | None = None
    returned: tuple[str, str, str] | None = None  # field, label, opinion
    errors: int = 0


@dataclass
class Shelf:
    """Everything to be written, in the order it must be written."""

    district: District
    filings: list[Filing] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    approvals: list[tuple[Filing, Version]] = field(default_factory=list)

    def put(self, plan: Plan) -> Filing:
        """Adds one form with its history; `write` stores them all."""
        data = to_json(plan.sheet)
        reporter = self.district.reporters[plan.unit.pk]
        filing = Filing(
            region=self.district.region,
            form=plan.form,
            fiscal_year=plan.year,
            month=plan.month,
            unit=plan.unit,
            fund=plan.fund,
            sheet=data,
            amount=plan.amount,
            updated_by=reporter,
            submitted_at=plan.submitted,
            errors=plan.errors,
        )
        self.filings.append(filing)
        if plan.submitted is not None:
            self._walk(filing, plan, reporter)
        return filing

    def _walk(self, filing: Filing, plan: Plan, reporter: Person) -> None:
        at = plan.submitted
        assert at is not None
        route: tuple[Desk, ...] = MONITORING_ROUTE if plan.form is Form.MONITORING else ROUTE
        if plan.unit.pk not in self.district.reviewers:
            route = route[1:]
        self._step(
            filing,
            at,
            reporter,
            "报送",
            Desk.REPORTER,
            route[0],
            State.IN_REVIEW,
            self._version(filing, "报送", reporter, at),
        )
        for place, desk in enumerate(route):
            filing.state, filing.desk, filing.arrived_at = State.IN_REVIEW, desk, at
            filing.revision += 1
            dice = self.district.random
            at = (at + timedelta(days=dice.randint(1, 3))).replace(hour=dice.randint(9, 16))
            person = self._holder(plan.unit, desk)
            if plan.stands == desk:
                if plan.returned:
                    self._return(filing, at, person, desk, plan.returned)
                return
            if place + 1 < len(route):
                self._step(filing, at, person, "通过", desk, route[place + 1], State.IN_REVIEW, None)
        version = self._version(filing, "批复", person, at)
        self._step(filing, at, person, "批复", route[-1], "", State.APPROVED, version)
        filing.desk, filing.approved_at, filing.arrived_at = "", at, at
        filing.revision += 1
        self.approvals.append((filing, version))

    def _return(
        self, filing: Filing, at: datetime, person: Person, desk: Desk, opinion: tuple[str, str, str]
    ) -> None:
        name, label, text = opinion
        filing.state, filing.desk, filing.returned_by, filing.arrived_at = (
            State.RETURNED,
            Desk.REPORTER,
            [desk],
            at,
        )
        filing.revision += 1
        self.remarks.append(
            Remark(filing=filing, field=name, label=label, text=text, desk=desk, person=person, at=at)
        )
        self._step(filing, at, person, "退回", desk, Desk.REPORTER, State.RETURNED, None, text)

    def _holder(self, unit: Unit, desk: Desk) -> Person:
        people = self.district
        if desk is Desk.UNIT:
            return people.reviewers[unit.pk]
        if desk is Desk.DEPARTMENT:
            return people.department_people[unit.department_id]
        if desk is Desk.DIVISION:
            return people.division_people[unit.department.division_id]
        return people.people["jixiao"]

    def _version(self, filing: Filing, cause: str, person: Person, at: datetime) -> Version:
        number = sum(1 for version in self.versions[-3:] if version.filing is filing) + 1
        version = Version(
            filing=filing,
            number=number,
            cause=cause,
            sheet=filing.sheet,
            person=person,
            at=at,
            sha256=fingerprint(filing.sheet),
        )
        self.versions.append(version)
        return version

    def _step(
        self,
        filing: Filing,
        at: datetime,
        person: Person,
        action: str,
        source: str,
        target: str,
        state: str,
        version: Version | None,
        reason: str = "",
    ) -> None:
        self.steps.append(
            Step(
                filing=filing,
                region=self.district.region,
                at=at,
                person=person,
                action=action,
                from_desk=source,
                to_desk=target,
                state=state,
                version=version,
                reason=reason,
            )
        )
        self.log.append(
            LogEntry(
                at=at,
                person=person,
                person_name=person.name,
                role=person.role,
                region_code=self.district.region.pk,
                unit_name=filing.unit.name,
                action="审核通过" if action == "通过" else action,
                subject="filings.filing",
                subject_name=str(filing)[:240],
                before={"环节": Desk(source).label},
                after={
                    "状态": state_in_words(state, filing.form),
                    "环节": Desk(target).label if target else "",
                },
                reason=reason,
            )
        )
        self.log[-1].filing = filing  # type: ignore[attr-defined]  # its number is known only when it is stored

    def write(self) -> None:
        """Stores everything, children after parents."""
        _store(Filing, self.filings)
        _store(Version, with_parent(self.versions))
        for step in self.steps:
            step.version = step.version
        _store(Step, with_parent(self.steps))
        _store(Remark, with_parent(self.remarks))
        # a form is stored before its versions: only then can it name the approved one
        for filing, version in self.approvals:
            filing.approved, filing.state = version, State.APPROVED
        Filing.objects.bulk_update(
            [filing for filing, _ in self.approvals], ["approved", "state"], batch_size=500
        )
        for entry in self.log:
            entry.subject_id = str(entry.filing.pk)  # type: ignore[attr-defined]
        _store(LogEntry, self.log)


def with_parent(rows: Sequence[Any]) -> Sequence[Any]:
    """Django notes a parent's number when it is assigned: assign again now that the parent is stored."""
    for row in rows:
        row.filing = row.filing
    return rows


def _store(model: Any, rows: Sequence[Any]) -> None:
    model.objects.bulk_create(rows, batch_size=500)
