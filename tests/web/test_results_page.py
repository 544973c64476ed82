"""结果应用 and 年度结转: what the pages show, what they send on, what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from tests.cast import Cast
from tests.results.graded import applied, of, plan

from jiheng.projects.models import Fund
from jiheng.results.models import Plan, Proposal
from jiheng.units.models import Job, LogEntry, Person

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


def test_the_list_adds_up_what_it_shows(cast: Cast, client_of: ClientOf) -> None:
    plan(cast)
    client = client_of(cast.performance)
    page = client.get(reverse("results")).content.decode()
    assert "4,180.00" in page and "-600.00" in page
    cut = client.get(reverse("results"), {"state": "收回"}).content.decode()
    assert cast.clinics.name in cut and cast.building.name not in cut
    nothing = client_of(cast.reporter).get(reverse("results")).content.decode()
    assert "还没有结果应用方案" in nothing


def test_one_fund_is_explained_and_decided(cast: Cast, client_of: ClientOf) -> None:
    row = of(plan(cast), cast.building)
    client = client_of(cast.performance)
    assert "3000 万元×(1−15%) = 2550 万元" in client.get(reverse("result", args=[row.pk])).content.decode()
    sent = {"based_on": row.revision, "amount": "2400", "reason": ""}
    refused = client.post(reverse("result_decide", args=[row.pk]), sent)
    assert refused.status_code == 422 and "决定必须写明理由" in refused.content.decode()
    assert client.post(reverse("result_decide", args=[row.pk]), sent | {"reason": "核减"}).status_code == 302
    row.refresh_from_db()
    assert (row.decided, row.decision) == (Decimal(24_000_000), "压减")
    assert LogEntry.objects.filter(action="决定结果应用", reason="核减").exists()


@pytest.mark.parametrize("amount", ["很多", "-1", "1.0000001"])
def test_an_amount_that_is_none_stands_beside_its_field(cast: Cast, client_of: ClientOf, amount: str) -> None:
    row = of(plan(cast), cast.building)
    sent = {"based_on": row.revision, "amount": amount, "reason": "核减"}
    answer = client_of(cast.performance).post(reverse("result_decide", args=[row.pk]), sent)
    assert answer.status_code == 422
    assert Proposal.objects.filter(decided__isnull=False).count() == 0


def test_the_chosen_are_decided_and_the_others_are_not(cast: Cast, client_of: ClientOf) -> None:
    made = plan(cast)
    sent = {"row": [of(made, cast.meals).pk], "reason": "采纳"}
    client_of(cast.performance).post(reverse("results_decide", args=[made.pk]), sent)
    assert list(Proposal.objects.filter(decided__isnull=False).values_list("fund", flat=True)) == [
        cast.meals.pk
    ]


def test_a_target_that_cannot_be_met_is_explained(cast: Cast, client_of: ClientOf) -> None:
    made = plan(cast)
    client = client_of(cast.performance)
    client.post(
        reverse("results_mark", args=[made.pk]),
        {"row": [of(made, cast.building).pk], "based_on": made.revision},
    )
    made = Plan.objects.get()
    answer = client.post(
        reverse("results_constrain", args=[made.pk]), {"target": "9000", "based_on": made.revision}
    )
    assert answer.status_code == 422 and "能调的只有" in answer.content.decode()


def test_the_workbook_takes_no_name_for_a_formula(cast: Cast, client_of: ClientOf) -> None:
    Fund.objects.filter(pk=cast.meals.pk).update(name="=1+1")
    made = plan(cast)
    answer = client_of(cast.performance).get(reverse("results_xlsx", args=[made.pk]))
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    cells = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
    assert cells["=1+1"] == "s"
    assert cells[Decimal(25_500_000)] == "n"


def test_a_what_if_is_only_looked_at(cast: Cast, client_of: ClientOf) -> None:
    made = plan(cast)
    asked = {"grade_change-中": "-30"}
    page = client_of(cast.performance).get(reverse("results_what_if", args=[made.pk]), asked)
    assert "3,130.00" in page.content.decode()
    assert of(made, cast.building).amount == Decimal(25_500_000)


def test_the_check_list_and_the_typed_words(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.performance)
    page = client.get(reverse("year_end"), {"work": 2024}).content.decode()
    assert "2023年评价结果还没有测算和应用" in page and "先办完" in page
    applied(cast, plan(cast))
    wrong = client.post(reverse("year_end"), {"typed": "关闭"})
    assert wrong.status_code == 422 and "原样输入" in wrong.content.decode()
    assert client.post(reverse("year_end"), {"typed": "关闭2023年"}).status_code == 302
    assert Job.objects.filter(kind="close_year").count() == 1


def test_the_follow_up_stands_beside_the_budget(cast: Cast, client_of: ClientOf) -> None:
    made = applied(cast, plan(cast))
    page = client_of(cast.observer).get(reverse("results_follow", args=[made.pk])).content.decode()
    assert "预算未下达 4" in page


@pytest.mark.parametrize("target", ["0.0000001", "-5", "1e30", "99999999999999999999"])
def test_an_impossible_target_is_refused_and_breaks_nothing(
    cast: Cast, client_of: ClientOf, target: str
) -> None:
    made = plan(cast)
    client = client_of(cast.performance)
    sent = {"target": target, "based_on": made.revision}
    assert client.post(reverse("results_constrain", args=[made.pk]), sent).status_code == 422
    total = {"total": target, "based_on": made.revision}
    assert client.post(reverse("results_constrain", args=[made.pk]), total).status_code == 422
