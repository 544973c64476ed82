"""Hits in pages: the rows they rest on with links, the guard, the verbs, the unit's answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.cast import Cast, make_entry
from tests.flags import rows

from jiheng.flags.models import Hit, HitState
from jiheng.units.models import LogEntry, Person

Clients = Callable[[Person], Client]


def test_a_hit_shows_its_rows_with_links_and_its_guard(cast: Cast, client_of: Clients) -> None:
    entry = make_entry(cast.batch, cast.building, date(2024, 5, 8), "3000.00")
    rows.early_contract(cast)
    rows.keep(cast, "contract_payments", {"contract": "HT-1", "voucher": entry.voucher})
    rows.run(cast)
    client = client_of(cast.performance)
    paid = client.get(reverse("flag", args=[Hit.objects.get(flag="F08").pk])).content.decode()
    assert f"/payments/?year=2024&amp;text={entry.voucher}" in paid
    assert "曾用名、代付协议收款人视同乙方" in paid and "补充合同上限" in paid and "待核" in paid
    found = Hit.objects.get(flag="F01")
    page = client.get(reverse("flag", args=[found.pk])).content.decode()
    assert "2024-03-15" in page and f"/flags/{found.pk}/row/?source=" in page
    row = client.get(reverse("flag_row", args=[found.pk]), {"source": "合同", "key": "HT-1"}).content.decode()
    assert "运动场改造" in row and "860000 元" in row


def test_the_list_tells_what_was_left_out_and_keeps_its_filters(cast: Cast, client_of: Clients) -> None:
    rows.hit(cast)
    client = client_of(cast.performance)
    page = client.get(reverse("flags"), {"year": "2024", "flag": "F01", "level": "高"}).content.decode()
    assert (
        "签约早于企业成立" in page
        and "运动场改造" in page
        and "还没有“补贴发放、奖补政策清单、规上企业名录" in page
    )
    nothing = client.get(reverse("flags"), {"year": "2024", "flag": "F01", "state": "gone"}).content.decode()
    assert "没有符合条件的疑点" in nothing
    bad = client.get(reverse("flags"), {"year": "2024", "flag": "F99", "unit": "x", "state": "y" * 300})
    assert bad.status_code == 200


def test_the_workbook_is_what_the_filters_show_and_is_logged(cast: Cast, client_of: Clients) -> None:
    rows.hit(cast)
    answer = client_of(cast.performance).get(reverse("flags_xlsx"), {"year": "2024", "flag": "F01"})
    assert answer.status_code == 200 and b"".join(answer)[:2] == b"PK"
    assert LogEntry.objects.get(action="导出疑点").after == {"年度": 2024, "行数": 1}


def test_the_unit_is_asked_and_answers(cast: Cast, client_of: Clients) -> None:
    found = rows.hit(cast)
    bureau, unit = client_of(cast.division), client_of(cast.reporter)
    due = timezone.localdate() + timedelta(days=5)
    sent = {"based_on": found.revision, "text": "请说明签约过程", "due_on": due.isoformat()}
    assert bureau.post(reverse("flag_ask", args=[found.pk]), sent).status_code == 302
    home = unit.get(reverse("home")).content.decode()
    assert "2024年疑点待答复 1 条" in home
    page = unit.get(reverse("flag", args=[found.pk])).content.decode()
    assert "请说明签约过程" in page and "转为问题线索" not in page
    found.refresh_from_db()
    told = {"based_on": found.revision, "text": "成立日期以变更登记为准"}
    assert unit.post(reverse("flag_answer", args=[found.pk]), told).status_code == 302
    found.refresh_from_db()
    assert found.state == HitState.ANSWERED


def test_a_stale_decision_is_told_and_what_was_typed_stays(cast: Cast, client_of: Clients) -> None:
    found = rows.hit(cast)
    client = client_of(cast.performance)
    url = reverse("flag_dismiss", args=[found.pk])
    answer = client.post(url, {"based_on": found.revision + 3, "text": "我核过了"})
    assert answer.status_code == 409 and "我核过了" in answer.content.decode()
    empty = client.post(url, {"based_on": found.revision, "text": " "})
    assert empty.status_code == 422 and "排除请写明理由" in empty.content.decode()
    found.refresh_from_db()
    assert found.state == HitState.OPEN


def test_a_year_never_run_says_what_to_do(cast: Cast, client_of: Clients) -> None:
    page = client_of(cast.performance).get(reverse("flags"), {"year": "2024"}).content.decode()
    assert "这一年还没有核查过" in page and "开始核查" in page
    assert "开始核查" not in client_of(cast.observer).get(reverse("flags"), {"year": "2024"}).content.decode()
