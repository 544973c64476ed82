"""The example district's evaluations in depth: 26 over three years, 8 of them in 2024 at every step."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from jiheng import policy as policies
from jiheng.demo import places
from jiheng.demo.places import District, moment
from jiheng.documents.official import Paper
from jiheng.figures import rounded
from jiheng.findings.models import Source
from jiheng.findings.problems import ClueDraft, propose_many
from jiheng.fiscal.candidates import facts_of
from jiheng.fiscal.models import (
    Citation,
    EvaluationState,
    Fault,
    Interview,
    KeyEvaluation,
    Proof,
    Questionnaire,
    Ruling,
    SchemeRow,
    UnitComment,
)
from jiheng.fiscal.picking import amount_of, as_kept
from jiheng.fiscal.report import report_word
from jiheng.fiscal.standing import as_json, computed, kind_of
from jiheng.panels.models import Engagement
from jiheng.policy import Policy
from jiheng.projects.models import Fund
from jiheng.scoring.measures import measured
from jiheng.scoring.ranking import ranked
from jiheng.scoring.schemes import SchemeLine, template
from jiheng.sheets import Missing, Quantity, plain
from jiheng.units.models import LogEntry, Person, Unit, Upload

NEWEST = 2024
ALWAYS = date(2099, 12, 31)  # as the calendar's windows: the example can be tried at any time
HUNDRED = Decimal(100)
# the two figures of a line that a formula decides, from the rate wanted (in %) and for a weight
PLANNED = {"arrival": "1000", "spent": "1000", "output": "120", "quality": "120", "saving": "1000"}


def evaluate(district: District) -> None:
    """Writes the evaluations with schemes, scores, papers, reviews, frozen results and log."""
    _Book(district, places.read("fiscal.yaml")).write()


@dataclass
class _Book:
    """What is written, year by year."""

    district: District
    data: dict[str, Any]
    log: list[LogEntry] = field(default_factory=list)
    papers: dict[str, Upload] = field(default_factory=dict)
    ranks: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)

    def write(self) -> None:
        for serial, row in enumerate(self.data["evaluations"]):
            year = row[0]
            before = sum(other[0] == year for other in self.data["evaluations"][:serial])
            self.one(row, before + 1)
        LogEntry.objects.bulk_create(sorted(self.log, key=lambda entry: entry.at))

    def one(self, row: list[Any], serial: int) -> None:
        year, code, name, from_year, to_year, state, rates, own, login = row
        unit = next(unit for unit in self.district.units if unit.code == code)
        fund = self.fund(unit, name) if name else None
        evaluation = KeyEvaluation.objects.create(
            region=self.district.region,
            kind="fiscal",
            year=year,
            serial=serial,
            unit=unit,
            fund=fund,
            from_year=from_year,
            to_year=to_year,
            amount=amount_of(unit, fund, range(from_year, to_year + 1)),
            span="ongoing",
            reason=self.data["reasons"][serial % 3],
            ranking=self.ranks_of(year).get(fund.pk, {}) if fund and year == NEWEST else {},
            picked_by=self.district.people["jixiao"],
            picked_at=_at(year, 3, 4 + serial),
        )
        self.told(evaluation, "选定重点评价", "jixiao", evaluation.picked_at, evaluation.reason)
        if state == EvaluationState.PLANNED:
            return
        evaluation.state = state  # stored once the result that it needs is there
        self.charge(evaluation, login)
        policy = policies.on(date(year, 9, 20), self.district.region.pk)
        rows = self.score(evaluation, rates, policy)
        self.prove(evaluation, rows)
        self.review(evaluation)
        if state == EvaluationState.CONFIRMED:
            self.confirm(evaluation, policy, own)
        evaluation.save()

    def fund(self, unit: Unit, name: str) -> Fund:
        return next(fund for fund in self.district.funds if fund.unit_id == unit.pk and name in fund.name)

    def ranks_of(self, year: int) -> dict[int, dict[str, Any]]:
        """The year's candidates as they stood, once a year."""
        if year not in self.ranks:
            policy = policies.on(date(year, 3, 1), self.district.region.pk)
            rows = ranked(facts_of(self.district.region, self.district.funds, year, policy), year, policy)
            self.ranks[year] = {row.key: as_kept(row, len(rows)) for row in rows}
        return self.ranks[year]

    def charge(self, evaluation: KeyEvaluation, login: str) -> None:
        scorer = self.district.people[login]
        evaluation.scorer, evaluation.organisation = scorer, self.data["firms"][login]
        is_open = evaluation.state in (EvaluationState.WORKING, EvaluationState.RETURNED)
        evaluation.due_on = ALWAYS if is_open else date(evaluation.year, 8, 31)
        evaluation.narrative = dict(self.data["texts"])
        Engagement.objects.create(
            region=self.district.region,
            person=scorer,
            organisation=evaluation.organisation,
            subject=f"fiscal:{evaluation.pk}",
            title=evaluation.title,
            unit=evaluation.unit,
            fund=evaluation.fund,
            since=date(evaluation.year, 4, 1),
            until=evaluation.due_on,
            made_by=self.district.people["jixiao"],
        )
        if scorer.engaged_until is None or scorer.engaged_until < evaluation.due_on:
            scorer.engaged_until = evaluation.due_on
            scorer.save(update_fields=["engaged_until"])
        self.told(evaluation, "布置重点评价", "jixiao", _at(evaluation.year, 4, 1), evaluation.organisation)

    def score(self, evaluation: KeyEvaluation, rates: list[int], policy: Policy) -> list[SchemeRow]:
        lines = template(kind_of(evaluation), "ongoing", policy)
        levels = list(dict.fromkeys(line.level1 for line in lines))
        rows = [
            _row(evaluation, line, (place, rates[levels.index(line.level1)]), policy)
            for place, line in enumerate(lines, start=1)
        ]
        return SchemeRow.objects.bulk_create(rows)

    def prove(self, evaluation: KeyEvaluation, rows: list[SchemeRow]) -> None:
        """Two files that prove the scored lines by turns; interviews and a questionnaire of the newest."""
        scorer, at = evaluation.scorer, _at(evaluation.year, 5, 20)
        assert scorer is not None
        names = ("资金支付和会计凭证汇编", "任务完成和验收资料汇编")
        proofs = [
            Proof.objects.create(
                evaluation=evaluation,
                upload=(held := self.paper(f"{evaluation.year}年{name}", scorer, at)),
                sha256=held.sha256,
                name=name,
                kind=kind,
                made_on=at.date(),
                person=scorer,
                at=at,
            )
            for name, kind in zip(names, ("会计凭证", "验收资料"), strict=True)
        ]
        Citation.objects.bulk_create(
            Citation(row=row, proof=proofs[place % 2], page=f"第{place + 1}—{place + 3}页")
            for place, row in enumerate(rows)
            if row.score is not None
        )
        if evaluation.year == NEWEST:
            self.asked(evaluation, rows, scorer)

    def asked(self, evaluation: KeyEvaluation, rows: list[SchemeRow], scorer: Person) -> None:
        Interview.objects.bulk_create(
            Interview(
                evaluation=evaluation,
                held_on=day,
                whom=whom,
                where=where,
                summary=summary,
                person=scorer,
                at=_at(day.year, day.month, day.day),
            )
            for day, whom, where, summary in self.data["interviews"]
        )
        Questionnaire.objects.create(
            evaluation=evaluation,
            audience="受益群众",
            row=next((row for row in rows if row.formula == "satisfaction"), None),
            issued=300,
            returned=282,
            valid=274,
            questions=self.data["questions"],
            person=scorer,
            at=_at(NEWEST, 5, 24),
        )
        for name, (kind, title, words, amount) in self.data["faults"].items():
            if name in evaluation.title:
                Fault.objects.create(
                    evaluation=evaluation,
                    kind=kind,
                    title=title,
                    description=words,
                    amount=Decimal(amount) if amount else None,
                    person=scorer,
                )

    def review(self, evaluation: KeyEvaluation) -> None:
        if evaluation.state in (EvaluationState.WORKING, EvaluationState.PLANNED):
            return
        scorer = evaluation.scorer
        assert scorer is not None
        self.told(evaluation, "提交评价结果", scorer.username, _at(evaluation.year, 8, 26))
        if evaluation.state == EvaluationState.FIRST:
            return
        division = self.district.division_people[evaluation.unit.department.division_id]
        at, words = _at(evaluation.year, 9, 3), "资料齐全，打分有依据，同意提交复核"
        Ruling.objects.create(
            evaluation=evaluation, level="first", has_passed=True, opinion=words, person=division, at=at
        )
        self.told(evaluation, "评价初审通过", division.username, at, words)
        if evaluation.state == EvaluationState.SECOND:
            UnitComment.objects.create(
                evaluation=evaluation,
                text="随访人次按季度统计，建议按全年服务记录核实“实际完成率”的完成数。",
                person=self.district.reporters[evaluation.unit_id],
                at=_at(evaluation.year, 9, 10),
            )

    def confirm(self, evaluation: KeyEvaluation, policy: Policy, own: str) -> None:
        person, at = self.district.people["jixiao2"], _at(evaluation.year, 9, 20)
        standing = computed(evaluation, policy)
        Ruling.objects.create(
            evaluation=evaluation, level="second", has_passed=True, opinion="同意", person=person, at=at
        )
        evaluation.total, evaluation.grade = standing.total, standing.grade
        evaluation.self_score = Decimal(own) if own else standing.self_score
        kept = as_json(standing) | {
            "self_score": str(evaluation.self_score) if evaluation.self_score else None
        }
        evaluation.frozen = {"sheet": kept, "policy": {"date": str(policy.date), "version": policy.version}}
        evaluation.policy_date, evaluation.policy_version = policy.date, policy.version
        evaluation.confirmed_by, evaluation.confirmed_at = person, at
        self.told(evaluation, "确认评价结果", "jixiao2", at, "同意")
        if evaluation.year == NEWEST:
            name = f"评价报告 {evaluation.number} {evaluation.title}.docx"
            evaluation.report = self.kept(name, report_word(evaluation), person, at)
            propose_many(Source.EVALUATION, [_clue(evaluation, fault) for fault in evaluation.faults.all()])

    def paper(self, name: str, person: Person, at: datetime) -> Upload:
        """A short paper of the example; asked for again under the same name, it is the same file."""
        if name not in self.papers:
            paper = Paper(name, person.name, at.date())
            paper.title(name)
            paper.text("本材料为演示区的示例，内容为虚构。")
            self.papers[name] = self.kept(f"{name}.docx", paper.save(), person, at)
        return self.papers[name]

    def kept(self, name: str, data: bytes, person: Person, at: datetime) -> Upload:
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

    def told(
        self, evaluation: KeyEvaluation, action: str, login: str, at: datetime, reason: str = ""
    ) -> None:
        person = next(one for one in self.district.people.values() if one.username == login)
        self.log.append(
            LogEntry(
                at=at,
                person=person,
                person_name=person.name,
                role=person.role,
                region_code=self.district.region.pk,
                unit_name=evaluation.unit.name,
                action=action,
                subject="fiscal.keyevaluation",
                subject_id=str(evaluation.pk),
                subject_name=str(evaluation),
                reason=reason,
            )
        )


def _row(evaluation: KeyEvaluation, line: SchemeLine, about: tuple[int, int], policy: Policy) -> SchemeRow:
    """A line scored at about the rate wanted (0: not scored yet); a formula's figures are made to fit."""
    place, rate = about
    row = SchemeRow(
        evaluation=evaluation,
        key=line.key,
        place=place,
        level1=line.level1,
        level2=line.level2,
        level3=line.level3,
        weight=line.weight,
        standard=line.standard,
        formula=line.formula,
        wanted=line.evidence,
    )
    if not rate:
        return row
    share = min(rate + place % 5 - 2, 100)  # lines differ a little from one another
    planned = PLANNED.get(line.formula)
    if planned is not None:
        wanted = Decimal(planned) * (200 - share if line.formula == "saving" else share) / HUNDRED
        row.first, row.second = plain(rounded(wanted, 0)), planned
        found = measured(line.formula, Quantity.of(row.first), Quantity.of(row.second), line.weight, policy)
        assert not isinstance(found.score, Missing)
        row.score, row.step = found.score, found.step
    else:
        row.score = rounded(line.weight * share / HUNDRED, 1)
        row.step = f"评定 {plain(row.score)}"
    if row.score < line.weight:
        row.basis = "抽查发现个别环节不到位，按评分标准扣分"
    row.scored_by, row.scored_at = evaluation.scorer, _at(evaluation.year, 6, 28)
    return row


def _clue(evaluation: KeyEvaluation, fault: Fault) -> ClueDraft:
    return ClueDraft(
        origin=f"fiscal:{evaluation.pk}:{fault.pk}",
        kind=fault.kind,
        title=fault.title,
        description=f"{evaluation.years}重点评价（{evaluation.number}）发现：{fault.description}",
        unit=evaluation.unit,
        fund=evaluation.fund,
        fiscal_year=evaluation.to_year,
        amount=fault.amount,
    )


def _at(year: int, month: int, day: int) -> datetime:
    return moment(year, month, 1) + timedelta(days=day - 1)
