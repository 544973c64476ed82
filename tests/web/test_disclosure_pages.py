"""决算公开 on pages: what waits for whom, payments behind a figure as of the day, files, all units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.cast import Cast
from tests.disclosure.made import YEAR, close_region, close_unit, of_school, opened, school_published

from jiheng.accounts.models import Statement
from jiheng.disclosure import todo
from jiheng.disclosure.models import Disclosure, DisclosureState, Publication
from jiheng.ledger.models import Entry
from jiheng.sheets import Amount, account_json
from jiheng.units.models import Batch, Person

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


def test_reasons_missing_wait_for_the_unit_s_own_people(cast: Cast) -> None:
    close_unit(cast, cast.school, reasons=False)
    row = Statement.objects.get(kind="three_public", unit=cast.school)
    row.table = account_json(row.as_table().with_cells({("reception", "last_final"): Amount.wan("3")}))
    row.save()
    made = opened(cast.reporter, cast.school)
    assert made.asked == 1
    [waits] = todo.for_person(cast.reporter)
    assert (waits.kind, waits.count, waits.params) == ("disclosure_reasons", 1, {"year": YEAR})
    assert todo.for_person(cast.performance) == []
    assert todo.for_person(cast.stranger) == []


def test_what_is_checked_waits_for_who_publishes(cast: Cast) -> None:
    close_region(cast)
    made = opened(cast.performance)
    Disclosure.objects.filter(pk=made.pk).update(state=DisclosureState.CHECKED)
    assert [item.kind for item in todo.for_person(cast.treasury)] == ["disclosure_ready"]
    assert todo.for_person(cast.debt) == []


def test_a_typed_figure_is_refused_and_nothing_typed_is_lost(cast: Cast, client_of: ClientOf) -> None:
    made = of_school(cast)
    key = "r.department/t1.in_total"
    answer = client_of(cast.reporter).post(
        reverse("disclosure_reasons", args=[made.pk]), {"based_on": made.revision, key: "少了 3 万元"}
    )
    assert answer.status_code == 422
    assert "数只能来自账表" in answer.content.decode()
    assert Disclosure.objects.get().reasons == {}


def test_words_and_lines_of_the_annex_are_kept_or_told_why_not(cast: Cast, client_of: ClientOf) -> None:
    close_region(cast)
    made = opened(cast.budget)
    sent = {
        "based_on": made.revision,
        "systems": "修订办法。",
        "problems.heading": ["目标不细", ""],
        "problems.text": ["没有量化。", ""],
        "reviewed.project": ["农村公路", ""],
        "reviewed.department": ["交通运输局", ""],
        "reviewed.years": ["2023年", "2023年"],
        "reviewed.amount": ["一千", ""],
        "reviewed.score": ["86.5", ""],
        "reviewed.grade": ["良", ""],
        "reviewed.four": ["1", ""],
        "linked": "2400",
    }
    url = reverse("disclosure_words", args=[made.pk])
    client = client_of(cast.budget)
    answer = client.post(url, sent)
    assert answer.status_code == 422
    assert "附件1 第1行的金额“一千”不是数字" in answer.content.decode()
    assert "没有量化。" in answer.content.decode()
    assert client.post(url, sent | {"reviewed.amount": ["1200", ""]}).status_code == 302
    words = Disclosure.objects.get().words
    assert words["reviewed"][0]["amount"] == "1200"
    assert len(words["reviewed"]) == len(words["problems"]) == 1


def test_payments_behind_a_figure_are_those_of_the_day_of_publication(
    cast: Cast, client_of: ClientOf
) -> None:
    made = school_published(cast)
    late = Batch.objects.create(
        region=cast.region,
        kind="payments",
        sha256="1" * 64,
        state=cast.batch.state,
        at=timezone.now(),
        published_at=made.published_at + timedelta(minutes=1),
    )
    for amount, batch in (("7000.00", cast.batch), ("9000.00", late)):
        entry = Entry.objects.filter(unit=cast.school, fiscal_year=YEAR).first()
        assert entry is not None
        entry.pk, entry.row_hash, entry.batch = None, f"reception-{amount}", batch
        entry.economic_code, entry.amount = "30217", Decimal(amount)
        entry.save(force_insert=True)
    source = "105002/2024/three_public/reception.final"
    url = reverse("disclosure_payments", args=[made.disclosure_id])
    shown = client_of(cast.reporter).get(url, {"source": source}).content.decode()
    assert "7,000.00 元（以" in shown
    assert "9,000.00" not in shown  # came after the day


def test_the_panel_names_the_cell_and_counts(cast: Cast, client_of: ClientOf) -> None:
    made = of_school(cast)
    url = reverse("disclosure", args=[made.pk])
    client = client_of(cast.reporter)
    panel = client.get(url, {"on": "f1"}, headers={"HX-Request": "true"}).content.decode()
    assert "《收入支出决算总表》收入总计·决算数" in panel
    assert "1,400,000" in panel
    assert "<html" not in panel
    assert "数的来源" in client.get(url, {"on": "f99999"}, headers={"HX-Request": "true"}).content.decode()


def test_published_files_are_those_that_were_checked(cast: Cast, client_of: ClientOf) -> None:
    made = school_published(cast)
    client = client_of(cast.observer)
    word = client.get(reverse("publication_file", args=[made.pk, "docx"]))
    assert word.content[:2] == b"PK"
    assert client.get(reverse("publication_file", args=[made.pk, "pdf"])).status_code == 404
    listed = client.get(reverse("publication_file", args=[made.pk, "sources"])).json()
    assert listed["sha256"] == Publication.objects.get().sha256
    page = client.get(reverse("disclosure_publications", args=[made.disclosure_id])).content.decode()
    assert made.sha256[:16] in page


def test_a_reader_sees_nothing_once_it_is_withdrawn(cast: Cast, client_of: ClientOf) -> None:
    made = school_published(cast)
    url = reverse("disclosure", args=[made.disclosure_id])
    assert client_of(cast.observer).get(url).status_code == 200
    revision = Disclosure.objects.get().revision
    answer = client_of(cast.reviewer).post(
        reverse("disclosure_withdraw", args=[made.disclosure_id]), {"based_on": revision, "reason": "有误"}
    )
    assert answer.status_code == 302
    assert client_of(cast.observer).get(url).status_code == 404
