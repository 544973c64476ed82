"""整改: what people do with a problem, from its registering until it is closed (reference §6.2).

Every verb checks access, then the state and the revision it was based on, then changes and logs, in one
transaction; a refusal is logged too. The unit replies, the bureau decides: nobody closes what is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from jiheng.findings import evidence as files
from jiheng.findings.evidence import EvidenceDraft
from jiheng.findings.models import Check, Evidence, Notice, Problem, ProblemState, Reply, Verdict
from jiheng.findings.moves import allowed, changed, facts_of, held_row, log_move, policy_of
from jiheng.findings.notices import notice_word
from jiheng.findings.outcomes import NotDone, refusals_logged
from jiheng.findings.problems import problem_for, states_of
from jiheng.findings.registering import ProblemDraft, amend, register
from jiheng.units import access
from jiheng.units.models import Person, Region
from jiheng.units.receiving import keep

__all__ = [
    "EvidenceDraft",
    "ProblemDraft",
    "ReplyDraft",
    "amend",
    "attach",
    "close",
    "detach",
    "extend",
    "is_proven",
    "issue",
    "may_attach",
    "merge",
    "register",
    "reopen",
    "reply",
    "save_reply",
    "send_back",
    "verify",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDraft:
    """What the unit did; `mended` in yuan, None where no money was to be mended."""

    measures: str = ""
    result: str = ""
    mended: Decimal | None = None


# ── to the unit, and back ─────────────────────────────────────────────────────────────────────────────


def issue(person: Person, wanted: Sequence[tuple[Problem, int]], due_on: date) -> Notice:
    """下达: one notice for problems of one unit, each with the revision that was read. Raises NotDone."""
    if not wanted:
        raise NotDone("请选择要下达的问题")
    first = wanted[0][0]
    with refusals_logged(person, "下达整改通知书", first):
        for problem, _ in wanted:
            allowed(person, problem, "issue")
        with transaction.atomic():
            today = timezone.localdate()
            Region.objects.select_for_update().get(pk=first.region_id)
            held = [held_row(problem, based_on, "issue") for problem, based_on in wanted]
            _issuable(held, due_on, today)
            notice = _notice(person, held, due_on, today)
            for problem in held:
                before = facts_of(problem)
                problem.state, problem.notice, problem.due_on = ProblemState.ISSUED, notice, due_on
                problem.issued_at, problem.revision = timezone.now(), problem.revision + 1
                problem.save()
                log_move(person, "下达整改通知书", problem, before=before, reason=notice.number)
    return notice


def _issuable(held: Sequence[Problem], due_on: date, today: date) -> None:
    if len({problem.unit_id for problem in held}) > 1:
        raise NotDone("一份整改通知书只发给一个单位，请分单位下达")
    bare = [problem.number for problem in held if not problem.requirement]
    if bare:
        raise NotDone(f"问题 {'、'.join(bare)} 还没有写整改要求，请先补充", "requirement")
    _in_time(held[0], due_on, today, today)


def _in_time(problem: Problem, due_on: date, since: date, today: date) -> None:
    most = policy_of(problem).whole("problems.most_days")
    if due_on <= today:
        raise NotDone(f"整改期限 {due_on} 应晚于今天", "due_on")
    if due_on > since + timedelta(days=most):
        raise NotDone(f"整改期限最长 {most} 天（到 {since + timedelta(days=most)}），请改正", "due_on")


def _notice(person: Person, held: Sequence[Problem], due_on: date, today: date) -> Notice:
    first = held[0]
    prefix = policy_of(first).text("problems.notice_prefix")
    there = Notice.objects.filter(region=first.region_id, year=today.year)
    serial = (there.aggregate(last=Max("serial"))["last"] or 0) + 1
    notice = Notice(
        region_id=first.region_id,
        unit=first.unit,
        year=today.year,
        serial=serial,
        number=f"{prefix}〔{today.year}〕{serial}号",
        issued_by=person,
        issued_on=today,
        due_on=due_on,
    )
    name = f"整改通知书 {notice.number} {first.unit.name}.docx"
    notice.upload = keep(person, name, notice_word(notice, held))
    notice.save(force_insert=True)
    return notice


def extend(person: Person, problem: Problem, based_on: int, due_on: date, reason: str) -> Problem:
    """延期, with a reason; policy says how long an answer may take in all."""
    with refusals_logged(person, "延长整改期限", problem):
        allowed(person, problem, "extend")
        if not reason.strip():
            raise NotDone("延长期限请写明理由", "reason")
        with transaction.atomic():
            held = held_row(problem, based_on, "extend")
            since = timezone.localdate(held.issued_at)
            if held.state == ProblemState.REOPENED and held.due_on:
                since = held.due_on  # opened again: counted from the day it was then due
            if held.due_on is not None and due_on <= held.due_on:
                raise NotDone(f"新期限应晚于现在的期限 {held.due_on}", "due_on")
            _in_time(held, due_on, since, timezone.localdate())
            changed(person, held, "延长整改期限", {"due_on": due_on}, reason.strip())
    return held


def save_reply(person: Person, problem: Problem, based_on: int, draft: ReplyDraft) -> Problem:
    """Keeps what the unit has written so far; only the unit sees it."""
    with refusals_logged(person, "保存整改回复", problem):
        allowed(person, problem, "reply")
        with transaction.atomic():
            held = held_row(problem, based_on, "reply")
            _written(person, held, draft)
            changed(person, held, "保存整改回复", {})
    return held


def attach(
    person: Person, problem: Problem, based_on: int, draft: EvidenceDraft, written: ReplyDraft | None = None
) -> Evidence:
    """Adds a file: the unit's to the reply that it is writing (kept too), the bureau's to the problem."""
    with refusals_logged(person, "上传佐证材料", problem):
        action = may_attach(person, problem)
        with transaction.atomic():
            held = held_row(problem, based_on, action)
            reply = _written(person, held, written) if action == "reply" else None
            made = files.add(person, held, reply, draft)
            facts = {"材料": made.name, "种类": made.kind, "sha256": made.sha256}
            changed(person, held, "上传佐证材料", {}, more=facts)
    return made


def may_attach(person: Person, problem: Problem) -> str:
    """As whom somebody adds a file: "support" (the bureau) or "reply" (the unit). Raises Http404,
    PermissionDenied."""
    action = "support" if access.may(person, "verify_problem") else "reply"
    allowed(person, problem, action)
    return action


def detach(person: Person, item: Evidence, based_on: int) -> Problem:
    """Takes a file out of a reply that is not sent yet."""
    problem = item.problem
    with refusals_logged(person, "撤下佐证材料", problem):
        allowed(person, problem, "reply")
        with transaction.atomic():
            held = held_row(problem, based_on, "reply")
            if not Evidence.objects.filter(
                pk=item.pk, reply__sent_at__isnull=True, reply__isnull=False
            ).exists():
                raise NotDone("已随回复报出的材料不能撤下")
            Evidence.objects.filter(pk=item.pk).delete()
            changed(person, held, "撤下佐证材料", {}, more={"材料": item.name, "sha256": item.sha256})
    return held


def reply(person: Person, problem: Problem, based_on: int, draft: ReplyDraft) -> Problem:
    """回复整改情况, by the unit's own people, with the files attached so far."""
    with refusals_logged(person, "回复整改情况", problem):
        allowed(person, problem, "reply")
        for field, words in (
            ("measures", "请写明整改措施：做了什么"),
            ("result", "请写明整改结果：现在怎样、何时完成"),
        ):
            if not getattr(draft, field).strip():
                raise NotDone(words, field)
        with transaction.atomic():
            held = held_row(problem, based_on, "reply")
            written = _written(person, held, draft)
            written.sent_at = timezone.now()
            written.save(update_fields=["sent_at"])
            facts = {"措施": written.measures, "结果": written.result, "佐证": written.evidence.count()}
            changed(person, held, "回复整改情况", {"state": ProblemState.REPLIED}, more=facts)
    return held


def _written(person: Person, problem: Problem, draft: ReplyDraft | None) -> Reply:
    found = Reply.objects.filter(problem=problem, sent_at=None).first()
    found = found or Reply(problem=problem, person=person)
    if draft is not None:
        if draft.mended is not None and draft.mended < 0:
            raise NotDone("已整改金额不能为负", "mended")
        found.measures, found.result = draft.measures.strip(), draft.result.strip()
        found.mended, found.person = draft.mended, person
    found.save()
    return found


# ── what the bureau decides ───────────────────────────────────────────────────────────────────────────


def verify(person: Person, problem: Problem, based_on: int, opinion: str = "") -> Problem:
    """复核通过: the reply is right; closing is a step of its own."""
    return _judge(person, problem, based_on, ("verify", "复核整改情况", Verdict.VERIFIED), opinion)


def send_back(person: Person, problem: Problem, based_on: int, opinion: str) -> Problem:
    """退回整改, with what is still to be done."""
    return _judge(person, problem, based_on, ("send_back", "退回整改", Verdict.RETURNED), opinion)


def close(person: Person, problem: Problem, based_on: int, opinion: str = "") -> Problem:
    """销号. Refused while nothing proves the mending: neither the unit's file nor one of the bureau's own."""
    return _judge(person, problem, based_on, ("close", "问题销号", Verdict.CLOSED), opinion)


def reopen(person: Person, problem: Problem, based_on: int, reason: str, due_on: date) -> Problem:
    """重新打开 a closed problem, with a reason and a new deadline."""
    today = timezone.localdate()
    with refusals_logged(person, "重新打开问题", problem):
        allowed(person, problem, "reopen")
        if not reason.strip():
            raise NotDone("重新打开请写明理由", "opinion")
        _in_time(problem, due_on, today, today)
        with transaction.atomic():
            held = held_row(problem, based_on, "reopen")
            _checked(person, held, Verdict.REOPENED, reason)
            values = {"state": ProblemState.REOPENED, "due_on": due_on, "closed_at": None}
            changed(person, held, "重新打开问题", values, reason.strip())
    return held


def merge(person: Person, problem: Problem, based_on: int, into: Problem, reason: str) -> Problem:
    """并入 a problem that says the same: it counts no longer, and its page leads to the other."""
    with refusals_logged(person, "合并重复问题", problem):
        allowed(person, problem, "merge")
        problem_for(person, into.pk)
        if not reason.strip():
            raise NotDone("合并请写明理由", "reason")
        with transaction.atomic():
            held = held_row(problem, based_on, "merge")
            target = Problem.objects.select_for_update().get(pk=into.pk)
            if target.pk == held.pk or target.unit_id != held.unit_id:
                raise NotDone("只能并入同一单位的另一个问题；不同单位的同类问题各自整改", "into")
            if target.state not in states_of("merge"):
                raise NotDone(f"问题 {target.number} 现为“{target.get_state_display()}”，不能再并入", "into")
            values = {"state": ProblemState.MERGED, "merged_into": target}
            changed(person, held, "合并重复问题", values, reason.strip(), more={"并入": target.number})
            Problem.objects.filter(merged_into=held).update(merged_into=target)
    return held


def is_proven(problem: Problem) -> bool:
    """Whether a file proves the mending: sent with a reply, or added by the bureau after the notice."""
    sent = Evidence.objects.filter(problem=problem, reply__sent_at__isnull=False)
    own = Evidence.objects.filter(problem=problem, reply=None, at__gt=problem.issued_at or timezone.now())
    return sent.exists() or own.exists()


def _judge(
    person: Person, problem: Problem, based_on: int, what: tuple[str, str, Verdict], opinion: str
) -> Problem:
    action, words, verdict = what
    with refusals_logged(person, words, problem):
        allowed(person, problem, action)
        if verdict == Verdict.RETURNED and not opinion.strip():
            raise NotDone("退回请写明哪里不足、还要做什么", "opinion")
        with transaction.atomic():
            held = held_row(problem, based_on, action)
            if verdict == Verdict.CLOSED and not is_proven(held):
                raise NotDone(
                    "没有佐证材料，不能销号：请退回单位补充，或由财政局上传现场核查材料后再销号", "opinion"
                )
            _checked(person, held, verdict, opinion)
            values: dict[str, Any] = {"state": ProblemState(verdict.value)}
            if verdict == Verdict.CLOSED:
                values["closed_at"] = timezone.now()
            changed(person, held, words, values, opinion.strip())
    return held


def _checked(person: Person, problem: Problem, verdict: Verdict, opinion: str) -> None:
    Check.objects.create(
        problem=problem, verdict=verdict, opinion=opinion.strip(), person=person, at=timezone.now()
    )
