"""Registers that a bureau has kept in Excel: whole or not at all, and never twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from tests.cast import Cast
from tests.findings.rows import registered

from jiheng.documents import tables
from jiheng.findings.models import Problem
from jiheng.findings.problem_imports import COLUMNS
from jiheng.units import imports
from jiheng.units.models import Batch, LogEntry, Person

GOOD = {
    "unit": "105002",
    "fund": "105002001",
    "fiscal_year": 2022,
    "source": "审计",
    "kind": "核算",
    "title": "会计科目核算不准确",
    "description": "第27号凭证将维修款列入办公费。",
    "amount": Decimal("86000.00"),
    "requirement": "调整账目",
    "found_on": date(2023, 6, 3),
    "state": "已销号",
    "issued_on": date(2023, 6, 17),
    "due_on": date(2023, 7, 17),
    "closed_on": date(2023, 7, 10),
}
NEW = GOOD | {
    "title": "台账登记不规范",
    "kind": "管理",
    "amount": None,
    "state": "待下达",
    "issued_on": None,
    "due_on": None,
    "closed_on": None,
}


def staged(person: Person, *rows: dict) -> Batch:
    data = tables.write(COLUMNS, rows)
    upload = imports.receive(person, "problems", f"台账{len(data)}.xlsx", data)
    return imports.stage(person, "problems", upload)


def test_a_register_comes_in_once(cast: Cast) -> None:
    _, done = imports.publish(cast.performance, staged(cast.performance, GOOD, NEW).pk)
    assert done.counts == {"新增": 2, "已有": 0}
    first, second = Problem.objects.order_by("serial")
    assert (first.number, first.state, first.amount) == ("2023-0001", "closed", Decimal("86000.00"))
    assert (second.number, second.state, str(second.money)) == ("2023-0002", "registered", "没有登记金额")
    assert LogEntry.objects.filter(action="登记问题", reason="由文件导入").count() == 2
    again = staged(cast.performance, GOOD, NEW, GOOD | {"title": "第三个"})
    assert "2 行在系统中已有" in again.preview["notes"][0]
    _, done = imports.publish(cast.performance, again.pk)
    assert done.counts == {"新增": 1, "已有": 2}


def test_one_that_came_before_is_pointed_out(cast: Cast) -> None:
    before = registered(cast, found_on=date(2022, 1, 5), title="会计科目核算不够准确", kind="核算")
    _, done = imports.publish(cast.performance, staged(cast.performance, GOOD).pk)
    assert Problem.objects.get(number="2023-0001").recurs == before
    assert "1 个与此前的问题相似" in done.notes[0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"unit": "999"}, "没有这个单位"),
        ({"fund": "361002001"}, "不是“第一中学”的"),
        ({"kind": "发票"}, "不在规定的类别"),
        ({"closed_on": None}, "状态为“已销号”的必填"),
        ({"closed_on": date(2020, 1, 1)}, "之间"),
        ({"due_on": date(2023, 6, 1)}, "早于下达日期"),
        ({"amount": Decimal(-5)}, "不能为负"),
        ({"fiscal_year": 22}, "四位年份"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_comes_in(cast: Cast, wrong: dict, words: str) -> None:
    batch = staged(cast.performance, GOOD | wrong, NEW)
    assert words in "；".join(cell["reason"] for cell in batch.preview["bad"])
    with pytest.raises(ValidationError):
        imports.publish(cast.performance, batch.pk)
    assert not Problem.objects.exists()


def test_only_the_bureau_imports(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        staged(cast.treasury, GOOD)
