"""Evaluations in depth in pages: what each sees and when, refusals, figures as in the report."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import docx
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cast import Cast, make_fund
from tests.fiscal.rows import (
    PDF,
    TEXTS,
    assigned,
    confirmed,
    fresh,
    picked,
    proven,
    reviewed,
    submitted,
    with_papers,
)

from jiheng.fiscal.models import Concern, KeyEvaluation, Proof, Questionnaire, SchemeRow, UnitComment
from jiheng.fiscal.standing import points, standing_of
from jiheng.units.models import LogEntry, Person

Clients = Callable[[Person], Client]


def opened(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, name: str, evaluation: KeyEvaluation, *args: Any, **data: Any) -> Any:
    revision = fresh(evaluation).revision
    return client.post(reverse(name, args=[evaluation.pk, *args]), {"based_on": revision, **data})


def test_ticked_candidates_are_picked_with_a_reason(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    said = {"kind": "fiscal", "span": "ongoing", "from_year": "2022", "to_year": "2023", "unit": ""}
    fund = [str(cast.building.pk), str(cast.relief.pk)]
    refused = client.post(reverse("fiscal_ranking") + "?work=2024", {**said, "fund": fund})
    assert refused.status_code == 422
    assert "选定重点评价须写明理由" in refused.content.decode()
    client.post(reverse("fiscal_ranking"), {**said, "fund": fund, "reason": "重大民生"})
    assert set(KeyEvaluation.objects.values_list("year", "from_year", "to_year")) == {(2024, 2022, 2023)}
    assert "2024-02" in opened(client, "fiscal")


def test_a_concern_counts_in_the_ranking(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    said = {"fund": cast.meals.pk, "kind": "信访投诉", "text": "饭菜质量", "received_on": "2024-03-01"}
    client.post(reverse("fiscal_concern"), said)
    assert Concern.objects.get().fund == cast.meals
    assert "1件×5 = 5" in opened(client, "fiscal_ranking")


def test_the_ranking_asks_no_more_for_more_projects(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    opened(client, "fiscal_ranking")

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            opened(client, "fiscal_ranking")
        return len(captured)

    before = asked()
    for number in range(5):
        make_fund(cast.school, f"10500209{number}", f"另一专项{number}")
    assert asked() == before


def test_an_agency_works_through_the_pages(cast: Cast, client_of: Clients) -> None:
    evaluation = assigned(cast)
    client = client_of(cast.agency)
    assert "还缺佐证 17 条" in opened(client, "fiscal_papers", evaluation.pk)
    answer = post(client, "fiscal_mark", evaluation, "z12", first="18", second="20")
    assert answer.status_code == 422
    assert "得分不能超过分值的60%" in answer.content.decode()
    said = {"kind": "验收资料", "row": "z12", "page": "第3页", "back": "z12"}
    answer = post(client, "fiscal_attach", evaluation, file=SimpleUploadedFile("验收单.pdf", PDF), **said)
    assert answer["Location"].endswith("?row=z12")
    answer = post(client, "fiscal_mark", evaluation, "z12", first="18", second="20")
    assert answer["Location"].endswith("?row=z13")
    assert SchemeRow.objects.get(evaluation=evaluation, key="z12").step.endswith("得 9.00")
    survey = {"audience": "师生", "row": "z17", "issued": 120, "returned": 100, "valid": 100}
    wrong = post(client, "fiscal_questionnaire", evaluation, **survey, questions="质量 50 30")
    assert "要写成：问题 加 很满意、满意、一般、不满意、很不满意的人数" in wrong.content.decode()
    post(client, "fiscal_questionnaire", evaluation, **survey, questions="对质量 50 30 15 5 0")
    assert Questionnaire.objects.get().questions == [["对质量", [50, 30, 15, 5, 0]]]
    scoring = client.get(reverse("fiscal_scoring", args=[evaluation.pk]) + "?row=z17").content.decode()
    assert 'value="84.50"' in scoring
    post(client, "fiscal_narrative", evaluation, **TEXTS)
    assert fresh(evaluation).narrative["profile"] == TEXTS["profile"]
    proof = Proof.objects.get()
    assert b"".join(client.get(reverse("fiscal_proof", args=[proof.pk]))) == PDF


def test_weights_that_are_off_are_shown_with_what_was_typed(cast: Cast, client_of: Clients) -> None:
    evaluation = assigned(cast)
    rows = evaluation.rows.order_by("place")
    weights = {f"weight.{row.key}": str(row.weight) for row in rows}
    answer = post(client_of(cast.agency), "fiscal_scheme", evaluation, **(weights | {"weight.z1": "9"}))
    assert answer.status_code == 422
    assert "权重合计105分，应为100分，超出5分" in answer.content.decode()
    assert 'name="weight.z1" value="9"' in answer.content.decode()
    more = weights | {"weight.z1": "1", "level1.n1": "产出", "level2.n1": "产出数量", "level3.n1": "新增床位"}
    answer = post(client_of(cast.agency), "fiscal_scheme", evaluation, **(more | {"weight.n1": "3"}))
    assert answer.status_code == 302
    assert SchemeRow.objects.get(evaluation=evaluation, level3="新增床位").weight == 3


def test_the_unit_sees_the_result_when_it_is_told_and_comments(cast: Cast, client_of: Clients) -> None:
    evaluation = submitted(cast)
    unit = client_of(cast.reporter)
    assert "评价正在进行" in opened(unit, "fiscal_one", evaluation.pk)
    assert "85.00" not in opened(unit, "fiscal_one", evaluation.pk)
    assert unit.get(reverse("fiscal_report", args=[evaluation.pk])).status_code == 404
    post(client_of(cast.division), "fiscal_first", evaluation, opinion="同意")
    assert "85.00" in opened(unit, "fiscal_one", evaluation.pk)
    post(unit, "fiscal_comment", evaluation, text="请核实完成数")
    bureau = client_of(cast.performance)
    answer = post(bureau, "fiscal_confirm", evaluation, opinion="同意")
    assert "还有 1 条单位反馈意见没有处理" in answer.content.decode()
    post(bureau, "fiscal_answer", evaluation, comment=UnitComment.objects.get().pk, answer="已核实，不调整")
    post(bureau, "fiscal_confirm", evaluation, opinion="同意")
    assert fresh(evaluation).state == "confirmed"
    assert "已核实，不调整" in opened(unit, "fiscal_one", evaluation.pk)


def test_the_page_and_the_report_say_the_same(cast: Cast, client_of: Clients) -> None:
    evaluation = confirmed(cast)
    client, told = client_of(cast.observer), standing_of(evaluation)
    page = re.sub(r"<[^>]+>", " ", opened(client, "fiscal_one", evaluation.pk))
    report = client.get(reverse("fiscal_report", args=[evaluation.pk]))
    paper = docx.Document(io.BytesIO(report.content))
    words = "\n".join(line.text for line in paper.paragraphs)
    cells = {cell.text for table in paper.tables for row in table.rows for cell in row.cells}
    for level in told.levels:
        assert points(level.score) in page
        assert points(level.score) in cells
    assert told.step in page
    assert told.step in words
    assert told.surveys[0].step in page
    assert told.surveys[0].step in words
    assert points(told.total) in page
    assert f"评价得分{points(told.total)}分" in words


def test_what_is_refused_changes_nothing_and_is_logged(cast: Cast, client_of: Clients) -> None:
    evaluation = reviewed(cast)
    answer = post(client_of(cast.performance), "fiscal_send_back", evaluation, opinion="")
    assert (answer.status_code, fresh(evaluation).state) == (422, "second")
    assert "退回须写明哪里不足" in answer.content.decode()
    stale = client_of(cast.performance).post(
        reverse("fiscal_confirm", args=[evaluation.pk]), {"based_on": 1, "opinion": "同意"}
    )
    assert stale.status_code == 409
    assert LogEntry.objects.filter(action="确认评价结果被拒绝").exists()


def test_pages_of_every_step_are_drawn(cast: Cast, client_of: Clients) -> None:
    bureau, department = client_of(cast.performance), client_of(cast.department)
    evaluation = fresh(picked(cast, kind="department"))
    assert "布置评价任务" in opened(department, "fiscal_one", evaluation.pk)
    assert "撤销这项评价" in opened(bureau, "fiscal_one", evaluation.pk)
    other = with_papers(proven(assigned(cast, funds=[cast.meals.pk])))
    for name in ("fiscal_scoring", "fiscal_papers", "fiscal_scheme", "fiscal_narrative", "fiscal_one"):
        assert other.title in opened(bureau, name, other.pk)
    assert "五年覆盖计划" in opened(client_of(cast.division), "fiscal")
    assert "重点项目5年覆盖计划" in opened(bureau, "fiscal_plan")


def test_what_nobody_means_is_refused_in_words(cast: Cast, client_of: Clients) -> None:
    evaluation = assigned(cast)
    client = client_of(cast.agency)
    said = {"kind": "管理", "title": "甲", "description": "乙"}
    for amount in ("9" * 22, "0.0000001", "-1", "八万"):
        assert post(client, "fiscal_fault", evaluation, **said, amount=amount).status_code == 422
    for figure in ("-1", "1e9", "NaN", "9" * 29):
        answer = post(client, "fiscal_mark", evaluation, "z12", first=figure, second="0.0000000001")
        assert answer.status_code == 422, figure
    assert post(client, "fiscal_mark", evaluation, "z12", score="99999999").status_code == 422
    weights = {"weight.z1": "NaN", "weight.z2": "1E+99"}
    assert post(client, "fiscal_scheme", evaluation, **weights).status_code == 422
    assert not evaluation.faults.exists()
    assert not evaluation.rows.filter(score__isnull=False).exists()
