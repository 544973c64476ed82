"""A year that can be disclosed: the good tables of tests/cases/accounts, closed, with reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.accounts import sets
from tests.cast import WHEN, Cast

from jiheng.accounts.kinds import kinds
from jiheng.accounts.models import Statement, StatementState
from jiheng.disclosure import checking, workflow
from jiheng.disclosure.drafts import draft_of
from jiheng.disclosure.models import Disclosure, Publication
from jiheng.disclosure.words import ReviewedLine, Words
from jiheng.filings.models import Filing, State, Step, Version
from jiheng.findings.models import Problem, ProblemState, Source
from jiheng.monitoring.models import Reading
from jiheng.projects.models import Fund
from jiheng.sheets import AccountTable, Amount, Form, Light, Quantity, account_json
from jiheng.units.models import Person, Unit
from jiheng.wording import Passage

YEAR = 2024
DAY = date(2024, 6, 30)
WHY = "落实过紧日子要求，压减一般性支出"
WORDS = Words(
    systems="修订预算绩效管理办法，明确各股室职责。",
    problems=(Passage("项目前期工作不扎实", "个别项目实施方案论证不充分。"),),
    measures=(Passage("加强结果应用", "把评价结果作为安排预算的依据。"),),
    reviewed=(
        ReviewedLine("农村公路养护", "交通运输局", "2023年", "1200", "86.5", "良", is_four_reviews=True),
        ReviewedLine("学生免费午餐", "教育局", "2023年", "860.50", "91", "优"),
    ),
    linked="2400",
)


def close_region(cast: Cast, *, reasons: bool = True) -> None:
    """The region's tables, closed; with a reason in every row of those that are explained."""
    tables = [_counted(table) for name, table in sets.tables("region").items() if "/" not in name]
    _store(cast, tables, None, reasons=reasons)


def _counted(table: AccountTable) -> AccountTable:
    """三公 with all its counts, and new bonds with what was built."""
    if table.kind == "three_public":
        cells = {(row, "final"): Quantity.of("2") for row in ("groups", "travellers", "held", "guests")}
        return table.with_cells(dict(cells))
    return table


def _operations(cast: Cast, unit: Unit) -> AccountTable:
    table = kinds()["operations"].blank(cast.region, YEAR, unit)
    return table.with_cells(
        {(row.key, "final"): Quantity.of("0") if row.unit else Amount(Decimal(30_000)) for row in table.rows}
    )


def close_unit(cast: Cast, unit: Unit, *, reasons: bool = True) -> None:
    """A unit's tables, closed."""
    tables = [
        replace(_counted(table), unit_code=unit.code, unit_name=unit.name)
        for name, table in sets.tables("unit").items()
        if "/" not in name
    ]
    _store(cast, [*tables, _operations(cast, unit)], unit, reasons=reasons)


def _store(cast: Cast, tables: list[AccountTable], unit: Unit | None, *, reasons: bool) -> None:
    for table in tables:
        rows = tuple(replace(row, reason=WHY) for row in table.rows) if reasons else table.rows
        Statement.objects.create(
            region=cast.region,
            unit=unit,
            fiscal_year=YEAR,
            kind=table.kind,
            table=account_json(replace(table, rows=rows)),
            state=StatementState.CLOSED,
            updated_by=cast.performance,
            updated_at=WHEN,
        )


def year_done(cast: Cast) -> None:
    """Approved goals and monitoring of 2024, confirmed evaluations of 2023, one problem closed of two."""
    for unit in cast.units:
        _filed(cast, Form.UNIT_GOAL, YEAR, unit)
        _filed(cast, Form.UNIT_EVALUATION, YEAR - 1, unit)
    for fund, light in zip(cast.funds, (Light.GREEN, Light.GREEN, Light.YELLOW, Light.RED), strict=True):
        _filed(cast, Form.PROJECT_GOAL, YEAR, fund.unit, fund)
        _filed(cast, Form.PROJECT_EVALUATION, YEAR - 1, fund.unit, fund)
        monitored = _filed(cast, Form.MONITORING, YEAR, fund.unit, fund, month=6)
        Reading.objects.create(
            filing=monitored, overall=light, policy_date=DAY, policy_version="0" * 64, read_at=WHEN
        )
    for serial, state in ((1, ProblemState.CLOSED), (2, ProblemState.ISSUED)):
        Problem.objects.create(
            region=cast.region,
            number=f"{YEAR}-{serial}",
            year=YEAR,
            serial=serial,
            source=Source.EVALUATION,
            kind="其他",
            title="资料不全",
            description="验收资料不全",
            amount_missing="不适用",
            unit=cast.school,
            fiscal_year=YEAR - 1,
            found_on=DAY,
            due_on=DAY,
            state=state,
            registered_by=cast.performance,
            registered_at=WHEN,
            issued_at=WHEN,
        )


def _filed(cast: Cast, form: Form, year: int, unit: Unit, fund: Fund | None = None, month: int = 0) -> Filing:
    """An approved form with nothing in it but a goal."""
    sheet = {"annual_goal": "把事办好"}
    made = Filing.objects.create(
        region=cast.region, form=form, fiscal_year=year, month=month, unit=unit, fund=fund, sheet=sheet
    )
    version = Version.objects.create(filing=made, number=1, cause="批复", sheet=sheet, sha256="", at=WHEN)
    for action, state in (("报送", State.IN_REVIEW), ("批复", State.APPROVED)):
        Step.objects.create(filing=made, region=cast.region, at=WHEN, action=action, state=state)
    made.state, made.approved = State.APPROVED, version
    made.save()
    return made


def opened(person: Person, unit: Unit | None = None) -> Disclosure:
    return workflow.open_disclosure(person, YEAR, unit.pk if unit else None)


def of_region(cast: Cast) -> Disclosure:
    """The region's, with the words that people write."""
    close_region(cast)
    year_done(cast)
    made = opened(cast.performance)
    return workflow.save_words(cast.performance, made, made.revision, WORDS)


def of_school(cast: Cast) -> Disclosure:
    """A school's, nothing checked yet."""
    close_unit(cast, cast.school)
    return opened(cast.reporter, cast.school)


def school_published(cast: Cast) -> Publication:
    """The same, public."""
    year_done(cast)
    made = of_school(cast)
    made = checking.check(cast.performance, made, draft_of(made))
    return workflow.publish(cast.performance, made, made.revision)
