"""A candidate is picked, charged to an agency, scored with evidence, reviewed twice and confirmed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.cast import Cast
from tests.fiscal.rows import PDF

from jiheng.fiscal import papers, workflow
from jiheng.fiscal.models import KeyEvaluation
from jiheng.fiscal.workflow import Marking
from jiheng.units.models import Person

pytestmark = pytest.mark.browser
Opened = Callable[[Person], Page]


def score_the_rest(evaluation: KeyEvaluation, done: str) -> None:
    """What the agency does sixteen times more, by the same verbs that the page calls."""
    scorer, proof = evaluation.scorer, evaluation.proofs.get()
    assert scorer is not None
    for row in evaluation.rows.exclude(key=done).order_by("place"):
        now = KeyEvaluation.objects.get(pk=evaluation.pk).revision
        papers.cite(scorer, evaluation, now, proof.pk, (row.key, "第2页"))
        marking = Marking(score=row.weight, basis="资料齐全")
        workflow.score_row(scorer, evaluation, now + 1, row.key, marking)


def test_a_project_is_picked_scored_and_confirmed(window: Opened, cast: Cast, tmp_path: Path) -> None:
    bureau = window(cast.performance)
    bureau.goto("/fiscal/ranking/?work=2024")
    bureau.get_by_label(f"选定 {cast.building.name}").check()
    bureau.fill("[name=reason]", "资金量大、社会关注度高")
    bureau.get_by_role("button", name="选定", exact=True).click()
    expect(bureau.locator(".notice-success")).to_contain_text("已选定 1 项重点评价")
    bureau.get_by_role("link", name=cast.building.name).click()
    bureau.select_option("[name=scorer]", str(cast.agency.pk))
    bureau.fill("[name=organisation]", "天衡明德会计师事务所")
    bureau.get_by_role("button", name="布置", exact=True).click()
    expect(bureau.locator("h1")).to_contain_text("评价中")

    agency = window(cast.agency)
    agency.goto("/")
    agency.get_by_role("link", name="重点评价待完成 1 项").click()
    agency.get_by_role("link", name=cast.building.name).click()
    agency.get_by_role("link", name="打分", exact=True).click()
    agency.get_by_role("link", name="实际完成率").click()
    agency.fill("[name=first]", "18")
    agency.fill("[name=second]", "20")
    agency.get_by_role("button", name="保存得分").click()
    expect(agency.locator("#errors")).to_contain_text("还没有佐证材料，得分不能超过分值的60%")
    proof = tmp_path / "验收单.pdf"
    proof.write_bytes(PDF)
    agency.set_input_files("[name=file]", proof)
    agency.select_option("[name=kind]", "验收资料")
    agency.fill("[name=page]", "第3页")
    agency.get_by_role("button", name="上传这份佐证").click()
    expect(agency.locator("ul.files")).to_contain_text("第3页")
    agency.fill("[name=first]", "18")
    agency.fill("[name=second]", "20")
    agency.get_by_role("button", name="保存得分").click()
    expect(agency.locator("main")).to_contain_text("18/20 = 90.00%，分值10，得 9.00")
    evaluation = KeyEvaluation.objects.select_related("scorer", "unit", "region", "fund").get()
    score_the_rest(evaluation, evaluation.rows.get(level3="实际完成率").key)
    agency.get_by_role("link", name="报告文字").click()
    agency.fill("[name=profile]", "改造教学楼两栋。")
    agency.fill("[name=course]", "查阅资料、现场核查。")
    agency.get_by_role("button", name="保存", exact=True).click()
    agency.get_by_role("link", name="概况").click()
    expect(agency.locator("#total")).to_have_text("99.00")
    agency.get_by_role("button", name="提交初审").click()
    expect(agency.locator("h1")).to_contain_text("初审中")

    for person, button, state in (
        (cast.division, "初审通过", "复核中"),
        (cast.performance, "复核通过并确认", "已确认"),
    ):
        page = window(person)
        page.goto(f"/fiscal/{evaluation.pk}/")
        page.fill("[name=opinion]", "同意")
        page.get_by_role("button", name=button).click()
        if state == "已确认":
            page.click("#notice button[value=ok]")
        expect(page.locator("h1")).to_contain_text(state)
    with page.expect_download() as got:
        page.get_by_role("link", name="评价报告 Word").click()
    assert Path(got.value.path()).read_bytes()[:2] == b"PK"
    evaluation.refresh_from_db()
    assert (str(evaluation.total), evaluation.grade) == ("99.00", "优")
