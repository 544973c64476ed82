"""Panels: seats, drafts, sealing, opening, and everything that is refused."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from tests.cast import PASSWORD, Cast, make_person
from tests.panels import rows

from jiheng.panels import access, convening, engaging, rating
from jiheng.panels.convening import SeatDraft
from jiheng.panels.engaging import EngagementDraft
from jiheng.panels.models import Engagement, Panel, PanelState, Recusal, SeatState
from jiheng.panels.opened import opened
from jiheng.panels.outcomes import NotDone, Stale
from jiheng.panels.rating import MarkDraft, SheetDraft
from jiheng.panels.sealing import sealed_text
from jiheng.units.accounts import LoginRefused, authenticate_person
from jiheng.units.models import LogEntry, Role

TODAY = timezone.localdate


def refused(action: str) -> list[str]:
    found = LogEntry.objects.filter(action=f"{action}被拒绝").order_by("pk")
    return list(found.values_list("reason", flat=True))


def test_experts_are_engaged_until_the_deadline_and_see_only_that(cast: Cast) -> None:
    panel = rows.convened(cast)
    assert access.subjects(cast.expert, "fiscal") == {1}
    assert cast.expert.pk in Engagement.objects.values_list("person", flat=True)
    assert [seat.panel for seat in access.waiting(cast.expert)] == [panel]
    assert access.panel_for(cast.expert, panel.pk) == panel
    for stranger in (cast.agency, cast.reporter, cast.observer, cast.division):
        with pytest.raises(Http404):
            access.panel_for(stranger, panel.pk)
    # 人大 organises its own panels, not the bureau's
    with pytest.raises(Http404):
        access.panel_for(cast.congress, panel.pk)


def test_all_in_opens_the_panel_and_anybody_can_hash_again(cast: Cast) -> None:
    panel = rows.convened(cast)
    first = rows.sealed(panel, cast.expert, "8", "7", "16")
    rows.sealed(panel, rows.second_expert(cast), "9", "6", "15")
    panel.refresh_from_db()
    assert panel.state == PanelState.SCORING
    with pytest.raises(NotDone, match="启封以后才能看到"):
        opened(panel)
    first.refresh_from_db()
    assert not access.may_see_scores(cast.performance, first)
    rows.sealed(panel, cast.colleague, "8", "7.5", "18")
    panel.refresh_from_db()
    assert panel.state == PanelState.OPENED
    found = opened(panel)
    assert (found.total, found.full) == (Decimal("31.50"), Decimal(40))
    assert found.step == "（31.00＋30.00＋33.50）÷3＝31.50"
    assert [line.mean for line in found.lines] == [Decimal("8.33"), Decimal("6.83"), Decimal("16.33")]
    assert all(sheet.holds for sheet in found.sheets)
    [entry] = LogEntry.objects.filter(action="封存评分", person=cast.expert)
    text = sealed_text(first, first.salt)
    assert entry.after["封存码"] == hashlib.sha256(text.encode()).hexdigest()
    # what is in the log before opening says nothing of the points
    assert "31.00" not in str(list(LogEntry.objects.values()))


def test_a_mark_changed_behind_the_back_is_found(cast: Cast) -> None:
    panel = rows.opened_panel(cast)
    rows.seat_of(panel, cast.expert).marks.filter(line__code="A1").update(score=Decimal("9"))
    assert [sheet.holds for sheet in opened(panel).sheets] == [False, True, True]


def test_outliers_and_little_agreement_are_shown_with_their_steps(cast: Cast) -> None:
    panel = rows.convened(cast)
    rows.sealed(panel, cast.expert, "9", "8", "14")
    rows.sealed(panel, rows.second_expert(cast), "8", "9", "13")
    rows.sealed(panel, cast.colleague, "2", "3", "17")
    panel.refresh_from_db()
    found = opened(panel)
    assert found.agreement.w == Decimal("0.111")
    assert found.agrees_little
    [apart] = found.lines[0].apart
    assert apart.step == "专家丙给 2.00，全体的中位数 8.00，相差 6.00，超过满分 10.00 的 20%（2.00）"


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (("10.01", "7", "16"), "应在 0 至满分 10.00 之间"),
        (("-1", "7", "16"), "应在 0 至满分"),
        (("8.005", "7", "16"), "最多两位小数"),
    ],
)
def test_points_out_of_range_are_refused_and_logged(cast: Cast, scores: Any, words: str) -> None:
    panel = rows.convened(cast)
    with pytest.raises(NotDone, match=words) as stopped:
        rows.scored(panel, cast.expert, *scores)
    assert stopped.value.field == "lines.A1.score"
    [reason] = refused("填写评分")
    assert words in reason


def test_a_high_score_needs_evidence_a_low_one_a_reason_and_none_is_left_out(cast: Cast) -> None:
    panel = rows.convened(cast)
    seat = rows.seat_of(panel, cast.expert)

    def typed(marks: list[MarkDraft], words: str) -> None:
        nonlocal seat
        seat = rating.save_draft(cast.expert, seat, seat.revision, SheetDraft(marks=marks))
        with pytest.raises(NotDone, match=words):
            rating.seal(cast.expert, seat, seat.revision)

    typed([MarkDraft(code="A1", score=Decimal(9))], "须写明依据材料")
    typed([MarkDraft(code="A1", score=Decimal(9), evidence="批复")], "“现实需求”还没有评分")
    typed([MarkDraft(code="A2", score=Decimal("5.99"))], "须写明评分理由")
    typed([MarkDraft(code="A2", score=Decimal(6))], "“成本测算”还没有评分")
    seat = rating.save_draft(
        cast.expert, seat, seat.revision, SheetDraft(marks=[MarkDraft(code="B1", score=Decimal(15))])
    )
    assert rating.seal(cast.expert, seat, seat.revision).total == 30
    assert len(refused("封存评分")) == 4
    with pytest.raises(NotDone, match="已封存，不能再改"):
        rows.scored(panel, cast.expert, "1", "1", "1")


def test_two_people_do_not_score_one_sheet(cast: Cast) -> None:
    panel = rows.convened(cast)
    seat = rows.seat_of(panel, cast.expert)
    with pytest.raises(NotDone, match="不能由两人评分"):
        rating.save_draft(cast.colleague, seat, seat.revision, rows.sheet("1", "1", "1"))
    with pytest.raises(Http404):
        rating.save_draft(cast.agency, seat, seat.revision, rows.sheet("1", "1", "1"))
    rows.scored(panel, cast.expert, "8", "7", "16")
    with pytest.raises(Stale, match="没有保存"):
        rating.save_draft(cast.expert, seat, seat.revision, rows.sheet("1", "1", "1"))
    assert len(refused("填写评分")) == 3
    with pytest.raises(NotDone, match="一人只评一份"):
        convening.add_seat(cast.performance, panel, panel.revision, SeatDraft(person=cast.expert))


def test_after_the_deadline_nothing_is_scored_until_it_is_extended(cast: Cast) -> None:
    panel = rows.passed(rows.convened(cast, cast.colleague))
    with pytest.raises(NotDone, match="截止，不能再评"):
        rows.scored(panel, cast.colleague, "8", "7", "16")
    assert refused("填写评分")
    with pytest.raises(NotDone, match="写明理由"):
        convening.extend(cast.performance, panel, panel.revision, TODAY(), "")
    convening.extend(cast.performance, panel, panel.revision, TODAY(), "材料迟到")
    rows.sealed(panel, cast.colleague, "8", "7", "16")


def test_an_engagement_that_is_over_ends_the_login_and_the_work(cast: Cast) -> None:
    panel = rows.convened(cast)
    yesterday = TODAY() - timedelta(days=1)
    seat = rows.seat_of(panel, cast.expert)
    Engagement.objects.filter(person=cast.expert).update(since=yesterday, until=yesterday)
    with pytest.raises(NotDone, match="届满"):
        rating.save_draft(cast.expert, seat, seat.revision, rows.sheet("8", "7", "16"))
    assert not access.visible(cast.expert).exists()
    cast.expert.refresh_from_db()
    assert authenticate_person("expert", PASSWORD) == cast.expert
    [row] = Engagement.objects.filter(person=cast.expert)
    engaging.end(cast.performance, row, "评审完毕")
    with pytest.raises(LoginRefused, match="受托期已于"):
        authenticate_person("expert", PASSWORD)
    assert LogEntry.objects.filter(action="登录被拒绝").exists()
    with pytest.raises(NotDone, match="已经终止"):
        engaging.end(cast.performance, row, "再终止一次")


def test_conflicts_of_interest(cast: Cast) -> None:
    teacher = make_person("teacher", "校内", Role.EXPERT, region=cast.region, unit=cast.school)
    neighbour = make_person("neighbour", "局内", Role.EXPERT, region=cast.region, unit=cast.education_bureau)
    for person, words in ((teacher, "是被评单位"), (neighbour, "同属一个主管部门"), (cast.reporter, "回避")):
        with pytest.raises(NotDone, match=words):
            rows.convened(cast, person)
    assert len(refused("组织评审")) == 3
    assert not Panel.objects.exists()
    panel = rows.convened(cast)
    seat = rows.seat_of(panel, cast.expert)
    with pytest.raises(NotDone, match="须写明理由"):
        rating.recuse(cast.expert, seat, seat.revision, " ")
    assert rating.recuse(cast.expert, seat, seat.revision, "参与过方案编制").state == SeatState.RECUSED
    assert Recusal.objects.get().unit == cast.school
    with pytest.raises(NotDone, match="已申明回避"):
        rows.convened(cast, cast.expert, subject="fiscal:2")


def test_opened_by_rule_after_the_deadline_with_enough_sheets(cast: Cast) -> None:
    panel = rows.convened(cast, least_sheets=2)
    rows.sealed(panel, cast.expert, "8", "7", "16")
    panel.refresh_from_db()

    def opening(words: str, reason: str = "一人未评") -> None:
        with pytest.raises(NotDone, match=words):
            convening.open_panel(cast.performance, panel, panel.revision, reason)

    opening("不能提前启封")
    panel = rows.passed(panel)
    opening("少于启封至少需要的 2 份")
    convening.extend(cast.performance, panel, panel.revision, TODAY(), "补评")
    rows.sealed(panel, rows.second_expert(cast), "9", "6", "15")
    panel = rows.passed(panel)
    opening("须写明理由", "")
    with pytest.raises(Stale):
        convening.open_panel(cast.performance, panel, panel.revision - 1, "一人未评")
    with pytest.raises(Http404):
        convening.open_panel(cast.division, panel, panel.revision, "一人未评")
    convening.open_panel(cast.performance, panel, panel.revision, "一人未评")
    panel.refresh_from_db()
    assert opened(panel).total == Decimal("30.50")
    assert rows.seat_of(panel, cast.colleague).state == SeatState.ABSENT


def test_the_last_awaited_rater_leaves_and_the_rest_is_opened(cast: Cast) -> None:
    panel = rows.convened(cast)
    rows.sealed(panel, cast.expert, "8", "7", "16")
    rows.sealed(panel, rows.second_expert(cast), "9", "6", "15")
    panel.refresh_from_db()
    with pytest.raises(NotDone, match="已封存”，不能撤换"):
        convening.remove_seat(cast.performance, rows.seat_of(panel, cast.expert), panel.revision, "换人")
    seat = rows.seat_of(panel, cast.colleague)
    convening.remove_seat(cast.performance, seat, panel.revision, "出差")
    panel.refresh_from_db()
    assert panel.state == PanelState.OPENED


def test_a_dissolved_panel_makes_room_for_another(cast: Cast) -> None:
    panel = rows.convened(cast)
    with pytest.raises(NotDone, match="已有评审组"):
        rows.convened(cast)
    convening.dissolve(cast.performance, panel, panel.revision, "评分项有误")
    assert rows.convened(cast).pk != panel.pk


def test_only_who_organises_convenes_and_only_guests_are_engaged(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        convening.convene(cast.reporter, rows.draft(cast), [SeatDraft(person=cast.expert)])
    wanted = EngagementDraft(subject="fiscal:9", title="评价", unit=cast.school, until=TODAY())
    with pytest.raises(NotDone, match="不需要委托"):
        engaging.engage(cast.performance, cast.division, wanted)
    engaging.engage(cast.performance, cast.agency, wanted)
    assert access.is_engaged(cast.agency, "fiscal:9")
    with pytest.raises(Http404):
        access.require_engaged(cast.agency, "fiscal:8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lines": ()}, "评分项应有"),
        ({"lines": rows.LINES + rows.LINES}, "编号不能重复"),
        ({"due_on": timezone.localdate() - timedelta(days=1)}, "早于今天"),
    ],
)
def test_an_impossible_panel_is_refused(cast: Cast, change: dict[str, Any], words: str) -> None:
    with pytest.raises(NotDone, match=words):
        rows.convened(cast, **change)
