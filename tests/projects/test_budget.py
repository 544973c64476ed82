"""Budgets are added up from decisions; what was not decided is missing, not zero."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from tests.cast import WHEN, Cast, make_budget

from jiheng.projects import budget
from jiheng.projects.models import BudgetKind, BudgetLine, Fund, FundType
from jiheng.sheets import Missing
from jiheng.units.models import Batch, BatchState


def test_the_whole_year_is_initial_and_adjustments(cast: Cast) -> None:
    found = budget.of_funds(cast.region, 2023)[cast.building.pk]
    assert (found.initial, found.adjusted, found.revised) == (
        Decimal("45000000.00"),
        Decimal("2540000.00"),
        Decimal("47540000.00"),
    )
    assert isinstance(found.carryover, Missing)


def test_as_of_a_day_what_was_decided_later_is_not_there_yet(cast: Cast) -> None:
    line = BudgetLine.objects.get(fund=cast.building, fiscal_year=2023, kind=BudgetKind.ADJUSTMENT)
    eve = line.decided_on - timedelta(days=1)
    assert isinstance(budget.of_funds(cast.region, 2023, day=eve)[cast.building.pk].adjusted, Missing)
    assert budget.of_funds(cast.region, 2023, day=line.decided_on)[cast.building.pk].adjusted == 2540000
    assert budget.of_units(cast.region, 2023, day=date(2022, 11, 1))[cast.building.unit_id].initial


def test_a_fund_without_a_decision_is_missing_not_zero(cast: Cast) -> None:
    found = budget.of_funds(cast.region, 2024, [cast.relief])
    assert set(found) == {cast.relief.pk}
    assert isinstance(found[cast.relief.pk].initial, Missing)
    assert isinstance(found[cast.relief.pk].revised, Missing)


def test_a_fund_cut_to_nothing_is_zero_not_missing(cast: Cast) -> None:
    make_budget(cast.batch, cast.meals, 2024, BudgetKind.ADJUSTMENT, "-8000000.00")
    assert budget.of_funds(cast.region, 2024, [cast.meals])[cast.meals.pk].revised == Decimal(0)


def test_only_published_batches_count(cast: Cast) -> None:
    staged = Batch.objects.create(
        region=cast.region, kind="budgets", sha256="1" * 64, state=BatchState.STAGED, at=WHEN
    )
    make_budget(staged, cast.relief, 2024, BudgetKind.INITIAL, "1.00")
    assert isinstance(budget.of_funds(cast.region, 2024)[cast.relief.pk].initial, Missing)


def test_by_type_of_money_and_unit(cast: Cast) -> None:
    BudgetLine.objects.create(
        region=cast.region,
        fiscal_year=2024,
        unit=cast.school,
        kind=BudgetKind.CARRYOVER,
        fund_type=FundType.UNIT_FUND,
        amount=Decimal("0.10"),
        decided_on=date(2024, 1, 1),
        batch=cast.batch,
        row_hash="basic",
    )
    found = budget.of_units(cast.region, 2024)[cast.school.pk]
    assert found.revised == Decimal("30000000.10")
    assert found.by_type["3"].carryover == Decimal("0.10")
    assert found.by_type["11"].initial == Decimal("30000000.00")
    assert budget.basic_of_units(cast.region, 2024, [cast.school])[cast.school.pk].revised == Decimal("0.10")
    assert budget.lines_of(cast.school, 2024).count() == 2
    assert budget.lines_of(cast.building, 2024).count() == 1


def test_the_queries_do_not_grow_with_the_funds(cast: Cast, django_assert_num_queries) -> None:
    for number in range(30):
        fund = Fund.objects.create(
            region=cast.region, unit=cast.school, code=f"1050021{number:02}", name=f"专项{number}"
        )
        make_line(cast, fund, number)
    with django_assert_num_queries(2):
        assert len(budget.of_funds(cast.region, 2024)) == 34
    with django_assert_num_queries(1):
        budget.of_funds(cast.region, 2024, [cast.building])


def make_line(cast: Cast, fund: Fund, number: int) -> None:
    BudgetLine.objects.create(
        region=cast.region,
        fiscal_year=2024,
        unit=fund.unit,
        fund=fund,
        kind=BudgetKind.INITIAL,
        amount=Decimal(number),
        decided_on=date(2024, 1, 1),
        batch=cast.batch,
        row_hash=f"more-{number}",
    )


def test_a_decision_is_never_changed(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        BudgetLine.objects.update(amount=Decimal(1))
