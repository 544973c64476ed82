"""The change log: what is written, who reads it, and that nobody rewrites it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from tests.cast import Cast

from jiheng.sheets import NOT_REPORTED
from jiheng.units import log
from jiheng.units.models import LogEntry, Region


def test_an_entry_says_who_what_and_what_changed(cast: Cast) -> None:
    token = log.caller_address.set("10.20.30.40")
    try:
        entry = log.record(
            cast.reporter,
            "保存草稿",
            cast.school,
            before={"金额": NOT_REPORTED},
            after={"金额": Decimal("13.40"), "日期": date(2024, 3, 1), "单位": cast.school},
            reason="补报",
        )
    finally:
        log.caller_address.reset(token)
    entry.refresh_from_db()
    assert (entry.person_name, entry.role, entry.region_code) == ("张填", "reporter", "430299000")
    assert (entry.subject, entry.subject_id, entry.subject_name) == (
        "units.unit",
        str(cast.school.pk),
        "第一中学",
    )
    assert entry.unit_name == "第一中学"
    assert entry.before == {"金额": "未报送"}
    assert entry.after == {"金额": "13.40", "日期": "2024-03-01", "单位": "第一中学"}
    assert entry.address == "10.20.30.40"


def test_a_float_has_no_place_in_the_log(cast: Cast) -> None:
    with pytest.raises(TypeError, match="float"):
        log.record(cast.reporter, "保存草稿", cast.school, after={"金额": 1.5})


def test_many_entries_take_one_statement(cast: Cast, django_assert_max_num_queries) -> None:
    drafts = [log.LogDraft(action="审核通过", subject=unit) for unit in cast.units * 30]
    with django_assert_max_num_queries(3):  # SQLite adds a savepoint and its release
        assert log.record_many(cast.performance, drafts) == 150


def test_an_entry_is_never_changed(cast: Cast) -> None:
    entry = log.record(cast.reporter, "保存草稿", cast.school)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        LogEntry.objects.filter(pk=entry.pk).update(reason="改写")
    entry.refresh_from_db()
    assert entry.reason == ""


def test_the_log_is_read_by_auditors_of_its_region_only(cast: Cast) -> None:
    log.record(cast.reporter, "保存草稿", cast.school)
    assert log.entries(cast.observer, log.LogFilter()).count() == 1
    with pytest.raises(PermissionDenied):
        log.entries(cast.reporter, log.LogFilter())
    cast.observer.region = Region.objects.create(code="430298000", name="邻区")
    assert log.entries(cast.observer, log.LogFilter()).count() == 0


def _days(cast: Cast) -> None:
    """Two entries just before and just after midnight of 1 March, local time."""
    for hour, action, unit in ((15, "提交", cast.school), (17, "退回", cast.clinic)):
        LogEntry.objects.create(
            at=datetime(2024, 2, 29, hour, 30, tzinfo=UTC),
            person=cast.reporter,
            person_name="张填",
            role="reporter",
            region_code=cast.region.pk,
            unit_name=unit.name,
            action=action,
            subject="filings.filing",
            subject_id="7",
            subject_name="薄弱学校改造专项资金",
            reason="面积与批复不符",
        )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"since": date(2024, 3, 1)}, ["退回"]),
        ({"until": date(2024, 2, 29)}, ["提交"]),
        ({"since": date(2024, 2, 29), "until": date(2024, 3, 1)}, ["退回", "提交"]),
        ({"action": "提交"}, ["提交"]),
        ({"unit": "卫生服务"}, ["退回"]),
        ({"person": "张"}, ["退回", "提交"]),
        ({"person": "reporter", "text": "批复"}, ["退回", "提交"]),
        ({"subject": "filings.filing", "subject_id": "8"}, []),
    ],
)
def test_the_log_is_filtered(cast: Cast, wanted: dict, found: list[str]) -> None:
    _days(cast)
    assert [entry.action for entry in log.entries(cast.admin, log.LogFilter(**wanted))] == found


def test_the_log_is_exported_in_words(cast: Cast) -> None:
    log.record(cast.reporter, "改密码", cast.school, before={"状态": "草稿", "版本": 3}, reason="定期")
    (row,) = log.export_rows(log.entries(cast.admin, log.LogFilter()))
    assert len(row) == len(log.HEADINGS)
    assert row[1:5] == ("张填", "单位填报人", "第一中学", "改密码")
    assert row[7] == "版本：3；状态：草稿"
    assert log.actions(cast.admin) == ["改密码"]
