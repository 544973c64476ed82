"""事前评估 and 评分 pages: what each side sees, and that nothing typed is lost."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from datetime import timedelta

import docx
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.assessment import rows
from tests.cast import Cast
from tests.panels.rows import second_expert

from jiheng.assessment.models import Assessment, AssessmentState
from jiheng.panels.models import Engagement, Seat
from jiheng.projects.models import Fund
from jiheng.units.models import LogEntry, Person

ClientOf = Callable[[Person], Client]
FIGURE = re.compile(r"\d[\d,]*\.\d\d")


def typed(assessment: Assessment, **changes: str) -> dict[str, str]:
    sent = {
        "based_on": str(assessment.revision),
        "amount": "560",
        "whole_amount": "560",
        "until_year": "2026",
        **rows.TEXTS,
        "chosen": "0",
        "option-0-name": "新建框架结构食堂",
        "option-0-amount": "560",
        "option-0-quantity": "2000",
        "option-0-measure": "平方米",
        "option-1-name": "改造旧仓库",
        "option-1-amount": "330",
        "option-1-quantity": "1100",
        "option-1-measure": "平方米",
    }
    return sent | changes


def test_a_new_project_is_proposed_and_its_file_saved(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.reporter)
    sent = {"kind": "new", "fiscal_year": "2025", "name": "校园足球场项目", "until_year": "2025"}
    answer = client.post(reverse("assessment_new"), sent)
    made = Assessment.objects.get()
    assert answer["Location"] == reverse("assessment", args=[made.pk])
    assert Fund.objects.get(name="校园足球场项目").since_year == 2025
    client.post(reverse("assessment_save", args=[made.pk]), typed(made))
    made.refresh_from_db()
    assert (str(made.amount), made.options.count()) == ("5600000.00", 2)
    page = client.get(answer["Location"]).content.decode()
    assert "560万元÷2000平方米＝2,800.00元/平方米" in page
    assert "还没有填 2025 年绩效目标申报表" in page


def test_what_was_typed_comes_back_when_a_figure_is_wrong(cast: Cast, client_of: ClientOf) -> None:
    made = rows.started(cast)
    sent = typed(made, **{"option-1-amount": "三百多", "need": "学生排队时间长"})
    answer = client_of(cast.reporter).post(reverse("assessment_save", args=[made.pk]), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("三百多", "学生排队时间长", "改造旧仓库"):
        assert words in page
    made.refresh_from_db()
    assert made.amount is None


def test_an_expert_sees_the_file_and_nobody_elses_scores(cast: Cast, client_of: ClientOf) -> None:
    made = rows.assigned(cast)
    assert made.panel is not None
    rows.score(made.panel, second_expert(cast), "3.75")
    client = client_of(cast.expert)
    page = client.get(reverse("assessment", args=[made.pk])).content.decode()
    assert "学生食堂" in page
    assert "3.75" not in page
    assert (
        "3.75" not in client_of(cast.performance).get(reverse("assessment", args=[made.pk])).content.decode()
    )
    home = client.get("/").content.decode()
    assert "评分表待填写封存 1 份" in home
    assert "专项资金" not in home  # nothing of the bureau's stands in the navigation
    assert client.get(reverse("funds")).status_code == 403


def test_a_score_above_full_marks_keeps_the_sheet_as_typed(cast: Cast, client_of: ClientOf) -> None:
    made = rows.assigned(cast)
    seat = Seat.objects.get(person=cast.expert)
    sent = {"based_on": "1", "score-A1": "5.5", "score-A2": "4", "reason-A2": "职责相符"}
    answer = client_of(cast.expert).post(reverse("rating_save", args=[seat.pk]), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "应在 0 至满分 5.00 之间" in page
    assert 'value="5.5"' in page
    assert "职责相符" in page
    assert not made.panel.seats.filter(marks__isnull=False).exists()  # type: ignore[union-attr]
    assert LogEntry.objects.filter(action="填写评分被拒绝").exists()


def test_the_sealed_text_hashes_to_the_published_digest(cast: Cast, client_of: ClientOf) -> None:
    made = rows.scored(cast)
    assert made.panel is not None
    seat = made.panel.seats.order_by("pk")[0]
    answer = client_of(cast.performance).get(reverse("rating_sealed", args=[seat.pk]))
    assert hashlib.sha256(answer.content).hexdigest() == seat.digest
    assert LogEntry.objects.filter(action="封存评分", after__封存码=seat.digest).exists()


def test_every_figure_of_the_report_stands_on_the_page(cast: Cast, client_of: ClientOf) -> None:
    made = rows.concluded(cast)
    client = client_of(cast.performance)
    page = client.get(reverse("assessment", args=[made.pk])).content.decode()
    answer = client.get(reverse("assessment_report", args=[made.pk]))
    paper = docx.Document(io.BytesIO(answer.content))
    told = [line.text for line in paper.paragraphs]
    told += [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    figures = {figure for text in told for figure in FIGURE.findall(text)}
    assert {"90.00", "100.00", "560.00", "2,800.00", "3,000.00"} <= figures
    assert not {figure for figure in figures if figure not in page}


def test_after_the_engagement_nothing_is_left_to_see(cast: Cast, client_of: ClientOf) -> None:
    made = rows.assigned(cast)
    client = client_of(cast.expert)
    seat = Seat.objects.get(person=cast.expert)
    yesterday = timezone.localdate() - timedelta(days=1)
    Engagement.objects.filter(person=cast.expert).update(since=yesterday, until=yesterday)
    for name, pk in (("assessment", made.pk), ("rating_sheet", seat.pk)):
        assert client.get(reverse(name, args=[pk])).status_code == 404
    Person.objects.filter(pk=cast.expert.pk).update(engaged_until=yesterday)
    assert client.get("/").status_code == 302  # logged out


def test_the_organiser_moves_the_deadline_and_takes_a_rater_off(cast: Cast, client_of: ClientOf) -> None:
    made = rows.assigned(cast)
    panel = made.panel
    assert panel is not None
    client, address = client_of(cast.performance), reverse("panel_organise", args=[panel.pk])
    later = (timezone.localdate() + timedelta(days=20)).isoformat()
    client.post(address, {"based_on": "1", "verb": "extend", "due_on": later, "reason": "材料迟到"})
    panel.refresh_from_db()
    assert panel.due_on.isoformat() == later
    rows.score(panel, cast.expert, "4")
    panel.refresh_from_db()
    other = panel.seats.get(person=second_expert(cast))
    sent = {"based_on": str(panel.revision), "verb": f"remove-{other.pk}", "reason": "出差"}
    client.post(address, sent)
    assert Assessment.objects.select_related("panel").get(pk=made.pk).is_scored
    assert client.post(address, {"based_on": "1", "verb": "x"}).status_code == 409


def test_the_bureau_sends_back_and_the_unit_reads_why(cast: Cast, client_of: ClientOf) -> None:
    made = rows.submitted(cast)
    sent = {"based_on": str(made.revision), "reason": "补充询价单"}
    client_of(cast.performance).post(reverse("assessment_return", args=[made.pk]), sent)
    made.refresh_from_db()
    assert made.state == AssessmentState.RETURNED
    page = client_of(cast.reporter).get(reverse("assessment", args=[made.pk])).content.decode()
    assert "已退回：补充询价单" in page
