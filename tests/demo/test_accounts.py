"""The example district's accounts: every relation holds, and the figures of the three notes stand in them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from jiheng.accounts.checking import findings_of, year_findings
from jiheng.accounts.kinds import kinds
from jiheng.accounts.ledger import fill, paid
from jiheng.accounts.models import Statement, StatementState
from jiheng.disclosure.models import Disclosure, DisclosureState
from jiheng.disclosure.published import public_year
from jiheng.sheets import WAN, Missing, figure_of
from jiheng.units.models import Region, Unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]


def wan(kind: str, row: str, column: str) -> Decimal:
    table = Statement.objects.get(kind=kind, unit=None, fiscal_year=2024).as_table()
    figure = figure_of(table.cell(row, column))
    assert figure is not None
    return figure / WAN


@pytest.mark.parametrize(
    ("kind", "row", "column", "figure"),
    [
        ("three_public", "total", "final", "171"),
        ("three_public", "abroad", "final", "5"),
        ("three_public", "cars_bought", "final", "0"),
        ("three_public", "cars_run", "final", "158"),
        ("three_public", "reception", "final", "8"),
        ("three_public", "total", "budget", "202"),
        ("transfers", "total", "final", "220900"),
        ("transfers", "total", "last_final", "275400"),
        ("transfers", "returned", "final", "13000"),
        ("transfers", "general", "final", "134000"),
        ("transfers", "special", "final", "73900"),
        ("transfers", "g_vat_refund", "last_final", "57000"),
        ("debt", "new", "general", "3000"),
        ("debt", "new", "special", "152500"),
        ("debt", "refinancing", "general", "33120"),
        ("debt", "issued", "total", "188620"),
        ("debt", "repaid", "total", "26800"),
        ("debt", "closing", "general", "131583.09"),
    ],
)
def test_the_figures_of_the_three_notes(kind: str, row: str, column: str, figure: str) -> None:
    assert wan(kind, row, column) == Decimal(figure)


def test_every_relation_of_the_region_and_of_every_unit_holds() -> None:
    region = Region.objects.get()
    assert year_findings(region.pk, 2024).broken == ()
    units = list(Unit.objects.all())
    assert len(units) == 121
    broken = [one for unit in units for one in year_findings(region.pk, 2024, unit.pk).broken]
    assert broken == []


def test_nothing_is_said_of_any_table() -> None:
    assert Statement.objects.filter(fiscal_year=2024, unit__isnull=False).count() == 121 * 11
    assert not Statement.objects.exclude(state__in=[StatementState.CHECKED, StatementState.CLOSED]).exists()
    for statement in Statement.objects.filter(unit=None).select_related("region"):
        assert findings_of(statement).findings == [], str(statement)


def test_the_payments_behind_three_public_add_up_to_it() -> None:
    kind, region = kinds()["three_public"], Region.objects.get()
    table = Statement.objects.get(kind="three_public", unit=None, fiscal_year=2024).as_table()
    summed = fill(kind, table, paid(region, 2024))
    for row in ("total", "abroad", "cars", "cars_bought", "cars_run", "reception"):
        cell = summed.cell(row, "final")
        assert not isinstance(cell, Missing)
        assert figure_of(cell) == figure_of(table.cell(row, "final")), row


def test_its_disclosure_is_public_and_sound() -> None:
    region = Region.objects.get()
    year = public_year(region, 2024, with_files=False)
    assert year is not None
    assert [text.lacking for text in year.texts] == [()] * 4
    assert {line.is_four_reviews for line in year.reviewed} == {True}
    assert len(year.results) == 121 + 312
    assert [one.unit_name for one in year.departments] == ["区教育局本级"]
    for row in Disclosure.objects.filter(state=DisclosureState.PUBLISHED).select_related("document"):
        assert row.document is not None
        assert row.document.errors == 0
    waiting = Disclosure.objects.get(unit__name="天衡区第一中学")
    assert waiting.asked > 0
    assert waiting.state == DisclosureState.PREPARED
