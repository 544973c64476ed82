"""Evaluations of 第一中学's fund, brought to a state through the room's own verbs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from tests.cast import Cast

from jiheng.fiscal import papers, picking, reviewing, workflow
from jiheng.fiscal.models import KeyEvaluation, SchemeRow
from jiheng.fiscal.papers import FaultDraft, InterviewDraft, ProofDraft, QuestionnaireDraft
from jiheng.fiscal.picking import PickDraft
from jiheng.fiscal.workflow import Charge, Marking
from jiheng.scoring.questionnaires import Asked
from jiheng.units.models import Person

PDF = b"%PDF-1.4\n1 0 obj << /CreationDate (D:20240102080000) >> endobj\n"
TEXTS = {"profile": "改造教学楼两栋。", "course": "查阅资料、现场核查、问卷调查。", "advice": "加快进度。"}


def soon(days: int = 30) -> date:
    return timezone.localdate() + timedelta(days=days)


def fresh(evaluation: KeyEvaluation) -> KeyEvaluation:
    return KeyEvaluation.objects.select_related("unit", "fund", "region", "scorer").get(pk=evaluation.pk)


def picked(cast: Cast, **said: Any) -> KeyEvaluation:
    values: dict[str, Any] = {
        "year": 2024,
        "funds": [cast.building.pk],
        "from_year": 2023,
        "to_year": 2023,
        "reason": "资金量大、社会关注度高",
    }
    return picking.pick(cast.performance, PickDraft(**(values | said)))[0]


def assigned(cast: Cast, scorer: Person | None = None, **said: Any) -> KeyEvaluation:
    evaluation = fresh(picked(cast, **said))
    charge = Charge(scorer=scorer or cast.agency, due_on=soon(), organisation="天衡明德会计师事务所")
    return workflow.assign(cast.performance, evaluation, evaluation.revision, charge)


def proof(row: str, data: bytes = PDF, page: str = "第3页") -> ProofDraft:
    return ProofDraft(file_name="验收单.pdf", data=data, kind="验收资料", row=row, page=page)


def proven(evaluation: KeyEvaluation) -> KeyEvaluation:
    """One file that proves every line."""
    scorer = evaluation.scorer
    assert scorer is not None
    rows = list(SchemeRow.objects.filter(evaluation=evaluation).order_by("place"))
    kept = papers.attach(scorer, evaluation, evaluation.revision, proof(rows[0].key))
    for row in rows[1:]:
        evaluation = fresh(evaluation)
        papers.cite(scorer, evaluation, evaluation.revision, kept.pk, (row.key, "第1页"))
    return fresh(evaluation)


def mark(evaluation: KeyEvaluation, row: SchemeRow, score: str | None = None, **said: str) -> KeyEvaluation:
    scorer = evaluation.scorer
    assert scorer is not None
    marking = Marking(score=None if score is None else Decimal(score), **said)
    return workflow.score_row(scorer, evaluation, evaluation.revision, row.key, marking)


def scored(cast: Cast, share: str = "0.85") -> KeyEvaluation:
    """Every line at a share of its weight, evidence for all, the words written."""
    evaluation = proven(assigned(cast))
    for row in SchemeRow.objects.filter(evaluation=evaluation).order_by("place"):
        points = str((row.weight * Decimal(share)).quantize(Decimal("0.01")))
        evaluation = fresh(mark(evaluation, row, points, basis="按评分标准扣分"))
    scorer = evaluation.scorer
    assert scorer is not None
    return fresh(workflow.save_narrative(scorer, evaluation, evaluation.revision, TEXTS))


def with_papers(evaluation: KeyEvaluation) -> KeyEvaluation:
    """An interview, a questionnaire, something found."""
    scorer = evaluation.scorer
    assert scorer is not None
    interview = InterviewDraft(held_on=date(2024, 5, 6), whom="学校总务主任", summary="工期滞后两个月")
    papers.add_interview(scorer, evaluation, evaluation.revision, interview)
    evaluation = fresh(evaluation)
    papers.add_questionnaire(scorer, evaluation, evaluation.revision, questionnaire())
    evaluation = fresh(evaluation)
    fault = FaultDraft(
        kind="管理",
        title="验收资料不全",
        description="3份验收单没有签字。",
        amount=Decimal("120000.00"),
    )
    papers.add_fault(scorer, evaluation, evaluation.revision, fault)
    return fresh(evaluation)


def questionnaire(**said: Any) -> QuestionnaireDraft:
    values: dict[str, Any] = {
        "audience": "师生",
        "issued": 120,
        "returned": 100,
        "valid": 100,
        "questions": [Asked("对改造质量", (50, 30, 15, 5, 0))],
    }
    return QuestionnaireDraft(**(values | said))


def submitted(cast: Cast) -> KeyEvaluation:
    evaluation = with_papers(scored(cast))
    scorer = evaluation.scorer
    assert scorer is not None
    return fresh(workflow.submit(scorer, evaluation, evaluation.revision))


def reviewed(cast: Cast) -> KeyEvaluation:
    evaluation = submitted(cast)
    return fresh(reviewing.pass_first(cast.division, evaluation, evaluation.revision, "资料齐全"))


def confirmed(cast: Cast) -> KeyEvaluation:
    evaluation = reviewed(cast)
    return fresh(reviewing.confirm(cast.performance, evaluation, evaluation.revision, "同意"))
