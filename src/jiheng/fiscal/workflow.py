"""办理: an evaluation is charged to somebody, its scheme adapted, scored line by line, handed in;
`reviewing` has what follows.

Every verb checks access, state and the revision it was based on, then changes and logs, in one transaction;
whatever stops it is logged too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from jiheng import policy as policies
from jiheng.fiscal.access import SUBJECT
from jiheng.fiscal.models import EvaluationKind, EvaluationState, KeyEvaluation, SchemeRow, Span
from jiheng.fiscal.moves import changed, held_row, policy_of
from jiheng.fiscal.prefill import figures_for
from jiheng.fiscal.standing import kind_of, lines_of
from jiheng.panels.engaging import EngagementDraft, conflict_of, engage
from jiheng.panels.outcomes import NotDone, refusals_logged
from jiheng.policy import Policy
from jiheng.scoring.measures import MEASURES, measured
from jiheng.scoring.schemes import SchemeLine, faults, template
from jiheng.scoring.schemes import Stage as SchemeStage
from jiheng.sheets import NOT_REPORTED, Missing, Quantity, plain
from jiheng.units import access
from jiheng.units.models import Person

MOST_ROWS = 60
HUNDRED = Decimal(100)


# ── who does it until when ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Who evaluates, for which firm, until when."""

    scorer: Person
    due_on: date
    organisation: str = ""


def assign(person: Person, evaluation: KeyEvaluation, based_on: int, charge: Charge) -> KeyEvaluation:
    """布置: charges somebody with it; people from outside are engaged until the date; the framework of policy
    is laid out. Charged again, somebody else goes on with what there is. Raises NotDone (a conflict of
    interest, a day gone by), Stale, PermissionDenied, Http404."""
    with refusals_logged(person, "布置重点评价", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "assign")
        policy = policy_of(held)
        _check_charge(held, charge, policy)
        if charge.scorer.role in access.GUESTS:
            _engage(person, held, charge)
        values = {
            "scorer": charge.scorer,
            "organisation": charge.organisation.strip(),
            "due_on": charge.due_on,
            "state": EvaluationState.WORKING if held.state == EvaluationState.PLANNED else held.state,
        }
        if not held.rows.exists():
            _lay_out(held, policy)
        changed(person, held, "布置重点评价", values)
    return held


def extend(
    person: Person, evaluation: KeyEvaluation, based_on: int, due_on: date, reason: str
) -> KeyEvaluation:
    """延期, with a reason; an engagement goes on until the new day."""
    with refusals_logged(person, "延长评价期限", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "extend")
        if not reason.strip():
            raise NotDone("延长评价期限须写明理由", "reason")
        if due_on < timezone.localdate() or (held.due_on and due_on <= held.due_on):
            raise NotDone(f"新期限应晚于今天和现在的期限 {held.due_on}", "due_on")
        if held.scorer and held.scorer.role in access.GUESTS:
            charge = Charge(scorer=held.scorer, due_on=due_on, organisation=held.organisation)
            _engage(person, held, charge)
        changed(person, held, "延长评价期限", {"due_on": due_on}, reason=reason.strip())
    return held


def _check_charge(held: KeyEvaluation, charge: Charge, policy: Policy) -> None:
    scorer = charge.scorer
    if not scorer.is_active or scorer.region_id != held.region_id:
        raise NotDone(f"{scorer.name}已停用或不在本区，请另选", "scorer")
    if not access.may(scorer, "work_evaluation"):
        raise NotDone(f"{scorer.get_role_display()}不能承担评价，请选股室、机构或专家", "scorer")
    conflict = conflict_of(scorer, held.unit, with_department=policy.flag("panels.avoids_department"))
    if conflict and held.kind == EvaluationKind.FISCAL:
        raise NotDone(conflict, "scorer")
    if charge.due_on < timezone.localdate():
        raise NotDone(f"评价期限 {charge.due_on} 早于今天，请核对", "due_on")


def _engage(person: Person, held: KeyEvaluation, charge: Charge) -> None:
    draft = EngagementDraft(
        subject=f"{SUBJECT}:{held.pk}",
        title=held.title,
        unit=held.unit,
        fund=held.fund,
        until=charge.due_on,
        organisation=charge.organisation.strip(),
    )
    engage(person, charge.scorer, draft)


def _lay_out(held: KeyEvaluation, policy: Policy) -> None:
    """The framework of policy, with the figures that the system knows."""
    stage: SchemeStage = "completed" if held.span == Span.COMPLETED else "ongoing"
    known = figures_for(held)
    lines = template(kind_of(held), stage, policy)
    SchemeRow.objects.bulk_create(
        _row(held, line, place, known.get(line.formula, ("", "")))
        for place, line in enumerate(lines, start=1)
    )


def _row(held: KeyEvaluation, line: SchemeLine, place: int, figures: tuple[str, str]) -> SchemeRow:
    return SchemeRow(
        evaluation=held,
        key=line.key,
        place=place,
        level1=line.level1,
        level2=line.level2,
        level3=line.level3,
        weight=line.weight,
        standard=line.standard,
        formula=line.formula,
        wanted=line.evidence,
        first=figures[0],
        second=figures[1],
    )


# ── the scheme ────────────────────────────────────────────────────────────────────────────────────────


def save_scheme(
    person: Person, evaluation: KeyEvaluation, based_on: int, lines: Sequence[SchemeLine]
) -> KeyEvaluation:
    """指标体系 adapted to the project: weights, wording, lines more and fewer. A line whose weight changed
    loses its score. Raises NotDone when the weights are off."""
    with refusals_logged(person, "调整评价指标", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "work")
        in_time(held)
        if len(lines) > MOST_ROWS:
            raise NotDone(f"评价指标最多 {MOST_ROWS} 条", "lines")
        wrong = faults(lines, kind_of(held), policy_of(held))
        if wrong:
            raise NotDone("；".join(fault.message for fault in wrong), wrong[0].field)
        rows = {row.key: row for row in held.rows.all()}
        held.rows.exclude(key__in=[line.key for line in lines]).delete()
        for place, line in enumerate(lines, start=1):
            _laid(held, rows.get(line.key), line, place)
        weights = {line.level3: plain(line.weight) for line in lines}
        changed(person, held, "调整评价指标", {}, 指标=weights)
    return held


def _laid(held: KeyEvaluation, row: SchemeRow | None, line: SchemeLine, place: int) -> None:
    fresh = _row(held, line, place, (row.first, row.second) if row else ("", ""))
    if row is not None:
        fresh.pk = row.pk
        if row.weight == line.weight:
            fresh.score, fresh.step, fresh.basis = row.score, row.step, row.basis
            fresh.scored_by, fresh.scored_at = row.scored_by, row.scored_at
    fresh.save()


# ── scoring ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """One line's score: the figures as typed where the line has a formula; `score` None takes the
    computed one; `basis` why (评分依据、扣分理由)."""

    first: str = ""
    second: str = ""
    score: Decimal | None = None
    basis: str = ""


def score_row(
    person: Person, evaluation: KeyEvaluation, based_on: int, key: str, marking: Marking
) -> KeyEvaluation:
    """Scores one line. Refused: after the deadline, by anybody but the one charged with it, with weights that
    are off, above the line without evidence, with points taken off and no reason."""
    with refusals_logged(person, "评价打分", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "work")
        in_time(held)
        policy = policy_of(held)
        rows = list(held.rows.order_by("place"))
        row = next((row for row in rows if row.key == key), None)
        if row is None:
            raise NotDone("没有这条评价指标，请刷新后再看", "score")
        wrong = faults(lines_of(rows), kind_of(held), policy)
        if wrong:
            raise NotDone(f"请先改好指标体系再打分：{wrong[0].message}", wrong[0].field)
        before = row.score
        _mark(row, marking, policy)
        _evidenced(row, policy)
        row.scored_by, row.scored_at = person, timezone.now()
        row.save()
        said = {"指标": row.level3, "原得分": before, "得分": row.score, "过程": row.step}
        changed(person, held, "评价打分", {}, **said)
    return held


def _mark(row: SchemeRow, marking: Marking, policy: Policy) -> None:
    first, second = _figure(marking.first, "first"), _figure(marking.second, "second")
    row.first, row.second, row.basis = marking.first.strip(), marking.second.strip(), marking.basis.strip()
    counted: Decimal | Missing = NOT_REPORTED
    words = ""
    if row.formula in MEASURES and not isinstance(first, Missing):
        found = measured(row.formula, first, second, row.weight, policy)
        counted, words = found.score, found.step
    if marking.score is None and isinstance(counted, Missing):
        why = words or ("请填写数据或得分" if row.formula else "请填写得分")
        raise NotDone(f"“{row.level3}”没有得分：{why}", "score")
    given = counted if marking.score is None else marking.score
    assert isinstance(given, Decimal)
    if not 0 <= given <= row.weight or given != given.quantize(Decimal("0.01")):
        raise NotDone(f"“{row.level3}”得分应在0到{plain(row.weight)}分之间、最多两位小数", "score")
    is_own = isinstance(counted, Missing) or given != counted
    if is_own and not row.basis and (given < row.weight or not isinstance(counted, Missing)):
        why = f"与按数据计算的{counted}分不同" if not isinstance(counted, Missing) else "有扣分"
        raise NotDone(f"“{row.level3}”{why}，请写明评分依据", "basis")
    row.score = given
    row.step = f"{words}；评分人评定 {plain(given)}" if is_own and words else words or f"评定 {plain(given)}"


def _figure(text: str, field: str) -> Quantity | Missing:
    if not text.strip():
        return NOT_REPORTED
    try:
        found = Quantity.of(text.strip().replace(",", "").replace("，", ""))
    except ValueError as wrong:
        raise NotDone(str(wrong), field) from wrong
    if found.value < 0:
        raise NotDone(f"“{text}”不能是负数", field)
    return replace(found, typed=plain(found.value))


def _evidenced(row: SchemeRow, policy: Policy) -> None:
    above = policy.decimal("fiscal.evidence.above")
    most = row.weight * above / HUNDRED
    if row.score is not None and row.score > most and not row.citations.exists():
        raise NotDone(
            f"“{row.level3}”还没有佐证材料，得分不能超过分值的{plain(above)}%（{plain(most)}分）；"
            f"请先上传佐证（{row.wanted or '证明材料'}）并注明页码",
            "score",
        )


def in_time(held: KeyEvaluation) -> None:
    """Raises NotDone once the deadline has passed."""
    if held.due_on is not None and timezone.localdate() > held.due_on:
        raise NotDone(f"评价期限 {held.due_on} 已过，不能再打分或修改；确需继续请绩效股延期", "due_on")


# ── handing in ────────────────────────────────────────────────────────────────────────────────────────


def save_narrative(
    person: Person, evaluation: KeyEvaluation, based_on: int, texts: dict[str, str]
) -> KeyEvaluation:
    """The words of the report, by part (`report.PARTS`)."""
    with refusals_logged(person, "填写评价报告", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "work")
        in_time(held)
        said = {name: text.strip() for name, text in texts.items()}
        changed(person, held, "填写评价报告", {"narrative": said}, 字数=sum(map(len, said.values())))
    return held


def submit(person: Person, evaluation: KeyEvaluation, based_on: int) -> KeyEvaluation:
    """提交初审: every line scored, every high score with evidence, the scheme without fault."""
    with refusals_logged(person, "提交评价结果", evaluation, evaluation.unit.name), transaction.atomic():
        held = held_row(person, evaluation, based_on, "work")
        in_time(held)
        policy = policy_of(held)
        rows = list(held.rows.order_by("place"))
        wrong = faults(lines_of(rows), kind_of(held), policy)
        if wrong:
            raise NotDone(f"指标体系有误：{wrong[0].message}", wrong[0].field)
        unscored = [row.level3 for row in rows if row.score is None]
        if unscored:
            raise NotDone(f"还有 {len(unscored)} 条指标没有得分：{'、'.join(unscored[:5])}", "score")
        for row in rows:
            _evidenced(row, policy)
        lacking = [name for name in ("profile", "course") if not held.narrative.get(name)]
        if lacking:
            raise NotDone("请先在“报告文字”里写好项目概况和评价工作开展情况", "narrative")
        changed(person, held, "提交评价结果", {"state": EvaluationState.FIRST})
    return held


def default_due(region: str) -> date:
    """The day by which an evaluation charged today is usually done."""
    today = timezone.localdate()
    days = policies.on(today, region).whole("fiscal.work.days")
    return date.fromordinal(today.toordinal() + days)
