"""Units, funds, payments and execution rates in pages: every figure leads to its source."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cast import Cast, make_fund
from tests.evaluation.papers import confirmed
from tests.monitoring.papers import submitted

from jiheng.units.models import LogEntry, Person, Unit

Clients = Callable[[Person], Client]


def get(client: Client, name: str, *args: object, **query: object) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_unit_has_its_year_on_one_page(cast: Cast, client_of: Clients) -> None:
    submitted(cast, "10")
    confirmed(cast)
    page = get(client_of(cast.performance), "unit", cast.school.pk)
    for words in ("周衡", "张填", "薄弱学校改造专项资金", "3,000.00", "1,550.00", "light-red", "97.18"):
        assert words in page


def test_a_fund_has_its_year_with_every_source(cast: Cast, client_of: Clients) -> None:
    submitted(cast, "10")
    confirmed(cast)
    page = get(client_of(cast.reporter), "fund", cast.building.pk)
    for words in ("天衡财预〔2024〕", "第一中学运动场改造", "ZF20240809", "51.67%", "light-red", "97.18"):
        assert words in page
    assert f"{reverse('payments')}?year=2024&amp;fund={cast.building.pk}&amp;month=8" in page


def test_lists_are_filtered_and_know_the_stranger(cast: Cast, client_of: Clients) -> None:
    bureau, stranger = client_of(cast.performance), client_of(cast.stranger)
    assert "第一中学" in get(bureau, "units")
    assert "第一中学" not in get(bureau, "units", text="卫生")
    assert "第一中学" not in get(stranger, "units")
    assert "困难群众救助补助资金" in get(bureau, "funds", livelihood="on")
    assert "薄弱学校改造专项资金" not in get(bureau, "funds", livelihood="on")
    assert "没有符合条件的专项资金" in get(bureau, "funds", text="没有这个")
    assert "薄弱学校" not in get(stranger, "payments", year=2024)


def test_payments_are_filtered_and_summed(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    page = get(client, "payments", year=2024, fund=cast.building.pk)
    assert "15,500,000.00" in page  # 600 + 450 + 500 万元
    assert "ZF20240402" not in page
    assert "4,500,000.00" in get(client, "payments", year=2024, month=6)
    assert "10,500,000.00" in get(client, "payments", year=2024, fund=cast.building.pk, until=6)
    assert "-100,000.00" in get(client, "payments", year=2024, kind="refund")
    assert "没有符合条件的支付" in get(client, "payments", year=2024, text="没有这个")
    assert get(client, "payments", year=2024, month="99", unit="x")


def test_an_export_is_what_was_filtered_and_is_logged(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    answer = client.get(reverse("payments_csv"), {"year": 2024, "fund": cast.building.pk})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.count("\r\n") == 4
    assert "4500000.00" in text
    assert LogEntry.objects.get(action="导出支付明细").after["行数"] == 3


def test_execution_is_compared_with_the_months_share(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    page = get(client, "execution", year=2024, month=6, by="fund")
    assert "35.00%" in page  # 1050 of 3000
    assert "-15.00" in page
    assert "50.00%" in page
    first, last = page.index("基层医疗卫生机构能力提升"), page.index("薄弱学校改造专项资金")
    assert first < last  # those furthest behind first
    assert "困难群众救助补助资金" in page  # without a budget it stands there, with a dash


def test_queries_do_not_grow_with_the_funds(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    pages = [("units", []), ("funds", []), ("execution", []), ("unit", [cast.school.pk])]
    counts: list[list[int]] = []
    for more in range(2):
        for number in range(3 * more):
            make_fund(cast.school, f"10500201{number}", f"新增专项{number}")
        counts.append([])
        for name, args in pages:
            get(client, name, *args)
            with CaptureQueriesContext(connection) as made:
                get(client, name, *args)
            counts[-1].append(len(made))
    assert counts[0] == counts[1]


def test_several_units_get_their_contact_at_once(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    assert "给选中的单位指定辅导联系人" in client.get(reverse("units")).content.decode()
    assert "辅导联系人 <select" not in client_of(cast.observer).get(reverse("units")).content.decode()
    rows = [cast.clinic.pk, cast.health_bureau.pk]
    data = {"rows": rows, "contact": cast.colleague.pk, "query": "text=361"}
    answer = client.post(reverse("units_contacts"), data)
    assert answer["Location"] == f"{reverse('units')}?text=361"
    assert {unit.contact for unit in Unit.objects.filter(pk__in=rows)} == {cast.colleague}
    assert LogEntry.objects.filter(action="指定辅导联系人").count() == 2
    client.post(reverse("units_contacts"), {"rows": rows, "contact": "0"})
    assert {unit.contact for unit in Unit.objects.filter(pk__in=rows)} == {None}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"contact": "1"}, "没有选中单位"),
        ({"rows": ["1"]}, "请先选择由谁"),
        ({"rows": ["1"], "contact": "987654321"}, "应为本区绩效股或业务股室的在岗人员"),
        ({"rows": ["1' OR 1=1"], "contact": "1"}, "没有选中单位"),
    ],
)
def test_a_contact_that_cannot_be_is_said(
    cast: Cast, client_of: Clients, data: dict[str, object], said: str
) -> None:
    answer = client_of(cast.performance).post(reverse("units_contacts"), data, follow=True)
    assert said in answer.content.decode()
