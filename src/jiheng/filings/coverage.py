"""两个全覆盖: have all units and all special funds filed, by number and by amount, as of any day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from jiheng.filings.models import Filing, State, Step
from jiheng.projects import budget, calendar
from jiheng.projects.access import funds_in, units_in
from jiheng.projects.budget import NO_BUDGET, Budget
from jiheng.projects.models import Fund, Stage, Window
from jiheng.sheets import WAN, Form, Missing, plain
from jiheng.units.models import Department, Division, Person, Region, Role, Unit

UNIT_FORMS = {
    Stage.GOAL: Form.UNIT_GOAL,
    Stage.MONITORING: Form.MONITORING,
    Stage.EVALUATION: Form.UNIT_EVALUATION,
}
FUND_FORMS = {
    Stage.GOAL: Form.PROJECT_GOAL,
    Stage.MONITORING: Form.MONITORING,
    Stage.EVALUATION: Form.PROJECT_EVALUATION,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One subject: a unit (整体, `fund` None) or a special fund (项目). `amount` in yuan: 全年预算."""

    unit: Unit
    fund: Fund | None
    amount: Decimal | Missing
    filing_id: int | None
    state: str = ""  # State on that day, "" where there was no filing
    desk: str = ""
    submitted_on: date | None = None  # of the first submission that was not taken back
    is_filed: bool = False  # left the reporter's draft, and was not taken back
    is_approved: bool = False  # a version is in force, also while it is being adjusted
    is_late: bool = False  # submitted after the due date
    contacts: tuple[Person, ...] = ()

    @property
    def name(self) -> str:
        return self.fund.name if self.fund else self.unit.name

    @property
    def is_missing(self) -> bool:
        return not self.is_filed


@dataclass(slots=True)
class Tally:
    """Counts and yuan; subjects without a known budget are counted in `unknown`, never added as zero."""

    total: int = 0
    filed: int = 0
    approved: int = 0
    late: int = 0
    returned: int = 0
    unknown: int = 0
    amount: Decimal = Decimal(0)
    amount_filed: Decimal = Decimal(0)
    amount_approved: Decimal = Decimal(0)

    @property
    def missing(self) -> int:
        return self.total - self.filed

    def add(self, row: Row) -> None:
        self.total += 1
        self.filed += row.is_filed
        self.approved += row.is_approved
        self.late += row.is_late
        self.returned += row.state == State.RETURNED
        if isinstance(row.amount, Missing):
            self.unknown += 1
            return
        self.amount += row.amount
        self.amount_filed += row.amount if row.is_filed else 0
        self.amount_approved += row.amount if row.is_approved else 0


@dataclass(frozen=True)
class Side:
    """One of the two 全覆盖, its rows by unit code and fund code."""

    rows: tuple[Row, ...]
    tally: Tally = field(default_factory=Tally)

    @property
    def missing(self) -> list[Row]:
        return [row for row in self.rows if row.is_missing]

    @property
    def late(self) -> list[Row]:
        return [row for row in self.rows if row.is_late]

    def by_division(self) -> dict[str, Tally]:
        """Tallies by the name of the 业务股室, in code order."""
        return self._by(lambda row: row.unit.department.division)

    def by_department(self) -> dict[str, Tally]:
        return self._by(lambda row: row.unit.department)

    def by_unit(self) -> dict[str, Tally]:
        return self._by(lambda row: row.unit)

    def _by(self, place: Callable[[Row], Division | Department | Unit]) -> dict[str, Tally]:
        """Two places of one name stay two: the second one's code stands beside it."""
        result: dict[str, Tally] = {}
        names: dict[str, str] = {}  # code → the name it is listed under
        for row in sorted(self.rows, key=lambda row: place(row).code):
            found = place(row)
            if found.code not in names:
                names[found.code] = f"{found.name}（{found.code}）" if found.name in result else found.name
                result[names[found.code]] = Tally()
            result[names[found.code]].add(row)
        return result


@dataclass(frozen=True)
class Coverage:
    """Both sides as of the end of `day`; `window` None where the stage was never opened."""

    region: Region
    stage: Stage
    fiscal_year: int
    month: int
    day: date
    window: Window | None
    units: Side
    funds: Side

    @property
    def is_overdue(self) -> bool:
        return self.window is not None and self.day > self.window.due_on


@dataclass(slots=True)
class _Life:
    """What the steps of one filing up to the day say."""

    state: str = ""
    desk: str = ""
    submitted_at: datetime | None = None
    is_approved: bool = False


def as_of(
    region: Region,
    stage: Stage | str,
    fiscal_year: int,
    month: int,
    day: date,
    units: QuerySet[Unit] | None = None,
) -> Coverage:
    """Who has filed what by the end of a day (Asia/Shanghai), of all units of the year or of those given
    (`access.units_for`). The number of queries does not grow with units or forms."""
    stage = Stage(stage)
    window = calendar.window(region, stage, fiscal_year, month)
    chosen = units_in(region, fiscal_year)
    if units is not None:
        chosen = chosen.filter(pk__in=units)
    subjects = {unit.pk: unit for unit in chosen.select_related("department__division", "contact")}
    funds = [fund for fund in funds_in(region, fiscal_year).order_by("code") if fund.unit_id in subjects]
    lives, filing_of = _lives(region, stage, fiscal_year, month, day)
    seen = _Seen(stage, window, lives, filing_of, _reporters(region))
    by_unit = budget.of_units(region, fiscal_year, subjects.values(), day)
    by_fund = budget.of_funds(region, fiscal_year, funds, day)
    return Coverage(
        region=region,
        stage=stage,
        fiscal_year=fiscal_year,
        month=month,
        day=day,
        window=window,
        units=_side(seen.row(unit, None, by_unit.get(unit.pk, NO_BUDGET)) for unit in subjects.values()),
        funds=_side(
            seen.row(subjects[fund.unit_id], fund, by_fund.get(fund.pk, NO_BUDGET)) for fund in funds
        ),
    )


Key = tuple[str, int, int | None]


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that was read, from which each subject's row is put together."""

    stage: Stage
    window: Window | None
    lives: dict[int, _Life]
    filing_of: dict[Key, int]
    people: dict[int, list[Person]]

    def row(self, unit: Unit, fund: Fund | None, decided: Budget) -> Row:
        key: Key = (UNIT_FORMS[self.stage], unit.pk, None)
        if fund is not None:
            key = (FUND_FORMS[self.stage], 0, fund.pk)
        filing_id = self.filing_of.get(key)
        life = self.lives.get(filing_id or 0, _Life())
        sent = timezone.localdate(life.submitted_at) if life.submitted_at else None
        return Row(
            unit=unit,
            fund=fund,
            amount=decided.revised,
            filing_id=filing_id,
            state=life.state,
            desk=life.desk,
            submitted_on=sent,
            is_filed=life.is_approved or life.state not in ("", State.DRAFT),
            is_approved=life.is_approved,
            is_late=sent is not None and self.window is not None and sent > self.window.due_on,
            contacts=tuple(self.people.get(unit.pk, ())),
        )


def _side(rows: Iterable[Row]) -> Side:
    side = Side(tuple(rows))
    for row in side.rows:
        side.tally.add(row)
    return side


def _lives(
    region: Region, stage: Stage, fiscal_year: int, month: int, day: date
) -> tuple[dict[int, _Life], dict[Key, int]]:
    """How each filing of the stage stood at the end of the day, and which filing is whose."""
    forms = {UNIT_FORMS[stage], FUND_FORMS[stage]}
    filings = Filing.objects.filter(region=region, form__in=forms, fiscal_year=fiscal_year, month=month)
    filing_of: dict[Key, int] = {}
    for pk, form, unit, fund in filings.order_by().values_list("pk", "form", "unit_id", "fund_id"):
        filing_of[form, 0 if fund else unit, fund] = pk
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    steps = Step.objects.filter(filing__in=filings.values("pk"), at__lt=end).order_by("at", "pk")
    lives: dict[int, _Life] = {}
    for filing_id, action, state, desk, at in steps.values_list(
        "filing_id", "action", "state", "to_desk", "at"
    ):
        life = lives.setdefault(filing_id, _Life())
        life.state, life.desk = state, desk
        life.is_approved = life.is_approved or state == State.APPROVED
        if action == "报送":
            life.submitted_at = life.submitted_at or at
        elif action == "撤回" and state == State.DRAFT and not life.is_approved:
            life.submitted_at = None
    return lives, filing_of


def _reporters(region: Region) -> dict[int, list[Person]]:
    """Whom to call in each unit."""
    found: dict[int, list[Person]] = {}
    people = Person.objects.filter(region=region, role=Role.REPORTER, is_active=True)
    for person in people.order_by("unit_id", "pk"):
        if person.unit_id is not None:
            found.setdefault(person.unit_id, []).append(person)
    return found


# ── reminding ─────────────────────────────────────────────────────────────────────────────────────────

REMINDER_HEADINGS = (
    "业务股室",
    "主管部门",
    "单位",
    "未报送",
    "类别",
    "金额（万元）",
    "填报人",
    "电话",
    "截止日期",
)


def reminder_rows(coverage: Coverage) -> list[tuple[str, ...]]:
    """One row of text for each missing form, under `REMINDER_HEADINGS`, by division and unit."""
    due = coverage.window.due_on.isoformat() if coverage.window else ""
    rows: list[tuple[str, ...]] = []
    for row in sorted([*coverage.units.missing, *coverage.funds.missing], key=_place):
        unit = row.unit
        rows.append(
            (
                unit.department.division.name,
                unit.department.name,
                unit.name,
                row.name,
                "项目" if row.fund else "整体",
                "" if isinstance(row.amount, Missing) else plain(row.amount / WAN),
                "、".join(person.name for person in row.contacts),
                "、".join(person.phone for person in row.contacts if person.phone),
                due,
            )
        )
    return rows


def reminder_text(coverage: Coverage) -> str:
    """The list of the missing to copy into a message, by division and unit, with whom to call."""
    month = f"（截至{coverage.month}月）" if coverage.month else ""
    what = f"{coverage.fiscal_year}年{coverage.stage.label}{month}"
    missing = sorted([*coverage.units.missing, *coverage.funds.missing], key=_place)
    if not missing:
        return f"截至{_day(coverage.day)}，{what}已全部报送。"
    due = f"，报送截止日期为{_day(coverage.window.due_on)}" if coverage.window else ""
    units = len({row.unit.pk for row in missing})
    lines = [f"截至{_day(coverage.day)}，{what}还有{units}个单位的{len(missing)}张表未报送{due}："]
    division, unit, number = None, None, 0
    for row in missing:
        if row.unit.department.division_id != division:
            division = row.unit.department.division_id
            lines.append(f"【{row.unit.department.division}】")
        if row.unit.pk != unit:
            unit, number = row.unit.pk, number + 1
            lines.append(f"{number}. {row.unit.name}（{_whom(row)}）：{_what(row)}")
        else:
            lines[-1] += f"、{_what(row)}"
    return "\n".join(lines)


def _place(row: Row) -> tuple[str, str, str]:
    return row.unit.department.division.code, row.unit.code, row.fund.code if row.fund else ""


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _whom(row: Row) -> str:
    people = [f"{person.name} {person.phone}".strip() for person in row.contacts]
    return "、".join(people) or "尚无填报人"


def _what(row: Row) -> str:
    return row.fund.name if row.fund else "部门整体"
