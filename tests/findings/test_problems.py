"""Problems: registered, issued with a notice, replied to with evidence, verified, closed, opened again."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import docx
import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from tests.cast import Cast
from tests.evaluation import papers as evaluation_papers
from tests.findings.rows import (
    PDF,
    REPLY,
    closed,
    draft,
    file,
    fresh,
    issued,
    registered,
    replied,
    soon,
    verified,
)
from tests.monitoring.papers import submitted

from jiheng.evaluation import clues as evaluation_clues
from jiheng.evaluation.models import Score
from jiheng.findings import corrections, problems, register, workflow
from jiheng.findings.evidence import doubts
from jiheng.findings.likeness import likes
from jiheng.findings.models import Clue, Correction, Evidence, Notice, Problem, Reply
from jiheng.findings.outcomes import NotDone, Stale
from jiheng.findings.problems import ClueDraft
from jiheng.findings.register import ProblemFilter
from jiheng.findings.todo import for_person as todo_for
from jiheng.findings.workflow import ReplyDraft
from jiheng.monitoring import clues as monitoring_clues
from jiheng.sheets import Missing, MissingReason
from jiheng.units.models import LogEntry, Upload


def refused(action: str) -> LogEntry:
    return LogEntry.objects.get(subject="findings.problem", action=f"{action}被拒绝")


def text_of(notice: Notice) -> str:
    with notice.upload.file.open("rb") as held:
        paper = docx.Document(io.BytesIO(held.read()))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])


# ── the whole way ─────────────────────────────────────────────────────────────────────────────────────


def test_from_register_to_closed(cast: Cast) -> None:
    problem = closed(cast)
    assert (problem.state, problem.number) == ("closed", "2024-0001")
    assert problem.closed_at is not None
    actions = LogEntry.objects.filter(subject="findings.problem").order_by("pk")
    assert [entry.action for entry in actions] == [
        "登记问题",
        "下达整改通知书",
        "上传佐证材料",
        "回复整改情况",
        "复核整改情况",
        "问题销号",
    ]
    assert actions.last().before["状态"] == "已复核"
    assert actions.last().after["状态"] == "已销号"


def test_numbers_count_on_within_a_year(cast: Cast) -> None:
    registered(cast)
    second = registered(cast, title="验收资料缺失", kind="管理")
    last_year = registered(cast, found_on=date(2023, 5, 1), title="台账登记不规范")
    assert (second.number, last_year.number) == ("2024-0002", "2023-0001")


def test_an_amount_is_there_or_says_why_not(cast: Cast) -> None:
    assert registered(cast).money == Decimal("3897800.00")
    without = registered(cast, amount=Missing(MissingReason.NOT_APPLICABLE), title="制度未修订")
    assert (without.amount, str(without.money)) == (None, "不涉及金额")
    nothing = registered(cast, amount=Decimal(0), title="零")
    assert nothing.money == Decimal(0)


def test_the_notice_prints_the_record_s_figures(cast: Cast) -> None:
    first = registered(cast)
    second = registered(cast, title="年度绩效未达到约定", amount=Decimal("1000.50"), kind="效益")
    third = registered(cast, title="制度未修订", amount=Missing(MissingReason.NOT_APPLICABLE))
    notice = workflow.issue(cast.performance, [(item, 1) for item in (first, second, third)], soon())
    year = timezone.localdate().year
    assert notice.number == f"财绩改〔{year}〕1号"
    told = text_of(notice)
    for words in (
        notice.number,
        "关于第一中学预算绩效管理有关问题的整改通知书",
        "存在以下问题3个，涉及金额389.88005万元（另有1个问题不涉及或尚未核实金额）",
        "涉及金额389.78万元",
        "涉及金额0.10005万元",
        "不涉及金额。整改要求",
        first.number,
        first.description,
    ):
        assert words in told
    assert {fresh(item).notice for item in (first, second, third)} == {notice}
    with notice.upload.file.open("rb") as held:
        xml = zipfile.ZipFile(io.BytesIO(held.read())).read("word/document.xml").decode()
    for words in ("w:gridCol", "方正小标宋简体", "仿宋", "黑体"):
        assert words in xml


def test_a_notice_is_for_one_unit_and_says_what_to_do_in_time(cast: Cast) -> None:
    mine = registered(cast)
    other = registered(cast, unit=cast.education_bureau.pk, fund=cast.meals.pk)
    bare = registered(cast, requirement="", title="台账登记不规范")
    for wanted, due, said in (
        ([(mine, 1), (other, 1)], soon(), "只发给一个单位"),
        ([(bare, 1)], soon(), "还没有写整改要求"),
        ([(mine, 1)], timezone.localdate(), "应晚于今天"),
        ([(mine, 1)], soon(61), "最长 60 天"),
        ([], soon(), "请选择"),
    ):
        with pytest.raises(NotDone, match=said):
            workflow.issue(cast.performance, wanted, due)
    assert not Notice.objects.exists()
    workflow.issue(cast.performance, [(mine, 1)], soon(60))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": " "}, "title"),
        ({"description": ""}, "description"),
        ({"kind": "其它"}, "kind"),
        ({"source": "x"}, "source"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"found_on": date(2999, 1, 1)}, "found_on"),
        ({"fiscal_year": 24}, "fiscal_year"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(cast: Cast, said: dict, field: str) -> None:
    with pytest.raises(NotDone) as found:
        registered(cast, **said)
    assert found.value.field == field


def test_what_was_registered_is_amended_until_it_is_issued(cast: Cast) -> None:
    problem = registered(cast)
    changed = workflow.amend(cast.division, problem, 1, draft(cast, title="合同日期早于公司成立"))
    assert (changed.title, changed.revision) == ("合同日期早于公司成立", 2)
    entry = LogEntry.objects.get(action="修改问题")
    assert entry.before["名称"].startswith("施工合同")
    workflow.issue(cast.performance, [(changed, 2)], soon())
    with pytest.raises(NotDone, match="现为“已下达”"):
        workflow.amend(cast.division, changed, 3, draft(cast))


def test_a_reply_that_does_not_do_comes_back(cast: Cast) -> None:
    problem = replied(cast)
    with pytest.raises(NotDone, match="退回请写明"):
        workflow.send_back(cast.division, problem, problem.revision, " ")
    problem = workflow.send_back(cast.division, problem, problem.revision, "没有写责任人")
    assert problem.state == "returned"
    problem = workflow.reply(cast.reviewer, problem, problem.revision, REPLY)
    assert (problem.state, Reply.objects.filter(problem=problem).count()) == ("replied", 2)


def test_a_closed_problem_is_opened_again_with_a_reason(cast: Cast) -> None:
    problem = closed(cast)
    with pytest.raises(NotDone, match="请写明理由"):
        workflow.reopen(cast.performance, problem, problem.revision, "", soon())
    problem = workflow.reopen(cast.performance, problem, problem.revision, "回访发现没有执行", soon(20))
    assert (problem.state, problem.due_on, problem.closed_at) == ("reopened", soon(20), None)
    assert problems.may(cast.reporter, "reply", problem)


def test_a_deadline_is_extended_within_policy(cast: Cast) -> None:
    problem = issued(cast)
    for due, reason, said in (
        (soon(40), "", "请写明理由"),
        (soon(30), "招标延后", "应晚于现在的期限"),
        (soon(90), "招标延后", "最长 60 天"),
    ):
        with pytest.raises(NotDone, match=said):
            workflow.extend(cast.division, problem, problem.revision, due, reason)
    problem = workflow.extend(cast.division, problem, problem.revision, soon(45), "招标延后")
    assert problem.due_on == soon(45)
    assert LogEntry.objects.get(action="延长整改期限").reason == "招标延后"


def test_a_duplicate_is_merged_into_the_other(cast: Cast) -> None:
    kept, double = issued(cast), registered(cast, title="施工合同签订早于公司成立")
    elsewhere = registered(cast, unit=cast.education_bureau.pk, fund=cast.meals.pk)
    for into, reason, said in (
        (kept, " ", "请写明理由"),
        (elsewhere, "重复", "同一单位"),
        (double, "重复", "同一单位"),
    ):
        with pytest.raises(NotDone, match=said):
            workflow.merge(cast.performance, double, 1, into, reason)
    merged = workflow.merge(cast.performance, double, 1, kept, "审计与评价发现的是同一件事")
    assert (merged.state, merged.merged_into) == ("merged", kept)
    total = register.in_all(problems.visible(cast.performance), timezone.localdate())
    assert total.count == 2


# ── refused, with the reason, and logged ──────────────────────────────────────────────────────────────


def test_nothing_is_closed_without_evidence(cast: Cast) -> None:
    problem = verified(cast, with_file=False)
    with pytest.raises(NotDone, match="没有佐证材料，不能销号"):
        workflow.close(cast.performance, problem, problem.revision, "整改到位")
    assert fresh(problem).state == "verified"
    entry = refused("问题销号")
    assert "没有佐证材料" in entry.reason
    assert entry.person_name == cast.performance.name
    workflow.attach(cast.division, problem, problem.revision, file("现场核查记录.pdf"))
    assert workflow.close(cast.performance, fresh(problem), problem.revision + 1).state == "closed"


def test_another_unit_cannot_reply(cast: Cast) -> None:
    problem = issued(cast)
    for person in (cast.stranger, cast.bureau_reporter):
        with pytest.raises(Http404):
            workflow.reply(person, problem, problem.revision, REPLY)
    entries = LogEntry.objects.filter(action="回复整改情况被拒绝")
    assert {entry.person_name for entry in entries} == {cast.stranger.name, cast.bureau_reporter.name}
    assert fresh(problem).state == "issued"


def test_a_unit_cannot_close_its_own_problem(cast: Cast) -> None:
    problem = verified(cast)
    for person in (cast.reporter, cast.reviewer, cast.department, cast.division, cast.observer):
        with pytest.raises(PermissionDenied):
            workflow.close(person, problem, problem.revision)
    assert LogEntry.objects.filter(action="问题销号被拒绝").count() == 5
    assert fresh(problem).state == "verified"


def test_of_two_people_the_second_is_told(cast: Cast) -> None:
    problem = replied(cast)
    workflow.verify(cast.performance, problem, problem.revision)
    with pytest.raises(Stale, match="已被他人办理"):
        workflow.send_back(cast.colleague, problem, problem.revision, "还差一项")
    assert refused("退回整改").person_name == cast.colleague.name
    assert fresh(problem).state == "verified"


@pytest.mark.parametrize("person", ["reporter", "observer", "department", "budget", "treasury"])
def test_who_may_not_register(cast: Cast, person: str) -> None:
    with pytest.raises(PermissionDenied):
        workflow.register(cast.people[person], draft(cast))


def test_another_division_s_units_are_strangers(cast: Cast) -> None:
    problem = registered(cast)
    with pytest.raises(Http404):
        problems.problem_for(cast.other_division, problem.pk)
    with pytest.raises(Http404):
        workflow.register(cast.other_division, draft(cast))


def test_what_is_not_issued_only_the_bureau_sees(cast: Cast) -> None:
    problem = registered(cast)
    for person in (cast.reporter, cast.department, cast.observer, cast.admin):
        assert not problems.visible(person).exists()
    assert problems.visible(cast.budget).get() == problem
    workflow.issue(cast.performance, [(problem, 1)], soon())
    for person in (cast.reporter, cast.department, cast.observer):
        assert problems.visible(person).get() == problem


# ── evidence ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("空.pdf", b"", "是空的"),
        ("程序.exe", b"MZ", "不是可用的文件类型"),
        ("假的.pdf", b"PK\x03\x04", "内容与扩展名不符"),
        ("坏的.docx", b"PK\x03\x04 nothing", "已损坏"),
    ],
)
def test_files_that_are_not_taken(cast: Cast, name: str, data: bytes, said: str) -> None:
    problem = issued(cast)
    with pytest.raises(NotDone, match=said):
        workflow.attach(cast.reporter, problem, problem.revision, file(name, data))
    assert not Evidence.objects.exists()
    assert fresh(problem).revision == problem.revision


def test_a_file_beyond_the_limit_is_not_taken(cast: Cast, settings) -> None:
    problem = issued(cast)
    settings.MAX_UPLOAD_BYTES = 20
    with pytest.raises(NotDone, match="上限"):
        workflow.attach(cast.reporter, problem, problem.revision, file())


def test_the_same_file_twice_and_kinds_of_policy(cast: Cast) -> None:
    problem = issued(cast)
    workflow.attach(cast.reporter, problem, problem.revision, file())
    problem = fresh(problem)
    with pytest.raises(NotDone, match="内容完全相同"):
        workflow.attach(cast.reporter, problem, problem.revision, file("另一个名字.pdf"))
    with pytest.raises(NotDone, match="请选择材料种类"):
        workflow.attach(cast.reporter, problem, problem.revision, file("b.pdf", PDF + b"2", kind="发票联"))


def test_a_file_is_taken_out_until_the_reply_is_sent(cast: Cast) -> None:
    problem = issued(cast)
    item = workflow.attach(cast.reporter, problem, problem.revision, file())
    problem = workflow.detach(cast.reviewer, item, problem.revision + 1)
    assert not Evidence.objects.exists()
    item = workflow.attach(cast.reporter, problem, problem.revision, file())
    problem = workflow.reply(cast.reporter, fresh(problem), problem.revision + 1, REPLY)
    problem = workflow.send_back(cast.performance, problem, problem.revision, "不够")
    with pytest.raises(NotDone, match="不能撤下"):
        workflow.detach(cast.reporter, Evidence.objects.get(pk=item.pk), problem.revision)


def test_a_reused_or_older_file_is_noticed(cast: Cast) -> None:
    first = replied(cast)
    assert doubts(cast.performance, first, first.evidence.all()) == {}
    second = issued(cast, title="验收资料缺失")
    workflow.attach(
        cast.reporter, second, second.revision, file(dated=timezone.localdate() - timedelta(days=9))
    )
    old = PDF.replace(b"20990102", b"20230102")
    workflow.attach(cast.reporter, fresh(second), second.revision + 1, file("旧.pdf", old))
    Upload.objects.filter(name="旧.pdf").update(at=timezone.now() - timedelta(days=90))
    items = list(Evidence.objects.filter(problem=second).order_by("pk"))
    said = doubts(cast.performance, second, items)
    assert said[items[0].pk][0] == f"同一文件已用于问题 {first.number}"
    assert "早于下达日" in said[items[0].pk][1]
    assert said[items[1].pk][0].startswith("文件生成或修改日期 2023-01-02 早于下达日")
    assert "已上传过，早于下达日" in said[items[1].pk][1]


def test_a_unit_is_not_told_of_another_s_problem(cast: Cast) -> None:
    replied(cast)
    other = issued(cast, unit=cast.education_bureau.pk, fund=cast.meals.pk)
    workflow.attach(cast.bureau_reporter, other, other.revision, file())
    items = list(Evidence.objects.filter(problem=other))
    assert doubts(cast.bureau_reporter, other, items)[items[0].pk] == ["同一文件已用于其他单位的问题"]


def test_a_draft_is_the_unit_s_own(cast: Cast) -> None:
    problem = issued(cast)
    workflow.save_reply(cast.reporter, problem, problem.revision, ReplyDraft(measures="正在办"))
    item = workflow.attach(cast.reporter, fresh(problem), problem.revision + 1, file())
    assert Reply.objects.get().measures == "正在办"
    assert problems.evidence_for(cast.reviewer, item.pk)
    for person in (cast.performance, cast.observer, cast.department):
        with pytest.raises(Http404):
            problems.evidence_for(person, item.pk)


# ── coming back, clues, the register ──────────────────────────────────────────────────────────────────


def test_a_problem_that_comes_back_is_pointed_out(cast: Cast) -> None:
    first = registered(cast, found_on=date(2022, 5, 1), fiscal_year=2021)
    again = registered(cast, title="2023年施工合同签订日期早于施工单位成立日期")
    elsewhere = registered(
        cast,
        unit=cast.clinic.pk,
        fund=cast.clinics.pk,
        title="施工合同签订日期早于中标单位成立日期",
        found_on=date(2024, 7, 1),
    )
    assert again.recurs == first
    assert elsewhere.recurs in (first, again)
    found = likes(again)
    assert {like.problem for like in found} == {first, elsewhere}
    assert next(like.why for like in found if like.problem == first) == "同一专项、早2年，同类别"
    assert all(like.share >= 70 for like in found if like.problem == elsewhere)


def test_other_problems_are_not_called_alike(cast: Cast) -> None:
    registered(cast)
    assert registered(cast, title="会计科目核算不准确", kind="核算").recurs is None
    assert registered(cast, title="亩均税收未达到协议约定").recurs is None


def test_a_clue_is_known_by_its_origin_and_becomes_a_problem_only_by_a_person(cast: Cast) -> None:
    said = ClueDraft(
        origin="reading:7",
        kind="效益",
        title="红灯",
        description="截至6月红灯",
        unit=cast.school,
        fund=cast.building,
        fiscal_year=2024,
    )
    clue = problems.propose("monitoring", said)
    assert problems.propose("monitoring", said) is None
    assert not Problem.objects.exists()
    assert LogEntry.objects.get(action="提出问题线索").person_name == "系统"
    problem = workflow.register(cast.division, draft(cast, source="monitoring"), clue)
    assert (Clue.objects.get().state, Clue.objects.get().problem) == ("accepted", problem)
    with pytest.raises(NotDone, match="已由何文办理"):
        workflow.register(cast.performance, draft(cast), clue)
    assert Problem.objects.count() == 1


def test_a_clue_is_declined_with_a_reason(cast: Cast) -> None:
    clue = problems.propose(
        "evaluation",
        ClueDraft(
            origin="score:1",
            kind="管理",
            title="差异",
            description="差异",
            unit=cast.school,
            fiscal_year=2023,
        ),
    )
    assert clue is not None
    with pytest.raises(NotDone, match="请写明理由"):
        problems.decline(cast.performance, clue, " ")
    with pytest.raises(PermissionDenied):
        problems.decline(cast.reporter, clue, "x")
    with pytest.raises(Http404):
        problems.decline(cast.other_division, clue, "x")
    assert problems.decline(cast.performance, clue, "数据已更正").state == "declined"


def test_the_register_counts_by_unit_and_year(cast: Cast) -> None:
    today = timezone.localdate()
    first = issued(cast)
    registered(cast, fiscal_year=2022, amount=Missing(MissingReason.UNVERIFIABLE), title="台账缺失")
    registered(cast, unit=cast.education_bureau.pk, fund=cast.meals.pk, title="食材验收记录缺失")
    Problem.objects.filter(pk=first.pk).update(due_on=today - timedelta(days=3))
    rows = problems.visible(cast.performance)
    school = register.by_unit(rows, today)[0]
    assert (school.name, school.count, school.open, school.overdue) == ("第一中学", 2, 2, 1)
    assert (school.amount, school.bare) == (Decimal("3897800.00"), 1)
    assert [(tally.key, tally.count) for tally in register.by_year(rows, today)] == [(2023, 2), (2022, 1)]
    assert register.in_all(rows, today).amount == Decimal("7795600.00")
    overdue = register.found(cast.performance, ProblemFilter(state="overdue"))
    assert list(overdue) == [fresh(first)]
    assert register.found(cast.performance, ProblemFilter(word="食材", kind="管理")).count() == 1
    lines = list(register.export_rows(rows.order_by("pk"), today))
    assert len(lines[0]) == len(register.HEADINGS)
    assert lines[0][register.HEADINGS.index("是否逾期")] == "是"
    assert lines[1][register.HEADINGS.index("涉及金额（元）")] is None


def test_what_waits_for_whom(cast: Cast) -> None:
    problem = issued(cast)
    [line] = [item for item in todo_for(cast.reporter) if item.kind == "reply_problem"]
    assert (line.count, line.due_on, line.is_overdue) == (1, soon(), False)
    [line] = [item for item in todo_for(cast.reviewer, soon(31)) if item.kind == "reply_problem"]
    assert line.is_overdue
    assert not todo_for(cast.stranger)
    workflow.reply(cast.reporter, problem, problem.revision, REPLY)
    assert [item.kind for item in todo_for(cast.division)] == ["verify_problem"]
    assert not todo_for(cast.reporter)
    assert not todo_for(cast.observer)


def test_a_correction_past_its_day_is_a_clue(cast: Cast) -> None:
    order = corrections.OrderDraft(cause="执行慢", measure="加快执行", requirement="加快支付", due_on=soon(3))
    made = corrections.order(cast.performance, submitted(cast), order)
    assert problems.noticed_in_corrections(cast.performance, 2024) == []
    Correction.objects.filter(pk=made.pk).update(due_on=date(2024, 8, 1))
    [found] = problems.noticed_in_corrections(cast.division, 2024)
    assert found.origin == f"correction:{made.pk}"
    assert "期限 2024-08-01，至今没有回复" in found.description
    assert problems.noticed_in_corrections(cast.other_division, 2024) == []
    assert monitoring_clues.noticed(cast.performance, 2024) == []  # it was ordered to be corrected


def test_a_review_far_from_the_unit_s_own_score_is_a_clue(cast: Cast) -> None:
    filing = evaluation_papers.at_division(cast)
    assert evaluation_clues.noticed(cast.performance, 2023) == []
    Score.objects.filter(filing=filing).update(reviewed=Decimal("60.00"))
    [found] = evaluation_clues.noticed(cast.performance, 2023)
    assert found.origin == f"score:{filing.pk}"
    assert "复核60分，相差" in found.description
    assert evaluation_clues.noticed(cast.other_division, 2023) == []
