"""The region's ledger as a source of questions: entries and stacked rows together, always up to date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from tests.cast import Cast, make_budget, make_entry

from jiheng import policy
from jiheng.analytics import WORDS, Filters, ask, rows
from jiheng.ledger import executed, pull
from jiheng.ledger.asking import source_of
from jiheng.ledger.models import EntryKind
from jiheng.projects.models import BudgetKind, FundType
from jiheng.units import imports

POLICY = policy.on(date(2024, 12, 31))
YEAR = Filters(year=2024)
ACCOUNT = "622202123456789"


def spent_by(cast: Cast, name: str, code: str) -> dict[str, Any]:
    answer = ask(name, source_of(cast.region, 2024), POLICY, YEAR)
    return {row[answer.place(code)]: row[answer.place("spent")] for row in answer.rows}


def test_the_same_sums_as_the_books_have(cast: Cast) -> None:
    spent = executed.of_funds(cast.region, 2024, date(2024, 12, 31))
    asked = spent_by(cast, "funds", "fund")
    assert asked[cast.building.code] == spent[cast.building.pk].total == Decimal("15500000.00")
    assert asked[cast.meals.code] == spent[cast.meals.pk].total == Decimal("4000000.00")
    assert cast.relief.code not in asked  # neither budget nor payment in 2024


def test_a_payment_that_arrives_is_in_the_next_answer(cast: Cast) -> None:
    before = spent_by(cast, "units", "unit")[cast.school.code]
    make_entry(cast.batch, cast.building, date(2024, 9, 1), "0.01")
    assert spent_by(cast, "units", "unit")[cast.school.code] == before + Decimal("0.01")
    make_budget(cast.batch, cast.building, 2024, BudgetKind.ADJUSTMENT, "1.00")
    answer = ask("funds", source_of(cast.region, 2024), POLICY, Filters(year=2024, fund=cast.building.code))
    assert answer.rows[0][answer.place("budget")] == Decimal("30000001.00")
    assert answer.rows[0][answer.place("fund_name")] == cast.building.name


def test_stacked_rows_stand_in_for_their_daily_sums(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.COMFORT_ROWS, settings.STACKS = 3, tmp_path / "ledger"
    head = (
        "pay_cert_no,xpay_date,agency_code,pro_code,xpay_amt,dep_bgt_eco_code,payee_acct_name,payee_acct_no\n"
    )
    unit, project = cast.school.code, cast.building_projects[0].code
    lines = [
        f"ZF9{number},2024-10-08,{unit},{project},{number}.10,{30201 + number % 2},商行,{ACCOUNT}\n"
        for number in range(1, 7)
    ]
    path = tmp_path / "payments.csv"
    path.write_text(head + "".join(lines), encoding="utf-8")
    text = "title: 测试\nkind: payments\ncolumns:\n" + "".join(
        f"  {name}: {{from: {name}}}\n" for name in head.strip().split(",")[:-1]
    )
    text += "  payee_acct_no: {from: payee_acct_no, personal: account}\n"
    upload = imports.receive_mapped(cast.treasury, pull.PAYMENTS.name, path, path.name, text)
    batch = imports.stage(cast.treasury, pull.PAYMENTS.name, upload, 2024)
    imports.publish(cast.treasury, batch.pk, good_rows_only=False)
    source = source_of(cast.region, 2024)
    total = executed.of_funds(cast.region, 2024, date(2024, 12, 31))[cast.building.pk].total
    assert spent_by(cast, "funds", "fund")[cast.building.code] == total == Decimal("15500021.60")
    found = rows(source, Filters(year=2024, economic="30202"))
    assert found.count == 3  # the payments themselves, not what a day's come to
    assert {row[11] for row in found.rows} == {"****6789"}


def test_another_year_or_region_is_another_source(cast: Cast) -> None:
    answer = ask("funds", source_of(cast.region, 2023), POLICY, Filters(year=2023))
    assert {row[answer.place("fund")] for row in answer.rows} >= {cast.relief.code}
    empty = ask("funds", source_of(cast.region, 2019), POLICY, Filters(year=2019))
    assert empty.rows == () and "没有支付数据" in empty.notes[0]


@pytest.mark.parametrize(("sort", "choices"), [("fund_type", FundType), ("kind", EntryKind)])
def test_codes_have_the_same_words_everywhere(sort: str, choices: Any) -> None:
    assert dict(WORDS[sort]) == dict(choices.choices)


def test_copies_stand_beside_the_data() -> None:
    assert settings.LEDGER_COPIES
