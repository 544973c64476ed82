"""Self-evaluation in pages: prefilled, scored with steps, reviewed beside the self score, frozen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cast import Cast
from tests.evaluation.papers import at_division, confirmed, filled, saved, started, submitted
from tests.monitoring.papers import approved_goal

from jiheng.evaluation import workflow
from jiheng.evaluation.models import ReviewLine, Score
from jiheng.filings.models import Filing
from jiheng.units.models import LogEntry, Person
from jiheng.web.forms import inputs

Clients = Callable[[Person], Client]


def text_of(client: Client, name: str, *args: object, **query: object) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_unit_starts_from_its_goal_and_the_books(cast: Cast, client_of: Clients) -> None:
    approved_goal(cast.school, cast.building, 2023)
    answer = client_of(cast.reporter).post(reverse("evaluation_start"), {"fund": cast.building.pk})
    filing = Filing.objects.get(form="project_evaluation", fund=cast.building)
    assert (answer.status_code, answer["Location"]) == (302, reverse("filing", args=[filing.pk]))
    page = text_of(client_of(cast.reporter), "filing", filing.pk)
    assert "改造教室" in page
    assert "4604/4754×10 = 9.68" in page
    assert LogEntry.objects.filter(action="建立草稿", subject_id=filing.pk).exists()


def test_saving_through_the_page_scores_each_line(cast: Cast, client_of: Clients) -> None:
    filing = started(cast)
    sent = inputs(filled(filing)) | {"based_on": filing.revision}
    answer = client_of(cast.reporter).post(reverse("filing_save", args=[filing.pk]), sent)
    assert answer.status_code == 302
    page = text_of(client_of(cast.reporter), "filing", filing.pk)
    assert "95/100×50 = 47.50" in page
    assert "97.18" in page


def test_scores_can_be_taken_over_instead_of_typed(cast: Cast, client_of: Clients) -> None:
    filing = saved(cast, claimed="50")
    sent = {"based_on": filing.revision}
    answer = client_of(cast.reporter).post(reverse("evaluation_take_scores", args=[filing.pk]), sent)
    assert answer.status_code == 302
    sheet = Filing.objects.get(pk=filing.pk).as_sheet()
    assert [str(line.claimed) for line in sheet.lines] == ["47.5", "30", "10"]
    assert str(sheet.total_claimed) == "97.18"


def test_what_was_typed_is_not_lost_by_pulling_again(cast: Cast, client_of: Clients) -> None:
    filing = started(cast)
    sent = inputs(filled(filing)) | {"based_on": filing.revision}
    answer = client_of(cast.reporter).post(reverse("evaluation_refresh", args=[filing.pk]), sent)
    assert answer.status_code == 302
    assert Filing.objects.get(pk=filing.pk).as_sheet().actual_goal == "改造教室95间"


def test_a_stale_tab_is_told(cast: Cast, client_of: Clients) -> None:
    filing = saved(cast)
    client = client_of(cast.reporter)
    for name in ("evaluation_take_scores", "evaluation_refresh"):
        answer = client.post(reverse(name, args=[filing.pk]), {"based_on": filing.revision - 1})
        assert answer.status_code == 409


def test_the_bureau_reviews_line_by_line_with_a_reason(cast: Cast, client_of: Clients) -> None:
    filing = at_division(cast)
    client, url = client_of(cast.division), reverse("evaluation_review", args=[filing.pk])
    assert "47.50" in client.get(url).content.decode()
    sent = {"based_on": filing.revision, "score:k1": "45"}
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert "请写明复核说明" in refused.content.decode()
    assert 'value="45"' in refused.content.decode()  # what was typed stays
    assert not ReviewLine.objects.exists()
    answer = client.post(url, sent | {"reason:k1": "实地核查 90 间", "actual:k1": "90"})
    assert answer.status_code == 302
    page = client.get(url).content.decode()
    assert "94.68" in page
    assert "-2.50" in page
    assert LogEntry.objects.filter(action="复核评分").count() == 1


@pytest.mark.parametrize("text", ["四十五", "50.01", "-1", "NaN"])
def test_a_score_that_is_none_is_refused_in_its_line(cast: Cast, client_of: Clients, text: str) -> None:
    filing = at_division(cast)
    sent = {"based_on": filing.revision, "score:k1": text, "reason:k1": "核查"}
    answer = client_of(cast.division).post(reverse("evaluation_review", args=[filing.pk]), sent)
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert not ReviewLine.objects.exists()


def test_a_confirmed_score_is_frozen_and_explained(cast: Cast, client_of: Clients) -> None:
    filing = confirmed(cast)
    client = client_of(cast.performance)
    kept = Score.objects.get(filing=filing)
    page = text_of(client, "filing", filing.pk)
    assert "得分已确认并冻结" in page
    assert kept.policy_version[:8] in page
    why = text_of(client, "evaluation_why", filing.pk)
    assert "今天重算结果完全相同" in why
    assert "4604/4754×10 = 9.68" in why
    sent = {"based_on": filing.revision, "score:k1": "45", "reason:k1": "晚了"}
    assert client.post(reverse("evaluation_review", args=[filing.pk]), sent).status_code == 409


def test_an_open_correction_is_shown_before_it_bars(cast: Cast, client_of: Clients) -> None:
    filing = saved(cast)
    page = text_of(client_of(cast.reporter), "filing", filing.pk)
    assert "未销号的纠偏单" not in page


def test_the_list_and_the_watch_list(cast: Cast, client_of: Clients) -> None:
    filing = submitted(cast)
    page = text_of(client_of(cast.performance), "evaluation", desk="all")
    assert reverse("filing", args=[filing.pk]) in page
    assert "97.18" in page
    watch = text_of(client_of(cast.performance), "evaluation_watch")
    assert "教科文股" in watch
    assert "合计" in watch
    stranger = text_of(client_of(cast.stranger), "evaluation", desk="all")
    assert "薄弱学校改造专项资金" not in stranger


def test_the_unit_form_has_its_basic_data_and_rates(cast: Cast, client_of: Clients) -> None:
    approved_goal(cast.school, None, 2023)
    filing = workflow.start(cast.reporter, unit=cast.school, fiscal_year=2023)
    page = text_of(client_of(cast.reporter), "filing", filing.pk)
    assert "基础数据表" in page
    assert "203/210 = 96.67%" in page


def test_queries_do_not_grow_with_the_forms(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    counts = []
    for fund in (cast.building, cast.meals):
        started(cast, fund, cast.reporter if fund is cast.building else cast.bureau_reporter)
        client.get(reverse("evaluation"), {"desk": "all"})
        with CaptureQueriesContext(connection) as made:
            client.get(reverse("evaluation"), {"desk": "all"})
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_a_confirmed_form_says_so_and_shows_the_review_beside_the_claim(
    cast: Cast, client_of: Clients
) -> None:
    filing = confirmed(cast)
    page = text_of(client_of(cast.performance), "filing", filing.pk)
    assert '<span class="tag tag-green">已确认</span>' in page
    assert "已批复" not in page
    table = page[page.index('<table class="official evaluation') :]
    for head in ("年度指标值", "实际完成值", "分值", "自评得分", "偏差原因分析及改进措施", "佐证材料"):
        assert f">{head}</th>" in table
    assert "总分" in table


def test_a_reviewed_form_has_three_more_columns(cast: Cast, client_of: Clients) -> None:
    filing = at_division(cast)
    heads = ("复核完成值", "复核得分", "差")
    division = text_of(client_of(cast.division), "filing", filing.pk)
    assert all(f">{head}</th>" in division for head in heads)
    unit = text_of(client_of(cast.reporter), "filing", filing.pk)
    assert not any(f">{head}</th>" in unit for head in heads)
    paper = text_of(client_of(cast.division), "filing_print", filing.pk)
    assert not any(f">{head}</th>" in paper for head in heads)
    assert "系统" not in paper.partition('<div class="filing is-printing')[2]
