"""操作日志: filtered, exported, in Chinese."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from django.test import Client
from openpyxl import load_workbook
from tests.cast import Cast

from jiheng.units import log
from jiheng.units.models import Person

ClientOf = Callable[[Person], Client]


def some_entries(cast: Cast) -> None:
    log.record(cast.reporter, "报送", cast.school, before={"desk": "reporter"}, after={"state": "in_review"})
    log.record(cast.stranger, "撤回", cast.health_bureau, reason="=1+1")


def test_filters_stay_in_the_address(cast: Cast, client_of: ClientOf) -> None:
    some_entries(cast)
    client = client_of(cast.observer)
    assert "撤回</td>" in client.get("/log/").content.decode()
    page = client.get("/log/?action=报送&unit=第一").content.decode()
    assert "撤回</td>" not in page
    assert "报送</td>" in page
    assert "/log/export.xlsx?action=" in page


def test_code_words_are_in_chinese(cast: Cast, client_of: ClientOf) -> None:
    some_entries(cast)
    page = client_of(cast.observer).get("/log/?action=报送").content.decode()
    assert "环节：填报人" in page
    assert "状态：审核中" in page
    assert 'title="单位填报人"' in page


def test_a_day_that_cannot_be_read_is_told(cast: Cast, client_of: ClientOf) -> None:
    answer = client_of(cast.observer).get("/log/?since=gestern&action=报送")
    assert answer.status_code == 200
    assert "日期写得不对" in answer.content.decode()


def test_exports_csv_without_formulas(cast: Cast, client_of: ClientOf) -> None:
    some_entries(cast)
    answer = client_of(cast.observer).get("/log/export.csv?unit=卫生")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    [heading, row] = list(csv.reader(io.StringIO(text)))
    assert heading == list(log.HEADINGS)
    assert row[2] == "单位填报人"
    assert row[5] == "预算单位"
    assert row[9] == "'=1+1"


def test_exports_a_workbook_without_formulas_and_says_so_in_the_log(cast: Cast, client_of: ClientOf) -> None:
    some_entries(cast)
    client = client_of(cast.observer)
    answer = client.get("/log/export.xlsx?unit=卫生")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert (sheet["J2"].value, sheet["J2"].data_type) == ("=1+1", "s")
    assert "导出日志" in client.get("/log/").content.decode()
