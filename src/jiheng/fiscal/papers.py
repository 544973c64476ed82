"""工作底稿: evidence files with sha256 and page, interviews, questionnaires, and what was found wanting.

Each verb is of the one charged with the evaluation, before its deadline; all are logged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from jiheng.documents.archive import DocumentError
from jiheng.documents.dating import made_on
from jiheng.fiscal.models import Citation, Fault, Interview, KeyEvaluation, Proof, Questionnaire, SchemeRow
from jiheng.fiscal.moves import changed, held_row, policy_of
from jiheng.fiscal.workflow import in_time
from jiheng.panels.outcomes import NotDone, refusals_logged
from jiheng.scoring.questionnaires import Asked, Survey, impossible, option_names
from jiheng.units.models import Person
from jiheng.units.receiving import keep, why_unfit

MOST_PROOFS, MOST_QUESTIONS = 200, 20
MOST_YUAN = 10**13


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDraft:
    """A file, and which line it proves on which page."""

    file_name: str
    data: bytes
    name: str = ""
    kind: str
    row: str  # the line's key
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewDraft:
    held_on: date
    whom: str
    where: str = ""
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireDraft:
    """Counts of answers, in the policy's order of options; `row` the line they are for ("": none)."""

    audience: str
    row: str = ""
    issued: int
    returned: int
    valid: int
    questions: Sequence[Asked]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDraft:
    """What was found; `amount` in yuan, None where none is concerned."""

    kind: str
    title: str
    description: str
    amount: Decimal | None = None


def attach(person: Person, evaluation: KeyEvaluation, based_on: int, draft: ProofDraft) -> Proof:
    """Takes a file as evidence of a line. The same file again only adds the page. Raises NotDone."""
    with refusals_logged(person, "上传评价佐证", evaluation, evaluation.unit.name), transaction.atomic():
        held = _held(person, evaluation, based_on)
        row = _row_of(held, draft.row)
        if not draft.page.strip():
            raise NotDone("请注明佐证在材料的第几页", "page")
        sha256 = hashlib.sha256(draft.data).hexdigest()
        proof = held.proofs.filter(sha256=sha256).first() or _kept(person, held, draft, sha256)
        _cited(row, proof, draft.page)
        facts = {"材料": proof.name, "sha256": sha256, "指标": row.level3, "页码": draft.page.strip()}
        changed(person, held, "上传评价佐证", {}, **facts)
    return proof


def cite(
    person: Person, evaluation: KeyEvaluation, based_on: int, proof_pk: int, place: tuple[str, str]
) -> KeyEvaluation:
    """A file that is there proves another line too; `place` is the line's key and the page."""
    with refusals_logged(person, "引用评价佐证", evaluation, evaluation.unit.name), transaction.atomic():
        held = _held(person, evaluation, based_on)
        proof = held.proofs.filter(pk=proof_pk).first()
        if proof is None:
            raise NotDone("没有这份材料，请刷新后再看", "proof")
        row = _row_of(held, place[0])
        if not place[1].strip():
            raise NotDone("请注明佐证在材料的第几页", "page")
        _cited(row, proof, place[1])
        changed(person, held, "引用评价佐证", {}, 材料=proof.name, 指标=row.level3, 页码=place[1].strip())
    return held


def detach(person: Person, evaluation: KeyEvaluation, based_on: int, citation_pk: int) -> KeyEvaluation:
    """Takes a piece of evidence away from a line; a file that proves nothing any more goes too. A line that
    needed it is found when the result is handed in."""
    with refusals_logged(person, "撤下评价佐证", evaluation, evaluation.unit.name), transaction.atomic():
        held = _held(person, evaluation, based_on)
        found = Citation.objects.filter(pk=citation_pk, row__evaluation=held).select_related("proof", "row")
        item = found.first()
        if item is None:
            raise NotDone("没有这条佐证，请刷新后再看")
        proof, said = item.proof, {"材料": str(item), "指标": item.row.level3}
        item.delete()
        if not proof.citations.exists():
            proof.delete()
        changed(person, held, "撤下评价佐证", {}, **said)
    return held


def add_interview(
    person: Person, evaluation: KeyEvaluation, based_on: int, draft: InterviewDraft
) -> Interview:
    """记录访谈."""
    with refusals_logged(person, "记录访谈", evaluation, evaluation.unit.name), transaction.atomic():
        held = _held(person, evaluation, based_on)
        if draft.held_on > timezone.localdate():
            raise NotDone(f"访谈日期 {draft.held_on} 晚于今天，请核对", "held_on")
        for field, words in (("whom", "请写明访谈对象"), ("summary", "请写明访谈内容")):
            if not getattr(draft, field).strip():
                raise NotDone(words, field)
        made = Interview.objects.create(
            evaluation=held,
            held_on=draft.held_on,
            whom=draft.whom.strip(),
            where=draft.where.strip(),
            summary=draft.summary.strip(),
            person=person,
            at=timezone.now(),
        )
        changed(person, held, "记录访谈", {}, 对象=made.whom, 日期=str(made.held_on))
    return made


def add_questionnaire(
    person: Person, evaluation: KeyEvaluation, based_on: int, draft: QuestionnaireDraft
) -> Questionnaire:
    """统计问卷: only counts that can be are taken."""
    with refusals_logged(person, "统计问卷", evaluation, evaluation.unit.name), transaction.atomic():
        held = _held(person, evaluation, based_on)
        if not draft.audience.strip():
            raise NotDone("请写明调查对象", "audience")
        if len(draft.questions) > MOST_QUESTIONS:
            raise NotDone(f"一份问卷最多 {MOST_QUESTIONS} 个问题", "questions")
        survey = Survey(
            issued=draft.issued,
            returned=draft.returned,
            valid=draft.valid,
            questions=tuple(draft.questions),
        )
        wrong = impossible(survey, len(option_names(policy_of(held))))
        if wrong:
            raise NotDone(wrong, "questions")
        made = Questionnaire.objects.create(
            evaluation=held,
            audience=draft.audience.strip(),
            row=_row_of(held, draft.row) if draft.row else None,
            issued=draft.issued,
            returned=draft.returned,
            valid=draft.valid,
            questions=[[question.text, list(question.counts)] for question in draft.questions],
            person=person,
            at=timezone.now(),
        )
        changed(person, held, "统计问卷", {}, 对象=made.audience, 有效份数=made.valid)
    return made


def add_fault(person: Person, evaluation: KeyEvaluation, based_on: int, draft: FaultDraft) -> Fault:
    """记下评价发现的问题; it goes to the register when the evaluation is confirmed."""
    with refusals_logged(person, "记录评价发现", evaluation, evaluation.unit.name), transaction.atomic():
        held = _held(person, evaluation, based_on)
        kinds = policy_of(held).table("problems.kinds")
        if draft.kind not in kinds:
            raise NotDone(f"请选择问题类别（{'、'.join(kinds)}）", "kind")
        for field, words in (("title", "请填写问题名称"), ("description", "请写明问题事实")):
            if not getattr(draft, field).strip():
                raise NotDone(words, field)
        _check_amount(draft.amount)
        made = Fault.objects.create(
            evaluation=held,
            kind=draft.kind,
            title=draft.title.strip(),
            description=draft.description.strip(),
            amount=draft.amount,
            person=person,
        )
        changed(person, held, "记录评价发现", {}, 问题=made.title)
    return made


def _check_amount(amount: Decimal | None) -> None:
    if amount is None:
        return
    if not 0 <= amount < MOST_YUAN:
        raise NotDone("涉及金额不能为负，也不会超过十万亿元，请核对", "amount")
    if amount != amount.quantize(Decimal("0.01")):
        raise NotDone("涉及金额最小到分，请核对小数位数", "amount")


# what may be taken out of the working papers again, by the word in its address
PIECES = {"interview": Interview, "questionnaire": Questionnaire, "fault": Fault}


def remove(person: Person, evaluation: KeyEvaluation, based_on: int, piece: str, pk: int) -> KeyEvaluation:
    """Takes an interview, a questionnaire or something found out again; the log keeps that it was there."""
    with refusals_logged(person, "撤下底稿", evaluation, evaluation.unit.name), transaction.atomic():
        held = _held(person, evaluation, based_on)
        model = PIECES.get(piece)
        item = model._default_manager.filter(evaluation=held, pk=pk).first() if model else None
        if item is None:
            raise NotDone("没有这条记录，请刷新后再看")
        said = str(item)
        item.delete()
        changed(person, held, "撤下底稿", {}, 记录=said)
    return held


def _held(person: Person, evaluation: KeyEvaluation, based_on: int) -> KeyEvaluation:
    held = held_row(person, evaluation, based_on, "work")
    in_time(held)
    return held


def _row_of(held: KeyEvaluation, key: str) -> SchemeRow:
    row = held.rows.filter(key=key).first()
    if row is None:
        raise NotDone("请选择材料证明的评价指标", "row")
    return row


def _cited(row: SchemeRow, proof: Proof, page: str) -> None:
    made, is_new = Citation.objects.get_or_create(row=row, proof=proof, page=page.strip()[:40])
    if not is_new:
        raise NotDone(f"“{made}”已是“{row.level3}”的佐证，不必再传", "file")


def _kept(person: Person, held: KeyEvaluation, draft: ProofDraft, sha256: str) -> Proof:
    name, data = draft.file_name, draft.data
    if why := why_unfit(name, data):
        raise NotDone(why, "file")
    if draft.kind not in policy_of(held).table("problems.evidence_kinds"):
        raise NotDone("请选择材料种类", "kind")
    if held.proofs.count() >= MOST_PROOFS:
        raise NotDone(f"一项评价最多 {MOST_PROOFS} 份材料，请合并后再传", "file")
    try:
        made = made_on(data, name)
    except DocumentError as error:
        raise NotDone(str(error), "file") from error
    return Proof.objects.create(
        evaluation=held,
        upload=keep(person, name, data),
        sha256=sha256,
        name=(draft.name.strip() or name.rpartition(".")[0])[:160],
        kind=draft.kind,
        made_on=made,
        person=person,
        at=timezone.now(),
    )
