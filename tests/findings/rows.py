"""Problems of 第一中学, brought to a state through the room's own verbs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from tests.cast import Cast

from jiheng.findings import problems, workflow
from jiheng.findings.models import Clue, Problem, Source
from jiheng.findings.problems import ClueDraft
from jiheng.findings.workflow import EvidenceDraft, ProblemDraft, ReplyDraft

PDF = b"%PDF-1.4\n1 0 obj << /CreationDate (D:20990102080000) >> endobj\n"
REPLY = ReplyDraft(measures="重新签订补充协议", result="2099年1月已补签，报财政局备案")


def soon(days: int = 30) -> date:
    return timezone.localdate() + timedelta(days=days)


def draft(cast: Cast, **said: Any) -> ProblemDraft:
    values: dict[str, Any] = {
        "unit": cast.school.pk,
        "fund": cast.building.pk,
        "source": "evaluation",
        "kind": "管理",
        "title": "施工合同签订日期早于中标单位成立日期",
        "description": "合同签订于2023年3月1日，天衡恒信建筑公司成立于2023年4月18日。",
        "requirement": "查明原因，完善合同手续，追究相关责任",
        "amount": Decimal("3897800.00"),
        "fiscal_year": 2023,
        "found_on": date(2024, 6, 3),
    }
    return ProblemDraft(**(values | said))


def registered(cast: Cast, **said: Any) -> Problem:
    return workflow.register(cast.performance, draft(cast, **said))


def issued(cast: Cast, **said: Any) -> Problem:
    problem = registered(cast, **said)
    workflow.issue(cast.performance, [(problem, problem.revision)], soon())
    return fresh(problem)


def file(name: str = "补充协议.pdf", data: bytes = PDF, **said: Any) -> EvidenceDraft:
    values: dict[str, Any] = {"kind": "合同协议", "page": "第3页"}
    return EvidenceDraft(file_name=name, data=data, **(values | said))


def replied(cast: Cast, *, with_file: bool = True, **said: Any) -> Problem:
    problem = issued(cast, **said)
    if with_file:
        workflow.attach(cast.reporter, problem, problem.revision, file())
        problem = fresh(problem)
    return workflow.reply(cast.reporter, problem, problem.revision, REPLY)


def verified(cast: Cast, *, with_file: bool = True) -> Problem:
    problem = replied(cast, with_file=with_file)
    return workflow.verify(cast.performance, problem, problem.revision, "属实")


def closed(cast: Cast) -> Problem:
    problem = verified(cast)
    return workflow.close(cast.performance, problem, problem.revision, "整改到位")


def fresh(problem: Problem) -> Problem:
    return Problem.objects.get(pk=problem.pk)


def clue(cast: Cast) -> Clue:
    """What monitoring noticed at 第一中学."""
    made = problems.propose(
        Source.MONITORING,
        ClueDraft(
            origin="reading:7",
            kind="效益",
            title="薄弱学校改造专项资金监控亮红灯未纠偏",
            description="2024年截至6月监控综合灯为红。",
            unit=cast.school,
            fund=cast.building,
            fiscal_year=2024,
        ),
    )
    assert made is not None
    return made
