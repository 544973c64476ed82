"""批复 in the version approved, its Word file, its publication; and the goals' dates against the budget's."""

from __future__ import annotations

import io
from datetime import date, timedelta

import docx
import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from tests.cast import Cast
from tests.web import filed

from jiheng.goals import replying, synchrony
from jiheng.goals.models import GoalReply
from jiheng.goals.reply_word import reply_word
from jiheng.goals.synchrony import Row, Verdict
from jiheng.projects import years
from jiheng.projects.models import BudgetDates
from jiheng.units.access import units_for
from jiheng.units.models import LogEntry

YEAR = 2024


def today() -> date:
    return timezone.localdate()


def issued(cast: Cast) -> GoalReply:
    filed.approved(cast)
    results = replying.issue(cast.performance, YEAR, [cast.school.pk, cast.clinic.pk], today())
    assert [(result.pk, result.ok) for result in results] == [
        (cast.school.pk, True),
        (cast.clinic.pk, False),  # nothing approved: no paper, and its row says so
    ]
    return GoalReply.objects.get()


def test_a_reply_holds_what_was_approved_and_goes_out_once(cast: Cast) -> None:
    assert replying.ready(cast.region, YEAR, units_for(cast.performance)) == []
    reply = issued(cast)
    assert reply.number == f"财绩批〔{today().year}〕1号"
    (goal,) = reply.goals.all()
    assert goal.version == goal.filing.approved
    assert replying.ready(cast.region, YEAR, units_for(cast.performance)) == []
    (again,) = replying.issue(cast.performance, YEAR, [cast.school.pk], today())
    assert not again.ok and "没有新批准" in again.message
    assert GoalReply.objects.count() == 1


def test_its_word_file_prints_every_indicator_of_that_version(cast: Cast) -> None:
    reply = issued(cast)
    sheet = reply.goals.get().version.as_sheet()
    paper = docx.Document(io.BytesIO(reply_word(reply)))
    text = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    assert reply.number in text and cast.school.name in text and cast.building.name in text
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    for line in sheet.indicators:  # type: ignore[union-attr]
        assert line.name in cells and line.target_in_words in cells


@pytest.mark.parametrize("who", ["reporter", "division", "department", "observer"])
def test_only_the_bureau_answers_and_a_refusal_is_logged(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        replying.issue(getattr(cast, who), YEAR, [cast.school.pk], today())
    assert LogEntry.objects.filter(action="批复绩效目标被拒绝").count() == 1


def test_days_and_closed_years_are_refused(cast: Cast) -> None:
    filed.approved(cast)
    for day, words in ((today() + timedelta(days=1), "不晚于今天"), (date(2021, 5, 1), "之后")):
        with pytest.raises(replying.NotReplied, match=words):
            replying.issue(cast.performance, YEAR, [cast.school.pk], day)
    with pytest.raises(replying.NotReplied, match="勾选"):
        replying.issue(cast.performance, YEAR, [], today())
    years.close(cast.performance, YEAR, [(YEAR, "goal")])
    with pytest.raises(replying.NotReplied, match="关闭"):
        replying.issue(cast.performance, YEAR, [cast.school.pk], today())
    assert not GoalReply.objects.exists()


def test_publication_is_noted_and_can_be_corrected(cast: Cast) -> None:
    reply = issued(cast)
    with pytest.raises(replying.NotReplied, match="晚于公开日期"):
        replying.publish(cast.budget, [reply.pk], reply.issued_on - timedelta(days=1), "")
    assert replying.publish(cast.budget, [reply.pk], today(), "区政府门户网站") == 1
    assert replying.publish(cast.budget, [reply.pk], today(), "") == 0
    reply.refresh_from_db()
    assert (reply.published_on, reply.published_where) == (today(), "区政府门户网站")


def test_a_stranger_sees_no_reply(cast: Cast) -> None:
    reply = issued(cast)
    assert replying.reply_for(cast.reporter, reply.pk) == reply
    with pytest.raises(Http404):
        replying.reply_for(cast.stranger, reply.pk)


# ── 三同步 ────────────────────────────────────────────────────────────────────────────────────────────


def of_building(cast: Cast) -> Row:
    rows = synchrony.compared(cast.region, YEAR, units_for(cast.performance), 7)
    return next(row for row in rows if row.fund == cast.building)


def test_dates_side_by_side(cast: Cast) -> None:
    assert {step.verdict for step in of_building(cast).steps} == {Verdict.NEITHER}
    reply = issued(cast)
    assert [step.verdict for step in of_building(cast).steps] == [
        Verdict.NO_BUDGET,
        Verdict.NO_BUDGET,
        Verdict.NEITHER,
    ]
    BudgetDates.objects.create(
        region=cast.region,
        fiscal_year=YEAR,
        unit=cast.school,
        submitted_on=today() - timedelta(days=7),
        approved_on=reply.issued_on - timedelta(days=8),
        published_on=today(),
    )
    row = of_building(cast)
    assert [(step.verdict, step.days) for step in row.steps] == [
        (Verdict.TOGETHER, 7),  # seven days apart are together, eight are not
        (Verdict.LATER, 8),
        (Verdict.NO_GOAL, None),
    ]
    assert row.is_exception and [step.in_words for step in row.steps] == ["同步", "晚 8 天", "目标未办"]


def test_a_fund_may_have_dates_of_its_own(cast: Cast) -> None:
    issued(cast)
    for fund, day in ((None, date(2024, 1, 1)), (cast.building, today())):
        BudgetDates.objects.create(
            region=cast.region, fiscal_year=YEAR, unit=cast.school, fund=fund, submitted_on=day
        )
    assert of_building(cast).steps[0].verdict is Verdict.TOGETHER
