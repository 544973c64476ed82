"""Verbs of the library: editions, refusals, uses that follow; the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from tests.cast import Cast

from jiheng.library import contents, uses, workflow
from jiheng.library.models import Edition, Indicator, Standard, Status, Use
from jiheng.library.uses import GoalLines
from jiheng.library.workflow import IndicatorDraft, StandardDraft
from jiheng.sheets import Indicator as Line
from jiheng.sheets import Operator, Quantity
from jiheng.units.models import LogEntry, Region

DRAFT = IndicatorDraft(
    name="危桥改造数", sector="交通运输", level2="数量指标", operator="≥", unit="座", typed="3", year=2023
)
BRIDGE = StandardDraft(
    name="危桥改造补助标准", sector="交通运输", operator="≤", typed="0.85", unit="万元/延米"
)


def added(cast: Cast, **changed: Any) -> Indicator:
    return workflow.add(cast.performance, replace(DRAFT, **changed))


def line(name: str, key: str = "k1") -> Line:
    return Line(
        key=key, level1="产出指标", level2="数量指标", name=name, operator=Operator.AT_LEAST,
        target=Quantity.of("3"), unit="座", weight=Quantity.of("10"),
    )  # fmt: skip


def goal(cast: Cast, *lines: Line, year: int = 2024) -> GoalLines:
    return GoalLines(unit=cast.school, fund=cast.building, fiscal_year=year, lines=lines)


def refused(call: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as told:
        call()
    return told.value.message_dict if hasattr(told.value, "error_dict") else {"": told.value.messages}


def test_a_new_indicator_has_a_code_an_edition_and_a_log_entry(cast: Cast) -> None:
    item = added(cast)
    assert (item.code, item.value, item.edition) == ("ZB00001", Decimal(3), 1)
    [edition] = item.editions.all()
    assert edition.content["指标名称"] == "危桥改造数"
    assert edition.content["计量单位"] == "座"
    assert LogEntry.objects.get(action="新增标准指标").after["典型值原文"] == "3"
    assert added(cast, name="新建桥梁数").code == "ZB00002"


def test_only_the_performance_section_keeps_the_library(cast: Cast) -> None:
    for person in (cast.reporter, cast.division, cast.department, cast.admin, cast.observer):
        with pytest.raises(PermissionDenied):
            workflow.add(person, DRAFT)
    assert not Indicator.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"name": " "}, "name", "请填写名称"),
        ({"name": "x" * 201}, "name", "最多 200 个字，现有 201 个"),
        ({"sector": ""}, "sector", "请填写行业领域"),
        ({"level2": "进度指标"}, "level2", "不是二级指标"),
        ({"operator": "约等于"}, "operator", "不是计算符号"),
        ({"unit": ""}, "unit", "定量指标要有计量单位"),
        ({"typed": "三座多"}, "typed", "三座多"),
        ({"typed": "1234567890123"}, "typed", "数太大"),
        ({"operator": "定性", "unit": ""}, "typed", "写在“典型值说明”里"),
        ({"function_codes": "21A"}, "function_codes", "3、5 或 7 位数字"),
        ({"year": 23}, "year", "四位数字"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    cast: Cast, changed: dict[str, Any], field: str, said: str
) -> None:
    told = refused(lambda: added(cast, **changed))
    assert said in told[field][0]
    assert not Indicator.objects.exists()


def test_the_same_indicator_is_not_added_twice(cast: Cast) -> None:
    added(cast)
    assert "已有同名" in refused(lambda: added(cast, name="危桥 改造数"))["name"][0]
    added(cast, sector="水利")  # another trade may mean another thing


def test_a_revision_is_the_next_edition_and_says_what_changed(cast: Cast) -> None:
    item = added(cast)
    after = workflow.revise(cast.colleague, item.pk, 1, replace(DRAFT, typed="5"), "按上年实际")
    assert (after.edition, after.value) == (2, Decimal(5))
    assert [edition.content["典型值原文"] for edition in after.editions.all()] == ["3", "5"]
    entry = LogEntry.objects.get(action="修订标准指标")
    assert (entry.before, entry.after, entry.reason) == (
        {"典型值原文": "3"},
        {"典型值原文": "5"},
        "按上年实际",
    )


def test_who_comes_second_is_told_and_nothing_is_lost(cast: Cast) -> None:
    item = added(cast)
    workflow.revise(cast.colleague, item.pk, 1, replace(DRAFT, typed="5"), "")
    told = refused(lambda: workflow.revise(cast.performance, item.pk, 1, replace(DRAFT, typed="7"), ""))
    assert f"刚被{cast.colleague.name}改为第 2 版" in told[""][0]
    assert Indicator.objects.get(pk=item.pk).value == Decimal(5)


def test_a_revision_without_a_change_makes_no_edition(cast: Cast) -> None:
    item = added(cast)
    assert "没有变化" in refused(lambda: workflow.revise(cast.performance, item.pk, 1, DRAFT, ""))[""][0]
    assert Edition.objects.count() == 1


def test_retiring_asks_for_a_reason_and_can_be_undone(cast: Cast) -> None:
    item = added(cast)
    assert (
        "理由" in refused(lambda: workflow.retire(cast.performance, Indicator, item.pk, 1, " "))["reason"][0]
    )
    assert workflow.retire(cast.performance, Indicator, item.pk, 1, "口径已变").status == Status.RETIRED
    refused(lambda: workflow.retire(cast.performance, Indicator, item.pk, 2, "再停一次"))
    assert workflow.restore(cast.performance, Indicator, item.pk, 2, "又要用").status == Status.ACTIVE
    assert [edition.cause for edition in item.editions.all()] == ["新增", "停用", "恢复"]


def test_a_replaced_indicator_keeps_its_past_and_hands_on_its_future(cast: Cast) -> None:
    old, new = added(cast), added(cast, name="改造危桥座数")
    uses.note_goals([goal(cast, line("危桥改造数"), year=2023)])
    after = workflow.replace(cast.performance, old.pk, 1, new.pk, "统一名称")
    assert (after.status, after.replaced_by) == (Status.RETIRED, new)
    uses.note_goals([goal(cast, line("危桥改造数"), year=2024)])
    assert [use.indicator for use in Use.objects.order_by("fiscal_year")] == [old, new]


def test_merged_indicators_are_one_and_its_uses_follow(cast: Cast) -> None:
    other, kept = added(cast), added(cast, name="改造危桥座数")
    uses.note_goals([goal(cast, line("危桥改造数"))])
    after = workflow.merge(cast.performance, other.pk, 1, kept.pk, "同一个意思")
    assert (after, after.edition, after.keywords) == (kept, 2, "危桥改造数")
    assert Use.objects.get().indicator == kept
    assert Indicator.objects.get(pk=other.pk).replaced_by == kept
    assert LogEntry.objects.filter(action="合并标准指标").count() == 2


def test_an_indicator_takes_no_strange_place(cast: Cast) -> None:
    item, gone = added(cast), added(cast, name="停用的")
    workflow.retire(cast.performance, Indicator, gone.pk, 1, "不用")
    assert "自己" in refused(lambda: workflow.merge(cast.performance, item.pk, 1, item.pk, "x"))["other"][0]
    assert "在用" in refused(lambda: workflow.merge(cast.performance, item.pk, 1, gone.pk, "x"))["other"][0]
    assert (
        "选另一个" in refused(lambda: workflow.replace(cast.performance, item.pk, 1, 987654, "x"))["other"][0]
    )


def test_another_region_s_item_is_not_there(cast: Cast) -> None:
    elsewhere = Region.objects.create(code="430298000", name="邻区")
    contents.load(elsewhere)
    item = Indicator.objects.filter(region=elsewhere)[0]
    with pytest.raises(Http404):
        workflow.retire(cast.performance, Indicator, item.pk, 1, "不是我的")


def test_a_standard_says_how_it_binds(cast: Cast) -> None:
    item = workflow.add_standard(cast.performance, BRIDGE)
    assert (item.code, item.value) == ("BZ00001", Decimal("0.85"))
    after = workflow.revise_standard(cast.performance, item.pk, 1, replace(BRIDGE, typed="0.9"), "提标")
    assert after.edition == 2
    told = refused(
        lambda: workflow.add_standard(cast.performance, replace(BRIDGE, operator="定性", typed=""))
    )
    assert set(told) == {"operator", "typed"}
    assert workflow.retire(cast.performance, Standard, item.pk, 2, "过期").status == Status.RETIRED


def test_no_edition_can_be_rewritten(cast: Cast) -> None:
    item = added(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.filter(indicator=item).update(reason="改写")
    assert connection.in_atomic_block
