"""支出分析 in pages: answers of what the person sees, the payments behind, downloads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO

from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from tests.cast import Cast

from jiheng.ledger.models import Entry, EntryKind
from jiheng.projects.models import Fund
from jiheng.units.models import LogEntry, Person
from jiheng.web.spending import SHOWN

HARD = ("functions", "months", "idle", "december", "unit_three_public", "project_months")
Clients = Callable[[Person], Client]


def get(client: Client, name: str, *args: object, **query: object) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def downloaded(client: Client, name: str, *args: object, **query: object) -> list[dict[str, str]]:
    answer = client.get(reverse(name, args=args), query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def pay(cast: Cast, fund: Fund, dated: date, amount: str, **fields: str) -> None:
    """A payment with more said of it than `make_entry` says."""
    number = Entry.objects.count() + 100
    Entry.objects.create(
        region=cast.region,
        fiscal_year=dated.year,
        unit=fund.unit,
        fund=fund,
        project=fund.projects.first(),
        kind=EntryKind.PAYMENT,
        dated=dated,
        amount=Decimal(amount),
        voucher=f"ZF{number}",
        batch=cast.batch,
        row=number,
        row_hash=f"spending-{number}",
        **fields,
    )


def test_every_question_is_answered_on_its_page(cast: Cast, client_of: Clients) -> None:
    pay(cast, cast.meals, date(2024, 12, 2), "8.00", economic_code="30217")
    client = client_of(cast.treasury)
    for one in (one for one in SHOWN if one.key in HARD):
        page = get(client, "spending_question", one.key, year=2024, until="2024-12-31")
        assert "2024年支出分析" in page and "这些数怎么来的" in page, one.key


def test_units_of_the_region_with_budget_and_rate(cast: Cast, client_of: Clients) -> None:
    page = get(client_of(cast.performance), "spending", year=2024)
    assert "各单位花了多少，占全年预算多少？" in page and "第一中学" in page and "51.67%" in page
    assert "&quot;kind&quot;: &quot;bar&quot;" in page


def test_a_unit_sees_only_itself(cast: Cast, client_of: Clients) -> None:
    page = get(client_of(cast.stranger), "spending", year=2024)
    assert "第一中学" not in page
    rows = downloaded(client_of(cast.reporter), "spending_csv", "units", year=2024)
    assert [row["单位"] for row in rows] == ["第一中学", ""]
    # another unit's code in the address opens nothing
    assert downloaded(client_of(cast.reporter), "spending_rows_csv", unit=cast.clinic.code, year=2024) == []


def test_a_figure_leads_to_its_payments(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    page = get(client, "spending_question", "funds", year=2024, until="2024-06-30")
    link = f"/spending/payments/?year=2024&amp;until=2024-06-30&amp;fund={cast.building.code}"
    assert link in page
    rows = client.get(link.replace("&amp;", "&")).content.decode()
    assert "10,500,000.00" in rows and "2024-06-18" in rows and "2024-08-09" not in rows


def test_personal_numbers_are_masked(cast: Cast, client_of: Clients) -> None:
    pay(cast, cast.meals, date(2024, 10, 1), "9.99", payee_mask="****7890", summary="转6222021234567890123")
    page = get(client_of(cast.treasury), "spending_rows", year=2024, fund=cast.meals.code)
    assert "****7890" in page and "转****0123" in page and "6222021234567890123" not in page


def test_downloads_are_whole_exact_and_logged(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.treasury)
    pay(cast, cast.meals, date(2024, 10, 1), "9.99", payee="=cmd()")
    rows = downloaded(client, "spending_rows_csv", year=2024, fund=cast.meals.code)
    assert [row["金额（元）"] for row in rows] == ["9.99", "-100000.00", "4100000.00"]
    assert rows[0]["收款人"] == "'=cmd()"
    answer = client.get(reverse("spending_xlsx", args=["funds"]), {"year": 2024})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    found = {row[1]: row[3] for row in sheet.iter_rows(min_row=3, values_only=True)}
    assert found[cast.building.name] == 15500000
    logged = LogEntry.objects.filter(action="导出支出分析")
    assert logged.count() == 2


def test_a_year_without_payments_says_what_to_do(cast: Cast, client_of: Clients) -> None:
    assert "还没有支付数据" in get(client_of(cast.treasury), "spending", year=2022)


def test_filters_that_are_none_are_left_alone(cast: Cast, client_of: Clients) -> None:
    page = get(
        client_of(cast.treasury), "spending", year=2024, until="昨天", month=13, fund_type="99", digits=4
    )
    assert "第一中学" in page
