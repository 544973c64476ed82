"""四评 in pages: no score is read before its time, refusals stand on the page, one sheet a project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.reviews import rows

from jiheng.findings.models import Clue
from jiheng.reviews import workflow
from jiheng.reviews.models import FourReview
from jiheng.units.models import Person

Clients = Callable[[Person], Client]


def opened(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args), {"work": "2024"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_no_score_is_read_before_its_time(cast: Cast, client_of: Clients) -> None:
    rows.own_score(cast, "95.43")
    rows.fiscal_score(cast, "85.17")
    review = rows.picked(cast)
    own = rows.convened(cast, review, "audit")
    rows.sealed(own, cast.audit, "0.732")
    workflow.note_fault(
        cast.audit,
        rows.part(review, "audit"),
        rows.fresh(review).revision,
        workflow.FaultDraft(kind="核算", title="台账不全", description="缺单"),
    )
    for name, args in (("reviews", ()), ("review", (review.pk,)), ("review_sheet", (review.pk,))):
        congress = opened(client_of(cast.congress), name, *args)
        assert "95.43" in congress
        assert "85.17" in congress
        assert "73.2" not in congress
        assert "台账不全" not in congress
        unit = opened(client_of(cast.reporter), name, *args)
        assert not [score for score in ("95.43", "85.17", "73.2", "台账不全") if score in unit]
        assert "73.2" in opened(client_of(cast.performance), name, *args)
    assert "现在还不能看全部评审" in opened(client_of(cast.congress), "review", review.pk)


def test_once_confirmed_the_unit_reads_the_same_figures_everywhere(cast: Cast, client_of: Clients) -> None:
    review = rows.confirmed(cast)
    for name, args in (("reviews", ()), ("review", (review.pk,)), ("review_sheet", (review.pk,))):
        page = opened(client_of(cast.reporter), name, *args)
        assert "84.7" in page
        assert "审计核查" in page
    sheet = opened(client_of(cast.congress), "review_sheet", review.pk)
    assert "95×10%＋85×40%＋80×20%＋84×30% = 84.70" in sheet
    assert "4,754.00" in sheet
    assert "4,604.00" in sheet
    assert "同意综合等级" in sheet


def test_what_is_refused_stands_on_the_page_with_what_was_typed(cast: Cast, client_of: Clients) -> None:
    review = rows.scored(cast)
    client = client_of(cast.congress)
    based = {"based_on": str(review.revision)}
    answer = client.post(reverse("review_confirm", args=[review.pk]), {**based, "opinion": "同意此项"})
    assert answer.status_code == 422
    assert "差异还没有说明" in answer.content.decode()
    assert "同意此项" in answer.content.decode()
    stale = client.post(reverse("review_confirm", args=[review.pk]), {"based_on": "1", "opinion": "x"})
    assert stale.status_code == 409
    assert FourReview.objects.get().state == "open"
    pair = {"first": "self", "second": "audit", "text": "自评没有扣分"}
    assert client.post(reverse("review_explain", args=[review.pk]), based | pair).status_code == 302
    assert "自评没有扣分" in opened(client, "review", review.pk)


def test_the_page_leads_a_rater_to_the_project_and_back(cast: Cast, client_of: Clients) -> None:
    review = rows.picked(cast)
    client = client_of(cast.audit)
    assert "四评项目待组织审计核查 1 项" in opened(client, "home")
    part = rows.part(review, "audit")
    said = {"based_on": str(review.revision), "seats": [str(cast.audit.pk)], "due_on": str(rows.soon())}
    assert client.post(reverse("review_convene", args=[part.pk]), said).status_code == 302
    assert "评分表待填写封存 1 份" in opened(client, "home")
    seat = rows.part(review, "audit").panel.seats.get()  # type: ignore[union-attr]
    assert reverse("review_part", args=[part.pk]) in opened(client, "rating_sheet", seat.pk)
    assert not Clue.objects.exists()
