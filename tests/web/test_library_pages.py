"""The library's pages: finding, keeping, suggesting; each write page works, is refused, and is logged."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cast import Cast
from tests.library import rows
from tests.web import filed

from jiheng.library import contents, uses
from jiheng.library.models import Indicator, Standard, Status
from jiheng.library.uses import GoalLines
from jiheng.sheets import Quantity
from jiheng.units import imports
from jiheng.units.models import LogEntry, Person, Region

Clients = Callable[[Person], Client]

FORM = {
    "name": "危桥改造数",
    "sector": "交通运输",
    "level2": "数量指标",
    "operator": "≥",
    "unit": "座",
    "typed": "4",
    "based_on": "1",
    "reason": "按上年实际",
}
STANDARD = {
    "name": "县道日常养护标准",
    "sector": "交通运输",
    "operator": "≥",
    "typed": "12000",
    "unit": "元/公里·年",
    "based_on": "1",
    "reason": "提标",
}


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# ── finding ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_finds_by_word_synonym_and_filter(cast: Cast, client_of: Clients) -> None:
    contents.load(cast.region)
    client = client_of(cast.reporter)
    page = text_of(client.get(reverse("library"), {"text": "卫生间"}))
    assert "新建农村公共厕所" in page
    page = text_of(client.get(reverse("library"), {"level2": "时效指标", "sector": "教育·营养改善"}))
    assert "供餐按时率" in page
    assert "实施学校数" not in page
    page = text_of(client.get(reverse("library"), {"verified": "yes", "text": "学生补助标准"}))
    assert ">学生补助标准<" not in page
    assert "没有找到这样的指标" in text_of(client.get(reverse("library"), {"text": "航天发射"}))
    assert client.get(reverse("library"), {"status": "nonsense", "page": "x"}).status_code == 200


def test_retired_indicators_are_found_when_asked_for(cast: Cast, client_of: Clients) -> None:
    item = rows.indicator(cast)
    Indicator.objects.filter(pk=item.pk).update(status=Status.RETIRED)
    client = client_of(cast.observer)
    assert "危桥改造数" not in text_of(client.get(reverse("library")))
    assert "危桥改造数" in text_of(client.get(reverse("library"), {"status": "retired", "text": "危桥"}))


def test_the_list_asks_the_same_however_many_there_are(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    rows.indicator(cast)
    client.get(reverse("library"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("library"))
    contents.load(cast.region)
    client.get(reverse("library"))  # what waits for the person is counted anew after a change
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("library"))
    assert len(few) == len(many)


def test_a_page_shows_history_to_all_but_forms_only_to_who_sees_the_unit(
    cast: Cast, client_of: Clients
) -> None:
    contents.load(cast.region)
    item = Indicator.objects.get(name="学生家长满意度")
    line = next(line for line in filed.indicators() if line.name == "学生家长满意度")
    for unit, fund in ((cast.school, cast.building), (cast.clinic, cast.clinics)):
        uses.note_goals([GoalLines(unit=unit, fund=fund, fiscal_year=2024, lines=[line], is_approved=True)])
    page = text_of(client_of(cast.reporter).get(reverse("indicator", args=[item.pk])))
    assert cast.building.name in page
    assert cast.clinics.name not in page, "another office's form"
    assert '<td class="num">2</td>' in page, "but its figures count"
    assert "完成值来源" in page
    assert "问卷" in page


def test_an_export_can_be_imported_again_without_a_change(
    cast: Cast, client_of: Clients, tmp_path: Any
) -> None:
    contents.load(cast.region)
    for name, kind, model in (
        ("library_xlsx", "indicators", Indicator),
        ("standards_xlsx", "standards", Standard),
    ):
        answer = client_of(cast.performance).get(reverse(name))
        data = b"".join(answer.streaming_content)
        upload = imports.receive(cast.performance, kind, "库.xlsx", data)
        batch = imports.stage(cast.performance, kind, upload)
        assert batch.preview["bad_count"] == 0, batch.preview["bad"]
        _, done = imports.publish(cast.performance, batch.pk)
        assert (done.counts["新增"], done.counts["修订"]) == (0, 0)
        assert done.counts["无变化"] == model.objects.filter(status=Status.ACTIVE).count()


def test_a_changed_export_revises_and_adds(cast: Cast, client_of: Clients) -> None:
    item = rows.indicator(cast)
    data = b"".join(client_of(cast.performance).get(reverse("library_xlsx")).streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    assert sheet is not None
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index("典型值") + 1, "9")
    for name, value in (("指标名称", "新建桥梁数"), ("行业领域", "交通运输"), ("二级指标", "数量指标")):
        sheet.cell(3, heads.index(name) + 1, value)
    for name, value in (("计算符号", "≥"), ("计量单位", "座")):
        sheet.cell(3, heads.index(name) + 1, value)
    for name, value in (("指标名称", "没有分类"), ("行业领域", "交通运输"), ("二级指标", "进度")):
        sheet.cell(4, heads.index(name) + 1, value)
    sheet.cell(4, heads.index("计算符号") + 1, "≥")
    out = io.BytesIO()
    book.save(out)
    upload = imports.receive(cast.performance, "indicators", "改.xlsx", out.getvalue())
    batch = imports.stage(cast.performance, "indicators", upload)
    assert {bad["column"] for bad in batch.preview["bad"]} == {"二级指标", "计量单位"}
    _, done = imports.publish(cast.performance, batch.pk, good_rows_only=True)
    assert dict(done.counts) == {"新增": 1, "修订": 1, "无变化": 0}
    item.refresh_from_db()
    assert (item.typed, item.edition) == ("9", 2)
    assert Indicator.objects.get(name="新建桥梁数").code == "ZB00002"


def test_clashes_and_flat_indicators_have_their_pages(cast: Cast, client_of: Clients) -> None:
    [line, *_] = filed.indicators()
    for unit, measure in ((cast.school, "公里"), (cast.clinic, "千米")):
        told = replace(line, name="巡查里程", unit=measure)
        uses.note_goals([GoalLines(unit=unit, fund=None, fiscal_year=2024, lines=[told])])
    page = text_of(client_of(cast.division).get(reverse("library_clashes"), {"year": "2024"}))
    assert "巡查里程" in page
    assert "千米" in page
    assert "指标库里没有" in page
    assert "还没有这样的指标" in text_of(client_of(cast.division).get(reverse("library_flat")))


# ── keeping: works · GET refused · stranger 404 · other roles 403 · logged ────────────────────────────

WRITES: list[tuple[str, dict[str, str], str]] = [
    ("indicator_edit", FORM, "修订标准指标"),
    ("indicator_retire", {"based_on": "1", "reason": "口径已变"}, "停用标准指标"),
    ("indicator_replace", {"based_on": "1", "reason": "统一名称", "other": "ZB00002"}, "替代标准指标"),
    ("indicator_merge", {"based_on": "1", "reason": "同一个意思", "other": "ZB00002"}, "合并标准指标"),
]


@pytest.mark.parametrize(("name", "sent", "action"), WRITES, ids=[name for name, *_ in WRITES])
def test_a_write_page_of_an_indicator(
    cast: Cast, client_of: Clients, name: str, sent: dict[str, str], action: str
) -> None:
    item = rows.indicator(cast)
    rows.indicator(cast, replace(rows.BRIDGES, name="改造危桥座数"))
    url = reverse(name, args=[item.pk])
    keeper = client_of(cast.performance)
    assert keeper.get(url).status_code == (200 if name == "indicator_edit" else 405)
    assert client_of(cast.division).post(url, sent).status_code == 403
    elsewhere = Region.objects.create(code="430298000", name="邻区")
    contents.load(elsewhere)
    strange = Indicator.objects.filter(region=elsewhere)[0]
    assert keeper.post(reverse(name, args=[strange.pk]), sent).status_code == 404
    assert Indicator.objects.get(pk=item.pk).edition == 1
    answer = keeper.post(url, sent)
    assert answer.status_code == 302, text_of(answer)
    assert Indicator.objects.get(pk=item.pk).edition == 2
    assert LogEntry.objects.filter(action=action, subject_id=str(item.pk)).exists()
    again = keeper.post(url, sent)
    assert again.status_code == 422, "the page was made from an older edition"
    assert "改为第 2 版" in text_of(again)


def test_an_indicator_is_added_and_restored(cast: Cast, client_of: Clients) -> None:
    keeper = client_of(cast.performance)
    assert keeper.post(reverse("indicator_new"), FORM).status_code == 302
    item = Indicator.objects.get()
    keeper.post(reverse("indicator_retire", args=[item.pk]), {"based_on": "1", "reason": "停"})
    keeper.post(reverse("indicator_restore", args=[item.pk]), {"based_on": "2", "reason": "恢复"})
    assert Indicator.objects.get().status == Status.ACTIVE
    assert LogEntry.objects.filter(action="恢复标准指标").exists()
    page = text_of(keeper.get(reverse("indicator", args=[item.pk])))
    assert "第 3 版" in page
    assert "状态：停用 → 在用" in page


def test_what_is_wrong_is_said_beside_its_field_and_stays_typed(cast: Cast, client_of: Clients) -> None:
    answer = client_of(cast.performance).post(
        reverse("indicator_new"), FORM | {"typed": "三座多", "function_codes": "21A"}
    )
    assert answer.status_code == 422
    page = text_of(answer)
    assert "3、5 或 7 位数字" in page
    assert 'value="三座多"' in page


@pytest.mark.parametrize(
    ("name", "sent", "action"),
    [
        ("standard_edit", STANDARD, "修订支出标准"),
        ("standard_switch", {"based_on": "1", "reason": "过期"}, "停用支出标准"),
    ],
)
def test_a_write_page_of_a_standard(
    cast: Cast, client_of: Clients, name: str, sent: dict[str, str], action: str
) -> None:
    item = rows.standard(cast)
    url = reverse(name, args=[item.pk])
    keeper = client_of(cast.performance)
    assert keeper.get(url).status_code == (200 if name == "standard_edit" else 405)
    assert client_of(cast.reporter).post(url, sent).status_code == 403
    assert keeper.post(reverse(name, args=[987654]), sent).status_code == 404
    assert keeper.post(url, sent).status_code == 302
    assert LogEntry.objects.filter(action=action).exists()
    page = text_of(client_of(cast.observer).get(reverse("standard", args=[item.pk])))
    assert "不是成本上限" in page
    assert "第 2 版" in page


def test_a_standard_is_added(cast: Cast, client_of: Clients) -> None:
    answer = client_of(cast.performance).post(reverse("standard_new"), STANDARD)
    assert answer.status_code == 302
    assert "≥ 投入下限" in text_of(client_of(cast.reporter).get(reverse("standards"), {"text": "县道"}))


# ── suggesting ────────────────────────────────────────────────────────────────────────────────────────


def suggested(client: Client, pk: int, **asked: str) -> str:
    return text_of(client.get(reverse("goal_suggest", args=[pk]), asked, headers={"HX-Request": "true"}))


def test_options_carry_what_choosing_fills_in(cast: Cast, client_of: Clients) -> None:
    contents.load(cast.region)
    filing = filed.draft(cast)
    told = suggested(client_of(cast.reporter), filing.pk, text="校舍维修", level="产出指标|质量指标")
    assert 'data-name="校舍维修改造合格率"' in told
    assert 'data-level="产出指标|质量指标"' in told
    assert 'data-operator="=" data-unit="%" data-target="100"' in told
    assert "名称含“校舍维修”" in told


def test_cost_stands_where_the_form_s_own_framework_has_it(cast: Cast, client_of: Clients) -> None:
    contents.load(cast.region)
    client, filing = client_of(cast.reporter), filed.filled(cast)
    told = suggested(client, filing.pk, text="建设项目成本控制率")
    assert 'data-level="成本指标|经济成本指标"' in told
    client.post(reverse("goal_taxonomy", args=[filing.pk]), filed.sent(filing))
    told = suggested(client, filing.pk, text="建设项目成本控制率")
    assert 'data-level="产出指标|成本指标"' in told


def test_what_stands_on_the_form_is_not_offered_again_unasked(cast: Cast, client_of: Clients) -> None:
    contents.load(cast.region)
    cast.building.function_code = "2050202"
    cast.building.save()
    filing, client = filed.filled(cast), client_of(cast.reporter)
    assert 'data-name="学生家长满意度"' not in suggested(client, filing.pk)
    assert 'data-name="学生家长满意度"' in suggested(client, filing.pk, text="家长满意")


def test_nothing_found_is_said_and_typed_text_is_escaped(cast: Cast, client_of: Clients) -> None:
    filing = filed.draft(cast)
    told = suggested(client_of(cast.reporter), filing.pk, text="<b>航天</b>")
    assert "&lt;b&gt;航天" in told
    assert "可以自己写" in told


def test_a_form_that_is_past_editing_gets_no_suggestions(cast: Cast, client_of: Clients) -> None:
    filing = filed.submitted(cast)
    answer = client_of(cast.reporter).get(reverse("goal_suggest", args=[filing.pk]))
    assert answer.status_code == 404


def test_the_page_warns_of_a_target_far_from_history(cast: Cast, client_of: Clients) -> None:
    line = next(line for line in filed.indicators() if line.name == "学生家长满意度")
    past = replace(line, target=Quantity.of("60"))
    uses.note_goals(
        [GoalLines(unit=cast.school, fund=cast.building, fiscal_year=2023, lines=[past], is_approved=True)]
    )
    filing = filed.filled(cast)
    client = client_of(cast.reporter)
    page = text_of(client.post(reverse("filing_check", args=[filing.pk]), filed.sent(filing), follow=True))
    assert "与 2023 年本项目批复的 60% 相差较大，高 30 个百分点" in page
