"""组织评估、作出结论: what the bureau does with a request. The rule computes, a person confirms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from jiheng import policy as policies
from jiheng.assessment.models import AskKind, Assessment, AssessmentState
from jiheng.assessment.moves import changed, held_row, tell
from jiheng.assessment.report import by_dimension, report_word
from jiheng.panels import convening
from jiheng.panels.convening import LineDraft, PanelDraft, SeatDraft
from jiheng.panels.models import PanelKind
from jiheng.panels.opened import opened
from jiheng.panels.outcomes import NotDone, refusals_logged
from jiheng.policy import Policy
from jiheng.projects.models import ClearanceState
from jiheng.projects.proposing import prolong
from jiheng.scoring.assessing import IMPROVE, REFUSE, SUPPORT, VERDICTS, Verdict, verdict_of
from jiheng.units import access
from jiheng.units.models import Person, Region
from jiheng.units.receiving import keep

NAMED_AFTER = {
    SUPPORT: ClearanceState.CLEARED,
    IMPROVE: ClearanceState.REQUIRED,
    REFUSE: ClearanceState.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a person confirms: the verdict, with a reason in any case; vetoes by their codes."""

    verdict: str
    reason: str
    vetoes: Sequence[str] = ()
    advice: str = ""


def send_back(person: Person, assessment: Assessment, based_on: int, reason: str) -> Assessment:
    """Back to the unit, which mends and hands in again."""
    with _judged(person, "退回事前评估申请", assessment):
        held = held_row(person, assessment, based_on, [AssessmentState.SUBMITTED])
        _require(reason, "退回须写明要补充或修改什么")
        values = {"state": AssessmentState.RETURNED, "return_reason": reason.strip()}
        changed(person, held, "退回事前评估申请", values, reason.strip())
    return held


def exempt(person: Person, assessment: Assessment, based_on: int, ground: str, reason: str) -> Assessment:
    """免评 for a ground that policy names, with a reason; the fund may be approved and budgeted."""
    with _judged(person, "免予事前评估", assessment):
        wanted = [AssessmentState.DRAFT, AssessmentState.SUBMITTED, AssessmentState.RETURNED]
        held = held_row(person, assessment, based_on, wanted)
        grounds = _policy(held).table("assessment.exemptions")
        if ground not in grounds:
            raise NotDone(f"免评情形只能是：{'、'.join(grounds)}", "ground")
        _require(reason, "免评须写明依据（如上级文件文号）")
        words = f"{ground}：{reason.strip()}"
        values = {"state": AssessmentState.EXEMPT, "reason": words, "concluded_by": person}
        changed(person, held, "免予事前评估", {**values, "concluded_at": timezone.now()}, words)
        tell(held, ClearanceState.EXEMPT, words)
        _go_on(held)
    return held


def assign(
    person: Person, assessment: Assessment, based_on: int, seats: Sequence[SeatDraft], due_on: date
) -> Assessment:
    """Seats the experts, each with an own sheet of the scheme in force; they score blind to each other."""
    with _judged(person, "组织专家评审", assessment):
        held = held_row(person, assessment, based_on, [AssessmentState.SUBMITTED])
        draft = PanelDraft(
            kind=PanelKind.ASSESSMENT,
            subject=held.subject,
            title=str(held),
            fiscal_year=held.fiscal_year,
            unit=held.unit,
            fund=held.fund,
            lines=scheme(_policy(held)),
            due_on=due_on,
        )
        panel = convening.convene(person, draft, seats)
        changed(person, held, "组织专家评审", {"state": AssessmentState.SCORING, "panel": panel})
    return held


def scheme(policy: Policy) -> list[LineDraft]:
    """The lines of policy as a panel takes them."""
    return [
        LineDraft(
            code=row["code"],
            group=f"{row['dimension']}·{row['part']}",
            name=row["name"],
            full=Decimal(row["points"]),
            standard=row["standard"],
        )
        for row in policy.table("assessment.scheme")
    ]


def proposed(assessment: Assessment, vetoes: Sequence[str], policy: Policy) -> Verdict:
    """What the rule says of the opened scores. Raises NotDone before they are open, or for no such veto."""
    if assessment.panel is None:
        raise NotDone("还没有组织专家评审，不能作结论")
    found = opened(assessment.panel)
    try:
        return verdict_of(found.total, found.full, by_dimension(found), vetoes, policy)
    except ValueError:
        raise NotDone("没有这一项一票否决情形，请从列表中选择", "vetoes") from None


def conclude(person: Person, assessment: Assessment, based_on: int, said: Conclusion) -> Assessment:
    """支持, 调整完善后支持 or 不予支持: frozen with score, steps and the policy of today; the report is drawn
    up as Word; projects is told. Another verdict than the rule's is allowed, with its reason kept."""
    with _judged(person, "作出评估结论", assessment):
        held = held_row(person, assessment, based_on, [AssessmentState.SCORING])
        policy = _policy(held)
        rule = proposed(held, said.vetoes, policy)
        if said.verdict not in VERDICTS:
            raise NotDone(f"结论只能是：{'、'.join(VERDICTS)}", "verdict")
        _require(said.reason, "结论须写明理由")
        if said.verdict != rule.verdict and len(said.reason.strip()) < 10:
            raise NotDone(f"结论与按规则的结论“{rule.verdict}”不同，理由请写充分（不少于10字）", "reason")
        if said.verdict == IMPROVE and not said.advice.strip():
            raise NotDone("“调整完善后支持”须写明要调整完善什么", "advice")
        assert held.panel is not None
        found = opened(held.panel)
        is_waiting = said.verdict == IMPROVE
        values = {
            "state": AssessmentState.IMPROVING if is_waiting else AssessmentState.CONCLUDED,
            "vetoes": list(said.vetoes),
            "score": found.total,
            "full": found.full,
            "computed": rule.verdict,
            "verdict": said.verdict,
            "steps": list(rule.steps),
            "policy_date": policy.date,
            "policy_version": policy.version,
            "reason": said.reason.strip(),
            "advice": said.advice.strip(),
            "concluded_by": person,
            "concluded_at": timezone.now(),
            "serial": _next_serial(held.region),
        }
        changed(person, held, "作出评估结论", values, said.reason.strip())
        _reported(person, held)
        tell(held, NAMED_AFTER[said.verdict], f"{said.verdict}：{said.reason.strip()}")
        if said.verdict == SUPPORT:
            _go_on(held)
        if said.verdict == REFUSE and held.kind == AskKind.NEW:
            # a project that was only proposed lives in no year: nothing is awaited of it
            held.fund.until_year = held.fund.since_year - 1
            held.fund.save(update_fields=["until_year"])
    return held


def accept_improved(person: Person, assessment: Assessment, based_on: int, reason: str) -> Assessment:
    """The unit has mended what was asked for: the project is passed. With a reason."""
    with _judged(person, "确认调整完善", assessment):
        held = held_row(person, assessment, based_on, [AssessmentState.IMPROVING])
        _require(reason, "请写明核对了什么、怎样调整完善的")
        values = {
            "state": AssessmentState.CONCLUDED,
            "improved": reason.strip(),
            "improved_at": timezone.now(),
        }
        changed(person, held, "确认调整完善", values, reason.strip())
        tell(held, ClearanceState.CLEARED, f"{held.verdict}，已调整完善：{reason.strip()}")
        _go_on(held)
    return held


def number_of(assessment: Assessment) -> str:
    """The report's number, as 财绩评〔2024〕3号; empty before the conclusion."""
    if assessment.serial is None or assessment.concluded_at is None:
        return ""
    day = timezone.localdate(assessment.concluded_at)
    prefix = policies.on(day, assessment.region_id).text("assessment.report_prefix")
    return f"{prefix}〔{day.year}〕{assessment.serial}号"


@contextmanager
def _judged(person: Person, action: str, assessment: Assessment) -> Iterator[None]:
    with refusals_logged(person, action, assessment, assessment.unit.name), transaction.atomic():
        access.require(person, "judge_assessment")
        yield


def _reported(person: Person, held: Assessment) -> None:
    assert held.concluded_at is not None
    data = report_word(held, number_of(held))
    held.report = keep(person, f"事前绩效评估报告 {number_of(held)} {held.fund.name}.docx"[:200], data)
    held.save(update_fields=["report"])


def _go_on(held: Assessment) -> None:
    if held.until_year is not None and held.kind == AskKind.EXPIRING:
        prolong(held.fund, held.until_year)
    elif held.kind == AskKind.EXPIRING:
        prolong(held.fund, held.fiscal_year)


def _next_serial(region: Region) -> int:
    Region.objects.select_for_update().get(pk=region.pk)
    year = timezone.localdate().year
    made = Assessment.objects.filter(region=region, concluded_at__year=year)
    return (made.aggregate(last=Max("serial"))["last"] or 0) + 1


def _require(reason: str, words: str) -> None:
    if not reason.strip():
        raise NotDone(words, "reason")


def _policy(assessment: Assessment) -> Policy:
    return policies.on(timezone.localdate(), assessment.region_id)
