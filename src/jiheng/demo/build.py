"""Builds the example district 天衡区: the same district from the same seed, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast

from django.db import transaction

from jiheng import policy
from jiheng.demo import (
    accounts,
    assessing,
    audits,
    disclosing,
    fiscal,
    payments,
    places,
    problems,
    replying,
    results,
    reviews,
    shelving,
    writing,
)
from jiheng.demo.filed import Plan, Shelf, with_parent
from jiheng.demo.places import LOGINS, PASSWORD, District, moment
from jiheng.demo.suspicions import suspect
from jiheng.evaluation.models import ReviewLine, Score
from jiheng.evaluation.prefill import fresh_sheet as evaluation_form
from jiheng.evaluation.scores import score_of, tell_library
from jiheng.figures import rounded
from jiheng.filings.models import Desk, Filing, Question
from jiheng.findings.models import Correction, CorrectionState
from jiheng.findings.proposals import proposed
from jiheng.monitoring.models import Reading
from jiheng.monitoring.prefill import Subject
from jiheng.monitoring.prefill import fresh_sheet as monitoring_form
from jiheng.monitoring.readings import reading_of
from jiheng.policy import Policy
from jiheng.projects import budget
from jiheng.projects.budget import Budget
from jiheng.projects.models import Fund
from jiheng.scoring import Scored, score
from jiheng.sheets import (
    NOT_REPORTED,
    EvaluationSheet,
    Form,
    GoalSheet,
    Light,
    Missing,
    MoneyProgress,
    MonitoringSheet,
    ProjectGoalSheet,
    Quantity,
    Taxonomy,
)
from jiheng.units.models import Region, Unit

__all__ = ["LOGINS", "PASSWORD", "SEED", "build", "exists"]
SEED = 2024


@dataclass(frozen=True, slots=True)
class Built:
    """What was built, for the line that is printed."""

    units: int
    funds: int
    entries: int
    filings: int


def exists() -> bool:
    """An example district stands in this database."""
    return Region.objects.filter(is_demo=True).exists()


@transaction.atomic
def build(seed: int = SEED) -> Built:
    """Builds the whole district or nothing. Raises ValueError when the database holds a region already."""
    if Region.objects.exists():
        raise ValueError("数据库中已有区划，不能再建演示区；要重来请用 jiheng district reset")
    district = places.found(seed)
    shelving.stock(district.region)
    entries = payments.pay(district)
    year = Year(district)
    year.goals(2023)
    year.goals(2024)
    replying.reply(district)
    year.evaluate(2023)
    year.monitor(7, everybody=True)
    year.monitor(10, everybody=False)
    problems.find(district)
    suspect(district)
    fiscal.evaluate(district)
    reviews.review(district)
    results.decide(district)
    year.goals_of_next_year(2025)
    year.questions()
    accounts.draw_up(district)
    audits.hand_in(district)
    disclosing.disclose(district)
    assessing.assess(district)
    return Built(len(district.units), len(district.funds), entries, Filing.objects.count())


class Year:
    """The forms of the work years 2023 and 2024, made from the district's own goals and payments."""

    def __init__(self, district: District) -> None:
        self.district, self.dice = district, district.random
        # how well each unit and fund does, in percent; a year-long trait, so that lights and scores agree
        self.luck = {("unit", unit.pk): self.dice.randint(74, 108) for unit in district.units}
        self.luck |= {("fund", fund.pk): self.dice.randint(68, 112) for fund in district.funds}
        for fund in district.funds:
            if fund.unit.department.code in places.FLATTERERS:
                self.luck["fund", fund.pk] = writing.SPOTLESS
        self.approved: dict[tuple[str, int, int], GoalSheet] = {}

    def subjects(self, year: int) -> Iterator[tuple[Unit, Fund | None]]:
        for unit in self.district.units:
            yield unit, None
        for fund in self.district.funds:
            if fund.since_year <= year:
                yield fund.unit, fund

    def handed_in(self, opens: date, due: date) -> datetime:
        """Most hand in before the day it is due, one in fourteen late."""
        if self.dice.random() < 0.07:
            day = due + timedelta(days=self.dice.randint(1, 9))
        else:
            day = opens + timedelta(days=self.dice.randint(3, max((due - opens).days, 4)))
        return moment(day.year, day.month, day.day, self.dice.randint(9, 16), self.dice.randint(0, 59))

    # ── goals ────────────────────────────────────────────────────────────────────────────────────────

    def goals(self, year: int) -> None:
        """The approved goals of every unit and fund."""
        shelf = Shelf(self.district)
        planned = budget.of_funds(self.district.region, year)
        opens, due = date(year - 1, 10, 9), date(year, 1, 19)
        for unit, fund in self.subjects(year):
            # in 2023 some departments still wrote in the older taxonomy
            old = year < 2024 and int(unit.department.code) % 3 == 0
            sheet = self._goal(unit, fund, year, planned, Taxonomy.Y2015 if old else Taxonomy.Y2021)
            self.approved[_key(unit, fund, year)] = sheet
            shelf.put(_goal_plan(unit, fund, year, sheet, self.handed_in(opens, due), None))
        shelf.write()
        goals = {subject: self.approved[_key(*subject, year)] for subject in self.subjects(year)}
        shelving.tell(goals, year)

    def _goal(
        self, unit: Unit, fund: Fund | None, year: int, planned: dict[int, Budget], taxonomy: Taxonomy
    ) -> GoalSheet:
        if fund is None:
            return writing.unit_goal(self.district, unit, year, taxonomy, planned)
        return writing.project_goal(self.district, fund, year, taxonomy, planned[fund.pk])

    def goals_of_next_year(self, year: int) -> None:
        """Next year's goals are on their way: some approved, many at a desk, most not begun."""
        shelf, plans = Shelf(self.district), list[Plan]()
        planned = budget.of_funds(self.district.region, year)
        for unit, fund in self.subjects(year):
            draw = self.dice.random()
            if draw > 0.42:
                continue
            sheet = self._goal(unit, fund, year, planned, Taxonomy.Y2021)
            sheet = shelving.in_own_words(sheet, fund)
            at = self.handed_in(date(2024, 10, 8), date(2024, 11, 18))
            if draw < 0.05:
                plan = _goal_plan(unit, fund, year, _spoiled(sheet), None, None, errors=2)
            elif draw < 0.09:
                opinion = ("annual_goal", "年度目标", "目标过于笼统，请写明年度要完成的具体任务和数量")
                plan = _goal_plan(unit, fund, year, sheet, at, Desk.DIVISION)
                plan.returned = opinion
            else:
                desk = (
                    Desk.UNIT
                    if draw < 0.11 and unit.pk in self.district.reviewers
                    else Desk.DEPARTMENT
                    if draw < 0.16
                    else Desk.DIVISION
                    if draw < 0.24
                    else Desk.PERFORMANCE
                    if draw < 0.38
                    else None
                )
                plan = _goal_plan(unit, fund, year, sheet, at, desk)
            shelf.put(plan)
            plans.append(plan)
        shelf.write()
        shelving.tell_submitted(plans)

    # ── monitoring ───────────────────────────────────────────────────────────────────────────────────

    def monitor(self, month: int, *, everybody: bool) -> None:
        """双监控 of 2024 until a month's end, with lights as the policy of the day reads them."""
        region, year = self.district.region, 2024
        until = date(year, month, 31)
        book = policy.on(until, region.pk)
        shelf, readings = Shelf(self.district), []
        opens, due = date(year, month + 1, 1), date(year, month + 1, 20)
        for unit, fund in self.subjects(year):
            sheet = self._monitoring(unit, fund, month)
            amount = money_of(sheet)
            submitted: datetime | None = self.handed_in(opens, due)
            desk = None
            if not everybody:
                draw = self.dice.random()
                if draw < 0.16:
                    continue
                if draw < 0.22:
                    submitted = None
                elif draw < 0.5:
                    desk = Desk.PERFORMANCE if draw < 0.36 else Desk.DEPARTMENT if draw < 0.46 else Desk.UNIT
                    if desk is Desk.UNIT and unit.pk not in self.district.reviewers:
                        desk = Desk.DEPARTMENT
            plan = Plan(
                Form.MONITORING,
                unit,
                fund,
                year,
                sheet,
                submitted,
                desk,
                month=month,
                amount=amount,
            )
            filing = shelf.put(plan)
            if submitted is not None:
                reading = reading_of(filing, sheet, book)
                reading.read_at = submitted
                readings.append(reading)
        shelf.write()
        with_parent(readings)
        Reading.objects.bulk_create(readings, batch_size=500)
        if everybody:
            self._correct([reading for reading in readings if reading.overall == Light.RED], book)

    def _monitoring(self, unit: Unit, fund: Fund | None, month: int) -> MonitoringSheet:
        goal = self.approved[_key(unit, fund, 2024)]
        luck = self.luck["fund", fund.pk] if fund else self.luck["unit", unit.pk]
        subject = Subject(unit=unit, fund=fund, fiscal_year=2024)
        sheet = monitoring_form(subject, month, goal, None)
        missing = 0 if month == 7 else 0.004
        return replace(
            sheet,
            money=writing.forecasts(sheet.money, month),
            lines=tuple(writing.progress(self.dice, line, month, luck, missing) for line in goal.indicators),
        )

    def _correct(self, red: list[Reading], book: Policy) -> None:
        """Orders of correction for a third of the red forms; most have been closed since."""
        people, orders = self.district.people, []
        for place, reading in enumerate(red[: len(red) // 2]):
            filing, ordered = reading.filing, moment(2024, 8, 23)
            state = (
                CorrectionState.CLOSED
                if place % 5 < 3
                else CorrectionState.ANSWERED
                if place % 5 == 3
                else CorrectionState.ORDERED
            )
            found = proposed(cast("MonitoringSheet", filing.as_sheet()), Light.RED, book, ordered.date())
            assert found is not None
            order = Correction(
                region=self.district.region,
                unit=filing.unit,
                fund=filing.fund,
                fiscal_year=2024,
                filing=filing,
                state=state,
                cause=found.cause,
                measure=next(word for word in found.measures if word.startswith("加快")),
                requirement="查明偏离原因，明确责任人和完成时限，9月底前纠正到位，并报送佐证材料",
                ordered_by=people["jixiao"],
                ordered_at=ordered,
                due_on=date(2024, 9, 30),
            )
            if state != CorrectionState.ORDERED:
                order.reply = "已召开专题调度会，明确责任人和时间节点，资金已按进度支付，佐证材料随附"
                order.replied_by = self.district.reporters[filing.unit_id]
                order.replied_at = moment(2024, 9, 20)
            if state == CorrectionState.CLOSED:
                order.opinion, order.settled_by = "整改到位，予以销号", people["jixiao"]
                order.settled_at = moment(2024, 9, 27)
            orders.append(order)
        Correction.objects.bulk_create(orders)

    # ── self-evaluation ──────────────────────────────────────────────────────────────────────────────

    def evaluate(self, year: int) -> None:
        """自评 of every unit and fund, confirmed and frozen; a third was reviewed line by line."""
        shelf, scores, reviews = Shelf(self.district), list[Score](), list[ReviewLine]()
        opens, due = date(year + 1, 3, 4), date(year + 1, 4, 30)
        book = policy.on(opens, self.district.region.pk)
        for unit, fund in self.subjects(year):
            goal = self.approved[_key(unit, fund, year)]
            luck = self.luck["fund", fund.pk] if fund else self.luck["unit", unit.pk]
            blank = evaluation_form(Subject(unit=unit, fund=fund, fiscal_year=year), goal, book)
            sheet = writing.evaluated(self.dice, blank, luck)
            scored = score(sheet, book)
            sheet = writing.with_claims(sheet, scored)
            filing = shelf.put(
                Plan(
                    sheet.form,
                    unit,
                    fund,
                    year,
                    sheet,
                    self.handed_in(opens, due),
                    None,
                    amount=money_of(sheet),
                )
            )
            rows = self._review(filing, scored) if self.dice.random() < 0.33 else []
            kept = score_of(filing, sheet, book, {row.key: row.score for row in rows})
            kept.computed_at = kept.frozen_at = filing.approved_at or moment(year + 1, 5, 20)
            kept.frozen_by = self.district.people["jixiao"]
            scores.append(kept)
            reviews += rows
        shelf.write()
        with_parent([*scores, *reviews])
        Score.objects.bulk_create(scores, batch_size=500)
        ReviewLine.objects.bulk_create(reviews, batch_size=1000)
        tell_library(scores)

    def _review(self, filing: Filing, scored: Scored) -> list[ReviewLine]:
        person, rows = self.district.people["jixiao"], []
        at = (filing.approved_at or moment(2024, 5, 20)) - timedelta(hours=1)
        for line in (scored.execution, *scored.lines):
            if isinstance(line.score, Missing):
                return []
            cut = self.dice.choice([0, 0, 0, 0, 0, 10, 20, 30]) if line.key != "execution" else 0
            points = rounded(line.score * (100 - cut) / 100, 2)
            reason = "佐证材料不充分，酌情扣分" if cut else ""
            rows.append(
                ReviewLine(filing=filing, key=line.key, score=points, reason=reason, person=person, at=at)
            )
        return rows

    # ── one-to-one coaching ──────────────────────────────────────────────────────────────────────────

    def questions(self) -> None:
        """辅导问答: answered ones that all can search, and some still open."""
        asked = places.read("questions.yaml")["questions"]
        filings = list(
            Filing.objects.filter(form=Form.PROJECT_GOAL, fiscal_year=2025).select_related("unit")[:40]
        )
        rows = []
        for place, item in enumerate(asked):
            filing = filings[place * 3 % len(filings)]
            question = Question(
                filing=filing,
                unit=filing.unit,
                field=item["field"],
                label=item["label"],
                text=item["question"],
                asked_by=self.district.reporters[filing.unit_id],
                asked_at=moment(2024, 10, 12 + place % 15),
            )
            if item.get("answer"):
                question.answer, question.answered_by = item["answer"], filing.unit.contact
                question.answered_at = moment(2024, 10, 13 + place % 15)
            rows.append(question)
        Question.objects.bulk_create(rows)


def _key(unit: Unit, fund: Fund | None, year: int) -> tuple[str, int, int]:
    return ("fund", fund.pk, year) if fund else ("unit", unit.pk, year)


def money_of(sheet: MonitoringSheet | EvaluationSheet) -> Decimal | None:
    """What a form is about in yuan: its total budget."""
    total = sheet.money[0]
    budget = total.budget if isinstance(total, MoneyProgress) else total.revised
    return None if isinstance(budget, Missing) else budget.yuan


def _goal_plan(
    unit: Unit,
    fund: Fund | None,
    year: int,
    sheet: GoalSheet,
    at: datetime | None,
    desk: Desk | None,
    errors: int = 0,
) -> Plan:
    money = sheet.funding.annual_total if isinstance(sheet, ProjectGoalSheet) else sheet.tasks_total
    amount = None if isinstance(money, Missing) else money.yuan
    return Plan(sheet.form, unit, fund, year, sheet, at, desk, amount=amount, errors=errors)


def _spoiled(sheet: GoalSheet) -> GoalSheet:
    """A draft as units really begin it: weights that do not add up, a vague target, a figure left out."""
    first, second, *rest = sheet.indicators
    lines = (
        replace(first, weight=Quantity.of("12")),
        replace(second, target=NOT_REPORTED, target_text="", unit=""),
        *rest,
    )
    return replace(sheet, indicators=lines)
