"""Executed amounts: published entries until a day."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from tests.cast import WHEN, Cast, make_entry

from jiheng.ledger import executed
from jiheng.ledger.models import Entry, EntryKind
from jiheng.sheets import Missing
from jiheng.units.models import Batch, BatchState

YEAR_END = date(2024, 12, 31)


def test_the_sum_stops_at_the_day(cast: Cast) -> None:
    def spent(until: date) -> Decimal | Missing:
        return executed.of_funds(cast.region, 2024, until)[cast.building.pk].total

    assert spent(date(2024, 6, 17)) == Decimal("6000000.00")
    assert spent(date(2024, 6, 18)) == Decimal("10500000.00")
    assert spent(YEAR_END) == Decimal("15500000.00")


def test_a_refund_is_taken_off(cast: Cast) -> None:
    found = executed.of_funds(cast.region, 2024, YEAR_END, [cast.meals])[cast.meals.pk]
    assert (found.total, found.entries) == (Decimal("4000000.00"), 2)
    assert found.by_type == {"11": Decimal("4000000.00")}


def test_nothing_paid_is_zero_once_payments_came_and_missing_before(cast: Cast) -> None:
    assert executed.of_funds(cast.region, 2024, YEAR_END)[cast.relief.pk].total == Decimal(0)
    before = executed.of_funds(cast.region, 2024, date(2024, 1, 1))
    assert before[cast.relief.pk].total == Decimal(0)
    assert isinstance(executed.of_funds(cast.region, 2022, YEAR_END)[cast.relief.pk].total, Missing)
    assert executed.pulled_until(cast.region, 2024) == date(2024, 8, 9)
    assert executed.pulled_until(cast.region, 2022) is None


def test_a_staged_batch_does_not_count(cast: Cast) -> None:
    staged = Batch.objects.create(
        region=cast.region, kind="payments", sha256="1" * 64, state=BatchState.STAGED, at=WHEN
    )
    make_entry(staged, cast.clinics, date(2024, 6, 1), "77.00")
    assert executed.of_funds(cast.region, 2024, YEAR_END)[cast.clinics.pk].total == Decimal("300000.00")
    assert executed.entries_of(cast.clinics, 2024, YEAR_END).count() == 1


def test_units_hold_their_basic_spending_too(cast: Cast) -> None:
    Entry.objects.create(
        region=cast.region,
        fiscal_year=2024,
        unit=cast.school,
        kind=EntryKind.PAYMENT,
        dated=date(2024, 2, 1),
        amount=Decimal("0.01"),
        voucher="ZF1",
        batch=cast.batch,
        row=1,
        row_hash="basic",
    )
    whole = executed.of_units(cast.region, 2024, YEAR_END)[cast.school.pk]
    basic = executed.basic_of_units(cast.region, 2024, YEAR_END)[cast.school.pk]
    assert (whole.total, basic.total) == (Decimal("15500000.01"), Decimal("0.01"))


def test_by_project_and_by_month(cast: Cast) -> None:
    first, second = cast.building_projects
    found = executed.of_projects(cast.region, 2024, YEAR_END, [first, second])
    assert (found[first.pk].total, found[second.pk].total) == (Decimal("15500000.00"), Decimal(0))
    assert executed.by_month(cast.region, 2024, "fund")[cast.building.pk] == {
        3: Decimal("6000000.00"),
        6: Decimal("4500000.00"),
        8: Decimal("5000000.00"),
    }


def test_the_entries_behind_a_sum(cast: Cast) -> None:
    until = date(2024, 6, 30)
    rows = executed.entries_of(cast.building, 2024, until)
    assert [row.amount for row in rows] == [Decimal("6000000.00"), Decimal("4500000.00")]
    assert executed.entries_of(cast.school, 2024, until).count() == 2
    assert executed.entries_of(cast.building_projects[1], 2024, until).count() == 0


def test_the_queries_do_not_grow(cast: Cast, django_assert_num_queries) -> None:
    for _ in range(40):
        make_entry(cast.batch, cast.clinics, date(2024, 6, 1), "77.00")
    with django_assert_num_queries(2):
        executed.of_funds(cast.region, 2024, YEAR_END)
    with django_assert_num_queries(2):
        executed.of_units(cast.region, 2024, YEAR_END)


def test_an_entry_is_never_changed(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Entry.objects.update(amount=Decimal(1))
