"""审核和确认: two levels of review by two people who did not score, the unit's comments in between, then the
result is frozen, the report kept, and what was found told to the register of problems."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from jiheng.findings.models import Source
from jiheng.findings.problems import ClueDraft, propose_many
from jiheng.fiscal.models import EvaluationState, KeyEvaluation, Ruling, UnitComment
from jiheng.fiscal.moves import changed, held_row, policy_of
from jiheng.fiscal.report import report_word
from jiheng.fiscal.standing import as_json, computed
from jiheng.panels.outcomes import NotDone, refusals_logged
from jiheng.units import log
from jiheng.units.models import Person
from jiheng.units.receiving import keep


def pass_first(person: Person, evaluation: KeyEvaluation, based_on: int, opinion: str = "") -> KeyEvaluation:
    """初审通过: from now on the unit sees the draft result and may comment on it."""
    with refusals_logged(person, "评价初审", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "first")
        _ruled(person, held, "first", opinion, has_passed=True)
        changed(person, held, "评价初审通过", {"state": EvaluationState.SECOND}, reason=opinion.strip())
    return held


def send_back(person: Person, evaluation: KeyEvaluation, based_on: int, reason: str) -> KeyEvaluation:
    """退回修改, from either level, with reasons."""
    with refusals_logged(person, "退回评价结果", evaluation, evaluation.unit.name), transaction.atomic():
        level = "second" if evaluation.state == EvaluationState.SECOND else "first"
        held = held_row(person, evaluation, based_on, level)
        if not reason.strip():
            raise NotDone("退回须写明哪里不足、怎样修改", "opinion")
        _ruled(person, held, level, reason, has_passed=False)
        changed(person, held, "退回评价结果", {"state": EvaluationState.RETURNED}, reason=reason.strip())
    return held


def confirm(person: Person, evaluation: KeyEvaluation, based_on: int, opinion: str = "") -> KeyEvaluation:
    """复核确认: the second level, by another person than the first. Freezes the result with its sheet, policy
    and steps; nothing of it changes afterwards."""
    with refusals_logged(person, "确认评价结果", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "second")
        first = held.rulings.filter(level="first", has_passed=True).order_by("-pk").first()
        if first is not None and first.person_id == person.pk:
            raise NotDone("初审和复核要由两个人办理，您已办理初审，请由其他人复核", "opinion")
        waiting = held.comments.filter(answered_at=None).count()
        if waiting:
            raise NotDone(f"还有 {waiting} 条单位反馈意见没有处理，请先答复", "answer")
        _ruled(person, held, "second", opinion, has_passed=True)
        _freeze(person, held, opinion)
        _tell_findings(person, held)
    return held


def comment(person: Person, evaluation: KeyEvaluation, based_on: int, text: str) -> KeyEvaluation:
    """反馈意见 of the unit on the draft result."""
    with refusals_logged(person, "反馈评价意见", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "comment")
        if not text.strip():
            raise NotDone("请写明意见", "text")
        UnitComment.objects.create(evaluation=held, text=text.strip(), person=person, at=timezone.now())
        changed(person, held, "反馈评价意见", {}, reason=text.strip())
    return held


def answer(person: Person, evaluation: KeyEvaluation, based_on: int, pk: int, words: str) -> KeyEvaluation:
    """处理 one comment: taken over or not, and why."""
    with refusals_logged(person, "处理反馈意见", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "answer")
        if not words.strip():
            raise NotDone("请写明采纳与否和理由", "answer")
        row = held.comments.filter(pk=pk, answered_at=None).first()
        if row is None:
            raise NotDone("这条意见已经处理，请刷新后再看", "answer")
        row.answer, row.answered_by, row.answered_at = words.strip(), person, timezone.now()
        row.save(update_fields=["answer", "answered_by", "answered_at"])
        changed(person, held, "处理反馈意见", {}, reason=words.strip())
    return held


def _ruled(person: Person, held: KeyEvaluation, level: str, opinion: str, *, has_passed: bool) -> None:
    scorers = {held.scorer_id, *held.rows.values_list("scored_by", flat=True)}
    if person.pk in scorers:
        raise NotDone("您是本项评价的评分人，不能审核自己的评分，请由其他人审核", "opinion")
    Ruling.objects.create(
        evaluation=held,
        level=level,
        has_passed=has_passed,
        opinion=opinion.strip(),
        person=person,
        at=timezone.now(),
    )


def _freeze(person: Person, held: KeyEvaluation, opinion: str) -> None:
    policy = policy_of(held)
    standing = computed(held, policy)
    if standing.total is None or not standing.grade:
        raise NotDone(f"还有 {len(standing.unscored)} 条指标没有得分，不能确认", "score")
    frozen = {"sheet": as_json(standing), "policy": {"date": str(policy.date), "version": policy.version}}
    values = {
        "state": EvaluationState.CONFIRMED,
        "total": standing.total,
        "grade": standing.grade,
        "self_score": standing.self_score,
        "frozen": frozen,
        "policy_date": policy.date,
        "policy_version": policy.version,
        "confirmed_by": person,
        "confirmed_at": timezone.now(),
    }
    changed(person, held, "确认评价结果", values, reason=opinion.strip())
    held.report = keep(person, f"评价报告 {held.number} {held.title}.docx", report_word(held))
    held.save(update_fields=["report"])
    log.record(person, "生成评价报告", held, after={"sha256": held.report.sha256}, unit_name=held.unit.name)


def _tell_findings(person: Person, held: KeyEvaluation) -> None:
    """What was found wanting becomes 问题线索; the bureau decides there what is a problem."""
    propose_many(
        Source.EVALUATION,
        [
            ClueDraft(
                origin=f"fiscal:{held.pk}:{fault.pk}",
                kind=fault.kind,
                title=fault.title,
                description=f"{held.years}重点评价（{held.number}）发现：{fault.description}",
                unit=held.unit,
                fund=held.fund,
                fiscal_year=held.to_year,
                amount=fault.amount,
            )
            for fault in held.faults.order_by("pk")
        ],
        person,
    )
